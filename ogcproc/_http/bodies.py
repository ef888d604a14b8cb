"""Bodies as they are read: decompressed, and never more than is allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any

from ..errors import ResponseTooLarge
from ._urllib3 import urllib3
from .urls import without_secrets

__all__ = ["CHUNK", "arriving", "parts_of", "read_body"]

#: How much of an error's body is read, in bytes.
ERROR_BODY = 64 * 1024
#: Where errors begin.
ERROR = 400
#: How much is read at a time where a body's length is not known beforehand, in bytes.
CHUNK = 1024 * 1024
#: The same where it is taken as it comes: sockets give no more at once.
ARRIVING = 256 * 1024
#: The same where a body is compressed, whose parts may become a thousand times as long.
PACKED_CHUNK = 64 * 1024
#: What zlib is told of the codings that it undoes (RFC 9110, 8.4.1).
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def read_body(response: urllib3.HTTPResponse, url: str, limit: int) -> bytes:
    """Return the body of urllib3's response, decompressed, and give the connection back.

    Raises ResponseTooLarge for more than ``limit`` bytes, and ValueError for what cannot be
    decompressed; of an error, that is where it is cut off.
    """
    is_error = response.status >= ERROR
    limit = ERROR_BODY if is_error else limit
    length = response.length_remaining
    # What comes in chunks to http.client is not always so to urllib3: then its length says nothing.
    if (
        length is not None
        and length <= limit
        and not response._fp.chunked  # type: ignore[union-attr] # it is there until all is read
        and "content-encoding" not in response.headers
    ):
        body: bytes = response.read()
        return body
    parts = []
    size = 0
    try:
        for part in parts_of(response, url, limit + 1):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise too_large(f"more than {limit} bytes", url, limit)
    except (ResponseTooLarge, ValueError):
        response.close()
        if not is_error:
            raise
    return b"".join(parts)[:limit]


def arriving(response: urllib3.HTTPResponse, url: str) -> Iterator[bytes]:
    """Yield the body of urllib3's response as it comes, by parts of a megabyte at most.

    What came before a connection breaks is not lost with it, as it would be by urllib3's reads,
    which wait for all that they were asked for. Raises what ``parts_of`` raises, and
    ``IncompleteRead``.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        yield from parts_of(response, url)
        return
    source: Any = response._fp
    left = source.length
    while left is None or left > 0:
        # Before Python 3.11.8 it does not count what it has read so.
        part = source.read1(ARRIVING if left is None else min(ARRIVING, left))
        if not part:
            break
        left = None if left is None else left - len(part)
        yield part
    if left:
        raise IncompleteRead(b"", left)
    if left == 0:
        source.length = 0
        source.read()  # it has come to its end
    response.release_conn()


def parts_of(response: urllib3.HTTPResponse, url: str, most: int = CHUNK) -> Iterator[bytes]:
    """Yield the body of urllib3's response, decompressed, by parts of a megabyte at most.

    What zlib knows is undone here, not by urllib3: some of its versions undo all they have read,
    however much that becomes, and none tells that the end is missing. Raises ResponseTooLarge for
    what is compressed more than once, as only bombs are, and ValueError for what is cut off.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    step = min(CHUNK, most)
    if coding in WINDOWS:
        raw = response.stream(PACKED_CHUNK, decode_content=False)
        return inflated(raw, coding, step)
    if "," in coding:
        raise too_large(f"a body compressed more than once ({coding})", url, most)
    stream: Iterator[bytes] = response.stream(
        min(step, PACKED_CHUNK) if coding else step, decode_content=True
    )
    return stream


def inflated(raw: Iterator[bytes], coding: str, step: int) -> Iterator[bytes]:
    """Yield what was compressed, by parts of so many bytes at most; raises ValueError."""
    window = WINDOWS[coding]
    inflate = zlib.decompressobj(window)
    is_begun = False
    for block in raw:
        data = block
        is_full = False
        while data or is_full:
            if inflate.eof:  # gzip may hold several, one after the other, and zeros after them
                data = data.lstrip(b"\0")
                if not data:
                    break
                inflate = zlib.decompressobj(window)
            try:
                part = inflate.decompress(data, step)
            except zlib.error as error:
                if coding != "deflate" or is_begun:
                    raise ValueError(f"a body that is not {coding}: {error}") from None
                inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # as some have understood it
                is_begun = True
                continue
            is_begun = True
            is_full = len(part) == step and not inflate.eof
            data = inflate.unused_data or inflate.unconsumed_tail
            yield part
    if is_begun and not inflate.eof:
        raise ValueError(f"the body ends within its {coding}")


def too_large(what: str, url: str, limit: int) -> ResponseTooLarge:
    """Return the error for a body that is not read."""
    shown = without_secrets(url)
    return ResponseTooLarge(f"{what} in {shown}", url=shown, limit=limit)
