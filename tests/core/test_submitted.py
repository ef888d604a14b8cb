"""Finding the job that an execution left behind whose answer never came."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, Received, ScriptedServer, answer

from ogcproc import Client, ProcessRequest, SubmissionUncertain
from ogcproc._http.headers import Headers
from ogcproc._protocol.jobs import clock_ahead

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime.now(timezone.utc)


def at(seconds: float) -> str:
    """Return the moment so many seconds from now, as a server writes it."""
    return (NOW + timedelta(seconds=seconds)).isoformat()


def job(name: str, **state: Any) -> dict[str, Any]:
    return {"jobID": name, "status": "running", "type": "process", "processID": "p", **state}


def uncertain(server: ScriptedServer, **known: Any) -> SubmissionUncertain:
    """Return the error of an execution that was sent now."""
    known = {"process_id": "p", "sent_at": NOW, **known}
    return SubmissionUncertain("no answer", url=f"{server.url}/processes/p/execution", **known)


def found(script: Any, **options: Any) -> list[str]:
    """Return the ids of the candidates on a server with this script."""
    with ScriptedServer(script) as server, Client(server.url) as client:
        return [one.jobID for one in client.find_submitted(uncertain(server), **options)]


def test_an_uncertain_execution_says_when_it_was_sent_and_its_job_is_found() -> None:
    made: list[dict[str, Any]] = [job("before", created=at(-3600))]

    def reply(request: Received) -> Any:
        if request.method == "POST":
            made.append(job("ours", created=datetime.now(timezone.utc).isoformat()))
            return (CLOSE,)
        return answer(200, {"jobs": made})

    with ScriptedServer(reply) as server, Client(server.url) as client:
        before = datetime.now(timezone.utc)
        with pytest.raises(SubmissionUncertain) as caught:
            client.execute_process("p", ProcessRequest({"a": 1}))
        error = pickle.loads(pickle.dumps(caught.value))
        assert error.sent_at is not None
        assert before <= error.sent_at <= datetime.now(timezone.utc)
        assert error.sent_at.utcoffset() == timedelta()
        assert [one.jobID for one in client.find_submitted(error)] == ["ours"]
        assert error.curl().endswith("""--data-raw '{"inputs": {"a": 1}}'""")
    assert server.lines == ["POST /processes/p/execution", "GET /jobs?processID=p"]


def test_candidates_are_of_the_process_and_made_since_the_newest_first() -> None:
    jobs = [
        job("old", created=at(-61)),
        job("first", created=at(1)),
        job("other", created=at(1), processID="q"),
        job("url", created=at(3), processID="http://h/processes/p"),
        job("silent"),
        job("late", created=None, started=at(9)),
        job("gone", finished=at(-100)),
        job("grace", created=at(-50)),
        job("updated", updated=at(2)),
    ]
    assert found([answer(200, {"jobs": jobs})]) == [
        "late",
        "url",
        "updated",
        "first",
        "grace",
        "silent",
    ]
    strict = ["late", "url", "updated", "first", "silent"]
    assert found([answer(200, {"jobs": jobs})], tolerance=0) == strict
    assert "gone" in found([answer(200, {"jobs": jobs})], tolerance=86400)


def test_all_pages_are_searched() -> None:
    more = {"href": "/jobs?page=2", "rel": "next"}
    script = {
        "/jobs?processID=p": answer(200, {"jobs": [job("a", created=at(1))], "links": [more]}),
        "/jobs?page=2": answer(200, {"jobs": [job("b", created=at(2))]}),
    }
    assert found(script) == ["b", "a"]


def test_jobs_that_are_listed_by_their_ids_alone_are_asked_for() -> None:
    script = {
        "/": answer(200, {"links": []}),
        "/jobs?processID=p": answer(200, {"jobs": ["old", "new", "gone", "other"]}),
        "/jobs/old": answer(200, job("old", created=at(-900))),
        "/jobs/new": answer(200, job("new", created=at(1))),
        "/jobs/gone": answer(404, "no"),
        "/jobs/other": answer(200, job("other", processID="q", created=at(1))),
    }
    assert found(script) == ["new"]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_server_whose_clock_is_wrong_is_believed_about_its_jobs(hours: int) -> None:
    wrong = timedelta(hours=hours).total_seconds()
    date = format_datetime(NOW + timedelta(seconds=wrong), usegmt=True)
    jobs = [job("old", created=at(wrong - 600)), job("new", created=at(wrong + 1))]
    assert found([answer(200, {"jobs": jobs}, [("Date", date)])]) == ["new"]


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ([], 0),
        ([("Date", "soon")], 0),
        ([("Date", "Thu, 01 Jan 1970 00:00:10 GMT")], 10),
        ([("Date", "Thu, 01 Jan 1970 00:00:10 -0000")], 10),
        ([("Date", "Thu, 01 Jan 1970 00:00:10 GMT"), ("Age", "5")], 0),
        ([("Date", "Thu, 01 Jan 99999999999999999999 00:00:00 GMT")], 0),
    ],
)
def test_a_servers_clock_is_told_by_the_date_of_its_answer(
    fields: list[tuple[str, str]], seconds: int
) -> None:
    epoch = datetime.fromtimestamp(0, timezone.utc)
    assert clock_ahead(Headers(fields), epoch) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda _: ValueError("another"), TypeError),
        (lambda server: uncertain(server, sent_at=None), ValueError),
    ],
)
def test_an_error_that_says_too_little_is_refused(
    made: Callable[[ScriptedServer], Any], kind: type[Exception]
) -> None:
    with ScriptedServer([]) as server, Client(server.url) as client, pytest.raises(kind):
        client.find_submitted(made(server))
