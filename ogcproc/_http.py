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
import re
import time
import weakref
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from ssl import CertificateError

import urllib3

from ._headers import Headers, links
from ._names import relation
from ._urls import (
    base_of,
    join,
    last_segment,
    origin,
    query_of,
    segment,
    split_userinfo,
    without_secrets,
)
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
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from .models import Link

__all__ = ["Answer", "Request", "Transport"]

logger = logging.getLogger(__name__)

#: Methods that may be sent again whatever became of the first try.
REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})
#: Statuses that say: try again later.
PASSING = frozenset({429, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Redirects that ask for the same request elsewhere: nothing has been done yet.
REPEATING = frozenset({301, 307, 308})
#: Methods whose redirects are followed.
FOLLOWING = frozenset({"GET", "HEAD"})
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

#: The same where a body is compressed.
PACKED_CHUNK = 16 * 1024

#: A job's URL, as a Location beside the results names it.
JOB_URL = r"/jobs/[^/?#]+/?$"

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

    __slots__ = ("_fields", "body", "method", "status", "url", "was_redirected")

    def __init__(self, method: str, url: str, status: int, fields: Any, body: bytes) -> None:
        self.method = method
        #: The URL that answered, after redirects.
        self.url = url
        self.status = status
        self._fields = fields
        self.body = body
        #: Whether redirects were followed to it.
        self.was_redirected = False

    @property
    def headers(self) -> Headers:
        """The header fields, doubled ones kept."""
        return Headers(self._fields.items())

    @property
    def is_redirect(self) -> bool:
        """Whether the answer points elsewhere."""
        return self.status in REDIRECTS

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return without_secrets(self.url)

    @property
    def location(self) -> str | None:
        """The URL that ``Location`` names, resolved against the request's; None without one."""
        location = self.headers.last("location")
        try:
            return self.resolve(location) if location else None
        except DocumentError:  # no URL, beside a body that may say all there is to know
            return None

    @property
    def location_id(self) -> str | None:
        """The last segment of ``Location``'s path: a created job's id."""
        location = self.location
        return last_segment(location) if location else None

    @property
    def monitored_id(self) -> str:
        """The id of the job that a synchronous execution left behind; empty where none is told.

        By ``Link: rel=monitor`` (`/req/core/job-results-success-sync`), or by a Location of a job.
        """
        for link in links(self.headers):
            if relation(link.get("rel")) == "monitor":
                return last_segment(link["href"])
        location = self.location or ""
        return last_segment(location) if re.search(JOB_URL, location) else ""

    def resolve(self, href: str) -> str:
        """Return the URL that a link in this answer leads to; raises DocumentError for none."""
        try:
            return join(self.url, href)
        except ValueError:
            raise DocumentError(
                f"expected a URL, got {href!r}", url=self.shown_url, body=self.body
            ) from None

    def own_link(self, found: Sequence[Link], rel: str) -> str | None:
        """Return where a link of this relation leads, on this origin; None where there is none.

        Relations are matched on their last part; templates and web pages are left alone. Of a
        server that names itself otherwise than it was called (behind a proxy) the path counts.
        """
        for link in found:
            if relation(link.rel) != rel or "{" in link.href or "html" in (link.type or ""):
                continue
            url = self.resolve(link.href).partition("?")[0].rstrip("/")
            if origin(url)[0] in {"http", "https"}:
                return join(self.url, path_of(url))
        return None

    def next_page(self, found: Sequence[Link]) -> str | None:
        """Return where the next page is, by the body's links or the Link fields, on this origin.

        A server behind a proxy names itself as it knows itself: then the link's query counts, on
        the URL that was called.
        """
        # Dewberry's process-api gives it a title, and no relation.
        hrefs = [link.href for link in found if relation(link.rel or link.title) == "next"]
        hrefs += [
            link["href"] for link in links(self.headers) if relation(link.get("rel")) == "next"
        ]
        if not hrefs:
            return None
        url = self.resolve(hrefs[0])
        if origin(url) == origin(self.url):
            return url
        return self.url.partition("?")[0] + "".join(url.partition("?")[1:])

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
        connect, read = timeout
        self.timeout = urllib3.Timeout(connect=connect, read=read)
        self.retries = retries
        self.max_body = max_body
        self._origin = origin(self.base_url)
        self._below = f"{self.base_url}/"
        self._path_at = len(self._below) - len(path_of(self._below))
        self._proxy, user, password = split_userinfo(proxy or "")
        proxy_headers = None
        if user is not None:
            proxy_headers = urllib3.util.make_headers(proxy_basic_auth=f"{user}:{password}")
        #: What the pools of other servers are made with; our own has the certificate besides.
        self._settings = given(
            maxsize=pool_size,
            ca_certs=ca_bundle,
            ssl_context=ssl_context,
            proxy_headers=proxy_headers,
        )
        cert, key = client_cert if isinstance(client_cert, tuple) else (client_cert, None)
        self._certificate = given(cert_file=cert, key_file=key)
        self._closed = False
        self._connect()
        ALIVE.add(self)

    def url(self, *segments: str, home: str = "", **query: Any) -> str:
        """Return the URL of a resource: names percent-encoded, a query of what is not None.

        ``home`` takes the place of the base URL and the first segment.
        """
        steps = (home, *segments[1:]) if home else (self.base_url, *segments)
        url = "/".join((steps[0], *map(segment, steps[1:])))
        return url + query_of(query) if query else url

    def fetchable(self, href: str) -> str:
        """Return the URL of a link in a result; raises UnsafeRedirect for what is not fetched."""
        return safe_target(f"{self.base_url}/", href)

    def owns(self, url: str) -> bool:
        """Return whether a URL is under our base URL."""
        return f"{url}/".startswith(f"{self.base_url}/")

    def below(self, url: str, *segments: str, **query: Any) -> str:
        """Return the URL of a resource of one that is given by its URL, which must be our own.

        Raises ValueError for a URL that is not under ``api_url``: it would take the credentials
        elsewhere.
        """
        if not self.owns(url):
            raise ValueError(f"{without_secrets(url)} is not under {self.base_url}")
        path, mark, asked = url.partition("?")
        wanted = query_of(query)
        if mark:
            wanted = f"?{asked}&{wanted[1:]}" if wanted else f"?{asked}"
        return "/".join((path.rstrip("/"), *map(segment, segments))) + wanted

    def _connect(self) -> None:
        """Make the pools; also in a forked child, which must not share its parent's sockets.

        Our own server's pool has a manager of its own: one shared with others would close it,
        as the one not used for longest, after so many others.
        """
        self._manager = self._managed(**self._settings, **self._certificate)
        self._others = self._managed(**self._settings)
        self._pool = self._manager.connection_from_url(self.base_url)

    def _managed(self, **settings: Any) -> urllib3.PoolManager:
        if self._proxy:
            return urllib3.ProxyManager(self._proxy, **settings)
        return urllib3.PoolManager(**settings)

    def close(self) -> None:
        """Close all connections; further requests raise TransportError."""
        self._closed = True
        self._manager.clear()
        self._others.clear()
        self._pool.close()  # urllib3 2 closes a pool when nobody holds it: we do

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        document: Any = None,
    ) -> Answer:
        """Return the answer to a request, error or not, tried again where that is safe.

        GET and HEAD follow redirects. For other methods 302 and 303 are answers, which point to
        what came of the request; a redirect that asks for the same request elsewhere is unsafe.
        Raises TransportError, TransportTimeout, ResponseTooLarge and UnsafeRedirect.
        """
        body = None if document is None else json.dumps(document, allow_nan=False).encode()
        tries = 0
        redirects = 0
        asked = url
        while True:
            try:
                answer = self._try(method, url, headers, body)
            except TransportError as error:
                given_up = tries >= self.retries or self._closed
                if given_up or (error.sent and method not in REPEATABLE):
                    raise
                self._pause(tries)
            else:
                if answer.status in REPEATING and method not in FOLLOWING:
                    raise elsewhere(answer)
                if answer.status in REDIRECTS and method in FOLLOWING:
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
                    answer.was_redirected = redirects > 0
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
        own = url.startswith(self._below) or origin(url) == self._origin
        fields = self.headers if headers is None else {**self.headers, **headers}
        if not own:
            fields = {name: fields[name] for name in fields if name.lower() in HARMLESS}
        elif self.auth is not None:
            fields = {**fields, **self.auth(Request(method, url, fields, body))}
        started = time.monotonic()
        try:
            response = self._open(method, url, fields, body, own=own)
            content = self._read(response, url)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise translated(error, method, without_secrets(url)) from error
        except ValueError:
            raise unsendable(fields) from None
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
        manager = self._manager if own else self._others
        if self._proxy:
            return manager.urlopen(
                method,
                url,
                body=body,
                headers=fields,
                retries=NO_RETRIES,
                redirect=False,
                timeout=self.timeout,
                preload_content=False,
                enforce_content_length=True,  # not the default of 1.26
            )
        pool = self._pool if own else manager.connection_from_url(url)
        return pool.urlopen(
            method,
            url[self._path_at :] if url.startswith(self._below) else path_of(url),
            body=body,
            headers=fields,
            retries=NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=self.timeout,
            preload_content=False,
            enforce_content_length=True,
        )

    def _read(self, response: urllib3.BaseHTTPResponse, url: str) -> bytes:
        """Return the body, decompressed, and give the connection back; raises ResponseTooLarge."""
        limit = self.max_body if response.status < 400 else ERROR_BODY  # noqa: PLR2004 - HTTP
        length = response.length_remaining
        if length is not None and length <= limit and "content-encoding" not in response.headers:
            return response.read()
        parts = []
        size = 0
        # Before 2.6, urllib3 decompresses all it has read: a thousandfold, at worst.
        step = CHUNK if "content-encoding" not in response.headers else PACKED_CHUNK
        for part in response.stream(min(step, limit + 1), decode_content=True):
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
        return b"".join(parts)[:limit]


NO_RETRIES = urllib3.Retry(False)

#: The transports that a forked child has to give new pools.
ALIVE: weakref.WeakSet[Transport] = weakref.WeakSet()


def _after_fork() -> None:
    for transport in list(ALIVE):
        transport._connect()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_after_fork)


def given(**settings: Any) -> dict[str, Any]:
    """Return the settings that are not None."""
    return {name: value for name, value in settings.items() if value is not None}


def headers_of(auth: Any) -> Callable[[Request], Mapping[str, str]]:
    """Return the function that gives an ``auth``'s headers for a request.

    Raises TypeError for what is none.
    """
    method = getattr(auth, "headers", None)
    if callable(method):
        return method  # type: ignore[no-any-return] # by contract
    if not callable(auth):
        raise TypeError(f"auth has no method headers(request) and cannot be called: {type(auth)}")
    from inspect import signature  # noqa: PLC0415 - it is dear, and few pass a function

    if signature(auth).parameters:
        return auth  # type: ignore[no-any-return] # by contract
    return lambda _: auth()


def path_of(url: str) -> str:
    """Return what of a URL goes into the request line: path and query."""
    start = url.find("/", url.find("//") + 2)
    return "/" if start < 0 else url[start:]


def safe_target(url: str, location: str) -> str:
    """Return where a redirect or link leads; raises UnsafeRedirect where that leaves https."""
    try:
        target = join(url, location)
        scheme = origin(target)[0]
    except ValueError:
        target, scheme = location, ""
    if scheme not in {"http", "https"} or (scheme == "http" and origin(url)[0] == "https"):
        raise UnsafeRedirect(
            f"{without_secrets(url)} leads to {without_secrets(target)}, which is not followed",
            url=without_secrets(url),
            location=without_secrets(target),
        )
    return target


def elsewhere(answer: Answer) -> UnsafeRedirect:
    """Return the error for a redirect that asks for a request other than a GET elsewhere."""
    location = without_secrets(answer.location or answer.headers.last("location"))
    return UnsafeRedirect(
        f"{answer.method} {answer.shown_url} is redirected to {location or 'nowhere'}, where it is "
        f"not repeated ({answer.status})",
        url=answer.shown_url,
        location=location,
    )


def retry_after_seconds(value: str) -> float | None:
    """Return how long a Retry-After field asks to wait, in seconds; None where it does not say."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def translated(error: Exception, method: str, url: str) -> TransportError:
    """Return the error to raise for one of urllib3's."""
    timed_out = isinstance(error, urllib3.exceptions.TimeoutError) and not isinstance(
        error,
        urllib3.exceptions.NewConnectionError,  # one of them by descent alone
    )
    kind = TransportTimeout if timed_out else TransportError
    return kind(
        f"{method} {url}: {plain_reason(error)}",
        method=method,
        url=url,
        sent=not never_sent(error),
    )


def never_sent(error: BaseException) -> bool:
    """Return whether an error came before the first byte of a request left."""
    cause = error.args[-1] if error.args else None
    if isinstance(error, (urllib3.exceptions.ProxyError, urllib3.exceptions.SSLError)):
        return isinstance(cause, BaseException) and never_sent(cause)
    return isinstance(error, NEVER_SENT) or "Tunnel connection failed" in str(error)


#: Errors that come before the first byte of a request leaves.
NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.LocationValueError,
    urllib3.exceptions.ClosedPoolError,
    CertificateError,
)


def unsendable(fields: Mapping[str, Any]) -> ValueError:
    """Return the error for header fields that HTTP cannot carry, without showing their values."""
    wrong = [name for name, value in fields.items() if re.search(UNSENDABLE, f"{name}{value}")]
    return ValueError(f"a line break, or a letter beyond Latin-1, in the headers {wrong}")


UNSENDABLE = "[\r\n]|[^\x00-\xff]"


def plain_reason(error: BaseException) -> str:
    """Return what went wrong in urllib3's words, less its wrappers and object addresses."""
    if len(error.args) > 1 and isinstance(error.args[-1], BaseException):
        return f"{error.args[0]} {plain_reason(error.args[-1])}"
    text = str(error)
    return text.rpartition(">: ")[2] or type(error).__name__
