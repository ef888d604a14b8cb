"""An answer, read as a whole or in parts, and what its head says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import DocumentError, OgcProcError
from ..models import Link
from ..models.names import relation
from ._urllib3 import urllib3
from .bodies import CHUNK, arriving, read_body
from .headers import Headers, links
from .request import Request, SentRequest
from .urls import join, last_segment, origin, path_of, without_secrets

__all__ = ["REDIRECTS", "Answer", "Stream"]

E = TypeVar("E", bound=OgcProcError)

#: Decodes a JSON text without guessing its encoding, as json.loads does.
DECODE = json.JSONDecoder().decode

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True, repr=False, eq=False)
class Answer:
    """An answer whose body has been read."""

    method: str
    #: The URL that answered, after redirects.
    url: str
    status: int
    fields: Mapping[str, str]
    body: bytes
    #: None if the answer was put together from something else.
    request: Request | None = None
    #: Whether redirects were followed to it.
    was_redirected: bool = False
    #: Whether the server may have carried out an earlier try whose answer was lost.
    was_repeated: bool = False

    @property
    def headers(self) -> Headers:
        return Headers(self.fields.items())

    @property
    def sent_request(self) -> SentRequest | None:
        return None if self.request is None else self.request.redacted()

    @property
    def is_redirect(self) -> bool:
        return self.status in REDIRECTS

    @property
    def shown_url(self) -> str:
        return without_secrets(self.url)

    @property
    def location(self) -> str | None:
        location = self.headers.last("location")
        try:
            return self.resolve(location) if location else None
        except DocumentError:  # the body beside it may say all that is needed
            return None

    @property
    def location_id(self) -> str | None:
        """A created job's id: the segment of ``Location`` after ``/jobs/``, or the last one."""
        location = self.location
        if location is None:
            return None
        found = re.search(r"^[^?#]*/jobs/[^/?#]+", location)
        return last_segment(found[0] if found else location)

    @property
    def monitored_id(self) -> str:
        """The id of the job that a synchronous execution left behind, or an empty text.

        By ``Link: rel=monitor`` (`/req/core/job-results-success-sync`), or by a Location of a job.
        """
        for link in links(self.headers):
            if relation(link.get("rel")) == "monitor":
                return last_segment(link["href"])
        location = self.location or ""
        return last_segment(location) if re.search(r"/jobs/[^/?#]+/?$", location) else ""

    def resolve(self, href: str) -> str:
        try:
            return join(self.url, href)
        except ValueError:
            shown = without_secrets(href)
            raise self.unreadable(f"expected a URL, got {shown!r}") from None

    def own_link(self, found: Sequence[Link], rel: str) -> str | None:
        """Return the URL of a link with this relation, on this origin; None without one.

        Relations are matched on their last part; templates and web pages are left out. If a server
        behind a proxy links to another origin, the path counts.
        """
        for link in found:
            if relation(link.rel) != rel or "{" in link.href or "html" in (link.type or ""):
                continue
            url = self.resolve(link.href).partition("?")[0].rstrip("/")
            if origin(url)[0] in {"http", "https"}:
                return join(self.url, path_of(url))
        return None

    def next_page(self, found: Sequence[Link]) -> str | None:
        """Return the URL of the next page, by the body's links or the Link fields.

        If a server behind a proxy links to another origin, the query counts, on this URL.
        """
        # Dewberry's process-api gives it a title, and no relation.
        hrefs = [link.href for link in found if relation(link.rel or link.title) == "next"]
        hrefs += [
            link["href"] for link in links(self.headers) if relation(link.get("rel")) == "next"
        ]
        if not hrefs:
            return None
        url = self.resolve(hrefs[0])
        if origin(url) == origin(self.url):
            return url
        return self.url.partition("?")[0] + "".join(url.partition("?")[1:])

    def json(self) -> Any:
        try:
            return DECODE(self.body.decode())
        except (ValueError, RecursionError):
            pass  # it may have another encoding, or a byte order mark
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.last("content-type") or "no Content-Type"
            reason = "nested too deep" if isinstance(error, RecursionError) else error
            message = f"expected JSON, got {len(self.body)} bytes ({kind}): {reason}"
            raise self.unreadable(message) from None

    def json_or_none(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def unreadable(self, message: str, *, path: str = "") -> DocumentError:
        return self.told_of(DocumentError(message, path=path, url=self.shown_url, body=self.body))

    def told_of(self, error: E) -> E:
        error.sent_request = self.sent_request
        if isinstance(error, DocumentError):
            error.status, error.headers = self.status, self.headers
        return error


class Stream(Answer):
    """An answer with its body still to be read; a context manager that closes the connection.

    Without urllib3's ``response`` the body was read already. ``guard`` turns its errors into ours.
    """

    def __init__(
        self,
        answer: Answer,
        response: urllib3.HTTPResponse | None = None,
        guard: Callable[[], AbstractContextManager[None]] = nullcontext,
        limit: int = 0,
    ) -> None:
        super().__init__(
            answer.method,
            answer.url,
            answer.status,
            answer.fields,
            answer.body,
            answer.request,
            answer.was_redirected,
        )
        self._response = response
        self._guard = guard
        self._limit = limit
        self._parts: Iterator[bytes] | None
        self._parts = arriving(response, self.url) if response else iter([answer.body])
        self._part = b""
        self._at = 0

    def __enter__(self) -> Stream:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def raw_length(self) -> int | None:
        """The ``Content-Length``: of the body as it is sent, in bytes."""
        text = self.headers.last("content-length")
        return int(text) if text.isascii() and text.isdecimal() else None

    def read(self, size: int = CHUNK) -> bytes:
        """Return the next bytes, decompressed, at most this many; none at the end.

        Raises TransportError if the body breaks off or cannot be decompressed, TransportTimeout
        after the time of a read, and then ValueError, as any closed file.
        """
        if self._parts is None:
            raise ValueError("the stream is closed")
        if self._at >= len(self._part):
            try:
                with self._guard():
                    self._part = next(self._parts, b"")
            except BaseException:
                self.close()
                raise
            self._at = 0
        part = self._part[self._at : self._at + size]
        self._at += len(part)
        return part

    def answer(self) -> Answer:
        """Return the answer with its body, none of which has been read.

        Raises TransportError and ResponseTooLarge.
        """
        if self._response is None:
            return self.read_as(self.body)
        with self._guard():
            return self.read_as(read_body(self._response, self.url, self._limit))

    def read_as(self, body: bytes) -> Answer:
        return Answer(
            self.method,
            self.url,
            self.status,
            self.fields,
            body,
            self.request,
            self.was_redirected,
        )

    def close(self) -> None:
        self._parts = None
        if self._response is not None:
            self._response.close()
            self._response.release_conn()
