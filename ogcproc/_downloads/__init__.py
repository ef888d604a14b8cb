"""Results as files: an optional room, which two methods of ``Client`` open."""

from __future__ import annotations

from .opened import open_job_result
from .saving import download_job_results

__all__ = ["download_job_results", "open_job_result"]
