"""Tokens from the environment, a file and a command, and what becomes of one that is refused."""

from __future__ import annotations

import copy
import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from scripted import Received, ScriptedServer, answer

from ogcproc import BearerAuth, Client, CommandToken, EnvironmentToken, FileToken, Unauthorized
from ogcproc.auth.renewal import renew_locks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JOBS: dict[str, Any] = {"jobs": [], "links": []}


def api(good: set[str]) -> Callable[[Received], bytes]:
    """Return the script of an API that takes these tokens."""

    def say(request: Received) -> bytes:
        token = (request.header("authorization") or "").removeprefix("Bearer ")
        return answer(200, JOBS) if token in good else answer(401, {})

    return say


def ask(auth: Any, *good: str) -> list[str | None]:
    """Return the credentials that an API got that takes these tokens."""
    with ScriptedServer(api(set(good))) as server, Client(server.url, auth=auth) as client:
        client.get_jobs()
    return [request.header("authorization") for request in server.requests]


# --- the environment --------------------------------------------------------------------------


def test_a_variable_is_looked_up_for_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    auth = BearerAuth(EnvironmentToken("SOME_TOKEN"))
    monkeypatch.setenv("SOME_TOKEN", "one")
    assert auth.headers(None) == {"Authorization": "Bearer one"}
    monkeypatch.setenv("SOME_TOKEN", "two")
    assert auth.headers(None) == {"Authorization": "Bearer two"}


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_TOKEN", raising=False)
    with pytest.raises(ValueError, match=r"^the environment variable SOME_TOKEN is not set$"):
        EnvironmentToken("SOME_TOKEN")()
    assert repr(EnvironmentToken("SOME_TOKEN")) == "EnvironmentToken('SOME_TOKEN')"


# --- a file -----------------------------------------------------------------------------------


def test_a_file_is_read_once_while_it_does_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    path.write_text("one\n")
    token = FileToken(path)
    assert token() == "one"
    monkeypatch.setattr("builtins.open", None)
    assert token() == "one"


def test_a_file_that_was_written_over_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    token = FileToken(path)
    assert token() == "one"
    path.write_text("other")
    assert token() == "other"


def test_a_link_that_leads_to_another_file_is_read_again(tmp_path: Path) -> None:
    # As the kubelet does it: token -> ..data/token, ..data -> ..2026, replaced by a rename.
    for name, text in ("first", "one"), ("second", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(text)
        os.utime(tmp_path / name / "token", (0, 0))
    (tmp_path / "data").symlink_to("first")
    (tmp_path / "token").symlink_to("data/token")
    token = FileToken(tmp_path / "token")
    assert token() == "one"
    (tmp_path / "new").symlink_to("second")
    (tmp_path / "new").rename(tmp_path / "data")
    assert token() == "two"


def test_a_file_that_is_being_written_keeps_its_last_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    token = FileToken(path)
    assert token() == "one"
    path.write_text("")
    assert token() == "one"
    path.write_text("two")
    assert token() == "two"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a\nb"])
def test_a_file_without_a_token_is_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"^the token in .*token is empty or holds characters"):
        FileToken(path)()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        FileToken(path)()


def test_a_token_that_was_refused_is_read_again_whatever_the_file_looks_like(
    tmp_path: Path,
) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    os.utime(path, (0, 0))
    auth = BearerAuth(FileToken(path))
    auth.headers(None)
    path.write_text("two")
    os.utime(path, (0, 0))
    assert ask(auth, "two") == ["Bearer one", "Bearer two"]


# --- a command --------------------------------------------------------------------------------


@pytest.fixture
def printing(tmp_path: Path) -> Callable[..., list[str]]:
    """Return what makes a command that prints how often it has run."""
    count = tmp_path / "count"
    code = (
        "import os, sys\n"
        "with open(sys.argv[1], 'ab') as f: f.write(b'.')\n"
        "print(f'token{os.path.getsize(sys.argv[1])}')\n"
    )
    return lambda: [sys.executable, "-S", "-c", code, str(count)]


def running(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_a_command_is_run_once_until_its_token_is_refused(
    printing: Callable[..., list[str]],
) -> None:
    auth = BearerAuth(CommandToken(printing()))
    assert auth.headers(None) == auth.headers(None) == {"Authorization": "Bearer token1"}
    assert ask(auth, "token2") == ["Bearer token1", "Bearer token2"]


def test_a_command_is_run_again_after_the_lifetime_of_its_token(
    printing: Callable[..., list[str]],
) -> None:
    now = [100.0]
    token = CommandToken(printing(), lifetime=60, clock=lambda: now[0])
    assert token() == "token1"
    now[0] += 59
    assert token() == "token1"
    now[0] += 1
    assert token() == "token2"


def test_threads_run_a_command_once_together(printing: Callable[..., list[str]]) -> None:
    auth = BearerAuth(CommandToken(printing()))
    with ScriptedServer(api({"token2"})) as server, ThreadPoolExecutor(8) as pool:
        client = Client(server.url, auth=auth)
        with client:
            list(pool.map(lambda _: client.get_jobs(), range(32)))
    assert auth.headers(None) == {"Authorization": "Bearer token2"}


def test_a_command_that_prints_the_same_token_again_is_unauthorized() -> None:
    auth = BearerAuth(CommandToken(running("print('one')")))
    with ScriptedServer(api(set())) as server:
        client = Client(server.url, auth=auth)
        with client, pytest.raises(Unauthorized, match="401"):
            client.get_jobs()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; print('hush'); sys.exit(3)", "ended with 3"),
        ("pass", "printed none: what it printed is empty or holds characters that a header"),
        ("print('hush\\nhush')", "printed none: what it printed is empty or holds characters"),
    ],
)
def test_a_command_that_prints_no_token_is_unauthorized(code: str, message: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        CommandToken(running(code))()
    assert str(caught.value).startswith(f"the command {sys.executable!r} for a token {message}")
    assert "hush" not in str(caught.value)


def test_a_command_that_takes_too_long_is_ended_and_its_arguments_are_not_shown() -> None:
    token = CommandToken([*running("import time; time.sleep(60)"), "hush"], timeout=0.01)
    with pytest.raises(Unauthorized, match=r"for a token took more than 0.01 seconds$") as caught:
        token()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_command_that_is_not_there_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        CommandToken(["/nowhere/at-all", "hush"])()


def test_a_command_is_a_list() -> None:
    line: Any = "echo hush"
    with pytest.raises(TypeError, match=r"^argv is a list: .*, not a line for a shell$"):
        CommandToken(line)
    with pytest.raises(ValueError, match=r"^argv holds no command$"):
        CommandToken([])


def test_arguments_of_a_command_are_not_shown() -> None:
    assert repr(CommandToken(["helper", "hush"])) == "CommandToken(['helper', ...])"
    assert repr(CommandToken(["helper"])) == "CommandToken(['helper'])"


# --- refused tokens ---------------------------------------------------------------------------


def test_a_function_is_asked_again_when_its_token_is_refused() -> None:
    tokens = iter(["one", "two", "two"])
    assert ask(BearerAuth(lambda: next(tokens)), "two") == ["Bearer one", "Bearer two"]


def test_a_token_that_was_given_is_not_tried_again() -> None:
    with ScriptedServer(api(set())) as server:
        client = Client(server.url, auth=BearerAuth("one"))
        with client, pytest.raises(Unauthorized):
            client.get_jobs()
    assert len(server.requests) == 1


def test_an_object_of_the_callers_own_can_renew_itself() -> None:
    class Own:
        def __init__(self) -> None:
            self.used: list[Any] = []

        def headers(self, _request: object) -> dict[str, str]:
            return {"Authorization": f"Bearer {len(self.used)}"}

        def renew(self, request: Any, used: Any) -> bool:
            self.used.append((request.method, used))
            return True

    auth = Own()
    assert ask(auth, "1") == ["Bearer 0", "Bearer 1"]
    assert auth.used == [("GET", {"Authorization": "Bearer 0"})]


# --- pickles and forks ------------------------------------------------------------------------


def test_tokens_stay_behind_when_their_sources_are_pickled(
    tmp_path: Path, printing: Callable[..., list[str]]
) -> None:
    path = tmp_path / "token"
    path.write_text("hushed")
    for source in FileToken(path), CommandToken(printing()):
        token = source()
        for again in pickle.loads(pickle.dumps(source)), copy.deepcopy(source):
            assert repr(again) == repr(source)
            assert again() != "" if isinstance(again, FileToken) else again() != token
        assert token.encode() not in pickle.dumps(source)


def test_a_forked_child_does_not_wait_for_its_parents_threads(
    printing: Callable[..., list[str]],
) -> None:
    token = CommandToken(printing())
    with token._cached._lock:
        renew_locks()  # as in a child
        assert token() == "token1"
