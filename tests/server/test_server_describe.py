"""ogcproc.server.annotations, describe and values: functions as processes."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Optional, TypedDict, Union

import pytest

from ogcproc.server import Job, Service
from ogcproc.server.annotations import codec, fields
from ogcproc.server.validate import InvalidValueError
from ogcproc.server.values import to_json, to_outputs

BYTES = {
    "type": "string",
    "contentEncoding": "base64",
    "contentMediaType": "application/octet-stream",
}


class Size(enum.Enum):
    small = "s"
    large = "l"


@dataclass
class Point:
    x: float
    y: float = 0.0
    tags: list[str] = field(default_factory=list)
    hidden: int = field(default=0, init=False)


@dataclass
class Line:
    points: list[Point]
    size: Optional[Size] = None  # noqa: UP045  (the old spelling is to be understood, too)


class Place(TypedDict, total=False):
    name: str


@dataclass
class Chain:
    rest: Optional[Chain]  # noqa: UP045


POINT = {
    "type": "object",
    "properties": {
        "x": {"type": "number"},
        "y": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": False,
    "required": ["x"],
}


@pytest.mark.parametrize(
    ("annotation", "schema", "value", "decoded"),
    [
        (Any, {}, [1], [1]),
        (int, {"type": "integer"}, 2.0, 2),
        (float, {"type": "number"}, 2, 2.0),
        (str, {"type": "string"}, "a", "a"),
        (bool, {"type": "boolean"}, True, True),
        (bytes, BYTES, "AAEC", b"\0\1\2"),
        (bytes, BYTES, "AA\r\n EC", b"\0\1\2"),
        (list, {"type": "array"}, [1], [1]),
        (list[Any], {"type": "array"}, [1], [1]),
        (list[bytes], {"type": "array", "items": BYTES}, ["AA=="], [b"\0"]),
        (dict, {"type": "object"}, {"a": 1}, {"a": 1}),
        (dict[str, Any], {"type": "object"}, {"a": 1}, {"a": 1}),
        (
            dict[str, float],
            {"type": "object", "additionalProperties": {"type": "number"}},
            {"a": 1},
            {"a": 1.0},
        ),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}, "a", "a"),
        (Literal["a", 1], {"enum": ["a", 1]}, 1, 1),
        (Size, {"type": "string", "enum": ["s", "l"]}, "s", Size.small),
        (int | None, {"type": "integer", "nullable": True}, None, None),
        (Any | None, {}, None, None),
        (
            Union[int, str],  # noqa: UP007
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "a",
            "a",
        ),
        (Annotated[int, {"minimum": 1}, "a word"], {"type": "integer", "minimum": 1}, 1, 1),
        (Point, POINT, {"x": 1, "tags": ["t"]}, Point(1.0, 0.0, ["t"])),
        (
            Line,
            {
                "type": "object",
                "properties": {
                    "points": {"type": "array", "items": POINT},
                    "size": {"type": "string", "enum": ["s", "l"], "nullable": True},
                },
                "additionalProperties": False,
                "required": ["points"],
            },
            {"points": [{"x": 1}], "size": "l"},
            Line([Point(1.0)], Size.large),
        ),
        (
            Place,
            {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "additionalProperties": False,
            },
            {"name": "n"},
            {"name": "n"},
        ),
    ],
)
def test_an_annotation_has_a_schema_and_a_way_back(
    annotation: Any, schema: dict[str, Any], value: Any, decoded: Any
) -> None:
    made = codec(annotation)
    assert made.schema == schema
    assert made.decode(value) == decoded
    assert type(made.decode(value)) is type(decoded)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (set, "cannot be described"),
        (tuple[int, int], "cannot be described"),
        (object, "cannot be described"),
        ("text", "cannot be described"),
        (dict[int, str], "the names in a JSON object are str"),
        (Literal[b"a"], "are not all strings"),
        (Chain, "Chain holds itself"),
    ],
)
def test_what_json_has_no_form_for_is_a_type_error(annotation: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        codec(annotation)


@pytest.mark.parametrize(
    ("annotation", "value", "path", "message"),
    [
        (bytes, "?", "", "expected base64"),
        (bytes, "é", "", "expected base64"),
        (list[bytes], ["AA==", "?"], "[1]", "expected base64"),
        (dict[str, bytes], {"k": "?"}, ".k", "expected base64"),
        (float, 10**400, "", "the number is too large"),
        (Line, {"points": [{"x": 10**400}]}, ".points[0].x", "the number is too large"),
    ],
)
def test_what_cannot_be_decoded_names_its_place(
    annotation: Any, value: Any, path: str, message: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        codec(annotation).decode(value)
    assert (caught.value.path, caught.value.message) == (path, message)


def test_only_dataclasses_and_typed_dicts_have_fields() -> None:
    assert fields(Place) == {"name": (str, False)}
    assert fields(int) is None


def describe(function: Any, **options: Any) -> dict[str, Any]:
    service = Service()
    assert service.process(**options)(function) is function
    (process,) = service.processes.values()
    return process.document


def test_a_description_is_made_from_the_signature() -> None:
    def buffer(point: Point, width: float = 1.5, *, job: Job, size: Size = Size.small) -> str:
        """Widen a point.

        And more.
        """
        return f"{point}{width}{job}{size}"

    assert describe(buffer, keywords=["a"], metadata=[{"title": "m"}], version="2") == {
        "id": "buffer",
        "version": "2",
        "title": "buffer",
        "description": "Widen a point.",
        "keywords": ["a"],
        "metadata": [{"title": "m"}],
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value", "reference"],
        "inputs": {
            "point": {"schema": POINT},
            "width": {"minOccurs": 0, "schema": {"type": "number", "default": 1.5}},
            "size": {
                "minOccurs": 0,
                "schema": {"type": "string", "enum": ["s", "l"], "default": "s"},
            },
        },
        "outputs": {"result": {"schema": {"type": "string"}}},
    }


def test_a_caller_adds_to_what_the_signature_says() -> None:
    def function(many: list[int], odd: Any, lone: set[int]) -> int:
        return sum(many) + int(odd) + len(lone)

    document = describe(
        function,
        inputs={
            "many": {"maxOccurs": "unbounded", "title": "Many"},
            "lone": {"schema": {"type": "array"}},
        },
        outputs={"sum": {"title": "Sum"}},
    )
    assert document["inputs"] == {
        "many": {"schema": {"type": "integer"}, "maxOccurs": "unbounded", "title": "Many"},
        "odd": {"schema": {}},
        "lone": {"schema": {"type": "array"}},
    }
    assert document["outputs"] == {"sum": {"schema": {"type": "integer"}, "title": "Sum"}}


def test_a_default_of_none_and_a_list_that_occurs_often_are_described() -> None:
    def function(a: int | None = None, b: list = []) -> None:  # type: ignore[type-arg]  # noqa: B006
        del a, b

    document = describe(function, inputs={"b": {"maxOccurs": 2}})
    assert document["inputs"]["a"] == {
        "minOccurs": 0,
        "schema": {"type": "integer", "nullable": True},
    }
    assert document["inputs"]["b"]["schema"] == {"type": "array", "default": []}
    assert document["outputs"] == {}


def test_many_outputs_come_from_a_dataclass_a_typed_dict_or_given_schemas() -> None:
    def one() -> Point:
        return Point(1)

    def two() -> Annotated[Place, "a note"]:
        return {}

    def three() -> dict[str, Any]:
        return {}

    twice: dict[str, Any] = {"x": {}, "tags": {}}
    assert describe(one, outputs=twice)["outputs"] == {
        "x": {"schema": {"type": "number"}},
        "tags": {"schema": {"type": "array", "items": {"type": "string"}}},
    }
    with_name = {"name": {}, "other": {"schema": {"type": "string"}}}
    assert describe(two, outputs=with_name)["outputs"]["name"] == {"schema": {"type": "string"}}
    with pytest.raises(TypeError, match=r"three\(\), output 'x': it has no annotation"):
        describe(three, outputs=twice)


def test_wrong_use_is_refused_where_the_function_stands() -> None:
    def unannotated(a) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return int(a)

    def starred(*a: int) -> int:
        return len(a)

    def wrong(a: set[int]) -> int:
        return len(a)

    def no_return(a: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        del a

    def fine() -> None:
        pass

    with pytest.raises(TypeError, match=r"unannotated\(\), parameter 'a': it has no annotation"):
        describe(unannotated)
    with pytest.raises(TypeError, match="one name and one value"):
        describe(starred)
    with pytest.raises(TypeError, match=r"wrong\(\), parameter 'a': set\[int\] cannot be"):
        describe(wrong)
    with pytest.raises(TypeError, match=r"no_return\(\), output 'result': it has no annotation"):
        describe(no_return)
    with pytest.raises(TypeError, match=r"fine\(\) has no parameter 'b'"):
        describe(fine, inputs={"b": {}})
    with pytest.raises(ValueError, match="job_control_options: 'now' is not one of"):
        describe(fine, job_control_options=["now"])
    with pytest.raises(ValueError, match="output_transmission: 'mail' is not one of"):
        describe(fine, output_transmission=["mail"])
    service = Service("S")
    service.process()(fine)
    with pytest.raises(ValueError, match="there is a process 'fine' already"):
        service.process()(fine)
    assert repr(service) == "<Service 'S', 1 processes>"


def test_a_whole_document_is_taken_as_it_is() -> None:
    def function(job: Job, **inputs: Any) -> Any:
        return f"{job}{inputs}"

    document = {
        "id": "odd/id",
        "version": "1",
        "inputs": {"a-b": {"schema": {"type": "string", "format": "byte"}}},
        "outputs": {"c": {"schema": {}}},
    }
    service = Service()
    service.process(document=document)(function)
    process = service.processes["odd/id"]
    assert process.document == document
    assert process.document is not document
    assert process.job_parameter == "job"
    assert process.decoders["a-b"]("AA==") == b"\0"
    assert process.modes == {"sync-execute", "async-execute"}
    with pytest.raises(TypeError, match="a process document needs a version"):
        service.process(document={"id": "a"})(function)


def test_python_values_become_json() -> None:
    value = {
        Size.small: [Point(1.0), (1, 2), {3}],
        "bytes": bytearray(b"\0"),
        1: Size.large,
    }
    assert to_json(value) == {
        "s": [{"x": 1.0, "y": 0.0, "tags": [], "hidden": 0}, [1, 2], [3]],
        "bytes": "AA==",
        "1": "l",
    }
    assert to_json(Point) is Point


def test_a_returned_value_is_taken_apart_into_outputs() -> None:
    assert to_outputs(5, ["a"], many=False) == {"a": 5}
    assert to_outputs(None, ["a"], many=False) == {}
    assert to_outputs(None, [], many=True) == {}
    assert to_outputs(memoryview(b"x"), ["a"], many=False) == {"a": b"x"}
    assert to_outputs({"a": 1, "b": None}, ["a", "b", "c"], many=True) == {"a": 1}
    point = to_outputs(Point(1.0), ["x", "y", "tags", "hidden"], many=True)
    assert point == {"x": 1.0, "y": 0.0, "tags": [], "hidden": 0}


@pytest.mark.parametrize(
    ("returned", "many", "message"),
    [
        (float("nan"), False, "output 'a' is not JSON"),
        (object(), False, "output 'a' is not JSON"),
        ([1], True, "the function returned list, not a"),
        ({"b": 1}, True, "the function returned 'b', which is none of its outputs"),
    ],
)
def test_what_a_function_may_not_return_is_said(returned: Any, many: bool, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        to_outputs(returned, ["a"], many=many)
