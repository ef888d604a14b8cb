"""Starting a process, at most once, and waiting for its job.

A server carries out an execute request when it gets it, and no request can be called back. So it is
sent again only if the answer proves that nothing was done. If the answer proves nothing, the job
list may show what became of the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from functools import partial
from time import monotonic
from typing import Any

from ._http.answer import Answer
from ._http.request import at_least
from ._http.urls import parameters_of, with_query
from ._protocol.evidence import Proof, proof_of
from ._protocol.jobs import (
    CREATED,
    JobFilter,
    answer_from_head,
    clock_ahead,
    job_links,
    linked_results,
    started_job,
    was_made_since,
)
from ._protocol.problems import checked, error_of, exists
from ._protocol.results import Known
from ._resources import Resources, cache
from ._types import Mode, OnTimeout, Poll, Receiver
from ._waiting import (
    MIN_PAUSE,
    PAUSES_WITH_CALLBACKS,
    add_note,
    dismissed_late,
    is_news,
    pauses,
    states,
)
from .errors import (
    DocumentError,
    NoSuchJob,
    NoSuchProcess,
    OgcProcError,
    ResponseTooLarge,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    Unauthorized,
    WaitTimeout,
    room_for,
)
from .models import JobInfo, JobList, JobStatus, ProcessDescription, ProcessRequest
from .models.requests import objects_hint, request_document

__all__ = ["Execution", "Subscriptions", "Waiter", "jobs_since", "naming", "preference"]

logger = logging.getLogger(__name__)

BAD_REQUEST = 400
NOT_ALLOWED = 405
#: Statuses that refuse the inputs: fastprocesses does it by 500.
INVALID = frozenset({400, 422, 500})
#: A callback may come later than a poll that shows the end of its job, by so many seconds.
CALLBACK_DELAY = 1.0
#: A server that calls back does so for a job's first steps within this time, in seconds.
QUIET = 60.0


class Execution:
    """One execute request, and the job that it becomes."""

    def __init__(
        self,
        resources: Resources,
        process_id: str,
        request: ProcessRequest | Mapping[str, Any] | None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self._resources = resources
        self._params = parameters_of(params)
        self._process_id = process_id
        self._request = ProcessRequest() if request is None else request
        self._document = request_document(request, wrap_objects=resources.wrap_objects)
        outputs = self._document.get("outputs")
        self._asked = tuple(outputs) if isinstance(outputs, dict) else ()

    def start(self, prefer: str | None) -> JobInfo:
        """Send the request and return its job; ``prefer`` is the ``Prefer`` header field.

        Raises SubmissionUncertain if no answer came or if it proves nothing, NoSuchProcess, and
        other ServiceErrors.
        """
        headers = {"Content-Type": "application/json"}
        if prefer is not None:
            headers["Prefer"] = prefer
        home = self._resources.url("processes", self._process_id)
        url = self._resources.execution_url(self._process_id)
        answer = self._post(self._with_params(url), headers)
        moved = self._moved_to(answer, home)
        if moved is not None:
            answer = self._post(moved, headers)
        if answer.status in INVALID:
            error = error_of(answer, NoSuchProcess)
            error.args = (f"{error.args[0]}{objects_hint(self._document)}",)
            raise error
        return self._job_from(checked(answer, NoSuchProcess))

    def _post(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer; raises SubmissionUncertain if it proves nothing."""
        began = datetime.now(timezone.utc)
        send = self._resources.http.send
        try:
            answer = send("POST", url, headers=headers, document=self._document)
        except (ResponseTooLarge, TransportError) as error:
            head = answer_from_head(error)
            if head is not None:
                return head
            if isinstance(error, TransportError):
                if not error.sent:
                    raise
                raise self._uncertain(error, error.sent_at or began) from error
            if error.status in CREATED:
                raise self._uncertain(error, began) from error
            raise
        except KeyboardInterrupt as stop:
            add_note(stop, f"{self._process_id} may have been executed: see client.get_jobs()")
            raise
        if proof_of(answer.status, answer.body) is Proof.nothing:
            refusal = error_of(answer, NoSuchProcess)
            raise self._uncertain(refusal, began) from refusal
        return answer

    def _with_params(self, url: str) -> str:
        return with_query(self._resources.http.with_params(url), self._params)

    def _uncertain(
        self, error: ResponseTooLarge | ServiceError | TransportError, sent_at: datetime | None
    ) -> SubmissionUncertain:
        """Return the error for a request that may have been carried out, with the evidence."""
        uncertain = SubmissionUncertain(
            f"{error}; the job may exist all the same",
            url=error.url,
            process_id=self._process_id,
            request=self._request,
            sent_at=sent_at,
        )
        uncertain.sent_request = error.sent_request
        uncertain.status, uncertain.headers = error.status, error.headers
        return uncertain

    def _moved_to(self, answer: Answer, home: str) -> str | None:
        """Return the URL to send the request to once more; None if it may have been carried out.

        Nothing was carried out after a 405, and after a 404 if the landing page has moved the
        processes. Any other 404 may come from the process itself, about a missing input: then
        only the next execution uses the description's link.
        """
        if answer.status != NOT_ALLOWED and exists(answer):
            return None
        resources = self._resources
        try:
            page = resources.get("processes", self._process_id, missing=NoSuchProcess)
            links = resources.document(ProcessDescription, page).links
        except OgcProcError:
            return None
        fixed = resources.url("processes", self._process_id, "execution")
        found = page.own_link(links, "execute") or fixed
        url = self._with_params(found)
        if url == answer.url:
            return None
        cache(resources.discovered.executions, self._process_id, found)
        has_moved = resources.url("processes", self._process_id) != home
        return url if answer.status == NOT_ALLOWED or has_moved else None

    def _job_from(self, first: Answer) -> JobInfo:
        """Return the job that an answer names, or a successful one with the results it holds.

        If the answer redirects to stored results and these cannot be fetched, the results are a
        link to them: the process has run, and must not run again for that.
        """
        answer, target = first, first.location if first.is_redirect else None
        if first.is_redirect and not target:
            raise first.unreadable(f"{first.status} leads nowhere: no Location")
        try:
            if target:
                if "/jobs/" in target:
                    self._resources.learn_names([target])
                answer = self._resources.follow(target)
                answer.was_redirected = True
            job = self._read(first, answer)
        except OgcProcError as error:
            if isinstance(error, TransportError) and not target:  # a body that came damaged
                raise self._uncertain(error, error.sent_at) from error
            if not target or isinstance(error, (DocumentError, Unauthorized)):
                raise
            job = JobInfo(first.monitored_id, JobStatus.successful, self._process_id)
            outputs = self._resources.outputs_of(self._process_id)
            job.results = linked_results(first, self._asked, outputs)
        job._context.url = answer.location if answer.status in CREATED else None
        job._context.outputs = self._asked
        job._context.is_new = True
        self._resources.learn_names(job_links(job))
        return job

    def _read(self, first: Answer, answer: Answer) -> JobInfo:
        """Return the job in an answer, with its results if they are there."""
        job = started_job(answer, self._process_id)
        # Dewberry's process-api puts the results into the job.
        if job is None or (job.is_successful and has_outputs(job)):
            results = self._resources.results_in(answer, self._known(answer))
            job_id = first.monitored_id or answer.monitored_id
            if job is None and not job_id:
                self._resources.check_service(self._process_id, answer)
            job = job or JobInfo(job_id, JobStatus.successful, self._process_id)
            job.results = results
        return job

    def _known(self, answer: Answer) -> Known:
        """Return what helps to read the results in an answer."""
        outputs = partial(self._resources.outputs_of, self._process_id)
        return Known(self._asked, outputs, answer.url)


def has_outputs(job: JobInfo) -> bool:
    """Return whether the document of a job holds its outputs."""
    return isinstance(job.extra.get("outputs"), (dict, list))


def preference(mode: Mode, wait: int | None) -> str | None:
    """Return the ``Prefer`` header field for an asynchronous answer; None for ``sync``.

    Raises TypeError and ValueError.
    """
    if mode not in ("async", "sync", "auto"):
        raise ValueError(f"mode is 'async', 'sync' or 'auto', not {mode!r}")
    if wait is None:
        return None if mode == "sync" else "respond-async"
    if mode == "sync":
        raise ValueError("wait is for an asynchronous answer: there is none to mode='sync'")
    return f"respond-async, wait={at_least(1, wait, 'wait')}"


def jobs_since(
    resources: Resources,
    process_id: str,
    sent_at: datetime,
    tolerance: float,
    *,
    status: str | None = None,
    limit: int | None = None,
    once: bool = False,
) -> Iterator[tuple[JobInfo, bool]]:
    """Yield a process's jobs, and whether a request sent at that time may have created each.

    Times are compared by the server's clock if its answer has a ``Date``; a job may be older by
    ``tolerance`` seconds. ``limit`` is the size of a page, if the server takes that. With ``once``,
    raises DocumentError for a list that shows a job twice.
    """
    wanted = JobFilter(process_id=process_id, status=status)
    try:
        first = resources.get("jobs", **wanted.query(), limit=limit)
    except ServiceError as refused:
        if limit is None or refused.status != BAD_REQUEST:
            raise
        first = resources.get("jobs", **wanted.query())
    ahead = clock_ahead(first.headers, datetime.now(timezone.utc))
    since = sent_at + ahead - timedelta(seconds=tolerance)
    for listed in resources.entries(JobList, first, once=once):
        job = with_state(resources, listed)
        if job is not None and wanted.admits(job):
            yield job, was_made_since(job, since)


def with_state(resources: Resources, job: JobInfo) -> JobInfo | None:
    """Return a listed job with its state, fetched if the list has its id alone; None if gone."""
    try:
        return job if job.status else resources.job(job)
    except NoSuchJob:
        return None


class Subscriptions:
    """The open receiver of callbacks, if any; a client and its ``with_options`` copies share it."""

    def __init__(self) -> None:
        self._receiver: Receiver | None = None
        #: Whether a callback was missing that had to come.
        self._is_unreliable = False

    def open(self, receiver: Receiver) -> Receiver:
        """Use this receiver from now on, and return it."""
        self._receiver = receiver
        return receiver

    def close(self) -> None:
        """Close the receiver."""
        if self._receiver is not None:
            self._receiver.close()

    def subscribe(self, request: ProcessRequest, resources: Resources) -> str | None:
        """Subscribe to the job of a request, if the server can call back; return the token."""
        receiver = self._receiver
        if receiver is None or receiver.is_closed:
            return None
        if request.subscriber is None and resources.conforms_to("callback"):
            request.subscriber = receiver.subscriber()
        return receiver.token_of(request.subscriber)

    def unsubscribe(self, token: str | None) -> None:
        """Ignore further callbacks for a token."""
        if token is not None and self._receiver is not None:
            self._receiver.forget(token)

    def token_of(self, request: ProcessRequest | Mapping[str, Any] | None) -> str | None:
        """Return the token of a request's subscriber; None if it has none of ours."""
        if self._receiver is None or request is None:
            return None
        if isinstance(request, Mapping):
            return self._receiver.token_of(request.get("subscriber"))
        return self._receiver.token_of(request.subscriber)

    def listen(self, called: Callable[[str], object]) -> Callable[[], object]:
        """Call a function with the token of each callback; return a function that ends that."""
        return dict if self._receiver is None else self._receiver.listen(called)

    def covers(self, token: str | None) -> bool:
        """Return whether a job with this token is expected to call back."""
        return self._receiver is not None and token is not None and not self._is_unreliable

    def check(self, job: JobInfo, waited: float) -> None:
        """Log a warning, once, if no callback came for a job: it has finished, or is silent."""
        token, receiver = job._context.token, self._receiver
        must_have_called = job.is_finished or waited > QUIET
        if receiver is None or not must_have_called or not self.covers(token):
            return
        if not self.has_called(token, CALLBACK_DELAY):
            self._is_unreliable = True
            logger.warning(
                "no callback came to %s for %r: is the server allowed to call it? "
                "Jobs are polled as without callbacks.",
                receiver.url,
                job.jobID,
            )

    def has_called(self, token: str | None, seconds: float = 0.0) -> bool:
        """Return whether a callback with this token has come, or comes within so many seconds."""
        receiver = self._receiver
        return receiver is not None and token is not None and receiver.has_called(token, seconds)

    def sleep(self, token: str | None, seconds: float, resources: Resources) -> None:
        """Sleep, or until a callback with this token comes.

        Some servers call back at each step of a job. These calls must not cause a poll each.
        """
        receiver = self._receiver
        if receiver is None or token is None or receiver.is_closed:
            resources.http.rest(seconds)
        else:
            resources.http.rest(min(MIN_PAUSE, seconds))
            receiver.wait(token, max(0.0, seconds - MIN_PAUSE))


class Waiter:
    """Waits for jobs. Mistakes in its settings are found before anything is executed."""

    def __init__(
        self,
        resources: Resources,
        subscriptions: Subscriptions,
        dismiss: Callable[[JobInfo], JobInfo],
        poll: Poll,
        on_update: Callable[[JobInfo], object] | None,
        progress: bool,
        on_timeout: OnTimeout,
    ) -> None:
        if on_timeout not in ("leave", "dismiss"):
            raise ValueError(f"on_timeout is 'leave' or 'dismiss', not {on_timeout!r}")
        self._resources = resources
        self._subscriptions = subscriptions
        self._dismiss = dismiss if on_timeout == "dismiss" else None
        self._pauses = None if poll is None else pauses(poll)
        self._on_update = on_update
        self._display = progress_display(progress)

    def wait(self, job: JobInfo, timeout: float | None, end: float) -> JobInfo:
        """Return a job when it has finished; raises WaitTimeout at the deadline ``end``."""
        if job.is_finished:
            return job
        with self._display as show:
            try:
                return self._finished(job, timeout, end, [show, self._on_update or ignore])
            except WaitTimeout as error:
                if self._dismiss is None:
                    raise
                late = dismissed_late(error, self._dismiss)
                raise late from late.__cause__

    def _finished(
        self,
        job: JobInfo,
        timeout: float | None,
        end: float,
        listeners: Sequence[Callable[[JobInfo], object]],
    ) -> JobInfo:
        """Return a job when it has finished; call the listeners with each new state."""
        subscriptions, resources = self._subscriptions, self._resources
        token, began = job._context.token, monotonic()
        covered = subscriptions.covers(token)
        poll = self._pauses or pauses(PAUSES_WITH_CALLBACKS if covered else None)

        def sleep(seconds: float) -> None:
            subscriptions.sleep(token, seconds, resources)

        for now in states(
            job, resources.poll_job, end=end, poll=poll, sleep=sleep, timeout=timeout
        ):
            subscriptions.check(now, monotonic() - began)
            if is_news(job, now):
                for listener in listeners:
                    listener(now)
            job = now
        return job


@contextmanager
def naming(job: JobInfo) -> Iterator[None]:
    """Name the job in the traceback of a KeyboardInterrupt: it goes on without the caller."""
    try:
        yield
    except KeyboardInterrupt as stop:
        add_note(stop, f"job {job.jobID!r} goes on: see client.wait_for_job({job.jobID!r})")
        raise


def ignore(_: JobInfo) -> None:
    """Do nothing with a job's state."""


def progress_display(progress: bool) -> AbstractContextManager[Callable[[JobInfo], object]]:
    """Return a context manager that shows progress; it gives the function to call with a job."""
    if not isinstance(progress, bool):
        raise TypeError(f"progress is True or False, not {progress!r}: pass on_update a function")
    if not progress:
        return nullcontext(ignore)
    with room_for("progress=True"):
        from ._progress import display  # noqa: PLC0415 - it may be missing
    return display()
