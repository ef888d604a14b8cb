"""Requests and answers over urllib3: the only module that imports it, and the last to be imported.

Its pool is made once per client. urllib3's own retries and redirects are off, because what may
be retried and where credentials may go is decided here. Its exceptions end here: what leaves
this module is of ``ogcproc.errors``.
"""

from __future__ import annotations

import json
import logging
import os
import re
import weakref
from datetime import datetime, timedelta, timezone
from http.client import HTTPException
from math import inf
from time import monotonic
from urllib.parse import urlencode

import urllib3

from ..auth import BasicAuth
from ..errors import ResponseTooLarge, TransportError, TransportTimeout, UnsafeRedirect
from .answer import REDIRECTS, Answer, less_secrets
from .arguments import at_least
from .bodies import read_body
from .headers import Headers
from .limits import Call, socket_time, times_of
from .pools import NoWay, Pools, came_before_connected, causes
from .proxies import Proxies
from .retrying import NO_TUNNEL, PASSING, REPEATABLE, is_settled_by, pause_before, rest
from .tls import Tls, explained, wants_certificate
from .urls import (
    base_of,
    join,
    origin,
    path_of,
    query_of,
    segment,
    split_userinfo,
    without_secrets,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ..errors import OgcProcError
    from .answer import Sent
    from .curl import SentRequest
    from .limits import Times
    from .proxies import Proxy
    from .stream import Stream

    E = TypeVar("E", bound=OgcProcError)
    OnRequest = Callable[[SentRequest], Mapping[str, str] | None]
    OnResponse = Callable[[SentRequest, "Answer | BaseException", float], object]
    Path = str | os.PathLike[str]

__all__ = ["Request", "Transport"]

logger = logging.getLogger(__name__)

#: Redirects that ask for the same request elsewhere: nothing has been done yet.
REPEATING = frozenset({301, 307, 308})
#: Methods whose redirects are followed.
FOLLOWING = frozenset({"GET", "HEAD"})
#: How many redirects are followed; browsers follow 20, no server needs ten.
MAX_REDIRECTS = 10
#: How much is read of the answer to a form, in bytes: tokens are far shorter.
FORM_ANSWER = 64 * 1024
#: The longest body of a request that is remembered, in bytes.
BODY_SHOWN = 16 * 1024
#: Where what is no success begins.
REDIRECTION = 300
#: The status that says: nothing was done, for now.
TOO_MANY = 429
#: The status by which a server asks who we are.
UNAUTHORIZED = 401
#: The status by which a proxy asks who we are.
PROXY_CREDENTIALS = 407
#: Header fields that carry no secret and may follow a redirect to another origin.
HARMLESS = frozenset({"accept", "accept-encoding", "if-range", "range", "user-agent"})


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
        return self._transport.is_closed

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form, such as one that asks for a token.

        It is sent with these headers and none of the client's, over the client's pools and within
        its timeout; redirects are not followed. What is secret in it is for https alone. Raises
        TransportError, which says ``sent=False``: this request has not been sent.
        """
        return self._transport.post_form(url, fields, headers)


class Transport:
    """A pool of connections to one server, and to those it points to."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        api_url: str,
        *,
        auth: Any,
        headers: Mapping[str, str],
        timeout: Any,
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
        self._limit(timeout, retries, max_body)
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
        self._of_thread = self._pools.clock
        ALIVE.add(self._pools)

    def _limit(self, timeout: Any, retries: int, max_body: int) -> None:
        """Set the limits of each call; raises TypeError and ValueError."""
        self._times = connect, read, _ = times_of(timeout)
        self._timeout = urllib3.Timeout(connect=socket_time(connect), read=socket_time(read))
        self._settings = timeout, retries, max_body
        self.retries = at_least(0, retries, "retries")
        self.max_body = at_least(1, max_body, "max_body")

    def with_options(self, **changed: Any) -> Self:
        """Return this transport with other limits; connections and credentials are shared.

        Raises TypeError and ValueError.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        timeout, retries, max_body = self._settings
        given = {"timeout": timeout, "retries": retries, "max_body": max_body}
        other._limit(**{**given, **changed})
        return other

    def url(self, root: str, *segments: str, home: str = "", **query: Any) -> str:
        """Return the URL of a resource: names percent-encoded, a query of what is not None.

        ``root`` is one of ours, and ``home`` takes the place of it and of the base URL.
        """
        url = "/".join((home or self._below + root, *map(segment, segments)))
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
            if origin(url)[0] not in {"http", "https"}:
                return None
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
        call = self._of_thread.call
        return None if call.sent is None else less_secrets(call.sent)

    @property
    def is_closed(self) -> bool:
        """Whether the transport was closed: nothing is sent any more."""
        return self._pools.is_closed

    def rest(self, seconds: float) -> None:
        """Wait, but not longer than until the transport is closed."""
        rest(self._pools.closing, seconds)

    @property
    def times(self) -> Times:
        """How long connecting, each read and all of a call may take, in seconds."""
        return self._times

    def close(self) -> None:
        """Close all connections; further requests raise TransportError."""
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
        _, each, total = self._times
        call = Call(monotonic() + total, each, self.max_body)
        return self._settle(call, method, url, headers, body)

    def open(self, url: str, *, headers: Mapping[str, str] | None = None) -> Stream:
        """Return the answer to a GET with its body still to be read; see ``send``.

        There is a time for its head, and from then on for each read alone.
        """
        from .stream import Stream  # noqa: PLC0415 - most answers are read at once

        call = self._call(None)
        try:
            answer = self._settle(call, "GET", url, headers, None)
        finally:
            call.until = inf
        return answer if isinstance(answer, Stream) else Stream.of(answer)

    def _call(self, limit: int | None) -> Call:
        """Return a call that begins now."""
        _, each, total = self._times
        return Call(monotonic() + total, each, limit)

    def _settle(
        self,
        call: Call,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Answer:
        """Return the answer to a call, after the tries that it takes."""
        was_repeated = False
        while True:
            try:
                answer = self._follow(call, method, url, headers, body)
            except TransportError as error:
                given_up = is_settled_by(error) or (error.sent and method not in REPEATABLE)
                if given_up or not self._rests(call):
                    raise
                was_repeated = was_repeated or error.sent
            else:
                if (
                    answer.status not in PASSING
                    or method not in REPEATABLE
                    or not self._rests(call, answer.headers.last("retry-after"))
                ):
                    if was_repeated:
                        answer.was_repeated = True
                    return answer
                was_repeated = was_repeated or answer.status != TOO_MANY
            call.number += 1

    def _rests(self, call: Call, retry_after: str = "") -> bool:
        """Wait for the next try; return False at once where there is none, or no time for it."""
        if call.number > self.retries or self._pools.is_closed:
            return False
        seconds = pause_before(call.number, retry_after)
        if monotonic() + seconds >= call.until:
            return False
        self.rest(seconds)
        return True

    def _follow(
        self,
        call: Call,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Answer:
        """Return the answer to one try, after the redirects that it takes."""
        asked = url
        redirects = 0
        while True:
            answer = self._try(call, method, url, headers, body)
            if answer.status not in REDIRECTS:
                if redirects:
                    answer.was_redirected = True
                return answer
            if method not in FOLLOWING:
                if answer.status in REPEATING:
                    raise elsewhere(answer)
                return answer
            location = answer.headers.last("location")
            if not location:
                return answer
            redirects += 1
            if redirects > MAX_REDIRECTS:
                raise too_many(asked, location)
            url = self._redirected(url, location)

    def _redirected(self, url: str, location: str) -> str:
        """Return where a redirect leads; raises UnsafeRedirect where that leaves https.

        Servers behind a proxy name themselves as they know themselves: the same host without TLS,
        or another with the same path but for a slash. Then the path counts, on our own origin.
        """
        own_scheme, own_host, own_port = self._origin
        if origin(url) == self._origin:
            try:
                target = join(url, location)
                scheme, host, port = origin(target)
            except ValueError:
                return safe_target(url, location)
            path, was = path_of(target), path_of(url)
            by_slash = path.rstrip("/") == was.rstrip("/") and scheme in {"http", "https"}
            unsecured = (scheme, host, own_scheme) == ("http", own_host, "https")
            if path != was and (by_slash or (unsecured and port in {80, own_port})):
                return join(url, path)
        return safe_target(url, location)

    def _try(
        self,
        call: Call,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Answer:
        """Return the answer to one try of one request."""
        own = url.startswith(self._below) or origin(url) == self._origin
        fields = self.headers if headers is None else {**self.headers, **headers}
        if not own:
            fields = {name: fields[name] for name in fields if name.lower() in HARMLESS}
        elif self.auth is not None:
            return self._authorized(call, method, url, fields, body, self.auth)
        return self._exchange(call, method, url, fields, body, own=own)

    def _authorized(
        self,
        call: Call,
        method: str,
        url: str,
        fields: Mapping[str, str],
        body: bytes | None,
        auth: Callable[[Request], Mapping[str, str]],
    ) -> Answer:
        """Return the answer to a request with our credentials.

        A 401 proves that nothing was done: where there are other credentials then, whatever the
        method, the request is sent once more. What it takes to get credentials, which may wait
        for somebody to sign in, is not of the time of the call.
        """
        request = Request(method, url, fields, body, self)
        used = self._credentials(call, request, auth)
        whole = with_more(used, fields)
        answer = self._exchange(call, method, url, whole, body, own=True, secret=used)
        if answer.status != UNAUTHORIZED or self._renew is None:
            return answer
        before = monotonic()
        is_renewed = self._renew(request, used)
        call.until += monotonic() - before
        if not is_renewed:
            return answer
        used = self._credentials(call, request, auth)
        whole = with_more(used, fields)
        return self._exchange(call, method, url, whole, body, own=True, secret=used)

    @staticmethod
    def _credentials(
        call: Call, request: Request, auth: Callable[[Request], Mapping[str, str]]
    ) -> Mapping[str, str]:
        """Return the headers that the credentials make for a request; raises TypeError."""
        before = monotonic()
        used = auth(request)
        call.until += monotonic() - before
        if not hasattr(used, "items"):
            raise TypeError(f"auth gave {type(used).__name__} for the headers of a request")
        return used

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
        call = self._call(FORM_ANSWER)
        try:
            answer = self._exchange(call, "POST", url, whole, body, own=own, is_secret=True)
        except TransportError as error:
            error.sent = False
            raise
        return answer.status, answer.body

    def _exchange(
        self,
        call: Call,
        method: str,
        url: str,
        fields: Mapping[str, str],
        body: bytes | None,
        *,
        own: bool,
        secret: Collection[str] = (),
        is_secret: bool = False,
    ) -> Answer:
        """Return the answer to one request, sent as it is.

        ``secret`` are the names of the headers that the credentials made. ``is_secret`` is whether
        the hooks are not to see the answer, nor add to the request.
        """
        if self._pools.is_closed:
            shown = without_secrets(url)
            closed = TransportError("the client is closed", method=method, url=shown, sent=False)
            raise closed from NoWay("it stays closed")
        if is_secret or not self._is_observed:
            remembered = None if body is None else kept(body)
            return self._ask(call, (method, url, fields, remembered, secret), body, own)
        request = less_secrets((method, url, fields, kept(body), secret))
        if self._on_request is not None:
            more = self._on_request(request)
            if more and own:
                fields = with_more(fields, more)
        started = monotonic()
        try:
            answer = self._ask(call, (method, url, fields, kept(body), secret), body, own)
        except BaseException as error:
            self._tell(request, error, started)
            raise
        self._tell(request, answer, started)
        return answer

    def _tell(self, request: SentRequest, outcome: Answer | BaseException, started: float) -> None:
        """Tell the hook what came of a request; what the hook raises does not change it."""
        if self._on_response is not None:
            try:
                self._on_response(request, outcome, monotonic() - started)
            except Exception:
                logger.exception("on_response failed for %s %s", request.method, request.url)

    def _ask(self, call: Call, sent: Sent, body: bytes | None, own: bool) -> Answer:
        """Return the answer to a request that the hooks have seen; log what came of it."""
        method, url, fields, _, _ = call.sent = sent
        self._of_thread.call = call
        started = monotonic()
        response = None
        try:
            response = self._open(call, method, url, fields, body, own=own)
            if call.limit is None and response.status < REDIRECTION:
                return self._stream(response, call, sent)
            content = read_body(response, url, call.limit or self.max_body)
        except BROKEN as error:
            if response is None and isinstance(error, ValueError):
                wrong = unsendable(fields)
                if wrong is not None or type(error) is ValueError:
                    raise wrong or error from None
            failed = self._translated(error, call, method, url)
            raise evident(failed, sent, response, monotonic() - started, call.number) from error
        except ResponseTooLarge as error:
            evident(error, sent, response, monotonic() - started, call.number)
            raise
        finally:
            if self._pools.is_closed:  # in the meantime: the connection was given back to nobody
                self._pools.close()
        if logger.isEnabledFor(logging.DEBUG):
            size = f"{len(content)} bytes"
            self._log(method, url, response.status, size, monotonic() - started, call)
        return Answer(method, url, response.status, response.headers, content, sent)

    def _stream(self, response: urllib3.BaseHTTPResponse, call: Call, sent: Sent) -> Stream:
        """Return an answer whose body is still to be read."""
        from .stream import Stream  # noqa: PLC0415 - most answers are read at once

        method, url = sent[:2]

        def guarded(parts: Iterator[bytes]) -> Iterator[bytes]:
            try:
                yield from parts
            except BROKEN as error:
                failed = self._translated(error, call, method, url)
                raise evident(failed, sent, response, 0.0, call.number) from error

        self._log(method, url, response.status, "a body to come", 0.0, call)
        return Stream.over(response, sent, guarded, self.max_body)

    @staticmethod
    def _log(method: str, url: str, status: int, size: str, seconds: float, call: Call) -> None:
        logger.debug(
            "%s %s %s %s %.0f ms try %s",
            method,
            without_secrets(url),
            status,
            size,
            seconds * 1000,
            call.number,
        )

    def _open(
        self,
        call: Call,
        method: str,
        url: str,
        fields: Mapping[str, str],
        body: bytes | None,
        *,
        own: bool,
    ) -> urllib3.BaseHTTPResponse:
        """Return the response to a request, its body unread."""
        pool, whole = self._pools.own if own else self._pools.to(url)
        if whole:
            target = split_userinfo(url)[0]
        elif url.startswith(self._below):
            target = url[self._path_at :]
        else:
            target = path_of(url)
        if not own:
            call.target = target if re.fullmatch(AS_IT_IS, target) else None
        timeout = self._timeout if call.is_first else self._time_left(call, method, url)
        call.is_first = False
        response: urllib3.BaseHTTPResponse = pool.urlopen(
            method,
            target,
            body=body,
            headers=fields,
            retries=NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            enforce_content_length=True,  # not the default of 1.26
        )
        if whole and response.status == PROXY_CREDENTIALS:
            response.close()
            raise NoWay(refused_by(self._pools.proxy(url), "407 Proxy Authentication Required"))
        return response

    def _time_left(self, call: Call, method: str, url: str) -> urllib3.Timeout:
        """Return what is left of a call's time for a further request of it."""
        connect, read, _ = self._times
        left = call.until - monotonic()
        if left <= 0:
            shown = without_secrets(url)
            message = f"{method} {shown}: {self._too_long}"
            raise TransportTimeout(message, method=method, url=shown, sent=False)
        if left >= max(connect, read):
            return self._timeout
        return urllib3.Timeout(connect=min(connect, left), read=min(read, left))

    @property
    def _too_long(self) -> str:
        return f"the {self._times[2]:g} seconds for the whole of it are over"

    def _translated(self, error: Exception, call: Call, method: str, url: str) -> TransportError:
        """Return the error to raise for one of urllib3's."""
        found = list(causes(error))
        timed_out = any(
            isinstance(cause, (urllib3.exceptions.TimeoutError, TimeoutError))
            # One of them by descent alone.
            and not isinstance(cause, urllib3.exceptions.NewConnectionError)
            for cause in found
        )
        kind = TransportTimeout if timed_out else TransportError
        unseen = never_sent(error) or (
            # Without a certificate we offer none later: it was wanted before the request was read.
            self._tls.is_anonymous and any(map(wants_certificate, found))
        )
        is_over = timed_out and monotonic() >= call.until
        reason = self._too_long if is_over else self._reason(error, url)
        shown = without_secrets(url)
        return kind(f"{method} {shown}: {reason}", method=method, url=shown, sent=not unseen)

    def _reason(self, error: Exception, url: str) -> str:
        """Return why there is no answer, in plain words, and whose doing it is."""
        if isinstance(error, NoWay):
            return str(error)
        if self.is_closed and isinstance(error, urllib3.exceptions.ClosedPoolError):
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


NO_RETRIES = urllib3.Retry(False)

#: What goes wrong between us and a server. A ValueError is about the body, or about the headers
#: that were to be sent where there is no answer yet; an OverflowError about a chunk that is said to
#: be larger than all memory.
BROKEN = (
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    NoWay,
    ValueError,
    OverflowError,
)

#: The pools that a forked child has to make anew.
ALIVE: weakref.WeakSet[Pools] = weakref.WeakSet()


def _after_fork() -> None:
    for pools in list(ALIVE):
        pools.renew()


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


def with_more(fields: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return header fields and those of ``more`` whose names are not among them yet."""
    names = {name.lower() for name in fields}
    added = {name: value for name, value in more.items() if name.lower() not in names}
    return {**fields, **added}


def evident(
    error: E,
    sent: Sent,
    response: urllib3.BaseHTTPResponse | None,
    seconds: float,
    number: int,
) -> E:
    """Return the error of a try with its evidence, and log it."""
    error.sent_request = less_secrets(sent)
    if response is not None and isinstance(error, (TransportError, ResponseTooLarge)):
        error.status = response.status
        error.headers = Headers(response.headers.items())
    if isinstance(error, TransportError):
        error.sent_at = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    logger.debug("%s, after %.0f ms, try %s", error, seconds * 1000, number)
    return error


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


def too_many(asked: str, location: str) -> UnsafeRedirect:
    """Return the error for redirects without end."""
    return UnsafeRedirect(
        f"more than {MAX_REDIRECTS} redirects from {without_secrets(asked)}",
        url=without_secrets(asked),
        location=without_secrets(location),
    )


def never_sent(error: BaseException) -> bool:
    """Return whether an error came before the first byte of a request left."""
    return came_before_connected(error) or isinstance(error, NEVER_SENT)


#: Errors that come before the first byte of a request leaves.
NEVER_SENT = (urllib3.exceptions.LocationValueError, urllib3.exceptions.ClosedPoolError)


def refused_by(proxy: Proxy | None, answer: str) -> str:
    """Return what to say of a proxy that does not pass a request on."""
    text = f"the proxy {proxy.url if proxy else ''} refuses: {answer}"
    if answer.startswith(f"{PROXY_CREDENTIALS}"):
        missing = proxy is None or proxy.user is None
        text += f"; {'it wants' if missing else 'it wants another'} user:password@ in its URL"
    return text


def unsendable(fields: Mapping[str, Any]) -> ValueError | None:
    """Return the error for header fields that HTTP cannot carry, without showing their values.

    None where there are none.
    """
    wrong = [name for name, value in fields.items() if re.search(UNSENDABLE, f"{name}{value}")]
    if not wrong:
        return None
    return ValueError(f"a line break, or a letter beyond Latin-1, in the headers {wrong}")


#: A target that HTTP can carry as it is.
AS_IT_IS = "[!-~]+"

UNSENDABLE = "[\r\n]|[^\x00-\xff]"


def plain_reason(error: BaseException) -> str:
    """Return what went wrong in urllib3's words, less its wrappers and object addresses."""
    if len(error.args) > 1 and isinstance(error.args[-1], BaseException):
        return f"{error.args[0]} {plain_reason(error.args[-1])}"
    # Some bear the connection as an argument of its own, some have it before their text.
    told = isinstance(error, urllib3.exceptions.HTTPError) and len(error.args) > 1
    text = str(error.args[-1] if told else error)
    return re.sub(r"^(<.*?>|\w+\(host=.*?\)): ", "", text) or type(error).__name__
