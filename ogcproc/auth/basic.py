"""Credentials that are the same for every request: a password, a bearer token, a key."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping

__all__ = ["ApiKeyAuth", "BasicAuth", "BearerAuth", "header_text"]


class BasicAuth:
    """User name and password in every request (RFC 7617)."""

    def __init__(self, username: str, password: str) -> None:
        if ":" in username:
            raise ValueError("a user name for Basic authentication cannot hold a colon")
        if not isinstance(password, str):
            raise TypeError(f"a password is a text, not {type(password).__name__}")
        self.username = username
        self._password = password

    def headers(self, _request: object) -> Mapping[str, str]:
        """Return the Authorization header."""
        pair = f"{self.username}:{self._password}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode('ascii')}"}

    def __repr__(self) -> str:
        return f"BasicAuth({self.username!r}, '***')"


class BearerAuth:
    """A bearer token in every request (RFC 6750): a text, or a function that returns one.

    The function is called for each request. If the server refuses its token and the function has a
    method ``renew(token)``, that is called. If the function then returns another token, the request
    is sent once more. EnvironmentToken, FileToken and CommandToken are such functions.
    """

    def __init__(self, token: str | Callable[[], str]) -> None:
        self._token = token if callable(token) else header_text(token, "a bearer token")

    def headers(self, _request: object) -> Mapping[str, str]:
        """Return the Authorization header; a function is called for its token."""
        token = self._token
        if callable(token):
            token = header_text(token(), "a bearer token")
        return {"Authorization": f"Bearer {token}"}

    def renew(self, request: object, used: Mapping[str, str]) -> bool:
        """Return whether there is another token than the refused one in these header fields.

        A token that was given as a text is never replaced.
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
    """A key in a header field of its own in every request."""

    def __init__(self, key: str, header: str = "X-API-Key") -> None:
        self._key = header_text(key, "a key")
        self.header = header

    def headers(self, _request: object) -> Mapping[str, str]:
        """Return the key's header field."""
        return {self.header: self._key}

    def __repr__(self) -> str:
        return f"ApiKeyAuth('***', header={self.header!r})"


def header_text(secret: str, what: str) -> str:
    """Return a secret without the white space around it, such as the last newline of a file.

    Raises TypeError if it is no text, and ValueError if no header field can hold it. These errors
    do not show the secret; those of the HTTP library would.
    """
    if not isinstance(secret, str):
        raise TypeError(f"{what} is a text, not {type(secret).__name__}")
    secret = secret.strip()
    if not secret or not (secret.isascii() and secret.isprintable()):
        raise ValueError(f"{what} is empty or holds characters that a header cannot hold")
    return secret
