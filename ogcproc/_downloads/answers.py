"""The answer with a job's results: read into memory, or stored in a file and taken apart there.

A multipart body in a file is not held in memory: only the surroundings of its boundaries are read.
They hold the headers of the parts, and say where each part begins and ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .._http.answer import CHUNK, Answer, Stream
from .._http.headers import Headers, MediaType
from .._protocol.digests import ENCODED, Verifier, damaged, stated_of_part
from .._protocol.jobs import as_job, output_ids, single_output
from .._protocol.multipart import FIRST_LINE, decoded, spans
from .._protocol.results import Known, part_values, raw_value, sole_output
from .._resources import Resources
from ..models import JobInfo, QualifiedValue
from .contents import FilePart, blocks_of
from .download import Saved, download

__all__ = ["ResultsRequest", "is_small", "is_sole_output", "spans_in", "stage"]

#: The largest answer that is read into memory to take it apart, in bytes. A larger one is stored
#: in a file and taken apart there.
SMALL = 1024 * 1024
NO_CONTENT = 204
#: How much is read on either side of a possible boundary, in bytes; headers are shorter.
AROUND = 32 * 1024
#: Stands for the bytes that are left out; no boundary contains it.
GAP = bytes(16)


@dataclass
class ResultsRequest:
    """A request for a job's results, and what is known about its answer."""

    resources: Resources
    job: str | JobInfo
    outputs: Sequence[str] | None = None
    params: Mapping[str, Any] | None = None
    info: JobInfo = field(init=False)

    def __post_init__(self) -> None:
        self.info = as_job(self.job)

    def open(self, headers: Mapping[str, str] | None = None) -> Stream:
        """Send the request and return its answer, the body still to be read."""
        return self.resources.open_results(self.job, self.outputs, headers, self.params)

    def known(self, url: str) -> Known:
        """Return what helps to read an answer from this URL."""
        return self.resources.known(self.info, self.outputs, url)

    def sole_output(self, stream: Stream) -> str:
        """Return the id of the one output that an answer holds; raises NoSuchOutput."""
        output_id = sole_output(stream.headers, self.known(stream.url))
        if output_id:
            self.chosen({output_id: None})
        return output_id

    def chosen(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the outputs that the caller wants, of all that came; raises NoSuchOutput."""
        if self.outputs is None:
            return values
        return {name: values[single_output(values, name)] for name in output_ids(self.outputs)}

    def values_in(self, answer: Answer) -> Mapping[str, Any]:
        """Return the results in an answer.

        If a JSON document is the only result, its value is the bytes that the server sent.
        """
        results = self.resources.results_in(answer, self.known(answer.url), self.info)
        values = self.chosen(results)
        if len(values) != 1:
            return values
        ((output_id, value),) = values.items()
        media_type = None
        if isinstance(value, QualifiedValue):
            media_type, value = value.mediaType, value.value
        if not isinstance(value, (dict, list)):
            return values
        if value != raw_value(answer.headers, answer.body).value:
            return values
        return {output_id: QualifiedValue(answer.body, media_type or "application/json")}


def is_sole_output(stream: Stream, max_body: int) -> bool:
    """Return whether the head of an answer says that its body is one output.

    A JSON body is a document with all outputs, unless it is longer than ``max_body`` bytes.
    """
    media_type = MediaType(stream.headers.last("content-type"))
    length = length_of(stream)
    if length == 0 or media_type.essence.startswith("multipart/"):
        return False
    is_document = media_type.is_json or not media_type.essence
    return not is_document or (length is not None and length > max_body)


def is_small(stream: Stream, max_body: int) -> bool:
    """Return whether the head of an answer says that its body fits into memory."""
    length = length_of(stream)
    return length is not None and length <= min(SMALL, max_body)


def length_of(stream: Stream) -> int | None:
    """Return the length of a body in bytes; None if the server did not tell it."""
    return 0 if stream.status == NO_CONTENT else stream.raw_length


def stage(
    request: ResultsRequest, stream: Stream, path: Path
) -> tuple[Saved, Mapping[str, Any] | None]:
    """Store an answer in a file; return its record, and the results in it.

    Large values are parts of the file. The results are None if the whole file is one output.
    """
    http = request.resources.http
    saved = download(stream, request.open, path, http)
    media_type = MediaType(stream.headers.last("content-type"))
    if media_type.essence.startswith("multipart/"):
        parts = parts_in(path, media_type.parameters.get("boundary", ""), saved.url)
        values = part_values([*parts], request.known(stream.url))
        return saved, request.chosen(values) if values else None
    if saved.size <= http.max_body:
        return saved, request.values_in(stream.read_as(path.read_bytes()))
    return saved, None


def parts_in(path: Path, boundary: str, url: str) -> Iterator[tuple[Headers, bytes | FilePart]]:
    """Yield the headers and the body of each part of a multipart file.

    The first megabyte of bodies is read into memory; further ones are parts of the file.
    """
    held = 0
    with path.open("rb") as file:
        for headers, start, end in spans_in(file, boundary):
            encoding = headers.last("content-transfer-encoding")
            held += end - start
            if held <= SMALL or start == end or encoding.strip().lower() in ENCODED:
                file.seek(start)
                yield headers, decoded(file.read(end - start), encoding)
            else:
                media_type = headers.last("content-type") or "application/octet-stream"
                part = FilePart(path, start, end, media_type)
                check(part, headers, url)
                yield headers, part


def check(part: FilePart, headers: Headers, url: str) -> None:
    """Raise TransportError if a part is not as its header fields state."""
    verifier = Verifier(stated_of_part(headers))
    for block in blocks_of(part):
        verifier.update(block)
    wrong = verifier.mismatch()
    if wrong:
        raise damaged(wrong, url)


def spans_in(file: IO[bytes], boundary: str) -> Iterator[tuple[Headers, int, int]]:
    """Yield the headers of each part, and where in the file its body begins and ends."""
    body, starts, places = outline(file, marks_in(file, boundary))

    def place(position: int) -> int:
        at = bisect_right(starts, position) - 1
        return places[at] + position - starts[at]

    for headers, start, end in spans(body, boundary):
        yield headers, place(start), place(end)


def marks_in(file: IO[bytes], boundary: str) -> Iterator[int]:
    """Yield the positions in a file where a boundary may be."""
    file.seek(0)
    first = FIRST_LINE.match(file.read(AROUND))
    known = {boundary.encode("latin-1", "replace"), first[1] if first else b""} - {b""}
    marks = re.compile(b"|".join(re.escape(b"--" + one) for one in known) or rb"\A")
    longest = max(map(len, known), default=0) + 2
    yield 0
    before, begin = b"", 0
    file.seek(0)
    while block := file.read(CHUNK):
        window = before + block
        for found in marks.finditer(window):
            yield begin + found.start()
        before = window[max(0, len(window) - longest + 1) :]
        begin += len(window) - len(before)
    yield begin + len(before)


def outline(file: IO[bytes], marks: Iterator[int]) -> tuple[bytes, list[int], list[int]]:
    """Return the surroundings of the marks, where each piece begins in them, and in the file."""
    pieces: list[tuple[int, int]] = []
    for mark in list(marks):
        begin, end = max(0, mark - AROUND), mark + AROUND
        if pieces and begin <= pieces[-1][1]:
            pieces[-1] = pieces[-1][0], end
        else:
            pieces.append((begin, end))
    body = bytearray()
    starts = []
    for begin, end in pieces:
        body += GAP if body else b""
        starts.append(len(body))
        file.seek(begin)
        body += file.read(end - begin)
    return bytes(body), starts, [begin for begin, _ in pieces]
