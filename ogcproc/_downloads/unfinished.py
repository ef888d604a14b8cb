"""Files that are complete or absent: while a file is written, its name ends in ``.part``.

Each is locked, so that one run at a time writes it, and is on the disk before it gets its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._locks import open_alone, rename_locked
from .._protocol.digests import Stated, Verifier

__all__ = ["UnfinishedFile", "record_of", "refuse_link", "unfinished", "write_whole"]

#: How much of a file is read at a time to hash it, in bytes.
BLOCK = 1024 * 1024


class UnfinishedFile:
    """A file that is being written, and a record beside it, by which a later run continues it.

    A context manager, which closes it. If another run writes the file, this waits for it if
    ``wait`` is true; otherwise it raises BlockingIOError.
    """

    def __init__(self, path: Path, *, wait: bool = False) -> None:
        self._path = path
        self._part = unfinished(path)
        self._record = record_of(path)
        refuse_link(path)
        refuse_link(self._record)
        self._file = open_alone(self._part, "directory", wait=wait)
        self.hashes = Verifier(Stated())
        self.size = 0

    def __enter__(self) -> UnfinishedFile:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def record(self) -> Mapping[str, Any]:
        """Return the record that an earlier run left; an empty one if there is none."""
        try:
            record = json.loads(self._record.read_bytes())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def begin(self, stated: Stated, record: Mapping[str, Any], *, keep: bool) -> None:
        """Start with a content of which this is stated; ``keep`` keeps the bytes in the file."""
        self.hashes = Verifier(stated, "sha256")
        self.size = 0
        self._file.seek(0)
        while keep and (block := self._file.read(BLOCK)):
            self._count(block)
        self._file.seek(self.size)
        self._file.truncate()
        if record:
            self._record.write_text(json.dumps(record), "utf-8")
        else:
            self._record.unlink(missing_ok=True)

    def append(self, blocks: Iterable[bytes]) -> None:
        """Append blocks, as far as they come."""
        try:
            for block in blocks:
                self._file.write(block)
                self._count(block)
        finally:
            self._file.flush()

    def _count(self, block: bytes) -> None:
        self.size += len(block)
        self.hashes.update(block)

    def complete(self) -> None:
        """Give the file its name, and remove the record."""
        rename_locked(self._file, self._part, self._path)
        self._record.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the file and the record."""
        if os.name == "nt":  # pragma: no cover - Windows removes no open file
            self._file.close()
        for each in (self._record, self._part):
            with suppress(OSError):
                each.unlink()


def unfinished(path: Path) -> Path:
    """Return the path of a file until it is complete."""
    return path.with_name(f"{path.name}.part")


def record_of(path: Path) -> Path:
    """Return the path of the record beside an unfinished file."""
    return path.with_name(f"{path.name}.part.json")


def refuse_link(path: Path) -> None:
    """Raise FileExistsError for a symbolic link, which may lead out of the directory."""
    if path.is_symlink():
        raise FileExistsError(f"{path} is a symbolic link: it is not written through")


def write_whole(
    path: Path, content: Callable[[], Iterable[bytes]], *, wait: bool = False
) -> tuple[int, str]:
    """Write a file; return its size and its SHA-256 digest.

    ``content`` is called when the file is locked.
    """
    with UnfinishedFile(path, wait=wait) as file:
        file.begin(Stated(), {}, keep=False)
        file.append(content())
        file.complete()
        return file.size, file.hashes.hexdigest("sha256")
