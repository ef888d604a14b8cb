"""Sources of the token of a ``BearerAuth``: the environment, a file, a command.

Each is a function without parameters that returns the token. A pickle of it leaves the token out.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import Unauthorized
from .basic import header_text
from .renewal import CachedToken

__all__ = ["CommandToken", "EnvironmentToken", "FileToken"]

#: The most that is read of a file, in bytes: no server accepts a header field of that length.
MAX_TOKEN = 64 * 1024


class EnvironmentToken:
    """The token in an environment variable, looked up for each request."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> str:
        """Return the token; raises ValueError if the variable is not set."""
        token = os.environ.get(self.name)
        if token is None:
            raise ValueError(f"the environment variable {self.name} is not set")
        return token

    def __repr__(self) -> str:
        return f"EnvironmentToken({self.name!r})"


class FileToken:
    """The token in a file, read again when the file changes.

    A file has changed if its time or size differs, or if another file has taken its name, as in a
    Kubernetes volume. While the file is empty, the last token is used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path: str = os.fspath(path)
        #: The version of the file that was read, and the token in it.
        self._read: tuple[object, str] = (None, "")

    def __call__(self) -> str:
        """Return the token; raises OSError if the file cannot be read."""
        version, token = self._read
        return token if version == version_of(Path(self.path).stat()) else self._read_again()

    def renew(self, _refused: str) -> None:
        """Read the file again, even if it looks unchanged."""
        self._read_again()

    def _read_again(self) -> str:
        with Path(self.path).open("rb") as file:
            version = version_of(os.fstat(file.fileno()))
            text = file.read(MAX_TOKEN).decode("utf-8", "replace").strip()
        if not text and self._read[1]:
            return self._read[1]
        token = header_text(text, f"the token in {self.path}")
        self._read = version, token
        return token

    def __repr__(self) -> str:
        return f"FileToken({self.path!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return FileToken, (self.path,)


def version_of(status: os.stat_result) -> object:
    """Return a value that differs if a file was changed or replaced."""
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


class CommandToken:
    """The token that a command prints.

    ``argv`` is the command and its arguments; no shell reads them. The command gets no standard
    input, shares the standard error of this process, and is killed after ``timeout`` seconds. The
    token is cached until a server refuses it, or for ``lifetime`` seconds. Then one thread runs the
    command again for all threads.
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
        self._cached = CachedToken(clock)

    def __call__(self) -> str:
        """Return the token.

        Raises OSError if the command cannot be run, and Unauthorized if it fails, takes too long or
        prints no token.
        """
        return self._cached.get(self._run)

    def renew(self, refused: str) -> None:
        """Run the command again, unless another thread has done so for this refused token."""
        self._cached.instead_of(refused, self._run)

    def _run(self) -> tuple[str, float]:
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
        except subprocess.TimeoutExpired:  # its message shows the arguments and the output
            raise Unauthorized(f"{what} took more than {self.timeout} seconds") from None
        if done.returncode:
            raise Unauthorized(f"{what} ended with {done.returncode}")
        try:
            token = header_text(done.stdout.decode("utf-8", "replace"), "what it printed")
        except ValueError as error:
            raise Unauthorized(f"{what} printed none: {error}") from None
        return token, inf if self.lifetime is None else began + self.lifetime

    def __repr__(self) -> str:
        more = ", ..." if len(self._argv) > 1 else ""
        return f"CommandToken([{self._argv[0]!r}{more}])"  # an argument may be a secret

    def __getstate__(self) -> dict[str, Any]:
        """Return everything but the token."""
        return {**self.__dict__, "_cached": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._cached = CachedToken(self._clock)
