"""The HTTP server under the service: connections, bodies off the wire, and its end."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from http_client_helpers import Caller

from ogcproc.server import Service
from ogcproc.server.body import Body
from ogcproc.server.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ogcproc.server import Server

service = Service(max_body=1000)


@service.process()
def echo(text: str = "x") -> str:
    return text


@pytest.fixture
def server() -> Iterator[Server]:
    with service.serve() as server:
        yield server


def talk(server: Server, data: bytes, more: bytes = b"") -> bytes:
    """Return all that the server says to these bytes until it closes."""
    with socket.create_connection(server.address, timeout=5) as sock:
        sock.sendall(data)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
            if more:
                sock.sendall(more)
                more = b""
        return answer


POST = b"POST /processes/echo/execution HTTP/1.1\r\nHost: h\r\n"
BODY = b'{"inputs": {"text": "abc"}}'
CLOSE = b"Connection: close\r\n"


def test_one_connection_serves_many_requests(server: Server) -> None:
    with Caller(server.address) as caller:
        caller.get("/")
        sock = caller.connection.sock
        caller.execute("echo", {"inputs": {}})
        caller.request("HEAD", "/jobs")
        caller.request("OPTIONS", "/jobs")
        caller.get("/nowhere")
        assert caller.connection.sock is sock


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    get = b"GET /%s HTTP/1.1\r\nHost: h\r\n%s\r\n"
    answer = talk(server, get % (b"conformance", b"") + get % (b"jobs", CLOSE))
    assert answer.index(b"conformsTo") < answer.index(b'"jobs"')


def test_nagle_is_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    setup = Connection.setup

    def spy(self: Connection) -> None:
        setup(self)
        seen.append(self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(Connection, "setup", spy)
    with Caller(server.address) as caller:
        caller.get("/")
    assert seen == [1]


@pytest.mark.parametrize(
    "chunks",
    [
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
        b"4;a=b\r\n%s\r\n%X \r\n%s\r\n00\r\nTrailer: t\r\n\r\n"
        % (BODY[:4], len(BODY) - 4, BODY[4:]),
    ],
)
def test_a_chunked_body_is_read(server: Server, chunks: bytes) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    # The second request shows that the first one's end was found.
    answer = talk(server, head + chunks + b"GET /jobs HTTP/1.1\r\nHost: h\r\n" + CLOSE + b"\r\n")
    assert b"\r\n\r\nabcHTTP/1.1 200" in answer


@pytest.mark.parametrize(
    ("chunks", "status", "detail"),
    [
        (b"x\r\n", 400, b"a chunk does not say its size"),
        (b"2\r\n{}x\r\n", 400, b"a chunk is longer than it says"),
        (b"2", 400, b"a line of a chunked body has no end"),
        (b"400\r\n" + b" " * 1024 + b"\r\n400\r\n", 413, b"a body may have 1000 bytes"),
    ],
)
def test_a_broken_chunked_body_is_refused(
    server: Server, chunks: bytes, status: int, detail: bytes
) -> None:
    with socket.create_connection(server.address, timeout=5) as sock:
        sock.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        sock.shutdown(socket.SHUT_WR)
        answer = sock.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 %d" % status)
    assert detail in answer
    assert b"Connection: close" in answer


def test_a_body_that_is_not_there_is_empty(server: Server) -> None:
    answer = talk(server, POST + CLOSE + b"\r\n")
    assert b"the body is not JSON" in answer


def test_a_body_that_ends_too_soon_is_refused(server: Server) -> None:
    with socket.create_connection(server.address, timeout=5) as sock:
        sock.sendall(POST + b"Content-Length: 10\r\n\r\n{}")
        sock.shutdown(socket.SHUT_WR)
        answer = sock.makefile("rb").read()
    assert b"the connection ended before the body did" in answer


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"Transfer-Encoding is chunked"),
        (b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding is chunked"),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length is not one number"),
        (b"Content-Length: -5\r\n", b"Content-Length is not one number"),
    ],
)
def test_a_body_of_doubtful_length_is_refused(
    server: Server, headers: bytes, detail: bytes
) -> None:
    answer = talk(server, POST + headers + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert detail in answer


def test_a_body_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    head = POST + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    answer = talk(server, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


def test_a_body_too_large_that_is_sent_all_the_same_is_refused_legibly(server: Server) -> None:
    with Caller(server.address) as caller:
        answer = caller.execute("echo", b" " * 1_000_000)
        assert (answer.status, answer.headers["Connection"]) == (413, "close")
        assert caller.get("/").status == 200


def test_a_caller_that_waits_for_100_is_told_to_go_on(server: Server) -> None:
    head = POST + CLOSE + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(BODY)
    answer = talk(server, head, more=BODY)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert answer.endswith(b"abc")


def test_an_unread_body_closes_the_connection(server: Server) -> None:
    answer = talk(server, b"POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70000 + b"\r\n\r\n", 431),
        (b"BREW / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", 405),
    ],
)
def test_a_request_that_is_none_gets_a_problem_document(
    server: Server, data: bytes, status: int
) -> None:
    answer = talk(server, data)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"application/problem+json" in answer


def test_a_refused_head_has_no_body(server: Server) -> None:
    answer = talk(server, b"HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"\r\n\r\n")


def test_http_1_0_is_answered_and_closed(server: Server) -> None:
    answer = talk(server, b"GET /conformance HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"Connection: close" in answer


def test_without_a_host_links_lead_to_the_server_itself(server: Server) -> None:
    assert server.url.encode() + b"/jobs" in talk(server, b"GET / HTTP/1.0\r\n\r\n")


def test_repeated_headers_are_one(server: Server) -> None:
    answer = talk(
        server,
        POST + CLOSE + b"Prefer: respond-async\r\nPrefer: wait=0\r\nContent-Length: 2\r\n\r\n{}",
    )
    assert answer.startswith(b"HTTP/1.1 201 ")


def test_a_caller_that_goes_away_is_nothing_to_mention(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ogcproc.server.connection")
    monkeypatch.setattr(Connection, "timeout", 0.02)
    with socket.create_connection(server.address, timeout=5) as sock:
        assert sock.recv(1) == b""
    assert "timed out" in caplog.text
    assert caplog.records[-1].levelno == logging.DEBUG


def test_a_caller_that_never_stops_sending_is_left(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "LINGER", 0.0)
    answer = talk(server, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n" + b"x" * 8)
    assert answer.startswith(b"HTTP/1.1 405 ")


def test_closing_ends_threads_and_sockets() -> None:
    before = set(threading.enumerate())
    server = service.serve()
    with Caller(server.address) as caller, Caller(server.address) as idle:
        assert repr(server) == f"<Server {server.url}>"
        caller.get("/")
        idle.connection.connect()
        server.close()
        server.close()
        assert idle.connection.sock.recv(1) == b""
        with pytest.raises((OSError, http.client.HTTPException)):
            caller.get("/")
    assert set(threading.enumerate()) <= before


def test_closing_answers_who_waits() -> None:
    waiting = Service()

    @waiting.process()
    def hold() -> None:
        time.sleep(0.05)

    statuses: list[int] = []
    server = waiting.serve()
    with Caller(server.address) as caller:
        thread = threading.Thread(target=lambda: statuses.append(caller.execute("hold", {}).status))
        thread.start()
        while not waiting.store.all():
            pass
        server.close()
        thread.join()
    assert statuses == [404]


def test_a_stubborn_connection_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = threading.Event()

    def hang(environ: object, start_response: object) -> list[bytes]:
        del environ, start_response
        stuck.wait(5)
        raise OSError("gone")

    monkeypatch.setattr("ogcproc.server.host.Server.PATIENCE", 0.01)
    server = service.serve()
    server.app = hang
    with Caller(server.address) as caller:
        caller.connection.request("GET", "/")
        while not server._connections:
            pass
        (thread,) = server._connections
        server.close()
        stuck.set()
        thread.join()


def test_a_server_runs_until_it_is_closed_or_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    server = service.serve()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.close()
    thread.join()

    server = service.serve()

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(server._closed, "wait", interrupt)
    server.serve_forever()
    assert server.closing


def test_the_url_can_be_called_whatever_was_bound() -> None:
    with service.serve("0.0.0.0") as server:
        assert server.url == f"http://127.0.0.1:{server.address[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python knows no IPv6")
def test_ipv6_is_served() -> None:
    try:
        server = service.serve("::1")
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with server, Caller(server.address) as caller:
        assert server.url.startswith("http://[::1]:")
        assert caller.get("/").json["links"][0]["href"] == server.url + "/"


def test_a_body_is_readable() -> None:
    assert Body(None, 0, print).readable()  # type: ignore[arg-type]  # nothing is read from it
