"""Answers whose bodies are read as they are wanted."""

from __future__ import annotations

import gzip
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, SILENCE, ScriptedServer, answer, chunked

from ogcproc import BearerAuth, Client, ResponseTooLarge, TransportError, TransportTimeout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripted import Reply

    from ogcproc._http.answer import Stream
    from ogcproc._http.transport import Transport

DATA = bytes(range(256)) * 10_000


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    """Return a list of clients that are closed at the end."""
    made: list[Client] = []
    yield made
    for client in made:
        client.close()


def http_of(clients: list[Client], server: ScriptedServer, **settings: Any) -> Transport:
    clients.append(Client(server.url, **{"proxy": "", "timeout": (5, 5), **settings}))
    return clients[-1]._http


def read_all(stream: Stream, size: int) -> bytes:
    """Return all that is left of a stream, read by so many bytes at a time."""
    parts = list(iter(lambda: stream.read(size), b""))
    assert max(map(len, parts)) <= size
    return b"".join(parts)


@pytest.mark.parametrize("size", [100, 65_537, 1 << 20, 1 << 30])
def test_a_body_is_read_by_parts(clients: list[Client], size: int) -> None:
    with ScriptedServer([answer(200, DATA)]) as server:
        stream = http_of(clients, server, max_body=100).open(f"{server.url}/x")
        with stream:
            assert (stream.status, stream.raw_length, stream.body) == (200, len(DATA), b"")
            assert read_all(stream, size) == DATA
            assert stream.read() == b""
        stream.close()
        with pytest.raises(ValueError, match="closed"):
            stream.read()


def test_a_connection_whose_stream_was_read_is_used_again(clients: list[Client]) -> None:
    with ScriptedServer([answer(200, DATA), answer(200, b"x")]) as server:
        http = http_of(clients, server)
        with http.open(f"{server.url}/x") as stream:
            read_all(stream, 1 << 20)
        assert http.send("GET", f"{server.url}/y").body == b"x"
        assert server.connections == 1


def test_a_connection_whose_stream_was_not_read_is_closed(clients: list[Client]) -> None:
    with ScriptedServer([answer(200, DATA), answer(200, b"x")]) as server:
        http = http_of(clients, server)
        with http.open(f"{server.url}/x") as stream:
            stream.read(10)
        assert http.send("GET", f"{server.url}/y").body == b"x"
        assert server.connections == 2


def test_a_compressed_body_is_decompressed(clients: list[Client]) -> None:
    body = gzip.compress(DATA)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with (
        ScriptedServer([head + chunked(body[:99], body[99:])]) as server,
        http_of(clients, server).open(f"{server.url}/x") as stream,
    ):
        assert stream.raw_length is None
        assert read_all(stream, 1 << 20) == DATA


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ((answer(200, DATA)[:-9], CLOSE), TransportError),
        ((answer(200, DATA)[:-9], SILENCE), TransportTimeout),
    ],
)
def test_a_body_that_breaks_off_is_told(
    clients: list[Client], reply: Reply, kind: type[TransportError]
) -> None:
    with ScriptedServer([reply]) as server:
        http = http_of(clients, server, timeout=(5, 0.2, 0.4))
        with http.open(f"{server.url}/x?token=secret") as stream:
            with pytest.raises(kind) as caught:
                read_all(stream, 1 << 20)
            with pytest.raises(ValueError, match="closed"):
                stream.read()
    assert (caught.value.sent, caught.value.status) == (True, 200)
    assert "secret" not in str(caught.value)


def test_a_body_may_take_longer_than_a_call(clients: list[Client]) -> None:
    slow = answer(200, b"0123456789")
    steps: list[Any] = [step for byte in slow[-10:] for step in (0.03, bytes([byte]))]
    with (
        ScriptedServer([(slow[:-10], *steps)]) as server,
        http_of(clients, server, timeout=(5, 5, 0.15)).open(f"{server.url}/x") as stream,
    ):
        assert read_all(stream, 100) == b"0123456789"


def test_what_comes_before_the_body_is_as_ever(clients: list[Client]) -> None:
    script: list[Reply] = [
        (CLOSE,),
        answer(503, ""),
        answer(401, ""),
        answer(302, "", [("Location", "/there")]),
        answer(200, DATA),
    ]
    with ScriptedServer(script) as server:
        numbers = count()
        http = http_of(clients, server, auth=BearerAuth(lambda: f"t{next(numbers)}"))
        with http.open(f"{server.url}/x", headers={"Range": "bytes=0-"}) as stream:
            assert (stream.url, stream.was_redirected) == (f"{server.url}/there", True)
            assert read_all(stream, 1 << 20) == DATA
        last = server.requests[-1]
        tokens = [request.header("authorization") for request in server.requests]
        assert last.header("range") == "bytes=0-"
        assert len(set(tokens)) > 2


def test_an_error_is_read_at_once(clients: list[Client]) -> None:
    with (
        ScriptedServer([answer(404, b"not here")]) as server,
        http_of(clients, server).open(f"{server.url}/x") as stream,
    ):
        assert (stream.status, stream.answer().body) == (404, b"not here")
        assert stream.read(3) + stream.read() == b"not here"
        assert stream.read() == b""


def test_the_whole_of_a_small_answer_can_be_had(clients: list[Client]) -> None:
    script: list[Reply] = [
        answer(200, {"a": 1}),
        answer(200, DATA),
        (answer(200, "abc")[:-1], CLOSE),
    ]
    with ScriptedServer(script) as server:
        http = http_of(clients, server, max_body=1000)
        assert http.open(f"{server.url}/x").answer().json() == {"a": 1}
        with pytest.raises(ResponseTooLarge):
            http.open(f"{server.url}/x").answer()
        with pytest.raises(TransportError):
            http.open(f"{server.url}/x").answer()
