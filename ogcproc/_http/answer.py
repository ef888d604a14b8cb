"""An answer whose body has been read, and what its head says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from ..errors import DocumentError, OgcProcError
from ..models import Link
from ..models.names import relation
from .curl import SentRequest
from .headers import Headers, links
from .request import Request
from .urls import join, last_segment, origin, path_of, without_secrets

__all__ = ["REDIRECTS", "Answer"]

E = TypeVar("E", bound=OgcProcError)

#: Decodes JSON, without what json.loads looks at before.
DECODE = json.JSONDecoder().decode

REDIRECTS = frozenset({301, 302, 303, 307, 308})

#: A job's URL, as far as its id.
JOB_IN = r"^[^?#]*/jobs/[^/?#]+"

#: A job's URL, as a Location beside the results names it.
JOB_URL = r"/jobs/[^/?#]+/?$"


class Answer:
    """An answer whose body has been read."""

    __slots__ = (
        "_fields",
        "body",
        "method",
        "request",
        "status",
        "url",
        "was_redirected",
        "was_repeated",
    )

    def __init__(
        self,
        method: str,
        url: str,
        status: int,
        fields: Mapping[str, str],
        body: bytes,
        request: Request | None = None,
    ) -> None:
        #: The request that was answered, without its body if that is long; None if the answer was
        #: put together from something else.
        self.request: Request | None = request
        self.method: str = method
        #: The URL that answered, after redirects.
        self.url: str = url
        self.status: int = status
        self._fields = fields
        self.body: bytes = body
        #: Whether redirects were followed to it.
        self.was_redirected: bool = False
        #: Whether the server may have carried out an earlier try whose answer was lost.
        self.was_repeated: bool = False

    @property
    def headers(self) -> Headers:
        """The header fields, doubled ones kept."""
        return Headers(self._fields.items())

    @property
    def sent_request(self) -> SentRequest | None:
        """The request that was answered, without its secrets."""
        return None if self.request is None else self.request.redacted()

    @property
    def is_redirect(self) -> bool:
        """Whether the answer points elsewhere."""
        return self.status in REDIRECTS

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return without_secrets(self.url)

    @property
    def location(self) -> str | None:
        """The URL that ``Location`` names, resolved against the request's; None without one."""
        location = self.headers.last("location")
        try:
            return self.resolve(location) if location else None
        except DocumentError:  # no URL, beside a body that may say all there is to know
            return None

    @property
    def location_id(self) -> str | None:
        """A created job's id: the segment of ``Location`` after ``/jobs/``, or the last one."""
        location = self.location
        if location is None:
            return None
        found = re.search(JOB_IN, location)
        return last_segment(found[0] if found else location)

    @property
    def monitored_id(self) -> str:
        """The id of the job that a synchronous execution left behind; empty where none is told.

        By ``Link: rel=monitor`` (`/req/core/job-results-success-sync`), or by a Location of a job.
        """
        for link in links(self.headers):
            if relation(link.get("rel")) == "monitor":
                return last_segment(link["href"])
        location = self.location or ""
        return last_segment(location) if re.search(JOB_URL, location) else ""

    def resolve(self, href: str) -> str:
        """Return the URL that a link in this answer leads to; raises DocumentError for none."""
        try:
            return join(self.url, href)
        except ValueError:
            shown = without_secrets(href)
            raise self.unreadable(f"expected a URL, got {shown!r}") from None

    def own_link(self, found: Sequence[Link], rel: str) -> str | None:
        """Return where a link of this relation leads, on this origin; None where there is none.

        Relations are matched on their last part; templates and web pages are left alone. Of a
        server that names itself otherwise than it was called (behind a proxy) the path counts.
        """
        for link in found:
            if relation(link.rel) != rel or "{" in link.href or "html" in (link.type or ""):
                continue
            url = self.resolve(link.href).partition("?")[0].rstrip("/")
            if origin(url)[0] in {"http", "https"}:
                return join(self.url, path_of(url))
        return None

    def next_page(self, found: Sequence[Link]) -> str | None:
        """Return where the next page is, by the body's links or the Link fields, on this origin.

        A server behind a proxy names itself as it knows itself: then the link's query counts, on
        the URL that was called.
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
        """Return the body decoded; raises DocumentError where it is not JSON."""
        try:
            return DECODE(self.body.decode())
        except (ValueError, RecursionError):
            pass  # it may be in another encoding, or bear a mark of it
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            kind = self.headers.last("content-type") or "no Content-Type"
            reason = "nested too deep" if isinstance(error, RecursionError) else error
            message = f"expected JSON, got {len(self.body)} bytes ({kind}): {reason}"
            raise self.unreadable(message) from None

    def unreadable(self, message: str, *, path: str = "") -> DocumentError:
        """Return the error for what cannot be read in this answer, with the evidence."""
        return self.told_of(DocumentError(message, path=path, url=self.shown_url, body=self.body))

    def told_of(self, error: E) -> E:
        """Return an error that is about this answer, which it did not know."""
        error.sent_request = self.sent_request
        if isinstance(error, DocumentError):
            error.status, error.headers = self.status, self.headers
        return error

    def json_or_none(self) -> Any:
        """Return the body decoded, whatever its media type is said to be; None if it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None
