"""One body to one file: complete or absent, over connections that break.

What has come is in ``NAME.part``, and what it is a part of in ``NAME.part.json`` beside it. A
download that was cut goes on where it was, in this run or a later one, where the server vouches by
``If-Range`` that it is still the same (RFC 9110, 13.1.5); else it starts again.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from email.utils import parsedate_to_datetime

from .._http.answer import CHUNK
from .._http.failures import PASSING, is_settled_by, pause_before
from .._http.urls import without_secrets
from .._locks import open_alone, renamed
from ..errors import ServiceError, TransportError
from .digests import digests_in, hasher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any, TypeAlias

    from .._http.answer import Stream
    from .._http.headers import Headers

__all__ = ["Entity", "Open", "Saved", "Tries", "download", "part_of", "shown"]

#: What opens the body, or with header fields the rest of it.
Open: TypeAlias = "Callable[[Mapping[str, str]], Stream]"
PARTIAL = 206
#: The range asked for is none: what we have of it is all there is, or it is another.
NOT_SATISFIABLE = frozenset({412, 416})
#: How much of a file is read at a time to hash it, in bytes.
BLOCK = 1024 * 1024


class Saved:
    """What was saved: how much, its digest, and where it came from."""

    __slots__ = ("etag", "last_modified", "media_type", "sha256", "size", "url")

    def __init__(self, size: int, sha256: str, headers: Headers, url: str) -> None:
        self.size = size
        self.sha256 = sha256
        self.media_type = headers.last("content-type") or None
        self.etag = headers.last("etag") or None
        self.last_modified = headers.last("last-modified") or None
        #: The URL that answered, less its query, which may be a secret.
        self.url = shown(url)


class Entity:
    """What a body is, by the head of its first answer: what it takes to go on with it."""

    def __init__(self, stream: Stream) -> None:
        headers = stream.headers
        self.headers = headers
        self.url = stream.url
        self.digests = digests_in(headers, is_whole=stream.status != PARTIAL)
        coding = headers.last("content-encoding").strip().lower()
        self.is_coded = coding not in {"", "identity"}
        #: What ``If-Range`` takes for it; empty where there is nothing.
        self.validator = "" if self.is_coded else validator_in(headers)
        #: How long it is, in bytes; None where that is not told.
        self.total = None if self.is_coded else total_of(stream)

    def rest(self, size: int) -> dict[str, str]:
        """Return the header fields that ask for what follows so many bytes; none for all of it."""
        if not size or not self.validator:
            return {}
        return {"Range": f"bytes={size}-", "If-Range": self.validator}

    def goes_on(self, stream: Stream, size: int) -> bool:
        """Return whether a stream is what follows so many bytes of this."""
        if stream.status != PARTIAL:
            return False
        found = re.match(r"bytes (\d+)-\d+/(\d+|\*)$", stream.headers.last("content-range").strip())
        if found is None or int(found[1]) != size:
            return False
        now = Entity(stream)
        same_length = self.total is None or now.total in {None, self.total}
        # A range comes with what the whole would come with; some servers look at no If-Range.
        field = "etag" if self.headers.last("etag").strip() else "last-modified"
        same = stream.headers.last(field).strip() in {"", self.validator.strip()}
        return same_length and same and not now.is_coded

    def check(self, size: int) -> None:
        """Raise TransportError where so many bytes are not all of it."""
        if self.total not in {None, size}:
            url = shown(self.url)
            message = f"GET {url}: {size} bytes of {self.total} came"
            raise TransportError(message, method="GET", url=url)

    def is_like(self, known: Mapping[str, Any]) -> bool:
        """Return whether this is what a part was said to be of by an earlier run."""
        return bool(self.validator) and known == self.told()

    def told(self) -> dict[str, Any]:
        """Return what to say of a part of it."""
        return {"url": shown(self.url), "validator": self.validator, "total": self.total}


def validator_in(headers: Headers) -> str:
    """Return a strong validator: the ETag, or a date that is old enough to be one."""
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
    """Return how long all of a body is, in bytes; None where that is not told."""
    if stream.status == PARTIAL:
        total = stream.headers.last("content-range").rpartition("/")[2].strip()
        return int(total) if total.isascii() and total.isdecimal() else None
    return stream.raw_length


def shown(url: str) -> str:
    """Return a URL without its query, which may sign it, and without its secrets."""
    return without_secrets(url).partition("?")[0].partition("#")[0]


class Part:
    """A file that is not complete yet. A context manager, which closes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = part_of(path)
        self._said = self._part.with_name(f"{self._part.name}.json")
        for each in (path, self._said):
            if each.is_symlink():
                raise FileExistsError(f"{each} is a symbolic link: it is not written through")
        self._file = open_alone(self._part, "directory")
        self._hashes: dict[str, Any] = {}
        self.size = 0

    def __enter__(self) -> Part:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def known(self) -> Mapping[str, Any]:
        """Return what is said of what an earlier run left; nothing where it left nothing."""
        try:
            known = json.loads(self._said.read_bytes())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def begin(self, entity: Entity, *, keep: bool) -> None:
        """Begin with an entity, or go on with what there is of it."""
        self._hashes = {name: hasher(name) for name in {"sha256", *entity.digests}}
        self.size = 0
        self._file.seek(0)
        while keep and (block := self._file.read(BLOCK)):
            self._take(block)
        self._file.seek(self.size)
        self._file.truncate()
        if entity.validator:
            self._said.write_text(json.dumps(entity.told()), "utf-8")
        else:
            self._said.unlink(missing_ok=True)

    def write(self, stream: Stream) -> None:
        """Append what a stream holds; raises TransportError where it breaks off."""
        try:
            while block := stream.read(CHUNK):
                self._file.write(block)
                self._take(block)
        finally:
            self._file.flush()

    def _take(self, block: bytes) -> None:
        self.size += len(block)
        for one in self._hashes.values():
            one.update(block)

    def wrong(self, entity: Entity) -> str:
        """Return the algorithm whose digest is not what it should be; empty where all are."""
        digests = entity.digests
        return next((name for name in digests if self._hashes[name].digest() != digests[name]), "")

    def complete(self, entity: Entity) -> Saved:
        """Give the file its name, and return what it holds."""
        renamed(self._file, self._part, self.path)
        self._said.unlink(missing_ok=True)
        self._file.close()
        return Saved(self.size, self._hashes["sha256"].hexdigest(), entity.headers, entity.url)

    def discard(self) -> None:
        """Throw away what there is of it."""
        if os.name == "nt":  # pragma: no cover - Windows removes no open file
            self._file.close()
        for each in (self._said, self._part):
            with suppress(OSError):
                each.unlink()
        self._file.close()


def part_of(path: Path) -> Path:
    """Return where a file is as long as it is not complete."""
    return path.with_name(f"{path.name}.part")


class Tries:
    """How often a download may still be tried: as often as ever where it gets further."""

    def __init__(self, retries: int) -> None:
        self._retries = retries
        self._number = 0
        self._furthest = 0

    def pause(self, error: Exception, size: int) -> float:
        """Return how long to wait before the next try, in seconds; raises the error without one."""
        if size > self._furthest:
            self._furthest, self._number = size, 0
        self._number += 1
        if self._number > self._retries or cannot_go_on(error):
            raise error
        headers = getattr(error, "headers", None) or {}
        return pause_before(self._number, headers.get("retry-after", ""))


def cannot_go_on(error: Exception) -> bool:
    """Return whether a download that an error ended would end so again."""
    if isinstance(error, TransportError):
        return is_settled_by(error)
    return not (isinstance(error, ServiceError) and error.status in PASSING)


def download(
    stream: Stream,
    open_: Open,
    path: Path,
    *,
    retries: int,
    rest: Callable[[float], object],
) -> Saved:
    """Return what was saved of a body as a file.

    ``stream`` is the answer that it is in, its head read; ``open_`` asks for it, or the rest of
    it, again. Raises TransportError where it cannot be had whole, or is not what its digests say;
    OSError where it cannot be written, and BlockingIOError where another run is at it. What there
    is of it stays for a later run.
    """
    with stream, Part(path) as part:
        entity = filled(part, stream, open_, retries=retries, rest=rest)
        wrong = part.wrong(entity)
        if wrong:
            part.begin(entity, keep=False)
            entity = filled(part, open_({}), open_, retries=retries, rest=rest)
            wrong = part.wrong(entity)
        if not wrong:
            return part.complete(entity)
        part.discard()
        raise TransportError(
            f"the {wrong} digest of {shown(entity.url)} is not what the server says it is",
            method="GET",
            url=shown(entity.url),
        )


def filled(
    part: Part, stream: Stream, open_: Open, *, retries: int, rest: Callable[[float], object]
) -> Entity:
    """Fill a file with a body, over as many connections as it takes, and return what it is."""
    entity = Entity(stream)
    part.begin(entity, keep=entity.is_like(part.known()))
    fresh: Stream | None = stream
    tries = Tries(retries)
    while True:
        try:
            if part.size and part.size == entity.total:
                return entity  # an earlier run had come so far
            if fresh is None or part.size:
                entity, fresh = reopened(part, entity, open_)
            with fresh:
                part.write(fresh)
            entity.check(part.size)
        except (TransportError, ServiceError) as error:
            fresh = None
            rest(tries.pause(error, part.size))
            if not entity.validator:
                part.begin(entity, keep=False)
        else:
            return entity


def reopened(part: Part, entity: Entity, open_: Open) -> tuple[Entity, Stream]:
    """Return the rest of a body, or all of it where that cannot be had, and what it is now."""
    fields = entity.rest(part.size)
    fresh = open_(fields)
    if fields and entity.goes_on(fresh, part.size):
        return entity, fresh
    if fields and (fresh.status == PARTIAL or fresh.status in NOT_SATISFIABLE):
        fresh.close()
        fresh = open_({})
    entity = Entity(fresh)
    part.begin(entity, keep=False)
    return entity, fresh
