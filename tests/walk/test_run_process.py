"""run_process against the embedded server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ogcproc import Client, JobFailed, ProcessRequest, WaitTimeout
from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICKLY = 0.001


@pytest.fixture
def service() -> Iterator[str]:
    """Return the URL of a service with processes of each kind."""
    service = Service()

    @service.process()
    def square(job: Job, number: int = 2, seconds: float = 0) -> int:
        job.sleep(seconds)
        return number**2

    @service.process(job_control_options=["sync-execute"])
    def at_once(number: int = 2) -> int:
        return number**2

    @service.process()
    def fails() -> int:
        raise RuntimeError("no memory")

    with service.serve() as server:
        yield server.url


@pytest.mark.parametrize("process", ["square", "at_once"])
def test_a_process_is_run_whichever_way_its_server_goes(service: str, process: str) -> None:
    with Client(service) as client:
        assert client.run_process(process, {"number": 7}, poll=QUICKLY) == {"result": 49}
        assert client.run_process(process, poll=QUICKLY) == {"result": 4}
        request = ProcessRequest({"number": 3}, response="document")
        assert client.run_process(process, request, poll=QUICKLY) == {"result": 9}
        assert request.subscriber is None


def test_a_process_that_fails_or_takes_too_long_is_an_error(service: str) -> None:
    with Client(service) as client:
        with pytest.raises(JobFailed, match="no memory"):
            client.run_process("fails", poll=QUICKLY)
        with pytest.raises(WaitTimeout) as caught:
            client.run_process(
                "square", {"seconds": 60}, timeout=0.2, poll=0.05, on_timeout="dismiss"
            )
        assert caught.value.job is not None
        assert caught.value.job.is_dismissed
