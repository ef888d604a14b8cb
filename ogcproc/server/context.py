"""The job as its function sees it: where to report to, and whether to stop.

A function asks for it with a parameter annotated `Job`. The line behind it leads to the service's
jobs; pickled into another process of the same machine, it becomes a line of line.py and works on.
"""

import time
from typing import Any, Protocol

from .errors import Dismissed


class Line(Protocol):
    """Leads from a running function to the service's record of the job."""

    def tell(self, job_id: str, note: dict[str, Any]) -> bool:
        """Pass on a note (`started`, `progress`, `message`); return whether to stop."""

    def remote(self) -> "Line":
        """Return a line that does the same from another process, and can be pickled."""

    def hang_up(self) -> None:
        """Let go of what the line holds open."""


class Job:
    """The job a function runs as: report progress, ask whether it was dismissed."""

    #: Number of seconds between two looks at the dismissal during `sleep`.
    INTERVAL = 0.02

    def __init__(self, job_id: str, line: Line) -> None:
        self._id = job_id
        self._line = line

    def __repr__(self) -> str:
        return f"Job({self._id!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle needs: the id, and a line that works from elsewhere."""
        return Job, (self._id, self._line.remote())

    @property
    def id(self) -> str:
        """Return the job id."""
        return self._id

    def report(self, progress: float | None = None, message: str | None = None) -> None:
        """Tell callers how far the job is, 0 to 100 per cent, and what it is doing.

        Raises ValueError for any other progress. Reports after the end of a job are ignored.
        """
        note: dict[str, Any] = {}
        if progress is not None:
            if not 0 <= progress <= 100:  # noqa: PLR2004
                raise ValueError(f"progress is 0 to 100 per cent, not {progress}")
            note["progress"] = int(progress)
        if message is not None:
            note["message"] = str(message)
        self._line.tell(self._id, note)

    @property
    def dismissed(self) -> bool:
        """Return whether somebody dismissed the job: its results are not wanted any more."""
        return self._line.tell(self._id, {})

    def check(self) -> None:
        """Return if the job goes on; raise Dismissed, which ends the function, if not."""
        if self.dismissed:
            raise Dismissed(self._id)

    def sleep(self, seconds: float) -> None:
        """Sleep, and raise Dismissed soon after a dismissal."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, self.INTERVAL))
            self.check()
