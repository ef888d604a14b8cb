"""wraptile as it answers: always jobs, no Location, 403 for results that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from servers import running
from waiting import finished

from ogcproc import Client, JobFailed, NoSuchJob, NoSuchProcess, ServiceError
from ogcproc._types import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ogcproc import JobInfo

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module", params=["wraptile", "wraptile-processes"])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with running(request.param) as url, Client(url) as made:
        yield made


def test_processes_are_listed_and_described(client: Client) -> None:
    listed = [process.id for process in client.iter_processes()]
    assert listed == ["first_workflow", "slow", "fail", "many"]
    assert set(client.get_process("many").outputs or ()) == {"number", "text", "array", "object"}


@pytest.mark.parametrize("mode", ["async", "sync", "auto"])
def test_every_mode_ends_in_a_job_with_all_outputs(client: Client, mode: Mode) -> None:
    job = finished(client, client.execute_process("many", {"inputs": {}}, mode=mode))
    assert job.status == "successful"
    expected = {"number": 1.5, "text": "text", "array": [1, 2, 3], "object": {"one": 1}}
    assert dict(client.get_job_results(job)) == expected


def failed_job(client: Client) -> JobInfo:
    request = {"inputs": {"message": "as asked"}}
    return finished(client, client.execute_process("fail", request))


def test_a_failed_job_tells_why(client: Client) -> None:
    job = failed_job(client)
    assert job.status == "failed"
    assert "as asked" in (job.message or "")


def test_results_of_a_failed_job_tell_why(client: Client) -> None:
    with pytest.raises(JobFailed, match="as asked"):
        client.get_job_results(failed_job(client))


def test_a_running_job_is_dismissed(client: Client) -> None:
    job = client.execute_process("slow", {"inputs": {"seconds": 1}})
    with pytest.raises(ServiceError):
        client.get_job_results(job.jobID)
    assert client.dismiss_job(job).status == "dismissed"


def test_what_is_unknown_has_its_own_errors(client: Client) -> None:
    with pytest.raises(NoSuchProcess):
        client.get_process("no such process")
    with pytest.raises(NoSuchProcess):
        client.execute_process("nope")
    with pytest.raises(NoSuchJob):
        client.get_job("nope")
    with pytest.raises(NoSuchJob):
        client.get_job_results("nope")
