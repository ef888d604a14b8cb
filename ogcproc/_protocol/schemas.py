"""Decides by a schema which of two readings of a value is meant. No validation.

Servers' schemas are not always true. So a schema answers only two questions: whether a value is of
the wrong kind altogether, and whether an object has a member of some name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["allows", "has_member", "of_items", "stated_media_types"]

#: How many levels of a schema are read; deeper levels rule nothing out.
DEEPEST = 20


def allows(schema: Any, value: Any, depth: int = DEEPEST) -> bool:
    """Return False if a schema's types rule out the kind of a value: object, array or neither.

    No finer, because numbers come as text even in the standard's own example.
    """
    if not isinstance(schema, dict) or not depth:
        return True
    for some in branches(schema, "oneOf"), branches(schema, "anyOf"):
        if some and not any(allows(branch, value, depth - 1) for branch in some):
            return False
    if not all(allows(branch, value, depth - 1) for branch in branches(schema, "allOf")):
        return False
    stated = schema.get("type")
    types = stated if isinstance(stated, list) else [stated]
    if stated is None or not types_of(value).isdisjoint(map(str, types)):
        return True
    # A raw body of JSON is the decoded form of an output that is a text holding JSON (weaver).
    return "string" in types and "json" in str(schema.get("contentMediaType"))


def has_member(schema: Any, name: str, depth: int = DEEPEST) -> bool:
    if not isinstance(schema, dict) or not depth:
        return False
    properties = schema.get("properties")
    if isinstance(properties, dict) and name in properties:
        return True
    return any(
        has_member(branch, name, depth - 1)
        for keyword in ("oneOf", "anyOf", "allOf")
        for branch in branches(schema, keyword)
    )


def stated_media_types(schema: Any, depth: int = DEEPEST) -> Iterator[str]:
    """Yield the media types that a schema states for a text, or for an array's texts."""
    if not isinstance(schema, dict) or not depth:
        return
    stated = schema.get("contentMediaType")
    if isinstance(stated, str):
        yield stated.partition(";")[0].strip().lower()
    for keyword in ("oneOf", "anyOf", "allOf"):
        for branch in branches(schema, keyword):
            yield from stated_media_types(branch, depth - 1)
    yield from stated_media_types(schema.get("items"), depth - 1)


def of_items(schema: Any) -> Any:
    """Return the schema of an array's items; the schema itself if it names none (maxOccurs)."""
    items = schema.get("items") if isinstance(schema, dict) else None
    return schema if items is None else items


def branches(schema: dict[str, Any], keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def types_of(value: Any) -> frozenset[str]:
    """Return the types that a schema may state for a value of this kind."""
    if isinstance(value, dict):
        return frozenset({"object"})
    return frozenset({"array"}) if isinstance(value, list) else SCALARS


SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
