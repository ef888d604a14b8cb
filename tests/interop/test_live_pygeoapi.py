"""pygeoapi as it answers: null for a new job, pages of HTML, and no jobs without a manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from servers import running
from waiting import finished

from ogcproc import Client, JobFailed, NoSuchJob, NoSuchProcess, QualifiedValue, ServiceError
from ogcproc._types import Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ogcproc import JobInfo

pytestmark = pytest.mark.interop

MANY = {"number": 1.5, "text": "text", "array": [1, 2, 3], "object": {"one": 1}}
VERSIONS = ["pygeoapi-0.21", "pygeoapi-0.24"]


@pytest.fixture(scope="module", params=VERSIONS)
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with running(request.param) as url, Client(url) as made:
        yield made


@pytest.fixture(scope="module", params=[f"{version}-sync" for version in VERSIONS])
def without_manager(request: pytest.FixtureRequest) -> Iterator[Client]:
    with running(request.param) as url, Client(url) as made:
        yield made


def only_value(client: Client, process_id: str, *, mode: Mode) -> object:
    job = finished(client, client.execute_process(process_id, {"inputs": {}}, mode=mode))
    assert job.status == "successful", job
    [value] = client.get_job_results(job).values()
    return value


def test_processes_are_listed_and_described(client: Client) -> None:
    listed = {process.id for process in client.iter_processes()}
    assert listed == {"hello-world", "fail", "many", "png", "scalar", "slow", "text"}
    assert set(client.get_process("many").outputs or ()) == set(MANY)


@pytest.mark.parametrize("mode", ["async", "sync", "auto"])
def test_every_mode_gives_all_outputs(client: Client, mode: Mode) -> None:
    job = finished(client, client.execute_process("many", {"inputs": {}}, mode=mode))
    assert job.status == "successful"
    assert dict(client.get_job_results(job)) == MANY


def test_a_new_job_has_an_id_although_the_body_has_none(client: Client) -> None:
    job = client.execute_process("slow", {"inputs": {"seconds": 0.2}})
    assert not job.is_finished
    assert finished(client, job).jobID == job.jobID
    assert job.jobID in [listed.jobID for listed in client.iter_jobs()]


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_hello_world_keeps_its_greeting(client: Client, mode: Mode) -> None:
    request = {"inputs": {"name": "World", "message": "hi"}}
    job = finished(client, client.execute_process("hello-world", request, mode=mode))
    # Its one result is {"id": "echo", "value": ...}: by its looks a map, by its meaning one value.
    assert "Hello World! hi" in str(dict(client.get_job_results(job)))


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_picture_comes_as_bytes_with_its_type(client: Client, mode: Mode) -> None:
    picture = only_value(client, "png", mode=mode)
    assert isinstance(picture, QualifiedValue)
    assert picture.mediaType == "image/png"
    assert picture.value.startswith(b"\x89PNG")


def test_a_scalar_that_only_a_document_can_hold_is_not_lost(client: Client) -> None:
    request = {"inputs": {}, "response": "document"}
    job = finished(client, client.execute_process("scalar", request, mode="sync"))
    # {"outputs": [42]}, without a word of which output it is.
    assert "42" in str(dict(client.get_job_results(job)))


def failed_job(client: Client) -> JobInfo:
    return finished(client, client.execute_process("fail", {"inputs": {}}))


def test_a_failed_job_tells_why(client: Client) -> None:
    job = failed_job(client)
    assert job.status == "failed"
    assert "this was expected" in (job.message or "")


def test_results_of_a_failed_job_tell_why(client: Client) -> None:
    with pytest.raises(JobFailed, match="this was expected"):
        client.get_job_results(failed_job(client))


def test_a_failure_at_once_is_the_error_of_the_call(client: Client) -> None:
    with pytest.raises(ServiceError, match="this was expected") as caught:
        client.execute_process("fail", {"inputs": {}}, mode="sync")
    assert caught.value.status == 400


def test_a_dismissed_job_is_gone(client: Client) -> None:
    job = client.execute_process("slow", {"inputs": {"seconds": 1}})
    assert client.dismiss_job(job).status == "dismissed"
    with pytest.raises(NoSuchJob):
        client.get_job(job)


def test_what_is_unknown_has_its_own_errors(client: Client) -> None:
    with pytest.raises(NoSuchProcess):
        client.get_process("nope")
    with pytest.raises(NoSuchProcess):
        client.execute_process("nope")
    with pytest.raises(NoSuchJob):
        client.get_job("nope")
    with pytest.raises(NoSuchJob):
        client.get_job_results("nope")


@pytest.mark.parametrize("mode", ["async", "sync", "auto"])
def test_without_a_manager_results_come_at_once(without_manager: Client, mode: Mode) -> None:
    # It lists async-execute all the same.
    job = without_manager.execute_process("many", {"inputs": {}}, mode=mode)
    assert job.status == "successful"
    assert dict(without_manager.get_job_results(job)) == MANY


def test_text_that_0_21_cannot_send_comes_from_later_ones() -> None:
    with running("pygeoapi-0.24") as url, Client(url) as client:
        text = only_value(client, "text", mode="sync")
    assert isinstance(text, QualifiedValue)
    assert (text.mediaType, text.value) == ("text/plain", "plain text")
