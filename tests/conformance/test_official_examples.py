"""The official example documents and recorded answers of real servers, read and written again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.errors import DocumentError
from ogcproc.models import (
    Capabilities,
    ConformanceDeclaration,
    JobInfo,
    JobList,
    JobResults,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
    Schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).resolve().parents[3] / "shared"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not beside this checkout"),
]

KINDS: dict[str, type[Any]] = {
    "ConfClasses.json": ConformanceDeclaration,
    "Execute.json": ProcessRequest,
    "Execute2.json": ProcessRequest,
    "JobList.json": JobList,
    "LandingPage.json": Capabilities,
    "ProcessDescription.json": ProcessDescription,
    "ProcessList.json": ProcessList,
    "Result.json": JobResults,
    "StatusInfo-dismissed.json": JobInfo,
    "StatusInfo.json": JobInfo,
    "bbox.json": Schema,
}
#: 2.0's process description closes an array with a brace: it is no JSON as published.
SLIP = re.compile(r'(\[\s*"ogc-api-coverage",\s*"stac-api"\s*)}')
EXAMPLES = sorted(SHARED.glob("ogc-*/examples/*.json"))


def relative(value: object) -> str:
    return str(value.relative_to(SHARED)) if isinstance(value, Path) else str(value)


#: The recordings of a server that speaks WPS in JSON, not OGC API - Processes.
WPS = "pywps"


def kind_of(body: Any) -> type[Any] | None:
    """Return the model of a recorded body, told by its members, or None."""
    if not isinstance(body, dict):
        return None
    kind: type[Any] | None = None
    if isinstance(body.get("jobs"), list):
        kind = JobList
    elif isinstance(body.get("processes"), list):
        kind = ProcessList
    elif isinstance(body.get("conformsTo"), list):
        kind = ConformanceDeclaration
    elif isinstance(body.get("status"), str) and ("jobID" in body or "id" in body):
        kind = JobInfo
    elif isinstance(body.get("id"), str) and ("inputs" in body or "outputs" in body):
        kind = ProcessDescription
    elif isinstance(body.get("links"), list) and "title" in body and "id" not in body:
        kind = Capabilities
    return kind


def bodies(recording: Any) -> Iterator[Any]:
    """Yield the JSON documents that a recording holds."""
    body = recording.get("body")
    text = recording.get("response", {}).get("body_text")
    if text is not None:
        try:
            body = json.loads(text)
        except ValueError:
            return
    yield from body if isinstance(body, list) else [body]


def recorded() -> list[Any]:
    """Return all recorded documents of a kind that there is a model for."""
    return [
        pytest.param(kind, body, id=f"{path.parent.name}/{path.stem}")
        for path in sorted(SHARED.glob("servers/*/*.json"))
        if path.parent.name != WPS
        for body in bodies(json.loads(path.read_text(encoding="utf-8")))
        if (kind := kind_of(body)) is not None
    ]


RECORDED = recorded()


def as_written(kind: type[Any], body: Any) -> Any:
    """Return the body with its bare ids (weaver's) as objects, which is how they are written."""
    name, member = ("jobs", "jobID") if kind is JobList else ("processes", "id")
    if not isinstance(body.get(name), list):
        return body
    entries = [{member: item} if isinstance(item, str) else item for item in body[name]]
    return {**body, name: entries}


def test_all_examples_of_both_versions_are_there() -> None:
    assert {path.name for path in EXAMPLES} == set(KINDS)
    assert len(EXAMPLES) == 20


@pytest.mark.parametrize("path", EXAMPLES, ids=relative)
def test_an_official_example_is_written_as_it_is_read(path: Path) -> None:
    text = SLIP.sub(r"\1]", path.read_text(encoding="utf-8"))
    document = KINDS[path.name].from_dict(json.loads(text))
    assert document.to_dict() == json.loads(text)
    assert KINDS[path.name].from_dict(document.to_dict()) == document


def test_the_recordings_hold_many_documents_of_every_kind() -> None:
    kinds = [parameter.values[0] for parameter in RECORDED]
    assert {kind: kinds.count(kind) > 5 for kind in kinds} == {
        Capabilities: True,
        ConformanceDeclaration: True,
        JobInfo: True,
        JobList: True,
        ProcessDescription: True,
        ProcessList: True,
    }
    assert len(RECORDED) > 150


def test_another_protocol_s_process_list_is_refused() -> None:
    path = SHARED / "servers" / WPS / "04-process-list-query.json"
    (body,) = bodies(json.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(DocumentError, match=r"^missing required member 'id' at processes\[0\]$"):
        ProcessList.from_dict(body)


@pytest.mark.parametrize(("kind", "body"), RECORDED)
def test_a_recorded_document_is_written_as_it_was_sent(kind: type[Any], body: Any) -> None:
    before = json.dumps(body)
    document = kind.from_dict(body)
    assert json.dumps(body) == before
    assert document.to_dict() == as_written(kind, body)
    assert kind.from_dict(document.to_dict()) == document
