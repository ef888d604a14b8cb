"""docs/vendoring.rst names the files and sizes of the core and of each room as they are."""

from __future__ import annotations

import re

import pytest
from core_copy import PACKAGE, ROOMS, files_of, kilobytes

DOCUMENT = (PACKAGE.parent / "docs" / "vendoring.rst").read_text("utf-8")


def table() -> dict[str, tuple[str, int]]:
    """Return the text about the files of each room, and their kB."""
    lines = DOCUMENT.splitlines()
    borders = [number for number, line in enumerate(lines) if re.fullmatch(r"=+(  =+)+", line)]
    columns = [slice(*found.span()) for found in re.finditer("=+", lines[borders[0]])]
    rows: dict[str, tuple[str, int]] = {}
    room = ""
    for line in lines[borders[1] + 1 : borders[2]]:
        name, _, files, size = (line[column].strip() for column in columns)
        if name:
            room = name
            rows[room] = (files, int(size))
        else:
            rows[room] = (f"{rows[room][0]} {files}", rows[room][1])
    return rows


TABLE = table()


def test_the_table_has_a_row_for_the_core_and_for_each_room() -> None:
    assert list(TABLE) == ["core", *ROOMS]


@pytest.mark.parametrize("room", ROOMS)
def test_the_files_of_a_room_are_named_and_there(room: str) -> None:
    named = re.findall(r"``(.+?)``", TABLE[room][0])
    assert named == list(ROOMS[room])
    assert all((PACKAGE / name).exists() for name in named)


@pytest.mark.parametrize("room", TABLE)
def test_sizes_are_nearly_as_measured(room: str) -> None:
    paths = files_of() if room == "core" else files_of(room)
    assert TABLE[room][1] == pytest.approx(kilobytes(paths), rel=0.15, abs=1)


def test_the_line_to_rewrite_is_there() -> None:
    ((line, path),) = re.findall(r"sed -i 's/\^(.+?)\$/.+' acme/_vendor/ogcproc/(\S+)", DOCUMENT)
    assert (PACKAGE / path).read_text("utf-8").splitlines().count(line) == 1
