"""A multipart body on the disk, taken apart without holding it in memory.

Only what stands around its boundaries is looked at: where the parts' headers are, and where parts
end. What lies between is left out of what ``_multipart`` sees, and its places are counted back.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from .._http.answer import CHUNK
from .._protocol.multipart import FIRST_LINE, spans

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

    from .._http.headers import Headers

__all__ = ["spooled_parts"]

#: How much is looked at on either side of what may be a boundary, in bytes: headers are shorter.
AROUND = 32 * 1024
#: What stands for what is left out; no boundary holds it.
GAP = bytes(16)


def spooled_parts(path: Path, boundary: str) -> Iterator[tuple[Headers, int, int]]:
    """Yield the headers of each part, and where in the file its body begins and ends."""
    with path.open("rb") as file:
        body, starts, places = outline(file, marks_in(file, boundary))

    def place(position: int) -> int:
        at = bisect_right(starts, position) - 1
        return places[at] + position - starts[at]

    for headers, start, end in spans(body, boundary):
        yield headers, place(start), place(end)


def marks_in(file: IO[bytes], boundary: str) -> Iterator[int]:
    """Yield where in a file a boundary may be."""
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
    """Return what stands around the marks, where each piece of it begins, and where in the file."""
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
