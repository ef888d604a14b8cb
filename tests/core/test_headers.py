"""Header fields: doubled ones, media types, links."""

from __future__ import annotations

import pickle
import time

import pytest

from ogcproc._http.headers import Headers, MediaType, links, parameters

DOUBLED = Headers(
    [
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Date", "today"),
        ("content-type", "multipart/mixed; boundary=x"),
        ("Content-Encoding", " "),
    ]
)


def test_fields_are_found_in_any_case() -> None:
    assert DOUBLED["DATE"] == "today"
    assert "date" in DOUBLED
    assert DOUBLED.get("age") is None


def test_doubled_fields_are_joined_listed_and_the_last_is_meant() -> None:
    assert DOUBLED["content-type"] == "text/html; charset=UTF-8, multipart/mixed; boundary=x"
    assert DOUBLED.getlist("Content-Type") == [
        "text/html; charset=UTF-8",
        "multipart/mixed; boundary=x",
    ]
    assert DOUBLED.last("content-type") == "multipart/mixed; boundary=x"


def test_the_last_field_is_one_that_is_not_empty() -> None:
    fields = Headers([("Content-Type", "image/png"), ("Content-Type", "")])
    assert fields.last("content-type") == "image/png"
    assert DOUBLED.last("content-encoding") == ""
    assert DOUBLED.last("age") == ""


def test_a_field_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="age"):
        DOUBLED["age"]


def test_fields_are_counted_and_iterated_once_by_name() -> None:
    assert len(DOUBLED) == 3
    assert list(DOUBLED) == ["content-type", "Date", "Content-Encoding"]
    assert not Headers()


def test_fields_print_compare_and_pickle() -> None:
    fields = Headers([("A", "1")])
    assert repr(fields) == "Headers([('A', '1')])"
    assert fields == {"A": "1"}
    assert pickle.loads(pickle.dumps(DOUBLED)).pairs == DOUBLED.pairs


@pytest.mark.parametrize(
    ("text", "essence", "told"),
    [
        ("", "", {}),
        ("application/json", "application/json", {}),
        ("Application/JSON ; Charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ("text/plain;charset=", "text/plain", {"charset": ""}),
        (
            'multipart/related; boundary="a;b=c"; start=<x@y>',
            "multipart/related",
            {"boundary": "a;b=c", "start": "<x@y>"},
        ),
        ('a/b; c="q\\"\\\\uoted"; C=second', "a/b", {"c": 'q"\\uoted'}),
        ('a/b; c="not closed', "a/b", {"c": "not closed"}),
        ("a/b;; =x; flag", "a/b", {"flag": ""}),
    ],
)
def test_a_media_type_is_taken_apart(text: str, essence: str, told: dict[str, str]) -> None:
    media_type = MediaType(text)
    assert media_type.essence == essence
    assert media_type.parameters == told
    assert parameters(text) == told


def test_a_media_type_prints_what_it_means_and_not_how_it_was_written() -> None:
    assert str(MediaType("application/json; profile=ogc; charset=UTF-8")) == (
        "application/json; profile=ogc"
    )


@pytest.mark.parametrize(
    ("text", "is_json", "is_text"),
    [
        ("application/json; charset=utf-8", True, True),
        ("application/geo+json", True, False),
        ("text/csv", False, True),
        ("application/gml+xml", False, True),
        ("application/x-unknown; charset=latin-1", False, True),
        ("image/png", False, False),
        ("application/jsonish", False, False),
        ("", False, False),
    ],
)
def test_json_and_text_are_told_from_the_rest(text: str, is_json: bool, is_text: bool) -> None:
    assert MediaType(text).is_json is is_json
    assert MediaType(text).is_text is is_text


@pytest.mark.parametrize(
    ("text", "body", "decoded"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ("text/plain; charset=latin-1", "é".encode(), "Ã©"),
        ("text/plain; charset=no-such", "é".encode(), "é"),
        ("text/plain; charset=a\0b", "é".encode(), "é"),
        ("text/plain; charset=ascii", "é".encode(), "é"),
        ("text/plain; charset=hex", b"41", "41"),
        ("text/plain; charset=UTF_16LE", "é".encode("utf-16-le"), "é"),
        ("text/plain; charset=windows-1251", b"\xe9", "й"),
        ("text/plain; charset=iso-8859-15", b"\xa4", "€"),
        ("text/plain; charset=iso-8859-99", b"\xe9", None),
        # Quadratic in Python: a server must not choose it.
        ("text/plain; charset=punycode", b"a-b", "a-b"),
        ("text/plain; charset=idna", b"xn--a", "xn--a"),
        ("text/plain", b"\xff\xfe", None),
    ],
)
def test_a_body_is_decoded_by_its_charset_or_utf_8(
    text: str, body: bytes, decoded: str | None
) -> None:
    assert MediaType(text).decode(body) == decoded


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ('<http://h/a,b;c>; rel="next"', [{"href": "http://h/a,b;c", "rel": "next"}]),
        ("<a>; rel=up, <b>;REL=next", [{"href": "a", "rel": "up"}, {"href": "b", "rel": "next"}]),
        ('<a>; title="a, \\"b\\"; c"', [{"href": "a", "title": 'a, "b"; c'}]),
        ("/jobs/1; rel=monitor", [{"href": "/jobs/1", "rel": "monitor"}]),
        ("<a>", [{"href": "a"}]),
        ("<a>; rel=x; rel=y", [{"href": "a", "rel": "x"}]),
        ("<a>; title*=UTF-8''%e2", [{"href": "a", "title": "UTF-8''%e2"}]),
        ('<a>; rel="x" junk, <b>', [{"href": "a", "rel": "x"}, {"href": "b"}]),
        ("<a; rel=x", [{"href": "a; rel=x"}]),
        ("<>; rel=self", [{"href": "", "rel": "self"}]),
        (
            'href="/a", rel="up", HREF="/b"; rel=next',
            [{"href": "/a", "rel": "up"}, {"href": "/b", "rel": "next"}],
        ),
        (" , ;, ", []),
        ("", []),
    ],
)
def test_links_are_read_as_leniently_as_they_are_written(
    field: str, found: list[dict[str, str]]
) -> None:
    assert links(Headers([("Link", field)])) == found


def test_links_of_several_fields_are_one_list() -> None:
    fields = Headers([("Link", "<a>"), ("Age", "1"), ("link", "<b>, <c>")])
    assert [link["href"] for link in links(fields)] == ["a", "b", "c"]


@pytest.mark.parametrize("piece", ["; a", "<a", '"a', ", ", " ", '<a>;x="\\', ";a=", "a\t", '"'])
def test_a_field_made_to_take_long_takes_no_time(piece: str) -> None:
    """Quadratic patterns took minutes here; a linear one takes a tenth of a second."""
    text = f"<x>{piece * (20_000 // len(piece))}\x01"
    start = time.process_time()
    links(Headers([("Link", text)]))
    MediaType(text)
    assert time.process_time() - start < 2
