"""Runs that field.md tells of: changed inputs, folders, expired results, ids for no URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, Reply, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    JobFailed,
    NoSuchJob,
    ResultNotAvailable,
    ServiceError,
    SubmissionUncertain,
    WaitTimeout,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICKLY = (0.002, 0.02)


class Jobs:
    """A server whose jobs end at once with their own inputs as the result."""

    def __init__(self) -> None:
        #: The inputs of each job, by its id.
        self.made: dict[str, Any] = {}
        #: What it answers instead, by ``"GET /jobs/j0"``.
        self.instead: dict[str, Reply] = {}

    def __call__(self, request: Received) -> Reply:
        path = request.target.partition("?")[0]
        if f"{request.method} {path}" in self.instead:
            return self.instead[f"{request.method} {path}"]
        if request.method == "POST":
            name = f"j{len(self.made)}"
            self.made[name] = request.json["inputs"]
            return answer(201, {"jobID": name, "status": "accepted"})
        if path in {"/conformance", "/processes/p", "/jobs", "/"}:
            return answer(404, "")
        name = path.split("/")[2]
        if name not in self.made:
            return answer(404, {"type": "no-such-job"})
        if path.endswith("/results"):
            return answer(200, {"out": self.made[name]})
        return answer(200, {"jobID": name, "status": "successful"})


class Place:
    """A server, a client of it, and a journal."""

    def __init__(self, jobs: Jobs, client: Client, path: Path) -> None:
        self.jobs = jobs
        self.client = client
        self.path = path

    def run(self, inputs: Any, **options: Any) -> dict[Any, Any]:
        """Return the outcomes of a run with the journal, by key."""
        given = {"poll": QUICKLY, "journal": self.path / "run.jsonl", "max_active": 2, **options}
        return {one.key: one for one in self.client.run_many("p", inputs, **given)}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    jobs = Jobs()
    with ScriptedServer(jobs) as server, Client(server.url, proxy="", retries=0) as client:
        yield Place(jobs, client, tmp_path)


def values(outcomes: dict[Any, Any]) -> dict[Any, Any]:
    return {key: one.error or one.results["out"]["n"] for key, one in outcomes.items()}


# --- row 7: what identifies an item -------------------------------------------------------------


@pytest.mark.parametrize("changed", ["first", "last"])
@pytest.mark.parametrize("how", ["taken", "stopped"])
def test_other_inputs_under_the_same_key_are_named_before_anything_runs(
    place: Place, changed: str, how: str
) -> None:
    """field.md row 7."""
    before = {"first": {"n": 1}, "last": {"n": 2}}
    if how == "taken":
        place.run(before)
    else:
        run = place.client.run_many("p", before, journal=place.path / "run.jsonl", poll=QUICKLY)
        next(run)
        run.close()  # type: ignore[attr-defined] # it is a generator
    made = len(place.jobs.made)
    now = {"new": {"n": 0}, **before, changed: {"n": 3}}
    if how == "stopped" and made == 1:
        pytest.skip("the second item was not sent")
    for given in (now, list(now.items())):
        with pytest.raises(ValueError, match=f"item '{changed}' had other inputs"):
            place.run(given)
    assert len(place.jobs.made) == made


def test_other_outputs_are_other_inputs(place: Place) -> None:
    place.run({"a": {"n": 1}})
    with pytest.raises(ValueError, match="item 'a' had other inputs"):
        place.run({"a": {"n": 1}}, outputs=["out"])


def test_other_inputs_of_a_generator_are_named_when_they_are_read(place: Place) -> None:
    place.run({"a": {"n": 1}})
    given = (pair for pair in [("b", {"n": 2}), ("a", {"n": 3})])
    with pytest.raises(ValueError, match="item 'a' had other inputs"):
        place.run(given)


@pytest.mark.parametrize("kind", [list, iter])
def test_items_without_keys_are_known_by_their_content(place: Place, kind: Any) -> None:
    """field.md row 7: one item is put in front."""
    items = [{"n": n} for n in (1, 2, 2, 3)]
    assert values(place.run(kind(items))) == {0: 1, 1: 2, 2: 2, 3: 3}
    more = [{"n": 9}, *items, {"n": 2}]
    assert values(place.run(kind(more))) == {0: 9, 5: 2}
    assert values(place.run(kind(more[::-1]))) == {}
    assert [one["n"] for one in place.jobs.made.values()] == [1, 2, 2, 3, 9, 2]


def test_a_run_that_was_stopped_goes_on_with_items_in_front(place: Place) -> None:
    items = [{"n": n} for n in range(6)]
    run = place.client.run_many("p", iter(items), journal=place.path / "run.jsonl", poll=QUICKLY)
    taken = {next(run).key, next(run).key}
    run.close()  # type: ignore[attr-defined] # it is a generator
    rest = values(place.run(iter([{"n": 9}, *items])))
    assert len(rest) >= 5
    assert all(value in {9, key - 1} for key, value in rest.items())
    assert sorted(one["n"] for one in place.jobs.made.values()) == [0, 1, 2, 3, 4, 5, 9]
    assert taken <= set(range(6))


def test_an_item_that_cannot_be_read_is_an_outcome_beside_those_that_are_done(place: Place) -> None:
    place.run([{"n": 1}])
    found = place.run([{"n": object()}, {"n": 1}])
    assert [(key, type(one.error)) for key, one in found.items()] == [(0, TypeError)]


# --- row 8: a file that is no journal -----------------------------------------------------------


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"my thesis", b"\x89PNG\r\n", b"[1]"])
def test_a_file_that_is_no_journal_is_not_changed(place: Place, content: bytes) -> None:
    """field.md row 8: also without a line end."""
    file = place.path / "run.jsonl"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="no record of a journal"):
        place.run([{"n": 1}])
    assert file.read_bytes() == content
    assert place.jobs.made == {}


# --- row 9: folders -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys", [(1, "1"), ("\u00e9", "e\u0301"), ("", "result"), ("a", "A"), ("ﬁ", "fi")]
)
def test_two_keys_never_share_a_folder(place: Place, keys: tuple[Any, Any]) -> None:
    """field.md row 9."""
    inputs = [(key, {"n": number}) for number, key in enumerate(keys)]
    for given in (inputs, [("x", {"n": 7}), *inputs]):
        with pytest.raises(ValueError, match="need one folder"):
            place.run(given, directory=place.path / "out")
    assert place.jobs.made == {}
    assert values(place.run(inputs)) == {keys[0]: 0, keys[1]: 1}


def test_a_key_of_an_earlier_run_keeps_its_folder(place: Place) -> None:
    place.run({"a": {"n": 1}}, directory=place.path / "out")
    with pytest.raises(ValueError, match="items 'a' and 'A' need one folder, 'A': rename one"):
        place.run(iter([("A", {"n": 2})]), directory=place.path / "out")
    assert len(place.jobs.made) == 1


def test_items_without_keys_keep_their_folders(place: Place) -> None:
    out = place.path / "out"
    first = place.run([{"n": 1}], directory=out)
    second = place.run([{"n": 2}, {"n": 1}], directory=out)
    files = [first[0].files["out"], second[0].files["out"]]
    assert [json.loads(file.read_bytes()) for file in files] == [{"n": 1}, {"n": 2}]
    numbered = place.run([{"n": 3}, {"n": 4}], directory=place.path / "numbered", journal=None)
    assert {one.files["out"].parent.name for one in numbered.values()} == {"0", "1"}


# --- row 10: results that expired ---------------------------------------------------------------


@pytest.mark.parametrize("directory", [None, "out"])
@pytest.mark.parametrize(
    "gone",
    [
        answer(404, {"title": "expired"}),
        answer(410, ""),
        answer(500, {"type": "result-not-available"}),
    ],
)
def test_an_item_whose_results_are_gone_is_executed_again_by_the_next_run(
    place: Place, gone: Reply, directory: str | None
) -> None:
    """field.md row 10."""
    options = {"directory": directory and place.path / directory}
    place.jobs.instead = {"GET /jobs/j0/results": gone}
    (outcome,) = place.run([{"n": 1}], **options).values()
    assert isinstance(outcome.error, ResultNotAvailable)
    assert len(place.jobs.made) == 1
    (outcome,) = place.run([{"n": 1}], **options).values()
    assert outcome.error is None
    assert len(place.jobs.made) == 2
    assert place.run([{"n": 1}], **options) == {}


def test_an_item_whose_job_is_gone_is_executed_again_by_the_next_run(place: Place) -> None:
    place.jobs.instead = {"GET /jobs/j0": answer(200, {"jobID": "j0", "status": "running"})}
    (outcome,) = place.run([{"n": 1}], timeout=0.01).values()
    assert isinstance(outcome.error, WaitTimeout)
    place.jobs.instead = {"GET /jobs/j0": answer(404, {"type": "no-such-job"})}
    (outcome,) = place.run([{"n": 1}]).values()
    assert isinstance(outcome.error, NoSuchJob)
    assert len(place.jobs.made) == 1
    assert values(place.run([{"n": 1}])) == {0: 1}
    assert len(place.jobs.made) == 2


@pytest.mark.parametrize("status", [400, 403, 500])
def test_results_that_are_refused_are_not_gone(place: Place, status: int) -> None:
    place.jobs.instead = {"GET /jobs/j0/results": answer(status, {"title": "no"})}
    for _ in range(2):
        (outcome,) = place.run([{"n": 1}]).values()
        assert isinstance(outcome.error, ServiceError)
    place.jobs.instead = {}
    assert values(place.run([{"n": 1}])) == {0: 1}
    assert len(place.jobs.made) == 1


def test_a_gateways_page_does_not_mean_that_a_job_is_gone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._waiting.MAX_NONSENSE", 0.0)
    place.jobs.instead = {"GET /jobs/j0": answer(404, "<html><title>default backend</title>")}
    (outcome,) = place.run([{"n": 1}]).values()
    assert isinstance(outcome.error, NoSuchJob)
    place.jobs.instead = {}
    assert values(place.run([{"n": 1}])) == {0: 1}
    assert len(place.jobs.made) == 1


@pytest.mark.parametrize("kind", [JobFailed, NoSuchJob])
def test_an_error_of_then_is_not_one_of_the_job(place: Place, kind: Any) -> None:
    def fails(_: object) -> None:
        raise kind("of another job")

    assert isinstance(place.run([{"n": 1}], then=fails)[0].error, kind)
    assert values(place.run([{"n": 1}])) == {0: 1}
    assert len(place.jobs.made) == 1


# --- row 21 and 23: odd answers and reasons -----------------------------------------------------


def test_odd_answers_of_one_job_end_in_the_outcome_of_that_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._waiting.MAX_NONSENSE", 0.0)
    place.jobs.instead = {"GET /jobs/j0": answer(200, "<html>")}
    found = place.run([{"n": 1}, {"n": 2}])
    assert {type(one.error) for one in found.values()} == {DocumentError, type(None)}


def test_the_reason_of_a_failure_is_asked_for(place: Place) -> None:
    """field.md row 23."""
    place.jobs.instead = {
        "GET /jobs/j0": answer(200, {"jobID": "j0", "status": "failed"}),
        "GET /jobs/j0/results": answer(400, {"title": "failed", "traceback": "no data"}),
    }
    (outcome,) = place.run([{"n": 1}]).values()
    assert isinstance(outcome.error, JobFailed)
    assert str(outcome.error) == "j0 failed: failed; no data"


# --- row 24: ids that no URL can carry ----------------------------------------------------------


@pytest.mark.parametrize("job_id", ["..", ".", "\ud800"])
def test_a_job_id_that_no_url_can_carry_is_the_error_of_one_item(place: Place, job_id: str) -> None:
    """field.md row 24."""
    odd = iter([answer(201, {"jobID": job_id, "status": "accepted"})])

    def reply(request: Received) -> Reply:
        if request.method == "POST" and request.json["inputs"] == {"n": 1}:
            return next(odd)
        return place.jobs(request)

    with ScriptedServer(reply) as server, Client(server.url, proxy="", retries=0) as client:
        found = {
            one.key: one
            for one in client.run_many(
                "p",
                [{"n": 0}, {"n": 1}, {"n": 2}],
                poll=QUICKLY,
                timeout=5,
                on_timeout="dismiss",
                journal=place.path / "run.jsonl",
            )
        }
    assert [type(found[key].error) for key in range(3)] == [type(None), ValueError, type(None)]
    assert "no URL can carry the id" in str(found[1].error)


# --- rows 4 and 5: what the service itself says -------------------------------------------------


class Once:
    """A server that gives some answers to its first executions."""

    def __init__(self, jobs: Jobs, *answers: Reply) -> None:
        self.jobs = jobs
        self.answers = list(answers)
        self.posts = 0

    def __call__(self, request: Received) -> Reply:
        self.posts += request.method == "POST"
        if request.method == "POST" and self.answers:
            return self.answers.pop(0)
        return self.jobs(request)


@pytest.mark.parametrize(
    ("reply", "kind", "posts"),
    [
        (answer(503, {"title": "the queue is full"}, [("Retry-After", "0")]), None, 2),
        (answer(429, "", [("Retry-After", "0")]), None, 2),
        (answer(502, {"title": "the backend failed"}), ServiceError, 1),
        (answer(504, {"title": "the backend failed"}), ServiceError, 1),
        (answer(500, ""), ServiceError, 1),
        (answer(502, "<html>"), SubmissionUncertain, 1),
        (answer(524, ""), SubmissionUncertain, 1),
        (answer(408, ""), SubmissionUncertain, 1),
    ],
)
def test_an_item_is_sent_again_only_if_nothing_was_done(
    place: Place, reply: Reply, kind: Any, posts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc.batch.sending.PATIENCE", 0.0)
    once = Once(place.jobs, reply)
    with ScriptedServer(once) as server, Client(server.url, proxy="", retries=0) as client:
        (outcome,) = client.run_many("p", [{"n": 1}], poll=QUICKLY)
    assert type(outcome.error) is (kind or type(None))
    assert once.posts == posts
    if kind is SubmissionUncertain:
        assert isinstance(getattr(outcome.error, "__cause__", None), ServiceError)
