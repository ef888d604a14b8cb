"""The client: one method per resource of the standard, in the order in which one meets them.

    client = Client("http://127.0.0.1:8008")
    client.get_processes()                       # what is there to run?
    client.get_process("first_workflow")         # what does it take?
    job = client.execute_process("first_workflow", {"inputs": {"id": "sup"}})
    client.get_job(job)                          # is it done?
    client.get_job_results(job)                  # {'final': 'supsup'}
    client.dismiss_job(job)

A client opens no connection before its first request, and imports urllib3 only when it is made.
"""

from __future__ import annotations

from ._fields import moment_text
from ._names import conformance_class, declares, relation
from ._version import __version__
from .errors import (
    DocumentError,
    NoSuchJob,
    NoSuchProcess,
    OgcProcError,
    ServiceError,
    SubmissionUncertain,
    TransportError,
)
from .models import (
    Capabilities,
    ConformanceDeclaration,
    JobControlOptions,
    JobInfo,
    JobList,
    JobStatus,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime as moment
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ._document import Document
    from ._http import Answer
    from .models import JobResults, ProcessSummary

    D = TypeVar("D", bound=Document)
    Instant = str | moment | None
    L = TypeVar("L", ProcessList, JobList)

__all__ = ["Client"]

#: JSON first and everything else after it, in this order: pygeoapi answers with web pages to
#: any ``Accept`` that does not begin with JSON, weaver with 406 to any that holds nothing else.
ACCEPT = "application/json, */*;q=0.1"
ACCEPT_OPENAPI = "application/vnd.oai.openapi+json;version=3.0, application/json, */*;q=0.1"
USER_AGENT = f"ogcproc/{__version__}"
MAX_BODY = 64 * 1024 * 1024
#: How many processes' output ids a client remembers, to name bare results by.
REMEMBERED = 256


class Client:
    """A client of one OGC API - Processes server.

    ``timeout`` is (connect, read) in seconds. ``retries`` is how often a request is tried again
    where that is safe; an execute request is sent at most once. ``max_body`` is the largest
    answer read into memory, in bytes. ``auth`` and ``headers`` go to the origin of ``api_url``
    and nowhere else.

    A client can be shared between threads, survives a fork, and pickles with its connections
    left behind. It is a context manager; ``close()`` closes its connections.
    """

    def __init__(
        self,
        api_url: str,
        *,
        auth: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float | None, float | None] = (10, 60),
        retries: int = 3,
        proxy: str | None = None,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        pool_size: int = 32,
        max_body: int = MAX_BODY,
        user_agent: str | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "api_url": api_url,
            "auth": auth,
            "headers": dict(headers or {}),
            "timeout": timeout,
            "retries": retries,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "client_cert": client_cert,
            "ssl_context": ssl_context,
            "pool_size": pool_size,
            "max_body": max_body,
            "user_agent": user_agent,
        }
        self._start()

    def _start(self) -> None:
        from ._http import Transport  # noqa: PLC0415 - urllib3 is imported when a client is made

        settings = dict(self._settings)
        settings["headers"] = {
            "User-Agent": settings.pop("user_agent") or USER_AGENT,
            "Accept": ACCEPT,
            **settings["headers"],
        }
        self._http = Transport(**settings)
        self.api_url = self._http.base_url
        self._conformance: frozenset[str] | None = None
        self._output_ids: dict[str, tuple[str, ...]] = {}

    def __repr__(self) -> str:
        return f"Client(api_url={self.api_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return self._settings

    def __setstate__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._start()

    def close(self) -> None:
        """Close the connections; a request made after that raises TransportError."""
        self._http.close()

    # --- what the server is ---------------------------------------------------------------

    def get_capabilities(self) -> Capabilities:
        """Return the landing page (`/req/core/landingpage-op`)."""
        return self._document(Capabilities, self._get(f"{self.api_url}/"))

    def get_api_definition(self) -> dict[str, Any]:
        """Return the OpenAPI document the landing page links to (`/req/core/api-definition-op`).

        Raises DocumentError where the landing page names none, or one that is not JSON.
        """
        page = self._get(f"{self.api_url}/")
        links = self._document(Capabilities, page).links
        candidates = [link for link in links if relation(link.rel) == "service-desc"]
        if not candidates:
            raise DocumentError("no service-desc link", path="links", url=page.shown_url)
        best = min(candidates, key=lambda link: "json" not in (link.type or ""))
        answer = self._get(page.resolve(best.href), accept=ACCEPT_OPENAPI)
        definition: Any = answer.json()
        if not isinstance(definition, dict):
            raise DocumentError("expected an object", url=answer.shown_url, body=answer.body)
        return definition

    def get_conformance(self) -> ConformanceDeclaration:
        """Return the conformance classes the server declares (`/req/core/conformance-op`)."""
        return self._document(ConformanceDeclaration, self._get(self._http.url("conformance")))

    def conforms_to(self, conformance: str) -> bool:
        """Return whether the server declares a conformance class; it is asked once per client.

        The class is named by its URI, or in short, such as ``job-list`` for that class of any
        version of any part of the standard. What a server declares is not always what it does.
        """
        if self._conformance is None:
            self._conformance = frozenset(map(conformance_class, self.get_conformance().conformsTo))
        return declares(self._conformance, conformance)

    # --- processes ------------------------------------------------------------------------

    def get_processes(self, limit: int | None = None) -> ProcessList:
        """Return a page of the process list (`/req/core/process-list`).

        ``limit`` is the most processes wanted. Servers cut their lists, some without a word: a
        process that is not listed may still be there for ``get_process``.
        """
        return self._document(ProcessList, self._get(self._http.url("processes", limit=limit)))

    def iter_processes(self, limit: int | None = None) -> Iterator[ProcessSummary]:
        """Yield every process, page after page; ``limit`` is the most wanted per page."""
        for page in self._pages(ProcessList, self._http.url("processes", limit=limit)):
            yield from page.processes

    def get_process(self, process_id: str) -> ProcessDescription:
        """Return a process with its inputs and outputs (`/req/core/process`).

        Raises NoSuchProcess.
        """
        answer = self._get(self._http.url("processes", process_id), missing=NoSuchProcess)
        return self._document(ProcessDescription, answer)

    def execute_process(
        self,
        process_id: str,
        request: ProcessRequest | Mapping[str, Any] | None = None,
        *,
        mode: str = "async",
        wait: int | None = None,
    ) -> JobInfo:
        """Start a process and return its job (`/req/core/process-execute-op`).

        ``request`` is a ProcessRequest or the dict of one. ``mode`` is ``async``, ``sync``, or
        ``auto``, which asks the process's description; ``wait`` is for how many seconds an
        asynchronous answer may be held back. The server decides all the same: where it answered
        with the results, the job is a successful one that holds them in ``results``.

        The request is sent at most once. Raises SubmissionUncertain where it was sent and no
        answer came, NoSuchProcess, and ServiceError for inputs that the server refuses.
        """
        if mode not in {"async", "sync", "auto"}:
            raise ValueError(f"mode is 'async', 'sync' or 'auto', not {mode!r}")
        if not isinstance(request, ProcessRequest):
            request = ProcessRequest.from_dict(request or {})
        document = request.to_dict()
        headers = {"Content-Type": "application/json"}
        if mode == "async" or (mode == "auto" and self._runs_async(process_id)):
            headers["Prefer"] = "respond-async" if wait is None else f"respond-async, wait={wait}"
        url = self._http.url("processes", process_id, "execution")
        try:
            answer = self._http.send("POST", url, headers=headers, document=document)
        except TransportError as error:
            if not error.sent:
                raise
            raise SubmissionUncertain(
                f"{error}; the job may exist all the same",
                method=error.method,
                url=error.url,
                process_id=process_id,
                request=request,
            ) from error
        return self._started(checked(answer, NoSuchProcess), process_id, request)

    def _runs_async(self, process_id: str) -> bool:
        """Return whether a process says that it runs asynchronously, or says nothing of it."""
        options = self.get_process(process_id).jobControlOptions
        return not options or JobControlOptions.async_execute in options

    def _started(self, answer: Answer, process_id: str, request: ProcessRequest) -> JobInfo:
        """Return the job that the answer to an execute request tells of, or the results it holds.

        What came decides, not what was asked for: a statusInfo is a job, whatever the status
        code; a 201 that says nothing is a job by its Location; anything else is the results.
        """
        asked = tuple(request.outputs or ())
        data = answer.json_or_none()
        if is_status_info(data):
            job: JobInfo = JobInfo.from_dict(data)
        elif answer.status in CREATED and not data and answer.location_id:
            job = JobInfo(answer.location_id, JobStatus.accepted, process_id)
        else:
            results = self._read_results(answer, process_id, asked)
            return JobInfo("", JobStatus.successful, process_id, results=results)
        if job.processID is None:
            job.processID = process_id
        job._asked = asked
        return job

    # --- jobs -----------------------------------------------------------------------------

    def get_jobs(
        self,
        *,
        type: str | Sequence[str] | None = None,  # noqa: A002 - the standard's name
        process_id: str | Sequence[str] | None = None,
        status: str | Sequence[str] | None = None,
        datetime: Instant | tuple[Instant, Instant] = None,
        min_duration: int | None = None,
        max_duration: int | None = None,
        limit: int | None = None,
    ) -> JobList:
        """Return a page of the job list (`/req/job-list/job-list-op`).

        ``type``, ``process_id`` and ``status`` are one value or several of which any may hold.
        ``datetime`` is when the job was created: an instant, a pair of which either end may be
        None for open, or the standard's text. Durations are in seconds, and of the run so far
        where it has not ended. ``limit`` is the most jobs wanted.
        """
        query = job_query(type, process_id, status, datetime, min_duration, max_duration, limit)
        return self._document(JobList, self._get(self._http.url("jobs", **query)))

    def iter_jobs(
        self,
        *,
        type: str | Sequence[str] | None = None,  # noqa: A002 - the standard's name
        process_id: str | Sequence[str] | None = None,
        status: str | Sequence[str] | None = None,
        datetime: Instant | tuple[Instant, Instant] = None,
        min_duration: int | None = None,
        max_duration: int | None = None,
        limit: int | None = None,
    ) -> Iterator[JobInfo]:
        """Yield every job, page after page, of those that ``get_jobs`` would list."""
        query = job_query(type, process_id, status, datetime, min_duration, max_duration, limit)
        for page in self._pages(JobList, self._http.url("jobs", **query)):
            yield from page.jobs

    def get_job(self, job: str | JobInfo) -> JobInfo:
        """Return the state of a job (`/req/core/job`).

        The job is given by its id, as a JobInfo, or by its URL. Raises NoSuchJob.
        """
        return self._document(JobInfo, self._get(self._job_url(job), missing=NoSuchJob))

    def get_job_results(
        self, job: str | JobInfo, *, outputs: Sequence[str] | None = None
    ) -> JobResults:
        """Return the results of a job (`/req/core/job-results`).

        ``outputs`` are the ids of those wanted, for servers that can choose (2.0). Raises
        ResultNotReady while the job runs, NoSuchJob, and ServiceError where it failed.
        """
        if isinstance(job, JobInfo) and job.results is not None:
            return job.results
        query = {} if outputs is None else {"outputs": ",".join(outputs)}
        answer = self._get(self._job_url(job, "results", **query), missing=NoSuchJob)
        process_id, asked = None, tuple(outputs or ())
        if isinstance(job, JobInfo):
            process_id, asked = job.processID, asked or job._asked
        return self._read_results(answer, process_id, asked, job)

    def dismiss_job(self, job: str | JobInfo) -> JobInfo:
        """Cancel a job that runs, or remove one that has ended (`/req/dismiss/job-dismiss-op`).

        Returns its last state as the server tells it, ``dismissed`` where it tells nothing.
        Raises NoSuchJob.
        """
        answer = checked(self._http.send("DELETE", self._job_url(job)), NoSuchJob)
        data = answer.json_or_none()
        if is_status_info(data):
            told: JobInfo = JobInfo.from_dict(data)
            return told
        return JobInfo(job_id(job), JobStatus.dismissed)

    # --- the machinery --------------------------------------------------------------------

    def _get(
        self,
        url: str,
        *,
        missing: type[ServiceError] = ServiceError,
        accept: str | None = None,
    ) -> Answer:
        """Return the answer to a GET; raises ServiceError for an error, ``missing`` for a 404."""
        headers = None if accept is None else {"Accept": accept}
        return checked(self._http.send("GET", url, headers=headers), missing)

    def _document(self, model: type[D], answer: Answer) -> D:
        """Return the document that an answer holds; raises DocumentError with its URL."""
        data = answer.json()
        try:
            return model._adopt(data)
        except DocumentError as error:
            error.url = answer.shown_url
            error.body = answer.body
            raise

    def _pages(self, model: type[L], url: str | None) -> Iterator[L]:
        """Yield a list's pages by their ``next`` links, until one is missing, seen or empty."""
        seen = set()
        while url is not None and url not in seen:
            seen.add(url)
            answer = self._get(url)
            page = self._document(model, answer)
            if not page.entries:
                return
            yield page
            found = next((link for link in page.links if relation(link.rel) == "next"), None)
            url = answer.resolve(found.href) if found else None

    def _job_url(self, job: str | JobInfo, *segments: str, **query: Any) -> str:
        """Return the URL of a job, or of a resource of its."""
        if isinstance(job, str) and job.startswith(("http://", "https://")):
            return self._http.below(job, *segments, **query)
        name = job.jobID if isinstance(job, JobInfo) else job
        if isinstance(job, JobInfo) and not name:
            raise ValueError("this job has no id: its results came at once")
        return self._http.url("jobs", name, *segments, **query)

    def _read_results(
        self,
        answer: Answer,
        process_id: str | None,
        asked: tuple[str, ...],
        job: str | JobInfo | None = None,
    ) -> JobResults:
        """Return the results that an answer holds, a bare value under its output's id."""
        from .results import UNNAMED, read_results  # noqa: PLC0415 - not before there are any

        results = read_results(answer.status, answer.headers, answer.body, asked)
        if UNNAMED in results:
            known = self._known_outputs(process_id, job)
            results = read_results(answer.status, answer.headers, answer.body, known)
        return results

    def _known_outputs(self, process_id: str | None, job: str | JobInfo | None) -> tuple[str, ...]:
        """Return the ids of a process's outputs by its description; none where that cannot be had.

        A name for a value is not worth an error: the value has come.
        """
        try:
            if process_id is None and job is not None:
                process_id = self.get_job(job).processID
            if process_id is None:
                return ()
            if process_id not in self._output_ids:
                if len(self._output_ids) >= REMEMBERED:
                    self._output_ids.clear()
                self._output_ids[process_id] = tuple(self.get_process(process_id).outputs)
        except (OgcProcError, ValueError):
            return ()
        return self._output_ids[process_id]


CREATED = frozenset({201, 202})


def checked(answer: Answer, missing: type[ServiceError]) -> Answer:
    """Return an answer that is no error; raises the ServiceError of one that is."""
    if answer.status < 400:  # noqa: PLR2004 - HTTP's own border
        return answer
    from ._problems import service_error  # noqa: PLC0415 - not before there is one

    raise service_error(
        answer.status,
        answer.headers,
        answer.body,
        method=answer.method,
        url=answer.shown_url,
        missing=missing,
    )


def is_status_info(data: Any) -> bool:
    """Return whether decoded JSON is a statusInfo: it has a job's id and a state."""
    if not isinstance(data, dict) or not isinstance(data.get("status"), str):
        return False
    return isinstance(data.get("jobID", data.get("id")), str)


def job_id(job: str | JobInfo) -> str:
    """Return a job's id: its own, or the end of its URL."""
    if isinstance(job, JobInfo):
        return job.jobID
    return job.rstrip("/").rpartition("/")[2] if "://" in job else job


def job_query(
    type: str | Sequence[str] | None,  # noqa: A002 - the standard's name
    process_id: str | Sequence[str] | None,
    status: str | Sequence[str] | None,
    datetime: Instant | tuple[Instant, Instant],
    min_duration: int | None,
    max_duration: int | None,
    limit: int | None,
) -> dict[str, Any]:
    """Return the query of a job list, by the standard's names and in its spelling."""
    interval = datetime if isinstance(datetime, tuple) else (datetime,)
    return {
        "type": plain(type),
        "processID": plain(process_id),
        "status": plain(status),
        "datetime": None if datetime is None else "/".join(map(instant, interval)),
        "minDuration": min_duration,
        "maxDuration": max_duration,
        "limit": limit,
    }


def plain(value: str | Sequence[str] | None) -> str | list[str] | None:
    """Return a word, or several, as plain texts."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return [str(item) for item in value]


def instant(value: Instant) -> str:
    """Return an instant as the standard writes it, ``..`` for an open end."""
    if value is None:
        return ".."
    return value if isinstance(value, str) else moment_text(value)
