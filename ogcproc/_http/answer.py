"""An answer: what its head says, and its body, read as a whole or in parts."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from http.client import IncompleteRead
from typing import Any, TypeVar

from ..errors import DocumentError, OgcProcError, ResponseTooLarge
from ..models import Link
from ..models.names import relation
from ._urllib3 import urllib3
from .headers import Headers, MediaType, links
from .request import Request, SentRequest
from .urls import join, last_segment, origin, path_of, without_secrets

__all__ = ["CHUNK", "IS_IT_ONE", "PAGES", "REDIRECTS", "Answer", "Stream", "is_page", "read_body"]

E = TypeVar("E", bound=OgcProcError)

#: Decodes a JSON text without guessing its encoding, as json.loads does.
DECODE = json.JSONDecoder().decode

#: The end of a message about an answer that no server of the standard sends.
IS_IT_ONE = "is this an OGC API - Processes server?"
#: The media types of web pages.
PAGES = frozenset({"text/html", "application/xhtml+xml"})
#: A web page without a media type.
PAGE = rb"(?i)<(!doctype\s+html|html)\b"

REDIRECTS = frozenset({301, 302, 303, 307, 308})
ERROR = 400
#: How much of an error's body is read, in bytes.
ERROR_BODY = 64 * 1024
#: How much of a body is read at a time, in bytes.
CHUNK = 1024 * 1024
#: The same for a body as it comes: sockets give no more at once.
ARRIVING = 256 * 1024
#: The same for a compressed body, which may become a thousand times as long.
PACKED_CHUNK = 64 * 1024
#: The windows by which zlib undoes codings (RFC 9110, 8.4.1).
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(slots=True, repr=False, eq=False)
class Answer:
    """An answer whose body has been read.

    ``Client.request`` returns it: see ``status``, ``headers``, ``body``, ``url`` and ``json()``.
    """

    method: str
    #: The URL that answered, after redirects.
    url: str
    status: int
    fields: Mapping[str, str]
    #: The body, decompressed.
    body: bytes
    #: The request that it answers; None if that is not known.
    request: Request | None = None
    was_redirected: bool = False
    #: Whether the server may have carried out an earlier try whose answer was lost.
    was_repeated: bool = False

    @property
    def headers(self) -> Headers:
        """The header fields, doubled ones kept."""
        return Headers(self.fields.items())

    @property
    def media_type(self) -> MediaType:
        return MediaType(self.headers.last("content-type"))

    @property
    def sent_request(self) -> SentRequest | None:
        """The request that was answered, without its secrets."""
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
        """Return the body decoded; raises DocumentError if it is not JSON."""
        try:
            return DECODE(self.body.decode())
        except (ValueError, RecursionError):
            pass  # it may have another encoding, or a byte order mark
        try:
            return self.media_type.json(self.body)
        except ValueError as error:
            if is_page(self.headers, self.body):
                raise self.unreadable(f"expected JSON, got a web page: {IS_IT_ONE}") from None
            kind = self.headers.last("content-type") or "no Content-Type"
            message = f"expected JSON, got {len(self.body)} bytes ({kind}): {error}"
            raise self.unreadable(message) from None

    def json_or_none(self) -> Any:
        try:
            return self.media_type.json(self.body)
        except ValueError:
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
        #: The link that led here, which may state the size and the digest of the body.
        self.link: Link | None = None

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

        Raises TransportError if the body breaks off or cannot be decompressed, and then ValueError,
        as any closed file.
        """
        self._fill()
        part = self._part[self._at : self._at + size]
        self._at += len(part)
        return part

    def peek(self) -> bytes:
        """Return up to 64 KiB of what ``read`` returns next, at least a byte; none at the end."""
        self._fill()
        return self._part[self._at : self._at + PACKED_CHUNK]

    def _fill(self) -> None:
        """Take the next part that is not empty; decompression may yield empty ones."""
        if self._parts is None:
            raise ValueError("the stream is closed")
        if self._at < len(self._part):
            return
        try:
            with self._guard():
                self._part = next(filter(None, self._parts), b"")
        except BaseException:
            self.close()
            raise
        self._at = 0

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


def is_page(headers: Headers, start: bytes) -> bool:
    """Return whether a body that starts so is a web page.

    A text that is merely labelled HTML is none: weaver's framework labels any answer so.
    """
    if not is_markup(start):
        return False
    essence = MediaType(headers.last("content-type")).essence
    return essence in PAGES or (not essence and re.match(PAGE, without_blanks(start)) is not None)


def is_markup(start: bytes) -> bool:
    return without_blanks(start).startswith(b"<")


def without_blanks(start: bytes) -> bytes:
    return start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")


# --- bodies ---------------------------------------------------------------------------------


def read_body(response: urllib3.HTTPResponse, url: str, limit: int) -> bytes:
    """Return the body of urllib3's response, decompressed, and give the connection back.

    Raises ResponseTooLarge, and ValueError if it cannot be decompressed; an error's body is cut off
    there instead.
    """
    is_error = response.status >= ERROR
    limit = ERROR_BODY if is_error else limit
    length = response.length_remaining
    # http.client may see chunks where urllib3 sees none: then urllib3's length means nothing.
    if (
        length is not None
        and length <= limit
        and not response._fp.chunked  # type: ignore[union-attr] # it is there until all is read
        and "content-encoding" not in response.headers
    ):
        body: bytes = response.read()
        return body
    parts = []
    size = 0
    try:
        for part in parts_of(response, url, limit + 1):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise too_large(f"more than {limit} bytes", url, limit)
    except (ResponseTooLarge, ValueError):
        response.close()
        if not is_error:
            raise
    return b"".join(parts)[:limit]


def arriving(response: urllib3.HTTPResponse, url: str) -> Iterator[bytes]:
    """Yield the body of urllib3's response as it comes, in parts of at most a megabyte.

    urllib3's own reads wait for all that they were asked for, and lose it if the connection breaks.
    """
    if coding_of(response) not in {"", "identity"}:
        yield from parts_of(response, url)
        return
    source: Any = response._fp
    left = source.length
    while left is None or left > 0:
        # Before Python 3.11.8, read1 does not reduce the length.
        part = source.read1(ARRIVING if left is None else min(ARRIVING, left))
        if not part:
            break
        left = None if left is None else left - len(part)
        yield part
    if left:
        raise IncompleteRead(b"", left)
    if left == 0:
        source.length = 0
        source.read()  # tells http.client that this was the end
    response.release_conn()


def parts_of(response: urllib3.HTTPResponse, url: str, most: int = CHUNK) -> Iterator[bytes]:
    """Yield the body of urllib3's response, decompressed, in parts of at most a megabyte.

    Some versions of urllib3 decompress all they have read, however much that becomes, and none
    notices a missing end. So zlib's codings are undone here. Raises ValueError, and
    ResponseTooLarge for several codings, which only bombs have.
    """
    coding = coding_of(response)
    step = min(CHUNK, most)
    if coding in WINDOWS:
        return inflated(response.stream(PACKED_CHUNK, decode_content=False), coding, step)
    if "," in coding:
        raise too_large(f"a body compressed more than once ({coding})", url, most)
    stream: Iterator[bytes] = response.stream(
        min(step, PACKED_CHUNK) if coding else step, decode_content=True
    )
    return stream


def inflated(raw: Iterator[bytes], coding: str, step: int) -> Iterator[bytes]:
    window = WINDOWS[coding]
    inflate = zlib.decompressobj(window)
    is_begun = False
    for block in raw:
        data = block
        is_full = False
        while data or is_full:
            if inflate.eof:  # gzip may hold several members, one after the other, then zeros
                data = data.lstrip(b"\0")
                if not data:
                    break
                inflate = zlib.decompressobj(window)
            try:
                part = inflate.decompress(data, step)
            except zlib.error as error:
                if coding != "deflate" or is_begun:
                    raise ValueError(f"a body that is not {coding}: {error}") from None
                inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send it without a head
                is_begun = True
                continue
            is_begun = True
            is_full = len(part) == step and not inflate.eof
            data = inflate.unused_data or inflate.unconsumed_tail
            yield part
    if is_begun and not inflate.eof:
        raise ValueError(f"the body ends within its {coding}")


def coding_of(response: urllib3.HTTPResponse) -> str:
    coding: str = response.headers.get("content-encoding", "")
    return coding.strip().lower()


def too_large(what: str, url: str, limit: int) -> ResponseTooLarge:
    shown = without_secrets(url)
    return ResponseTooLarge(f"{what} in {shown}", url=shown, limit=limit)
