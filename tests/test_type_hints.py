"""Types work at run time: ``typing.get_type_hints`` resolves every public annotation."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from typing import TYPE_CHECKING, Any

import pytest

import ogcproc

if TYPE_CHECKING:
    from collections.abc import Iterator


def functions_of(kind: type[Any]) -> Iterator[Any]:
    """Yield a class's public functions, and its ``__init__``."""
    for name in dir(kind):
        member = inspect.getattr_static(kind, name)
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, (classmethod, staticmethod)):
            yield member.__func__
        elif isinstance(member, property):
            yield member.fget
        elif inspect.isfunction(member):
            yield member


@pytest.mark.parametrize("name", [name for name in ogcproc.__all__ if name != "__version__"])
def test_every_annotation_resolves(name: str) -> None:
    public = getattr(ogcproc, name)
    typing.get_type_hints(public)
    for function in functions_of(public):
        typing.get_type_hints(function)


def test_a_document_s_type_is_an_ordinary_class() -> None:
    assert type(ogcproc.Link) is type
    assert dataclasses.fields(ogcproc.Link)[1].default is None
    assert typing.get_type_hints(ogcproc.Link)["href"] is str


def test_a_subclass_adds_a_field_with_a_default() -> None:
    @dataclasses.dataclass
    class Mine(ogcproc.JobInfo):
        note: str = "x"

    job = Mine.from_dict({"jobID": "a", "status": "running", "unknown": 1})
    assert (job.jobID, job.note, job.extra) == ("a", "x", {"unknown": 1})
    assert dataclasses.replace(job, note="y").note == "y"
    assert job.to_dict() == {"jobID": "a", "status": "running", "unknown": 1}
