"""Bodies as they are read: decompressed, and never more than is allowed."""

from __future__ import annotations

from ._urls import without_secrets
from .errors import ResponseTooLarge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__all__ = ["CHUNK", "parts_of", "read_body"]

#: How much of an error's body is read, in bytes.
ERROR_BODY = 64 * 1024
#: Where errors begin.
ERROR = 400
#: How much is read at a time where a body's length is not known beforehand, in bytes.
CHUNK = 1024 * 1024
#: The same where a body is compressed: before 2.6, urllib3 decompresses all it has read, which
#: makes it a thousandfold at worst.
PACKED_CHUNK = 16 * 1024


def read_body(response: Any, url: str, limit: int) -> bytes:
    """Return the body of urllib3's response, decompressed, and give the connection back.

    Raises ResponseTooLarge for more than ``limit`` bytes; of an error, that is where it is cut off.
    """
    is_error = response.status >= ERROR
    limit = ERROR_BODY if is_error else limit
    length = response.length_remaining
    if length is not None and length <= limit and "content-encoding" not in response.headers:
        body: bytes = response.read()
        return body
    parts = []
    size = 0
    for part in parts_of(response, url, limit + 1):
        parts.append(part)
        size += len(part)
        if size > limit:
            response.close()
            if not is_error:
                raise too_large(f"more than {limit} bytes", url, limit)
            break
    return b"".join(parts)[:limit]


def parts_of(response: Any, url: str, most: int = CHUNK) -> Iterator[bytes]:
    """Yield the body of urllib3's response, decompressed, by parts of a megabyte at most.

    What is compressed more than once, as only bombs are, is left as it is in an error, and raises
    ResponseTooLarge otherwise.
    """
    coding = response.headers.get("content-encoding", "")
    is_stacked = "," in coding
    if is_stacked and response.status < ERROR:
        response.close()
        raise too_large(f"a body compressed more than once ({coding})", url, most)
    step = PACKED_CHUNK if coding else CHUNK
    yield from response.stream(min(step, most), decode_content=not is_stacked)


def too_large(what: str, url: str, limit: int) -> ResponseTooLarge:
    """Return the error for a body that is not read."""
    shown = without_secrets(url)
    return ResponseTooLarge(f"{what} in {shown}", url=shown, limit=limit)
