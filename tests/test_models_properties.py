"""ogcproc.models under any JSON: both ways of reading agree, and nothing else comes out."""

from __future__ import annotations

import copy
import json
import pickle
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import JOB, LINK, SAMPLES, SUMMARY

from ogcproc import models
from ogcproc.errors import DocumentError
from ogcproc.models import (
    JobInfo,
    JobList,
    JobResults,
    Link,
    ProcessList,
    ProcessRequest,
    ProcessSummary,
    complete_job,
    complete_summary,
    ordinary_link,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SWEEPS = ("ordinary_link", "complete_summary", "complete_job")

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
    st.floats(allow_nan=False),
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


@contextmanager
def without_sweeps() -> Iterator[None]:
    """Leave all reading to the look-ups one by one."""
    kept = {name: getattr(models, name) for name in SWEEPS}
    for name in SWEEPS:
        setattr(models, name, lambda _: None)
    try:
        yield
    finally:
        for name, sweep in kept.items():
            setattr(models, name, sweep)


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


def outcome(kind: type[Any], data: Any) -> tuple[str, ...]:
    """Return everything that can be seen of what was read, or the error."""
    try:
        read = kind.from_dict(data)
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
    """Return the document with its bare ids as objects, which is how they are written."""
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
    return data


@pytest.mark.parametrize(
    ("sweep", "data"),
    [
        (ordinary_link, LINK),
        (ordinary_link, {"href": "a"}),
        (complete_summary, SUMMARY),
        (complete_job, JOB),
    ],
)
def test_the_usual_document_is_swept(sweep: Any, data: Any) -> None:
    assert sweep(data) is not None


@pytest.mark.parametrize(
    ("kind", "sample"), [(Link, LINK), (ProcessSummary, SUMMARY), (JobInfo, JOB)]
)
def test_a_sweep_and_the_look_ups_agree(kind: type[Any], sample: Any) -> None:
    @settings(deadline=None, database=None, max_examples=200)
    @given(mutated(sample))
    def check(data: Any) -> None:
        before = canonical(data)
        swept = outcome(kind, data)
        with without_sweeps():
            looked_up = outcome(kind, data)
        assert swept == looked_up
        assert canonical(data) == before

    check()


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
