"""Retries: which requests are sent again, after which failures, and after which pause."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from ..errors import TransportError
from .failures import NO_TUNNEL, causes
from .pools import NoRoute
from .tls import is_settled

__all__ = ["PASSING", "REPEATABLE", "TOO_MANY", "asked_pause", "is_settled_by", "pause_before"]

#: Methods that may be sent again whatever became of the first try.
REPEATABLE = frozenset({"GET", "HEAD", "DELETE"})
#: Statuses that say: try again later.
PASSING = frozenset({429, 502, 503, 504})
#: The longest back-off between two tries, and the longest Retry-After obeyed, in seconds.
MAX_PAUSE = 60.0
#: The back-off after the first try is at most this, and twice as much after each further one.
FIRST_PAUSE = 0.5
#: The status by which a server refuses a request for now: it did nothing.
TOO_MANY = 429


def pause_before(number: int, retry_after: str = "") -> float:
    """Return how long to sleep after a try, the first of which is number 1, in seconds.

    What was asked for, up to a minute; or full jitter on an exponential back-off.
    """
    asked = retry_after_seconds(retry_after)
    if asked is None:
        most = min(MAX_PAUSE, FIRST_PAUSE * 2 ** min(number - 1, 16))
        asked = random.uniform(0, most)  # noqa: S311 - jitter
    return min(asked, MAX_PAUSE)


def asked_pause(headers: Mapping[str, str]) -> float:
    """Return the pause that an answer asks for, in seconds: a minute at most."""
    return min(MAX_PAUSE, retry_after_seconds(headers.get("retry-after", "")) or 0.0)


def retry_after_seconds(value: str) -> float | None:
    """Return the seconds that a Retry-After field asks for; None if it cannot be read."""
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
