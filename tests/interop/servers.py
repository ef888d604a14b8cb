"""Real servers for the interoperability tests, each started on a free port and always stopped."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import environments
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SERVERS", "environment", "running"]

SERVICES = Path(__file__).resolve().parent / "services"

#: Each server by name: the environment it runs in ("" is that of the tests) and its command.
SERVERS: dict[str, tuple[str, list[str]]] = {
    "fastprocesses": ("fastprocesses", ["fastprocesses_server.py", "{port}"]),
    "ogcproc": ("", ["-m", "ogcproc", "serve", "--port", "{port}"]),
    "pygeoapi-0.21": ("pygeoapi-0.21", ["pygeoapi_server.py", "{port}", "tinydb"]),
    "pygeoapi-0.21-sync": ("pygeoapi-0.21", ["pygeoapi_server.py", "{port}", "none"]),
    "pygeoapi-0.24": ("pygeoapi-0.24", ["pygeoapi_server.py", "{port}", "tinydb"]),
    "pygeoapi-0.24-sync": ("pygeoapi-0.24", ["pygeoapi_server.py", "{port}", "none"]),
    "wraptile": ("wraptile", ["wraptile_server.py", "{port}"]),
    "wraptile-processes": ("wraptile", ["wraptile_server.py", "{port}", "--processes"]),
}

#: Seconds a server may take until it answers: pygeoapi imports for a while on a busy machine.
START_TIMEOUT = 90.0
#: Seconds a server may take to end; its supervisor kills it after three.
STOP_TIMEOUT = 10.0
#: Seconds between two looks at a starting server.
POLL = 0.05


def environment(name: str) -> Path:
    """The Python of a foreign environment; skips the test without one.

    With ``OGCPROC_INTEROP=require`` an environment that could have been made fails the test.
    """
    if python := environments.python_of(name):
        return python
    if environments.interpreter_for(name) is None:
        pytest.skip(f"{name} needs Python {' or '.join(environments.ENVIRONMENTS[name])}")
    reason = f"no environment: python tests/interop/environments.py {name}"
    if os.environ.get("OGCPROC_INTEROP") == "require":
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def running(name: str) -> Iterator[str]:
    """The base URL of a server that answers, until the block ends.

    Skips the test where the server cannot run. Its log goes to standard error when the block fails.
    """
    env_name, arguments = SERVERS[name]
    python = environment(env_name) if env_name else Path(sys.executable)
    if name == "fastprocesses" and shutil.which("redis-server") is None:
        pytest.skip("fastprocesses needs redis-server on PATH")
    port = _free_port()
    command = [str(python), *(argument.format(port=port) for argument in arguments)]
    with tempfile.TemporaryDirectory(prefix="ogcproc-interop-") as directory:
        log = Path(directory, "log")
        if env_name:
            command[1] = str(SERVICES / command[1])
        url = f"http://127.0.0.1:{port}"
        with _supervised(command, log, directory) as process:
            try:
                _wait_until_up(url, process)
                yield url
            except BaseException:
                print(log.read_text("utf-8", "replace")[-10_000:], file=sys.stderr)  # noqa: T201
                raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _supervised(command: list[str], log: Path, cwd: str) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, str(SERVICES / "supervise.py"), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(SERVICES), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait(STOP_TIMEOUT)


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    # Whatever proxy the machine has, it is not for the loopback interface.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(url + "/processes", timeout=5):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(POLL)
    pytest.fail(f"{url} never answered: exit status {process.poll()}")
