"""Connections: what urllib3's classes get so that deadlines hold and errors tell when they came.

``http.client`` and urllib3 know a timeout for each read alone, so a server that sends a byte a
second is never cut off. They also take the end of a connection for the end of a head, and any
status below 200 except 100 for an answer.

What goes wrong before there is a connection never carried a request: a name that is not found, a
refusal, a proxy that makes no tunnel, a TLS handshake that fails. urllib3's errors do not tell that
from what goes wrong later, so ``connect`` marks what it raises.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from ._urllib3 import urllib3
from .limits import socket_time
from .request import Call, Request
from .tls import PinnedContext, SSLContext

__all__ = [
    "CurrentCall",
    "DeadlineReader",
    "HttpConnection",
    "HttpsConnection",
    "NoRoute",
    "pool_classes",
]

#: The longest head, interim ones before it included, in bytes.
HEAD = 256 * 1024
#: How much of a body is sent at a time, in bytes: each piece has the time of a read.
PIECE = 64 * 1024
#: After this status, the connection carries something else than HTTP.
SWITCHING = 101
FINAL = 200


class NoRoute(Exception):
    """Our settings or the proxy's lead nowhere: another try would end the same way."""

    before_connected = True


class CurrentCall(threading.local):
    """The call that a thread makes, or made last."""

    call = Call()
    #: The request that was sent last, without its body if that is long.
    sent: Request | None = None


class DeadlineReader(io.RawIOBase):
    """A socket stand-in for ``http.client`` whose reads honour the call's deadline."""

    #: How many bytes may still come.
    allowed: float = HEAD
    #: Whether the other side has ended the connection.
    has_ended = False
    _is_shortened = False

    def __init__(self, sock: Any, call: Call) -> None:
        self._call = call
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open as long as it is
        self._receive = sock.recv_into
        self._each = call.times[1]

    def makefile(self, *_: object) -> io.BufferedReader:
        """Return a reader with a buffer."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once; raises TimeoutError if that takes too long, or at the call's deadline."""
        left = self._call.until - monotonic()
        if left < self._each:
            if left <= 0:
                raise TimeoutError("timed out")
            self._is_shortened = True
            self._sock.settimeout(left)
        size: int = self._receive(buffer)
        if not size:
            self.has_ended = True
        self.allowed -= size
        if self.allowed < 0:
            raise http.client.HTTPException(f"more than {HEAD} bytes of headers")
        return size

    def close(self) -> None:
        """Release the socket, and give it back the timeout of a read."""
        if self._is_shortened:
            self._is_shortened = False
            with suppress(OSError):  # it has been closed
                self._sock.settimeout(socket_time(self._each))
        self._raw.close()
        super().close()


class DeadlineResponse(http.client.HTTPResponse):
    """An answer whose reads are bounded, and whose head is complete."""

    def __init__(self, sock: Any, call: Call, method: str | None) -> None:
        self._reader = reader = DeadlineReader(sock, call)
        super().__init__(reader, 0, method)  # type: ignore[arg-type] # it asks for makefile alone

    def begin(self) -> None:
        """Read the head, and those of interim answers before it."""
        reader = self._reader
        super().begin()
        while self.status < FINAL and self.status != SWITCHING and not reader.has_ended:
            self.headers = None  # type: ignore[assignment] # as before the first
            super().begin()
        if reader.has_ended:
            self.close()
            raise ConnectionAbortedError("the connection was closed within the headers")
        reader.allowed = inf


class HttpConnection:
    """The base that goes before a connection class of urllib3."""

    #: The calls of the client that it is a connection of.
    current: CurrentCall
    sock: Any

    def connect(self) -> None:
        """Connect, and mark errors as having come before that."""
        try:
            super().connect()  # type: ignore[misc] # of the class that this is put before
        except TimeoutError as error:
            # Of a handshake. urllib3 would take it for the timeout of a read.
            slow = urllib3.exceptions.ConnectTimeoutError("the connection took too long to make")
            slow.before_connected = True  # type: ignore[attr-defined]
            raise slow from error
        except Exception as error:
            error.before_connected = True  # type: ignore[attr-defined]
            raise

    def send(self, data: Any) -> None:
        """Send what belongs to a request; a long body goes in pieces, each with its timeout."""
        if not isinstance(data, bytes) or len(data) <= PIECE or self.sock is None:
            super().send(data)  # type: ignore[misc]
            return
        call = self.current.call
        view = memoryview(data)
        for start in range(0, len(data), PIECE):
            left = min(call.times[1], call.until - monotonic())
            if left <= 0:
                raise TimeoutError("timed out")
            self.sock.settimeout(socket_time(left))
            super().send(view[start : start + PIECE])  # type: ignore[misc]

    def response_class(self, sock: Any, _: int = 0, method: str | None = None) -> DeadlineResponse:
        """Return what reads an answer; the debug level, which makes it print, is left out."""
        return DeadlineResponse(sock, self.current.call, method)


class ExactTarget:
    """The base that goes before a connection class for other servers than ours."""

    current: CurrentCall

    def putrequest(self, method: str, url: str, *given: Any, **more: Any) -> None:
        """Begin a request, with the call's own target if it has one."""
        target = self.current.call.target or url
        super().putrequest(method, target, *given, **more)  # type: ignore[misc]


class HttpsConnection(HttpConnection):
    """The same for https. It may go through a proxy's tunnel."""

    host: str
    ssl_context: SSLContext | PinnedContext
    _tunnel_host: str | None

    def connect(self) -> None:
        """Connect, and mark errors as having come before that."""
        if not isinstance(self.ssl_context, PinnedContext):
            host = (self._tunnel_host or self.host).strip("[]")
            self.ssl_context = PinnedContext(self.ssl_context, host)
        super().connect()

    def _tunnel(self) -> None:
        """Have a proxy make a tunnel, and leave no socket open if it does not.

        Before Python 3.11, http.client leaves the socket to the garbage collector.
        """
        connected = self.sock
        try:
            super()._tunnel()  # type: ignore[misc]
        except Exception:
            with suppress(OSError):  # it has been closed
                socket.close(connected.detach())
            raise

    @property
    def is_verified(self) -> bool:
        """True, so that urllib3 does not warn at each request: ``tls`` warns once a host."""
        return True

    @is_verified.setter
    def is_verified(self, value: bool) -> None:
        """Ignore what urllib3 sets."""


def pool_classes(theirs: Mapping[str, Any], current: CurrentCall, *, own: bool) -> dict[str, Any]:
    """Return pool classes like urllib3's, by scheme, whose connections are ours.

    ``own`` means that they lead to our own server, whose targets urllib3 may rewrite.
    """
    more: tuple[type, ...] = () if own else (ExactTarget,)
    ours = {}
    for scheme, pool in theirs.items():
        connection = pool.ConnectionCls
        base = HttpsConnection if scheme == "https" else HttpConnection
        connection = type(connection.__name__, (*more, base, connection), {"current": current})
        ours[scheme] = type(pool.__name__, (pool,), {"ConnectionCls": connection})
    return ours
