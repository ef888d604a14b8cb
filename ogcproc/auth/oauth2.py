"""Tokens by OAuth 2.0: client credentials, password and device code, with refresh tokens.

The three differ in how a token is granted. ``Grant`` does the rest: it asks the token endpoint
(RFC 6749, 3.2), reads the answer, and caches the token until shortly before it expires.

Token requests use the client's pools, proxy and timeout, and none of its header fields. Token
endpoints must be https, or on this machine.
"""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from json import loads
from math import inf
from typing import Any
from urllib.parse import quote_plus

from .._http.request import Request
from .._http.urls import origin, split_userinfo, without_secrets
from ..errors import DocumentError, TransportError, Unauthorized
from ..models import ApiError
from .basic import header_text
from .renewal import CachedToken

__all__ = ["OAuth2ClientCredentials", "OAuth2DeviceCode", "OAuth2Password"]

#: A token is renewed this long before it expires, in seconds, or a tenth of its lifetime before.
AHEAD = 30.0
#: The first status of redirects; none is followed.
REDIRECTS = 300
#: The status of too many requests, and the first of a server in trouble: try again later.
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
#: Form fields that are secrets. They are redacted, because a server may repeat them in its error.
SECRET_FIELDS = ("client_secret", "password", "refresh_token", "device_code")
#: The longest part of a server's error that is shown, in characters.
MAX_SHOWN = 300

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
#: The pause between two polls for a token, in seconds, if the server names none (RFC 8628, 3.2).
#: It grows by as much each time the server asks to slow down (3.5).
INTERVAL = 5.0
#: The longest pause, in seconds, if the endpoint does not answer.
MAX_INTERVAL = 60.0
#: How long to wait for the user to sign in, in seconds, at most.
MAX_SIGN_IN = 1800.0


class Grant(ABC):
    """A bearer token from a token endpoint: the base of all kinds of grant."""

    #: Whether a refresh token is used; without a user, none is needed (RFC 6749, 4.4.3).
    refreshes = True

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str | None,
        scope: str | None,
        client_auth: str,
        parameters: Mapping[str, str] | None,
        clock: Callable[[], float],
    ) -> None:
        if client_auth not in {"basic", "post"}:
            raise ValueError(f"client_auth is 'basic' or 'post', not {client_auth!r}")
        self.token_url: str = confidential(token_url, "token_url")
        self.client_id: str = text(client_id, "client_id")
        self._client_secret = (
            None if client_secret is None else text(client_secret, "client_secret")
        )
        self.scope = scope
        self._posts_secret = client_auth == "post"
        self._parameters = dict(parameters or {})
        self._clock = clock
        self._refresh_token = ""
        self._cached = CachedToken(clock)

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the Authorization header, with a new token if the last one has expired.

        Raises Unauthorized with the reason if the token endpoint refuses, TransportError if it does
        not answer, and DocumentError if its answer holds no token.
        """
        token = self._cached.get(lambda: self._obtain(request))
        return {"Authorization": f"Bearer {token}"}

    def renew(self, request: Request, used: Mapping[str, str]) -> bool:
        """Return whether there is another token than the refused one in these header fields.

        It is fetched, unless another thread has done so. Raises the errors of ``headers``.
        """
        refused = used.get("Authorization", "").removeprefix("Bearer ")
        return self._cached.instead_of(refused, lambda: self._obtain(request)) != refused

    def __getstate__(self) -> dict[str, Any]:
        """Return what was given, secrets too, and no token of the server's."""
        return {**self.__dict__, "_refresh_token": "", "_cached": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._cached = CachedToken(self._clock)

    def _obtain(self, request: Request) -> tuple[str, float]:
        """Return a token and until when to use it; use the refresh token if there is one.

        One thread at a time calls it.
        """
        if self._refresh_token:
            fields = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            try:
                return self._token(request, fields)
            except Unauthorized:  # the refresh token has expired or was revoked
                self._refresh_token = ""
        return self._granted(request)

    @abstractmethod
    def _granted(self, request: Request) -> tuple[str, float]:
        """Return a token and until when to use it, by the grant itself."""

    def _token(self, request: Request, fields: Mapping[str, str | None]) -> tuple[str, float]:
        """Return the token for these form fields, and until when to use it."""
        began = self._clock()
        said = self._post(request, self.token_url, fields)
        kind = said.get("token_type") or "bearer"  # some servers leave it out
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise unreadable("expected a bearer token", "token_type", self.token_url)
        token = self._text(said, "access_token", self.token_url)
        if self.refreshes and said.get("refresh_token"):
            self._refresh_token = self._text(said, "refresh_token", self.token_url)
        return token, began + usable_for(said.get("expires_in"))

    def _post(
        self, request: Request, url: str, fields: Mapping[str, str | None]
    ) -> Mapping[str, Any]:
        """Return an endpoint's answer to a form; raises the error in it (RFC 6749, 5.2)."""
        given = {name: value for name, value in fields.items() if value}
        headers = {}
        if self._client_secret is None:
            given["client_id"] = self.client_id
        elif self._posts_secret:
            given |= {"client_id": self.client_id, "client_secret": self._client_secret}
        else:
            headers["Authorization"] = basic(self.client_id, self._client_secret)
        status, body = request.post_form(url, given, headers)
        if status == TOO_MANY_REQUESTS or status >= SERVER_ERRORS:
            raise TransportError(
                f"no token from {without_secrets(url)}: it is not available now ({status})",
                method="POST",
                url=without_secrets(url),
                sent=False,  # the request that needs the token
            )
        said = document(body)
        if status < REDIRECTS:
            if said is None:
                raise unreadable("expected a JSON object", "", url)
            if "error" not in said:
                return said
        hidden = [self._client_secret, *map(given.get, SECRET_FIELDS)]
        raise refusal(url, status, said or {}, [secret for secret in hidden if secret])

    @staticmethod
    def _text(said: Mapping[str, Any], member: str, url: str) -> str:
        """Return a text that a header field can hold; raises DocumentError."""
        try:
            return header_text(said.get(member, ""), "it")
        except (TypeError, ValueError) as error:
            raise unreadable(str(error), member, url) from None


class OAuth2ClientCredentials(Grant):
    """A token for this program itself (RFC 6749, 4.4), renewed when it expires or is refused.

    ``scope`` is a list of scopes, separated by spaces. ``client_auth`` is how the secret is sent:
    ``basic``, which every server takes, or ``post``, which some want. ``parameters`` are further
    fields of the request, such as ``audience`` or ``resource``. ``clock`` counts in seconds.

    Raises ValueError if ``token_url`` is neither https nor on this machine.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        *,
        client_auth: str = "basic",
        parameters: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        text(client_secret, "client_secret")
        super().__init__(token_url, client_id, client_secret, scope, client_auth, parameters, clock)

    refreshes = False

    def _granted(self, request: Request) -> tuple[str, float]:
        fields = {"grant_type": "client_credentials", "scope": self.scope, **self._parameters}
        return self._token(request, fields)

    def __repr__(self) -> str:
        shown = without_secrets(self.token_url)
        return f"OAuth2ClientCredentials({shown!r}, {self.client_id!r}, '***')"


class OAuth2Password(Grant):
    """A token for a user's name and password (RFC 6749, 4.3).

    It is renewed by the refresh token if the server gives one, else by the password. The other
    parameters are those of OAuth2ClientCredentials. ``client_secret`` is for a client that has one.
    """

    def __init__(
        self,
        token_url: str,
        username: str,
        password: str,
        client_id: str,
        client_secret: str | None = None,
        scope: str | None = None,
        *,
        client_auth: str = "basic",
        parameters: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.username: str = text(username, "username")
        self._password = text(password, "password")
        super().__init__(token_url, client_id, client_secret, scope, client_auth, parameters, clock)

    def _granted(self, request: Request) -> tuple[str, float]:
        fields = {
            "grant_type": "password",
            "username": self.username,
            "password": self._password,
            "scope": self.scope,
            **self._parameters,
        }
        return self._token(request, fields)

    def __repr__(self) -> str:
        shown = without_secrets(self.token_url)
        return f"OAuth2Password({shown!r}, {self.username!r}, '***', {self.client_id!r})"


def tell(message: str) -> None:
    """Print a line for the user to standard error."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - the user must read it


class OAuth2DeviceCode(Grant):
    """A token for a user who signs in by a browser, on any device (RFC 8628).

    ``prompt`` is called with a message: where to sign in, and the code to enter. The request that
    needs the token waits until the user has signed in, until the code expires, or for half an hour.
    Other threads wait with it. The token is renewed by the refresh token; without one, the user
    signs in again. The other parameters are those of OAuth2ClientCredentials; ``sleep`` waits for
    seconds.
    """

    def __init__(
        self,
        device_authorization_url: str,
        token_url: str,
        client_id: str,
        scope: str | None = None,
        *,
        client_secret: str | None = None,
        prompt: Callable[[str], object] = tell,
        client_auth: str = "basic",
        parameters: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.device_authorization_url: str = confidential(
            device_authorization_url, "device_authorization_url"
        )
        self._prompt = prompt
        self._sleep = sleep
        super().__init__(token_url, client_id, client_secret, scope, client_auth, parameters, clock)

    def _granted(self, request: Request) -> tuple[str, float]:
        url = self.device_authorization_url
        began = self._clock()
        fields = {"client_id": self.client_id, "scope": self.scope, **self._parameters}
        said = self._post(request, url, fields)
        poll = {
            "grant_type": DEVICE_CODE,
            "device_code": self._text(said, "device_code", url),
            "client_id": self.client_id,
        }
        # Google uses the name of the standard's drafts.
        where = "verification_uri" if "verification_uri" in said else "verification_url"
        message = (
            f"To sign in, open {self._text(said, where, url)}"
            f" and enter the code {self._text(said, 'user_code', url)}"
        )
        if said.get("verification_uri_complete"):
            message += f", or open {self._text(said, 'verification_uri_complete', url)}"
        self._prompt(message)
        end = began + min(seconds(said.get("expires_in")) or MAX_SIGN_IN, MAX_SIGN_IN)
        interval = seconds(said.get("interval")) or INTERVAL
        return self._poll(request, poll, interval, end)

    def _poll(
        self, request: Request, fields: Mapping[str, str | None], interval: float, end: float
    ) -> tuple[str, float]:
        """Return the token when the user has signed in (RFC 8628, 3.5)."""
        while self._clock() + interval < end:
            self._sleep(interval)
            try:
                return self._token(request, fields)
            except TransportError:
                if request.is_closed:
                    raise
                interval = max(interval, min(2 * interval, MAX_INTERVAL))
            except Unauthorized as error:
                code = error.problem.title if error.problem else ""
                if code == "slow_down":
                    interval += INTERVAL
                elif code != "authorization_pending":
                    raise
        raise Unauthorized(
            f"no token from {without_secrets(self.token_url)}: nobody signed in in time",
            method="POST",
            url=without_secrets(self.token_url),
        )

    def __repr__(self) -> str:
        urls = map(without_secrets, (self.device_authorization_url, self.token_url))
        return f"OAuth2DeviceCode({', '.join(map(repr, urls))}, {self.client_id!r})"


def text(value: str, what: str) -> str:
    """Return a value that must be a text; the TypeError does not show it, as it may be a secret."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is a text, not {type(value).__name__}")
    return value


def confidential(url: str, what: str) -> str:
    """Return a URL if secrets may be sent to it: https, or http on this machine.

    Raises ValueError for any other URL, and for one that holds a user and password.
    """
    bare, user, _ = split_userinfo(text(url, what).strip())
    if user is not None:
        raise ValueError(f"{what} holds a user or password: give client_id and client_secret")
    try:
        scheme, host, _ = origin(bare)
    except ValueError:
        scheme = host = ""
    if host and (scheme == "https" or (scheme == "http" and is_this_machine(host))):
        return bare
    raise ValueError(f"{what} is https, or http on this machine, not {without_secrets(bare)!r}")


def is_this_machine(host: str) -> bool:
    """Return whether a host is the loopback interface."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def basic(client_id: str, client_secret: str) -> str:
    """Return a client's Authorization; both parts are form-encoded first (RFC 6749, 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    return f"Basic {b64encode(pair).decode('ascii')}"


def seconds(value: object) -> float:
    """Return a server's number of seconds; 0 if it is none."""
    try:
        number = float(value)  # type: ignore[arg-type] # whatever JSON holds
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if number > 0 else 0.0


def usable_for(expires_in: object) -> float:
    """Return how long to use a token, in seconds; without a lifetime, until it is refused."""
    lifetime = seconds(expires_in) or inf
    return lifetime - min(AHEAD, lifetime / 10)


def document(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a body, or None."""
    try:
        said = loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def unreadable(message: str, path: str, url: str) -> DocumentError:
    """Return the error for an unexpected answer; it leaves out the body, which may hold a token."""
    return DocumentError(message, path=path, url=without_secrets(url))


def refusal(url: str, status: int, said: Mapping[str, Any], secrets: Sequence[str]) -> Unauthorized:
    """Return the error that an endpoint describes, with the secrets in it redacted."""
    code = printable(said.get("error"), secrets)
    description = printable(said.get("error_description"), secrets)
    shown = without_secrets(url)
    return Unauthorized(
        f"no token from {shown}: {': '.join(filter(None, (code, description))) or status}",
        status=status,
        method="POST",
        url=shown,
        problem=ApiError(title=code or None, status=status, detail=description or None),
    )


def printable(said: object, secrets: Sequence[str]) -> str:
    """Return a server's text on one short line, with each secret in it as ***."""
    if not isinstance(said, str):
        return ""
    for secret in secrets:
        said = said.replace(secret, "***")
    return "".join(letter if letter.isprintable() else " " for letter in said)[:MAX_SHOWN]
