"""The journal of a run of many jobs: an append-only file, a line of JSON for each step of an item.

    {"journal": 1, "process": "buffer", "server": "https://example.org/ogcapi"}
    {"key": 0, "sending": "2026-11-26T08:00:00.000000+00:00", "request": "9f86d081884c7d65"}
    {"key": 0, "job": "job_7", "url": null, "created": "2026-11-26T08:00:00+00:00"}
    {"key": 0, "done": "successful"}

An execution that was answered with its results has these in the place of the job, as they came.
What is about to be sent is on the disk before it leaves, and which job it became before anything
else happens: whoever ends the process, and whenever, the next run knows of each item whether it
may have been sent. An item of which the file ends with ``sending`` may have been, or may not.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from threading import Lock

from .._locks import open_alone
from ..models._fields import moment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, TypeAlias

    from ..models import JobInfo, JobResults

__all__ = ["Entry", "Journal", "Key", "Keys", "digest_of", "is_key"]

#: What an item is known by.
Key: TypeAlias = "int | str"
VERSION = 1
#: How many jobs' ids are kept to know them by in a job list: those of the last few minutes.
RECENT = 20_000
#: How far apart two requests are whose jobs cannot be taken for each other.
ABOUT = timedelta(minutes=1)


class Entry:
    """What is known of an item that is not done."""

    __slots__ = ("answer", "created", "digest", "job", "sent_at", "url")

    def __init__(self, digest: str, sent_at: datetime) -> None:
        #: What its request was, in short.
        self.digest = digest
        #: When it was sent, or was about to be.
        self.sent_at = sent_at
        #: The id of the job that it became; None where that is not known.
        self.job: str | None = None
        #: The job's URL, where the server told it.
        self.url: str | None = None
        self.created: datetime | None = None
        #: Its results, where they came at once: status, header fields and body.
        self.answer: tuple[int, list[tuple[str, str]], bytes] | None = None


class Keys:
    """A set of keys: numbers from 0 on, as they are given one after the other, take no memory."""

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
    """What is known of the items of a run; kept in a file where there is one.

    It is for one run at a time. Raises OSError where the file cannot be used, BlockingIOError where
    another run uses it, and ValueError where it is no journal, or that of another process or
    server.
    """

    def __init__(self, path: str | os.PathLike[str] | None, process_id: str, server: str) -> None:
        #: The items that are not done, by key.
        self.entries: dict[Key, Entry] = {}
        #: The keys of those that are: their outcomes were taken.
        self.done = Keys()
        #: The jobs of this journal that were made last: when each was sent, by id.
        self.recent: dict[str, datetime | None] = {}
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
        """Let another run have the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()

    def sending(self, key: Key, digest: str) -> Entry:
        """Take down that an item is about to be sent; it is on the disk when this returns."""
        entry = self.entries[key] = Entry(digest, datetime.now(timezone.utc))
        self._write({"key": key, "sending": text_of(entry.sent_at), "request": digest}, sync=True)
        return entry

    def became(self, key: Key, job: JobInfo) -> None:
        """Take down which job an item became; it is on the disk when this returns."""
        entry = self.entries[key]
        entry.job, entry.url, entry.created = job.jobID, job._context.url, job.created
        created = text_of(job.created)
        record: dict[str, Any] = {
            "key": key,
            "job": job.jobID,
            "url": entry.url,
            "created": created,
        }
        if job.results is not None:
            record["answer"] = answer_of(job.results)
        self._knows(entry)
        self._write(record, sync=True)

    def refused(self, key: Key, reason: str) -> None:
        """Take down that an item was not executed: another run tries it again."""
        self.entries.pop(key, None)
        self._write({"key": key, "refused": reason})

    def finish(self, key: Key, status: str) -> None:
        """Take down that an item's outcome was taken, and is not given again."""
        self.entries.pop(key, None)
        self.done.add(key)
        self._write({"key": key, "done": status})

    def unsettled(self, sent_at: datetime) -> int:
        """Return how many items were sent about then of which it is not known what they became."""
        return sum(
            entry.job is None and abs(entry.sent_at - sent_at) < ABOUT
            for entry in self.entries.copy().values()
        )

    def _knows(self, entry: Entry) -> None:
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
        """Read the file, less a last line that is torn, and begin it where it is new."""
        file.seek(0)
        end = 0
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break  # the machine, or the process, ended while it was written
            try:
                self._take(json.loads(line), process_id, server, is_first=not end)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                reason = error if isinstance(error, Mismatch) else "no record of a journal"
                raise ValueError(f"{path}, line {number}: {reason}") from None
            end += len(line)
        file.truncate(end)
        file.seek(end)
        if not end:
            self._write({"journal": VERSION, "process": process_id, "server": server}, sync=True)

    def _take(self, record: Any, process_id: str, server: str, *, is_first: bool) -> None:
        """Take over what a line says; raises all sorts of errors for what is none of ours."""
        if is_first:
            begun_for(record, process_id, server)
            return
        key = record["key"]
        if not is_key(key):
            raise TypeError(key)
        if "sending" in record:
            self.entries[key] = Entry(record["request"], moment_of(record["sending"]))
        elif "job" in record:
            entry = self.entries[key]
            entry.job, entry.url = record["job"], record["url"]
            entry.created = moment(record["created"])
            entry.answer = read_answer(record["answer"]) if "answer" in record else None
            self._knows(entry)
        elif "done" in record:
            self.entries.pop(key, None)
            self.done.add(key)
        else:
            record["refused"]  # or it is no record of ours
            self.entries.pop(key, None)


class Mismatch(ValueError):
    """A journal of something else."""


def begun_for(record: Any, process_id: str, server: str) -> None:
    """Raise Mismatch where the first line of a journal tells of another run."""
    if record["journal"] != VERSION:
        raise Mismatch(f"a journal of version {record['journal']!r}, which is not known here")
    for name, wanted in (("process", process_id), ("server", server)):
        if record[name] != wanted:
            raise Mismatch(f"a journal of the {name} {record[name]}, not of {wanted}")


def is_key(key: object) -> bool:
    """Return whether something can be a key: a text or a whole number."""
    return isinstance(key, (str, int)) and not isinstance(key, bool)


def moment_of(text: str) -> datetime:
    """Return a moment that was written down; raises ValueError for what is none."""
    found = moment(text)
    if found is None:
        raise ValueError(text)
    return found


def answer_of(results: JobResults) -> list[Any]:
    """Return what results came in as JSON can hold it."""
    return [results.status, list(results.headers.items()), b64encode(results.body).decode("ascii")]


def read_answer(answer: list[Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return what results came in."""
    status, fields, body = answer
    return status, [(name, value) for name, value in fields], b64decode(body)


def text_of(moment_: datetime | None) -> str | None:
    """Return a moment as it is written down."""
    return None if moment_ is None else moment_.isoformat()


def digest_of(document: dict[str, Any]) -> str:
    """Return what tells a request from another, in short; raises ValueError for no JSON."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(text.encode()).hexdigest()[:16]
