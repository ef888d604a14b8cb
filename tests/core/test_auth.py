"""ogcproc.auth: what goes into the headers, and what stays out of sight."""

from __future__ import annotations

import copy
import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import ogcproc
import ogcproc.auth
from ogcproc.auth import ApiKeyAuth, BasicAuth, BearerAuth, NetrcAuth

if TYPE_CHECKING:
    from pathlib import Path

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


# --- netrc ------------------------------------------------------------------------------------

NETRC = """
machine other.example login eve password other-hush
machine api.example
    login ann
    password hush
default login anyone password default-hush
"""


class Asked:
    """A request, as far as it matters here."""

    def __init__(self, url: str) -> None:
        self.url = url


def test_netrc_gives_the_entry_of_the_host_alone(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text(NETRC)
    auth = NetrcAuth(path)
    ann = BasicAuth("ann", "hush").headers(None)
    assert auth.headers(Asked("https://API.example:8443/ogcapi")) == ann
    assert auth.headers(Asked("https://other.example/")) != ann
    with pytest.raises(ValueError, match=r"netrc has no entry for third\.example$"):
        auth.headers(Asked("https://third.example/"))
    path.unlink()
    assert auth.headers(Asked("https://api.example/")) == ann  # it was read


@pytest.mark.parametrize("variable", ["NETRC", "HOME"])
def test_netrc_is_where_the_environment_says(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".netrc"
    path.write_text(NETRC)
    path.chmod(0o600)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv(variable, str(path if variable == "NETRC" else tmp_path))
    expected = BasicAuth("ann", "hush").headers(None)
    assert NetrcAuth().headers(Asked("https://api.example/")) == expected


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no such permissions here")
def test_netrc_that_others_may_read_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".netrc"
    path.write_text(NETRC)
    path.chmod(0o644)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ValueError, match=r"^~/\.netrc access too permissive: "):
        NetrcAuth().headers(Asked("https://api.example/"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"machine api.example hush", " by line 1"), (b'machine h login "\xff', "( by line 1)?")],
)
def test_what_is_no_netrc_file_is_not_shown(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"netrc is no netrc file{message}$") as caught:
        NetrcAuth(path).headers(Asked("https://api.example/"))
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_netrc_is_pickled_without_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text(NETRC)
    auth = NetrcAuth(str(path))
    asked = Asked("https://api.example/")
    headers = auth.headers(asked)
    pickled = pickle.dumps(auth)
    assert b"hush" not in pickled
    assert pickle.loads(pickled).headers(asked) == headers
    assert repr(auth) == f"NetrcAuth({str(path)!r})"


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [ogcproc, ogcproc.auth])
def test_a_name_that_is_not_there_is_missed_in_the_module_that_was_asked(module: Any) -> None:
    with pytest.raises(AttributeError, match=f"^module '{module.__name__}' has no attribute 'No'$"):
        _ = module.No


def test_a_star_import_gives_what_is_imported_late() -> None:
    names: dict[str, Any] = {}
    exec("from ogcproc import *", names)
    assert names["OAuth2Password"] is ogcproc.OAuth2Password
