"""A token that is kept until it ends or is refused, and obtained anew once for all threads.

Threads that find the token wanting wait for the one that obtains another, and share what came of
it: the new token or the error. Each attempt leaves another state behind, so a thread that waited
knows by the state it had seen whether there is anything left to do.
"""

from __future__ import annotations

import math
import os
from copy import copy
from threading import Lock
from time import monotonic
from weakref import WeakSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: What obtains a token; it returns the token and until when to use it, on the clock given.
    Obtain = Callable[[], tuple[str, float]]

__all__ = ["Kept"]


class State:
    """What came of the last attempt to obtain a token. It is never changed, only replaced."""

    __slots__ = ("failure", "token", "until")

    def __init__(self, token: str, until: float, failure: Exception | None = None) -> None:
        self.token = token
        self.until = until
        self.failure = failure


class Kept:
    """Keeps a token; ``clock`` counts in seconds."""

    __slots__ = ("__weakref__", "_clock", "_lock", "_state")

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._state = State("", -math.inf)
        ALIVE.add(self)

    def get(self, obtain: Obtain) -> str:
        """Return the token, obtained where there is none or its time is over."""
        seen = self._state
        return seen.token if self._clock() < seen.until else self._anew(seen, obtain)

    def instead_of(self, token: str, obtain: Obtain) -> str:
        """Return the token to use after this one was refused, obtained unless that was done.

        It is the same again where no other is to be had.
        """
        seen = self._state
        return self._anew(seen, obtain) if seen.token == token else self.get(obtain)

    def _anew(self, seen: State, obtain: Obtain) -> str:
        """Return what replaces a state: of this thread's attempt, or of the one it waited for."""
        with self._lock:
            if self._state is seen:
                try:
                    self._state = State(*obtain())
                except Exception as error:
                    self._state = State("", -math.inf, copy(error))
                    raise
            state = self._state
        if state.failure is not None:
            raise copy(state.failure)  # each thread adds its own traceback to its own error
        return state.token


#: Those that a forked child has to give new locks: the thread that holds one is not in the child.
ALIVE: WeakSet[Kept] = WeakSet()


def _after_fork() -> None:
    for kept in list(ALIVE):
        kept._lock = Lock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_after_fork)
