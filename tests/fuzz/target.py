"""Any bytes as the answers of a server: only what is documented may come of a call.

The transport is the real one. In the place of the network there are socket pairs, each with an
answer in it, so that an execution takes a millisecond and needs no thread. The first byte of an
input says which call is made, SEPARATOR stands between the answers, each of which is for a
connection; the last one is for all further ones.
"""

from __future__ import annotations

import json
import pickle
import socket
import ssl
from itertools import islice
from typing import TYPE_CHECKING, Any
from unittest import mock

from ogcproc import BearerAuth, Client, OgcProcError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CALLS", "MAX_BODY", "MAX_INPUT", "SEPARATOR", "Network", "met"]

SEPARATOR = b"\n=====\n"
#: The longest input: what a socket pair holds before anybody reads, in bytes.
MAX_INPUT = 64 * 1024
MAX_BODY = 100_000
#: How many connections no call needs: ten redirects of two tries at each of some places.
MANY = 500
HOST = ("server.test", 80)
URL = "http://server.test/api"
SECRET = "aeb8ef7f-never-elsewhere"
#: Making one takes long.
TLS = ssl.create_default_context()


def streamed(client: Client) -> int:
    """Return how long a body is that is read by parts, up to ten times what is read at once."""
    size = 0
    with client._http.open(f"{URL}/x") as stream:
        while size < 10 * MAX_BODY and (part := stream.read(5000)):
            size += len(part)
    return size


def executed(client: Client) -> Any:
    """Return the results of an execution."""
    job = client.execute_process("p", {"inputs": {"a": 1}}, mode="auto")
    return job, client.get_job(job) if job.results is None else job.results


#: By the first byte of an input.
CALLS: dict[str, Callable[[Client], Any]] = {
    "j": lambda client: client.get_job("j"),
    "x": lambda client: client.execute_process("p", {"inputs": {"a": 1}}),
    "a": executed,
    "r": lambda client: client.get_job_results("j"),
    "o": lambda client: client.get_job_result("j", "o"),
    "p": lambda client: client.get_processes(),
    "d": lambda client: client.get_process("p"),
    "l": lambda client: list(islice(client.iter_jobs(), 1000)),
    "D": lambda client: client.dismiss_job("j"),
    "c": lambda client: (client.get_capabilities(), client.conforms_to("job-list")),
    "O": lambda client: client.get_api_definition(),
    "s": streamed,
}


class Network:
    """What connections lead to: socket pairs with answers in them."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self._peers: list[tuple[tuple[str, int], socket.socket]] = []
        #: How many connections were made.
        self.connections = 0
        #: How many execute requests came.
        self.executions = 0

    def connect(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        """Return a connection, as ``socket.create_connection`` does."""
        self.listen()
        ours, theirs = socket.socketpair()
        self._peers.append((address, theirs))
        answer = self._answers[min(self.connections, len(self._answers) - 1)]
        self.connections += 1
        assert self.connections < MANY, f"{MANY} connections for one call"
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MAX_INPUT)
        theirs.settimeout(0)
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        ours.settimeout(5)
        return ours

    def listen(self) -> None:
        """Look at what was sent, and end the connections."""
        while self._peers:
            address, peer = self._peers.pop()
            with peer:
                try:
                    sent = peer.recv(MAX_INPUT)
                except OSError:  # nothing, or the answer was not read
                    sent = b""
            self.executions += sent.startswith(b"POST ")
            assert address == HOST or SECRET.encode() not in sent, f"the secret went to {address}"


def met(data: bytes) -> tuple[Any, Network]:
    """Return what becomes of a call, be it an error, and the network; raises for what must not be.

    An input that does not begin with a call's letter is one for get_job.
    """
    call = CALLS.get(chr(data[0]) if data else "", CALLS["j"])
    network = Network(data[1:].split(SEPARATOR))
    outcome: Any
    with (
        mock.patch("urllib3.util.connection.create_connection", network.connect),
        mock.patch("ogcproc._http.transport.rest"),
        Client(
            URL,
            auth=BearerAuth(SECRET),
            headers={"X-API-Key": SECRET},
            retries=1,
            proxy="",
            ssl_context=TLS,
            max_body=MAX_BODY,
        ) as client,
    ):
        try:
            outcome = call(client)
        except OgcProcError as error:
            outcome = error
    network.listen()
    assert network.executions <= 2, "one more where the first was not allowed"
    shown = f"{outcome}{outcome!r}{pickle.dumps(outcome)!r}"
    if isinstance(outcome, OgcProcError):
        shown += outcome.curl()
    elif hasattr(outcome, "to_dict"):
        shown += json.dumps(outcome.to_dict())
    assert SECRET not in shown, f"the secret is shown by {type(outcome).__name__}"
    return outcome, network
