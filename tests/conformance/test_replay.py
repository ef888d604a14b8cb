"""Every recorded answer of a real server, read by the client: what comes of it stands in a table.

``expectations.tsv`` is for reading and arguing with: a transcript, the method that its request
belongs to, the class of what came of it (a model or an error), and its gist. The client's further
requests are answered by the same server's other transcripts, and by 404 where there is none, so
that some errors are less telling, and some values without a name, than they would be live.

``OGCPROC_REWRITE_TABLE=1`` writes the table anew. Read the difference before it is taken.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from replay import CITED, Stage, outcome_of, performed, transcripts

from ogcproc import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from replay import Transcript

SHARED = Path(__file__).resolve().parents[3] / "shared"
SERVERS = [SHARED / "servers", SHARED / "servers-2"]
TABLE = Path(__file__).with_name("expectations.tsv")
HEADING = "transcript\tmethod\toutcome\tgist\n"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not SERVERS[0].is_dir(), reason="the recorded transcripts are not beside us"
    ),
]

FOLDERS = [folder for all_ in SERVERS for folder in sorted(all_.glob("*")) if folder.is_dir()]
RECORDED = [transcript for folder in FOLDERS for transcript in transcripts(folder)]


def expected() -> dict[str, str]:
    """Return the table's lines by transcript."""
    lines = TABLE.read_text("utf-8").splitlines(keepends=True) if TABLE.exists() else []
    return {line.partition("\t")[0]: line for line in lines[1:]}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def table() -> Iterator[dict[str, str]]:
    """Return the table, or a new one to be filled and written."""
    if not os.environ.get("OGCPROC_REWRITE_TABLE"):
        yield expected()
        return
    lines: dict[str, str] = {}
    yield lines
    TABLE.write_text(HEADING + "".join(lines.values()), "utf-8")


def test_the_table_has_a_line_for_each_transcript_and_no_other() -> None:
    assert list(expected()) == [transcript.name for transcript in RECORDED]


def test_each_file_is_replayed() -> None:
    files = {f"{folder.name}/{path.stem}" for folder in FOLDERS for path in folder.glob("*.json")}
    assert {transcript.name.partition("#")[0] for transcript in RECORDED} == files
    assert CITED.keys() < files


@pytest.mark.parametrize("transcript", RECORDED, ids=lambda transcript: transcript.name)
def test_the_client_makes_of_it_what_the_table_says(
    transcript: Transcript, stage: Stage, table: dict[str, str]
) -> None:
    stage.play(transcript)
    with Client(transcript.base, proxy=stage.url, timeout=(2, 2), retries=0) as client:
        method, call = performed(client, transcript)
        outcome = outcome_of(method, transcript, call)
    line = f"{outcome.name}\t{outcome.method}\t{outcome.kind}\t{outcome.text}\n"
    assert line == table.setdefault(outcome.name, line)
