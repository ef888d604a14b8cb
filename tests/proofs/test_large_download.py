"""Results that are larger than memory, over connections that are cut again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof

HERE = Path(__file__).resolve().parent
MIB = 1 << 20
BLOCK = bytes(range(97, 122)) * 41943


def digest_of(size: int, before: bytes = b"", after: bytes = b"") -> str:
    """Return the digest of what the server sends."""
    digest = sha256(before)
    whole, rest = divmod(size, len(BLOCK))
    for _ in range(whole):
        digest.update(BLOCK)
    digest.update(BLOCK[:rest] + after)
    return digest.hexdigest()


@pytest.mark.parametrize(
    ("kind", "size", "cut"),
    [("raw", 2048, 100), ("json", 300, 100), ("parts", 300, 100)],
)
def test_a_large_result_over_connections_that_are_cut(
    tmp_path: Path, kind: str, size: int, cut: int
) -> None:
    server = [sys.executable, str(HERE / "large_server.py"), str(size * MIB), str(cut * MIB), kind]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
            client = [sys.executable, str(HERE / "large_client.py"), url, str(tmp_path)]
            done = subprocess.run(client, capture_output=True, text=True, timeout=300, check=False)
        finally:
            process.kill()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(f"{kind}, {size} MiB, cut every {cut} MiB: {told}")
    wanted = digest_of(size * MIB, b'"', b'"') if kind == "json" else digest_of(size * MIB)
    name = "large" if kind == "parts" else ""
    assert told["digests"][name] == wanted
    assert told["requests"] >= size // cut
    assert told["grown"] < 8 * 1024
