"""Download a large result and tell what it took: ``large_client.py URL DIRECTORY``."""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256
from pathlib import Path

from ogcproc import Client, JobInfo


def kilobytes(name: str) -> int:
    """Return what Linux says of this process's memory."""
    return int(re.findall(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))[0])


def main(url: str, directory: str) -> dict[str, object]:
    """Return the growth of the memory at its peak in KB, and the digests of the files."""
    requests: list[str] = []
    with Client(
        url, proxy="", on_request=lambda request: requests.append(request.method)
    ) as client:
        job = client.get_job("j")
        # What the first download imports is not what it holds.
        client.download_job_results(
            JobInfo("k", results=None, status="successful"), f"{directory}/0"
        )
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = kilobytes("VmRSS")
        files = client.download_job_results(job, directory)
        grown = kilobytes("VmHWM") - before
    digests = {}
    for name, path in files.items():
        digest = sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        digests[name] = digest.hexdigest()
    return {"grown": grown, "digests": digests, "requests": len(requests)}


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
