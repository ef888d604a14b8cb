"""A receiver of the callbacks that a server sends while a job runs and when it has ended.

A callback only triggers a status request, because anybody may send one
(`/req/callback/job-callback`). Its body is read and dropped.
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
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from time import monotonic
from typing import Any, NoReturn

from ._http.urls import origin
from .models import Subscriber

__all__ = ["Receiver"]

logger: logging.Logger = logging.getLogger(__name__)

#: The longest body that is read, in bytes.
MAX_BODY = 64 * 1024
#: The timeout of one read, and of a whole request, in seconds.
TIMEOUT = 10.0
#: How many connections are served at a time; others wait.
MAX_CONNECTIONS = 64
#: The paths, before the token, of the three URIs of a subscriber.
PATHS = ("success", "progress", "failure")
#: Hosts that mean all addresses of a machine.
WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - they are refused


class Receiver:
    """Receives callbacks until ``close()``. A context manager.

    ``url`` is the URL that servers call, if that is not ``http://host:port``: behind a proxy, or if
    ``host`` means all addresses. Raises OSError if it cannot listen, and ValueError. In a forked
    child it is closed.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, url: str | None = None) -> None:
        if url is None and host in WILDCARDS:
            raise ValueError(f"url is where a server reaches it: {host!r} is every address")
        if url is not None and origin(url)[0] not in {"http", "https"}:
            raise ValueError(f"url is an http or https URL, not {url!r}")
        self._process = os.getpid()
        self._condition = threading.Condition()
        #: By the digest of a token, whether a callback has come since the last ``wait``.
        self._news: dict[bytes, bool] = {}
        #: The digests of tokens that callbacks came with.
        self._called: set[bytes] = set()
        self._listeners: list[Callable[[str], object]] = []
        self._is_closed = False
        self._server = _Server((host, port), self._receive)
        named = f"[{host}]" if ":" in host else host
        #: The URL that servers call, without a slash at the end.
        self.url: str = (url or f"http://{named}:{self._server.port}").rstrip("/")
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
        """Whether it receives nothing more."""
        return self._is_closed or os.getpid() != self._process

    def close(self) -> None:
        """Stop receiving, and end all waits."""
        with self._condition:
            was_closed, self._is_closed = self._is_closed, True
            self._condition.notify_all()
        if not was_closed:
            if os.getpid() == self._process:  # pragma: no branch - else in a forked child
                self._server.shutdown()
                self._thread.join()
            self._server.server_close()

    def subscriber(self) -> Subscriber:
        """Return a subscriber with URIs of this receiver that nobody can guess, for one request."""
        token = secrets.token_urlsafe(32)
        with self._condition:
            self._news[digest_of(token)] = False
        success, progress, failure = (f"{self.url}/{path}/{token}" for path in PATHS)
        return Subscriber(success, progress, failure)

    def token_of(self, subscriber: Subscriber | Mapping[str, Any] | None) -> str | None:
        """Return the token of a subscriber that this receiver made; None for others."""
        uri = subscriber.successUri if isinstance(subscriber, Subscriber) else None
        if not uri or not uri.startswith(f"{self.url}/{PATHS[0]}/"):
            return None
        token = uri.rpartition("/")[2]
        return token if digest_of(token) in self._news else None

    def forget(self, token: str) -> None:
        """Ignore further callbacks for a token, and end its waits."""
        with self._condition:
            self._news.pop(digest_of(token), None)
            self._called.discard(digest_of(token))
            self._condition.notify_all()

    def wait(self, token: str, seconds: float) -> bool:
        """Wait for a callback with this token; return True at once if one came since the last wait.

        Returns False when the time is over, when the token is forgotten and when this is closed.
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

    def has_called(self, token: str, seconds: float) -> bool:
        """Return whether a callback with this token has come, or comes within so many seconds.

        Return True, too, if none can come any more: the receiver is closed or has forgotten it.
        """
        key = digest_of(token)

        def is_settled() -> bool:
            return key in self._called or key not in self._news or self.is_closed

        with self._condition:
            return self._condition.wait_for(is_settled, seconds)

    def listen(self, called: Callable[[str], object]) -> Callable[[], None]:
        """Call a function with the token of each callback; return a function that ends that.

        It is called in a thread of the receiver.
        """
        self._listeners.append(called)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(called)

        return stop

    def _receive(self, path: str) -> bool:
        """Note a callback; return False if its path is not that of a subscriber."""
        kind, _, token = path.removeprefix("/").rpartition("/")
        # A proxy may put more path segments before it.
        if kind.rpartition("/")[2] not in PATHS:
            return False
        key = digest_of(token)
        with self._condition:
            if key not in self._news:
                return False
            self._news[key] = True
            self._called.add(key)
            self._condition.notify_all()
        for called in list(self._listeners):
            called(token)
        return True


def digest_of(token: str) -> bytes:
    """Return a token's digest: the time that a look-up takes then reveals nothing of the token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class _Server(socketserver.ThreadingTCPServer):
    """The HTTP server of a receiver."""

    daemon_threads = True
    allow_reuse_address: bool = os.name == "posix"
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], receive: Callable[[str], bool]) -> None:
        is_ipv6 = ":" in address[0]
        self.address_family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
        self.receive = receive
        self._room = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._open: set[Any] = set()
        super().__init__(address, _Handler)
        #: The port that it listens on.
        self.port: int = int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, when fewer than the maximum are open."""
        self._room.acquire()
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        self._open.discard(request)
        self._room.release()

    def server_close(self) -> None:
        """Close the server and all connections, and wait for their threads."""
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def handle_error(self, *_: object) -> None:
        """Log an error that ended a connection."""
        logger.debug("a connection ended: %r", sys.exc_info()[1])


class _Handler(BaseHTTPRequestHandler):
    """One connection, for one request."""

    server: _Server
    timeout = TIMEOUT
    server_version = "ogcproc"
    sys_version = ""

    def parse_request(self) -> bool:
        """Read a request's head, and close the connection after this request."""
        self.close_connection = True
        return super().parse_request()

    def do_POST(self) -> None:
        """Note a callback and answer it."""
        status = self._drop_body()
        # A callback counts even if its body is refused, such as results that are too long.
        known = self.server.receive(self.path.partition("?")[0])
        self._answer((status or HTTPStatus.ACCEPTED) if known else HTTPStatus.NOT_FOUND)

    def _drop_body(self) -> HTTPStatus | None:
        """Read the body and drop it; return the status of an error if it cannot be read."""
        if self.headers.get("transfer-encoding"):
            return HTTPStatus.LENGTH_REQUIRED
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal()):
            return HTTPStatus.BAD_REQUEST
        if len(text) > len(str(MAX_BODY)) or int(text) > MAX_BODY:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        left, end = int(text), monotonic() + TIMEOUT
        while left > 0 and monotonic() < end:
            block = self.rfile.read1(left)
            left -= len(block)
            if not block:
                break
        return HTTPStatus.REQUEST_TIMEOUT if left else None

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def send_error(self, code: int, *_: object) -> None:
        """Answer a request that cannot be read, or whose method is not served."""
        method = HTTPStatus.METHOD_NOT_ALLOWED
        self._answer(method if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code))

    def log_message(self, *_: object) -> None:
        """Log nothing: the path holds a secret."""
