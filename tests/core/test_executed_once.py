"""An execute request is sent once, whatever servers and networks do, and whenever they do it.

The server hears requests in part or whole, says any part of some answer, and ends the connection
in any way, at any time. What it heard the beginning of counts: it may have been carried out.
"""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import CLOSE, RESET, SILENCE, ScriptedServer, answer

from ogcproc import BearerAuth, Client, OgcProcError, ServiceError, TransportError

if TYPE_CHECKING:
    from scripted import Ending

    from ogcproc._http.request import SentRequest

#: Short, as silence has to be waited for: to connect, for a read, for all of a call, in seconds.
TIMES = (5, 0.05, 5)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
#: The beginning of an execute request, and the process that it is for.
EXECUTE = re.compile(rb"POST /\w+/(p\d)/")
#: The most execute requests of a call: to either URL, with old and with new credentials, each
#: after ten redirects, and each of these twice after a 429.
MOST = 88
RIGHT = "right"


@dataclass
class Move:
    """What the server does when a request begins."""

    #: Which of ANSWERS it gives, the right one, or a status and nothing else.
    reply: str | int = RIGHT
    #: How many bytes of the request it hears before that, and says of the answer; None for all.
    heard: int | None = None
    said: int | None = None
    #: How many interim answers come before it.
    interim: int = 0
    #: What comes after the answer; None for the next request.
    ending: Ending | None = None
    #: How long it takes to answer, and from there to the ending, in seconds.
    before: float = 0
    after: float = 0


@dataclass
class Execution:
    """An execute request of which the server heard the beginning."""

    process_id: str
    #: Whether all of an answer was sent that says that nothing was done.
    was_refused: bool = False


JOB = {"jobID": "j", "status": "accepted", "type": "process"}
#: Answers beside those that are right, and those with a status and nothing else.
ANSWERS = {
    "results": answer(200, {"o": 1}),
    "job": answer(201, JOB, [("Location", "/jobs/j")]),
    "job in the head": answer(201, "", [("Location", "/jobs/j")]),
    "closing": answer(200, JOB, [("Connection", "close")]),
    "see other": answer(303, "", [("Location", "/jobs/j/results")]),
    "found": answer(302, "", [("Location", "/jobs/j")]),
    "moved": answer(301, "", [("Location", "/processes/p0/execution/")]),
    "again": answer(307, "", [("Location", "execution")]),
    "again for ever": answer(308, "", [("Location", "//localhost/processes/p0/execution")]),
    "busy": answer(503, "", [("Retry-After", "0")]),
    "later": answer(429, "", [("Retry-After", "0")]),
    "page": answer(502, "<html><title>Bad Gateway</title></html>"),
    "own error": answer(503, {"title": "the queue is full"}),
    "two": answer(201, JOB) + answer(408, "", [("Connection", "close")]),
    "not whole": b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{",
    "garbage": b"\x00\xff\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "nothing": b"",
}
OWN_ERROR = ANSWERS["own error"].partition(b"\r\n\r\n")[2]
STATUSES = [400, 401, 403, 404, 405, 408, 409, 421, 425, 429, 500, 502, 503, 504, 520, 522, 524]
#: Statuses that prove nothing if a gateway sends them.
UNCLEAR = {408, 502, 503, 504, 520, 522, 524}


class Unreliable(ScriptedServer):
    """A server that makes one move after the other, and behaves itself when there are no more."""

    def __init__(self, moves: list[Move], *, is_moved: bool, refusals: set[int]) -> None:
        self._moves = list(moves)
        #: Whether the processes are elsewhere than at their fixed paths.
        self._is_moved = is_moved
        #: The statuses that say that nothing was done.
        self._refusals = refusals
        #: The execute requests that were begun, in this order.
        self.executions: list[Execution] = []
        super().__init__({})

    def _converse(self, connection: socket.socket, _: int) -> None:
        """Meet one request after the other."""
        while begun := connection.recv(200, socket.MSG_PEEK):
            execution = self._note(begun)
            with self._lock:
                move = self._moves.pop(0) if self._moves else Move()
            reply = self._answer(begun, move.reply)
            data = hear(connection, b"", move.heard)
            self._closing.wait(move.before)
            whole = b"".join(INTERIM[: move.interim]) + reply
            said = whole[: move.said]
            connection.sendall(said)
            if execution is not None and said == whole:
                execution.was_refused = reply[:1] == b"H" and int(reply[9:12]) in self._refusals
            self._closing.wait(move.after)
            if move.ending is not None:
                self._part(connection, move.ending)
                return
            hear(connection, data, None)

    def _note(self, begun: bytes) -> Execution | None:
        """Take note of what is the beginning of an execute request."""
        found = EXECUTE.match(begun)
        if found is None:
            return None
        self.executions.append(Execution(found[1].decode()))
        return self.executions[-1]

    def _answer(self, begun: bytes, reply: str | int) -> bytes:
        """Return an answer; the right one is by what was asked for."""
        if isinstance(reply, int):
            return answer(reply, "")
        if reply != RIGHT:
            return ANSWERS[reply]
        method, target = begun.decode("latin-1").split(" ")[:2]
        if self._is_moved and target.startswith("/processes"):
            return answer(404, "")
        if method == "POST":
            return ANSWERS["job"]
        home = {"rel": "processes", "href": "/elsewhere" if self._is_moved else "/processes"}
        execute = {"rel": "execute", "href": f"{target}/run"}
        # What each request asks for is in it: as a landing page, a process, lists or a job.
        return answer(
            200,
            {**JOB, "id": target[-2:], "version": "1", "links": [home, execute], "processes": []},
        )

    def _part(self, connection: socket.socket, ending: Ending) -> None:
        """End a connection, all ears for what may still come."""
        if ending is CLOSE:
            connection.shutdown(socket.SHUT_WR)
        if ending is RESET:
            self._end(connection, ending)
            connection.settimeout(0)
        while data := connection.recv(1 << 20):
            found = EXECUTE.search(data)
            if found is not None:
                self._note(data[found.start() :])


def hear(connection: socket.socket, data: bytes, most: int | None) -> bytes:
    """Return a request of which something was heard, heard on to so many bytes, or to its end.

    Not beyond: where the answer came early, the next request may be there already.
    """
    while wanted := missing(data):
        part = connection.recv(wanted if most is None else min(wanted, most - len(data)))
        if not part:
            break
        data += part
    return data


def missing(data: bytes) -> int:
    """Return how many bytes of a request are still to come, at least."""
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return int(length[1] if length else 0) - len(body) if end else 1


#: What may be between two events, in seconds: so short that either may be the first.
PAUSES = st.sampled_from([0, 0, 0.0005, 0.002])
MOVES = st.builds(
    Move,
    reply=st.sampled_from([RIGHT] * 12 + list(ANSWERS) + STATUSES),
    heard=st.none() | st.integers(1, 400) | st.integers(1, 300_000),
    said=st.none() | st.none() | st.integers(0, 250),
    interim=st.sampled_from([0, 0, 1, 2]),
    ending=st.sampled_from([None, None, None, CLOSE, CLOSE, RESET, SILENCE]),
    before=PAUSES,
    after=PAUSES,
)
#: What is called before, which leaves connections behind that were kept.
EARLIER = st.lists(
    st.sampled_from(["get_job", "get_process", "get_processes", "execute"]), max_size=3
)


@settings(max_examples=100, deadline=None)
@given(
    moves=st.lists(MOVES, max_size=8),
    earlier=EARLIER,
    length=st.sampled_from([0, 0, 100, 300_000]),
    is_renewable=st.booleans(),
    is_moved=st.booleans(),
)
def test_an_execute_request_is_sent_once_whatever_happens(
    moves: list[Move], earlier: list[str], length: int, *, is_renewable: bool, is_moved: bool
) -> None:
    refusals = {405, 429, 307, 308} | ({401} if is_renewable else set())
    refusals |= {404} if is_moved else set()
    tokens = count()
    tries: Counter[str] = Counter()
    outcomes: dict[str, object] = {}

    def on_request(request: SentRequest) -> None:
        if request.method == "POST":
            tries[request.url.split("/")[-2]] += 1

    server = Unreliable(moves, is_moved=is_moved, refusals=refusals)
    with (
        mock.patch("ogcproc._http.transport.rest"),
        server,
        Client(
            server.url,
            auth=BearerAuth(lambda: f"t{next(tokens)}") if is_renewable else None,
            timeout=TIMES,
            retries=1,
            proxy="",
            on_request=on_request,
        ) as client,
    ):
        for number, name in enumerate([*earlier, "execute"]):
            outcomes[f"p{number}"] = outcome_of(client, name, f"p{number}", "x" * length)
    for process_id, outcome in outcomes.items():
        sent = [one for one in server.executions if one.process_id == process_id]
        assert all(one.was_refused for one in sent[:-1]), f"{outcome!r}: {sent}"
        assert len(sent) <= tries[process_id] <= MOST
        assert tries[process_id] <= 1 + sum(one.was_refused for one in sent)
        if (
            isinstance(outcome, ServiceError)
            and outcome.method == "POST"
            and (outcome.status in UNCLEAR)
        ):
            assert outcome.body == OWN_ERROR, "a gateway's answer proves nothing"
        if is_never_sent(outcome):
            assert all(one.was_refused for one in sent), f"{outcome!r}: {sent}"


def outcome_of(client: Client, name: str, process_id: str, text: str) -> object:
    """Return what a call ends in, be it an error."""
    try:
        if name == "execute":
            return client.execute_process(process_id, {"inputs": {"text": text}})
        if name == "get_processes":
            return client.get_processes()
        return getattr(client, name)(process_id)
    except OgcProcError as error:
        return error


def is_never_sent(outcome: object) -> bool:
    """Return whether an outcome says that no execute request has been sent."""
    return isinstance(outcome, TransportError) and not outcome.sent
