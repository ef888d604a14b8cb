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

#: The first error.
ERROR = 400
#: How much of an error's body is read, in bytes.
ERROR_BODY = 64 * 1024
#: How much of a body is read at a time, in bytes.
CHUNK = 1024 * 1024
#: The same for a body as it comes: sockets give no more at once.
ARRIVING = 256 * 1024
#: The same for a compressed body, which may become a thousand times as long.
PACKED_CHUNK = 64 * 1024
#: The windows by which zlib undoes codings (RFC 9110, 8.4.1).
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def read_body(response: urllib3.HTTPResponse, url: str, limit: int) -> bytes:
    """Return the body of urllib3's response, decompressed, and give the connection back.

    Raises ResponseTooLarge, and ValueError if it cannot be decompressed; an error's body is cut off
    there instead.
    """
    is_error = response.status >= ERROR
    limit = ERROR_BODY if is_error else limit
    length = response.length_remaining
    # http.client may see chunks where urllib3 sees none: then urllib3's length means nothing.
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
    """Yield the body of urllib3's response as it comes, in parts of at most a megabyte.

    urllib3's own reads wait for all that they were asked for, and lose it if the connection breaks.
    """
    if coding_of(response) not in {"", "identity"}:
        yield from parts_of(response, url)
        return
    source: Any = response._fp
    left = source.length
    while left is None or left > 0:
        # Before Python 3.11.8, read1 does not reduce the length.
        part = source.read1(ARRIVING if left is None else min(ARRIVING, left))
        if not part:
            break
        left = None if left is None else left - len(part)
        yield part
    if left:
        raise IncompleteRead(b"", left)
    if left == 0:
        source.length = 0
        source.read()  # tells http.client that this was the end
    response.release_conn()


def parts_of(response: urllib3.HTTPResponse, url: str, most: int = CHUNK) -> Iterator[bytes]:
    """Yield the body of urllib3's response, decompressed, in parts of at most a megabyte.

    Some versions of urllib3 decompress all they have read, however much that becomes, and none
    notices a missing end. So zlib's codings are undone here. Raises ValueError, and
    ResponseTooLarge for several codings, which only bombs have.
    """
    coding = coding_of(response)
    step = min(CHUNK, most)
    if coding in WINDOWS:
        return inflated(response.stream(PACKED_CHUNK, decode_content=False), coding, step)
    if "," in coding:
        raise too_large(f"a body compressed more than once ({coding})", url, most)
    stream: Iterator[bytes] = response.stream(
        min(step, PACKED_CHUNK) if coding else step, decode_content=True
    )
    return stream


def inflated(raw: Iterator[bytes], coding: str, step: int) -> Iterator[bytes]:
    window = WINDOWS[coding]
    inflate = zlib.decompressobj(window)
    is_begun = False
    for block in raw:
        data = block
        is_full = False
        while data or is_full:
            if inflate.eof:  # gzip may hold several members, one after the other, then zeros
                data = data.lstrip(b"\0")
                if not data:
                    break
                inflate = zlib.decompressobj(window)
            try:
                part = inflate.decompress(data, step)
            except zlib.error as error:
                if coding != "deflate" or is_begun:
                    raise ValueError(f"a body that is not {coding}: {error}") from None
                inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send it without a head
                is_begun = True
                continue
            is_begun = True
            is_full = len(part) == step and not inflate.eof
            data = inflate.unused_data or inflate.unconsumed_tail
            yield part
    if is_begun and not inflate.eof:
        raise ValueError(f"the body ends within its {coding}")


def coding_of(response: urllib3.HTTPResponse) -> str:
    coding: str = response.headers.get("content-encoding", "")
    return coding.strip().lower()


def too_large(what: str, url: str, limit: int) -> ResponseTooLarge:
    shown = without_secrets(url)
    return ResponseTooLarge(f"{what} in {shown}", url=shown, limit=limit)
