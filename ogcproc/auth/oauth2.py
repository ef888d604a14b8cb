"""Tokens by OAuth 2.0: client credentials, password and device code, with refresh tokens.

The three differ in how a token is granted. All else is ``Grant``'s: asking the token endpoint
(RFC 6749, 3.2), reading what it says, and keeping the token until shortly before it ends.

Tokens are asked for over the client's own pools, through its proxy and with its time limits, but
with none of its headers. Their endpoints are https, or on this machine.
"""

from __future__ import annotations

import math
import sys
import time
from abc import ABC, abstractmethod
from base64 import b64encode
from json import loads
from urllib.parse import quote_plus

from .._http.urls import origin, split_userinfo, without_secrets
from ..errors import DocumentError, TransportError, Unauthorized
from ..models import ApiError
from . import header_text
from .renewal import Kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .._http.request import Request

__all__ = ["OAuth2ClientCredentials", "OAuth2DeviceCode", "OAuth2Password"]

#: A token is renewed this long before its end, in seconds, but never more than a tenth of its time.
AHEAD = 30.0
#: The first status of redirects, none of which is followed.
REDIRECTS = 300
#: The statuses that say: try again later.
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
#: Form fields that are secrets: a server may repeat them in its error.
SECRET_FIELDS = ("client_secret", "password", "refresh_token", "device_code")
#: How long a server's word on an error may get, in characters.
LINE = 300

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
#: How long to wait between two questions whether the code was entered, in seconds, where the
#: server does not say (RFC 8628, 3.2), and how much longer each time it asks for that (3.5).
INTERVAL = 5.0
#: The longest interval that is chosen here, for an endpoint that does not answer, in seconds.
MAX_INTERVAL = 60.0
#: The longest time to wait for somebody to enter a code, in seconds.
MAX_SIGN_IN = 1800.0


class Grant(ABC):
    """A bearer token that a token endpoint grants: what the kinds of grant have in common."""

    #: Whether a refresh token is used; with nobody's consent to keep, there is no need of one
    #: (RFC 6749, 4.4.3).
    refreshes = True

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str | None,
        scope: str | None,
        *,
        client_auth: str,
        parameters: Mapping[str, str] | None,
        clock: Callable[[], float],
    ) -> None:
        if client_auth not in {"basic", "post"}:
            raise ValueError(f"client_auth is 'basic' or 'post', not {client_auth!r}")
        self.token_url = confidential(token_url, "token_url")
        self.client_id = text(client_id, "client_id")
        self._client_secret = (
            None if client_secret is None else text(client_secret, "client_secret")
        )
        self.scope = scope
        self._posts_secret = client_auth == "post"
        self._parameters = dict(parameters or {})
        self._clock = clock
        self._refresh_token = ""
        self._kept = Kept(clock)

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the Authorization header, its token granted or renewed where it has to be.

        Raises Unauthorized where the token endpoint refuses, with its reason; TransportError where
        it does not answer; DocumentError where it answers with something else.
        """
        token = self._kept.get(lambda: self._obtain(request))
        return {"Authorization": f"Bearer {token}"}

    def renew(self, request: Request, used: Mapping[str, str]) -> bool:
        """Return whether there is another token than the one in these headers, which was refused.

        One is obtained, unless another thread did so. Raises as ``headers`` does.
        """
        refused = used.get("Authorization", "").removeprefix("Bearer ")
        return self._kept.instead_of(refused, lambda: self._obtain(request)) != refused

    def __getstate__(self) -> dict[str, Any]:
        """Return what was given, secrets too, and nothing of what was obtained with it."""
        return {**self.__dict__, "_refresh_token": "", "_kept": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._kept = Kept(self._clock)

    def _obtain(self, request: Request) -> tuple[str, float]:
        """Return a token and until when to use it, by the refresh token where there is one.

        Called by one thread at a time.
        """
        if self._refresh_token:
            fields = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            try:
                return self._token(request, fields)
            except Unauthorized:  # it has ended, or was withdrawn: from the beginning, then
                self._refresh_token = ""
        return self._granted(request)

    @abstractmethod
    def _granted(self, request: Request) -> tuple[str, float]:
        """Return the same from the beginning."""

    def _token(self, request: Request, fields: Mapping[str, str | None]) -> tuple[str, float]:
        """Return the token that is granted for these fields, and until when to use it."""
        asked = self._clock()
        said = self._ask(request, self.token_url, fields)
        kind = said.get("token_type") or "bearer"  # some servers leave it out
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise unreadable("expected a bearer token", "token_type", self.token_url)
        token = self._text(said, "access_token", self.token_url)
        if self.refreshes and said.get("refresh_token"):
            self._refresh_token = self._text(said, "refresh_token", self.token_url)
        return token, asked + usable_for(said.get("expires_in"))

    def _ask(
        self, request: Request, url: str, fields: Mapping[str, str | None]
    ) -> Mapping[str, Any]:
        """Return what an endpoint says to a form; raises the error it tells of (RFC 6749, 5.2)."""
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
                sent=False,  # what the token is for
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
        """Return a member that is a text fit for a header; raises DocumentError for none."""
        try:
            return header_text(said.get(member, ""), "it")
        except (TypeError, ValueError) as error:
            raise unreadable(str(error), member, url) from None


class OAuth2ClientCredentials(Grant):
    """A token for this program itself (RFC 6749, 4.4), renewed when it ends or is refused.

    ``scope`` is what is asked for, separated by spaces. ``client_auth`` is how the secret is sent:
    ``basic``, which every server takes, or ``post``, which some want. ``parameters`` are further
    fields of the request, such as ``audience`` or ``resource``. ``clock`` counts in seconds.

    Raises ValueError for a ``token_url`` that is neither https nor on this machine.
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
        super().__init__(
            token_url,
            client_id,
            client_secret,
            scope,
            client_auth=client_auth,
            parameters=parameters,
            clock=clock,
        )

    refreshes = False

    def _granted(self, request: Request) -> tuple[str, float]:
        fields = {"grant_type": "client_credentials", "scope": self.scope, **self._parameters}
        return self._token(request, fields)

    def __repr__(self) -> str:
        shown = without_secrets(self.token_url)
        return f"OAuth2ClientCredentials({shown!r}, {self.client_id!r}, '***')"


class OAuth2Password(Grant):
    """A token for a user's name and password (RFC 6749, 4.3), renewed as they allow.

    By the refresh token where the server gives one, and else by the password again. The other
    parameters are those of OAuth2ClientCredentials; ``client_secret`` is for a client that has one.
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
        self.username = text(username, "username")
        self._password = text(password, "password")
        super().__init__(
            token_url,
            client_id,
            client_secret,
            scope,
            client_auth=client_auth,
            parameters=parameters,
            clock=clock,
        )

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
    """Print a line for whoever sits at the terminal to standard error."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - it is what this is for


class OAuth2DeviceCode(Grant):
    """A token for who signs in by a browser, on any device (RFC 8628), renewed while possible.

    ``prompt`` is called with a message: where to sign in, and the code to enter. The request that
    needs the token waits for that, no longer than the code is good for, half an hour at most; other
    threads wait with it. Without a refresh token, the same comes again when the token ends. The
    other parameters are those of OAuth2ClientCredentials; ``sleep`` waits for seconds.
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
        self.device_authorization_url = confidential(
            device_authorization_url, "device_authorization_url"
        )
        self._prompt = prompt
        self._sleep = sleep
        super().__init__(
            token_url,
            client_id,
            client_secret,
            scope,
            client_auth=client_auth,
            parameters=parameters,
            clock=clock,
        )

    def _granted(self, request: Request) -> tuple[str, float]:
        url = self.device_authorization_url
        asked = self._clock()
        fields = {"client_id": self.client_id, "scope": self.scope, **self._parameters}
        said = self._ask(request, url, fields)
        question = {
            "grant_type": DEVICE_CODE,
            "device_code": self._text(said, "device_code", url),
            "client_id": self.client_id,
        }
        # Google says url, as drafts of the standard did.
        where = "verification_uri" if "verification_uri" in said else "verification_url"
        message = (
            f"To sign in, open {self._text(said, where, url)}"
            f" and enter the code {self._text(said, 'user_code', url)}"
        )
        if said.get("verification_uri_complete"):
            message += f", or open {self._text(said, 'verification_uri_complete', url)}"
        self._prompt(message)
        end = asked + min(seconds(said.get("expires_in")) or MAX_SIGN_IN, MAX_SIGN_IN)
        interval = seconds(said.get("interval")) or INTERVAL
        return self._awaited(request, question, interval, end)

    def _awaited(
        self, request: Request, fields: Mapping[str, str | None], interval: float, end: float
    ) -> tuple[str, float]:
        """Return the token, asking for it until somebody has signed in (RFC 8628, 3.5)."""
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
    """Return what was given as a text; raises TypeError for what is none, without showing it."""
    if not isinstance(value, str):
        raise TypeError(f"{what} is a text, not {type(value).__name__}")
    return value


def confidential(url: str, what: str) -> str:
    """Return a URL that secrets may be sent to: https, or http on this machine.

    Raises ValueError for any other, and for one that holds a user and password.
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
    from ipaddress import ip_address  # noqa: PLC0415 - only where a token endpoint is http

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def basic(client_id: str, client_secret: str) -> str:
    """Return the Authorization of a client (RFC 6749, 2.3.1: encoded as in a form, then joined)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    return f"Basic {b64encode(pair).decode('ascii')}"


def seconds(value: object) -> float:
    """Return a number of seconds that a server tells; 0 where it tells none."""
    try:
        number = float(value)  # type: ignore[arg-type] # whatever JSON holds
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if number > 0 else 0.0


def usable_for(expires_in: object) -> float:
    """Return how long to use a token, in seconds: until it is refused where nothing is told."""
    lifetime = seconds(expires_in) or math.inf
    return lifetime - min(AHEAD, lifetime / 10)


def document(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in a body; None where there is none."""
    try:
        said = loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def unreadable(message: str, path: str, url: str) -> DocumentError:
    """Return the error for an answer that holds no token, without the answer: it may hold one."""
    return DocumentError(message, path=path, url=without_secrets(url))


def refusal(url: str, status: int, said: Mapping[str, Any], secrets: Sequence[str]) -> Unauthorized:
    """Return the error that an endpoint tells of, without secrets that it may repeat."""
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
    """Return a server's word on one line of bearable length, each secret in it as ***."""
    if not isinstance(said, str):
        return ""
    for secret in secrets:
        said = said.replace(secret, "***")
    return "".join(letter if letter.isprintable() else " " for letter in said)[:LINE]
