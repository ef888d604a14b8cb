"""The walk of the README against wraptile, a server that is not ours."""

from __future__ import annotations

import pytest
from servers import running
from waiting import finished

from ogcproc import Client, ProcessRequest

pytestmark = pytest.mark.interop


# Threads share the job with the server; processes send it over and are heard of at the end only.
@pytest.mark.parametrize("server", ["wraptile", "wraptile-processes"])
def test_the_walk_gives_the_same_results(server: str) -> None:
    with running(server) as url, Client(api_url=url) as client:
        assert client.get_capabilities().title == "Processes for the tests"
        assert client.conforms_to("dismiss")
        assert "first_workflow" in [p.id for p in client.get_processes().processes]
        process = client.get_process(process_id="first_workflow")
        assert list(process.inputs or ()) == ["id"]
        assert list(process.outputs or ()) == ["final"]
        assert client.get_jobs().jobs == []

        request = ProcessRequest(inputs={"id": "sup"})
        job = client.execute_process(process_id="first_workflow", request=request)
        # The id is wraptile's own word for its first job, and the embedded server's too.
        assert job.jobID == "job_0"
        assert [listed.jobID for listed in client.get_jobs().jobs] == ["job_0"]
        assert finished(client, client.get_job("job_0")).status == "successful"
        assert dict(client.get_job_results("job_0")) == {"final": "supsup"}

        for listed in client.get_jobs().jobs:
            assert client.dismiss_job(listed.jobID).status == "dismissed"
        assert client.get_jobs().jobs == []
