"""A directory for a job's results: the names of its files, and which existing ones stay."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._types import IfExists
from ..models import JobInfo, Link
from .contents import is_several, media_type_of
from .download import Saved
from .filenames import Names, file_name, safe_name
from .manifest import MANIFEST, Entry, Manifest, refuse_foreign_manifest
from .representation import without_query
from .unfinished import record_of, refuse_link, unfinished

__all__ = ["Folder", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value's file goes."""

    output_id: str
    #: The file's name without an extension, before it is made safe.
    name: str
    #: The directory of an output that has several files; None if it has one.
    directory: Path | None = None


class Folder:
    """A directory, made if it does not exist, and its manifest."""

    def __init__(self, directory: Path, if_exists: IfExists, server: str, job: JobInfo) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        if if_exists != "overwrite":
            refuse_foreign_manifest(directory)
        self.directory = directory
        self.names = Names(MANIFEST)
        self.manifest = Manifest(directory, server, job)
        self._if_exists = if_exists

    def refuse_existing(self, values: Mapping[str, Any]) -> None:
        """Raise FileExistsError before a download, for the names that are known by then."""
        if self._if_exists != "error":
            return
        names = Names(MANIFEST)
        for output_id, value in values.items():
            name = expected_name(output_id, value)
            path = self.directory / names.take(name or safe_name(output_id), output_id)
            if name is not None and os.path.lexists(path):
                raise file_exists(path)

    def path(self, place: Place, media_type: str | None, url: str = "") -> Path:
        """Return the path of a value's file; raises FileExistsError."""
        name = file_name(place.name, media_type, url)
        if place.directory is None:
            name = self.names.take(name, place.output_id)
        path = (place.directory or self.directory) / name
        if self._if_exists == "error" and os.path.lexists(path):
            raise file_exists(path)
        if self._if_exists == "overwrite":
            for leftover in (unfinished(path), record_of(path)):
                leftover.unlink(missing_ok=True)
        return path

    def subdirectory(self, output_id: str) -> Path:
        """Return the directory of an output that has several files; it is made if needed."""
        directory = self.directory / self.names.take(safe_name(output_id), output_id)
        refuse_link(directory)
        directory.mkdir(exist_ok=True)
        return directory

    def save(
        self,
        output_id: str,
        path: Path,
        save: Callable[[], Saved],
        is_same: Callable[[Entry], bool] = lambda _: True,
    ) -> Path:
        """Write a file, unless it exists and stays; add it to the manifest.

        ``is_same`` compares the new content with the entry of an earlier run.
        """
        known = self.manifest.entry(path)
        stays = self._stays(path, known) and (self._if_exists == "skip" or is_same(known))
        self.manifest.add(output_id, path, known if stays else save().entry())
        return path

    def _stays(self, path: Path, known: Entry) -> bool:
        """Return whether a file may stay as far as it can be told without the new content."""
        if self._if_exists == "skip":
            return path.exists()
        return (
            self._if_exists == "resume"
            and path.is_file()
            and not path.is_symlink()
            and known.get("size") == path.stat().st_size
        )

    def fetched_before(self, place: Place, href: str) -> Path | None:
        """Return the file that an earlier run fetched from this URL, if it stays.

        The manifest leaves out a URL's query, so the output and the item must be the same too.
        """
        source = without_query(href)
        directory = place.directory or self.directory
        for known in self.manifest.earlier.get(place.output_id, ()):
            if known.get("source") != source:
                continue
            path: Path = self.directory / known.get("file", "")
            is_item = place.directory is None or path.name.startswith(f"{place.name}.")
            if path.parent == directory and is_item and self._stays(path, known):
                if place.directory is None:
                    self.names.take(path.name, place.output_id)
                self.manifest.add(place.output_id, path, known)
                return path
        return None


def expected_name(output_id: str, value: Any) -> str | None:
    """Return the name of a value's file; None if it has several, or a link does not tell."""
    if isinstance(value, Link):
        return file_name(output_id, value.type, value.href) if value.type else None
    return None if is_several(value) else file_name(output_id, media_type_of(value))


def file_exists(path: Path) -> FileExistsError:
    """Return the error for a file that exists."""
    return FileExistsError(f"{path} is there already: see if_exists")
