"""ogcproc.models under any JSON: both ways of reading agree, and nothing else comes out."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import JOB, LINK, OUTPUT, SAMPLES, SUMMARY

from ogcproc.errors import DocumentError
from ogcproc.models import (
    ConformanceDeclaration,
    InputDescription,
    JobInfo,
    JobList,
    JobResults,
    Link,
    ProcessList,
    ProcessRequest,
    ProcessSummary,
    _sweep,
)

NAMES = sorted(
    {name for sample in SAMPLES.values() for name in sample}
    | {"extra", "id", "exception", "processingEntityType", "unknown"}
)
WORDS = [
    "",
    "2024-02-29T10:00:00",
    "2024-02-29t10:00:00.123456789z",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+23:59",
    "None",
    "running",
    "queued",
    "process",
    "value",
    "unbounded",
]
#: A small alphabet: to know all of Unicode takes seconds.
TEXT = st.text("aZ0 \n\"<&'\\é€\u2028😀\x00", max_size=3)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    TEXT,
)
KEYS = st.sampled_from(NAMES) | TEXT
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return all places in a document, each a container and a key or an index."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, (dict, list)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            found += [(value, key), *places(value[key])]
    return found


@st.composite
def mutated(draw: st.DrawFn, sample: Any) -> Any:
    """Return a document, changed in up to three places: members taken, added, or replaced."""
    data = copy.deepcopy(sample)
    for _ in range(draw(st.integers(0, 3))):
        found = places(data)
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        change = draw(st.sampled_from(["replace", "remove", "add"]))
        if change == "replace":
            container[key] = draw(JSON)
        elif change == "remove":
            del container[key]
        elif isinstance(container, dict):
            container[draw(KEYS)] = draw(JSON)
        else:
            container.append(draw(JSON))
    return data


def outcome(read_one: Callable[[Any], Any], data: Any) -> tuple[str, ...]:
    """Return everything that can be seen of what was read, or the error."""
    try:
        read = read_one(data)
    except DocumentError as error:
        return ("error", str(error))
    # Words and plain texts are told apart by their types in the pickle.
    return repr(read), json.dumps(read.to_dict()), repr(pickle.loads(pickle.dumps(read)))


def read_or_not(kind: type[Any], data: Any) -> Any:
    """Return what was read, or None; what is raised otherwise is a fault."""
    try:
        read = kind.from_dict(data)
    except DocumentError:
        return None
    assert isinstance(read, kind)
    return read


def canonical(value: Any) -> str:
    """Return JSON text in which 1, 1.0 and true differ, and the order of members does not."""
    return json.dumps(value, sort_keys=True)


def as_objects(kind: type[Any], data: Any) -> Any:
    """Return the document as it is written: bare ids as objects, required arrays always there."""
    lists: dict[Any, tuple[str | None, str]] = {
        JobList: ("jobs", "jobID"),
        ProcessList: ("processes", "id"),
    }
    name, member = lists.get(kind, (None, "jobID" if kind is JobInfo else "id"))
    if isinstance(data, str):
        return {member: data}
    if name is not None and isinstance(data.get(name), list):
        entries = [{member: item} if isinstance(item, str) else item for item in data[name]]
        return {**data, name: entries}
    # Arrays without which a document makes no sense are written even if they were not sent.
    required = name or ("conformsTo" if kind is ConformanceDeclaration else None)
    return data if required is None or required in data else {**data, required: []}


MISSING = object()


def varied(sample: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return a document with one member added, replaced or left out."""
    others = {key: item for key, item in sample.items() if key != name}
    return others if value is MISSING else {**others, name: value}


@pytest.mark.parametrize("value", [MISSING, None, "x", []], ids=repr)
@pytest.mark.parametrize(
    ("sweep", "sample", "required"),
    [
        (_sweep.summary, SUMMARY, {"id"}),
        (_sweep.job, JOB, {"jobID", "status"}),
    ],
)
def test_members_that_are_missing_null_or_unknown_are_ordinary(
    sweep: Any, sample: dict[str, Any], required: set[str], value: Any
) -> None:
    assert sweep(sample) is not None
    names = {"unknown"} if value in ("x", []) else {*sample, "unknown"} - required
    for name in names:
        assert sweep(varied(sample, name, value)) is not None, name


@pytest.mark.parametrize(
    ("kind", "sweep", "sample"),
    [
        (Link, _sweep.link, LINK),
        (ProcessSummary, _sweep.summary, SUMMARY),
        (JobInfo, _sweep.job, JOB),
        (InputDescription, _sweep.described(InputDescription), OUTPUT),
    ],
)
def test_a_sweep_and_the_look_ups_agree(kind: type[Any], sweep: Any, sample: Any) -> None:
    @settings(deadline=None, database=None, max_examples=300)
    @given(mutated(sample))
    def check(data: Any) -> None:
        before = canonical(data)
        with suppress(*_sweep.ODD):
            sweep(data)
            assert outcome(sweep, data) == outcome(kind.from_dict, data)
        assert canonical(data) == before

    check()


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", 5), ("description", []), ("minOccurs", 1.5), ("maxOccurs", [1]), ("schema", "x")],
)
def test_an_odd_member_of_an_input_is_left_to_the_look_ups(name: str, value: Any) -> None:
    data = {**OUTPUT, name: value}
    sweep = _sweep.described(InputDescription)
    assert outcome(sweep, data) == outcome(InputDescription.from_dict, data)


@pytest.mark.parametrize(
    ("name", "value"), [("links", LINK), ("progress", "x"), ("status", ""), ("message", {})]
)
def test_an_odd_member_of_a_job_is_left_to_the_look_ups(name: str, value: Any) -> None:
    data = {**JOB, name: value}
    assert outcome(_sweep.job, data) == outcome(JobInfo.from_dict, data)


@settings(deadline=None, database=None, max_examples=150)
@given(JSON)
def test_any_json_gives_a_document_or_a_document_error(data: Any) -> None:
    before = canonical(data)
    for kind in SAMPLES:
        read_or_not(kind, data)
    assert canonical(data) == before


@pytest.mark.parametrize(
    "kind",
    # Requests and results are read and written more freely than the rest.
    [kind for kind in SAMPLES if kind not in {ProcessRequest, JobResults}],
    ids=lambda kind: kind.__name__,
)
def test_whatever_can_be_read_is_written_as_it_was(kind: type[Any]) -> None:
    @settings(deadline=None, database=None, max_examples=30)
    @given(mutated(SAMPLES[kind]))
    def check(data: Any) -> None:
        before = canonical(data)
        try:
            read = kind.from_dict(data)
        except DocumentError:
            assert canonical(data) == before
            return
        written = read.to_dict()
        assert canonical(written) == canonical(as_objects(kind, data))
        assert canonical(data) == before
        again = kind.from_dict(json.loads(json.dumps(written)))
        assert again == read
        assert repr(again) == repr(read)

    check()


@settings(deadline=None, database=None, max_examples=60)
@given(mutated(SAMPLES[ProcessRequest]))
def test_a_request_that_was_written_once_is_written_alike_ever_after(data: Any) -> None:
    try:
        read = ProcessRequest.from_dict(data)
    except DocumentError:
        return
    written = read.to_dict()
    again = ProcessRequest.from_dict(json.loads(json.dumps(written)))
    assert canonical(again.to_dict()) == canonical(written)


def test_deep_nesting_is_no_obstacle() -> None:
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    assert JobResults.from_dict({"a": deep})["a"] == deep
    for kind in SAMPLES:
        data = {"id": "a", "jobID": "a", "inputs": deep, "links": deep, "keywords": deep}
        assert (kind is JobResults) == isinstance(read_or_not(kind, data), JobResults)
