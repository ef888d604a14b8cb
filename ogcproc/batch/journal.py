"""The journal of a run of many jobs: an append-only file, a line of JSON for each step of an item.

    {"journal": 2, "process": "buffer", "server": "https://example.org/ogcapi"}
    {"key": 0, "sending": "2026-11-26T08:00:00.000000+00:00", "request": "9f86d081884c7d65"}
    {"key": 0, "job": "job_7", "url": null, "created": "2026-11-26T08:00:00+00:00"}
    {"key": 0, "done": "successful"}

An item without a key of its own is known by the digest of its request, so it is found again
wherever it stands among the inputs; the second one with the same digest ends in ``~2``. If results
came at once, they stand in the record of the job, as they came. A record is on the disk
before its request is sent, and the job's record before anything else happens. So whenever the
process is killed, the next run knows of each item whether it may have been sent: it may, if its
last record is ``sending``.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from threading import Lock
from typing import IO, Any

from .._locks import open_alone
from .._types import FilePath
from ..models import JobInfo, JobResults
from ..models._fields import moment

__all__ = ["Entry", "Journal", "Key", "Keys", "digest_of", "is_key"]

#: Tells an item from the others.
Key = int | str
#: Version 1 knew items without keys by their numbers.
VERSION = 2
#: How each record of an item begins.
RECORD = b'{"key": '
#: How many job ids are cached, to recognise our jobs in a job list: those of the last few minutes.
RECENT = 20_000
#: Jobs of two requests cannot be confused if these were sent this far apart.
DISTANCE = timedelta(minutes=1)


@dataclass(slots=True)
class Entry:
    """The journal's knowledge of an item that is not done."""

    #: The digest of its request.
    digest: str
    #: When it was sent, or was about to be.
    sent_at: datetime
    #: The id of its job; None if it is not known.
    job: str | None = None
    #: The job's URL, if the server named it.
    url: str | None = None
    created: datetime | None = None
    #: Results that came at once: status, header fields and body.
    answer: tuple[int, list[tuple[str, str]], bytes] | None = None


class Keys:
    """A set of keys; the numbers from 0 on take no memory if they are added in order."""

    def __init__(self) -> None:
        self._below = 0
        self._others: set[Key] = set()

    def __contains__(self, key: Key) -> bool:
        return (isinstance(key, int) and 0 <= key < self._below) or key in self._others

    def add(self, key: Key) -> None:
        """Add a key."""
        self._others.add(key)
        while self._below in self._others:
            self._others.remove(self._below)
            self._below += 1


class Journal:
    """The state of a run's items, stored in a file if there is a path.

    One run at a time may use it. Raises OSError if the file cannot be used, BlockingIOError if
    another run uses it, and ValueError if it is no journal, or is the journal of another process or
    server; then the file stays as it is.
    """

    def __init__(self, path: FilePath | None, process_id: str, server: str) -> None:
        #: The items that are not done, by key.
        self.entries: dict[Key, Entry] = {}
        #: The digests of the items that are done, by key: their outcomes were taken.
        self.done: dict[Key, str] = {}
        #: When the last jobs of this journal were sent, by job id.
        self.recent: dict[str, datetime] = {}
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        if path is not None:
            self._file = open_alone(path, "journal")
            try:
                self._load(self._file, os.fspath(path), process_id, server)
            except BaseException:
                self._file.close()
                raise

    def close(self) -> None:
        """Close the file, so that another run may use it."""
        with self._lock:
            if self._file is not None:
                self._file.close()

    @property
    def is_kept(self) -> bool:
        """Whether there is a file, so that another run may go on."""
        return self._file is not None

    def is_done(self, key: Key, digest: str) -> bool:
        """Return whether an item is done; raises ValueError if it had other inputs."""
        entry = self.entries.get(key)
        if self.done.get(key, entry.digest if entry else digest) != digest:
            raise ValueError(
                f"item {key!r} had other inputs when it was sent: "
                "give it a new key, or use a new journal"
            )
        return key in self.done

    def sending(self, key: Key, digest: str) -> Entry:
        """Record that an item is about to be sent, and wait until that is on the disk."""
        entry = self.entries[key] = Entry(digest, datetime.now(timezone.utc))
        self._write({"key": key, "sending": text_of(entry.sent_at), "request": digest}, sync=True)
        return entry

    def became(self, key: Key, job: JobInfo) -> None:
        """Record the job that an item became, and wait until that is on the disk."""
        entry = self.entries[key]
        entry.job, entry.url, entry.created = job.jobID, job._context.url, job.created
        record: dict[str, Any] = {"key": key, "job": job.jobID, "url": entry.url}
        record["created"] = text_of(job.created)
        if job.results is not None:
            record["answer"] = answer_of(job.results)
        self._remember(entry)
        self._write(record, sync=True)

    def refused(self, key: Key, reason: str) -> None:
        """Record that an item was not executed; it may be sent again."""
        self.entries.pop(key, None)
        self._write({"key": key, "refused": reason})

    def finish(self, key: Key, status: str) -> None:
        """Record that an item's outcome was taken; the next run skips the item."""
        entry = self.entries.pop(key)
        if self._file is not None:
            self.done[key] = entry.digest
            self._write({"key": key, "done": status})

    def last_before(self, sent_at: datetime) -> str | None:
        """Return the id of the last job of ours that was sent before then; None without one."""
        known = [(when, job) for job, when in self.recent.copy().items() if when < sent_at]
        return max(known)[1] if known else None

    def unsettled(self, sent_at: datetime) -> int:
        """Return how many items were sent about then whose jobs are not known."""
        return sum(
            entry.job is None and abs(entry.sent_at - sent_at) < DISTANCE
            for entry in self.entries.copy().values()
        )

    def _remember(self, entry: Entry) -> None:
        if entry.job:
            self.recent[entry.job] = entry.sent_at
            if len(self.recent) > RECENT:
                del self.recent[next(iter(self.recent))]

    def _write(self, record: dict[str, Any], *, sync: bool = False) -> None:
        with self._lock:
            if self._file is not None:
                self._file.write(json.dumps(record).encode() + b"\n")
                self._file.flush()
                if sync:
                    os.fsync(self._file.fileno())

    def _load(self, file: IO[bytes], path: str, process_id: str, server: str) -> None:
        """Read the file, and cut off an incomplete last line; begin a new file."""
        header = {"journal": VERSION, "process": process_id, "server": server}
        file.seek(0)
        end = 0
        for number, line in enumerate(file, 1):
            try:
                if not line.endswith(b"\n"):
                    check_torn(line, RECORD if end else json.dumps(header).encode(), end > 0)
                    break
                self._take(json.loads(line), process_id, server, is_first=not end)
            except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
                reason = error if isinstance(error, Mismatch) else "no record of a journal"
                raise ValueError(f"{path}, line {number}: {reason}") from None
            end += len(line)
        file.truncate(end)
        file.seek(end)
        if not end:
            self._write(header, sync=True)

    def _take(self, record: Any, process_id: str, server: str, *, is_first: bool) -> None:
        """Apply one record; a line that is no record of ours raises errors of several types."""
        if is_first:
            begun_for(record, process_id, server)
            return
        key = record["key"]
        if not is_key(key):
            raise TypeError(key)
        if "sending" in record:
            self.entries[key] = Entry(str(record["request"]), moment_of(record["sending"]))
        elif "job" in record:
            entry = self.entries[key]
            entry.job, entry.url = text_in(record["job"]), record["url"] and text_in(record["url"])
            entry.created = moment(record["created"])
            entry.answer = read_answer(record["answer"]) if "answer" in record else None
            self._remember(entry)
        elif "done" in record:
            self.done[key] = self.entries.pop(key).digest
        else:
            record["refused"]  # raises KeyError if it is no record of ours
            self.entries.pop(key, None)


class Mismatch(ValueError):
    """The file is the journal of another run."""


def begun_for(record: Any, process_id: str, server: str) -> None:
    """Raise Mismatch if the first line of a journal is that of another run."""
    if record["journal"] != VERSION:
        raise Mismatch(f"a journal of version {record['journal']!r}, which is not known here")
    for name, wanted in (("process", process_id), ("server", server)):
        if record[name] != wanted:
            raise Mismatch(f"a journal of the {name} {record[name]}, not of {wanted}")


def check_torn(line: bytes, begin: bytes, may_go_on: bool) -> None:
    """Raise ValueError if a line without an end is not the beginning of one of our lines."""
    if not begin.startswith(line) and not (may_go_on and line.startswith(begin)):
        raise ValueError(line)


def text_in(value: object) -> str:
    """Return a text in a record; raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def is_key(key: object) -> bool:
    """Return whether a value can be a key: a text or a whole number."""
    return isinstance(key, (str, int)) and not isinstance(key, bool)


def moment_of(text: str) -> datetime:
    """Return the time in a record; raises ValueError."""
    found = moment(text)
    if found is None:
        raise ValueError(text)
    return found


def answer_of(results: JobResults) -> list[Any]:
    """Return the answer with results as JSON can hold it."""
    return [results.status, list(results.headers.items()), b64encode(results.body).decode("ascii")]


def read_answer(answer: list[Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the answer in a record: status, header fields and body."""
    status, fields, body = answer
    return status, [(name, value) for name, value in fields], b64decode(body)


def text_of(moment_: datetime | None) -> str | None:
    """Return a time as text."""
    return None if moment_ is None else moment_.isoformat()


def digest_of(document: dict[str, Any]) -> str:
    """Return a digest of a request; raises ValueError if it is no JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()[:16]
