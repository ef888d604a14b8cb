"""ogcproc.server.headers: Prefer, Accept and Content-Type."""

from __future__ import annotations

import pytest

from ogcproc.server.headers import choose, is_json, parse_prefer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("respond-async", {"respond-async": ""}),
        ("Respond-Async, wait=10", {"respond-async": "", "wait": "10"}),
        ("wait=1, wait=2", {"wait": "1"}),
        ('foo="a, b; c"; bar=1, respond-async', {"foo": "a, b; c", "respond-async": ""}),
        (r'foo="a\"b"', {"foo": 'a"b'}),
        ("foo=", {"foo": ""}),
        ("respond-async; x = y", {"respond-async": ""}),
        (",, ;, wait = 5", {"wait": "5"}),
        ('"nonsense", (), respond-async', {"respond-async": ""}),
        ('unclosed="', {}),
    ],
)
def test_prefer_is_read_as_rfc_7240_says(text: str, expected: dict[str, str]) -> None:
    assert parse_prefer(text) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "text/plain; charset=utf-8"),
        ("*/*", "text/plain; charset=utf-8"),
        ("application/json, */*;q=0.1", "application/json"),
        ("application/*", "application/json"),
        ("text/plain;q=0.5, application/json;level=1;q=0.7", "application/json"),
        ("text/plain;q=0, */*", "application/json"),
        ("text/*;q=9", "text/plain; charset=utf-8"),
        ("image/png", "text/plain; charset=utf-8"),
    ],
)
def test_accept_chooses_between_forms_and_refuses_none(accept: str | None, expected: str) -> None:
    assert choose(accept, ["text/plain; charset=utf-8", "application/json"]) == expected


def test_json_is_known_by_name_and_suffix() -> None:
    assert is_json("Application/JSON; charset=utf-8")
    assert is_json("application/geo+json")
    assert not is_json("text/json-ish")
