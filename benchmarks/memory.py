"""Compare the peak memory of decoding 10,000 mixed jobs with that of `json.loads` alone.

`tracemalloc` counts what Python allocates, so that each run gives the same figure. This needs no
valgrind and takes some seconds:

    python benchmarks/memory.py [--check]
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tracemalloc
from collections.abc import Sequence
from typing import Any

from documents import encode, mixed_job_list
from instructions import CHECKOUT, DECODE, DECODE_FLOOR, MARGIN

__all__ = ["main", "peak"]

COUNT = 10_000
GOAL = 1.1


def peak(expression: str, names: dict[str, Any]) -> int:
    """Return the most bytes that Python holds at once while it evaluates an expression."""
    gc.collect()
    tracemalloc.start()
    try:
        eval(expression, names)  # noqa: S307  # an expression of instructions.py
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main(argv: Sequence[str] | None = None) -> int:
    """Print the ratio and return 0; with `--check`, return 1 if the goal is missed by over 5 %."""
    parser = argparse.ArgumentParser(description="Compare the peak memory of decoding jobs.")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if the ratio is over its goal by more than 5 %%",
    )
    options = parser.parse_args(argv)
    sys.path.insert(0, str(CHECKOUT))
    from ogcproc import JobList  # noqa: PLC0415  # of this checkout, installed or not

    names = {"JobList": JobList, "json": json, "body": encode(mixed_job_list(COUNT))}
    floor = peak(DECODE_FLOOR, names)
    ours = peak(DECODE.format(model="JobList"), names)
    ratio = ours / floor
    print(
        f"Python {platform.python_version()}; peak memory of {COUNT:,} jobs, mixed:"
        f" {ours / 1e6:.1f} MB, json.loads {floor / 1e6:.1f} MB, ratio {ratio:.3f}, goal {GOAL:.2f}"
    )
    return int(options.check and ratio > GOAL * MARGIN)


if __name__ == "__main__":
    sys.exit(main())
