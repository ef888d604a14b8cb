"""Pools of connections: to each server by its proxy and with its TLS settings.

What goes wrong before a connection is there never carried a request, whatever it is: a name that
is not found, a refusal, a proxy that makes no tunnel, a TLS handshake that fails or takes too long.
urllib3's errors do not tell that from what goes wrong later, so its connections are given a
``connect`` that marks what it raises. urllib3 is given to this module: only ``_http`` imports it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress

from .limits import Clock, Limited, Verbatim
from .tls import warn_of
from .urls import origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .proxies import Proxies, Proxy
    from .tls import Tls

__all__ = ["NoWay", "Pools", "came_before_connected", "causes"]


class NoWay(Exception):
    """There is no way to a server, however often it is tried: our settings, or the proxy's."""

    before_connected = True


class Pools:
    """The pools of one client.

    Raises ImportError, OSError and ValueError for settings that lead nowhere.
    """

    def __init__(self, urllib3: Any, url: str, *, size: int, proxies: Proxies, tls: Tls) -> None:
        self._urllib3 = urllib3
        self._url = url
        self._size = size
        self._proxies = proxies
        self._tls = tls
        self._unverified: set[str] = set()
        #: Whether they were closed; then no connection is made any more.
        self.is_closed = False
        #: What each thread's connections look at while they send and read.
        self.clock = Clock()
        self.renew()

    def renew(self) -> None:
        """Make all pools anew, as a forked child has to: its sockets are its parent's too.

        Our own server's pool has a manager of its own: one shared with others would close it,
        as the one not used for longest, after so many others.
        """
        self._lock = threading.Lock()
        #: What wakes who waits for the next try.
        self.closing = threading.Event()
        self._managers: dict[tuple[object, ...], Any] = {}
        #: The pool of our own server, and whether requests there hold the whole URL.
        self.own: tuple[Any, bool] = self._to(self._url, own=True)

    def to(self, url: str) -> tuple[Any, bool]:
        """Return the pool for another server's URL, and whether requests there hold all of it.

        Raises NoWay.
        """
        try:
            return self._to(url, own=False)
        except (ImportError, OSError, ValueError) as error:
            raise NoWay(str(error)) from error

    def proxy(self, url: str) -> Proxy | None:
        """Return the proxy that leads to a URL."""
        return self._proxies.to(url)

    def close(self) -> None:
        """Close all connections, and wake who waits to make one."""
        self.is_closed = True
        self.closing.set()
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
        self.own[0].close()  # urllib3 2 closes a pool when nobody holds it: we do

    def _to(self, url: str, *, own: bool) -> tuple[Any, bool]:
        proxy = self._proxies.to(url)
        scheme, host, _ = origin(url)
        with self._lock:
            key = (own, proxy, scheme)
            if key not in self._managers:
                self._managers[key] = self._manager(own, proxy, scheme)
            manager = self._managers[key]
        pool = manager.connection_from_url(url)
        if scheme == "https" and self._context(own).verify_mode == ssl.CERT_NONE:
            self._warn_once(host)
        return pool, scheme == "http" and proxy is not None and not proxy.is_socks

    def _context(self, own: bool) -> ssl.SSLContext:
        return self._tls.own if own else self._tls.others

    def _manager(self, own: bool, proxy: Proxy | None, scheme: str) -> Any:
        """Return what makes the pools; contexts are made for https alone, as they take long."""
        urllib3 = self._urllib3
        settings: dict[str, Any] = {"maxsize": self._size}
        if scheme == "https":
            settings["ssl_context"] = self._context(own)
        if proxy is None:
            manager = urllib3.PoolManager(**settings)
        elif proxy.is_socks:
            made_by = socks_of(urllib3, proxy.url)
            manager = made_by.SOCKSProxyManager(proxy.url, proxy.user, proxy.password, **settings)
        else:
            if proxy.is_https:
                host = origin(proxy.url)[1]
                settings["proxy_ssl_context"] = Steady(self._tls.proxies, host)
                settings.setdefault("ssl_context", self._tls.proxies)  # of http, by the proxy
            manager = urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)
        manager.pool_classes_by_scheme = own_classes(
            manager.pool_classes_by_scheme,
            urllib3.exceptions.ConnectTimeoutError,
            self.clock,
            () if own else (Verbatim,),
        )
        return manager

    def _warn_once(self, host: str) -> None:
        if host not in self._unverified:
            self._unverified.add(host)
            warn_of(host)


def socks_of(urllib3: Any, url: str) -> Any:
    """Return urllib3's module for SOCKS; raises ImportError where it lacks what it needs."""
    from importlib import import_module  # noqa: PLC0415 - few need these
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("socks") is None:
        raise ImportError(f"{url} needs PySocks: pip install urllib3[socks]")
    return import_module(".contrib.socks", urllib3.__name__)


class Marking(Limited):
    """What is put before a connection class of urllib3."""

    #: What to raise for a handshake that takes too long: urllib3 would say it was an answer.
    too_slow: type[Exception]

    def connect(self) -> None:
        """Connect; errors bear the mark."""
        try:
            super().connect()  # type: ignore[misc] # of the class that this is put before
        except TimeoutError as error:
            slow = self.too_slow("the connection took too long to make")
            slow.before_connected = True  # type: ignore[attr-defined]
            raise slow from error
        except Exception as error:
            error.before_connected = True  # type: ignore[attr-defined]
            raise


class Tunnelling:
    """What is put before a connection class of urllib3 that may have to make a tunnel."""

    sock: Any

    def _tunnel(self) -> None:
        """Have a proxy make a tunnel; where it does not, nothing is left open.

        Before Python 3.11, http.client leaves the socket to the collector.
        """
        connected = self.sock
        try:
            super()._tunnel()  # type: ignore[misc] # of the class that this is put before
        except Exception:
            with suppress(OSError):  # it has been closed
                socket.close(connected.detach())
            raise


class Steady:
    """A context that knows its host, and that urllib3 does not change.

    urllib3 1.26 does not tell a context the host where that is an address, which a context that
    compares the names itself cannot do without; 2.0 sets what is to be verified of a proxy to
    what is to be verified of the server behind it.
    """

    __slots__ = ("_context", "_host")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        object.__setattr__(self, "_context", context)
        object.__setattr__(self, "_host", host)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Take no notice."""

    def wrap_socket(self, *given: Any, server_hostname: str | None = None, **more: Any) -> Any:
        """Return the socket, secured."""
        host = server_hostname or self._host
        return self._context.wrap_socket(*given, server_hostname=host, **more)

    def wrap_bio(self, *given: Any, server_hostname: str | None = None, **more: Any) -> Any:
        """Return what secures a connection through a secured one."""
        host = server_hostname or self._host
        return self._context.wrap_bio(*given, server_hostname=host, **more)


class Told(Marking, Tunnelling):
    """The same for https; that nothing is verified is told once by us, not by urllib3 each time."""

    host: str
    ssl_context: Any
    _tunnel_host: str | None

    def connect(self) -> None:
        """Connect; errors bear the mark."""
        host = (self._tunnel_host or self.host).strip("[]")
        if not isinstance(self.ssl_context, Steady):
            self.ssl_context = Steady(self.ssl_context, host)
        super().connect()

    @property
    def is_verified(self) -> bool:
        """Whether urllib3 has nothing to warn of."""
        return True

    @is_verified.setter
    def is_verified(self, value: bool) -> None:
        """Take no notice."""


def own_classes(
    classes: Mapping[str, Any],
    too_slow: type[Exception],
    clock: Clock,
    more: tuple[type, ...],
) -> dict[str, Any]:
    """Return pool classes like urllib3's, by scheme, whose connections are as ours are to be.

    They mark their errors, look at the clock, and do ``more``.
    """
    own = {}
    for scheme, pool in classes.items():
        connection = pool.ConnectionCls
        bases = (*more, Told if scheme == "https" else Marking, connection)
        marking = type(connection.__name__, bases, {"too_slow": too_slow, "clock": clock})
        own[scheme] = type(pool.__name__, (pool,), {"ConnectionCls": marking})
    return own


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error of urllib3's and those it wraps.

    Not what Python says it happened during: that may be an error of another request.
    """
    found: BaseException | None = error
    while found is not None:
        yield found
        inner = found.args[-1] if found.args else None
        found = inner if isinstance(inner, BaseException) else found.__cause__


def came_before_connected(error: BaseException) -> bool:
    """Return whether an error came before there was a connection to send a request over."""
    return any(getattr(cause, "before_connected", False) for cause in causes(error))
