"""Many jobs watched by one poller: by the list, or one after the other."""

from __future__ import annotations

import threading
import time
from math import inf
from typing import TYPE_CHECKING, Any

import pytest
from scripted import RESET, Received, ScriptedServer, answer

from ogcproc import Client, JobInfo, NoSuchJob, OgcProcError, TransportError, WaitTimeout
from ogcproc._waiting import pauses
from ogcproc.batch.pace import ListPauses, Pace, bounds
from ogcproc.batch.watch import Watch, Watched, oldest

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripted import Reply

JOB_LIST = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list"


class Jobs:
    """A server of jobs that end when they were asked for so often, alone or in a list."""

    def __init__(self, number: int, *, looks: int = 3, page: int = 1000, lists: Any = True) -> None:
        self.left = {f"j{one}": looks for one in range(number)}
        self.page = page
        self.lists = lists
        self.asked = {"list": 0, "one": 0}

    def state(self, name: str) -> dict[str, Any]:
        left = self.left[name]
        status = "running" if left > 0 else "successful"
        return {"jobID": name, "processID": "p", "type": "process", "status": status}

    def __call__(self, request: Received) -> Reply:
        path, _, query = request.target.partition("?")
        if path == "/conformance":
            return answer(200, {"conformsTo": [JOB_LIST] if self.lists else []})
        if path == "/jobs":
            self.asked["list"] += 1
            return self._list(int(query.rpartition("page=")[2] or 0) if "page=" in query else 0)
        name = path.rpartition("/")[2]
        self.asked["one"] += 1
        if name not in self.left:
            return answer(404, {"type": "no-such-job"})
        self.left[name] -= 1
        return answer(200, self.state(name))

    def _list(self, number: int) -> Reply:
        if not isinstance(self.lists, bool):
            reply: Reply = self.lists
            return reply
        names = list(self.left)[number * self.page : (number + 1) * self.page]
        for name in names:
            self.left[name] -= 1
        links = []
        if (number + 1) * self.page < len(self.left):
            links = [{"href": f"/jobs?page={number + 1}", "rel": "next"}]
        return answer(200, {"jobs": [self.state(name) for name in names], "links": links})


def watched(
    jobs: Callable[[Received], Reply],
    names: list[str],
    *,
    end: float = inf,
    during: Callable[[Watch], object] | None = None,
    poll: Any = (0.002, 0.01),
) -> tuple[dict[str, Any], ScriptedServer]:
    """Return how each of some jobs left the watch, and the server that was asked."""
    left: dict[str, Any] = {}
    everyone = threading.Event()

    def report(one: Watched, error: Exception | None) -> None:
        left[one.item] = error or one.job.status
        if len(left) == len(names):
            everyone.set()

    raised: list[BaseException] = []

    def run() -> None:
        try:
            watch.run()
        except OgcProcError as error:
            raised.append(error)
            everyone.set()

    with ScriptedServer(jobs) as server, Client(server.url, proxy="") as client:
        watch = Watch(client._resources, "p", poll=poll, pace=Pace(time.sleep), report=report)
        thread = threading.Thread(target=run)
        for name in names:
            job = JobInfo(name, "accepted", "p")
            watch.add(Watched(name, job, poll=pauses(poll), end=end, token=f"token {name}"))
        thread.start()
        if during is not None:
            during(watch)
        assert everyone.wait(20)
        watch.stop()
        thread.join()
    if raised:
        raise raised[0]
    return left, server


def names_of(jobs: Jobs) -> list[str]:
    return list(jobs.left)


def test_one_page_of_the_list_is_enough_for_all() -> None:
    jobs = Jobs(50, looks=5)
    left, _ = watched(jobs, names_of(jobs))
    assert left == dict.fromkeys(jobs.left, "successful")
    assert jobs.asked["one"] <= 5
    assert jobs.asked["list"] <= 15


def test_a_list_of_several_pages_is_read_as_far_as_needed() -> None:
    jobs = Jobs(20, looks=2, page=8)
    left, server = watched(jobs, names_of(jobs))
    assert set(left.values()) == {"successful"}
    assert any("page=2" in line for line in server.lines)
    assert "limit=1000" in next(line for line in server.lines if "/jobs?" in line)


def test_few_jobs_are_looked_at_by_themselves() -> None:
    jobs = Jobs(1)
    watched(jobs, names_of(jobs))
    assert jobs.asked == {"list": 0, "one": 3}


@pytest.mark.parametrize(
    "lists",
    [
        False,
        answer(400, ""),
        answer(200, {"jobs": []}),
        answer(200, {"jobs": [f"j{one}" for one in range(5)]}),
        answer(200, "no list"),
    ],
)
def test_where_the_list_does_not_show_them_each_is_looked_at(lists: Any) -> None:
    jobs = Jobs(5, lists=lists)
    left, _ = watched(jobs, names_of(jobs))
    assert left == dict.fromkeys(jobs.left, "successful")
    assert jobs.asked["list"] <= 1
    assert jobs.asked["one"] == 15


def test_a_list_of_more_pages_than_jobs_costs_more_than_they_do() -> None:
    jobs = Jobs(40, looks=3, page=2)
    wanted = names_of(jobs)[-3:]
    left, _ = watched(jobs, wanted)
    assert left == dict.fromkeys(wanted, "successful")
    assert jobs.asked["list"] <= 5


def test_a_job_that_the_list_leaves_out_is_looked_at_by_itself() -> None:
    jobs = Jobs(6, looks=4)

    def without_one(request: Received) -> Reply:
        if request.target.startswith("/jobs?"):
            hidden = jobs.left.pop("j3")
            try:
                return jobs(request)
            finally:
                jobs.left["j3"] = hidden
        return jobs(request)

    left, _ = watched(without_one, names_of(jobs))
    assert left == {f"j{one}": "successful" for one in range(6)}
    assert jobs.asked["one"] >= 1


def test_a_job_of_another_process_in_the_list_is_another() -> None:
    jobs = Jobs(4, looks=2)

    def other(request: Received) -> Reply:
        if request.target.startswith("/jobs?"):
            stranger = {**jobs.state("j0"), "processID": "q", "status": "failed"}
            rest = [jobs.state(name) for name in ("j1", "j2", "j3")]
            return answer(200, {"jobs": [stranger, *rest]})
        return jobs(request)

    jobs.left.update(dict.fromkeys(("j1", "j2", "j3"), 0))
    left, _ = watched(other, ["j0", "j1", "j2", "j3"])
    assert left == {f"j{one}": "successful" for one in range(4)}


def test_a_job_that_is_gone_leaves_the_watch_with_its_error() -> None:
    jobs = Jobs(1)
    left, _ = watched(jobs, ["j0", "gone"])
    assert left["j0"] == "successful"
    assert isinstance(left["gone"], NoSuchJob)


def test_a_job_whose_time_is_over_leaves_the_watch() -> None:
    jobs = Jobs(1, looks=10**9)
    left, _ = watched(jobs, ["j0"], end=time.monotonic() + 0.05)
    assert isinstance(left["j0"], WaitTimeout)
    assert "running" in str(left["j0"])


def test_what_passes_is_waited_out() -> None:
    jobs = Jobs(3, looks=2)
    faults: list[Reply] = [
        answer(503, "", [("Retry-After", "0")]),
        (RESET,),
        answer(429, "", [("Retry-After", "0")]),
    ]

    def faulty(request: Received) -> Reply:
        if faults and request.target != "/conformance":
            return faults.pop()
        return jobs(request)

    assert set(watched(faulty, names_of(jobs))[0].values()) == {"successful"}
    jobs, faults = Jobs(1, looks=2), [(RESET,), answer(502, "")]
    assert set(watched(faulty, names_of(jobs))[0].values()) == {"successful"}


def test_a_server_that_is_away_for_long_ends_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._waiting.MAX_SILENCE", 0.0)
    monkeypatch.setattr("ogcproc._waiting.MIN_FAILURES", 3)
    with pytest.raises(TransportError):
        watched(lambda _: (RESET,), ["j0"])
    with pytest.raises(TransportError):
        watched(lambda _: (RESET,), ["j0", "j1", "j2"])


def test_a_job_that_was_called_back_for_is_looked_at_at_once() -> None:
    jobs = Jobs(2, looks=1)

    def call(watch: Watch) -> None:
        for name in ("j0", "j1", "j2"):
            watch.called_back(f"token {name}")

    started = time.monotonic()
    left, _ = watched(jobs, names_of(jobs), during=call, poll=60)
    assert set(left.values()) == {"successful"}
    assert time.monotonic() - started < 20


def test_a_watch_that_is_stopped_looks_at_nothing_more() -> None:
    jobs = Jobs(3, looks=1, lists=False)
    with ScriptedServer(jobs) as server, Client(server.url, proxy="") as client:
        watch = Watch(
            client._resources,
            "p",
            poll=0.001,
            pace=Pace(time.sleep),
            report=lambda *_: watch.stop(),
        )
        for name in jobs.left:
            job = JobInfo(name, "accepted", "p")
            watch.add(Watched(name, job, poll=iter([0.0] * 9), end=inf, token=None))
        watch.run()
    assert jobs.asked["one"] == 1


def test_the_pause_follows_from_how_long_jobs_take() -> None:
    list_pauses = ListPauses(None)
    for seconds in [100.0] * 5:
        list_pauses.add(seconds)
    for has_finished, wanted in [(True, 10.0), (False, 15.0), (False, 22.5), (False, 30.0)] * 2:
        assert list_pauses.next(has_finished=has_finished) == pytest.approx(wanted, rel=0.26)
        assert list_pauses.pause == wanted
    for seconds in [0.1] * 50:
        list_pauses.add(seconds)
    list_pauses.next(has_finished=True)
    assert list_pauses.pause == 0.5


def test_a_run_that_is_slowed_is_slowed_for_all_until_it_ends() -> None:
    rests: list[float] = []

    def rest(seconds: float) -> bool:
        rests.append(seconds)
        return len(rests) < 3

    pace = Pace(rest)
    pace.keep()
    assert not rests
    pace.slow(50)
    pace.slow(1)
    pace.keep()
    assert len(rests) == 3
    assert all(49 < seconds < 63 for seconds in rests)


def test_the_oldest_of_jobs_that_all_say_when_they_were_made() -> None:
    def one(text: str | None) -> Watched:
        job: JobInfo = JobInfo.from_dict({"jobID": "j", "status": "running", "created": text})
        return Watched("j", job, poll=pauses(), end=inf, token=None)

    first, second = one("2026-01-01T00:00:00Z"), one("2026-01-02T00:00:00Z")
    assert oldest([second, first]) == first.job.created
    assert oldest([first, one(None)]) is None


def test_the_bounds_of_a_pause_are_a_number_or_a_pair() -> None:
    assert bounds(None) == (0.5, 30.0)
    assert bounds(4) == (4.0, 4.0)
    assert bounds((5, 1)) == (5.0, 5.0)
