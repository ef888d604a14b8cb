"""Results as real servers send them: a small literal test for each trap, named after it.

The comment in each says which server was seen doing it.
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, ScriptedServer, answer, chunked

from ogcproc import Client, Link, QualifiedValue, ServiceError
from ogcproc._http.headers import Headers
from ogcproc._protocol.problems import is_problem
from ogcproc._protocol.results import UNNAMED, Known, read_results
from ogcproc.models import OutputDescription

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ogcproc.models import JobResults

JSON = {"Content-Type": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n"


def described(**schemas: Any) -> dict[str, OutputDescription]:
    """The outputs of a process, by their schemas."""
    return {
        name: OutputDescription.from_dict({"schema": schema}) for name, schema in schemas.items()
    }


def read(
    body: str | bytes,
    headers: Mapping[str, str] | list[tuple[str, str]] = JSON,
    asked: Sequence[str] = (),
    *,
    status: int = 200,
    outputs: Mapping[str, OutputDescription] | None = None,
) -> JobResults:
    pairs = headers if isinstance(headers, list) else headers.items()
    content = body.encode() if isinstance(body, str) else body
    known = Known(asked, outputs or {}, "http://h/jobs/j/results")
    return read_results(status, Headers(pairs), content, known)


# --- 16: "document" is not one shape ----------------------------------------------------------


def test_trap_16_a_document_is_a_map_of_values() -> None:
    # weaver 6.15 (weaver/31), ZOO-Project 2.1.1-dev (zoo/32), wraptile 0.3.0 (wraptile/30)
    assert dict(read('{"num": 0, "names": ["a", "b"]}')) == {"num": 0, "names": ["a", "b"]}


def test_trap_16_a_document_is_a_list_with_the_whole_result() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/51, /58)
    outputs = described(a={"type": "number"}, b={"type": "string"})
    assert dict(read('{"outputs": [{"a": 1.5, "b": "x"}]}', outputs=outputs)) == {
        "a": 1.5,
        "b": "x",
    }
    assert dict(read('{"outputs": [42]}', outputs=described(out={"type": "number"}))) == {"out": 42}
    assert dict(read('{"outputs": [42]}')) == {UNNAMED: 42}


def test_trap_16_hello_world_is_one_object_not_two_outputs() -> None:
    # pygeoapi's hello-world (pygeoapi-0.21-tinydb/39): it says that its output is an object
    value = {"id": "echo", "value": "Hello World!"}
    outputs = described(echo={"type": "object", "contentMediaType": "application/json"})
    sent = '{"id": "echo", "value": "Hello World!"}'
    assert dict(read(sent, outputs=outputs)) == {"echo": value}
    assert dict(read(sent, asked=["echo"])) == {"echo": value}
    # pygeoapi-0.21-tinydb/41: the same in a list
    assert dict(read(f'{{"outputs": [{sent}]}}', outputs=outputs)) == {"echo": value}


def test_trap_16_hello_world_said_to_be_a_text_is_the_text() -> None:
    # as above, for a process that describes its output otherwise
    sent = '{"id": "echo", "value": "Hello World!"}'
    outputs = described(echo={"type": "string"})
    assert dict(read(sent, outputs=outputs)) == {"echo": "Hello World!"}
    assert dict(read(f'{{"outputs": [{sent}]}}', outputs=outputs)) == {"echo": "Hello World!"}


# --- 17: the spellings of a value -------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2", 2),  # GeoServer (geoserver/03), bare
        ('{"value": {"k": 1}}', QualifiedValue({"k": 1})),  # zoo/30
        (
            '{"value": "<k/>", "format": {"mediaType": "text/xml", "encoding": "utf-8"}}',  # zoo/44
            QualifiedValue(
                "<k/>",
                "text/xml",
                "utf-8",
                extra={"format": {"mediaType": "text/xml", "encoding": "utf-8"}},
            ),
        ),
        (
            '{"mediaType": "application/wkt", "value": "POINT (1 2)"}',  # geoserver/01, weaver/42
            QualifiedValue("POINT (1 2)", "application/wkt"),
        ),
        (
            '{"href": "http://h/out.txt", "type": "text/plain"}',  # weaver/31
            Link("http://h/out.txt", type="text/plain"),
        ),
        ('{"href": "http://h/temp//c.json"}', Link("http://h/temp//c.json")),  # zoo/39
        (
            '{"mediaType": "application/json", "href": "http://h/ows?x"}',  # geoserver/04
            Link(
                "http://h/ows?x", type="application/json", extra={"mediaType": "application/json"}
            ),
        ),
        (
            # the framework behind the Copernicus store (ogc-api-processes-fastapi/17)
            '{"value": {"href": "https://h/a.grib", "type": "application/x-grib", "file:size": 3}}',
            Link("https://h/a.grib", type="application/x-grib", extra={"file:size": 3}),
        ),
        (
            '{"value": {"href": "https://h/a.nc", "type": "application/netcdf"}}',
            Link("https://h/a.nc", type="application/netcdf"),
        ),
    ],
)
def test_trap_17_a_value_in_each_of_its_spellings(sent: str, expected: Any) -> None:
    assert dict(read(f'{{"out": {sent}}}')) == {"out": expected}
    assert dict(read(f'{{"out": [{sent}]}}')) == {"out": [expected]}


@pytest.mark.parametrize("member", ["value", "href"])
def test_trap_17_a_plain_object_with_such_a_member_stays_one(member: str) -> None:
    # by its schema alone can it be told from a wrapped value (GeoServer sends objects bare)
    schema = {"type": "object", "properties": {member: {"type": "string"}}}
    sent = f'{{"out": {{"{member}": "x"}}}}'
    assert dict(read(sent, outputs=described(out=schema))) == {"out": {member: "x"}}


# --- 18 to 20: types --------------------------------------------------------------------------


def test_trap_18_a_url_as_text_stays_a_text() -> None:
    # weaver 6.15 (weaver/42): by value was asked, and one of three is a bare URL
    results = read(
        '{"txt": "http://h/wpsoutputs/txt/out.txt", "num": 0,'
        ' "js": {"mediaType": "application/json", "value": {"k": 1}}}'
    )
    assert dict(results) == {
        "txt": "http://h/wpsoutputs/txt/out.txt",
        "num": 0,
        "js": QualifiedValue({"k": 1}, "application/json"),
    }


def test_trap_19_bare_text_labelled_json_is_that_text() -> None:
    # ZOO-Project 2.1.1-dev (zoo/24, zoo/38)
    results = read("x y", {"Content-Type": "application/json;charset=UTF-8"}, ["b"])
    assert dict(results) == {"b": "x y"}
    assert results.body == b"x y"


def test_trap_20_raw_bytes_come_with_their_type() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/61, /209), whatever Accept says
    results = read(PNG, {"Content-Type": "image/png"}, outputs=described(image={}))
    assert dict(results) == {"image": QualifiedValue(PNG, "image/png")}


def test_trap_20_a_number_comes_as_plain_text() -> None:
    # weaver 6.15 (weaver/38)
    results = read("0", {"Content-Type": "text/plain; charset=UTF-8"}, ["num"])
    assert dict(results) == {"num": QualifiedValue("0", "text/plain")}


# --- 22 to 24: headers and parts --------------------------------------------------------------

WEAVER_LINKS = [
    ("Link", '<http://h/jobs/j>; rel="status"; type="application/json"; title="Job status."'),
    ("Link", '<http://h/jobs/j>; rel="monitor"'),
    ("Link", '<http://h/jobs/j?f=json>; rel="alternate"; hreflang=en-CA'),
    ("Link", '<http://h/jobs>; rel="https://www.opengis.net/def/rel/ogc/1.0/job-list"'),
    ("Link", '<http://h/jobs/j/inputs>; rel="inputs"'),
    ("Link", '<http://h/jobs/j/outputs>; rel="outputs"'),
    ("Link", '<http://h/jobs/j/results>; rel="https://www.opengis.net/def/rel/ogc/1.0/results"'),
    ("Link", '<http://h/jobs/j/statistics>; rel="statistics"'),
    ("Link", '<http://h/jobs/j/prov>; rel="https://www.w3.org/ns/prov"'),
    ("Link", '<http://h/jobs/j/js?f=text/csv>; rel="output"; title="js result in text/csv"'),
    ("Link", '<http://h/jobs/j/logs>; rel="logs", <http://h/jobs/j/results>; rel="self"'),
    ("Link", '<http://h/jobs/j>; rel="up"'),
    ("Link", '<http://h/out/txt/out.txt>; rel="txt"; type="text/plain"'),
    ("Link", '<http://h/out/txt/out.txt>; rel="output"; type="text/plain"'),
]
TXT = Link("http://h/out/txt/out.txt", "txt", "text/plain")


@pytest.mark.parametrize(
    ("asked", "outputs"),
    [
        (["txt"], {}),
        ([], described(txt={}, js={}, num={})),
        ([], {}),  # that the other link to it says "output" is all there is to know it by
    ],
)
def test_trap_22_no_content_is_a_link_among_many(
    asked: list[str], outputs: dict[str, OutputDescription]
) -> None:
    # weaver 6.15 (weaver/39, weaver/80)
    results = read("", WEAVER_LINKS, asked, status=204, outputs=outputs)
    assert dict(results) == {"txt": TXT}
    assert isinstance(results.headers, Headers)
    assert len(results.headers.getlist("link")) == len(WEAVER_LINKS)


def test_trap_22_several_links_are_each_its_output() -> None:
    # weaver 6.15 (weaver/41)
    links = [
        *WEAVER_LINKS,
        ("Link", '<http://h/out/js/out.json>; rel="js"; type="application/json"'),
        ("Link", '<http://h/out/js/out.json>; rel="output"; type="application/json"'),
    ]
    results = read("", links, ["txt", "js"], status=204)
    js = Link("http://h/out/js/out.json", "js", "application/json")
    assert dict(results) == {"txt": TXT, "js": js}


def test_trap_22_a_link_without_a_relation_is_named_by_its_path() -> None:
    # actinia's plugin (actinia-oapip/01), and 1.0 itself, which names no relation
    links = [("Link", "</resources/ndvi.tif>"), ("Link", "<http://h/resources/report>")]
    results = read("", links, status=204, outputs=described(ndvi={}, report={}))
    assert dict(results) == {
        "ndvi": Link("http://h/resources/ndvi.tif"),
        "report": Link("http://h/resources/report"),
    }


def test_trap_23_of_two_content_types_the_last_is_meant() -> None:
    # weaver 6.15 (weaver/33, /36, /77): doubled Content-Type and Content-Length, empty encoding
    headers = [
        ("Content-Disposition", 'attachment; name="txt"; filename="out.txt"'),
        ("Content-Encoding", ""),
        ("Content-Id", "<txt@97ddeebd>"),
        ("Content-Length", "8"),
        ("Content-Length", "8"),
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Content-Type", "text/plain"),
        ("Content-Type", ""),
    ]
    expected = {"txt": QualifiedValue("hello w\n", "text/plain")}
    assert dict(read("hello w\n", headers, ["txt"])) == expected
    assert dict(read("hello w\n", headers)) == expected


WEAVER_PARTS = (
    "--a7f\r\n"
    'Content-Disposition: attachment; name="txt"; filename="out.txt"\r\n'
    "Content-Type: text/plain\r\n"
    "Content-Location: http://h/wpsoutputs/txt/out.txt\r\n"
    "Content-ID: <txt@781b>\r\n"
    "Content-Length: 0\r\n\r\n"
    "--a7f\r\n"
    'Content-Disposition: attachment; name="num"\r\n'
    "Content-Type: text/plain\r\n"
    "Content-ID: <num@781b>\r\n\r\n"
    "0\r\n"
    "--a7f--\r\n"
)


@pytest.mark.parametrize("asked", [["txt", "num"], []])
def test_trap_24_an_empty_part_that_says_where_it_is_is_a_link(asked: list[str]) -> None:
    # weaver 6.15 (weaver/40), with two Content-Types as in trap 23
    headers = [
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Content-Type", "multipart/mixed; boundary=a7f"),
    ]
    assert dict(read(WEAVER_PARTS, headers, asked)) == {
        "txt": Link("http://h/wpsoutputs/txt/out.txt", type="text/plain"),
        "num": QualifiedValue("0", "text/plain"),
    }


def test_trap_24_zoo_multipart_without_line_ends_before_its_boundaries() -> None:
    # ZOO-Project 2.1.1-dev (zoo/31, zoo/33): and with headers inside of the bodies
    body = (
        "----42\r\nContent-ID: a\r\nContent-Type: text/plain; charset=utf-8\r\nStatus: 200 OK\r\n"
        "\r\nContent-Disposition: INLINE\r\n1.5"
        "----42\r\nContent-ID: b\r\nContent-Type: text/plain; charset=utf-8\r\nStatus: 200 OK\r\n"
        "\r\nContent-Disposition: INLINE\r\nnote: x y\n"
        "----42\r\nContent-ID: c\r\nContent-Type: application/json; charset=UTF-8\r\n"
        'Content-Disposition: INLINE\r\n{"k":1}'
        "----42--\r\n"
    )
    headers = {"Content-Type": 'multipart/related; boundary="--42"; type=text/plain; start=a'}
    results = read(body, headers)
    assert dict(results) == {
        "a": QualifiedValue("1.5", "text/plain"),
        "b": QualifiedValue("note: x y\n", "text/plain"),
        "c": {"k": 1},
    }
    assert results.body == body.encode()


# --- 25 to 28: what is no result --------------------------------------------------------------

ZOO_FAILURE = (
    b'{"title":"NoApplicableCode","type":"NoApplicableCode","detail":"Unable to run the Service."}'
)


def test_trap_25_an_error_under_200_is_an_error() -> None:
    # ZOO-Project 2.1.1-dev (zoo/79, zoo/80)
    assert is_problem(Headers(JSON.items()), ZOO_FAILURE)


def test_trap_25_outputs_of_such_names_are_no_error() -> None:
    headers = Headers(JSON.items())
    assert not is_problem(headers, ZOO_FAILURE, Known(["title", "type"]))
    assert not is_problem(headers, ZOO_FAILURE, Known((), described(detail={})))
    assert not is_problem(headers, b'{"type": "Point", "title": "a place"}')


def test_trap_27_a_body_may_be_the_output_itself() -> None:
    # EOEPCA's ZOO-Project-DRU (eoepca-zoo-dru/03): a STAC collection on s3://
    body = '{"type": "Collection", "id": "34e2", "stac_version": "1.1.0", "links": []}'
    collection = {"type": "Collection", "id": "34e2", "stac_version": "1.1.0", "links": []}
    results = read(body, outputs=described(stac={"type": "object"}))
    assert dict(results) == {"stac": collection}
    assert dict(read(body)) == {UNNAMED: collection}


def test_trap_27_a_link_to_s3_stays_as_it_is() -> None:
    results = read('{"stac": {"href": "s3://bucket/catalog.json#a", "type": "application/json"}}')
    assert dict(results) == {"stac": Link("s3://bucket/catalog.json#a", type="application/json")}


def test_trap_28_the_outputs_of_another_process_are_given_as_sent() -> None:
    # fastprocesses 0.16.0 (fastprocesses/42-44): a result cache that mixes up processes
    results = read('{"a": 1.5, "b": "x"}', outputs=described(out={"type": "string"}))
    assert dict(results) == {"a": 1.5, "b": "x"}


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json; profile=ogc",  # weaver/54
        "application/json;charset=UTF-8",  # ZOO-Project
        "application/json;encoding=utf-8",  # zoo/114
        "APPLICATION/JSON",
    ],
)
def test_trap_50_parameters_of_a_media_type_do_not_hide_it(media_type: str) -> None:
    assert dict(read('{"a": 1}', {"Content-Type": media_type})) == {"a": 1}


def test_trap_50_a_type_built_on_json_is_decoded_and_known() -> None:
    # pygeoapi 0.21 (pygeoapi-0.21-tinydb/211): application/ld+json
    results = read('{"@id": "x"}', {"Content-Type": "application/ld+json"}, ["doc"])
    assert dict(results) == {"doc": QualifiedValue({"@id": "x"}, "application/ld+json")}


# --- over the wire ----------------------------------------------------------------------------


def test_trap_21_results_are_asked_for_as_json_first() -> None:
    # pygeoapi 0.21 to 0.24 (pygeoapi-0.21-tinydb/126, /202 to /208): else it is a web page
    def negotiated(request: Received) -> bytes:
        if (request.header("Accept") or "").startswith("application/json"):
            return answer(200, {"a": 1})
        return answer(200, "<!doctype html><p>a: 1", [("Content-Type", "text/html")])

    with ScriptedServer(negotiated) as server, Client(server.url) as client:
        assert dict(client.get_job_results("j")) == {"a": 1}


def test_trap_25_results_by_redirect_are_fetched() -> None:
    # ZOO-Project 2.1.1-dev (zoo/57, zoo/58): a web page leads to a file behind a double slash
    page = "<!DOCTYPE HTML><title>302 Found</title>"
    moved = [("Content-Type", "text/html; charset=iso-8859-1"), ("Location", "/temp//j.json")]
    script = {
        "/jobs/j/results": answer(302, page, moved),
        "/temp//j.json": answer(200, {"Result": "done"}),
    }
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert dict(client.get_job_results("j")) == {"Result": "done"}


def test_trap_25_an_error_by_redirect_is_raised() -> None:
    # ZOO-Project 2.1.1-dev (zoo/79, zoo/80); here its job is forgotten, so there is no other word
    script = {
        "/jobs/j/results": answer(302, b"", [("Location", "/temp//j.json")]),
        "/temp//j.json": answer(200, ZOO_FAILURE, list(JSON.items())),
        "/jobs/j": answer(404, {"title": "NoSuchJob", "type": "NoSuchJob", "detail": "gone"}),
    }
    with (
        ScriptedServer(script) as server,
        Client(server.url) as client,
        pytest.raises(ServiceError, match="Unable to run") as caught,
    ):
        client.get_job_results("j")
    assert caught.value.body == ZOO_FAILURE


def test_trap_25_an_error_that_comes_at_once_is_raised() -> None:
    script = {
        "POST /processes/fail/execution": answer(200, ZOO_FAILURE, list(JSON.items())),
        "/processes/fail": answer(200, {"id": "fail", "version": "1", "outputs": {"Result": {}}}),
    }
    with (
        ScriptedServer(script) as server,
        Client(server.url) as client,
        pytest.raises(ServiceError, match="Unable to run"),
    ):
        client.execute_process("fail", mode="sync")


def test_trap_26_a_successful_job_without_results_is_an_error() -> None:
    # pygeoapi 0.21 without output_dir (pygeoapi-0.21-tinydb-nooutputdir/03), zoo/74
    error = {"code": "JobResultNotFound", "type": "JobResultNotFound", "description": "j"}
    script = {
        "/jobs/j/results": answer(500, error),
        "/jobs/j": answer(200, {"jobID": "j", "status": "successful", "type": "process"}),
    }
    with (
        ScriptedServer(script) as server,
        Client(server.url, retries=0) as client,
        pytest.raises(ServiceError) as caught,
    ):
        client.get_job_results("j")
    assert caught.value.status == 500


def test_trap_51_a_compressed_body_is_read_as_what_it_holds() -> None:
    # pygeoapi 0.21 with gzip: true (pygeoapi-0.21-defaultlimits/10, /11), on pictures as well
    def compressed(request: Received) -> bytes:
        headers = [("Content-Type", "image/png")]
        if "gzip" in (request.header("Accept-Encoding") or ""):
            return answer(200, gzip.compress(PNG), [*headers, ("Content-Encoding", "gzip")])
        return answer(200, PNG, headers)

    with ScriptedServer(compressed) as server, Client(server.url) as client:
        job = client.execute_process("png", {"outputs": {"image": {}}}, mode="sync")
    assert dict(job.results or {}) == {"image": QualifiedValue(PNG, "image/png")}


def test_trap_51_a_chunked_body_needs_no_length() -> None:
    # ZOO-Project 2.1.1-dev: 101 of its 123 recorded answers
    headers = [*JSON.items(), ("Transfer-Encoding", "chunked")]
    script = {"/jobs/j/results": answer(200, chunked(b'{"a":', b" 1}"), headers)}
    with ScriptedServer(script) as server, Client(server.url) as client:
        assert dict(client.get_job_results("j")) == {"a": 1}
