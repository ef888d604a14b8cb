"""Waiting for jobs, whatever becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ogcproc import Client, JobInfo

__all__ = ["finished"]

#: Seconds a job of these tests may take on a busy machine.
TIMEOUT = 60.0


def finished(client: Client, job: JobInfo) -> JobInfo:
    """The job once it is over, whatever became of it."""
    return client.wait_for_job(job, timeout=TIMEOUT, poll=(0.02, 0.2), raise_for_status=False)
