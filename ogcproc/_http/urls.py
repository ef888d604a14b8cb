"""URLs: how they are made, told apart, resolved, and shown without their secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlencode, urljoin, urlsplit, urlunsplit

from ..errors import UnsafeRedirect

__all__ = [
    "Origin",
    "Site",
    "base_of",
    "is_same_server",
    "join",
    "last_segment",
    "origin",
    "parameters_of",
    "path_of",
    "query_of",
    "segment",
    "split_userinfo",
    "unsafe",
    "with_defaults",
    "with_query",
    "without_secrets",
]

#: Scheme, host and port.
Origin = tuple[str, str, int | None]

DEFAULT_PORTS = {"http": 80, "https": 443}
#: By a pattern, not by urlsplit: secrets are also removed from texts that are no valid URL.
USERINFO = r"([^/?#]*//)([^/?#]*)@"
#: Parts of the names of query members that are secrets: pre-signed URLs, tokens and keys.
SECRETS = "token|key|secret|password|credential|sig|auth"
#: Matches ids that need no quoting, which is slow. Most ids need none.
PLAIN = re.compile(r"[A-Za-z0-9_~-]+").fullmatch


def origin(url: str) -> Origin:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    return scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(scheme)


def join(base: str, reference: str) -> str:
    """Return a reference resolved against its base, without its fragment; raises ValueError."""
    parts = urlsplit(urljoin(base, reference.strip()))
    parts.port  # noqa: B018 - raises ValueError for an invalid port
    path = "/" if parts.netloc and not parts.path else parts.path
    return urlunsplit(parts._replace(path=path, fragment=""))


def is_same_server(url: str, target: str) -> bool:
    """Return whether a URL has the origin of another one, or is https on the same host.

    The change from http to https counts on the default ports alone.
    """
    was, now = origin(url), origin(target)
    ports = DEFAULT_PORTS
    return was == now or (was, now) == (
        ("http", now[1], ports["http"]),
        ("https", was[1], ports["https"]),
    )


def path_of(url: str) -> str:
    start = url.find("/", url.find("//") + 2)
    return "/" if start < 0 else url[start:]


def segment(name: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"an id is a text, not {name!r}")
    if PLAIN(name):
        return name
    # Every client and proxy removes dot segments from paths (RFC 3986, 5.2.4).
    if name in {"", ".", ".."} or re.search("[\ud800-\udfff]", name):
        raise ValueError(f"no URL can carry the id {name!r}")
    return quote(name, safe="")


def last_segment(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


def query_of(parameters: Mapping[str, Any]) -> str:
    """Return a query with its ``?``: a list repeats its parameter, None leaves it out."""
    given = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in parameters.items()
        if value is not None
    }
    query = urlencode(given, doseq=True, safe=":/,", quote_via=quote)
    return f"?{query}" if query else ""


def parameters_of(params: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the query parameters that a caller gave; raises TypeError."""
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(f"params must be a dict, not {type(params).__name__}")
    return params


def with_query(url: str, parameters: Mapping[str, Any]) -> str:
    """Return a URL with these query parameters, which replace those of the same names."""
    if not parameters:
        return url
    path, _, asked = url.partition("?")
    kept = [member for member in asked.split("&") if member and name_of(member) not in parameters]
    added = query_of(parameters)[1:]
    query = "&".join([*kept, added] if added else kept)
    return f"{path}?{query}" if query else path


def with_defaults(url: str, parameters: Mapping[str, Any]) -> str:
    """Return a URL with those of these query parameters whose names it does not have."""
    asked = set(map(name_of, url.partition("?")[2].split("&")))
    return with_query(url, {name: value for name, value in parameters.items() if name not in asked})


def name_of(member: str) -> str:
    return unquote_plus(member.partition("=")[0])


def split_userinfo(url: str) -> tuple[str, str | None, str | None]:
    found = re.match(USERINFO, url) if "@" in url else None
    if found is None:
        return url, None, None
    before, userinfo = found.groups()
    user, _, password = userinfo.partition(":")
    return before + url[found.end() :], unquote(user), unquote(password)


def without_secrets(url: str) -> str:
    """Return a URL that is safe to print: no userinfo, no fragment, secrets as ``***``."""
    head, mark, query = split_userinfo(url)[0].partition("#")[0].partition("?")
    members = []
    for member in query.split("&"):
        name, equals, _ = member.partition("=")
        is_secret = equals and re.search(SECRETS, name, re.IGNORECASE)
        members.append(f"{name}=***" if is_secret else member)
    return head + mark + "&".join(members)


def base_of(api_url: str, name: str = "api_url") -> tuple[str, str | None, str | None]:
    """Return a server's base URL without a slash at its end, and the user and password in it.

    Raises TypeError and ValueError, which name the parameter, without showing a password.
    """
    if not isinstance(api_url, str):
        raise TypeError(f"{name} must be str, not {type(api_url).__name__}")
    url, user, password = split_userinfo(api_url.strip())
    shown = without_secrets(url.rpartition("@")[2])
    try:
        scheme, host, port = origin(url)
    except ValueError:
        raise ValueError(f"{name} holds no valid host and port: {shown!r}") from None
    if re.search(r"[\x00-\x20\x7f]", url):
        raise ValueError(f"{name} holds a space or a control character: {shown!r}")
    if scheme not in DEFAULT_PORTS or not host or not port:
        raise ValueError(f"{name} starts with http:// or https:// and a host, not {shown!r}")
    if "?" in url or "#" in url:
        raise ValueError(f"{name} holds a query or fragment, which no path can follow: {shown!r}")
    return url.rstrip("/"), user, password


def unsafe(message: str, url: str, location: str, advice: str = "") -> UnsafeRedirect:
    url, location = without_secrets(url), without_secrets(location)
    message = message.format(url=url, location=location or "nowhere") + advice
    return UnsafeRedirect(message, url=url, location=location)


def safe_target(url: str, location: str) -> str:
    """Return the URL that a redirect or link leads to; raises UnsafeRedirect if it leaves https."""
    try:
        target = join(url, location)
        scheme = origin(target)[0]
    except ValueError:
        target, scheme = location, ""
    if scheme not in DEFAULT_PORTS or (scheme == "http" and origin(url)[0] == "https"):
        raise unsafe("{url} leads to {location}, which is not followed", url, target)
    return target


class Site:
    """The URLs under one base URL, which holds no userinfo and does not end in a slash.

    A server behind a proxy may call itself by a name that only it knows. Then the path of its URLs
    counts, on our origin. ``params`` are query parameters of all URLs under the base URL.
    """

    def __init__(self, base_url: str, params: Mapping[str, Any] | None = None) -> None:
        self.base_url = base_url
        self._params = dict(parameters_of(params))
        self._origin = origin(base_url)
        self._below = f"{base_url}/"
        self._path_at = len(self._below) - len(path_of(self._below))

    def url(
        self,
        root: str,
        *segments: str,
        home: str = "",
        params: Mapping[str, Any] | None = None,
        **query: Any,
    ) -> str:
        """Return the URL of a resource; ``home`` replaces the base URL and ``root``.

        ``params`` are the caller's query parameters, and ``query`` are the standard's.
        """
        url = "/".join((home or self._below + root, *map(segment, segments)))
        if params or query:
            url += query_of({**query, **parameters_of(params)})
        return self.with_params(url)

    def below(
        self, url: str, *segments: str, params: Mapping[str, Any] | None = None, **query: Any
    ) -> str:
        """Return the URL of a resource below one of our own URLs; raises ValueError for others.

        The request would take our credentials there. The parameters are those of ``url``.
        """
        if not self.owns(url):
            raise ValueError(f"{without_secrets(url)} is not under {self.base_url}")
        path, mark, asked = url.partition("?")
        url = "/".join((path.rstrip("/"), *map(segment, segments))) + mark + asked
        return self.with_params(with_query(url, {**query, **parameters_of(params)}))

    def with_params(self, url: str) -> str:
        """Return a URL with the parameters of all requests, if it is under the base URL."""
        if self._params and self.owns(url.partition("?")[0]):
            return with_defaults(url, self._params)
        return url

    def owns(self, url: str) -> bool:
        return f"{url}/".startswith(self._below)

    def own(self, url: str) -> str | None:
        """Return a URL as one below our base URL; None if it has no such path."""
        try:
            url = join(self._below, url)
            path = path_of(url)
            if origin(url)[0] not in DEFAULT_PORTS:
                return None
            if origin(url) != self._origin:
                url = self.base_url + path.removeprefix(path_of(self.base_url).rstrip("/"))
        except ValueError:
            return None
        return url if self.owns(url.partition("?")[0]) and path_of(url) == path else None

    def at(self, path_or_url: str) -> str:
        """Return the URL of a path under the base URL, or a URL that may be fetched.

        Raises TypeError, and UnsafeRedirect for a URL that is not http, or leaves https.
        """
        if not isinstance(path_or_url, str):
            raise TypeError(f"path_or_url must be str, not {type(path_or_url).__name__}")
        if re.match("[A-Za-z][A-Za-z0-9+.-]*://", path_or_url):
            return self.fetchable(path_or_url)
        return self._below + path_or_url.partition("#")[0].lstrip("/")

    def fetchable(self, href: str) -> str:
        return safe_target(self._below, href)

    def redirect_target(self, url: str, location: str) -> str:
        """Return the URL that a redirect leads to; raises UnsafeRedirect.

        The path counts if the redirect names our host without TLS, or adds or removes a slash.
        """
        if origin(url) == self._origin:
            own_scheme, own_host, own_port = self._origin
            try:
                target = join(url, location)
                scheme, host, port = origin(target)
            except ValueError:
                return safe_target(url, location)
            path, was = path_of(target), path_of(url)
            by_slash = path.rstrip("/") == was.rstrip("/") and scheme in DEFAULT_PORTS
            unsecured = (scheme, host, own_scheme) == ("http", own_host, "https")
            if path != was and (by_slash or (unsecured and port in {80, own_port})):
                return join(url, path)
        return safe_target(url, location)

    def moved_base(self, url: str, target: str) -> str:
        """Return the base URL that turns one of our URLs into a target; an empty text without."""
        target = target.partition("?")[0].rstrip("/")
        path = url.partition("?")[0].removeprefix(self.base_url).rstrip("/")
        base = target.removesuffix(path)
        is_lower = self.base_url.startswith("https:") and not base.startswith("https:")
        return "" if is_lower or base in {target, self.base_url} else base

    def shares_origin(self, url: str) -> bool:
        """Return whether a URL leads to our origin, which alone gets the credentials."""
        return url.startswith(self._below) or origin(url) == self._origin

    def shares_host(self, url: str) -> bool:
        """Return whether a URL leads to our origin, or to the same host without TLS."""
        own_scheme, own_host, own_port = self._origin
        scheme, host, port = origin(url)
        unsecured = (scheme, host, own_scheme) == ("http", own_host, "https")
        return self.shares_origin(url) or (unsecured and port in {80, own_port})

    def target(self, url: str) -> str:
        return url[self._path_at :] if url.startswith(self._below) else path_of(url)
