"""Names of files made of whatever a server calls its outputs."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ogcproc._downloads.filenames import LONGEST, Names, extension_of, file_name, safe_name

if TYPE_CHECKING:
    from pathlib import Path

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=200)
DEVICES = {"con", "prn", "aux", "nul", "com1", "lpt9", "com¹", "conin$"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("result", "result"),
        ("", "result"),
        ("a b", "a b"),
        ("größe", "größe"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("C:\\x", "C%3A%5Cx"),
        (".hidden", "%2Ehidden"),
        ("-rf", "%2Drf"),
        ("~root", "%7Eroot"),
        ("end.", "end%2E"),
        ("end ", "end%20"),
        ("100%", "100%25"),
        ("a\nb\0", "a%0Ab%00"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("com1", "%63om1"),
        ("COM¹.x", "%43OM¹.x"),
        ("console", "console"),
        ("com10", "com10"),
        ("a.part", "a%2Epart"),
        ("a.PART.json", "a%2EPART.json"),
        ("a.party", "a.party"),
        ("\u202eexe", "%E2%80%AEexe"),
        ("\ud800", "%ED%A0%80"),
        ("e\u0301", "é"),
    ],
)
def test_ids_are_made_safe(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(ANY_TEXT)
@example("con" * 60)
@example("%" * 60)
@example("é" * 99)
@example("." * 120)
def test_any_id_is_a_name_that_every_system_takes(text: str) -> None:
    name = safe_name(text)
    assert name
    assert name == unicodedata.normalize("NFC", name)
    assert len(name.encode()) <= LONGEST
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name[0] not in ".-~"
    assert name[-1] not in ". "
    assert name.partition(".")[0].rstrip().lower() not in DEVICES
    assert name.isprintable()
    assert safe_name(text) == name


@given(ANY_TEXT, ANY_TEXT)
def test_two_ids_have_two_names(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert same or {one, other} == {"", "result"} or safe_name(one) != safe_name(other)


@given(st.lists(st.text(st.sampled_from("aAbB/.ßsS"), max_size=4), max_size=8))
def test_names_in_a_directory_differ_by_more_than_case(ids: list[str]) -> None:
    names = Names("results.json")
    found = [names.take(file_name(one, "application/json"), one) for one in ids]
    assert len({name.casefold() for name in found}) == len(ids)
    assert "results.json" not in found


def test_a_name_that_is_taken_is_told_apart_by_its_id(tmp_path: Path) -> None:
    names = Names("results.json")
    taken = [names.take(name, name) for name in ("a.tif", "A.tif", "results.json", "a.tif")]
    assert taken[0] == "a.tif"
    assert taken[1].startswith("A~")
    assert taken[1].endswith(".tif")
    assert taken[2].startswith("results~")
    for name in taken:
        (tmp_path / name).touch(exist_ok=False)


@pytest.mark.parametrize(
    ("media_type", "url", "extension"),
    [
        ("image/tiff; application=geotiff; profile=cloud-optimized", "", ".tif"),
        ("application/geo+json", "", ".geojson"),
        ("APPLICATION/JSON", "", ".json"),
        ("application/x-netcdf", "", ".nc"),
        ("application/pdf", "", ".pdf"),
        ("text/plain;charset=utf-8", "", ".txt"),
        ("text/x-unheard-of", "", ".txt"),
        ("application/vnd.unheard+json", "", ".json"),
        ("application/vnd.unheard+xml", "", ".xml"),
        ("application/vnd.unheard", "", ".bin"),
        ("application/vnd.unheard", "http://h/a.XYZ?sig=1", ".xyz"),
        ("application/octet-stream", "http://h/a/scene.SAFE.zip?x=.exe", ".zip"),
        (None, "http://h/a", ".bin"),
        (None, "http://h/.gitignore", ".bin"),
        (None, "http://h/a.part", ".bin"),
        (None, "http://h/a.%2F..%2Fb", ".bin"),
        (None, "http://[", ".bin"),
        ("image/png", "http://h/a.tif", ".png"),
    ],
)
def test_extensions_say_what_it_is(media_type: str | None, url: str, extension: str) -> None:
    assert extension_of(media_type, url) == extension


def test_an_extension_is_not_doubled() -> None:
    assert file_name("scene.tif", "image/tiff") == "scene.tif"
    assert file_name("scene.TIF", "image/tiff") == "scene.TIF"
    assert file_name("scene.tif", "image/png") == "scene.tif.png"
