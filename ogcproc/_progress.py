"""Shows the progress of a job: a line on standard error, or a bar in a notebook."""

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

#: The width of a bar, in characters, and in a notebook, in pixels.
BAR = 20
BAR_PIXELS = 200
#: The longest part of a server's message that is shown, in characters.
MAX_MESSAGE = 200


class Display:
    """Shows a job's states. A context manager that gives the function to call with each state.

    If showing fails, the display stops and the wait goes on. This class itself shows nothing.
    """

    def __init__(self) -> None:
        self._began = monotonic()
        self._has_failed = False

    def __enter__(self) -> Callable[[JobInfo], None]:
        return self.update

    def __exit__(self, *_: object) -> None:
        self._safely(self._end)

    def update(self, job: JobInfo) -> None:
        """Show a job's state."""
        self._safely(self._show, job)

    def _safely(self, show: Callable[..., object], *given: object) -> None:
        if not self._has_failed:
            try:
                show(*given)
            except Exception:  # noqa: BLE001 - no error may end the wait
                self._has_failed = True

    def _show(self, job: JobInfo) -> None:
        """Show a job's state."""

    def _end(self) -> None:
        """Complete what is shown."""


class Lines(Display):
    """Writes a line to a stream for each new state."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream
        self._last = ""

    def _show(self, job: JobInfo) -> None:
        line = line_of(job)
        if line != self._last:
            self._last = line
            self._write(f"{line} {since(self._began)}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class InPlace(Lines):
    """Writes one line on a terminal, again and again."""

    def _show(self, job: JobInfo) -> None:
        self._last = f"{line_of(job, bar=True)} {since(self._began)}"
        width = shutil.get_terminal_size().columns - 1
        self._write(f"\r{cut(self._last, width)}\x1b[K")

    def _end(self) -> None:
        if self._last:
            self._write("\n")


class InNotebook(Display):
    """Shows a small bar under a notebook's cell."""

    def __init__(self, ipython_display: Any) -> None:
        super().__init__()
        self._display = ipython_display
        self._handle: Any = None

    def _show(self, job: JobInfo) -> None:
        content = self._display.HTML(html_of(job, since(self._began)))
        if self._handle is None:
            self._handle = self._display.display(content, display_id=True)
        else:
            self._handle.update(content)


def display() -> Display:
    """Return a bar in a notebook, else lines on standard error."""
    ipython_display = notebook()
    return on_stream(sys.stderr) if ipython_display is None else InNotebook(ipython_display)


def on_stream(stream: Any) -> Display:
    """Return the display for a stream: in place on a terminal that can do that."""
    if stream is None or getattr(stream, "closed", False):  # there is none under pythonw
        return Display()
    is_terminal = getattr(stream, "isatty", bool)() and os.environ.get("TERM") != "dumb"
    return InPlace(stream) if is_terminal else Lines(stream)


def notebook() -> Any:
    """Return the module IPython.display in a notebook's kernel, else None."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return sys.modules.get("IPython.display") if getattr(shell, "kernel", None) else None


def percent_of(job: JobInfo) -> float | None:
    """Return a job's progress, from 0 to 100; None if it is not known."""
    if job.is_successful:
        return 100
    progress = job.progress
    if progress is None or progress != progress:  # noqa: PLR0124 - not a number
        return None
    return min(100, max(0, progress))


def line_of(job: JobInfo, *, bar: bool = False) -> str:
    """Return a job's process, id, status, progress and message in one line."""
    percent = percent_of(job)
    words = [job.processID or "job", job.jobID, job.status]
    if percent is not None:
        filled = int(percent * BAR / 100)
        words += [f"[{'#' * filled}{'.' * (BAR - filled)}]"] if bar else []
        words.append(f"{percent:.0f}%")
    return " ".join(filter(None, map(clean, [*words, job.message or ""])))


def html_of(job: JobInfo, elapsed: str) -> str:
    """Return a job's state as HTML; all of the server's text in it is escaped."""
    percent = percent_of(job)
    words = escape(line_of(job))
    value = "" if percent is None else f" value='{percent:.0f}'"
    bar = (
        f"<progress max='100'{value} style='width:{BAR_PIXELS}px' aria-label='{words}'></progress>"
    )
    return f"<div role='status'>{bar} {words} <small>{escape(elapsed)}</small></div>"


def since(began: float) -> str:
    """Return the time since then as text, such as ``1:05``."""
    minutes, seconds = divmod(int(monotonic() - began), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clean(text: str) -> str:
    """Return a text on one line, without characters that move the cursor or turn the writing."""
    shown = (character if character.isprintable() else " " for character in text[:MAX_MESSAGE])
    return " ".join("".join(shown).split())


def cut(line: str, width: int) -> str:
    """Return the part of a line that fits into so many columns."""
    columns = 0
    for index, character in enumerate(line):
        wide = unicodedata.east_asian_width(character) in "WF"
        columns += 2 if wide else not unicodedata.combining(character)
        if columns > width:
            return line[:index]
    return line
