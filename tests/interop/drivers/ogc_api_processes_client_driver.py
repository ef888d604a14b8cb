"""What ogc-api-processes-client gets from a server: its own name and a URL print it as JSON."""

# Run in the client's own environment: elsewhere it is unknown.
# mypy: disable-error-code="import-not-found"

import json
import sys
import time
from typing import Any

from ogc_api_processes_client.api_client_wrapper import ApiClientWrapper
from ogc_api_processes_client.configuration import Configuration

HEADERS = {"Content-Type": "application/json", "Prefer": "respond-async"}


def wait(client: ApiClientWrapper, job_id: str) -> Any:
    end = time.monotonic() + 30
    while (job := client.get_status(job_id)).status in {"accepted", "running"}:
        if time.monotonic() > end:
            raise TimeoutError(job_id)
        time.sleep(0.02)
    return job


def run(client: ApiClientWrapper, process_id: str, inputs: dict[str, Any]) -> Any:
    # Its typed Execute refuses a plain string ("multiple matches", as str and as bytes):
    # execute_simple is the way round that the client itself offers.
    request = {"inputs": inputs, "response": "document"}
    job = client.execute_simple(process_id, request, _headers=dict(HEADERS))
    return wait(client, job.job_id)


def main(url: str) -> dict[str, Any]:
    client = ApiClientWrapper(configuration=Configuration(host=url))
    got: dict[str, Any] = {
        "capabilities": client.get_landing_page().title,
        "conformance": client.get_conformance_classes().conforms_to,
        "processes": [process.id for process in client.get_processes().processes],
    }
    process = client.get_process_description("first_workflow")
    got["process"] = {"inputs": list(process.inputs), "outputs": list(process.outputs)}
    got["finished"] = run(client, "first_workflow", {"id": "sup"}).to_dict()
    got["jobs"] = [job.job_id for job in client.get_jobs().jobs]
    try:
        got["results"] = client.get_result(got["finished"]["jobID"])
    except ValueError as error:
        # The same "multiple matches" on the way back: a text output cannot be read with it.
        got["results_error"] = str(error)
    # A boolean, a float and a list of texts match one of its types only, so these it can read.
    inputs = {"boolean": True, "number": 1.5, "array": ["a", "b"]}
    job = run(client, "echo", inputs)
    results = client.get_result(job.job_id)
    got["echo"] = {name: results[name].actual_instance.actual_instance for name in inputs}
    got["dismissed"] = client.dismiss(job.job_id).status
    got["jobs_after"] = [job.job_id for job in client.get_jobs().jobs]
    return got


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout, default=str)
