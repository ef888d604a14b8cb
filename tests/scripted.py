"""A server that says what its script says, byte for byte: raw sockets, nothing of the package.

    with ScriptedServer([answer(200, {"links": []})]) as server:
        ...  # ask server.url
    assert server.requests[0].line == "GET / HTTP/1.1"

The script is a list (an answer for each request, in their order, over all connections), a mapping
(from ``"GET /jobs?limit=1"``, or ``"/jobs?limit=1"`` for any method, to the answer or to a list of
them, whose last one stays), or a function from the request to the answer.

An answer is bytes, or a tuple of steps: bytes are sent as they are, each with a write of its own; a
number is a pause in seconds; a function is called; CLOSE ends the connection in order, RESET
without (the client's socket fails), SILENCE waits for the client to go away. After an answer the
connection stays open, unless it was ended or the client asked for that.

A request that the script has no answer for, and an error in a function of it, fail the ``with``
block at its end.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

__all__ = ["CLOSE", "RESET", "SILENCE", "Received", "ScriptedServer", "answer", "chunked"]


class Ending(Enum):
    """Ways to end an answer other than with its last byte."""

    close = "close"
    reset = "reset"
    silence = "silence"


CLOSE = Ending.close
RESET = Ending.reset
SILENCE = Ending.silence

Step = bytes | float | Ending | Callable[[], object]
Reply = bytes | tuple[Step, ...]
Script = Sequence[Reply] | Mapping[str, Reply | Sequence[Reply]] | Callable[["Received"], Reply]


@dataclass
class Received:
    """A request as it came."""

    method: str
    target: str
    version: str
    #: Names and values, in order.
    headers: list[tuple[str, str]]
    body: bytes
    #: Which connection it came over: 0 for the first.
    connection: int

    @property
    def line(self) -> str:
        return f"{self.method} {self.target} {self.version}"

    @property
    def names(self) -> list[str]:
        """The names of the header fields in lower case, sorted."""
        return sorted(name.lower() for name, _ in self.headers)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the value of a field that came at most once; None where it did not come."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times: {values}"
        return values[0] if values else None


def answer(
    status: int,
    body: object = b"",
    headers: Iterable[tuple[str, str]] = (),
    *,
    length: bool = True,
) -> bytes:
    """Return the bytes of an answer: dicts and lists as JSON, texts as UTF-8.

    JSON is said to be ``application/json`` unless ``headers`` say otherwise; ``length`` is
    whether to say how long the body is.
    """
    fields = list(headers)
    given = {name.lower() for name, _ in fields}
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body)
        if "content-type" not in given:
            fields.append(("Content-Type", "application/json"))
    data = body.encode() if isinstance(body, str) else body
    if length and not given & {"content-length", "transfer-encoding"}:
        fields.append(("Content-Length", str(len(data))))
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    head = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(head).encode("latin-1") + data


def chunked(*parts: bytes) -> bytes:
    """Return a body in chunks, for an answer with ``Transfer-Encoding: chunked``."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))


class ScriptedServer:
    """A server on a free port of 127.0.0.1, from its making to the end of the ``with`` block."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self.script = script
        #: The requests received so far.
        self.requests: list[Received] = []
        #: How many connections were accepted so far.
        self.connections = 0
        #: The client's certificate, or None, for each TLS handshake so far.
        self.peers: list[Any] = []
        self._tls = tls
        self._errors: list[BaseException] = []
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="scripted-server")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    @property
    def lines(self) -> list[str]:
        """The request lines so far, less the version."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def __enter__(self) -> ScriptedServer:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if self._errors and kind is None:
            raise self._errors[0]

    def close(self) -> None:
        """Close all connections, and wait for their threads to end."""
        self._closing.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass  # wakes the thread that accepts
        self._thread.join()
        self._listener.close()
        for thread, connection in list(self._open.items()):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection, self.connections))
            self.connections += 1
            self._open[thread] = connection
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            # What the client does to the connection is the test's business, not the server's.
            with contextlib.suppress(OSError):
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                    self._open[threading.current_thread()] = connection
                    self.peers.append(connection.getpeercert())
                self._converse(connection, number)
        except BaseException as error:  # noqa: BLE001 - raised at the end of the with block
            self._errors.append(error)
        finally:
            connection.close()
            del self._open[threading.current_thread()]

    def _converse(self, connection: socket.socket, number: int) -> None:
        """Answer one request after the other."""
        with connection.makefile("rb") as stream:
            while (request := received(stream, number)) is not None:
                with self._lock:
                    self.requests.append(request)
                    reply = self._reply(request)
                for step in [reply] if isinstance(reply, bytes) else reply:
                    if isinstance(step, Ending):
                        self._end(connection, step)
                        return
                    self._take(connection, step)
                if (request.header("connection") or "").lower() == "close":
                    return

    def _take(self, connection: socket.socket, step: bytes | float | Callable[[], object]) -> None:
        if isinstance(step, bytes):
            connection.sendall(step)
        elif callable(step):
            step()
        else:
            self._closing.wait(step)

    @staticmethod
    def _end(connection: socket.socket, ending: Ending) -> None:
        if ending is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif ending is SILENCE:
            connection.recv(1)

    def _reply(self, request: Received) -> Reply:
        """Return what the script says to a request."""
        if callable(self.script):
            return self.script(request)
        key = ""
        replies: Any = self.script
        if isinstance(self.script, Mapping):
            key = f"{request.method} {request.target}"
            key = key if key in self.script else request.target
            replies = self.script.get(key, ())
            replies = replies if isinstance(replies, list) else [replies]
        index = self._used[key] = self._used.get(key, -1) + 1
        if key:
            index = min(index, len(replies) - 1)
        if index < len(replies) and replies[index]:
            reply: Reply = replies[index]
            return reply
        message = f"no answer in the script to {request.line}, request {len(self.requests)}"
        self._errors.append(AssertionError(message))
        return answer(500, message), CLOSE


def received(stream: Any, number: int) -> Received | None:
    """Return the next request of a connection; None at its end."""
    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    method, target, version = line.split(" ", 2)
    headers = []
    while field := stream.readline().decode("latin-1").strip():
        name, _, value = field.partition(":")
        headers.append((name, value.strip()))
    length = int({name.lower(): value for name, value in headers}.get("content-length", 0))
    return Received(method, target, version, headers, stream.read(length), number)
