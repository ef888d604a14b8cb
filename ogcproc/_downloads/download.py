"""One body to one file: complete or absent, over connections that break.

The bytes are in ``NAME.part`` until the file is complete, and ``NAME.part.json`` describes the
body. A download that was cut off continues where it stopped, in this run or a later one, if the
server confirms by ``If-Range`` that the body is still the same (RFC 9110, 13.1.5). Otherwise it
starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .._http.answer import Stream
from .._http.failures import PASSING, is_settled_by, pause_before
from .._http.transport import Transport
from ..errors import ServiceError, TransportError
from .representation import PARTIAL, Representation
from .unfinished import UnfinishedFile

__all__ = ["Open", "Saved", "Tries", "download"]

#: Requests the body, or with the header fields of a range the rest of it.
Open: TypeAlias = Callable[[Mapping[str, str]], Stream]
#: Statuses that refuse a range: the file has all of the body already, or the body has changed.
RANGE_REFUSED = frozenset({412, 416})


@dataclass(frozen=True, slots=True)
class Saved:
    """What the manifest says about a file that was saved."""

    size: int
    sha256: str
    media_type: str | None
    #: The URL that answered, without its query, which may be a secret.
    url: str
    etag: str | None = None
    last_modified: str | None = None

    def entry(self) -> dict[str, Any]:
        """Return the manifest's entry."""
        entry = {
            "size": self.size,
            "sha256": self.sha256,
            "mediaType": self.media_type,
            "source": self.url,
            "etag": self.etag,
            "lastModified": self.last_modified,
        }
        return {name: value for name, value in entry.items() if value is not None}


class Tries:
    """The tries that are left; a download that gets further has all of them again."""

    def __init__(self, http: Transport) -> None:
        self._http = http
        self._number = 0
        self._furthest = 0

    def pause(self, error: TransportError | ServiceError, size: int) -> None:
        """Sleep before the next try; raises the error if there is none.

        ``size`` is how many bytes have arrived.
        """
        if size > self._furthest:
            self._furthest, self._number = size, 0
        self._number += 1
        if self._number > self._http.retries or not may_pass(error):
            raise error
        headers = getattr(error, "headers", None) or {}
        self._http.rest(pause_before(self._number, headers.get("retry-after", "")))


def may_pass(error: TransportError | ServiceError) -> bool:
    """Return whether another try may succeed."""
    if isinstance(error, TransportError):
        return not is_settled_by(error)
    return error.status in PASSING


def download(stream: Stream, open_: Open, path: Path, http: Transport) -> Saved:
    """Save a body as a file.

    ``stream`` is the answer with the body, its head read; ``open_`` requests the body, or the rest
    of it, again. Raises TransportError if the body does not arrive whole or does not have the
    digests that the server sent; OSError if the file cannot be written; BlockingIOError if another
    run writes it. After an error, a later run continues with the bytes that arrived.
    """
    with stream, UnfinishedFile(path) as file:
        representation = fill(file, stream, open_, http)
        if file.hashes.mismatch():
            file.begin(representation.stated, {}, keep=False)
            representation = fill(file, open_({}), open_, http)
        wrong = file.hashes.mismatch()
        if wrong:
            file.discard()
            raise representation.damaged(wrong)
        file.complete()
        headers = representation.headers
        return Saved(
            file.size,
            file.hashes.hexdigest("sha256"),
            headers.last("content-type") or None,
            representation.url,
            headers.last("etag") or None,
            headers.last("last-modified") or None,
        )


def fill(file: UnfinishedFile, stream: Stream, open_: Open, http: Transport) -> Representation:
    """Fill a file with a body, over as many connections as it takes; return what the body is."""
    representation = Representation(stream)
    record = representation.record()
    file.begin(representation.stated, record, keep=bool(record) and record == file.record())
    fresh: Stream | None = stream
    tries = Tries(http)
    while True:
        try:
            if file.size and file.size == representation.total:
                return representation  # an earlier run received all of it
            if fresh is None or file.size:
                representation, fresh = reopened(file, representation, open_)
            with fresh:
                file.append(iter(fresh.read, b""))
            representation.check_length(file.size)
        except (TransportError, ServiceError) as error:
            fresh = None
            tries.pause(error, file.size)
            if not representation.validator:
                file.begin(representation.stated, {}, keep=False)
        else:
            return representation


def reopened(
    file: UnfinishedFile, representation: Representation, open_: Open
) -> tuple[Representation, Stream]:
    """Return a stream of the rest of a body, or of a whole one, and what that body is."""
    fields = representation.range_after(file.size)
    fresh = open_(fields)
    if fields and representation.is_continued_by(fresh, file.size):
        return representation, fresh
    if fields and fresh.status in {PARTIAL, *RANGE_REFUSED}:
        fresh.close()
        fresh = open_({})
    representation = Representation(fresh)
    file.begin(representation.stated, representation.record(), keep=False)
    return representation, fresh
