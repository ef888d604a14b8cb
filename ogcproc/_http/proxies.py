"""Which proxy leads to a URL: the one that was given, or the environment's, as curl reads it.

The environment is read once for each client, so that all its requests take the same way. Lower
case goes before upper case, and an empty variable counts as missing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from .urls import origin, split_userinfo

__all__ = ["Proxies", "Proxy", "is_exempt", "proxy_of"]

SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and our credentials for it, which are not shown."""

    #: Scheme, host and port, and nothing else.
    url: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def is_socks(self) -> bool:
        return self.url.startswith("socks")

    @property
    def headers(self) -> dict[str, str]:
        if self.user is None:
            return {}
        pair = f"{self.user}:{self.password}".encode()
        return {"Proxy-Authorization": f"Basic {b64encode(pair).decode('ascii')}"}


class Proxies:
    """The proxies of one client: ``proxy``, or the environment's if that is None."""

    def __init__(self, proxy: str | None, environ: Mapping[str, str]) -> None:
        if proxy is not None and not isinstance(proxy, str):
            raise TypeError(f"proxy is a URL, not {type(proxy).__name__}")
        #: By the scheme of a URL, what names its proxy, and the proxy's URL.
        self._named = dict.fromkeys(("http", "https"), ("proxy", proxy or ""))
        self._no_proxy: Sequence[str] = ()
        if proxy is not None:
            return
        # A copy has upper-case names on Windows, whatever case they are read in.
        variables = dict(environ)
        # In a CGI program, the caller sets it (https://httpoxy.org).
        if "REQUEST_METHOD" in variables:
            variables.pop("HTTP_PROXY", None)
        for scheme in self._named:
            names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
            self._named[scheme] = first_of(variables, *names)
        self._no_proxy = first_of(variables, "no_proxy", "NO_PROXY")[1].replace(",", " ").split()

    def to(self, url: str) -> Proxy | None:
        """Return the proxy that leads to a URL; raises ValueError if it is invalid."""
        scheme, host, port = origin(url)
        source, text = self._named[scheme]
        if not text.strip() or is_exempt(self._no_proxy, host, port):
            return None
        return proxy_of(text, source)


def first_of(variables: Mapping[str, str], *names: str) -> tuple[str, str]:
    for name in names:
        if variables.get(name, "").strip():
            return name, variables[name]
    return "", ""


def proxy_of(text: str, source: str = "proxy") -> Proxy:
    """Return the proxy of a URL; raises ValueError, without showing credentials."""
    text = text.strip()
    url, user, password = split_userinfo(text if "://" in text else f"http://{text}")
    # After the last @ there are no credentials, however wrongly those are written.
    shown = url.rpartition("@")[2]
    try:
        scheme, host, _ = origin(url)
    except ValueError:
        raise ValueError(f"{source} holds no valid host and port: {shown!r}") from None
    if scheme not in SCHEMES or not host:
        raise ValueError(f"{source} is {', '.join(SCHEMES)}:// and a host, not {shown!r}")
    url = url.rstrip("/")
    if any(mark in url.partition("://")[2] for mark in "/?#@"):
        raise ValueError(f"{source} holds more than a host and port: {shown!r}")
    return Proxy(url, user, password)


def is_exempt(entries: Sequence[str], host: str, port: int | None) -> bool:
    """Return whether the entries of NO_PROXY name a host.

    An entry is a host or its domain (``example.org``, ``.example.org`` and ``*.example.org`` are
    the same), an address or a network of addresses (``10.0.0.0/8``), or ``*`` for every host; each
    may end in a port. Names are not resolved, the loopback interface has to be named like any
    other, and invalid entries are ignored.
    """
    host = host.rstrip(".")
    return any(names(entry.lower(), host, port) for entry in entries)


def names(entry: str, host: str, port: int | None) -> bool:
    name, wanted = split_port(entry)
    if wanted not in {"", str(port)}:
        return False
    if name == "*":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        domain = name.removeprefix("*").strip(".")
        return bool(domain) and f".{host}".endswith(f".{domain}")
    try:
        network = ip_network(name, strict=False)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address) in network


def split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = entry.partition(":")
    return (entry, "") if ":" in port else (name, port)
