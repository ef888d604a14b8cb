"""Optional rooms: what a copy of the package says that was made without them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from scripted import ScriptedServer, answer

from ogcproc import Client, JobInfo
from ogcproc.errors import room_for

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: dict[str, tuple[str, Callable[[Client], Any]]] = {
    "download_job_results": ("_downloads", lambda client: client.download_job_results("j", ".")),
    "open_job_result": ("_downloads", lambda client: client.open_job_result("j")),
    "run_many": ("batch", lambda client: client.run_many("p", [])),
    "callbacks": ("callbacks", lambda client: client.callbacks()),
    "progress=True": ("_progress", lambda client: client.wait_for_job("j", progress=True)),
}


@pytest.mark.parametrize("caller", CALLS)
def test_a_method_whose_room_is_missing_names_it(
    caller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, call = CALLS[caller]
    for name in [name for name in sys.modules if name.startswith(f"ogcproc.{room}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, f"ogcproc.{room}", None)
    with Client("http://h") as client, pytest.raises(ImportError) as caught:
        call(client)
    assert str(caught.value) == (
        f"ogcproc.{room} is not part of this copy of ogcproc: {caller} needs it"
    )


def test_waiting_needs_no_progress_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ogcproc._progress", None)
    states: list[JobInfo] = []
    script = {"GET /jobs/j": answer(200, {"jobID": "j", "status": "successful"})}
    with ScriptedServer(script) as server, Client(server.url, proxy="") as client:
        assert client.wait_for_job("j", on_update=states.append).is_successful
    assert [job.status for job in states] == ["successful"]


def test_another_module_that_is_missing_is_no_room() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), room_for("nothing"):
        import no_such_module  # type: ignore[import-not-found]  # noqa: F401, PLC0415
