"""Limits of lists, the number of requests for a description, and states that nobody knows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import Client, JobFailed, WaitTimeout

if TYPE_CHECKING:
    from scripted import Received

ENDED = "2026-11-22T12:00:00Z"


def paged(request: Received) -> bytes:
    """Return a page of two entries, always with a link to the next."""
    number = int(request.target.partition("page=")[2] or 0)
    ids = [f"{number}a", f"{number}b"]
    links = [{"rel": "next", "href": f"?page={number + 1}"}]
    entries = {"jobs": [{"jobID": one, "status": "running"} for one in ids]}
    if "processes" in request.target:
        entries = {"processes": [{"id": one} for one in ids]}
    return answer(200, {**entries, "links": links})


@pytest.mark.parametrize(("limit", "requests"), [(1, 1), (2, 1), (3, 2), (5, 3)])
def test_a_limit_is_the_most_entries_that_are_yielded(limit: int, requests: int) -> None:
    """field.md section 6: iter_jobs(limit=2) gave 90 jobs."""
    with ScriptedServer(paged) as server, Client(server.url) as client:
        assert len(list(client.iter_jobs(limit=limit))) == limit
        assert len(list(client.iter_processes(limit))) == limit
    assert len(server.lines) == 2 * requests


def test_a_page_is_asked_for_as_many_entries_as_are_wanted() -> None:
    with ScriptedServer(paged) as server, Client(server.url) as client:
        next(client.iter_jobs(limit=3))
        next(client.iter_jobs(limit=3, page_size=50))
        next(client.iter_processes(limit=5000))
        next(client.iter_processes(page_size=7))
        assert list(client.iter_jobs(limit=0)) == []
    assert [line.partition("?")[2] for line in server.lines] == [
        *("limit=3", "limit=50", "limit=1000", "limit=7", "")
    ]


def test_a_page_size_is_a_number_of_entries() -> None:
    with (
        ScriptedServer([]) as server,
        Client(server.url) as client,
        pytest.raises(TypeError, match="page_size is"),
    ):
        next(client.iter_jobs(page_size="5"))  # type: ignore[arg-type] # the mistake
    assert server.lines == []


def test_run_process_asks_for_the_description_once() -> None:
    """field.md section 6."""
    described = answer(200, {"id": "p", "outputs": {"out": {"schema": {"type": "number"}}}})
    script = {"/processes/p": described, "POST /processes/p/execution": answer(200, 1.5)}
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.run_process("p")["out"] == 1.5
        process = client.get_process("p")
        process.outputs.clear()
        assert client.run_process(process)["out"] == 1.5
    assert server.lines.count("GET /processes/p") == 3


@pytest.mark.parametrize(
    "description",
    [
        {"id": "p", "inputs": [], "outputs": []},
        {"id": "p", "inputs": [{"id": "a"}], "additionalParameters": []},
        {"id": "p", "outputs": {"out": 7}, "links": 7, "jobControlOptions": "sync-execute"},
        {"id": 7, "outputs": [{"id": "out", "schema": {"type": "number"}}]},
    ],
)
def test_run_process_runs_whatever_the_description_is(description: Any) -> None:
    """field.md 19."""
    script = {
        "/processes/p": answer(200, description),
        "POST /processes/p/execution": answer(200, {"out": 1.5}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.run_process("p")["out"] == 1.5


def waited(*states: dict[str, Any]) -> Any:
    """Return what a wait returns for these states, the last of which repeats."""
    left = [answer(200, {"jobID": "7", "processID": "p", **state}) for state in states]

    def look(_: Received) -> bytes:
        return left.pop(0) if len(left) > 1 else left[0]

    with ScriptedServer(look) as server, Client(server.url) as client:
        return client.wait_for_job("7", poll=0.01, timeout=0.2)


@pytest.mark.parametrize("status", ["Succeeded", "SUCCESSFUL", "finished"])
def test_a_wait_ends_at_a_word_in_any_case(status: str) -> None:
    """field.md 16."""
    assert waited({"status": "Running"}, {"status": status}).status == status


def test_rejected_is_a_failure() -> None:
    """field.md 16: Copernicus CDS and UP42."""
    with pytest.raises(JobFailed, match="7 rejected: too large"):
        waited({"status": "accepted"}, {"status": "rejected", "message": "too large"})


@pytest.mark.parametrize("status", ["deduped", "offline", "deleted"])
def test_an_unknown_word_with_an_end_is_an_error_that_names_it(status: str) -> None:
    """field.md 16: MAAP and Copernicus CDS."""
    with pytest.raises(JobFailed, match=f"7 {status}: no reason given"):
        waited({"status": status, "finished": ENDED})


def test_an_end_without_a_status_is_an_error() -> None:
    """field.md 16: MAAP sends null."""
    with pytest.raises(JobFailed, match="7 has ended without a status: no reason given"):
        waited({"status": None, "finished": ENDED})


def test_an_unknown_word_without_an_end_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """field.md 16."""
    with caplog.at_level(logging.WARNING, "ogcproc"), pytest.raises(WaitTimeout):
        waited({"status": "running"}, {"status": "off\nline"})
    assert [record.getMessage() for record in caplog.records] == [
        r"job '7' has an unknown status: 'off\nline'"
    ]
