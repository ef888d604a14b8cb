"""Checks of ogcproc: ``nox --list`` names them, ``nox`` runs them all.

Interpreters are looked for on PATH. Under pyenv, select them first:
``PYENV_VERSION=3.12.1:3.10.13 nox``.
"""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.reuse_existing_virtualenvs = True
nox.options.default_venv_backend = "venv"

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

#: Both ends of what setup.cfg allows.
URLLIB3 = [
    nox.param("urllib3 >=2, <3", id="newest"),
    nox.param("urllib3 ==1.26.19", id="oldest"),
]


@nox.session(python=PYTHONS)
@nox.parametrize("urllib3", URLLIB3)
def tests(session: nox.Session, urllib3: str) -> None:
    """Run the tests that need nothing but this checkout."""
    session.install("--quiet", "--editable", ".[test]", urllib3)
    session.run("python", "-c", "import sys, urllib3; print(sys.version, urllib3.__version__)")
    session.run("pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Hold branch coverage at 100 %, counting the tests against the official schemas too."""
    session.install("--quiet", "--editable", ".[dev]")
    options = ["--cov", "--cov-branch", "--cov-report=term-missing", "--cov-fail-under=100"]
    session.run("pytest", "-m", "not interop and not proof", *options, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("--quiet", "--editable", ".[dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, in the tests and in this file too."""
    session.install("--quiet", "--editable", ".[dev]")
    session.run("mypy", "ogcproc", "tests", "noxfile.py")


@nox.session
def interop(session: nox.Session) -> None:
    """Run the tests against real servers and foreign clients, making their environments first."""
    session.install("--quiet", "--editable", ".[test]")
    session.run("python", "tests/interop/environments.py", "all")
    env = {"OGCPROC_INTEROP": "require"}
    session.run("pytest", "-m", "interop", *session.posargs, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Build the distributions and check their metadata."""
    session.install("--quiet", "build", "twine")
    dist = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", dist)
    session.run("python", "-m", "twine", "check", "--strict", f"{dist}/*.whl", f"{dist}/*.tar.gz")
