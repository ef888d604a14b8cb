"""A server of a large result that cuts every connection: ``large_server.py SIZE CUT KIND``.

It prints its port. The result has SIZE bytes, of which CUT come over one connection. KIND is
``raw``, ``json`` (a text, in quotes) or ``parts`` (two, the first of them large).
"""

from __future__ import annotations

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE, CUT, KIND = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
BLOCK = bytes(range(97, 122)) * 41943  # letters: a mebibyte but one byte, so that no block repeats
HEADS = {
    "raw": (b"", b"", "image/tiff"),
    "json": (b'"', b'"', "application/json"),
    "parts": (
        b"--b\r\nContent-ID: large\r\nContent-Type: image/tiff\r\n\r\n",
        b"\r\n--b\r\nContent-ID: small\r\nContent-Type: text/plain\r\n\r\nsmall\r\n--b--\r\n",
        "multipart/related; boundary=b",
    ),
}
BEFORE, AFTER, TYPE = HEADS[KIND]
TOTAL = len(BEFORE) + SIZE + len(AFTER)


def pieces(begin: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from one place of the body to another."""
    while begin < end:
        if begin < len(BEFORE):
            piece = BEFORE[begin:]
        elif begin < len(BEFORE) + SIZE:
            at = (begin - len(BEFORE)) % len(BLOCK)
            piece = BLOCK[at : at + min(len(BLOCK) - at, len(BEFORE) + SIZE - begin)]
        else:
            piece = AFTER[begin - len(BEFORE) - SIZE :]
        piece = piece[: end - begin]
        yield piece
        begin += len(piece)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/jobs/k/results"):
            self.tell(200, b"{}")
            return
        if not self.path.startswith("/jobs/j/results"):
            document = {"jobID": "j", "status": "successful", "id": "p", "version": "1"}
            self.tell(200, json.dumps(document).encode())
            return
        found = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(found[1]) if found else 0
        self.send_response(206 if found else 200)
        self.send_header("Content-Type", TYPE)
        self.send_header("ETag", '"it"')
        self.send_header("Content-Length", str(TOTAL - begin))
        if found:
            self.send_header("Content-Range", f"bytes {begin}-{TOTAL - 1}/{TOTAL}")
        self.end_headers()
        end = min(begin + CUT, TOTAL)
        for piece in pieces(begin, end):
            self.wfile.write(piece)
        self.close_connection = end < TOTAL

    def tell(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
