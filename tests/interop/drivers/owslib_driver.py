"""What OWSLib gets from a server: ``owslib_driver.py URL`` prints it as JSON."""

# Run in OWSLib's own environment: elsewhere it is unknown.
# mypy: disable-error-code="import-not-found"

import json
import sys
import time
from typing import Any

from owslib.ogcapi.processes import Processes


def wait(client: Processes, job_id: str) -> Any:
    # OWSLib has no calls for jobs: this is its own request underneath the calls it has.
    end = time.monotonic() + 30
    while (job := client._request(path=f"jobs/{job_id}"))["status"] in {"accepted", "running"}:
        if time.monotonic() > end:
            raise TimeoutError(job_id)
        time.sleep(0.02)
    return job


def main(url: str) -> dict[str, Any]:
    client = Processes(url)
    got: dict[str, Any] = {
        "capabilities": client.response["title"],
        "api": client.api()["openapi"],
        "conformance": client.conformance()["conformsTo"],
        "processes": [process["id"] for process in client.processes()],
    }
    process = client.process("first_workflow")
    got["process"] = {"inputs": list(process["inputs"]), "outputs": list(process["outputs"])}
    got["job"] = client.execute("first_workflow", inputs={"id": "sup"}, async_=True)
    got["location"] = client.response_headers["Location"]
    job_id = got["job"]["jobID"]
    got["finished"] = wait(client, job_id)
    got["results"] = client._request(path=f"jobs/{job_id}/results")
    got["results_at_once"] = client.execute("first_workflow", inputs={"id": "sup"})
    return got


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout)
