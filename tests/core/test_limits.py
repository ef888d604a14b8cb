"""How long a call may take, and how much of an answer is read: over all tries, and for a call."""

from __future__ import annotations

import socket
import threading
import time
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

import pytest
from scripted import CLOSE, SILENCE, ScriptedServer, answer

from ogcproc import (
    BearerAuth,
    Client,
    NoSuchJob,
    RateLimited,
    ResponseTooLarge,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    TransportTimeout,
)
from ogcproc._http.pools import CurrentCall, DeadlineReader, HttpConnection
from ogcproc._http.request import Call, times_of

if TYPE_CHECKING:
    from scripted import Received, Reply

JOB = answer(200, {"jobID": "j", "status": "running", "type": "process"})
CREATED = answer(201, {"jobID": "j", "status": "accepted", "type": "process"})
BUSY = answer(503, "", [("Retry-After", "30")])


def client_of(server: ScriptedServer, **settings: Any) -> Client:
    """Return a client of a server, without a proxy."""
    return Client(server.url, **{"proxy": "", "retries": 2, **settings})


# --- the time of a call -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "times"),
    [
        (5, (5, 5, 5)),
        (None, (inf, inf, inf)),
        ((3, 60), (3, 60, 660)),
        ([3, 60], (3, 60, 660)),
        ((3, None), (3, inf, inf)),
        ((3, 4.5, 2), (3, 4.5, 2)),
        ((3, 4, None), (3, 4, inf)),
        ((1e9, inf, 1e300), (inf, inf, inf)),
    ],
)
def test_a_time_is_for_all_or_for_each(given: Any, times: tuple[float, ...]) -> None:
    assert times_of(given) == times


@pytest.mark.parametrize("given", [(), (1,), (1, 2, 3, 4), 0, -1, (1, 0), float("nan")])
def test_a_time_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="timeout"):
        Client("http://h", timeout=given)


@pytest.mark.parametrize("given", ["5", True, (1, "2"), {1: 2}])
def test_a_time_that_is_no_number_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="timeout"):
        Client("http://h", timeout=given)


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("retries", -1, ValueError),
        ("retries", "3", TypeError),
        ("retries", None, TypeError),
        ("max_body", 0, ValueError),
        ("max_body", 1.5, TypeError),
        ("pool_size", 0, ValueError),
        ("pool_size", True, TypeError),
        ("user_agent", 5, TypeError),
        ("ssl_context", 5, TypeError),
        ("headers", {5: "x"}, TypeError),
        ("headers", {"X-A": 5}, TypeError),
        ("headers", {"X A": "x"}, ValueError),
        ("headers", {"": "x"}, ValueError),
    ],
)
def test_a_setting_that_cannot_be_is_refused_when_the_client_is_made(
    name: str, given: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Client("http://h", **{name: given})


def test_a_pause_that_is_longer_than_the_time_left_is_not_made() -> None:
    with ScriptedServer([BUSY]) as server, client_of(server, timeout=(5, 5, 20)) as client:
        started = time.monotonic()
        with pytest.raises(ServiceError) as caught:
            client.get_job("j")
    assert caught.value.status == 503
    assert time.monotonic() - started < 5


def test_a_further_try_has_what_is_left_of_the_time() -> None:
    script = [(SILENCE,), (SILENCE,)]
    times = (5, 0.3, 0.4)
    with ScriptedServer(script) as server, client_of(server, timeout=times, retries=9) as client:
        started = time.monotonic()
        with pytest.raises(TransportTimeout):
            client.get_job("j")
        took = time.monotonic() - started
    assert 0.3 <= took < 3


def test_a_try_that_has_no_time_left_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: object, __: float) -> None:
        time.sleep(0.35)

    monkeypatch.setattr("ogcproc._http.transport.rest", slow)
    monkeypatch.setattr("ogcproc._http.transport.pause_before", lambda *_: 0.0)
    with ScriptedServer([(CLOSE,)]) as server, client_of(server, timeout=(1, 1, 0.3)) as client:
        with pytest.raises(TransportTimeout, match=r"timed out after 0\.3 s in total$") as caught:
            client.get_job("j")
        assert len(server.requests) == 1
    assert caught.value.sent is False


def test_a_redirect_in_time_has_the_time_of_a_first_request() -> None:
    script = [answer(302, "", [("Location", "/jobs/k")]), JOB]
    with ScriptedServer(script) as server, client_of(server) as client:
        assert client.get_job("j").jobID == "j"
        assert server.lines == ["GET /jobs/j", "GET /jobs/k"]


def test_the_time_that_credentials_take_is_not_the_call_s() -> None:
    numbers = count()

    def token() -> str:
        time.sleep(0.06)
        return f"t{next(numbers)}"

    with (
        ScriptedServer([answer(401, ""), JOB]) as server,
        client_of(server, timeout=(5, 5, 0.1), auth=BearerAuth(token)) as client,
    ):
        assert client.get_job("j").jobID == "j"


def test_credentials_that_make_no_headers_are_refused() -> None:
    with (
        ScriptedServer([]) as server,
        client_of(server, auth=lambda: None) as client,
        pytest.raises(TypeError, match="auth gave NoneType"),
    ):
        client.get_job("j")


def test_a_closed_client_is_not_waited_for() -> None:
    with ScriptedServer([BUSY]) as server, client_of(server) as client:
        threading.Timer(0.05, client.close).start()
        started = time.monotonic()
        with pytest.raises(TransportError, match="the client is closed"):
            client.get_job("j")
    assert time.monotonic() - started < 10


def test_a_connection_gets_its_time_back_after_one_in_haste() -> None:
    slow = (JOB[:-5], 0.1, JOB[-5:])
    with ScriptedServer([slow, slow]) as server, client_of(server, timeout=(5, 5)) as client:
        assert client.with_options(timeout=(5, 5, 1)).get_job("j").jobID == "j"
        assert client.get_job("j").jobID == "j"
        assert server.connections == 1


def test_a_long_body_is_sent_piece_by_piece_each_with_its_time() -> None:
    text = "x" * 3_000_000
    with ScriptedServer([CREATED]) as server, client_of(server, timeout=(0.5, 30)) as client:
        assert client.execute_process("p", {"inputs": {"text": text}}).jobID == "j"
        assert server.requests[0].json["inputs"]["text"] == text


def test_a_server_that_does_not_read_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Client(url, timeout=(5, 0.1), proxy="") as client,
            pytest.raises(SubmissionUncertain),
        ):
            client.execute_process("p", {"inputs": {"text": "x" * 30_000_000}})


def test_a_body_that_there_is_no_time_for_is_not_sent() -> None:
    class Sent:
        def send(self, data: bytes) -> None:
            raise AssertionError(data)

    class Connection(HttpConnection, Sent):
        current = CurrentCall()
        sock = socket.socket()

    connection = Connection()
    connection.current.call = Call((1, 1, -1))
    with connection.sock, pytest.raises(TimeoutError):
        connection.send(bytes(1_000_000))


def test_a_socket_that_was_closed_needs_no_time_back() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"x")
        source = DeadlineReader(ours, Call((1, inf, 5)))
        assert source.readinto(bytearray(1)) == 1
        assert 0 < (ours.gettimeout() or 0) < 5
        source.close()
        assert ours.gettimeout() is None
        ours.close()


def test_what_is_over_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"x")
        source = DeadlineReader(ours, Call((1, 1, -1)))
        with pytest.raises(TimeoutError):
            source.readinto(bytearray(1))
        source.close()


# --- limits for a call ------------------------------------------------------------------------


def test_a_call_may_have_limits_of_its_own() -> None:
    script: list[Reply] = [JOB, JOB, (0.3, CREATED), JOB]
    with ScriptedServer(script) as server, client_of(server, max_body=20, timeout=0.1) as client:
        with pytest.raises(ResponseTooLarge):
            client.get_job("j")
        large = client.with_options(max_body=1000)
        assert large.get_job("j").jobID == "j"
        assert large.execute_process("p", timeout=(1, 7200)).jobID == "j"
        assert large.get_job("j").jobID == "j"
        with pytest.raises(TypeError, match="retries"):
            client.with_options(retries="no")  # type: ignore[arg-type] # that is the point


def test_clients_of_other_limits_are_closed_together() -> None:
    with ScriptedServer([JOB]) as server, client_of(server) as client:
        other = client.with_options(retries=0)
        client.close()
        with pytest.raises(TransportError, match="closed"):
            other.get_job("j")


# --- what is told where an answer breaks off ------------------------------------------------


def head(status: str, *fields: str) -> bytes:
    """Return the head of an answer whose body is to have 99 bytes."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 99", *fields, "", ""]).encode()


def test_a_job_that_the_head_tells_of_is_not_lost_with_the_body() -> None:
    script: list[Reply] = [(head("201 Created", "Location: /jobs/7") + b'{"jobID"', CLOSE)]
    with ScriptedServer(script) as server, client_of(server) as client:
        job = client.execute_process("p")
        assert (job.jobID, job.status, job.processID) == ("7", "accepted", "p")
        assert server.lines == ["POST /processes/p/execution"]


def test_a_job_that_the_head_of_too_large_an_answer_tells_of_is_not_lost() -> None:
    script = [answer(201, "x" * 999, [("Location", "/jobs/7")])]
    with ScriptedServer(script) as server, client_of(server, max_body=99) as client:
        assert client.execute_process("p").jobID == "7"


@pytest.mark.parametrize("fields", [[], ["Location: /"], ["Location: http://[x/"]])
def test_a_head_that_tells_of_no_job_leaves_it_uncertain(fields: list[str]) -> None:
    script: list[Reply] = [(head("201 Created", *fields), CLOSE)]
    with (
        ScriptedServer(script) as server,
        client_of(server) as client,
        pytest.raises(SubmissionUncertain) as caught,
    ):
        client.execute_process("p")
    assert caught.value.status == 201
    assert caught.value.headers is not None
    assert caught.value.headers["content-length"] == "99"


def test_what_is_too_large_tells_its_head() -> None:
    with (
        ScriptedServer([answer(200, "x" * 999)]) as server,
        client_of(server, max_body=99) as client,
        pytest.raises(ResponseTooLarge) as caught,
    ):
        client.execute_process("p")
    assert caught.value.status == 200
    assert caught.value.headers is not None
    assert "POST" in caught.value.curl()


# --- what was done by a try that nobody heard of ---------------------------------------------


def deleted_once() -> Any:
    """Return a script that removes a job, and does not answer the first time."""
    replies: list[Reply] = [(CLOSE,)]

    def reply(request: Received) -> Reply:
        assert request.method == "DELETE" or request.target == "/"
        return replies.pop() if replies else answer(404, {"type": "no-such-job"})

    return reply


def test_a_job_that_an_unheard_try_removed_is_dismissed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    with ScriptedServer(deleted_once()) as server, client_of(server) as client:
        assert client.dismiss_job("j").status == "dismissed"
        with pytest.raises(NoSuchJob):
            client.dismiss_job("j")


def test_a_job_that_was_never_there_is_not_dismissed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    script = [answer(429, ""), answer(404, {"type": "no-such-job"})]
    with (
        ScriptedServer(script) as server,
        client_of(server) as client,
        pytest.raises(NoSuchJob),
    ):
        client.dismiss_job("j")


def test_a_server_that_wants_fewer_requests_for_ever_says_so() -> None:
    with (
        ScriptedServer([answer(429, "")]) as server,
        client_of(server, retries=0) as client,
        pytest.raises(RateLimited),
    ):
        client.get_job("j")


# --- connections that are no longer what they were --------------------------------------------


def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    script: list[Reply] = [(JOB, CLOSE), CREATED]
    with ScriptedServer(script) as server, client_of(server) as client:
        client.get_job("j")
        while server.open:
            time.sleep(0.001)
        assert client.execute_process("p").jobID == "j"
        assert server.lines == ["GET /jobs/j", "POST /processes/p/execution"]


def test_what_comes_after_an_answer_is_not_the_next_one() -> None:
    other = answer(200, {"jobID": "other", "status": "running", "type": "process"})
    with ScriptedServer([JOB + other, JOB]) as server, client_of(server) as client:
        assert client.get_job("j").jobID == "j"
        assert client.get_job("j").jobID == "j"
        assert len(server.requests) == 2
