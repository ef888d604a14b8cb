"""The service in OpenAPI 3.0, for programs and, as a plain page, for people."""

from html import escape
from typing import TYPE_CHECKING, Any

from .jobs import STATUSES
from .paging import DEFAULT_LIMIT, MAX_LIMIT

if TYPE_CHECKING:
    from .service import Service

_JSON = "application/json"
_STRING = {"type": "string"}
_OBJECT = {"type": "object"}


def openapi_document(service: "Service", base: str) -> dict[str, Any]:
    """Return the OpenAPI 3.0 definition of a service (`/req/oas30/*`)."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": service.title,
            "description": service.description,
            "version": "1.0.0",
        },
        "servers": [{"url": base}],
        "paths": _paths(list(service.processes)),
        "components": {"schemas": _SCHEMAS, "responses": {"problem": _PROBLEM}},
    }


def _paths(process_ids: list[str]) -> dict[str, Any]:
    # An enum must hold something (OpenAPI 3.0); a service without processes has none to give.
    known = {"enum": process_ids} if process_ids else {}
    process = _in("path", "processID", {**_STRING, **known})
    job, output = _in("path", "jobID", _STRING), _in("path", "outputID", _STRING)
    return {
        "/": {"get": _operation("landingPage", "The landing page", "landingPage")},
        "/conformance": {"get": _operation("conformance", "What it conforms to", "confClasses")},
        "/api": {"get": _operation("api", "This document", None)},
        "/api.html": {"get": _operation("apiPage", "This document, to read", None)},
        "/processes": {"get": _operation("processes", "The processes", "processList", *_PAGING)},
        "/processes/{processID}": {
            "get": _operation("process", "The description of a process", "process", process)
        },
        "/processes/{processID}/execution": {"post": _execute(process)},
        "/jobs": {"get": _operation("jobs", "The jobs", "jobList", *_FILTERS, *_PAGING)},
        "/jobs/{jobID}": {
            "get": _operation("job", "The status of a job", "statusInfo", job),
            "delete": _operation("dismiss", "Dismiss a job", "statusInfo", job),
        },
        "/jobs/{jobID}/results": {
            "get": _operation("results", "The results of a job, as ordered", None, job)
        },
        "/jobs/{jobID}/results/{outputID}": {
            "get": _operation("result", "One output of a job", None, job, output)
        },
    }


def _operation(
    name: str, summary: str, schema: str | None, *parameters: dict[str, Any]
) -> dict[str, Any]:
    content = {"*/*": {}} if schema is None else {_JSON: {"schema": _ref(schema)}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": summary, "content": content},
            "default": {"$ref": "#/components/responses/problem"},
        },
    }


def _execute(process: dict[str, Any]) -> dict[str, Any]:
    prefer = {**_in("header", "Prefer", _STRING), "example": "respond-async"}
    operation = _operation("execute", "Execute a process", None, process, prefer)
    created = {
        "description": "A job was created",
        "headers": {"Location": {"schema": _STRING}},
        "content": {_JSON: {"schema": _ref("statusInfo")}},
    }
    return {
        **operation,
        "requestBody": {"required": True, "content": {_JSON: {"schema": _ref("execute")}}},
        "responses": {
            "201": created,
            "204": {"description": "The results, as links in the headers"},
            **operation["responses"],
        },
    }


def _in(place: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": place, "name": name, "required": place == "path", "schema": schema}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _required(**members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


_LIMIT = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_SECONDS = _array({"type": "integer", "minimum": 0})
_PAGING = (_in("query", "limit", _LIMIT), _in("query", "cursor", _STRING))
_FILTERS = (
    _in("query", "type", _array({**_STRING, "enum": ["process"]})),
    _in("query", "processID", _array(_STRING)),
    _in("query", "status", _array({**_STRING, "enum": list(STATUSES)})),
    _in("query", "datetime", _STRING),
    {**_in("query", "minDuration", _SECONDS), "explode": False},
    {**_in("query", "maxDuration", _SECONDS), "explode": False},
)
_LINKS = _array(_ref("link"))
_SCHEMAS = {
    "link": {
        **_required(href=_STRING),
        "properties": dict.fromkeys(("href", "rel", "type", "hreflang", "title"), _STRING),
    },
    "landingPage": _required(links=_LINKS),
    "confClasses": _required(conformsTo=_array(_STRING)),
    "processSummary": _required(id=_STRING, version=_STRING),
    "processList": _required(processes=_array(_ref("processSummary")), links=_LINKS),
    "process": _required(id=_STRING, version=_STRING, inputs=_OBJECT, outputs=_OBJECT),
    "execute": {
        "type": "object",
        "properties": {
            "inputs": _OBJECT,
            "outputs": _OBJECT,
            "response": {**_STRING, "enum": ["raw", "document"], "default": "raw"},
            "subscriber": _OBJECT,
        },
    },
    "statusInfo": _required(
        jobID=_STRING, type=_STRING, status={**_STRING, "enum": list(STATUSES)}
    ),
    "jobList": _required(jobs=_array(_ref("statusInfo")), links=_LINKS),
    "exception": _required(type=_STRING),
}
_PROBLEM = {
    "description": "What went wrong",
    "content": {"application/problem+json": {"schema": _ref("exception")}},
}


def html_page(document: dict[str, Any]) -> str:
    """Return an OpenAPI definition as a plain page."""
    title = escape(document["info"]["title"])
    rows = [
        f"<tr><td>{method.upper()}</td><td>{escape(path)}</td>"
        f"<td>{escape(operation['summary'])}</td></tr>"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title></head>\n"
        f"<body><h1>{title}</h1>\n<p>{escape(document['info']['description'])}</p>\n"
        f"<table>\n<tr><th>Method</th><th>Path</th><th>What for</th></tr>\n"
        + "\n".join(rows)
        + "\n</table>\n</body></html>\n"
    )
