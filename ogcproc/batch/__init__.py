"""Many jobs at once, resumable: ``Client.run_many`` opens this room.

A run is a few threads and a watch. One sends what the inputs yield, as long as there are fewer
unfinished jobs than allowed; one watches the jobs; a few fetch the results of those that have
ended and hand them on; the caller's takes the outcomes. Each step of an item is in the journal
before the next one is made.

Requests are sent one after the other, so that of a run that broke off at most one is uncertain,
and the job list tells which job it became. A server that answers with the results at once is asked
in parallel: there is no job to be found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Event, Lock, Thread
from time import monotonic

from .._http.headers import Headers
from .._http.request import at_least
from .._types import Outcome
from .._waiting import RARELY, UNHEARD, end_of, ended_otherwise, is_passing, pauses, retry_after
from ..errors import (
    DocumentError,
    JobDismissed,
    JobFailed,
    OgcProcError,
    RateLimited,
    ResultNotAvailable,
    ServiceError,
    SubmissionUncertain,
    TransportError,
    WaitTimeout,
    room_for,
)
from ..models import JobInfo, JobStatus, ProcessRequest
from .journal import Journal, Keys, digest_of, is_key
from .settling import PATIENCE, patience_left, settled
from .watch import Pace, Watch, Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Executor, Future
    from typing import Any

    from .._execution import Subscriptions
    from .._resources import Resources
    from .._types import OnTimeout
    from ..client import Client
    from .journal import Entry, Key

__all__ = ["Run"]

#: How many threads fetch results at most.
FETCHERS = 8
#: How long a wait lasts until it looks whether the client is still open, in seconds.
WAKEFUL = 0.5
#: How many things a key and its inputs are.
PAIR = 2
#: Errors that no other run of the same journal would mend.
FINAL = (JobDismissed, JobFailed, ResultNotAvailable)
#: For how long a run that is broken off waits for the requests under way, in seconds.
GRACE = 5.0


@dataclass
class Item:
    """One item of a run."""

    key: Key
    request: ProcessRequest
    digest: str
    token: str | None = None


class End:
    """The end of a run: the last that its queue holds."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class Run:
    """One run of many jobs of a process; see ``Client.run_many``."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        client: Client,
        resources: Resources,
        subscriptions: Subscriptions,
        process_id: str,
        inputs: Iterable[Any],
        *,
        outputs: Mapping[str, Any] | Sequence[str] | None = None,
        max_active: int = 10,
        journal: str | os.PathLike[str] | None = None,
        then: Callable[[Outcome], Any] | None = None,
        executor: Executor | None = None,
        directory: str | os.PathLike[str] | None = None,
        timeout: float | None = None,
        on_timeout: OnTimeout = "leave",
        poll: Any = None,
    ) -> None:
        if executor is not None and then is None:
            raise ValueError("an executor without then has nothing to do")
        if on_timeout not in ("leave", "dismiss"):
            raise ValueError(f"on_timeout is 'leave' or 'dismiss', not {on_timeout!r}")
        if isinstance(inputs, (str, bytes)):
            raise TypeError(f"inputs are many mappings, not {inputs!r}")
        end_of(timeout, 0.0)
        self._client = client
        self._resources = resources
        self._subscriptions = subscriptions
        self._once = client.with_options(retries=0)
        self._process_id = process_id
        self._inputs = enumerate(inputs.items() if isinstance(inputs, Mapping) else inputs)
        self._outputs = outputs
        self._then = then
        self._executor = executor
        self._directory = None if directory is None else Path(directory)
        if directory is not None:
            with room_for("run_many with a directory"):
                from .._downloads.filenames import safe_name  # noqa: PLC0415 - it may be missing
            self._safe_name = safe_name
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._poll = poll
        self._max_active = at_least(1, max_active, "max_active")
        self._closing = Event()
        self._pace = Pace(self._rest)
        self._watch = Watch(
            resources, process_id, poll=poll, pace=self._pace, report=self._left_the_watch
        )
        self._queue: SimpleQueue[Outcome | End] = SimpleQueue()
        self._changed = Condition()
        self._taking = Lock()
        #: Held while a request is sent; see the module.
        self._sending: Any = Lock()
        #: How many jobs may still be made, and how many items may still be taken up: outcomes that
        #: nobody takes are not to fill the memory.
        self._slots = self._max_active
        self._room = 2 * self._max_active
        #: How many items were taken up whose outcomes are not in the queue yet.
        self._pending = 0
        self._is_exhausted = False
        self._keys = Keys()
        self._threads: list[Thread] = []
        #: What has ended, for those who fetch: the item, its job, and why there are no results.
        self._ended: SimpleQueue[tuple[Item, JobInfo, OgcProcError | None] | None] = SimpleQueue()
        self._journal_path = journal
        self._journal: Journal

    # --- the caller's side ----------------------------------------------------------------------

    def outcomes(self) -> Iterator[Outcome]:
        """Yield the outcomes as they come; raises what ends the run itself."""
        self._journal = Journal(self._journal_path, self._process_id, self._client.api_url)
        stop_listening = self._subscriptions.listen(self._watch.call)
        try:
            self._start(self._watch.run)
            self._start(self._send_all)
            for _ in range(min(self._max_active, FETCHERS)):
                self._start(self._finish_all)
            while isinstance(outcome := self._queue.get(), Outcome):
                yield outcome
                self._take_down(outcome)
            if outcome.error is not None:
                raise outcome.error
        finally:
            stop_listening()
            self.close()

    def close(self) -> None:
        """End the run: what is under way is left to the journal, and the jobs to the server."""
        self._closing.set()
        self._watch.stop()
        with self._changed:
            self._changed.notify_all()
        threads = list(self._threads)
        for _ in threads:
            self._ended.put(None)
        end = monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))
        self._journal.close()

    def _rest(self, seconds: float) -> bool:
        """Wait, but not longer than the run or the client is open; return whether they are."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            if self._closing.wait(min(left, WAKEFUL)) or self._resources.http.is_closed:
                return False
        return True

    def _take_down(self, outcome: Outcome) -> None:
        """Write down that an outcome was taken, unless another run may mend it."""
        if outcome.error is None or isinstance(outcome.error, FINAL):
            self._journal.finish(outcome.key, outcome.job.status if outcome.job else "")
        with self._changed:
            self._room += 1
            self._changed.notify()

    def _start(self, work: Callable[[], None]) -> None:
        """Do work in a thread of its own; what it raises ends the run."""

        def guarded() -> None:
            try:
                work()
            except Over as over:
                self._queue.put(End(over.error))
            except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
                self._queue.put(End(error))

        thread = Thread(target=guarded, name="ogcproc-run", daemon=True)
        self._threads.append(thread)
        thread.start()

    # --- sending --------------------------------------------------------------------------------

    def _send_all(self) -> None:
        """Take up one item after the other, as long as there is room for it."""
        while self._has_room():
            with self._taking:
                item = self._next()
            if item is None:
                with self._changed:
                    self._is_exhausted = True
                    self._slots += 1
                    self._put(None)
                return
            self._take_up(item)

    def _has_room(self) -> bool:
        """Wait until an item may be taken up, and take its place; False where the run is over."""
        with self._changed:
            while not self._closing.is_set() and not self._is_exhausted:
                if self._slots > 0 and self._room > 0:
                    self._slots -= 1
                    self._room -= 1
                    self._pending += 1
                    return True
                self._changed.wait()
        return False

    def _next(self) -> Item | Outcome | None:
        """Return the next item that is not done, or what is wrong with it; None at the end."""
        for number, given in self._inputs:
            key, inputs = (
                given if isinstance(given, tuple) and len(given) == PAIR else (number, given)
            )
            if not is_key(key):
                raise TypeError(f"the key of an item is a text or a whole number, not {key!r}")
            if key in self._keys:
                raise ValueError(f"two items have the key {key!r}")
            self._keys.add(key)
            if key not in self._journal.done:
                try:
                    return self._item(key, inputs)
                except (OSError, TypeError, ValueError) as error:
                    return Outcome(key, error=error)
        return None

    def _item(self, key: Key, inputs: Any) -> Item:
        """Return an item; raises TypeError and ValueError for inputs that cannot be sent."""
        if isinstance(inputs, ProcessRequest):
            request = inputs
        elif isinstance(inputs, Mapping):
            request = ProcessRequest(inputs, self._outputs)
        else:
            raise TypeError(f"the inputs of item {key!r} are a mapping, not {inputs!r}")
        return Item(key, request, digest_of(request.to_dict()))

    def _take_up(self, item: Item | Outcome) -> None:
        """Send an item, or find its job again, and see what comes of it."""
        if isinstance(item, Outcome):
            self._free_slot()
            self._hand_on(item)
            return
        try:
            job = self._job_of(item)
        except (OgcProcError, TypeError, ValueError) as error:
            self._free_slot()
            self._hand_on(Outcome(item.key, getattr(error, "job", None), error=error))
            return
        if job.is_finished:
            if job.results is not None:
                self._send_in_parallel()
            self._has_ended(item, job, None)
        else:
            self._watch.add(self._watched(item, job))

    def _watched(self, item: Item, job: JobInfo) -> Watched:
        calls = item.token is not None and self._poll is None
        return Watched(
            item,
            job,
            poll=pauses(RARELY if calls else self._poll),
            end=end_of(self._timeout, monotonic()),
            token=item.token,
        )

    def _job_of(self, item: Item) -> JobInfo:
        """Return the job that an item is, sent unless the journal knows that it was."""
        entry = self._journal.entries.get(item.key)
        if entry is None:
            return self._sent(item)
        if entry.digest != item.digest:
            raise Over(ValueError(f"item {item.key!r} had other inputs when it was sent"))
        if entry.job is not None:
            return self._remembered(item, entry)
        with self._sending:
            patience = patience_left(entry.sent_at)
            job = self._settled(item, self._uncertain(item, entry), patience)
        return self._sent(item) if job is None else job

    def _remembered(self, item: Item, entry: Entry) -> JobInfo:
        """Return the job that an item is by the journal."""
        job = JobInfo(entry.job or "", "", self._process_id, created=entry.created)
        job._context.url, job._context.outputs = entry.url, tuple(item.request.outputs or ())
        if entry.answer is not None:
            status, fields, body = entry.answer
            job.status = JobStatus.successful
            job.results = self._resources.results_from(
                status, Headers(fields), body, job._context.outputs, job
            )
        return job

    def _sent(self, item: Item) -> JobInfo:
        """Return the job of an item, sent as soon as that can be.

        Raises what says that this item is not executed, or may have been; Over where none can be.
        """
        began = monotonic()
        waits = pauses((0.5, 60))
        while True:
            self._pace.keep()
            with self._sending:
                if self._closing.is_set():
                    raise Over(None)
                try:
                    return self._sent_once(item)
                except Again as again:
                    error = again.error
            if monotonic() - began > UNHEARD:
                raise Over(error)
            self._pace.slow(max(retry_after(error), next(waits)))

    def _sent_once(self, item: Item) -> JobInfo:
        """Return the job of an item that is sent now; raises Again where it was not executed."""
        entry = self._journal.sending(item.key, item.digest)
        request = copy(item.request)
        item.token = self._subscriptions.subscribe(request, self._resources)
        try:
            job = self._once.execute_process(self._process_id, request)
        except (OgcProcError, TypeError, ValueError) as error:
            self._subscriptions.unsubscribe(item.token)
            return self._not_answered(item, entry, error)
        self._journal.became(item.key, job)
        return job

    def _not_answered(
        self, item: Item, entry: Entry, error: OgcProcError | TypeError | ValueError
    ) -> JobInfo:
        """Return the job of an item all the same, where its answer told of none.

        Raises Again where it was not executed for now, Over where nothing can be, and the error.
        """
        if isinstance(error, SubmissionUncertain):
            job = self._settled(item, error, PATIENCE, error)
        elif isinstance(error, DocumentError) or is_unclear(error):
            job = self._settled(item, self._uncertain(item, entry), PATIENCE, error)
        else:
            self._journal.refused(item.key, str(error))
            if isinstance(error, TransportError) and not is_passing(error):
                raise Over(error)
            if isinstance(error, (TransportError, RateLimited)):
                raise Again(error)
            raise error
        if job is None:
            raise Again(error)
        return job

    def _settled(
        self,
        item: Item,
        uncertain: SubmissionUncertain,
        patience: float,
        cause: Exception | None = None,
    ) -> JobInfo | None:
        """Return the job that an item has become without saying so; None where it became none.

        Raises what caused the uncertainty, or says it, where it cannot be told.
        """
        try:
            job = settled(
                self._resources, uncertain, self._journal, rest=self._rest, patience=patience
            )
        except SubmissionUncertain as error:
            raise cause or error from None
        if job is None:
            self._journal.refused(item.key, "it never arrived")
        else:
            self._journal.became(item.key, job)
        return job

    def _uncertain(self, item: Item, entry: Entry) -> SubmissionUncertain:
        """Return the error of an item of which it is not known whether it was sent."""
        return SubmissionUncertain(
            f"item {item.key!r} may have been sent at {entry.sent_at}, and no answer is known",
            url=f"{self._client.api_url}/",
            process_id=self._process_id,
            request=item.request,
            sent_at=entry.sent_at,
        )

    def _send_in_parallel(self) -> None:
        """Send as many requests at a time as there may be jobs: the server answers at once."""
        with self._changed:
            if isinstance(self._sending, nullcontext):
                return
            self._sending = nullcontext()
        for _ in range(self._max_active - 1):
            self._start(self._send_all)

    # --- watching and fetching --------------------------------------------------------------------

    def _left_the_watch(self, watched: Watched, error: OgcProcError | None) -> None:
        """See to a job that is not watched any more."""
        if isinstance(error, WaitTimeout) and self._on_timeout == "dismiss":
            try:
                watched.job = error.job = self._client.dismiss_job(watched.job)
            except OgcProcError as failed:
                error.__cause__ = failed
        self._subscriptions.unsubscribe(watched.item.token)
        self._has_ended(watched.item, watched.job, error)

    def _has_ended(self, item: Item, job: JobInfo, error: OgcProcError | None) -> None:
        """Free the job's place, and have its results fetched."""
        self._free_slot()
        self._ended.put((item, job, error))

    def _free_slot(self) -> None:
        with self._changed:
            self._slots += 1
            self._changed.notify()

    def _finish_all(self) -> None:
        """Make outcomes of the jobs that have ended, or were given up."""
        while (ended := self._ended.get()) is not None and not self._closing.is_set():
            item, job, error = ended
            outcome = Outcome(item.key, job, error=error or ended_otherwise(job))
            if outcome.error is None:
                try:
                    self._fetch(outcome, job)
                except (OgcProcError, OSError, ValueError) as failed:
                    outcome.error = failed
            self._hand_on(outcome)

    def _fetch(self, outcome: Outcome, job: JobInfo) -> None:
        """Fetch a job's results, as often as it takes; raises what does not pass."""
        began = monotonic()
        waits = pauses((0.5, 60))
        while True:
            self._pace.keep()
            try:
                if self._directory is None:
                    outcome.results = self._client.get_job_results(job)
                else:
                    folder = self._directory / self._safe_name(str(outcome.key))
                    outcome.files = self._client.download_job_results(
                        job, folder, if_exists="resume"
                    )
            except OgcProcError as error:
                given_up = self._closing.is_set() or monotonic() - began > UNHEARD
                if not is_passing(error) or given_up:
                    raise
                self._pace.slow(max(retry_after(error), next(waits)))
            else:
                return

    def _hand_on(self, outcome: Outcome) -> None:
        """Give an outcome to ``then``, where there is one, and to the caller."""
        if self._then is None:
            self._put(outcome)
        elif self._executor is None:
            try:
                outcome.value = self._then(outcome)
            except Exception as error:  # noqa: BLE001 - it is the outcome's
                outcome.error = outcome.error or error
            self._put(outcome)
        else:
            future = self._executor.submit(self._then, outcome)
            future.add_done_callback(lambda future: self._was_handed_on(outcome, future))

    def _was_handed_on(self, outcome: Outcome, future: Future[Any]) -> None:
        try:
            outcome.value = future.result()
        except BaseException as error:  # noqa: BLE001 - cancelled ones, too
            outcome.error = outcome.error or error
        self._put(outcome)

    def _put(self, outcome: Outcome | None) -> None:
        """Give an outcome to the caller, and the end after the last one."""
        with self._changed:
            self._pending -= 1
            if outcome is not None:
                self._queue.put(outcome)
            else:
                self._room += 1
            if self._is_exhausted and not self._pending:
                self._queue.put(End())
            self._changed.notify_all()


class Again(Exception):
    """An item was not executed, and may be later."""

    def __init__(self, error: Any) -> None:
        super().__init__(error)
        #: Why it was not.
        self.error = error


class Over(Exception):
    """No item can be executed."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__(error)
        #: Why; None where the run was ended.
        self.error = error


def is_unclear(error: Exception) -> bool:
    """Return whether an error may come of an execution that took place: a gateway's, in between."""
    return isinstance(error, ServiceError) and error.status in UNCLEAR


UNCLEAR = frozenset({502, 503, 504})
