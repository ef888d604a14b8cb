"""What header fields say of the digests of a body."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._http.headers import Headers

__all__ = ["digests_in", "hasher"]

#: hashlib's names of the algorithms of RFC 3230 and RFC 9530 that are looked at, by theirs.
ALGORITHMS = {
    "md5": "md5",
    "sha": "sha1",
    "sha-1": "sha1",
    "sha-256": "sha256",
    "sha-512": "sha512",
}
#: How long a digest is, in bytes.
SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}


def digests_in(headers: Headers, *, is_whole: bool) -> dict[str, bytes]:
    """Return the digests of a representation by hashlib's names, as far as they can be read.

    By ``Repr-Digest`` (RFC 9530), ``Digest`` (RFC 3230), and, where the answer holds all of it,
    ``Content-Digest`` and ``Content-MD5``. Nothing of a body that was encoded for the transfer: the
    digests are of what was sent.
    """
    if headers.last("content-encoding").strip().lower() not in {"", "identity"}:
        return {}
    told = [*members(headers.last("repr-digest")), *members(headers.last("digest"))]
    if is_whole:
        told += members(headers.last("content-digest"))
        told += [("md5", headers.last("content-md5"))]
    found: dict[str, bytes] = {}
    for name, text in told:
        algorithm = ALGORITHMS.get(name.lower())
        digest = decoded(text)
        if algorithm is not None and len(digest) == SIZES[algorithm]:
            found.setdefault(algorithm, digest)
    return found


def members(field: str) -> list[tuple[str, str]]:
    """Return a field's members, names and values, without the colons of structured fields."""
    return re.findall(r"([A-Za-z0-9-]+)=:?([A-Za-z0-9+/]+=*):?", field)


def decoded(text: str) -> bytes:
    """Return what a text is in base64; nothing where it is not."""
    try:
        return b64decode(text.strip(), validate=True)
    except (Error, ValueError):
        return b""


def hasher(name: str) -> Any:
    """Return a new hash of hashlib's; it is to find what was damaged, not what was forged."""
    return hashlib.new(name, usedforsecurity=False)
