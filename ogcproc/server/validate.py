"""A JSON value against a schema in the dialect of 1.0 (OpenAPI 3.0): what is wrong, and where.

`$ref` is not followed and `format` is not looked at: a schema that needs them is checked by the
process itself.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]


class InvalidValueError(ValueError):
    """A value that its schema does not allow; `path` leads from the value to the wrong part."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path


_SHORT = 60


def show(value: Any) -> str:
    """Return a value as a message quotes it: short, and never a page of base64."""
    text = repr(value)
    return text if len(text) <= _SHORT else text[:_SHORT] + "..."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "array": ("an array", lambda value: isinstance(value, list)),
    "boolean": ("a boolean", lambda value: isinstance(value, bool)),
    # JSON Schema counts 1.0 as an integer; JavaScript clients cannot write it otherwise.
    "integer": (
        "an integer",
        lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    ),
    "number": ("a number", _is_number),
    "object": ("an object", lambda value: isinstance(value, dict)),
    "string": ("a string", lambda value: isinstance(value, str)),
}


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal, with `true` kept apart from 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def check(value: Any, schema: Schema, path: str = "") -> None:
    """Return if the schema allows the value; raise InvalidValueError with the reason if not."""
    if value is None:
        if schema and not schema.get("nullable"):
            raise InvalidValueError("null is not allowed", path)
        return
    _check_type(value, schema, path)
    if "enum" in schema and not any(same(value, word) for word in schema["enum"]):
        words = ", ".join(show(word) for word in schema["enum"])
        raise InvalidValueError(f"{show(value)} is not one of {words}", path)
    if isinstance(value, str):
        _check_string(value, schema, path)
    elif _is_number(value):
        _check_number(value, schema, path)
    elif isinstance(value, list):
        _check_array(value, schema, path)
    elif isinstance(value, dict):
        _check_object(value, schema, path)
    _check_combinations(value, schema, path)


def _check_type(value: Any, schema: Schema, path: str) -> None:
    if "type" in schema:
        name, test = _TYPES[schema["type"]]
        if not test(value):
            raise InvalidValueError(f"expected {name}, got {show(value)}", path)


def _check_string(value: str, schema: Schema, path: str) -> None:
    _check_size(len(value), "Length", "characters", schema, path)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise InvalidValueError(f"{show(value)} does not match {schema['pattern']}", path)


def _check_number(value: float, schema: Schema, path: str) -> None:
    minimum, maximum = schema.get("minimum"), schema.get("maximum")
    if minimum is not None and value < minimum:
        raise InvalidValueError(f"{value} is less than the minimum {minimum}", path)
    if maximum is not None and value > maximum:
        raise InvalidValueError(f"{value} is more than the maximum {maximum}", path)
    low = _exclusive(schema, "exclusiveMinimum", minimum)
    if low is not None and value <= low:
        raise InvalidValueError(f"{value} is not more than {low}", path)
    high = _exclusive(schema, "exclusiveMaximum", maximum)
    if high is not None and value >= high:
        raise InvalidValueError(f"{value} is not less than {high}", path)
    step = schema.get("multipleOf")
    if step is not None and abs(value / step - round(value / step)) > 1e-9:  # noqa: PLR2004
        raise InvalidValueError(f"{value} is not a multiple of {step}", path)


def _exclusive(schema: Schema, word: str, beside: Any) -> Any:
    """Return an exclusive bound: a flag beside `minimum` in OpenAPI 3.0, a number elsewhere."""
    bound = schema.get(word, False)
    if isinstance(bound, bool):
        return beside if bound else None
    return bound


def _check_array(value: list[Any], schema: Schema, path: str) -> None:
    _check_size(len(value), "Items", "items", schema, path)
    if "items" in schema:
        for index, item in enumerate(value):
            check(item, schema["items"], f"{path}[{index}]")
    if schema.get("uniqueItems"):
        for index, item in enumerate(value):
            if any(same(item, other) for other in value[:index]):
                raise InvalidValueError(f"{show(item)} stands there twice", f"{path}[{index}]")


def _check_object(value: dict[str, Any], schema: Schema, path: str) -> None:
    _check_size(len(value), "Properties", "properties", schema, path)
    for name in schema.get("required", ()):
        if name not in value:
            raise InvalidValueError(f"the property {name!r} is missing", path)
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            check(item, properties[name], f"{path}.{name}")
        elif others is False:
            raise InvalidValueError(f"there is no property {name!r}", path)
        elif others is not True:
            check(item, others, f"{path}.{name}")


def _check_size(size: int, suffix: str, noun: str, schema: Schema, path: str) -> None:
    least, most = schema.get("min" + suffix, 0), schema.get("max" + suffix)
    if size < least:
        raise InvalidValueError(f"{size} {noun} are fewer than the minimum {least}", path)
    if most is not None and size > most:
        raise InvalidValueError(f"{size} {noun} are more than the maximum {most}", path)


def _check_combinations(value: Any, schema: Schema, path: str) -> None:
    for branch in schema.get("allOf", ()):
        check(value, branch, path)
    for word in "anyOf", "oneOf":
        if word in schema:
            matches = sum(allows(branch, value) for branch in schema[word])
            if matches == 0 or (word == "oneOf" and matches > 1):
                raise InvalidValueError(
                    f"{show(value)} fits {matches} of the forms under {word}", path
                )
    if "not" in schema and allows(schema["not"], value):
        raise InvalidValueError(f"{show(value)} has the form that is ruled out", path)


def allows(schema: Schema, value: Any) -> bool:
    """Return whether a schema allows a value."""
    try:
        check(value, schema)
    except InvalidValueError:
        return False
    return True
