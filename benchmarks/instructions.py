"""Count the instructions that ogcproc takes, as multiples of the least that could do the work.

The least, or floor, is urllib3's own `PoolManager.request` and `json.loads`. Callgrind counts: a
count hardly depends on the machine or on its load. README.rst explains the method and its limits.
Run this with a Python that has urllib3, and with valgrind on the path:

    python benchmarks/instructions.py [--check] [--json FILE] [NAME ...]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from documents import (
    encode,
    mixed_job_list,
    mixed_process_description,
    mixed_process_list,
    nine_member_job,
    nine_member_job_list,
)
from stub import Stub, serve

__all__ = ["DECODE", "MEASURES", "Bench", "BenchmarkError", "Figure", "Measure", "main"]

CHECKOUT = Path(__file__).resolve().parent.parent

JOB_PATH = "/jobs/job_0"

#: What the programs read: the first from the stub server, the others from files.
CALL_BODY = encode(nine_member_job(0))
BODIES = {
    "jobs": encode(mixed_job_list(1000)),
    "summaries": encode(mixed_process_list(1000)),
    "description": encode(mixed_process_description(200)),
    "nine-members": encode(nine_member_job_list(1000)),
}

#: How the client makes a model of a body. It works in place, which `from_dict` does not.
DECODE = "{model}._consume(json.loads(body))"
DECODE_FLOOR = "json.loads(body)"

#: `--check` fails when a ratio is larger than its goal times this.
MARGIN = 1.05

# The programs. Each gets the stub's URL, the documents' directory and, if it repeats something,
# how often. Each asserts after the work that the work was done.

BARE = "pass"

IMPORT = "import ogcproc"
IMPORT_FLOOR = "import json, urllib3"

FIRST_CALL = """\
import sys
from ogcproc import Client
client = Client(sys.argv[1])
answer = client.get_job("job_0")
assert answer.jobID == "job_0"
"""
FIRST_CALL_FLOOR = f"""\
import json, sys, urllib3
http = urllib3.PoolManager()
answer = json.loads(http.request("GET", sys.argv[1] + "{JOB_PATH}").data)
assert answer["jobID"] == "job_0"
"""

CALL = """\
import sys
from ogcproc import Client
client = Client(sys.argv[1])
for _ in range(int(sys.argv[3])):
    answer = client.get_job("job_0")
assert answer.jobID == "job_0"
"""
CALL_FLOOR = f"""\
import json, sys, urllib3
http = urllib3.PoolManager()
url = sys.argv[1] + "{JOB_PATH}"
for _ in range(int(sys.argv[3])):
    answer = json.loads(http.request("GET", url).data)
assert answer["jobID"] == "job_0"
"""

# Both import the same modules, because the garbage collector visits all objects of the process.
DECODING = """\
import json, sys
from ogcproc import {model}
with open(sys.argv[2] + "/{name}", "rb") as file:
    body = file.read()
for _ in range(int(sys.argv[3])):
    answer = {decode}
assert len({members}) == {count}
"""


class BenchmarkError(Exception):
    """The programs cannot be measured, or did not do the same work."""


@dataclass(frozen=True)
class Measure:
    """Two programs to compare, and the largest ratio that the first may have to the second."""

    name: str
    what: str
    goal: float
    ours: str
    floor: str
    #: Two numbers of repetitions: the difference of the two counts is used. None means that the
    #: count of a bare interpreter is subtracted.
    repeat: tuple[int, int] | None = None
    #: Whether each repetition sends one request to the stub, all on one connection.
    calls: bool = False


def _decoding(name: str, what: str, goal: float, model: str, member: str) -> Measure:
    """Return the measure that decodes the document of that name into a model."""
    count = len(json.loads(BODIES[name])[member])
    fill = partial(DECODING.format, model=model, name=name, count=count)
    ours = fill(decode=DECODE.format(model=model), members=f"answer.{member}")
    floor = fill(decode=DECODE_FLOOR, members=f"answer[{member!r}]")
    return Measure(name, what, goal, ours, floor, repeat=(2, 6))


#: The goals are those of Python 3.11 with urllib3 2.8.
MEASURES = (
    Measure("import", "import", 0.05, IMPORT, IMPORT_FLOOR),
    Measure("first-call", "import, first get_job", 1.40, FIRST_CALL, FIRST_CALL_FLOOR, calls=True),
    Measure(
        "call", "get_job, connection kept", 0.99, CALL, CALL_FLOOR, repeat=(50, 150), calls=True
    ),
    _decoding("jobs", "1,000 jobs, mixed", 2.6, "JobList", "jobs"),
    _decoding("summaries", "1,000 summaries, mixed", 2.6, "ProcessList", "processes"),
    _decoding("description", "200 inputs, mixed", 2.0, "ProcessDescription", "inputs"),
    _decoding("nine-members", "1,000 jobs, no message", 2.45, "JobList", "jobs"),
)


@dataclass(frozen=True)
class Figure:
    """The result of a measure, in instructions per repetition."""

    name: str
    what: str
    instructions: float
    floor: float
    ratio: float
    goal: float

    @property
    def passes(self) -> bool:
        """Whether the ratio is within the margin of its goal."""
        return self.ratio <= self.goal * MARGIN

    @property
    def verdict(self) -> str:
        """A word for the table."""
        if not self.passes:
            return "MISSED"
        return "met" if self.ratio <= self.goal else "within margin"


class Bench:
    """A virtual environment that holds ogcproc and urllib3 only, to run programs in."""

    def __init__(self, directory: Path, package: Path, valgrind: str, stub: Stub) -> None:
        venv.create(directory / "env", symlinks=True)
        (site_packages,) = (directory / "env").glob("lib/python*/site-packages")
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, site_packages / "ogcproc", ignore=unwanted)
        shutil.copytree(_urllib3(), site_packages / "urllib3", ignore=unwanted)
        self._documents = directory / "documents"
        self._documents.mkdir()
        for name, body in BODIES.items():
            (self._documents / name).write_bytes(body)
        self._python = str(directory / "env" / "bin" / "python")
        # No variable of the caller: PYTHONDONTWRITEBYTECODE alone would spoil every import.
        self._environment = {
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "PYTHONPYCACHEPREFIX": str(directory / "pycache"),
        }
        self._callgrind = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        self._stub = stub
        self._bare: int | None = None

    def urllib3_version(self) -> str:
        """Return the version of the urllib3 that is measured."""
        return self._run([], "import urllib3; print(urllib3.__version__)").stdout.strip()

    def figure(self, measure: Measure) -> Figure:
        """Return the instructions that a measure's two programs take, and their ratio."""
        ours = self._cost(measure.ours, measure)
        floor = self._cost(measure.floor, measure)
        return Figure(measure.name, measure.what, ours, floor, ours / floor, measure.goal)

    def _cost(self, program: str, measure: Measure) -> float:
        if measure.repeat is None:
            if self._bare is None:
                self._bare = self._count(BARE)
            return self._count(program, requests=int(measure.calls)) - self._bare
        few, many = measure.repeat
        counts = [
            self._count(program, str(times), requests=times if measure.calls else 0)
            for times in (few, many)
        ]
        return (counts[1] - counts[0]) / (many - few)

    def _count(self, program: str, *arguments: str, requests: int = 0) -> int:
        """Return the instructions of a whole process, which must send that many requests."""
        # The first run, without valgrind, compiles the modules.
        self._run([], program, *arguments)
        self._stub.take_counts()
        log = self._run(self._callgrind, program, *arguments).stderr
        seen = self._stub.take_counts()
        if seen != (min(requests, 1), requests):
            raise BenchmarkError(
                f"{seen[1]} requests on {seen[0]} connections instead of {requests} on one:"
                f"\n{program}"
            )
        collected = re.search(r"^==\d+== Collected : (\d+)$", log, re.MULTILINE)
        if collected is None:
            raise BenchmarkError(f"no count from callgrind:\n{log}")
        return int(collected[1])

    def _run(
        self, prefix: Sequence[str], program: str, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        command = [
            *prefix,
            self._python,
            "-c",
            program,
            self._stub.url,
            str(self._documents),
            *arguments,
        ]
        done = subprocess.run(
            command,
            env=self._environment,
            cwd=self._documents,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise BenchmarkError(f"this failed:\n{program}\n{done.stderr}")
        return done


def _urllib3() -> Path:
    spec = importlib.util.find_spec("urllib3")
    if spec is None or spec.origin is None:
        raise BenchmarkError("urllib3 is not installed for this Python")
    return Path(spec.origin).parent


@contextmanager
def bench(package: Path) -> Iterator[Bench]:
    """Make a bench for an ogcproc package in a temporary directory, and start its stub server."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise BenchmarkError("valgrind is not installed")
    if not (package / "__init__.py").is_file():
        raise BenchmarkError(f"{package} is no package")
    with (
        tempfile.TemporaryDirectory(prefix="ogcproc-") as directory,
        serve({JOB_PATH: CALL_BODY}) as stub,
    ):
        yield Bench(Path(directory), package, valgrind, stub)


ROW = "{:<12} {:<24} {:>11} {:>11} {:>5} {:>4}  {}"


def _print_row(figure: Figure) -> None:
    print(
        ROW.format(
            figure.name,
            figure.what,
            f"{figure.instructions:,.0f}",
            f"{figure.floor:,.0f}",
            f"{figure.ratio:.3f}",
            f"{figure.goal:.2f}",
            figure.verdict,
        ),
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Count the instructions that ogcproc takes.")
    names = ", ".join(measure.name for measure in MEASURES)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {names}")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if a ratio is over its goal by more than 5 %%",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file too"
    )
    parser.add_argument(
        "--package",
        type=Path,
        default=CHECKOUT / "ogcproc",
        metavar="DIR",
        help="the ogcproc to measure (default: this checkout's)",
    )
    return parser


def measure_all(package: Path, measures: Sequence[Measure]) -> tuple[dict[str, str], list[Figure]]:
    """Measure, print a table as it goes, and return the versions and the figures."""
    with bench(package) as made:
        versions = {"python": platform.python_version(), "urllib3": made.urllib3_version()}
        print(f"Python {versions['python']}, urllib3 {versions['urllib3']}; instructions\n")
        print(ROW.format("measure", "", "ogcproc", "floor", "ratio", "goal", "").rstrip())
        figures = []
        for measure in measures:
            figures.append(made.figure(measure))
            _print_row(figures[-1])
    return versions, figures


def main(argv: Sequence[str] | None = None) -> int:
    """Return 0; 1 with `--check` if a goal is missed; 2 if something could not be measured."""
    parser = _parser()
    options = parser.parse_args(argv)
    unknown = set(options.names).difference(measure.name for measure in MEASURES)
    if unknown:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    wanted = [item for item in MEASURES if not options.names or item.name in options.names]
    try:
        versions, figures = measure_all(options.package, wanted)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        rows = [{**asdict(figure), "verdict": figure.verdict} for figure in figures]
        options.json.write_text(json.dumps({**versions, "figures": rows}, indent=1) + "\n")
    return int(options.check and not all(figure.passes for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
