"""Look for answers that bring out what must not come of a call, guided by coverage: see target.py.

    python tests/fuzz/run.py FOUND tests/fuzz/corpus -max_total_time=60

Needs atheris, which is in none of the extras: it is for Linux and macOS, and for some versions of
Python. FOUND is a directory for the inputs that reached something new, and for the one that failed;
the options are libFuzzer's.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ogcproc", "urllib3", "http", "email", "json"]):
    import ogcproc

    for module in pkgutil.walk_packages(ogcproc.__path__, "ogcproc."):  # many are imported late
        if not module.name.startswith(("ogcproc.__main__", "ogcproc.cli", "ogcproc.server")):
            import_module(module.name)
    from target import MAX_INPUT, met

#: No input may take longer, in seconds; some a hundred times as long as when nobody looks.
LONGEST = 20
#: What the process may need in all, in megabytes.
MEMORY = 1024


def once(data: bytes) -> None:
    """Make a call against one input."""
    met(data)


def main(arguments: list[str]) -> None:
    """Run until the time is over, or something is found."""
    found = Path(arguments[1])
    found.mkdir(exist_ok=True)
    defaults = [
        f"-max_len={MAX_INPUT}",
        f"-timeout={LONGEST}",
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={found}/",
        f"-dict={Path(__file__).with_name('words')}",
    ]
    atheris.Setup([arguments[0], *defaults, *arguments[1:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
