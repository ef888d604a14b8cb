"""The embedded server, as ``ogcproc serve`` runs it, driven by clients that are not ours.

Each client is a script of ``drivers`` in an environment of its own; it prints what it got.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from servers import environment, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.interop

DRIVERS = Path(__file__).resolve().parent / "drivers"
CORE = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core"


@pytest.fixture
def server() -> Iterator[str]:
    with running("ogcproc") as url:
        yield url


def drive(name: str, url: str, home: Path) -> dict[str, Any]:
    driver = DRIVERS / f"{name.replace('-', '_')}_driver.py"
    done = subprocess.run(
        [environment(name), driver, url],
        capture_output=True,
        check=False,
        # cuiman would read a profile from the home directory.
        env={**os.environ, "HOME": str(home)},
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    got: dict[str, Any] = json.loads(done.stdout)
    return got


def assert_discovery(got: dict[str, Any]) -> None:
    assert got["capabilities"]
    assert CORE in got["conformance"]
    assert {"first_workflow", "echo", "sleep_a_while"} <= set(got["processes"])
    assert got["process"] == {"inputs": ["id"], "outputs": ["final"]}


def assert_finished(got: dict[str, Any], job_id: str) -> None:
    finished = got["finished"]
    assert finished["jobID"] == job_id
    assert finished["processID"] == "first_workflow"
    assert finished["status"] == "successful"


def test_cuiman_takes_the_walk(server: str, tmp_path: Path) -> None:
    got = drive("cuiman", server, tmp_path)
    assert_discovery(got)
    assert got["results_at_once"] == {"final": "supsup"}
    assert got["job"]["jobID"] == "job_0"
    assert_finished(got, "job_0")
    assert got["jobs"] == ["job_0"]
    assert got["results"] == {"final": "supsup"}
    assert got["dismissed"] == "dismissed"
    assert got["jobs_after"] == []


def test_owslib_executes_both_ways(server: str, tmp_path: Path) -> None:
    got = drive("owslib", server, tmp_path)
    assert_discovery(got)
    assert got["api"].startswith("3.0")
    assert got["results_at_once"] == {"final": "supsup"}
    assert got["job"]["jobID"] == "job_0"
    assert got["location"] == f"{server}/jobs/job_0"
    # OWSLib ends at the started job; status and results come over its private request.
    assert_finished(got, "job_0")
    assert got["results"] == {"final": "supsup"}


def test_ogc_api_processes_client_reads_what_its_types_allow(server: str, tmp_path: Path) -> None:
    got = drive("ogc-api-processes-client", server, tmp_path)
    assert_discovery(got)
    assert_finished(got, "job_0")
    assert got["jobs"] == ["job_0"]
    # Its own limit: {"final": "supsup"} is a text and an array of bytes at once to its types.
    assert "InlineOrRefData" in got["results_error"]
    assert got["echo"] == {"boolean": True, "number": 1.5, "array": ["a", "b"]}
    assert got["dismissed"] == "dismissed"
    assert got["jobs_after"] == ["job_0"]
