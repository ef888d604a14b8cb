"""The transport: sends requests, and decides on retries, redirects and where credentials go.

urllib3's own retries and redirects are off. Its exceptions end here: what this module raises is of
``ogcproc.errors``, or the caller's mistake.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from math import inf
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlencode
from weakref import ref

from ..errors import ResponseTooLarge, TransportError
from ._urllib3 import urllib3
from .answer import REDIRECTS, Answer
from .bodies import read_body
from .connections import NoRoute
from .curl import SentRequest
from .failures import (
    BROKEN,
    PROXY_CREDENTIALS,
    check_sendable,
    client_closed,
    failure_of,
    out_of_time,
    refusal_of,
    with_evidence,
)
from .limits import Times, at_least, socket_time, times_of
from .pools import Pools
from .proxies import Proxies
from .redirects import (
    FOLLOWING,
    MAX_REDIRECTS,
    REPEATING,
    redirect_target,
    repeated_elsewhere,
    too_many,
)
from .request import Auth, Call, Request, headers_function
from .retrying import PASSING, REPEATABLE, TOO_MANY, is_settled_by, pause_before, rest
from .site import Site
from .stream import Stream
from .tls import SSLContext, Tls
from .urls import split_userinfo, without_secrets

__all__ = ["Transport"]

OnRequest = Callable[[SentRequest], Mapping[str, str] | None]
OnResponse = Callable[[SentRequest, Answer | BaseException, float], object]
Path = str | os.PathLike[str]

E = TypeVar("E", TransportError, ResponseTooLarge)

logger = logging.getLogger(__name__)

NO_RETRIES = urllib3.Retry(False)
#: How much is read of the answer to a form, in bytes: tokens are far shorter.
FORM_ANSWER = 64 * 1024
#: From this status on, an answer is no success.
REDIRECTION = 300
#: The status by which a server asks for credentials.
UNAUTHORIZED = 401
#: Header fields that carry no secret and may follow a redirect to another origin.
HARMLESS = frozenset({"accept", "accept-encoding", "if-range", "range", "user-agent"})
#: A target that HTTP can carry as it is.
AS_IT_IS = "[!-~]+"


class Transport(Site):
    """Sends requests to one server, and to those it points to.

    ``base_url`` holds no user and password. ``auth`` is an ``Auth``, a function that returns header
    fields, or None.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        base_url: str,
        *,
        auth: Auth | Callable[..., Mapping[str, str]] | None,
        headers: Mapping[str, str],
        timeout: Any,
        retries: int,
        proxy: str | None,
        ca_bundle: Path | None,
        client_cert: Path | tuple[Path, Path] | None,
        ssl_context: SSLContext | None,
        verify: bool = True,
        pool_size: int,
        max_body: int,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
    ) -> None:
        super().__init__(base_url)
        self.headers: dict[str, str] = dict(headers)
        self._auth = None if auth is None else headers_function(auth)
        self._renew: Callable[[Request, Mapping[str, str]], bool] | None
        self._renew = getattr(auth, "renew", None)
        self._limit(timeout=timeout, retries=retries, max_body=max_body)
        tls = Tls(
            ca_bundle=ca_bundle,
            client_cert=client_cert,
            ssl_context=ssl_context,
            verify=verify,
            environ=os.environ,
        )
        self._pools = Pools(base_url, size=pool_size, proxies=Proxies(proxy, os.environ), tls=tls)
        self._on_request = on_request
        self._on_response = on_response
        self._is_observed = on_request is not None or on_response is not None

    def _limit(self, **limits: Any) -> None:
        """Set the limits of each call; raises TypeError and ValueError."""
        self._limits = limits
        #: How long connecting, each read and the whole call may take, in seconds.
        self.times: Times = times_of(limits["timeout"])
        self._timeout = timeout_of(*self.times[:2])
        #: How often a request is sent again, at most.
        self.retries: int = at_least(0, limits["retries"], "retries")
        #: The longest body that is read into memory, in bytes.
        self.max_body: int = at_least(1, limits["max_body"], "max_body")

    def with_options(self, **changed: Any) -> Transport:
        """Return this transport with other limits; connections and credentials are shared.

        Raises TypeError and ValueError.
        """
        other = copy(self)
        other._limit(**{**self._limits, **changed})
        return other

    @property
    def is_closed(self) -> bool:
        """Whether the transport was closed: nothing is sent any more."""
        return self._pools.is_closed

    def close(self) -> None:
        """Close all connections; further requests raise TransportError."""
        self._pools.close()

    def rest(self, seconds: float) -> None:
        """Sleep, but not longer than until the transport is closed."""
        rest(self._pools.closing, seconds)

    @property
    def last_request(self) -> SentRequest | None:
        """The last request that this thread sent, without its secrets; None if it sent none."""
        sent = self._pools.current.sent
        return None if sent is None else sent.redacted()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        document: Any = None,
    ) -> Answer:
        """Return the answer to a request, error or not, tried again if that is safe.

        GET and HEAD follow redirects. For other methods 302 and 303 are answers, which point to
        what came of the request; a redirect that asks for the same request elsewhere is unsafe.
        Raises TransportError, TransportTimeout, ResponseTooLarge and UnsafeRedirect.
        """
        body = None if document is None else json.dumps(document, allow_nan=False).encode()
        return self._settle(self._request(method, url, headers, body, self.max_body))

    def open(self, url: str, *, headers: Mapping[str, str] | None = None) -> Stream:
        """Return the answer to a GET with its body still to be read; see ``send``.

        The timeout of the call ends with the head. After that there is one for each read.
        """
        request = self._request("GET", url, headers, None, None)
        try:
            answer = self._settle(request)
        finally:
            request.call.until = inf
        return answer if isinstance(answer, Stream) else Stream.of(answer)

    def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Return the status and body of the answer to a form; see Request.

        The hooks do not see it.
        """
        whole = {
            "User-Agent": self.headers["User-Agent"],
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            **headers,
        }
        call = Call(self.times, FORM_ANSWER)
        own = self.shares_origin(url)
        body = urlencode(fields).encode()
        request = Request("POST", url, whole, body, call=call, sender=ref(self), is_own=own)
        if self.is_closed:
            raise client_closed(request)
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
        """Return the request that begins a call."""
        fields = self.headers if headers is None else {**self.headers, **headers}
        call = Call(self.times, limit)
        own = self.shares_origin(url)
        return Request(method, url, fields, body, call=call, sender=ref(self), is_own=own)

    def _settle(self, request: Request) -> Answer:
        """Return the answer to a request, after as many tries as it takes."""
        call = request.call
        is_repeatable = request.method in REPEATABLE
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
        """Sleep before the next try; return False at once if there is none, or no time for it."""
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
            answer = self._try(request)
            if answer.status not in REDIRECTS:
                answer.was_redirected = redirects > 0
                return answer
            if request.method not in FOLLOWING:
                if answer.status in REPEATING:
                    raise repeated_elsewhere(answer)
                return answer
            location = answer.headers.last("location")
            if not location:
                return answer
            redirects += 1
            if redirects > MAX_REDIRECTS:
                raise too_many(asked, location)
            url = redirect_target(request.url, location, self.base_url)
            request = request.to(url, is_own=self.shares_origin(url))

    def _try(self, request: Request) -> Answer:
        """Return the answer to one try of one request, with credentials for our own server.

        A 401 proves that nothing was done: if there are other credentials then, the request is
        sent once more, whatever its method. To get credentials may take long, if somebody has to
        sign in: the deadline of the call is moved by that time.
        """
        if not request.is_own:
            return self._exchange(request.with_only(HARMLESS))
        if self._auth is None:
            return self._exchange(request)
        untimed = request.call.untimed
        used = untimed(self._auth, request)
        answer = self._exchange(request.with_credentials(used))
        if answer.status != UNAUTHORIZED or self._renew is None:
            return answer
        if not untimed(self._renew, request, used):
            return answer
        return self._exchange(request.with_credentials(untimed(self._auth, request)))

    def _exchange(self, request: Request) -> Answer:
        """Return the answer to one request; the hooks see both."""
        if self._pools.is_closed:
            raise client_closed(request)
        if not self._is_observed:
            return self._ask(request)
        shown = request.redacted()
        if self._on_request is not None:
            more = self._on_request(shown)
            if more and request.is_own:
                request = request.with_more(more)
        started = monotonic()
        try:
            answer = self._ask(request)
        except BaseException as error:
            self._report(shown, error, started)
            raise
        self._report(shown, answer, started)
        return answer

    def _report(
        self, request: SentRequest, outcome: Answer | BaseException, started: float
    ) -> None:
        """Call ``on_response``; log what it raises."""
        if self._on_response is not None:
            try:
                self._on_response(request, outcome, monotonic() - started)
            except Exception:
                logger.exception("on_response failed for %s %s", request.method, request.url)

    def _ask(self, request: Request) -> Answer:
        """Return the answer to one request, sent as it is; log what came of it."""
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
            raise self._failed(failure, sent, response, started) from error
        except ResponseTooLarge as error:
            self._failed(error, sent, response, started)
            raise
        finally:
            if self._pools.is_closed:  # in the meantime: the connection was given back to nobody
                self._pools.close()
        if logger.isEnabledFor(logging.DEBUG):
            log(sent, response.status, f"{len(body)} bytes", monotonic() - started)
        return Answer(sent.method, sent.url, response.status, response.headers, body, sent)

    @staticmethod
    def _failed(
        error: E, request: Request, response: urllib3.HTTPResponse | None, started: float
    ) -> E:
        """Return the error that a request ended with, with its evidence, and log it."""
        seconds = monotonic() - started
        with_evidence(error, request, response, seconds)
        logger.debug("%s, after %.0f ms, try %s", error, seconds * 1000, request.call.number)
        return error

    def _stream(self, response: urllib3.HTTPResponse, request: Request) -> Stream:
        """Return an answer whose body is still to be read."""

        def guarded(parts: Iterator[bytes]) -> Iterator[bytes]:
            try:
                yield from parts
            except BROKEN as error:
                failure = failure_of(request, error, self._pools)
                raise self._failed(failure, request, response, monotonic()) from error

        log(request, response.status, "a body to come", 0.0)
        return Stream.over(response, request, guarded, self.max_body)

    def _open(self, request: Request) -> urllib3.HTTPResponse:
        """Return the response to a request, its body unread."""
        url, call = request.url, request.call
        pool, is_whole = self._pools.own if request.is_own else self._pools.to(url)
        target = split_userinfo(url)[0] if is_whole else self.target(url)
        if not request.is_own:
            call.target = target if re.fullmatch(AS_IT_IS, target) else None
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
        if response.status == PROXY_CREDENTIALS and is_whole:
            response.close()
            raise NoRoute(refusal_of(self._pools.proxy(url), "407 Proxy Authentication Required"))
        return response

    def _time_left(self, request: Request) -> urllib3.Timeout:
        """Return the timeout of a further request of a call."""
        connect, read, _ = self.times
        left = request.call.until - monotonic()
        if left <= 0:
            raise out_of_time(request)
        if left >= max(connect, read):
            return self._timeout
        return timeout_of(min(connect, left), min(read, left))


def timeout_of(connect: float, read: float) -> urllib3.Timeout:
    """Return the timeout for connecting and for each read, as urllib3 takes it."""
    return urllib3.Timeout(connect=socket_time(connect), read=socket_time(read))


def log(request: Request, status: int, body: str, seconds: float) -> None:
    """Log an answer."""
    logger.debug(
        "%s %s %s %s %.0f ms try %s",
        request.method,
        without_secrets(request.url),
        status,
        body,
        seconds * 1000,
        request.call.number,
    )
