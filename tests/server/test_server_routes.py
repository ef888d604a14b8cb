"""The resources and their errors: landing page, conformance, the API, processes, odd requests."""

from __future__ import annotations

import json
import threading
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from http_client_helpers import EXC, Caller

from ogcproc.server import Problem, Service

if TYPE_CHECKING:
    from collections.abc import Iterator

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
ODD = ["a/b", "a b", "100%", "é漢", "JTS:buffer", ".", "..", "?#", "execution", "a+b", '"<>']

service = Service(title="T <i>", description="D & d", max_body=1000)
for odd in ODD:

    @service.process(id=odd, title="Odd")
    def echo(text: str = "x") -> str:
        return text


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with service.serve() as server, Caller(server.address) as caller:
        yield caller


def rels(document: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


def test_the_landing_page_links_everything(caller: Caller) -> None:
    document = caller.get("/").json
    assert (document["title"], document["description"]) == ("T <i>", "D & d")
    places = rels(document)
    wanted = {"self", "service-desc", "service-doc"}
    assert set(places) == wanted | {REL + name for name in ("conformance", "processes", "job-list")}
    for link in document["links"]:
        answer = caller.get(path_of(link["href"]))
        assert answer.status == 200
        assert answer.headers["Content-Type"].split("; ")[0] == link["type"]


def test_conformance_is_declared_and_html_is_not(caller: Caller) -> None:
    classes = caller.get("/conformance").json["conformsTo"]
    prefix = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
    words = "core ogc-process-description json oas30 job-list callback dismiss"
    assert classes == [prefix + word for word in words.split()]


def test_the_api_definition_is_openapi_and_complete(caller: Caller) -> None:
    answer = caller.get("/api")
    assert answer.headers["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json
    assert document["openapi"].startswith("3.0.")
    assert document["servers"][0]["url"] == rels(caller.get("/").json)["self"].rstrip("/")
    text = json.dumps(document)
    for part in text.split('"$ref": "#/')[1:]:
        target: Any = document
        for name in part.split('"')[0].split("/"):
            target = target[name]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == {part.split("}")[0] for part in path.split("{")[1:]}
    empty = Service()
    with empty.serve() as server, Caller(server.address) as other:
        assert '"enum": []' not in other.get("/api").body.decode()


def test_the_page_is_html_and_escapes(caller: Caller) -> None:
    page = caller.get("/api.html").body.decode()
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: seen.append(tag)  # type: ignore[assignment]
    parser.feed(page)
    assert "table" in seen
    assert "i" not in seen
    assert "T &lt;i&gt;" in page


def test_every_process_can_be_listed_described_and_executed(caller: Caller) -> None:
    document = caller.get("/processes").json
    assert [process["id"] for process in document["processes"]] == ODD
    for summary in document["processes"]:
        assert "inputs" not in summary
        place = path_of(rels(summary)["self"])
        description = caller.get(place).json
        assert description["id"] == summary["id"]
        answer = caller.request(
            "POST", path_of(rels(description)[REL + "execute"]), {"inputs": {"text": "y"}}
        )
        assert answer.body == b"y"


def test_processes_are_listed_in_pages(caller: Caller) -> None:
    found: list[str] = []
    document = caller.get("/processes?limit=4").json
    while True:
        found += [process["id"] for process in document["processes"]]
        if "next" not in rels(document):
            break
        document = caller.get(path_of(rels(document)["next"])).json
    assert found == ODD
    document = caller.get(path_of(rels(document)["prev"])).json
    assert [process["id"] for process in document["processes"]] == ODD[4:8]
    assert len(caller.get("/processes?limit=1").json["processes"]) == 1


@pytest.mark.parametrize("limit", ["0", "-1", "10001", "x", "", "1.5", "٣"])
def test_a_wrong_limit_is_refused(caller: Caller, limit: str) -> None:
    answer = caller.get("/processes?limit=" + quote(limit))
    assert (answer.status, answer.json["title"]) == (400, "Bad Request")


def test_an_id_is_found_however_it_is_encoded(caller: Caller) -> None:
    for path in "/processes/JTS:buffer", "/processes/JTS%3abuffer", "/processes/a%20b/":
        assert caller.get(path).status == 200
    assert caller.get("/processes/%C3%A9%E6%BC%A2").status == 200


def test_a_target_may_be_a_whole_url_or_hold_raw_bytes(caller: Caller) -> None:
    assert caller.get("http://elsewhere/processes?limit=1").status == 200
    sock = caller.connection.sock
    sock.sendall("GET /processes/é漢 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    assert sock.recv(12) == b"HTTP/1.1 200"
    caller.connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "about:blank"),
        ("GET", "/jobs//x", 404, "about:blank"),
        ("GET", "/processes/x", 404, EXC + "no-such-process"),
        ("GET", "/jobs/x", 404, EXC + "no-such-job"),
        ("DELETE", "/jobs/x", 404, EXC + "no-such-job"),
        ("GET", "/jobs/x/results", 404, EXC + "no-such-job"),
        ("GET", "/processes/%ff", 400, "about:blank"),
    ],
)
def test_an_error_is_a_problem_document(
    caller: Caller, method: str, path: str, status: int, kind: str
) -> None:
    answer = caller.request(method, path)
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert (answer.status, problem["status"], problem["type"]) == (status, status, kind)
    assert problem["instance"] == path
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("PUT", "/jobs/x", "GET, DELETE, HEAD, OPTIONS"),
        ("GET", "/processes/x/execution", "POST, OPTIONS"),
        ("HEAD", "/processes/x/execution", "POST, OPTIONS"),
        ("PATCH", "/jobs", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    caller: Caller, method: str, path: str, allow: str
) -> None:
    answer = caller.request(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, allow)
    answer = caller.request("OPTIONS", path)
    assert (answer.status, answer.headers["Allow"]) == (204, allow)


@pytest.mark.parametrize("path", ["/", "/processes", "/jobs", "/api", "/processes/x", "/nowhere"])
def test_head_has_the_headers_of_get_and_no_body(caller: Caller, path: str) -> None:
    get, head = caller.get(path), caller.request("HEAD", path)
    assert head.body == b""
    assert head.status == get.status
    for name in "Content-Type", "Content-Length":
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, "the body is not JSON: "),
        (b"{", 400, "the body is not JSON: "),
        (b"\xff", 400, "the body is not JSON: "),
        (b"[]", 400, "the body is JSON, but not an object"),
        (b'{"inputs": {"text": NaN}}', 400, "the body is not JSON: NaN"),
        (b'{"inputs": {"text": -Infinity}}', 400, "the body is not JSON: -Infinity"),
        (b'{"inputs": {"text": 1e999}}', 400, "the body is not JSON: 1e999"),
        (b'{"inputs": 1.5}', 400, "inputs: expected an object"),
        (b'{"inputs": ' + b"[" * 101 + b"]" * 101 + b"}", 400, "the body nests deeper than 100"),
        (b'{"text": "a"}', 400, "'text' is none of inputs, outputs"),
        (b" " * 1001, 413, "a body may have 1000 bytes"),
    ],
)
def test_a_body_that_is_no_execute_request_is_refused(
    caller: Caller, body: bytes, status: int, detail: str
) -> None:
    answer = caller.execute("JTS:buffer", body)
    assert answer.status == status
    assert answer.json["detail"].startswith(detail)
    assert caller.get("/").status == 200


def test_a_body_deeper_than_the_parser_is_refused() -> None:
    with service.serve() as server, Caller(server.address) as caller:
        service.max_body = 1_000_000
        try:
            answer = caller.execute("JTS:buffer", b'{"a":' * 150_000)
        finally:
            service.max_body = 1000
    assert answer.json["detail"] == "the body nests deeper than 100 levels"


def test_a_body_of_another_type_is_refused(caller: Caller) -> None:
    answer = caller.execute("JTS:buffer", b"{}", {"Content-Type": "text/xml; charset=x"})
    assert (answer.status, answer.json["detail"]) == (
        415,
        "expected application/json, got text/xml",
    )
    caller.connection.close()
    answer = caller.execute("JTS:buffer", b"{}", {"Content-Type": "application/ogc+json"})
    assert answer.status == 200


def test_links_lead_to_the_host_that_was_asked(caller: Caller) -> None:
    assert rels(caller.get("/", {"Host": "Name.example:81"}).json)["self"] == (
        "http://Name.example:81/"
    )
    assert rels(caller.get("/", {"Host": "[::1]:81"}).json)["self"] == "http://[::1]:81/"
    for host in "a<b>", 'a"b', "a/b", "a b":
        assert caller.get("/", {"Host": host}).status == 400


def test_a_mistake_of_the_server_is_a_500_and_the_server_lives_on(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(service, "processes", None)
        answer = caller.get("/processes")
    assert answer.status == 500
    assert b"Traceback" not in answer.body
    assert b"NoneType" not in answer.body
    assert "NoneType" in caplog.text
    assert caller.get("/processes").status == 200


def test_a_service_closes_its_jobs_with_its_last_server() -> None:
    twice = Service()
    release = threading.Event()

    @twice.process()
    def hold() -> bool:
        return release.wait(5)

    with twice.serve() as one, Caller(one.address) as caller:
        with twice.serve():
            job_id = caller.start("hold", {})
        assert caller.get(f"/jobs/{job_id}").json["status"] in ("accepted", "running")
        release.set()
        assert caller.wait(job_id)["status"] == "successful"


def test_a_problem_survives_pickling() -> None:
    import pickle  # noqa: PLC0415

    problem = Problem("d", 418, type="urn:t", title="T", headers=(("A", "b"),))
    copy = pickle.loads(pickle.dumps(problem))
    assert copy.to_json("/i") == problem.to_json("/i")
    assert (str(copy), copy.headers) == ("d", (("A", "b"),))
