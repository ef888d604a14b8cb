"""Copies the core of ogcproc, with or without some of its rooms.

    python tests/core_copy.py FOLDER             # makes FOLDER/ogcproc: the core and LICENSE
    python tests/core_copy.py FOLDER batch cli   # the same with these rooms
    python tests/core_copy.py --sizes            # prints files and kB; fails if the core is too big

``ROOMS`` is the one list of the files that a copy may lack. The script needs only Python.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["LIMIT", "PACKAGE", "ROOMS", "copy", "files_of", "kilobytes", "zipped"]

PACKAGE = Path(__file__).resolve().parents[1] / "ogcproc"

#: The most that the core may take as a deflated zip, in kB of 1000 bytes: what holds now. The aim
#: is 100.
LIMIT = 130

#: The files and folders of each room that a copy may lack. Two rooms may share a file. Everything
#: else is the core.
ROOMS = {
    "downloads": ("_downloads", "_locks.py"),
    "batch": ("batch", "_locks.py"),
    "callbacks": ("callbacks.py",),
    "progress": ("_progress.py",),
    "views": ("views.py",),
    "netrc": ("auth/netrc.py",),
    "tokens": ("auth/tokens.py", "auth/renewal.py"),
    "oauth2": ("auth/oauth2.py", "auth/renewal.py"),
    "server": ("server",),
    "cli": ("cli", "__main__.py"),
}


def files_of(*rooms: str) -> list[Path]:
    """Return the .py files of some rooms; of the core if no room is named."""
    chosen = [PACKAGE / name for room in rooms or ROOMS for name in ROOMS[room]]
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if any(part == path or part in path.parents for part in chosen) == bool(rooms)
    ]


def copy(folder: Path, *rooms: str) -> Path:
    """Write the core, these rooms, LICENSE and py.typed to folder/ogcproc; return that folder."""
    target = folder / PACKAGE.name
    for path in {*files_of(), *(files_of(*rooms) if rooms else ()), PACKAGE / "py.typed"}:
        copied = target / path.relative_to(PACKAGE)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)
    shutil.copyfile(PACKAGE.parent / "LICENSE", target / "LICENSE")
    return target


def zipped(paths: Iterable[Path], root: Path = PACKAGE.parent) -> bytes:
    """Return files as a deflated zip; their names are relative to the root."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in paths:
            archive.write(path, path.relative_to(root))
    return buffer.getvalue()


def kilobytes(paths: Iterable[Path]) -> float:
    """Return how large files are as a deflated zip, in kB of 1000 bytes."""
    return len(zipped(paths)) / 1000


def print_sizes() -> bool:
    """Print files and kB of the core and of each room; return whether the core is small enough."""
    rooms = {"core": files_of(), **{room: files_of(room) for room in ROOMS}}
    for room, paths in rooms.items():
        print(f"{room:10} {len(paths):3} files {kilobytes(paths):6.1f} kB")
    size = kilobytes(rooms["core"])
    if size > LIMIT:
        print(f"the core is {size - LIMIT:.1f} kB larger than the {LIMIT} kB it may be")
    return size <= LIMIT


def main() -> int:
    """Make a copy, or print the sizes; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="where to make the package")
    parser.add_argument("room", nargs="*", help=f"any of {', '.join(ROOMS)}")
    parser.add_argument("--sizes", action="store_true", help="print and check the sizes")
    given = parser.parse_args()
    unknown = [room for room in given.room if room not in ROOMS]
    if unknown:
        parser.error(f"no such room: {', '.join(unknown)}")
    if given.folder:
        copy(given.folder, *given.room)
    elif not given.sizes:
        parser.error("name a folder, or --sizes")
    return 0 if not given.sizes or print_sizes() else 1


if __name__ == "__main__":
    sys.exit(main())
