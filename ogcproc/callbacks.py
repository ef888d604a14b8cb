"""A receiver of the callbacks that a server sends when a job is under way, or has ended.

What comes is taken for nothing but a sign to look again (`/req/callback/job-callback`): anybody
may have sent it. Bodies are read to be done with, and thrown away.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from time import monotonic

from ._http.urls import origin
from .models import Subscriber

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

__all__ = ["Receiver"]

logger = logging.getLogger(__name__)

#: The longest body that is read, in bytes.
BODY = 64 * 1024
#: How long one read may take, and a whole request, in seconds.
PATIENCE = 10.0
#: How many connections are served at a time; others wait.
CONNECTIONS = 64
#: The paths, before the token, of the three URIs of a subscriber.
PATHS = ("success", "progress", "failure")
#: Hosts that stand for all addresses of a machine.
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - they are refused


class Receiver:
    """Receives callbacks from its making to its ``close``. A context manager.

    ``url`` is where a server reaches it, where that is not ``http://host:port``: behind a proxy, or
    where ``host`` stands for all addresses. Raises OSError where it cannot listen, and ValueError.
    In a forked child it is closed.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, url: str | None = None) -> None:
        if url is None and host in WILDCARDS:
            raise ValueError(f"url is where a server reaches it: {host!r} is every address")
        if url is not None and origin(url)[0] not in {"http", "https"}:
            raise ValueError(f"url is an http or https URL, not {url!r}")
        self._process = os.getpid()
        self._condition = threading.Condition()
        #: By the digest of a token, whether there is news since the last look.
        self._news: dict[bytes, bool] = {}
        self._listeners: list[Callable[[str], object]] = []
        self._is_closed = False
        self._server = Server((host, port), self._receive)
        named = f"[{host}]" if ":" in host else host
        #: The URL under which it is reached, without a slash at the end.
        self.url = (url or f"http://{named}:{self._server.port}").rstrip("/")
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="ogcproc-callbacks", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Receiver:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Receiver at {self.url}{', closed' if self.is_closed else ''}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a receiver of callbacks listens in this process: it cannot be pickled")

    @property
    def is_closed(self) -> bool:
        """Whether it receives no more."""
        return self._is_closed or os.getpid() != self._process

    def close(self) -> None:
        """Receive no more, and wake all who wait."""
        with self._condition:
            was_closed, self._is_closed = self._is_closed, True
            self._condition.notify_all()
        if not was_closed:
            if os.getpid() == self._process:  # pragma: no branch - else in a forked child
                self._server.shutdown()
                self._thread.join()
            self._server.server_close()

    def subscriber(self) -> Subscriber:
        """Return a subscriber with URIs of this receiver that nobody else can guess."""
        token = secrets.token_urlsafe(32)
        with self._condition:
            self._news[digest_of(token)] = False
        success, progress, failure = (f"{self.url}/{path}/{token}" for path in PATHS)
        return Subscriber(success, progress, failure)

    def token_of(self, subscriber: Subscriber | Mapping[str, Any] | None) -> str | None:
        """Return the token of a subscriber of this receiver; None of others."""
        uri = subscriber.successUri if isinstance(subscriber, Subscriber) else None
        if not uri or not uri.startswith(f"{self.url}/{PATHS[0]}/"):
            return None
        token = uri.rpartition("/")[2]
        return token if digest_of(token) in self._news else None

    def forget(self, token: str) -> None:
        """Receive nothing for a token any more."""
        with self._condition:
            self._news.pop(digest_of(token), None)
            self._condition.notify_all()

    def wait(self, token: str, seconds: float) -> bool:
        """Return whether there is news for a token since the last look, as soon as there is.

        That is false after so many seconds, and where it is closed or the token forgotten.
        """
        key = digest_of(token)
        end = monotonic() + seconds
        with self._condition:
            while not self.is_closed and key in self._news:
                if self._news[key]:
                    self._news[key] = False
                    return True
                left = end - monotonic()
                if left <= 0:
                    break
                self._condition.wait(left)
        return False

    def listen(self, called: Callable[[str], object]) -> Callable[[], None]:
        """Have a function called with the token of each callback; return what ends that.

        It is called in a thread of the receiver's.
        """
        self._listeners.append(called)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(called)

        return stop

    def _receive(self, path: str) -> bool:
        """Take note of a callback; return whether there is anybody whom it is for."""
        kind, _, token = path.removeprefix("/").rpartition("/")
        # Behind a proxy, there may be more before it.
        if kind.rpartition("/")[2] not in PATHS:
            return False
        key = digest_of(token)
        with self._condition:
            if key not in self._news:
                return False
            self._news[key] = True
            self._condition.notify_all()
        for called in list(self._listeners):
            called(token)
        return True


def digest_of(token: str) -> bytes:
    """Return what a token is known by: how long looking it up takes tells nothing of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class Server(socketserver.ThreadingTCPServer):
    """The HTTP server of a receiver."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receive: Callable[[str], bool]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.receive = receive
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._open: set[Any] = set()
        super().__init__(address, Handler)
        #: The port that it listens on.
        self.port: int = int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, once there is room for it."""
        self._room.acquire()
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has been served."""
        super().shutdown_request(request)
        self._open.discard(request)
        self._room.release()

    def server_close(self) -> None:
        """Close all connections, and wait for their threads."""
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, *_: object) -> None:
        """Take note of an error that ended a connection."""
        logger.debug("a connection ended: %r", sys.exc_info()[1])


class Handler(BaseHTTPRequestHandler):
    """One connection, for one request."""

    server: Server
    timeout = PATIENCE
    server_version = "ogcproc"
    sys_version = ""

    def parse_request(self) -> bool:
        """Read a request's head; a server of callbacks has no more than one to say."""
        self.close_connection = True
        return super().parse_request()

    def do_POST(self) -> None:
        """Answer a callback."""
        status = self._read_all()
        # Results that are too long to be read are news all the same.
        known = self.server.receive(self.path.partition("?")[0])
        self._say((status or HTTPStatus.ACCEPTED) if known else HTTPStatus.NOT_FOUND)

    def _read_all(self) -> HTTPStatus | None:
        """Read what was sent, and forget it; return what to say where that cannot be done."""
        if self.headers.get("transfer-encoding"):
            return HTTPStatus.LENGTH_REQUIRED
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal()):
            return HTTPStatus.BAD_REQUEST
        if len(text) > len(str(BODY)) or int(text) > BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        left, end = int(text), monotonic() + PATIENCE
        while left > 0 and monotonic() < end:
            block = self.rfile.read1(left)
            left -= len(block)
            if not block:
                break
        return HTTPStatus.REQUEST_TIMEOUT if left else None

    def _say(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def send_error(self, code: int, *_: object) -> None:
        """Answer what is no request, or none that is served."""
        method = HTTPStatus.METHOD_NOT_ALLOWED
        self._say(method if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code))

    def log_message(self, *_: object) -> None:
        """Say nothing: the path is a secret."""
