"""Digests of bodies in header fields."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from ogcproc._http.headers import Headers
from ogcproc._protocol.digests import digests_in

BODY = b"what was sent"
MD5 = b64encode(hashlib.md5(BODY).digest()).decode()
SHA1 = b64encode(hashlib.sha1(BODY).digest()).decode()
SHA256 = b64encode(hashlib.sha256(BODY).digest()).decode()
SHA512 = b64encode(hashlib.sha512(BODY).digest()).decode()


def found(*pairs: tuple[str, str], is_whole: bool = True) -> dict[str, bytes]:
    return digests_in(Headers(pairs), is_whole=is_whole)


@pytest.mark.parametrize(
    ("name", "value", "algorithms"),
    [
        ("Content-MD5", MD5, ["md5"]),
        ("Digest", f"SHA-256={SHA256}", ["sha256"]),
        ("Digest", f"md5={MD5},sha={SHA1}, SHA-512={SHA512}", ["md5", "sha1", "sha512"]),
        ("Digest", f"unixsum=30637,crc32c=AAAA, sha-256={SHA256}", ["sha256"]),
        ("Repr-Digest", f"sha-256=:{SHA256}:", ["sha256"]),
        ("Repr-Digest", f"sha-512=:{SHA512}:, sha-256=:{SHA256}:", ["sha512", "sha256"]),
        ("Content-Digest", f"sha-256=:{SHA256}:", ["sha256"]),
        # What cannot be read says nothing.
        ("Content-MD5", "soon", []),
        ("Content-MD5", "Zm9v", []),
        ("Repr-Digest", "sha-256=:AAAA:", []),
        ("Digest", "sha-256", []),
        ("Digest", "", []),
    ],
)
def test_digests_are_read(name: str, value: str, algorithms: list[str]) -> None:
    digests = found((name, value))
    assert list(digests) == algorithms
    for algorithm in algorithms:
        assert digests[algorithm] == hashlib.new(algorithm, BODY).digest()


def test_a_digest_of_the_content_says_nothing_of_the_whole() -> None:
    pairs = [("Content-Digest", f"sha-256=:{SHA256}:"), ("Content-MD5", MD5)]
    assert found(*pairs, is_whole=False) == {}
    assert found(("Repr-Digest", f"sha-256=:{SHA256}:"), is_whole=False).keys() == {"sha256"}


def test_what_was_encoded_has_digests_of_what_was_sent() -> None:
    digest = "Repr-Digest", f"sha-256=:{SHA256}:"
    assert found(digest, ("Content-Encoding", "gzip")) == {}
    assert found(digest, ("Content-Encoding", "identity")).keys() == {"sha256"}
