"""Many jobs at once, resumable: the room behind ``Client.run_many``."""

from __future__ import annotations

from .run import Run

__all__ = ["Run"]
