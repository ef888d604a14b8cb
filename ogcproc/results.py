"""From an answer to results: (status, headers, body) -> JobResults. Pure functions, no requests.

What shape an answer has is told by its status and its ``Content-Type``, never by what was asked
for. What a body means is decided only where its shape, or the ids of the process's outputs,
leave no doubt; else it stays as it was sent.
"""

from __future__ import annotations

import json

from ._headers import Headers, MediaType
from .models import JobResults, QualifiedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["UNNAMED", "is_map", "raw_value", "read_results"]

#: The id of a raw value that nothing gives a name.
UNNAMED = ""


def read_results(
    status: int, headers: Headers, body: bytes, output_ids: Sequence[str] = ()
) -> JobResults:
    """Return the results that an answer holds (`/req/core/job-results`).

    ``output_ids`` are the outputs that were asked for, or that the process has, where they are
    known: they name a raw value, and tell an object that is a value from one that maps ids to
    values.
    """
    value = raw_value(headers, body)
    if is_map(value, output_ids):
        results = JobResults.from_dict(value.value)
    elif not body:
        results = JobResults({})
    else:
        name = output_ids[0] if len(output_ids) == 1 else UNNAMED
        results = JobResults({name: value if binary_or_typed(value) else value.value})
    results.status = status
    results.headers = headers
    results.body = body
    return results


def is_map(value: QualifiedValue, output_ids: Sequence[str] = ()) -> bool:
    """Return whether a body is an object that maps output ids to values."""
    if not isinstance(value.value, dict) or not MediaType(value.mediaType or "").is_json:
        return False
    return len(output_ids) != 1 or set(value.value) <= set(output_ids)


def binary_or_typed(value: QualifiedValue) -> bool:
    """Return whether a raw value needs its media type to be understood: all but plain JSON."""
    return value.mediaType != "application/json"


def raw_value(headers: Headers, body: bytes) -> QualifiedValue:
    """Return a body as a value with its media type: JSON decoded, text as str, else bytes."""
    media_type = MediaType(headers.last("content-type"))
    value: Any = body
    if media_type.is_json:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):  # bare text labelled JSON (ZOO)
            text = media_type.decode(body)
            value = body if text is None else text
    elif media_type.is_text:
        text = media_type.decode(body)
        value = body if text is None else text
    return QualifiedValue(value, media_type.essence or None)
