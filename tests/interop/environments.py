"""Virtual environments for the foreign servers and clients of these tests.

``python tests/interop/environments.py all`` makes every one of them under ``.venvs/`` of the
checkout, and ``python tests/interop/environments.py cuiman owslib`` only those. An environment is
made anew when its requirements or its Python have changed, and used again otherwise.
``--interpreter 3.12`` prints where that Python is, and fails where there is none.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

__all__ = ["ENVIRONMENTS", "create", "find_interpreter", "interpreter_for", "main", "python_of"]

HERE = Path(__file__).resolve().parent
VENVS = HERE.parents[1] / ".venvs"

#: The Pythons each environment may be made with, best first.
ENVIRONMENTS = {
    "cuiman": ("3.13", "3.12"),  # remotestate, which it needs, starts at 3.12
    "dask": ("3.12", "3.11"),
    "fastprocesses": ("3.11", "3.12"),
    "ogc-api-processes-client": ("3.12", "3.11", "3.13"),
    "owslib": ("3.12", "3.11", "3.13"),
    "pygeoapi-0.21": ("3.12", "3.11"),
    "pygeoapi-0.24": ("3.12", "3.11"),
    "wraptile": ("3.11", "3.12", "3.13"),
}


@functools.cache
def find_interpreter(version: str) -> Path | None:
    """The executable of Python ``version`` ("3.12"), from PATH or from pyenv; None without one."""
    name = f"python{version}"
    for environ in ({}, *({"PYENV_VERSION": release} for release in _pyenv_releases(version))):
        # A pyenv shim is on PATH for every version ever installed and fails for all but the
        # selected ones: only a run tells, and the run also gives the path behind the shim.
        if found := _run_interpreter(name, version, environ):
            return found
    return None


def _run_interpreter(name: str, version: str, environ: dict[str, str]) -> Path | None:
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"
    try:
        answer = subprocess.run(
            [name, "-c", code],
            env={**os.environ, **environ},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split(maxsplit=1)
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(answer[1].strip()) if answer[0] == version else None


def _pyenv_releases(version: str) -> list[str]:
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return []
    listed = subprocess.run(
        [pyenv, "versions", "--bare"], capture_output=True, check=False, text=True
    )
    return [line for line in listed.stdout.split() if line.startswith(f"{version}.")][::-1]


def interpreter_for(name: str) -> Path | None:
    """The best Python at hand for the environment ``name``; None where none will do."""
    return next((found for v in ENVIRONMENTS[name] if (found := find_interpreter(v))), None)


def python_of(name: str) -> Path | None:
    """The Python inside the environment ``name``; None unless it is complete and up to date."""
    stamp = VENVS / name / "stamp"
    base = interpreter_for(name)
    if base is None or not stamp.exists() or stamp.read_text("utf-8") != _fingerprint(name, base):
        return None
    return VENVS / name / "bin" / "python"


def _fingerprint(name: str, base: Path) -> str:
    requirements = _requirements(name).read_bytes()
    return hashlib.sha256(requirements + os.fsencode(base)).hexdigest()


def _requirements(name: str) -> Path:
    return HERE / "requirements" / f"{name}.txt"


def create(name: str) -> str:
    """Make the environment ``name`` unless it is there; a word on what was done."""
    base = interpreter_for(name)
    if base is None:
        return f"SKIPPED: no Python {' or '.join(ENVIRONMENTS[name])} on this machine"
    if python_of(name):
        return "up to date"
    target = VENVS / name
    shutil.rmtree(target, ignore_errors=True)
    _call(base, "-m", "venv", target)
    _call(target / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", _requirements(name))
    # Last, so that an interrupted installation is never taken for a finished one.
    (target / "stamp").write_text(_fingerprint(name, base), "utf-8")
    return f"made with {base.name}"


def _call(*command: str | Path) -> None:
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        message = f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


def main(argv: list[str] | None = None) -> int:
    """Make the environments named on the command line; 0 when all of them stand or were skipped."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--interpreter", metavar="VERSION", help="only print where it is")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, {', '.join(ENVIRONMENTS)}")
    options = parser.parse_args(argv)
    if options.interpreter:
        found = find_interpreter(options.interpreter)
        print(found or "")  # noqa: T201
        return 0 if found else 1
    names = list(ENVIRONMENTS) if options.names == ["all"] else options.names
    if unknown := [name for name in names if name not in ENVIRONMENTS]:
        parser.error(f"no such environment: {', '.join(unknown)}")
    # Installing is half waiting for the network, half unpacking: two at a time.
    with ThreadPoolExecutor(2) as pool:
        for name, outcome in zip(names, pool.map(create, names), strict=True):
            print(f"{name}: {outcome}", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
