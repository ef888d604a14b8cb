"""``results.json`` beside the files of a job: where each of them came from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from ..models import JobInfo
from .unfinished import write_whole

__all__ = ["MANIFEST", "Entry", "Manifest", "refuse_foreign_manifest"]

#: The manifest's name.
MANIFEST = "results.json"
VERSION = 1
#: What a manifest says about one file, or about the error in its place.
Entry = dict[str, Any]


class Manifest:
    """The manifest of a directory: the entries of earlier runs, and those of this one."""

    def __init__(self, directory: Path, server: str, job: JobInfo) -> None:
        self._directory = directory
        self._server = server
        self._job = job
        #: The entries of earlier runs for the same job, by output id.
        self.earlier = self._read()
        entries = chain.from_iterable(self.earlier.values())
        self._by_file = {entry["file"]: entry for entry in entries if "file" in entry}
        self._new: dict[str, list[Entry]] = {}

    def _read(self) -> dict[str, list[Entry]]:
        """Return the entries in the file; none if they are about another job.

        A job without an id is never the same job: its results came at once.
        """
        with suppress(OSError, ValueError, AttributeError, TypeError, KeyError):
            found = json.loads((self._directory / MANIFEST).read_bytes())
            ours = self._server, self._job.jobID
            if self._job.jobID and (found["server"], found["job"]["jobID"]) == ours:
                return {
                    str(output_id): [dict(entry) for entry in entries]
                    for output_id, entries in found["outputs"].items()
                }
        return {}

    def entry(self, path: Path) -> Entry:
        """Return an earlier run's entry of a file; an empty one if there is none."""
        return self._by_file.get(self._relative(path), {})

    def add(self, output_id: str, path: Path, entry: Entry) -> None:
        """Add the entry of a file."""
        entry = {"file": self._relative(path), **entry}
        self._new.setdefault(output_id, []).append(entry)

    def add_error(self, output_id: str, error: Exception) -> None:
        """Add the error that took the place of an output's file."""
        self._new.setdefault(output_id, []).append({"error": str(error)})

    def write(self) -> None:
        """Write the manifest; entries that other runs wrote in the meantime stay."""
        write_whole(self._directory / MANIFEST, self._content, wait=True)

    def _content(self) -> Iterator[bytes]:
        job = {
            "jobID": self._job.jobID,
            "processID": self._job.processID,
            "status": str(self._job.status) or None,
        }
        document = {
            "version": VERSION,
            "server": self._server,
            "job": job,
            "outputs": {**self._read(), **self._new},
        }
        yield json.dumps(document, indent=2).encode() + b"\n"

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._directory).as_posix()


def refuse_foreign_manifest(directory: Path) -> None:
    """Raise FileExistsError if ``results.json`` is a file that ogcproc did not write."""
    path = directory / MANIFEST
    if not os.path.lexists(path):
        return
    try:
        is_ours = {"version", "job", "outputs"} <= json.loads(path.read_bytes()).keys()
    except (OSError, ValueError, AttributeError):
        is_ours = False
    if not is_ours:
        raise FileExistsError(f"{path} is there already, and no manifest: see if_exists")
