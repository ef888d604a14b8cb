"""Results as files in a directory."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from .._http.answer import Stream
from .._http.headers import Headers
from .._protocol.jobs import output_ids, results_of
from .._resources import Resources
from .._types import FilePath, IfExists
from ..errors import OgcProcError
from ..models import JobInfo, Link
from .answers import ResultsRequest, is_small, is_sole_output, stage
from .contents import FilePart, blocks_of, content_of, is_several
from .download import Saved, download
from .filenames import says_nothing
from .folder import Folder, Place
from .manifest import Entry
from .unfinished import write_whole

__all__ = ["download_job_results"]

#: The source of a value that came within a document.
INLINE = "inline"


def download_job_results(
    resources: Resources,
    job: str | JobInfo,
    directory: FilePath,
    outputs: Sequence[str] | None,
    if_exists: IfExists,
    params: Mapping[str, Any] | None,
) -> dict[str, Path]:
    """Write a job's results to files and return their paths; see ``Client``."""
    modes = get_args(IfExists)
    if if_exists not in modes:
        raise ValueError(f"if_exists is one of {', '.join(modes)}, not {if_exists!r}")
    request = ResultsRequest(resources, job, outputs, params)
    results = request.info.results
    open_folder = partial(Folder, Path(directory), if_exists, resources.http.base_url, request.info)
    if results is not None:
        if outputs is not None:
            results = results_of(results, output_ids(outputs))
        return save_values(open_folder(), resources, results)
    with request.open() as stream:
        return save_answer(open_folder(), request, stream)


def save_answer(folder: Folder, request: ResultsRequest, stream: Stream) -> dict[str, Path]:
    """Save the results in an answer whose body is still to be read."""
    http = request.resources.http
    if is_sole_output(stream, http.max_body):
        return save_sole_output(
            folder,
            request,
            stream,
            lambda path: download(stream, request.open, path, http),
            lambda known: is_same_version(stream.headers, known),
        )
    if is_small(stream, http.max_body):
        return save_values(folder, request.resources, request.values_in(stream.answer()))
    return save_large(folder, request, stream)


def save_large(folder: Folder, request: ResultsRequest, stream: Stream) -> dict[str, Path]:
    """Save the results in an answer that is stored in a file first."""
    spool = folder.directory / folder.names.take("results.spool", "results")
    try:
        saved, values = stage(request, stream, spool)
        if values is not None:
            return save_values(folder, request.resources, values)

        def save(path: Path) -> Saved:
            os.replace(spool, path)  # noqa: PTH105 - it says what it does
            return saved

        return save_sole_output(
            folder, request, stream, save, lambda known: known.get("sha256") == saved.sha256
        )
    finally:
        spool.unlink(missing_ok=True)


def save_sole_output(
    folder: Folder,
    request: ResultsRequest,
    stream: Stream,
    save: Callable[[Path], Saved],
    is_same: Callable[[Entry], bool],
) -> dict[str, Path]:
    """Save an answer that is one output."""
    output_id = request.sole_output(stream)
    path = folder.path(Place(output_id, output_id), stream.headers.last("content-type"))
    folder.save(output_id, path, lambda: save(path), is_same)
    folder.manifest.write()
    return {output_id: path}


def is_same_version(headers: Headers, known: Entry) -> bool:
    """Return whether a file holds the version of the output that an answer brings."""
    fields = {"etag": "etag", "lastModified": "last-modified"}
    return all(known.get(name) == (headers.last(field) or None) for name, field in fields.items())


def save_values(folder: Folder, resources: Resources, values: Mapping[str, Any]) -> dict[str, Path]:
    """Save results; raises the first error after everything else has been saved."""
    folder.refuse_existing(values)
    paths: dict[str, Path] = {}
    failed: OgcProcError | None = None
    for output_id, value in values.items():
        try:
            paths[output_id] = save_output(folder, resources, output_id, value)
        except OgcProcError as error:
            failed = failed or error
            folder.manifest.add_error(output_id, error)
        folder.manifest.write()
    if failed is not None:
        raise failed
    return paths


def save_output(folder: Folder, resources: Resources, output_id: str, value: Any) -> Path:
    """Save an output; return its file, or the directory of one that has several files."""
    if not is_several(value):
        return save_value(folder, resources, Place(output_id, output_id), value)
    directory = folder.subdirectory(output_id)
    digits = len(str(len(value)))
    failed: OgcProcError | None = None
    for number, item in enumerate(value, 1):
        try:
            save_value(folder, resources, Place(output_id, f"{number:0{digits}}", directory), item)
        except OgcProcError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return directory


def save_value(folder: Folder, resources: Resources, place: Place, value: Any) -> Path:
    """Save a value, or fetch the file that it links to; return the path."""
    if isinstance(value, Link):
        return fetch(folder, resources, place, value)
    is_stored = isinstance(value, FilePart)
    content, media_type = (value, value.media_type) if is_stored else content_of(value)
    path = folder.path(place, media_type)

    def save() -> Saved:
        size, digest = write_whole(path, lambda: blocks_of(content))
        return Saved(size, digest, media_type, INLINE)

    return folder.save(
        place.output_id, path, save, lambda known: known.get("sha256") == digest_of(content)
    )


def digest_of(content: bytes | FilePart) -> str:
    """Return the SHA-256 digest of a content."""
    digest = sha256()
    for block in blocks_of(content):
        digest.update(block)
    return digest.hexdigest()


def fetch(folder: Folder, resources: Resources, place: Place, link: Link) -> Path:
    """Fetch the file that a link leads to; return its path."""
    can_be_sent = re.fullmatch("[ -~]+", link.type or "")
    accept = {"Accept": f"{link.type}, */*;q=0.1"} if can_be_sent else {}

    def open_(headers: Mapping[str, str]) -> Stream:
        return resources.open_link(link, {**accept, **headers})

    path = folder.fetched_before(place, link.href)
    if path is not None:
        return path
    with open_({}) as stream:
        media_type = stream.headers.last("content-type")
        if says_nothing(media_type):
            media_type = link.type or media_type
        target = folder.path(place, media_type, link.href)
        return folder.save(
            place.output_id, target, lambda: download(stream, open_, target, resources.http)
        )
