"""Which reading of a value a schema leaves standing."""

from __future__ import annotations

from typing import Any

import pytest

from ogcproc._protocol.schemas import allows, has_member, of_items

OBJECT: dict[str, Any] = {"k": 1}


def nested(depth: int, schema: dict[str, Any]) -> dict[str, Any]:
    for _ in range(depth):
        schema = {"allOf": [schema]}
    return schema


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (None, OBJECT),
        (True, OBJECT),
        ({}, OBJECT),
        ({"format": "geojson-geometry"}, OBJECT),
        ({"$ref": "link.yaml"}, OBJECT),
        ({"type": "object"}, OBJECT),
        ({"type": ["null", "object"]}, OBJECT),
        ({"type": "array"}, []),
        ({"type": "number"}, 1.5),
        ({"type": "number"}, "1.5"),
        ({"type": "null"}, None),
        ({"type": "string", "contentMediaType": "application/geo+json"}, OBJECT),
        ({"oneOf": [{"type": "string"}, {"type": "object"}]}, OBJECT),
        ({"anyOf": [{"type": "string"}, {}]}, OBJECT),
        ({"oneOf": "nonsense"}, OBJECT),
        (nested(30, {"type": "string"}), OBJECT),
    ],
)
def test_a_value_may_be_what_the_types_leave_open(schema: Any, value: Any) -> None:
    assert allows(schema, value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, OBJECT),
        ({"type": "string", "contentMediaType": "text/plain"}, OBJECT),
        ({"type": ["string", "null"]}, []),
        ({"type": "object"}, 1),
        ({"type": 7}, OBJECT),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, OBJECT),
        ({"anyOf": [{"type": "string"}]}, OBJECT),
        ({"allOf": [{}, {"type": "string"}]}, OBJECT),
        (nested(5, {"type": "string"}), OBJECT),
    ],
)
def test_a_value_of_the_wrong_kind_is_ruled_out(schema: Any, value: Any) -> None:
    assert not allows(schema, value)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"value": {}}},
        {"oneOf": [{"type": "string"}, {"properties": {"value": {}}}]},
        nested(5, {"properties": {"value": {}}}),
    ],
)
def test_a_member_is_found_wherever_the_schema_names_it(schema: Any) -> None:
    assert has_member(schema, "value")
    assert not has_member(schema, "href")


@pytest.mark.parametrize(
    "schema",
    [None, True, {}, {"properties": ["value"]}, nested(30, {"properties": {"value": {}}})],
)
def test_a_member_that_is_not_named_is_not_found(schema: Any) -> None:
    assert not has_member(schema, "value")


def test_the_items_of_an_array_have_a_schema_of_their_own() -> None:
    assert of_items({"type": "array", "items": {"type": "string"}}) == {"type": "string"}
    assert of_items({"type": "string"}) == {"type": "string"}
    assert of_items(None) is None
