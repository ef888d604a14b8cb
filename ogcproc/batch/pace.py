"""How fast a run goes: when the next request may be sent, and when the job list is read again."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from statistics import median
from time import monotonic
from typing import Any

from .._waiting import MAX_SILENCE, PAUSES, pauses, retry_after
from ..errors import OgcProcError

__all__ = ["ListPauses", "Pace", "Retries"]

#: The pause between two readings of the job list, as a share of the time that a job takes.
SHARE = 0.1
#: How many of the last jobs' times are used.
REMEMBERED = 50


class Pace:
    """Slows down all threads of a run together."""

    def __init__(self, sleep: Callable[[float], object]) -> None:
        #: Sleeps for so many seconds; returns False if the run is over.
        self.sleep = sleep
        self._until = 0.0

    def keep(self) -> None:
        """Sleep until the next request may be sent, or the run is over."""
        left = self._until - monotonic()
        while left > 0 and self.sleep(left):
            left = self._until - monotonic()

    def slow(self, seconds: float) -> None:
        """Pause all requests, then resume with jitter."""
        self._until = max(self._until, monotonic() + seconds * random.uniform(1, 1.25))  # noqa: S311

    def retries(self) -> Retries:
        """Return the retries of a request whose first try begins now."""
        return Retries(self)


class Retries:
    """The retries of one request; each failure slows down all requests of the run."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._began = monotonic()
        self._pauses = pauses((0.5, 60))

    def slow_down(self, error: OgcProcError) -> bool:
        """Pause all requests after a failure; return False if it is time to give up."""
        if monotonic() - self._began > MAX_SILENCE:
            return False
        self._pace.slow(max(retry_after(error), next(self._pauses)))
        return True


class ListPauses:
    """The pauses between two readings of the job list, from the time that jobs take.

    A pause of a tenth of that time finds a finished job after a twentieth of it on average, and
    costs few requests.
    """

    def __init__(self, poll: Any) -> None:
        self.first: float
        self.first, self._longest = bounds(poll)
        self.pause: float = self.first
        #: How long the last jobs took, in seconds.
        self._times: deque[float] = deque(maxlen=REMEMBERED)

    def add(self, seconds: float) -> None:
        """Note how long a job took."""
        self._times.append(seconds)

    def next(self, *, has_finished: bool) -> float:
        """Return the next pause; ``has_finished`` tells whether the last reading found an end."""
        self.pause = min(self._longest, self.pause * 1.5)
        if has_finished:
            self.pause = max(self.first, min(self._longest, SHARE * median(self._times)))
        return self.pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter


def bounds(poll: Any) -> tuple[float, float]:
    """Return the shortest and the longest pause that a caller allows.

    Raises TypeError and ValueError.
    """
    if isinstance(poll, Iterator):
        raise TypeError("poll is a number or a pair for many jobs, no iterator")
    next(pauses(poll))  # raises TypeError and ValueError
    if poll is None:
        return PAUSES
    first, longest = poll if isinstance(poll, (tuple, list)) else (poll, poll)
    return float(first), float(max(first, longest))
