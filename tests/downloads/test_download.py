"""One body to one file, over connections that break."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, RESET, SILENCE, Received, ScriptedServer, answer

from ogcproc import Client, Link, ServiceError, TransportError, TransportTimeout
from ogcproc._downloads.download import Saved, download

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scripted import Reply

    from ogcproc._http.answer import Stream

DATA = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


class Store:
    """A server of one body that ends the connection after so many bytes, the last time not."""

    def __init__(self, *cuts: int, data: bytes = DATA, **settings: Any) -> None:
        self.cuts = list(cuts)
        self.data = data
        self.etag: str | None = settings.get("etag", '"one"')
        self.modified: str | None = settings.get("modified")
        self.ranges: bool = settings.get("ranges", True)
        self.fields: list[tuple[str, str]] = settings.get("fields", [])
        self.asked: list[str | None] = []

    def __call__(self, request: Received) -> Reply:
        asked = request.header("range")
        self.asked.append(asked)
        begin, status = 0, 200
        current = request.header("if-range") in {self.etag, self.modified}
        if asked and self.ranges and current:
            begin, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
        if begin >= len(self.data):
            return answer(416, "", [("Content-Range", f"bytes */{len(self.data)}")])
        fields = [*self.fields, ("Content-Type", "image/tiff")]
        if self.etag:
            fields.append(("ETag", self.etag))
        if self.modified:
            fields += [("Last-Modified", self.modified), ("Date", "Fri, 02 Jan 2026 00:00:00 GMT")]
        if status == 206:
            end = len(self.data) - 1
            fields.append(("Content-Range", f"bytes {begin}-{end}/{len(self.data)}"))
        whole = answer(status, self.data[begin:], fields)
        if self.cuts:
            cut = self.cuts.pop(0)
            return (whole[: len(whole) - len(self.data[begin:]) + cut], CLOSE)
        return whole


def fetched(server: ScriptedServer, path: Path, **settings: Any) -> Saved:
    """Return what was saved of what a server has."""
    with Client(server.url, proxy="", **settings) as client:

        def open_(fields: Mapping[str, str]) -> Stream:
            return client._resources.open_link(Link(f"{server.url}/x?sig=secret"), fields)

        return download(open_({}), open_, path, client._http)


def left(path: Path) -> list[str]:
    """Return what stands in the directory of a file."""
    return sorted(each.name for each in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.tif"


def test_a_body_becomes_a_file(path: Path) -> None:
    with ScriptedServer(Store()) as server:
        saved = fetched(server, path)
        assert saved.url == f"{server.url}/x"
    assert path.read_bytes() == DATA
    assert (saved.size, saved.sha256) == (len(DATA), SHA256)
    assert (saved.media_type, saved.etag) == ("image/tiff", '"one"')
    assert left(path) == ["a.tif"]


@pytest.mark.parametrize(
    "store",
    [
        Store(1000, 5, 0, 700_000),
        Store(1000, etag=None, modified="Thu, 01 Jan 2026 00:00:00 GMT"),
        Store(*[20_000] * 30),
    ],
)
def test_a_download_that_is_cut_goes_on_where_it_was(path: Path, store: Store) -> None:
    cuts = list(store.cuts)
    with ScriptedServer(store) as server:
        saved = fetched(server, path)
    assert path.read_bytes() == DATA
    assert saved.sha256 == SHA256
    assert len(store.asked) == len(cuts) + 1
    assert store.asked[-1] == f"bytes={sum(cuts)}-"


@pytest.mark.parametrize(
    "store",
    [
        Store(1000, ranges=False),
        Store(1000, etag=None),
        Store(1000, etag='W/"weak"'),
        Store(1000, etag=None, modified="Fri, 02 Jan 2026 00:00:00 GMT"),
        Store(1000, etag=None, modified="yesterday"),
    ],
)
def test_it_starts_again_where_it_cannot_go_on(path: Path, store: Store) -> None:
    with ScriptedServer(store) as server:
        assert fetched(server, path).sha256 == SHA256
    assert path.read_bytes() == DATA
    assert len(store.asked) == 2


def test_it_starts_again_where_it_is_another_by_now(path: Path) -> None:
    store = Store(1000)

    def changing(request: Received) -> Reply:
        if request.header("range"):
            store.data, store.etag = b"new" * 1000, '"two"'
        return store(request)

    with ScriptedServer(changing) as server:
        saved = fetched(server, path)
    assert path.read_bytes() == b"new" * 1000
    assert saved.etag == '"two"'


@pytest.mark.parametrize(
    "odd",
    [
        answer(206, DATA[999:], [("Content-Range", f"bytes 999-{len(DATA) - 1}/{len(DATA)}")]),
        answer(206, DATA[1000:], [("Content-Range", "bytes 1000-1023999/5")]),
        answer(206, DATA[1000:], [("Content-Range", "soon")]),
        answer(206, DATA[1000:]),
        answer(
            206,
            gzip.compress(DATA[1000:]),
            [("Content-Range", f"bytes 1000-{len(DATA) - 1}/*"), ("Content-Encoding", "gzip")],
        ),
        answer(412, ""),
        answer(416, ""),
    ],
)
def test_a_part_that_is_none_is_not_appended(path: Path, odd: bytes) -> None:
    store = Store(1000)

    def replying(request: Received) -> Reply:
        return odd if request.header("range") else store(request)

    with ScriptedServer(replying) as server:
        assert fetched(server, path).sha256 == SHA256
    assert path.read_bytes() == DATA


def test_a_server_that_gives_less_than_it_is_asked_for_is_asked_again(path: Path) -> None:
    store = Store(1000)

    def replying(request: Received) -> Reply:
        asked = request.header("range")
        if not asked:
            return store(request)
        begin = int(asked[6:-1])
        end = min(begin + 400_000, len(DATA))
        told = f"bytes {begin}-{end - 1}/{len(DATA)}"
        return answer(206, DATA[begin:end], [("Content-Range", told), ("ETag", '"one"')])

    with ScriptedServer(replying) as server:
        assert fetched(server, path, retries=1).sha256 == SHA256
    assert len(server.requests) == 4


def test_a_part_without_a_total_is_taken(path: Path) -> None:
    store = Store(1000)
    part = answer(206, DATA[1000:], [("Content-Range", f"bytes 1000-{len(DATA) - 1}/*")])

    def replying(request: Received) -> Reply:
        return part if request.header("range") else store(request)

    with ScriptedServer(replying) as server:
        assert fetched(server, path).sha256 == SHA256
    assert len(server.requests) == 2


def test_what_gets_no_further_is_given_up_and_a_later_run_goes_on(path: Path) -> None:
    store = Store(1000, *[0] * 10)
    with ScriptedServer(store) as server:
        with pytest.raises(TransportError) as caught:
            fetched(server, path, retries=2)
        assert len(store.asked) == 3
        assert "secret" not in str(caught.value)
        assert left(path) == ["a.tif.part", "a.tif.part.json"]
        assert path.with_name("a.tif.part").read_bytes() == DATA[:1000]
        said = json.loads(path.with_name("a.tif.part.json").read_text())
        assert said == {"url": f"{server.url}/x", "validator": '"one"', "total": len(DATA)}
        store.cuts.clear()
        assert fetched(server, path).sha256 == SHA256
        assert store.asked[-1] == "bytes=1000-"
    assert path.read_bytes() == DATA
    assert left(path) == ["a.tif"]


@pytest.mark.parametrize("said", [None, "{}", "[]", "no JSON", '{"validator": "other"}'])
def test_a_part_of_something_else_is_thrown_away(path: Path, said: str | None) -> None:
    path.with_name("a.tif.part").write_bytes(b"something else")
    if said is not None:
        path.with_name("a.tif.part.json").write_text(said)
    store = Store()
    with ScriptedServer(store) as server:
        assert fetched(server, path).sha256 == SHA256
    assert store.asked == [None]


def test_a_part_that_is_all_of_it_needs_no_more(path: Path) -> None:
    store = Store()
    with ScriptedServer(store) as server:
        said = {"url": f"{server.url}/x", "validator": '"one"', "total": len(DATA)}
        path.with_name("a.tif.part").write_bytes(DATA)
        path.with_name("a.tif.part.json").write_text(json.dumps(said))
        assert fetched(server, path).sha256 == SHA256
        assert store.asked == [None]


def test_a_busy_store_is_waited_for(path: Path) -> None:
    store = Store(1000)
    busy = [answer(503, "", [("Retry-After", "0")])] * 5

    def replying(request: Received) -> Reply:
        return busy.pop() if request.header("range") and busy else store(request)

    with ScriptedServer(replying) as server:
        assert fetched(server, path).sha256 == SHA256


def test_an_error_in_place_of_the_rest_is_raised(path: Path) -> None:
    store = Store(1000)

    def replying(request: Received) -> Reply:
        return answer(403, "expired") if request.header("range") else store(request)

    with ScriptedServer(replying) as server, pytest.raises(ServiceError) as caught:
        fetched(server, path)
    assert caught.value.status == 403
    assert left(path) == ["a.tif.part", "a.tif.part.json"]


@pytest.mark.parametrize("ending", [RESET, SILENCE])
def test_a_reset_and_a_silence_are_cuts(path: Path, ending: Any) -> None:
    store = Store()
    first: list[Reply] = [(answer(200, DATA, [("ETag", '"one"')])[:-5000], ending)]

    def replying(request: Received) -> Reply:
        return first.pop() if first else store(request)

    with ScriptedServer(replying) as server:
        assert fetched(server, path, timeout=(5, 0.1)).sha256 == SHA256
    with ScriptedServer([(SILENCE,)]) as server, pytest.raises(TransportTimeout):
        fetched(server, path, timeout=(5, 0.1), retries=0)


# --- digests and encodings ----------------------------------------------------------------------


def digest_of(data: bytes) -> tuple[str, str]:
    value = b64encode(hashlib.sha512(data).digest()).decode()
    return "Repr-Digest", f"sha-512=:{value}:"


def test_a_digest_is_verified(path: Path) -> None:
    with ScriptedServer(Store(1000, fields=[digest_of(DATA)])) as server:
        assert fetched(server, path).sha256 == SHA256


def test_a_body_that_is_damaged_is_fetched_once_more(path: Path) -> None:
    store = Store(fields=[digest_of(DATA)])
    damaged = [answer(200, b"x" + DATA[1:], [digest_of(DATA), ("ETag", '"one"')])]

    def replying(request: Received) -> Reply:
        return damaged.pop() if damaged else store(request)

    with ScriptedServer(replying) as server:
        assert fetched(server, path).sha256 == SHA256
    assert store.asked == [None]


def test_a_body_that_stays_damaged_is_no_file(path: Path) -> None:
    store = Store(fields=[digest_of(b"other")])
    message = "the sha512 digest of .*/x is not what"
    with ScriptedServer(store) as server, pytest.raises(TransportError, match=message):
        fetched(server, path)
    assert len(store.asked) == 2
    assert left(path) == []


def test_an_encoded_body_is_decoded_and_never_resumed(path: Path) -> None:
    packed = gzip.compress(DATA)
    fields = [("Content-Encoding", "gzip"), ("ETag", '"one"'), digest_of(b"of what was sent")]
    script: list[Reply] = [
        (answer(200, packed, fields)[:-100], CLOSE),
        answer(200, packed, fields),
    ]
    with ScriptedServer(script) as server:
        assert fetched(server, path).sha256 == SHA256
        assert all(request.header("range") is None for request in server.requests)


# --- where it is written ------------------------------------------------------------------------


def test_two_at_once_do_not_write_to_one_file(path: Path) -> None:
    with ScriptedServer(Store()) as server:
        entered: list[BaseException] = []

        def meanwhile() -> None:
            while not path.with_name("a.tif.part.json").exists():
                time.sleep(0.001)
            try:
                with ScriptedServer(Store()) as other:
                    fetched(other, path)
            except BlockingIOError as error:
                entered.append(error)

        whole = answer(200, DATA, [("ETag", '"one"')])
        server.script = [(whole[:500], meanwhile, whole[500:])]
        assert fetched(server, path).sha256 == SHA256
    assert "another run is using this directory" in str(entered[0])


def test_links_out_of_the_directory_are_not_written_through(path: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    for name in ("a.tif", "a.tif.part", "a.tif.part.json"):
        link = path.with_name(name)
        link.symlink_to(victim)
        with ScriptedServer(Store()) as server, pytest.raises(OSError, match="ymbolic link"):
            fetched(server, path)
        assert victim.read_bytes() == b"mine"
        link.unlink()
        path.with_name("a.tif.part").unlink(missing_ok=True)


def test_a_directory_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    with ScriptedServer(Store()) as server, pytest.raises(FileNotFoundError):
        fetched(server, tmp_path / "nowhere" / "a.tif")
