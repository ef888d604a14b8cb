"""A body arrives right or not at all, however it is cut into chunks, coded or broken off."""

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from scripted import CLOSE, Received, Reply, ScriptedServer, answer, chunked

from ogcproc import Client, JobInfo, OgcProcError

TIFF = ("Content-Type", "image/tiff")
BODY = random.Random(11).randbytes(3000) + bytes(3000)
JOB = JobInfo("7", "successful", "p")


def cut(data: bytes, rng: random.Random) -> list[bytes]:
    """Return data in pieces of any length."""
    places = sorted(rng.choices(range(len(data) + 1), k=rng.randrange(8)))
    ends = [0, *places, len(data)]
    return [data[start:end] for start, end in pairwise(ends) if start < end]


def coded(data: bytes, coding: str, rng: random.Random) -> bytes:
    """Return data in a coding; of gzip, one member or several."""
    if coding == "gzip":
        return b"".join(map(gzip.compress, cut(data, rng)))
    if coding == "deflate":
        return zlib.compress(data)
    return data


def reply_to(request: Received, rng: random.Random, coding: str) -> Reply:
    """Return the body, or the rest of it, in random chunks, perhaps broken off."""
    found = re.fullmatch(r"bytes=(\d+)-", request.header("range") or "")
    start = int(found[1]) if found and not coding else 0
    data = coded(BODY[start:], coding, rng)
    head = [TIFF, ("ETag", '"1"')]
    if coding:
        head.append(("Content-Encoding", coding))
    if start:
        head.append(("Content-Range", f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"))
    status = 206 if start else 200
    if rng.random() < 0.3:
        whole = answer(status, data, head)
    else:
        chunks = chunked(*cut(data, rng))
        whole = answer(status, chunks, [*head, ("Transfer-Encoding", "chunked")], length=False)
    if rng.random() < 0.4:
        body_at = whole.index(b"\r\n\r\n") + 4
        return whole[: rng.randrange(body_at, len(whole))], CLOSE
    return tuple(cut(whole, rng))


def test_a_gzip_header_in_a_chunk_of_its_own_is_no_end(tmp_path: Path) -> None:
    # field.md, row 6: GZipMiddleware of older Starlette sends the header of gzip first
    packed = gzip.compress(BODY)
    fields = [TIFF, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
    reply = (
        answer(200, b"", fields),
        b"a\r\n" + packed[:10] + b"\r\n",
        0.2,
        chunked(packed[10:]),
    )
    script: dict[str, Reply] = {"/jobs/7/results": reply, "/processes/p": answer(403, "no")}
    with ScriptedServer(script) as server, Client(server.url, retries=0) as client:
        (path,) = client.download_job_results(JOB, tmp_path).values()
        assert path.read_bytes() == BODY
        with client.open_job_result(JOB) as file:
            assert file.read() == BODY


@pytest.mark.proof
def test_a_thousand_bodies_arrive_right_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    rng = random.Random(1111)
    ends: Counter[str] = Counter()
    coding = ""

    def script(request: Received) -> Reply:
        if request.target.startswith("/processes"):
            return answer(403, "no")
        return reply_to(request, rng, coding)

    with ScriptedServer(script) as server, Client(server.url, retries=2) as client:
        for number in range(1000):
            coding = rng.choice(["", "", "gzip", "deflate"])
            directory = tmp_path / str(number)
            for way in ("download", "open"):
                try:
                    if way == "download":
                        (path,) = client.download_job_results(JOB, directory).values()
                        content = path.read_bytes()
                    else:
                        with client.open_job_result(JOB) as file:
                            content = b"".join(iter(lambda: file.read(rng.randrange(1, 999)), b""))
                except OgcProcError:
                    ends[f"{way}: an error"] += 1
                    assert way == "open" or not [*directory.glob("*.tif")]
                else:
                    assert content == BODY, (number, way, coding)
                    ends[f"{way}: right"] += 1
    assert min(ends.values()) > 5
    with capsys.disabled():
        print("\n1,000 chunkings:", ", ".join(f"{end} {count}" for end, count in ends.items()))  # noqa: T201
