"""A run over a journal, to be killed: ``killed_run.py URL JOURNAL TAKEN ITEMS``.

The keys of the outcomes that were taken are appended to the file TAKEN.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ogcproc import Client
from ogcproc.batch import settling

url, journal, taken, items = sys.argv[1:]
settling.PATIENCE = 0.5  # the server answers at once
with (
    Client(url, proxy="") as client,
    Path(taken).open("a", encoding="ascii") as file,
):
    inputs = ({"number": number} for number in range(int(items)))
    for outcome in client.run_many(
        "square", inputs, max_active=3, journal=journal, poll=(0.05, 0.2)
    ):
        said = "wrong"
        if outcome.error is not None:
            said = type(outcome.error).__name__
        elif dict(outcome.results or {}) == {"result": int(outcome.key) ** 2}:
            said = "fine"
        print(outcome.key, said, file=file, flush=True)
