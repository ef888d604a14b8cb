"""A long list in pages: nothing twice and nothing left out, whatever comes and goes meanwhile.

A cursor names a place between two numbers, never an offset, so a removed item moves nothing.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import NamedTuple

from .errors import bad_request

#: The standard's own upper bound, and what is given where nobody asks for less.
MAX_LIMIT = 10000
DEFAULT_LIMIT = 1000


class Page(NamedTuple):
    """Some items of a list, and the cursors of the pages beside them."""

    start: int
    stop: int
    next: str | None
    prev: str | None


def parse_limit(values: Sequence[str] | None) -> int:
    """Return the limit asked for (`/req/core/pl-limit-definition`); raise a 400 at a wrong one."""
    if not values:
        return DEFAULT_LIMIT
    text = values[-1]
    limit = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise bad_request(f"limit: {text!r} is not an integer from 1 to {MAX_LIMIT}")
    return limit


def paginate(numbers: Sequence[int], limit: int, cursors: Sequence[str] | None) -> Page:
    """Return which of the items, known by their ascending numbers, are on the page asked for."""
    way, place = _decode(cursors[-1]) if cursors else (">", 0)
    # The first item at or after the place.
    at = sum(number < place for number in numbers)
    if way == ">":
        start, stop = at, min(at + limit, len(numbers))
    else:
        start, stop = max(at - limit, 0), at
    return Page(
        start,
        stop,
        next=_encode(">", numbers[stop]) if stop < len(numbers) else None,
        prev=_encode("<", numbers[start] if start < len(numbers) else place) if start else None,
    )


def _encode(way: str, place: int) -> str:
    return base64.urlsafe_b64encode(f"{way}{place}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[str, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    match = re.fullmatch(r"([<>])([0-9]{1,19})", text)
    if not match:
        raise bad_request("cursor: not one that this server gave out")
    return match[1], int(match[2])
