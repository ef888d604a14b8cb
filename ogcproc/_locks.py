"""Files that one run at a time may write to."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

__all__ = ["open_alone"]

#: Behind all that is ever written, in bytes.
FAR_BEHIND = 1 << 40


def open_alone(path: str | os.PathLike[str], what: str) -> IO[bytes]:
    """Return a file to read and to write that nobody else has open so; made where it is not.

    A symbolic link is not followed. Raises BlockingIOError where somebody has it open, until they
    close it or end; ``what`` is what the message calls it.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags, 0o666), "r+b")
    try:
        lock(file.fileno())
    except OSError as error:
        file.close()
        shown = os.fspath(path)
        raise BlockingIOError(error.errno, f"another run is using this {what}", shown) from None
    return file


def lock(descriptor: int) -> None:
    """Lock a file until it is closed; raises OSError at once where it is locked."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:  # pragma: no cover - Windows, where the byte locked can be read by nobody
        import msvcrt  # noqa: PLC0415

        os.lseek(descriptor, FAR_BEHIND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
