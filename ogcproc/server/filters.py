"""The filters of the job list: which jobs a query wants (`/req/job-list/*-definition`)."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from .errors import Problem, bad_request, no_such_process
from .jobs import STATUSES, Record

Query = Mapping[str, Sequence[str]]

_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII
)


class Filters:
    """What a job list is asked for. Raises a 400 (404 for an unknown process) when made."""

    def __init__(self, query: Query, processes: Collection[str], clock_time: datetime) -> None:
        self._now = clock_time
        _words(query, "type", ("process",))
        self._status = _words(query, "status", STATUSES)
        self._processes = set(query.get("processID", ()))
        for process_id in sorted(self._processes - set(processes)):
            raise no_such_process(process_id)
        self._earliest, self._latest = _interval(query)
        # 1.0 takes several durations: a job is wanted that fits any of them.
        self._least = min(_seconds(query, "minDuration"), default=None)
        self._most = max(_seconds(query, "maxDuration"), default=None)

    def wants(self, record: Record) -> bool:
        """Return whether a job is in the list."""
        return (
            (not self._status or record.status in self._status)
            and (not self._processes or record.process_id in self._processes)
            and self._wants_time(record.created)
            and self._wants_duration(record)
        )

    def _wants_time(self, created: datetime) -> bool:
        return (self._earliest is None or created >= self._earliest) and (
            self._latest is None or created <= self._latest
        )

    def _wants_duration(self, record: Record) -> bool:
        if self._least is None and self._most is None:
            return True
        # A job that never started has no duration, and fits none.
        if record.started is None:
            return False
        duration = ((record.finished or self._now) - record.started).total_seconds()
        return (self._least is None or duration >= self._least) and (
            self._most is None or duration <= self._most
        )


def _listed(query: Query, name: str) -> list[str]:
    """Return a parameter's values, however they are separated: `a=1&a=2` or `a=1,2`."""
    return [word for value in query.get(name, ()) for word in value.split(",")]


def _words(query: Query, name: str, known: Sequence[str]) -> set[str]:
    words = _listed(query, name)
    for word in words:
        if word not in known:
            raise bad_request(f"{name}: {word!r} is not one of {', '.join(known)}")
    return set(words)


def _seconds(query: Query, name: str) -> list[int]:
    for word in _listed(query, name):
        if not re.fullmatch(r"[0-9]{1,12}", word):
            raise bad_request(f"{name}: {word!r} is not a number of seconds")
    return [int(word) for word in _listed(query, name)]


def _interval(query: Query) -> tuple[datetime | None, datetime | None]:
    if "datetime" not in query:
        return None, None
    text = query["datetime"][-1]
    ends = text.split("/")
    if len(ends) == 1:
        return _stamp(text, first=True), _stamp(text, first=False)
    if len(ends) != 2:  # noqa: PLR2004
        raise _no_interval(text)
    start, end = (None if part in ("", "..") else part for part in ends)
    if start is None and end is None:
        raise _no_interval(text)
    return (
        None if start is None else _stamp(start, first=True),
        None if end is None else _stamp(end, first=False),
    )


def _stamp(text: str, *, first: bool) -> datetime:
    """Return the first or the last instant of what a text names: a day, a second or less."""
    match = _STAMP.fullmatch(text)
    if not match:
        raise _no_interval(text)
    day, clock, fraction, zone = match.groups()
    # The jobs' own stamps are written in milliseconds: a text copied from one finds it.
    fraction = (fraction or "").lstrip(".")
    width = (
        timedelta(days=1)
        if clock is None
        else timedelta(microseconds=10 ** max(6 - len(fraction), 0))
    )
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        start = datetime.fromisoformat(
            f"{day}T{clock or '00:00:00'}.{fraction[:6]:0<6}{offset}"
        ).astimezone(timezone.utc)
        return start if first else start + width - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise _no_interval(text) from None


def _no_interval(text: str) -> Problem:
    return bad_request(f"datetime: {text!r} is neither a time nor an interval (RFC 3339)")
