"""Multipart bodies taken apart, to the byte."""

from __future__ import annotations

import base64
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ogcproc._protocol.multipart import split


def bodies(body: bytes, boundary: str = "b") -> list[bytes]:
    return [content for _, content in split(body, boundary)]


def test_parts_have_headers_and_a_body() -> None:
    body = (
        b"a preamble\r\n--b\r\nContent-ID: a\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\r\n"
        b"one\r\ntwo\r\n\r\n--b \t\r\n\r\nthree\r\n--b--\r\nan epilogue"
    )
    [(first, one), (second, two)] = split(body, "b")
    assert first.pairs == [("Content-ID", "a"), ("Content-Type", "text/plain; charset=utf-8")]
    assert one == b"one\r\ntwo\r\n"
    assert (second.pairs, two) == ([], b"three")


def test_lines_may_end_without_a_carriage_return() -> None:
    body = b"--b\nContent-ID: a\n\nbinary\r\n--b\n\n\n--b--\n"
    assert bodies(body) == [b"binary\r", b""]


def test_an_empty_part_may_share_its_line_end_with_the_boundary() -> None:
    assert bodies(b"--b\r\nContent-ID: a\r\n\r\n--b\r\nContent-ID: c\r\n--b--") == [b"", b""]


def test_a_part_without_an_empty_line_begins_where_its_headers_end() -> None:
    [(headers, content)] = split(b'--b\r\nContent-ID: a\r\n{"k":1}\r\n--b--', "b")
    assert (headers.pairs, content) == ([("Content-ID", "a")], b'{"k":1}')


def test_a_body_that_is_cut_off_keeps_its_last_part() -> None:
    assert bodies(b"--b\r\n\r\none\r\n--b\r\n\r\ntw") == [b"one", b"tw"]


@pytest.mark.parametrize("boundary", ["", "c", "b\u20ac", "--b"])
def test_a_boundary_that_is_not_there_is_read_off_the_first_line(boundary: str) -> None:
    assert bodies(b"\r\n--b\r\n\r\none\r\n--b--", boundary) == [b"one"]


@pytest.mark.parametrize("body", [b"", b"nothing", b"--", b"-- \r\n"])
def test_a_body_without_a_boundary_has_no_parts(body: bytes) -> None:
    assert split(body, "b") == []


def test_a_boundary_within_a_text_is_that_text() -> None:
    text = b"see --b for --b\r\nand --bc\r\n--bc"
    assert bodies(b"--b\r\n\r\n" + text + b"\r\n--b--\r\n") == [text]


def test_a_part_in_quoted_printable_is_decoded() -> None:
    head = b"--b\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n"
    assert bodies(head + b"h=C3=A9=\r\nllo\r\n--b--") == ["héllo".encode()]


def test_a_part_in_base64_is_decoded_where_it_is_that() -> None:
    head = b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert bodies(head + b"AP8=\r\n--b--") == [b"\x00\xff"]
    assert bodies(head + b"AP8\r\n--b--") == [b"AP8"]


def test_headers_may_be_in_either_charset() -> None:
    [(headers, _)] = split(b"--b\r\nA: \xc3\xa9\r\nB: \xe9\r\n\r\n--b--", "b")
    assert headers.pairs == [("A", "é"), ("B", "é")]


def test_only_the_closing_boundary_may_lack_its_line_end() -> None:
    assert bodies(b"--b\r\n\r\none\n\r\n--b\r\n\r\ntwo--b--\r\n") == [b"one\n", b"two"]


def test_zoo_texts_that_end_their_last_line_keep_that_end() -> None:
    # ZOO-Project 2.1.1-dev: then each boundary stands at the start of a line all the same
    head = b"--b\r\nContent-ID: a\r\nStatus: 200 OK\r\n\r\nContent-Disposition: INLINE\r\n"
    body = head + b"one\n" + head + b"two\r\n--b--\r\n"
    assert bodies(body) == [b"one\n", b"two\r\n"]


def test_a_zoo_part_without_the_odd_line_is_as_it_stands() -> None:
    body = (
        b"--b\r\nContent-ID: a\r\n\r\nContent-Disposition: INLINE\r\none"
        b"--b\r\nContent-ID: c\r\n\r\ntwo"
        b"--b\r\nContent-Disposition: INLINE\r\nd: e--b--"
    )
    assert bodies(body) == [b"one", b"two", b"d: e"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
@example([b"Content-Disposition: INLINE\r\n"])
def test_any_bytes_come_out_as_they_went_in(contents: list[bytes]) -> None:
    body = b"".join(
        b"--=_f00\r\nContent-Type: application/octet-stream\r\n\r\n" + content + b"\r\n"
        for content in contents
    )
    assume(body.count(b"--=_f00") == len(contents))
    assert bodies(body + b"--=_f00--\r\n", "=_f00") == contents


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=3))
def test_what_the_standard_library_writes_is_read(contents: list[bytes]) -> None:
    message = MIMEMultipart("related", boundary="=_f00")
    for content in contents:
        message.attach(MIMEApplication(content))
    written = message.as_bytes().partition(b"\n\n")[2]
    assert bodies(written, "=_f00") == contents
    assert base64.b64encode(contents[0]) in written.replace(b"\n", b"")
