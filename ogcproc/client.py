"""The client: one method per resource of the standard, in the order in which a user meets them.

client = Client("http://127.0.0.1:8008")
client.get_processes()                       # what is there to run?
client.get_process("first_workflow")         # what does it take?
job = client.execute_process("first_workflow", {"inputs": {"id": "sup"}})
client.get_job(job)                          # is it done?
client.get_job_results(job)                  # {'final': 'supsup'}
client.dismiss_job(job)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import copy
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from . import __version__
from ._execution import Execution, Subscriptions, Waiter, jobs_since, naming, preference
from ._http.answer import IS_IT_ONE, Answer
from ._http.headers import checked_fields
from ._http.request import SentRequest
from ._http.transport import Transport
from ._http.urls import base_of
from ._protocol.jobs import (
    JobFilter,
    as_job,
    job_from,
    job_id_of,
    limit_of,
    newest_first,
    output_ids,
    page_limit,
    process_id_of,
    results_of,
    says_dismissed,
    single_output,
)
from ._protocol.problems import checked, error_of
from ._resources import Resources, is_api_definition
from ._types import (
    Auth,
    FilePath,
    IfExists,
    Instant,
    Mode,
    OnRequest,
    OnResponse,
    OnTimeout,
    Outcome,
    Params,
    Poll,
    Receiver,
    ResultFile,
    SSLContext,
    Timeout,
)
from ._waiting import (
    deadline_of,
)
from .auth.basic import BasicAuth
from .errors import NoSuchJob, SubmissionUncertain, room_for
from .models import (
    Capabilities,
    ConformanceDeclaration,
    JobInfo,
    JobList,
    JobResults,
    JobStatus,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
    ProcessSummary,
)
from .models.jobs import is_status_info

__all__ = ["Client"]

C = TypeVar("C", bound="Client")

#: JSON first, everything else after it: pygeoapi answers with web pages to any ``Accept`` that
#: does not begin with JSON, weaver with 406 to any that holds nothing else.
ACCEPT = "application/json, */*;q=0.1"
ACCEPT_OPENAPI = "application/vnd.oai.openapi+json;version=3.0, application/json, */*;q=0.1"
USER_AGENT = f"ogcproc/{__version__}"
#: The header fields that the client sets itself, as it writes them: none may come twice.
OURS = {name.lower(): name for name in ("Accept", "Authorization", "Content-Type", "User-Agent")}
MAX_BODY = 64 * 1024 * 1024
NOT_FOUND = 404
GONE = 410


class Client:
    """A client of one OGC API - Processes server.

    ``timeout`` is (connect, read) or (connect, read, total) in seconds; total limits a call with
    all its retries and is read plus ten minutes if left out. One number is used for all three;
    None means no limit. ``retries`` is how often a request is retried if that is safe; an execute
    request is sent at most once. ``max_body`` is the largest answer read into memory, in bytes
    after decompression. ``with_options`` and some methods change these for one call. ``auth`` and
    ``headers`` go to the origin of ``api_url`` and nowhere else. ``origins`` maps further origins
    to their credentials: ``{"https://data.example.org": BearerAuth(token)}``. All others get none,
    and a redirect that has left our origin gets none back there. ``params`` go into the query of
    each request under ``api_url``, unless its URL has a parameter of that name.

    The methods that read or start take ``params``, too: further query parameters of that one
    request. A list repeats its parameter, and None leaves it out. ``wrap_objects=True`` sends plain
    objects in inputs as ``{"value": {...}}``, which the standard asks for and few servers take.

    ``proxy`` is the URL of a proxy for all requests, such as ``http://user:password@host:3128`` or
    ``socks5h://host:1080``; an empty text means no proxy. If it is left out, ``HTTP_PROXY``,
    ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are read from the environment, once.

    ``ca_bundle`` is a file or directory of certificates to trust. If it is left out, it is taken
    from the first of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``, ``REQUESTS_CA_BUNDLE`` or
    ``CURL_CA_BUNDLE`` that is set, else the system trust store is used. ``client_cert`` is a PEM
    file with our certificate and its key, or a pair of files; only the origin of ``api_url`` gets
    to see it. ``ssl_context`` replaces all of these, for all servers. ``verify=False`` accepts any
    certificate of a server, not of a proxy, and warns once for each host (InsecureWarning).

    ``on_request(request)`` is called before each try of each request, redirects included, token
    requests excluded. It gets the request without its secrets (``.method``, ``.url``,
    ``.headers``, ``.curl()``) and may return further header fields, such as ``traceparent``. They
    go to the origin of ``api_url`` alone, and replace none. If it raises, nothing is sent and the
    call raises the same. ``on_response(request, outcome, seconds)`` is called after each try, in
    the same thread. The outcome is the answer (``.status``, ``.headers``, ``.body``) or the error;
    what ``on_response`` raises is only logged.

    Threads may share a client. It survives a fork, and pickles without its connections. It is a
    context manager; ``close()`` closes its connections. Requests in progress in other threads then
    finish; later ones raise TransportError.
    """

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        api_url: str,
        *,
        auth: Auth | Callable[..., Mapping[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Params = None,
        origins: Mapping[str, Auth | Callable[..., Mapping[str, str]]] | None = None,
        timeout: Timeout = (10, 60),
        retries: int = 3,
        proxy: str | None = None,
        ca_bundle: FilePath | None = None,
        client_cert: FilePath | tuple[FilePath, FilePath] | None = None,
        ssl_context: SSLContext | None = None,
        verify: bool = True,
        pool_size: int = 32,
        max_body: int = MAX_BODY,
        wrap_objects: bool = False,
        user_agent: str | None = None,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
    ) -> None:
        self._settings: dict[str, Any] = {
            "api_url": api_url,
            "auth": auth,
            "headers": dict(headers or {}),
            "params": copy(params),
            "origins": copy(origins),
            "timeout": timeout,
            "retries": retries,
            "proxy": proxy,
            "ca_bundle": ca_bundle,
            "client_cert": client_cert,
            "ssl_context": ssl_context,
            "verify": verify,
            "pool_size": pool_size,
            "max_body": max_body,
            "wrap_objects": wrap_objects,
            "user_agent": user_agent,
            "on_request": on_request,
            "on_response": on_response,
        }
        self._start()

    def _start(self) -> None:
        settings = dict(self._settings)
        headers = checked_fields(self._settings["headers"])
        given = {OURS.get(name.lower(), name): value for name, value in headers.items()}
        agent = settings.pop("user_agent") or USER_AGENT
        if not isinstance(agent, str):
            raise TypeError(f"user_agent must be str, not {type(agent).__name__}")
        settings["headers"] = {"User-Agent": agent, "Accept": ACCEPT, **given}
        self.api_url: str
        self.api_url, user, password = base_of(settings.pop("api_url"))
        if settings["auth"] is None and user is not None:
            settings["auth"] = BasicAuth(user, password or "")
        wrap_objects = settings.pop("wrap_objects")
        self._http = Transport(self.api_url, **settings)
        self._resources = Resources(self._http, wrap_objects=wrap_objects)
        self._subscriptions = Subscriptions()

    def __repr__(self) -> str:
        return f"Client(api_url={self.api_url!r})"

    def __enter__(self: C) -> C:  # noqa: PYI019 - Self is not in typing before 3.11
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
        """The last request that this thread sent by this client, secrets redacted; or None.

        ``client.last_request.curl()`` is a curl command for the same request.
        """
        return self._http.last_request

    def with_options(  # noqa: PYI019 - Self is not in typing before 3.11
        self: C,
        *,
        timeout: Timeout = None,
        retries: int | None = None,
        max_body: int | None = None,
    ) -> C:
        """Return this client with other limits, for a call or a few.

        It shares the connections, the credentials and what was learnt of the server:
        ``client.with_options(timeout=(10, 3600)).execute_process(...)``. Limits that are left out
        stay as they are. Closing one of the two closes both.
        """
        given = {"timeout": timeout, "retries": retries, "max_body": max_body}
        changed = {name: value for name, value in given.items() if value is not None}
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settings = {**self._settings, **changed}
        other._resources = self._resources.with_options(**changed)
        other._http = other._resources.http
        return other

    def close(self) -> None:
        """Close the connections; later requests raise TransportError."""
        self._subscriptions.close()
        self._http.close()

    # --- the server -----------------------------------------------------------------------------

    def get_capabilities(self) -> Capabilities:
        """Return the landing page (`/req/core/landingpage-op`)."""
        return self._resources.capabilities(self._resources.get(""))

    def get_api_definition(self) -> dict[str, Any]:
        """Return the OpenAPI document that the landing page links to.

        This is `/req/core/api-definition-op`. Raises DocumentError if there is no link, and if the
        document is not JSON.
        """
        page, links = self._resources.landing_page()
        candidates = [link for link in links if is_api_definition(link)]
        if not candidates:
            raise page.unreadable("no service-desc link", path="links")
        best = min(candidates, key=lambda link: "json" not in (link.type or ""))
        answer = self._resources.follow(page.resolve(best.href), accept=ACCEPT_OPENAPI)
        definition: Any = answer.json()
        if not isinstance(definition, dict):
            raise answer.unreadable("expected an object")
        return definition

    def get_conformance(self) -> ConformanceDeclaration:
        """Return the conformance classes that the server declares (`/req/core/conformance-op`)."""
        answer = self._resources.get("conformance")
        return self._resources.document(ConformanceDeclaration, answer)

    def conforms_to(self, conformance: str) -> bool:
        """Return whether the server declares a conformance class; the client asks once.

        The class is given by its URI, or by its short name: ``job-list`` means that class of any
        version of any part of the standard. Servers do not do everything that they declare.
        """
        return self._resources.conforms_to(conformance)

    # --- processes ------------------------------------------------------------------------------

    def get_processes(self, limit: int | None = None, *, params: Params = None) -> ProcessList:
        """Return one page of the process list (`/req/core/process-list`).

        ``limit`` is the most processes on the page. Some servers cut their lists silently:
        ``get_process`` may find a process that is not listed.
        """
        answer = self._resources.get("processes", limit=limit_of(limit), params=params)
        page = self._resources.document(ProcessList, answer)
        page.processes = page.processes[:limit]
        return page

    def iter_processes(
        self, limit: int | None = None, *, page_size: int | None = None, params: Params = None
    ) -> Iterator[ProcessSummary]:
        """Yield every process, page after page, at most ``limit`` in all.

        ``page_size`` is the most processes per page.
        """
        limit, asked = limit_of(limit), page_limit(limit, page_size)
        answer = self._resources.get("processes", limit=asked, params=params)
        yield from islice(self._resources.entries(ProcessList, answer, params), limit)

    def get_process(
        self, process_id: str | ProcessSummary, *, params: Params = None
    ) -> ProcessDescription:
        """Return a process with its inputs and outputs (`/req/core/process`).

        Raises NoSuchProcess.
        """
        return self._resources.process(process_id_of(process_id), params)

    def execute_process(
        self,
        process_id: str | ProcessSummary,
        request: ProcessRequest | Mapping[str, Any] | None = None,
        *,
        mode: Mode = "async",
        wait: int | None = None,
        timeout: Timeout = None,
        params: Params = None,
    ) -> JobInfo:
        """Start a process and return its job (`/req/core/process-execute-op`).

        ``request`` is a ProcessRequest, or a dict, which is the request's own document: it goes out
        as it is, with ``"inputs": {}`` if it has no inputs, and times, bytes and files as text.
        ``mode`` is ``async``, ``sync`` or ``auto``; ``auto`` asks the process's description.
        ``wait`` is how many seconds the server may hold back an asynchronous answer. Whatever the
        mode, the server decides: if it answers with the results, the job is successful and holds
        them in ``results``. ``timeout`` is the client's, for this call: a synchronous process may
        run for hours.

        The request is carried out at most once: it is sent again only if the answer proves that
        nothing was done (``docs/executed-once.rst``). Raises SubmissionUncertain if nobody can
        tell, NoSuchProcess, and ServiceError if the server refuses the inputs.
        """
        resources = self._resources
        if timeout is not None:
            resources = resources.with_options(timeout=timeout)
        process_id = process_id_of(process_id)
        execution = Execution(resources, process_id, request, params)
        prefer = preference(mode, wait)
        if mode == "auto" and not resources.runs_async(process_id):
            prefer = None
        job = execution.start(prefer)
        job._context.token = self._subscriptions.token_of(request)
        return job

    # --- jobs -----------------------------------------------------------------------------------

    def get_jobs(
        self,
        *,
        type: str | Iterable[str] | None = None,  # noqa: A002 - the standard's name
        process_id: str | ProcessSummary | Iterable[str | ProcessSummary] | None = None,
        status: str | Iterable[str] | None = None,
        datetime: Instant | Sequence[Instant] = None,
        min_duration: int | None = None,
        max_duration: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> JobList:
        """Return one page of the job list (`/req/job-list/job-list-op`).

        ``type``, ``process_id`` and ``status`` are one value, or several of which one must match.
        The client drops jobs that do not match, because some servers ignore filters. So a page may
        be short, or empty, although ``iter_jobs`` finds more. ``datetime`` is when the job was
        created: an instant, a date (that whole day in UTC), a pair of these of which either end may
        be None for open, or the standard's text. Durations are in seconds; for a job that still
        runs, its run so far counts. ``limit`` is the most jobs on the page.
        """
        wanted = JobFilter(
            type=type,
            process_id=process_id,
            status=status,
            datetime=datetime,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        query = {**wanted.query(), "limit": limit_of(limit)}
        answer = self._resources.get("jobs", params=params, **query)
        page = self._resources.document(JobList, answer)
        page.jobs = [job for job in page.jobs if wanted.admits(job)][:limit]
        return page

    def iter_jobs(
        self,
        *,
        type: str | Iterable[str] | None = None,  # noqa: A002 - the standard's name
        process_id: str | ProcessSummary | Iterable[str | ProcessSummary] | None = None,
        status: str | Iterable[str] | None = None,
        datetime: Instant | Sequence[Instant] = None,
        min_duration: int | None = None,
        max_duration: int | None = None,
        limit: int | None = None,
        page_size: int | None = None,
        params: Params = None,
    ) -> Iterator[JobInfo]:
        """Yield every job that ``get_jobs`` would list, page after page, at most ``limit`` in all.

        ``page_size`` is the most jobs per page.
        """
        wanted = JobFilter(
            type=type,
            process_id=process_id,
            status=status,
            datetime=datetime,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        limit, asked = limit_of(limit), page_limit(limit, page_size)
        answer = self._resources.get("jobs", params=params, **wanted.query(), limit=asked)
        jobs = filter(wanted.admits, self._resources.entries(JobList, answer, params))
        yield from islice(jobs, limit)

    def find_submitted(self, error: SubmissionUncertain, *, tolerance: float = 60) -> list[JobInfo]:
        """Return the jobs that an uncertain execute request may have created, the newest first.

        These are the jobs of its process that were created after it was sent, or name no time.
        Times are compared by the server's clock if its answer has a ``Date``. A job may be older
        by ``tolerance`` seconds.

        They are only candidates: another user's job of the same time is among them. A job may be
        missing if it starts late (ask again), if the server does not list our jobs, and if it
        writes local times without a zone (``tolerance=86400`` finds it). A job that is listed by
        its id alone costs one request.
        """
        if not isinstance(error, SubmissionUncertain):
            raise TypeError(f"not a SubmissionUncertain: {type(error).__name__}")
        if error.sent_at is None:
            raise ValueError("the error does not say when the request was sent")
        listed = jobs_since(self._resources, error.process_id, error.sent_at, tolerance)
        return newest_first(job for job, is_since in listed if is_since)

    def get_job(self, job: str | JobInfo, *, params: Params = None) -> JobInfo:
        """Return the state of a job (`/req/core/job`).

        ``job`` is the job's id, its URL, or a JobInfo. Raises NoSuchJob; also if a JobInfo's id now
        belongs to another job, because some servers use an id again.
        """
        return self._resources.job(job, params)

    def wait_for_job(
        self,
        job: str | JobInfo,
        *,
        timeout: float | None = None,
        poll: Poll = None,
        on_update: Callable[[JobInfo], object] | None = None,
        progress: bool = False,
        on_timeout: OnTimeout = "leave",
        raise_for_status: bool = True,
    ) -> JobInfo:
        """Poll a job (`/req/core/job`) until it has finished, and return it.

        ``timeout`` is in seconds; None means no limit. ``poll`` is the pause between two polls in
        seconds: a number, a pair of the first and the longest pause, between which pauses grow by
        half each time, or an iterator of pauses. Pauses are jittered, those of an iterator not. If
        ``poll`` is left out, pauses grow from 0.5 to 30 seconds. ``Retry-After`` is obeyed, up to
        a minute. ``on_update(job)`` is called with each new state. ``progress=True`` shows a line
        on stderr, or a bar in a notebook.

        Lost connections, timeouts, 408, 429, 502 to 504 and 520 to 527 do not end the wait; without
        a ``timeout`` it gives up after half an hour of them, and after half a minute of other
        errors from 500 on, web pages and answers that cannot be read. A job that
        ``execute_process`` has just created may be missing for ten seconds.

        Raises JobFailed and JobDismissed with the server's message, unless ``raise_for_status`` is
        False. Raises WaitTimeout with the job, which goes on unless ``on_timeout`` is ``dismiss``;
        and what ``get_job`` raises. If the wait is interrupted, the job goes on.
        """
        waiter = self._waiter(poll, on_update, progress, on_timeout)
        job = as_job(job)
        with naming(job):
            now = waiter.wait(job, timeout, deadline_of(timeout, monotonic()))
        failure = self._resources.job_error(now) if raise_for_status else None
        if failure is not None:
            raise failure
        return now

    def _waiter(
        self,
        poll: Poll,
        on_update: Callable[[JobInfo], object] | None,
        progress: bool,
        on_timeout: OnTimeout,
    ) -> Waiter:
        settings = poll, on_update, progress, on_timeout
        return Waiter(self._resources, self._subscriptions, self.dismiss_job, *settings)

    def get_job_results(
        self,
        job: str | JobInfo,
        *,
        outputs: Sequence[str] | None = None,
        params: Params = None,
    ) -> JobResults:
        """Return the results of a job (`/req/core/job-results`).

        ``outputs`` are the ids of the outputs to return; the client chooses if the server cannot.
        Raises ResultNotReady while the job runs, JobFailed with the server's message, JobDismissed
        and NoSuchJob; NoSuchOutput if the results lack an output; Unauthorized for a sign-in page,
        and DocumentError for another web page that is no result.
        """
        asked = output_ids(outputs)
        if isinstance(job, JobInfo) and job.results is not None:
            return job.results if outputs is None else results_of(job.results, asked)
        return self._resources.results(job, outputs, params)

    def get_job_result(
        self, job: str | JobInfo, output: str | None = None, *, params: Params = None
    ) -> Any:
        """Return one output's plain value; an output by reference is fetched.

        ``output`` may be left out if there is only one. JSON is decoded, text is a str, anything
        else bytes. Raises NoSuchOutput, and what ``get_job_results`` raises.
        """
        results = self.get_job_results(job, params=params)
        return self._resources.plain(results[single_output(results, output)])

    def download_job_results(
        self,
        job: str | JobInfo,
        directory: FilePath,
        *,
        outputs: Sequence[str] | None = None,
        if_exists: IfExists = "error",
        params: Params = None,
    ) -> dict[str, Path]:
        """Write a job's results to files (`/req/core/job-results`); return their paths by output.

        A file is named after its output, with the extension of its media type. An output of
        several files is a directory. Everything is streamed; outputs by reference are fetched. A
        download that was cut off continues where it stopped, also in a later run, if the server
        allows that. Lengths and digests are verified. A file is complete or does not exist.
        ``results.json`` lists where each file came from.

        ``if_exists`` is ``error``; ``skip``, which keeps files that exist; ``resume``, which keeps
        those that ``results.json`` lists; or ``overwrite``. Raises what ``get_job_results``
        raises; FileExistsError if a file is in the way; BlockingIOError if another run writes
        there. If an output cannot be fetched, its error is raised after the others were written.
        """
        with room_for("download_job_results"):
            from ._downloads import download_job_results  # noqa: PLC0415 - it may be missing
        return download_job_results(self._resources, job, directory, outputs, if_exists, params)

    def open_job_result(
        self, job: str | JobInfo, output: str | None = None, *, params: Params = None
    ) -> ResultFile:
        """Return one output as a binary file to read, a context manager; it is streamed.

        ``output`` may be left out if there is only one. The file has ``mediaType`` and ``length``,
        as far as the server names them. A connection that breaks is replaced if the server allows
        that, else reading raises TransportError. If several outputs come in one answer larger than
        ``max_body``, they are stored in a temporary file until the file is closed. Raises
        NoSuchOutput, and what ``get_job_results`` raises.
        """
        with room_for("open_job_result"):
            from ._downloads import open_job_result  # noqa: PLC0415 - it may be missing
        return open_job_result(self._resources, job, output, params)

    def dismiss_job(self, job: str | JobInfo) -> JobInfo:
        """Cancel a running job, or remove a finished one (`/req/dismiss/job-dismiss-op`).

        Returns the state that the server sends. If it sends none, or says that the job is gone,
        the status is ``dismissed`` and other members are in ``extra``. Raises NoSuchJob, unless an
        earlier try may have removed the job, ServiceError if the job cannot be dismissed, and
        DocumentError if the answer says neither.
        """
        answer = self._resources.request_job("DELETE", job)
        process_id = job.processID if isinstance(job, JobInfo) else None
        data = None
        if answer.status != GONE and not (answer.status == NOT_FOUND and answer.was_repeated):
            if answer.is_redirect:
                raise error_of(answer, NoSuchJob)
            data = checked(answer, NoSuchJob).json_or_none()
            if is_status_info(data):
                last = self._resources.read(JobInfo.from_dict, data, answer)
                last.processID = last.processID or process_id
                return last
            if not says_dismissed(answer):
                raise answer.unreadable(
                    f"expected the job's status, got another answer: {IS_IT_ONE}"
                )
        members = {**data, "status": None} if isinstance(data, dict) else {}
        return job_from(job_id_of(job), JobStatus.dismissed, process_id, members)

    # --- whole runs -----------------------------------------------------------------------------

    def run_process(
        self,
        process_id: str | ProcessSummary,
        inputs: ProcessRequest | Mapping[str, Any] | None = None,
        *,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        timeout: float | None = None,
        poll: Poll = None,
        on_update: Callable[[JobInfo], object] | None = None,
        progress: bool = False,
        on_timeout: OnTimeout = "leave",
        params: Params = None,
    ) -> JobResults:
        """Run a process and return its results, whether the server answers at once or with a job.

        The process runs asynchronously if its description allows that. ``inputs`` maps input ids
        to values, or is a whole ProcessRequest. ``outputs`` are the outputs to return; all if left
        out. ``timeout`` is for the whole call, in seconds; with None, a job may run for ever, and
        an answer that comes at once has the client's own timeout. ``params`` are those of
        ``execute_process``; the others are those of ``wait_for_job``. Raises what
        ``execute_process``, ``wait_for_job`` and ``get_job_results`` raise.
        """
        if not isinstance(inputs, ProcessRequest):
            request = ProcessRequest({} if inputs is None else inputs, outputs)
        elif outputs is not None:
            raise ValueError("outputs are given twice: in the request, and beside it")
        else:
            request = copy(inputs)
        waiter = self._waiter(poll, on_update, progress, on_timeout)
        end = deadline_of(timeout, monotonic())
        limits = None if timeout is None else (self._http.times[0], timeout, timeout)
        token = self._subscriptions.subscribe(request, self._resources)
        try:
            job = self.execute_process(
                process_id, request, mode="auto", timeout=limits, params=params
            )
            with naming(job):
                job = waiter.wait(job, timeout, end)
                failure = self._resources.job_error(job)
                if failure is not None:
                    raise failure
                return self.get_job_results(job)
        finally:
            self._subscriptions.unsubscribe(token)

    def run_many(
        self,
        process_id: str | ProcessSummary,
        inputs: Iterable[Any],
        *,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        max_active: int = 10,
        journal: FilePath | None = None,
        then: Callable[[Outcome], Any] | None = None,
        executor: Executor | None = None,
        directory: FilePath | None = None,
        timeout: float | None = None,
        on_timeout: OnTimeout = "leave",
        poll: float | tuple[float, float] | None = None,
    ) -> Iterator[Outcome]:
        """Run a process for each of many inputs; yield an Outcome as each job finishes.

        ``inputs`` yields mappings of inputs, or ProcessRequests, or pairs of a key and one of
        these. It is read only as far as needed. At most ``max_active`` jobs are unfinished on the
        server at a time. An outcome holds the key (or the item's number), the job, and its results
        or its error: an error of one item does not stop the others.

        ``journal`` is a file that makes the run resumable. Finished items are skipped, submitted
        ones are found again, and items that failed are run again, unless the job itself failed. If
        the server has lost a job or its results, the outcome says so, and the next run executes the
        item again. An item without a key is known by its inputs. If you stop early, the next run
        yields the last outcome again. If the client cannot tell what became of a request, the error
        is a SubmissionUncertain with the candidates (``docs/executed-once.rst``).

        ``then(outcome)`` is called with each outcome, on ``executor`` if one is given (threads,
        processes, Dask, ...); its return value is the outcome's ``value``. With ``directory``,
        results are written to files, in one folder for each key. ``timeout`` is for each job, in
        seconds; ``on_timeout`` and ``poll`` are those of ``wait_for_job``.

        The first ``next`` raises ValueError for a file that is no journal of this process, for
        other inputs than those that were sent under a key, and for keys that need the same folder.
        It raises BlockingIOError if the journal is in use. Later ones raise errors that stop all
        items, such as TransportError; and these ValueErrors, if ``inputs`` can be read only once.
        """
        with room_for("run_many"):
            from .batch import Run  # noqa: PLC0415 - it may be missing
        return Run(
            self,
            self._resources,
            self._subscriptions,
            process_id_of(process_id),
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

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        params: Params = None,
        json: Any = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to any request, such as one to a vendor's own resource.

        A path is appended to ``api_url``, with or without a slash before it. A URL is requested
        like a link: with credentials if it is on the origin of ``api_url`` or one of ``origins``,
        else without. ``headers`` go to that URL, and not along a redirect to another origin.

        The answer has ``status``, ``headers``, ``body``, ``url`` and ``json()``. Only GET, HEAD and
        OPTIONS are retried. Raises ServiceError for a status from 400 on, TransportError, and
        UnsafeRedirect for a URL that is not http, or would leave https.
        """
        return checked(self._resources.request(method, path_or_url, params, json, body, headers))

    def callbacks(self, host: str = "127.0.0.1", port: int = 0, url: str | None = None) -> Receiver:
        """Return an open receiver of callbacks (`/req/callback/job-callback`), a context manager.

        While it is open, ``run_process`` and ``run_many`` subscribe to the jobs that they start,
        if the server declares the class, and poll them rarely. ``url`` is where the server reaches
        the receiver, if that is not ``http://host:port``. A callback only triggers a status
        request; its body is ignored. If none comes, the jobs are polled, and a warning is logged
        once: pygeoapi calls private addresses only with ``allow_internal_requests``. Raises OSError
        and ValueError.
        """
        with room_for("callbacks"):
            from .callbacks import Receiver as Server  # noqa: PLC0415 - it may be missing
        return self._subscriptions.open(Server(host, port, url))
