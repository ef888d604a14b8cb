"""A request body off the wire, by length or in chunks (RFC 7230, 4.1)."""

import io
import re
from collections.abc import Callable
from typing import Any

_MAX_LINE = 65536


class Body(io.RawIOBase):
    """Reads a body of `length` bytes, or in chunks where that is None, and never beyond its end."""

    def __init__(
        self, stream: io.BufferedIOBase, length: int | None, before: Callable[[], None]
    ) -> None:
        super().__init__()
        self._stream = stream
        self._left = length or 0
        self._chunked = length is None
        self._before = before
        #: Whether all of it has been read: only then can another request follow.
        self.finished: bool = length == 0

    def readable(self) -> bool:
        """Return True: that is what a body is for."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some bytes into the buffer; return how many, 0 at the end."""
        if self.finished:
            return 0
        self._before()
        if self._chunked and self._left == 0:
            self._open_chunk()
        data = self._stream.read1(min(len(buffer), self._left)) if self._left else b""
        if self._left and not data:
            raise ConnectionError("the connection ended before the body did")
        self._left -= len(data)
        if self._left == 0:
            self._end_run()
        buffer[: len(data)] = data
        return len(data)

    def _open_chunk(self) -> None:
        size = self._line().split(b";", 1)[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
            raise ValueError("a chunk does not say its size")
        self._left = int(size, 16)
        if self._left == 0:
            while self._line():
                pass  # trailers are read to find their end; none is used here
            self.finished = True

    def _end_run(self) -> None:
        if not self._chunked:
            self.finished = True
        elif not self.finished and self._line():
            raise ValueError("a chunk is longer than it says")

    def _line(self) -> bytes:
        line = self._stream.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise ValueError("a line of a chunked body has no end")
        return line.rstrip(b"\r\n")
