"""From an error answer to the error to raise: (status, headers, body) -> ServiceError.

The standard asks for problem documents; servers send those, FastAPI's ``{"detail": [...]}``,
``{"code", "description"}``, ``{"message"}``, OWS exception reports, web pages and plain text. All
of them become an ``ApiError``, as far as they say something.
"""

from __future__ import annotations

import json
import re
from html import unescape
from http import HTTPStatus

from . import errors
from ._headers import Headers, MediaType
from .models import ApiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["problem", "service_error"]

#: Error classes by what the end of a problem type (or code) says, in lower case without hyphens:
#: ``.../no-such-process`` (the standard), ``NoSuchProcess`` (pygeoapi, OWS).
BY_TYPE = {
    "nosuchprocess": errors.NoSuchProcess,
    "nosuchjob": errors.NoSuchJob,
    "nosuchoutput": errors.NoSuchOutput,
    "resultnotready": errors.ResultNotReady,
    "resultsnotready": errors.ResultNotReady,
    "resultnotavailable": errors.ResultNotAvailable,
}

BY_STATUS = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    429: errors.RateLimited,
}

#: Members of an error document that say what happened, the most telling first.
TELLING = ("detail", "description", "message", "error", "title", "exception", "cause")

#: How long the line of an error may get, in characters.
LINE = 400


def service_error(
    status: int,
    headers: Headers,
    body: bytes,
    *,
    method: str = "",
    url: str = "",
    missing: type[errors.ServiceError] = errors.ServiceError,
) -> errors.ServiceError:
    """Return the error for an answer with an error status.

    Its class is chosen by the problem's type, then by the status; ``missing`` is the class for a
    404 that does not say what was not found.
    """
    found = problem(status, headers, body)
    kind = BY_TYPE.get(re.sub(r"[-_ ]", "", re.split(r"[/#]", found.type or "")[-1]).lower())
    if kind is None:
        kind = missing if status in {404, 410} else BY_STATUS.get(status, errors.ServiceError)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = found.detail or found.title
    line = f"{status} {phrase}".rstrip() + (f": {one_line(said)}" if said else "")
    if url:
        line += f" ({method} {url})".replace("( ", "(")
    return kind(
        line, status=status, method=method, url=url, problem=found, body=body, headers=headers
    )


def problem(status: int, headers: Headers, body: bytes) -> ApiError:
    """Return what an error's body says, as a problem document; empty where it says nothing."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return from_text(MediaType(headers.last("content-type")).decode(body) or "")
    if isinstance(data, dict):
        found = ApiError.from_dict(data)
        if found.type is None:
            found.type = data["code"] if isinstance(data.get("code"), str) else None
        if found.status is None:
            found.status = status
        if found.detail is None:
            found.detail = next(filter(None, (told(data.get(key)) for key in TELLING)), None)
        return found
    return ApiError(detail=told(data), extra={"body": data})


def told(value: Any) -> str | None:
    """Return what a member of an error document says, as text: lists and objects summed up."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(told, value))) or None
    if isinstance(value, dict):
        text = next(filter(None, (told(value.get(key)) for key in ("msg", *TELLING))), None)
        where = value.get("loc")
        if text and isinstance(where, list):  # FastAPI: which part of the request was wrong
            return f"{'.'.join(map(str, where))}: {text}"
        return text
    return None


def from_text(text: str) -> ApiError:
    """Return the problem that an OWS exception report, a web page or plain text tells."""
    code = re.search(r"""exceptionCode\s*=\s*["']([^"']*)""", text)
    report = re.findall(r"<(?:\w+:)?ExceptionText[^>]*>(.*?)</", text, re.DOTALL)
    if code or report:
        return ApiError(
            type=code and code[1], detail=unescape(" ".join(map(str.strip, report))) or None
        )
    if re.search(r"<(!doctype html|html|head|body|title)\b", text, re.IGNORECASE):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.DOTALL | re.IGNORECASE)
        body = re.sub(r"(?is)<(head|script|style)\b.*?</\1\s*>", " ", text)
        detail = unescape(re.sub(r"<[^>]*>", " ", body))
        return ApiError(
            title=title and one_line(unescape(title[1])), detail=one_line(detail) or None
        )
    return ApiError(detail=text.strip() or None)


def one_line(text: str) -> str:
    """Return a text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 3]}..."
