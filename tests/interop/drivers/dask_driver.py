"""What Dask's workers make of a run, and of a service's jobs; printed as JSON."""

# Run in Dask's own environment: elsewhere it is unknown.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from distributed import Client as Cluster
from distributed import LocalCluster

from ogcproc import Client
from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from ogcproc import Outcome

INPUTS = [(f"item {number}", {"number": number}) for number in range(-2, 20)]


def square(number: int) -> int:
    """Return a number times itself; raise for one below nothing."""
    if number < 0:
        raise ValueError(f"{number} is below nothing")
    return number**2


def at_work(job: Job, number: int) -> list[int]:
    """Return a square and the process that it was computed in."""
    job.report(50, "half of it")
    return [square(number), os.getpid()]


def looked_up(client: Client, outcome: Outcome) -> list[Any]:
    """Return a job's result, fetched once more by a client that came by pickle, and the process."""
    if outcome.error is not None or outcome.job is None:
        raise LookupError(outcome.key)
    return [client.get_job_result(outcome.job), outcome.results, os.getpid()]


def run(client: Client, executor: Any) -> tuple[dict[str, Any], set[int]]:
    """Return what came of a run by key, and the processes that ``then`` was called in."""
    found: dict[str, Any] = {}
    processes = set()
    outcomes = client.run_many(
        "square", INPUTS, then=partial(looked_up, client), executor=executor, poll=(0.05, 0.5)
    )
    for outcome in outcomes:
        if outcome.error is not None:
            # Less the job's id, which is another in each run.
            found[str(outcome.key)] = str(outcome.error).partition(" ")[2]
            continue
        value, results, process = outcome.value
        found[str(outcome.key)] = [value, dict(results)]
        processes.add(process)
    return found, processes


def of_service(executor: Any) -> tuple[dict[str, Any], set[int]]:
    """Return what jobs that run on an executor give, and the processes they ran in."""
    service = Service(executor=executor)
    service.process()(at_work)
    with service.serve() as server, Client(server.url, proxy="") as client:
        found, processes = {}, set()
        for outcome in client.run_many("at_work", INPUTS, poll=(0.05, 0.5)):
            if outcome.error is not None or outcome.results is None:
                found[str(outcome.key)] = type(outcome.error).__name__
            else:
                found[str(outcome.key)], process = outcome.results["result"]
                processes.add(process)
    return found, processes


def main() -> dict[str, Any]:
    """Return the same by threads and by Dask, and whether Dask's was done elsewhere."""
    service = Service()
    service.process()(square)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
        ) as cluster,
        Cluster(cluster) as dask,
        dask.get_executor() as executor,
        ThreadPoolExecutor(4) as threads,
    ):
        with service.serve() as server, Client(server.url, proxy="") as client:
            by_threads, here = run(client, threads)
            by_dask, there = run(client, executor)
        jobs_here, _ = of_service(threads)
        jobs_there, elsewhere = of_service(executor)
    return {
        "runs": [by_threads, by_dask],
        "processes": [len(here), len(there), os.getpid() in there],
        "jobs": [jobs_here, jobs_there],
        "job processes": [len(elsewhere), os.getpid() in elsewhere],
    }


if __name__ == "__main__":
    json.dump(main(), sys.stdout)
