"""A token that is cached until it expires or is refused, and renewed once for all threads.

If several threads need a new token, one of them fetches it and the others wait for its token or
its error. Each attempt leaves a new state. So a thread that has waited compares states, and knows
whether another thread has done its work.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import copy
from math import inf
from threading import Lock
from time import monotonic
from typing import NamedTuple
from weakref import WeakSet

__all__ = ["CachedToken", "Fetch"]

#: Fetches a token; returns it and the time, by the cache's clock, until which to use it.
Fetch = Callable[[], tuple[str, float]]


class State(NamedTuple):
    """The outcome of the last attempt to fetch a token."""

    token: str = ""
    until: float = -inf
    failure: Exception | None = None


class CachedToken:
    """Caches a token; ``clock`` counts in seconds."""

    __slots__ = ("__weakref__", "_clock", "_lock", "_state")

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._state = State()
        ALIVE.add(self)

    def get(self, fetch: Fetch) -> str:
        """Return the token; it is fetched if there is none or if it has expired."""
        seen = self._state
        return seen.token if self._clock() < seen.until else self._renewed(seen, fetch)

    def instead_of(self, refused: str, fetch: Fetch) -> str:
        """Return the token to use after this one was refused; it is fetched if nobody has done so.

        It may be the same one again.
        """
        seen = self._state
        return self._renewed(seen, fetch) if seen.token == refused else self.get(fetch)

    def _renewed(self, seen: State, fetch: Fetch) -> str:
        """Return the token that replaces a state, fetched by this thread or by another."""
        with self._lock:
            if self._state is seen:
                try:
                    self._state = State(*fetch())
                except Exception as error:
                    self._state = State(failure=copy(error))
                    raise
            state = self._state
        if state.failure is not None:
            raise copy(state.failure)  # each thread adds its own traceback to its own error
        return state.token


#: A forked child gives these new locks: the thread that holds a lock is not in the child.
ALIVE: WeakSet[CachedToken] = WeakSet()


def renew_locks() -> None:
    """Give every cache a new lock, in a forked child."""
    for cached in list(ALIVE):
        cached._lock = Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=renew_locks)
