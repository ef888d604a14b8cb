"""Raw HTTP for the server's tests: http.client and literal JSON, nothing of the package."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

EXC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
ASYNC = {"Prefer": "respond-async"}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def parts(self) -> list[Message]:
        """The parts of a multipart body, read by the standard library."""
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser().parsebytes(head + self.body)
        parts = message.get_payload()
        assert isinstance(parts, list)
        return parts  # type: ignore[return-value]  # a multipart message holds messages


class Caller:
    """Calls one server over one kept-alive connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.connection = http.client.HTTPConnection(*address, timeout=10)

    def __enter__(self) -> Caller:  # noqa: PYI034  (Self is not in typing before 3.11)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        default = {} if content is None else {"Content-Type": "application/json"}
        self.connection.request(method, path, content, {**default, **(headers or {})})
        response = self.connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, None, headers)

    def execute(
        self, process_id: str, body: Any, headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.request("POST", f"/processes/{process_id}/execution", body, headers)

    def start(self, process_id: str, body: Any) -> str:
        """Return the id of a job that runs, or has run, in the background."""
        answer = self.execute(process_id, body, ASYNC)
        assert answer.status == 201, answer.body
        return str(answer.json["jobID"])

    def wait(self, job_id: str, *statuses: str) -> Any:
        """Return the status of a job once it is one of these, by default one of the ends."""
        wanted = statuses or ("successful", "failed", "dismissed")
        end = time.monotonic() + 10
        info = self.get(f"/jobs/{job_id}").json
        while info["status"] not in wanted:
            assert time.monotonic() < end, f"{job_id} is still {info['status']}"
            time.sleep(0.002)
            info = self.get(f"/jobs/{job_id}").json
        return info
