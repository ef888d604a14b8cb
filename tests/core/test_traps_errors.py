"""Errors as real servers send them: a small literal test for each trap, named after it.

The comment in each says which server was seen doing it.
"""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from scripted import SILENCE, ScriptedServer, answer

from ogcproc import (
    Client,
    Forbidden,
    JobStatus,
    NoSuchProcess,
    ServiceError,
    TransportTimeout,
)

HTML = [("Content-Type", "text/html")]
OWS = """<?xml version="1.0" encoding="utf-8"?>
<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="1.1.0">
  <ows:Exception exceptionCode="MissingParameterValue" locator="request">
    <ows:ExceptionText>&lt;request&gt; was not specified</ows:ExceptionText>
  </ows:Exception>
  <ows:Exception exceptionCode="MissingParameterValue" locator="service">
    <ows:ExceptionText>&lt;service&gt; was not specified</ows:ExceptionText>
  </ows:Exception>
</ows:ExceptionReport>
"""
FLASK = """<!doctype html>
<html lang=en>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>The requested URL was not found on the server.</p>
"""
APACHE = """<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>403 Forbidden</title></head><body>
<h1>Forbidden</h1><p>You don't have permission to access this resource.</p></body></html>
"""
PYGEOAPI = """<!doctype html>
<html><head><title> Exception </title><script>var p = "<p>";</script></head>
<body><header><a href="/">Contact</a><!-- <a href="/about">About</a> --></header>
<div><a href="?f=json">json</a></div>
<main><section><h2>Exception</h2> <p>Identifier not found</p></section></main>
<footer>Powered by pygeoapi</footer><script>poll()</script></body></html>
"""


def raised(status: int, body: Any, headers: Any = (), *, post: bool = False) -> ServiceError:
    """Return the error that an answer raises."""
    reply = answer(status, body, headers)
    script = {
        "POST /processes/p/execution": reply,
        "GET /processes/p": reply,
        "GET /": answer(200, {"links": []}),
    }
    caught = pytest.raises(ServiceError)
    with ScriptedServer(script) as server, Client(server.url, retries=0) as client:
        with caught as info:
            if post:
                client.execute_process("p", {})
            else:
                client.get_process("p")
        error = info.value
        assert error.url.startswith(f"{server.url}/processes/p")
    assert error.status == status
    assert error.body == reply.partition(b"\r\n\r\n")[2]
    assert "\n" not in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    return error


def test_an_error_document_may_be_in_another_charset_than_utf_8() -> None:
    """field.md row 33: JSON labelled with another charset."""
    body = '{"title": "não", "detail": "entrada inválida"}'.encode("latin-1")
    error = raised(400, body, [("Content-Type", "application/json; charset=ISO-8859-1")])
    assert error.problem is not None
    assert (error.problem.title, error.problem.detail) == ("não", "entrada inválida")


def said(error: ServiceError) -> str:
    """Return what stands between the status and the URL."""
    return str(error).partition(" (")[0]


@pytest.mark.parametrize(
    ("body", "line", "kind"),
    [
        # The standard (RFC 7807)
        ({"type": "about:blank", "title": "t", "detail": "d"}, "d", "about:blank"),
        # pygeoapi 0.21 (pygeoapi-0.21-tinydb/136)
        (
            {"code": "InvalidParameterValue", "type": "InvalidParameterValue", "description": "d"},
            "d",
            "InvalidParameterValue",
        ),
        ({"code": "InvalidParameterValue", "description": "d"}, "d", "InvalidParameterValue"),
        # pygeoapi 0.21 for response=document (pygeoapi-0.21-sync/75)
        (
            {"outputs": [{"code": "InvalidParameterValue", "description": "d"}]},
            "d",
            "InvalidParameterValue",
        ),
        # FastAPI: wraptile/80, fastprocesses/25
        ({"detail": "d"}, "d", None),
        (
            {
                "detail": [
                    {"type": "missing", "loc": ["body", "inputs"], "msg": "Field required"},
                    {"type": "int_type", "loc": ["body", "inputs", 0], "msg": "no integer"},
                ]
            },
            "body.inputs: Field required; body.inputs.0: no integer",
            None,
        ),
        # Dewberry's process-api
        ({"message": "d"}, "d", None),
        # weaver 6.15 (weaver/130)
        ({"code": 400, "error": {"code": "X", "description": "d"}}, "d", None),
        # GeoServer (geoserver/09): an OWS code, and no detail
        ({"type": "NoApplicableCode", "title": "no grid"}, "no grid", "NoApplicableCode"),
        # Copernicus (copernicus-cds/04): English words
        ({"type": "invalid request", "title": "t", "detail": "d"}, "d", "invalid request"),
        # wraptile 0.3.0 (wraptile/76): many lines, a class, a traceback
        (
            {
                "type": "ValidationError",
                "title": "1 error\n  min_val\n    no integer",
                "x-traceback": ["a", "b"],
            },
            "1 error min_val no integer",
            "ValidationError",
        ),
        (["a", "b"], "a; b", None),
        ("plain words", "plain words", None),
    ],
)
def test_trap_48_errors_have_many_shapes(body: Any, line: str, kind: str | None) -> None:
    error = raised(400, body)
    assert said(error) == f"400 Bad Request: {line}"
    assert error.problem is not None
    assert error.problem.type == kind


def test_trap_48_nothing_of_an_error_is_lost() -> None:
    body = {"title": "t", "status": 400, "x-traceback": ["a"], "instance": "/p", "cause": {"k": 1}}
    problem = raised(400, body).problem
    assert problem is not None
    assert problem.to_dict() == {**body, "detail": "t"}


@pytest.mark.parametrize(
    ("status", "page", "headers", "line"),
    [
        (400, OWS, [("Content-Type", "text/xml")], "<request> was not specified <service>"),
        (404, FLASK, HTML, "404 Not Found: The requested URL was not found on the server."),
        (403, APACHE, HTML, "403 Forbidden: You don't have permission to access"),
        (404, PYGEOAPI, HTML, "404 Not Found: Exception Identifier not found"),
        (500, "Internal Server Error", [], "500 Internal Server Error"),
        (502, "", [], "502 Bad Gateway"),
        (400, b"\xff\xfe\x00", [("Content-Type", "application/octet-stream")], "400 Bad Request"),
        (599, "no reason", [], "599: no reason"),
    ],
    ids=["zoo/02", "pygeoapi-0.21-sync/24", "zoo/119", "sync/69", "f/80", "empty", "bytes", "599"],
)
def test_trap_48_errors_that_are_no_json(
    status: int, page: str | bytes, headers: Any, line: str
) -> None:
    assert line in said(raised(status, page, headers))


def test_trap_48_an_ows_code_is_the_type() -> None:
    problem = raised(400, OWS, [("Content-Type", "text/xml; charset=utf-8")]).problem
    assert problem is not None
    assert problem.type == "MissingParameterValue"


@pytest.mark.parametrize("status", [404, 410, 400, 500])
def test_trap_48_the_standards_own_type_names_the_error(status: int) -> None:
    base = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
    for kind in (f"{base}no-such-process", "NoSuchProcess", "https://h/#no-such-process"):
        assert isinstance(raised(status, {"type": kind, "title": "t"}), NoSuchProcess)


def test_trap_48_without_a_type_the_status_names_the_error() -> None:
    assert isinstance(raised(404, {"detail": "Not Found"}), NoSuchProcess)
    assert isinstance(raised(403, {"detail": "no"}), Forbidden)
    assert type(raised(400, {"detail": "no"})) is ServiceError


def test_trap_48_a_long_error_is_cut_in_the_line_and_whole_in_the_body() -> None:
    detail = "x" * 5000
    error = raised(500, {"detail": detail})
    assert len(said(error)) < 500
    assert json.loads(error.body) == {"detail": detail}


def test_trap_49_an_error_may_be_the_state_of_a_job() -> None:
    # weaver 6.15 (weaver/89, /121): the failed job of a synchronous execution
    body = {
        "jobID": "8c-5",
        "processID": "p",
        "status": "failed",
        "message": "Job submitted and failed synchronous execution.",
    }
    error = raised(400, body, [("Location", "/processes/p/jobs/8c-5")], post=True)
    assert said(error) == "400 Bad Request: Job submitted and failed synchronous execution."
    assert error.job is not None
    assert (error.job.jobID, error.job.status) == ("8c-5", JobStatus.failed)
    assert error.job.is_failed


def test_trap_49_another_error_has_no_job() -> None:
    assert raised(400, {"detail": "no", "status": 400, "title": "Bad"}).job is None


@pytest.mark.parametrize("base", ["", "/", "/api", "/api/"])
def test_trap_52_the_base_url_has_one_slash_and_paths_have_none_at_the_end(base: str) -> None:
    # ZOO-Project (zoo/02) wants the slash; wraptile and fastprocesses redirect paths with one
    prefix = base.rstrip("/")
    script = {
        f"GET {prefix}/": answer(200, {"title": "T", "links": []}),
        f"GET {prefix}/processes": answer(200, {"processes": []}),
    }
    with ScriptedServer(script) as server, Client(server.url + base) as client:
        assert client.get_capabilities().title == "T"
        assert list(client.get_processes().processes) == []


def test_trap_52_a_redirect_to_the_bare_path_is_followed() -> None:
    # wraptile 0.3.0, fastprocesses 0.16.0: 307 from /processes/ to /processes
    script = {
        "GET /processes/p": answer(307, headers=[("Location", "/v2/processes/p")]),
        "GET /v2/processes/p": answer(200, {"id": "p", "version": "2"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_process("p").version == "2"


def test_trap_52_a_slow_error_is_read_by_who_waits_for_it() -> None:
    # fastprocesses 0.16.0 without its broker (fastprocesses/80): 500 after 12 s
    slow = (0.05, answer(500, "Internal Server Error"))
    patient = pytest.raises(ServiceError, match="500 Internal Server Error")
    with ScriptedServer([slow]) as server, Client(server.url, timeout=(2, 2)) as client, patient:
        client.get_processes()


def test_trap_52_a_slow_error_is_a_timeout_to_who_does_not_wait() -> None:
    hasty = pytest.raises(TransportTimeout)
    settings: Any = {"timeout": (2, 0.02), "retries": 0}
    with ScriptedServer([(SILENCE,)]) as server, Client(server.url, **settings) as client, hasty:
        client.get_processes()


def test_trap_52_the_usual_read_timeout_is_longer_than_that() -> None:
    with Client("http://127.0.0.1:9") as client:
        _, read, _ = client._http.times
    assert isinstance(read, (int, float))
    assert read > 12
