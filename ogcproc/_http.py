"""Requests and answers over urllib3: the only module that imports it, and the last to be imported.

Its pool is made once per client. urllib3's own retries and redirects are off, because what may
be retried and where credentials may go is decided here. Its exceptions end here: what leaves
this module is of ``ogcproc.errors``.
"""

from __future__ import annotations

import json
import logging
import os
import random
import time
import weakref
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from inspect import signature

import urllib3

from ._headers import Headers
from ._urls import base_of, join, last_segment, origin, query_of, segment, without_secrets
from .auth import BasicAuth
from .errors import (
    DocumentError,
    ResponseTooLarge,
    TransportError,
    TransportTimeout,
    UnsafeRedirect,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from typing import Any

__all__ = ["Answer", "Request", "Transport"]

logger = logging.getLogger(__name__)

#: Methods that may be sent again whatever became of the first try.
REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})
#: Statuses that say: try again later.
PASSING = frozenset({429, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: How many redirects are followed; browsers follow 20, no server needs ten.
MAX_REDIRECTS = 10
#: The longest back-off between two tries, and the longest Retry-After obeyed, in seconds.
MAX_PAUSE = 60.0
#: The back-off after the first try is at most this, and twice as much after each further one.
FIRST_PAUSE = 0.5
#: How much of an error's body is read, in bytes.
ERROR_BODY = 64 * 1024
#: How much is read at a time where a body's length is not known beforehand, in bytes.
CHUNK = 1024 * 1024

#: Header fields that carry no secret and may follow a redirect to another origin.
HARMLESS = frozenset({"accept", "user-agent"})


class Request:
    """A request about to be sent, as an ``auth`` object sees it."""

    __slots__ = ("body", "headers", "method", "url")

    def __init__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body


class Answer:
    """An answer whose body has been read."""

    __slots__ = ("_fields", "body", "method", "status", "url")

    def __init__(self, method: str, url: str, status: int, fields: Any, body: bytes) -> None:
        self.method = method
        #: The URL that answered, after redirects.
        self.url = url
        self.status = status
        self._fields = fields
        self.body = body

    @property
    def headers(self) -> Headers:
        """The header fields, doubled ones kept."""
        return Headers(self._fields.items())

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return without_secrets(self.url)

    @property
    def location(self) -> str | None:
        """The URL that ``Location`` names, resolved against the request's; None without one."""
        location = self.headers.last("location")
        return self.resolve(location) if location else None

    @property
    def location_id(self) -> str | None:
        """The last segment of ``Location``'s path: a created job's id."""
        location = self.location
        return last_segment(location) if location else None

    def resolve(self, href: str) -> str:
        """Return the URL that a link in this answer leads to."""
        return join(self.url, href)

    def json(self) -> Any:
        """Return the body decoded; raises DocumentError where it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.last("content-type") or "no Content-Type"
            reason = "nested too deep" if isinstance(error, RecursionError) else error
            raise DocumentError(
                f"expected JSON, got {len(self.body)} bytes ({kind}): {reason}",
                url=self.shown_url,
                body=self.body,
            ) from None

    def json_or_none(self) -> Any:
        """Return the body decoded, whatever its media type is said to be; None if it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Transport:
    """A pool of connections to one server, and to those it points to."""

    def __init__(
        self,
        api_url: str,
        *,
        auth: Any,
        headers: Mapping[str, str],
        timeout: tuple[float | None, float | None],
        retries: int,
        proxy: str | None,
        ca_bundle: str | None,
        client_cert: str | tuple[str, str] | None,
        ssl_context: ssl.SSLContext | None,
        pool_size: int,
        max_body: int,
    ) -> None:
        self.base_url, user, password = base_of(api_url)
        if auth is None and user is not None:
            auth = BasicAuth(user, password or "")
        self.auth = None if auth is None else headers_of(auth)
        self.headers = dict(headers)
        self.timeout = urllib3.Timeout(*timeout)
        self.retries = retries
        self.max_body = max_body
        self._origin = origin(self.base_url)
        cert, key = client_cert if isinstance(client_cert, tuple) else (client_cert, None)
        tls = {
            "ca_certs": ca_bundle,
            "cert_file": cert,
            "key_file": key,
            "ssl_context": ssl_context,
        }
        self._settings: dict[str, Any] = {
            "num_pools": 8,
            "maxsize": pool_size,
            **{name: value for name, value in tls.items() if value is not None},
        }
        self._proxy = proxy
        self._closed = False
        self._connect()
        ALIVE.add(self)

    def url(self, *segments: str, **query: Any) -> str:
        """Return the URL of a resource: names percent-encoded, a query of what is not None."""
        return "/".join((self.base_url, *map(segment, segments))) + query_of(query)

    def below(self, url: str, *segments: str, **query: Any) -> str:
        """Return the URL of a resource of one that is given by its URL, which must be our own.

        Raises ValueError for a URL that is not under ``api_url``: it would take the credentials
        elsewhere.
        """
        if not f"{url}/".startswith(f"{self.base_url}/"):
            raise ValueError(f"{without_secrets(url)} is not under {self.base_url}")
        return "/".join((url.rstrip("/"), *map(segment, segments))) + query_of(query)

    def _connect(self) -> None:
        """Make the pool; also in a forked child, which must not share its parent's sockets."""
        self._manager: urllib3.PoolManager
        if self._proxy:
            self._manager = urllib3.ProxyManager(self._proxy, **self._settings)
        else:
            self._manager = urllib3.PoolManager(**self._settings)
        self._pool = self._manager.connection_from_url(self.base_url)

    def close(self) -> None:
        """Close all connections; further requests raise TransportError."""
        self._closed = True
        self._manager.clear()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        document: Any = None,
    ) -> Answer:
        """Return the answer to a request, error or not, tried again where that is safe.

        GET and HEAD follow redirects; for other methods the redirect is the answer. Raises
        TransportError, TransportTimeout, ResponseTooLarge and UnsafeRedirect.
        """
        body = None if document is None else json.dumps(document, allow_nan=False).encode()
        tries = 0
        redirects = 0
        asked = url
        while True:
            try:
                answer = self._try(method, url, headers, body)
            except TransportError as error:
                if tries >= self.retries or (error.sent and method not in REPEATABLE):
                    raise
                self._pause(tries)
            else:
                if answer.status in REDIRECTS and method in {"GET", "HEAD"}:
                    location = answer.headers.last("location")
                    if not location:
                        return answer
                    redirects += 1
                    if redirects > MAX_REDIRECTS:
                        raise UnsafeRedirect(
                            f"more than {MAX_REDIRECTS} redirects from {without_secrets(asked)}",
                            url=without_secrets(asked),
                            location=without_secrets(location),
                        )
                    url = safe_target(url, location)
                    continue
                if (
                    answer.status not in PASSING
                    or method not in REPEATABLE
                    or tries >= self.retries
                ):
                    return answer
                self._pause(tries, answer.headers.last("retry-after"))
            tries += 1

    def _pause(self, tries: int, retry_after: str = "") -> None:
        """Wait before the next try: full jitter on an exponential back-off, or what was asked."""
        asked = retry_after_seconds(retry_after)
        if asked is None:
            asked = random.uniform(0, min(MAX_PAUSE, FIRST_PAUSE * 2**tries))  # noqa: S311 - jitter
        time.sleep(min(asked, MAX_PAUSE))

    def _try(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: bytes | None
    ) -> Answer:
        """Return the answer to one try of one request."""
        if self._closed:
            raise TransportError("the client is closed", method=method, url=without_secrets(url))
        own = origin(url) == self._origin
        fields = self.headers if headers is None else {**self.headers, **headers}
        if not own:
            fields = {name: fields[name] for name in fields if name.lower() in HARMLESS}
        elif self.auth is not None:
            fields = {**fields, **self.auth(Request(method, url, fields, body))}
        started = time.monotonic()
        try:
            response = self._open(method, url, fields, body, own=own)
            content = self._read(response, url)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise translated(error, method, without_secrets(url)) from error
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s %s %s %s bytes %.0f ms",
                method,
                without_secrets(url),
                response.status,
                len(content),
                (time.monotonic() - started) * 1000,
            )
        return Answer(method, url, response.status, response.headers, content)

    def _open(
        self, method: str, url: str, fields: Mapping[str, str], body: bytes | None, *, own: bool
    ) -> urllib3.BaseHTTPResponse:
        """Return the response to a request, its body unread."""
        if self._proxy:
            return self._manager.urlopen(
                method,
                url,
                body=body,
                headers=fields,
                retries=NO_RETRIES,
                redirect=False,
                timeout=self.timeout,
                preload_content=False,
            )
        pool = self._pool if own else self._manager.connection_from_url(url)
        return pool.urlopen(
            method,
            path_of(url),
            body=body,
            headers=fields,
            retries=NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=self.timeout,
            preload_content=False,
        )

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        """Return the body, decompressed, and give the connection back; raises ResponseTooLarge."""
        limit = self.max_body if response.status < 400 else ERROR_BODY  # noqa: PLR2004 - HTTP
        length = response.length_remaining
        if length is not None and length <= limit and "content-encoding" not in response.headers:
            return response.read()
        parts = []
        size = 0
        for part in response.stream(min(CHUNK, limit + 1), decode_content=True):
            parts.append(part)
            size += len(part)
            if size > limit:
                response.close()
                if response.status >= 400:  # noqa: PLR2004 - an error's beginning tells enough
                    break
                raise ResponseTooLarge(
                    f"more than {limit} bytes in {without_secrets(url)}",
                    url=without_secrets(url),
                    limit=limit,
                )
        return b"".join(parts)[: limit + 1]


NO_RETRIES = urllib3.Retry(False)

#: The transports that a forked child has to give new pools.
ALIVE: weakref.WeakSet[Transport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(ALIVE):
        transport._connect()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_after_fork)


def headers_of(auth: Any) -> Callable[[Request], Mapping[str, str]]:
    """Return the function that gives an ``auth``'s headers for a request.

    Raises TypeError for what is none.
    """
    method = getattr(auth, "headers", None)
    if callable(method):
        return method  # type: ignore[no-any-return] # by contract
    if not callable(auth):
        raise TypeError(f"auth has no method headers(request) and cannot be called: {type(auth)}")
    if signature(auth).parameters:
        return auth  # type: ignore[no-any-return] # by contract
    return lambda _: auth()


def path_of(url: str) -> str:
    """Return what of a URL goes into the request line: path and query."""
    start = url.find("/", url.find("//") + 2)
    return "/" if start < 0 else url[start:]


def safe_target(url: str, location: str) -> str:
    """Return where a redirect leads; raises UnsafeRedirect where it leaves https or HTTP."""
    target = join(url, location)
    scheme = origin(target)[0]
    if scheme not in {"http", "https"} or (scheme == "http" and origin(url)[0] == "https"):
        raise UnsafeRedirect(
            f"{without_secrets(url)} redirects to {without_secrets(target)}, which is not followed",
            url=without_secrets(url),
            location=without_secrets(target),
        )
    return target


def retry_after_seconds(value: str) -> float | None:
    """Return how long a Retry-After field asks to wait, in seconds; None where it does not say."""
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def translated(error: Exception, method: str, url: str) -> TransportError:
    """Return the error to raise for one of urllib3's."""
    timed_out = isinstance(
        error, (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.ReadTimeoutError)
    )
    kind = TransportTimeout if timed_out else TransportError
    return kind(
        f"{method} {url}: {plain_reason(error)}",
        method=method,
        url=url,
        sent=not isinstance(error, NEVER_SENT),
    )


#: urllib3's errors that come before the first byte of a request leaves.
NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationValueError,
)


def plain_reason(error: BaseException) -> str:
    """Return what went wrong in urllib3's words, less its wrappers and object addresses."""
    if len(error.args) > 1 and isinstance(error.args[-1], BaseException):
        return f"{error.args[0]} {plain_reason(error.args[-1])}"
    text = str(error)
    return text.rpartition(">: ")[2] or type(error).__name__
