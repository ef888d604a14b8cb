"""Files that one run at a time may write to."""

from __future__ import annotations

import os
import sys
from typing import IO

if sys.platform == "win32":  # pragma: no cover
    import msvcrt
else:
    import fcntl

__all__ = ["open_alone", "rename_locked"]

#: Windows lets nobody read the locked byte, so it is past any real content.
FAR_BEHIND = 1 << 40


def open_alone(path: str | os.PathLike[str], what: str, *, wait: bool = False) -> IO[bytes]:
    """Return a file, made if needed, to read and to write while nobody else does.

    A symbolic link is not followed. Raises BlockingIOError if another run has it open, unless this
    is to ``wait`` until that run closes it or ends; the message calls the file ``what``.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    while True:
        file = os.fdopen(os.open(path, flags, 0o666), "r+b")
        try:
            lock(file.fileno(), wait=wait)
        except OSError as error:
            file.close()
            message = f"another run is using this {what}"
            raise BlockingIOError(error.errno, message, os.fspath(path)) from None
        if is_at(file, path):
            return file
        file.close()  # another run renamed it before it was locked here


def is_at(file: IO[bytes], path: str | os.PathLike[str]) -> bool:
    """Return whether a path still leads to the file that was opened there."""
    try:
        now = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(now, os.fstat(file.fileno()))


def lock(descriptor: int, *, wait: bool) -> None:
    """Lock a file until it is closed; raises OSError if another run has locked it."""
    if sys.platform == "win32":  # pragma: no cover
        os.lseek(descriptor, FAR_BEHIND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def rename_locked(
    file: IO[bytes], path: str | os.PathLike[str], target: str | os.PathLike[str]
) -> None:
    """Rename a file that was opened alone, once all of it is on the disk.

    It stays locked meanwhile, so another run that opens it finds it gone.
    """
    file.flush()
    os.fsync(file.fileno())
    if os.name == "nt":  # pragma: no cover - Windows renames no open file
        file.close()
    os.replace(path, target)  # noqa: PTH105 - it says what it does
