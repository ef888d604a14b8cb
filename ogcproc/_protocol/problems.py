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
from typing import Any, TypeVar

from .. import errors
from .._http.answer import Answer
from .._http.headers import Headers, MediaType
from ..models import ApiError, JobInfo
from ..models.jobs import is_status_info
from ..models.names import relation

__all__ = [
    "checked",
    "error_of",
    "exists",
    "kind_by_type",
    "kind_of",
    "problem",
    "reason_in",
    "service_error",
]

A = TypeVar("A", bound=Answer)

#: The first status that is an error.
ERROR = 400
NOT_FOUND = 404

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


def checked(answer: A, missing: type[errors.ServiceError] = errors.ServiceError) -> A:
    """Return the answer; raises its ServiceError if it is an error, ``missing`` for a 404."""
    if answer.status >= ERROR:
        raise error_of(answer, missing)
    return answer


def exists(answer: Answer) -> bool:
    """Return whether the URL is right: the answer is no 404, or one of the standard's own."""
    return answer.status != NOT_FOUND or kind_of(answer) is not None


def kind_of(answer: Answer) -> type[errors.ServiceError] | None:
    """Return the error class that an answer names by the standard's own type, or None."""
    return kind_by_type(problem(answer.status, answer.headers, answer.body))


def error_of(
    answer: Answer,
    missing: type[errors.ServiceError],
    kind: type[errors.ServiceError] | None = None,
) -> errors.ServiceError:
    """Return the ServiceError of an error answer; see ``service_error``."""
    error = service_error(
        answer.status,
        answer.headers,
        answer.body,
        method=answer.method,
        url=answer.shown_url,
        missing=missing,
        kind=kind,
    )
    return answer.told_of(error)


def service_error(
    status: int,
    headers: Headers,
    body: bytes,
    *,
    method: str = "",
    url: str = "",
    missing: type[errors.ServiceError] = errors.ServiceError,
    kind: type[errors.ServiceError] | None = None,
) -> errors.ServiceError:
    """Return the error for an answer with an error status.

    Its class is chosen by the problem's type, then by the status; ``missing`` is the class for a
    404 that does not say what was not found. ``kind`` is the class where it is known.
    """
    found = problem(status, headers, body)
    kind = kind or kind_by_type(found)
    if kind is None:
        kind = missing if status in {404, 410} else BY_STATUS.get(status, errors.ServiceError)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = one_line(found.detail or found.title or "")
    if phrase and said.startswith(phrase):  # said already
        said = said[len(phrase) :].lstrip(" .:")
    line = f"{status} {phrase}".rstrip() + (f": {said}" if said else "")
    if url:
        line += f" ({method} {url})".replace("( ", "(")
    return kind(
        line,
        status=status,
        method=method,
        url=url,
        problem=found,
        body=body,
        headers=headers,
        job=job_within(body),
    )


def job_within(body: bytes) -> JobInfo | None:
    """Return the job whose statusInfo is the body of an error (weaver), or None."""
    try:
        data = json.loads(body)
        return JobInfo.from_dict(data) if is_status_info(data) else None
    except (ValueError, RecursionError, errors.DocumentError):
        return None


def kind_by_type(found: ApiError) -> type[errors.ServiceError] | None:
    """Return the class that a problem's type names; None where it names none of the standard's."""
    ending = relation((found.type or "").replace("#", "/"))
    return BY_TYPE.get(re.sub(r"[-_ ]", "", ending))


def problem(status: int, headers: Headers, body: bytes) -> ApiError:
    """Return what an error's body says, as a problem document; empty where it says nothing."""
    try:
        return from_json(status, json.loads(body))
    except (ValueError, RecursionError):
        return from_text(MediaType(headers.last("content-type")).decode(body) or "")


def from_json(status: int, data: Any) -> ApiError:
    """Return the problem that decoded JSON tells; raises RecursionError where it is very deep."""
    if isinstance(data, dict):
        data = unwrapped(data)
        found = ApiError.from_dict(data)
        if found.type is None:
            found.type = data["code"] if isinstance(data.get("code"), str) else None
        if found.status is None:
            found.status = status
        if found.detail is None:
            found.detail = next(filter(None, (told(data.get(key)) for key in TELLING)), None)
        return found
    return ApiError(detail=told(data), extra={"body": data})


def reason_in(found: ApiError) -> str | None:
    """Return why a job failed: what a problem says, and the end of its traceback (CDS)."""
    traceback = told(found.extra.get("traceback"))
    end = " ".join(traceback.split())[-LINE:] if traceback else None
    return "; ".join(filter(None, (found.detail, end))) or None


def unwrapped(data: dict[str, Any]) -> dict[str, Any]:
    """Return an error that pygeoapi wraps as the outputs of a process: ``{"outputs": [...]}``."""
    wrapped = data.get("outputs")
    if len(data) == 1 and isinstance(wrapped, list) and len(wrapped) == 1:
        return wrapped[0] if isinstance(wrapped[0], dict) else data
    return data


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
    code = EXCEPTION_CODE.search(text)
    report = [part.replace("]]>", "").strip() for part in EXCEPTION_TEXT.findall(text)]
    if code or report:
        return ApiError(type=code and code[1], detail=unescape(" ".join(report)) or None)
    if HTML.search(text):
        title = TITLE.search(text)
        detail = unescape(TAG.sub(" ", seen(text)))
        return ApiError(
            title=title and one_line(unescape(title[1])), detail=one_line(detail) or None
        )
    return ApiError(detail=text.strip() or None)


# No pattern runs past the next "<": time stays proportional to the text, whatever it holds.
EXCEPTION_CODE = re.compile(r"""exceptionCode\s*=\s*["']([^"'<]*)""")
EXCEPTION_TEXT = re.compile(r"<(?:\w+:)?ExceptionText[^<>]*>\s*(?:<!\[CDATA\[)?([^<]*)")
HTML = re.compile(r"<(!doctype html|html|head|body|title)\b", re.IGNORECASE)
TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
BORDER = re.compile(
    r"<(/?)(head|title|header|nav|footer|script|style|body|main)\b[^<>]*>", re.IGNORECASE
)


def seen(page: str) -> str:
    """Return what of a web page a reader came for, still with its tags.

    No head, script, style or comment; neither menus nor a footer.
    """
    first, *comments = page.split("<!--")
    page = first + " ".join(text.partition("-->")[2] for text in comments)
    first, *rest = BORDER.split(page)
    shown = [first]
    hidden = ""
    for slash, name, text in zip(rest[::3], map(str.lower, rest[1::3]), rest[2::3], strict=True):
        if name == "main" and not slash:
            shown.clear()
        if name in {hidden, "body", "main"}:
            hidden = ""
        elif not hidden and not slash:
            hidden = name
        if not hidden:
            shown.append(text)
    return " ".join(shown)


def one_line(text: str) -> str:
    """Return a text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 3]}..."
