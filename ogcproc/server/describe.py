"""A Python function as a process: its description, made from the signature or given."""

import copy
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from .annotations import Codec, as_is, codec, decode_base64, fields, is_binary
from .context import Job
from .values import to_json

#: What a process may be asked for, where its author does not say.
JOB_CONTROL_OPTIONS = ("sync-execute", "async-execute", "dismiss")
OUTPUT_TRANSMISSION = ("value", "reference")

#: The id of the one output of a function whose author does not name it.
DEFAULT_OUTPUT = "result"


class Process(NamedTuple):
    """A function, the document that describes it and what its inputs are made into."""

    document: dict[str, Any]
    function: Callable[..., Any]
    decoders: dict[str, Callable[[Any], Any]]
    #: The parameter that takes the job, not an input.
    job_parameter: str | None
    #: Whether the function returns an object with a member for each output, or the one value.
    many: bool

    @property
    def id(self) -> str:
        """Return the process id."""
        return str(self.document["id"])

    @property
    def inputs(self) -> dict[str, Any]:
        """Return input id -> its description."""
        return dict(self.document.get("inputs", {}))

    @property
    def outputs(self) -> dict[str, Any]:
        """Return output id -> its description."""
        return dict(self.document.get("outputs", {}))

    @property
    def modes(self) -> frozenset[str]:
        """Return which of `sync-execute` and `async-execute` the process offers."""
        options = self.document.get("jobControlOptions", JOB_CONTROL_OPTIONS)
        return frozenset(options) & {"sync-execute", "async-execute"}

    @property
    def transmission(self) -> tuple[str, ...]:
        """Return which of `value` and `reference` the process offers for its outputs."""
        return tuple(self.document.get("outputTransmission", OUTPUT_TRANSMISSION))


def from_document(function: Callable[..., Any], document: Mapping[str, Any]) -> Process:
    """Return a process whose whole description its author wrote.

    The function takes plain JSON values by input id; binary ones (`contentEncoding: base64`) as
    bytes. Raises TypeError if the document lacks an id or a version.
    """
    own = copy.deepcopy(dict(document))
    for name in "id", "version":
        if not isinstance(own.get(name), str):
            raise TypeError(f"a process document needs a {name}, a string")
    decoders = {
        input_id: _document_decoder(description["schema"])
        for input_id, description in own.get("inputs", {}).items()
    }
    many = len(own.get("outputs", {})) != 1
    return Process(own, function, decoders, _job_parameter(_hints(function)), many)


def _document_decoder(schema: Mapping[str, Any]) -> Callable[[Any], Any]:
    return decode_base64 if is_binary(schema) else as_is


def from_signature(
    function: Callable[..., Any],
    about: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, Any]],
    outputs: Mapping[str, Mapping[str, Any]] | None,
) -> Process:
    """Return a process described by a function's signature, annotations and defaults.

    `about` are the process's own members, id among them; `inputs` and `outputs` add members to what
    the signature says of each. Raises TypeError at what cannot be described.
    """
    hints = _hints(function)
    job_parameter = _job_parameter(hints)
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if name != job_parameter
    }
    if unknown := sorted(set(inputs) - set(parameters)):
        raise TypeError(f"{function.__name__}() has no parameter {unknown[0]!r}")
    described = {
        name: _input(function, parameter, hints, inputs.get(name, {}))
        for name, parameter in parameters.items()
    }
    output_documents, many = _outputs(function, hints, outputs)
    document = {
        **about,
        "inputs": {name: description for name, (description, _) in described.items()},
        "outputs": output_documents,
    }
    decoders = {name: decode for name, (_, decode) in described.items()}
    return Process(document, function, decoders, job_parameter, many)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    # get_type_hints also reads what `from __future__ import annotations` left as text. It is shown
    # the annotations alone: Python 3.10 makes `X | None` of X where the default is None, and fails
    # where X is Annotated with a dict.
    bare: Any = types.SimpleNamespace(__annotations__=inspect.get_annotations(function))
    names = getattr(inspect.unwrap(function), "__globals__", {})
    return typing.get_type_hints(bare, names, include_extras=True)


def _job_parameter(hints: Mapping[str, Any]) -> str | None:
    return next((name for name, hint in hints.items() if hint is Job), None)


def _input(
    function: Callable[..., Any],
    parameter: inspect.Parameter,
    hints: Mapping[str, Any],
    given: Mapping[str, Any],
) -> tuple[dict[str, Any], Callable[[Any], Any]]:
    where = f"{function.__name__}(), parameter {parameter.name!r}"
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise TypeError(f"{where}: an input has one name and one value")
    description: dict[str, Any] = {}
    made = _codec(where, hints.get(parameter.name), given, several=_is_several(given))
    schema = dict(made.schema)
    if parameter.default is not parameter.empty:
        description["minOccurs"] = 0
        if parameter.default is not None:
            schema.setdefault("default", to_json(parameter.default))
    description["schema"] = schema
    return {**description, **given}, made.decode


def _is_several(given: Mapping[str, Any]) -> bool:
    return bool(given.get("maxOccurs", 1) != 1)


def _codec(where: str, hint: Any, given: Mapping[str, Any], *, several: bool = False) -> Codec:
    """Return the codec of an annotation, or of the schema its author gave instead.

    An input that may occur several times describes one item of its list.
    """
    if several:
        hint = _item(hint)
    try:
        if hint is None:
            raise TypeError("it has no annotation")  # noqa: TRY301  (it gains its place below)
        return codec(hint)
    except TypeError as error:
        if "schema" in given:
            return Codec({}, _document_decoder(given["schema"]))
        raise TypeError(f"{where}: {error}") from None


def _item(hint: Any) -> Any:
    """Return T of `list[T]` or `list[T] | None`, anything else as it is."""
    several = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for kind in several:
        if get_origin(kind) is list:
            return get_args(kind)[0]
    return hint


def _outputs(
    function: Callable[..., Any],
    hints: Mapping[str, Any],
    given: Mapping[str, Mapping[str, Any]] | None,
) -> tuple[dict[str, Any], bool]:
    """Return output id -> description, and whether the function returns one member for each."""
    hint = hints.get("return")
    if given is None:
        # A function that returns nothing has no outputs: that is a description, too.
        given = {} if hint is type(None) else {DEFAULT_OUTPUT: {}}
    many = len(given) != 1
    if not many:
        members = dict.fromkeys(given, hint)
    else:
        members = {name: hint for name, (hint, _) in (_members(hint) or {}).items()}
    described = {}
    for name, extra in given.items():
        where = f"{function.__name__}(), output {name!r}"
        made = _codec(where, members.get(name), extra)
        described[name] = {"schema": made.schema, **extra}
    return described, many


def _members(hint: Any) -> dict[str, tuple[Any, bool]] | None:
    return fields(get_args(hint)[0] if get_origin(hint) is Annotated else hint)


def options(given: Sequence[str], known: Sequence[str], name: str) -> list[str]:
    """Return the words as a list; raise ValueError at one the standard does not have."""
    for word in given:
        if word not in known:
            raise ValueError(f"{name}: {word!r} is not one of {', '.join(known)}")
    return list(given)
