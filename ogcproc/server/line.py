"""Notes from functions in other processes of this machine, over a local socket.

An executor of processes pickles the job it runs. The first time that happens a listener starts;
each job then calls it when it first has something to say. Where no line can be had, as on another
machine, reports are lost and a job never looks dismissed. A line that was there and breaks means
that the service is gone, and nobody wants the results.
"""

import contextlib
import os
import threading
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, Pipe, wait
from typing import Any

from .context import Line


class RemoteLine:
    """A line that calls home from another process."""

    def __init__(self, address: Any, key: bytes) -> None:
        self._address = address
        self._key = key
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle needs: where to call, and the key."""
        return RemoteLine, (self._address, self._key)

    def tell(self, job_id: str, note: dict[str, Any]) -> bool:
        """Pass on a note; return whether to stop."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = Client(self._address, authkey=self._key)
                self._connection.send((job_id, note))
                return bool(self._connection.recv())
            except (OSError, EOFError):
                return self._connection is not None

    def remote(self) -> "RemoteLine":
        """Return the line itself: it leads to the service from anywhere on the machine."""
        return self

    def hang_up(self) -> None:
        """Close the connection, if there ever was one."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class Exchange:
    """Answers remote lines on behalf of a local one."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._key = os.urandom(32)
        self._listener = Listener(authkey=self._key, backlog=64)
        self._closed = False
        # Closing one end makes the other readable for every thread at once.
        self._end, self._ender = Pipe(duplex=False)
        self._threads: set[threading.Thread] = set()
        self._thread = threading.Thread(target=self._accept, name="ogc-job-line", daemon=True)
        self._thread.start()

    def line(self) -> RemoteLine:
        """Return a line that calls here."""
        return RemoteLine(self._listener.address, self._key)

    def _accept(self) -> None:
        while not self._closed:
            # A caller without the key, or one that gives up half-way, concerns nobody else.
            with contextlib.suppress(OSError, EOFError, AuthenticationError):
                connection = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.add(thread)
                thread.start()

    def _serve(self, connection: Connection) -> None:
        with contextlib.suppress(OSError, EOFError), connection:
            while self._end not in wait([connection, self._end]):
                job_id, note = connection.recv()
                connection.send(self._line.tell(job_id, note))
        self._threads.discard(threading.current_thread())

    def close(self) -> None:
        """Stop listening and hang up on everybody."""
        self._closed = True
        with contextlib.suppress(OSError, EOFError):
            # accept() does not notice that its socket was closed; a last call wakes it.
            # It shows no key: the thread may have gone, and then nobody answers a challenge.
            Client(self._listener.address).close()
        self._thread.join()
        self._listener.close()
        self._ender.close()
        for thread in list(self._threads):  # pragma: no cover - most have ended by now, or all
            thread.join()
        self._end.close()
