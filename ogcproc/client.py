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

import re
from time import monotonic

from ._http.limits import at_least
from ._protocol.filters import JobFilter
from ._protocol.started import CREATED, linked_results, started_job, told_by_head, told_job
from ._version import __version__
from .errors import (
    DocumentError,
    NoSuchJob,
    NoSuchOutput,
    NoSuchProcess,
    OgcProcError,
    ResponseTooLarge,
    ResultNotAvailable,
    ResultNotReady,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    WaitTimeout,
)
from .models import (
    Capabilities,
    ConformanceDeclaration,
    JobControlOptions,
    JobInfo,
    JobList,
    JobStatus,
    Link,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
    QualifiedValue,
)
from .models.jobs import is_status_info
from .models.names import conformance_class, declares, relation

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    import pathlib
    import ssl
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from datetime import datetime as moment
    from typing import Any, TypeVar

    from typing_extensions import Self

    from ._downloads.opened import ResultFile
    from ._http.answer import Answer
    from ._http.curl import SentRequest
    from ._http.headers import Headers
    from ._http.stream import Stream
    from .batch import Outcome
    from .callbacks import Receiver
    from .models import JobResults, OutputDescription, ProcessSummary
    from .models._base import Document

    D = TypeVar("D", bound=Document)
    Instant = str | moment | None
    OnRequest = Callable[[SentRequest], Mapping[str, str] | None]
    OnResponse = Callable[[SentRequest, Answer | BaseException, float], object]
    Path = str | os.PathLike[str]
    Poll = float | tuple[float, float] | Iterator[float] | None
    Timeout = float | tuple[float | None, ...] | None

__all__ = ["Client", "is_another"]

#: JSON first and everything else after it, in this order: pygeoapi answers with web pages to
#: any ``Accept`` that does not begin with JSON, weaver with 406 to any that holds nothing else.
ACCEPT = "application/json, */*;q=0.1"
ACCEPT_OPENAPI = "application/vnd.oai.openapi+json;version=3.0, application/json, */*;q=0.1"
USER_AGENT = f"ogcproc/{__version__}"
#: The header fields that we set ourselves, as we write them: a caller's must not come twice.
OURS = {name.lower(): name for name in ("Accept", "Authorization", "Content-Type", "User-Agent")}
MAX_BODY = 64 * 1024 * 1024
#: How many processes' outputs a client remembers, to name bare results by.
REMEMBERED = 256


class Client:
    """A client of one OGC API - Processes server.

    ``timeout`` is (connect, read) or (connect, read, total) in seconds, where total is for a call
    with all its tries; without it, that is ten minutes more than a read may take. A single number
    is for each of the three, and None is without end. ``retries`` is how often a request is tried
    again where that is safe; an execute request is sent at most once. ``max_body`` is the largest
    answer read into memory, in bytes, decompressed. ``with_options`` and some methods set these
    for a call alone. ``auth`` and ``headers`` go to the origin of ``api_url`` and nowhere else.

    ``proxy`` is the URL of a proxy for all requests, such as ``http://user:password@host:3128``, or
    ``socks5h://host:1080``; empty, there is none. Left out, ``HTTP_PROXY``, ``HTTPS_PROXY``,
    ``ALL_PROXY`` and ``NO_PROXY`` are read from the environment, once.

    ``ca_bundle`` is a file or directory of the certificates to trust. Left out, that is what
    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` name, the
    first that does, or else what the system trusts. ``client_cert`` is a PEM file with our
    certificate and its key, or the files of both; it is shown to the origin of ``api_url`` alone.
    ``ssl_context`` takes the place of these, for all servers. ``verify=False`` accepts whatever
    certificate a server shows, with an InsecureWarning for each host; not so that of a proxy.

    ``on_request(request)`` is called before each try of each request, redirects included, those
    for tokens not. It gets the request without its secrets (``.method``, ``.url``, ``.headers``,
    ``.curl()``) and may return further headers for it, such as ``traceparent``: they go to the
    origin of ``api_url`` alone, and replace none. What it raises is raised, before anything is
    sent. ``on_response(request, outcome, seconds)`` is called with the same request after each
    try, in the same thread. The outcome is the answer (``.status``, ``.headers``, ``.body``) or
    the error that is about to be raised; what it raises itself is logged and goes no further.

    A client can be shared between threads, survives a fork, and pickles with its connections
    left behind. It is a context manager; ``close()`` closes its connections. Closed while other
    threads use it, requests under way end by themselves and further ones raise TransportError.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        api_url: str,
        *,
        auth: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout = (10, 60),
        retries: int = 3,
        proxy: str | None = None,
        ca_bundle: Path | None = None,
        client_cert: Path | tuple[Path, Path] | None = None,
        ssl_context: ssl.SSLContext | None = None,
        verify: bool = True,
        pool_size: int = 32,
        max_body: int = MAX_BODY,
        user_agent: str | None = None,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
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
            "verify": verify,
            "pool_size": pool_size,
            "max_body": max_body,
            "user_agent": user_agent,
            "on_request": on_request,
            "on_response": on_response,
        }
        self._start()

    def _start(self) -> None:
        from ._http.headers import checked_fields  # noqa: PLC0415
        from ._http.transport import Transport  # noqa: PLC0415 - urllib3 is imported when a client is made
        from ._http.urls import base_of  # noqa: PLC0415
        from ._places import Places  # noqa: PLC0415
        from .auth import BasicAuth  # noqa: PLC0415

        settings = dict(self._settings)
        headers = checked_fields(self._settings["headers"])
        given = {OURS.get(name.lower(), name): value for name, value in headers.items()}
        agent = settings.pop("user_agent") or USER_AGENT
        settings["headers"] = {"User-Agent": agent, "Accept": ACCEPT, **given}
        self.api_url, user, password = base_of(settings.pop("api_url"))
        if settings["auth"] is None and user is not None:
            settings["auth"] = BasicAuth(user, password or "")
        self._http = Transport(self.api_url, **settings)
        self._conformance: frozenset[str] | None = None
        self._places = Places(self._http)
        self._outputs: dict[str, Mapping[str, OutputDescription]] = {}
        #: Who receives the callbacks of jobs, as long as it is open.
        self._receiver: Receiver | None = None

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

    @property
    def last_request(self) -> SentRequest | None:
        """The last request that this thread sent by this client, less its secrets; or None.

        ``client.last_request.curl()`` is the curl command that sends its like.
        """
        return self._http.last_request

    def with_options(
        self, *, timeout: Timeout = None, retries: int | None = None, max_body: int | None = None
    ) -> Self:
        """Return this client with other limits, for a call or a few.

        It shares the connections, the credentials and what was learnt of the server:
        ``client.with_options(timeout=(10, 3600)).execute_process(...)``. What is left out is as it
        was. Closing either closes both.
        """
        given = {"timeout": timeout, "retries": retries, "max_body": max_body}
        changed = {name: value for name, value in given.items() if value is not None}
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settings = {**self._settings, **changed}
        other._http = self._http.with_options(**changed)
        return other

    def close(self) -> None:
        """Close the connections; a request made after that raises TransportError."""
        if self._receiver is not None:
            self._receiver.close()
        self._http.close()

    # --- what the server is ---------------------------------------------------------------

    def get_capabilities(self) -> Capabilities:
        """Return the landing page (`/req/core/landingpage-op`)."""
        return self._document(Capabilities, self._get(f"{self.api_url}/"))

    def get_api_definition(self) -> dict[str, Any]:
        """Return the OpenAPI document the landing page links to (`/req/core/api-definition-op`).

        Raises DocumentError where the landing page names none, or one that is not JSON.
        """
        page, links = self._landing_page()
        candidates = [link for link in links if relation(link.rel) == "service-desc"]
        if not candidates:
            raise page.unreadable("no service-desc link", path="links")
        best = min(candidates, key=lambda link: "json" not in (link.type or ""))
        answer = self._fetched(page.resolve(best.href), accept=ACCEPT_OPENAPI)
        definition: Any = answer.json()
        if not isinstance(definition, dict):
            raise answer.unreadable("expected an object")
        return definition

    def get_conformance(self) -> ConformanceDeclaration:
        """Return the conformance classes the server declares (`/req/core/conformance-op`)."""
        return self._document(ConformanceDeclaration, self._list("conformance"))

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
        page = self._document(ProcessList, self._list("processes", limit=limit_of(limit)))
        page.processes = page.processes[:limit]
        return page

    def iter_processes(self, limit: int | None = None) -> Iterator[ProcessSummary]:
        """Yield every process, page after page; ``limit`` is the most wanted per page."""
        yield from self._entries(ProcessList, self._list("processes", limit=limit_of(limit)))

    def get_process(self, process_id: str) -> ProcessDescription:
        """Return a process with its inputs and outputs (`/req/core/process`).

        Raises NoSuchProcess.
        """
        answer = self._list("processes", process_id, missing=NoSuchProcess)
        process = self._document(ProcessDescription, answer)
        self._places.learn_execution(process_id, answer, process.links)
        return process

    def execute_process(
        self,
        process_id: str,
        request: ProcessRequest | Mapping[str, Any] | None = None,
        *,
        mode: str = "async",
        wait: int | None = None,
        timeout: Timeout = None,
    ) -> JobInfo:
        """Start a process and return its job (`/req/core/process-execute-op`).

        ``request`` is a ProcessRequest or the dict of one. ``mode`` is ``async``, ``sync``, or
        ``auto``, which asks the process's description; ``wait`` is for how many seconds an
        asynchronous answer may be held back. The server decides all the same: where it answered
        with the results, the job is a successful one that holds them in ``results``.
        ``timeout`` is for this call alone, as the client's: a process that is run synchronously
        may take hours.

        The request is sent at most once. Raises SubmissionUncertain where it was sent and no
        answer came, NoSuchProcess, and ServiceError for inputs that the server refuses.
        """
        if timeout is not None:
            patient = self.with_options(timeout=timeout)
            return patient.execute_process(process_id, request, mode=mode, wait=wait)
        if not isinstance(request, ProcessRequest):
            request = request_of(request)
        document = request.to_dict()
        headers = {"Content-Type": "application/json"}
        preference = preferred(mode, wait)
        if preference is not None and (mode == "async" or self._runs_async(process_id)):
            headers["Prefer"] = preference
        home = self._places.url("processes", process_id)
        url = self._places.execution(process_id)
        answer = self._execute(url, headers, document, process_id, request)
        elsewhere = self._executed_elsewhere(process_id, answer, home)
        if elsewhere is not None:
            answer = self._execute(elsewhere, headers, document, process_id, request)
        return self._started(checked(answer, NoSuchProcess), process_id, request)

    def _execute(
        self,
        url: str,
        headers: dict[str, str],
        document: dict[str, Any],
        process_id: str,
        request: ProcessRequest,
    ) -> Answer:
        """Return the answer to an execute request; raises SubmissionUncertain where none came."""
        try:
            return self._http.send("POST", url, headers=headers, document=document)
        except ResponseTooLarge as error:
            told = told_by_head(error)
            if told is None:
                raise
            return told
        except TransportError as error:
            if not error.sent:
                raise
            told = told_by_head(error)
            if told is not None:
                return told
            uncertain = SubmissionUncertain(
                f"{error}; the job may exist all the same",
                method=error.method,
                url=error.url,
                process_id=process_id,
                request=request,
                sent_at=error.sent_at,
            )
            uncertain.sent_request = error.sent_request
            uncertain.status, uncertain.headers = error.status, error.headers
            raise uncertain from error

    def _executed_elsewhere(self, process_id: str, answer: Answer, home: str) -> str | None:
        """Return where to send an execute request that nobody can have carried out; or None.

        That is so where POST is not allowed, and where the process itself is not at its path but
        where the landing page links the processes. Any other 404 may be the process's own (of an
        input that it did not find): then the description's link counts from the next time on.
        """
        if answer.status != NOT_ALLOWED and is_there(answer):
            return None
        try:
            page = self._list("processes", process_id, missing=NoSuchProcess)
            links = self._document(ProcessDescription, page).links
        except OgcProcError:
            return None
        fixed = self._places.url("processes", process_id, "execution")
        url = page.own_link(links, "execute") or fixed
        if url == answer.url:
            return None
        self._places.executions[process_id] = url
        moved = self._places.url("processes", process_id) != home
        return url if answer.status == NOT_ALLOWED or moved else None

    def _runs_async(self, process_id: str) -> bool:
        """Return whether a process says that it runs asynchronously, or says nothing of it."""
        options = self.get_process(process_id).jobControlOptions
        return not options or JobControlOptions.async_execute in options

    def _started(self, answer: Answer, process_id: str, request: ProcessRequest) -> JobInfo:
        """Return the job that the answer to an execute request tells of, or the results it holds.

        Where it redirects to stored results that cannot be had, the results are a link to them:
        the execution is done, and is not to be done again for that.
        """
        asked = tuple(request.outputs or ())
        first = answer
        if answer.is_redirect and not answer.location:
            raise answer.unreadable(f"{answer.status} leads nowhere: no Location")
        try:
            if answer.is_redirect and answer.location:
                answer = self._fetched(answer.location)
            job = started_job(answer, process_id)
            if job is None or (job.is_successful and is_collection(job.extra.get("outputs"))):
                # Dewberry's process-api has the results within the job.
                results = self._results_of(answer, process_id, asked)
                left = first.monitored_id or answer.monitored_id
                job = job or JobInfo(left, JobStatus.successful, process_id)
                job.results = results
        except OgcProcError:
            if not first.is_redirect or not first.location:
                raise
            job = JobInfo(first.monitored_id, JobStatus.successful, process_id)
            job.results = linked_results(first, asked, self._known_outputs(process_id, None))
        token = None if self._receiver is None else self._receiver.token_of(request.subscriber)
        context = job._context
        context.url = answer.location if answer.status in CREATED else None
        context.outputs, context.token = asked, token
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
        Servers that ignore a filter are helped out: what does not match is left out here, so that
        a page may be short, or empty, where ``iter_jobs`` finds more.
        ``datetime`` is when the job was created: an instant, a pair of which either end may be
        None for open, or the standard's text. Durations are in seconds, and of the run so far
        where it has not ended. ``limit`` is the most jobs wanted.
        """
        wanted = JobFilter(
            type=type,
            process_id=process_id,
            status=status,
            datetime=datetime,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        answer = self._list("jobs", **wanted.query(), limit=limit_of(limit))
        page = self._document(JobList, answer)
        page.jobs = [job for job in page.jobs if wanted.admits(job)][:limit]
        return page

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
        wanted = JobFilter(
            type=type,
            process_id=process_id,
            status=status,
            datetime=datetime,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        answer = self._list("jobs", **wanted.query(), limit=limit_of(limit))
        yield from filter(wanted.admits, self._entries(JobList, answer))

    def find_submitted(self, error: SubmissionUncertain, *, tolerance: float = 60) -> list[JobInfo]:
        """Return the jobs that an uncertain execution may have left behind, the newest first.

        These are the jobs of its process that were made after it was sent, or do not say when.
        Times are compared by the server's clock where its answer tells the time; ``tolerance``
        is by how many seconds a job may be too old all the same.

        They are candidates: another's execution of the process at that time is one, too. A job may
        be missing where it begins late (ask again), where the server lists no jobs of ours, and
        where it writes local times without their zone (``tolerance=86400`` finds it). Of jobs
        that are listed by their ids alone each is asked for, one request for each job.
        """
        if not isinstance(error, SubmissionUncertain):
            raise TypeError(f"not a SubmissionUncertain: {type(error).__name__}")
        if error.sent_at is None:
            raise ValueError("the error does not say when the request was sent")
        from ._protocol.submitted import newest_first  # noqa: PLC0415 - few need it

        listed = self._jobs_made(error.process_id, error.sent_at, tolerance)
        return newest_first(job for job, is_since in listed if is_since)

    def _jobs_made(
        self, process_id: str, sent_at: moment, tolerance: float
    ) -> Iterator[tuple[JobInfo, bool]]:
        """Yield the jobs of a process, and whether each may have been made by what was sent then.

        That is by the server's clock, where its answer tells the time.
        """
        from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - few need these

        from ._protocol.submitted import clock_ahead, was_made_since  # noqa: PLC0415

        wanted = JobFilter(process_id=process_id)
        first = self._list("jobs", **wanted.query())
        ahead = clock_ahead(first.headers, datetime.now(timezone.utc))
        since = sent_at + ahead - timedelta(seconds=tolerance)
        for job in filter(None, map(self._known_state, self._entries(JobList, first))):
            if wanted.admits(job):
                yield job, was_made_since(job, since)

    def _job_pages(
        self, process_id: str, since: moment | None, limit: int
    ) -> Iterator[Sequence[JobInfo]]:
        """Yield the jobs of a process made since then, by page, as the server lists them."""
        wanted = JobFilter(process_id=process_id, datetime=since and (since, None))
        yield from self._pages(JobList, self._list("jobs", **wanted.query(), limit=limit))

    def _known_state(self, job: JobInfo) -> JobInfo | None:
        """Return a job with its state, asked for where a list gave the id alone; None if gone."""
        try:
            return job if job.status else self.get_job(job)
        except NoSuchJob:
            return None

    def get_job(self, job: str | JobInfo) -> JobInfo:
        """Return the state of a job (`/req/core/job`).

        The job is given by its id, as a JobInfo, or by its URL. Raises NoSuchJob; also where a
        JobInfo's id has come to belong to another job, which some servers let happen.
        """
        return self._seen(job)[0]

    def _seen(self, job: str | JobInfo) -> tuple[JobInfo, Answer]:
        """Return the state of a job, and the answer that told it."""
        answer = checked(self._of_job("GET", job), NoSuchJob)
        now = self._document(JobInfo, answer)
        if isinstance(job, str):
            now._context.url = job if is_url(job) else None
            return now, answer
        now._context.continue_from(job._context)
        if is_another(job, now):
            another = NoSuchJob(
                f"{job.jobID} is another job by now: of {now.processID}, created {now.created}",
                status=answer.status,
                method="GET",
                url=answer.shown_url,
                body=answer.body,
                headers=answer.headers,
            )
            raise answer.told_of(another)
        return now, answer

    def wait_for_job(
        self,
        job: str | JobInfo,
        *,
        timeout: float | None = None,
        poll: Poll = None,
        on_update: Callable[[JobInfo], object] | None = None,
        progress: Any = None,
        on_timeout: str = "leave",
        raise_for_status: bool = True,
    ) -> JobInfo:
        """Return a job when it has ended, asking for its state (`/req/core/job`) until then.

        ``timeout`` is how long to wait, in seconds; None is without end. ``poll`` is the pause
        between two questions in seconds: a number, a pair of the first and the longest, which grow
        by half each time, or an iterator of them; all but the iterator's are jittered. Left out, it
        grows from 0.5 to 30. ``Retry-After`` is obeyed up to a minute. ``on_update(job)`` is called
        with each state that differs from the one before. ``progress`` is True for a line on stderr
        (a bar in a notebook), or what tqdm or rich show it with.

        Lost connections, timeouts, 429, 502, 503 and 504 are waited out, for half an hour where
        there is no ``timeout``. Raises JobFailed and JobDismissed with the server's message, unless
        ``raise_for_status`` is False; WaitTimeout with the job, which runs on, unless
        ``on_timeout`` is ``dismiss``; and what ``get_job`` raises. Interrupted, it leaves the job
        running.
        """
        from ._waiting import RARELY, end_of, ended_otherwise, pauses  # noqa: PLC0415

        if on_timeout not in ("leave", "dismiss"):
            raise ValueError(f"on_timeout is 'leave' or 'dismiss', not {on_timeout!r}")
        seen = job_of(job)
        is_told = self._receiver is not None and seen._context.token is not None
        poll = RARELY if is_told and poll is None else poll
        end, intervals = end_of(timeout, monotonic()), pauses(poll)
        if not seen.is_finished:
            try:
                seen = self._ended(seen, end, intervals, on_update, progress)
            except WaitTimeout as error:
                if on_timeout == "dismiss":
                    error.job = self.dismiss_job(error.job or seen)
                raise
        otherwise = ended_otherwise(seen)
        if otherwise is not None and raise_for_status:
            raise otherwise
        return seen

    def _ended(
        self,
        job: JobInfo,
        end: float,
        poll: Iterator[float],
        on_update: Callable[[JobInfo], object] | None,
        progress: Any,
    ) -> JobInfo:
        """Return a job when it has ended, and show on the way what becomes of it."""
        from ._progress import shown  # noqa: PLC0415 - many never wait
        from ._waiting import BETWEEN_CALLS, is_news, states  # noqa: PLC0415

        before = job
        receiver, token = self._receiver, job._context.token

        def rest(seconds: float) -> None:
            if receiver is None or token is None or receiver.is_closed:
                self._http.rest(seconds)
            else:
                # Some servers call back at each step: that is not for a look each.
                self._http.rest(min(BETWEEN_CALLS, seconds))
                receiver.wait(token, max(0.0, seconds - BETWEEN_CALLS))

        with shown(progress) as display:
            for now in states(job, self._look, end=end, poll=poll, rest=rest):
                if is_news(before, now):
                    display.update(now)
                    if on_update is not None:
                        on_update(now)
                before = now
        return before

    def _look(self, job: JobInfo, left: float) -> tuple[JobInfo, float]:
        """Return a job's state, within the time left, and how long not to ask again, in seconds.

        What goes wrong is the wait's to repair: this is one request, or those it takes to find a
        job.
        """
        from ._http.retrying import asked_pause  # noqa: PLC0415 - many never wait

        limits = tuple(min(time, left) for time in self._http.times)
        now, answer = self.with_options(timeout=limits, retries=0)._seen(job)
        return now, asked_pause(answer.headers)

    def run_process(
        self,
        process_id: str,
        inputs: ProcessRequest | Mapping[str, Any] | None = None,
        *,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        timeout: float | None = None,
        poll: Poll = None,
        on_update: Callable[[JobInfo], object] | None = None,
        progress: Any = None,
        on_timeout: str = "leave",
    ) -> JobResults:
        """Return the results of a process that is run with these inputs, whichever way it is run.

        It is executed as its description says, asynchronously where it can be, its job is waited
        for, and its results are fetched. ``inputs`` is a mapping of input ids to values, or a whole
        ProcessRequest. ``outputs`` are those wanted. ``timeout`` is for all of it, in seconds; None
        leaves an answer that comes at once the client's own time, and a job all the time it takes.
        The rest is as for ``wait_for_job``. Raises what ``execute_process``, ``wait_for_job`` and
        ``get_job_results`` raise.
        """
        from copy import copy  # noqa: PLC0415 - many never wait

        from ._waiting import end_of  # noqa: PLC0415

        request = inputs
        if not isinstance(request, ProcessRequest):
            request = ProcessRequest(request or {}, outputs)
        elif outputs is not None:
            raise ValueError("outputs are given twice: in the request, and beside it")
        request = copy(request)
        token = self._subscribe(request)
        end = end_of(timeout, monotonic())
        patience = None if timeout is None else (self._http.times[0], timeout, timeout)
        try:
            job = self.execute_process(process_id, request, mode="auto", timeout=patience)
            job = self.wait_for_job(
                job,
                timeout=None if timeout is None else max(end - monotonic(), 0.0),
                poll=poll,
                on_update=on_update,
                progress=progress,
                on_timeout=on_timeout,
            )
        finally:
            self._unsubscribe(token)
        return self.get_job_results(job)

    def get_job_results(
        self, job: str | JobInfo, *, outputs: Sequence[str] | None = None
    ) -> JobResults:
        """Return the results of a job (`/req/core/job-results`).

        ``outputs`` are the ids of those wanted, for servers that can choose (2.0). Raises
        ResultNotReady while the job runs, JobFailed with the server's message where it failed,
        JobDismissed, NoSuchJob; NoSuchOutput where results that came at once lack one.
        """
        process_id, asked = None, ids_of(outputs)
        if isinstance(job, JobInfo) and job.results is not None:
            return job.results if outputs is None else chosen(job.results, outputs)
        query: dict[str, Any] = {} if outputs is None else {"outputs": ",".join(outputs)}
        answer = self._of_job("GET", job, "results", **query)
        if answer.status >= ERROR or (answer.was_redirected and is_problem(answer)):
            raise self._why_no_results(job, answer)
        if isinstance(job, JobInfo):
            process_id, asked = job.processID, asked or job._context.outputs
        return self._results_of(answer, process_id, asked, job)

    def _why_no_results(self, job: str | JobInfo, answer: Answer) -> OgcProcError:
        """Return the error for an error in place of results: the job's own state tells it best.

        "Not ready" comes as 403, 404 and 400, also for jobs that failed; why a job failed often
        stands in its message alone.
        """
        from ._waiting import ended_otherwise  # noqa: PLC0415 - few need it

        error = error_of(answer, NoSuchJob)
        if answer.status in SAYS_ENOUGH or kind_of(answer) is NoSuchJob:
            return error
        try:
            now = self.get_job(job)
        except OgcProcError:
            return error
        detail = error.problem.detail if error.problem else None
        otherwise = ended_otherwise(now, detail)
        told: OgcProcError = error
        if otherwise is not None:
            told = otherwise
        elif now.is_successful:
            told = error_of(answer, NoSuchJob, ResultNotAvailable)
        elif now.status:
            told = error_of(answer, NoSuchJob, ResultNotReady)
        told.sent_request = error.sent_request
        told.__cause__ = None if told is error else error
        return told

    def get_job_result(self, job: str | JobInfo, output: str | None = None) -> Any:
        """Return one output's plain value, fetched where it came by reference.

        ``output`` may be left out where there is only one. JSON comes decoded, text as str,
        anything else as bytes. Raises NoSuchOutput, and what ``get_job_results`` raises.
        """
        results = self.get_job_results(job)
        output = only(results, output)
        return self._plain(chosen(results, [output])[output])

    def _plain(self, value: Any) -> Any:
        """Return a value without its wrapping; what came by reference is fetched."""
        from ._protocol.results import raw_value  # noqa: PLC0415 - not before there are any

        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, Link):
            answer = self._fetched(value.href)
            value = raw_value(answer.headers, answer.body)
        return value.plain if isinstance(value, QualifiedValue) else value

    def download_job_results(
        self,
        job: str | JobInfo,
        directory: Path,
        *,
        outputs: Sequence[str] | None = None,
        if_exists: str = "error",
    ) -> dict[str, pathlib.Path]:
        """Write a job's results to files (`/req/core/job-results`); return these by output id.

        Each is named after its output, with the extension of its media type, and streamed: none is
        held in memory. An output of several files is a directory of them. What came by reference
        is fetched. A download that is cut goes on where it was, also in a later run, where the
        server allows; lengths and digests are verified, and a file is complete or not there.
        ``results.json`` says what came from where.

        ``if_exists`` is ``error``; ``skip`` to leave files alone that are there; ``resume`` to
        leave those that ``results.json`` tells of; or ``overwrite``. Raises what
        ``get_job_results`` raises; where one output cannot be fetched, its error after the others
        were. FileExistsError where a file is in the way, BlockingIOError where another run writes.
        """
        from pathlib import Path  # noqa: PLC0415 - few need these

        from ._downloads.files import MODES, Folder  # noqa: PLC0415

        if if_exists not in MODES:
            raise ValueError(f"if_exists is one of {', '.join(MODES)}, not {if_exists!r}")
        asked = ids_of(outputs)
        known = job_of(job)
        folder = Folder(self, known, Path(directory), if_exists)
        if known.results is not None:
            folder.open()
            return folder.write(known.results if outputs is None else chosen(known.results, asked))
        stream = self._opened_results(job, outputs)
        with stream:
            folder.open()
            return folder.write_answer(
                stream,
                asked or known._context.outputs,
                lambda more: self._opened_results(job, outputs, more),
            )

    def open_job_result(self, job: str | JobInfo, output: str | None = None) -> ResultFile:
        """Return one output as a file to read from, a context manager; it is read as it comes.

        ``output`` may be left out where there is only one. It has ``mediaType`` and ``length``, as
        far as the server tells them. A connection that is cut is replaced where the server allows,
        else reading raises TransportError. Several outputs in one answer that is larger than
        ``max_body`` are kept in a temporary file until it is closed. Raises NoSuchOutput, and what
        ``get_job_results`` raises.
        """
        from ._downloads.files import Laid, is_only, named  # noqa: PLC0415 - few need these
        from ._downloads.opened import ResultFile  # noqa: PLC0415

        def over(stream: Stream, open_: Callable[[Mapping[str, str]], Stream]) -> ResultFile:
            http = self._http
            return ResultFile.over(stream, open_, retries=http.retries, rest=http.rest)

        def again(more: Mapping[str, str]) -> Stream:
            return self._opened_results(job, None, more)

        known = job_of(job)
        if known.results is not None:
            return Laid(known.results).open(output, self._opened, over)
        stream = self._opened_results(job, None)
        if is_only(stream, self._http.max_body):
            named(self, known, stream, output)
            return over(stream, again)
        with stream:
            laid = Laid.out(self, known, stream, again)
        return laid.open(output, self._opened, over)

    def _opened_results(
        self,
        job: str | JobInfo,
        outputs: Sequence[str] | None,
        fields: Mapping[str, str] | None = None,
    ) -> Stream:
        """Return the answer that holds a job's results, its body still to come."""

        def send(_: str, url: str) -> Answer:
            return self._http.open(url, headers=fields)

        query: dict[str, Any] = {} if outputs is None else {"outputs": ",".join(outputs)}
        answer = self._of_job("GET", job, "results", send=send, **query)
        if answer.status >= ERROR and not (fields and answer.status in NOT_THAT_PART):
            raise self._why_no_results(job, answer)
        return answer  # type: ignore[return-value] # it is what send returns

    def _opened(self, href: str, fields: Mapping[str, str]) -> Stream:
        """Return the answer to a GET of what a server points to, its body still to come."""

        def get(url: str) -> Answer:
            answer = self._http.open(url, headers=fields)
            if "Range" in fields and answer.status in NOT_THAT_PART:
                return answer
            return checked(answer, ServiceError)

        return self._reached(href, get)  # type: ignore[return-value] # it is what get returns

    def _read_results(self, answer: Answer, asked: Sequence[str], job: JobInfo) -> JobResults:
        """Return the results that an answer holds, read as it came."""
        if answer.was_redirected and is_problem(answer):
            raise self._why_no_results(job, answer)
        return self._results_of(answer, job.processID, tuple(asked), job)

    def _named_results(
        self, headers: Headers, body: bytes, asked: Sequence[str], job: JobInfo
    ) -> JobResults:
        """Return a body as results, whatever it is: its output has the name that it bears."""
        from ._http.answer import Answer  # noqa: PLC0415 - imported when a client is made

        answer = Answer("GET", f"{self.api_url}/", OK, headers, body)
        return self._results_of(answer, job.processID, tuple(asked), job)

    def _named_parts(
        self,
        parts: Sequence[tuple[Headers, bytes]],
        asked: Sequence[str],
        job: JobInfo,
        url: str,
    ) -> Mapping[str, Any]:
        """Return parts of a body by output id; ``url`` is where it came from."""
        from ._protocol.results import Known, part_values  # noqa: PLC0415 - few need these

        known = Known(asked, lambda: self._known_outputs(job.processID, job), url)
        return part_values(parts, known)

    def dismiss_job(self, job: str | JobInfo) -> JobInfo:
        """Cancel a job that runs, or remove one that has ended (`/req/dismiss/job-dismiss-op`).

        Returns its last state as the server tells it, ``dismissed`` where it tells nothing or
        says that the job is gone; what else it says is in ``extra``. Raises NoSuchJob, but not
        where an earlier try may have removed the job, and ServiceError where it cannot be done.
        """
        answer = self._of_job("DELETE", job)
        process_id = job.processID if isinstance(job, JobInfo) else None
        data = None
        is_gone = answer.status == GONE or (answer.status == NOT_FOUND and answer.was_repeated)
        if not is_gone:
            if answer.is_redirect:
                raise error_of(answer, NoSuchJob)
            data = checked(answer, NoSuchJob).json_or_none()
            if is_status_info(data):
                last = self._adopted(JobInfo, data, answer)
                last.processID = last.processID or process_id
                return last
        said = {**data, "status": None} if isinstance(data, dict) else {}
        return told_job(job_id(job), JobStatus.dismissed, process_id, said)

    # --- many jobs ------------------------------------------------------------------------

    def run_many(
        self,
        process_id: str,
        inputs: Iterable[Any],
        *,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        max_active: int = 10,
        journal: Path | None = None,
        then: Callable[[Outcome], Any] | None = None,
        executor: Executor | None = None,
        directory: Path | None = None,
        timeout: float | None = None,
        on_timeout: str = "leave",
        poll: float | tuple[float, float] | None = None,
    ) -> Iterator[Outcome]:
        """Yield an outcome for each of many inputs, as their jobs end.

        ``inputs`` yields mappings of inputs (or ProcessRequests), or pairs of a key and one; it is
        read as it is needed. At most ``max_active`` jobs are unfinished on the server at a time. An
        outcome has the key (else the number), the job, and its results or the error that stands for
        them: what fails for one leaves the others alone.

        ``journal`` is a file that makes the run resumable: what is done is not done again, what was
        sent is found again, and an outcome that was given but whose next was never asked for is
        given again, as is what failed otherwise than by the job's own end. Where it cannot be told
        what became of a request, that is a SubmissionUncertain, with the candidates.

        ``then(outcome)`` is called with each outcome, on ``executor`` where one is given (threads,
        processes, Dask, ...); what it returns is the outcome's ``value``. With ``directory``,
        results are files in a folder there for each key, not in memory. ``timeout`` is for each
        job, in seconds; ``on_timeout`` and ``poll`` are as for ``wait_for_job``.

        Raises at the first outcome ValueError for a journal of another run and BlockingIOError
        where one is in use; later on, what lets no item be executed, such as a TransportError.
        """
        from .batch import Run  # noqa: PLC0415 - few need it

        return Run(
            self,
            process_id,
            inputs,
            outputs=outputs,
            max_active=max_active,
            journal=journal,
            then=then,
            executor=executor,
            directory=directory,
            timeout=timeout,
            on_timeout=on_timeout,
            poll=poll,
        ).outcomes()

    def callbacks(self, host: str = "127.0.0.1", port: int = 0, url: str | None = None) -> Receiver:
        """Return an open receiver of callbacks (`/req/callback/job-callback`), to be closed.

        While it is open, ``run_process`` and ``run_many`` subscribe to the jobs they start, on
        servers that declare the class, and ask for states rarely. ``url`` is where the server
        reaches it, if that is not ``http://host:port``. What it receives is taken for nothing but a
        sign to look again. Raises OSError and ValueError.
        """
        from .callbacks import Receiver  # noqa: PLC0415 - few need it

        self._receiver = receiver = Receiver(host, port, url)
        return receiver

    def _subscribe(self, request: ProcessRequest) -> str | None:
        """Subscribe to the job that a request starts, where that can be; return the token."""
        receiver = self._receiver
        if receiver is None or receiver.is_closed:
            return None
        if request.subscriber is None and self.conforms_to("callback"):
            request.subscriber = receiver.subscriber()
        return receiver.token_of(request.subscriber)

    def _unsubscribe(self, token: str | None) -> None:
        """Forget a subscription, where there is one."""
        if token is not None and self._receiver is not None:
            self._receiver.forget(token)

    def _listen(self, called: Callable[[str], object]) -> Callable[[], object]:
        """Have a function called with the token of each callback; return what ends that."""
        if self._receiver is None:
            return lambda: None
        return self._receiver.listen(called)

    def _results_again(
        self, answer: tuple[int, list[tuple[str, str]], bytes], job: JobInfo
    ) -> JobResults:
        """Return the results that an answer held which was written down."""
        from ._http.answer import Answer  # noqa: PLC0415 - imported when a client is made
        from ._http.headers import Headers  # noqa: PLC0415

        status, fields, body = answer
        again = Answer("POST", f"{self.api_url}/", status, Headers(fields), body)
        return self._results_of(again, job.processID, job._context.outputs)

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

    def _list(
        self, root: str, *segments: str, missing: type[ServiceError] = ServiceError, **query: Any
    ) -> Answer:
        """Return the answer to a GET of a resource that the landing page may have put elsewhere."""
        answer = self._http.send("GET", self._places.url(root, *segments, **query))
        if not is_there(answer):
            answer = self._elsewhere(answer, root, *segments, **query)
        return checked(answer, missing)

    def _of_job(
        self,
        method: str,
        job: str | JobInfo,
        *segments: str,
        send: Callable[[str, str], Answer] | None = None,
        **query: Any,
    ) -> Answer:
        """Return the answer, error or not, to a request to a job, wherever it is.

        Where there is nothing at the URL that the server gave it, or at the fixed path, its other
        links are tried.
        """
        send = send or self._http.send
        answer = send(method, self._job_url(job, *segments, **query))
        if is_there(answer):
            return answer
        if isinstance(job, JobInfo):
            for own in filter(None, map(self._http.own, job_links(job))):
                url = self._http.below(own, *segments, **query)
                if url != answer.url:
                    found = send(method, url)
                    if is_there(found):
                        return found
        elif is_url(job):
            return answer
        return self._elsewhere(answer, "jobs", job_id(job), *segments, send=send, **query)

    def _elsewhere(
        self,
        answer: Answer,
        root: str,
        *segments: str,
        send: Callable[[str, str], Answer] | None = None,
        **query: Any,
    ) -> Answer:
        """Return the answer of where else a resource may be; the given one where it is nowhere.

        The landing page is asked, once (`/per/core/alternative-process-paths`). What it says
        counts from then on where it was seen to hold.
        """
        asked = {answer.url}
        for home in ("", self._places.linked(root, self._landing_page)):
            url = self._http.url(root, *segments, home=home, **query)
            if url not in asked:
                asked.add(url)
                found = (send or self._http.send)(answer.method, url)
                if is_there(found):
                    self._places.homes[root] = home
                    return found
        return answer

    def _landing_page(self) -> tuple[Answer, Sequence[Link]]:
        """Return the landing page, and its links."""
        page = self._get(f"{self.api_url}/")
        return page, self._document(Capabilities, page).links

    def _fetched(self, href: str, *, accept: str | None = None) -> Answer:
        """Return the answer to a GET of what a server points to.

        Servers behind a proxy know themselves by another name: then the same path on our own is
        tried, too, and first where it is a job's or a process's. Raises UnsafeRedirect.
        """
        return self._reached(href, lambda url: self._get(url, accept=accept))

    def _reached(self, href: str, get: Callable[[str], Answer]) -> Answer:
        """Return what ``get`` returns for the URL where what a server points to can be had."""
        own = self._http.own(href)
        is_ours = own is not None and OF_OURS.search(own) is not None
        url = own if own and is_ours else self._http.fetchable(href)
        try:
            return get(url)
        except (ServiceError, TransportError) as error:
            if is_ours and not self._http.owns(href):
                second = href
            elif own and isinstance(error, TransportError) and not error.sent:
                second = own
            else:
                raise
            try:
                return get(self._http.fetchable(second))
            except OgcProcError:
                raise error from None

    def _document(self, model: type[D], answer: Answer) -> D:
        """Return the document that an answer holds; raises DocumentError with its URL."""
        return self._adopted(model, answer.json(), answer)

    def _adopted(self, model: type[D], data: Any, answer: Answer) -> D:
        """Return the document made of an answer's decoded body; raises DocumentError."""
        try:
            return model._consume(data)
        except DocumentError as error:
            error.url = answer.shown_url
            error.body = answer.body
            answer.told_of(error)
            raise

    def _entries(self, model: type[ProcessList | JobList], answer: Answer) -> Iterator[Any]:
        """Yield a list's entries, page after page by their ``next`` links, each of them once."""
        for page in self._pages(model, answer):
            yield from page

    def _pages(self, model: type[ProcessList | JobList], answer: Answer) -> Iterator[Sequence[Any]]:
        """Yield the entries of a list by page, each of them once.

        Servers link to empty pages, to pages that were there before, to ones that overlap, and to
        ever further pages that all hold the same.
        """
        urls = {answer.url}
        known: set[tuple[str, str | None]] = set()
        while True:
            page = self._document(model, answer)
            fresh = [entry for entry in page.entries if key_of(entry) not in known]
            known.update(map(key_of, fresh))
            yield fresh
            url = answer.next_page(page.links) if fresh else None
            if url is None or url in urls:
                return
            urls.add(url)
            answer = self._get(url)

    def _job_url(self, job: str | JobInfo, *segments: str, **query: Any) -> str:
        """Return the URL of a job, or of a resource of its."""
        if isinstance(job, str):
            name, url = job, job if is_url(job) else None
        elif isinstance(job, JobInfo):
            name, url = job.jobID, job._context.url
            if url is not None and not self._http.owns(url):
                url = None  # it names its server otherwise than we do
            if not name and url is None:
                raise ValueError("a job without an id: its results came at once")
        else:
            raise TypeError(f"a job is its id, its URL or a JobInfo, not {job!r}")
        if url is not None:
            return self._http.below(url, *segments, **query)
        return self._places.url("jobs", name, *segments, **query)

    def _results_of(
        self,
        answer: Answer,
        process_id: str | None,
        asked: tuple[str, ...],
        job: str | JobInfo | None = None,
    ) -> JobResults:
        """Return the results that an answer holds, a bare value under its output's id."""
        from ._protocol import results  # noqa: PLC0415 - not before there are any

        def outputs() -> Mapping[str, OutputDescription]:
            return self._known_outputs(process_id, job)

        # ZOO-Project answers 200 with why a job failed.
        if results.is_problem(answer.headers, answer.body, asked, outputs=outputs):
            raise error_of(answer, ServiceError)
        return results.read_results(
            answer.status, answer.headers, answer.body, asked, outputs=outputs, url=answer.url
        )

    def _known_outputs(
        self, process_id: str | None, job: str | JobInfo | None
    ) -> Mapping[str, OutputDescription]:
        """Return a process's outputs by its description; none where that cannot be had.

        A name for a value is not worth an error: the value has come.
        """
        try:
            if process_id is None and job is not None:
                process_id = self.get_job(job).processID
            if process_id is None:
                return {}
            outputs = self._outputs.get(process_id)
            if outputs is None:
                outputs = self.get_process(process_id).outputs
                if len(self._outputs) >= REMEMBERED:
                    self._outputs.clear()
                self._outputs[process_id] = outputs
        except (OgcProcError, ValueError):
            return {}
        return outputs


OK = 200
NOT_FOUND = 404
NOT_ALLOWED = 405
GONE = 410
#: Where errors begin.
ERROR = 400
#: Statuses that refuse the part of a body that was asked for.
NOT_THAT_PART = frozenset({412, 416})
#: Errors that are not about the job: who asks, how, how often, and a server in trouble.
SAYS_ENOUGH = frozenset({401, 406, 407, 429, 502, 503, 504})
#: Paths of what a server itself has stored.
OF_OURS = re.compile(r"/(jobs|processes)/")
#: The relations by which a job links to itself.
OF_A_JOB = frozenset({"self", "status", "monitor"})


def request_of(document: Mapping[str, Any] | None) -> ProcessRequest:
    """Return the request that a dict is; raises ValueError, for what is the caller's mistake."""
    try:
        request: ProcessRequest = ProcessRequest.from_dict({} if document is None else document)
    except DocumentError as error:
        raise ValueError(f"no execute request: {error}") from None
    return request


def preferred(mode: str, wait: int | None) -> str | None:
    """Return what is preferred where an execution may be asynchronous; None for ``sync``.

    Raises TypeError and ValueError.
    """
    if mode not in ("async", "sync", "auto"):
        raise ValueError(f"mode is 'async', 'sync' or 'auto', not {mode!r}")
    if wait is None:
        return None if mode == "sync" else "respond-async"
    if mode == "sync":
        raise ValueError("wait is for an asynchronous answer: there is none to mode='sync'")
    return f"respond-async, wait={at_least(1, wait, 'wait')}"


def limit_of(limit: int | None) -> int | None:
    """Return how many entries are wanted at most; raises TypeError and ValueError."""
    return None if limit is None else at_least(0, limit, "limit")


def chosen(results: JobResults, outputs: Sequence[str]) -> JobResults:
    """Return the results of these outputs; raises NoSuchOutput."""
    for output in outputs:
        if output not in results:
            raise NoSuchOutput(f"no output {output!r}, but {', '.join(results) or 'none'}")
    return type(results)(
        {output: results[output] for output in outputs},
        status=results.status,
        headers=results.headers,
        body=results.body,
    )


def only(results: JobResults, output: str | None) -> str:
    """Return the id of the output that is asked for, or of the only one; raises ValueError."""
    if output is not None:
        return output
    if len(results) != 1:
        raise ValueError(f"which output? There are {', '.join(results) or 'none'}")
    return next(iter(results))


def ids_of(outputs: Sequence[str] | None) -> tuple[str, ...]:
    """Return the ids that were given; raises TypeError for a text, which is one."""
    if isinstance(outputs, (str, bytes)):
        raise TypeError(f"outputs are several ids, not {outputs!r}")
    return tuple(outputs or ())


def key_of(entry: ProcessSummary | JobInfo) -> tuple[str, str | None]:
    """Return what tells an entry of a list from the others: processes may come in versions."""
    return (entry.jobID, None) if isinstance(entry, JobInfo) else (entry.id, entry.version)


def job_links(job: JobInfo) -> Iterator[str]:
    """Yield the URLs by which a job, and who made it, link to it."""
    if job._context.url is not None:
        yield job._context.url
    for link in job.links:
        if relation(link.rel) in OF_A_JOB and "html" not in (link.type or ""):
            yield link.href


def is_collection(value: Any) -> bool:
    """Return whether a value is an object or an array."""
    return isinstance(value, (dict, list))


def is_there(answer: Answer) -> bool:
    """Return whether there is something at a URL: no 404, or one of the standard's own."""
    return answer.status != NOT_FOUND or kind_of(answer) is not None


def checked(answer: Answer, missing: type[ServiceError]) -> Answer:
    """Return an answer that is no error; raises the ServiceError of one that is."""
    if answer.status < ERROR:
        return answer
    raise error_of(answer, missing)


def error_of(
    answer: Answer, missing: type[ServiceError], kind: type[ServiceError] | None = None
) -> ServiceError:
    """Return the error that an answer is; ``missing`` for a 404, ``kind`` where it is known."""
    from ._protocol.problems import service_error  # noqa: PLC0415 - not before there is one

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


def kind_of(answer: Answer) -> type[ServiceError] | None:
    """Return the error that an answer names by the standard's own type, or None."""
    from ._protocol.problems import kind_by_type, problem  # noqa: PLC0415 - not before there is one

    return kind_by_type(problem(answer.status, answer.headers, answer.body))


def is_problem(answer: Answer) -> bool:
    """Return whether an answer of status 200 holds an error all the same (ZOO)."""
    from ._protocol import results  # noqa: PLC0415 - not before there are any

    return results.is_problem(answer.headers, answer.body)


def is_url(job: str) -> bool:
    """Return whether a job is given by its URL."""
    return job.startswith(("http://", "https://"))


def job_of(job: str | JobInfo) -> JobInfo:
    """Return a job that is given by its id or URL as one of which nothing else is known."""
    if isinstance(job, JobInfo):
        return job
    if not isinstance(job, str):
        raise TypeError(f"a job is its id, its URL or a JobInfo, not {job!r}")
    known = JobInfo(job_id(job))
    known._context.url = job if is_url(job) else None
    return known


def job_id(job: str | JobInfo) -> str:
    """Return a job's id: its own, or the end of its URL."""
    if isinstance(job, JobInfo):
        return job.jobID
    from ._http.urls import last_segment  # noqa: PLC0415 - imported when a client is made

    return last_segment(job) if is_url(job) else job


def is_another(before: JobInfo, now: JobInfo) -> bool:
    """Return whether an id has come to belong to another job: of another process, or later made.

    A second's difference is none: a server may round. A process named after the job (actinia) is
    none to compare with.
    """
    if before.processID and now.processID and not now.processID.endswith(now.jobID):
        last = [one.rstrip("/").rpartition("/")[2] for one in (before.processID, now.processID)]
        if last[0] != last[1]:
            return True
    if before.created is None or now.created is None:
        return False
    return abs((now.created - before.created).total_seconds()) > 1
