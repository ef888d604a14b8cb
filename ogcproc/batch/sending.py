"""Sending the items of a run, each at most once.

Requests are sent one after the other. So if a run breaks off, at most one of them is uncertain, and
the job list shows which job it became. If the server answers with results at once, there are no
jobs to look for, and requests are sent in parallel.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from copy import copy
from threading import Event, Lock

from .._execution import Subscriptions
from .._http.headers import Headers
from .._protocol.evidence import Proof, proof_of
from .._resources import Resources
from .._waiting import is_passing
from ..client import Client
from ..errors import (
    DocumentError,
    OgcProcError,
    ServiceError,
    SubmissionUncertain,
    TransportError,
)
from ..models import JobInfo, JobStatus
from .items import Item
from .journal import Entry, Journal
from .pace import Pace
from .settling import PATIENCE, patience_left, settled

__all__ = ["Abort", "Sender"]


class Abort(Exception):
    """The run must end."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__(error)
        #: The reason; None if the caller has ended the run.
        self.error = error


class RetryLater(Exception):
    """A request was not carried out, and may be sent again later."""

    def __init__(self, error: OgcProcError) -> None:
        super().__init__(error)
        #: The reason.
        self.error = error


class Sender:
    """Sends items, and finds the jobs of items that an earlier run has sent."""

    def __init__(
        self,
        client: Client,
        resources: Resources,
        subscriptions: Subscriptions,
        process_id: str,
        journal: Journal,
        pace: Pace,
        closing: Event,
    ) -> None:
        self._client = client.with_options(retries=0)
        self._resources = resources
        self._subscriptions = subscriptions
        self._process_id = process_id
        self._journal = journal
        self._pace = pace
        self._closing = closing
        #: Held while a request is sent, unless they are sent in parallel.
        self._lock = Lock()
        self._is_parallel = False

    def send_in_parallel(self) -> bool:
        """Send requests in parallel from now on; return False if that is so already."""
        with self._lock:
            was_parallel, self._is_parallel = self._is_parallel, True
        return not was_parallel

    def job_of(self, item: Item) -> JobInfo:
        """Return an item's job; its request is sent unless the journal says that it was.

        Raises Abort if the run must end; other errors are the item's own.
        """
        entry = self._journal.entries.get(item.name)
        if entry is None:
            return self._send(item)
        if entry.job is not None:
            return self._remembered(item, entry)
        with self._turn():
            uncertain = self._uncertain(item, entry)
            job = self._settled(item, uncertain, patience_left(entry.sent_at), uncertain)
        return self._send(item) if job is None else job

    def _turn(self) -> AbstractContextManager[object]:
        return nullcontext() if self._is_parallel else self._lock

    def _remembered(self, item: Item, entry: Entry) -> JobInfo:
        """Return the job that the journal names, with the results that came at once."""
        job = JobInfo(entry.job or "", "", self._process_id, created=entry.created)
        job._context.url, job._context.outputs = entry.url, tuple(item.request.outputs or ())
        if entry.answer is not None:
            status, fields, body = entry.answer
            job.status = JobStatus.successful
            job.results = self._resources.results_from(
                status, Headers(fields), body, job._context.outputs, job
            )
        return job

    def _send(self, item: Item) -> JobInfo:
        """Send an item as soon as the server takes it, and return its job."""
        retries = self._pace.retries()
        while True:
            self._pace.keep()
            with self._turn():
                if self._closing.is_set():
                    raise Abort(None)
                try:
                    return self._send_once(item)
                except RetryLater as later:
                    error = later.error
            if not retries.slow_down(error):
                raise Abort(error)

    def _send_once(self, item: Item) -> JobInfo:
        """Send an item and return its job."""
        entry = self._journal.sending(item.name, item.digest)
        request = copy(item.request)
        item.token = self._subscriptions.subscribe(request, self._resources)
        try:
            job = self._client.execute_process(self._process_id, request)
        except (OgcProcError, TypeError, ValueError) as error:
            self._subscriptions.unsubscribe(item.token)
            return self._job_after(error, item, entry)
        self._journal.became(item.name, job)
        return job

    def _job_after(
        self, error: OgcProcError | TypeError | ValueError, item: Item, entry: Entry
    ) -> JobInfo:
        """Return the job that an item has become although the request failed.

        Raises RetryLater if it has become none and may be sent again, Abort if no item can be sent,
        and else the error.
        """
        if isinstance(error, SubmissionUncertain):
            uncertain = error
        elif isinstance(error, DocumentError):
            uncertain = self._uncertain(item, entry)
        else:
            self._journal.refused(item.name, str(error))
            if isinstance(error, TransportError) and not is_passing(error):
                raise Abort(error)
            if isinstance(error, OgcProcError) and is_passing(error) and not was_executed(error):
                raise RetryLater(error)
            raise error
        job = self._settled(item, uncertain, PATIENCE, error)
        if job is None:
            raise RetryLater(error)
        return job

    def _settled(
        self, item: Item, uncertain: SubmissionUncertain, patience: float, cause: Exception
    ) -> JobInfo | None:
        """Return the job that an uncertain request became, by the job list; None if it became none.

        Raises the cause if the list cannot tell.
        """
        evidence = cause.__cause__
        try:
            job = settled(
                self._resources,
                uncertain,
                self._journal,
                sleep=self._pace.sleep,
                patience=patience,
            )
        except SubmissionUncertain:
            raise cause from evidence or cause.__cause__
        if job is None:
            self._journal.refused(item.name, "it never arrived")
        else:
            self._journal.became(item.name, job)
        return job

    def _uncertain(self, item: Item, entry: Entry) -> SubmissionUncertain:
        """Return the error for an item that may have been sent."""
        return SubmissionUncertain(
            f"item {item.key!r} may have been sent at {entry.sent_at}, and no answer is known",
            url=f"{self._client.api_url}/",
            process_id=self._process_id,
            request=item.request,
            sent_at=entry.sent_at,
        )


def was_executed(error: OgcProcError) -> bool:
    """Return whether a request that this error ended may have been carried out."""
    if not isinstance(error, ServiceError):
        return False
    return proof_of(error.status, error.body) is not Proof.not_carried_out
