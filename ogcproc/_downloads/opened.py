"""A result as a file to read, also if it is too large for memory."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from .._http.answer import Stream
from .._http.transport import Transport
from .._protocol.digests import Verifier
from .._protocol.jobs import single_output
from .._resources import Resources
from .._types import ResultFile
from ..errors import ResponseTooLarge, ServiceError, TransportError
from ..models import JobInfo, Link
from .answers import ResultsRequest, is_sole_output, stage
from .contents import FilePart, content_of
from .download import Open, Tries
from .representation import Representation

__all__ = ["open_job_result"]

#: How much is read from a connection at a time, in bytes.
BUFFER = 256 * 1024


def open_job_result(
    resources: Resources,
    job: str | JobInfo,
    output: str | None,
    params: Mapping[str, Any] | None,
) -> ResultFile:
    """Return one output as a file to read; see ``Client``."""
    request = ResultsRequest(resources, job, None, params)
    results = request.info.results
    if results is not None:
        return open_value(resources, results[single_output(results, output)])
    with ExitStack() as stack:
        stream = stack.enter_context(request.open())
        if is_sole_output(stream, resources.http.max_body):
            if output is not None and (found := request.sole_output(stream)):
                single_output({found: None}, output)
            stack.pop_all()
            return open_stream(stream, request.open, resources.http)
        try:
            values = request.values_in(stream.answer())
        except ResponseTooLarge:
            return open_staged(request, output)
    return open_value(resources, values[single_output(values, output)])


def open_staged(request: ResultsRequest, output: str | None) -> ResultFile:
    """Return one output of an answer that is too large for memory, and so stored in a file."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="ogcproc-"))
        path = Path(directory) / "results"
        with request.open() as stream:
            saved, values = stage(request, stream, path)
            if values is None:
                media_type = saved.media_type or "application/octet-stream"
                whole = FilePart(path, 0, saved.size, media_type)
                values = {request.sole_output(stream): whole}
        value = values[single_output(values, output)]
        if isinstance(value, FilePart):
            raw = StoredPart(value, stack.pop_all().close)
            return ResultFile(raw, value.media_type, value.end - value.start, BUFFER)
    return open_value(request.resources, value)


def open_value(resources: Resources, value: Any) -> ResultFile:
    """Return a value in memory as a file, or the file that it links to."""
    if isinstance(value, Link):
        open_ = partial(resources.open_link, value)
        return open_stream(open_({}), open_, resources.http)
    content, media_type = content_of(value)
    return ResultFile(io.BytesIO(content), media_type, len(content), BUFFER)


def open_stream(stream: Stream, open_: Open, http: Transport) -> ResultFile:
    """Return a body that is still to be read; ``open_`` requests it, or its rest, again."""
    raw = StreamedBody(stream, open_, Tries(http))
    return ResultFile(
        raw, stream.headers.last("content-type") or None, raw.representation.total, BUFFER
    )


class StreamedBody(io.RawIOBase):
    """A body read from a connection; a broken one is replaced if the body can be continued."""

    def __init__(self, stream: Stream, open_: Open, tries: Tries) -> None:
        self._open = open_
        self._tries = tries
        self._begin(stream)

    def _begin(self, stream: Stream) -> None:
        """Start with the body in an answer."""
        self._stream = stream
        self._size = 0
        self._is_verified = False
        self.representation = Representation(stream)
        self._hashes = Verifier(self.representation.stated)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once; raises TransportError if the body is cut off and cannot be continued."""
        while True:
            try:
                block = self._stream.read(len(buffer))
                if not block:
                    self.representation.check_length(self._size)
            except (TransportError, ServiceError) as error:
                self._continue(error)
            else:
                buffer[: len(block)] = block
                self._size += len(block)
                self._hashes.update(block)
                if not block:
                    self._verify()
                return len(block)

    def _verify(self) -> None:
        """Raise TransportError, once, if the body does not have the digests that were sent."""
        wrong = "" if self._is_verified else self._hashes.mismatch()
        self._is_verified = True
        if wrong:
            raise self.representation.damaged(wrong)

    def _continue(self, error: TransportError | ServiceError) -> None:
        """Continue over another connection; raises the error if that cannot be."""
        while True:
            fields = self.representation.range_after(self._size)
            if self._size and not fields:
                raise error
            self._tries.pause(error, self._size)
            try:
                stream = self._open(fields)
            except (TransportError, ServiceError) as again:
                error = again
                continue
            if not self._size:
                self._begin(stream)
            elif self.representation.is_continued_by(stream, self._size):
                self._stream = stream
            else:
                stream.close()
                raise error
            return

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
        super().close()


class StoredPart(io.RawIOBase):
    """A part of a file that is removed when this is closed."""

    def __init__(self, part: FilePart, remove: Callable[[], object]) -> None:
        self._file = part.path.open("rb")
        self._file.seek(part.start)
        self._left = part.end - part.start
        self._remove = remove

    def readable(self) -> bool:
        """Return True."""
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
        self._remove()
        super().close()
