"""Fetching the results of finished jobs, into memory or into files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

from .._types import FilePath, Outcome
from .._waiting import is_passing
from ..client import Client
from ..errors import OgcProcError, room_for
from ..models import JobInfo
from .pace import Pace

__all__ = ["Fetcher"]


class Fetcher:
    """Fetches results; with a directory, into one folder for each key."""

    def __init__(
        self, client: Client, directory: FilePath | None, pace: Pace, closing: Event
    ) -> None:
        self._client = client
        self._pace = pace
        self._closing = closing
        self._folder_of = None if directory is None else folders_in(Path(directory))

    def fill(self, outcome: Outcome, job: JobInfo) -> None:
        """Put a job's results into its outcome, or the error if they cannot be fetched."""
        retries = self._pace.retries()
        while True:
            self._pace.keep()
            try:
                self._fetch(outcome, job)
            except (OgcProcError, OSError, ValueError) as error:
                if (
                    isinstance(error, OgcProcError)
                    and is_passing(error)
                    and not self._closing.is_set()
                    and retries.slow_down(error)
                ):
                    continue
                outcome.error = error
            return

    def _fetch(self, outcome: Outcome, job: JobInfo) -> None:
        if self._folder_of is None:
            outcome.results = self._client.get_job_results(job)
        else:
            folder = self._folder_of(str(outcome.key))
            outcome.files = self._client.download_job_results(job, folder, if_exists="resume")


def folders_in(directory: Path) -> Callable[[str], Path]:
    """Return the function that names a key's folder; raises ImportError without that room."""
    with room_for("run_many with a directory"):
        from .._downloads.filenames import safe_name  # noqa: PLC0415 - it may be missing
    return lambda key: directory / safe_name(key)
