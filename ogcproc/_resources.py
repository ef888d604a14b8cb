"""Where things are on a server, and how they are fetched.

The standard fixes the paths and lets a landing page move them
(`/per/core/alternative-process-paths`). The client tries the fixed path first. If nothing is there,
it asks the landing page, and keeps a moved path once a request to it has succeeded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ._http.answer import Answer
from ._http.headers import Headers
from ._http.retrying import asked_pause
from ._http.stream import Stream
from ._http.transport import Transport
from ._http.urls import origin
from ._protocol.filters import JobFilter
from ._protocol.jobs import as_job, entry_key, is_another, is_url, job_id_of, job_links
from ._protocol.outputs import output_ids
from ._protocol.problems import ERROR, checked, error_of, exists, kind_of, problem, reason_in
from ._protocol.results import is_problem, raw_value, read_results
from ._waiting import job_error, own_reason
from .errors import (
    DocumentError,
    JobDismissed,
    JobFailed,
    NoSuchJob,
    NoSuchProcess,
    OgcProcError,
    ResultNotAvailable,
    ResultNotReady,
    ServiceError,
    TransportError,
)
from .models import (
    Capabilities,
    ConformanceDeclaration,
    JobControlOptions,
    JobInfo,
    JobList,
    JobResults,
    Link,
    OutputDescription,
    ProcessDescription,
    ProcessList,
    QualifiedValue,
)
from .models._base import Document
from .models.names import conformance_class, declares, relation

__all__ = ["Discovered", "Resources", "cache"]

A = TypeVar("A", bound=Answer)
D = TypeVar("D", bound=Document)
V = TypeVar("V")

#: The relations by which a landing page links to the resources, by the fixed path's first segment.
RELATIONS = {"processes": "processes", "jobs": "job-list", "conformance": "conformance"}
#: How many processes' execution URLs and outputs are cached.
CACHED = 256
#: Statuses that refuse the byte range that was asked for.
RANGE_REFUSED = frozenset({412, 416})
#: Errors that are not about the job: credentials, rate, format, and a server in trouble.
NOT_ABOUT_THE_JOB = frozenset({401, 406, 407, 429, 502, 503, 504})
#: Paths of jobs and processes, which the server itself stores.
STORED_BY_SERVER = re.compile(r"/(jobs|processes)/")


@dataclass(slots=True)
class Discovered:
    """What a client has learnt of its server; a client and its ``with_options`` copies share it."""

    #: By the first segment of a fixed path, the URL that takes its place.
    homes: dict[str, str] = field(default_factory=dict)
    #: By the same segment, the URL that the landing page links to; None until it was asked.
    linked: dict[str, str] | None = None
    #: By process id, the URL that executes it, where that is not the fixed one.
    executions: dict[str, str] = field(default_factory=dict)
    #: By process id, its outputs.
    outputs: dict[str, Mapping[str, OutputDescription]] = field(default_factory=dict)
    #: The conformance classes; None until they were asked for.
    conformance: frozenset[str] | None = None


class Resources:
    """The resources of one server, fetched over one transport."""

    def __init__(self, http: Transport, discovered: Discovered | None = None) -> None:
        self.http = http
        self.discovered: Discovered = discovered or Discovered()

    def with_options(self, **changed: Any) -> Resources:
        """Return the same resources with other limits; what was discovered is shared."""
        return Resources(self.http.with_options(**changed), self.discovered)

    # --- where things are -----------------------------------------------------------------------

    def url(self, root: str, *segments: str, **query: Any) -> str:
        """Return the URL of a resource: the fixed path, or the place where it was found."""
        home = self.discovered.homes.get(root, "")
        return self.http.url(root, *segments, home=home, **query)

    def job_url(self, job: str | JobInfo, *segments: str, **query: Any) -> str:
        """Return the URL of a job, or of a resource below it."""
        if isinstance(job, JobInfo):
            url = job._context.url
            if url is not None and not self.http.owns(url):
                url = None  # the server calls itself by another name than we do
            if not job.jobID and url is None:
                raise ValueError("a job without an id: its results came at once")
        else:
            url = as_job(job)._context.url
        if url is not None:
            return self.http.below(url, *segments, **query)
        return self.url("jobs", job_id_of(job), *segments, **query)

    def execution_url(self, process_id: str) -> str:
        """Return the URL that executes a process: from its description, or the fixed one."""
        found = self.discovered.executions.get(process_id)
        return found or self.url("processes", process_id, "execution")

    def learn_execution_url(self, process_id: str, answer: Answer, links: Sequence[Link]) -> None:
        """Cache the execution URL that a description links to, if it is on the same origin."""
        near = [link for link in links if is_execution_nearby(answer, link)]
        url = answer.own_link(near, "execute")
        if url is not None and url != self.url("processes", process_id, "execution"):
            cache(self.discovered.executions, process_id, url)
        else:
            self.discovered.executions.pop(process_id, None)

    def linked_home(self, root: str) -> str:
        """Return the URL that the landing page links to for a kind of resource, or an empty one."""
        linked = self.discovered.linked
        if linked is None:
            try:
                page, links = self.landing_page()
                linked = {root: page.own_link(links, rel) or "" for root, rel in RELATIONS.items()}
            except TransportError:  # the next request may succeed
                return ""
            except OgcProcError:
                linked = dict.fromkeys(RELATIONS, "")
            self.discovered.linked = linked
        return linked[root]

    def landing_page(self) -> tuple[Answer, Sequence[Link]]:
        """Return the landing page's answer, and its links."""
        page = self.get_url(f"{self.http.base_url}/")
        return page, self.document(Capabilities, page).links

    # --- requests -------------------------------------------------------------------------------

    def get_url(
        self, url: str, *, missing: type[ServiceError] = ServiceError, accept: str | None = None
    ) -> Answer:
        """Return the answer to a GET; raises ServiceError, ``missing`` for a 404."""
        headers = None if accept is None else {"Accept": accept}
        return checked(self.http.send("GET", url, headers=headers), missing)

    def get(
        self, root: str, *segments: str, missing: type[ServiceError] = ServiceError, **query: Any
    ) -> Answer:
        """Return the answer to a GET of a resource that the landing page may have moved."""
        answer = self.http.send("GET", self.url(root, *segments, **query))
        if not exists(answer):
            answer = self._from_elsewhere(answer, self.http.send, root, *segments, **query)
        return checked(answer, missing)

    def request_job(self, method: str, job: str | JobInfo, *segments: str, **query: Any) -> Answer:
        """Return the answer, error or not, to a request to a job, wherever the job is."""
        return self._request_job(self.http.send, method, job, *segments, **query)

    def _request_job(
        self,
        send: Callable[[str, str], A],
        method: str,
        job: str | JobInfo,
        *segments: str,
        **query: Any,
    ) -> A:
        """Return what ``send(method, url)`` returns for a job's URL.

        If the job is not at the URL that the server gave, or at the fixed path, its other links
        are tried.
        """
        answer = send(method, self.job_url(job, *segments, **query))
        if exists(answer):
            return answer
        if isinstance(job, JobInfo):
            for own in filter(None, map(self.http.own, job_links(job))):
                url = self.http.below(own, *segments, **query)
                if url != answer.url:
                    found = send(method, url)
                    if exists(found):
                        return found
        elif is_url(job):
            return answer
        return self._from_elsewhere(answer, send, "jobs", job_id_of(job), *segments, **query)

    def _from_elsewhere(
        self, answer: A, send: Callable[[str, str], A], root: str, *segments: str, **query: Any
    ) -> A:
        """Return the answer from the fixed or the linked place; the given one if both have none."""
        asked = {answer.url}
        for home in ("", self.linked_home(root)):
            url = self.http.url(root, *segments, home=home, **query)
            if url not in asked:
                asked.add(url)
                found = send(answer.method, url)
                if exists(found):
                    self.discovered.homes[root] = home
                    return found
        return answer

    def follow(self, href: str, *, accept: str | None = None) -> Answer:
        """Return the answer to a GET of a server's link; raises ServiceError, UnsafeRedirect.

        A server behind a proxy may link to a name that only it knows. Then the same path is tried
        on our origin, and tried first if it is a job's or a process's.
        """
        return self._follow(href, lambda url: self.get_url(url, accept=accept))

    def open_link(self, href: str, headers: Mapping[str, str]) -> Stream:
        """Return the same as ``follow``, with the body still to be read."""

        def get(url: str) -> Stream:
            answer = self.http.open(url, headers=headers)
            if "Range" in headers and answer.status in RANGE_REFUSED:
                return answer
            return checked(answer)

        return self._follow(href, get)

    def _follow(self, href: str, get: Callable[[str], A]) -> A:
        """Return what ``get`` returns for the first URL of a link that works."""
        own = self.http.own(href)
        is_stored = own is not None and STORED_BY_SERVER.search(own) is not None
        url = own if own and is_stored else self.http.fetchable(href)
        try:
            return get(url)
        except (ServiceError, TransportError) as error:
            if is_stored and not self.http.owns(href):
                second = href
            elif own and isinstance(error, TransportError) and not error.sent:
                second = own
            else:
                raise
            try:
                return get(self.http.fetchable(second))
            except OgcProcError:
                raise error from None

    # --- documents ------------------------------------------------------------------------------

    def document(self, model: type[D], answer: Answer) -> D:
        """Return the document in an answer; raises DocumentError with its URL."""
        return self.document_of(model, answer.json(), answer)

    def document_of(self, model: type[D], data: Any, answer: Answer) -> D:
        """Return the document in an answer whose body is decoded already."""
        try:
            return model._consume(data)
        except DocumentError as error:
            error.url = answer.shown_url
            error.body = answer.body
            answer.told_of(error)
            raise

    def entries(
        self, model: type[ProcessList | JobList], answer: Answer, *, once: bool = False
    ) -> Iterator[Any]:
        """Yield each entry of a list once, page after page by the ``next`` links."""
        for page in self.pages(model, answer, once=once):
            yield from page

    def pages(
        self, model: type[ProcessList | JobList], answer: Answer, *, once: bool = False
    ) -> Iterator[Sequence[Any]]:
        """Yield the new entries of each page of a list.

        Servers link to empty pages, to earlier pages, to pages that overlap, and to ever further
        pages with the same entries. With ``once``, raises DocumentError for an entry that comes
        again: the list moved while it was read, so another entry may be missing.
        """
        urls = {answer.url}
        keys: set[tuple[str, str | None]] = set()
        while True:
            page = self.document(model, answer)
            new = [entry for entry in page.entries if entry_key(entry) not in keys]
            keys.update(map(entry_key, new))
            yield new
            if once and len(new) < len(page.entries):
                raise answer.unreadable("the list moved while it was read")
            url = answer.next_page(page.links) if new else None
            if url is None or url in urls:
                return
            urls.add(url)
            answer = self.get_url(url)

    def conforms_to(self, name: str) -> bool:
        """Return whether the server declares a conformance class; it is asked once."""
        if self.discovered.conformance is None:
            declared = self.document(ConformanceDeclaration, self.get("conformance"))
            self.discovered.conformance = frozenset(map(conformance_class, declared.conformsTo))
        return declares(self.discovered.conformance, name)

    def process(self, process_id: str) -> ProcessDescription:
        """Return a process's description; raises NoSuchProcess."""
        answer = self.get("processes", process_id, missing=NoSuchProcess)
        process = self.document(ProcessDescription, answer)
        self.learn_execution_url(process_id, answer, process.links)
        return process

    def runs_async(self, process_id: str) -> bool:
        """Return whether a process can run asynchronously; True if its description is silent."""
        options = self.process(process_id).jobControlOptions
        return not options or JobControlOptions.async_execute in options

    def outputs_of(
        self, process_id: str | None, job: str | JobInfo | None = None
    ) -> Mapping[str, OutputDescription]:
        """Return the outputs of a process, or of a job's; none if they cannot be fetched.

        The outputs only name values that have arrived, so an error here is no reason to fail.
        """
        try:
            if process_id is None and job is not None:
                process_id = self.job(job).processID
            if process_id is None:
                return {}
            outputs = self.discovered.outputs.get(process_id)
            if outputs is None:
                outputs = self.process(process_id).outputs
                cache(self.discovered.outputs, process_id, outputs)
        except (OgcProcError, ValueError):
            return {}
        return outputs

    # --- jobs -----------------------------------------------------------------------------------

    def job(self, job: str | JobInfo) -> JobInfo:
        """Return a job's present state; raises NoSuchJob."""
        return self._state(job)[0]

    def poll_job(self, job: JobInfo, left: float) -> tuple[JobInfo, float]:
        """Return a job's state within ``left`` seconds, and the server's ``Retry-After``.

        Nothing is retried: that is the waiting loop's part.
        """
        limits = tuple(min(time, left) for time in self.http.times)
        now, answer = self.with_options(timeout=limits, retries=0)._state(job)
        return now, asked_pause(answer.headers)

    def _state(self, job: str | JobInfo) -> tuple[JobInfo, Answer]:
        """Return a job's state, and the answer that it came with."""
        answer = checked(self.request_job("GET", job), NoSuchJob)
        now = self.document(JobInfo, answer)
        now._context.continue_from(as_job(job)._context)
        if isinstance(job, JobInfo) and is_another(job, now):
            error = NoSuchJob(
                f"{job.jobID} is another job by now: of {now.processID}, created {now.created}",
                status=answer.status,
                method="GET",
                url=answer.shown_url,
                body=answer.body,
                headers=answer.headers,
            )
            raise answer.told_of(error)
        return now, answer

    def job_pages(
        self, process_id: str, since: datetime | None, limit: int
    ) -> Iterator[Sequence[JobInfo]]:
        """Yield a process's jobs that were created since then, as the server's list pages them."""
        wanted = JobFilter(process_id=process_id, datetime=since and (since, None))
        yield from self.pages(JobList, self.get("jobs", **wanted.query(), limit=limit))

    # --- results --------------------------------------------------------------------------------

    def results(self, job: str | JobInfo, outputs: Sequence[str] | None = None) -> JobResults:
        """Return a job's results; raises the job's own error if there are none."""
        process_id, asked = None, output_ids(outputs)
        query = results_query(outputs)
        answer = self.request_job("GET", job, "results", **query)
        if answer.status >= ERROR:
            raise self.no_results(job, answer)
        if isinstance(job, JobInfo):
            process_id, asked = job.processID, asked or job._context.outputs
        return self.results_in(answer, process_id, asked, job)

    def open_results(
        self,
        job: str | JobInfo,
        outputs: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Stream:
        """Return the answer with a job's results, its body still to be read."""

        def send(_: str, url: str) -> Stream:
            return self.http.open(url, headers=headers)

        answer = self._request_job(send, "GET", job, "results", **results_query(outputs))
        if answer.status >= ERROR and not (headers and answer.status in RANGE_REFUSED):
            raise self.no_results(job, answer)
        return answer

    def results_in(
        self,
        answer: Answer,
        process_id: str | None,
        asked: Sequence[str],
        job: str | JobInfo | None = None,
    ) -> JobResults:
        """Return the results in an answer; a bare value gets its output's id.

        ``asked`` are the ids of the outputs that were asked for.
        """

        def outputs() -> Mapping[str, OutputDescription]:
            return self.outputs_of(process_id, job)

        if job is not None and answer.was_redirected and is_problem(answer.headers, answer.body):
            raise self.no_results(job, answer)
        # ZOO-Project answers 200 with the reason why a job failed.
        if is_problem(answer.headers, answer.body, asked, outputs=outputs):
            raise error_of(answer, ServiceError)
        return read_results(
            answer.status, answer.headers, answer.body, asked, outputs=outputs, url=answer.url
        )

    def results_from(
        self, status: int, headers: Headers, body: bytes, asked: Sequence[str], job: JobInfo
    ) -> JobResults:
        """Return the results in an answer that the caller has stored."""
        answer = Answer("GET", f"{self.http.base_url}/", status, headers, body)
        return self.results_in(answer, job.processID, asked, job)

    def no_results(self, job: str | JobInfo, answer: Answer) -> OgcProcError:
        """Return the error for an answer without results; the job's own state decides.

        Servers say "not ready" by 403, 404 and 400, also for jobs that failed. The reason of a
        failure often stands only in the job's message.
        """
        error = error_of(answer, NoSuchJob)
        if answer.status in NOT_ABOUT_THE_JOB or kind_of(answer) is NoSuchJob:
            return error
        try:
            now = self.job(job)
        except OgcProcError:
            return error
        detail = reason_in(error.problem) if error.problem else None
        found: OgcProcError | None = job_error(now, detail)
        if found is None and now.status:
            kind = ResultNotAvailable if now.is_successful else ResultNotReady
            found = error_of(answer, NoSuchJob, kind)
        if found is None:
            return error
        found.sent_request = error.sent_request
        found.__cause__ = error
        return found

    def job_error(self, job: JobInfo) -> JobFailed | JobDismissed | None:
        """Return the error for a job that failed or was dismissed; None for others.

        If a failed job's state gives no reason, its results are asked for once (CDS).
        """
        reason = None
        if job.is_failed and not own_reason(job):
            try:
                answer = self.request_job("GET", job, "results")
            except (OgcProcError, ValueError):  # the failure is known without its reason
                pass
            else:
                if answer.status >= ERROR or is_problem(answer.headers, answer.body):
                    reason = reason_in(problem(answer.status, answer.headers, answer.body))
        return job_error(job, reason)

    def plain(self, value: Any) -> Any:
        """Return a result as a plain value: unwrapped, and fetched if it is a link."""
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if isinstance(value, Link):
            answer = self.follow(value.href)
            value = raw_value(answer.headers, answer.body)
        return value.plain if isinstance(value, QualifiedValue) else value


def cache(values: dict[str, V], key: str, value: V) -> None:
    """Keep a value; a full cache is emptied first."""
    if len(values) >= CACHED:
        values.clear()
    values[key] = value


def results_query(outputs: Sequence[str] | None) -> dict[str, Any]:
    """Return the query that asks for these outputs alone (2.0); none for all of them."""
    return {} if outputs is None else {"outputs": ",".join(outputs)}


def is_execution_nearby(answer: Answer, link: Link) -> bool:
    """Return whether a link executes a process on the origin that the answer came from."""
    if relation(link.rel) != "execute":
        return False
    try:
        return origin(answer.resolve(link.href)) == origin(answer.url)
    except (OgcProcError, ValueError):
        return False
