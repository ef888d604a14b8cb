"""One run of many jobs.

A run has a few threads. One sends requests as long as there are fewer unfinished jobs than allowed.
One polls all jobs. A few fetch the results of finished jobs and pass the outcomes on. The caller's
thread takes the outcomes. The journal has each step of an item before the next step is made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from .._execution import Subscriptions
from .._http.request import at_least
from .._protocol.problems import kind_by_type
from .._resources import Resources
from .._types import FilePath, OnTimeout, Outcome
from .._waiting import PAUSES_WITH_CALLBACKS, deadline_of, dismissed_late, is_web_page, pauses
from ..client import Client
from ..errors import (
    JobDismissed,
    JobFailed,
    NoSuchJob,
    OgcProcError,
    ResultNotAvailable,
    WaitTimeout,
)
from ..models import ApiError, JobInfo
from .fetching import Fetcher, folders_in
from .flow import Flow
from .items import Item, items_of
from .journal import Journal, Key
from .pace import Pace
from .sending import Abort, Sender
from .watch import Watch, Watched

__all__ = ["Run"]

#: How many threads fetch results at most.
FETCHERS = 8
#: How often a sleep checks whether the client is still open, in seconds.
CHECK_INTERVAL = 0.5
#: Errors that another run of the same journal would meet again.
FINAL = (JobDismissed, JobFailed)
#: Statuses of what is not there any more.
GONE = frozenset({404, 410})
#: How long a run that is stopped waits for requests in progress, in seconds.
GRACE = 5.0


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
        journal: FilePath | None = None,
        then: Callable[[Outcome], Any] | None = None,
        executor: Executor | None = None,
        directory: FilePath | None = None,
        timeout: float | None = None,
        on_timeout: OnTimeout = "leave",
        poll: float | tuple[float, float] | None = None,
    ) -> None:
        if executor is not None and then is None:
            raise ValueError("an executor without then has nothing to do")
        if on_timeout not in ("leave", "dismiss"):
            raise ValueError(f"on_timeout is 'leave' or 'dismiss', not {on_timeout!r}")
        if isinstance(inputs, (str, bytes)):
            raise TypeError(f"inputs are many mappings, not {inputs!r}")
        deadline_of(timeout, 0.0)
        self._client = client
        self._resources = resources
        self._subscriptions = subscriptions
        self._process_id = process_id
        self._inputs = inputs.items() if isinstance(inputs, Mapping) else inputs
        #: Whether the inputs can be read twice.
        self._is_listed = isinstance(inputs, (Mapping, Sequence))
        self._outputs = outputs
        self._max_active = at_least(1, max_active, "max_active")
        self._journal_path = journal
        self._then = then
        self._executor = executor
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._poll = poll
        self._closing = Event()
        self._flow = Flow(self._max_active)
        self._pace = Pace(self._sleep)
        self._watch = Watch(
            resources, process_id, poll=poll, pace=self._pace, report=self._left_the_watch
        )
        self._fetcher = Fetcher(client, self._pace, self._closing)
        self._folder_of = None if directory is None else folders_in(directory)
        #: Held while the next input is read.
        self._reading = Lock()
        #: Jobs that have finished or timed out, for the threads that fetch results; None ends one.
        self._finished: SimpleQueue[tuple[Item, Outcome, JobInfo] | None] = SimpleQueue()
        #: Outcomes for the caller, with their keys in the journal; then the error that ends the
        #: run, or None.
        self._queue: SimpleQueue[tuple[Key, Outcome] | BaseException | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._journal: Journal
        self._items: Iterator[Item | Outcome]
        self._sender: Sender

    # --- the caller's thread --------------------------------------------------------------------

    def outcomes(self) -> Iterator[Outcome]:
        """Yield the outcomes as they come; raises the error that ends the run."""
        self._journal = Journal(self._journal_path, self._process_id, self._client.api_url)
        self._items = self._read()
        self._sender = Sender(
            self._client,
            self._resources,
            self._subscriptions,
            self._process_id,
            self._journal,
            self._pace,
            self._closing,
        )
        stop_listening = self._subscriptions.listen(self._watch.called_back)
        try:
            self._check()
            self._start(self._watch.run)
            self._start(self._send_all)
            for _ in range(min(self._max_active, FETCHERS)):
                self._start(self._finish_all)
            while isinstance(taken := self._queue.get(), tuple):
                yield taken[1]
                self._was_taken(*taken)
            if taken is not None:
                raise taken
        finally:
            stop_listening()
            self.close()

    def close(self) -> None:
        """End the run; its jobs go on, and the next run of the journal finds them."""
        self._closing.set()
        self._watch.stop()
        self._flow.stop()
        threads = list(self._threads)
        for _ in threads:
            self._finished.put(None)
        end = monotonic() + GRACE
        for thread in threads:
            thread.join(max(0.0, end - monotonic()))
        self._journal.close()

    def _read(self) -> Iterator[Item | Outcome]:
        """Return the items, read from the first input on."""
        return items_of(self._inputs, self._outputs, self._journal, self._folder_of)

    def _check(self) -> None:
        """Raise ValueError for items that cannot be told apart, before anything is sent.

        Inputs that can be read only once are checked while they are read.
        """
        known = [*self._journal.done, *self._journal.entries]
        if self._folder_of is not None:
            for name in known:
                self._folder_of(name)
        if self._is_listed and (known or self._folder_of):
            deque(self._read(), maxlen=0)

    def _was_taken(self, name: Key, outcome: Outcome) -> None:
        """Note in the journal that an outcome was taken, unless another run may do better."""
        error = outcome.error
        has_results = outcome.results is not None or outcome.files is not None
        if error is None or (isinstance(error, FINAL) and not has_results):
            self._journal.finish(name, outcome.job.status if outcome.job else "")
        elif is_expired(error) and not has_results:
            self._journal.refused(name, f"it is gone: {error}")
        self._flow.take_outcome()

    # --- threads --------------------------------------------------------------------------------

    def _start(self, work: Callable[[], None]) -> None:
        """Run a function in a thread of its own; its error ends the run."""

        def guarded() -> None:
            try:
                work()
            except Abort as abort:
                self._queue.put(abort.error)
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
                self._queue.put(error)

        thread = Thread(target=guarded, name="ogcproc-run", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _sleep(self, seconds: float) -> bool:
        """Sleep; return False as soon as the run has ended or the client is closed."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            if self._closing.wait(min(left, CHECK_INTERVAL)) or self._resources.http.is_closed:
                return False
        return True

    def _send_all(self) -> None:
        """Start one item after the other, as fast as allowed."""
        while self._flow.begin_item():
            with self._reading:
                item = next(self._items, None)
            if item is None:
                if self._flow.exhaust():
                    self._queue.put(None)
                return
            self._send(item)

    def _finish_all(self) -> None:
        """Fetch the results of finished jobs, and deliver the outcomes."""
        while (finished := self._finished.get()) is not None and not self._closing.is_set():
            item, outcome, job = finished
            outcome.error = outcome.error or self._resources.job_error(job)
            if outcome.error is None:
                self._fetcher.fill(outcome, job, item.folder)
            self._deliver(item.name, outcome)

    # --- one item, step by step -------------------------------------------------------------------

    def _send(self, item: Item | Outcome) -> None:
        """Send an item, or find the job that it has become."""
        if isinstance(item, Outcome):
            self._flow.end_job()
            self._deliver(item.key, item)
            return
        try:
            job = self._sender.job_of(item)
        except (OgcProcError, TypeError, ValueError) as error:
            self._flow.end_job()
            outcome = Outcome(item.key, getattr(error, "job", None), error=error)
            self._deliver(item.name, outcome)
            return
        if not job.is_finished:
            self._watch.add(self._watched(item, job))
            if item.token is not None and self._subscriptions.has_called(item.token):
                self._watch.called_back(item.token)  # it came before the job was watched
            return
        if job.results is not None and self._sender.send_in_parallel():
            for _ in range(self._max_active - 1):
                self._start(self._send_all)
        self._has_ended(item, job, None)

    def _watched(self, item: Item, job: JobInfo) -> Watched:
        is_called = self._poll is None and self._subscriptions.covers(item.token)
        return Watched(
            item,
            job,
            poll=pauses(PAUSES_WITH_CALLBACKS if is_called else self._poll),
            end=deadline_of(self._timeout, monotonic()),
            timeout=self._timeout,
            token=item.token,
        )

    def _left_the_watch(self, watched: Watched, error: Exception | None) -> None:
        """Go on with a job that has finished or timed out, or whose state cannot be read."""
        if isinstance(error, WaitTimeout) and self._on_timeout == "dismiss":
            error = dismissed_late(error, self._client.dismiss_job)
            watched.job = error.job
        self._subscriptions.check(watched.job, monotonic() - watched.began)
        self._subscriptions.unsubscribe(watched.token)
        self._has_ended(watched.item, watched.job, error)

    def _has_ended(self, item: Item, job: JobInfo, error: Exception | None) -> None:
        """Let another job start, and have this one's results fetched."""
        self._flow.end_job()
        self._finished.put((item, Outcome(item.key, job, error=error), job))

    def _deliver(self, name: Key, outcome: Outcome) -> None:
        """Pass an outcome to ``then``, if there is one, and to the caller."""
        if self._then is None:
            self._put(name, outcome)
        elif self._executor is None:
            try:
                outcome.value = self._then(outcome)
            except Exception as error:  # noqa: BLE001 - it belongs to the outcome
                outcome.error = outcome.error or error
            self._put(name, outcome)
        else:
            future = self._executor.submit(self._then, outcome)
            future.add_done_callback(lambda future: self._then_done(name, outcome, future))

    def _then_done(self, name: Key, outcome: Outcome, future: Future[Any]) -> None:
        try:
            outcome.value = future.result()
        except BaseException as error:  # noqa: BLE001 - CancelledError too
            outcome.error = outcome.error or error
        self._put(name, outcome)

    def _put(self, name: Key, outcome: Outcome) -> None:
        """Give an outcome to the caller, and the end after the last one."""
        self._queue.put((name, outcome))
        if self._flow.end_item():
            self._queue.put(None)


def is_expired(error: BaseException) -> bool:
    """Return whether a job or its results are gone for good: only another execution helps."""
    if isinstance(error, NoSuchJob):
        return not is_web_page(error)
    if not isinstance(error, ResultNotAvailable):
        return False
    return error.status in GONE or kind_by_type(error.problem or ApiError()) is not None
