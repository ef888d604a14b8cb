"""The recipe for asyncio, as it stands in the documentation."""

from __future__ import annotations

import asyncio
import re
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc import Client
from ogcproc.server import Job, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "asyncio.rst"


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """Return the names that the document's code makes."""
    text = DOCUMENT.read_text("utf-8")
    blocks = re.findall(r"^\.\. code-block:: python\n\n((?: +.*\n|\n)+)", text, re.MULTILINE)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(textwrap.dedent(block), names)
    return names


@pytest.fixture
def url() -> Iterator[str]:
    service = Service(max_workers=128)
    together = threading.Barrier(100)

    @service.process()
    def square(job: Job, number: int) -> int:
        if number >= 0:
            together.wait(30)  # all hundred are awaited at once, or none ends
            return number**2
        job.sleep(60)
        return 0

    with service.serve() as server:
        yield server.url


def test_a_hundred_jobs_are_awaited_at_once(recipe: dict[str, Any], url: str) -> None:
    found = asyncio.run(recipe["squares"](url, range(100)))
    assert found == [number**2 for number in range(100)]


def test_a_call_with_a_time_of_its_own_ends_and_so_does_its_job(
    recipe: dict[str, Any], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_process = Client.run_process

    def sooner(*given: Any, **options: Any) -> Any:
        assert options.pop("timeout") == 60
        return run_process(*given, timeout=0.2, **options)

    monkeypatch.setattr(Client, "run_process", sooner)

    async def too_long(client: Client) -> None:
        with pytest.raises(Exception, match=r"timed out after 0\.2 s; job_0 dismissed"):
            await recipe["square_soon"](client, -1)

    with Client(url, proxy="") as client:
        asyncio.run(too_long(client))
        assert [job.status for job in client.get_jobs().jobs] == ["dismissed"]


def test_many_are_run_in_one_thread(recipe: dict[str, Any]) -> None:
    service = Service()

    @service.process()
    def square(number: int) -> int:
        return number**2

    with service.serve() as server, Client(server.url, proxy="") as client:
        found = asyncio.run(recipe["many_squares"](client, range(5)))
    assert found == {number: number**2 for number in range(5)}
