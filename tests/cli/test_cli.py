"""The command line, run in this process where its output is looked at, and as a process."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest
from scripted import ScriptedServer, answer

from ogcproc import Client, __version__, cli
from ogcproc.server import Service

if TYPE_CHECKING:
    from pathlib import Path


def test_demo_takes_the_walk_and_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert ">>> client.execute_process(process_id=" in out
    assert "jobID='job_" in out
    assert "\n{'final': 'supsup'}\n" in out
    assert "jobs=[],\n" in out
    assert max(map(len, out.splitlines())) < 120


def walked_service() -> Service:
    service = Service(title="walked")

    @service.process(outputs={"final": {}})
    def first_workflow(id: str = "hithere") -> str:  # noqa: A002
        return id * 2

    return service


def test_demo_dismisses_no_job_but_its_own_on_a_server_that_is_not_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with walked_service().serve() as server, Client(server.url) as client:
        other = client.execute_process("first_workflow")
        assert cli.main(["demo", "--url", server.url]) == 0
        assert [job.jobID for job in client.get_jobs().jobs] == [other.jobID]
    out = capsys.readouterr().out
    assert ">>> client.dismiss_job('job_1')" in out
    assert "{'final': 'supsup'}" in out


def test_demo_goes_on_where_jobs_cannot_be_dismissed(capsys: pytest.CaptureFixture[str]) -> None:
    """field.md 42: fastprocesses answers DELETE with 405."""
    job = {"jobID": "7", "status": "successful", "type": "process"}
    script = {
        "GET /": answer(200, {"links": []}),
        "GET /conformance": answer(200, {"conformsTo": []}),
        "GET /processes": answer(200, {"processes": []}),
        "GET /processes/first_workflow": answer(200, {"id": "first_workflow"}),
        "POST /processes/first_workflow/execution": answer(201, job),
        "GET /jobs": answer(200, {"jobs": [job]}),
        "GET /jobs/7": answer(200, job),
        "GET /jobs/7/results": answer(200, {"final": "supsup"}),
        "DELETE /jobs/7": answer(405, {"detail": "Method Not Allowed"}),
    }
    with ScriptedServer(script) as server:
        assert cli.main(["demo", "--url", server.url]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert ">>> client.dismiss_job('7')\nServiceError('405 Method Not Allowed" in out
    assert out.rindex(">>> client.get_jobs()") > out.index("405")


def test_demo_walks_a_server_that_answers_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    service = Service()

    @service.process(outputs={"final": {}}, job_control_options=["sync-execute"])
    def first_workflow(id: str = "hithere") -> str:  # noqa: A002
        return id * 2

    with service.serve() as server:
        assert cli.main(["demo", "--url", server.url]) == 0
    out = capsys.readouterr().out
    assert ">>> client.get_job_results(job)\n{'final': 'supsup'}" in out


def test_demo_walks_a_server_that_leaves_no_job_behind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = {
        "GET /": answer(200, {"links": []}),
        "GET /conformance": answer(200, {"conformsTo": []}),
        "GET /processes": answer(200, {"processes": [], "links": []}),
        "GET /processes/first_workflow": answer(200, {"id": "first_workflow"}),
        "POST /processes/first_workflow/execution": answer(200, {"final": "supsup"}),
        "GET /jobs": answer(200, {"jobs": [], "links": []}),
    }
    with ScriptedServer(script) as server:
        assert cli.main(["demo", "--url", server.url]) == 0
    out = capsys.readouterr().out
    assert ">>> client.get_job_results(job)\n{'final': 'supsup'}" in out
    assert "dismiss" not in out


def test_demo_against_nothing_says_so_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["demo", "--url", "ftp://example.org"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "ogcproc: api_url starts with http:// or https:// and a host, not 'ftp://example.org'\n"
    )


def test_the_wait_for_a_job_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "PATIENCE", 0.02)
    monkeypatch.setattr(cli, "INTERVAL", 0.005)
    running = answer(200, {"jobID": "j", "status": "running", "type": "process"})
    with ScriptedServer({"/jobs/j": running}) as server, Client(server.url, proxy="") as client:
        assert cli.finished(client, "j").status == "running"
        assert len(server.lines) > 1


def test_serve_runs_the_demo_service_until_it_is_told_to_stop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    def stop_once_it_answers() -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end and not seen:
            said = capsys.readouterr().err
            if "http://" in said:
                url = said[said.index("http://") :].split()[0]
                with urllib.request.urlopen(f"{url}/processes/first_workflow") as answer:
                    seen.append(answer.read().decode())
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop_once_it_answers)
    thread.start()
    assert cli.main(["serve", "--port", "0"]) == 0
    thread.join()
    assert "hithere" in seen[0]


def test_serve_runs_the_service_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine_to_serve.py").write_text(
        "from ogcproc.server import Service\nservice = Service(title='Mine')\nother = 1\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert cli.named_service("mine_to_serve:service").title == "Mine"
    with pytest.raises(ValueError, match=r"'mine_to_serve:other' is no Service: 1"):
        cli.named_service("mine_to_serve:other")


@pytest.mark.parametrize("name", ["mine", "mine:", ":service"])
def test_a_service_is_named_with_its_module(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", name]) == 1
    assert f"a service is given as MODULE:NAME, not {name!r}" in capsys.readouterr().err


def test_a_module_that_is_not_there_is_said_to_be_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert cli.main(["serve", "no_such_module_here:service"]) == 1
    assert "cannot import 'no_such_module_here'" in capsys.readouterr().err


def test_a_port_that_is_taken_is_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Service().serve() as server:
        assert cli.main(["serve", "--port", str(server.address[1])]) == 1
    assert capsys.readouterr().err.startswith("ogcproc: [Errno")


def test_an_interrupt_ends_a_command_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "walk", interrupted)
    assert cli.main(["demo"]) == 130


def test_misuse_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ogcproc", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"ogcproc {__version__}\n"


def test_the_module_hands_its_exit_code_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ogcproc", "serve", "mine"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("ogcproc", run_name="__main__")
    assert ended.value.code == 1
