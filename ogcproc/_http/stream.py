"""An answer whose body is read in parts: for what is too large for the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ._urllib3 import urllib3
from .answer import Answer
from .bodies import CHUNK, arriving, read_body
from .request import Request

__all__ = ["Stream"]


class Stream(Answer):
    """An answer with its body still to be read; a context manager, which closes it."""

    __slots__ = ("_at", "_guarded", "_limit", "_part", "_parts", "_response")

    _response: urllib3.HTTPResponse | None
    _guarded: Callable[[Iterator[bytes]], Iterator[bytes]]
    _limit: int

    @classmethod
    def over(
        cls,
        response: urllib3.HTTPResponse,
        request: Request,
        guarded: Callable[[Iterator[bytes]], Iterator[bytes]],
        limit: int,
    ) -> Stream:
        """Return the stream of urllib3's response.

        ``guarded`` turns urllib3's errors into ours; ``answer`` reads ``limit`` bytes at most.
        """
        fields, status = response.headers, response.status
        stream = cls(request.method, request.url, status, fields, b"", request)
        stream._response = response
        stream._guarded = guarded
        stream._limit = limit
        stream._begin(guarded(arriving(response, request.url)))
        return stream

    @classmethod
    def of(cls, answer: Answer) -> Stream:
        """Return the stream of an answer that has been read, as errors are."""
        stream = cls(
            answer.method, answer.url, answer.status, answer._fields, answer.body, answer.request
        )
        stream.was_redirected = answer.was_redirected
        stream._response = None
        stream._begin(iter([answer.body]))
        return stream

    def _begin(self, parts: Iterator[bytes]) -> None:
        self._parts: Iterator[bytes] | None = parts
        self._part = b""
        self._at = 0

    def __enter__(self) -> Stream:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def raw_length(self) -> int | None:
        """How many bytes the body has as it is sent, by ``Content-Length``; None if not told."""
        text = self.headers.last("content-length")
        return int(text) if text.isascii() and text.isdecimal() else None

    def read(self, size: int = CHUNK) -> bytes:
        """Return the next bytes, decompressed, so many at most; none at the end.

        Raises TransportError where the body is cut off or cannot be decompressed, and
        TransportTimeout where nothing came for the time of a read; ValueError after that, as for
        any closed file.
        """
        if self._parts is None:
            raise ValueError("the stream is closed")
        if self._at >= len(self._part):
            try:
                self._part = next(self._parts, b"")
            except BaseException:
                self.close()
                raise
            self._at = 0
        part = self._part[self._at : self._at + size]
        self._at += len(part)
        return part

    def answer(self) -> Answer:
        """Return the answer with its body, none of which has been read.

        Raises TransportError, and ResponseTooLarge for a body of more than ``max_body`` bytes.
        """
        body = self.body
        if self._response is not None:
            (body,) = self._guarded(self._whole(self._response))
        return self.read_as(body)

    def read_as(self, body: bytes) -> Answer:
        """Return the answer with its body, which was read elsewhere."""
        read = Answer(self.method, self.url, self.status, self._fields, body, self.request)
        read.was_redirected = self.was_redirected
        return read

    def _whole(self, response: urllib3.HTTPResponse) -> Iterator[bytes]:
        yield read_body(response, self.url, self._limit)

    def close(self) -> None:
        """Let go of the connection, which is used again where all was read."""
        self._parts = None
        if self._response is not None:
            self._response.close()
            self._response.release_conn()
