"""Everything the server says no with: one problem document, and the standard's names for it."""

from http import HTTPStatus
from typing import Any

EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"

NO_SUCH_PROCESS = EXCEPTIONS + "no-such-process"
NO_SUCH_JOB = EXCEPTIONS + "no-such-job"
RESULT_NOT_READY = EXCEPTIONS + "result-not-ready"
# The next two are names of 2.0; 1.0 has the situations and no names for them.
RESULT_NOT_AVAILABLE = EXCEPTIONS + "result-not-available"
NO_SUCH_OUTPUT = EXCEPTIONS + "no-such-output"

#: The type of a problem that is no more than its HTTP status (RFC 7807, 4.2).
ABOUT_BLANK = "about:blank"


class Problem(Exception):
    """An error with a status of its own; a process function may raise it to choose the answer.

    `detail` is for the caller to read, `status` an HTTP status from 400 to 599, `type` a URI.
    """

    def __init__(
        self,
        detail: str,
        status: int = 500,
        *,
        type: str = ABOUT_BLANK,  # noqa: A002  (the member's name in RFC 7807)
        title: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.type = type
        self.title: str = title or HTTPStatus(status).phrase
        self.headers = headers

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle needs: functions raise these in other processes."""
        return _problem, (self.detail, self.status, self.type, self.title, self.headers)

    def to_json(self, instance: str) -> dict[str, Any]:
        """Return the exception document of the standard (its schema is RFC 7807's)."""
        return {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }


def _problem(
    detail: str,
    status: int,
    type_: str,
    title: str,
    headers: tuple[tuple[str, str], ...],
) -> Problem:
    return Problem(detail, status, type=type_, title=title, headers=headers)


class Dismissed(Exception):
    """Raised inside a process function by `Job.check()` once its job has been dismissed."""


def bad_request(detail: str) -> Problem:
    """Return a 400 that says what was wrong with the request."""
    return Problem(detail, 400)


def no_such_process(process_id: str) -> Problem:
    """Return the 404 of `/req/core/process-exception/no-such-process`."""
    return Problem(
        f"There is no process {process_id!r}.",
        404,
        type=NO_SUCH_PROCESS,
        title="No such process",
    )


def no_such_job(job_id: str) -> Problem:
    """Return the 404 of `/req/core/job-exception-no-such-job`."""
    return Problem(f"There is no job {job_id!r}.", 404, type=NO_SUCH_JOB, title="No such job")
