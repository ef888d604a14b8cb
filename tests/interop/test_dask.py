"""Work on outcomes, and a service's jobs, on the workers of a Dask cluster."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from servers import environment

pytestmark = pytest.mark.interop

HERE = Path(__file__).resolve().parent


def test_what_dask_s_workers_make_of_it_equals_what_threads_do() -> None:
    done = subprocess.run(
        [environment("dask"), HERE / "drivers" / "dask_driver.py"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    by_threads, by_dask = got["runs"]
    assert by_dask == by_threads
    assert by_dask["item 7"] == [49, {"result": 49}]
    assert "-2 is below nothing" in by_dask["item -2"]
    assert got["processes"][0] == 1
    assert 1 <= got["processes"][1] <= 2
    assert got["processes"][2] is False
    jobs_here, jobs_there = got["jobs"]
    assert jobs_there == jobs_here
    assert (jobs_there["item 7"], jobs_there["item -1"]) == (49, "JobFailed")
    assert got["job processes"][1] is False
