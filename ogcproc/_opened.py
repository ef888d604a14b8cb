"""A result as a file to read from: for what is to be read once, and is too large for the memory."""

from __future__ import annotations

import io

from ._download import Entity, Tries
from .errors import ServiceError, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._download import Open
    from ._stream import Stream

__all__ = ["ResultFile", "Wire"]

#: How much is asked of a connection at a time, in bytes.
BUFFER = 256 * 1024


class ResultFile(io.BufferedReader):
    """A result's bytes, to be read once. A context manager, which lets go of the connection."""

    def __init__(self, raw: Any, media_type: str | None, length: int | None) -> None:
        super().__init__(raw, BUFFER)
        #: The media type, as the server tells it; None where it does not.
        self.mediaType = media_type
        #: How many bytes it has; None where that is not told.
        self.length = length

    @classmethod
    def of(cls, content: bytes, media_type: str | None) -> ResultFile:
        """Return a result that has been read."""
        return cls(io.BytesIO(content), media_type, len(content))

    @classmethod
    def over(
        cls, stream: Stream, open_: Open, *, retries: int, rest: Callable[[float], object]
    ) -> ResultFile:
        """Return a result that is still to come; ``open_`` asks for it, or its rest, again."""
        wire = Wire(stream, open_, Tries(retries), rest)
        return cls(wire, stream.headers.last("content-type") or None, wire.entity.total)


class Wire(io.RawIOBase):
    """What comes over a connection, and over another where that one breaks and can be replaced."""

    def __init__(
        self, stream: Stream, open_: Open, tries: Tries, rest: Callable[[float], object]
    ) -> None:
        self._stream = stream
        self._open = open_
        self._tries = tries
        self._rest = rest
        self._size = 0
        self.entity = Entity(stream)

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
                return len(block)

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
            return

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()
        super().close()
