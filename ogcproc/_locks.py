"""Files that one run at a time may write to."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

__all__ = ["open_alone", "renamed"]

#: Behind all that is ever written, in bytes.
FAR_BEHIND = 1 << 40


def open_alone(path: str | os.PathLike[str], what: str, *, wait: bool = False) -> IO[bytes]:
    """Return a file to read and to write that nobody else has open so; made where it is not.

    A symbolic link is not followed. Raises BlockingIOError where somebody has it open, until they
    close it or end, unless it is to ``wait``; ``what`` is what the message calls it.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    while True:
        file = os.fdopen(os.open(path, flags, 0o666), "r+b")
        try:
            lock(file.fileno(), wait=wait)
        except OSError as error:
            file.close()
            shown = os.fspath(path)
            message = f"another run is using this {what}"
            raise BlockingIOError(error.errno, message, shown) from None
        if is_at(file, path):
            return file
        file.close()  # before it was locked, who had it gave it another name


def is_at(file: IO[bytes], path: str | os.PathLike[str]) -> bool:
    """Return whether a path still leads to a file that was opened there."""
    try:
        now = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(now, os.fstat(file.fileno()))


def lock(descriptor: int, *, wait: bool) -> None:
    """Lock a file until it is closed; raises OSError where it is locked, at once or in the end."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:  # pragma: no cover - Windows, where the byte locked can be read by nobody
        import msvcrt  # noqa: PLC0415

        os.lseek(descriptor, FAR_BEHIND, os.SEEK_SET)
        how = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined]
        msvcrt.locking(descriptor, how, 1)  # type: ignore[attr-defined]
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def renamed(file: IO[bytes], path: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Give a file that is open alone the name that it is to have, when all of it is on the disk.

    It stays locked meanwhile: who comes then finds it gone, and not open to be written to.
    """
    file.flush()
    os.fsync(file.fileno())
    if os.name == "nt":  # pragma: no cover - Windows renames no open file
        file.close()
    os.replace(path, target)  # noqa: PTH105 - it says what it does
