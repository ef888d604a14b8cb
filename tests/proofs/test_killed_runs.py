"""A run that is killed two hundred times: nothing is lost, and nothing is executed twice."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.proof

KILLS = 200
#: After how long a run is killed, in seconds: it takes the first third to begin.
MOMENTS = (0.1, 0.8)
SCRIPT = Path(__file__).with_name("killed_run.py")


@pytest.fixture
def executions() -> Counter[int]:
    """Return how often each number was squared."""
    return Counter()


@pytest.fixture
def url(executions: Counter[int]) -> Iterator[str]:
    """Return the URL of a server that squares numbers."""
    service = Service(max_jobs=10**6)

    @service.process()
    def square(job: Job, number: int) -> int:
        executions[number] += 1
        job.sleep(random.uniform(0, 0.1))
        return number**2

    with service.serve() as server:
        yield server.url


def test_killed_two_hundred_times_nothing_is_lost_and_nothing_is_done_twice(
    url: str, executions: Counter[int], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"

    def command(items: int) -> list[str]:
        return [sys.executable, *map(str, (SCRIPT, url, tmp_path / "run.jsonl", taken, items))]

    for _ in range(KILLS):
        with subprocess.Popen(command(10**9)) as run:
            try:
                pytest.fail(f"it ended by itself: {run.wait(random.uniform(*MOMENTS))}")
            except subprocess.TimeoutExpired:
                run.kill()
    items = max(executions) + 50
    subprocess.run(command(items), check=True, timeout=300)
    outcomes = [line.split() for line in taken.read_text("ascii").splitlines()]
    said = Counter(word for _, word in outcomes)
    uncertain = {int(key) for key, word in outcomes if word == "SubmissionUncertain"}
    print(f"{KILLS} kills, {sum(executions.values())} executions of {items} items, {dict(said)}")
    assert set(said) <= {"fine", "SubmissionUncertain"}
    assert {int(key) for key, _ in outcomes} == set(range(items))
    assert set(executions.values()) == {1}
    assert set(range(items)) - executions.keys() <= uncertain
