"""Everything raised on purpose, and the evidence each error carries.

The class says what failed. ``TransportError``: nothing usable came back. ``ServiceError``: the
server answered with an error. ``DocumentError``: the server's answer cannot be read. A caller's
mistake is a ``ValueError`` or ``TypeError`` at the call.

Every error takes its message as its only positional argument and its evidence by keyword. So it
pickles the ordinary way: the evidence is in its ``__dict__``.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._http.request import SentRequest
    from .models import ApiError, JobInfo, ProcessRequest
else:  # these modules import this one, so at run time the annotations mean Any
    ApiError = JobInfo = ProcessRequest = SentRequest = Any

__all__ = [
    "DocumentError",
    "Forbidden",
    "InsecureWarning",
    "JobDismissed",
    "JobError",
    "JobFailed",
    "NoSuchJob",
    "NoSuchOutput",
    "NoSuchProcess",
    "OgcProcError",
    "RateLimited",
    "ResponseTooLarge",
    "ResultNotAvailable",
    "ResultNotReady",
    "ServiceError",
    "SubmissionUncertain",
    "TransportError",
    "TransportTimeout",
    "Unauthorized",
    "UnsafeRedirect",
    "WaitTimeout",
    "lazy_name",
    "present_names",
    "room_for",
]


class InsecureWarning(UserWarning):
    """A server's certificate is not verified, because that was asked for."""


class OgcProcError(Exception):
    """The base of every error this package raises on purpose."""

    #: The request that it is about, less its secrets; None where none is known.
    sent_request: SentRequest | None = None

    def curl(self) -> str:
        """Return the curl command that sends the like of the request that this error is about.

        Secrets are ``***`` in it; it is empty where no request is known. It is known where
        nothing usable came back, where the server answered with an error, and where its answer
        cannot be read.
        """
        return "" if self.sent_request is None else self.sent_request.curl()


class TransportError(OgcProcError):
    """Nothing usable came back: refused, reset, unresolved, cut off, or not HTTP."""

    #: When the last try began, by this machine's clock, aware; None where none was made.
    sent_at: datetime | None = None
    #: The status of an answer that broke off in its body; None where not even its head came.
    status: int | None = None
    #: The header fields of such an answer, case-insensitive; None where they did not come.
    headers: Mapping[str, str] | None = None

    def __init__(self, message: str, *, method: str = "", url: str = "", sent: bool = True) -> None:
        super().__init__(message)
        #: The HTTP method of the request, such as ``GET``.
        self.method = method
        #: The URL that was asked, without credentials.
        self.url = url
        #: Whether the request may have reached the server; False only where it provably did not.
        self.sent = sent


class TransportTimeout(TransportError):
    """The server did not answer within the time allowed."""


class SubmissionUncertain(TransportError):
    """An execute request may have been carried out, and no answer proves it: a job may exist.

    If a gateway answered, ``status`` and ``headers`` are those of its answer, and ``__cause__`` is
    the ServiceError with its body.
    """

    #: The jobs that it may have become, where the job list was asked and shows several.
    candidates: Sequence[JobInfo] = ()

    def __init__(
        self,
        message: str,
        *,
        method: str = "POST",
        url: str = "",
        process_id: str = "",
        request: ProcessRequest | Mapping[str, Any] | None = None,
        sent_at: datetime | None = None,
    ) -> None:
        super().__init__(message, method=method, url=url)
        self.sent_at = sent_at
        #: The process whose execution was asked for.
        self.process_id = process_id
        #: The request that was sent.
        self.request = request


class ServiceError(OgcProcError):
    """The server answered with an error."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        method: str = "",
        url: str = "",
        problem: ApiError | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        job: JobInfo | None = None,
    ) -> None:
        super().__init__(message)
        #: The HTTP status code.
        self.status = status
        #: The HTTP method of the request.
        self.method = method
        #: The URL that was asked, without credentials.
        self.url = url
        #: The problem document, as far as the body held one.
        self.problem = problem
        #: The body as it came, of a long one the first 64 KiB.
        self.body = body
        #: The header fields of the answer, case-insensitive.
        self.headers = headers
        #: The job that the answer told of, where an execution failed and left one behind.
        self.job = job


class NoSuchProcess(ServiceError):
    """The server knows no process of this id (`/req/core/process-exception/no-such-process`)."""


class NoSuchJob(ServiceError):
    """The server knows no job of this id (`/req/core/job-exception-no-such-job`)."""


class NoSuchOutput(ServiceError):
    """The process has no output of this id (`/req/core/job-results-exception-no-such-output`)."""


class ResultNotReady(ServiceError):
    """The job has not finished (`/req/core/job-results-exception/results-not-ready`)."""


class ResultNotAvailable(ServiceError):
    """The job has ended and left nothing to fetch (2.0, `result-not-available`)."""


class Unauthorized(ServiceError):
    """The server wants credentials, or better ones (401)."""


class Forbidden(ServiceError):
    """The server refuses these credentials this resource (403)."""


class RateLimited(ServiceError):
    """The server asks for fewer requests (429)."""


class DocumentError(OgcProcError):
    """An answer that cannot be read: not JSON, or not of the document's shape."""

    #: The HTTP status code of the answer; None where it was none.
    status: int | None = None
    #: The header fields of the answer, case-insensitive; None where it was none.
    headers: Mapping[str, str] | None = None

    def __init__(
        self,
        message: str,
        *,
        path: str = "",
        url: str = "",
        body: bytes = b"",
    ) -> None:
        super().__init__(message)
        #: Where in the document, such as ``processes[3].id``; empty for the whole of it.
        self.path: str = path
        #: The URL the document came from; empty where it did not come from one.
        self.url = url
        #: The body as it came.
        self.body = body

    def __str__(self) -> str:
        message = super().__str__()
        if self.path:
            message += f" at {self.path}"
        if self.url:
            message += f" in {self.url}"
        return message

    def within(self, step: str) -> DocumentError:
        """Return this error, its path extended outward by a step: a member or ``[index]``."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        self.path = f"{step}{joint}{self.path}"
        return self


class ResponseTooLarge(OgcProcError):
    """An answer of more than ``max_body`` bytes, counted after decompression."""

    #: The HTTP status code of the answer.
    status: int | None = None
    #: Its header fields, case-insensitive: a ``Location`` may name the job that it is about.
    headers: Mapping[str, str] | None = None

    def __init__(self, message: str, *, url: str = "", limit: int = 0) -> None:
        super().__init__(message)
        #: The URL that was asked.
        self.url = url
        #: The limit that was passed, in bytes.
        self.limit = limit


class UnsafeRedirect(OgcProcError):
    """A redirect or link that would leak credentials, leave https or repeat an execution."""

    def __init__(self, message: str, *, url: str = "", location: str = "") -> None:
        super().__init__(message)
        #: The URL that was asked.
        self.url = url
        #: Where the server pointed.
        self.location = location


class JobError(OgcProcError):
    """The base of what ends a wait for a job otherwise than with its success."""

    def __init__(self, message: str, *, job: JobInfo | None = None) -> None:
        super().__init__(message)
        #: The job as it was last seen.
        self.job = job


class JobFailed(JobError):
    """The job failed; the message is the server's."""


class JobDismissed(JobError):
    """The job was dismissed before it had results."""


class WaitTimeout(JobError):
    """The timeout of a wait is over; the job goes on, nothing was cancelled."""

    #: The last known state of the job.
    job: JobInfo

    def __init__(self, message: str, job: JobInfo) -> None:
        super().__init__(message, job=job)

    def __reduce__(self) -> tuple[type[WaitTimeout], tuple[str, JobInfo], dict[str, object]]:
        return type(self), (str(self), self.job), vars(self)


@contextmanager
def room_for(caller: str) -> Iterator[None]:
    """Import an optional part of the package, for a caller such as ``run_many``.

    A copy of the package may lack that part. Then an ImportError names the part and the caller.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = error.name or ""
        if not name.startswith(f"{__package__}."):
            raise
        # The outermost package on the way that is missing, not the module inside it.
        paths = accumulate(name.split("."), "{}.{}".format)
        room = next(path for path in paths if sys.modules.get(path) is None)
        message = f"{room} is not part of this copy of {__package__}: {caller} needs it"
        raise ImportError(message, name=room) from None


def lazy_name(
    name: str, modules: Mapping[str, Collection[str]], namespace: MutableMapping[str, Any]
) -> Any:
    """Return a public name of a package, imported from the module that defines it.

    ``modules`` maps the package's modules to the names that each defines; ``namespace`` is the
    package's ``globals()``, which keeps the name. Raises AttributeError for other names, and
    ImportError if this copy of the package lacks the module.
    """
    package = namespace["__name__"]
    module = next((module for module, names in modules.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    with room_for(name):
        value = namespace[name] = getattr(import_module(f".{module}", package), name)
    return value


def present_names(modules: Mapping[str, Collection[str]], package: str) -> list[str]:
    """Return the names of the modules that this copy of a package has, without importing these."""
    present = [names for module, names in modules.items() if find_spec(f".{module}", package)]
    return sorted(chain.from_iterable(present))
