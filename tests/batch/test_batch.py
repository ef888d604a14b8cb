"""Many jobs at once: outcomes, errors, the journal, and what is handed on."""

from __future__ import annotations

import itertools
import json
import pickle
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, RESET, Received, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    JobFailed,
    NoSuchJob,
    Outcome,
    ProcessRequest,
    ProcessSummary,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    Unauthorized,
    WaitTimeout,
)
from ogcproc.batch import settling
from ogcproc.batch.journal import Journal, digest_of
from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scripted import Reply

QUICKLY = (0.005, 0.05)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc.batch.sending.PATIENCE", 0.05)
    monkeypatch.setattr(settling, "PATIENCE", 0.05)


class Counted:
    """A service, and how often it was asked to square what."""

    def __init__(self) -> None:
        self.squared: Counter[int] = Counter()
        self.active = 0
        self.most = 0
        self._lock = threading.Lock()
        service = Service(max_workers=64)

        @service.process()
        def square(job: Job, number: int, seconds: float = 0.0) -> int:
            with self._lock:
                self.squared[number] += 1
                self.active += 1
                self.most = max(self.most, self.active)
            try:
                job.sleep(seconds)
            finally:
                with self._lock:
                    self.active -= 1
            if number < 0:
                raise ValueError("below nothing")
            return number**2

        @service.process(job_control_options=["sync-execute"])
        def at_once(number: int) -> int:
            self.squared[number] += 1
            return number**2

        self.service = service


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def client(counted: Counted) -> Iterator[Client]:
    with counted.service.serve() as server, Client(server.url, proxy="") as client:
        yield client


def numbers(*given: int) -> list[dict[str, int]]:
    return [{"number": number} for number in given]


def results(outcomes: Any) -> dict[Any, Any]:
    """Return what came of each key: a number, or the name of the error."""
    return {
        outcome.key: type(outcome.error).__name__
        if outcome.error
        else (outcome.results or {}).get("result")
        for outcome in outcomes
    }


# --- what comes of a run --------------------------------------------------------------------


def test_each_input_has_an_outcome(client: Client, counted: Counted) -> None:
    outcomes = list(client.run_many("square", numbers(1, 2, 3, -4, 5), poll=QUICKLY))
    assert results(outcomes) == {0: 1, 1: 4, 2: 9, 3: "JobFailed", 4: 25}
    failed = next(outcome for outcome in outcomes if outcome.key == 3)
    assert isinstance(failed.error, JobFailed)
    assert "below nothing" in str(failed.error)
    assert failed.job is not None
    assert failed.job.is_failed
    assert set(counted.squared.values()) == {1}


def test_inputs_may_have_keys_and_be_requests(client: Client) -> None:
    inputs: list[Any] = [
        ("a", {"number": 1}),
        (7, ProcessRequest({"number": 2}, response="document")),
        {"number": 3},
    ]
    assert results(client.run_many("square", inputs, poll=QUICKLY)) == {"a": 1, 7: 4, 2: 9}
    named = {"x": {"number": 4}, "y": {"number": 5}}
    assert results(client.run_many("square", named, poll=QUICKLY)) == {"x": 16, "y": 25}
    assert list(client.run_many("square", [])) == []


def test_the_process_may_be_a_summary(client: Client) -> None:
    (outcome,) = client.run_many(ProcessSummary("square"), numbers(3), poll=QUICKLY)
    assert dict(outcome.results or {}) == {"result": 9}


def test_a_directory_needs_the_downloads(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ogcproc._downloads.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ogcproc._downloads", None)
    with pytest.raises(ImportError) as caught:
        client.run_many("square", [], directory=".")
    assert str(caught.value) == (
        "ogcproc._downloads is not part of this copy of ogcproc: run_many with a directory needs it"
    )


def test_no_more_are_active_than_allowed_and_inputs_are_read_as_needed(
    client: Client, counted: Counted
) -> None:
    read = itertools.count()

    def inputs() -> Iterator[dict[str, Any]]:
        for number in range(10**9):
            next(read)
            yield {"number": number, "seconds": 0.01}

    run = client.run_many("square", inputs(), max_active=3, poll=QUICKLY)
    taken = list(itertools.islice(run, 20))
    run.close()  # type: ignore[attr-defined] # it is a generator
    assert len(taken) == 20
    assert counted.most <= 3
    assert next(read) <= 20 + 2 * 3 + 1


def test_inputs_that_cannot_be_sent_are_outcomes_of_their_own(client: Client) -> None:
    inputs: list[Any] = [{"number": 1}, {"number": float("nan")}, {"number": object()}, "text"]
    assert results(client.run_many("square", inputs, poll=QUICKLY)) == {
        0: 1,
        1: "ValueError",
        2: "TypeError",
        3: "TypeError",
    }


def test_what_a_server_refuses_is_the_outcome_of_one(client: Client) -> None:
    found = results(client.run_many("square", [{"number": 1}, {}, {"number": 2}], poll=QUICKLY))
    assert found == {0: 1, 1: "ServiceError", 2: 4}
    assert results(client.run_many("nothing", numbers(1, 2))) == dict.fromkeys(
        (0, 1), "NoSuchProcess"
    )


def test_a_key_that_comes_twice_or_is_none_ends_the_run(client: Client) -> None:
    twice = [("a", {"number": 1}), ("a", {"number": 2})]
    with pytest.raises(ValueError, match="two items have the key 'a'"):
        list(client.run_many("square", twice, poll=QUICKLY))
    with pytest.raises(TypeError, match=r"not 1\.5"):
        list(client.run_many("square", [(1.5, {"number": 1})]))


def test_an_error_of_the_inputs_ends_the_run(client: Client) -> None:
    def inputs() -> Iterator[dict[str, int]]:
        yield {"number": 1}
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(client.run_many("square", inputs(), poll=QUICKLY))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_active": 0}, ValueError),
        ({"poll": iter([1])}, TypeError),
        ({"poll": 0}, ValueError),
        ({"timeout": -1}, ValueError),
        ({"on_timeout": "cancel"}, ValueError),
        ({"inputs": "text"}, TypeError),
        ({"executor": object()}, ValueError),
    ],
)
def test_what_cannot_be_run_is_refused_at_the_call(
    options: dict[str, Any], error: type[Exception]
) -> None:
    with Client("http://h") as client, pytest.raises(error):
        client.run_many("p", **{"inputs": [], **options})


def test_results_that_come_at_once_are_outcomes_too(client: Client, counted: Counted) -> None:
    found = results(client.run_many("at_once", numbers(*range(20)), max_active=4))
    assert found == {number: number**2 for number in range(20)}
    assert set(counted.squared.values()) == {1}


def test_a_job_that_takes_too_long_is_given_up(client: Client) -> None:
    inputs = [{"number": 1, "seconds": 60}, {"number": 2}]
    options: dict[str, Any] = {"timeout": 0.2, "poll": QUICKLY, "on_timeout": "dismiss"}
    outcomes = {outcome.key: outcome for outcome in client.run_many("square", inputs, **options)}
    assert isinstance(outcomes[0].error, WaitTimeout)
    assert outcomes[0].job is not None
    assert outcomes[0].job.is_dismissed
    assert outcomes[1].error is None
    left = next(client.run_many("square", inputs[:1], timeout=0.02, poll=QUICKLY))
    assert left.job is not None
    assert client.dismiss_job(left.job).is_dismissed


def test_results_may_be_files(client: Client, tmp_path: Path) -> None:
    inputs = [("a/b", {"number": 2}), ("c", {"number": -1})]
    outcomes = {
        outcome.key: outcome
        for outcome in client.run_many("square", inputs, directory=tmp_path / "out", poll=QUICKLY)
    }
    files = outcomes["a/b"].files
    assert files is not None
    assert outcomes["a/b"].results is None
    assert json.loads(files["result"].read_bytes()) == 4
    assert files["result"].parent.parent == tmp_path / "out"
    assert isinstance(outcomes["c"].error, JobFailed)


# --- what is handed on ------------------------------------------------------------------------


def half(outcome: Outcome) -> float:
    assert outcome.results is not None
    return float(outcome.results["result"]) / 2


@pytest.mark.parametrize("kind", [None, "threads", "processes"])
def test_outcomes_are_handed_on(client: Client, kind: str | None) -> None:
    executor: Any = None
    if kind == "threads":
        executor = ThreadPoolExecutor(2)
    elif kind == "processes":
        executor = ProcessPoolExecutor(2, get_context("spawn"))
    inputs = numbers(2, 4, -1)
    run = client.run_many("square", inputs, then=half, executor=executor, poll=QUICKLY)
    outcomes = {outcome.key: outcome for outcome in run}
    if executor is not None:
        executor.shutdown()
    assert [outcomes[key].value for key in (0, 1, 2)] == [2, 8, None]
    assert isinstance(outcomes[2].error, JobFailed)


def test_an_error_of_what_they_are_handed_to_is_the_outcome_s(client: Client) -> None:
    def fails(_: Outcome) -> None:
        raise LookupError("no such table")

    with ThreadPoolExecutor(1) as executor:
        for given in (None, executor):
            run = client.run_many("square", numbers(1), then=fails, executor=given, poll=QUICKLY)
            (outcome,) = run
            assert isinstance(outcome.error, LookupError)
            assert results([Outcome(0, results=outcome.results)]) == {0: 1}


def test_an_executor_that_takes_nothing_ends_the_run(client: Client) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        list(client.run_many("square", numbers(1), then=half, executor=executor, poll=QUICKLY))


def test_outcomes_pickle(client: Client) -> None:
    for outcome in client.run_many("square", numbers(1, -1), poll=QUICKLY):
        again = pickle.loads(pickle.dumps(outcome))
        assert (again.key, again.job, again.results) == (outcome.key, outcome.job, outcome.results)
        assert str(again.error) == str(outcome.error)


# --- the journal ----------------------------------------------------------------------------


def test_what_is_done_is_not_done_again(client: Client, counted: Counted, tmp_path: Path) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "poll": QUICKLY}
    assert len(list(client.run_many("square", numbers(1, -2, 3), **options))) == 3
    again = client.run_many("square", numbers(1, -2, 3, 4), **options)
    assert results(again) == {3: 16}
    assert set(counted.squared.values()) == {1}


def test_an_outcome_after_which_nothing_was_asked_for_is_given_again(
    client: Client, counted: Counted, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "poll": QUICKLY, "max_active": 2}
    inputs = [{"number": number, "seconds": 0.02} for number in range(6)]
    first = client.run_many("square", inputs, **options)
    next(first)
    second = next(first)
    first.close()  # type: ignore[attr-defined] # it is a generator
    rest = results(client.run_many("square", inputs, **options))
    assert second.key in rest
    assert len(rest) == 5
    assert set(counted.squared.values()) == {1}


def test_what_may_be_mended_is_tried_again_by_the_next_run(
    client: Client, counted: Counted, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "poll": QUICKLY}

    def fails(_: Outcome) -> None:
        raise LookupError

    (failed,) = client.run_many("square", numbers(3), then=fails, **options)
    assert isinstance(failed.error, LookupError)
    assert results(client.run_many("square", numbers(3), **options)) == {0: 9}
    assert counted.squared == {3: 1}
    refused: list[Any] = [("r", {"nonsense": 1})]
    assert results(client.run_many("square", refused, **options)) == {"r": "ServiceError"}
    assert results(client.run_many("square", refused, **options)) == {"r": "ServiceError"}


def test_other_inputs_than_those_sent_are_noticed(client: Client, tmp_path: Path) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "poll": QUICKLY}
    run = client.run_many("square", {"a": {"number": 3}}, **options)
    next(run)
    run.close()  # type: ignore[attr-defined] # it is a generator
    with pytest.raises(ValueError, match="item 'a' had other inputs when it was sent"):
        list(client.run_many("square", {"a": {"number": 4}}, **options))


def test_a_journal_is_opened_when_the_run_begins(client: Client, tmp_path: Path) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "poll": QUICKLY}
    unused = client.run_many("square", numbers(1), **options)
    assert not options["journal"].exists()
    run = client.run_many("square", numbers(1), **options)
    next(run)
    with pytest.raises(BlockingIOError):
        next(unused)
    run.close()  # type: ignore[attr-defined] # it is a generator


def test_results_that_came_at_once_are_not_executed_for_again(
    client: Client, counted: Counted, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl"}
    run = client.run_many("at_once", numbers(3), **options)
    next(run)
    run.close()  # type: ignore[attr-defined] # it is a generator
    assert results(client.run_many("at_once", numbers(3), **options)) == {0: 9}
    assert counted.squared == {3: 1}


# --- servers and networks that misbehave ------------------------------------------------------


class Faulty:
    """A server of jobs that end at once, whose answers to executions are those given."""

    def __init__(self, *answers: Reply | None, lists: bool = True) -> None:
        #: What is said to one execution after the other; None is a job.
        self.answers = list(answers)
        self.lists = lists
        self.made: list[dict[str, Any]] = []
        #: Whether an execution makes a job, too, where its answer is given.
        self.makes = [True] * len(self.answers)
        self.executions = 0

    def __call__(self, request: Received) -> Reply:
        path = request.target.partition("?")[0]
        if request.method == "POST":
            return self._execute()
        if path == "/conformance":
            uri = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list"
            return answer(200, {"conformsTo": [uri] if self.lists else []})
        if path == "/processes/p":
            return answer(200, {"id": "p", "version": "1", "jobControlOptions": ["async-execute"]})
        if path == "/jobs":
            return answer(200, {"jobs": self.made}) if self.lists else answer(500, "")
        if path.endswith("/results"):
            return answer(200, {"a": 1})
        named = [job for job in self.made if path == f"/jobs/{job['jobID']}"]
        return answer(200, named[0]) if named else answer(404, {"type": "no-such-job"})

    def _execute(self) -> Reply:
        reply = self.answers.pop(0) if self.answers else None
        if reply is None or self.makes.pop(0):
            self.executions += 1
            now = time.time()
            stamp = (
                time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06}Z"
            )
            number = len(self.made)
            job = {"jobID": f"j{number}", "processID": "p", "type": "process"}
            self.made.append({**job, "status": "successful", "created": stamp})
            return answer(201, {**job, "status": "accepted"}) if reply is None else reply
        return reply


def run_against(faulty: Faulty, items: int = 3, **options: Any) -> tuple[dict[Any, Any], list[str]]:
    """Return what comes of a run against a faulty server, and its executions."""
    with ScriptedServer(faulty) as server, Client(server.url, proxy="", retries=0) as client:
        options = {"poll": QUICKLY, "outputs": ["a"], **options}
        found = client.run_many("p", ({} for _ in range(items)), **options)
        came = {
            outcome.key: type(outcome.error).__name__ if outcome.error else "fine"
            for outcome in found
        }
        return came, [line for line in server.lines if line.startswith("POST")]


FINE = dict.fromkeys(range(3), "fine")


@pytest.mark.parametrize(
    "reply",
    [
        (CLOSE,),
        (RESET,),
        answer(502, "<html>"),
        answer(503, ""),
        answer(504, ""),
        answer(201, {}),
    ],
)
def test_an_execution_without_an_answer_is_found_in_the_list(reply: Reply) -> None:
    faulty = Faulty(None, reply)
    faulty.makes = [True, True]
    came, executions = run_against(faulty)
    assert came == FINE
    assert len(executions) == faulty.executions == 3


@pytest.mark.parametrize("reply", [(CLOSE,), answer(503, "", [("Retry-After", "0")])])
def test_one_that_never_arrived_is_sent_again(reply: Reply) -> None:
    faulty = Faulty(None, reply)
    faulty.makes = [False]
    came, executions = run_against(faulty)
    assert came == FINE
    assert (len(executions), faulty.executions) == (4, 3)


def test_one_that_cannot_be_told_is_reported() -> None:
    faulty = Faulty((CLOSE,), lists=False)
    came, executions = run_against(faulty)
    assert came == {**FINE, 0: "SubmissionUncertain"}
    assert len(executions) == 3


def test_one_of_which_there_may_be_two_is_reported_with_both() -> None:
    faulty = Faulty((CLOSE,))
    made = {
        "jobID": "another",
        "processID": "p",
        "status": "running",
        "created": "2999-01-01T00:00:00Z",
    }
    faulty.made.append(made)
    with ScriptedServer(faulty) as server, Client(server.url, proxy="", retries=0) as client:
        (outcome,) = client.run_many("p", [{}], poll=QUICKLY)
    assert isinstance(outcome.error, SubmissionUncertain)
    assert {job.jobID for job in outcome.error.candidates} == {"another", "j1"}


def test_an_answer_that_cannot_be_read_is_the_outcome_where_no_job_is_found() -> None:
    faulty = Faulty(answer(201, {}), lists=False)
    assert run_against(faulty)[0] == {**FINE, 0: DocumentError.__name__}


def test_who_is_asked_for_fewer_requests_makes_fewer() -> None:
    faulty = Faulty(answer(429, "", [("Retry-After", "0")]))
    faulty.makes = [False]
    came, executions = run_against(faulty)
    assert came == FINE
    assert len(executions) == 4


def test_a_server_that_cannot_be_reached_is_waited_for_and_then_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer([]) as server:
        url = server.url
    monkeypatch.setattr("ogcproc.batch.pace.MAX_SILENCE", 0.0)
    with Client(url, proxy="", retries=0) as client, pytest.raises(TransportError):
        list(client.run_many("p", [{}, {}]))


def test_a_client_that_is_closed_ends_the_run(client: Client) -> None:
    inputs = [{"number": 1}, {"number": 2, "seconds": 60}]
    run = client.run_many("square", inputs, poll=QUICKLY, max_active=1)
    next(run)
    client.close()
    with pytest.raises(TransportError, match="closed"):
        list(run)


@pytest.mark.parametrize("arrived", [True, False])
def test_an_item_that_an_earlier_run_was_sending_is_found_or_sent(
    tmp_path: Path, arrived: bool
) -> None:
    faulty = Faulty()
    with ScriptedServer(faulty) as server, Client(server.url, proxy="", retries=0) as client:
        path = tmp_path / "run.jsonl"
        journal = Journal(path, "p", client.api_url)
        digest = digest_of(ProcessRequest({}).to_dict())
        journal.sending("before", digest)
        journal.became("before", client.execute_process("p"))
        journal.sending("now", digest)
        journal.close()
        if arrived:
            client.execute_process("p")
        (outcome,) = client.run_many("p", {"now": {}}, journal=path, poll=QUICKLY)
    assert outcome.error is None
    assert outcome.job is not None
    assert outcome.job.jobID == "j1"
    assert faulty.executions == 2


def test_a_run_that_is_ended_while_it_is_slowed_does_not_wait() -> None:
    faulty = Faulty(None, *[answer(429, "", [("Retry-After", "60")])] * 9)
    faulty.makes = [False] * 9
    with ScriptedServer(faulty) as server, Client(server.url, proxy="", retries=0) as client:
        run = client.run_many("p", [{}, {}], outputs=["a"], poll=QUICKLY, max_active=1)
        started = time.monotonic()
        threading.Timer(0.3, client.close).start()
        with pytest.raises(TransportError, match="closed"):
            list(run)
    assert time.monotonic() - started < 20


def test_a_run_that_is_left_while_it_is_slowed_ends_at_once() -> None:
    faulty = Faulty(None, answer(429, "", [("Retry-After", "60")]))
    faulty.makes = [False, False]
    is_taken = threading.Event()

    def inputs() -> Iterator[dict[str, int]]:
        yield {}
        is_taken.wait(20)  # else the pause may delay the first outcome, too
        yield {}

    with ScriptedServer(faulty) as server, Client(server.url, proxy="", retries=0) as client:
        run = client.run_many("p", inputs(), outputs=["a"], poll=QUICKLY, max_active=1)
        next(run)
        is_taken.set()
        while len([line for line in server.lines if line.startswith("POST")]) < 2:
            time.sleep(0.001)
        time.sleep(0.05)  # until it rests
        started = time.monotonic()
        run.close()  # type: ignore[attr-defined] # it is a generator
    assert time.monotonic() - started < 4


def test_a_client_that_is_closed_before_an_item_is_sent_ends_the_run(client: Client) -> None:
    def inputs() -> Iterator[dict[str, int]]:
        yield {"number": 1}
        client.close()
        yield {"number": 2}

    with pytest.raises(TransportError, match="closed"):
        list(client.run_many("square", inputs(), poll=20))


def test_a_job_that_cannot_be_dismissed_is_left_with_the_reason() -> None:
    faulty = Faulty()

    def reply(request: Received) -> Reply:
        if request.method == "DELETE":
            return answer(405, "")
        if request.target == "/jobs/j0":
            return answer(200, {**faulty.made[0], "status": "running"})
        return faulty(request)

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        options: dict[str, Any] = {"timeout": 0.05, "on_timeout": "dismiss"}
        (outcome,) = client.run_many("p", [{}], poll=QUICKLY, **options)
    assert isinstance(outcome.error, WaitTimeout)
    assert isinstance(outcome.error.__cause__, ServiceError)


def test_results_that_cannot_be_had_for_now_are_asked_for_again() -> None:
    faulty = Faulty()
    busy = [answer(503, "", [("Retry-After", "0")]), answer(502, "")]

    def reply(request: Received) -> Reply:
        if request.target.startswith("/jobs/j0/results") and busy:
            return busy.pop()
        return faulty(request)

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        (outcome,) = client.run_many("p", [{}], outputs=["a"], poll=QUICKLY)
    assert dict(outcome.results or {}) == {"a": 1}
    assert not busy


def test_results_that_are_gone_are_the_outcome_of_one() -> None:
    faulty = Faulty()

    def reply(request: Received) -> Reply:
        if request.target.startswith("/jobs/j0/results"):
            return answer(500, {"type": "gone", "title": "gone"})
        return faulty(request)

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        outcomes = {one.key: one for one in client.run_many("p", [{}, {}], poll=QUICKLY)}
    assert isinstance(outcomes[0].error, ServiceError)
    assert outcomes[1].error is None


def test_a_job_that_is_gone_is_the_outcome_of_one() -> None:
    faulty = Faulty(lists=False)

    def reply(request: Received) -> Reply:
        if request.target == "/jobs/j0":
            return answer(404, {"type": "no-such-job"})
        return faulty(request)

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        outcomes = {one.key: one for one in client.run_many("p", [{}, {}], poll=QUICKLY)}
    assert isinstance(outcomes[0].error, NoSuchJob)
    assert outcomes[1].error is None


@pytest.mark.parametrize("page", ["<!doctype html><title>Sign in</title>", "<html>x</html>"])
def test_a_sign_in_page_is_no_finished_item(page: str, tmp_path: Path) -> None:
    # field.md, row 1: the page became a finished item of the journal
    script = {
        "POST /processes/p/execution": answer(302, "", [("Location", "/login")]),
        "GET /login": answer(200, page, [("Content-Type", "text/html")]),
    }
    journal = tmp_path / "run.jsonl"
    with ScriptedServer(script) as server, Client(server.url, retries=0) as client:
        (outcome,) = client.run_many("p", [{}], journal=journal)
    assert isinstance(outcome.error, Unauthorized)
    assert outcome.results is None
    assert "Sign in</title>" not in journal.read_text("utf-8")
    assert server.lines.count("POST /processes/p/execution") == 1
