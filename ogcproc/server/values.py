"""What a function returns as what its outputs hold: JSON values, and bytes."""

import base64
import dataclasses
import enum
import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any


def to_json(value: Any) -> Any:
    """Return a Python value as JSON: dataclasses, enumerations, tuples and bytes unfolded."""
    if isinstance(value, enum.Enum):
        return to_json(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(member) for name, member in _members(value).items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(to_json(name)): to_json(member) for name, member in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [to_json(item) for item in value]
    return value


def _members(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def to_outputs(returned: Any, ids: Iterable[str], *, many: bool) -> dict[str, Any]:
    """Return output id -> JSON value or bytes; an output that is None has no value and no entry.

    Raises TypeError or ValueError where the function returned what its description rules out.
    """
    ids = list(ids)
    if not many:
        values: Mapping[str, Any] = {ids[0]: returned}
    elif dataclasses.is_dataclass(returned) and not isinstance(returned, type):
        values = _members(returned)
    elif returned is None:
        values = {}
    elif isinstance(returned, Mapping):
        values = returned
    else:
        raise TypeError(f"the function returned {type(returned).__name__}, not {', '.join(ids)}")
    if unknown := sorted(set(values) - set(ids)):
        raise TypeError(f"the function returned {unknown[0]!r}, which is none of its outputs")
    return {name: _output(name, values[name]) for name in ids if values.get(name) is not None}


def _output(name: str, value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    value = to_json(value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"output {name!r} is not JSON: {error}") from None
    return value
