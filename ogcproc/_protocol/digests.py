"""The digests of a body in its header fields, and their verification."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping

from .._http.headers import Headers

__all__ = ["Verifier", "digests_in"]

#: The algorithms that are verified: hashlib's names by those of RFC 3230 and RFC 9530.
ALGORITHMS = {
    "md5": "md5",
    "sha": "sha1",
    "sha-1": "sha1",
    "sha-256": "sha256",
    "sha-512": "sha512",
}
#: The length of a digest, in bytes.
SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}


class Verifier:
    """Hashes a body as it arrives, and compares the hashes with the expected digests."""

    def __init__(self, expected: Mapping[str, bytes], *further: str) -> None:
        self._expected = expected
        # The digests find damage, not forgery.
        self._hashes = {
            name: hashlib.new(name, usedforsecurity=False) for name in {*expected, *further}
        }

    def update(self, block: bytes) -> None:
        """Take the next bytes of the body."""
        for each in self._hashes.values():
            each.update(block)

    def hexdigest(self, name: str) -> str:
        """Return the digest of the bytes so far."""
        return self._hashes[name].hexdigest()

    def mismatch(self) -> str:
        """Return the algorithm of a digest that is not the expected one; empty if all match."""
        expected = self._expected
        return next(
            (name for name in expected if self._hashes[name].digest() != expected[name]), ""
        )


def digests_in(headers: Headers, *, is_whole: bool) -> dict[str, bytes]:
    """Return the digests of a representation by hashlib's names, as far as they can be read.

    They are read from ``Repr-Digest`` (RFC 9530) and ``Digest`` (RFC 3230), and if the answer holds
    the whole representation, from ``Content-Digest`` and ``Content-MD5``. If the body has a content
    coding there are none: they are digests of the encoded body.
    """
    if headers.last("content-encoding").strip().lower() not in {"", "identity"}:
        return {}
    members = [*members_of(headers.last("repr-digest")), *members_of(headers.last("digest"))]
    if is_whole:
        members += members_of(headers.last("content-digest"))
        members += [("md5", headers.last("content-md5"))]
    found: dict[str, bytes] = {}
    for name, text in members:
        algorithm = ALGORITHMS.get(name.lower())
        digest = decoded(text)
        if algorithm is not None and len(digest) == SIZES[algorithm]:
            found.setdefault(algorithm, digest)
    return found


def members_of(field: str) -> list[tuple[str, str]]:
    """Return a field's members, names and values, without the colons of structured fields."""
    return re.findall(r"([A-Za-z0-9-]+)=:?([A-Za-z0-9+/]+=*):?", field)


def decoded(text: str) -> bytes:
    """Return the bytes of a base64 text; none if it is not base64."""
    try:
        return b64decode(text.strip(), validate=True)
    except ValueError:
        return b""
