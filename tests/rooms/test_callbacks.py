"""Receiving callbacks: whom they wake, what is believed, and what is sent to annoy."""

from __future__ import annotations

import http.client
import logging
import os
import pickle
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import Client, ProcessRequest, Subscriber, WaitTimeout
from ogcproc import callbacks as module
from ogcproc._waiting import PAUSES, PAUSES_WITH_CALLBACKS
from ogcproc.callbacks import Receiver
from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as open_:
        yield open_


#: How requests begin that are news.
NEWS = (b"POST /success/%b HTTP", b"POST /success/%b?", b"POST /../success/%b HTTP")


def post(url: str | None, body: bytes = b"{}", method: str = "POST", **fields: str) -> int:
    parts = urlsplit(url or "")
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, parts.path + (parts.query and f"?{parts.query}"), body, fields)
        return connection.getresponse().status
    finally:
        connection.close()


def token_of(receiver: Receiver) -> tuple[Subscriber, str]:
    subscriber = receiver.subscriber()
    token = receiver.token_of(subscriber)
    assert token is not None
    return subscriber, token


def said(receiver: Receiver, data: bytes, *, end: bool = False) -> bytes:
    """Return what the receiver says to these bytes."""
    parts = urlsplit(receiver.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), 10) as connection:
        connection.sendall(data)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(1000):
            answer += block
    return answer


# --- whom they wake -----------------------------------------------------------------------------


def test_news_wakes_who_waits_for_it_once(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    assert receiver.wait(token, 0.01) is False
    for uri in (subscriber.successUri, subscriber.inProgressUri, subscriber.failedUri):
        assert post(uri) == 202
    assert receiver.wait(token, 10) is True
    assert receiver.wait(token, 0.01) is False
    threading.Timer(0.05, post, [subscriber.successUri]).start()
    assert receiver.wait(token, 10) is True


def test_news_of_one_does_not_wake_another(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    _, other = token_of(receiver)
    assert token != other
    assert post(subscriber.failedUri) == 202
    assert receiver.wait(other, 0.01) is False
    assert receiver.wait(token, 0.01) is True


def test_listeners_are_told_of_all_until_they_stop(receiver: Receiver) -> None:
    told: list[str] = []
    stop = receiver.listen(told.append)
    subscribers = [token_of(receiver) for _ in range(3)]
    for subscriber, _ in subscribers:
        post(subscriber.successUri)
    assert told == [token for _, token in subscribers]
    stop()
    stop()
    post(subscribers[0][0].successUri)
    assert len(told) == 3


def test_tokens_are_those_of_its_own_subscribers(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    assert token in (subscriber.inProgressUri or "")
    assert receiver.token_of(None) is None
    assert receiver.token_of(Subscriber()) is None
    assert receiver.token_of(Subscriber("http://h/success/x")) is None
    assert receiver.token_of(Subscriber(f"{receiver.url}/success/guessed")) is None
    receiver.forget(token)
    assert receiver.token_of(subscriber) is None
    assert receiver.wait(token, 10) is False
    assert post(subscriber.successUri) == 404
    receiver.forget("unknown")


def test_closing_wakes_all_and_ends_all(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    threading.Timer(0.05, receiver.close).start()
    assert receiver.wait(token, 30) is False
    receiver.close()
    assert receiver.is_closed
    assert repr(receiver) == f"<Receiver at {receiver.url}, closed>"
    with pytest.raises(OSError, match=r".*"):
        post(subscriber.successUri)


# --- where it listens -----------------------------------------------------------------------------


def test_a_server_may_reach_it_by_another_name() -> None:
    with Receiver(host="0.0.0.0", url="https://example.org/back/") as receiver:
        subscriber, token = token_of(receiver)
        assert (subscriber.successUri or "").startswith("https://example.org/back/success/")
        local = f"http://127.0.0.1:{receiver._server.port}"
        path = urlsplit(subscriber.successUri or "").path
        assert post(local + path) == 202
        assert post(local + path.removeprefix("/back")) == 202
        assert receiver.wait(token, 5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"host": "0.0.0.0"}, "every address"),
        ({"host": "::"}, "every address"),
        ({"host": ""}, "every address"),
        ({"url": "ftp://h/"}, "http or https"),
        ({"url": "nonsense"}, r".*"),
    ],
)
def test_where_it_cannot_be_reached_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Receiver(**given)


def test_a_port_that_is_taken_is_an_error(receiver: Receiver) -> None:
    with pytest.raises(OSError, match="in use"):
        Receiver(port=receiver._server.port)


def test_it_listens_on_ipv6() -> None:
    try:
        receiver = Receiver(host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with receiver:
        assert receiver.url.startswith("http://[::1]:")
        assert post(receiver.subscriber().successUri) == 202


def test_it_does_not_pickle_and_shows_no_token(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    subscriber, token = token_of(receiver)
    post(subscriber.successUri)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(receiver)
    assert token not in repr(receiver) + caplog.text + repr(vars(receiver))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_forked_child_has_none(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    child = os.fork()
    if not child:  # pragma: no cover - not in this process
        well = receiver.is_closed and not receiver.wait(token, 30)
        receiver.close()
        os._exit(0 if well else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert post(subscriber.successUri) == 202


# --- what is sent to annoy ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /success/%b HTTP/1.1\r\n\r\n", 405),
        (b"DELETE /success/%b HTTP/1.1\r\n\r\n", 405),
        (b"POST /success/%b HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", 413),
        (b"POST /success/%b HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST /success/%b HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /success/%b HTTP/1.1\r\nContent-Length: 5x\r\n\r\n", 400),
        (b"POST /success/%b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"POST /success/%b HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", 408),
        (b"POST /success/%b HTTP/1.1\r\n\r\n", 202),
        (b"POST /success/%b HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", 202),
        (b"POST /success/%b?x=y HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 202),
        (b"POST /../success/%b HTTP/1.1\r\n\r\n", 202),
        (b"POST /success/%b/.. HTTP/1.1\r\n\r\n", 404),
        (b"POST /other/%b HTTP/1.1\r\n\r\n", 404),
        (b"POST /%b HTTP/1.1\r\n\r\n", 404),
        (b"POST /success/ HTTP/1.1\r\nX: %b\r\n\r\n", 404),
        (b"POST /" + b"x" * 70_000 + b"%b HTTP/1.1\r\n\r\n", 414),
        (b"POST /success/%b HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", 431),
    ],
)
def test_each_request_has_its_answer(receiver: Receiver, head: bytes, status: int) -> None:
    _, token = token_of(receiver)
    answer = said(receiver, head % token.encode(), end=True)
    assert answer.partition(b"\r\n")[0].split()[1] == str(status).encode()
    # What cannot be read, such as long results, is news all the same.
    assert receiver.wait(token, 0) is (head.startswith(NEWS) and status not in {404, 431})


@pytest.mark.parametrize(
    "head",
    [b"\x00\xff%b\r\n\r\n", b"POST /success/%b HTTP/9.9\r\n\r\n", b"%b\n", b"\n" * 9 + b"%b"],
)
def test_what_is_no_request_wakes_nobody(receiver: Receiver, head: bytes) -> None:
    _, token = token_of(receiver)
    assert b"202" not in said(receiver, head % token.encode(), end=True)
    assert receiver.wait(token, 0) is False


def test_one_connection_is_for_one_request(receiver: Receiver) -> None:
    _, token = token_of(receiver)
    request = b"POST /success/%b HTTP/1.1\r\nContent-Length: 0\r\n\r\n" % token.encode()
    assert said(receiver, request * 3).count(b"HTTP/1.0 202") == 1
    waiting = b"POST /success/%b HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
    assert b"202" in said(receiver, waiting % token.encode())


def test_who_is_slow_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module._Handler, "timeout", 0.1)
    assert said(receiver, b"POST /succ") == b""
    monkeypatch.setattr(module, "TIMEOUT", 0.0)
    _, token = token_of(receiver)
    slow = b"POST /success/%b HTTP/1.1\r\nContent-Length: 5\r\n\r\nab" % token.encode()
    assert b" 408 " in said(receiver, slow)


def test_many_at_once_are_served_and_closing_does_not_wait_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 4)
    with Receiver() as receiver:
        subscribers = [receiver.subscriber() for _ in range(40)]
        codes: list[int] = []
        threads = [
            threading.Thread(target=lambda one=one: codes.append(post(one.successUri)))
            for one in subscribers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert codes == [202] * 40
        parts = urlsplit(receiver.url)
        idle = socket.create_connection((parts.hostname or "", parts.port or 0))
        time.sleep(0.02)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    idle.close()


def test_an_error_of_a_listener_ends_its_connection_alone(receiver: Receiver) -> None:
    def fails(_: str) -> None:
        raise LookupError

    stop = receiver.listen(fails)
    subscriber, token = token_of(receiver)
    with pytest.raises((http.client.HTTPException, OSError)):
        post(subscriber.successUri)
    stop()
    assert receiver.wait(token, 5)
    assert post(subscriber.successUri) == 202


# --- with a client --------------------------------------------------------------------------------


class Counting:
    """A client of a service that calls back, and how often it asked for a job's state."""

    def __init__(self, url: str) -> None:
        self.lines: list[str] = []
        self.client = Client(url, proxy="", on_request=self._asked)

    def _asked(self, request: Any) -> None:
        self.lines.append(f"{request.method} {urlsplit(request.url).path}")

    @property
    def looks(self) -> int:
        return sum(line.startswith("GET /jobs") and "results" not in line for line in self.lines)


@pytest.fixture
def counting() -> Iterator[Counting]:
    service = Service()

    @service.process()
    def square(job: Job, number: int = 2, seconds: float = 0.3) -> int:
        for step in range(10):  # each of which is called back for
            job.report(10 * step)
            job.sleep(seconds / 10)
        return number**2

    with service.serve() as server:
        counting = Counting(server.url)
        with counting.client:
            yield counting


def test_a_wait_is_woken_instead_of_asking(counting: Counting) -> None:
    client = counting.client
    started = time.monotonic()
    with client.callbacks() as receiver:
        assert client.run_process("square", {"number": 3}) == {"result": 9}
        assert isinstance(receiver, Receiver)
        assert receiver._news == {}
        request = ProcessRequest({"number": 4}, subscriber=receiver.subscriber())
        job = client.wait_for_job(client.execute_process("square", request))
        assert client.get_job_results(job) == {"result": 16}
    assert time.monotonic() - started < 5
    assert counting.looks <= 6
    assert client.run_process("square", {"seconds": 0}) == {"result": 4}


def test_a_run_is_woken_instead_of_asking(counting: Counting) -> None:
    inputs = [{"number": number} for number in range(6)]
    with counting.client.callbacks() as receiver:
        started = time.monotonic()
        outcomes = list(counting.client.run_many("square", inputs, max_active=3))
        assert time.monotonic() - started < 5
        assert isinstance(receiver, Receiver)
        assert receiver._news == {}
    assert {outcome.key: dict(outcome.results or {}) for outcome in outcomes} == {
        number: {"result": number**2} for number in range(6)
    }
    assert counting.looks <= 24


def test_a_server_without_the_class_is_not_subscribed_to(counting: Counting) -> None:
    client = counting.client
    client._resources.discovered.conformance = frozenset()
    with client.callbacks() as receiver:
        request = ProcessRequest({})
        subscribe = client._subscriptions.subscribe
        assert subscribe(request, client._resources) is None
        assert request.subscriber is None
        request.subscriber = receiver.subscriber()
        assert subscribe(request, client._resources) is not None


def test_a_client_that_is_closed_closes_its_receiver(counting: Counting) -> None:
    receiver = counting.client.callbacks()
    counting.client.close()
    assert receiver.is_closed


# --- callbacks that do not come: field.md row 35 --------------------------------------------------


class Silent:
    """A server that declares callbacks and makes none; its jobs end after two polls."""

    def __init__(self) -> None:
        self.polls: dict[str, int] = {}
        self.ends_after = 2

    def __call__(self, request: Received) -> bytes:
        path = request.target.partition("?")[0]
        if path == "/conformance":
            uri = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/callback"
            return answer(200, {"conformsTo": [uri]})
        if path == "/processes/p":
            return answer(200, {"id": "p", "version": "1"})
        if request.method == "POST":
            assert "subscriber" in request.json
            name = f"j{len(self.polls)}"
            self.polls[name] = 0
            return answer(201, {"jobID": name, "status": "accepted"})
        if path.endswith("/results"):
            return answer(200, {"a": 1})
        name = path.rpartition("/")[2]
        self.polls[name] += 1
        status = "running" if self.polls[name] < self.ends_after else "successful"
        return answer(200, {"jobID": name, "status": status})


@pytest.mark.parametrize("many", [False, True])
def test_a_wait_warns_once_if_no_callback_comes(
    many: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._execution.CALLBACK_DELAY", 0.01)
    monkeypatch.setattr("ogcproc._execution.PAUSES_WITH_CALLBACKS", (0.01, 0.01))
    monkeypatch.setattr("ogcproc.batch.run.PAUSES_WITH_CALLBACKS", (0.01, 0.01))
    monkeypatch.setattr("ogcproc._waiting.PAUSES", (0.01, 0.01))
    with (
        ScriptedServer(Silent()) as server,
        Client(server.url, proxy="") as client,
        client.callbacks() as receiver,
    ):
        for _ in range(3):
            if many:
                (outcome,) = client.run_many("p", [{}], outputs=["a"])
                assert outcome.error is None
            else:
                assert client.run_process("p", outputs=["a"]) == {"a": 1}
    warnings = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert len(warnings) == 1
    text = warnings[0].getMessage()
    assert text.startswith(f"no callback came to {receiver.url} for 'j0': ")


def test_a_wait_warns_if_a_job_is_silent_for_long(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pygeoapi 0.24 refuses private addresses in its job, which stays accepted for ever."""
    monkeypatch.setattr("ogcproc._execution.CALLBACK_DELAY", 0.0)
    monkeypatch.setattr("ogcproc._execution.QUIET", 0.0)
    silent = Silent()
    silent.ends_after = 10**9
    with (
        ScriptedServer(silent) as server,
        Client(server.url, proxy="") as client,
        client.callbacks(),
        pytest.raises(WaitTimeout),
    ):
        client.run_process("p", timeout=0.2)
    assert "no callback came" in caplog.text


def test_a_wait_does_not_warn_if_callbacks_come(
    counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    with counting.client.callbacks():
        for _ in range(3):
            counting.client.run_process("square", {"seconds": 0.05})
        list(counting.client.run_many("square", [{"seconds": 0.05}] * 3))
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_a_callback_that_comes_before_the_job_does_is_not_lost() -> None:
    silent = Silent()
    silent.ends_after = 0

    def reply(request: Received) -> bytes:
        if request.method == "POST":
            assert post(request.json["subscriber"]["successUri"]) == 202
        return silent(request)

    started = time.monotonic()
    with (
        ScriptedServer(reply) as server,
        Client(server.url, proxy="") as client,
        client.callbacks(),
    ):
        (outcome,) = client.run_many("p", [{}], outputs=["a"])
    assert outcome.error is None
    assert time.monotonic() - started < PAUSES_WITH_CALLBACKS[0] / 2


def test_jobs_with_callbacks_are_polled_as_often_as_others_in_the_end() -> None:
    assert PAUSES_WITH_CALLBACKS[1] <= PAUSES[1]


def test_a_callback_that_came_is_known(receiver: Receiver) -> None:
    subscriber, token = token_of(receiver)
    assert not receiver.has_called(token, 0.0)
    post(subscriber.successUri)
    assert receiver.has_called(token, 0.0)
    _, other = token_of(receiver)
    threading.Timer(0.02, receiver.close).start()
    assert receiver.has_called(other, 20)
    receiver.forget(token)
    assert receiver._called == set()
