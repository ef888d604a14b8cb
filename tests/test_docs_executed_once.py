"""The table of docs/executed-once.rst is the table in the code."""

from __future__ import annotations

import re
from pathlib import Path

from ogcproc._protocol.evidence import proof_of

PAGE = Path(__file__).parent.parent / "docs" / "executed-once.rst"
OWN, FOREIGN = b'{"detail": "busy"}', b"<html>"


def rows() -> list[tuple[str, str]]:
    """Return the first two cells of each row."""
    table = PAGE.read_text("utf-8").split("\n====")[3]
    lines = [line for line in table.splitlines() if re.match(r"\S", line) and line[0] != "="]
    return [(line[:18].strip(), line[20:38].strip()) for line in lines]


def statuses(cell: str) -> set[int]:
    """Return the statuses that a cell names."""
    found = set()
    for first, last in re.findall(r"(\d{3})(?:-(\d{3}))?", cell):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def test_the_docs_and_the_code_have_the_same_table() -> None:
    own, foreign = {}, {}
    for cell, proof in rows():
        for status in statuses(cell):
            if "own" in cell:
                own[status] = proof
            else:
                foreign[status] = proof
    assert own.keys() == {502, 503, 504}
    for status in range(100, 600):
        assert proof_of(status, FOREIGN).value == foreign.get(status, "carried out"), status
        wanted = own.get(status, foreign.get(status, "carried out"))
        assert proof_of(status, OWN).value == wanted, status
