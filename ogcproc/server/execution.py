"""Jobs put to work: on an executor, under the eye of whoever called, with news to subscribers."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

from .callbacks import Callbacks
from .context import Job
from .describe import Process
from .errors import Dismissed, Problem
from .jobs import JobStore, LocalLine, Record
from .line import Exchange
from .order import Order
from .threads import DaemonExecutor
from .values import to_outputs

logger: logging.Logger = logging.getLogger(__name__)


def call(
    function: Callable[..., Any], arguments: dict[str, Any], job: Job, parameter: str | None
) -> Any:
    """Return what the function returns. This is what the executor runs, wherever that is."""
    line = job._line
    try:
        if line.tell(job.id, {"started": True}):
            raise Dismissed(job.id)
        if parameter is not None:
            arguments = {**arguments, parameter: job}
        return function(**arguments)
    finally:
        line.hang_up()


class Workshop:
    """Runs the jobs of a service, and stops them with it."""

    #: Number of seconds `close` waits for functions that were told to stop.
    PATIENCE = 2.0

    def __init__(self, executor: Executor | None, max_workers: int, max_jobs: int) -> None:
        self.callbacks: Callbacks = Callbacks()
        self.store: JobStore = JobStore(max_jobs, self.callbacks.watch)
        self._given = executor
        self._max_workers = max_workers
        self._own: DaemonExecutor | None = None
        self._exchange: Exchange | None = None
        self._lock = threading.Lock()
        self._line = LocalLine(self.store, self._open_exchange)

    def start(self, process: Process, arguments: dict[str, Any], order: Order) -> Record:
        """Return a new job, handed to the executor."""
        record = self.store.add(process.id, order)
        job = Job(record.id, self._line)
        try:
            future = self._executor().submit(
                call, process.function, arguments, job, process.job_parameter
            )
        except RuntimeError as error:
            self.store.fail(record, Problem(f"the job could not be started: {error}", 503))
            return record
        record.future = future
        future.add_done_callback(lambda future: self._finish(record, process, future))
        if record.is_finished:
            future.cancel()
        return record

    def _finish(self, record: Record, process: Process, future: "Future[Any]") -> None:
        try:
            outputs = to_outputs(future.result(), process.outputs, many=process.many)
        except (Dismissed, CancelledError):
            # Whoever dismissed it has said so; a function that stops unasked has dismissed itself.
            if not record.is_finished:
                self.store.dismiss(record)
        except Problem as problem:
            self.store.fail(record, problem)
        except BaseException as error:
            logger.info("%s failed", record.id, exc_info=error)
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self.store.fail(record, Problem(text, 500, title="The process failed"))
        else:
            self.store.succeed(record, outputs)

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        with self._lock:
            if self._own is None:
                self._own = DaemonExecutor(self._max_workers)
            return self._own

    def _open_exchange(self) -> Exchange:
        with self._lock:
            if self._exchange is None:
                self._exchange = Exchange(self._line)
            return self._exchange

    def stop_jobs(self) -> None:
        """Tell every unfinished job to stop."""
        for _, record in self.store.all():
            if not record.is_finished:
                self.store.dismiss(record)

    def close(self) -> None:
        """Stop the jobs and let go of what the workshop itself made; it can be used again."""
        self.stop_jobs()
        with self._lock:
            own, self._own = self._own, None
            exchange, self._exchange = self._exchange, None
        if own is not None:
            own.shutdown(cancel_futures=True, timeout=self.PATIENCE)
        if exchange is not None:
            exchange.close()
        self.callbacks.close()
