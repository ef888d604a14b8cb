"""Jobs at work: executors of threads and processes, the job a function sees, callbacks, the end."""

from __future__ import annotations

import http.server
import json
import logging
import multiprocessing
import pickle
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.connection import Client
from typing import TYPE_CHECKING, Any

import pytest
from http_client_helpers import Caller

from ogcproc.server import Dismissed, Job, Service
from ogcproc.server.callbacks import Callbacks
from ogcproc.server.execution import call
from ogcproc.server.line import RemoteLine
from ogcproc.server.order import Order
from ogcproc.server.threads import DaemonExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

# Functions for another process are found there by name, so they stand here.


def report_and_wait(job: Job) -> str:
    job.report(40.9, "in another process")
    job.sleep(100)
    return "never"


def double(text: str) -> str:
    return text * 2


def stop_at_once() -> int:
    raise Dismissed


def local(**options: Any) -> Service:
    service = Service(**options)
    for function in report_and_wait, double, stop_at_once:
        service.process()(function)
    return service


@pytest.fixture
def service() -> Service:
    return local()


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    with service.serve() as server, Caller(server.address) as caller:
        yield caller


def test_jobs_run_in_other_processes_and_report_from_there() -> None:
    # Forking a process with threads is what Python 3.12 warns of; spawning is what others do.
    context = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, mp_context=context) as pool,
        local(executor=pool).serve() as server,
        Caller(server.address) as caller,
    ):
        job_id = caller.start("report_and_wait", {})
        waiting = caller.start("double", {"inputs": {"text": "ab"}})
        info = caller.wait(job_id, "running")
        while "progress" not in info:
            info = caller.get(f"/jobs/{job_id}").json
        assert (info["progress"], info["message"]) == (40, "in another process")
        assert caller.request("DELETE", f"/jobs/{job_id}").json["status"] == "dismissed"
        info = caller.wait(waiting)
        assert info["started"] <= info["finished"]
        assert caller.get(f"/jobs/{waiting}/results").body == b"abab"
        assert caller.execute("double", {"inputs": {"text": "c"}}).body == b"cc"


def test_an_executor_that_was_given_is_left_running() -> None:
    with ThreadPoolExecutor(1) as pool:
        with local(executor=pool).serve() as server, Caller(server.address) as caller:
            assert caller.execute("double", {"inputs": {"text": "c"}}).body == b"cc"
        assert pool.submit(int, "5").result() == 5


def test_an_executor_that_takes_no_job_makes_it_fail() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with local(executor=pool).serve() as server, Caller(server.address) as caller:
        answer = caller.execute("double", {"inputs": {"text": "c"}})
        assert answer.status == 503
        assert answer.json["detail"].startswith("the job could not be started: ")
        assert caller.get("/jobs/job_0").json["status"] == "failed"


def test_a_queued_job_is_dismissed_before_it_starts() -> None:
    with local(max_workers=1).serve() as server, Caller(server.address) as caller:
        first = caller.start("report_and_wait", {})
        second = caller.start("double", {"inputs": {"text": "c"}})
        caller.wait(first, "running")
        assert caller.get(f"/jobs/{second}").json["status"] == "accepted"
        answer = caller.get(f"/jobs/{second}/results")
        assert (answer.status, answer.json["title"]) == (404, "Result not ready")
        caller.request("DELETE", f"/jobs/{second}")
        info = caller.get(f"/jobs/{second}").json
        assert info["status"] == "dismissed"
        assert "started" not in info


def test_a_job_dismissed_while_it_is_handed_over_never_runs(service: Service) -> None:
    class Slow(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            del fn, args, kwargs
            ((_, record),) = service.store.all()
            service.store.dismiss(record)
            return Future()

    service.workshop._given = Slow(1)
    with service.serve() as server, Caller(server.address) as caller:
        answer = caller.execute("double", {"inputs": {"text": "c"}})
        assert "was dismissed" in answer.json["detail"]
        ((_, record),) = service.store.all()
        assert record.future is not None
        assert record.future.cancelled()


def test_a_function_that_stops_unasked_has_dismissed_its_job(caller: Caller) -> None:
    answer = caller.execute("stop_at_once", {})
    assert (answer.status, answer.json["title"]) == (404, "Result not available")
    assert caller.get("/jobs/job_0").json["status"] == "dismissed"


class Ear:
    """A line that keeps what it hears."""

    def __init__(self, stop: bool) -> None:
        self.heard: list[Any] = []
        self.stop = stop
        self.open = True

    def tell(self, job_id: str, note: dict[str, Any]) -> bool:
        self.heard.append((job_id, note))
        return self.stop

    def remote(self) -> Ear:
        return self

    def hang_up(self) -> None:
        self.open = False


def test_a_job_that_was_dismissed_does_not_start() -> None:
    ear = Ear(stop=True)
    with pytest.raises(Dismissed):
        call(double, {"text": "a"}, Job("job_0", ear), None)
    assert ear.heard == [("job_0", {"started": True})]
    assert not ear.open


def test_a_job_reports_what_it_was_told_to() -> None:
    ear = Ear(stop=False)
    job = Job("job_0", ear)
    assert (repr(job), job.id) == ("Job('job_0')", "job_0")
    job.report(99.9)
    job.report(message="m")
    for wrong in -1, 101, float("nan"):
        with pytest.raises(ValueError, match="progress is 0 to 100 per cent"):
            job.report(wrong)
    job.sleep(0)
    job.sleep(0.001)
    job.check()
    assert ear.heard[:2] == [("job_0", {"progress": 99}), ("job_0", {"message": "m"})]
    ear.stop = True
    assert job.dismissed
    with pytest.raises(Dismissed):
        job.sleep(100)


def test_a_report_after_the_end_changes_nothing(service: Service, caller: Caller) -> None:
    caller.execute("double", {"inputs": {"text": "c"}})
    line = service.workshop._line
    assert line.tell("job_0", {"progress": 5})
    assert line.tell("job_7", {"progress": 5})
    assert caller.get("/jobs/job_0").json["progress"] == 100
    ((_, record),) = service.store.all()
    service.store.succeed(record, {})
    assert record.outputs == {"result": "cc"}


def test_a_second_start_is_only_a_note(service: Service, caller: Caller) -> None:
    job_id = caller.start("report_and_wait", {})
    started = caller.wait(job_id, "running")["started"]
    assert not service.workshop._line.tell(job_id, {"started": True})
    assert caller.get(f"/jobs/{job_id}").json["started"] == started


def test_a_line_works_from_afar_and_is_silent_when_nobody_is_there(
    service: Service, caller: Caller
) -> None:
    job_id = caller.start("report_and_wait", {})
    caller.wait(job_id, "running")
    job = pickle.loads(pickle.dumps(Job(job_id, service.workshop._line)))
    again = pickle.loads(pickle.dumps(job))
    job.report(77)
    assert caller.get(f"/jobs/{job_id}").json["progress"] == 77
    assert not again.dismissed
    caller.request("DELETE", f"/jobs/{job_id}")
    assert job.dismissed
    again._line.hang_up()
    again._line.hang_up()
    service.close()
    assert job.dismissed
    assert not again.dismissed
    job._line.hang_up()


def test_a_line_without_the_key_is_refused_and_others_go_on(service: Service) -> None:
    line = service.workshop._line.remote()
    assert isinstance(line, RemoteLine)
    with pytest.raises(Exception, match="digest"):
        Client(line._address, authkey=b"wrong")
    assert line.tell("job_0", {})
    line.hang_up()
    service.close()


def test_threads_are_used_again_and_no_more_than_allowed() -> None:
    executor = DaemonExecutor(2)
    release = threading.Event()
    held = [executor.submit(release.wait, 5) for _ in range(3)]
    while not held[0].running():
        pass
    assert len(executor._threads) == 2
    cancelled = executor.submit(int)
    assert cancelled.cancel()
    release.set()
    assert [future.result() for future in held] == [True] * 3
    assert executor.submit(int, "5").result() == 5
    assert isinstance(executor.submit(int, "x").exception(), ValueError)
    assert len(executor._threads) == 2
    executor.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        executor.submit(int)


def test_a_shutdown_waits_no_longer_than_it_may() -> None:
    executor = DaemonExecutor(1)
    release = threading.Event()
    running = executor.submit(release.wait, 5)
    queued = executor.submit(int)
    start = time.monotonic()
    executor.shutdown(cancel_futures=True, timeout=0.01)
    assert time.monotonic() - start < 1
    assert queued.cancelled()
    executor.shutdown(wait=False, cancel_futures=True)
    release.set()
    assert running.result()
    executor.shutdown()


class Subscriber(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted; answers 500 at /broken and a redirect at /moved."""

    posts: list[tuple[str, str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posts.append((self.path, self.headers["Content-Type"], body))
        status = {"/broken": 500, "/moved": 307}.get(self.path, 202)
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def subscriber() -> Iterator[tuple[str, list[Any]]]:
    posts: list[Any] = []
    handler = type("Handler", (Subscriber,), {"posts": posts})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", posts
        server.shutdown()
        thread.join()


def until(posts: list[Any], count: int) -> None:
    end = time.monotonic() + 5
    while len(posts) < count and time.monotonic() < end:
        time.sleep(0.002)
    assert len(posts) == count


def test_subscribers_are_told_in_order(caller: Caller, subscriber: tuple[str, list[Any]]) -> None:
    url, posts = subscriber
    uris = {f"{name}Uri": f"{url}/{name}" for name in ("success", "inProgress", "failed")}
    job_id = caller.start("double", {"inputs": {"text": "ab"}, "subscriber": uris})
    until(posts, 2)
    assert [path for path, _, _ in posts] == ["/inProgress", "/success"]
    assert posts[0][2]["status"] == "running"
    assert posts[0][2]["jobID"] == job_id
    assert posts[1][1:] == ("application/json", {"result": "abab"})


def test_a_failure_is_told_and_a_subscriber_that_fails_is_logged(
    caplog: pytest.LogCaptureFixture, subscriber: tuple[str, list[Any]]
) -> None:
    url, posts = subscriber
    service = Service()

    @service.process()
    def fail() -> int:
        raise ValueError("as asked")

    for path in "/failed", "/broken", "/moved":
        with service.serve() as server, Caller(server.address) as caller:
            caller.start("fail", {"subscriber": {"failedUri": url + path}})
            until(posts, 1)
            name, _, info = posts.pop()
            assert (name, info["message"]) == (path, "ValueError: as asked")
    assert f"{url}/broken answered 500" in caplog.text
    assert f"{url}/moved answered 307" in caplog.text
    assert posts == []


def test_a_subscriber_that_is_not_there_is_logged(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    body = {"inputs": {"text": "a"}, "subscriber": {"successUri": "http://127.0.0.1:1/"}}
    assert caller.execute("double", body).status == 200
    end = time.monotonic() + 5
    while "could not be told" not in caplog.text and time.monotonic() < end:
        time.sleep(0.002)
    assert "http://127.0.0.1:1/ could not be told" in caplog.text


def test_closing_callbacks_twice_is_fine() -> None:
    callbacks = Callbacks()
    callbacks.close()
    callbacks.close()
    assert Order(document=True, wanted={}, base="").subscriber == {}
