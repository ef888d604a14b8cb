"""Credentials: what goes into the headers, and when it is renewed.

``auth=`` takes any of these, an object with a method ``headers(request)``, or a function that
returns headers. They go to the origin of ``api_url`` and nowhere else.

An object may have a method ``renew(request, headers)``: it is called with the headers it gave when
the server answers 401, and returns whether it has others now, with which the request is tried
once more. It is called by many threads at a time.

Nothing here shows a secret in its ``repr``. A pickle holds the secrets that were given, and none
that was obtained with them: a token from a server, a file or a command is obtained anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any

    from .oauth2 import OAuth2ClientCredentials, OAuth2DeviceCode, OAuth2Password
    from .tokens import CommandToken, EnvironmentToken, FileToken

__all__ = [
    "ApiKeyAuth",
    "BasicAuth",
    "BearerAuth",
    "CommandToken",
    "EnvironmentToken",
    "FileToken",
    "NetrcAuth",
    "OAuth2ClientCredentials",
    "OAuth2DeviceCode",
    "OAuth2Password",
    "header_text",
]

#: The modules of what few use and all would wait for: imported when first asked for.
ELSEWHERE = {
    "CommandToken": "tokens",
    "EnvironmentToken": "tokens",
    "FileToken": "tokens",
    "OAuth2ClientCredentials": "oauth2",
    "OAuth2DeviceCode": "oauth2",
    "OAuth2Password": "oauth2",
}

Headers = Mapping[str, str]


class BasicAuth:
    """User name and password in every request (RFC 7617)."""

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise ValueError("a user name for Basic authentication cannot hold a colon")
        if not isinstance(password, str):
            raise TypeError(f"a password is a text, not {type(password).__name__}")
        self.username = username
        self._password = password

    def headers(self, _request: object) -> Headers:
        """Return the Authorization header."""
        from base64 import b64encode  # noqa: PLC0415 - only where this is used

        pair = f"{self.username}:{self._password}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}

    def __repr__(self) -> str:
        return f"BasicAuth({self.username!r}, '***')"


class BearerAuth:
    """A bearer token in every request (RFC 6750): a text, or a function that returns one.

    The function is called for each request. Where the server refuses its token, its method
    ``renew(token)`` is called if it has one, and the request is tried again if it then returns
    another token. EnvironmentToken, FileToken and CommandToken are such functions.
    """

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token if callable(token) else header_text(token, "a bearer token")

    def headers(self, _request: object) -> Headers:
        """Return the Authorization header, its token asked for anew where it is a function's."""
        token = self._token
        if callable(token):
            token = header_text(token(), "a bearer token")
        return {"Authorization": f"Bearer {token}"}

    def renew(self, request: object, used: Headers) -> bool:
        """Return whether there is another token than the one in these headers, which was refused.

        There never is where it was given as a text.
        """
        if not callable(self._token):
            return False
        renew = getattr(self._token, "renew", None)
        if renew is not None:
            renew(used.get("Authorization", "").removeprefix("Bearer "))
        return self.headers(request) != used

    def __repr__(self) -> str:
        return "BearerAuth('***')"


class ApiKeyAuth:
    """A key in a header of its own in every request."""

    def __init__(self, key: str, header: str = "X-API-Key") -> None:
        self._key = header_text(key, "a key")
        self.header = header

    def headers(self, _request: object) -> Headers:
        """Return the key's header."""
        return {self.header: self._key}

    def __repr__(self) -> str:
        return f"ApiKeyAuth('***', header={self.header!r})"


class NetrcAuth:
    """User name and password of the host of ``api_url``, from a netrc file.

    ``path`` is the file; left out, it is the one that the variable ``NETRC`` names, or else
    ``~/.netrc``. It is read once, when first needed. Its ``default`` is for no host in particular,
    and not used.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path
        #: What was found, by host.
        self._found: dict[str, BasicAuth] = {}

    def headers(self, request: Any) -> Headers:
        """Return the Authorization header.

        Raises ValueError where the file is no netrc file or has no entry for the host, and OSError
        where it cannot be read.
        """
        from .._http.urls import origin  # noqa: PLC0415 - urllib.parse is dear, and loaded by now

        host = origin(request.url)[1]
        if host not in self._found:
            self._found[host] = self._read(host)
        return self._found[host].headers(request)

    def _read(self, host: str) -> BasicAuth:
        import os  # noqa: PLC0415 - only where this is used
        from netrc import NetrcParseError, netrc  # noqa: PLC0415 - dear

        path = self.path or os.environ.get("NETRC") or None
        shown = "~/.netrc" if path is None else os.fspath(path)
        try:
            entries = netrc(path).hosts  # without a path, it checks who else may read the file
        except (NetrcParseError, UnicodeError) as error:
            reason = getattr(error, "msg", "")
            if not reason.startswith("~/.netrc "):  # it may quote a password
                line = getattr(error, "lineno", None)
                reason = f"{shown} is no netrc file" + (f" by line {line}" if line else "")
            raise ValueError(reason) from None
        if host not in entries:
            raise ValueError(f"{shown} has no entry for {host}")
        login, account, password = entries[host]
        return BasicAuth(login or account or "", password or "")

    def __repr__(self) -> str:
        return f"NetrcAuth({self.path!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return NetrcAuth, (self.path,)


def header_text(secret: str, what: str) -> str:
    """Return a secret without the white space around it, such as the last newline of a file.

    Raises TypeError for what is no text and ValueError for what no header can hold, without
    showing it: the HTTP library would.
    """
    if not isinstance(secret, str):
        raise TypeError(f"{what} is a text, not {type(secret).__name__}")
    secret = secret.strip()
    if not secret or not (secret.isascii() and secret.isprintable()):
        raise ValueError(f"{what} is empty or holds characters that a header cannot hold")
    return secret


# To a type checker, this would make every name a name of this module.
if not TYPE_CHECKING:  # pragma: no branch - a type checker runs nothing

    def __getattr__(name: str) -> object:
        """Return a class of ``ELSEWHERE``."""
        if name not in ELSEWHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - only where this is used

        value = globals()[name] = getattr(import_module(f".{ELSEWHERE[name]}", __package__), name)
        return value
