"""The service under another WSGI server: the contract of PEP 3333, and what others leave out."""

from __future__ import annotations

import io
import json
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from ogcproc.server import Service

service = Service(max_body=100)


@service.process(id="a/b")
def echo(text: str = "x") -> str:
    return text


def call(
    method: str, path: str, body: bytes = b"", extra: dict[str, Any] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and body of one call, with the standard library looking on."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "wsgi.input": io.BytesIO(body),
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    environ.update(extra or {})
    setup_testing_defaults(environ)
    seen: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        seen.extend([int(status.split(maxsplit=1)[0]), dict(headers), exc_info])
        return io.BytesIO().write

    iterable = validator(service.wsgi)(environ, start_response)
    content = b"".join(iterable)
    iterable.close()  # type: ignore[attr-defined]  # the validator's iterator has a close()
    return seen[0], seen[1], content


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "", 200),
        ("GET", "/processes", 200),
        ("GET", "/jobs", 200),
        ("GET", "/jobs/x", 404),
        ("GET", "/api.html", 200),
        ("OPTIONS", "/jobs", 204),
        ("PUT", "/jobs", 405),
    ],
)
def test_the_standard_librarys_validator_finds_nothing(method: str, path: str, status: int) -> None:
    extra = None if path else {"SCRIPT_NAME": "/app"}
    assert call(method, path, extra=extra)[0] == status


def test_links_start_where_the_application_is_mounted() -> None:
    extra = {"SCRIPT_NAME": "/my app", "wsgi.url_scheme": "https", "HTTP_HOST": "h"}
    _, _, body = call("GET", "/processes", extra=extra)
    (process,) = json.loads(body)["processes"]
    assert process["links"][0]["href"] == "https://h/my%20app/processes/a%2Fb"


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize("script", ["/my app", "/my%20app"])
def test_the_raw_target_is_used_where_there_is_one(name: str, script: str) -> None:
    extra = {"SCRIPT_NAME": "/my app", name: script + "/processes/a%2Fb?x=y"}
    assert call("GET", "/processes/a/b", extra=extra)[0] == 200
    assert call("GET", "/processes/a/b", extra={name: "/processes/a%2Fb"})[0] == 200


def test_a_body_is_read_by_its_length() -> None:
    status, headers, body = execute(b'{"inputs": {"text": "y"}}')
    assert (status, body) == (200, b"y")
    assert headers["Content-Length"] == "1"
    service.close()


def execute(
    body: bytes = b"", extra: dict[str, Any] | None = None
) -> tuple[int, dict[str, str], Any]:
    target = {"RAW_URI": "/processes/a%2Fb/execution"}
    return call("POST", "/processes/a/b/execution", body, {**target, **(extra or {})})


def test_a_body_without_a_length_is_read_where_its_end_is_known() -> None:
    extra: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked"}
    status, _, body = execute(extra=extra)
    assert (status, json.loads(body)["detail"]) == (411, "this server needs a Content-Length")
    assert execute()[0] == 400
    extra["wsgi.input_terminated"] = True
    for content, status in (b"{}", 200), (b" " * 101, 413):
        extra["wsgi.input"] = io.BytesIO(content)
        assert execute(extra=extra)[0] == status
    service.close()
