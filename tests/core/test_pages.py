"""Web pages and other servers' answers are no results (field.md, rows 1, 2, 11, 13, 34, 38, 39)."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import Reply, ScriptedServer, answer

from ogcproc import (
    Client,
    DocumentError,
    JobInfo,
    JobResults,
    Link,
    NoSuchOutput,
    QualifiedValue,
    SubmissionUncertain,
    TransportError,
    Unauthorized,
)

EXECUTION = "POST /processes/p/execution"
HTML = [("Content-Type", "text/html; charset=utf-8")]
TEXT = [("Content-Type", "text/plain")]
FORM = "<!doctype html><title>Sign in</title><form><input name=p type='password'></form>"
MAP = "<!DOCTYPE html><html><title>A map</title></html>"
JOB = JobInfo("7", "successful", "p")


def process(**schema: Any) -> bytes:
    return answer(200, {"id": "p", "version": "1", "outputs": {"map": {"schema": schema}}})


def redirect(to: str, status: int = 302) -> bytes:
    return answer(status, "", [("Location", to)])


SAYS_HTML = process(type="string", contentMediaType="text/html")
OPEN = process(type="string")
IMAGE = process(type="string", contentMediaType="image/png")
OBJECT = process(type="object")


# --- pages (rows 1 and 2) -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [302, 303])
@pytest.mark.parametrize(
    ("to", "page"),
    [
        ("/login", MAP),
        ("/realms/eo/protocol/openid-connect/auth?state=1", MAP),
        ("/welcome", FORM),
    ],
)
@pytest.mark.parametrize("description", [SAYS_HTML, OPEN])
def test_a_redirect_to_a_sign_in_page_is_unauthorized(
    status: int, to: str, page: str, description: bytes
) -> None:
    # field.md, row 1: execute or results answered by a redirect to /login (gateways of EOEPCA)
    script: dict[str, Reply] = {
        EXECUTION: redirect(to, status),
        "GET /jobs/7/results": redirect(to, status),
        "GET /jobs": redirect(to, status),
        f"GET {to}": answer(200, page, HTML),
        "GET /processes/p": description,
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        for call in (
            lambda: client.execute_process("p"),
            lambda: client.get_job_results(JOB),
            client.get_jobs,
        ):
            with pytest.raises(Unauthorized, match=r"sign-in page '.*'.*: pass auth=") as caught:
                call()
            assert caught.value.problem is not None
            assert caught.value.body == page.encode()
    assert server.lines.count(EXECUTION) == 1


def test_a_sign_in_page_without_a_redirect_is_unauthorized() -> None:
    script = {EXECUTION: answer(200, FORM, HTML), "GET /processes/p": OPEN}
    with (
        ScriptedServer(script) as server,
        Client(server.url) as client,
        pytest.raises(Unauthorized),
    ):
        client.execute_process("p")


@pytest.mark.parametrize(
    ("description", "direct", "redirected"),
    [(SAYS_HTML, True, True), (OPEN, True, False), (IMAGE, False, False), (OBJECT, False, False)],
)
def test_a_page_is_a_result_if_the_description_allows_it(
    description: bytes, direct: bool, redirected: bool
) -> None:
    page = answer(200, MAP, HTML)
    for moved, is_result in ((False, direct), (True, redirected)):
        script = {
            "GET /jobs/7/results": redirect("/stored/7") if moved else page,
            "GET /stored/7": page,
            "GET /processes/p": description,
        }
        with ScriptedServer(script) as server, Client(server.url) as client:
            if is_result:
                assert client.get_job_results(JOB) == {"map": QualifiedValue(MAP, "text/html")}
            else:
                with pytest.raises(DocumentError, match="got a web page 'A map': is this an OGC"):
                    client.get_job_results(JOB)


NESTED = {"oneOf": [{"type": "object"}, {"type": "string", "contentMediaType": "text/html"}]}


@pytest.mark.parametrize(
    "output",
    [
        {"schema": NESTED},
        {"schema": {"type": "array", "items": NESTED}},
        {"formats": [{"mediaType": "text/html"}, {"mediaType": 1}, "x"]},  # the drafts of 1.0
    ],
)
def test_media_types_are_found_wherever_a_description_lists_them(output: Any) -> None:
    description = {"id": "p", "version": "1", "outputs": {"map": output, "other": {}}}
    script = {
        "GET /jobs/7/results": redirect("/stored"),
        "GET /stored": answer(200, MAP, [*HTML, ("Content-ID", "map")]),
        "GET /processes/p": answer(200, description),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert list(client.get_job_results(JOB)) == ["map"]


@pytest.mark.parametrize("headers", [HTML, []])
def test_a_web_site_is_no_server_of_processes(headers: list[tuple[str, str]]) -> None:
    # field.md, row 2: a web site under api_url
    page = answer(200, "\n<html>...</html>", headers)
    with ScriptedServer(lambda _: page) as server, Client(server.url) as client:
        for call in (
            client.get_capabilities,
            client.get_processes,
            lambda: client.execute_process("p"),
            lambda: client.get_job_results("7"),
            lambda: client.dismiss_job("7"),
        ):
            with pytest.raises(DocumentError, match="is this an OGC API - Processes server"):
                call()


@pytest.mark.parametrize("body", [{"hello": "world"}, {}, [1]])
def test_another_api_is_no_server_of_processes(body: Any) -> None:
    # field.md, row 2: 200 {"hello": "world"} whatever is asked
    with ScriptedServer(lambda _: answer(200, body)) as server, Client(server.url) as client:
        for call in (client.get_capabilities, lambda: client.execute_process("p")):
            with pytest.raises(DocumentError):
                call()
        if body:
            with pytest.raises(DocumentError, match="expected the job's status, got another"):
                client.dismiss_job("7")


def test_a_description_that_is_hidden_or_odd_proves_nothing() -> None:
    for reply in (answer(403, "no"), answer(200, {"process": {"id": "p"}})):
        script = {EXECUTION: answer(200, {"a": 1}), "GET /processes/p": reply}
        with ScriptedServer(script) as server, Client(server.url) as client:
            assert dict(client.execute_process("p").results or {}) == {"a": 1}


def test_a_landing_page_of_processes_is_proof_enough() -> None:
    landing = {"links": [{"href": "/processes", "rel": "processes"}]}
    with (
        ScriptedServer([answer(200, landing), answer(200, {"a": 1})]) as server,
        Client(server.url) as client,
    ):
        client.get_capabilities()
        assert dict(client.execute_process("p").results or {}) == {"a": 1}


def test_an_output_that_leads_to_a_page_is_none_unless_its_link_says_so() -> None:
    page = answer(200, MAP, HTML)
    outputs = {
        "png": {"href": "/a", "type": "image/png"},
        "page": {"href": "/a", "type": "text/html"},
        "any": {"href": "/a"},
        "moved": {"href": "/b"},
        "named": {"href": "/c"},
        "signed": {"href": "/d", "type": "text/html"},
    }
    script = {
        "GET /jobs/7/results": answer(200, outputs),
        "GET /processes/p": answer(403, "no"),
        "GET /a": page,
        "GET /b": redirect("/a"),
        "GET /c": redirect("/c.html"),
        "GET /c.html": page,
        "GET /d": redirect("/auth/login"),
        "GET /auth/login": page,
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        for name in ("page", "any", "named"):
            assert client.get_job_result(JOB, name) == MAP
        for name in ("png", "moved"):
            with pytest.raises(DocumentError, match="got a web page 'A map'"):
                client.get_job_result(JOB, name)
        with pytest.raises(Unauthorized):
            client.get_job_result(JOB, "signed")


# --- references (row 13) --------------------------------------------------------------------------


def test_a_reference_to_another_host_is_asked_there_without_credentials() -> None:
    # field.md, row 13: a reference to another host whose path looks like ours
    with ScriptedServer([answer(200, "theirs", TEXT)]) as other:
        href = f"{other.url}/jobs/7/results/out"
        script = {
            "GET /": answer(200, {"links": []}),
            "GET /jobs/7/results": answer(200, {"out": {"href": href}, "b": 1}),
            "GET /jobs/7/results/out": answer(200, "ours", TEXT),
            "GET /processes/p": answer(403, "no"),
        }
        with (
            ScriptedServer(script) as server,
            Client(server.url, auth=lambda: {"Authorization": "x"}) as client,
        ):
            assert client.get_job_result(JOB, "out") == "theirs"
        assert other.requests[0].header("authorization") is None


def test_a_name_that_a_job_uses_for_itself_leads_to_our_paths() -> None:
    inner = "http://inner.invalid:5000"
    links = [{"href": f"{inner}/jobs/7", "rel": "self"}, {"href": "http://[", "rel": "self"}]
    script = {
        "GET /jobs/7": answer(200, {"jobID": "7", "status": "successful", "links": links}),
        "GET /jobs/7/results": answer(200, {"a": {"href": f"{inner}/jobs/7/files/a"}, "b": 1}),
        "GET /jobs/7/files/a": answer(200, "5", [("Content-Type", "application/json")]),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        client.get_job("7")
        assert client.get_job_result("7", "a") == 5


def test_our_host_without_tls_is_ours() -> None:
    with Client("https://h:8443/api") as client:
        for url, is_own in [
            ("https://h:8443/x", True),
            ("http://h/x", True),
            ("http://h:8443/x", True),
            ("http://h:99/x", False),
            ("http://other/x", False),
        ]:
            assert client._http.shares_host(url) is is_own


# --- chosen outputs (row 11) ----------------------------------------------------------------------

OUTPUTS = answer(200, {"id": "p", "version": "1", "outputs": {"a": {}, "b": {}}})


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {"a": 1, "b": 2}),
        answer(200, "1", [("Content-ID", "a"), *TEXT]),
        answer(200, {"outputs": [{"id": "a", "value": 1}, {"id": "b", "value": 1}]}),
    ],
)
def test_outputs_are_chosen_by_the_client_if_the_server_cannot(reply: bytes) -> None:
    # field.md, row 11
    script = {
        "GET /jobs/7/results?outputs=a": reply,
        "GET /jobs/7/results?outputs=nope": reply,
        "GET /processes/p": OUTPUTS,
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert list(client.get_job_results(JOB, outputs=["a"])) == ["a"]
        with pytest.raises(NoSuchOutput, match="no output 'nope'; available: 'a'"):
            client.get_job_results(JOB, outputs=["nope"])


def test_a_raw_value_is_not_named_by_an_output_that_the_process_lacks() -> None:
    script = {
        "GET /jobs/7/results?outputs=nope": answer(200, "x", TEXT),
        "GET /processes/p": process(type="string"),
    }
    with (
        ScriptedServer(script) as server,
        Client(server.url) as client,
        pytest.raises(NoSuchOutput, match="available: 'map'"),
    ):
        client.get_job_results(JOB, outputs=["nope"])


# --- sizes and digests (row 12) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "value", "wrong"),
    [
        ("file:size", 4, "the size"),
        ("file:checksum", "1220" + "00" * 32, "the sha256 digest"),
        ("file:checksum", "1114" + "AB" * 20, "the sha1 digest"),
        ("file:checksum", "d50110" + "00" * 16, "the md5 digest"),
        ("file:size", 5, None),
        ("file:size", "4", None),
        ("file:checksum", "d501105d41402abc4b2a76b9719d911017c592", None),
        ("file:checksum", "1220zz", None),
        ("file:checksum", "122000", None),
        ("file:checksum", 7, None),
    ],
)
def test_the_size_and_the_digest_of_a_link_are_verified(
    member: str, value: Any, wrong: str | None
) -> None:
    # field.md, row 12: members of STAC's file extension
    script = {
        "GET /jobs/7/results": answer(
            200, {"a": {"value": {"href": "http://h/a", "type": "text/plain", member: value}}}
        ),
        "GET /processes/p": answer(403, "no"),
        "GET /a": answer(200, "hello", TEXT),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        results = client.get_job_results(JOB)
        link = results["a"]
        assert isinstance(link, Link)
        link.href = f"{server.url}/a"
        job = JobInfo("7", "successful", results=results)
        if wrong is None:
            assert client.get_job_result(job) == "hello"
        else:
            with pytest.raises(TransportError, match=f"{wrong} of .*/a is not what the server"):
                client.get_job_result(job)


PARTS = (
    "--b\r\nContent-ID: a\r\nContent-Type: text/plain\r\n{}\r\n\r\nhello\r\n"
    "--b\r\nContent-ID: c\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"
)
MULTIPART = [("Content-Type", "multipart/mixed; boundary=b")]


@pytest.mark.parametrize(
    ("field", "is_right"),
    [
        ("Content-MD5: XUFAKrxLKna5cZ2REBfFkg==", True),
        ("Content-MD5: AUFAKrxLKna5cZ2REBfFkg==", False),
        ("Content-Length: 5", True),
        ("Content-Length: 6", False),
        ("Content-Length: many", True),
    ],
)
def test_the_digest_and_the_length_of_a_part_are_verified(field: str, is_right: bool) -> None:
    script = {
        "GET /jobs/7/results": answer(200, PARTS.format(field), MULTIPART),
        "GET /processes/p": answer(403, "no"),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        if is_right:
            assert client.get_job_results(JOB).plain() == {"a": "hello", "c": "x"}
        else:
            with pytest.raises(TransportError, match="is not what the server says it is"):
                client.get_job_results(JOB)


def test_a_damaged_answer_to_an_execution_leaves_it_uncertain() -> None:
    wrong = answer(200, "hello", [*TEXT, ("Content-MD5", "AUFAKrxLKna5cZ2REBfFkg==")])
    with (
        ScriptedServer([wrong]) as server,
        Client(server.url) as client,
        pytest.raises(SubmissionUncertain, match="the md5 digest"),
    ):
        client.execute_process("p")
    assert server.lines == [EXECUTION]


# --- the API definition, plain values (rows 34, 38, 39) -------------------------------------------


def test_the_api_definition_is_found_by_its_type() -> None:
    # field.md, row 39: fastprocesses 0.24.1 calls the relation OpenAPI
    link = {"href": "/doc", "rel": "OpenAPI", "type": "application/vnd.oai.openapi+json"}
    script = {"GET /": answer(200, {"links": [link]}), "GET /doc": answer(200, {"openapi": "3.0"})}
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert client.get_api_definition() == {"openapi": "3.0"}


def test_plain_is_a_dict_of_plain_values() -> None:
    # field.md, rows 34 and 38
    link = Link("http://h/a")
    text = QualifiedValue("R3LDvMOfZQ==", "text/plain", "base64")
    results = JobResults(
        {
            "one": 1,
            "list": [QualifiedValue({"k": 1}, "application/json"), link, 2],
            "link": link,
            "text": text,
            "latin": QualifiedValue("/A==", 'text/csv; charset="ISO-8859-1"', "base64"),
            "bytes": QualifiedValue("AAE=", "image/png", "base64"),
            "no text": QualifiedValue("/w==", "text/plain; charset=utf-8", "base64"),
            "odd": QualifiedValue("/w==", "text/plain; charset=punycode", "base64"),
        }
    )
    assert results.plain() == {
        "one": 1,
        "list": [{"k": 1}, link, 2],
        "link": link,
        "text": "Grüße",
        "latin": "ü",
        "bytes": b"\0\1",
        "no text": b"\xff",
        "odd": b"\xff",
    }
    assert text.content == "Grüße".encode()
