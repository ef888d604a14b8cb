"""Requests as curl commands: what is shown can be run, and no secret is in it."""

from __future__ import annotations

import json
import pickle
import shlex
from typing import TYPE_CHECKING, Any
from unittest import mock
from weakref import ref

import pytest

from ogcproc._http.request import Call, Request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ogcproc._http.request import SentRequest

URL = "http://h/api/processes/p/execution"


def shown(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    secret: Collection[str] = (),
) -> SentRequest:
    """Return what is shown of a request."""
    sender = ref(mock.Mock())
    request = Request(method, url, headers, body, call=Call(), sender=sender, secret=secret)
    return request.redacted()


def words(request: SentRequest) -> list[str]:
    """Return what a shell makes of the command."""
    return shlex.split(request.curl(), comments=True)


def test_a_get_is_its_method_its_url_and_its_headers() -> None:
    request = shown("GET", "http://h/jobs?limit=1", {"Accept": "application/json, */*;q=0.1"})
    assert request.curl() == (
        "curl -X GET 'http://h/jobs?limit=1' -H 'Accept: application/json, */*;q=0.1'"
    )


def test_a_head_is_curls_own() -> None:
    assert shown("HEAD", "http://h/", {}).curl() == "curl --head http://h/"


def test_a_body_is_shown_as_it_was_sent() -> None:
    body = json.dumps({"inputs": {"text": "it's é\n$HOME `x`"}}).encode()
    sent = shown("POST", URL, {"Content-Type": "application/json"}, body)
    assert sent.size == len(body)
    assert words(sent) == [
        "curl",
        "-X",
        "POST",
        URL,
        "-H",
        "Content-Type: application/json",
        "--data-raw",
        body.decode(),
    ]


@pytest.mark.parametrize(
    "name",
    ["Authorization", "Proxy-Authorization", "cookie", "X-API-Key", "X-Anything", "Ocp-Apim-Key"],
)
def test_the_values_of_headers_that_may_be_secrets_are_hidden(name: str) -> None:
    sent = shown("GET", "http://h/", {name: "s3cret", "user-agent": "me"})
    assert sent.headers == {name: "***", "user-agent": "me"}
    assert "s3cret" not in f"{sent.curl()}{sent!r}{pickle.dumps(sent)!r}"


def test_what_the_credentials_made_is_hidden_whatever_its_name() -> None:
    sent = shown("GET", "http://h/", {"Prefer": "s3cret", "Accept": "a/b"}, None, {"prefer"})
    assert sent.headers == {"Prefer": "***", "Accept": "a/b"}


def test_a_url_is_shown_without_its_secrets_and_as_one_that_curl_takes_literally() -> None:
    sent = shown("GET", "http://joe:s3cret@h/[a]{1,2}?key=s3cret#x", {})
    assert words(sent) == ["curl", "-X", "GET", "--globoff", "http://h/[a]{1,2}?key=***"]


def test_a_field_without_a_value_is_sent_all_the_same() -> None:
    assert words(shown("GET", "http://h/", {"Accept": ""}))[-2:] == ["-H", "Accept;"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"inputs": {"password": "s3cret", "n": 1}}, {"inputs": {"password": "***", "n": 1}}),
        ({"Api-Key": "s3cret", "keywords": "k"}, {"Api-Key": "***", "keywords": "k"}),
        ({"accessToken": {"a": "s3cret"}}, {"accessToken": "***"}),
        ([{"href": "https://h/x?X-Amz-Signature=s3cret&a=1"}], None),
        ({"href": "s3://joe:s3cret@b/k"}, {"href": "s3://b/k"}),
        ({"text": "see http://h?key=1 there", "none": None}, None),
    ],
)
def test_secrets_in_a_body_are_hidden(sent: Any, expected: Any) -> None:
    made = shown("POST", URL, {}, json.dumps(sent).encode())
    assert made.body is not None
    assert "s3cret" not in f"{made.curl()}{pickle.dumps(made)!r}"
    if isinstance(sent, list):
        expected = [{"href": "https://h/x?X-Amz-Signature=***&a=1"}]
    assert json.loads(made.body) == (expected or sent)


@pytest.mark.parametrize(
    ("body", "size"),
    [
        (b'"' + b"x" * 999_998 + b'"', 1_000_000),
        (b"no JSON", 7),
        (b"[" * 10_000, 10_000),
    ],
)
def test_a_body_that_is_long_or_no_json_is_left_out_and_said_to_be(body: bytes, size: int) -> None:
    sent = shown("POST", "http://h/", {}, body)
    assert (sent.body, sent.size) == (None, size)
    assert sent.curl() == (
        f"curl -X POST http://h/ --data-binary @-  # a body of {size} bytes is left out"
    )


def test_a_request_is_shown_compared_and_pickled() -> None:
    sent = shown("POST", "http://h/", {"Accept": "a/b", "X": "s3cret"}, b"{}")
    assert repr(sent) == (
        "SentRequest('POST', 'http://h/', {'Accept': 'a/b', 'X': '***'}, <2 bytes>)"
    )
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(sent, protocol)) == sent
    assert sent != shown("POST", "http://h/", {"Accept": "a/b"}, b"{}")
    other: object = sent.curl()
    assert sent != other
