"""How far a job is, as it is shown: on terminals, in logs, in notebooks, by tqdm and by rich."""

from __future__ import annotations

import io
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import rich.console
import rich.progress
import tqdm

from ogcproc import Client, JobInfo
from ogcproc._progress import Display, clean, cut, html_of, percent_of, shown, since
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


def show(progress: Any, states: list[JobInfo] = STATES) -> None:
    with shown(progress) as display:
        for state in states:
            display.update(state)


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
    show(True)
    assert stderr.getvalue().splitlines() == [
        "p j accepted 0:00",
        "p j running 0% 0:00",
        "p j running 42% at it 0:00",
        "p j successful 100% 0:00",
    ]


def test_on_a_terminal_one_line_is_written_again(terminal: Any) -> None:
    show(True)
    assert terminal().replace("\r\n", "\n").split("\r") == [
        "",
        "p j accepted 0:00\x1b[K",
        "p j running [....................] 0% 0\x1b[K",
        "p j running [########............] 42% \x1b[K",
        "p j running [########............] 42% \x1b[K",
        "p j successful [####################] 1\x1b[K\n",
    ]


def test_on_a_terminal_that_shows_nothing_nothing_ends(terminal: Any) -> None:
    show(True, [])
    show(True, STATES[:1])
    assert terminal() == "\rp j accepted 0:00\x1b[K\r\n"


def test_a_dumb_terminal_has_lines(terminal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    show(True, STATES[:1])
    assert terminal() == "p j accepted 0:00\r\n"


def test_in_a_notebook_it_is_a_bar_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    class Handle:
        def update(self, content: str) -> None:
            told.append(("update", content))

    def display(content: str, *, display_id: bool) -> Handle:
        assert display_id
        told.append(("display", content))
        return Handle()

    shell = SimpleNamespace(kernel=object())
    module = SimpleNamespace(HTML=str, display=display)
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    show(True, [job("accepted", message="<script>"), job(progress=50)])
    assert [way for way, _ in told] == ["display", "update"]
    assert "&lt;script&gt;" in told[0][1]
    assert "value='50'" in told[1][1]
    # A terminal's IPython has no kernel.
    del shell.kernel
    show(True, [job()])
    assert len(told) == 2


def test_html_has_nothing_of_a_server_s_own() -> None:
    html = html_of(job(message="'\"<b>&", progress=7), "0:00")
    assert "<b>" not in html
    assert "&#x27;&quot;&lt;b&gt;&amp;" in html
    assert "<progress max='100' style" in html_of(job("accepted"), "0:00")


@pytest.mark.parametrize("as_class", [True, False])
def test_tqdm_shows_it_where_it_is_given(as_class: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    # No thread that watches over bars.
    monkeypatch.setattr(tqdm.tqdm, "monitor_interval", 0)

    class Bar(tqdm.tqdm):  # type: ignore[type-arg] # it is generic to a type checker alone
        def __init__(self, **settings: Any) -> None:
            super().__init__(file=stream, ncols=80, mininterval=0, **settings)

    given: Any = Bar if as_class else Bar(total=10)
    show(given)
    if not as_class:
        assert not given.disable
        given.close()
    assert "p j: 100%|" in stream.getvalue()
    assert "running at it" in stream.getvalue()


@pytest.mark.parametrize("started", [True, False])
def test_rich_shows_it_where_it_is_given(started: bool) -> None:
    console = rich.console.Console(file=io.StringIO(), force_terminal=True, width=100)
    progress = rich.progress.Progress(console=console)
    if started:
        progress.start()
    show(progress, [job("accepted"), job(progress=50, message="[red]at it"), job("successful")])
    assert progress.live.is_started is started
    progress.stop()
    (task,) = progress.tasks
    assert (task.completed, task.total) == (100, 100)
    assert task.description == "p j successful"


@pytest.mark.parametrize("progress", [None, False])
def test_nothing_is_shown_unless_asked_for(progress: Any, stderr: io.StringIO) -> None:
    show(progress)
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("progress", ["yes", 1, print, object()])
def test_what_cannot_show_it_is_refused(progress: Any) -> None:
    with pytest.raises(TypeError, match="progress is True, a class or an instance of tqdm's"):
        shown(progress)


def test_an_error_while_showing_ends_the_showing_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        written = 0

        def write(self, _: str) -> int:
            self.written += 1
            raise BrokenPipeError

    stream = Broken()
    send_to(stream, monkeypatch)
    show(True)
    assert stream.written == 1
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    send_to(ascii_only, monkeypatch)
    show(True, [job(message="größe"), job(message="plain")])


def test_without_a_stream_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    send_to(None, monkeypatch)
    assert type(shown(True)) is Display
    closed = io.StringIO()
    closed.close()
    send_to(closed, monkeypatch)
    assert type(shown(True)) is Display

    class WriteOnly:
        text = ""

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None:
            pass

    stream = WriteOnly()
    send_to(stream, monkeypatch)
    show(True, STATES[:1])
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
    assert lines[-1].startswith("sleep_a_while job_")
    assert " successful 100% " in lines[-1]
