"""NetrcAuth: user name and password from a netrc file."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING

import pytest

from ogcproc._http.request import Call, Request
from ogcproc.auth import BasicAuth, NetrcAuth

if TYPE_CHECKING:
    from pathlib import Path

NETRC = """
machine other.example login eve password other-hush
machine api.example
    login ann
    password hush
default login anyone password default-hush
"""


def asked_for(url: str) -> Request:
    """Return a request to a URL."""
    return Request("GET", url, {}, None, call=Call(), sender=lambda: None)


def test_netrc_gives_the_entry_of_the_host_alone(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text(NETRC)
    auth = NetrcAuth(path)
    ann = BasicAuth("ann", "hush").headers(None)
    assert auth.headers(asked_for("https://API.example:8443/ogcapi")) == ann
    assert auth.headers(asked_for("https://other.example/")) != ann
    with pytest.raises(ValueError, match=r"netrc has no entry for third\.example$"):
        auth.headers(asked_for("https://third.example/"))
    path.unlink()
    assert auth.headers(asked_for("https://api.example/")) == ann  # it was read


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
    assert NetrcAuth().headers(asked_for("https://api.example/")) == expected


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
        NetrcAuth().headers(asked_for("https://api.example/"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"machine api.example hush", " by line 1"), (b'machine h login "\xff', "( by line 1)?")],
)
def test_what_is_no_netrc_file_is_not_shown(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"netrc is no netrc file{message}$") as caught:
        NetrcAuth(path).headers(asked_for("https://api.example/"))
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_netrc_is_pickled_without_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_text(NETRC)
    auth = NetrcAuth(str(path))
    asked = asked_for("https://api.example/")
    headers = auth.headers(asked)
    pickled = pickle.dumps(auth)
    assert b"hush" not in pickled
    assert pickle.loads(pickled).headers(asked) == headers
    assert repr(auth) == f"NetrcAuth({str(path)!r})"
