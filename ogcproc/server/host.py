"""A small threaded HTTP server for one WSGI application."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from .connection import Connection
from .wsgi import Environ

Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Server:
    """A running server: a context manager that stops it, its jobs and its threads at the end.

    It listens as soon as it is made. Raises OSError where it cannot.
    """

    #: Number of seconds `close` waits for answers on their way.
    PATIENCE = 2.0

    def __init__(
        self, app: Application, host: str, port: int, on_close: Callable[[], None]
    ) -> None:
        self.app = app
        self.closing: bool = False
        self._on_close = on_close
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=128)
        #: The host and port it listens on.
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._wake, self._waker = socket.socketpair()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, name="ogc-server", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the URL of the landing page, without a slash at its end."""
        host, port = self.address
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not bound)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def __enter__(self) -> "Server":  # noqa: PYI034  (Self is 3.11, and needs a dependency before)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def serve_forever(self) -> None:
        """Return when another thread closes the server, or at Ctrl-C after closing it."""
        with contextlib.suppress(KeyboardInterrupt):
            self._closed.wait()
        self.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            self._listener.setblocking(False)
            while not self.closing:
                selector.select()
                # A caller may be gone again, or the process out of sockets for the moment.
                with contextlib.suppress(OSError):
                    connection, address = self._listener.accept()
                    connection.setblocking(True)
                    thread = threading.Thread(
                        target=self._serve, args=(connection, address), daemon=True
                    )
                    self._connections[thread] = connection
                    thread.start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        with connection:
            Connection(connection, address, self)  # type: ignore[arg-type]  # see Connection.server
        self._connections.pop(threading.current_thread(), None)

    def close(self) -> None:
        """Stop listening, stop the jobs, let answers on their way go out, and end the threads."""
        with self._lock:
            if self.closing:
                return
            self.closing = True
        self._waker.send(b"x")
        self._thread.join()
        for one in (self._listener, self._wake, self._waker):
            one.close()
        # Whoever waits for a job gets an answer now, and an idle caller reads the end.
        self._on_close()
        connections = list(self._connections.items())
        for _, connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        end = time.monotonic() + self.PATIENCE
        for thread, connection in connections:
            thread.join(max(0.0, end - time.monotonic()))
            connection.close()
        self._closed.set()
