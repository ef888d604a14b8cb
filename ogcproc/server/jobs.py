"""The jobs of a service: what state each is in, and every way from one state to the next.

accepted -> running -> successful | failed, and from either of the first two to dismissed. All of it
happens under one lock; whoever watches is told afterwards, outside it.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .context import Line
from .errors import Problem
from .line import Exchange
from .order import Order

UNFINISHED = ("accepted", "running")
STATUSES = (*UNFINISHED, "successful", "failed", "dismissed")


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(timezone.utc)


@dataclass(eq=False)
class Record:
    """One job. Only the store changes it."""

    number: int
    process_id: str
    order: Order
    created: datetime
    updated: datetime
    status: str = "accepted"
    message: str | None = None
    progress: int | None = None
    started: datetime | None = None
    finished: datetime | None = None
    #: Output id -> JSON value or bytes, of a successful job.
    outputs: dict[str, Any] = field(default_factory=dict)
    #: Why it failed, of a failed one.
    problem: Problem | None = None
    future: Future[Any] | None = None
    #: Set once the job has reached one of its three ends.
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> str:
        """Return the job id."""
        return f"job_{self.number}"

    @property
    def is_finished(self) -> bool:
        """Return whether the job has reached one of its three ends."""
        return self.status not in UNFINISHED

    def status_info(self) -> dict[str, Any]:
        """Return the statusInfo document, without its links."""
        info: dict[str, Any] = {
            "jobID": self.id,
            "type": "process",
            "processID": self.process_id,
            "status": self.status,
            "message": self.message,
            "created": _stamp(self.created),
            "started": _stamp(self.started),
            "finished": _stamp(self.finished),
            "updated": _stamp(self.updated),
            "progress": self.progress,
        }
        return {name: value for name, value in info.items() if value is not None}


def _stamp(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


#: Is told of a job after each change, with a copy of its statusInfo as it then was.
Watcher = Callable[[Record, dict[str, Any]], None]


class JobStore:
    """The jobs of a service by number, which is the order they came in; numbers never return.

    At most `max_finished` jobs are kept after their end; beyond that the first to end go first.
    """

    def __init__(
        self, max_finished: int, watch: Watcher, clock: Callable[[], datetime] = now
    ) -> None:
        self.clock = clock
        self._max_finished = max_finished
        self._watch = watch
        self._lock = threading.Lock()
        self._records: dict[int, Record] = {}
        self._finished: dict[int, Record] = {}
        self._next = 0

    def add(self, process_id: str, order: Order) -> Record:
        """Return a new job, accepted."""
        with self._lock:
            time = self.clock()
            record = Record(self._next, process_id, order, time, time)
            self._records[self._next] = record
            self._next += 1
        return record

    def get(self, job_id: str) -> Record | None:
        """Return a job by its id, None if there is none."""
        with self._lock:
            return next((self._records[at] for at in self._numbers(job_id)), None)

    def _numbers(self, job_id: str) -> Iterator[int]:
        digits = job_id.removeprefix("job_")
        # Of all the texts int() reads, such as "007" or "1_0", only the one we wrote names a job.
        if digits.isdecimal() and digits.isascii() and len(digits) < 20:  # noqa: PLR2004
            number = int(digits)
            if number in self._records and self._records[number].id == job_id:
                yield number

    def all(self) -> list[tuple[int, Record]]:
        """Return (number, job) of every job kept, oldest first."""
        with self._lock:
            return list(self._records.items())

    def info(self, record: Record) -> dict[str, Any]:
        """Return the statusInfo document of a job, without its links."""
        with self._lock:
            return record.status_info()

    def note(self, record: Record, note: dict[str, Any]) -> bool:
        """Take down what a running function says; return whether it should stop."""
        with self._lock:
            if record.is_finished:
                return True
            time = self.clock()
            if note.pop("started", False) and record.status == "accepted":
                record.status, record.started = "running", time
            elif not note:
                return False
            record.progress = note.get("progress", record.progress)
            record.message = note.get("message", record.message)
            record.updated = time
            info = record.status_info()
        self._watch(record, info)
        return False

    def succeed(self, record: Record, outputs: dict[str, Any]) -> None:
        """Take down what the function returned; a dismissed job wants no results."""
        self._end(record, "successful", outputs=outputs, progress=100)

    def fail(self, record: Record, problem: Problem) -> None:
        """Take down why the function failed."""
        self._end(record, "failed", problem=problem, message=problem.detail)

    def dismiss(self, record: Record) -> dict[str, Any]:
        """Stop a job, or remove one that has stopped; return its statusInfo, dismissed.

        `/req/dismiss/job-dismiss-op`: a job dismissed at work stays, so that its callers can see
        what became of it; dismissing it again removes it.
        """
        if not self._end(record, "dismissed"):
            with self._lock:
                self._forget(record)
        if record.future is not None:
            record.future.cancel()
        return {**self.info(record), "status": "dismissed"}

    def _end(self, record: Record, status: str, **changes: Any) -> bool:
        """Move a job to one of its ends; return False if it was at one already."""
        with self._lock:
            if record.is_finished:
                return False
            time = self.clock()
            record.status, record.finished, record.updated = status, time, time
            for name, value in changes.items():
                setattr(record, name, value)
            self._finished[record.number] = record
            while len(self._finished) > self._max_finished:
                self._forget(next(iter(self._finished.values())))
            info = record.status_info()
        self._watch(record, info)
        record.ended.set()
        return True

    def _forget(self, record: Record) -> None:
        self._records.pop(record.number, None)
        self._finished.pop(record.number, None)


class LocalLine:
    """The line from a function on a thread of this process to its record."""

    def __init__(self, store: JobStore, exchange: Callable[[], Exchange]) -> None:
        self._store = store
        self._exchange = exchange

    def tell(self, job_id: str, note: dict[str, Any]) -> bool:
        """Pass on a note; return whether to stop, as a job that was removed should."""
        record = self._store.get(job_id)
        return record is None or self._store.note(record, note)

    def remote(self) -> Line:
        """Return a line for another process; the first of them starts the exchange."""
        return self._exchange().line()

    def hang_up(self) -> None:
        """Do nothing: a local line holds nothing open."""
