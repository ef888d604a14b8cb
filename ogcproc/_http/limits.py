"""How long an answer may take, and how long its head may be: every read looks at the clock.

``http.client`` and urllib3 know a time for each read alone: who sends a byte a second is never cut
off. They also take the end of a connection for the end of a head, and any status below 200 but 100
for an answer. The connections of ``_connections`` are given this module's classes instead.
"""

from __future__ import annotations

import http.client
import io
import threading
from contextlib import suppress
from math import inf
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from .answer import Sent

__all__ = ["Call", "Clock", "Limited", "Times", "Verbatim", "socket_time", "times_of"]

#: How long connecting, each read and all of a call may take, in seconds.
Times: TypeAlias = "tuple[float, float, float]"

#: How long a head may be, interim ones before it included, in bytes.
HEAD = 256 * 1024
#: How much of a body is sent at a time, in bytes: each piece has the time of a read.
PIECE = 64 * 1024
#: What is added to the read time where no total is given, in seconds.
TEN_MINUTES = 600.0
#: Times from here on are none to a socket: three years, in seconds.
ENDLESS = 1e8
#: A connection that is used for something else than HTTP from there on.
SWITCHING = 101
FINAL = 200


class Call:
    """A call under way: how long it may take, and how far it has come."""

    #: Which try it is, from 1 on.
    number = 1
    #: Whether no request of it has been sent.
    is_first = True
    #: The request that was sent last.
    sent: Sent | None = None
    #: The target of its request line, where it is to go out as it is: urllib3 would write
    #: percent-encodings its own way, which some signatures do not stand.
    target: str | None = None

    def __init__(self, until: float = inf, each: float = inf, limit: int | None = None) -> None:
        #: When it must be over, by the monotonic clock; infinite where there is no end.
        self.until = until
        #: How long one read, or the sending of one piece, may take, in seconds.
        self.each = each
        #: How much of the answer is read, in bytes; None leaves it to be read.
        self.limit = limit


class Clock(threading.local):
    """The call that a thread makes, or made last."""

    call = Call()


class Source(io.RawIOBase):
    """What is read from a socket, which ``http.client`` takes this for."""

    #: How many bytes may still come.
    allowed: float = HEAD
    #: Whether the other side has ended the connection.
    has_ended = False
    _is_pressed = False

    def __init__(self, sock: Any, call: Call) -> None:
        self._call = call
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open as long as it is
        self._receive = sock.recv_into

    def makefile(self, *_: object) -> io.BufferedReader:
        """Return a reader with a buffer."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once; raises TimeoutError where that takes too long, or all of it has."""
        call = self._call
        left = call.until - monotonic()
        if left < call.each:
            if left <= 0:
                raise TimeoutError("timed out")
            self._is_pressed = True
            self._sock.settimeout(left)
        size: int = self._receive(buffer)
        if not size:
            self.has_ended = True
        self.allowed -= size
        if self.allowed < 0:
            raise http.client.HTTPException(f"more than {HEAD} bytes of headers")
        return size

    def close(self) -> None:
        """Let go of the socket, with the time that it had for a read."""
        if self._is_pressed:
            self._is_pressed = False
            with suppress(OSError):  # it has been closed
                self._sock.settimeout(socket_time(self._call.each))
        self._raw.close()
        super().close()


class LimitedResponse(http.client.HTTPResponse):
    """An answer whose reads are bounded, and whose head is complete."""

    def __init__(self, sock: Any, call: Call, method: str | None) -> None:
        self._source = source = Source(sock, call)
        super().__init__(source, 0, method)  # type: ignore[arg-type] # it asks for makefile alone

    def begin(self) -> None:
        """Read the head, and those of interim answers before it."""
        source = self._source
        super().begin()
        while self.status < FINAL and self.status != SWITCHING and not source.has_ended:
            self.headers = None  # type: ignore[assignment] # as before the first
            super().begin()
        if source.has_ended:
            self.close()
            raise ConnectionAbortedError("the connection was closed within the headers")
        source.allowed = inf


class Limited:
    """What is put before a connection class of ``http.client``."""

    #: The clock of the client that it is a connection of.
    clock: Clock
    sock: Any

    def response_class(self, sock: Any, _: int = 0, method: str | None = None) -> LimitedResponse:
        """Return what reads an answer; the level of debugging, which prints, is left out."""
        return LimitedResponse(sock, self.clock.call, method)

    def send(self, data: Any) -> None:
        """Send what belongs to a request; a long body by pieces, each with its time."""
        if not isinstance(data, bytes) or len(data) <= PIECE or self.sock is None:
            super().send(data)  # type: ignore[misc] # of the class that this is put before
            return
        call = self.clock.call
        view = memoryview(data)
        for start in range(0, len(data), PIECE):
            left = min(call.each, call.until - monotonic())
            if left <= 0:
                raise TimeoutError("timed out")
            self.sock.settimeout(socket_time(left))
            super().send(view[start : start + PIECE])  # type: ignore[misc]


class Verbatim:
    """What is put before a connection class for other servers than ours."""

    #: The clock of the client that it is a connection of.
    clock: Clock

    def putrequest(self, method: str, url: str, *given: Any, **more: Any) -> None:
        """Begin a request, with the target as the call has it where it does."""
        target = self.clock.call.target or url
        super().putrequest(method, target, *given, **more)  # type: ignore[misc]


def socket_time(seconds: float) -> float | None:
    """Return a number of seconds as sockets know it."""
    return seconds if seconds < inf else None


def times_of(timeout: Any) -> Times:
    """Return how long connecting, each read and all of a call may take, in seconds.

    A number is for each of them, a pair for connecting and each read, a triple for the three; None
    is without end. Without a total it is the time of a read and ten minutes: for the further
    tries, which pause for a minute at most, and for long bodies. Raises TypeError and ValueError.
    """
    if not isinstance(timeout, (tuple, list)):
        whole = seconds_of(timeout)
        return whole, whole, whole
    if len(timeout) not in {2, 3}:
        raise ValueError(f"timeout is (connect, read) or (connect, read, total), not {timeout!r}")
    connect, read, *total = map(seconds_of, timeout)
    return connect, read, total[0] if total else read + TEN_MINUTES


def seconds_of(value: Any) -> float:
    """Return a number of seconds; raises TypeError and ValueError for what is none."""
    if value is None:
        return inf
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"timeout is in seconds, not {value!r}")
    if not value > 0:
        raise ValueError(f"timeout is more than 0 seconds, not {value!r}")
    return inf if value >= ENDLESS else float(value)
