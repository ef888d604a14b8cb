"""Documents of the sizes and shapes that servers send, the same on every run.

A mixed document holds equal parts, by bytes, of the shapes of several servers (`shapes.py`), in
turn, with other ids and times. One job of weaver has 22 links and is as large as ten of ZOO's, so
that equal numbers would measure hardly anything but weaver.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from shapes import DESCRIPTION, INPUTS, JOBS, NINE_MEMBER_JOB, SUMMARIES, Shape

__all__ = [
    "encode",
    "mixed",
    "mixed_job_list",
    "mixed_process_description",
    "mixed_process_list",
    "nine_member_job",
    "nine_member_job_list",
]

ROOT = "http://127.0.0.1:8008"
START = datetime(2026, 11, 1)  # noqa: DTZ001  # the shapes say which zone they write


def encode(document: object) -> bytes:
    """Return the document as a server sends it: compact UTF-8."""
    return json.dumps(document, separators=(",", ":")).encode()


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return a copy of a shape's document with words in place of the placeholders."""
    if isinstance(value, dict):
        return {name: _filled(member, words) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    return value.format_map(words) if isinstance(value, str) else value


def _words(number: int) -> dict[str, str]:
    """Return what the placeholders of `shapes.py` stand for in one document."""
    start = START + timedelta(seconds=37 * number)
    microseconds = f"{number * 7919 % 1_000_000:06}"
    times = {f"t{n}": (start + timedelta(seconds=4 * n)).isoformat() for n in range(4)}
    return {
        "n": str(number),
        "uuid": f"{number:08x}-e6b7-11f1-aeaf-02fc00000001",
        "root": ROOT,
        "us": microseconds,
        "ms": microseconds[:3],
        **times,
    }


def mixed(shapes: Mapping[str, Sequence[Shape]], count: int) -> list[tuple[str, dict[str, Any]]]:
    """Return `count` documents, each with its server, of which all have equal parts by bytes."""
    turns = {server: cycle(found) for server, found in shapes.items()}
    # Half a document ahead from the start: a server of large documents then ends less than half a
    # document from its part, not up to a whole one beyond it.
    sizes = {
        server: max(len(encode(shape.document)) for shape in found) // 2
        for server, found in shapes.items()
    }
    documents = []
    for number in range(count):
        server = min(sizes, key=sizes.__getitem__)
        document = _filled(next(turns[server]).document, _words(number))
        sizes[server] += len(encode(document))
        documents.append((server, document))
    return documents


def _page(entries: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    link = {"href": f"{ROOT}/{entries}", "rel": "self", "type": "application/json"}
    return {entries: documents, "links": [link]}


def mixed_job_list(count: int) -> dict[str, Any]:
    """Return one page of `count` jobs of six servers."""
    return _page("jobs", [job for _, job in mixed(JOBS, count)])


def nine_member_job(number: int) -> dict[str, Any]:
    """Return a successful job without message and progress, with one link."""
    job: dict[str, Any] = _filled(NINE_MEMBER_JOB, _words(number))
    return job


def nine_member_job_list(count: int) -> dict[str, Any]:
    """Return one page of `count` jobs of nine members."""
    return _page("jobs", [nine_member_job(number) for number in range(count)])


def mixed_process_list(count: int) -> dict[str, Any]:
    """Return one page of `count` process summaries of six servers."""
    return _page("processes", [summary for _, summary in mixed(SUMMARIES, count)])


def mixed_process_description(count: int) -> dict[str, Any]:
    """Return the description of a process with `count` inputs of five servers."""
    inputs = {
        f"input_{number}": document for number, (_, document) in enumerate(mixed(INPUTS, count))
    }
    return {**_filled(DESCRIPTION.document, _words(0)), "inputs": inputs}
