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
from .journal import Key
from .pace import Pace

__all__ = ["Fetcher", "folders_in"]


class Fetcher:
    """Fetches results into memory, or into an item's folder."""

    def __init__(self, client: Client, pace: Pace, closing: Event) -> None:
        self._client = client
        self._pace = pace
        self._closing = closing

    def fill(self, outcome: Outcome, job: JobInfo, folder: Path | None) -> None:
        """Put a job's results into its outcome, or the error if they cannot be fetched."""
        retries = self._pace.retries()
        while True:
            self._pace.keep()
            try:
                if folder is None:
                    outcome.results = self._client.get_job_results(job)
                else:
                    download = self._client.download_job_results
                    outcome.files = download(job, folder, if_exists="resume")
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


def folders_in(directory: FilePath) -> Callable[[Key], Path]:
    """Return the function that names the folder of a key; raises ImportError without that room.

    The function raises ValueError if another key has the folder on some file system.
    """
    with room_for("run_many with a directory"):
        from .._downloads.filenames import folded, safe_name  # noqa: PLC0415 - it may be missing
    owners: dict[str, Key] = {}

    def folder_of(key: Key) -> Path:
        name = safe_name(str(key))
        owner = owners.setdefault(folded(name), key)
        if owner != key:
            raise ValueError(f"items {owner!r} and {key!r} need one folder, {name!r}: rename one")
        return Path(directory, name)

    return folder_of
