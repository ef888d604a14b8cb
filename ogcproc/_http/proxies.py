"""Which proxy leads to a URL: the one that was given, or the environment's, as curl reads it.

urllib3 reads no environment. Here it is read once for each client, so that all its requests take
the same way.

``http_proxy``, ``https_proxy`` and ``all_proxy`` name proxies by the scheme of the URL that is
asked; ``no_proxy`` names the hosts that are asked without one. Lower case goes before upper case,
and an empty variable is none. ``HTTP_PROXY`` is not read in a CGI program, where the caller of the
program sets it (https://httpoxy.org).
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
        """Whether it speaks SOCKS, and not HTTP."""
        return self.url.startswith("socks")

    @property
    def is_https(self) -> bool:
        """Whether the connection to the proxy itself uses TLS."""
        return self.url.startswith("https:")

    @property
    def headers(self) -> dict[str, str]:
        """The header fields for the proxy alone, not for the server behind it."""
        if self.user is None:
            return {}
        pair = f"{self.user}:{self.password}".encode()
        return {"Proxy-Authorization": f"Basic {b64encode(pair).decode('ascii')}"}


class Proxies:
    """The proxies of one client.

    ``proxy`` is the one for every URL, and the environment is ignored. An empty text means no
    proxy, None means the environment's.
    """

    __slots__ = ("_named", "_no_proxy")

    def __init__(self, proxy: str | None, environ: Mapping[str, str]) -> None:
        if proxy is not None and not isinstance(proxy, str):
            raise TypeError(f"proxy is a URL, not {type(proxy).__name__}")
        #: Where a proxy was named, and its URL, by the scheme of what is asked.
        self._named: dict[str, tuple[str, str]]
        self._no_proxy: Sequence[str] = ()
        if proxy is not None:
            self._named = dict.fromkeys(("http", "https"), ("proxy", proxy))
            return
        # On Windows, names are upper case in what is copied, whatever case they are asked for in.
        variables = dict(environ)
        self._named = {scheme: variable_for(scheme, variables) for scheme in ("http", "https")}
        self._no_proxy = first_of(("no_proxy", "NO_PROXY"), variables)[1].replace(",", " ").split()

    def to(self, url: str) -> Proxy | None:
        """Return the proxy that leads to a URL; None where there is none.

        Raises ValueError for what is no proxy's URL, naming the variable that holds it.
        """
        scheme, host, port = origin(url)
        source, text = self._named[scheme]
        if not text.strip() or is_exempt(self._no_proxy, host, port):
            return None
        return proxy_of(text, source)


def variable_for(scheme: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that names the proxy for URLs of a scheme, and what it holds."""
    names = [f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"]
    if "REQUEST_METHOD" in variables:
        names = [name for name in names if name != "HTTP_PROXY"]
    return first_of(names, variables)


def first_of(names: Sequence[str], variables: Mapping[str, str]) -> tuple[str, str]:
    """Return the first of these variables that is not empty, and what it holds."""
    for name in names:
        if variables.get(name, "").strip():
            return name, variables[name]
    return "", ""


def proxy_of(text: str, source: str = "proxy") -> Proxy:
    """Return the proxy of a URL, its credentials taken apart; without a scheme it is http.

    Raises ValueError, naming the source and showing no credentials.
    """
    text = text.strip()
    url, user, password = split_userinfo(text if "://" in text else f"http://{text}")
    # What follows the last @ is no credential, however wrongly those are written.
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

    They name it by itself or by a domain it is in (``example.org``, ``.example.org`` and
    ``*.example.org`` are the same), as an address or a network of addresses (``10.0.0.0/8``,
    ``fd00::/8``), or as ``*``, which is every host; each may end in a port. Names are not
    resolved, and the loopback interface is named like any other. What cannot be read names none.
    """
    host = host.rstrip(".")
    return any(names(entry.lower(), host, port) for entry in entries)


def names(entry: str, host: str, port: int | None) -> bool:
    """Return whether one entry of NO_PROXY names a host."""
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
    """Return the name in an entry of NO_PROXY, and the port where there is one."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    name, colon, port = entry.partition(":")
    return (name, port) if colon and ":" not in port else (entry, "")
