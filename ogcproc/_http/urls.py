"""URLs: origins, joining, and keeping credentials out of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

__all__ = [
    "base_of",
    "join",
    "last_segment",
    "origin",
    "path_of",
    "query_of",
    "segment",
    "split_userinfo",
    "without_secrets",
]

DEFAULT_PORTS = {"http": 80, "https": 443}
#: What no URL holds as it is.
NOT_IN_URLS = r"[\x00-\x20\x7f]"


def origin(url: str) -> tuple[str, str, int | None]:
    """Return the scheme, host and port a URL leads to: what credentials are given for."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(scheme)


def join(base: str, reference: str) -> str:
    """Return the reference resolved against the URL it was found at, without its fragment.

    Raises ValueError for what is no URL.
    """
    parts = urlsplit(urljoin(base, reference.strip()))
    parts.port  # noqa: B018 - raises ValueError where it is none
    path = "/" if parts.netloc and not parts.path else parts.path
    return urlunsplit(parts._replace(path=path, fragment=""))


def path_of(url: str) -> str:
    """Return what of a URL goes into the request line: path and query."""
    start = url.find("/", url.find("//") + 2)
    return "/" if start < 0 else url[start:]


def segment(name: str) -> str:
    """Return a name as one path segment, percent-encoded whatever it holds.

    Raises ValueError for names that no URL can carry: nothing, ``.`` and ``..``, which every
    client and proxy removes from paths (RFC 3986, 5.2.4), and lone surrogates; TypeError for what
    is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"an id is a text, not {name!r}")
    if PLAIN(name):
        return name
    if name in {"", ".", ".."} or re.search("[\ud800-\udfff]", name):
        raise ValueError(f"no URL can carry the id {name!r}")
    return quote(name, safe="")


#: Tells names that stay as they are: most do, and quoting is dear.
PLAIN = re.compile(r"[A-Za-z0-9_~-]+").fullmatch


def last_segment(url: str) -> str:
    """Return the last segment of a URL's path, decoded: the id in a job's ``Location``.

    Empty where there is no path, or no URL.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


def split_userinfo(url: str) -> tuple[str, str | None, str | None]:
    """Return the URL without ``user:password@``, the user name and the password."""
    found = re.match(USERINFO, url) if "@" in url else None
    if found is None:
        return url, None, None
    before, userinfo = found.groups()
    user, _, password = userinfo.partition(":")
    return before + url[found.end() :], unquote(user), unquote(password)


#: By a pattern, not by urlsplit: what is fit to print must be had of what is no URL, too.
USERINFO = r"([^/?#]*//)([^/?#]*)@"

#: Query members that are secrets by their names: pre-signed URLs, tokens and keys.
SECRETS = ("token", "key", "signature", "secret", "password", "credential", "sig", "auth")


def without_secrets(url: str) -> str:
    """Return a URL fit to print: no user and password, fragment or values of secret members."""
    bare = split_userinfo(url)[0].partition("#")[0]
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

    Raises ValueError for what no resource's path can be appended to, without showing what may be
    a password.
    """
    if not isinstance(api_url, str):
        raise TypeError(f"api_url is a text, not {api_url!r}")
    url, user, password = split_userinfo(api_url.strip())
    shown = without_secrets(url.rpartition("@")[2])
    try:
        scheme, host, port = origin(url)
    except ValueError:
        raise ValueError(f"api_url holds no valid host and port: {shown!r}") from None
    if re.search(NOT_IN_URLS, url):
        raise ValueError(f"api_url holds a space or a control character: {shown!r}")
    if scheme not in DEFAULT_PORTS or not host or not port:
        raise ValueError(f"api_url starts with http:// or https:// and a host, not {shown!r}")
    if "?" in url or "#" in url:
        raise ValueError(f"api_url holds a query or fragment, which no path can follow: {shown!r}")
    return url.rstrip("/"), user, password


def query_of(parameters: Mapping[str, Any]) -> str:
    """Return a query with its ``?``: a list repeats its parameter, None leaves it out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    query = urlencode(given, doseq=True, safe=":/,", quote_via=quote)
    return f"?{query}" if query else ""
