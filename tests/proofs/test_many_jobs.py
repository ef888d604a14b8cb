"""A thousand jobs of five seconds, fifty at a time: what it takes, in requests and in time."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from ogcproc import Client
from ogcproc.server import Job, Service

pytestmark = pytest.mark.proof

JOBS, ACTIVE, SECONDS = 1000, 50, 5.0


def test_a_thousand_jobs_take_few_requests_and_little_longer_than_they_must() -> None:
    service = Service(max_workers=2 * ACTIVE, max_jobs=2 * JOBS)
    executions: Counter[int] = Counter()

    @service.process()
    def square(job: Job, number: int) -> int:
        executions[number] += 1
        job.sleep(SECONDS)
        return number**2

    requests: Counter[str] = Counter()

    def count(request: Any) -> None:
        path = urlsplit(request.url).path
        requests["POST" if request.method == "POST" else path.rpartition("/")[2]] += 1

    with service.serve() as server, Client(server.url, proxy="", on_request=count) as client:
        started = time.monotonic()
        inputs = ({"number": number} for number in range(JOBS))
        for outcome in client.run_many("square", inputs, max_active=ACTIVE):
            assert dict(outcome.results or {}) == {"result": int(outcome.key) ** 2}
        took = time.monotonic() - started
    ideal = JOBS / ACTIVE * SECONDS
    each = requests.total() / JOBS
    print(
        f"{JOBS} jobs of {SECONDS:g} s, {ACTIVE} at a time: {each:.3f} requests for each "
        f"({requests['POST']} executions, {requests['results']} results, {requests['jobs']} looks "
        f"at the list), {took / ideal:.3f} times the ideal"
    )
    assert set(executions.values()) == {1}
    assert len(executions) == JOBS
    assert each <= 2.5
    assert took <= 1.3 * ideal
