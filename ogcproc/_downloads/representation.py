"""A body as the head of its answer describes it: length, version, digests (RFC 9110, 8.1)."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any

from .._http.answer import Stream
from .._http.headers import Headers
from .._http.urls import without_secrets
from .._protocol.digests import damaged, stated_about
from ..errors import TransportError

__all__ = ["PARTIAL", "Representation", "without_query"]

PARTIAL = 206


class Representation:
    """What the first answer says about a body; later answers are compared with it."""

    def __init__(self, stream: Stream) -> None:
        headers = stream.headers
        self.headers = headers
        self.url = without_query(stream.url)
        self.stated = stated_about(headers, stream.link, is_whole=stream.status != PARTIAL)
        self.is_encoded = headers.last("content-encoding").strip().lower() not in {"", "identity"}
        #: The value for ``If-Range``; empty if there is none.
        self.validator = "" if self.is_encoded else validator_in(headers)
        #: The length in bytes; None if the server did not tell it.
        self.total = None if self.is_encoded else total_of(stream)

    def range_after(self, size: int) -> dict[str, str]:
        """Return the header fields that ask for the rest after ``size`` bytes; none for all."""
        if not size or not self.validator:
            return {}
        return {"Range": f"bytes={size}-", "If-Range": self.validator}

    def is_continued_by(self, stream: Stream, size: int) -> bool:
        """Return whether an answer holds the rest of this body after ``size`` bytes."""
        if stream.status != PARTIAL:
            return False
        found = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", stream.headers.last("content-range").strip())
        if found is None or int(found[1]) != size:
            return False
        now = Representation(stream)
        same_length = self.total is None or now.total in {None, self.total}
        # Some servers ignore If-Range, so the version of the range is compared as well.
        field = "etag" if self.headers.last("etag").strip() else "last-modified"
        same = stream.headers.last(field).strip() in {"", self.validator.strip()}
        return same_length and same and not now.is_encoded

    def check_length(self, size: int) -> None:
        """Raise TransportError if ``size`` bytes are not the whole body."""
        if self.total not in {None, size}:
            message = f"GET {self.url}: {size} bytes of {self.total} came"
            raise TransportError(message, method="GET", url=self.url)

    def damaged(self, wrong: str) -> TransportError:
        """Return the error for a body that is not as the server stated it."""
        return damaged(wrong, self.url)

    def record(self) -> dict[str, Any]:
        """Return the record that an unfinished file needs to be continued; empty if it cannot."""
        if not self.validator:
            return {}
        return {"url": self.url, "validator": self.validator, "total": self.total}


def validator_in(headers: Headers) -> str:
    """Return a strong validator: the ETag, or a modification date a second before ``Date``."""
    etag = headers.last("etag").strip()
    if etag:
        return "" if etag.startswith(("W/", "w/")) else etag
    modified = headers.last("last-modified")
    try:
        age = parsedate_to_datetime(headers.last("date")) - parsedate_to_datetime(modified)
        return modified if age.total_seconds() >= 1 else ""
    except (TypeError, ValueError):
        return ""


def total_of(stream: Stream) -> int | None:
    """Return the length of a whole body in bytes; None if the server did not tell it."""
    if stream.status == PARTIAL:
        total = stream.headers.last("content-range").rpartition("/")[2].strip()
        return int(total) if total.isascii() and total.isdecimal() else None
    return stream.raw_length


def without_query(url: str) -> str:
    """Return a URL without its query, which may be a signature, and without its secrets."""
    return without_secrets(url).partition("?")[0]
