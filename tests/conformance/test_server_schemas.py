"""Every answer of the embedded server against the official schemas of 1.0."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc.server.demo import service

if TYPE_CHECKING:
    from collections.abc import Iterator

jsonschema = pytest.importorskip("jsonschema")
referencing = pytest.importorskip("referencing")
yaml = pytest.importorskip("yaml")

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "ogc-1.0" / "schemas"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas are not beside us"),
]

BASE = "urn:ogc:"


def translated(schema: Any, name: str) -> Any:
    """Return an OpenAPI 3.0 schema in JSON Schema's words, the slips of the published files mended.

    Mended: `subscriber.yaml` requires `successUrl`, a name it does not have; `oneOf` in the value
    schemas matches a string twice (text and binary), an integer twice (number and integer), an
    object with `value` or `href` never only once: what is meant is `anyOf`.
    """
    if isinstance(schema, list):
        return [translated(item, name) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema and isinstance(schema["$ref"], str):
        # Siblings of $ref are ignored in OpenAPI 3.0.
        return {"$ref": BASE + schema["$ref"]}
    made = {key: translated(value, name) for key, value in schema.items()}
    for word, bound in ("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"):
        if made.get(word) is True:
            made[word] = made.pop(bound)
    if isinstance(made.get("nullable"), bool) and made.pop("nullable"):
        made["type"] = [made["type"], "null"]
    if name in (
        "inputValueNoObject.yaml",
        "inlineOrRefData.yaml",
        "inputValue.yaml",
        "execute.yaml",
    ):
        made.update({"anyOf": made.pop("oneOf")} if "oneOf" in made else {})
    if name == "subscriber.yaml":
        made.pop("required", None)
    return made


@pytest.fixture(scope="session")
def validators() -> dict[str, Any]:
    """Return schema name -> validator."""
    documents = {
        path.name: translated(yaml.safe_load(path.read_text()), path.name)
        for path in SCHEMAS.glob("*.yaml")
    }
    specification = referencing.jsonschema.DRAFT202012
    registry = referencing.Registry().with_resources(
        (BASE + name, specification.create_resource(document))
        for name, document in documents.items()
    )
    return {
        name.removesuffix(".yaml"): jsonschema.Draft202012Validator(
            {"$ref": BASE + name}, registry=registry
        )
        for name in documents
    }


class Checked:
    """A caller that validates every JSON document it receives."""

    def __init__(self, address: tuple[str, int], validators: dict[str, Any]) -> None:
        self.connection = http.client.HTTPConnection(*address, timeout=10)
        self.validators = validators

    def __call__(
        self, schema: str, path: str, body: Any = None, method: str = "GET", **headers: str
    ) -> Any:
        if body is not None:
            self.validators["execute"].validate(body)
            method = "POST"
            headers = {"Content-Type": "application/json", **headers}
        content = None if body is None else json.dumps(body)
        self.connection.request(method, path, content, headers)
        response = self.connection.getresponse()
        document = json.loads(response.read())
        self.validators[schema].validate(document)
        return document


@pytest.fixture
def get(validators: dict[str, Any]) -> Iterator[Checked]:
    with service.serve() as server:
        caller = Checked(server.address, validators)
        yield caller
        caller.connection.close()


def finished(get: Checked, job_id: str) -> Any:
    while (info := get("statusInfo", f"/jobs/{job_id}"))["status"] in ("accepted", "running"):
        time.sleep(0.002)
    return info


def test_the_validators_can_fail(validators: dict[str, Any]) -> None:
    for name, wrong in (
        ("landingPage", {}),
        ("statusInfo", {"jobID": "a", "type": "process", "status": "done"}),
        ("process", {"id": "a", "version": "1", "inputs": {"a": {"schema": {"type": "text"}}}}),
        ("process", {"id": "a", "version": "1", "inputs": {"a": {}}}),
        ("results", {"a": {"neither": 1}}),
        ("exception", {}),
        ("jobList", {"jobs": [{}], "links": []}),
    ):
        with pytest.raises(jsonschema.ValidationError):
            validators[name].validate(wrong)


def test_what_describes_the_service_is_valid(get: Checked) -> None:
    get("landingPage", "/")
    get("confClasses", "/conformance")
    get("processList", "/processes")
    get("processList", "/processes?limit=2")
    for process in get("processList", "/processes")["processes"]:
        get("processSummary", f"/processes/{process['id']}")
        get("process", f"/processes/{process['id']}")


@pytest.mark.parametrize(
    ("process_id", "inputs"),
    [
        ("first_workflow", {"id": "sup"}),
        ("primes_between", {"min_val": 2, "max_val": 20}),
        ("make_picture", {}),
        ("sleep_a_while", {"duration": 0.001}),
        (
            "echo",
            {
                "string": "s",
                "number": 1.5,
                "boolean": True,
                "array": [1, 2, 3, 4],
                "object": {"value": {"a": 1}},
                "bbox": {"bbox": [1, 2, 3, 4]},
                "binary": "AAEC",
                "pause": 0,
            },
        ),
        ("fail", {}),
    ],
)
@pytest.mark.parametrize("mode", ["value", "reference"])
def test_the_life_of_a_job_is_valid(
    get: Checked, process_id: str, inputs: dict[str, Any], mode: str
) -> None:
    outputs = get("process", f"/processes/{process_id}")["outputs"]
    body = {
        "inputs": inputs,
        "outputs": {name: {"transmissionMode": mode} for name in outputs},
        "response": "document",
    }
    place = f"/processes/{process_id}/execution"
    job_id = get("statusInfo", place, body, Prefer="respond-async")["jobID"]
    info = finished(get, job_id)
    assert info["status"] == ("failed" if process_id == "fail" else "successful")
    schema = "exception" if process_id == "fail" else "results"
    assert get(schema, f"/jobs/{job_id}/results")
    assert get(schema, place, body)
    assert get("jobList", "/jobs")["jobs"]
    assert get("jobList", "/jobs?status=running&limit=1")
    assert get("statusInfo", f"/jobs/{job_id}", method="DELETE")["status"] == "dismissed"


def test_a_dismissed_job_is_valid(get: Checked) -> None:
    body = {"inputs": {"duration": 100}, "subscriber": {"successUri": "http://127.0.0.1:1/"}}
    execution = "/processes/sleep_a_while/execution"
    job_id = get("statusInfo", execution, body, Prefer="respond-async")["jobID"]
    get("exception", f"/jobs/{job_id}/results")
    get("statusInfo", f"/jobs/{job_id}", method="DELETE")
    assert get("statusInfo", f"/jobs/{job_id}")["status"] == "dismissed"
    get("exception", f"/jobs/{job_id}/results")


def test_errors_are_valid(get: Checked) -> None:
    for path in "/nowhere", "/processes/x", "/jobs/x", "/jobs/x/results", "/jobs?limit=0":
        get("exception", path)
    get("exception", "/jobs", method="DELETE")
    get("exception", "/processes/echo/execution", {"inputs": {"number": "one"}})
