"""ogcproc.models: Python values as an execute request holds them."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.models import Bbox, JobResults, JobStatus, Link, QualifiedValue, Schema
from ogcproc.models._base import encode_json
from ogcproc.models.requests import encode_input

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = datetime(2024, 2, 29, 10, 5, tzinfo=timezone.utc)
POINT = {"type": "Point", "coordinates": [7.1, 50.7]}


class Colour(Enum):
    red = "r"
    shades = ("light", "dark")


class Level(IntEnum):
    high = 3


class Shape:
    """A geometry as shapely's and geopandas' are: it has both."""

    __geo_interface__ = {"type": "Point", "coordinates": (7.1, 50.7)}  # noqa: RUF012 - a literal

    def to_dict(self) -> dict[str, Any]:
        raise AssertionError


class Item:
    """An object of some other library."""

    def to_dict(self) -> dict[str, Any]:
        return {"id": 1, "when": MOMENT}


@pytest.mark.parametrize(
    "value", ["a", "", 1, 0, 1.5, True, False, None, [], [1, "a", None], [[1, 2], [3]]]
)
def test_json_values_go_bare(value: Any) -> None:
    encoded = encode_input(value)
    assert encoded == value
    assert type(encoded) is type(value)


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ((1, (2, 3)), [1, [2, 3]]),
        (Colour.red, "r"),
        (Colour.shades, ["light", "dark"]),
        (Level.high, 3),
        (JobStatus.running, "running"),
        (MOMENT, "2024-02-29T10:05:00Z"),
        (MOMENT.replace(tzinfo=timezone(timedelta(hours=2))), "2024-02-29T10:05:00+02:00"),
        (datetime(2024, 2, 29, 10, 5), "2024-02-29T10:05:00"),  # noqa: DTZ001 - local time
        (date(2024, 2, 29), "2024-02-29"),
        (time(10, 5), "10:05:00"),
    ],
)
def test_python_values_go_as_json(value: Any, encoded: Any) -> None:
    assert encode_input(value) == encode_json(value) == encoded
    assert type(encode_json(value)) is type(encoded)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"measurement": 10.3, "uom": "m"},
        POINT,
        # GeoJSON and STAC have members that a bounding box and a collection have, too.
        {"type": "Feature", "bbox": [1, 2, 3, 4], "geometry": POINT, "properties": {}},
        {"type": "Feature", "collection": "sentinel-2", "bbox": [1, 2, 3, 4]},
    ],
)
def test_an_object_goes_as_it_is_given_or_into_value(value: dict[str, Any]) -> None:
    """field.md 26: nearly every server wants objects bare."""
    assert encode_input(value) == value
    assert encode_input(value, wrap=True) == {"value": value}
    assert encode_input([value], wrap=True) == [{"value": value}]


@pytest.mark.parametrize(
    "value",
    [
        {"value": {"a": 1}},
        {"value": "a", "mediaType": "text/plain"},
        {"href": "http://a.example/dem.tif", "type": "image/tiff"},
        {"bbox": [1, 2, 3, 4], "crs": "urn:ogc:def:crs:EPSG:6.6:4326"},
        {"bbox": [1, 2, 3, 4]},
        {"collection": "http://a.example/collections/temps", "datetime": "2025-01-01"},
        {"process": "http://a.example/processes/p", "inputs": {"a": 1}},
        {"$input": "a"},
    ],
)
def test_an_object_that_is_more_than_plain_goes_as_it_stands(value: dict[str, Any]) -> None:
    assert encode_input(value) == encode_input(value, wrap=True) == value


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (Link("http://a/b"), {"href": "http://a/b"}),
        (QualifiedValue({"a": 1}), {"value": {"a": 1}}),
        (
            QualifiedValue(POINT, "application/geo+json;v=1", schema="s.json"),
            {"value": POINT, "mediaType": "application/geo+json;v=1", "schema": "s.json"},
        ),
        (JobResults({"a": POINT}), {"value": {"a": POINT}}),
        (Bbox([1, 2, 3, 4]), {"bbox": [1, 2, 3, 4]}),
        (Schema({"type": "string"}), {"value": {"type": "string"}}),
        (Schema(True), True),
        (JobResults({"a": Link("x")}), {"value": {"a": {"href": "x"}}}),
        (Item(), {"value": {"id": 1, "when": "2024-02-29T10:05:00Z"}}),
    ],
)
def test_documents_go_by_the_same_rule(value: Any, encoded: Any) -> None:
    assert encode_input(value, wrap=True) == encoded


def test_items_of_an_array_go_by_the_same_rule() -> None:
    assert encode_input([POINT, Link("a"), b"\0", {"value": 1}, 2], wrap=True) == [
        {"value": POINT},
        {"href": "a"},
        {"value": "AA==", "encoding": "base64", "mediaType": "application/octet-stream"},
        {"value": 1},
        2,
    ]


@pytest.mark.parametrize("value", [b"\xff\x00a", bytearray(b"\xff\x00a"), memoryview(b"\xff\x00a")])
def test_bytes_go_as_base64_with_their_media_type(value: Any) -> None:
    assert encode_input(value) == {
        "value": "/wBh",
        "encoding": "base64",
        "mediaType": "application/octet-stream",
    }
    assert encode_json({"raw": value}) == {"raw": "/wBh"}


def test_a_geometry_goes_as_geojson() -> None:
    encoded = {"value": POINT, "mediaType": "application/geo+json"}
    assert encode_input(Shape()) == {**POINT, "coordinates": [7.1, 50.7]}
    assert encode_input([Shape()], wrap=True) == [encoded]


def test_inner_values_are_encoded_and_names_are_texts() -> None:
    assert encode_input({1: {"when": MOMENT, "link": Link("a")}}) == {
        "1": {"when": "2024-02-29T10:05:00Z", "link": {"href": "a"}}
    }


def test_what_is_no_number_is_left_to_the_transport_to_refuse() -> None:
    encoded = encode_json([math.nan, math.inf])
    assert math.isnan(encoded[0])
    with pytest.raises(ValueError, match="Out of range float values"):
        json.dumps(encoded, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1}, "cannot write a set into a request: {1}"),
        ([object], "cannot write a type into a request: <class 'object'>"),
        ({"a": 1j}, "cannot write a complex into a request: 1j"),
        ({"x" * 80}, "cannot write a set into a request: {'" + "x" * 58),
    ],
)
def test_what_has_no_wire_form_is_named(value: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        encode_input(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "content", "encoded"),
    [
        ("a.json", b'{"a": [1]}', {"value": {"a": [1]}, "mediaType": "application/json"}),
        ("a.JSON", b"1", {"value": 1, "mediaType": "application/json"}),
        (
            "a.geojson",
            json.dumps(POINT).encode(),
            {"value": POINT, "mediaType": "application/geo+json"},
        ),
        ("a.txt", "ä".encode(), {"value": "ä", "mediaType": "text/plain"}),
        ("a.gml", b"<a/>", {"value": "<a/>", "mediaType": "application/gml+xml"}),
        (
            "a.txt",
            b"\xff",
            {"value": "/w==", "encoding": "base64", "mediaType": "text/plain"},
        ),
        (
            "a.tif",
            b"II*\0",
            {"value": "SUkqAA==", "encoding": "base64", "mediaType": "image/tiff"},
        ),
        (
            "a.json.gz",
            b"\x1f\x8b",
            {"value": "H4s=", "encoding": "base64", "mediaType": "application/gzip"},
        ),
        (
            "a.txt.bz2",
            b"BZh",
            {"value": "Qlpo", "encoding": "base64", "mediaType": "application/octet-stream"},
        ),
        (
            "no-suffix",
            b"abc",
            {"value": "YWJj", "encoding": "base64", "mediaType": "application/octet-stream"},
        ),
    ],
)
def test_a_file_goes_with_its_media_type(
    tmp_path: Path, name: str, content: bytes, encoded: dict[str, Any]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert encode_input(path) == encoded


def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"{")
    with pytest.raises(ValueError, match=r"a\.json holds no JSON: Expecting property name"):
        encode_input(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.tif"):
        encode_input(tmp_path / "missing.tif")
