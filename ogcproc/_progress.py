"""Shows the progress of a job on a terminal, in a log or in a notebook.

If showing fails, the display stops and the wait goes on.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Callable
from html import escape
from time import monotonic
from typing import Any

from .models import JobInfo

__all__ = ["Display", "display"]

#: How wide a bar is, in characters, and in a notebook, in pixels.
BAR = 20
BAR_PIXELS = 200
#: How much of a server's message is shown, in characters.
MESSAGE = 200
HUNDRED = 100
MINUTE = 60


class Display:
    """Shows a job's states. A context manager that gives the function to call with each state.

    This class itself shows nothing.
    """

    def __enter__(self) -> Callable[[JobInfo], None]:
        return self.update

    def __exit__(self, *_: object) -> None:
        self._safely(self._end)

    def update(self, job: JobInfo) -> None:
        """Show a job's state."""
        self._safely(self._show, job)

    def _safely(self, work: Callable[..., object], *given: object) -> None:
        """Do a part of the showing; where that fails, show nothing any more."""
        try:
            work(*given)
        except Exception:  # noqa: BLE001 - whatever it is, the wait is what counts
            self._show = self._end = nothing  # type: ignore[method-assign, assignment]

    def _show(self, job: JobInfo) -> None:
        """Show a job's state, however it likes."""

    def _end(self) -> None:
        """End the display."""


def nothing(*_: object) -> None:
    """Do nothing."""


class Lines(Display):
    """A line on a stream for each state that is another than before."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._before = ""
        self._began = monotonic()

    def _show(self, job: JobInfo) -> None:
        line = line_of(job)
        if line != self._before:
            self._before = line
            self._stream.write(f"{line} {since(self._began)}\n")
            self._stream.flush()


class InPlace(Lines):
    """One line on a terminal that is written again and again."""

    def _show(self, job: JobInfo) -> None:
        line = f"{line_of(job, bar=True)} {since(self._began)}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(f"\r{cut(line, width)}\x1b[K")
        self._stream.flush()
        self._before = line

    def _end(self) -> None:
        if self._before:
            self._stream.write("\n")
            self._stream.flush()


class InNotebook(Display):
    """A small bar under a notebook's cell."""

    def __init__(self, ipython_display: Any) -> None:
        self._display = ipython_display
        self._handle: Any = None
        self._began = monotonic()

    def _show(self, job: JobInfo) -> None:
        content = self._display.HTML(html_of(job, since(self._began)))
        if self._handle is None:
            self._handle = self._display.display(content, display_id=True)
        else:
            self._handle.update(content)


def display() -> Display:
    """Return a bar in a notebook, else lines on standard error."""
    return InNotebook(notebook()) if notebook() else on_stream(sys.stderr)


def on_stream(stream: Any) -> Display:
    """Return the display for a stream: in place on a terminal that can do that."""
    try:
        is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # there is none, as under pythonw; or it is closed
        return Display() if stream is None or getattr(stream, "closed", False) else Lines(stream)
    return InPlace(stream) if is_terminal else Lines(stream)


def notebook() -> Any:
    """Return IPython's module for displays where this runs in a notebook's kernel; else None."""
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return sys.modules.get("IPython.display") if getattr(shell, "kernel", None) else None


def percent_of(job: JobInfo) -> float | None:
    """Return how far a job is, from 0 to 100; None where it does not say."""
    if job.is_successful:
        return HUNDRED
    progress = job.progress
    if progress is None or progress != progress:  # noqa: PLR0124 - not a number
        return None
    return min(HUNDRED, max(0, progress))


def title_of(job: JobInfo) -> str:
    """Return what a job is called: its process, and its id."""
    return clean(f"{job.processID or 'job'} {job.jobID}".strip())


def line_of(job: JobInfo, *, bar: bool = False) -> str:
    """Return a job's state in a line."""
    part = percent_of(job)
    words = [title_of(job), clean(job.status)]
    if part is not None:
        filled = int(part * BAR / HUNDRED)
        words += [f"[{'#' * filled}{'.' * (BAR - filled)}]"] if bar else []
        words.append(f"{part:.0f}%")
    return " ".join(filter(None, [*words, clean(job.message or "")]))


def html_of(job: JobInfo, elapsed: str) -> str:
    """Return a job's state as HTML, everything in it escaped."""
    part = percent_of(job)
    words = escape(line_of(job))
    value = "" if part is None else f" value='{part:.0f}'"
    bar = (
        f"<progress max='100'{value} style='width:{BAR_PIXELS}px' aria-label='{words}'></progress>"
    )
    return f"<div role='status'>{bar} {words} <small>{escape(elapsed)}</small></div>"


def since(began: float) -> str:
    """Return how long ago something began."""
    seconds = int(monotonic() - began)
    hours, minutes = seconds // MINUTE**2, seconds // MINUTE % MINUTE
    clock = f"{minutes}:{seconds % MINUTE:02}"
    return f"{hours}:{clock:0>5}" if hours else clock


def clean(text: str) -> str:
    """Return a server's text on one line, without what moves a cursor or turns writing around."""
    kept = (character if character.isprintable() else " " for character in text[:MESSAGE])
    return " ".join("".join(kept).split())


def cut(line: str, width: int) -> str:
    """Return as much of a line as fits into so many columns."""
    columns = 0
    for index, character in enumerate(line):
        wide = unicodedata.east_asian_width(character) in "WF"
        columns += 2 if wide else not unicodedata.combining(character)
        if columns > width:
            return line[:index]
    return line
