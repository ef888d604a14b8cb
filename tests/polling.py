"""Waits that begin together, with a clock of their own: when they poll, and what that costs."""

from __future__ import annotations

import itertools
import random
from math import inf
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING

from ogcproc import JobInfo
from ogcproc._waiting import pauses, states

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Clock", "spread_and_growth"]


class Clock:
    """A clock that goes on when somebody rests, and by what a look takes."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.rests: list[float] = []

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


RUNNING, SUCCESSFUL = JobInfo("j", "running"), JobInfo("j", "successful")
#: How long the crowd is counted, in the middle of a wait, in seconds.
WINDOW = 300


def polls(looks: int) -> Iterator[float]:
    """Yield when a wait with so many looks looks, in seconds since it began."""
    clock = Clock()
    clock.rests = Forgetful()
    left = itertools.count(1)

    def look(_: JobInfo, __: float) -> tuple[JobInfo, float]:
        return (SUCCESSFUL if next(left) == looks else RUNNING), 0.0

    for _ in states(RUNNING, look, end=inf, poll=pauses(), sleep=clock.rest, clock=clock):
        yield clock.now - 1000.0


class Forgetful(list[float]):
    """A list that keeps nothing."""

    def append(self, _: float) -> None:
        pass


def spread_and_growth(waits: int, looks: int) -> tuple[float, float, int]:
    """Return how crowded the busiest second is, what a poll takes on the average, and memory.

    The first is a share of the waits, in the middle of them; the second in seconds; the third in
    kilobytes, more than at the beginning.
    """
    random.seed(1)
    before = getrusage(RUSAGE_SELF).ru_maxrss
    crowd = [0] * WINDOW
    begin = 30 * looks // 2
    last = 0.0
    for _ in range(waits):
        for last in polls(looks):
            if begin <= last < begin + WINDOW:
                crowd[int(last - begin)] += 1
    return max(crowd) / waits, last / looks, getrusage(RUSAGE_SELF).ru_maxrss - before
