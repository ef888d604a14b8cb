"""Backpressure: how many items of a run are in progress."""

from __future__ import annotations

from threading import Condition

__all__ = ["Flow"]


class Flow:
    """Counts the items in progress, and makes threads wait before they start too many."""

    def __init__(self, max_active: int) -> None:
        self._changed = Condition()
        #: How many more jobs may be unfinished on the server.
        self._jobs_left = max_active
        #: How many more items may be started: outcomes that nobody takes must not fill the memory.
        self._items_left = 2 * max_active
        #: How many items were started and are not in the caller's queue yet.
        self._pending = 0
        self._is_exhausted = False
        self._is_stopped = False

    def begin_item(self) -> bool:
        """Wait until an item may be started, and count it; return False if the run is over."""
        with self._changed:
            while not self._is_stopped and not self._is_exhausted:
                if self._jobs_left > 0 and self._items_left > 0:
                    self._jobs_left -= 1
                    self._items_left -= 1
                    self._pending += 1
                    return True
                self._changed.wait()
        return False

    def end_job(self) -> None:
        """Let another job start: an item's job is no longer active, or there is none."""
        with self._changed:
            self._jobs_left += 1
            self._changed.notify()

    def end_item(self) -> bool:
        """Count an item whose outcome is in the queue; return whether it was the last one."""
        with self._changed:
            self._pending -= 1
            return self._is_exhausted and not self._pending

    def take_outcome(self) -> None:
        """Let another item start: the caller has taken an outcome."""
        with self._changed:
            self._items_left += 1
            self._changed.notify()

    def exhaust(self) -> bool:
        """Start no more items: there was no input for one; return whether all others are done."""
        with self._changed:
            self._is_exhausted = True
            self._pending -= 1
            self._changed.notify_all()
            return not self._pending

    def stop(self) -> None:
        """Start no more items."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
