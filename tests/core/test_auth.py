"""ogcproc.auth: what goes into the headers, and what stays out of sight."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import ogcproc
import ogcproc.auth
from ogcproc.auth import ApiKeyAuth, BasicAuth, BearerAuth

if TYPE_CHECKING:
    pass

SECRETS = [BasicAuth("ann", "hush"), BearerAuth("hush"), ApiKeyAuth("hush")]


def hush() -> str:
    return "hush"


def test_basic_sends_user_name_and_password() -> None:
    # The example of RFC 7617, section 2.
    assert BasicAuth("Aladdin", "open sesame").headers(None) == {
        "Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    }


def test_basic_sends_utf_8() -> None:
    # The example of RFC 7617, section 2.1.
    assert BasicAuth("test", "123£").headers(None) == {"Authorization": "Basic dGVzdDoxMjPCow=="}


def test_basic_refuses_what_it_cannot_send() -> None:
    with pytest.raises(ValueError, match=r"^a user name .* cannot hold a colon$"):
        BasicAuth("a:b", "hush")
    none: Any = None
    with pytest.raises(TypeError, match=r"^a password is a text, not NoneType$"):
        BasicAuth("ann", none)


def test_bearer_sends_its_token() -> None:
    assert BearerAuth("hush").headers(None) == {"Authorization": "Bearer hush"}


def test_bearer_asks_a_function_anew_for_each_request() -> None:
    tokens = iter(["one", "two"])
    auth = BearerAuth(lambda: next(tokens))
    assert auth.headers(None) == {"Authorization": "Bearer one"}
    assert auth.headers(None) == {"Authorization": "Bearer two"}


def test_a_key_goes_into_its_own_header() -> None:
    assert ApiKeyAuth("hush").headers(None) == {"X-API-Key": "hush"}
    assert ApiKeyAuth("hush", header="PRIVATE-TOKEN").headers(None) == {"PRIVATE-TOKEN": "hush"}


def test_the_newline_at_the_end_of_a_file_is_no_part_of_a_secret() -> None:
    assert BearerAuth("hush\n").headers(None) == {"Authorization": "Bearer hush"}
    assert BearerAuth(lambda: "hush\r\n").headers(None) == {"Authorization": "Bearer hush"}
    assert ApiKeyAuth(" hush\n").headers(None) == {"X-API-Key": "hush"}


@pytest.mark.parametrize("secret", ["", "\n", "hu\nsh", "hu\x00sh", "hüsh"])
def test_what_no_header_can_hold_is_refused_and_not_shown(secret: str) -> None:
    message = "is empty or holds characters that a header cannot hold"
    with pytest.raises(ValueError, match=rf"^a bearer token {message}$"):
        BearerAuth(secret)
    with pytest.raises(ValueError, match=rf"^a bearer token {message}$"):
        BearerAuth(lambda: secret).headers(None)
    with pytest.raises(ValueError, match=rf"^a key {message}$"):
        ApiKeyAuth(secret)


@pytest.mark.parametrize("wrong", [None, b"hush", 7])
def test_what_is_no_text_is_refused(wrong: Any) -> None:
    message = rf"is a text, not {type(wrong).__name__}$"
    with pytest.raises(TypeError, match=f"^a bearer token {message}"):
        BearerAuth(wrong)
    with pytest.raises(TypeError, match=f"^a bearer token {message}"):
        BearerAuth(lambda: wrong).headers(None)
    with pytest.raises(TypeError, match=f"^a key {message}"):
        ApiKeyAuth(wrong)


@pytest.mark.parametrize("auth", SECRETS, ids=repr)
def test_no_secret_is_shown(auth: Any) -> None:
    for shown in repr(auth), str(auth), f"{auth}":
        assert "hush" not in shown
        assert "***" in shown


def test_what_is_no_secret_is_shown() -> None:
    assert [repr(auth) for auth in SECRETS] == [
        "BasicAuth('ann', '***')",
        "BearerAuth('***')",
        "ApiKeyAuth('***', header='X-API-Key')",
    ]


@pytest.mark.parametrize("auth", [*SECRETS, BearerAuth(hush)], ids=repr)
def test_credentials_pickle_and_copy(auth: Any) -> None:
    for again in pickle.loads(pickle.dumps(auth)), copy.copy(auth), copy.deepcopy(auth):
        assert again.headers(None) == auth.headers(None)


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [ogcproc, ogcproc.auth])
def test_a_name_that_is_not_there_is_missed_in_the_module_that_was_asked(module: Any) -> None:
    with pytest.raises(AttributeError, match=f"^module '{module.__name__}' has no attribute 'No'$"):
        _ = module.No
