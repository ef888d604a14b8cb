"""What callers give, checked at the call."""

from __future__ import annotations

__all__ = ["at_least"]


def at_least(least: int, value: int, name: str) -> int:
    """Return a number that is to be so much or more; raises TypeError and ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is an int, not {value!r}")
    if value < least:
        raise ValueError(f"{name} is at least {least}, not {value}")
    return value
