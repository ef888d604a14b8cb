"""Results of every shape as files, and what is there already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, Received, ScriptedServer, answer, chunked

from ogcproc import (
    Client,
    DocumentError,
    JobFailed,
    JobInfo,
    JobResults,
    Link,
    NoSuchJob,
    NoSuchOutput,
    QualifiedValue,
    ResultNotReady,
    ServiceError,
    TransportError,
    Unauthorized,
    UnsafeRedirect,
)
from ogcproc._downloads.answers import spans_in
from ogcproc._downloads.contents import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripted import Reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
RUNNING = answer(200, {"jobID": "j", "status": "running", "type": "process"})
DONE = answer(200, {"jobID": "j", "status": "successful", "type": "process", "processID": "p"})
TIFF = "image/tiff"


def process_of(*outputs: str) -> bytes:
    described: dict[str, Any] = {name: {"schema": {}} for name in outputs}
    return answer(200, {"id": "p", "version": "1", "outputs": described})


class Place:
    """A server of a job's results, and a directory to write them to."""

    def __init__(self, directory: Path, server: ScriptedServer) -> None:
        self.directory = directory
        self.script: dict[str, Any] = {"/jobs/j": DONE, "/processes/p": process_of("only")}
        server.script = self.script
        self.server = server
        self.lines: list[str] = []

    def download(self, job: Any = "j", **options: Any) -> dict[str, Path]:
        """Return the files of a job, and take note of what was asked for beside its state."""
        settings = {"proxy": "", "retries": 0, **options.pop("settings", {})}
        before = len(self.server.lines)
        with Client(self.server.url, **settings) as client:
            try:
                return client.download_job_results(job, self.directory, **options)
            finally:
                known = {"GET /jobs/j", "GET /processes/p"}
                self.lines = [line for line in self.server.lines[before:] if line not in known]

    def read(self) -> dict[str, bytes]:
        """Return the files there, but for the manifest."""
        return {
            path.relative_to(self.directory).as_posix(): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file() and path.name != "results.json"
        }

    @property
    def manifest(self) -> Any:
        return json.loads((self.directory / "results.json").read_bytes())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ScriptedServer({}) as server:
        yield Place(tmp_path / "new" / "directory", server)


def results(body: Any, media_type: str | None = None, **more: Any) -> bytes:
    fields = [("Content-Type", media_type)] if media_type else []
    return answer(200, body, fields, **more)


# --- shapes -------------------------------------------------------------------------------------


def test_a_document_becomes_a_file_for_each_output(place: Place) -> None:
    place.script["/jobs/j/results"] = results(
        {
            "number": 1.5,
            "text": "größe",
            "list": [1, {"a": 2}],
            "object": {"value": {"x": 1}, "mediaType": "application/json"},
            "features": {"value": {"type": "Point"}, "mediaType": "application/geo+json"},
            "xml": {"value": "<a/>", "mediaType": "application/gml+xml"},
            "bytes": {"value": "AAE=", "encoding": "base64", "mediaType": "image/png"},
            "nothing": None,
        }
    )
    files = place.download()
    assert files["text"] == place.directory / "text.txt"
    assert place.read() == {
        "bytes.png": b"\0\1",
        "features.geojson": b'{"type": "Point"}',
        "list.json": b'[1, {"a": 2}]',
        "nothing.json": b"null",
        "number.json": b"1.5",
        "object.json": b'{"x": 1}',
        "text.txt": "größe".encode(),
        "xml.gml": b"<a/>",
    }
    assert list(files) == list(place.manifest["outputs"])
    assert place.manifest["job"] == {"jobID": "j", "processID": None, "status": None}
    assert place.manifest["outputs"]["bytes"] == [
        {
            "file": "bytes.png",
            "size": 2,
            "sha256": "b413f47d13ee2fe6c845b2ee141af81de858df4ec549a58b7970bb96645bc8d2",
            "mediaType": "image/png",
            "source": "inline",
        }
    ]


def test_a_raw_output_is_streamed_to_its_file(place: Place) -> None:
    place.script["/jobs/j/results"] = answer(
        200, PNG, [("Content-Type", "image/png"), ("ETag", '"x"')]
    )
    assert place.download() == {"only": place.directory / "only.png"}
    assert place.read() == {"only.png": PNG}
    (entry,) = place.manifest["outputs"]["only"]
    assert entry["source"] == f"{place.server.url}/jobs/j/results"
    assert (entry["etag"], entry["size"]) == ('"x"', len(PNG))
    with pytest.raises(FileExistsError, match=r"only\.png is there already"):
        place.download()
    assert place.download(if_exists="skip") == place.download(if_exists="resume")
    (place.directory / "only.png").write_bytes(b"old")
    place.download(if_exists="skip")
    assert place.read() == {"only.png": b"old"}
    place.download(if_exists="resume")
    assert place.read() == {"only.png": PNG}


def test_outputs_that_were_asked_for_name_it(place: Place) -> None:
    place.script["/jobs/j/results?outputs=only"] = results(PNG, "image/png")
    assert place.download(outputs=["only"]) == {"only": place.directory / "only.png"}
    job = JobInfo("j", "successful", "p")
    job._context.outputs = ("a",)
    place.script["/jobs/j/results"] = results(PNG, "image/png")
    assert list(place.download(job)) == ["a"]


def test_results_that_came_at_once_are_written_without_a_request(place: Place) -> None:
    job = JobInfo("j", "successful", results=JobResults({"a": 1, "b": QualifiedValue(PNG, TIFF)}))
    assert list(place.download(job)) == ["a", "b"]
    assert place.lines == []
    assert place.read() == {"a.json": b"1", "b.tif": PNG}
    place.directory = place.directory / "other"
    assert list(place.download(job, outputs=["b"])) == ["b"]
    with pytest.raises(NoSuchOutput):
        place.download(job, outputs=["c"])


def test_parts_become_files_one_by_one(place: Place) -> None:
    large = bytes(range(256)) * 8000
    body = (
        b"--b\r\nContent-ID: <large@h>\r\nContent-Type: image/tiff\r\n\r\n" + large + b"\r\n"
        b"--b\r\nContent-ID: t\r\nContent-Type: text/plain\r\n\r\nsome text\r\n"
        b"--b\r\nContent-ID: more\r\n\r\n" + large + b"\r\n"
        b"--b\r\nContent-ID: link\r\nContent-Type: text/csv\r\nContent-Location: /x\r\n\r\n\r\n"
        b"--b\r\nContent-ID: packed\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Type: image/png\r\n\r\nAAE=\r\n--b--\r\n"
    )
    place.script["/jobs/j/results"] = results(body, "multipart/related; boundary=b")
    place.script["/processes/p"] = process_of("large", "t", "more", "link", "packed")
    place.script["/x"] = results("a,b", "text/csv")
    files = place.download()
    assert place.read() == {
        "large.tif": large,
        "link.csv": b"a,b",
        "more.bin": large,
        "packed.png": b"\0\1",
        "t.txt": b"some text",
    }
    assert list(files) == ["large", "t", "more", "link", "packed"]


def test_small_parts_need_no_spool(place: Place) -> None:
    body = b"--b\r\nContent-ID: t\r\nContent-Type: text/plain\r\n\r\nsome text\r\n--b--\r\n"
    place.script["/jobs/j/results"] = results(body, "multipart/related; boundary=b")
    assert list(place.download()) == ["t"]
    assert place.read() == {"t.txt": b"some text"}


def test_json_is_a_document_as_far_as_a_document_may_be_large(place: Place) -> None:
    text = "x" * 1_500_000
    place.script["/jobs/j/results"] = results({"a": text, "b": 1})
    place.download()
    assert place.read() == {"a.txt": text.encode(), "b.json": b"1"}
    place.directory = place.directory / "other"
    place.download(settings={"max_body": 1_000_000})
    assert place.read() == {"only.json": json.dumps({"a": text, "b": 1}).encode()}
    assert place.download(settings={"max_body": 1_000_000}, if_exists="skip").keys() == {"only"}


def test_json_of_unknown_length_is_looked_at_on_the_disk(place: Place) -> None:
    body = json.dumps({"a": "x" * 1_500_000}).encode()
    fields = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
    place.script["/jobs/j/results"] = answer(200, chunked(body[:70_000], body[70_000:]), fields)
    place.download()
    assert place.read() == {"a.txt": b"x" * 1_500_000}
    place.directory = place.directory / "other"
    options: dict[str, Any] = {"settings": {"max_body": 1_000_000}}
    assert place.download(**options) == {"only": place.directory / "only.json"}
    assert place.read() == {"only.json": body}
    (place.directory / "only.json").write_bytes(b"mine")
    assert place.download(**options, if_exists="skip").keys() == {"only"}
    assert place.read() == {"only.json": b"mine"}


def test_links_in_header_fields_are_fetched(place: Place) -> None:
    place.script["/jobs/j/results"] = answer(204, b"", [("Link", '</x>; rel="only"')], length=False)
    place.script["/x"] = results(b"II*\0", TIFF)
    place.download()
    assert place.read() == {"only.tif": b"II*\0"}


def test_further_parameters_go_into_the_request_for_the_results(place: Place) -> None:
    """field.md row 27: ``params=`` of one request."""
    place.script["/jobs/j/results?log=true"] = results(b"x", "text/plain")
    place.script["/jobs/j/results?log=1"] = results(b"x", "text/plain")
    place.download(params={"log": True})
    assert place.lines == ["GET /jobs/j/results?log=true"]
    with Client(place.server.url) as client, client.open_job_result("j", params={"log": 1}) as file:
        assert file.read() == b"x"


def test_references_are_fetched_by_get_and_alone(place: Place) -> None:
    place.script["/jobs/j/results"] = results(
        {
            "typed": {"href": "/a/b.dat?sig=SECRET%2f", "type": "image/tiff"},
            "untyped": {"href": "/c/d.laz"},
            "told": {"href": "e"},
        }
    )
    place.script["/a/b.dat?sig=SECRET%2F"] = results(b"1", "application/octet-stream")
    place.script["/c/d.laz"] = results(b"2", "binary/octet-stream")
    place.script["/jobs/j/e"] = results(b"3", "application/x-netcdf")
    place.download()
    assert place.read() == {"told.nc": b"3", "typed.tif": b"1", "untyped.laz": b"2"}
    assert [line for line in place.lines if "HEAD" in line] == []
    assert len(place.lines) == 4
    assert "SECRET" not in (place.directory / "results.json").read_text()
    (typed,) = [one for one in place.server.requests if one.target.startswith("/a/")]
    assert typed.header("accept") == "image/tiff, */*;q=0.1"
    place.download(if_exists="skip")
    assert place.lines == ["GET /jobs/j/results"]
    place.download(if_exists="resume")
    assert place.lines == ["GET /jobs/j/results"]


def test_a_file_that_nobody_tells_of_stays_where_it_is_to_be_skipped(place: Place) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/x"}})
    place.script["/x"] = results("new", "text/plain")
    place.directory.mkdir(parents=True)
    (place.directory / "a.txt").write_bytes(b"mine")
    place.download(if_exists="skip")
    assert place.read() == {"a.txt": b"mine"}
    place.download(if_exists="overwrite")
    (place.directory / "a.txt").write_bytes(b"torn off")
    place.download(if_exists="resume")
    assert place.read() == {"a.txt": b"new"}


def test_several_files_of_an_output_are_a_directory(place: Place) -> None:
    tiles = [{"href": f"/{number}.tif", "type": TIFF} for number in range(10)]
    place.script["/jobs/j/results"] = results(
        {"tiles": [*tiles, "note"], "plain": [{"value": 1, "mediaType": "application/json"}]}
    )
    for number in range(10):
        place.script[f"/{number}.tif"] = results(b"%d" % number, TIFF)
    files = place.download()
    assert files["tiles"] == place.directory / "tiles"
    assert place.read() == {
        "plain.json": b'[{"value": 1, "mediaType": "application/json"}]',
        **{f"tiles/{number + 1:02}.tif": b"%d" % number for number in range(10)},
        "tiles/11.txt": b"note",
    }
    place.download(if_exists="skip")
    assert place.lines == ["GET /jobs/j/results"]


def test_what_cannot_be_fetched_does_not_stop_the_others(place: Place) -> None:
    place.script["/jobs/j/results"] = results(
        {
            "store": {"href": "s3://bucket/key"},
            "gone": {"href": "/gone"},
            "several": [{"href": "file:///etc/passwd"}, {"href": "/here"}],
            "here": {"href": "/here"},
        }
    )
    place.script["/here"] = results("a,b", "text/csv")
    place.script["/gone"] = answer(410, "")
    with pytest.raises(UnsafeRedirect, match="s3://bucket/key"):
        place.download()
    assert place.read() == {"here.csv": b"a,b", "several/2.csv": b"a,b"}
    outputs = place.manifest["outputs"]
    assert "s3://bucket/key" in outputs["store"][0]["error"]
    assert "410" in outputs["gone"][0]["error"]
    assert [min(entry) for entry in outputs["several"]] == ["file", "error"]


def test_a_reference_that_is_cut_is_resumed_by_the_next_run(place: Place) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/x?sig=1"}})
    whole = answer(200, PNG, [("Content-Type", "image/png"), ("ETag", '"x"')])
    place.script["/x?sig=1"] = (whole[:-50], CLOSE)
    with pytest.raises(TransportError):
        place.download()
    assert place.read().keys() == {"a.png.part", "a.png.part.json"}
    place.script["/jobs/j/results"] = results({"a": {"href": "/x?sig=2"}})
    rest = [("Content-Range", f"bytes {len(PNG) - 50}-{len(PNG) - 1}/{len(PNG)}")]

    def replying(request: Received) -> Reply:
        if request.header("range"):
            return answer(206, PNG[-50:], [*rest, ("ETag", '"x"')])
        reply: Reply = whole if request.target == "/x?sig=2" else place.script[request.target]
        return reply

    place.server.script = replying
    place.download()
    assert place.lines == ["GET /jobs/j/results", "GET /x?sig=2", "GET /x?sig=2"]
    assert place.read() == {"a.png": PNG}


# --- what is there, and what is not ---------------------------------------------------------------


def test_unknown_modes_and_one_output_for_several_are_refused(place: Place) -> None:
    with pytest.raises(ValueError, match="if_exists is one of error, skip, resume, overwrite"):
        place.download(if_exists="replace")
    with pytest.raises(TypeError, match="outputs"):
        place.download(outputs="a")
    assert place.lines == []
    assert not place.directory.exists()


def test_what_is_no_result_is_the_error_that_it_is(place: Place) -> None:
    place.script["/jobs/j/results"] = answer(404, {"type": "result-not-ready"})
    place.script["/jobs/j"] = RUNNING
    with pytest.raises(ResultNotReady):
        place.download()
    place.script["/jobs/j"] = answer(
        200, {"jobID": "j", "status": "failed", "message": "no memory"}
    )
    with pytest.raises(JobFailed, match="no memory"):
        place.download()
    place.script["/jobs/k/results"] = answer(404, {"type": "no-such-job"})
    with pytest.raises(NoSuchJob):
        place.download("k")
    # ZOO-Project: a redirect to what went wrong, with 200.
    place.script["/jobs/j/results"] = answer(302, "", [("Location", "/temp/j.json")])
    place.script["/temp/j.json"] = answer(200, {"title": "x", "type": "InvalidParameterValue"})
    with pytest.raises((JobFailed, ServiceError)):
        place.download()
    assert not place.directory.exists() or place.read() == {}


def test_files_that_are_there_stay_unless_they_are_to_be_overwritten(place: Place) -> None:
    place.script["/jobs/j/results"] = results({"a": 1, "b": 2})
    place.directory.mkdir(parents=True)
    (place.directory / "b.json").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"b\.json is there already"):
        place.download()
    assert place.read()["b.json"] == b"mine"
    place.download(if_exists="skip")
    assert place.read() == {"a.json": b"1", "b.json": b"mine"}
    place.download(if_exists="resume")
    assert place.read() == {"a.json": b"1", "b.json": b"2"}
    (place.directory / "a.json.part").write_bytes(b"torn")
    place.download(if_exists="overwrite")
    assert place.read() == {"a.json": b"1", "b.json": b"2"}


def test_a_manifest_of_another_job_tells_nothing(place: Place) -> None:
    place.script["/jobs/j/results"] = results({"a": 1})
    place.directory.mkdir(parents=True)
    other = {"version": 1, "server": place.server.url, "job": {"jobID": "k"}, "outputs": {}}
    (place.directory / "results.json").write_text(json.dumps(other))
    (place.directory / "a.json").write_bytes(b"0")
    place.download(if_exists="resume")
    assert place.read() == {"a.json": b"1"}


@pytest.mark.parametrize("mode", ["error", "skip", "resume"])
@pytest.mark.parametrize("content", [b"no JSON", b"[]", b'{"my": "own"}'])
def test_what_is_no_manifest_is_not_replaced(place: Place, content: bytes, mode: str) -> None:
    place.script["/jobs/j/results"] = results({"a": 1})
    place.directory.mkdir(parents=True)
    manifest = place.directory / "results.json"
    manifest.write_bytes(content)
    with pytest.raises(FileExistsError, match=r"results\.json is there already, and no manifest"):
        place.download(if_exists=mode)
    assert (place.read(), manifest.read_bytes()) == ({}, content)
    place.download(if_exists="overwrite")
    assert list(place.manifest["outputs"]) == ["a"]


@pytest.mark.parametrize("mode", ["error", "skip", "resume", "overwrite"])
def test_references_that_differ_by_their_queries_are_two(place: Place, mode: str) -> None:
    names = [f"/ows?id={name}" for name in "abcd"]
    a, b, *items = [{"href": name} for name in names]
    place.script["/jobs/j/results"] = results({"a": a, "b": b, "l": items})
    place.script.update({name: results(name, TIFF) for name in names})
    files = ("a.tif", "b.tif", "l/1.tif", "l/2.tif")
    wanted = dict(zip(files, map(str.encode, names), strict=True))
    place.download(if_exists=mode)
    assert place.read() == wanted
    place.download(if_exists="resume")
    assert (place.read(), place.lines) == (wanted, ["GET /jobs/j/results"])


@pytest.mark.parametrize("media_type", ["image/tiff\r\nX: y", "größe", ""])
def test_a_media_type_that_cannot_be_sent_is_not_asked_for(place: Place, media_type: str) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/x", "type": media_type}, "b": 1})
    place.script["/x"] = results(b"A", TIFF)
    place.download()
    assert place.read() == {"a.tif": b"A", "b.json": b"1"}


@pytest.mark.parametrize("href", ["s3://bucket/jobs/j/a", "file:///jobs/j/a", "ftp://h/jobs/j/a"])
def test_what_is_no_web_address_is_not_asked_of_our_own_server(place: Place, href: str) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": href}})
    with pytest.raises(UnsafeRedirect):
        place.download()
    assert place.lines == ["GET /jobs/j/results"]


def test_small_results_are_read_from_memory_alone(
    place: Place, opened: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.TemporaryDirectory", None)
    body = chunked(b'{"a": 1}')
    fields = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
    place.script["/jobs/j/results"] = answer(200, body, fields)
    with opened.open_job_result("j", "a") as file:
        assert file.read() == b"1"


def test_nothing_is_written_outside_of_the_directory(place: Place, tmp_path: Path) -> None:
    place.script["/jobs/j/results"] = results(
        {"../../up": 1, "/etc/x": 2, "a": 3, "A": 4, "results": 5, "CON": 6, "l": [{"href": "/x"}]}
    )
    place.script["/x"] = results("x", "text/plain")
    place.download()
    outside = [path for path in tmp_path.rglob("*") if place.directory not in path.parents]
    assert {path.name for path in outside} == {"new", "directory"}
    names = {name.casefold() for name in place.read()}
    assert len(names) == 7
    for name in ("a.json", "results.json", "l"):
        again = Place(tmp_path / name, place.server)
        again.script["/jobs/j/results"] = results({"a": 3, "l": [{"href": "/x"}]})
        again.script["/x"] = results("x", "text/plain")
        again.directory.mkdir()
        victim = tmp_path / f"victim of {name}"
        victim.mkdir() if name == "l" else victim.write_bytes(b"mine")
        (again.directory / name).symlink_to(victim)
        with pytest.raises(FileExistsError, match="symbolic link"):
            again.download(if_exists="overwrite")
        assert not list(victim.iterdir()) if name == "l" else victim.read_bytes() == b"mine"


# --- contents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (b"\0", (b"\0", "application/octet-stream")),
        ("ü", ("ü".encode(), "text/plain")),
        (
            QualifiedValue("ü", "text/plain; charset=latin-1"),
            (b"\xfc", "text/plain; charset=latin-1"),
        ),
        (
            QualifiedValue("€", "text/plain; charset=latin-1"),
            ("€".encode(), "text/plain; charset=latin-1"),
        ),
        (
            QualifiedValue("ü", "text/plain; charset=none"),
            ("ü".encode(), "text/plain; charset=none"),
        ),
        (QualifiedValue("a", "application/json"), (b'"a"', "application/json")),
        (QualifiedValue({"a": 1}, None), (b'{"a": 1}', "application/json")),
        ([Link("http://h/")], (b'[{"href": "http://h/"}]', "application/json")),
        ("\ud800", (b"\xed\xa0\x80", "text/plain")),
    ],
)
def test_values_have_contents(value: Any, content: tuple[bytes, str]) -> None:
    assert content_of(value) == content


@pytest.mark.parametrize("around", [40, 32 * 1024])
def test_parts_on_the_disk_are_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, around: int
) -> None:
    monkeypatch.setattr("ogcproc._downloads.answers.AROUND", around)
    monkeypatch.setattr("ogcproc._downloads.answers.CHUNK", 64)
    parts = [bytes([65 + number]) * (number * 97) for number in range(8)]
    body = b"".join(b"--mark\r\nA: %d\r\n\r\n%b\r\n" % (len(part), part) for part in parts)
    body = b"--mark\r\nA: x\r\n\r\n--mar\r\n" + body + b"--mark--\r\n"
    path = tmp_path / "body"
    path.write_bytes(body)
    for boundary in ("mark", "other", ""):
        with path.open("rb") as file:
            found = [body[start:end] for _, start, end in spans_in(file, boundary)]
        assert found == [b"--mar", *parts]
    path.write_bytes(b"nothing of the kind")
    with path.open("rb") as file:
        assert list(spans_in(file, "")) == []


# --- to read from -------------------------------------------------------------------------------


@pytest.fixture
def opened(place: Place) -> Iterator[Client]:
    with Client(place.server.url, proxy="", retries=2) as client:
        yield client


def test_a_raw_output_can_be_read_from(place: Place, opened: Client) -> None:
    place.script["/jobs/j/results"] = results(PNG, "image/png")
    with opened.open_job_result("j") as file:
        assert (file.mediaType, file.length) == ("image/png", len(PNG))
        assert file.read(4) == PNG[:4]
        assert file.read() == PNG[4:]
        assert file.read() == b""
    assert file.closed


def test_a_reference_and_an_inline_value_can_be_read_from(place: Place, opened: Client) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/x"}, "b": [1, 2]})
    place.script["/x"] = results("a,b\nc,d\n", "text/csv")
    with opened.open_job_result("j", "a") as file:
        assert list(file) == [b"a,b\n", b"c,d\n"]
    with opened.open_job_result("j", "b") as file:
        assert json.load(file) == [1, 2]
        assert (file.mediaType, file.length) == ("application/json", 6)
    with pytest.raises(ValueError, match=r"several outputs \(a, b\): pass output="):
        opened.open_job_result("j")
    with pytest.raises(NoSuchOutput):
        opened.open_job_result("j", "c")


def test_json_that_is_too_large_for_a_document_can_be_read_from(
    place: Place, opened: Client
) -> None:
    place.script["/jobs/j/results"] = results({"type": "FeatureCollection", "features": []})
    with opened.with_options(max_body=10).open_job_result("j") as file:
        assert json.load(file)["features"] == []


def test_what_others_have_signed_reaches_them_as_it_is(place: Place) -> None:
    signed = "/a%2fb//c?sig=%7e+~!*'()%2f;:@&x=a|b&y=%zz"
    with ScriptedServer([results(b"1", TIFF), results(b"2", TIFF)]) as store:
        hrefs = [f"{store.url}{signed}", f"{store.url}/with a space?größe"]
        place.script["/jobs/j/results"] = results({"a": [{"href": href} for href in hrefs]})
        place.download()
        assert store.lines == [f"GET {signed}", "GET /with%20a%20space?gr%C3%B6%C3%9Fe"]


def test_results_that_came_at_once_can_be_read_from(opened: Client) -> None:
    job = JobInfo("j", "successful", results=JobResults({"a": QualifiedValue(PNG, "image/png")}))
    with opened.open_job_result(job) as file:
        assert file.read() == PNG


def test_a_file_that_is_cut_goes_on_where_that_can_be(
    place: Place, opened: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    fields = [("Content-Type", TIFF), ("ETag", '"x"')]
    rest = [*fields, ("Content-Range", f"bytes 50-{len(PNG) - 1}/{len(PNG)}")]
    whole = answer(200, PNG, fields)
    cut = (whole[: len(whole) - len(PNG) + 50], CLOSE)
    place.script["/jobs/j/results"] = [cut, answer(503, ""), answer(206, PNG[50:], rest)]
    with opened.open_job_result("j") as file:
        assert file.read() == PNG
    for odd in (whole, answer(416, ""), answer(403, "")):
        place.server._used.clear()
        place.script["/jobs/j/results"] = [cut, odd]
        with opened.open_job_result("j") as file:
            assert file.read(10) == PNG[:10]
            with pytest.raises((TransportError, ServiceError)):
                file.read()
    unmarked = answer(200, PNG, [("Content-Type", TIFF)])
    place.script["/jobs/j/results"] = (unmarked[:-10], CLOSE)
    with opened.open_job_result("j") as file, pytest.raises(TransportError):
        file.read()
    place.server._used.clear()
    place.script["/jobs/j/results"] = [(unmarked[: -len(PNG)], CLOSE), unmarked]
    with opened.open_job_result("j") as file:
        assert file.read() == PNG


# --- pages, sizes and chosen outputs (field.md, rows 1, 11 and 12) ------------------------------


PAGE = answer(200, "<!doctype html><title>Sign in</title>", [("Content-Type", "text/html")])


def test_a_sign_in_page_is_neither_a_file_nor_opened(place: Place, opened: Client) -> None:
    # field.md, row 1
    place.script["/jobs/j/results"] = answer(302, "", [("Location", "/login")])
    place.script["/login"] = PAGE
    for call in (place.download, lambda: opened.open_job_result("j")):
        with pytest.raises(Unauthorized, match="sign-in page 'Sign in'"):
            call()
    assert not place.directory.exists()


def test_a_page_in_place_of_a_file_is_refused(place: Place, opened: Client) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/a", "type": TIFF}, "b": 1})
    place.script["/a"] = PAGE
    with pytest.raises(DocumentError, match="got a web page 'Sign in'"):
        place.download()
    with pytest.raises(DocumentError, match="got a web page"):
        opened.open_job_result("j", "a")
    assert not [*place.directory.glob("a*")]


def test_a_page_may_be_a_file_if_its_link_says_so(place: Place, opened: Client) -> None:
    place.script["/jobs/j/results"] = results({"a": {"href": "/a", "type": "text/html"}, "b": 1})
    place.script["/a"] = PAGE
    assert place.download()["a"].read_bytes().startswith(b"<!doctype")
    with opened.open_job_result("j", "a") as file:
        assert file.read(9) == b"<!doctype"


def test_outputs_that_came_although_not_asked_for_are_not_written(place: Place) -> None:
    # field.md, row 11
    place.script["/processes/p"] = process_of("a", "b")
    place.script["/jobs/j/results?outputs=a"] = results({"a": 1, "b": 2})
    place.script["/jobs/j/results?outputs=nope"] = results({"a": 1, "b": 2})
    assert list(place.download(outputs=["a"])) == ["a"]
    place.directory = place.directory / "other"
    with pytest.raises(NoSuchOutput, match="no output 'nope'; available: 'a', 'b'"):
        place.download(outputs=["nope"])


@pytest.mark.parametrize("member", [{"file:size": 4}, {"file:checksum": "1220" + "00" * 32}])
def test_a_file_that_does_not_fit_its_link_is_refused(
    place: Place, opened: Client, member: dict[str, Any]
) -> None:
    # field.md, row 12
    asset = {"href": f"{place.server.url}/a", "type": "text/csv", **member}
    place.script["/jobs/j/results"] = results({"a": {"value": asset}, "b": 1})
    place.script["/a"] = results("a,b\n1", "text/csv")
    with pytest.raises(TransportError, match="is not what the server says it is"):
        place.download()
    assert not [*place.directory.glob("a*")]
    with (
        opened.open_job_result("j", "a") as file,
        pytest.raises(TransportError, match="is not what the server says it is"),
    ):
        file.read()


def test_a_large_part_that_does_not_fit_its_length_is_refused(place: Place) -> None:
    large = b"x" * 1_100_000
    part = b"--b\r\nContent-ID: %b\r\nContent-Length: %d\r\n\r\n%b\r\n"
    for wrong in (0, 1):
        body = part % (b"a", len(large), large) + part % (b"b", len(large) + wrong, large)
        reply = results(body + b"--b--", "multipart/mixed; boundary=b")
        place.script["/jobs/j/results"] = reply
        place.directory = place.directory / str(wrong)
        if not wrong:
            assert place.download()["b"].stat().st_size == len(large)
            continue
        with pytest.raises(TransportError, match=r"the size of .* is not what the server says"):
            place.download()
        assert place.read() == {}
