"""Splits a multipart body into its parts, to the byte (RFC 2046, 5.1), even if it is malformed.

The standard library's parser is for mail: it decodes, folds and mends, and turns a body with a
small mistake into one part that holds everything. This one mends only mistakes that a server is
known to make, and drops nothing: all that is between two boundaries is a part.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from .._http.headers import Headers

__all__ = ["FIRST_LINE", "decoded", "spans", "split"]

#: The first line of a body that does not begin with the boundary its Content-Type names.
FIRST_LINE = re.compile(rb"\s*--(\S[^\r\n]{0,199}?)[ \t]*\r?\n")

#: A header line, with its continuation lines.
HEADER = re.compile(
    rb"([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)(?:\r?\n|\Z)"
)
BLANK = re.compile(rb"\r?\n")

#: ZOO-Project 2.1 writes this between a part's headers and its body, after the empty line or
#: instead of it.
INLINE = b"Content-Disposition: INLINE\r\n"
#: It writes texts so, which identifies it if all of its texts happen to end in a line end.
ZOO_TEXT = b"\r\nStatus: 200 OK\r\n\r\n" + INLINE


def split(body: bytes, boundary: str) -> list[tuple[Headers, bytes]]:
    """Return the headers and the decoded body of each part; nothing if there is no boundary.

    ``boundary`` is the parameter of the ``Content-Type``. If no line of the body has it, the
    body's first line names the boundary.
    """
    return [
        (headers, decoded(body[start:end], headers.last("content-transfer-encoding")))
        for headers, start, end in spans(body, boundary)
    ]


def spans(body: bytes, boundary: str) -> Iterator[tuple[Headers, int, int]]:
    """Yield the headers of each part, and the start and the end of its body as it was sent."""
    cuts = cut(body, boundary.encode("latin-1", "replace"))
    if not cuts:
        first = FIRST_LINE.match(body)
        cuts = cut(body, first[1]) if first else []
    zoo = body.find(INLINE) >= 0 and any(found["loose"] for found in cuts)
    zoo = zoo or body.find(ZOO_TEXT) >= 0
    for start, end in segments(body, cuts, zoo=zoo):
        headers, begin = head(body, start, end, zoo=zoo)
        yield headers, begin, end


def cut(body: bytes, boundary: bytes) -> list[re.Match[bytes]]:
    """Return the places of the boundary: at the start of a line, or right after a part's text.

    ZOO-Project writes the second: no line end before the boundary, and after it either the next
    part's headers or, if it closes, the end of the body. Anywhere else it is a part's text.
    """
    if not boundary:
        return []
    line_end = rb"\r\n" if re.search(re.escape(b"--" + boundary) + rb"[ \t]*\r\n", body) else rb"\n"
    pattern = (
        rb"(?:\A|%(end)s)--%(mark)s(?P<closing>--)?[ \t]*(?=\r?\n|\Z)"
        rb"|(?P<loose>--)%(mark)s(?:(?P<last>--)\s*\Z|[ \t]*(?=\r?\n[A-Za-z][A-Za-z-]*:))"
    )
    return [*re.finditer(pattern % {b"end": line_end, b"mark": re.escape(boundary)}, body)]


def segments(body: bytes, cuts: list[re.Match[bytes]], *, zoo: bool) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each part: from a boundary that does not close to the next."""
    for index, found in enumerate(cuts):
        if found["closing"] or found["last"]:
            continue
        end = len(body)
        if index + 1 < len(cuts):
            # The line end before a boundary belongs to the boundary. ZOO-Project writes none, so
            # a line end before its boundary belongs to the text.
            end = cuts[index + 1].start()
            end = body.find(b"--", end) if zoo else end
        yield found.end(), end


def head(body: bytes, start: int, end: int, *, zoo: bool) -> tuple[Headers, int]:
    """Return a part's headers, and the start of its body."""
    blank = BLANK.match(body, start, end)
    position = blank.end() if blank else start
    pairs = []
    while found := HEADER.match(body, position, end):
        pairs.append((found[1].decode("ascii"), unfolded(found[2])))
        position = found.end()
        if zoo and found[0] == INLINE:
            break
    else:
        blank = BLANK.match(body, position, end)
        position = blank.end() if blank else position
        if zoo and body[position : position + len(INLINE)] == INLINE:
            position += len(INLINE)
    return Headers(pairs), position


def unfolded(value: bytes) -> str:
    line = b" ".join(value.split())
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def decoded(body: bytes, encoding: str) -> bytes:
    """Return a part's body decoded, or as it is if it cannot be decoded."""
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(body)
        except binascii.Error:
            return body
    return body
