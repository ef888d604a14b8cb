"""Waiting for jobs, with nothing but get_job."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ogcproc import Client, JobInfo

__all__ = ["finished"]

#: Seconds a job of these tests may take on a busy machine.
TIMEOUT = 60.0


def finished(client: Client, job: JobInfo) -> JobInfo:
    """The job once it is over, whatever became of it."""
    end = time.monotonic() + TIMEOUT
    while not job.is_finished:
        assert time.monotonic() < end, job
        time.sleep(0.02)
        job = client.get_job(job)
    return job
