"""The transport: what goes over the wire, what is tried again, and what is refused."""

from __future__ import annotations

import contextlib
import gc
import gzip
import json
import logging
import os
import pickle
import socket
import threading
import time
import warnings
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from scripted import CLOSE, RESET, SILENCE, Received, ScriptedServer, answer, chunked

from ogcproc import ApiKeyAuth, BasicAuth, BearerAuth, Client, ServiceError
from ogcproc._http.answer import Answer
from ogcproc._http.failures import retry_after_seconds
from ogcproc._http.pools import after_fork
from ogcproc._http.transport import Transport
from ogcproc._http.urls import DEFAULT_PORTS, path_of
from ogcproc.errors import (
    DocumentError,
    ResponseTooLarge,
    TransportError,
    TransportTimeout,
    UnsafeRedirect,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Make = Callable[..., Transport]

OK = answer(200, {"title": "T", "links": []})
BUSY = answer(503, "later")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses before further tries, in seconds, none of which is made."""
    found: list[float] = []
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda _, seconds: found.append(seconds))
    return found


@pytest.fixture
def make() -> Iterator[Callable[..., Transport]]:
    """Return what makes transports, which are closed at the end."""
    made: list[Transport] = []

    def transport(url: str, **settings: Any) -> Transport:
        made.append(
            Transport(
                url,
                **{
                    "auth": None,
                    "headers": {"User-Agent": "test", "Accept": "application/json"},
                    "timeout": (5, 5),
                    "retries": 3,
                    "proxy": None,
                    "ca_bundle": None,
                    "client_cert": None,
                    "ssl_context": None,
                    "pool_size": 4,
                    "max_body": 10_000,
                    **settings,
                },
            )
        )
        return made[-1]

    yield transport
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return the context of a TLS server on 127.0.0.1."""
    import ssl  # noqa: PLC0415 - here alone

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of the authority's certificate."""
    path: Path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return the URL of a port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


# --- requests and answers ---------------------------------------------------------------------


def test_a_request_is_what_it_should_be_byte_for_byte(make: Make) -> None:
    with ScriptedServer([OK, OK]) as server:
        http = make(server.url)
        http.send("GET", f"{server.url}/jobs?limit=1")
        http.send("POST", f"{server.url}/x", headers={"Content-Type": "a/b"}, document={"a": "é"})
    get, post = server.requests
    assert get.line == "GET /jobs?limit=1 HTTP/1.1"
    assert get.names == ["accept", "accept-encoding", "host", "user-agent"]
    assert get.header("host") == f"127.0.0.1:{server.port}"
    assert get.header("user-agent") == "test"
    assert get.header("accept") == "application/json"
    assert get.header("accept-encoding") == "identity"
    assert get.body == b""
    assert post.line == "POST /x HTTP/1.1"
    assert post.header("content-type") == "a/b"
    assert post.header("content-length") == str(len(post.body))
    assert post.body == b'{"a": "\\u00e9"}'
    assert server.connections == 1


def test_not_a_number_is_refused_before_anything_is_sent(make: Make) -> None:
    with ScriptedServer([]) as server, pytest.raises(ValueError, match="JSON"):
        make(server.url).send("POST", f"{server.url}/x", document={"a": float("nan")})


def test_an_answer_has_its_url_status_headers_and_body(make: Make) -> None:
    fields = [("Link", "<a>"), ("link", "<b>"), ("Location", "/jobs/a%20b?f=json")]
    with ScriptedServer([answer(201, b"null", fields)]) as server:
        found = make(server.url).send("POST", f"{server.url}/x?token=secret", document={})
    assert (found.method, found.status, found.body) == ("POST", 201, b"null")
    assert found.url == f"{server.url}/x?token=secret"
    assert found.shown_url == f"{server.url}/x?token=***"
    assert found.headers.getlist("link") == ["<a>", "<b>"]
    assert found.location == f"{server.url}/jobs/a%20b?f=json"
    assert found.location_id == "a b"
    assert found.resolve("../up") == f"{server.url}/up"
    assert found.json() is None


def made_up(body: bytes = b"", **fields: str) -> Answer:
    """Return an answer that nobody gave."""
    return Answer("GET", "http://h/api/x", 200, fields, body)


def test_an_answer_without_a_location_has_none() -> None:
    assert made_up().location is None
    assert made_up().location_id is None
    assert made_up(location="http://[x").location is None


def test_a_link_that_is_no_url_is_a_document_error() -> None:
    with pytest.raises(DocumentError, match=r"expected a URL, got 'http://\[x' in http://h/api/x"):
        made_up().resolve("http://[x")


TEXT = {"título": "São é"}
JSON_TEXT = json.dumps(TEXT, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (JSON_TEXT.encode("latin-1"), "ISO-8859-1"),
        (JSON_TEXT.encode("cp1252"), "windows-1252"),
        (JSON_TEXT.encode("utf-8-sig"), ""),
        (JSON_TEXT.encode("utf-16"), ""),
        (JSON_TEXT.encode("utf-16-le"), "utf-16le"),
        (JSON_TEXT.encode("utf-32-be"), "utf-32"),
        # Mislabelled, as most are.
        (JSON_TEXT.encode(), "iso-8859-1"),
        (JSON_TEXT.encode(), "us-ascii"),
        (JSON_TEXT.encode(), "no-such"),
    ],
)
def test_json_is_decoded_by_its_mark_or_its_charset(body: bytes, charset: str) -> None:
    """field.md row 33: JSON labelled with another charset."""
    found = made_up(body, **{"Content-Type": f"application/json; charset={charset}"})
    assert found.json() == TEXT
    assert found.json_or_none() == TEXT


@pytest.mark.parametrize("charset", ["punycode", "utf-7", "unicode_escape", "cp037", "ascii"])
def test_json_in_a_charset_that_may_be_slow_is_a_document_error(charset: str) -> None:
    found = made_up(b'{"a": "\xe9"}', **{"Content-Type": f"application/json; charset={charset}"})
    with pytest.raises(DocumentError, match=rf"expected JSON, got 10 bytes .*charset={charset}"):
        found.json()
    assert found.json_or_none() is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", r"expected JSON, got 0 bytes \(no Content-Type\): Expecting value"),
        (b"<html>", "got a web page"),
        (b"\xff\xfe\xff", "got 3 bytes"),
        (b"[" * 200_000, "nested too deep"),
    ],
)
def test_what_is_no_json_is_a_document_error_with_its_url(body: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        made_up(body).json()
    assert caught.value.url == "http://h/api/x"
    assert caught.value.body == body
    assert made_up(body).json_or_none() is None


def test_a_created_job_is_known_by_a_monitor_link_or_a_location_of_a_job() -> None:
    monitor = "</jobs/a%20b>; rel=monitor"
    assert made_up(link=f"</x>; rel=up, {monitor}", location="/jobs/1").monitored_id == "a b"
    assert made_up(location="/processes/p/jobs/1/").monitored_id == "1"
    assert made_up(location="/jobs/1/results").monitored_id == ""
    assert made_up(link="</x>; rel=up").monitored_id == ""


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b"{}", [("Transfer-Encoding", "chunked")])[:-2] + chunked(b"{", b"}"),
        (answer(200, b"{}", length=False), CLOSE),
        answer(200, gzip.compress(b"{}"), [("Content-Encoding", "gzip")]),
        answer(200, zlib.compress(b"{}"), [("Content-Encoding", "deflate")]),
        answer(200, b"{}", [("Content-Length", "2"), ("Content-Length", "2")]),
        answer(200, b"{}", [("Content-Encoding", "")]),
        (b"HTTP/1.1 200", 0.001, b" OK\r\nContent-", 0.001, b"Length: 2\r\n\r\n{", 0.001, b"}"),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", CLOSE),
        (b"HTTP/1.1 100 Continue\r\n\r\n", answer(200, b"{}")),
    ],
    ids=["chunked", "to-end", "gzip", "deflate", "doubled", "empty", "dripped", "1.0", "100"],
)
def test_a_body_is_read_however_it_comes(reply: Any, make: Make) -> None:
    with ScriptedServer([reply, OK]) as server:
        http = make(server.url)
        assert http.send("GET", f"{server.url}/").body == b"{}"
        assert http.send("GET", f"{server.url}/").status == 200


@pytest.mark.parametrize(
    ("url", "path"),
    [("http://h", "/"), ("http://h/", "/"), ("http://h:1/a/b?c=/d", "/a/b?c=/d")],
)
def test_the_path_of_a_url_is_what_goes_into_the_request_line(url: str, path: str) -> None:
    assert path_of(url) == path


def test_odd_characters_of_a_servers_own_links_are_encoded(make: Make) -> None:
    with ScriptedServer([OK]) as server:
        make(server.url).send("GET", f"{server.url}/odd id/é?f=a b")
    assert server.lines == ["GET /odd%20id/%C3%A9?f=a%20b"]


def test_a_header_that_http_cannot_carry_is_named_but_not_shown(
    make: Make,
) -> None:
    for value in ("secret\n", "secret\r\nX: y", "secret €"):
        with ScriptedServer([]) as server:
            http = make(server.url, headers={"Accept": "a/b", "X-Key": value})
            with pytest.raises(ValueError, match=r"in the headers \['X-Key'\]") as caught:
                http.send("GET", f"{server.url}/")
        assert "secret" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_a_method_that_http_cannot_carry_is_a_value_error(make: Make) -> None:
    with ScriptedServer([]) as server, pytest.raises(ValueError, match="Method cannot contain"):
        make(server.url).send("GET /x", f"{server.url}/")


# --- URLs of our own --------------------------------------------------------------------------


def test_urls_are_made_of_encoded_names_and_what_is_given_of_a_query(
    make: Make,
) -> None:
    http = make("http://h/api")
    assert http.url("processes", "a/b", limit=None) == "http://h/api/processes/a%2Fb"
    assert http.url("jobs", limit=2) == "http://h/api/jobs?limit=2"
    home = "http://h/elsewhere"
    assert http.url("jobs", "x", home=home, f="json") == "http://h/elsewhere/x?f=json"


def test_resources_below_a_url_of_our_own_keep_its_query(make: Make) -> None:
    http = make("http://h/api")
    job = "http://h/api/jobs/1"
    assert http.below(f"{job}/") == job
    assert http.below(job, "results", outputs="a") == f"{job}/results?outputs=a"
    assert http.below(f"{job}?f=json", "results") == f"{job}/results?f=json"
    assert http.below(f"{job}?f=json", "results", outputs="a") == f"{job}/results?f=json&outputs=a"


@pytest.mark.parametrize(
    "url", ["http://other/api/jobs/1", "http://h/apis/1", "https://h/api/1", "http://h@x/api/1"]
)
def test_a_url_that_is_not_below_ours_is_refused(url: str, make: Make) -> None:
    with pytest.raises(ValueError, match="is not under http://h/api"):
        make("http://h/api").below(url)


def test_the_refusal_of_a_url_shows_no_secret(make: Make) -> None:
    with pytest.raises(ValueError, match="under") as caught:
        make("http://h/api").below("http://joe:secret@h/api/jobs/1?key=secret")
    assert "secret" not in str(caught.value)


# --- what fails, and what is tried again ------------------------------------------------------


def test_a_refused_connection_was_never_sent(nobody: str, pauses: list[float], make: Make) -> None:
    with pytest.raises(TransportError, match="refused") as caught:
        make(nobody).send("POST", f"{nobody}/x?key=secret", document={})
    assert caught.value.sent is False
    assert caught.value.method == "POST"
    assert caught.value.url == f"{nobody}/x?key=***"
    assert "0x" not in str(caught.value)
    assert caught.value.__cause__ is not None
    assert len(pauses) == 3


def test_pauses_grow_are_random_and_have_an_end(
    nobody: str, pauses: list[float], make: Make
) -> None:
    with pytest.raises(TransportError):
        make(nobody, retries=12).send("GET", nobody)
    assert len(pauses) == len(set(pauses)) == 12
    limits = [min(60, 0.5 * 2**tries) for tries in range(12)]
    assert all(0 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True))


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    "fault",
    [
        (CLOSE,),
        (RESET,),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", CLOSE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", RESET),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n{}", CLOSE),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n",
            gzip.compress(b"{}"),
            CLOSE,
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", CLOSE),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", CLOSE),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE),
        (answer(200, b"not gzip", [("Content-Encoding", "gzip")]), CLOSE),
    ],
    ids=lambda fault: repr(fault)[:40],
)
def test_a_get_is_tried_again_after_a_fault_and_a_post_is_not(fault: Any, make: Make) -> None:
    with ScriptedServer([fault, OK]) as server:
        assert make(server.url, max_body=95_000).send("GET", f"{server.url}/").status == 200
    assert len(server.requests) == 2
    with ScriptedServer([fault]) as server:
        with pytest.raises(TransportError) as caught:
            make(server.url, max_body=95_000).send("POST", f"{server.url}/", document={})
        assert caught.value.sent is True
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_get_is_tried_again_when_a_server_is_busy_and_a_post_is_not(
    status: int, pauses: list[float], make: Make
) -> None:
    busy = answer(status, "later")
    with ScriptedServer([busy, busy, OK, busy, OK, busy]) as server:
        http = make(server.url)
        assert http.send("GET", f"{server.url}/").status == 200
        assert http.send("DELETE", f"{server.url}/").status == 200
        assert http.send("POST", f"{server.url}/", document={}).status == status
    assert len(server.requests) == 6
    assert len(pauses) == 3


def test_the_last_answer_of_a_busy_server_is_the_answer(pauses: list[float], make: Make) -> None:
    with ScriptedServer([BUSY] * 3) as server:
        assert make(server.url, retries=2).send("GET", f"{server.url}/").body == b"later"
        assert len(pauses) == 2
    with ScriptedServer([BUSY]) as server:
        assert make(server.url, retries=0).send("GET", f"{server.url}/").status == 503


@pytest.mark.parametrize("status", [400, 404, 500, 501])
def test_other_errors_are_not_tried_again(status: int, make: Make) -> None:
    with ScriptedServer([answer(status, "no")]) as server:
        assert make(server.url).send("GET", f"{server.url}/").status == status


def test_a_server_says_how_long_to_wait_up_to_a_limit(pauses: list[float], make: Make) -> None:
    waits = ["7", "21600", "soon"]
    busy = [answer(503, "", [("Retry-After", wait)]) for wait in waits]
    with ScriptedServer([*busy, OK]) as server:
        make(server.url).send("GET", f"{server.url}/")
    assert pauses[:2] == [7, 60]
    assert 0 <= pauses[2] <= 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("9" * 400, float("inf")),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 -0000", 0.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("\xb2", None),
        ("tomorrow", None),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 +99999999999999999999", None),
        ("Thu, 99 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_what_retry_after_says_is_read_in_both_forms(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


def test_what_retry_after_says_may_be_a_date() -> None:
    moment = datetime.now(timezone.utc) + timedelta(seconds=100)
    seconds = retry_after_seconds(format_datetime(moment, usegmt=True))
    assert seconds is not None
    assert 95 < seconds <= 100


def test_a_server_that_does_not_answer_is_a_timeout(pauses: list[float], make: Make) -> None:
    with ScriptedServer(
        [(SILENCE,), (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{", SILENCE)]
    ) as server:
        http = make(server.url, timeout=(5, 0.03), retries=1)
        with pytest.raises(TransportTimeout, match=r"Read timed out") as caught:
            http.send("GET", f"{server.url}/x?token=secret")
    assert caught.value.sent is True
    assert "secret" not in str(caught.value)
    assert len(pauses) == 1


def test_the_two_times_are_for_the_connection_and_for_each_read(
    make: Make,
) -> None:
    timeout = make("http://h", timeout=(3, 4))._timeout
    assert (timeout.connect_timeout, timeout.read_timeout, timeout.total) == (3, 4, None)
    timeout = make("http://h", timeout=(None, None))._timeout
    assert (timeout.connect_timeout, timeout.read_timeout) == (None, None)
    slow = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
        *[step for byte in b"slowly" for step in (0.02, bytes([byte]))],
    )
    with ScriptedServer([slow]) as server:
        assert make(server.url, timeout=(0.06, 0.06)).send("GET", server.url).body == b"slowly"


def test_a_server_that_is_not_reached_in_time_was_never_sent_to(
    make: Make,
) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queue = [socket.socket() for _ in range(4)]
        for one in queue:  # a full backlog answers no one
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        try:
            with pytest.raises(TransportTimeout) as caught:
                make(url, timeout=(0.05, 5), retries=0).send("POST", url, document={})
        finally:
            for one in queue:
                one.close()
    assert caught.value.sent is False


def test_a_transport_error_pickles(nobody: str, make: Make) -> None:
    with pytest.raises(TransportError) as caught:
        make(nobody, retries=0).send("GET", nobody)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (TransportError, str(caught.value))
    assert (copy.method, copy.url, copy.sent) == ("GET", nobody, False)


def test_a_closed_transport_sends_nothing(make: Make) -> None:
    with ScriptedServer([OK]) as server:
        http = make(server.url)
        http.send("GET", f"{server.url}/")
        http.close()
        http.close()
        with pytest.raises(TransportError, match="the client is closed"):
            http.send("GET", f"{server.url}/?key=secret")


# --- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b"x" * 1001),
        (answer(200, b"x" * 1001, length=False), CLOSE),
        answer(200, b"", [("Transfer-Encoding", "chunked")]) + chunked(b"x" * 600, b"y" * 600),
        answer(200, gzip.compress(b"\0" * 10_000_000), [("Content-Encoding", "gzip")]),
    ],
    ids=["length", "to-end", "chunked", "bomb"],
)
def test_a_body_that_is_too_large_is_refused(reply: Any, make: Make) -> None:
    with ScriptedServer([reply, OK]) as server:
        http = make(server.url, max_body=1000)
        with pytest.raises(ResponseTooLarge, match="more than 1000 bytes") as caught:
            http.send("GET", f"{server.url}/?key=secret")
        assert http.send("GET", f"{server.url}/").status == 200
    assert caught.value.url == f"{server.url}/?key=***"
    assert caught.value.limit == 1000
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_body_of_just_the_limit_is_read(make: Make) -> None:
    packed = answer(200, gzip.compress(b"x" * 1000), [("Content-Encoding", "gzip")])
    with ScriptedServer([answer(200, b"x" * 1000), packed]) as server:
        http = make(server.url, max_body=1000)
        assert len(http.send("GET", server.url).body) == 1000
        assert len(http.send("GET", server.url).body) == 1000


def test_of_a_long_error_the_beginning_is_read(make: Make) -> None:
    with ScriptedServer([answer(500, b"x" * 100_000), OK]) as server:
        http = make(server.url, max_body=100)
        assert http.send("GET", f"{server.url}/").body == b"x" * 65_536
        assert http.send("GET", f"{server.url}/").status == 200


# --- redirects --------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> bytes:
    return answer(status, "<html>moved", [("Location", location)])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_follows_redirects_on_its_origin_with_its_credentials(
    status: int, make: Make
) -> None:
    script = {"/a?x=1": to("b/c?y=2#z", status), "/b/c?y=2": to("/d", status), "/d": OK}
    with ScriptedServer(script) as server:
        http = make(server.url, auth=BasicAuth("joe", "secret"))
        found = http.send("GET", f"{server.url}/a?x=1")
    assert found.url == f"{server.url}/d"
    assert found.was_redirected
    assert [request.header("authorization") for request in server.requests] == [
        "Basic am9lOnNlY3JldA=="
    ] * 3


def test_a_redirect_to_another_origin_carries_nothing_that_was_given_for_ours(
    make: Make,
) -> None:
    with ScriptedServer([OK]) as other, ScriptedServer([to(f"{other.url}/x")]) as server:
        headers = {"User-Agent": "test", "accept": "a/b", "Cookie": "secret", "X-Key": "secret"}
        http = make(server.url, auth=BasicAuth("joe", "secret"), headers=headers)
        assert http.send("GET", server.url).url == f"{other.url}/x"
    assert server.requests[0].header("x-key") == "secret"
    assert other.requests[0].names == ["accept", "accept-encoding", "host", "user-agent"]
    assert other.requests[0].header("accept") == "a/b"


def test_an_answer_is_known_to_be_redirected_only_if_it_was(
    make: Make,
) -> None:
    with ScriptedServer([OK]) as server:
        assert not make(server.url).send("GET", server.url).was_redirected


def test_redirects_that_loop_have_an_end(make: Make) -> None:
    with ScriptedServer({"/a": to("/b"), "/b": to("/a")}) as server:
        with pytest.raises(UnsafeRedirect, match="more than 10 redirects from") as caught:
            make(server.url).send("GET", f"{server.url}/a")
        assert caught.value.url == f"{server.url}/a"
        assert len(server.requests) == 11


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://h/x", "s3://b/k", "http://[x", "http://h:port/"]
)
def test_a_redirect_out_of_http_is_refused(location: str, make: Make) -> None:
    with (
        ScriptedServer([to(location)]) as server,
        pytest.raises(UnsafeRedirect, match="which is not followed") as caught,
    ):
        make(server.url).send("GET", f"{server.url}/x?key=secret")
    assert caught.value.url == f"{server.url}/x?key=***"
    assert caught.value.location == location
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_redirect_to_nowhere_is_the_answer(make: Make) -> None:
    with ScriptedServer([answer(302, "x")]) as server:
        found = make(server.url).send("GET", server.url)
    assert found.status == 302
    assert found.is_redirect


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_301_of_a_request_that_changes_something_is_not_followed(method: str, make: Make) -> None:
    with ScriptedServer([to("/b?key=secret", 301)]) as server:
        http = make(server.url)
        with pytest.raises(UnsafeRedirect, match=r"is redirected to .*/b\?key=\*\*\*") as caught:
            http.send(method, f"{server.url}/a")
    assert caught.value.location == f"{server.url}/b?key=***"


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_of_an_execution_to_nowhere_is_unsafe(status: int, make: Make) -> None:
    with (
        ScriptedServer([answer(status)]) as server,
        pytest.raises(UnsafeRedirect, match="redirected to nowhere"),
    ):
        make(server.url).send("POST", f"{server.url}/a")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
@pytest.mark.parametrize("status", [307, 308])
def test_a_request_that_changes_something_follows_a_redirect_on_its_server(
    method: str, status: int, make: Make
) -> None:
    """field.md row 30: many proxies redirect to the path with a slash."""
    moved = f"{method} /p/execution"
    with ScriptedServer({moved: to("/p/execution/", status), f"{moved}/": OK}) as server:
        http = make(server.url, auth=BasicAuth("joe", "secret"))
        found = http.send(
            method, f"{server.url}/p/execution", headers={"Prefer": "x"}, document={"inputs": {}}
        )
    assert found.status == 200
    first, second = server.requests
    assert (first.body, first.header("prefer")) == (second.body, second.header("prefer"))
    assert second.body == b'{"inputs": {}}'
    assert second.header("authorization") == "Basic am9lOnNlY3JldA=="


def test_redirects_of_an_execution_have_an_end(make: Make) -> None:
    with ScriptedServer({"/a": to("/b", 307), "/b": to("/a", 308)}) as server:
        with pytest.raises(UnsafeRedirect, match="more than 10 redirects"):
            make(server.url).send("POST", f"{server.url}/a", document={})
        assert len(server.requests) == 11


def test_an_execution_whose_answer_is_lost_after_a_redirect_may_have_been_carried_out(
    make: Make, pauses: list[float]
) -> None:
    with ScriptedServer([to("/b", 307), (RESET,)]) as server:
        with pytest.raises(TransportError) as caught:
            make(server.url).send("POST", f"{server.url}/a", document={})
        assert server.lines == ["POST /a", "POST /b"]
    assert caught.value.sent
    assert pauses == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_https_of_the_same_host_gets_the_request_and_its_credentials(
    method: str, tls: ssl.SSLContext, bundle: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """field.md row 30: an api_url with http, of a server that wants https."""
    with ScriptedServer([OK, OK], tls=tls) as secure, ScriptedServer({}) as plain:
        plain.script = {"/api/x": to(f"{secure.url}/api/x", 308)}
        http = make(
            f"{plain.url}/api", auth=BasicAuth("joe", "secret"), ca_bundle=bundle, retries=0
        )
        url = f"{plain.url}/api/x"
        if method == "POST":
            with pytest.raises(UnsafeRedirect, match=rf"pass api_url='{secure.url}/api'$"):
                http.send("POST", url, document={})
        else:
            http.send("GET", url)
            assert secure.requests[0].header("authorization") is None
        monkeypatch.setitem(DEFAULT_PORTS, "http", plain.port)
        monkeypatch.setitem(DEFAULT_PORTS, "https", secure.port)
        assert http.send(method, url).url == f"{secure.url}/api/x"
        assert secure.requests[-1].method == method
        assert secure.requests[-1].header("authorization") == "Basic am9lOnNlY3JldA=="


@pytest.mark.parametrize(
    ("base", "location", "advice"),
    [
        ("http://h/api", "https://h/api/processes/p/execution", "https://h/api"),
        ("http://h", "https://www.h/v1/processes/p/execution/?f=json", "https://www.h/v1"),
        ("http://h/a{b}", "http://h/a{c}/processes/p/execution", "http://h/a{c}"),
        ("http://h/api", "http://joe:secret@h2/processes/p/execution", "http://h2"),
        ("http://h/api", "http://h/api/processes/p/execution/", ""),
        ("https://h/api", "http://h2/api/processes/p/execution", ""),
        ("http://h/api", "http://h2/elsewhere", ""),
    ],
)
def test_a_redirect_that_is_not_followed_says_which_api_url_to_pass(
    base: str, location: str, advice: str, make: Make
) -> None:
    http = make(base)
    url = f"{base}/processes/p/execution"
    found = Answer("POST", url, 301, {"Location": location}, b"")
    message = str(http._not_repeated(found, location))
    assert "secret" not in message
    assert message.partition("(301)")[2] == (f": pass api_url={advice!r}" if advice else "")


def test_a_redirect_to_what_came_of_a_request_is_the_answer(
    make: Make,
) -> None:
    with ScriptedServer([to("/b", 303), to("/b", 302)]) as server:
        assert make(server.url).send("POST", server.url, document={}).status == 303
        assert make(server.url).send("POST", server.url, document={}).status == 302


@pytest.mark.parametrize("href", ["file:///etc/passwd", "http://[x", "http://h:port/"])
def test_a_link_that_leads_out_of_http_is_not_fetched(href: str, make: Make) -> None:
    with pytest.raises(UnsafeRedirect):
        make("http://h/api").fetchable(href)
    assert make("http://h/api").fetchable("x") == "http://h/api/x"
    assert make("http://h/api").fetchable("https://other/x") == "https://other/x"


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"])
def test_a_link_to_what_is_no_host_leads_nowhere(
    host: str, pauses: list[float], make: Make
) -> None:
    with pytest.raises(TransportError, match=r"GET http://.*label") as caught:
        make("http://h/api", retries=0).send("GET", f"http://{host}/x")
    assert (caught.value.sent, pauses) == (False, [])


# --- TLS and proxies --------------------------------------------------------------------------


def test_https_is_spoken_with_the_given_authority_and_never_becomes_http(
    tls: ssl.SSLContext, bundle: str, make: Make
) -> None:
    with ScriptedServer([OK, to("http://127.0.0.1:9/x")], tls=tls) as server:
        http = make(server.url, ca_bundle=bundle)
        assert http.send("GET", server.url).status == 200
        with pytest.raises(UnsafeRedirect, match="which is not followed"):
            http.send("GET", server.url)
        with pytest.raises(UnsafeRedirect):
            http.fetchable("http://127.0.0.1:9/x")


@pytest.mark.usefixtures("pauses")
def test_an_execute_is_not_uncertain_where_the_certificate_was_refused(
    tls: ssl.SSLContext, make: Make
) -> None:
    with ScriptedServer([], tls=tls) as server:
        with pytest.raises(TransportError, match="certificate") as caught:
            make(server.url, retries=1).send("POST", server.url, document={})
        assert caught.value.sent is False


def test_a_client_certificate_is_shown_to_our_server_alone(
    authority: trustme.CA, bundle: str, tmp_path: Path, make: Make
) -> None:
    import ssl  # noqa: PLC0415 - here alone

    contexts = []
    for _ in range(2):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        authority.configure_trust(context)
        contexts.append(context)
    contexts[0].verify_mode = ssl.CERT_REQUIRED
    contexts[1].verify_mode = ssl.CERT_OPTIONAL
    certificate = authority.issue_cert("joe@example.org")
    chain, key, both = (str(tmp_path / name) for name in ("chain.pem", "key.pem", "both.pem"))
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    certificate.private_key_and_cert_chain_pem.write_to_path(both)
    with (
        ScriptedServer([OK], tls=contexts[1]) as other,
        ScriptedServer([OK, OK, to(other.url)], tls=contexts[0]) as server,
    ):
        http = make(server.url, ca_bundle=bundle, client_cert=both)
        assert http.send("GET", server.url).status == 200
        http = make(server.url, ca_bundle=bundle, client_cert=(chain, key))
        assert http.send("GET", server.url).status == 200
        assert http.send("GET", server.url).url == f"{other.url}/"
        assert server.peers[0] is not None
        assert other.peers == [None]


def test_a_proxy_is_asked_for_whole_urls_with_its_own_credentials(
    make: Make,
) -> None:
    with ScriptedServer([OK, to("http://other.invalid/y"), OK]) as proxy:
        http = make(
            "http://h.invalid/api",
            auth=BasicAuth("joe", "secret"),
            proxy=proxy.url.replace("//", "//me:p%40ss@"),
        )
        http.send("GET", "http://h.invalid/api/x")
        http.send("GET", "http://h.invalid/api/x")
    assert proxy.lines == [
        "GET http://h.invalid/api/x",
        "GET http://h.invalid/api/x",
        "GET http://other.invalid/y",
    ]
    assert {one.header("proxy-authorization") for one in proxy.requests} == {"Basic bWU6cEBzcw=="}
    assert [one.header("authorization") for one in proxy.requests] == [
        "Basic am9lOnNlY3JldA==",
        "Basic am9lOnNlY3JldA==",
        None,
    ]


@pytest.mark.usefixtures("pauses")
def test_an_execute_was_never_sent_where_the_proxy_was_not_reached(nobody: str, make: Make) -> None:
    for url in ("http://h.invalid", "https://h.invalid"):
        with pytest.raises(TransportError, match="refused") as caught:
            make(url, proxy=nobody, retries=0).send("POST", url, document={})
        assert caught.value.sent is False


def test_an_execute_was_never_sent_where_the_proxy_makes_no_tunnel(
    make: Make,
) -> None:
    url = "https://h.invalid"
    with (
        ScriptedServer([(answer(403, "no"), CLOSE)]) as proxy,
        pytest.raises(TransportError, match="refuses: 403") as caught,
    ):
        make(url, proxy=proxy.url, retries=0).send("POST", url, document={})
    assert proxy.lines == ["CONNECT h.invalid:443"]
    assert caught.value.sent is False
    caught = None  # type: ignore[assignment] # its traceback holds the socket
    with warnings.catch_warnings():
        # http.client of Python 3.10 leaves the socket of a refused tunnel to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_an_execute_may_have_arrived_where_the_proxy_is_cut_off(
    make: Make,
) -> None:
    with ScriptedServer([(RESET,)]) as proxy, pytest.raises(TransportError) as caught:
        make("http://h.invalid", proxy=proxy.url).send("POST", "http://h.invalid/", document={})
    assert caught.value.sent is True


# --- credentials ------------------------------------------------------------------------------


class Signature:
    """Credentials of a caller's own making."""

    def headers(self, request: Any) -> Mapping[str, str]:
        return {"X-Signed": f"{request.method} {request.url} {len(request.body or b'')}"}


def test_an_object_with_headers_is_asked_for_each_request(make: Make) -> None:
    with ScriptedServer([OK, OK]) as server:
        http = make(server.url, auth=Signature())
        http.send("GET", f"{server.url}/a")
        http.send("POST", f"{server.url}/b", document={})
    assert [request.header("x-signed") for request in server.requests] == [
        f"GET {server.url}/a 0",
        f"POST {server.url}/b 2",
    ]


def test_a_function_with_or_without_the_request_will_do(make: Make) -> None:
    counter = iter(range(9))
    with ScriptedServer([OK] * 3) as server:
        http = make(server.url, auth=lambda: {"X-Count": str(next(counter))})
        http.send("GET", f"{server.url}/")
        http.send("GET", f"{server.url}/")
        http = make(server.url, auth=lambda request: {"X-Accept": request.headers["Accept"]})
        http.send("GET", f"{server.url}/")
    assert [request.header("x-count") for request in server.requests] == ["0", "1", None]
    assert server.requests[2].header("x-accept") == "application/json"


@pytest.mark.parametrize("auth", ["secret", ("joe", "secret"), b"secret", {"X": "secret"}, 5])
def test_credentials_that_are_none_are_a_type_error(auth: Any, make: Make) -> None:
    """field.md section 6: auth="s3cr3t"."""
    advice = r"pass BearerAuth\(token\) or BasicAuth\(user, password\)$"
    with pytest.raises(
        TypeError, match=f"auth must be .* not {type(auth).__name__}: {advice}"
    ) as e:
        make("http://h", auth=auth)
    assert "secret" not in str(e.value)


@pytest.mark.parametrize(
    ("auth", "call"),
    [
        (BearerAuth, "BearerAuth(token)"),
        (BasicAuth, "BasicAuth(username, password)"),
        (ApiKeyAuth, "ApiKeyAuth(key)"),
    ],
)
def test_a_class_in_place_of_credentials_is_a_type_error(auth: Any, call: str, make: Make) -> None:
    """field.md section 6: auth=BearerAuth."""
    with pytest.raises(TypeError) as caught:
        make("http://h", auth=auth)
    assert str(caught.value) == f"auth is a class: pass an instance: {call}"


def test_http_to_a_port_of_https_is_advised_to_use_https(tls: ssl.SSLContext, make: Make) -> None:
    """field.md section 6: the server resets the connection, which says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with listening.accept()[0] as connection, contextlib.suppress(OSError):
                tls.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=accept)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TransportError, match=r"; if it speaks TLS, try https://$"):
            make(url, retries=0).send("GET", url)
        thread.join()


def test_a_server_that_has_answered_is_not_taken_for_one_of_https(make: Make) -> None:
    with ScriptedServer([OK, (RESET,)]) as server:
        http = make(server.url, retries=0)
        http.send("GET", server.url)
        with pytest.raises(TransportError) as caught:
            http.send("GET", server.url)
    assert "https://" not in str(caught.value)


def test_a_user_in_the_url_becomes_basic_authentication_unless_there_is_another() -> None:
    with ScriptedServer([OK] * 3) as server:
        for user, auth in [
            ("joe:se%63ret", None),
            ("joe:se%63ret", lambda: {"Authorization": "Other"}),
            ("joe", None),
        ]:
            with Client(server.url.replace("//", f"//{user}@"), auth=auth) as client:
                client.get_capabilities()
                assert client.api_url == server.url
    assert [request.header("authorization") for request in server.requests] == [
        "Basic am9lOnNlY3JldA==",
        "Other",
        "Basic am9lOg==",
    ]


def test_a_request_that_outlives_its_client_says_so() -> None:
    kept: list[Any] = []

    def auth(request: Any) -> dict[str, str]:
        kept.append(request)
        return {}

    with ScriptedServer([OK]) as server:
        with Client(server.url, auth=auth) as client:
            client.get_capabilities()
            assert not kept[0].is_closed
        del client
    assert kept[0].is_closed
    with pytest.raises(ReferenceError, match="client of this request is gone"):
        kept[0].post_form("http://h", {}, {})


# --- the log ----------------------------------------------------------------------------------


def test_each_request_is_a_line_in_the_log_without_secrets(
    caplog: pytest.LogCaptureFixture, make: Make
) -> None:
    caplog.set_level(logging.DEBUG, "ogcproc._http.transport")
    with ScriptedServer([OK]) as server:
        http = make(server.url, auth=BasicAuth("joe", "secret"), headers={"Cookie": "secret"})
        http.send("GET", f"{server.url}/x?limit=1&key=secret")
    (line,) = [one.getMessage() for one in caplog.records if one.name == "ogcproc._http.transport"]
    head, milliseconds, *rest = line.rsplit(" ", 4)
    assert head == f"GET {server.url}/x?limit=1&key=*** 200 27 bytes"
    assert float(milliseconds) < 5000
    assert rest == ["ms", "try", "1"]


# --- threads, forks, many servers -------------------------------------------------------------


def test_threads_share_a_transport(make: Make) -> None:
    def echo(request: Received) -> bytes:
        return answer(200, request.target)

    with ScriptedServer(echo) as server:
        http = make(server.url, pool_size=8)
        found: list[bool] = []

        def ask(number: int) -> None:
            for turn in range(10):
                url = f"{server.url}/{number}/{turn}"
                found.append(http.send("GET", url).body.decode() == f"/{number}/{turn}")

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        http.close()
    assert found == [True] * 320


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # the server's thread
def test_a_forked_child_has_connections_of_its_own(make: Make) -> None:
    with ScriptedServer([OK] * 3) as server:
        http = make(server.url)
        http.send("GET", f"{server.url}/parent")
        child = os.fork()
        if child == 0:
            try:
                status = http.send("GET", f"{server.url}/child").status
            finally:
                os._exit(0 if status == 200 else 1)
        assert os.waitpid(child, 0) == (child, 0)
        http.send("GET", f"{server.url}/parent")
    assert server.lines == ["GET /parent", "GET /child", "GET /parent"]
    assert [request.connection for request in server.requests] == [0, 1, 0]


def test_a_fork_gives_each_transport_new_pools(make: Make) -> None:
    """What the child in the test above does out of sight of a coverage report."""
    http = make("http://h")
    before = http._pools.own[0]
    after_fork()
    assert http._pools.own[0] is not before


def test_our_connections_outlive_links_to_many_other_servers(
    make: Make,
) -> None:
    with ScriptedServer([OK] * 2) as server:
        http = make(server.url)
        http.send("GET", f"{server.url}/")
        for _ in range(12):
            with ScriptedServer([OK]) as other:
                http.send("GET", f"{other.url}/")
        http.send("GET", f"{server.url}/")
        http.close()
    assert server.connections == 1


@pytest.mark.parametrize(
    ("status", "connections"), [(500, [0, 1]), (503, [0, 1]), (599, [0, 1]), (404, [0, 0])]
)
@pytest.mark.parametrize("length", ["Content-Length", "chunked"])
def test_a_connection_is_not_used_again_after_an_error_of_the_server(
    status: int, connections: list[int], length: str, make: Make
) -> None:
    """field.md row 40: a server resets the connection at the first POST after its 500."""
    error = answer(status, "x" * 5)
    if length == "chunked":
        chunks = [("Transfer-Encoding", "chunked")]
        error = answer(status, chunked(b"xx", b"xxx"), chunks)
    with ScriptedServer([error, OK]) as server:
        http = make(server.url, retries=0)
        assert http.send("GET", server.url).body == b"xxxxx"
        http.send("POST", server.url, document={})
    assert [request.connection for request in server.requests] == connections


def test_a_connection_that_the_server_closed_is_not_used_again(
    make: Make,
) -> None:
    with ScriptedServer([(OK, CLOSE), OK]) as server:
        http = make(server.url)
        http.send("GET", f"{server.url}/")
        end = time.monotonic() + 2
        while server.open and time.monotonic() < end:
            time.sleep(0.001)
        assert http.send("POST", f"{server.url}/", document={}).status == 200


def test_a_client_that_is_closed_says_so_in_every_method() -> None:
    with Client("http://127.0.0.1:9") as client:
        pass
    with pytest.raises(TransportError, match="the client is closed"):
        client.get_processes()


def test_a_service_error_holds_no_secret_of_the_url() -> None:
    with ScriptedServer([answer(401, "no")]) as server:
        url = server.url.replace("//", "//joe:secret@")
        with Client(url) as client, pytest.raises(ServiceError) as caught:
            client.get_conformance()
    assert "secret" not in f"{caught.value!s}{caught.value!r}{client!r}{vars(caught.value)}"
