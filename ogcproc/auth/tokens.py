"""Where a ``BearerAuth`` may have its token from: the environment, a file, a command.

Each is a function without parameters that returns the token, and pickles without it.
"""

from __future__ import annotations

import math
import os
from time import monotonic

from ..errors import Unauthorized
from . import header_text
from .renewal import Kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["CommandToken", "EnvironmentToken", "FileToken"]

#: The most that is read of a file, in bytes: no header of that length would be taken.
MAX_TOKEN = 64 * 1024


class EnvironmentToken:
    """The token in an environment variable, looked up for each request."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> str:
        """Return the token; raises ValueError where the variable is not set."""
        token = os.environ.get(self.name)
        if token is None:
            raise ValueError(f"the environment variable {self.name} is not set")
        return token

    def __repr__(self) -> str:
        return f"EnvironmentToken({self.name!r})"


class FileToken:
    """The token in a file, read again when the file changes.

    A change is another time, size or file of that name: what replaces the file is seen, as in a
    Kubernetes volume, and so is what is written over it. While the file is empty, its last token
    stays.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        #: What the file was like when it was read, and the token that was in it.
        self._read: tuple[object, str] = (None, "")

    def __call__(self) -> str:
        """Return the token; raises OSError where the file cannot be read."""
        seen, token = self._read
        found = os.stat(self.path)  # noqa: PTH116 - pathlib is dear
        return token if seen == likeness(found) else self._again()

    def renew(self, _refused: str) -> None:
        """Read the file again, whether it looks changed or not."""
        self._again()

    def _again(self) -> str:
        with open(self.path, "rb") as file:  # noqa: PTH123 - pathlib is dear
            found = os.fstat(file.fileno())
            text = file.read(MAX_TOKEN).decode("utf-8", "replace").strip()
        if not text and self._read[1]:
            return self._read[1]
        token = header_text(text, f"the token in {self.path}")
        self._read = likeness(found), token
        return token

    def __repr__(self) -> str:
        return f"FileToken({self.path!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return FileToken, (self.path,)


def likeness(found: os.stat_result) -> object:
    """Return what tells a file from the one that was read before."""
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev


class CommandToken:
    """The token that a command prints.

    ``argv`` is the command and its arguments; no shell reads them. It gets no standard input, has
    the standard error of this process, and is killed after ``timeout`` seconds. The token is kept
    until a server refuses it, or for ``lifetime`` seconds; then one thread runs the command again
    for all.
    """

    def __init__(
        self,
        argv: Sequence[str],
        timeout: float = 30,
        lifetime: float | None = None,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if isinstance(argv, (str, bytes)):
            raise TypeError("argv is a list: the command and its arguments, not a line for a shell")
        self._argv = list(argv)
        if not self._argv:
            raise ValueError("argv holds no command")
        self.timeout = timeout
        self.lifetime = lifetime
        self._clock = clock
        self._kept = Kept(clock)

    def __call__(self) -> str:
        """Return the token.

        Raises OSError where the command cannot be run, and Unauthorized where it fails, takes too
        long or prints no token.
        """
        return self._kept.get(self._run)

    def renew(self, refused: str) -> None:
        """Run the command again, unless that was done since it printed the token refused."""
        self._kept.instead_of(refused, self._run)

    def _run(self) -> tuple[str, float]:
        import subprocess  # noqa: PLC0415 - dear, and only where this is used

        began = self._clock()
        what = f"the command {self._argv[0]!r} for a token"
        try:
            done = subprocess.run(  # noqa: S603 - the caller's own command
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                timeout=self.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:  # which shows the arguments and what was printed
            raise Unauthorized(f"{what} took more than {self.timeout} seconds") from None
        if done.returncode:
            raise Unauthorized(f"{what} ended with {done.returncode}")
        try:
            token = header_text(done.stdout.decode("utf-8", "replace"), "what it printed")
        except ValueError as error:
            raise Unauthorized(f"{what} printed none: {error}") from None
        return token, math.inf if self.lifetime is None else began + self.lifetime

    def __repr__(self) -> str:
        more = ", ..." if len(self._argv) > 1 else ""
        return f"CommandToken([{self._argv[0]!r}{more}])"  # an argument may be a secret

    def __getstate__(self) -> dict[str, Any]:
        """Return what was given, and not what the command printed."""
        return {**self.__dict__, "_kept": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._kept = Kept(self._clock)
