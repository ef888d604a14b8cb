"""A Python annotation as the schema of a JSON value, and the way back from the value.

What is understood: int, float, str, bool, bytes, list, dict, Literal, Enum, dataclasses and
TypedDicts of these, `X | None`, unions, Any, and Annotated with a mapping of schema keywords.
"""

import base64
import binascii
import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from .validate import InvalidValueError, allows

#: The media type of bytes of which no more is said.
OCTET_STREAM = "application/octet-stream"

_SCALARS: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}

_BYTES = {"type": "string", "contentEncoding": "base64", "contentMediaType": OCTET_STREAM}


class Codec(NamedTuple):
    """The schema of a type, and the function that makes its Python value of the JSON one."""

    schema: dict[str, Any]
    decode: Callable[[Any], Any]


def as_is(value: Any) -> Any:
    """Return the value: JSON and Python agree on it."""
    return value


def codec(annotation: Any, inside: tuple[Any, ...] = ()) -> Codec:
    """Return the codec of an annotation; raise TypeError where there is none.

    `inside` holds the classes being described, for a class that holds itself has no finite schema.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments, inside)
    if origin is Literal:
        return _choice(list(arguments), as_is)
    if origin in (Union, types.UnionType):
        return _union(arguments, inside)
    if list in (annotation, origin):
        return _list(arguments, inside)
    if dict in (annotation, origin):
        return _dict(arguments, inside)
    return _plain(annotation, inside)


def _plain(annotation: Any, inside: tuple[Any, ...]) -> Codec:
    """Return the codec of what has no arguments."""
    if annotation is Any:
        return Codec({}, as_is)
    if annotation is bytes:
        return Codec(dict(_BYTES), decode_base64)
    if isinstance(annotation, type):
        return _scalar(annotation) if annotation in _SCALARS else _class(annotation, inside)
    raise TypeError(f"{annotation!r} cannot be described as JSON")


def _scalar(kind: type) -> Codec:
    # A JSON 2 is a float where a float was asked for, and 2.0 is an int where an int was.
    decode = as_is if kind in (bool, str) else _number(kind)
    return Codec({"type": _SCALARS[kind]}, decode)


def _number(kind: type) -> Callable[[Any], Any]:
    def decode(value: Any) -> Any:
        try:
            return kind(value)
        except OverflowError:
            raise InvalidValueError("the number is too large") from None

    return decode


def decode_base64(text: str) -> bytes:
    """Return the bytes of a base64 text; line breaks, as MIME writes them, are skipped."""
    try:
        return base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidValueError("expected base64") from None


def _annotated(arguments: tuple[Any, ...], inside: tuple[Any, ...]) -> Codec:
    schema, decode = codec(arguments[0], inside)
    for extra in arguments[1:]:
        if isinstance(extra, Mapping):
            schema = {**schema, **extra}
    return Codec(schema, decode)


def _choice(words: list[Any], decode: Callable[[Any], Any]) -> Codec:
    schema: dict[str, Any] = {"enum": words}
    kinds = {type(word) for word in words}
    if not kinds <= set(_SCALARS):
        raise TypeError(f"{words!r} are not all strings, numbers or booleans")
    if len(kinds) == 1:
        schema = {"type": _SCALARS[kinds.pop()], **schema}
    return Codec(schema, decode)


def _union(arguments: tuple[Any, ...], inside: tuple[Any, ...]) -> Codec:
    branches = [codec(kind, inside) for kind in arguments if kind is not types.NoneType]
    schema, decode = branches[0] if len(branches) == 1 else _any_of(branches)
    if types.NoneType not in arguments:
        return Codec(schema, decode)
    return Codec(
        {**schema, "nullable": True} if schema else schema,
        lambda value: None if value is None else decode(value),
    )


def _any_of(branches: list[Codec]) -> Codec:
    def decode(value: Any) -> Any:
        # The whole value has been checked before, so one of the branches is right.
        return next(branch.decode(value) for branch in branches if allows(branch.schema, value))

    return Codec({"anyOf": [branch.schema for branch in branches]}, decode)


def _list(arguments: tuple[Any, ...], inside: tuple[Any, ...]) -> Codec:
    if not arguments:
        return Codec({"type": "array"}, as_is)
    schema, decode = codec(arguments[0], inside)
    return Codec(
        {"type": "array", "items": schema} if schema else {"type": "array"},
        lambda value: [decode_inside(f"[{at}]", decode, item) for at, item in enumerate(value)],
    )


def decode_inside(step: str, decode: Callable[[Any], Any], value: Any) -> Any:
    """Return the decoded value; an error that leaves it names the step that led there."""
    try:
        return decode(value)
    except InvalidValueError as error:
        raise InvalidValueError(error.message, step + error.path) from None


def _dict(arguments: tuple[Any, ...], inside: tuple[Any, ...]) -> Codec:
    if not arguments:
        return Codec({"type": "object"}, as_is)
    if arguments[0] is not str:
        raise TypeError(f"the names in a JSON object are str, not {arguments[0]!r}")
    schema, decode = codec(arguments[1], inside)
    return Codec(
        {"type": "object", "additionalProperties": schema} if schema else {"type": "object"},
        lambda value: {
            name: decode_inside(f".{name}", decode, item) for name, item in value.items()
        },
    )


def _class(kind: type, inside: tuple[Any, ...]) -> Codec:
    if issubclass(kind, enum.Enum):
        return _choice([member.value for member in kind], kind)
    if kind in inside:
        raise TypeError(f"{kind.__name__} holds itself: it has no finite schema")
    members = fields(kind)
    if members is None:
        raise TypeError(f"{kind!r} cannot be described as JSON")
    codecs = {name: codec(hint, (*inside, kind)) for name, (hint, _) in members.items()}
    required = [name for name, (_, needed) in members.items() if needed]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: member.schema for name, member in codecs.items()},
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    return Codec(
        schema,
        lambda value: kind(
            **{
                name: decode_inside(f".{name}", codecs[name].decode, item)
                for name, item in value.items()
            }
        ),
    )


def fields(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """Return member -> (annotation, required) of a dataclass or TypedDict; None for another."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {
            field.name: (
                hints[field.name],
                field.default is field.default_factory is dataclasses.MISSING,
            )
            for field in dataclasses.fields(kind)
            if field.init
        }
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind)
        return {name: (hint, name in kind.__required_keys__) for name, hint in hints.items()}
    return None


def is_binary(schema: Mapping[str, Any]) -> bool:
    """Return whether a schema says that its text stands for bytes."""
    return "contentEncoding" in schema or schema.get("format") in ("byte", "binary")
