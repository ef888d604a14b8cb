"""Results as files, again: what is there from another run, another job, or another moment."""

from __future__ import annotations

import json
import os
import threading
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, Received, ScriptedServer, answer, chunked

from ogcproc import Client, JobInfo, JobResults, NoSuchOutput, TransportError
from ogcproc._locks import open_alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripted import Reply

DONE = answer(200, {"jobID": "j", "status": "successful", "type": "process", "processID": "p"})
PROCESS = answer(200, {"id": "p", "version": "1", "outputs": {"only": {"schema": {}}}})
TIFF = [("Content-Type", "image/tiff")]
DATA = bytes(range(256)) * 400


class Service(ScriptedServer):
    """A server of a job and of what its results point to."""

    def __init__(self) -> None:
        self.replies: dict[str, Any] = {"/jobs/j": DONE, "/processes/p": PROCESS}
        super().__init__(self.replies)

    def has(self, results: Any, **targets: Any) -> None:
        """Answer so from now on."""
        self.replies["/jobs/j/results"] = results
        self.replies.update({f"/{name}": reply for name, reply in targets.items()})

    def count(self, target: str) -> int:
        """Return how often something was asked for."""
        return [request.target for request in self.requests].count(target)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


@pytest.fixture
def server() -> Iterator[Service]:
    server = Service()
    with server:
        yield server


@pytest.fixture
def client(server: Service) -> Iterator[Client]:
    with Client(server.url, proxy="", retries=1) as client:
        yield client


def manifest(directory: Path) -> Any:
    return json.loads((directory / "results.json").read_bytes())


# --- another entity ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ([("ETag", '"1"')], [("ETag", '"2"')]),
        (
            [
                ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
                ("Date", "Fri, 02 Jan 2026 00:00:00 GMT"),
            ],
            [("Last-Modified", "Thu, 01 Jan 2026 00:00:01 GMT")],
        ),
    ],
)
def test_a_range_of_another_entity_is_not_appended(
    server: Service, client: Client, tmp_path: Path, first: Any, then: Any
) -> None:
    other = DATA[::-1]
    before = answer(200, DATA, [*TIFF, *first])
    told = [("Content-Range", f"bytes 1000-{len(DATA) - 1}/{len(DATA)}"), *TIFF, *then]
    script: list[Reply] = [
        (before[: len(before) - len(DATA) + 1000], CLOSE),
        answer(206, other[1000:], told),  # whatever If-Range says
        answer(200, other, [*TIFF, *then]),
    ]
    server.has(script)
    (path,) = client.download_job_results("j", tmp_path).values()
    assert path.read_bytes() == other


# --- another run ------------------------------------------------------------------------------


def test_what_other_runs_have_written_down_stays_in_the_manifest(
    server: Service, client: Client, tmp_path: Path
) -> None:
    links = {name: {"href": f"/{name}"} for name in "ab"}
    server.has(answer(200, links), a=answer(200, b"a", TIFF), b=answer(200, b"b", TIFF))
    server.replies["/jobs/j/results?outputs=b"] = answer(200, {"b": links["b"]})
    client.download_job_results("j", tmp_path)
    client.download_job_results("j", tmp_path, outputs=["b"], if_exists="resume")
    client.download_job_results("j", tmp_path, if_exists="resume")
    assert list(manifest(tmp_path)["outputs"]) == ["a", "b"]
    assert (server.count("/a"), server.count("/b")) == (1, 1)


def test_a_run_that_ends_early_forgets_nothing(
    server: Service, client: Client, tmp_path: Path
) -> None:
    links = {name: {"href": f"/{name}", "type": "image/tiff"} for name in "abc"}
    server.has(answer(200, links), **{name: answer(200, b"x", TIFF) for name in "abc"})
    paths = client.download_job_results("j", tmp_path)
    paths["b"].unlink()
    paths["b"].mkdir()  # the second cannot be written
    with pytest.raises(OSError, match=r"b\.tif"):
        client.download_job_results("j", tmp_path, if_exists="resume")
    paths["b"].rmdir()
    client.download_job_results("j", tmp_path, if_exists="resume")
    assert server.count("/c") == 1


# --- another job ------------------------------------------------------------------------------


def test_results_of_another_execution_without_an_id_do_not_stay(
    client: Client, tmp_path: Path
) -> None:
    for number in (1, 2):
        job = JobInfo("", "successful", results=JobResults({"a": number}))
        (path,) = client.download_job_results(job, tmp_path, if_exists="resume").values()
        assert path.read_bytes() == str(number).encode()


@pytest.mark.parametrize("inline", [False, True])
def test_results_of_a_job_of_the_same_id_elsewhere_do_not_stay(
    client: Client, server: Service, tmp_path: Path, inline: bool
) -> None:
    server.has(answer(200, {"a": 1}) if inline else answer(200, b"here", TIFF))
    client.download_job_results("j", tmp_path)
    other = Service()
    with other, Client(other.url, proxy="") as there:
        other.has(answer(200, {"a": 2}) if inline else answer(200, b"else", TIFF))
        (path,) = there.download_job_results("j", tmp_path, if_exists="resume").values()
    assert path.read_bytes() == (b"2" if inline else b"else")


@pytest.mark.parametrize("is_multipart", [True, False])
def test_a_large_output_that_changed_and_kept_its_length_is_replaced(
    server: Service, client: Client, tmp_path: Path, is_multipart: bool
) -> None:
    small = client.with_options(max_body=1000)
    for content in (b"1" * 2_000_000, b"2" * 2_000_000):
        if is_multipart:
            body = b"--x\r\nContent-ID: a\r\nContent-Type: image/tiff\r\n\r\n" + content
            fields = [("Content-Type", "multipart/mixed; boundary=x")]
            server.has(answer(200, body + b"\r\n--x--", fields))
        else:
            fields = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
            server.has(answer(200, chunked(content), fields))
        ((name, path),) = small.download_job_results("j", tmp_path, if_exists="resume").items()
        assert path.read_bytes() == content
        (entry,) = manifest(tmp_path)["outputs"][name]
        assert entry["sha256"] == sha256(content).hexdigest()


# --- another at the same time -----------------------------------------------------------------


def test_who_comes_while_a_file_gets_its_name_does_not_write_to_it(
    server: Service, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.has(answer(200, b"whole", TIFF))
    refused: list[bool] = []
    replace = os.replace

    def meanwhile(source: Any, target: Any) -> None:
        if str(target).endswith(".tif"):
            try:
                open_alone(source, "directory").close()
            except BlockingIOError:
                refused.append(True)
        replace(source, target)

    monkeypatch.setattr("os.replace", meanwhile)
    (path,) = client.download_job_results("j", tmp_path).values()
    assert (path.read_bytes(), refused) == (b"whole", [True])


def test_a_file_that_was_renamed_while_it_was_locked_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, whole = tmp_path / "a.part", tmp_path / "a"
    part.write_bytes(b"whole")

    def late(*_: object, **__: object) -> None:
        if not whole.exists():
            part.rename(whole)

    monkeypatch.setattr("ogcproc._locks.lock", late)
    with open_alone(part, "directory") as file:
        file.write(b"x")
    assert (part.read_bytes(), whole.read_bytes()) == (b"x", b"whole")


def test_runs_at_the_same_time_write_one_manifest(
    server: Service, client: Client, tmp_path: Path
) -> None:
    outputs = [f"o{number}" for number in range(8)]
    for name in outputs:
        server.replies[f"/jobs/j/results?outputs={name}"] = answer(200, {name: name})
    errors: list[BaseException] = []

    def run(name: str) -> None:
        try:
            client.download_job_results("j", tmp_path, outputs=[name])
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[name]) for name in outputs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(manifest(tmp_path)["outputs"]) == outputs


def test_an_inline_value_that_another_is_writing_is_left_to_them(
    client: Client, tmp_path: Path
) -> None:
    job = JobInfo("k", "successful", results=JobResults({"a": "text"}))
    with (
        open_alone(tmp_path / "a.txt.part", "directory"),
        pytest.raises(BlockingIOError, match="another run"),
    ):
        client.download_job_results(job, tmp_path)
    (path,) = client.download_job_results(job, tmp_path).values()
    assert path.read_bytes() == b"text"


# --- before anything is fetched ---------------------------------------------------------------


def test_a_file_in_the_way_is_told_before_anything_is_fetched(
    server: Service, client: Client, tmp_path: Path
) -> None:
    links = {name: {"href": f"/{name}", "type": "image/tiff"} for name in "ab"}
    server.has(answer(200, links), a=answer(200, b"a", TIFF), b=answer(200, b"b", TIFF))
    (tmp_path / "b.tif").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"b\.tif"):
        client.download_job_results("j", tmp_path)
    assert (server.count("/a"), server.count("/b")) == (0, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["b.tif"]


# --- what is in a file ------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["application/geo+json", "application/json"])
def test_a_document_that_is_the_value_is_kept_to_the_byte(
    server: Service, client: Client, tmp_path: Path, media_type: str
) -> None:
    body = '{ "type":"Point", "coordinates":[1.10,  2e0], "name":"größe" }'.encode()
    server.has(answer(200, body, [("Content-Type", media_type)]))
    (path,) = client.download_job_results("j", tmp_path).values()
    assert path.read_bytes() == body
    with client.open_job_result("j") as file:
        assert file.read() == body


def test_a_relative_reference_in_parts_is_one_to_the_results(
    server: Service, client: Client, tmp_path: Path
) -> None:
    body = b"--x\r\nContent-ID: a\r\nContent-Location: f.tif\r\n\r\n\r\n--x--\r\n"
    body += bytes(2_000_000)
    server.has(answer(200, body, [("Content-Type", "multipart/related; boundary=x")]))
    server.replies["/jobs/j/f.tif"] = answer(200, b"f", TIFF)
    (path,) = client.download_job_results("j", tmp_path).values()
    assert path.read_bytes() == b"f"


# --- to be read from --------------------------------------------------------------------------


def test_what_is_longer_than_a_document_may_be_can_be_read_from(
    server: Service, client: Client
) -> None:
    text = b'"' + b"x" * 3_000_000 + b'"'
    small = client.with_options(max_body=1000)
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    server.has(head + chunked(text))
    with small.open_job_result("j") as file:
        assert file.read() == text
    parts = b"--x\r\nContent-ID: t\r\nContent-Type: text/plain\r\n\r\nsmall\r\n"
    parts += b"--x\r\nContent-ID: a\r\nContent-Type: image/tiff\r\n\r\n" + text + b"\r\n--x--"
    server.has(answer(200, parts, [("Content-Type", "multipart/mixed; boundary=x")]))
    with small.open_job_result("j", "a") as file:
        assert (file.read(), file.mediaType, file.length) == (text, "image/tiff", len(text))
        file.close()
    with small.open_job_result("j", "t") as file:
        assert (file.read(), file.mediaType, file.length) == (b"small", "text/plain", 5)
    with pytest.raises(NoSuchOutput, match="'b'"):
        small.open_job_result("j", "b")


def test_what_breaks_off_while_it_is_laid_out_leaves_nothing(
    server: Service, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    server.has((head + chunked(b'{"a": 1}')[:-5], CLOSE))
    for max_body in (1000, 3):
        with pytest.raises(TransportError):
            client.with_options(max_body=max_body, retries=0).open_job_result("j")
        assert list(tmp_path.iterdir()) == []
    server.has(head + chunked(b'{"a": 1}'))
    with client.open_job_result("j", "a") as file:
        assert file.read() == b"1"
    assert list(tmp_path.iterdir()) == []


def test_a_multipart_body_without_parts_is_the_value(
    server: Service, client: Client, tmp_path: Path
) -> None:
    data = bytes(2_000_000)
    server.has(answer(200, data, [("Content-Type", "multipart/mixed; boundary=x")]))
    paths = client.download_job_results("j", tmp_path)
    assert (list(paths), paths["only"].read_bytes()) == (["only"], data)
    with client.open_job_result("j") as file:
        assert file.read() == data


def test_an_output_that_is_not_there_cannot_be_read_from(server: Service, client: Client) -> None:
    server.has(answer(200, DATA, TIFF))
    with pytest.raises(NoSuchOutput, match="only"):
        client.open_job_result("j", "another")
    with client.open_job_result("j", "only") as file:
        assert file.read() == DATA


def test_what_nobody_could_name_is_what_was_asked_for(server: Service, client: Client) -> None:
    server.has(answer(200, DATA, TIFF))
    server.replies["/processes/p"] = answer(403, "")
    with client.open_job_result("j", "a") as file:
        assert file.read() == DATA


@pytest.mark.parametrize("is_right", [True, False])
def test_what_is_read_is_what_its_digest_says(
    server: Service, client: Client, is_right: bool
) -> None:
    digest = f"sha-256=:{b64encode(sha256(DATA if is_right else b'').digest()).decode()}:"
    server.has(answer(200, DATA, [*TIFF, ("Repr-Digest", digest)]))
    with client.open_job_result("j") as file:
        if is_right:
            assert file.read() == DATA
        else:
            with pytest.raises(TransportError, match="sha256"):
                file.read()


def test_a_range_of_another_entity_is_not_read_on(server: Service, client: Client) -> None:
    before = answer(200, DATA, [*TIFF, ("ETag", '"1"')])
    told = [("Content-Range", f"bytes 1000-{len(DATA) - 1}/{len(DATA)}"), ("ETag", '"2"')]

    def cut(request: Received) -> Reply:
        if request.header("range"):
            return answer(206, DATA[1000:], told)
        return before[: len(before) - len(DATA) + 1000], CLOSE

    server.has(None)
    server.script = lambda request: (
        cut(request) if request.target.endswith("results") else server.replies[request.target]
    )
    with client.open_job_result("j") as file, pytest.raises(TransportError):
        file.read()


def test_many_parts_are_not_all_held_in_memory(
    server: Service, client: Client, tmp_path: Path
) -> None:
    head = b"--x\r\nContent-ID: %d\r\nContent-Type: image/tiff\r\n\r\n"
    parts = {str(number): bytes([number]) * 700_000 for number in range(4)}
    body = b"".join(head % int(name) + part + b"\r\n" for name, part in parts.items())
    body += b"--x\r\nContent-ID: 9\r\nContent-Location: /f\r\n\r\n\r\n--x--"
    server.has(answer(200, body, [("Content-Type", "multipart/mixed; boundary=x")]))
    server.replies["/f"] = answer(200, b"f", TIFF)
    paths = client.download_job_results("j", tmp_path)
    assert {name: path.read_bytes() for name, path in paths.items()} == {**parts, "9": b"f"}
