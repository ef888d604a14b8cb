"""``Client.request``: any request, with the client's credentials, limits, retries and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scripted import RESET, ScriptedServer, answer

from ogcproc import (
    BearerAuth,
    Client,
    DocumentError,
    Forbidden,
    NoSuchJob,
    RateLimited,
    ResponseTooLarge,
    ServiceError,
    TransportError,
    Unauthorized,
    UnsafeRedirect,
)
from ogcproc.auth import ApiKeyAuth

if TYPE_CHECKING:
    from scripted import Reply

EXC = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
OK = answer(200, {"a": 1}, [("X-Vendor", "v")])


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("vendor/quotas", "/api/vendor/quotas"),
        ("/vendor/quotas?x=1", "/api/vendor/quotas?x=1"),
        ("//vendor", "/api/vendor"),
        ("", "/api/"),
        ("a:b#c", "/api/a:b"),
    ],
)
def test_a_path_is_appended_to_the_api_url(path: str, target: str) -> None:
    """field.md row 28: every vendor's endpoint."""
    with ScriptedServer([OK]) as server:
        with Client(f"{server.url}/api", auth=BearerAuth("secret")) as client:
            found = client.request("get", path)
        assert server.lines == [f"GET {target}"]
        assert server.requests[0].header("authorization") == "Bearer secret"
    assert (found.status, found.headers["x-vendor"], found.body) == (200, "v", b'{"a": 1}')
    assert (found.json(), found.url) == ({"a": 1}, f"{server.url}{target}")


def test_a_request_has_a_body_and_headers_of_the_callers() -> None:
    with ScriptedServer([OK] * 4) as server, Client(server.url) as client:
        client.request("POST", "x", json={"é": 1}, headers={"accept": "text/csv"})
        client.request("PUT", "x", json=[], headers={"content-type": "application/geo+json"})
        client.request("PATCH", "x", body="é", headers={"Content-Type": "text/plain"})
        client.request("POST", "x", body=b"\0\1")
    seen = [
        (one.method, one.body, one.header("content-type"), one.header("accept"))
        for one in server.requests
    ]
    default = "application/json, */*;q=0.1"
    assert seen == [
        ("POST", b'{"\\u00e9": 1}', "application/json", "text/csv"),
        ("PUT", b"[]", "application/geo+json", default),
        ("PATCH", "é".encode(), "text/plain", default),
        ("POST", b"\0\1", None, default),
    ]


def test_a_url_gets_the_credentials_of_its_origin_and_the_headers_of_the_call() -> None:
    with ScriptedServer([OK]) as data, ScriptedServer([]) as other, ScriptedServer([OK]) as server:
        moved = answer(307, b"", [("Location", f"{data.url}/x")])
        other.script = {"POST /x": OK, "GET /x": moved}
        with Client(
            f"{server.url}/api",
            auth=BearerAuth("ours"),
            headers={"X-Key": "ours"},
            origins={data.url: ApiKeyAuth("theirs")},
        ) as client:
            client.request("GET", f"{server.url}/elsewhere")
            client.request("POST", f"{other.url}/x", json={}, headers={"X-Mine": "given"})
            client.request("GET", f"{other.url}/x", headers={"X-Mine": "given"})
    assert server.requests[0].header("authorization") == "Bearer ours"
    for one in other.requests:
        assert one.header("x-mine") == "given"
        assert "ours" not in str(one.headers)
    assert other.requests[0].header("content-type") == "application/json"
    assert data.requests[0].header("x-mine") is None
    assert data.requests[0].header("x-api-key") is None  # another server chose the URL


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [502, 503])
def test_a_request_that_may_change_something_is_sent_once(method: str, status: int) -> None:
    with ScriptedServer([answer(status, "later"), (RESET,)]) as server:
        with Client(server.url, retries=3) as client:
            with pytest.raises(ServiceError):
                client.request(method, "x")
            with pytest.raises(TransportError) as caught:
                client.request(method, "x")
        assert len(server.lines) == 2
    assert caught.value.sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_request_that_changes_nothing_is_retried_and_redirected(method: str) -> None:
    moved = answer(302, b"", [("Location", "/y")])
    replies: list[Reply] = [answer(503), (RESET,), moved, answer(204, length=False)]
    with ScriptedServer(replies) as server, Client(server.url, retries=3) as client:
        assert client.request(method, "x").status == 204
        assert server.lines == [f"{method} /x"] * 3 + [f"{method} /y"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(400, "no"), ServiceError),
        (answer(401, "no"), Unauthorized),
        (answer(403, "no"), Forbidden),
        (answer(404, "no"), ServiceError),
        (answer(404, {"type": f"{EXC}no-such-job"}), NoSuchJob),
        (answer(429, "no"), RateLimited),
        (answer(500, "no"), ServiceError),
        (answer(200, "x" * 1001), ResponseTooLarge),
        (answer(302, b"", [("Location", "file:///etc/passwd")]), UnsafeRedirect),
    ],
)
def test_errors_are_those_of_every_request(reply: bytes, error: type[Exception]) -> None:
    with ScriptedServer([reply]) as server:
        client = Client(server.url, retries=0, max_body=1000)
        with client, pytest.raises(error) as caught:
            client.request("GET", "x")
    assert type(caught.value) is error


def test_a_redirect_of_a_post_to_its_result_is_the_answer() -> None:
    stored = answer(303, b"", [("Location", "/jobs/j")])
    with ScriptedServer([stored]) as server, Client(server.url) as client:
        found = client.request("POST", "x", json={})
    assert (found.status, found.headers["location"]) == (303, "/jobs/j")


def test_an_answer_that_is_no_json_says_so() -> None:
    with ScriptedServer([answer(200, "<p>")]) as server, Client(server.url) as client:
        found = client.request("GET", "x")
        with pytest.raises(DocumentError, match="expected JSON, got 3 bytes"):
            found.json()


def test_hooks_see_the_request() -> None:
    seen: list[Any] = []
    with ScriptedServer([OK]) as server, Client(server.url, on_request=seen.append) as client:
        client.request("PUT", "x", json={})
    assert (seen[0].method, seen[0].url) == ("PUT", f"{server.url}/x")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"method": "GET /x HTTP/1.1\r\n"}, ValueError, "method must be a name such as GET"),
        ({"method": ""}, ValueError, "method must be a name such as GET"),
        ({"path_or_url": 5}, TypeError, "path_or_url must be str, not int"),
        ({"json": {}, "body": b""}, ValueError, "pass json or body, not both"),
        ({"body": {"a": 1}}, TypeError, "body must be bytes or str, not dict"),
        ({"json": float("nan")}, ValueError, "JSON compliant"),
        ({"headers": {"X-A": 5}}, TypeError, "header field"),
        ({"params": "a=b"}, TypeError, "params must be a dict, not str"),
        ({"path_or_url": "file:///etc/passwd"}, UnsafeRedirect, "not followed"),
        ({"path_or_url": "ftp://h/x"}, UnsafeRedirect, "not followed"),
        ({"path_or_url": "http://h/x"}, UnsafeRedirect, "not followed"),  # out of https
    ],
)
def test_a_request_that_cannot_be_is_refused_before_it_is_sent(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with Client("https://h.invalid") as client, pytest.raises(error, match=message):
        client.request(**{"method": "GET", "path_or_url": "x", **given})
