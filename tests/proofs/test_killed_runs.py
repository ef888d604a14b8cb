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
ITEMS = 2500
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
    service = Service(max_jobs=10 * ITEMS)

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
    arguments = url, tmp_path / "run.jsonl", taken, ITEMS
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    kills = 0
    while kills < KILLS:
        with subprocess.Popen(command, stderr=subprocess.PIPE) as run:
            try:
                run.wait(random.uniform(*MOMENTS))
            except subprocess.TimeoutExpired:
                run.kill()
                kills += 1
            else:
                assert run.returncode == 0, run.stderr and run.stderr.read().decode()
                break
    subprocess.run(command, check=True, timeout=300)
    outcomes = [line.split() for line in taken.read_text("ascii").splitlines()]
    said = Counter(word for _, word in outcomes)
    uncertain = {int(key) for key, word in outcomes if word == "SubmissionUncertain"}
    print(f"{kills} kills, {sum(executions.values())} executions of {ITEMS} items, {said}")
    assert kills == KILLS, "it came to its end before: more items are needed"
    assert set(said) <= {"fine", "SubmissionUncertain"}
    assert {int(key) for key, _ in outcomes} == set(range(ITEMS))
    assert all(count == 1 for count in executions.values())
    assert set(range(ITEMS)) - executions.keys() <= uncertain
