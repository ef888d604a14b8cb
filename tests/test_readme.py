"""What README.rst says: its Python runs, in order, against the demo service, as it says."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

README = Path(__file__).parents[1] / "README.rst"
BLOCK = re.compile(r"^\.\. code-block:: python\n\n((?: +.*\n|\n)+)", re.MULTILINE)
BLOCKS = [textwrap.dedent(found) for found in BLOCK.findall(README.read_text("utf-8"))]
WALK, *TASKS = BLOCKS


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the URL of ``ogcproc serve``, in a process of its own: its first job is job_0."""
    command = [sys.executable, "-m", "ogcproc", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            yield re.findall(r"http://\S+", server.stderr.readline())[0]
        finally:
            server.terminate()


def test_the_walk_says_what_it_says(url: str) -> None:
    walk = WALK.replace("http://127.0.0.1:8008", url)
    test = doctest.DocTestParser().get_doctest(walk, {}, "README.rst", "README.rst", 0)
    found: list[str] = []
    results = doctest.DocTestRunner().run(test, out=found.append, clear_globs=False)
    test.globs["client"].close()
    assert (results.failed, "".join(found)) == (0, "")
    assert results.attempted > 10


def test_what_it_shows_by_task_runs(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clients: list[Client] = []

    class Closed(Client):
        """A client that is closed at the end of the test."""

        def _start(self) -> None:
            super()._start()
            clients.append(self)

    names: dict[str, Any] = {"Client": Closed, "client": Closed(url), "sign": str}
    monkeypatch.setattr("ogcproc.Client", Closed)
    monkeypatch.setenv("NETRC", str(README))
    monkeypatch.chdir(tmp_path)
    try:
        for block in TASKS:
            exec(compile(block.replace("http://127.0.0.1:8008", url), "README.rst", "exec"), names)
    finally:
        for client in clients:
            client.close()
    assert len(TASKS) > 5
