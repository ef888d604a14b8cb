"""From inputs to results and to files, in one call each, on every real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from servers import running

from ogcproc import Client, JobFailed, OgcProcError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

MANY = {"number": 1.5, "text": "text", "array": [1, 2, 3], "object": {"one": 1}}
SERVERS = [
    "fastprocesses",
    "pygeoapi-0.21",
    "pygeoapi-0.21-sync",
    "pygeoapi-0.24",
    "pygeoapi-0.24-sync",
    "wraptile",
    "wraptile-processes",
]
#: fastprocesses keeps results by their inputs and wants some, other servers take any.
INPUTS = {"seed": 7}
QUICKLY = (0.05, 0.5)


@pytest.fixture(scope="module", params=SERVERS)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with running(request.param) as url, Client(url) as made:
        yield made


def read(path: Path) -> Any:
    """Return what a file holds."""
    content = path.read_bytes()
    return json.loads(content) if path.suffix == ".json" else content.decode()


def test_a_process_is_run_in_one_call(client: Client) -> None:
    assert dict(client.run_process("many", INPUTS, poll=QUICKLY, timeout=60)) == MANY


def test_its_outputs_are_files(client: Client, tmp_path: Path) -> None:
    job = client.wait_for_job(
        client.execute_process("many", {"inputs": INPUTS}), poll=QUICKLY, timeout=60
    )
    files = client.download_job_results(job, tmp_path)
    assert {name: read(path) for name, path in files.items()} == MANY
    manifest = json.loads((tmp_path / "results.json").read_bytes())
    assert list(manifest["outputs"]) == list(files)
    assert client.download_job_results(job, tmp_path, if_exists="skip") == files
    with client.open_job_result(job, "array") as file:
        assert json.load(file) == [1, 2, 3]


def test_a_failure_is_one(client: Client) -> None:
    # Without a job, or where it ran at once, it is an answer; else a job that failed.
    with pytest.raises(OgcProcError) as caught:
        client.run_process("fail", INPUTS, poll=QUICKLY, timeout=60)
    if isinstance(caught.value, JobFailed):
        assert caught.value.job is not None
        assert caught.value.job.is_failed


def test_many_are_run_at_once(client: Client, tmp_path: Path) -> None:
    inputs = [{"seed": number} for number in range(6)]
    run = client.run_many(
        "many", inputs, max_active=3, journal=tmp_path / "run.jsonl", poll=QUICKLY
    )
    outcomes = list(run)
    assert sorted(outcome.key for outcome in outcomes) == list(range(6))
    for outcome in outcomes:
        assert outcome.error is None, outcome.error
        assert dict(outcome.results or {}) == MANY
    assert list(client.run_many("many", inputs, journal=tmp_path / "run.jsonl")) == []


@pytest.mark.parametrize("server", ["pygeoapi-0.21", "pygeoapi-0.24"])
def test_a_picture_is_a_file(server: str, tmp_path: Path) -> None:
    with running(server) as url, Client(url) as client:
        job = client.wait_for_job(client.execute_process("png"), poll=QUICKLY, timeout=60)
        (path,) = client.download_job_results(job, tmp_path).values()
        with client.open_job_result(job) as file:
            assert file.read() == path.read_bytes()
            assert file.mediaType == "image/png"
    assert path.suffix == ".png"
    assert path.read_bytes().startswith(b"\x89PNG")
