"""One client for many: threads, forked and spawned children, and a close in the midst of it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import BasicAuth, Client, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 64

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
#: The server's threads, and in one test the client's, do not hinder: a child uses none of theirs.
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


def job_asked_for(request: Received) -> bytes:
    """Return the state of the job that was asked for, whichever it was."""
    name = request.target.rpartition("/")[2]
    return answer(200, {"jobID": name, "status": "running", "type": "process"})


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; fail where that takes seconds."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def exit_status(child: int) -> int:
    """Return how a child ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def answers_are_its_own(client: Client, name: str) -> bool:
    """Return whether a few calls got the answers to what they asked."""
    ids = [f"{name}-{turn}" for turn in range(5)]
    return [client.get_job(one).jobID for one in ids] == ids


# --- threads ----------------------------------------------------------------------------------


def test_many_threads_share_a_client_and_each_gets_its_own_answers() -> None:
    together = threading.Barrier(THREADS)

    def ask(number: int) -> bool:
        together.wait(5)
        right = answers_are_its_own(client, f"job{number}")
        last = client.last_request
        return right and last is not None and last.url.endswith(f"/job{number}-4")

    with (
        ScriptedServer(job_asked_for) as server,
        Client(server.url, pool_size=THREADS) as client,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        assert list(threads.map(ask, range(THREADS))) == [True] * THREADS
        assert len(server.requests) == 5 * THREADS
        assert 1 <= server.connections <= THREADS


def test_a_client_closed_in_the_midst_tells_the_threads_that_use_it() -> None:
    """What is under way ends well, what comes after it is refused, and nothing is left open."""
    ended: list[tuple[str, bool]] = []
    gate = threading.Event()

    def reply(request: Received) -> Any:
        return (lambda: gate.wait(5), job_asked_for(request))

    def ask(number: int) -> None:
        while True:
            try:
                client.get_job(f"job{number}")
            except TransportError as error:
                ended.append((str(error), error.sent))
                return

    with ScriptedServer(reply) as server:
        client = Client(server.url, pool_size=4, retries=0)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(server.requests) == 16)
        client.close()
        gate.set()
        for thread in threads:
            thread.join(5)
        assert ended == [("the client is closed", False)] * 16
        assert len(server.requests) == 16
        wait_until(lambda: server.open == 0)


def test_a_request_that_finds_its_pool_closed_says_why_and_that_it_was_not_sent() -> None:
    """The same between the look at whether the client is closed and the sending."""
    with ScriptedServer([]) as server:
        client = Client(server.url, on_request=lambda _: client.close())
        with pytest.raises(TransportError, match="the client is closed") as caught:
            client.execute_process("p")
        assert type(caught.value) is TransportError
        assert caught.value.sent is False


def test_a_connection_to_another_server_made_while_closing_is_closed_too() -> None:
    def close(request: Any) -> None:
        if request.url.startswith(other.url):
            client.close()

    page = answer(200, {"title": "T", "links": []})
    with (
        ScriptedServer([page]) as other,
        ScriptedServer([answer(302, "", [("Location", other.url)])]) as server,
    ):
        client = Client(server.url, on_request=close)
        assert client.get_capabilities().title == "T"
        wait_until(lambda: other.open == server.open == 0)


def test_a_client_that_nobody_holds_closes_its_connections_at_once() -> None:
    """Without a garbage collection, which may come much later."""
    gc.disable()
    try:
        with ScriptedServer(job_asked_for) as server:
            client = Client(server.url, auth=BasicAuth("joe", "pw"))
            client.get_job("j")
            last = client.with_options(retries=0)
            last.get_job("j")
            assert server.open == 1
            del client, last
            wait_until(lambda: server.open == 0)
    finally:
        gc.enable()


# --- processes --------------------------------------------------------------------------------


@needs_fork
@forks
def test_forked_children_use_connections_of_their_own() -> None:
    with ScriptedServer(job_asked_for) as server, Client(server.url) as client:
        client.get_job("parent")
        children = []
        for number in range(4):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    status = not answers_are_its_own(client, f"child{number}")
                finally:
                    os._exit(status)
            children.append(child)
        assert answers_are_its_own(client, "parent")
        assert [exit_status(child) for child in children] == [0] * 4
    of_parent = {one.connection for one in server.requests if "parent" in one.target}
    of_children = {one.connection for one in server.requests if "child" in one.target}
    assert len(of_parent) == 1
    assert len(of_children) == 4
    assert of_parent.isdisjoint(of_children)


@needs_fork
@forks
def test_a_child_forked_while_other_threads_are_in_requests_is_not_hindered() -> None:
    gate = threading.Event()

    def reply(request: Received) -> Any:
        if "slow" in request.target:
            return (lambda: gate.wait(5), job_asked_for(request))
        return job_asked_for(request)

    with (
        ScriptedServer(reply) as server,
        Client(server.url) as client,
        ThreadPoolExecutor(8) as threads,
    ):
        slow = [threads.submit(client.get_job, f"slow{number}") for number in range(8)]
        wait_until(lambda: len(server.requests) == 8)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = not answers_are_its_own(client, "child")
            finally:
                os._exit(status)
        assert exit_status(child) == 0
        gate.set()
        assert [one.result().jobID for one in slow] == [f"slow{number}" for number in range(8)]


def ask_in_a_child(client: Client, name: str, told: Any) -> None:
    """Do what a spawned child does; it begins with a pickled client."""
    with client:
        told.put((name, answers_are_its_own(client, name)))


def test_spawned_children_get_the_client_with_its_settings() -> None:
    spawn = multiprocessing.get_context("spawn")
    told = spawn.SimpleQueue()
    with (
        ScriptedServer(job_asked_for) as server,
        Client(server.url, auth=BasicAuth("joe", "pw"), user_agent="mine") as client,
    ):
        client.get_job("parent")
        children = [
            spawn.Process(target=ask_in_a_child, args=(client, f"child{number}", told))
            for number in range(2)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join(30)
        assert [child.exitcode for child in children] == [0, 0]
        assert sorted(told.get() for _ in children) == [("child0", True), ("child1", True)]
        told.close()
        for child in children:
            child.close()
    assert {one.header("authorization") for one in server.requests} == {"Basic am9lOnB3"}
    assert {one.header("user-agent") for one in server.requests} == {"mine"}
    assert len({one.connection for one in server.requests}) == 3
