"""fastprocesses as it answers: jobs unless it is asked in its own words, and no way to dismiss."""

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


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with running("fastprocesses") as url, Client(url) as made:
        yield made


def test_the_landing_page_is_not_taken_as_html(client: Client) -> None:
    assert client.get_capabilities().title == "OGC API Processes"


def test_processes_are_listed_page_by_page_and_described(client: Client) -> None:
    listed = {process.id for process in client.iter_processes()}
    assert listed == {"first_workflow", "slow", "fail", "many"}
    assert len(client.get_processes(limit=2).processes) == 2
    assert set(client.get_process("many").outputs or ()) == {"number", "text", "array", "object"}


# The server finds earlier results by the inputs alone, those of other processes included: every
# call has inputs of its own.
@pytest.mark.parametrize(("mode", "seed"), [("async", 1), ("sync", 2), ("auto", 3)])
def test_every_mode_ends_in_a_job_with_all_outputs(client: Client, mode: Mode, seed: int) -> None:
    request = {"inputs": {"seed": seed}}
    job = finished(client, client.execute_process("many", request, mode=mode))
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


def test_a_job_cannot_be_dismissed(client: Client) -> None:
    job = client.execute_process("slow", {"inputs": {"seconds": 0.5}})
    with pytest.raises(ServiceError) as caught:
        client.dismiss_job(job)
    assert caught.value.status == 405
    assert finished(client, job).status == "successful"


def test_what_is_unknown_has_its_own_errors(client: Client) -> None:
    with pytest.raises(NoSuchProcess):
        client.get_process("nope")
    with pytest.raises(NoSuchProcess):
        client.execute_process("nope", {"inputs": {"id": "x"}})
    with pytest.raises(NoSuchJob):
        client.get_job("nope")
    with pytest.raises(NoSuchJob):
        client.get_job_results("nope")
