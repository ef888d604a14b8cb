"""Documents of the sizes that servers send, the same on every run.

A job is about 0.38 KB, a process summary 0.81 KB and a description of 200 inputs 0.17 MB (1,800
schemas, counting nested ones), encoded as `encode` does.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["encode", "job", "job_list", "process_description", "process_list", "process_summary"]

ROOT = "http://127.0.0.1:8008"

#: Every list of jobs holds these in turn: all have ended, so that all four timestamps are there.
STATUSES = ("successful", "successful", "successful", "failed", "dismissed")


def encode(document: object) -> bytes:
    """Return the document as a server sends it: compact UTF-8."""
    return json.dumps(document, separators=(",", ":")).encode()


def _link(path: str, rel: str, title: str) -> dict[str, Any]:
    return {"href": ROOT + path, "rel": rel, "type": "application/json", "title": title}


def _moment(number: int, minute: int) -> str:
    microsecond = number * 7919 % 1_000_000
    return f"2026-11-{number % 28 + 1:02}T{number % 24:02}:{minute:02}:07.{microsecond:06}Z"


def job(number: int) -> dict[str, Any]:
    """Return the status of a job that has ended, with one link."""
    name = f"job_{number}"
    return {
        "jobID": name,
        "type": "process",
        "processID": "first_workflow",
        "status": STATUSES[number % len(STATUSES)],
        "message": "Done",
        "created": _moment(number, 10),
        "started": _moment(number, 11),
        "finished": _moment(number, 12),
        "updated": _moment(number, 12),
        "progress": 100,
        "links": [_link(f"/jobs/{name}", "self", "Status")],
    }


def job_list(count: int) -> dict[str, Any]:
    """Return one page of `count` jobs."""
    return {
        "jobs": [job(number) for number in range(count)],
        "links": [_link("/jobs", "self", "This page")],
    }


def process_summary(number: int) -> dict[str, Any]:
    """Return what a process list says of one process."""
    name = f"coverage_statistics_{number}"
    path = f"/processes/{name}"
    return {
        "id": name,
        "version": "1.4.0",
        "title": f"Statistics of a coverage, variant {number}",
        "description": (
            "Counts, means, extremes and percentiles of each band of a coverage within the given"
            " features. Cells without data are left out. Features that lie outside the coverage"
            " are reported with a count of zero."
        ),
        "keywords": ["coverage", "statistics", "zonal"],
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [
            _link(path, "self", "Description of the process"),
            _link(
                f"{path}/execution",
                "http://www.opengis.net/def/rel/ogc/1.0/execute",
                "Execution of the process",
            ),
        ],
    }


def process_list(count: int) -> dict[str, Any]:
    """Return one page of `count` process summaries."""
    return {
        "processes": [process_summary(number) for number in range(count)],
        "links": [_link("/processes", "self", "This page")],
    }


def _schema(number: int) -> dict[str, Any]:
    """Return a schema that holds eight others, so nine with itself."""
    return {
        "type": "object",
        "required": ["name", "range"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 64, "default": f"n{number}"},
            "range": {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "exclusiveMaximum": 1.5e3},
                "minItems": 2,
                "maxItems": 2,
            },
            "method": {"type": "string", "enum": ["nearest", "bilinear", "cubic"]},
            "source": {
                "oneOf": [
                    {"type": "string", "contentMediaType": "application/gml+xml; version=3.2"},
                    {"type": "object", "format": "geojson-feature-collection"},
                ]
            },
            "keep": {"type": "boolean", "default": False},
        },
    }


def process_description(inputs: int) -> dict[str, Any]:
    """Return the description of a process with `inputs` inputs and one output."""
    return {
        **process_summary(0),
        "inputs": {
            f"layer_{number}": {
                "title": f"Layer {number} of the stack",
                "description": (
                    "What is read, under which name, the range of values that count, how cells are"
                    " resampled to the grid of the first layer, where the features come from, and"
                    " whether cells at the border are kept in the statistics."
                ),
                "minOccurs": 0 if number % 2 else 1,
                "maxOccurs": 1 if number % 3 else "unbounded",
                "schema": _schema(number),
            }
            for number in range(inputs)
        },
        "outputs": {
            "statistics": {
                "title": "A row for each feature and band",
                "schema": {"type": "string", "contentMediaType": "text/csv"},
            }
        },
    }
