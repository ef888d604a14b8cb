"""Credentials: what goes into the headers, and when it is renewed.

``auth=`` takes any of these, an object with a method ``headers(request)``, or a function that
returns headers. They go to the origin of ``api_url`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["ApiKeyAuth", "BasicAuth", "BearerAuth"]

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
    """A bearer token in every request (RFC 6750): a text, or a function that returns one."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token if callable(token) else header_text(token, "a bearer token")

    def headers(self, _request: object) -> Headers:
        """Return the Authorization header, its token asked for anew where it is a function's."""
        token = self._token
        if callable(token):
            token = header_text(token(), "a bearer token")
        return {"Authorization": f"Bearer {token}"}

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
