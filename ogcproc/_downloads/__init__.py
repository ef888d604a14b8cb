"""Results as files: an optional room, which ``Client.download_job_results`` opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from .._http.answer import Stream
from .._protocol.jobs import as_job
from .._protocol.outputs import output_ids, results_of
from .._resources import Resources
from .._types import FilePath, IfExists, ResultFile
from ..models import JobInfo
from .files import Folder, Laid, is_only, named
from .opened import file_over

__all__ = ["download_job_results", "open_job_result"]


def download_job_results(
    resources: Resources,
    job: str | JobInfo,
    directory: FilePath,
    outputs: Sequence[str] | None,
    if_exists: IfExists,
) -> dict[str, Path]:
    """Write a job's results to files and return their paths; see ``Client``."""
    modes = get_args(IfExists)
    if if_exists not in modes:
        raise ValueError(f"if_exists is one of {', '.join(modes)}, not {if_exists!r}")
    asked = output_ids(outputs)
    info = as_job(job)
    folder = Folder(resources, info, Path(directory), if_exists)
    if info.results is not None:
        folder.open()
        return folder.write(info.results if outputs is None else results_of(info.results, asked))
    with resources.open_results(job, outputs) as stream:
        folder.open()
        return folder.write_answer(
            stream,
            asked or info._context.outputs,
            lambda more: resources.open_results(job, outputs, more),
        )


def open_job_result(resources: Resources, job: str | JobInfo, output: str | None) -> ResultFile:
    """Return one output as a file to read; see ``Client``."""
    http = resources.http

    def over(stream: Stream, open_: Callable[[Mapping[str, str]], Stream]) -> ResultFile:
        return file_over(stream, open_, retries=http.retries, rest=http.rest)

    def again(more: Mapping[str, str]) -> Stream:
        return resources.open_results(job, None, more)

    info = as_job(job)
    if info.results is not None:
        return Laid(info.results).open(output, resources.open_link, over)
    stream = resources.open_results(job)
    if is_only(stream, http.max_body):
        named(resources, info, stream, output)
        return over(stream, again)
    with stream:
        laid = Laid.out(resources, info, stream, again)
    return laid.open(output, resources.open_link, over)
