"""A result as a file to read from: for what is to be read once, and is too large for the memory."""

from __future__ import annotations

import io

from .._types import ResultFile
from ..errors import ServiceError, TransportError
from .digests import hasher
from .download import Entity, Tries, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from .._http.answer import Stream
    from .download import Open

__all__ = ["Stored", "Wire", "file_of", "file_over", "file_with"]

#: How much is asked of a connection at a time, in bytes.
BUFFER = 256 * 1024


def file_with(raw: io.RawIOBase, media_type: str | None, length: int | None) -> ResultFile:
    """Return a result that is read from a raw file."""
    return ResultFile(raw, media_type, length, BUFFER)


def file_of(content: bytes, media_type: str | None) -> ResultFile:
    """Return a result that is in memory."""
    return ResultFile(io.BytesIO(content), media_type, len(content), BUFFER)


def file_over(
    stream: Stream, open_: Open, *, retries: int, rest: Callable[[float], object]
) -> ResultFile:
    """Return a result that is still to be read; ``open_`` requests it, or its rest, again."""
    wire = Wire(stream, open_, Tries(retries), rest)
    return file_with(wire, stream.headers.last("content-type") or None, wire.entity.total)


class Wire(io.RawIOBase):
    """What comes over a connection, and over another where that one breaks and can be replaced."""

    def __init__(
        self, stream: Stream, open_: Open, tries: Tries, rest: Callable[[float], object]
    ) -> None:
        self._stream = stream
        self._open = open_
        self._tries = tries
        self._rest = rest
        self._begin(stream)

    def _begin(self, stream: Stream) -> None:
        """Begin with what an answer brings."""
        self._size = 0
        self._is_checked = False
        self.entity = Entity(stream)
        self._hashes = {name: hasher(name) for name in self.entity.digests}

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once; raises TransportError where it is cut off and cannot go on."""
        while True:
            try:
                block = self._stream.read(len(buffer))
                if not block:
                    self.entity.check(self._size)
            except (TransportError, ServiceError) as error:
                self._go_on(error)
            else:
                buffer[: len(block)] = block
                self._size += len(block)
                for one in self._hashes.values():
                    one.update(block)
                if not block:
                    self._check()
                return len(block)

    def _check(self) -> None:
        """Raise TransportError, once, where all that came is not what its digests say."""
        digests = {} if self._is_checked else self.entity.digests
        self._is_checked = True
        for name, digest in digests.items():
            if self._hashes[name].digest() != digest:
                url = shown(self.entity.url)
                message = f"the {name} digest of {url} is not what the server says it is"
                raise TransportError(message, method="GET", url=url)

    def _go_on(self, error: TransportError | ServiceError) -> None:
        """Go on over another connection; raises the error where that cannot be."""
        while True:
            fields = self.entity.rest(self._size)
            if self._size and not fields:
                raise error
            self._rest(self._tries.pause(error, self._size))
            try:
                stream = self._open(fields)
            except (TransportError, ServiceError) as again:
                error = again
                continue
            if self._size and not self.entity.goes_on(stream, self._size):
                stream.close()
                raise error
            self._stream = stream
            if not self._size:
                self._begin(stream)
            return

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()
        super().close()


class Stored(io.RawIOBase):
    """What stands in a file that goes away with it."""

    def __init__(self, path: Path, start: int, end: int, done: Callable[[], object]) -> None:
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = end - start
        self._done = done

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once."""
        block = self._file.read(min(len(buffer), self._left))
        buffer[: len(block)] = block
        self._left -= len(block)
        return len(block)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
        self._done()
        super().close()
