"""Pools of connections to each server. Calls have deadlines, and errors say when they came.

``http.client`` and urllib3 know a timeout for each read alone, so a server that sends a byte a
second is never cut off. They also take the end of a connection for the end of a head, and any
status below 200 except 100 for an answer.

An error in making a connection means that no request was sent. urllib3's errors do not tell that
from later ones, so ``connect`` marks what it raises.
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import weakref
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from math import inf
from time import monotonic
from typing import Any

from ._urllib3 import urllib3
from .proxies import Proxies, Proxy
from .request import Call, Request, socket_time
from .tls import PinnedContext, SSLContext, Tls, warn_of
from .urls import origin

__all__ = [
    "CurrentCall",
    "DeadlineReader",
    "HttpConnection",
    "NoRoute",
    "Pools",
]

#: The longest head, interim ones before it included, in bytes.
HEAD = 256 * 1024
#: How much of a body is sent at a time, in bytes: each piece has its own timeout.
PIECE = 64 * 1024
#: After this status, the connection carries something else than HTTP.
SWITCHING = 101
FINAL = 200
#: From this status on, a connection is not used again: some servers reset it at the next request.
SERVER_ERROR = 500


class NoRoute(Exception):
    """Our settings or the proxy's lead nowhere: another try would end the same way."""

    before_connected = True


class CurrentCall(threading.local):
    """The call that a thread makes, or made last."""

    call = Call()
    sent: Request | None = None


class DeadlineReader(io.RawIOBase):
    """A socket stand-in for ``http.client`` whose reads honour the call's deadline."""

    #: How many bytes may still come, until the head is complete.
    allowed: float = HEAD
    has_ended = False
    _is_shortened = False

    def __init__(self, sock: Any, call: Call) -> None:
        self._call = call
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open as long as it is
        self._receive = sock.recv_into
        self._each = call.times[1]

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
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
        reader = self._reader
        super().begin()
        while self.status < FINAL and self.status != SWITCHING and not reader.has_ended:
            self.headers = None  # type: ignore[assignment] # as before the first
            super().begin()
        if self.status >= SERVER_ERROR:
            self.will_close = True
        if reader.has_ended:
            self.close()
            raise ConnectionAbortedError("the connection was closed within the headers")
        reader.allowed = inf


class HttpConnection:
    """The base that goes before a connection class of urllib3."""

    #: The client's.
    current: CurrentCall
    sock: Any

    def connect(self) -> None:
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
        # Without the debug level, which makes it print.
        return DeadlineResponse(sock, self.current.call, method)


class ExactTarget:
    """The base that goes before connections to other servers: urllib3 would rewrite targets."""

    current: CurrentCall

    def putrequest(self, method: str, url: str, *given: Any, **more: Any) -> None:
        target = self.current.call.target or url
        super().putrequest(method, target, *given, **more)  # type: ignore[misc]


class HttpsConnection(HttpConnection):
    host: str
    ssl_context: SSLContext | PinnedContext
    _tunnel_host: str | None

    def connect(self) -> None:
        if not isinstance(self.ssl_context, PinnedContext):
            host = (self._tunnel_host or self.host).strip("[]")
            self.ssl_context = PinnedContext(self.ssl_context, host)
        super().connect()

    def _tunnel(self) -> None:
        # Before Python 3.11, http.client leaves the socket of a failed tunnel open.
        connected = self.sock
        try:
            super()._tunnel()  # type: ignore[misc]
        except Exception:
            with suppress(OSError):  # it has been closed
                socket.close(connected.detach())
            raise

    # Whatever urllib3 sets: it would warn at each request. `Pools` warns once a host.
    is_verified = property(lambda _: True, lambda *_: None)


#: A pool, and the proxy that needs the whole URL in the request line, if there is one.
Pool = tuple[urllib3.HTTPConnectionPool, Proxy | None]


class Pools:
    """The pools of one client; raises ImportError, OSError and ValueError for wrong settings."""

    def __init__(self, url: str, *, size: int, proxies: Proxies, tls: Tls) -> None:
        self._url = url
        self._size = size
        self.proxies = proxies
        self.tls = tls
        self._unverified: set[str] = set()
        self.is_closed = False
        #: Whether the server of ``url`` has answered.
        self.has_answered = False
        self.current = CurrentCall()
        self.renew()
        ALIVE.add(self)

    def renew(self) -> None:
        """Make all pools anew, as a forked child has to: its sockets are its parent's too."""
        self._lock = threading.Lock()
        #: Set when the pools are closed. It wakes threads that sleep before their next try.
        self.closing = threading.Event()
        self._managers: dict[tuple[object, ...], urllib3.PoolManager] = {}
        # By a manager of its own: one with many pools closes the least recently used.
        self.own: Pool = self._to(self._url, own=True)

    def to(self, url: str, *, own: bool = False) -> Pool:
        """Return the pool for another origin; ``own`` is whether our server has it, too.

        Raises NoRoute.
        """
        try:
            return self._to(url, own=own)
        except (ImportError, OSError, ValueError) as error:
            raise NoRoute(str(error)) from error

    def close(self) -> None:
        self.is_closed = True
        self.closing.set()
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
        self.own[0].close()  # urllib3 2 closes a pool when nothing refers to it; we do

    def _to(self, url: str, *, own: bool) -> Pool:
        proxy = self.proxies.to(url)
        scheme, host, _ = origin(url)
        with self._lock:
            key = (own, proxy, scheme)
            if key not in self._managers:
                self._managers[key] = self._manager(own, proxy, scheme)
            manager = self._managers[key]
        pool = manager.connection_from_url(url)
        if scheme == "https" and host not in self._unverified:
            context = self.tls.own if own else self.tls.others
            if not context.verify_mode:  # ssl.CERT_NONE
                self._unverified.add(host)
                warn_of(host)
        return pool, proxy if scheme == "http" and proxy and not proxy.is_socks else None

    def _manager(self, own: bool, proxy: Proxy | None, scheme: str) -> urllib3.PoolManager:
        # TLS contexts are made for https alone: they take long.
        settings: dict[str, Any] = {"maxsize": self._size}
        if scheme == "https":
            settings["ssl_context"] = self.tls.own if own else self.tls.others
        manager = self._manager_for(proxy, settings)
        classes: dict[str, Any] = dict(manager.pool_classes_by_scheme)
        for name, pool in classes.items():
            theirs = pool.ConnectionCls
            bases = HttpsConnection if name == "https" else HttpConnection, theirs
            # It costs time, and our own server's targets may be rewritten.
            more = () if own else (ExactTarget,)
            connection = type(theirs.__name__, (*more, *bases), {"current": self.current})
            classes[name] = type(pool.__name__, (pool,), {"ConnectionCls": connection})
        manager.pool_classes_by_scheme = classes
        return manager

    def _manager_for(self, proxy: Proxy | None, settings: dict[str, Any]) -> urllib3.PoolManager:
        if proxy is None:
            return urllib3.PoolManager(**settings)
        if proxy.is_socks:
            if find_spec("socks") is None:
                raise ImportError(f"{proxy.url} needs PySocks: pip install urllib3[socks]")
            # By urllib3's own name: a vendored copy has another.
            socks: Any = import_module(".contrib.socks", urllib3.__name__)
            found: urllib3.PoolManager = socks.SOCKSProxyManager(
                proxy.url, proxy.user, proxy.password, **settings
            )
            return found
        scheme, host, _ = origin(proxy.url)
        if scheme == "https":
            settings["proxy_ssl_context"] = PinnedContext(self.tls.proxies, host)
            settings.setdefault("ssl_context", self.tls.proxies)  # for http through the proxy
        return urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)


#: The pools that a forked child has to make anew.
ALIVE: weakref.WeakSet[Pools] = weakref.WeakSet()


def after_fork() -> None:
    for pools in list(ALIVE):
        pools.renew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=after_fork)
