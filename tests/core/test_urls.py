"""URLs: origins, joining, percent-encoding, and what may be shown of them."""

from __future__ import annotations

import pytest

from ogcproc._http.urls import (
    base_of,
    join,
    last_segment,
    origin,
    query_of,
    segment,
    split_userinfo,
    without_secrets,
)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://Host/x", ("http", "host", 80)),
        ("HTTPS://host:443", ("https", "host", 443)),
        ("https://user:pw@host:8443/", ("https", "host", 8443)),
        ("http://[::1]:80/", ("http", "::1", 80)),
        ("s3://bucket/x", ("s3", "bucket", None)),
        ("mailto:x", ("mailto", "", None)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, found: object) -> None:
    assert origin(url) == found


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/jobs/1", "http://h:1/jobs/1"),
        ("next?page=2", "http://h:1/api/next?page=2"),
        ("?page=2", "http://h:1/api/jobs?page=2"),
        (" //other/x#part ", "http://other/x"),
        ("https://other?page=2", "https://other/?page=2"),
        ("http://other?next=/a", "http://other/?next=/a"),
        ("../up", "http://h:1/up"),
        ("", "http://h:1/api/jobs"),
        ("urn:x:y", "urn:x:y"),
    ],
)
def test_a_reference_is_resolved_without_its_fragment(reference: str, url: str) -> None:
    assert join("http://h:1/api/jobs", reference) == url


@pytest.mark.parametrize("reference", ["http://[x", "http://h:port/", "http://h:99999/"])
def test_what_is_no_url_is_a_value_error(reference: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        join("http://h/", reference)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("plain-id_1.0~", "plain-id_1.0~"),
        ("a/b", "a%2Fb"),
        ("odd id", "odd%20id"),
        ("JTS:buffer", "JTS%3Abuffer"),
        ("é?#&%+", "%C3%A9%3F%23%26%25%2B"),
        ("...", "..."),
    ],
)
def test_a_name_becomes_one_segment(name: str, encoded: str) -> None:
    assert segment(name) == encoded
    assert last_segment(f"http://h/jobs/{encoded}/?f=json#x") == name


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_no_url_can_carry_is_a_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="no URL can carry the id"):
        segment(name)


@pytest.mark.parametrize("name", [None, 5, b"x"])
def test_a_name_that_is_no_text_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match="an id is a text"):
        segment(name)


@pytest.mark.parametrize("url", ["http://host", "http://host/", "", "http://[x/jobs/1"])
def test_there_may_be_no_last_segment(url: str) -> None:
    assert last_segment(url) == ""


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h/x@y", ("http://h/x@y", None, None)),
        ("http://joe@h/", ("http://h/", "joe", "")),
        ("http://joe:p%40ss@h:1/x?y", ("http://h:1/x?y", "joe", "p@ss")),
        ("http://joe:p@s:s@h", ("http://h", "joe", "p@s:s")),
        ("//joe:x@h", ("//h", "joe", "x")),
        ("http://joe:x@[broken", ("http://[broken", "joe", "x")),
        ("", ("", None, None)),
    ],
)
def test_user_and_password_are_taken_out_of_a_url(url: str, parts: object) -> None:
    assert split_userinfo(url) == parts


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://joe:secret@h/x", "http://h/x"),
        ("http://h/x?limit=1&flag", "http://h/x?limit=1&flag"),
        ("http://h/x?limit=1&access_token=secret", "http://h/x?limit=1&access_token=***"),
        ("http://h/x?X-Amz-Signature=secret&a=b", "http://h/x?X-Amz-Signature=***&a=b"),
        ("http://h/x?sig=secret#access_token=secret", "http://h/x?sig=***"),
        ("http://h/x?token", "http://h/x?token"),
        ("http://joe:secret@[broken", "http://[broken"),
    ],
)
def test_what_is_shown_of_a_url_holds_no_secret(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://h", ("http://h", None, None)),
        (" https://h:8443/api/v1// ", ("https://h:8443/api/v1", None, None)),
        ("http://joe:se%3Acret@h/api", ("http://h/api", "joe", "se:cret")),
        ("http://[::1]:8008/", ("http://[::1]:8008", None, None)),
    ],
)
def test_a_base_url_has_no_slash_at_its_end_and_no_password(url: str, parts: object) -> None:
    assert base_of(url) == parts


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("h/api", "starts with http:// or https:// and a host"),
        ("ftp://h", "starts with http:// or https:// and a host"),
        ("http:///api", "starts with http:// or https:// and a host"),
        ("http://joe:secret@/api", "starts with http:// or https:// and a host"),
        ("joe:secret@h/api", "starts with http:// or https:// and a host"),
        ("http://h:port/", "no valid host and port"),
        ("http://joe:se/cret@h/", "no valid host and port"),
        ("http://[x", "no valid host and port"),
        ("http://h/?token=secret", "query or fragment"),
        ("http://h/api?", "query or fragment"),
        ("http://h/#secret", "query or fragment"),
        ("http://joe:1?secret@h/", "query or fragment"),
        ("http://h/a b", "a space or a control character"),
        ("http://joe:secret@h/\x00", "a space or a control character"),
    ],
)
def test_a_base_url_that_no_path_can_follow_is_refused_without_showing_secrets(
    url: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        base_of(url)
    assert "secret" not in str(caught.value)
    assert "cret" not in str(caught.value)


def test_a_base_url_that_is_no_text_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="api_url must be str, not NoneType"):
        base_of(None)  # type: ignore[arg-type] # the caller's mistake


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, ""),
        ({"limit": None}, ""),
        ({"type": []}, ""),
        ({"limit": 0, "status": None}, "?limit=0"),
        ({"status": ["running", "failed"]}, "?status=running&status=failed"),
        ({"q": "a b+c&d=é/:,"}, "?q=a%20b%2Bc%26d%3D%C3%A9/:,"),
    ],
)
def test_a_query_leaves_out_none_and_repeats_lists(
    parameters: dict[str, object], query: str
) -> None:
    assert query_of(parameters) == query
