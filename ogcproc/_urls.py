"""URLs: origins, joining, and keeping credentials out of them."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "base_of",
    "join",
    "last_segment",
    "origin",
    "query_of",
    "segment",
    "split_userinfo",
    "without_secrets",
]

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int | None]:
    """Return the scheme, host and port a URL leads to: what credentials are given for."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(scheme)


def join(base: str, reference: str) -> str:
    """Return the reference resolved against the URL it was found at, without its fragment."""
    return urljoin(base, reference.strip()).partition("#")[0]


def segment(name: str) -> str:
    """Return a name as one path segment, percent-encoded whatever it holds.

    Raises ValueError for names that no URL can carry: nothing, ``.`` and ``..``, which every
    client and proxy removes from paths (RFC 3986, 5.2.4).
    """
    if name in {"", ".", ".."}:
        raise ValueError(f"no URL can carry the id {name!r}")
    return quote(name, safe="")


def last_segment(url: str) -> str:
    """Return the last segment of a URL's path, decoded: the id in a job's ``Location``."""
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


def split_userinfo(url: str) -> tuple[str, str | None, str | None]:
    """Return the URL without ``user:password@``, the user name and the password."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None, None
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit(parts._replace(netloc=host))
    return bare, unquote(parts.username or ""), unquote(parts.password or "")


#: Query members that are secrets by their names: pre-signed URLs, tokens and keys.
SECRETS = ("token", "key", "signature", "secret", "password", "credential", "sig", "auth")


def without_secrets(url: str) -> str:
    """Return a URL fit to print: no user and password, no values of secret query members."""
    bare = split_userinfo(url)[0]
    head, mark, query = bare.partition("?")
    if not mark:
        return bare
    members = []
    for member in query.split("&"):
        name, equals, _ = member.partition("=")
        secret = equals and any(word in name.lower() for word in SECRETS)
        members.append(f"{name}=***" if secret else member)
    return f"{head}?{'&'.join(members)}"


def base_of(api_url: str) -> tuple[str, str | None, str | None]:
    """Return a server's base URL without a trailing slash, and the user and password in it.

    Raises ValueError for what no resource's path can be appended to.
    """
    if not isinstance(api_url, str):
        raise TypeError(f"api_url is a text, not {api_url!r}")
    url, user, password = split_userinfo(api_url.strip())
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"api_url starts with http:// or https:// and a host, not {url!r}")
    if parts.query or parts.fragment:
        raise ValueError(f"api_url holds a query or fragment, which no path can follow: {url!r}")
    return url.rstrip("/"), user, password


def query_of(parameters: Mapping[str, Any]) -> str:
    """Return a query with its ``?``: a list repeats its parameter, None leaves it out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"?{urlencode(given, doseq=True, safe=':/,')}" if given else ""
