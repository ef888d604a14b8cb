"""Which of a job's outputs the caller asked for. Pure functions, no requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import NoSuchOutput
from ..models import JobResults

__all__ = ["output_ids", "results_of", "single_output"]


def output_ids(outputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return the output ids; raises TypeError for a single text, which is no sequence of ids."""
    if isinstance(outputs, (str, bytes)):
        raise TypeError(f"outputs are several ids, not {outputs!r}")
    return tuple(outputs or ())


def results_of(results: JobResults, outputs: Sequence[str]) -> JobResults:
    """Return the results of these outputs alone; raises NoSuchOutput."""
    return type(results)(
        {output: results[single_output(results, output)] for output in outputs},
        status=results.status,
        headers=results.headers,
        body=results.body,
    )


def single_output(results: Mapping[str, Any], output: str | None) -> str:
    """Return the given output id, or the only one; raises NoSuchOutput, ValueError."""
    if output is None:
        if len(results) != 1:
            raise ValueError(f"which output? There are {', '.join(results) or 'none'}")
        return next(iter(results))
    if output not in results:
        raise NoSuchOutput(f"no output {output!r}, but {', '.join(results) or 'none'}")
    return output
