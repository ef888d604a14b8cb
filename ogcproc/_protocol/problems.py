"""From an error answer to the error to raise: (status, headers, body) -> ServiceError.

The standard asks for problem documents; servers send those, FastAPI's ``{"detail": [...]}``,
``{"code", "description"}``, ``{"message"}``, OWS exception reports, web pages and plain text. All
of them become an ``ApiError``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from html import unescape
from http import HTTPStatus
from typing import Any, TypeVar

from .. import errors
from .._http.answer import IS_IT_ONE, Answer, is_markup, is_page
from .._http.headers import Headers, MediaType
from ..models import ApiError, JobInfo
from ..models.jobs import is_status_info
from ..models.names import relation
from .pages import TITLE, signs_in, title_in
from .results import Known, raw_value

__all__ = [
    "check_page",
    "checked",
    "error_of",
    "exists",
    "is_problem",
    "kind_by_type",
    "kind_of",
    "page_refused",
    "problem",
    "reason_in",
]

A = TypeVar("A", bound=Answer)

#: The first status that is an error.
ERROR = 400
NOT_FOUND = 404

#: Error classes by the end of a problem's type (or code), in lower case without hyphens:
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
#: ``error_description`` is Keycloak's, ``error_message`` urban-model-platform's, ``error_msg``
#: APISIX's.
TELLING = (
    *("detail", "description", "message", "error_description", "error_message", "error_msg"),
    *("errors", "error", "title", "exception", "cause"),
)

#: How long an error's line may be, in characters.
LINE = 400


def checked(answer: A, missing: type[errors.ServiceError] = errors.ServiceError) -> A:
    """Return the answer; raises its ServiceError if it is an error, ``missing`` for a 404.

    A sign-in page is an error, too, whatever its status.
    """
    if answer.status >= ERROR:
        raise error_of(answer, missing)
    check_page(answer, lambda: True)
    return answer


def check_page(answer: Answer, is_result: Callable[[], bool]) -> None:
    """Raise the error for an answer that is a page and no result."""
    refused = page_refused(answer, answer.body, is_result)
    if refused is not None:
        raise refused


def page_refused(
    answer: Answer, start: bytes, is_result: Callable[[], bool]
) -> errors.OgcProcError | None:
    """Return the error for a page that is no result; None for a result.

    ``start`` is the body, or the start of one that is still to be read.
    """
    if not (is_markup(start) and is_page(answer.headers, start)):
        return None
    if not signs_in(answer, start):
        what = f"expected results, got a web page{title_in(start)}: {IS_IT_ONE}"
        return None if is_result() else answer.unreadable(what)
    error = error_of(answer, kind=errors.Unauthorized)
    what = f"got a sign-in page{title_in(start)} instead of an answer: pass auth="
    error.args = (f"{what} ({answer.method} {answer.shown_url})",)
    return error


def exists(answer: Answer) -> bool:
    """Return whether the URL is right: a 404 with one of the standard's types proves it, too."""
    return answer.status != NOT_FOUND or kind_of(answer) is not None


def kind_of(answer: Answer) -> type[errors.ServiceError] | None:
    return kind_by_type(problem(answer.status, answer.headers, answer.body))


def kind_by_type(found: ApiError) -> type[errors.ServiceError] | None:
    return BY_TYPE.get(ending(found.type))


def error_of(
    answer: Answer,
    missing: type[errors.ServiceError] = errors.ServiceError,
    kind: type[errors.ServiceError] | None = None,
) -> errors.ServiceError:
    """Return the error for an answer with an error status.

    Its class is ``kind`` if that is given. Otherwise the problem's type decides, then the status;
    ``missing`` is the class for a 404 that does not say which thing is missing.
    """
    status, body = answer.status, answer.body
    found = problem(status, answer.headers, body)
    kind = kind or kind_by_type(found)
    if kind is None:
        kind = missing if status in {404, 410} else BY_STATUS.get(status, errors.ServiceError)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = one_line(found.detail or found.title or "")
    if phrase and said.startswith(phrase):
        said = said[len(phrase) :].lstrip(" .:")
    line = f"{status} {phrase}".rstrip() + (f": {said}" if said else "")
    error = kind(
        f"{line} ({answer.method} {answer.shown_url})",
        status=status,
        method=answer.method,
        url=answer.shown_url,
        problem=found,
        body=body,
        headers=answer.headers,
        job=job_within(body),
    )
    return answer.told_of(error)


def job_within(body: bytes) -> JobInfo | None:
    try:
        data = json.loads(body)
        return JobInfo.from_dict(data) if is_status_info(data) else None
    except (ValueError, RecursionError, errors.DocumentError):
        return None


def ending(kind: str | None) -> str:
    return re.sub(r"[-_ ]", "", relation((kind or "").replace("#", "/")))


def problem(status: int, headers: Headers, body: bytes) -> ApiError:
    media_type = MediaType(headers.last("content-type"))
    try:
        return from_json(status, media_type.json(body))
    except (ValueError, RecursionError):
        return from_text(media_type.decode(body) or "")


def from_json(status: int, data: Any) -> ApiError:
    """Return the problem in decoded JSON; raises RecursionError if it is very deep."""
    if not isinstance(data, dict):
        return ApiError(detail=told(data), extra={"body": data})
    data = unwrapped(data)
    found = ApiError.from_dict(data)
    if found.type is None:
        found.type = data["code"] if isinstance(data.get("code"), str) else None
    if found.status is None:
        found.status = status
    if found.detail is None:
        found.detail = first_told(data, TELLING)
    return found


def reason_in(found: ApiError) -> str | None:
    """Return why a job failed: what a problem says, and the end of its traceback (CDS)."""
    traceback = told(found.extra.get("traceback"))
    end = " ".join(traceback.split())[-LINE:] if traceback else None
    return "; ".join(filter(None, (found.detail, end))) or None


def unwrapped(data: dict[str, Any]) -> dict[str, Any]:
    """Return an error that pygeoapi wraps as the outputs of a process: ``{"outputs": [...]}``."""
    match data:
        case {"outputs": [dict(error)]} if len(data) == 1:
            return error
    return data


def told(value: Any) -> str | None:
    """Return the text of a member of an error document; lists and objects are summed up."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(told, value))) or None
    if isinstance(value, dict):
        # Each member is read once: reading those of TELLING again takes 2 ** depth steps.
        texts = {name: told(item) for name, item in value.items()}
        named = (f"{name}: {text}" for name, text in texts.items() if text)
        text = next(filter(None, map(texts.get, ("msg", *TELLING))), None) or "; ".join(named)
        where = value.get("loc")
        if text and isinstance(where, list):  # FastAPI: which part of the request was wrong
            return f"{'.'.join(map(str, where))}: {text}"
        return text or None
    return None


def first_told(data: dict[str, Any], members: Sequence[str]) -> str | None:
    return next(filter(None, (told(data.get(name)) for name in members)), None)


def from_text(text: str) -> ApiError:
    """Return the problem in an OWS exception report, a web page or plain text."""
    code = re.search(EXCEPTION_CODE, text)
    report = [part.replace("]]>", "").strip() for part in re.findall(EXCEPTION_TEXT, text)]
    if code or report:
        return ApiError(type=code and code[1], detail=unescape(" ".join(report)) or None)
    if re.search(HTML, text):
        title = re.search(TITLE, text)
        detail = one_line(unescape(re.sub(TAG, " ", seen(text))))
        return ApiError(title=title and one_line(unescape(title[1])), detail=detail or None)
    return ApiError(detail=text.strip() or None)


# No pattern runs past the next "<": time stays proportional to the text, whatever it holds.
EXCEPTION_CODE = r"""exceptionCode\s*=\s*["']([^"'<]*)"""
EXCEPTION_TEXT = r"<(?:\w+:)?ExceptionText[^<>]*>\s*(?:<!\[CDATA\[)?([^<]*)"
HTML = r"(?i)<(!doctype html|html|head|body|title)\b"
TAG = r"<[^<>]*>"
BORDER = re.compile(
    r"<(/?)(head|title|header|nav|footer|script|style|body|main)\b[^<>]*>", re.IGNORECASE
)


def seen(page: str) -> str:
    """Return the content of a web page, still with its tags.

    Head, scripts, styles, comments, menus and footer are left out.
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
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 3]}..."


#: The members of an error document: RFC 7807's, and pygeoapi's.
PROBLEM = frozenset({"type", "title", "status", "detail", "instance", "code", "description"})
#: The ends of an error's type, in lower case without hyphens: the standard's, and those of OWS.
ERRORS = frozenset(
    {"filesizeexceeded", "internalerror", "invalidparametervalue", "invalidqueryparametervalue"}
    | {"invalidupdatesequence", "jobresultnotfound", "jobresultsnotfound", "missingparametervalue"}
    | {"noapplicablecode", "notenoughstorage", "notfound", "operationnotsupported"}
    | {"optionnotsupported", "servererror", "serverbusy", "storagenotsupported"}
    | {"versionnegotiationfailed"}
    | BY_TYPE.keys()
)


def is_problem(headers: Headers, body: bytes, known: Known | None = None) -> bool:
    """Return whether a body is an error document, whatever its status is.

    ZOO-Project answers 200 with the reason why a job failed (trap 25). In order not to take a
    result for an error, the type must be that of an error, all members those of an error document,
    and none the id of an output.
    """
    media_type = MediaType(headers.last("content-type"))
    data = raw_value(headers, body).value if media_type.is_json else None
    if not isinstance(data, dict) or not PROBLEM.issuperset(data):
        return False
    kind = data.get("type", data.get("code"))
    said = [data.get(name) for name in ("title", "detail", "description")]
    if not isinstance(kind, str) or not any(isinstance(text, str) for text in said):
        return False
    return (
        ending(kind) in ERRORS
        or "/def/exceptions/" in kind
        or media_type.essence == "application/problem+json"
    ) and (known or Known()).find(*data) is None
