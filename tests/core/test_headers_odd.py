"""Header fields as servers write them."""

from __future__ import annotations

import pytest

from ogcproc._http.headers import Headers, MediaType, links, parameters


def linked(*fields: str) -> list[dict[str, str]]:
    return links(Headers([("Link", field) for field in fields]))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # the text of 2.0 writes the parts as parameters, with commas between them
        ('href="http://h/p", rel="profile"', [{"href": "http://h/p", "rel": "profile"}]),
        (
            "href=/a; rel=x, href=/b, rel=y",
            [{"href": "/a", "rel": "x"}, {"href": "/b", "rel": "y"}],
        ),
        ('rel="profile"', []),
        ("http://h/a?b=c; rel=x", [{"href": "http://h/a?b=c", "rel": "x"}]),
        ("<a,b>; title=\"c, d; e\", <f>; title*=UTF-8''g", None),
        ("</x>; rel=a, </x>; rel=a", [{"href": "/x", "rel": "a"}, {"href": "/x", "rel": "a"}]),
        ("; rel=x", [{"href": "", "rel": "x"}]),
        (", ,", []),
        ("</x>; =; rel", [{"href": "/x", "rel": ""}]),
    ],
)
def test_links_are_read_however_they_are_written(
    field: str, expected: list[dict[str, str]] | None
) -> None:
    if expected is None:
        expected = [{"href": "a,b", "title": "c, d; e"}, {"href": "f", "title": "UTF-8''g"}]
    assert linked(field) == expected


def test_a_field_does_not_go_on_in_the_next_one() -> None:
    assert linked("</a>; rel=x", "type=text/plain") == [{"href": "/a", "rel": "x"}]


def test_an_endless_quote_takes_no_time() -> None:
    assert linked('</a>; title="' + '\\"' * 30_000)[0]["href"] == "/a"
    assert linked("<" * 60_000) == []


def test_parameters_are_unquoted_and_the_first_one_counts() -> None:
    field = r'attachment; NAME="a\"b;c"; filename=x.txt; filename=y; =z'
    assert parameters(field) == {"name": 'a"b;c', "filename": "x.txt"}


def test_a_media_type_is_told_without_how_it_was_written_down() -> None:
    text = 'Application/GML+XML; version="3.2"; charset=utf-8'
    assert str(MediaType(text)) == "application/gml+xml; version=3.2"
    assert str(MediaType("multipart/related; boundary=x")) == "multipart/related"
    assert not str(MediaType(""))


@pytest.mark.parametrize(
    "media_type", ["text/csv", "application/xml", "application/ewkt", "a/b; charset=utf-8"]
)
def test_text_is_known_by_its_media_type(media_type: str) -> None:
    assert MediaType(media_type).is_text


@pytest.mark.parametrize("charset", ["latin-1", "nonsense", "undefined", "a\0b", "base64", ""])
def test_text_is_decoded_whatever_its_charset_is_said_to_be(charset: str) -> None:
    assert MediaType(f'text/plain; charset="{charset}"').decode(b"x") == "x"


def test_what_is_no_text_is_not_decoded() -> None:
    assert MediaType("text/plain; charset=ascii").decode(b"\xff") is None


def test_headers_are_a_mapping_and_keep_doubled_fields() -> None:
    headers = Headers([("A", "1"), ("a", ""), ("A", "2"), ("a", " "), ("B", "3")])
    assert headers.getlist("a") == ["1", "", "2", " "]
    assert headers.last("a") == "2"
    assert not headers.last("c")
    assert (headers["B"], len(headers), sorted(map(str.lower, headers))) == ("3", 2, ["a", "b"])
    assert headers["a"] == "1, , 2,  "
    assert "B" in repr(headers)
    with pytest.raises(KeyError):
        headers["c"]
