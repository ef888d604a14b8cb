"""Failures: our errors for those of urllib3 and http.client, and when to try again."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import BadStatusLine, HTTPException
from time import monotonic

from ..errors import TransportError, TransportTimeout
from ._urllib3 import urllib3
from .pools import NoRoute, Pools
from .proxies import Proxy
from .request import Request
from .tls import explained, is_settled, wants_certificate
from .urls import origin, without_secrets

__all__ = [
    "BROKEN",
    "CLOSED",
    "PASSING",
    "PROXY_CREDENTIALS",
    "REPEATABLE",
    "SAFE",
    "TOO_MANY",
    "asked_pause",
    "came_before_connected",
    "check_sendable",
    "failure_of",
    "is_settled_by",
    "out_of_time",
    "pause_before",
    "refusal_of",
]

exceptions = urllib3.exceptions

#: The errors of a failed request. A ValueError is about the body, or about our headers if there is
#: no answer yet; an OverflowError is about a chunk that claims to be larger than all memory.
BROKEN = (
    exceptions.HTTPError,
    HTTPException,
    OSError,
    NoRoute,
    ValueError,
    OverflowError,
)
TIMEOUTS = (exceptions.TimeoutError, TimeoutError)
#: Errors that come before the first byte of a request leaves.
NEVER_SENT = (exceptions.LocationValueError, exceptions.ClosedPoolError)
#: http.client puts this before the answer of a proxy that makes no tunnel.
NO_TUNNEL = "Tunnel connection failed: "
PROXY_CREDENTIALS = 407
CLOSED = "the client is closed"
#: Methods that change nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Methods that can be repeated; a job that is dismissed twice is dismissed.
REPEATABLE = SAFE | {"DELETE"}
PASSING = frozenset({429, 502, 503, 504})
#: The longest back-off between two tries, and the longest Retry-After obeyed, in seconds.
MAX_PAUSE = 60.0
#: The longest back-off after the first try; it doubles with each further one.
FIRST_PAUSE = 0.5
#: The status by which a server refuses a request for now: it did nothing.
TOO_MANY = 429
#: What no header field can carry.
UNSENDABLE = "[\r\n]|[^\x00-\xff]"


def failure_of(request: Request, error: Exception, pools: Pools) -> TransportError:
    found = list(causes(error))
    timed_out = any(
        # A NewConnectionError is one by descent alone.
        isinstance(cause, TIMEOUTS) and not isinstance(cause, exceptions.NewConnectionError)
        for cause in found
    )
    never_sent = (
        isinstance(error, NEVER_SENT)
        or came_before_connected(error)
        # If we have no certificate to show, the server refused before it read the request.
        or (pools.tls.is_anonymous and any(map(wants_certificate, found)))
    )
    if timed_out and monotonic() >= request.call.until:
        return out_of_time(request, sent=not never_sent)
    kind = TransportTimeout if timed_out else TransportError
    return failed(kind, request, reason_for(request, error, pools), sent=not never_sent)


def failed(
    kind: type[TransportError], request: Request, reason: str, *, sent: bool
) -> TransportError:
    url = without_secrets(request.url)
    return kind(f"{request.method} {url}: {reason}", method=request.method, url=url, sent=sent)


def out_of_time(request: Request, *, sent: bool = False) -> TransportError:
    reason = f"timed out after {request.call.times[2]:g} s in total"
    return failed(TransportTimeout, request, reason, sent=sent)


def check_sendable(headers: Mapping[str, str], error: Exception) -> None:
    """Raise ValueError if the error is about these header fields; it names them without values."""
    if not isinstance(error, ValueError):
        return
    wrong = [name for name, value in headers.items() if re.search(UNSENDABLE, f"{name}{value}")]
    if wrong:
        text = f"a line break, or a letter beyond Latin-1, in the headers {wrong}"
        raise ValueError(text) from None
    if type(error) is ValueError:  # another mistake of the caller
        raise error from None


def reason_for(request: Request, error: Exception, pools: Pools) -> str:
    if isinstance(error, NoRoute):
        return str(error)
    if pools.is_closed and isinstance(error, exceptions.ClosedPoolError):
        return CLOSED
    found = list(causes(error))
    proxy = pools.proxies.to(request.url)
    by_proxy = proxy is not None and isinstance(error, exceptions.ProxyError)
    host = origin(proxy.url if proxy is not None and by_proxy else request.url)[1]
    of_tls = [explained(cause, host, pools.tls.trust) for cause in found]
    reason = next(filter(None, of_tls), "") or plain_reason(found[by_proxy])
    if proxy is None:
        is_unanswered = request.is_own and not pools.has_answered
        may_be_tls = is_unanswered and isinstance(found[-1], (ConnectionResetError, BadStatusLine))
        # A server that expects TLS ends the connection.
        is_advised = may_be_tls and request.url.startswith("http://")
        return f"{reason}; if it speaks TLS, try https://" if is_advised else reason
    _, tunnel, answer = str(found[-1]).partition(NO_TUNNEL)
    if tunnel:
        return refusal_of(proxy, answer)
    if by_proxy:
        return f"the proxy {proxy.url} cannot be used: {reason}"
    return f"{reason} (through the proxy {proxy.url})"


def refusal_of(proxy: Proxy, answer: str) -> str:
    text = f"the proxy {proxy.url} refuses: {answer}"
    if answer.startswith(f"{PROXY_CREDENTIALS}"):
        wanted = "it wants" if proxy.user is None else "it wants another"
        text += f"; {wanted} user:password@ in its URL"
    return text


def plain_reason(error: BaseException) -> str:
    """Return urllib3's message, without its wrappers and object addresses."""
    if len(error.args) > 1 and isinstance(error.args[-1], BaseException):
        return f"{error.args[0]} {plain_reason(error.args[-1])}"
    # Some carry the connection as an argument of its own, some have it before their text.
    has_more = isinstance(error, exceptions.HTTPError) and len(error.args) > 1
    text = str(error.args[-1] if has_more else error)
    return re.sub(r"^(<.*?>|\w+\(host=.*?\)): ", "", text) or type(error).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    # Errors in __context__ may be of another request.
    found: BaseException | None = error
    while found is not None:
        yield found
        inner = found.args[-1] if found.args else None
        found = inner if isinstance(inner, BaseException) else found.__cause__


def came_before_connected(error: BaseException) -> bool:
    return any(getattr(cause, "before_connected", False) for cause in causes(error))


# --- retries ----------------------------------------------------------------------------------


def pause_before(number: int, retry_after: str = "") -> float:
    """Return the seconds to sleep after a try: as asked, or full jitter on exponential back-off."""
    asked = retry_after_seconds(retry_after)
    if asked is None:
        most = min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(number - 1, 16))
        asked = random.uniform(0, most)  # noqa: S311 - jitter
    return min(asked, MAX_PAUSE)


def asked_pause(headers: Mapping[str, str]) -> float:
    """Return the seconds of pause that an answer asks for: a minute at most."""
    return min(MAX_PAUSE, retry_after_seconds(headers.get("retry-after", "")) or 0.0)


def retry_after_seconds(value: str) -> float | None:
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def is_settled_by(error: TransportError) -> bool:
    """Return whether another try would end in the same way."""
    found = list(causes(error))
    refused = str(found[-1]).startswith(f"{NO_TUNNEL}4")
    return refused or any(isinstance(cause, NoRoute) or is_settled(cause) for cause in found)
