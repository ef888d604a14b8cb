"""One request and one answer, as WSGI (PEP 3333) carries them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, unquote_to_bytes

from .errors import Problem, bad_request
from .headers import essence, is_json

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]

#: How deep objects and arrays may stand in each other; json.loads itself fails somewhere near 1000.
MAX_DEPTH = 100

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


class Response:
    """A status, headers and a body; `Content-Length` is set from the body."""

    def __init__(self, body: bytes = b"", media_type: str | None = None, status: int = 200) -> None:
        self.status = status
        self.body = body
        self.headers: Headers = []
        if media_type is not None:
            self.headers.append(("Content-Type", media_type))

    def add(self, name: str, value: str) -> "Response":
        """Return the response with one more header."""
        self.headers.append((name, value))
        return self

    def send(self, start_response: StartResponse, *, head: bool) -> Iterable[bytes]:
        """Return the body for the WSGI server, none of it for HEAD."""
        headers = list(self.headers)
        if self.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(self.body))))
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", headers)
        return [] if head else [self.body]


def json_response(
    document: Any, status: int = 200, media_type: str = "application/json"
) -> Response:
    """Return a response with a JSON document."""
    return Response(json.dumps(document, allow_nan=False).encode(), media_type, status)


def problem_response(problem: Problem, instance: str) -> Response:
    """Return a response with a problem document (RFC 7807)."""
    response = json_response(problem.to_json(instance), problem.status, "application/problem+json")
    response.headers.extend(problem.headers)
    return response


class Request:
    """What the routes ask of a WSGI environ."""

    def __init__(self, environ: Environ, max_body: int) -> None:
        self._environ = environ
        self._max_body = max_body
        self.method: str = environ["REQUEST_METHOD"]
        self.raw_path: str
        self.query_string: str
        self.raw_path, self.query_string = _target(environ)

    @property
    def segments(self) -> list[str]:
        """Return the decoded segments of the path: an id may hold anything, a slash as %2F too."""
        raw = self.raw_path.removeprefix("/").removesuffix("/").encode("latin-1", "replace")
        try:
            return [unquote_to_bytes(part).decode() for part in raw.split(b"/")] if raw else []
        except UnicodeDecodeError:
            raise bad_request("the path is not percent-encoded UTF-8") from None

    @property
    def query(self) -> dict[str, list[str]]:
        """Return query parameter -> its values, in order."""
        return parse_qs(self.query_string, keep_blank_values=True)

    def header(self, name: str) -> str | None:
        """Return a header's value, None if it was not sent."""
        value = self._environ.get("HTTP_" + name.upper().replace("-", "_"))
        return None if value is None else str(value)

    @property
    def base(self) -> str:
        """Return the absolute URL of the landing page, without a slash at its end.

        It is what the caller called us; a proxy in front passes `Host` on, or links lead to us.
        """
        environ = self._environ
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        if not _HOST.fullmatch(host):
            raise bad_request("the Host header is not a host")
        script = quote(environ.get("SCRIPT_NAME", "").rstrip("/").encode("latin-1"))
        return f"{environ['wsgi.url_scheme']}://{host}{script}"

    def json(self) -> dict[str, Any]:
        """Return the body, a JSON object; raise a 4xx that says why it is none."""
        media_type = self._environ.get("CONTENT_TYPE") or "application/json"
        if not is_json(media_type):
            raise Problem(f"expected application/json, got {essence(media_type)}", 415)
        return parse_object(self._body())

    def _body(self) -> bytes:
        length = self._environ.get("CONTENT_LENGTH") or ""
        if length:
            size = int(length)
            self._refuse_beyond_limit(size)
        elif self._environ.get("wsgi.input_terminated"):
            size = self._max_body + 1
        elif self._environ.get("HTTP_TRANSFER_ENCODING"):
            raise Problem("this server needs a Content-Length", 411)
        else:
            return b""
        try:
            body: bytes = self._environ["wsgi.input"].read(size)
        except (OSError, ValueError) as error:
            raise bad_request(f"the body could not be read: {error}") from None
        self._refuse_beyond_limit(len(body))
        return body

    def _refuse_beyond_limit(self, size: int) -> None:
        if size > self._max_body:
            raise Problem(f"a body may have {self._max_body} bytes", 413)


def _target(environ: Environ) -> tuple[str, str]:
    """Return the path below the landing page, still percent-encoded, and the query string.

    WSGI decodes the path, and an id with a slash is lost; servers give the raw target beside it.
    """
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    query = str(environ.get("QUERY_STRING", ""))
    if not raw:
        return quote(environ.get("PATH_INFO", "").encode("latin-1")), query
    # A target may be a whole URL (RFC 7230, 5.3.2), and then it starts with no slash.
    path = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*", "", raw).split("?", 1)[0]
    script = environ.get("SCRIPT_NAME", "")
    for prefix in (script, quote(script.encode("latin-1"))):
        if prefix and path.startswith(prefix):
            return path[len(prefix) :], query
    return path, query


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body; raise a 400 that says what is wrong with it."""
    try:
        document = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise bad_request("the body is JSON, but not an object")
    if _is_deeper(document, MAX_DEPTH):
        raise _too_deep()
    return document


def _too_deep() -> Problem:
    return bad_request(f"the body nests deeper than {MAX_DEPTH} levels")


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large a number")
    return number


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            item
            for outer in layer
            for item in (outer.values() if isinstance(outer, Mapping) else outer)
            if isinstance(item, dict | list)
        ]
        if not layer:
            return False
    return True
