"""ogcproc.server.validate: a value against a schema."""

from __future__ import annotations

from typing import Any

import pytest

from ogcproc.server.validate import InvalidValueError, allows, check, show


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, {"anything": [None]}),
        ({}, None),
        ({"type": "string", "nullable": True}, None),
        ({"type": "integer"}, 3),
        ({"type": "integer"}, 3.0),
        ({"type": "number"}, 3),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"type": "string"}}, ["a"]),
        ({"type": "array", "uniqueItems": True}, [1, True, 2]),
        ({"type": "array", "uniqueItems": False}, [1, 1]),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": False}, {"a": 1}),
        ({"type": "object", "additionalProperties": {"type": "number"}}, {"a": 1}),
        ({"type": "string", "minLength": 1, "maxLength": 2, "pattern": "^a"}, "ab"),
        ({"minimum": 1, "maximum": 2}, 1),
        ({"minimum": 1, "exclusiveMinimum": False}, 1),
        ({"exclusiveMinimum": True}, 1),
        ({"multipleOf": 0.1}, 0.3),
        ({"enum": ["a", 1]}, 1),
        ({"allOf": [{"minimum": 1}], "not": {"type": "string"}}, 1),
        ({"anyOf": [{"type": "number"}, {"type": "integer"}]}, 1),
        ({"oneOf": [{"type": "number"}, {"type": "string"}]}, 1),
    ],
)
def test_a_value_that_fits_is_allowed(schema: dict[str, Any], value: Any) -> None:
    assert allows(schema, value)


@pytest.mark.parametrize(
    ("schema", "value", "path", "message"),
    [
        ({"type": "string"}, None, "", "null is not allowed"),
        ({"type": "integer"}, True, "", "expected an integer, got True"),
        ({"type": "integer"}, 1.5, "", "expected an integer, got 1.5"),
        ({"type": "number"}, "1", "", "expected a number, got '1'"),
        ({"type": "boolean"}, 1, "", "expected a boolean, got 1"),
        ({"type": "array"}, {}, "", "expected an array, got {}"),
        ({"type": "object"}, [], "", "expected an object, got []"),
        ({"type": "string"}, 1, "", "expected a string, got 1"),
        ({"enum": [0, "a"]}, False, "", "False is not one of 0, 'a'"),
        ({"minLength": 2}, "a", "", "1 characters are fewer than the minimum 2"),
        ({"maxLength": 1}, "ab", "", "2 characters are more than the maximum 1"),
        ({"pattern": "^b"}, "a", "", "'a' does not match ^b"),
        ({"minimum": 1}, 0, "", "0 is less than the minimum 1"),
        ({"maximum": 1}, 2, "", "2 is more than the maximum 1"),
        ({"minimum": 1, "exclusiveMinimum": True}, 1, "", "1 is not more than 1"),
        ({"maximum": 1, "exclusiveMaximum": True}, 1, "", "1 is not less than 1"),
        ({"exclusiveMinimum": 0}, 0, "", "0 is not more than 0"),
        ({"exclusiveMaximum": 5}, 5, "", "5 is not less than 5"),
        ({"multipleOf": 2}, 3, "", "3 is not a multiple of 2"),
        ({"minItems": 1}, [], "", "0 items are fewer than the minimum 1"),
        (
            {"items": {"items": {"type": "string"}}},
            [["a", 1]],
            "[0][1]",
            "expected a string, got 1",
        ),
        ({"uniqueItems": True}, [1, 2, 1], "[2]", "1 stands there twice"),
        ({"required": ["a"]}, {}, "", "the property 'a' is missing"),
        ({"additionalProperties": False}, {"a": 1}, "", "there is no property 'a'"),
        ({"additionalProperties": {"type": "string"}}, {"a": 1}, ".a", "expected a string, got 1"),
        ({"properties": {"a": {"minimum": 1}}}, {"a": 0}, ".a", "0 is less than the minimum 1"),
        ({"maxProperties": 0}, {"a": 1}, "", "1 properties are more than the maximum 0"),
        ({"allOf": [{"minimum": 1}]}, 0, "", "0 is less than the minimum 1"),
        ({"anyOf": [{"type": "string"}]}, 0, "", "0 fits 0 of the forms under anyOf"),
        (
            {"oneOf": [{"type": "number"}, {"type": "integer"}]},
            1,
            "",
            "1 fits 2 of the forms under oneOf",
        ),
        ({"not": {"type": "string"}}, "a", "", "'a' has the form that is ruled out"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason_and_the_place(
    schema: dict[str, Any], value: Any, path: str, message: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        check(value, schema)
    assert (caught.value.path, caught.value.message) == (path, message)


def test_a_long_value_is_shown_in_short() -> None:
    assert show("x" * 1000) == "'" + "x" * 59 + "..."
