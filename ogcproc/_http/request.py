"""A request, the call that it belongs to, and the request as it is shown without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass
from inspect import signature
from math import inf
from shlex import quote
from time import monotonic
from typing import Any, Protocol, TypeVar

from .urls import without_secrets

__all__ = [
    "Auth",
    "Call",
    "Credentials",
    "Request",
    "SentRequest",
    "Times",
    "at_least",
    "merged",
    "socket_time",
    "times_of",
]

T = TypeVar("T")

#: How long connecting, each read and the whole call may take, in seconds.
Times = tuple[float, float, float]

#: Added to the read time if no total is given, in seconds: for retries and for long bodies.
TEN_MINUTES = 600.0
#: Three years, in seconds. Sockets refuse longer timeouts, so this and more means no limit.
ENDLESS = 1e8
#: The longest body that is remembered after a request was sent, in bytes.
MAX_REMEMBERED = 16 * 1024
#: Header fields whose values are shown, unless the credentials made them. Others may be secrets.
SHOWN = {
    *("accept", "accept-encoding", "accept-language", "content-type"),
    *("prefer", "range", "traceparent", "user-agent"),
}
#: Stands for a secret, as in URLs.
HIDDEN = "***"
#: Names of secrets in bodies: fewer than in a URL's query, because inputs may have any name.
SENSITIVE = r"pass(word|wd|phrase)|secret|token|credential|api_?key|access_?key|private_?key"


# --- limits ---------------------------------------------------------------------------------


def at_least(least: int, value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {value!r}")
    if value < least:
        raise ValueError(f"{name} is at least {least}, not {value}")
    return value


def times_of(timeout: Any) -> Times:
    """Return the times of a call: None means no limit, a single number counts for each of them."""
    if not isinstance(timeout, (tuple, list)):
        timeout = (timeout,) * 3
    if len(timeout) not in {2, 3}:
        raise ValueError(f"timeout is (connect, read) or (connect, read, total), not {timeout!r}")
    connect, read, *total = map(seconds_of, timeout)
    return connect, read, total[0] if total else read + TEN_MINUTES


def seconds_of(value: Any) -> float:
    if value is None:
        return inf
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"timeout is in seconds, not {value!r}")
    if not value > 0:
        raise ValueError(f"timeout is more than 0 seconds, not {value!r}")
    return inf if value >= ENDLESS else float(value)


def socket_time(seconds: float) -> float | None:
    """Return a timeout for a socket, in seconds; None means no limit."""
    return seconds if seconds < inf else None


class Call:
    """A call with all its tries and redirects: how far it is, and when it must end."""

    number = 1
    #: Whether no request of it has been sent.
    is_first = True
    #: The target for the request line, if it must go out unchanged: urllib3 rewrites
    #: percent-encodings, which breaks some signatures.
    target: str | None = None

    def __init__(self, times: Times = (inf, inf, inf), limit: int | None = None) -> None:
        self.times = times
        #: The deadline by the monotonic clock.
        self.until: float = monotonic() + times[2]
        #: The longest body that is read, in bytes; None leaves the body unread.
        self.limit = limit

    def untimed(self, function: Callable[..., T], *given: Any) -> T:
        """Call a function, and move the deadline by the time that it took."""
        before = monotonic()
        value = function(*given)
        self.until += monotonic() - before
        return value


# --- requests -------------------------------------------------------------------------------


@dataclass(slots=True, repr=False)
class SentRequest:
    """A request as it was sent, without its secrets: safe to print and to log."""

    #: The HTTP method, such as ``POST``.
    method: str
    #: The URL, without credentials.
    url: str
    #: The header fields. All values are ``***``, except a few that are known to be harmless.
    headers: dict[str, str]
    #: The body as text, if it is JSON and not too long; otherwise None.
    body: str | None = None
    #: The length of the body, in bytes.
    size: int = 0

    def curl(self) -> str:
        """Return the curl command that sends the same request.

        Secrets are ``***``: put your own in. A body that is not shown is read from standard input.
        """
        words = ["curl", *(["--head"] if self.method == "HEAD" else ["-X", self.method])]
        if re.search(r"[][{}]", self.url):
            words.append("--globoff")
        words.append(self.url)
        for name, value in self.headers.items():
            # curl leaves out a field without a value, unless it is spelt like this.
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
        end = ""
        if self.body is not None:
            words += ["--data-raw", self.body]
        elif self.size:
            words += ["--data-binary", "@-"]
            end = f"  # a body of {self.size} bytes is left out"
        return " ".join(map(quote, words)) + end

    def __repr__(self) -> str:
        return f"SentRequest({self.method!r}, {self.url!r}, {self.headers!r}, <{self.size} bytes>)"


class Auth(Protocol):
    """What ``Client(auth=...)`` takes: an object that makes header fields for a request.

    It may also have a method ``renew(request, headers) -> bool``. The client calls it when the
    server answers 401, with the header fields that were refused. If it returns True, the client
    asks for header fields once more and sends the request once more. Many threads may call both
    methods at the same time.
    """

    def headers(self, request: Request, /) -> Mapping[str, str]:
        """Return the header fields that carry the credentials."""


class Credentials:
    """The functions of an ``auth``; raises TypeError if it has none."""

    def __init__(self, auth: Any) -> None:
        self.headers: Callable[[Request], Mapping[str, str]] = headers_function(auth)
        self.renew: Callable[..., bool] | None = getattr(auth, "renew", None)


@dataclass(slots=True, repr=False, eq=False)
class Request:
    """A request that is about to be sent. Layers below derive others from it and never change it.

    ``auth`` objects use ``method``, ``url``, ``headers``, ``body``, ``is_closed`` and
    ``post_form``.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    call: Call
    #: A weak reference to the transport, which remembers its last request: a client that is no
    #: longer used must close its connections at once, not when garbage is collected.
    sender: Callable[[], Any]
    #: Whether it goes to the origin of ``api_url``, and no redirect has left that before.
    is_own: bool = True
    #: The credentials for its origin.
    credentials: Credentials | None = None
    #: The names of the header fields that the credentials made.
    secret: Collection[str] = ()
    #: The length of the body in bytes, even if the body was forgotten.
    size: int = 0

    def __post_init__(self) -> None:
        self.size = len(self.body) if self.body else 0

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed in the meantime."""
        return getattr(self.sender(), "is_closed", True)

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form, such as one that asks for a token.

        The form carries these headers and none of the client's. It uses the client's pools and
        timeout, and follows no redirects. Secrets in it are safe over https only. Raises
        TransportError with ``sent=False``, because this request has not been sent.
        """
        sender = self.sender()
        if sender is None:
            raise ReferenceError("the client of this request is gone")
        answer: tuple[int, bytes] = sender.post_form(url, fields, headers)
        return answer

    def but(self, **changed: Any) -> Request:
        other = copy(self)
        for name, value in changed.items():
            setattr(other, name, value)
        return other

    def with_credentials(self, used: Mapping[str, str]) -> Request:
        """Return the same request; these header fields replace those of the same names."""
        if not hasattr(used, "items"):
            raise TypeError(f"auth gave {type(used).__name__} for the headers of a request")
        return self.but(headers=merged(used, self.headers), secret=used)

    def remembered(self) -> Request:
        """Return the request to keep in memory: without its body if that is long."""
        return self if self.size <= MAX_REMEMBERED else self.but(body=None)

    def redacted(self) -> SentRequest:
        shown = SHOWN - {name.lower() for name in self.secret}
        headers = {
            name: value if name.lower() in shown else HIDDEN for name, value in self.headers.items()
        }
        body = redacted_body(self.body) if self.body and self.size <= MAX_REMEMBERED else None
        return SentRequest(self.method, without_secrets(self.url), headers, body, self.size)


def merged(fields: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return header fields, with those of ``more`` that have other names."""
    names = {name.lower() for name in fields}
    added = {name: value for name, value in more.items() if name.lower() not in names}
    return {**fields, **added}


def redacted_body(body: bytes) -> str | None:
    try:
        return json.dumps(redacted_value(json.loads(body)))
    except (ValueError, RecursionError):
        return None


def redacted_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if re.search(SENSITIVE, name.lower().replace("-", "_"))
            else redacted_value(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [redacted_value(one) for one in value]
    if isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S+$", value):
        return without_secrets(value)
    return value


def headers_function(auth: Any) -> Callable[[Request], Mapping[str, str]]:
    if isinstance(auth, type):
        needed = [
            name for name, one in signature(auth).parameters.items() if one.default is one.empty
        ]
        raise TypeError(f"auth is a class: pass an instance: {auth.__name__}({', '.join(needed)})")
    method = getattr(auth, "headers", None)
    if callable(method):
        return method  # type: ignore[no-any-return] # by contract
    if not callable(auth):
        raise TypeError(
            f"auth must be an object with a method headers(request), or a function, not "
            f"{type(auth).__name__}: pass BearerAuth(token) or BasicAuth(user, password)"
        )
    if signature(auth).parameters:
        return auth  # type: ignore[no-any-return] # by contract
    return lambda _: auth()
