"""How far a job is, as it is shown: on terminals, in logs, in notebooks."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc import Client, JobInfo
from ogcproc._progress import Display, clean, cut, display, html_of, percent_of, since
from ogcproc.server.demo import service

if TYPE_CHECKING:
    from collections.abc import Iterator


def job(status: str = "running", **state: Any) -> JobInfo:
    return JobInfo("j", status, "p", **state)


STATES = [
    job("accepted"),
    job(progress=0),
    job(progress=41.7, message="at it"),
    job(progress=41.9, message="at it"),
    job("successful"),
]


def show(states: list[JobInfo] = STATES) -> None:
    with display() as show_state:
        for state in states:
            show_state(state)


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    send_to(stream, monkeypatch)
    return stream


def send_to(stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stream be standard error: pytest takes that back between fixtures and tests."""
    standard = SimpleNamespace(stderr=stream, modules=sys.modules)
    monkeypatch.setattr("ogcproc._progress.sys", standard)


def line_from(terminal: int) -> str:
    """Return what a terminal was told, up to a line's end."""
    told = ""
    while not told.endswith("\n"):
        told += os.read(terminal, 100_000).decode()
    return told


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return what reads what a terminal of forty columns was told."""
    theirs, ours = os.openpty()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(ours, "w") as stream:
        send_to(stream, monkeypatch)
        yield lambda: line_from(theirs)
    os.close(theirs)


def test_where_there_is_no_terminal_each_news_is_a_line(stderr: io.StringIO) -> None:
    show()
    assert stderr.getvalue().splitlines() == [
        "p j accepted 0:00",
        "p j running 0% 0:00",
        "p j running 42% at it 0:00",
        "p j successful 100% 0:00",
    ]


def test_on_a_terminal_one_line_is_written_again(terminal: Any) -> None:
    show()
    assert terminal().replace("\r\n", "\n").split("\r") == [
        "",
        "p j accepted 0:00\x1b[K",
        "p j running [....................] 0% 0\x1b[K",
        "p j running [########............] 42% \x1b[K",
        "p j running [########............] 42% \x1b[K",
        "p j successful [####################] 1\x1b[K\n",
    ]


def test_on_a_terminal_that_shows_nothing_nothing_ends(terminal: Any) -> None:
    show([])
    show(STATES[:1])
    assert terminal() == "\rp j accepted 0:00\x1b[K\r\n"


def test_a_dumb_terminal_has_lines(terminal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    show(STATES[:1])
    assert terminal() == "p j accepted 0:00\r\n"


def test_in_a_notebook_it_is_a_bar_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    class Handle:
        def update(self, content: str) -> None:
            told.append(("update", content))

    def ipython_display(content: str, *, display_id: bool) -> Handle:
        assert display_id
        told.append(("display", content))
        return Handle()

    shell = SimpleNamespace(kernel=object())
    module = SimpleNamespace(HTML=str, display=ipython_display)
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    show([job("accepted", message="<script>"), job(progress=50)])
    assert [way for way, _ in told] == ["display", "update"]
    assert "&lt;script&gt;" in told[0][1]
    assert "value='50'" in told[1][1]
    # A terminal's IPython has no kernel.
    del shell.kernel
    show([job()])
    assert len(told) == 2


def test_html_has_nothing_of_a_server_s_own() -> None:
    html = html_of(job(message="'\"<b>&", progress=7), "0:00")
    assert "<b>" not in html
    assert "&#x27;&quot;&lt;b&gt;&amp;" in html
    assert "<progress max='100' style" in html_of(job("accepted"), "0:00")


@pytest.mark.parametrize("progress", ["yes", 1, print, None])
def test_progress_is_true_or_false(progress: Any) -> None:
    with Client("http://h") as client, pytest.raises(TypeError, match="progress is True or False"):
        client.wait_for_job(job("successful"), progress=progress)


def test_an_error_while_showing_ends_the_showing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        written = 0

        def write(self, _: str) -> int:
            self.written += 1
            raise BrokenPipeError

    stream = Broken()
    send_to(stream, monkeypatch)
    show()
    assert stream.written == 1
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    send_to(ascii_only, monkeypatch)
    show([job(message="größe"), job(message="plain")])


def test_without_a_stream_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    send_to(None, monkeypatch)
    assert type(display()) is Display
    closed = io.StringIO()
    closed.close()
    send_to(closed, monkeypatch)
    assert type(display()) is Display

    class WriteOnly:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None:
            pass

    stream = WriteOnly()
    send_to(stream, monkeypatch)
    show(STATES[:1])
    assert stream.text == "p j accepted 0:00\n"


@pytest.mark.parametrize(
    ("state", "percent"),
    [
        (job(), None),
        (job(progress=-5), 0),
        (job(progress=250.5), 100),
        (job(progress=float("nan")), None),
        (job("successful", progress=5), 100),
        (job("failed", progress=5), 5),
    ],
)
def test_any_progress_is_a_percentage_or_none(state: JobInfo, percent: float | None) -> None:
    assert percent_of(state) == percent


def test_a_server_s_text_cannot_move_the_cursor() -> None:
    assert clean("a\x1b[2J\r\nb\t\u202ec\x07") == "a [2J b c"
    assert len(clean("x" * 10_000)) == 200


def test_a_line_is_cut_by_columns() -> None:
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "abc"
    assert cut("日本語", 5) == "日本"
    assert cut("e\u0301e\u0301e\u0301", 2) == "e\u0301e\u0301"


def test_time_is_told_as_a_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc._progress.monotonic", lambda: 10_000.0)
    assert [since(10_000.0 - ago) for ago in (0, 61, 3599, 3600, 9000)] == [
        "0:00",
        "1:01",
        "59:59",
        "1:00:00",
        "2:30:00",
    ]


def test_a_wait_shows_its_progress(stderr: io.StringIO) -> None:
    with service.serve() as server, Client(server.url, proxy="") as client:
        client.run_process("sleep_a_while", {"duration": 0.1}, progress=True, poll=0.02)
        lines = stderr.getvalue().splitlines()
        client.run_process("sleep_a_while", {"duration": 0.1}, poll=0.02)
    assert stderr.getvalue().splitlines() == lines  # nothing is shown unless asked for
    assert lines[-1].startswith("sleep_a_while job_")
    assert " successful 100% " in lines[-1]
