"""What callers give as limits, checked at the call: seconds, numbers of tries, bytes."""

from __future__ import annotations

from math import inf
from typing import Any

__all__ = ["Times", "at_least", "socket_time", "times_of"]

#: How long connecting, each read and the whole call may take, in seconds.
Times = tuple[float, float, float]

#: The total is the read time and this much more, in seconds, if no total is given.
TEN_MINUTES = 600.0
#: Three years, in seconds. Sockets refuse longer timeouts, so from here on there is none.
ENDLESS = 1e8


def at_least(least: int, value: int, name: str) -> int:
    """Return the number if it is an int of this size or more; raises TypeError and ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {value!r}")
    if value < least:
        raise ValueError(f"{name} is at least {least}, not {value}")
    return value


def times_of(timeout: Any) -> Times:
    """Return how long connecting, each read and the whole call may take, in seconds.

    A number counts for each of them, a pair is (connect, read), a triple (connect, read, total).
    None means no limit. Without a total, the call may take the read time and ten minutes more:
    time for further tries, which pause for up to a minute, and for long bodies. Raises TypeError
    and ValueError.
    """
    if not isinstance(timeout, (tuple, list)):
        whole = seconds_of(timeout)
        return whole, whole, whole
    if len(timeout) not in {2, 3}:
        raise ValueError(f"timeout is (connect, read) or (connect, read, total), not {timeout!r}")
    connect, read, *total = map(seconds_of, timeout)
    return connect, read, total[0] if total else read + TEN_MINUTES


def seconds_of(value: Any) -> float:
    """Return a number of seconds, infinite for None; raises TypeError and ValueError."""
    if value is None:
        return inf
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"timeout is in seconds, not {value!r}")
    if not value > 0:
        raise ValueError(f"timeout is more than 0 seconds, not {value!r}")
    return inf if value >= ENDLESS else float(value)


def socket_time(seconds: float) -> float | None:
    """Return the seconds as sockets and urllib3 take them: None for no limit."""
    return seconds if seconds < inf else None
