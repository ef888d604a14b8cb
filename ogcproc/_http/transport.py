"""The transport: sends requests, and decides on retries, redirects and where credentials go.

urllib3's own retries and redirects are off, and none of its errors leaves this module.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta, timezone
from math import inf
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from weakref import ref

from ..errors import ResponseTooLarge, TransportError, UnsafeRedirect
from ._urllib3 import urllib3
from .answer import REDIRECTS, Answer, Stream, read_body
from .failures import (
    BROKEN,
    CLOSED,
    PASSING,
    PROXY_CREDENTIALS,
    REPEATABLE,
    SAFE,
    TOO_MANY,
    check_sendable,
    failure_of,
    is_settled_by,
    out_of_time,
    pause_before,
    refusal_of,
)
from .headers import Headers
from .pools import NoRoute, Pools
from .proxies import Proxies
from .request import (
    Call,
    Credentials,
    Request,
    SentRequest,
    Times,
    at_least,
    merged,
    socket_time,
    times_of,
)
from .tls import PathLike, SSLContext, Tls
from .urls import (
    Origin,
    Site,
    base_of,
    is_same_server,
    origin,
    path_of,
    split_userinfo,
    unsafe,
    without_secrets,
)

__all__ = ["Transport"]

logger = logging.getLogger(__name__)

NO_RETRIES = urllib3.Retry(False)
#: How much is read of the answer to a form, in bytes: tokens are far shorter.
FORM_ANSWER = 64 * 1024
REDIRECTION = 300
UNAUTHORIZED = 401
#: Header fields that carry no secret and may follow a redirect to another origin.
HARMLESS = frozenset({"accept", "accept-encoding", "if-range", "range", "user-agent"})
#: A target that HTTP can carry as it is.
AS_IT_IS = "[!-~]+"
#: Redirects that ask for the same request elsewhere: nothing has been done yet.
REPEATING = frozenset({301, 307, 308})
#: Those of them by which no server means that something was done.
UNDONE = frozenset({307, 308})
#: How many redirects are followed; browsers follow 20, no server needs ten.
MAX_REDIRECTS = 10


class Transport(Site):
    """Sends requests to one server, and to those it points to."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        base_url: str,
        *,
        auth: Any,
        headers: Mapping[str, str],
        origins: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: Any,
        retries: int,
        proxy: str | None,
        ca_bundle: PathLike | None,
        client_cert: PathLike | tuple[PathLike, PathLike] | None,
        ssl_context: SSLContext | None,
        verify: bool = True,
        pool_size: int,
        max_body: int,
        on_request: Callable[..., Any] | None = None,
        on_response: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(base_url, params)
        self.headers: dict[str, str] = dict(headers)
        self._credentials = None if auth is None else Credentials(auth)
        self._others = credentials_by_origin(origins or {}, self._origin)
        self._limit(timeout=timeout, retries=retries, max_body=max_body)
        tls = Tls(
            ca_bundle=ca_bundle, client_cert=client_cert, ssl_context=ssl_context, verify=verify
        )
        size = at_least(1, pool_size, "pool_size")
        self._pools = Pools(base_url, size=size, proxies=Proxies(proxy, os.environ), tls=tls)
        self._on_request = on_request
        self._on_response = on_response
        self._is_observed = on_request is not None or on_response is not None

    def _limit(self, **limits: Any) -> None:
        self._limits = limits
        self.times: Times = times_of(limits["timeout"])
        self._timeout = timeout_of(*self.times[:2])
        self.retries: int = at_least(0, limits["retries"], "retries")
        self.max_body: int = at_least(1, limits["max_body"], "max_body")

    def with_options(self, **changed: Any) -> Transport:
        """Return a transport with other limits that shares connections and credentials."""
        other = copy(self)
        other._limit(**{**self._limits, **changed})
        return other

    @property
    def is_closed(self) -> bool:
        return self._pools.is_closed

    def close(self) -> None:
        self._pools.close()

    def rest(self, seconds: float) -> None:
        """Sleep, at most until the transport is closed."""
        rest(self._pools.closing, seconds)

    @property
    def last_request(self) -> SentRequest | None:
        sent = self._pools.current.sent
        return None if sent is None else sent.redacted()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        document: Any = None,
        body: bytes | None = None,
        repeatable: Collection[str] = REPEATABLE,
    ) -> Answer:
        """Return the answer to a request, error or not, tried again if that is safe.

        GET, HEAD and OPTIONS follow redirects. Other methods follow 307 and 308, if these stay on
        the same server; then 302 and 303 are answers, which point to the result. Other redirects
        that ask for the same request elsewhere are unsafe. Raises TransportError,
        TransportTimeout, ResponseTooLarge and UnsafeRedirect.
        """
        if document is not None:
            body = json.dumps(document, allow_nan=False).encode()
        request = self._request(method, url, headers, body, self.max_body)
        return self._settle(request, repeatable)

    def open(self, url: str, *, headers: Mapping[str, str] | None = None) -> Stream:
        """Return the answer to a GET with its body still to be read; see ``send``.

        The deadline of the call is for the head. After that there is a timeout for each read.
        """
        request = self._request("GET", url, headers, None, None)
        try:
            answer = self._settle(request, REPEATABLE)
        finally:
            request.call.until = inf
        return answer if isinstance(answer, Stream) else Stream(answer)

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form; the hooks do not see it."""
        request = self._request("POST", url, {}, urlencode(fields).encode(), FORM_ANSWER)
        request.headers = {
            "User-Agent": self.headers["User-Agent"],
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        self._check_open(request)
        try:
            answer = self._ask(request)
        except TransportError as error:
            error.sent = False
            raise
        return answer.status, answer.body

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        limit: int | None,
    ) -> Request:
        own = self.shares_origin(url)
        fields = self.headers if own else harmless(self.headers)
        request = Request(
            method,
            url,
            fields if headers is None else merged(headers, fields),
            body,
            call=Call(self.times, limit),
            sender=ref(self),
            is_own=own,
        )
        request.credentials = self._credentials if own else self._others.get(origin(url))
        return request

    def _settle(self, request: Request, repeatable: Collection[str]) -> Answer:
        """Return the answer to a request, after as many tries as it takes."""
        call = request.call
        is_repeatable = request.method in repeatable
        was_repeated = False
        while True:
            try:
                answer = self._follow(request)
            except TransportError as error:
                given_up = is_settled_by(error) or (error.sent and not is_repeatable)
                if given_up or not self._pause(call):
                    raise
                was_repeated = was_repeated or error.sent
            else:
                asked = answer.headers.last("retry-after") if answer.status in PASSING else ""
                # A 429 proves that nothing was done (docs/executed-once.rst).
                is_safe = is_repeatable or (answer.status == TOO_MANY and asked)
                if answer.status not in PASSING or not is_safe or not self._pause(call, asked):
                    answer.was_repeated = was_repeated
                    return answer
                was_repeated = was_repeated or answer.status != TOO_MANY
            call.number += 1

    def _pause(self, call: Call, retry_after: str = "") -> bool:
        """Sleep before the next try; return False at once if there is none, or no time."""
        if call.number > self.retries or self._pools.is_closed:
            return False
        seconds = pause_before(call.number, retry_after)
        if monotonic() + seconds >= call.until:
            return False
        self.rest(seconds)
        return True

    def _follow(self, request: Request) -> Answer:
        """Return the answer to one try, after the redirects that it takes."""
        asked = request.url
        redirects = 0
        while True:
            if self._params and request.is_own:
                request = request.but(url=self.with_params(request.url))
            answer = self._try(request)
            if answer.status not in REDIRECTS:
                answer.was_redirected = redirects > 0
                return answer
            location = answer.headers.last("location")
            is_followed = request.method in SAFE
            if not is_followed and answer.status not in REPEATING:
                return answer
            if is_followed and not location:
                return answer
            redirects += 1
            if redirects > MAX_REDIRECTS:
                raise unsafe(f"more than {MAX_REDIRECTS} redirects from {{url}}", asked, location)
            if is_followed or self._may_repeat(answer, location):
                request = self._redirected(request, location)
            else:
                raise self._not_repeated(answer, location)

    def _may_repeat(self, answer: Answer, location: str) -> bool:
        """Return whether a request that changes something is repeated where it is redirected.

        A 307 or 308 proves that nothing was done yet. A 301 does not: some servers answer an
        execution by it, and mean that GET gives the result.
        """
        if answer.status not in UNDONE or not location:
            return False
        return is_same_server(answer.url, self.redirect_target(answer.url, location))

    def _not_repeated(self, answer: Answer, location: str) -> UnsafeRedirect:
        """Return the error for a redirect that is not followed; it says which api_url to pass."""
        target = answer.location or location
        message = "{url} is redirected to {location}, where it is not repeated"
        base = without_secrets(self.moved_base(answer.url, target))
        advice = f": pass api_url={base!r}" if base else ""
        message = f"{answer.method} {message} ({answer.status})"
        return unsafe(message, answer.url, target, advice)

    def _redirected(self, request: Request, location: str) -> Request:
        """Return the request to send after a redirect.

        If it leaves our server, it may get the credentials for another origin. After that it gets
        none, also if it comes back: then another server has chosen the URL.
        """
        url = self.redirect_target(request.url, location)
        if is_same_server(request.url, url):
            return request.but(url=url)
        return request.but(
            url=url,
            is_own=False,
            headers=harmless(request.headers),
            credentials=self._others.get(origin(url)) if request.is_own else None,
        )

    def _try(self, request: Request) -> Answer:
        """Return the answer to one try of one request, with the credentials for its origin.

        A 401 proves that nothing was done: with new credentials the request is sent once more,
        whatever its method. The deadline moves by the time that credentials take, because somebody
        may have to sign in.
        """
        credentials = request.credentials
        if credentials is None:
            return self._exchange(request)
        untimed = request.call.untimed
        used = untimed(credentials.headers, request)
        answer = self._exchange(request.with_credentials(used))
        if answer.status != UNAUTHORIZED or credentials.renew is None:
            return answer
        if not untimed(credentials.renew, request, used):
            return answer
        return self._exchange(request.with_credentials(untimed(credentials.headers, request)))

    def _exchange(self, request: Request) -> Answer:
        self._check_open(request)
        if not self._is_observed:
            return self._ask(request)
        shown = request.redacted()
        if self._on_request is not None:
            more = self._on_request(shown)
            if more and request.is_own:
                request = request.but(headers=merged(request.headers, more))
        started = monotonic()
        try:
            answer = self._ask(request)
        except BaseException as error:
            self._report(shown, error, started)
            raise
        self._report(shown, answer, started)
        return answer

    def _check_open(self, request: Request) -> None:
        if self._pools.is_closed:
            url = without_secrets(request.url)
            error = TransportError(CLOSED, method=request.method, url=url, sent=False)
            raise error from NoRoute(CLOSED)

    def _report(
        self, request: SentRequest, outcome: Answer | BaseException, started: float
    ) -> None:
        if self._on_response is not None:
            try:
                self._on_response(request, outcome, monotonic() - started)
            except Exception:
                logger.exception("on_response failed for %s %s", request.method, request.url)

    def _ask(self, request: Request) -> Answer:
        call = request.call
        sent = request.remembered()
        current = self._pools.current
        current.call, current.sent = call, sent
        started = monotonic()
        response = None
        try:
            response = self._open(request)
            if call.limit is None and response.status < REDIRECTION:
                return self._stream(response, sent)
            body = read_body(response, request.url, call.limit or self.max_body)
        except BROKEN as error:
            if response is None:
                check_sendable(request.headers, error)
            failure = failure_of(sent, error, self._pools)
            self._add_evidence(failure, sent, response, started)
            raise failure from error
        except ResponseTooLarge as error:
            self._add_evidence(error, sent, response, started)
            raise
        finally:
            if self._pools.is_closed:  # in the meantime: the connection went to a closed pool
                self._pools.close()
        if logger.isEnabledFor(logging.DEBUG):
            log(sent, response.status, f"{len(body)} bytes", monotonic() - started)
        return Answer(sent.method, sent.url, response.status, response.headers, body, sent)

    @staticmethod
    def _add_evidence(
        error: TransportError | ResponseTooLarge,
        request: Request,
        response: urllib3.HTTPResponse | None,
        started: float,
    ) -> None:
        seconds = monotonic() - started
        error.sent_request = request.redacted()
        if response is not None:
            error.status = response.status
            error.headers = Headers(response.headers.items())
        if isinstance(error, TransportError):
            error.sent_at = datetime.now(timezone.utc) - timedelta(seconds=seconds)
        logger.debug("%s, after %.0f ms, try %s", error, seconds * 1000, request.call.number)

    def _stream(self, response: urllib3.HTTPResponse, request: Request) -> Stream:
        @contextmanager
        def guard() -> Iterator[None]:
            try:
                yield
            except BROKEN as error:
                failure = failure_of(request, error, self._pools)
                self._add_evidence(failure, request, response, monotonic())
                raise failure from error

        log(request, response.status, "a body to come", 0.0)
        answer = Answer(
            request.method, request.url, response.status, response.headers, b"", request
        )
        return Stream(answer, response, guard, self.max_body)

    def _open(self, request: Request) -> urllib3.HTTPResponse:
        url, call = request.url, request.call
        if request.is_own and self.shares_origin(url):
            pool, proxy = self._pools.own
        else:
            pool, proxy = self._pools.to(url, own=request.is_own)
        target = split_userinfo(url)[0] if proxy else self.target(url)
        call.target = None if request.is_own or not re.fullmatch(AS_IT_IS, target) else target
        timeout = self._timeout if call.is_first else self._time_left(request)
        call.is_first = False
        response: urllib3.HTTPResponse = pool.urlopen(  # type: ignore[assignment] # 1.26's only type
            request.method,
            target,
            body=request.body,
            headers=request.headers,
            retries=NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            enforce_content_length=True,  # not the default of 1.26
        )
        self._pools.has_answered = self._pools.has_answered or request.is_own
        if response.status == PROXY_CREDENTIALS and proxy:
            response.close()
            raise NoRoute(refusal_of(proxy, "407 Proxy Authentication Required"))
        return response

    def _time_left(self, request: Request) -> urllib3.Timeout:
        connect, read, _ = self.times
        left = request.call.until - monotonic()
        if left <= 0:
            raise out_of_time(request)
        if left >= max(connect, read):
            return self._timeout
        return timeout_of(min(connect, left), min(read, left))


def credentials_by_origin(origins: Mapping[str, Any], own: Origin) -> Mapping[Origin, Credentials]:
    """Return the credentials for further origins; raises TypeError and ValueError."""
    if not isinstance(origins, Mapping):
        raise TypeError(f"origins must be a dict of URLs and auths, not {type(origins).__name__}")
    found = {}
    for url, auth in origins.items():
        base, user, _ = base_of(url, "a key of origins")
        if user is not None or path_of(base) != "/":
            raise ValueError(f"a key of origins is scheme, host and port alone, not {base!r}")
        if origin(base) == own:
            raise ValueError(f"{base} is the origin of api_url: pass auth= for it")
        found[origin(base)] = Credentials(auth)
    return found


def harmless(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the header fields that any server may see."""
    return {name: value for name, value in fields.items() if name.lower() in HARMLESS}


def rest(closing: Event, seconds: float) -> None:
    closing.wait(seconds)


def timeout_of(connect: float, read: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=socket_time(connect), read=socket_time(read))


def log(request: Request, status: int, body: str, seconds: float) -> None:
    logger.debug(
        "%s %s %s %s %.0f ms try %s",
        request.method,
        without_secrets(request.url),
        status,
        body,
        seconds * 1000,
        request.call.number,
    )
