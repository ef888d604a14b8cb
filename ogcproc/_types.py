"""The types that the client's signatures name."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from ._http.answer import Answer
from ._http.request import Auth, SentRequest
from ._http.tls import SSLContext
from .models import JobInfo, JobResults, Subscriber

__all__ = [
    "Auth",
    "FilePath",
    "IfExists",
    "Instant",
    "Mode",
    "OnRequest",
    "OnResponse",
    "OnTimeout",
    "Outcome",
    "Params",
    "Poll",
    "Receiver",
    "ResultFile",
    "SSLContext",
    "Timeout",
]

#: How ``execute_process`` asks for the answer.
Mode = Literal["async", "sync", "auto"]
#: What happens to a job when the wait for it times out.
OnTimeout = Literal["leave", "dismiss"]
#: What a download does with files that exist.
IfExists = Literal["error", "skip", "resume", "overwrite"]
#: Seconds: one number for everything, or (connect, read[, total]); None means no limit.
Timeout = float | tuple[float | None, ...] | None
#: The pause between two polls, in seconds: a number, (first, longest), or an iterator of pauses.
Poll = float | tuple[float, float] | Iterator[float] | None
#: A point in time, a whole day, or the standard's text for it; None means an open end.
Instant = str | date | None
#: Query parameters: a list repeats its parameter, None leaves it out.
Params = Mapping[str, Any] | None
FilePath = str | os.PathLike[str]
#: Called before each request; returns further header fields.
OnRequest = Callable[[SentRequest], Mapping[str, str] | None]
#: Called after each request with the answer or the error, and the seconds it took.
OnResponse = Callable[[SentRequest, Answer | BaseException, float], object]


class Receiver(Protocol):
    """An open receiver of callbacks, as ``Client.callbacks`` returns it; a context manager."""

    #: The URL that servers call, without a slash at the end.
    url: str

    @property
    def is_closed(self) -> bool:
        """Whether it receives nothing more."""

    def close(self) -> None:
        """Stop receiving."""

    def subscriber(self) -> Subscriber:
        """Return a subscriber with URIs of this receiver, for one request."""

    def token_of(self, subscriber: Subscriber | Mapping[str, Any] | None) -> str | None:
        """Return the token of a subscriber that this receiver made; None for others."""

    def forget(self, token: str) -> None:
        """Ignore further callbacks for a token."""

    def wait(self, token: str, seconds: float) -> bool:
        """Wait for a callback with this token; return False when the time is over."""

    def has_called(self, token: str, seconds: float) -> bool:
        """Return whether a callback with this token has come, or comes within so many seconds."""

    def listen(self, called: Callable[[str], object]) -> Callable[[], object]:
        """Call a function with the token of each callback; return a function that ends that."""

    def __enter__(self) -> Receiver: ...  # noqa: PYI034 - Self is not in typing before 3.11

    def __exit__(self, *exception: object) -> None: ...


class ResultFile(io.BufferedReader):
    """One result as a readable binary file; a context manager that closes its connection."""

    def __init__(
        self, raw: Any, media_type: str | None, length: int | None, buffer_size: int
    ) -> None:
        super().__init__(raw, buffer_size)
        #: The media type, if the server named one.
        self.mediaType = media_type
        #: The length in bytes, if the server told it.
        self.length = length


@dataclass
class Outcome:
    """What became of one item of ``run_many``; it pickles."""

    #: The item's key, or its number, counted from 0.
    key: int | str
    #: The last known state of its job; None if no job was created.
    job: JobInfo | None = None
    #: The results; None after an error, and if they were written to files.
    results: JobResults | None = None
    #: The reason why there are no results, or the error that ``then`` raised.
    error: BaseException | None = None
    #: The files that hold the results, by output id, if a directory was given.
    files: dict[str, Path] | None = None
    #: The value that ``then`` returned.
    value: Any = None
