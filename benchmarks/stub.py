"""A small HTTP server that makes its answers before the first request comes.

It runs in threads of the measuring process. The measured programs run in processes of their own.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["Stub", "serve"]


def _answer(status: str, body: bytes, media_type: str) -> bytes:
    # Servers behind a proxy send at least five headers, and reading them costs instructions.
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Date: Sun, 22 Nov 2026 20:23:06 GMT\r\n"
        "Server: stub\r\n"
        f"Content-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Vary: Origin\r\n"
        "\r\n"
    )
    return head.encode() + body


NOT_FOUND = _answer("404 Not Found", b'{"title":"Not Found"}', "application/problem+json")


class _Handler(socketserver.StreamRequestHandler):
    """Answers GET requests on one connection until the client closes it."""

    server: Stub
    # Send head and body in one packet: each further packet would cost the client a further read.
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.count(connections=1)
        while words := self.rfile.readline().split():
            while self.rfile.readline().strip():
                pass
            self.server.count(requests=1)
            self.wfile.write(self.server.answers.get(words[1].decode(), NOT_FOUND))


class Stub(socketserver.ThreadingTCPServer):
    """The server that `serve` starts. It counts its connections and requests."""

    daemon_threads = True

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self.answers = {
            path: _answer("200 OK", body, "application/json") for path, body in bodies.items()
        }
        self._connections = self._requests = 0
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """The URL to put before a path, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def count(self, *, connections: int = 0, requests: int = 0) -> None:
        """Add to the counts."""
        with self._lock:
            self._connections += connections
            self._requests += requests

    def take_counts(self) -> tuple[int, int]:
        """Return the numbers of connections and requests since the last call."""
        with self._lock:
            counts = self._connections, self._requests
            self._connections = self._requests = 0
        return counts


@contextmanager
def serve(bodies: Mapping[str, bytes]) -> Iterator[Stub]:
    """Serve JSON bodies, path by path, on a free port of 127.0.0.1."""
    with Stub(bodies) as stub:
        thread = threading.Thread(target=stub.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield stub
        finally:
            stub.shutdown()
            thread.join()
