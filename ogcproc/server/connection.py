"""One HTTP/1.1 connection: requests in, WSGI calls, answers out.

The standard library's WSGI server is HTTP/1.0, and hides the request target that ids with a slash
need; its request parser is used here, the rest is not.
"""

import contextlib
import io
import logging
import re
import socket
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote_to_bytes

from .body import Body
from .errors import Problem
from .wsgi import Environ, Headers, problem_response

if TYPE_CHECKING:
    from .host import Server

logger: logging.Logger = logging.getLogger(__name__)

_MAX_LINE = 65536


class Connection(BaseHTTPRequestHandler):
    """One connection: requests in, answers out, until either side has had enough."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    path: str
    close_connection: bool
    server: "Server"  # type: ignore[assignment]  # http.server expects its own kind

    #: Number of seconds a silent caller is kept.
    timeout: ClassVar[float | None] = 60

    #: Number of seconds a caller who is still sending may go on after the last answer.
    LINGER = 2.0

    def setup(self) -> None:
        """Prepare the connection."""
        super().setup()
        self._continue = False

    def handle_one_request(self) -> None:
        """Read a request and answer it; a caller that goes away is nothing to make noise about."""
        try:
            self.raw_requestline: bytes = self.rfile.readline(_MAX_LINE + 1)
            if len(self.raw_requestline) > _MAX_LINE:
                self.requestline = self.request_version = self.command = ""
                self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            elif not self.raw_requestline:
                self.close_connection = True
            elif self.parse_request():
                self._answer()
        except OSError as error:
            logger.debug("%s: %s", self.client_address, error)
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Return True; the caller is told to go on when the body is first read, if it ever is."""
        self._continue = True
        return True

    def _send_continue(self) -> None:
        if self._continue:
            self._continue = False
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self) -> None:
        try:
            body = Body(self.rfile, self._body_length(), self._send_continue)
        except Problem as problem:
            self._refuse(problem)
            return
        started: list[tuple[str, Headers]] = []

        def start_response(
            status: str, headers: Headers, exc_info: object = None
        ) -> Callable[[bytes], object]:
            del exc_info
            started.append((status, headers))
            return chunks.append

        chunks: list[bytes] = []
        chunks.extend(self.server.app(self._environ(body), start_response))
        # What of the body nobody read would be taken for the next request.
        self.close_connection |= not body.finished or self.server.closing
        status, headers = started[-1]
        self._send(status, headers, b"".join(chunks))
        self._continue = False

    def _body_length(self) -> int | None:
        """Return the body's length, None if it comes in chunks; raise where that is ambiguous."""
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings:
            if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                raise Problem("Transfer-Encoding is chunked, alone, or not there", 400)
            return None
        if len(set(lengths)) > 1 or not all(re.fullmatch("[0-9]{1,15}", one) for one in lengths):
            raise Problem("Content-Length is not one number", 400)
        return int(lengths[0]) if lengths else 0

    def _environ(self, body: Body) -> Environ:
        host, port = self.server.address
        path, _, query = self.path.partition("?")
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BufferedReader(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name in self.headers:
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_LENGTH", "CONTENT_TYPE"):
                key = "HTTP_" + key
            environ[key] = ", ".join(self.headers.get_all(name, []))
        return environ

    def _send(self, status: str, headers: Headers, body: bytes) -> None:
        """Write head and body in one piece."""
        self.close_connection |= self.request_version < "HTTP/1.1"
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}"]
        lines.extend(f"{name}: {value}" for name, value in headers)
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)
        logger.debug("%s %s: %s", self.command, self.path, status)

    def _refuse(self, problem: Problem) -> None:
        self.close_connection = True
        response = problem_response(problem, "/")

        def send(status: str, headers: Headers) -> None:
            self._send(status, headers, b"" if self.command == "HEAD" else response.body)

        response.send(send, head=False)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that cannot even be read, as a problem document like any other."""
        del explain
        self.path = getattr(self, "path", "")
        self._refuse(Problem(message or HTTPStatus(code).phrase, code))

    def finish(self) -> None:
        """Close in an order that lets a caller who is still sending read the answer."""
        with contextlib.suppress(OSError):
            super().finish()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.5)
            end = time.monotonic() + self.LINGER
            # Closed with bytes unread, TCP resets, and the answer is lost on its way.
            while self.connection.recv(65536) and time.monotonic() < end:
                pass
