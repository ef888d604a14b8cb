"""Where things are on a server, and how they are fetched.

The standard fixes the paths and lets a landing page move them
(`/per/core/alternative-process-paths`). The client tries the fixed path first. If nothing is there,
it asks the landing page, and keeps a moved path once a request to it has succeeded.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ._http.answer import IS_IT_ONE, PAGES, Answer, Stream
from ._http.failures import SAFE, asked_pause
from ._http.headers import Headers, MediaType, checked_fields
from ._http.request import merged
from ._http.transport import Transport
from ._http.urls import (
    join,
    last_segment,
    origin,
    parameters_of,
    path_of,
    with_defaults,
    with_query,
)
from ._protocol.digests import check_body, stated_about
from ._protocol.jobs import (
    JobFilter,
    as_job,
    entry_key,
    is_another,
    is_url,
    job_id_of,
    job_links,
    output_ids,
    results_of,
)
from ._protocol.pages import is_linked_page, is_output
from ._protocol.problems import (
    ERROR,
    check_page,
    checked,
    error_of,
    exists,
    is_problem,
    kind_of,
    page_refused,
    problem,
    reason_in,
)
from ._protocol.results import Known, raw_value, read_results
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
from .models._sweep import job as read_job
from .models.jobs import is_known
from .models.names import conformance_class, declares, relation

__all__ = ["Discovered", "Resources", "cache", "is_api_definition"]

logger = logging.getLogger(__name__)

A = TypeVar("A", bound=Answer)
D = TypeVar("D", bound=Document)
V = TypeVar("V")

#: The relations by which a landing page links to the resources, by the fixed path's first segment.
RELATIONS = {"processes": "processes", "jobs": "job-list", "conformance": "conformance"}
#: How many processes' execution URLs and outputs are cached.
CACHED = 256
NOT_FOUND = 404
#: Statuses that refuse the byte range that was asked for.
RANGE_REFUSED = frozenset({412, 416})
#: Errors that are not about the job: credentials, rate, format, and a server in trouble.
NOT_ABOUT_THE_JOB = frozenset({401, 406, 407, 429, 502, 503, 504})
#: A member of a process's description, which may be unreadable all the same (PyWPS, weaver).
DESCRIBES = rb'"(id|identifier|inputs|outputs|process|processes)"\s*:'
#: Members of a landing page, one of which must be there.
LANDING = frozenset({"conformsTo", "links"})
#: Paths of jobs and processes, which the server itself stores.
STORED_BY_SERVER = r"/(jobs|processes)/"


@dataclass(slots=True, eq=False, repr=False)
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
    #: The unknown states of jobs that were logged.
    words: dict[str, None] = field(default_factory=dict)
    #: The conformance classes; None until they were asked for.
    conformance: frozenset[str] | None = None
    #: Whether a document has shown that this is an OGC API - Processes server.
    is_service: bool = False
    #: The origins by which the server's own documents call it.
    names: set[tuple[str, str, int | None]] = field(default_factory=set)
    #: The starts of the URLs that were looked at for names.
    starts: dict[str, None] = field(default_factory=dict)


class Resources:
    """The resources of one server, fetched over one transport."""

    def __init__(
        self,
        http: Transport,
        discovered: Discovered | None = None,
        *,
        wrap_objects: bool = False,
    ) -> None:
        self.http = http
        self.discovered: Discovered = discovered or Discovered()
        #: Whether plain objects in requests go into ``value``.
        self.wrap_objects = wrap_objects

    def with_options(self, **changed: Any) -> Resources:
        """Return the same resources with other limits; what was discovered is shared."""
        http = self.http.with_options(**changed)
        return Resources(http, self.discovered, wrap_objects=self.wrap_objects)

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
            url = job if is_url(job) else None
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
        fixed = self.url("processes", process_id, "execution")
        if url is not None and self.http.with_params(url) != fixed:
            cache(self.discovered.executions, process_id, url)
        else:
            self.discovered.executions.pop(process_id, None)

    def linked_home(self, root: str) -> str:
        """Return the URL that the landing page links to for a kind of resource, or an empty one.

        The landing page itself has an empty root, and may be where the base URL has no slash.
        """
        if not root:
            base = self.http.base_url
            return "" if path_of(base) == "/" else base
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
        page = self.get("")
        links = self.capabilities(page).links
        self.learn_names(link.href for link in links if relation(link.rel) == "self")
        return page, links

    def learn_names(self, hrefs: Iterable[str]) -> None:
        """Keep the origins of URLs by which the server's own documents call it."""
        for href in hrefs:
            start = href[: href.find("/", len("https://"))]
            if start not in self.discovered.starts and not href.startswith(self.http.base_url):
                cache(self.discovered.starts, start, None)
                with suppress(ValueError):
                    self.discovered.names.add(origin(href))

    def is_own_name(self, href: str) -> bool:
        """Return whether a link leads to our server, by this name or another.

        Another name is one that the landing page or a job of the server uses for itself, or our
        host without TLS.
        """
        url = join(f"{self.http.base_url}/", href)
        if self.http.shares_host(url):
            return True
        if origin(url) not in self.discovered.names:
            self.linked_home("jobs")  # reads the landing page, once
        return origin(url) in self.discovered.names

    def capabilities(self, page: Answer) -> Capabilities:
        """Return the landing page in an answer; raises DocumentError for another document."""
        data = page.json()
        found = self.read(Capabilities._consume, data, page)
        if LANDING.isdisjoint(data):
            members = ", ".join(map(repr, [*data][:5])) or "an empty object"
            raise page.unreadable(f"expected a landing page with links, got {members}: {IS_IT_ONE}")
        if any(relation(link.rel) == "processes" for link in found.links):
            self.discovered.is_service = True
        return found

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
        if answer.status == NOT_FOUND and last_segment(self.http.base_url) in RELATIONS:
            error = error_of(answer, missing)
            error.args = (f"{error}: api_url should be the landing page, not {self.http.base_url}",)
            raise error
        return checked(answer, missing)

    def request(
        self,
        method: str,
        path_or_url: str,
        params: Mapping[str, Any] | None,
        document: Any,
        body: bytes | str | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        """Return the answer, error or not, to any request; raises TypeError and ValueError."""
        if not re.fullmatch("[A-Za-z]+", method):
            raise ValueError(f"method must be a name such as GET, not {method!r}")
        if document is not None and body is not None:
            raise ValueError("pass json or body, not both")
        if not isinstance(body, bytes | str | None):
            raise TypeError(f"body must be bytes or str, not {type(body).__name__}")
        fields = checked_fields(headers or {})
        if document is not None:
            fields = merged(fields, {"Content-Type": "application/json"})
        return self.http.send(
            method.upper(),
            with_query(self.http.at(path_or_url), parameters_of(params)),
            headers=fields,
            document=document,
            body=body.encode() if isinstance(body, str) else body,
            repeatable=SAFE,
        )

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

        A server behind a proxy may link to a name that only it knows. If its own documents call it
        by that name, the same path is tried on our origin, and tried first if it is a job's or a
        process's. Links to other hosts are followed as they are, without credentials.
        """
        return self._follow(href, lambda url: self.get_url(url, accept=accept))

    def open_link(self, link: Link, headers: Mapping[str, str]) -> Stream:
        """Return the answer that an output links to, its body still to be read; see ``follow``."""

        def get(url: str) -> Stream:
            answer = self.http.open(url, headers=headers)
            if "Range" in headers and answer.status in RANGE_REFUSED:
                return answer
            return checked(answer)

        answer = self._follow(link.href, get)
        answer.link = link
        return no_page(answer, lambda: is_linked_page(answer, link))

    def _follow(self, href: str, get: Callable[[str], A]) -> A:
        """Return what ``get`` returns for the first URL of a link that works."""
        own = self.http.own(href)
        is_stored = own is not None and re.search(STORED_BY_SERVER, own) is not None
        if is_stored and not self.is_own_name(href):
            own, is_stored = None, False
        url = own if own and is_stored else self.http.fetchable(href)
        try:
            return get(url)
        except (ServiceError, TransportError) as error:
            if is_stored and not self.http.owns(href):
                second = href
            elif (
                own
                and isinstance(error, TransportError)
                and not error.sent
                and self.is_own_name(href)
            ):
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
        document = self.read(model._consume, answer.json(), answer)
        self.discovered.is_service = True
        return document

    def read(self, reader: Callable[[Any], D], data: Any, answer: Answer) -> D:
        """Return what a reader makes of an answer's decoded body; raises DocumentError."""
        try:
            return reader(data)
        except DocumentError as error:
            error.url = answer.shown_url
            error.body = answer.body
            answer.told_of(error)
            raise

    def check_service(self, process_id: str, answer: Answer) -> None:
        """Raise DocumentError if an answer came from another kind of server.

        Any JSON object looks like results. So some other document must have shown once that this
        is an OGC API - Processes server; if none has yet, the process's description is asked for.
        """
        if self.discovered.is_service or not isinstance(answer.json_or_none(), (dict, list)):
            return
        try:
            self.outputs_known(process_id)
        except DocumentError as error:
            if not re.search(DESCRIBES, error.body):
                message = f"expected results, got another answer: {IS_IT_ONE}"
                raise answer.unreadable(message) from None
        except OgcProcError:
            pass  # the description may be hidden: that proves nothing

    def entries(
        self,
        model: type[ProcessList | JobList],
        answer: Answer,
        params: Mapping[str, Any] | None = None,
        *,
        once: bool = False,
    ) -> Iterator[Any]:
        """Yield each entry of a list once, page after page by the ``next`` links."""
        for page in self.pages(model, answer, params, once=once):
            yield from page

    def pages(
        self,
        model: type[ProcessList | JobList],
        answer: Answer,
        params: Mapping[str, Any] | None = None,
        *,
        once: bool = False,
    ) -> Iterator[Sequence[Any]]:
        """Yield the new entries of each page of a list.

        Servers link to empty pages, to earlier pages, to pages that overlap, and to ever further
        pages with the same entries. ``params`` are added to links that lack them. With ``once``,
        raises DocumentError for an entry that comes again: the list moved while it was read, so
        another entry may be missing.
        """
        urls = {answer.url}
        keys: set[tuple[str, str | None]] = set()
        while True:
            page = self.document(model, answer)
            new = []
            for entry in page.entries:
                if (key := entry_key(entry)) not in keys:
                    keys.add(key)
                    new.append(entry)
            yield new
            if once and len(new) < len(page.entries):
                raise answer.unreadable("the list moved while it was read")
            url = answer.next_page(page.links) if new else None
            if url is None or url in urls:
                return
            urls.add(url)
            answer = self.get_url(with_defaults(url, params or {}))

    def conforms_to(self, name: str) -> bool:
        """Return whether the server declares a conformance class; it is asked once."""
        if self.discovered.conformance is None:
            declared = self.document(ConformanceDeclaration, self.get("conformance"))
            self.discovered.conformance = frozenset(map(conformance_class, declared.conformsTo))
        return declares(self.discovered.conformance, name)

    def process(
        self, process_id: str, params: Mapping[str, Any] | None = None
    ) -> ProcessDescription:
        """Return a process's description; raises NoSuchProcess."""
        answer = self.get("processes", process_id, missing=NoSuchProcess, params=params)
        process = self.document(ProcessDescription, answer)
        cache(self.discovered.outputs, process_id, {**process.outputs})
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
            return self.outputs_known(process_id)
        except (OgcProcError, ValueError):
            return {}

    def outputs_known(self, process_id: str) -> Mapping[str, OutputDescription]:
        """Return the outputs of a process; its description is fetched once."""
        outputs = self.discovered.outputs.get(process_id)
        return self.process(process_id).outputs if outputs is None else outputs

    # --- jobs -----------------------------------------------------------------------------------

    def job(self, job: str | JobInfo, params: Mapping[str, Any] | None = None) -> JobInfo:
        """Return a job's present state; raises NoSuchJob."""
        return self._state(job, params)[0]

    def poll_job(self, job: JobInfo, left: float) -> tuple[JobInfo, float]:
        """Return a job's state within ``left`` seconds, and the server's ``Retry-After``.

        Nothing is retried: that is the waiting loop's part.
        """
        limits = tuple(min(time, left) for time in self.http.times)
        now, answer = self.with_options(timeout=limits, retries=0)._state(job)
        return now, asked_pause(answer.headers)

    def _state(
        self, job: str | JobInfo, params: Mapping[str, Any] | None = None
    ) -> tuple[JobInfo, Answer]:
        """Return a job's state, and the answer that it came with."""
        answer = checked(self.request_job("GET", job, params=params), NoSuchJob)
        now = self.read(read_job, answer.json(), answer)
        self.discovered.is_service = True
        self.learn_names(job_links(now))
        if not (now.is_finished or is_known(now.status) or now.status in self.discovered.words):
            cache(self.discovered.words, now.status, None)
            logger.warning("job %r has an unknown status: %r", now.jobID, now.status)
        if not isinstance(job, JobInfo):
            now._context.url = job if is_url(job) else None
            return now, answer
        now._context.continue_from(job._context)
        if is_another(job, now):
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

    def results(
        self,
        job: str | JobInfo,
        outputs: Sequence[str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> JobResults:
        """Return a job's results; raises the job's own error if there are none."""
        answer = self.request_job("GET", job, "results", params=params, **results_query(outputs))
        if answer.status >= ERROR:
            raise self.no_results(job, answer)
        known = self.known(job, outputs, answer.url)
        results = self.results_in(answer, known, job)
        return results if outputs is None else results_of(results, output_ids(outputs))

    def known(self, job: str | JobInfo, outputs: Sequence[str] | None, url: str) -> Known:
        """Return what helps to read an answer with a job's results."""
        info, chosen = as_job(job), output_ids(outputs)

        def declared() -> Mapping[str, OutputDescription]:
            return self.outputs_of(info.processID, job)

        return Known(chosen or info._context.outputs, declared, url, is_chosen=bool(chosen))

    def open_results(
        self,
        job: str | JobInfo,
        outputs: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Stream:
        """Return the answer with a job's results, its body still to be read."""

        def send(_: str, url: str) -> Stream:
            return self.http.open(url, headers=headers)

        query = results_query(outputs)
        answer = self._request_job(send, "GET", job, "results", params=params, **query)
        if answer.status >= ERROR and not (headers and answer.status in RANGE_REFUSED):
            raise self.no_results(job, answer)
        known = self.known(job, outputs, answer.url)
        return no_page(answer, lambda: is_output(answer, known))

    def results_in(
        self, answer: Answer, known: Known, job: str | JobInfo | None = None
    ) -> JobResults:
        """Return the results in an answer; raises DocumentError for a page that is no result."""
        if job is not None and answer.was_redirected and is_problem(answer.headers, answer.body):
            raise self.no_results(job, answer)
        # ZOO-Project answers 200 with the reason why a job failed.
        if is_problem(answer.headers, answer.body, known):
            raise error_of(answer, ServiceError)
        check_page(answer, lambda: is_output(answer, known))
        check_body(answer.body, stated_about(answer.headers), answer.url)
        return read_results(answer.status, answer.headers, answer.body, known)

    def results_from(
        self, status: int, headers: Headers, body: bytes, asked: Sequence[str], job: JobInfo
    ) -> JobResults:
        """Return the results in an answer that the caller has stored."""
        answer = Answer("GET", f"{self.http.base_url}/", status, headers, body)
        known = Known(asked, lambda: self.outputs_of(job.processID, job), answer.url)
        return self.results_in(answer, known, job)

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
            answer, link = self.follow(value.href), value
            check_page(answer, lambda: is_linked_page(answer, link))
            check_body(answer.body, stated_about(answer.headers, link), answer.url)
            value = raw_value(answer.headers, answer.body)
        return value.plain if isinstance(value, QualifiedValue) else value


def no_page(stream: Stream, is_result: Callable[[], bool]) -> Stream:
    """Return an answer whose body is to be read; raises the error for a page that is no result."""
    if MediaType(stream.headers.last("content-type")).essence in PAGES:
        refused = page_refused(stream, stream.peek(), is_result)
        if refused is not None:
            stream.close()
            raise refused
    return stream


def cache(values: dict[str, V], key: str, value: V) -> None:
    """Keep a value; a full cache is emptied first."""
    if len(values) >= CACHED:
        values.clear()
    values[key] = value


def results_query(outputs: Sequence[str] | None) -> dict[str, Any]:
    """Return the query that asks for these outputs alone (2.0); none for all of them."""
    return {} if outputs is None else {"outputs": ",".join(output_ids(outputs))}


def is_execution_nearby(answer: Answer, link: Link) -> bool:
    """Return whether a link executes a process on the origin that the answer came from."""
    if relation(link.rel) != "execute":
        return False
    try:
        return origin(answer.resolve(link.href)) == origin(answer.url)
    except (OgcProcError, ValueError):
        return False


def is_api_definition(link: Link) -> bool:
    """Return whether a link leads to the API definition; fastprocesses calls it ``OpenAPI``."""
    return relation(link.rel) == "service-desc" or "openapi" in (link.type or "")
