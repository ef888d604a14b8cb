"""What cuiman gets from a server: ``cuiman_driver.py URL`` prints it as JSON."""

# Run in cuiman's own environment: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found"

import json
import sys
import time
from typing import Any

from cuiman import Client
from gavicore.models import ProcessRequest


def wait(client: Any, job_id: str) -> Any:
    end = time.monotonic() + 30
    while (job := client.get_job(job_id)).status.value in {"accepted", "running"}:
        if time.monotonic() > end:
            raise TimeoutError(job_id)
        time.sleep(0.02)
    return job


def main(url: str) -> dict[str, Any]:
    client = Client(api_url=url)
    got: dict[str, Any] = {
        "capabilities": client.get_capabilities().title,
        "conformance": client.get_conformance().conformsTo,
        "processes": [process.id for process in client.get_processes().processes],
    }
    process = client.get_process(process_id="first_workflow")
    got["process"] = {"inputs": list(process.inputs), "outputs": list(process.outputs)}
    # A document: the one output comes as it is by default, and cuiman reads nothing but JSON.
    request = ProcessRequest(inputs={"id": "sup"}, response="document")
    # cuiman never asks for a job by itself.
    job = client.execute_process(
        process_id="first_workflow", request=request, headers={"Prefer": "respond-async"}
    )
    got["job"] = job.model_dump(mode="json", exclude_none=True)
    got["finished"] = wait(client, job.jobID).model_dump(mode="json", exclude_none=True)
    got["jobs"] = [listed.jobID for listed in client.get_jobs().jobs]
    results = client.get_job_results(job.jobID)
    got["results"] = results.model_dump(mode="json", exclude_none=True)
    got["dismissed"] = client.dismiss_job(job.jobID).status.value
    got["jobs_after"] = [listed.jobID for listed in client.get_jobs().jobs]
    # Results that come at once are handed out as a bare dict.
    got["results_at_once"] = client.execute_process(process_id="first_workflow", request=request)
    client.close()
    return got


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout)
