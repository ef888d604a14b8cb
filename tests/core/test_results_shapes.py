"""Every shape of an answer becomes results, and what is in doubt stays as it was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ogcproc import JobResults, Link, OgcProcError, QualifiedValue
from ogcproc._http.headers import Headers
from ogcproc._protocol.problems import is_problem
from ogcproc._protocol.results import UNNAMED, Known, raw_value, read_results
from ogcproc.models import OutputDescription

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Outputs = Mapping[str, OutputDescription]

JSON = "application/json"
POINT = {"type": "Point", "coordinates": [1, 2]}
URL = "http://h/ogc/jobs/j/results"


def described(**schemas: Any) -> dict[str, OutputDescription]:
    """The outputs of a process, by their schemas; None for an output without one."""
    return {
        name: OutputDescription.from_dict({} if schema is None else {"schema": schema})
        for name, schema in schemas.items()
    }


def read(
    body: Any,
    media_type: str = JSON,
    asked: Sequence[str] = (),
    *more: tuple[str, str],
    outputs: Outputs | None = None,
    status: int = 200,
) -> dict[str, Any]:
    """Read an answer; its body is bytes, or what is to be written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = Headers([*([("Content-Type", media_type)] if media_type else []), *more])
    return dict(read_results(status, headers, content, Known(asked, outputs or {}, URL)))


def never() -> Outputs:
    raise AssertionError("asked for the outputs of the process without need")


def unasked(body: Any, asked: Sequence[str] = (), *more: tuple[str, str]) -> dict[str, Any]:
    """Read an answer of JSON, or an empty one, that must be plain without a description."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = Headers([("Content-Type", JSON), *more])
    return dict(read_results(200, headers, content, Known(asked, never, URL)))


# --- in doubt, and not ------------------------------------------------------------------------


def test_the_description_is_not_asked_for_without_need() -> None:
    assert unasked({"final": "supsup"}) == {"final": "supsup"}
    assert unasked({"id": 1}, ["id"]) == {"id": 1}
    assert unasked([1], ["a"]) == {"a": [1]}
    assert unasked({"a": {"value": 1, "mediaType": "x/y"}}) == {"a": QualifiedValue(1, "x/y")}
    assert unasked({"a": {"href": "/x", "type": "x/y"}}) == {"a": Link("http://h/x", type="x/y")}
    link = ("Link", '</x>; rel="a"')
    assert unasked(None, ["a"], link) == {"a": Link("http://h/x", "a")}
    assert unasked({"type": 1}, (), ("Content-Profile", "http://x/ogc-results")) == {"type": 1}


def test_the_description_is_asked_for_once() -> None:
    calls = []

    def outputs() -> Outputs:
        calls.append(1)
        return described(a={"type": "object"})

    body = json.dumps({"id": "x", "value": {"value": 1}}).encode()
    headers = Headers([("Content-Type", JSON)])
    results = read_results(200, headers, body, Known((), outputs))
    assert dict(results) == {"a": {"id": "x", "value": {"value": 1}}}
    assert calls == [1]


def test_the_answer_stays_at_hand() -> None:
    headers = Headers([("Content-Type", JSON)])
    results = read_results(200, headers, b'{"a": 1}')
    assert (results.status, results.headers, results.body) == (200, headers, b'{"a": 1}')


# --- one value --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "body", "expected"),
    [
        ("text/plain; charset=latin-1", b"\xe9", QualifiedValue("é", "text/plain")),
        ("text/plain", b"\xff\xfe", QualifiedValue(b"\xff\xfe", "text/plain")),
        ("application/gml+xml; version=3.2", b"<g/>", None),
        ("application/octet-stream", b"{}", QualifiedValue(b"{}", "application/octet-stream")),
        ("application/geo+json", POINT, QualifiedValue(POINT, "application/geo+json")),
        (JSON, b"null", None),
        (JSON, b"3", 3),
        (JSON, b"a \xff", QualifiedValue(b"a \xff", JSON)),
        (JSON, b"[" * 100_000, "[" * 100_000),
        ("application/json; charset=latin-1", b'"\xe9"', "é"),
        ("application/json; charset=latin-1", b"\xe9 a", "é a"),
        ("", b"[1, 2]", [1, 2]),
        ("", b"42", QualifiedValue(b"42")),
        ("", b"x", QualifiedValue(b"x")),
    ],
)
def test_a_raw_value_is_named_by_the_one_output(media_type: str, body: Any, expected: Any) -> None:
    if media_type.endswith("3.2"):
        expected = QualifiedValue("<g/>", media_type)
    assert read(body, media_type, ["a"]) == {"a": expected}
    assert read(body, media_type, outputs=described(a=None)) == {"a": expected}
    assert read(body, media_type, outputs=described(a=None, b=None)) == {UNNAMED: expected}
    assert read(body, media_type, ["a", "b"]) == {UNNAMED: expected}
    assert read(body, media_type) == {UNNAMED: expected}


@pytest.mark.parametrize(
    ("content_id", "asked", "expected"),
    [
        ("a", [], "a"),
        ("a%20b", ["c", "a b"], "a b"),
        ("<a>", [], "a"),
        ("<a@b@h>", ["a@b", "a"], "a@b"),
        ("<a@h>", [], "a@h"),
        ("a@h", ["a", "c"], "a@h"),
        ("x", ["a"], "a"),
    ],
)
def test_a_content_id_names_a_raw_value(content_id: str, asked: list[str], expected: str) -> None:
    for body in (b"3", b'{"k": 1}'):
        named = read(body, JSON, asked, ("Content-ID", content_id))
        assert named == {expected: json.loads(body)}


def test_a_file_name_names_a_raw_value_only_where_it_is_an_output() -> None:
    disposition = ("Content-Disposition", 'attachment; filename="a.txt"')
    value = QualifiedValue("x", "text/plain")
    assert read(b"x", "text/plain", ["b", "a"], disposition) == {"a": value}
    assert read(b"x", "text/plain", [], disposition) == {UNNAMED: value}


def test_an_empty_body_is_an_empty_value_where_it_is_said_to_be_one() -> None:
    assert read(b"", "text/csv", ["a"]) == {"a": QualifiedValue("", "text/csv")}
    assert read(b"", "x/y", [], ("Content-ID", "a"), outputs=described(a=None)) == {
        "a": QualifiedValue(b"", "x/y")
    }


@pytest.mark.parametrize("media_type", ["", JSON, "text/html", "multipart/mixed; boundary=b"])
def test_an_empty_body_is_else_no_value(media_type: str) -> None:
    assert read(b"", media_type, ["a"]) == {}
    assert read(b"", "text/plain", ["a"], status=204) == {}
    assert read(b"", "text/plain") == {}


# --- objects: a map, or a value ---------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        POINT,
        {"type": "FeatureCollection", "features": []},
        {"stac_version": "1.0.0", "type": "Catalog"},
        {"bbox": [0, 0, 5, 5], "crs": "EPSG:4326"},
    ],
)
def test_an_object_that_looks_like_a_value_is_one(body: dict[str, Any]) -> None:
    assert read(body) == {UNNAMED: body}
    assert read(body, outputs=described(a=None)) == {"a": body}
    assert read(body, JSON, ["a", "b"]) == {UNNAMED: body}
    # though an output is called like one of its members
    assert read(body, outputs=described(type=None, bbox=None)) == {UNNAMED: body}


def test_an_object_whose_members_are_the_outputs_is_a_map() -> None:
    body = {"type": "Point", "value": 1}
    assert read(body, JSON, ["type", "value"]) == body
    assert read(body, outputs=described(type=None, value=None, other=None)) == body
    # servers that do not select (fastprocesses), or add to it
    assert read({"a": 1, "b": 2}, JSON, ["a"], outputs=described(a=None, b=None)) == {
        "a": 1,
        "b": 2,
    }
    assert read({"a": 1, "links": []}, outputs=described(a=None)) == {"a": 1, "links": []}
    assert read({"a": 1, "id": "x"}, outputs=described(a=None, b=None)) == {"a": 1, "id": "x"}


def test_an_object_without_a_known_id_is_the_one_output() -> None:
    assert read({"k": 1}, JSON, ["a"]) == {"a": {"k": 1}}
    assert read({"k": 1}, outputs=described(a={"type": "object"})) == {"a": {"k": 1}}
    assert read({}, outputs=described(a={"type": "object"})) == {}


def test_an_object_that_cannot_be_the_one_output_is_a_map() -> None:
    assert read({"k": 1}, JSON, ["a"], outputs=described(a={"type": "number"})) == {"k": 1}
    assert read({"id": 1}, outputs=described(a=None, b=None)) == {"id": 1}
    assert read({"id": 1}) == {"id": 1}


def test_an_output_may_have_a_member_of_its_own_name() -> None:
    # pygeoapi's shapely-functions (pygeoapi-0.21-tinydb/63)
    body = {"operation": "measurement:bounds", "result": [8.5, 47.4, 8.5, 47.4]}
    assert read(body, outputs=described(result={"type": "object"})) == {"result": body}
    assert read(body, outputs=described(result={"type": "array"})) == body
    assert read(body, outputs=described(result={"type": "string"})) == body


@pytest.mark.parametrize("media_type", ["application/geo+json", "application/vnd.x+json"])
def test_an_object_of_a_type_of_its_own_is_a_map_only_by_its_ids(media_type: str) -> None:
    value = QualifiedValue({"k": 1}, media_type)
    assert read({"k": 1}, media_type) == {UNNAMED: value}
    assert read({"k": 1}, media_type, outputs=described(a={"type": "string"})) == {"a": value}
    assert read({"k": 1}, media_type, outputs=described(k=None)) == {"k": 1}
    assert read({"k": 1}, media_type, ["k", "l"]) == {"k": 1}


@pytest.mark.parametrize(
    "more",
    [
        ("Content-Profile", "https://www.opengis.net/def/profile/OGC/0/ogc-results"),
        ("Link", '<http://www.opengis.net/def/profile/OGC/0/ogc-results>; rel="profile"'),
        ("Link", 'href="[ogc-profile:ogc-results]", rel="profile"'),
        ("Content-Type", 'application/json; profile="https://x/ogc-results"'),
    ],
)
def test_a_results_document_that_says_so_is_a_map(more: tuple[str, str]) -> None:
    # weaver, ZOO-Project, and `/req/core/process-execute-sync-many-json` of 2.0
    assert read(POINT, JSON, [], more) == POINT


# --- one value in its wrapping ----------------------------------------------------------------


def test_a_wrapped_value_that_is_the_whole_answer_is_unwrapped_where_that_is_sure() -> None:
    value = {"value": 1, "mediaType": "x/y"}
    assert read(value, outputs=described(a={"type": "number"})) == {"a": QualifiedValue(1, "x/y")}
    assert read(value) == {UNNAMED: QualifiedValue(1, "x/y")}
    assert read({"href": "/x", "type": "x/y"}) == {UNNAMED: Link("http://h/x", type="x/y")}
    assert read({"value": 1}, JSON, ["a"]) == {"a": {"value": 1}}
    assert read({"value": 1}, outputs=described(a={"type": "object"})) == {"a": {"value": 1}}
    assert read([{"value": 1}], JSON, ["a"]) == {"a": [{"value": 1}]}
    described_as_array = described(a={"type": "array", "items": {"type": "object"}})
    assert read([{"value": {}}], JSON, ["a"], outputs=described_as_array) == {
        "a": [QualifiedValue({})]
    }


def test_a_wrapped_value_in_a_document_is_unwrapped_unless_the_schema_says_otherwise() -> None:
    assert read({"a": {"value": 1}}) == {"a": QualifiedValue(1)}
    assert read({"a": {"value": 1}}, outputs=described(a=None)) == {"a": QualifiedValue(1)}
    assert read({"a": {"value": 1}}, outputs=described(a={"type": "object"})) == {"a": {"value": 1}}
    assert read({"a": {"href": "/x"}}, outputs=described(a={"type": "object"})) == {
        "a": Link("http://h/x")
    }
    items = {"type": "array", "items": {"properties": {"value": {}}}}
    assert read({"a": [{"value": 1}]}, outputs=described(a=items)) == {"a": [{"value": 1}]}


@pytest.mark.parametrize(
    "value",
    [
        {"value": 1, "unit": "m"},
        {"value": 1, "mediaType": 7},
        {"href": 7},
        {"href": "/x", "name": "y"},
        {"bbox": [1, 2, 3, 4], "crs": "EPSG:4326"},
        [[{"value": 1, "mediaType": "x/y"}]],
        {"value": {"href": "a.txt"}, "unit": "m"},
    ],
)
def test_what_is_no_wrapped_value_stays_as_it_was_sent(value: Any) -> None:
    assert read({"a": value}) == {"a": value}


def test_an_object_in_value_is_a_link_only_where_it_is_surely_one() -> None:
    plain = {"href": "/x", "type": "x/y"}
    assert read({"a": {"value": plain}}) == {"a": QualifiedValue(plain)}
    other = {"href": "http://h/x", "colour": "red"}
    assert read({"a": {"value": other}}) == {"a": QualifiedValue(other)}
    odd = {"href": "http://h/x", "file:size": 1, "title": 7}
    assert read({"a": {"value": odd}}) == {"a": {"value": odd}}


def test_a_format_tells_the_media_type_where_nothing_else_does() -> None:
    form = {"format": {"mediaType": "a/b", "encoding": 7, "schema": {"type": "x"}}}
    assert read({"a": {"value": 1, **form}}) == {
        "a": QualifiedValue(1, "a/b", schema={"type": "x"}, extra=form)
    }
    assert read({"a": {"value": 1, "mediaType": "c/d", "format": "e"}}) == {
        "a": QualifiedValue(1, "c/d", extra={"format": "e"})
    }
    assert read({"a": {"href": "http://h/x", **form}}) == {
        "a": Link("http://h/x", type="a/b", extra=form)
    }


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("../x?y", "http://h/ogc/jobs/x?y"),
        ("//i/x", "http://i/x"),
        ("urn:x:y", "urn:x:y"),
        ("http://[", "http://["),
        ("//[", "//["),
    ],
)
def test_a_relative_link_leads_on_from_the_answer(href: str, expected: str) -> None:
    assert read({"a": {"href": href}}) == {"a": Link(expected)}


def test_a_relative_link_stays_one_where_the_url_is_not_known() -> None:
    headers = Headers([("Content-Type", JSON)])
    assert dict(read_results(200, headers, b'{"a": {"href": "x"}}')) == {"a": Link("x")}


# --- "outputs" --------------------------------------------------------------------------------


def test_outputs_may_be_a_map_with_links_beside_it() -> None:
    # weaver's own /jobs/{id}/outputs (weaver/74), Dewberry's sync answer (dewberry-process-api/01)
    body = {"outputs": {"a": {"value": 4}, "b": 1}, "links": []}
    assert read(body) == {"a": QualifiedValue(4), "b": 1}
    job = {"type": "process", "jobID": "j", "status": "successful", "outputs": {"a": 1}}
    assert read(job) == {"a": 1}


def test_outputs_may_be_an_output() -> None:
    body = {"outputs": [1]}
    assert read(body, JSON, ["outputs"]) == body
    assert read(body, outputs=described(outputs=None)) == body
    assert read({"outputs": [1], "b": 2}) == {"outputs": [1], "b": 2}
    assert read({"outputs": 1}) == {"outputs": 1}


@pytest.mark.parametrize("outputs", [described(a=None, b=None), {}])
def test_outputs_may_be_a_list_of_entries(outputs: Outputs) -> None:
    # the drafts of 1.0
    body = {
        "outputs": [
            {"id": "a", "value": {"value": 1, "mediaType": "x/y"}},
            {"id": "b", "href": "/x", "type": "x/y"},
        ]
    }
    assert read(body, outputs=outputs) == {
        "a": QualifiedValue(1, "x/y"),
        "b": Link("http://h/x", type="x/y"),
    }


def test_entries_of_one_id_are_a_list() -> None:
    body = {"outputs": [{"id": "a", "value": 1}, {"id": "a", "value": 2}]}
    assert read(body, JSON, ["a"]) == {"a": [1, 2]}


def test_an_entry_with_more_than_a_value_stays_whole() -> None:
    body = {"outputs": [{"id": "a", "value": 1, "unit": "m"}, {"id": "b", "data": 2}]}
    assert read(body, JSON, ["a", "b"]) == {
        "a": {"id": "a", "value": 1, "unit": "m"},
        "b": {"id": "b", "data": 2},
    }


def test_one_entry_alone_is_unwrapped_where_it_names_a_media_type() -> None:
    body = {"outputs": [{"id": "a", "value": 1, "mediaType": "x/y"}]}
    assert read(body, JSON, ["a"]) == {"a": QualifiedValue(1, "x/y")}


def test_outputs_may_be_a_list_of_maps() -> None:
    body = {"outputs": [{"a": 1}, {"b": {"value": 2}, "a": 3}]}
    outputs = described(a=None, b=None)
    assert read(body, outputs=outputs) == {"a": [1, 3], "b": QualifiedValue(2)}


def test_a_list_that_says_nothing_of_its_outputs_is_one_value() -> None:
    assert read({"outputs": [1, 2]}, JSON, ["a"]) == {"a": [1, 2]}
    assert read({"outputs": [{"k": 1}, {"l": 2}]}) == {UNNAMED: [{"k": 1}, {"l": 2}]}
    assert read({"outputs": [{"id": "x"}, {"id": "y"}]}, outputs=described(a=None)) == {
        "a": [{"id": "x"}, {"id": "y"}]
    }
    assert read({"outputs": [POINT]}, outputs=described(a=None)) == {"a": POINT}
    assert read({"outputs": []}) == {}


def test_outputs_within_outputs_are_not_looked_into() -> None:
    body = {"outputs": [{"outputs": [1]}]}
    assert read(body) == {"outputs": [1]}


# --- parts ------------------------------------------------------------------------------------


def parts(*written: str) -> bytes:
    return "".join(f"--b\r\n{text}\r\n" for text in written).encode() + b"--b--\r\n"


MIXED = "multipart/mixed; boundary=b"


def test_parts_are_the_outputs_they_name() -> None:
    # GeoServer (geoserver/05), `/req/core/process-execute-sync-raw-mixed-multi`
    body = parts(
        "Content-ID: <a>\r\nContent-Type: text/plain\r\n\r\nx",
        'Content-Type: application/json\r\nContent-ID: b%2Fc\r\n\r\n{"value": 1}',
        "Content-ID: d\r\nContent-Location: out.tif\r\nContent-Type: image/tiff\r\n\r\n",
        'Content-Disposition: form-data; name="e"\r\n\r\nplain',
        'Content-Disposition: attachment; filename="f.bin"\r\nContent-Type: x/y\r\n\r\n\x01',
    )
    assert read(body, MIXED, ["a", "b/c", "d", "e", "f"]) == {
        "a": QualifiedValue("x", "text/plain"),
        "b/c": {"value": 1},
        "d": Link("http://h/ogc/jobs/j/out.tif", type="image/tiff"),
        "e": QualifiedValue("plain"),
        "f": QualifiedValue(b"\x01", "x/y"),
    }
    assert list(read(body, MIXED)) == ["a", "b%2Fc", "d", "e", "f.bin"]


def test_parts_of_one_id_are_a_list() -> None:
    body = parts("Content-ID: a\r\n\r\n1", "Content-ID: a\r\n\r\n2")
    assert read(body, MIXED, ["a"]) == {"a": [QualifiedValue("1"), QualifiedValue("2")]}


def test_a_host_goes_only_where_an_output_is_called_by_the_rest() -> None:
    body = parts("Content-ID: <a@h>\r\n\r\n1", "Content-ID: <b@h>\r\n\r\n2")
    assert list(read(body, MIXED, ["a"])) == ["a", "b@h"]
    assert list(read(body, MIXED, ["c"], outputs=described(b=None))) == ["a@h", "b"]


def test_parts_without_a_name_are_named_by_position_where_that_many_are_left() -> None:
    body = parts("\r\n1", "Content-ID: b\r\n\r\n2", "\r\n3")
    assert list(read(body, MIXED, ["a", "b", "c"])) == ["b", "a", "c"]
    assert list(read(body, MIXED, outputs=described(a=None, b=None, c=None))) == ["b", "a", "c"]
    assert list(read(body, MIXED, ["a", "b"])) == ["b", UNNAMED, "1"]
    assert list(read(parts("\r\n1", "Content-ID: 1\r\n\r\n2", "\r\n3"), MIXED)) == ["1", "", "2"]


def test_a_part_of_json_that_is_none_keeps_its_bytes_and_its_type() -> None:
    body = b"--b\r\nContent-ID: a\r\nContent-Type: application/json\r\n\r\n\xff\r\n--b\r\n\r\n\xff"
    assert read(body, MIXED) == {"a": QualifiedValue(b"\xff", JSON), "": QualifiedValue(b"\xff")}


def test_a_multipart_body_without_parts_is_one_value() -> None:
    assert read(b"nothing", MIXED, ["a"]) == {"a": QualifiedValue(b"nothing", "multipart/mixed")}


# --- links ------------------------------------------------------------------------------------


def follow(*fields: str, asked: Sequence[str] = (), outputs: Outputs | None = None) -> Any:
    """The hrefs by output of an empty answer with these Link fields."""
    links = [("Link", field) for field in fields]
    results = read(b"", "", asked, *links, outputs=outputs, status=204)
    assert results == read(b"", "", asked, *links, outputs=outputs)
    return {
        name: [link.href for link in value] if isinstance(value, list) else value.href
        for name, value in results.items()
    }


def test_a_link_is_named_by_its_relation() -> None:
    assert follow('<http://h/1>; rel="a%20b"', asked=["a b"]) == {"a b": "http://h/1"}
    assert follow('<http://h/1>; rel="x a"', outputs=described(a=None)) == {"a": "http://h/1"}
    assert follow("<http://h/1>; rel=a") == {"a": "http://h/1"}


def test_a_link_that_is_called_an_output_is_named_by_its_path() -> None:
    fields = [
        "<http://h/results/a>; rel=output",
        "<http://h/b.tif?x>; rel=item",
        "<http://h/c/out.txt>; rel=http://www.opengis.net/def/rel/ogc/1.0/output",
        "<http://[/>; rel=output",
    ]
    assert follow(*fields, asked=["c", "b", "a", "d"]) == {
        "a": "http://h/results/a",
        "b": "http://h/b.tif?x",
        "c": "http://h/c/out.txt",
        "d": "http://[/",
    }


def test_links_without_a_name_are_numbered() -> None:
    assert follow("</1>", "</2>; rel=output") == {UNNAMED: "http://h/1", "1": "http://h/2"}
    assert follow("</1>", asked=["a"]) == {"a": "http://h/1"}


def test_links_to_one_place_count_once_and_to_two_places_twice() -> None:
    fields = ["</1>; rel=a", "</1>; rel=a", "</2>; rel=a", "</1>"]
    assert follow(*fields, asked=["a"]) == {"a": ["http://h/1", "http://h/2"]}


def test_a_relation_with_a_meaning_of_its_own_is_an_output_only_if_said_to_be_one() -> None:
    fields = ["</1>; rel=status", "</2>; rel=up", "</3>; rel=http://x/other"]
    assert follow(*fields[:2], asked=["status"]) == {}
    assert follow(*fields, "</1>; rel=output", asked=["status"]) == {"status": "http://h/1"}
    assert follow(fields[2]) == {UNNAMED: "http://h/3"}


def test_an_output_that_no_relation_names_is_found_beside_those_that_are() -> None:
    fields = ["</1>; rel=a", "</out/b>; rel=output", "</out/c>; rel=output", "</d>"]
    assert follow(*fields, asked=["a", "b"]) == {
        "a": "http://h/1",
        "b": "http://h/out/b",
        UNNAMED: "http://h/d",
    }


def test_a_link_of_the_headers_keeps_all_its_members() -> None:
    field = '</1>; rel=a; type=x/y; hreflang=en; title="t"; length=7'
    link = Link("http://h/1", "a", "x/y", "en", "t", extra={"length": "7"})
    assert read(b"", "", ["a"], ("Link", field)) == {"a": link}


def test_links_beside_a_body_are_no_outputs() -> None:
    assert read({"b": 1}, JSON, [], ("Link", "</1>; rel=a")) == {"b": 1}


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (JSON, {"type": "http://www.opengis.net/def/exceptions/x/1.0/y", "title": "t"}),
        (JSON, {"code": "NoSuchJob", "description": "d"}),
        (JSON, {"type": "https://x/no-such-job", "title": "t", "status": 404, "instance": "/i"}),
        ("application/problem+json", {"type": "about:blank", "title": "t"}),
    ],
)
def test_an_error_document_is_known(media_type: str, body: dict[str, Any]) -> None:
    headers = Headers([("Content-Type", media_type)])
    sent = json.dumps(body).encode()
    assert is_problem(headers, sent)
    assert not is_problem(headers, sent, Known(list(body)[:1]))


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (JSON, POINT),
        (JSON, {"type": "NoApplicableCode"}),
        (JSON, {"type": "NoApplicableCode", "title": "t", "value": 1}),
        (JSON, {"type": "process", "title": "t", "status": "successful"}),
        (JSON, {"type": 7, "title": "t"}),
        (JSON, {"title": "t", "detail": "d"}),
        (JSON, {"type": "NoApplicableCode", "title": 7}),
        (JSON, ["NoApplicableCode"]),
        (JSON, b"NoApplicableCode"),
        ("text/plain", {"type": "NoApplicableCode", "title": "t"}),
    ],
)
def test_a_result_is_not_taken_for_an_error(media_type: str, body: Any) -> None:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert not is_problem(Headers([("Content-Type", media_type)]), sent)


# --- GeoJSON ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "is_geojson"),
    [
        (QualifiedValue(POINT), True),
        (QualifiedValue({"features": []}, "application/geo+json"), True),
        (QualifiedValue({"features": []}, "application/geo+json; charset=utf-8"), True),
        (QualifiedValue({"features": []}, "application/json"), False),
        (QualifiedValue({"type": "point"}), False),
        (QualifiedValue({"type": ["Point"]}), False),
        (QualifiedValue("{}", "application/geo+json"), False),
        (QualifiedValue(b"\x00", "image/png"), False),
    ],
)
def test_a_value_has_a_geo_interface_where_it_is_geojson(
    value: QualifiedValue, *, is_geojson: bool
) -> None:
    assert hasattr(value, "__geo_interface__") is is_geojson
    if is_geojson:
        assert value.__geo_interface__ is value.value


def test_results_have_a_geo_interface_where_one_output_is_geojson() -> None:
    assert JobResults({"a": 1, "b": POINT}).__geo_interface__ == POINT
    assert JobResults({"a": QualifiedValue(POINT)}).__geo_interface__ == POINT
    for values in ({}, {"a": 1}, {"a": POINT, "b": POINT}):
        with pytest.raises(AttributeError, match="GeoJSON"):
            _ = JobResults(values).__geo_interface__


# --- anything ---------------------------------------------------------------------------------

ids = st.sampled_from(["a", "b", "id", "value", "type", "outputs", ""])
texts = st.text(max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ids | texts, inner, max_size=3),
    max_leaves=8,
)
markup = st.sampled_from(
    ["--b\r\n", "--b--", "\r\n", "Content-ID: <a@h>\r\n", "Content-Disposition: INLINE\r\n", "x"]
)
contents = (
    st.binary(max_size=40)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.lists(markup, max_size=12).map(lambda pieces: "".join(pieces).encode())
)
fields = st.tuples(
    st.sampled_from(
        ["Content-Type", "Content-ID", "Content-Disposition", "Content-Location", "Link", "X"]
    ),
    texts
    | st.sampled_from([JSON, "application/geo+json", "text/plain; charset=x", MIXED, "<a@h>"])
    | st.sampled_from(["</a>; rel=output", '<http://[>; rel="a b"', "href=/x, rel=y", "name=a"]),
)
schemas = st.none() | st.booleans() | json_values.filter(lambda value: isinstance(value, dict))


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([200, 204]),
    st.lists(fields, max_size=4),
    contents,
    st.lists(ids, max_size=2),
    st.dictionaries(ids, schemas, max_size=2),
)
@example(200, [("Content-Type", JSON)], b"[" * 50_000, [], {})
@example(200, [("Content-Type", JSON)], b'{"outputs":[' * 300 + b"]}" * 300, [], {})
@example(200, [("Content-Type", JSON)], b'{"a":' + b"[" * 400 + b"]" * 400 + b"}", [], {})
def test_any_answer_becomes_results(
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    asked: list[str],
    described_as: dict[str, Any],
) -> None:
    pairs = Headers(headers)
    outputs = described(**described_as)
    try:
        results = read_results(status, pairs, body, Known(asked, outputs, URL))
    except OgcProcError:
        return
    assert isinstance(results, JobResults)
    assert results.body == body
    assert all(isinstance(name, str) for name in results)
    assert isinstance(is_problem(pairs, body, Known(asked, outputs)), bool)
    assert isinstance(raw_value(pairs, body), QualifiedValue)
