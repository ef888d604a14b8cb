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
import threading
import time
import weakref
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import urllib3

from ._connections import NoWay, Pools, came_before_connected, causes
from ._headers import Headers, links
from ._names import relation
from ._proxies import Proxies
from ._tls import Tls, explained, is_settled, wants_certificate
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
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any, TypeVar

    from ._curl import SentRequest
    from ._proxies import Proxy
    from .errors import OgcProcError
    from .models import Link

    E = TypeVar("E", bound=OgcProcError)
    OnRequest = Callable[[SentRequest], Mapping[str, str] | None]
    OnResponse = Callable[[SentRequest, "Answer | BaseException", float], object]
    #: A request as it was sent: method, URL, headers, body or how long it was where it is long,
    #: and which headers the credentials made. What of it is shown goes through less_secrets.
    Sent = tuple[str, str, Mapping[str, str], bytes | int | None, Collection[str]]
    Path = str | os.PathLike[str]

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
#: How much is read of the answer to a form, in bytes: tokens are far shorter.
FORM_ANSWER = 64 * 1024
#: How much is read at a time where a body's length is not known beforehand, in bytes.
CHUNK = 1024 * 1024

#: The same where a body is compressed.
PACKED_CHUNK = 16 * 1024

#: The longest body of a request that is remembered, in bytes.
BODY_SHOWN = 16 * 1024

#: A job's URL, as far as its id.
JOB_IN = r"^[^?#]*/jobs/[^/?#]+"

#: A job's URL, as a Location beside the results names it.
JOB_URL = r"/jobs/[^/?#]+/?$"

#: The status by which a server asks who we are.
UNAUTHORIZED = 401

#: The status by which a proxy asks who we are.
PROXY_CREDENTIALS = 407

#: Header fields that carry no secret and may follow a redirect to another origin.
HARMLESS = frozenset({"accept", "user-agent"})


class Request:
    """A request about to be sent, as an ``auth`` object sees it."""

    __slots__ = ("_transport", "body", "headers", "method", "url")

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        transport: Transport,
    ) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self._transport = transport

    @property
    def is_closed(self) -> bool:
        """Whether the client was closed in the meantime: the request will not be sent."""
        return self._transport._closed

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form, such as one that asks for a token.

        It is sent with these headers and none of the client's, over the client's pools and within
        its timeout; redirects are not followed. What is secret in it is for https alone. Raises
        TransportError, which says ``sent=False``: this request has not been sent.
        """
        return self._transport.post_form(url, fields, headers)


class Answer:
    """An answer whose body has been read."""

    __slots__ = ("_fields", "_sent", "body", "method", "status", "url", "was_redirected")

    def __init__(
        self, method: str, url: str, status: int, fields: Any, body: bytes, sent: Sent | None = None
    ) -> None:
        self._sent = sent
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
    def sent_request(self) -> SentRequest | None:
        """The request that was answered, less its secrets."""
        return None if self._sent is None else less_secrets(self._sent)

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
        """A created job's id: the segment of ``Location`` after ``/jobs/``, or the last one."""
        location = self.location
        if location is None:
            return None
        found = re.search(JOB_IN, location)
        return last_segment(found[0] if found else location)

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
            raise self.unreadable(f"expected a URL, got {href!r}") from None

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
            message = f"expected JSON, got {len(self.body)} bytes ({kind}): {reason}"
            raise self.unreadable(message) from None

    def unreadable(self, message: str, *, path: str = "") -> DocumentError:
        """Return the error for what cannot be read in this answer, with the evidence."""
        return self.told_of(DocumentError(message, path=path, url=self.shown_url, body=self.body))

    def told_of(self, error: E) -> E:
        """Return an error that is about this answer, which it did not know."""
        error.sent_request = self.sent_request
        return error

    def json_or_none(self) -> Any:
        """Return the body decoded, whatever its media type is said to be; None if it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Transport:
    """A pool of connections to one server, and to those it points to."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        api_url: str,
        *,
        auth: Any,
        headers: Mapping[str, str],
        timeout: tuple[float | None, float | None],
        retries: int,
        proxy: str | None,
        ca_bundle: Path | None,
        client_cert: Path | tuple[Path, Path] | None,
        ssl_context: ssl.SSLContext | None,
        verify: bool = True,
        pool_size: int,
        max_body: int,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
    ) -> None:
        self.base_url, user, password = base_of(api_url)
        if auth is None and user is not None:
            auth = BasicAuth(user, password or "")
        self.auth = None if auth is None else headers_of(auth)
        self._renew: Callable[[Request, Mapping[str, str]], bool] | None
        self._renew = getattr(auth, "renew", None)
        self.headers = dict(headers)
        connect, read = timeout
        self.timeout = urllib3.Timeout(connect=connect, read=read)
        self.retries = retries
        self.max_body = max_body
        self._origin = origin(self.base_url)
        self._below = f"{self.base_url}/"
        self._path_at = len(self._below) - len(path_of(self._below))
        self._tls = Tls(
            ca_bundle=ca_bundle,
            client_cert=client_cert,
            ssl_context=ssl_context,
            verify=verify,
            environ=os.environ,
        )
        self._pools = Pools(
            urllib3,
            self.base_url,
            size=pool_size,
            proxies=Proxies(proxy, os.environ),
            tls=self._tls,
        )
        self._on_request = on_request
        self._on_response = on_response
        self._is_observed = on_request is not None or on_response is not None
        self._of_thread = threading.local()
        self._closed = False
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

    def own(self, url: str) -> str | None:
        """Return a URL as one below our base URL; None where it is none.

        A server behind a proxy names itself as it knows itself: of another origin's URL the path
        counts, where it lies below that of our base URL.
        """
        try:
            url = join(f"{self.base_url}/", url)
            path = path_of(url)
            if origin(url) != self._origin:
                url = self.base_url + path.removeprefix(path_of(self.base_url).rstrip("/"))
        except ValueError:
            return None
        return url if self.owns(url.partition("?")[0]) and path_of(url) == path else None

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

    @property
    def last_request(self) -> SentRequest | None:
        """The last request that this thread sent, less its secrets; None where it sent none."""
        sent = getattr(self._of_thread, "sent", None)
        return None if sent is None else less_secrets(sent)

    def close(self) -> None:
        """Close all connections; further requests raise TransportError."""
        self._closed = True
        self._pools.close()

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
                answer = self._try(method, url, headers, body, tries + 1)
            except TransportError as error:
                given_up = tries >= self.retries or self._closed
                if given_up or (error.sent and method not in REPEATABLE) or settled(error):
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
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        number: int,
    ) -> Answer:
        """Return the answer to one try of one request."""
        own = url.startswith(self._below) or origin(url) == self._origin
        fields = self.headers if headers is None else {**self.headers, **headers}
        if not own:
            fields = {name: fields[name] for name in fields if name.lower() in HARMLESS}
        elif self.auth is not None:
            return self._authorized(method, url, fields, body, self.auth, number)
        return self._exchange(
            method, url, fields, body, own=own, limit=self.max_body, number=number
        )

    def _authorized(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str],
        body: bytes | None,
        auth: Callable[[Request], Mapping[str, str]],
        number: int,
    ) -> Answer:
        """Return the answer to a request with our credentials.

        A 401 proves that nothing was done: where there are other credentials then, whatever the
        method, the request is sent once more.
        """
        request = Request(method, url, fields, body, self)
        used = auth(request)
        whole = with_more(used, fields)
        answer = self._exchange(
            method, url, whole, body, own=True, limit=self.max_body, number=number, secret=used
        )
        if answer.status != UNAUTHORIZED or self._renew is None or not self._renew(request, used):
            return answer
        used = auth(request)
        whole = with_more(used, fields)
        return self._exchange(
            method, url, whole, body, own=True, limit=self.max_body, number=number, secret=used
        )

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form; see Request."""
        body = urlencode(fields).encode()
        whole = {
            "User-Agent": self.headers["User-Agent"],
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        own = origin(url) == self._origin
        try:
            answer = self._exchange(
                "POST", url, whole, body, own=own, limit=FORM_ANSWER, is_secret=True
            )
        except TransportError as error:
            error.sent = False
            raise
        return answer.status, answer.body

    def _exchange(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str],
        body: bytes | None,
        *,
        own: bool,
        limit: int,
        number: int = 1,
        secret: Collection[str] = (),
        is_secret: bool = False,
    ) -> Answer:
        """Return the answer to one request, sent as it is; ``limit`` is the most read of it.

        ``number`` counts the tries; ``secret`` are the names of the headers that the credentials
        made. ``is_secret`` is whether the hooks are not to see the answer, nor add to the request.
        """
        if self._closed:
            shown = without_secrets(url)
            raise TransportError("the client is closed", method=method, url=shown, sent=False)
        if is_secret or not self._is_observed:
            remembered = None if body is None else kept(body)
            return self._ask((method, url, fields, remembered, secret), body, own, limit, number)
        request = less_secrets((method, url, fields, kept(body), secret))
        if self._on_request is not None:
            more = self._on_request(request)
            if more and own:
                fields = with_more(fields, more)
        started = time.monotonic()
        try:
            sent = method, url, fields, kept(body), secret
            answer = self._ask(sent, body, own, limit, number)
        except BaseException as error:
            self._tell(request, error, started)
            raise
        self._tell(request, answer, started)
        return answer

    def _tell(self, request: SentRequest, outcome: Answer | BaseException, started: float) -> None:
        """Tell the hook what came of a request; what the hook raises does not change it."""
        if self._on_response is not None:
            try:
                self._on_response(request, outcome, time.monotonic() - started)
            except Exception:
                logger.exception("on_response failed for %s %s", request.method, request.url)

    def _ask(self, sent: Sent, body: bytes | None, own: bool, limit: int, number: int) -> Answer:
        """Return the answer to a request that the hooks have seen; log what came of it."""
        method, url, fields, _, _ = self._of_thread.sent = sent
        started = time.monotonic()
        try:
            response = self._open(method, url, fields, body, own=own)
            content = self._read(response, url, limit)
        except (urllib3.exceptions.HTTPError, OSError, NoWay) as error:
            failed = self._translated(error, method, url)
            raise evident(failed, sent, time.monotonic() - started, number) from error
        except ResponseTooLarge as error:
            evident(error, sent, time.monotonic() - started, number)
            raise
        except ValueError:
            raise unsendable(fields) from None
        finally:
            if self._closed:  # in the meantime: the connection was given back to nobody
                self._pools.close()
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s %s %s %s bytes %.0f ms try %s",
                method,
                without_secrets(url),
                response.status,
                len(content),
                (time.monotonic() - started) * 1000,
                number,
            )
        return Answer(method, url, response.status, response.headers, content, sent)

    def _open(
        self, method: str, url: str, fields: Mapping[str, str], body: bytes | None, *, own: bool
    ) -> urllib3.BaseHTTPResponse:
        """Return the response to a request, its body unread."""
        pool, whole = self._pools.own if own else self._pools.to(url)
        if whole:
            target = split_userinfo(url)[0]
        elif url.startswith(self._below):
            target = url[self._path_at :]
        else:
            target = path_of(url)
        response: urllib3.BaseHTTPResponse = pool.urlopen(
            method,
            target,
            body=body,
            headers=fields,
            retries=NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=self.timeout,
            preload_content=False,
            enforce_content_length=True,  # not the default of 1.26
        )
        if whole and response.status == PROXY_CREDENTIALS:
            response.close()
            raise NoWay(refused_by(self._pools.proxy(url), "407 Proxy Authentication Required"))
        return response

    def _translated(self, error: Exception, method: str, url: str) -> TransportError:
        """Return the error to raise for one of urllib3's."""
        found = list(causes(error))
        timed_out = any(
            isinstance(cause, urllib3.exceptions.TimeoutError)
            # One of them by descent alone.
            and not isinstance(cause, urllib3.exceptions.NewConnectionError)
            for cause in found
        )
        kind = TransportTimeout if timed_out else TransportError
        unseen = never_sent(error) or (
            # Without a certificate we offer none later: it was wanted before the request was read.
            self._tls.is_anonymous and any(map(wants_certificate, found))
        )
        shown = without_secrets(url)
        return kind(
            f"{method} {shown}: {self._reason(error, url)}",
            method=method,
            url=shown,
            sent=not unseen,
        )

    def _reason(self, error: Exception, url: str) -> str:
        """Return why there is no answer, in plain words, and whose doing it is."""
        if isinstance(error, NoWay):
            return str(error)
        if self._closed and isinstance(error, urllib3.exceptions.ClosedPoolError):
            return "the client is closed"
        found = list(causes(error))
        proxy = self._pools.proxy(url)
        by_proxy = proxy is not None and isinstance(error, urllib3.exceptions.ProxyError)
        host = origin(proxy.url if proxy is not None and by_proxy else url)[1]
        trust = self._tls.trust
        told = [explained(cause, host, trust) for cause in found]
        reason = next(filter(None, told), "") or plain_reason(found[by_proxy])
        if proxy is None:
            return reason
        _, tunnel, answer = str(found[-1]).partition(NO_TUNNEL)
        if tunnel:
            return refused_by(proxy, answer)
        if by_proxy:
            return f"the proxy {proxy.url} cannot be used: {reason}"
        return f"{reason} (through the proxy {proxy.url})"

    def _read(self, response: urllib3.BaseHTTPResponse, url: str, limit: int) -> bytes:
        """Return the body, decompressed, and give the connection back; raises ResponseTooLarge."""
        limit = limit if response.status < 400 else ERROR_BODY  # noqa: PLR2004 - HTTP
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
        transport._pools.renew()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
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
    from inspect import signature  # noqa: PLC0415 - it is dear, and few pass a function

    if signature(auth).parameters:
        return auth  # type: ignore[no-any-return] # by contract
    return lambda _: auth()


def kept(body: bytes | None) -> bytes | int | None:
    """Return a body to remember a request by; its length where it is too long to be shown."""
    return len(body) if body and len(body) > BODY_SHOWN else body


def less_secrets(sent: Sent) -> SentRequest:
    """Return a request as it may be shown."""
    from ._curl import SentRequest  # noqa: PLC0415 - most requests are never shown

    return SentRequest(*sent)


def with_more(fields: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return header fields and those of ``more`` whose names are not among them yet."""
    names = {name.lower() for name in fields}
    added = {name: value for name, value in more.items() if name.lower() not in names}
    return {**fields, **added}


def evident(error: E, sent: Sent, seconds: float, number: int) -> E:
    """Return the error of a try with its evidence, and log it."""
    error.sent_request = less_secrets(sent)
    if isinstance(error, TransportError):
        error.sent_at = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    logger.debug("%s, after %.0f ms, try %s", error, seconds * 1000, number)
    return error


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


def never_sent(error: BaseException) -> bool:
    """Return whether an error came before the first byte of a request left."""
    return came_before_connected(error) or isinstance(error, NEVER_SENT)


#: Errors that come before the first byte of a request leaves.
NEVER_SENT = (urllib3.exceptions.LocationValueError, urllib3.exceptions.ClosedPoolError)

#: What http.client says before what a proxy answered.
NO_TUNNEL = "Tunnel connection failed: "


def settled(error: TransportError) -> bool:
    """Return whether another try would end in the same way."""
    found = list(causes(error))
    refused = str(found[-1]).startswith(f"{NO_TUNNEL}4")
    return refused or any(isinstance(cause, NoWay) or is_settled(cause) for cause in found)


def refused_by(proxy: Proxy | None, answer: str) -> str:
    """Return what to say of a proxy that does not pass a request on."""
    text = f"the proxy {proxy.url if proxy else ''} refuses: {answer}"
    if answer.startswith(f"{PROXY_CREDENTIALS}"):
        missing = proxy is None or proxy.user is None
        text += f"; {'it wants' if missing else 'it wants another'} user:password@ in its URL"
    return text


def unsendable(fields: Mapping[str, Any]) -> ValueError:
    """Return the error for header fields that HTTP cannot carry, without showing their values."""
    wrong = [name for name, value in fields.items() if re.search(UNSENDABLE, f"{name}{value}")]
    return ValueError(f"a line break, or a letter beyond Latin-1, in the headers {wrong}")


UNSENDABLE = "[\r\n]|[^\x00-\xff]"


def plain_reason(error: BaseException) -> str:
    """Return what went wrong in urllib3's words, less its wrappers and object addresses."""
    if len(error.args) > 1 and isinstance(error.args[-1], BaseException):
        return f"{error.args[0]} {plain_reason(error.args[-1])}"
    # Some bear the connection as an argument of its own, some have it before their text.
    told = isinstance(error, urllib3.exceptions.HTTPError) and len(error.args) > 1
    text = str(error.args[-1] if told else error)
    return re.sub(r"^(<.*?>|\w+\(host=.*?\)): ", "", text) or type(error).__name__
