"""What a caller gives for one server never reaches another, wherever the first one points."""

from __future__ import annotations

import contextlib
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import ApiKeyAuth, BasicAuth, BearerAuth, Client, OgcProcError, UnsafeRedirect

if TYPE_CHECKING:
    from collections.abc import Callable

#: Whatever is secret in this module holds this word.
MARK = "secret"
HEADERS = {
    "Cookie": "session=secret",
    "Proxy-Authorization": "secret",
    "X-Api-Key": "secret",
    "X-Anything": "secret",
    "Referer": "http://secret/",
}
AUTHS = [
    BasicAuth(MARK, MARK),
    BearerAuth(MARK),
    BearerAuth(lambda: MARK),
    ApiKeyAuth(MARK),
    ApiKeyAuth(MARK, header="PRIVATE-TOKEN"),
    lambda _request: {"X-Signature": MARK, "Authorization": MARK},
]
SUCCESSFUL = {"jobID": "j", "status": "successful", "type": "process", "processID": "p"}


def other_server(request: Received) -> bytes:
    """Answer as what the first server points to might."""
    if request.target == "/refused":
        return answer(401, {"title": "who are you?"})
    if "results" in request.target:
        return answer(200, {"out": 1})
    if "jobs/" in request.target:
        return answer(200, SUCCESSFUL)
    return answer(200, {"jobs": [], "processes": [], "links": []})


def first_server(other: str) -> Callable[[Received], bytes]:
    """Return a script that points to another server wherever it can."""

    def to(path: str, status: int = 302) -> bytes:
        return answer(status, b"", [("Location", f"{other}{path}")])

    def say(request: Received) -> bytes:
        line = f"{request.method} {request.target}"
        listed = [{"rel": "next", "href": f"{other}/jobs?page=2"}]
        created = {"jobID": "j", "status": "accepted", "type": "process", "processID": "p"}
        script = {
            "GET /": answer(
                200,
                {
                    "title": "T",
                    "links": [
                        {"rel": "service-desc", "href": f"{other}/api"},
                        {"rel": "http://www.opengis.net/def/rel/ogc/1.0/processes", "href": other},
                        {"rel": "http://www.opengis.net/def/rel/ogc/1.0/job-list", "href": other},
                    ],
                },
            ),
            "GET /conformance": to("/conformance"),
            "GET /processes": to("/processes", 308),
            "GET /processes/p": to("/refused", 307),
            "GET /jobs": answer(200, {"jobs": [SUCCESSFUL], "links": listed}),
            "GET /jobs?limit=1": answer(
                200, {"jobs": []}, [("Link", f"<{other}/jobs?limit=1&page=2>; rel=next")]
            ),
            "GET /jobs/j": answer(200, SUCCESSFUL),
            "GET /jobs/j/results": answer(200, {"out": {"href": f"{other}/results/big"}}),
            "GET /jobs/k": answer(200, {**SUCCESSFUL, "jobID": "k"}),
            "GET /jobs/k/results": to("/results", 303),
            "POST /processes/p/execution": answer(201, created, [("Location", f"{other}/jobs/j")]),
            "POST /processes/q/execution": to("/stored/q", 303),
            "POST /processes/r/execution": to("/processes/r/execution", 307),
            "DELETE /jobs/j": to("/jobs/j", 307),
        }
        return script.get(line) or answer(200, {"jobs": [], "links": []})

    return say


def visit(client: Client) -> None:
    """Use all that leads elsewhere."""
    actions: list[Callable[[], object]] = [
        client.get_capabilities,
        client.get_api_definition,
        client.get_conformance,
        client.get_processes,
        lambda: client.get_process("p"),
        lambda: list(client.iter_jobs()),
        lambda: list(client.iter_jobs(limit=1)),
        lambda: client.get_job_results("j"),
        lambda: client.get_job_result("j", "out"),
        lambda: client.get_job_results("k"),
        lambda: client.get_job(client.execute_process("p")),
        lambda: client.execute_process("q"),
        lambda: client.execute_process("r"),
        lambda: client.dismiss_job("j"),
    ]
    for action in actions:
        with contextlib.suppress(OgcProcError):  # whatever the answers are worth
            action()


@pytest.mark.parametrize("auth", AUTHS, ids=lambda auth: getattr(auth, "__name__", repr(auth)))
def test_nothing_that_was_given_for_one_server_reaches_another(auth: Any) -> None:
    with ScriptedServer(other_server) as other, ScriptedServer(first_server(other.url)) as first:
        client = Client(first.url, auth=auth, headers=HEADERS)
        with client:
            visit(client)
    for request in other.requests:
        assert MARK not in f"{request.target} {request.headers} {request.body!r}"
        assert not {name.lower() for name in HEADERS} & set(request.names)
        assert "authorization" not in request.names
        assert request.method == "GET"
    # What leads there was followed: redirects, the API definition and a result by reference.
    targets = {request.target for request in other.requests}
    assert {"/api", "/conformance", "/processes", "/refused"} <= targets
    assert {"/stored/q", "/results", "/results/big"} <= targets
    # And the first server did get what was given for it.
    made = auth(None) if callable(auth) else auth.headers(None)
    for request in first.requests:
        for name, value in {**HEADERS, **made}.items():
            assert request.header(name) == value


def test_the_userinfo_of_the_url_reaches_its_own_server_alone() -> None:
    with ScriptedServer(other_server) as other, ScriptedServer(first_server(other.url)) as first:
        client = Client(first.url.replace("//", "//secret:secret@"))
        with client:
            visit(client)
    assert {request.header("authorization") for request in first.requests} == {
        "Basic c2VjcmV0OnNlY3JldA=="
    }
    assert all(request.header("authorization") is None for request in other.requests)


def test_a_chain_of_redirects_that_left_our_origin_gets_no_credentials_back_there() -> None:
    """field.md row 14: another server redirects to ours, and would choose what we ask it."""
    with ScriptedServer([]) as other, ScriptedServer([]) as first:
        back = answer(302, b"", [("Location", f"{first.url}/private?token=theirs")])
        other.script = {"/file": back, "/out": back}
        result = {"out": {"href": f"{other.url}/file"}}
        first.script = {
            "/jobs/j/results": answer(200, result),
            "/conformance": answer(302, b"", [("Location", f"{other.url}/out")]),
            "/private?token=theirs": answer(200, {"conformsTo": []}),
            "/jobs/j": answer(200, SUCCESSFUL),
            "/processes/p": answer(200, {"id": "p", "version": "1"}),
        }
        with Client(first.url, auth=BearerAuth(MARK), headers=HEADERS) as client:
            client.get_job_result("j", "out")
            client.get_conformance()
    returned = [request for request in first.requests if "private" in request.target]
    assert len(returned) == 2
    for request in returned:
        assert MARK not in str(request.headers)


def test_each_origin_gets_its_own_credentials_and_none_gets_anothers() -> None:
    """field.md row 29: EODH and EventKit keep results on a second server."""
    with ScriptedServer([]) as data, ScriptedServer([]) as other, ScriptedServer([]) as first:

        def leads(to: ScriptedServer, path: str) -> bytes:
            return answer(307, b"", [("Location", f"{to.url}{path}")])

        ok = answer(200, {"conformsTo": []})
        first.script = {
            "/conformance": ok,
            "/to-data": leads(data, "/plain"),
            "/to-other": leads(other, "/to-data"),
            "/to-data-and-back": leads(data, "/to-first"),
        }
        data.script = {"/plain": ok, "/to-first": leads(first, "/conformance")}
        other.script = {"/plain": ok, "/to-data": leads(data, "/plain")}
        settings: dict[str, Any] = {
            "auth": BearerAuth("ours"),
            "headers": {"X-Key": "ours"},
            "origins": {f"{data.url.upper()}/": ApiKeyAuth("theirs", header="X-Data")},
        }
        paths = ("/conformance", "/to-data", "/to-other", "/to-data-and-back")
        urls = [f"{first.url}{path}" for path in paths]
        with pickle.loads(pickle.dumps(Client(first.url, **settings))) as client:
            assert "theirs" not in repr(client)
            for url in [*urls, f"{data.url}/plain", f"{other.url}/plain"]:
                client._resources.get_url(url)
    seen = [(r.target, r.header("x-data"), r.header("authorization")) for r in data.requests]
    assert seen == [
        ("/plain", "theirs", None),
        ("/plain", None, None),  # another server chose it
        ("/to-first", "theirs", None),
        ("/plain", "theirs", None),
    ]
    assert all(request.header("x-key") is None for request in [*data.requests, *other.requests])
    assert "ours" not in str([request.headers for request in other.requests])
    assert "theirs" not in str([request.headers for request in first.requests + other.requests])
    assert [request.header("authorization") for request in first.requests] == [
        *["Bearer ours"] * 4,
        None,  # back from another origin
    ]


def test_a_401_of_a_further_origin_renews_its_credentials() -> None:
    tokens = ["old"]

    class Renewable:
        def headers(self, _request: object) -> dict[str, str]:
            return {"Authorization": tokens[-1]}

        def renew(self, _request: object, used: object) -> bool:
            tokens.append("new")
            return used == {"Authorization": "old"}

    refused = answer(401, {"title": "who are you?"})
    with ScriptedServer([refused, answer(200, {})]) as data:
        with Client("http://h.invalid", origins={data.url: Renewable()}) as client:
            client._resources.get_url(f"{data.url}/x")
        assert [request.header("authorization") for request in data.requests] == ["old", "new"]


@pytest.mark.parametrize(
    ("origins", "error", "message"),
    [
        ({"https://h.invalid/data": BearerAuth(MARK)}, ValueError, "scheme, host and port alone"),
        ({"https://joe:secret@d.invalid": None}, ValueError, "scheme, host and port alone"),
        ({"d.invalid": BearerAuth(MARK)}, ValueError, "a key of origins starts with http"),
        ({7: BearerAuth(MARK)}, TypeError, "a key of origins must be str, not int"),
        ({"http://H.invalid:80/": BearerAuth(MARK)}, ValueError, "pass auth= for it"),
        ({"https://d.invalid": MARK}, TypeError, "pass BearerAuth"),
        ({"https://d.invalid": None}, TypeError, "pass BearerAuth"),
        (MARK, TypeError, "origins must be a dict of URLs and auths, not str"),
    ],
)
def test_origins_that_are_none_are_refused_without_showing_secrets(
    origins: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        Client("http://h.invalid/api", origins=origins)
    assert MARK not in str(caught.value)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_no_execution_is_repeated_elsewhere(status: int) -> None:
    with ScriptedServer([]) as other:
        moved = answer(status, b"", [("Location", f"{other.url}/processes/p/execution")])
        with ScriptedServer([moved]) as first:
            client = Client(first.url, auth=BearerAuth(MARK))
            with client, pytest.raises(UnsafeRedirect):
                client.execute_process("p")
    assert other.requests == []


def test_a_401_of_another_server_renews_nothing() -> None:
    renewed: list[object] = []

    class Renewable:
        def headers(self, _request: object) -> dict[str, str]:
            return {"Authorization": MARK}

        def renew(self, *args: object) -> bool:
            renewed.append(args)
            return True

    with ScriptedServer(other_server) as other, ScriptedServer(first_server(other.url)) as first:
        client = Client(first.url, auth=Renewable())
        with client:
            visit(client)
    assert "GET /refused" in other.lines
    assert renewed == []


def test_another_port_is_another_server_and_another_case_is_not() -> None:
    script = {"/conformance": answer(200, {"conformsTo": []})}
    with ScriptedServer(script) as server:
        moved = answer(302, b"", [("Location", f"HTTP://LOCALHOST:{server.port}/conformance")])
        server.script = {"/moved/conformance": moved, **script}
        url = f"http://localhost:{server.port}/moved"
        with Client(url, auth=BearerAuth(MARK), headers={"X-Key": MARK}) as client:
            client.get_conformance()
    assert [request.header("x-key") for request in server.requests] == [MARK, MARK]
