"""The routes: what each resource answers to each method. A WSGI application."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import documents
from .describe import Process
from .errors import (
    NO_SUCH_OUTPUT,
    RESULT_NOT_AVAILABLE,
    RESULT_NOT_READY,
    Problem,
    bad_request,
    no_such_job,
    no_such_process,
)
from .filters import Filters
from .headers import parse_prefer
from .inputs import read_inputs
from .jobs import Record
from .links import OPENAPI, link, url
from .openapi import html_page, openapi_document
from .order import parse_order
from .paging import Page, paginate, parse_limit
from .results import Results
from .validate import show
from .wsgi import (
    Environ,
    Request,
    Response,
    StartResponse,
    json_response,
    problem_response,
)

if TYPE_CHECKING:
    from .service import Service

logger: logging.Logger = logging.getLogger(__name__)

#: Number of seconds `Prefer: respond-async, wait=N` is honoured for, at most.
MAX_WAIT = 60

#: Members an execute request has; a body with others alone was meant for something else.
_EXECUTE = ("inputs", "outputs", "response", "subscriber")

Handler = Callable[..., Response]


class App:
    """Answers requests on behalf of a service."""

    def __init__(self, service: "Service") -> None:
        self._service = service
        # A segment of the pattern that is None takes any id.
        self._routes: list[tuple[tuple[str | None, ...], dict[str, Handler]]] = [
            ((), {"GET": self._landing_page}),
            (("conformance",), {"GET": self._conformance}),
            (("api",), {"GET": self._api}),
            (("api.html",), {"GET": self._api_page}),
            (("processes",), {"GET": self._processes}),
            (("processes", None), {"GET": self._process}),
            (("processes", None, "execution"), {"POST": self._execute}),
            (("jobs",), {"GET": self._jobs}),
            (("jobs", None), {"GET": self._job, "DELETE": self._dismiss}),
            (("jobs", None, "results"), {"GET": self._results}),
            (("jobs", None, "results", None), {"GET": self._result}),
        ]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, with a problem document if it cannot be answered otherwise."""
        request = Request(environ, self._service.max_body)
        try:
            response = self._answer(request)
        except Problem as problem:
            response = problem_response(problem, _instance(request))
        except Exception:
            logger.exception("%s %s", request.method, request.raw_path)
            mistake = Problem("The server made a mistake; its log says which.", 500)
            response = problem_response(mistake, _instance(request))
        return response.send(start_response, head=request.method == "HEAD")

    def _answer(self, request: Request) -> Response:
        methods, ids = self._route(request.segments)
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is not None:
            return handler(request, *ids)
        allow = ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(status=204).add("Allow", allow)
        raise Problem(f"{request.method} is not allowed here", 405, headers=(("Allow", allow),))

    def _route(self, segments: list[str]) -> tuple[Mapping[str, Handler], list[str]]:
        """Return the methods of the resource at a path, and the ids in the path."""
        for pattern, methods in self._routes:
            if len(pattern) == len(segments):
                pairs = list(zip(pattern, segments, strict=True))
                if all(part in (None, segment) for part, segment in pairs):
                    return methods, [segment for part, segment in pairs if part is None]
        raise Problem("There is nothing at this path.", 404)

    def _landing_page(self, request: Request) -> Response:
        service = self._service
        return json_response(
            documents.landing_page(request.base, service.title, service.description)
        )

    def _conformance(self, _: Request) -> Response:
        return json_response({"conformsTo": documents.CONFORMANCE})

    def _api(self, request: Request) -> Response:
        return json_response(openapi_document(self._service, request.base), media_type=OPENAPI)

    def _api_page(self, request: Request) -> Response:
        page = html_page(openapi_document(self._service, request.base))
        return Response(page.encode(), "text/html; charset=utf-8")

    def _processes(self, request: Request) -> Response:
        query = request.query
        processes = list(self._service.processes.values())
        page = paginate(range(len(processes)), parse_limit(query.get("limit")), query.get("cursor"))
        listed = [
            documents.process_summary(request.base, process)
            for process in processes[page.start : page.stop]
        ]
        links = list(_page_links(request, page, "processes"))
        return json_response({"processes": listed, "links": links})

    def _process(self, request: Request, process_id: str) -> Response:
        process = self._find_process(process_id)
        return json_response(documents.process_description(request.base, process))

    def _find_process(self, process_id: str) -> Process:
        if process_id not in self._service.processes:
            raise no_such_process(process_id)
        return self._service.processes[process_id]

    def _execute(self, request: Request, process_id: str) -> Response:
        process = self._find_process(process_id)
        body = request.json()
        if body and not any(name in body for name in _EXECUTE):
            known = ", ".join(_EXECUTE)
            raise bad_request(f"{show(next(iter(body)))} is none of {known}: wrap it in inputs")
        order = parse_order(body, process, request.base)
        arguments = read_inputs(process, body, self._service.fetch)
        preferences = parse_prefer(request.header("Prefer") or "")
        wait, applied = _wait(process, preferences)
        record = self._service.workshop.start(process, arguments, order)
        # Without a wait the answer is 201 even if the job is done by now: callers count on it.
        if wait != 0 and record.ended.wait(wait):
            response = self._finished(request, record)
            place = url(request.base, "jobs", record.id)
            # Unquoted: the test suite of the standard looks for these very characters.
            response.add("Link", f"<{place}>; rel=monitor")
        else:
            response = self._accepted(request, record)
        return response.add("Preference-Applied", applied) if applied else response

    def _accepted(self, request: Request, record: Record) -> Response:
        """`/req/core/process-execute-success-async`."""
        info = self._service.store.info(record)
        response = json_response(documents.status_info(request.base, info), 201)
        return response.add("Location", url(request.base, "jobs", record.id))

    def _finished(self, request: Request, record: Record) -> Response:
        try:
            return self._results_of(request, record).response(request.header("Accept"))
        except Problem as problem:
            # The job is there to be looked at even where its results are an error.
            return problem_response(problem, _instance(request))

    def _jobs(self, request: Request) -> Response:
        query, store = request.query, self._service.store
        filters = Filters(query, self._service.processes, store.clock())
        wanted = [(number, record) for number, record in store.all() if filters.wants(record)]
        numbers = [number for number, _ in wanted]
        page = paginate(numbers, parse_limit(query.get("limit")), query.get("cursor"))
        listed = [
            documents.status_info(request.base, store.info(record))
            for _, record in wanted[page.start : page.stop]
        ]
        return json_response({"jobs": listed, "links": list(_page_links(request, page, "jobs"))})

    def _find_job(self, job_id: str) -> Record:
        record = self._service.store.get(job_id)
        if record is None:
            raise no_such_job(job_id)
        return record

    def _job(self, request: Request, job_id: str) -> Response:
        info = self._service.store.info(self._find_job(job_id))
        return json_response(documents.status_info(request.base, info))

    def _dismiss(self, request: Request, job_id: str) -> Response:
        info = self._service.store.dismiss(self._find_job(job_id))
        return json_response(documents.status_info(request.base, info))

    def _results(self, request: Request, job_id: str) -> Response:
        record = self._find_job(job_id)
        return self._results_of(request, record).response(request.header("Accept"))

    def _result(self, request: Request, job_id: str, output_id: str) -> Response:
        record = self._find_job(job_id)
        results = self._results_of(request, record)
        if output_id in results:
            return results.one(output_id, request.header("Accept"))
        if output_id in self._find_process(record.process_id).outputs:
            raise _not_available(f"{record.id} has no value for the output {output_id!r}.")
        raise Problem(
            f"{record.process_id!r} has no output {output_id!r}.",
            400,
            type=NO_SUCH_OUTPUT,
            title="No such output",
        )

    def _results_of(self, request: Request, record: Record) -> Results:
        """Return the results of a successful job; raise what the others have instead."""
        if record.problem is not None:
            # Raised for many callers, it would collect their tracebacks.
            raise record.problem.with_traceback(None)
        if not record.is_finished:
            raise Problem(
                f"{record.id} is {record.status}.",
                404,
                type=RESULT_NOT_READY,
                title="Result not ready",
            )
        if record.status == "dismissed":
            raise _not_available(f"{record.id} was dismissed.")
        return self._service.results(record, request.base)


def _not_available(detail: str) -> Problem:
    return Problem(detail, 404, type=RESULT_NOT_AVAILABLE, title="Result not available")


def _instance(request: Request) -> str:
    """Return the path asked for as a URI reference, whatever came in as one."""
    return quote(request.raw_path.encode("latin-1", "replace"), safe="/%:@!$&'()*+,;=-._~") or "/"


def _wait(process: Process, preferences: Mapping[str, str]) -> tuple[float | None, str]:
    """Return how many seconds to wait for a job (None: to its end), and the preference applied.

    The execution mode table of 1.0 (`/req/core/process-execute-default-execution-mode`,
    `-auto-execution-mode`); a wait (RFC 7240, 4.3) is weighed where async was asked for, and
    possible, and sync is possible too.
    """
    if "async-execute" not in process.modes:
        return None, ""
    asked = "respond-async" in preferences
    if "sync-execute" not in process.modes:
        return 0, "respond-async" if asked else ""
    if not asked:
        return None, ""
    seconds = preferences.get("wait", "")
    if seconds.isascii() and seconds.isdecimal() and int(seconds) > 0:
        seconds = str(min(int(seconds), MAX_WAIT))
        return float(seconds), f"respond-async, wait={seconds}"
    return 0, "respond-async"


def _page_links(request: Request, page: Page, name: str) -> Iterator[dict[str, str]]:
    """Yield the links of a list (`/req/core/pl-links`, `/req/job-list/links`)."""
    query = request.query
    yield link("self", url(request.base, name, query=query), "This document")
    if page.next is not None:
        place = url(request.base, name, query={**query, "cursor": page.next})
        yield link("next", place, "The next page")
    if page.prev is not None:
        place = url(request.base, name, query={**query, "cursor": page.prev})
        yield link("prev", place, "The page before")
