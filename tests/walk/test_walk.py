"""The client against the embedded server: the walk, every method, and every end of a job."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from ogcproc import (
    Client,
    JobFailed,
    JobInfo,
    JobStatus,
    Link,
    NoSuchJob,
    NoSuchProcess,
    ProcessRequest,
    QualifiedValue,
    ResultNotReady,
    ServiceError,
)
from ogcproc._types import Mode
from ogcproc.server import Service
from ogcproc.server.demo import service

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0
PROCESSES = ["echo", "fail", "first_workflow", "make_picture", "primes_between", "sleep_a_while"]


@pytest.fixture
def client() -> Iterator[Client]:
    """Return a client of a demo server without jobs."""
    with service.serve() as server, Client(server.url) as client:
        for job in client.get_jobs(limit=1000).jobs:  # of other tests: the service is one
            client.dismiss_job(job)
        yield client
        for job in client.get_jobs(limit=1000).jobs:
            client.dismiss_job(job)


def finished(client: Client, job: JobInfo) -> JobInfo:
    """Return the job when it has ended."""
    end = time.monotonic() + PATIENCE
    while not job.is_finished:
        assert time.monotonic() < end, job
        time.sleep(0.002)
        job = client.get_job(job)
    return job


def test_the_walk(client: Client) -> None:
    assert repr(client) == f"Client(api_url={client.api_url!r})"
    assert client.get_capabilities().title == "ogcproc demo"
    assert client.get_conformance().conformsTo
    assert sorted(one.id for one in client.get_processes().processes) == PROCESSES
    assert client.get_process(process_id="first_workflow").inputs["id"].schema is not None
    assert client.get_jobs().jobs == []
    request = ProcessRequest(inputs={"id": "sup"})
    job = client.execute_process(process_id="first_workflow", request=request)
    assert [one.jobID for one in client.get_jobs().jobs] == [job.jobID]
    assert finished(client, client.get_job(job.jobID)).status == "successful"
    assert client.get_job_results(job.jobID) == {"final": "supsup"}
    assert repr(client.get_job_results(job.jobID)) == "{'final': 'supsup'}"
    for one in client.get_jobs().jobs:
        client.dismiss_job(one.jobID)
    assert client.get_jobs().jobs == []


def test_the_server_says_what_it_conforms_to(client: Client) -> None:
    for name in ("core", "ogc-process-description", "json", "oas30", "job-list", "dismiss"):
        assert client.conforms_to(name), name
    assert not client.conforms_to("deploy-replace-undeploy")
    assert client.get_api_definition()["openapi"].startswith("3.0")


def test_a_process_describes_itself(client: Client) -> None:
    process = client.get_process("make_picture")
    assert process.title == "Make a picture"
    assert list(process.inputs) == ["width", "height", "colour"]
    colour = process.inputs["colour"].schema
    assert colour is not None
    assert colour.enum == ["red", "green", "blue"]
    assert colour.default == "green"
    assert list(process.outputs) == ["picture"]


def test_processes_are_paged(client: Client) -> None:
    assert len(client.get_processes(limit=2).processes) == 2
    assert sorted(one.id for one in client.iter_processes(page_size=2)) == PROCESSES


def test_an_asynchronous_job_is_watched_to_its_end(client: Client) -> None:
    job = client.execute_process("sleep_a_while", {"inputs": {"duration": 0.05}})
    assert job.jobID.startswith("job_")
    assert job.status in {JobStatus.accepted, JobStatus.running}
    assert (job.processID, job.type, job.results) == ("sleep_a_while", "process", None)
    with pytest.raises(ResultNotReady):
        client.get_job_results(job)
    job = finished(client, job)
    assert (job.status, job.progress) == ("successful", 100)
    assert job.created is not None
    assert job.started is not None
    assert job.finished is not None
    assert job.created <= job.started <= job.finished
    assert client.get_job_results(job) == {"duration": 0.05}
    assert client.get_job_result(job) == 0.05


def test_a_synchronous_job_holds_its_results(client: Client) -> None:
    job = client.execute_process("primes_between", {"inputs": {"max_val": 9}}, mode="sync")
    assert job.status is JobStatus.successful
    assert dict(job.results or {}) == {"return_value": [2, 3, 5, 7]}
    assert client.get_job_results(job) is job.results


def test_mode_auto_runs_as_the_process_says(client: Client) -> None:
    options = client.get_process("echo").jobControlOptions
    job = client.execute_process("echo", {"inputs": {"string": "x"}}, mode="auto")
    assert ("async-execute" in options) is (job.results is None)
    assert client.get_job_result(finished(client, job), "string") == "x"


def test_values_of_every_kind_come_back_as_they_were_sent(client: Client) -> None:
    inputs = {
        "string": "é",
        "number": 1.5,
        "boolean": True,
        "array": [1, "two", None],
        "object": {"a": [{"b": None}]},
        "bbox": {"bbox": [1, 2, 3, 4], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        "binary": b"\0\1\xff",
    }
    job = client.execute_process("echo", ProcessRequest(inputs), mode="sync")
    results = client.get_job_results(job)
    assert {name: client.get_job_result(job, name) for name in results} == inputs


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_raw_picture_is_bytes_with_its_media_type(mode: Mode, client: Client) -> None:
    request = ProcessRequest({"width": 2, "height": 1}, outputs=["picture"], response="raw")
    job = client.execute_process("make_picture", request, mode=mode)
    picture = client.get_job_results(finished(client, job))["picture"]
    assert isinstance(picture, QualifiedValue)
    assert picture.mediaType == "image/png"
    assert picture.value.startswith(b"\x89PNG")


def test_an_output_by_reference_is_a_link_that_is_fetched(client: Client) -> None:
    outputs = {"final": {"transmissionMode": "reference"}}
    request = ProcessRequest({"id": "x"}, outputs=outputs, response="document")
    job = finished(client, client.execute_process("first_workflow", request))
    assert isinstance(client.get_job_results(job)["final"], Link)
    assert client.get_job_result(job) == "xx"


def test_a_failed_job_says_why(client: Client) -> None:
    job = finished(client, client.execute_process("fail", {"inputs": {"message": "No luck"}}))
    assert job.is_failed
    with pytest.raises(JobFailed, match="No luck") as caught:
        client.get_job_results(job)
    assert caught.value.job is not None
    assert caught.value.job.jobID == job.jobID


def test_a_synchronous_failure_is_an_error(client: Client) -> None:
    with pytest.raises(ServiceError, match="No luck"):
        client.execute_process("fail", {"inputs": {"message": "No luck"}}, mode="sync")


def test_what_is_not_there_is_an_error_of_its_own(client: Client) -> None:
    for call in (client.get_process, client.execute_process):
        with pytest.raises(NoSuchProcess, match="nothing"):
            call("nothing/of that?name")
    for ask in (client.get_job, client.get_job_results, client.dismiss_job):
        with pytest.raises(NoSuchJob, match="nothing"):
            ask("nothing/of that?name")


def test_a_wrong_input_is_named(client: Client) -> None:
    with pytest.raises(ServiceError, match="width") as caught:
        client.execute_process("make_picture", {"inputs": {"width": 0}})
    assert caught.value.status == 400


def test_a_running_job_is_dismissed(client: Client) -> None:
    job = client.execute_process("sleep_a_while", {"inputs": {"duration": 60}})
    assert client.dismiss_job(job).is_dismissed
    client.dismiss_job(job)
    with pytest.raises(NoSuchJob):
        client.get_job(job)


def test_a_job_is_known_by_its_url_as_well(client: Client) -> None:
    job = finished(client, client.execute_process("first_workflow"))
    url = f"{client.api_url}/jobs/{job.jobID}"
    assert client.get_job(url).jobID == job.jobID
    assert client.get_job_results(url) == {"final": "hitherehithere"}
    assert client.dismiss_job(url).jobID == job.jobID


def test_jobs_are_filtered_and_paged(client: Client) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=2)
    later = before + timedelta(hours=1)
    good = [finished(client, client.execute_process("echo")).jobID for _ in range(3)]
    bad = finished(client, client.execute_process("fail")).jobID

    def ids(**filters: object) -> list[str]:
        return sorted(job.jobID for job in client.get_jobs(**filters).jobs)  # type: ignore[arg-type] # any filter

    assert ids() == sorted([*good, bad])
    assert ids(type="process") == ids()
    assert ids(process_id="fail") == ids(status="failed") == [bad]
    assert ids(status=["failed", JobStatus.successful]) == ids()
    assert ids(datetime=(before, None)) == ids(datetime=(None, later)) == ids()
    assert ids(datetime=(later, None)) == []
    assert ids(min_duration=1000) == []
    assert ids(max_duration=1000) == ids()
    assert len(ids(limit=2)) == 2
    assert sorted(job.jobID for job in client.iter_jobs(page_size=1)) == ids()
    assert sorted(job.jobID for job in client.iter_jobs(status="successful", page_size=2)) == good


def test_ids_of_odd_characters_make_the_whole_way() -> None:
    odd = Service()
    name = "JTS:buffer/é #1?%2F+&"

    @odd.process(id=name)
    def double(text: str = "x") -> str:
        return text * 2

    with odd.serve() as server, Client(server.url) as client:
        assert [one.id for one in client.get_processes().processes] == [name]
        assert client.get_process(name).id == name
        job = client.execute_process(name, {"inputs": {"text": "é"}})
        assert job.processID == name
        assert client.get_job_result(finished(client, job)) == "éé"
