"""Servers and networks that misbehave: what becomes of a call, and what the server sees of it.

Each fault is tried on a status request, which may be repeated, and on an execute request, which
may not. Told of each: what the caller gets, how often the server was asked, that it did not take
long, and that nothing is left open.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, RESET, SILENCE, ScriptedServer, answer, chunked

from ogcproc import (
    Client,
    DocumentError,
    JobInfo,
    OgcProcError,
    RateLimited,
    ResponseTooLarge,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    TransportTimeout,
    Unauthorized,
    UnsafeRedirect,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripted import Reply

    #: What a call ends in, None for an answer, and how often the server was asked.
    Outcome = tuple[type[OgcProcError] | None, int]

RETRIES = 2
#: Short enough to wait for, in seconds: to connect, for a read, for all of a call.
TIMES = (5, 0.15, 30)
#: The same where each read is in time, but all of it is not.
DRIPPING = (5, 2, 0.25)
MAX_BODY = 100_000
#: How long no call may take: a few times longer than it does on a slow machine, in seconds.
LONG = 5.0

JOB = {"jobID": "j", "status": "running", "type": "process"}
BODY = json.dumps(JOB).encode()
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
WHOLE = JSON + LENGTH + b"\r\n" + BODY
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"

#: What ends in no usable answer: a status request is sent three times.
LOST: Outcome = (TransportError, 1 + RETRIES)
UNCERTAIN: Outcome = (SubmissionUncertain, 1)
LATE: Outcome = (TransportTimeout, 1 + RETRIES)
DRIPS: Outcome = (TransportTimeout, 1)
FINE: Outcome = (None, 1)


@dataclass(frozen=True)
class Fault:
    """A fault, and what becomes of a status request and of an execute request that meet it."""

    name: str
    #: What is said to each request, or the answers one after the other, the last one for ever.
    replies: Reply | list[Reply]
    get: Outcome = LOST
    post: Outcome = UNCERTAIN


def drip(data: bytes, at_once: int = 0) -> Reply:
    """Return an answer of which a byte comes every fiftieth of a second."""
    slow: list[Any] = [step for byte in data[at_once:] for step in (0.02, bytes([byte]))]
    return (data[:at_once], *slow, SILENCE)


def packed(body: bytes, coding: bytes, *more: bytes) -> bytes:
    """Return an answer whose body is said to be compressed."""
    fields = b"Content-Encoding: %b\r\nContent-Length: %d\r\n" % (coding, len(body))
    return JSON + fields + b"".join(more) + b"\r\n" + body


def fields(*lines: bytes) -> bytes:
    """Return an answer with these header fields, too."""
    return JSON + LENGTH + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + BODY


def to(location: str, status: int = 302) -> bytes:
    """Return a redirect."""
    return answer(status, "", [("Location", location)])


def busy(status: int, *retry_after: str) -> bytes:
    """Return an answer that says: not now."""
    return answer(status, "", [("Retry-After", text) for text in retry_after])


def both(outcome: Outcome) -> dict[str, Outcome]:
    """Return what becomes of either request."""
    return {"get": outcome, "post": outcome}


BOMB = zlib.compress(bytes(50_000_000), 9)
DEEP = b"[" * 40_000 + b"]" * 40_000
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
#: A status request is sent again. For an execute request, a gateway's answer proves nothing.
AGAIN: dict[str, Outcome] = {"get": (None, 2), "post": UNCERTAIN}
UNREADABLE = both((DocumentError, 1))
#: What is no JSON is an output: its name is asked for.
OUTPUT: dict[str, Outcome] = {"get": (DocumentError, 1), "post": (None, 2)}
NOTHING: dict[str, Outcome] = {"get": (DocumentError, 1), "post": FINE}
TOO_LARGE = both((ResponseTooLarge, 1))
UNSAFE = both((UnsafeRedirect, 1))

FAULTS = [
    # Before there is an answer.
    Fault("reset before the answer", (RESET,)),
    Fault("closed before the answer", (CLOSE,)),
    Fault("silence instead of an answer", (SILENCE,), LATE),
    Fault("reset once", [(RESET,), WHOLE], (None, 2)),
    Fault("closed once", [(CLOSE,), WHOLE], (None, 2)),
    # Within the head.
    Fault("closed within the status line", (b"HTTP/1.1 2", CLOSE)),
    Fault("silence within the status line", (b"HTTP/1.1 2", SILENCE), LATE),
    Fault("reset within the headers", (JSON[:30], RESET)),
    Fault("closed within a header", (JSON[:30], CLOSE)),
    Fault("closed between two headers", (JSON, CLOSE)),
    Fault("closed before the end of the headers", (JSON + LENGTH, CLOSE)),
    Fault("silence within the headers", (JSON, SILENCE), LATE),
    Fault("headers that drip", drip(WHOLE), DRIPS),
    Fault("interim answers that drip", drip(INTERIM * 50), DRIPS),
    # Within the body.
    Fault("reset within the body", (WHOLE[:-9], RESET)),
    Fault("closed within the body", (WHOLE[:-9], CLOSE)),
    Fault("closed before the body", (WHOLE[: -len(BODY)], CLOSE)),
    Fault("silence within the body", (WHOLE[:-9], SILENCE), LATE),
    Fault("a body that drips", drip(WHOLE, len(WHOLE) - 50), DRIPS),
    Fault("a body without a length that drips", drip(JSON + b"\r\n" + BODY, 60), DRIPS),
    Fault("chunks that drip", drip(CHUNKED + chunked(BODY), 90), DRIPS),
    Fault("closed within a chunk", (CHUNKED + chunked(BODY)[:-20], CLOSE)),
    Fault("closed before the last chunk", (CHUNKED + chunked(BODY)[:-5], CLOSE)),
    Fault("reset between chunks", (CHUNKED + chunked(BODY)[:-5], RESET)),
    Fault("silence instead of the last chunk", (CHUNKED + chunked(BODY)[:-5], SILENCE), LATE),
    Fault("a chunk's size that is no number", (CHUNKED + b"zz\r\n" + BODY, CLOSE)),
    Fault("a chunk's size below nothing", (CHUNKED + b"-5\r\n" + BODY, CLOSE)),
    Fault("a chunk's size without an end", (CHUNKED + b"1" * 70_000, CLOSE)),
    Fault("a chunk said to be larger than all memory", (CHUNKED + b"f" * 15 + b"\r\nx", CLOSE)),
    Fault("a body reset once", [(WHOLE[:-9], RESET), WHOLE], (None, 2)),
    # What is no HTTP.
    Fault("garbage", (b"\x00\xffgarbage\r\n\r\n", CLOSE)),
    Fault("another protocol", (b"SSH-2.0-OpenSSH_9.6\r\n", CLOSE)),
    Fault("a body without a head", (BODY, CLOSE)),
    Fault("a TLS alert", (b"\x15\x03\x01\x00\x02\x02\x16", CLOSE)),
    Fault("a status that is no number", (b"HTTP/1.1 abc OK\r\n\r\n", CLOSE)),
    Fault("a status of two digits", (b"HTTP/1.1 20 OK\r\n\r\n", CLOSE)),
    Fault("another version", (b"HTTP/3.0 200 OK\r\n\r\n", CLOSE)),
    Fault("an endless status line", (b"HTTP/1.1 200 " + b"O" * 70_000, CLOSE)),
    # Odd heads.
    Fault("a header of 70 KB", (JSON + b"X: " + b"x" * 70_000 + b"\r\n\r\n", CLOSE)),
    Fault("two hundred headers", (JSON + b"X: x\r\n" * 200 + b"\r\n", CLOSE)),
    Fault("300 KB of headers", (JSON + (b"X: " + b"x" * 50_000 + b"\r\n") * 6 + b"\r\n", CLOSE)),
    Fault("a doubled length", fields(LENGTH.strip()), **both(FINE)),
    Fault("two lengths", fields(b"Content-Length: 5")),
    Fault("doubled types", fields(b"Content-Type: application/json"), **both(FINE)),
    Fault(
        "a length and chunks", JSON + LENGTH + CHUNKED[len(JSON) :] + chunked(BODY), **both(FINE)
    ),
    Fault("a header over two lines", fields(b"X-Long: a", b" b"), **both(FINE)),
    Fault("a header in Latin-1", fields("X-Name: Zürich".encode("latin-1")), **both(FINE)),
    Fault("no reason", WHOLE.replace(b" OK", b"", 1), **both(FINE)),
    Fault("one 100 Continue", INTERIM + WHOLE, **both(FINE)),
    Fault("early hints", HINTS + HINTS + WHOLE, **both(FINE)),
    Fault("interim answers without end", (INTERIM * 20_000, CLOSE)),
    Fault("hints without end", (HINTS * 10_000, CLOSE)),
    Fault("hints and nothing else", (HINTS, CLOSE)),
    Fault("an answer of HTTP/1.0", (WHOLE.replace(b"1.1", b"1.0", 1), CLOSE), **both(FINE)),
    Fault("a body that ends with the connection", (JSON + b"\r\n" + BODY, CLOSE), **both(FINE)),
    # Bodies that are not what they should be.
    Fault("no body", JSON + b"Content-Length: 0\r\n\r\n", **NOTHING),
    Fault("204", b"HTTP/1.1 204 No Content\r\n\r\n", **NOTHING),
    Fault(
        "a web page",
        answer(200, "<html></html>", [("Content-Type", "text/html")]),
        get=(DocumentError, 1),
        post=(DocumentError, 2),
    ),
    Fault(
        "half of the JSON",
        answer(200, BODY[:-9], [("Content-Type", "application/json")]),
        **OUTPUT,
    ),
    Fault("JSON too deep", answer(200, DEEP, [("Content-Type", "application/json")]), **OUTPUT),
    Fault("JSON in UTF-16", answer(200, json.dumps(JOB).encode("utf-16")), **both(FINE)),
    Fault("JSON with a mark of its encoding", answer(200, b"\xef\xbb\xbf" + BODY), **both(FINE)),
    Fault(
        "JSON in no encoding",
        answer(
            200,
            b'{"jobID": "\xff\xfe", "status": "running"}',
            [("Content-Type", "application/json")],
        ),
        **OUTPUT,
    ),
    Fault("more than is read, said before", answer(200, bytes(MAX_BODY + 1)), **TOO_LARGE),
    Fault("more than is read, in chunks", CHUNKED + chunked(*[bytes(10_000)] * 11), **TOO_LARGE),
    Fault(
        "more than is read, without a length",
        (JSON + b"\r\n" + bytes(MAX_BODY + 1), CLOSE),
        **TOO_LARGE,
    ),
    Fault(
        "a length of terabytes",
        (JSON + b"Content-Length: 99999999999999\r\n\r\n" + bytes(MAX_BODY * 2), SILENCE),
        **TOO_LARGE,
    ),
    Fault("a bomb", packed(BOMB, b"deflate"), **TOO_LARGE),
    Fault("a bomb in gzip", packed(gzip.compress(bytes(50_000_000)), b"gzip"), **TOO_LARGE),
    Fault(
        "a bomb in a bomb",
        packed(gzip.compress(gzip.compress(bytes(50_000_000))), b"gzip, gzip"),
        **TOO_LARGE,
    ),
    Fault("gzip", packed(gzip.compress(BODY), b"gzip"), **both(FINE)),
    Fault("gzip cut off", packed(gzip.compress(BODY)[:-12], b"gzip")),
    Fault("deflate cut off", packed(zlib.compress(BODY)[:-6], b"deflate")),
    Fault("deflate without its head", packed(zlib.compress(BODY)[2:-4], b"deflate"), **both(FINE)),
    Fault(
        "gzip by pieces",
        packed(b"".join(map(gzip.compress, (BODY[:9], BODY[9:]))) + bytes(9), b"X-GZip"),
        **both(FINE),
    ),
    Fault(
        "an error in gzip that is none",
        packed(BODY, b"gzip").replace(b"200 OK", b"500 No", 1),
        **both((ServiceError, 1)),
    ),
    Fault("gzip that is none", packed(BODY, b"gzip")),
    Fault("an unknown compression", packed(BODY, b"x-own"), **both(FINE)),
    # Errors.
    Fault(
        "an error without an end",
        (b"HTTP/1.1 500 No\r\n\r\n" + bytes(1_000_000), SILENCE),
        **both((ServiceError, 1)),
    ),
    Fault(
        "an error that is a bomb",
        packed(BOMB, b"deflate").replace(b"200 OK", b"500 No", 1),
        **both((ServiceError, 1)),
    ),
    Fault(
        "an unknown status",
        b"HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n",
        **both((ServiceError, 1)),
    ),
    Fault("401 for ever", answer(401, ""), **both((Unauthorized, 1))),
    Fault("429 for ever", busy(429), (RateLimited, 3), (RateLimited, 1)),
    Fault("502 for ever", busy(502), (ServiceError, 3)),
    Fault("504 for ever", busy(504), (ServiceError, 3)),
    Fault("429 once", [busy(429, "0"), WHOLE], **both((None, 2))),
    Fault("429 for ever, with a time", busy(429, "0"), **both((RateLimited, 3))),
    Fault("502 once", [busy(502), WHOLE], **AGAIN),
    Fault("503 once, without a time", [busy(503), WHOLE], **AGAIN),
    Fault(
        "503 once, with a time in the past",
        [busy(503, "Thu, 01 Jan 1970 00:00:00 GMT"), WHOLE],
        **AGAIN,
    ),
    Fault("503 once, with a time that is none", [busy(503, "soon"), WHOLE], **AGAIN),
    Fault("503 once, with a time below nothing", [busy(503, "-5"), WHOLE], **AGAIN),
    Fault("503 once, with two times", [busy(503, "9999", "0"), WHOLE], **AGAIN),
    Fault("503 once, for hours", [busy(503, "21600"), WHOLE], (ServiceError, 1)),
    Fault(
        "503 once, until next century",
        [busy(503, "Fri, 01 Jan 2100 00:00:00 GMT"), WHOLE],
        (ServiceError, 1),
    ),
    Fault("503 once, for ever", [busy(503, "9" * 400), WHOLE], (ServiceError, 1)),
    # Redirects.
    Fault("301 to a slash", [to("/jobs/j/", 301), WHOLE], (None, 2), (UnsafeRedirect, 1)),
    Fault("302", [to("/elsewhere"), WHOLE], **both((None, 2))),
    Fault("303", [to("/elsewhere", 303), WHOLE], **both((None, 2))),
    Fault("307", [to("/elsewhere", 307), WHOLE], **both((None, 2))),
    Fault("308", [to("/elsewhere", 308), WHOLE], **both((None, 2))),
    Fault("redirects without end", to("/round"), (UnsafeRedirect, 11), (None, 23)),
    Fault(
        "a redirect to nowhere", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", **UNREADABLE
    ),
    Fault("a redirect to a file", to("file:///etc/passwd", 307), **UNSAFE),
    Fault("a redirect to no URL", to("http://[x", 307), **UNSAFE),
    Fault("a redirect to a script", to("javascript:alert(1)", 307), **UNSAFE),
]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Take note of the pauses between tries, and make none."""
    pauses: list[float] = []
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda _, seconds: pauses.append(seconds))
    monkeypatch.setattr("ogcproc._http.failures.FIRST_PAUSE", 0.01)
    return pauses


def script_of(replies: Reply | Sequence[Reply]) -> Any:
    """Return the script that says one reply after the other, and the last for ever."""
    left = list(replies) if isinstance(replies, list) else [replies]
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def times_of(fault: Fault) -> tuple[float, ...]:
    """Return the times of a client for a fault."""
    return DRIPPING if fault.get is DRIPS else TIMES


def meet(fault: Fault, call: str, outcome: Outcome) -> Any:
    """Make a call against a fault, and return what it ended in, all else being as it should be."""
    kind, times = outcome
    before = threading.active_count()
    started = time.monotonic()
    result: Any = None
    with ScriptedServer(script_of(fault.replies)) as server:
        with Client(
            server.url, timeout=times_of(fault), retries=RETRIES, max_body=MAX_BODY, proxy=""
        ) as client:
            try:
                result = getattr(client, call)("j")
            except OgcProcError as error:
                result = error
        took = time.monotonic() - started
        asked = server.lines
    assert (type(result), len(asked)) == (kind or JobInfo, times), f"{result!r}: {asked}"
    assert took < LONG
    assert server.open == 0
    assert threading.active_count() == before
    return result


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_status_request_meets(fault: Fault) -> None:
    result = meet(fault, "get_job", fault.get)
    assert str(result)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_an_execute_request_meets(fault: Fault) -> None:
    result = meet(fault, "execute_process", fault.post)
    if isinstance(result, SubmissionUncertain):
        assert (result.process_id, result.sent) == ("j", True)
        assert result.request is not None
        assert result.sent_at is not None


def test_there_are_enough_faults_and_each_is_named_once() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 40
