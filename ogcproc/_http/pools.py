"""Pools of connections: to each server by its proxy and with its TLS settings."""

from __future__ import annotations

import os
import threading
import weakref
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ._urllib3 import urllib3
from .connections import CurrentCall, NoRoute, pool_classes
from .proxies import Proxies, Proxy
from .tls import PinnedContext, Tls, warn_of
from .urls import origin

__all__ = ["Pools"]


class Pools:
    """The pools of one client.

    Raises ImportError, OSError and ValueError for settings that lead nowhere.
    """

    def __init__(self, url: str, *, size: int, proxies: Proxies, tls: Tls) -> None:
        self._url = url
        self._size = size
        self._proxies = proxies
        #: Which certificates are trusted, and which one is ours.
        self.tls = tls
        self._unverified: set[str] = set()
        #: Whether they were closed: then no connection is made any more.
        self.is_closed = False
        #: Each thread's call, whose deadline its connections honour.
        self.current = CurrentCall()
        self.renew()
        ALIVE.add(self)

    def renew(self) -> None:
        """Make all pools anew, as a forked child has to: its sockets are its parent's too.

        Our own server's pool has a manager of its own. A manager closes the pool that was not used
        for longest, if there are many, and must not close this one.
        """
        self._lock = threading.Lock()
        #: Set when the pools are closed. It wakes threads that sleep before their next try.
        self.closing = threading.Event()
        self._managers: dict[tuple[object, ...], urllib3.PoolManager] = {}
        #: The pool of our own server, and whether the request line there holds the whole URL.
        self.own: tuple[urllib3.HTTPConnectionPool, bool] = self._to(self._url, own=True)

    def to(self, url: str) -> tuple[urllib3.HTTPConnectionPool, bool]:
        """Return the pool for another server's URL, and whether the request line holds all of it.

        Raises NoRoute.
        """
        try:
            return self._to(url, own=False)
        except (ImportError, OSError, ValueError) as error:
            raise NoRoute(str(error)) from error

    def proxy(self, url: str) -> Proxy | None:
        """Return the proxy that leads to a URL."""
        return self._proxies.to(url)

    def close(self) -> None:
        """Close all connections, and wake the threads that sleep before their next try."""
        self.is_closed = True
        self.closing.set()
        with self._lock:
            for manager in self._managers.values():
                manager.clear()
        self.own[0].close()  # urllib3 2 closes a pool when nobody holds it: we do

    def _to(self, url: str, *, own: bool) -> tuple[urllib3.HTTPConnectionPool, bool]:
        proxy = self._proxies.to(url)
        scheme, host, _ = origin(url)
        with self._lock:
            key = (own, proxy, scheme)
            if key not in self._managers:
                self._managers[key] = self._manager(own, proxy, scheme)
            manager = self._managers[key]
        pool = manager.connection_from_url(url)
        if scheme == "https" and not self.tls.is_verified(own=own):
            self._warn_once(host)
        return pool, scheme == "http" and proxy is not None and not proxy.is_socks

    def _manager(self, own: bool, proxy: Proxy | None, scheme: str) -> urllib3.PoolManager:
        """Return what makes the pools; TLS contexts are made for https alone: they take long."""
        settings: dict[str, Any] = {"maxsize": self._size}
        if scheme == "https":
            settings["ssl_context"] = self.tls.own if own else self.tls.others
        manager = self._manager_for(proxy, settings)
        theirs = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = pool_classes(theirs, self.current, own=own)
        return manager

    def _manager_for(self, proxy: Proxy | None, settings: dict[str, Any]) -> urllib3.PoolManager:
        if proxy is None:
            return urllib3.PoolManager(**settings)
        if proxy.is_socks:
            made_by = socks_of(proxy.url)
            found: urllib3.PoolManager = made_by.SOCKSProxyManager(
                proxy.url, proxy.user, proxy.password, **settings
            )
            return found
        if proxy.is_https:
            host = origin(proxy.url)[1]
            settings["proxy_ssl_context"] = PinnedContext(self.tls.proxies, host)
            settings.setdefault("ssl_context", self.tls.proxies)  # for http through the proxy
        return urllib3.ProxyManager(proxy.url, proxy_headers=proxy.headers, **settings)

    def _warn_once(self, host: str) -> None:
        if host not in self._unverified:
            self._unverified.add(host)
            warn_of(host)


def socks_of(url: str) -> Any:
    """Return urllib3's module for SOCKS; raises ImportError if PySocks is missing."""
    if find_spec("socks") is None:
        raise ImportError(f"{url} needs PySocks: pip install urllib3[socks]")
    return import_module(".contrib.socks", urllib3.__name__)  # a copy has another name


#: The pools that a forked child has to make anew.
ALIVE: weakref.WeakSet[Pools] = weakref.WeakSet()


def after_fork() -> None:
    """Give all clients of a forked child connections of their own."""
    for pools in list(ALIVE):
        pools.renew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=after_fork)
