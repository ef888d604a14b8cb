"""What a server states about a body, its size and its digests, and the verification of both."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from .._http.headers import Headers
from .._http.urls import without_secrets
from ..errors import TransportError
from ..models import Link

__all__ = [
    "Stated",
    "Verifier",
    "check_body",
    "damaged",
    "digests_in",
    "stated_about",
    "stated_of_part",
]

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


#: The same names by the codes that a multihash in hexadecimal begins with: algorithm and length.
MULTIHASHES = {"d50110": "md5", "1114": "sha1", "1220": "sha256", "1340": "sha512"}
#: Content-Transfer-Encodings after which a part's length is not that of its content.
ENCODED = frozenset({"base64", "quoted-printable"})


@dataclass(frozen=True, slots=True)
class Stated:
    """The digests of a body, by hashlib's names, and its size in bytes; None if not stated."""

    digests: Sequence[tuple[str, bytes]] = ()
    size: int | None = None


class Verifier:
    """Counts and hashes a body as it arrives, and compares it with what the server stated."""

    def __init__(self, stated: Stated, *further: str) -> None:
        self._stated = stated
        self._size = 0
        names = {name for name, _ in stated.digests}.union(further)
        # The digests find damage, not forgery.
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in names}

    def update(self, block: bytes) -> None:
        """Take the next bytes of the body."""
        self._size += len(block)
        for each in self._hashes.values():
            each.update(block)

    def hexdigest(self, name: str) -> str:
        """Return the digest of the bytes so far."""
        return self._hashes[name].hexdigest()

    def mismatch(self) -> str:
        """Return what is not as the server stated it, such as ``the size``; empty if all is."""
        if self._stated.size not in {None, self._size}:
            return "the size"
        for name, digest in self._stated.digests:
            if self._hashes[name].digest() != digest:
                return f"the {name} digest"
        return ""


def check_body(body: bytes, stated: Stated, url: str) -> None:
    """Raise TransportError if a whole body is not as the server stated it."""
    verifier = Verifier(stated)
    verifier.update(body)
    wrong = verifier.mismatch()
    if wrong:
        raise damaged(wrong, url)


def damaged(wrong: str, url: str) -> TransportError:
    """Return the error for a body that is not as the server stated it."""
    url = without_secrets(url)
    message = f"{wrong} of {url} is not what the server says it is"
    return TransportError(message, method="GET", url=url)


def stated_about(headers: Headers, link: Link | None = None, *, is_whole: bool = True) -> Stated:
    """Return what header fields state about a body, and the link to it (STAC's file extension)."""
    digests = list(digests_in(headers, is_whole=is_whole).items())
    if link is None:
        return Stated(digests)
    size, checksum = link.extra.get("file:size"), link.extra.get("file:checksum")
    for code, name in MULTIHASHES.items():
        if isinstance(checksum, str) and checksum.lower().startswith(code):
            digests += [(name, digest) for digest in from_hex(checksum[len(code) :], SIZES[name])]
    return Stated(digests, size if type(size) is int else None)


def stated_of_part(headers: Headers) -> Stated:
    """Return what the header fields of a part state about its decoded body."""
    length = headers.last("content-length").strip()
    is_encoded = headers.last("content-transfer-encoding").strip().lower() in ENCODED
    is_stated = length.isascii() and length.isdecimal() and not is_encoded
    digests = list(digests_in(headers, is_whole=True).items())
    return Stated(digests, int(length) if is_stated else None)


def from_hex(text: str, size: int) -> list[bytes]:
    """Return the digest that a text is, if it has this size."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return []
    return [digest] if len(digest) == size else []


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
