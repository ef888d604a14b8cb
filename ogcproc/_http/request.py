"""A request on its way, the call that it belongs to, and what ``auth`` objects are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from inspect import signature
from math import inf
from time import monotonic
from typing import Any, Protocol, TypeVar

from .curl import SentRequest, redacted_body, redacted_headers
from .limits import Times
from .urls import without_secrets

__all__ = ["Auth", "Call", "Request", "Sender", "headers_function"]

T = TypeVar("T")

#: The longest body that is remembered after a request was sent, in bytes.
MAX_REMEMBERED = 16 * 1024


class Auth(Protocol):
    """What ``Client(auth=...)`` takes: an object that makes header fields for a request.

    It may also have a method ``renew(request, headers) -> bool``. The client calls it when the
    server answers 401, with the header fields that were refused. If it returns True, the client
    asks for header fields once more and sends the request once more. Many threads may call both
    methods at the same time.
    """

    def headers(self, request: Request, /) -> Mapping[str, str]:
        """Return the header fields that carry the credentials."""


class Sender(Protocol):
    """What a request needs of the transport that sends it."""

    @property
    def is_closed(self) -> bool:
        """Whether it sends nothing any more."""

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form."""


class Call:
    """A call under way, with all its tries and redirects: how far it is, and when it must end."""

    #: Which try it is, from 1 on.
    number = 1
    #: Whether no request of it has been sent.
    is_first = True
    #: The target for the request line, if it must go out unchanged: urllib3 rewrites
    #: percent-encodings, which breaks some signatures.
    target: str | None = None

    def __init__(self, times: Times = (inf, inf, inf), limit: int | None = None) -> None:
        #: How long connecting, each read and the whole call may take, in seconds.
        self.times = times
        #: The deadline by the monotonic clock.
        self.until: float = monotonic() + times[2]
        #: How much of the answer is read, in bytes; None leaves the body to be read.
        self.limit = limit

    def untimed(self, function: Callable[..., T], *given: Any) -> T:
        """Return what a function returns, and move the deadline by the time that it took."""
        before = monotonic()
        value = function(*given)
        self.until += monotonic() - before
        return value


class Request:
    """A request that is about to be sent. Layers below derive others from it and never change it.

    ``auth`` objects use ``method``, ``url``, ``headers``, ``body``, ``is_closed`` and
    ``post_form``.
    """

    __slots__ = (
        "_sender",
        "body",
        "call",
        "headers",
        "is_own",
        "method",
        "secret",
        "size",
        "url",
    )

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        call: Call,
        sender: Callable[[], Sender | None],
        is_own: bool = True,
        secret: Collection[str] = (),
    ) -> None:
        self.method: str = method
        self.url: str = url
        self.headers: Mapping[str, str] = headers
        self.body: bytes | None = body
        #: The length of the body in bytes, even if the body was forgotten.
        self.size: int = len(body) if body else 0
        self.call: Call = call
        #: Whether it goes to the origin of ``api_url``.
        self.is_own: bool = is_own
        #: The names of the header fields that the credentials made.
        self.secret: Collection[str] = secret
        # A weak reference, because the sender remembers its last request: a client that nobody
        # holds any more must close its connections at once, not when garbage is collected.
        self._sender = sender

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed in the meantime: the request will not be sent."""
        sender = self._sender()
        return sender is None or sender.is_closed

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form, such as one that asks for a token.

        The form carries these headers and none of the client's. It uses the client's pools and
        timeout, and follows no redirects. Secrets in it are safe over https only. Raises
        TransportError with ``sent=False``, because this request has not been sent.
        """
        sender = self._sender()
        if sender is None:
            raise ReferenceError("the client of this request is gone")
        return sender.post_form(url, fields, headers)

    def _copy(self) -> Request:
        return Request(
            self.method,
            self.url,
            self.headers,
            self.body,
            call=self.call,
            sender=self._sender,
            is_own=self.is_own,
            secret=self.secret,
        )

    def to(self, url: str, *, is_own: bool) -> Request:
        """Return the same request to another URL, as a redirect asks for."""
        other = self._copy()
        other.url = url
        other.is_own = is_own
        return other

    def with_only(self, names: Collection[str]) -> Request:
        """Return the same request without header fields of other names, which are in lower case."""
        other = self._copy()
        other.headers = {name: self.headers[name] for name in self.headers if name.lower() in names}
        return other

    def with_more(self, more: Mapping[str, str]) -> Request:
        """Return the same request with those of these header fields that it does not have yet."""
        other = self._copy()
        other.headers = merged(self.headers, more)
        return other

    def with_credentials(self, used: Mapping[str, str]) -> Request:
        """Return the same request with the header fields that the credentials made.

        They replace fields of the same names. Raises TypeError.
        """
        if not hasattr(used, "items"):
            raise TypeError(f"auth gave {type(used).__name__} for the headers of a request")
        other = self._copy()
        other.headers = merged(used, self.headers)
        other.secret = used
        return other

    def remembered(self) -> Request:
        """Return what may stay in memory: the same request, without its body if that is long."""
        if self.size <= MAX_REMEMBERED:
            return self
        other = self._copy()
        other.body = None
        return other

    def redacted(self) -> SentRequest:
        """Return what may be shown of the request."""
        headers = redacted_headers(self.headers, self.secret)
        body = redacted_body(self.body) if self.body and self.size <= MAX_REMEMBERED else None
        return SentRequest(self.method, without_secrets(self.url), headers, body, self.size)


def merged(fields: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return header fields, and those of ``more`` whose names are not among them."""
    names = {name.lower() for name in fields}
    added = {name: value for name, value in more.items() if name.lower() not in names}
    return {**fields, **added}


def headers_function(auth: Any) -> Callable[[Request], Mapping[str, str]]:
    """Return the function of an ``auth`` that makes header fields; raises TypeError without one."""
    method = getattr(auth, "headers", None)
    if callable(method):
        return method  # type: ignore[no-any-return] # by contract
    if not callable(auth):
        raise TypeError(f"auth has no method headers(request) and cannot be called: {type(auth)}")
    if signature(auth).parameters:
        return auth  # type: ignore[no-any-return] # by contract
    return lambda _: auth()
