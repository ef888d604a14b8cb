"""What holds for every test.

None leaves a thread or a socket behind, and none goes by this machine's proxies and certificates.
"""

from __future__ import annotations

import gc
import os
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long threads and sockets may take to go away after a test, in seconds.
GRACE = 2.0


#: The ends of the names of variables that a client reads.
READ_BY_CLIENTS = ("_PROXY", "_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide what this machine tells clients of proxies and certificates."""
    for name in list(os.environ):
        if name.upper().endswith(READ_BY_CLIENTS):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="module")
def module_leaves_nothing_open() -> Iterator[None]:
    """Fail the last test of a module that leaves threads or sockets behind."""
    before = open_things()
    yield
    fail_if_left(before)


@pytest.fixture(autouse=True)
def test_leaves_nothing_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves threads or sockets behind.

    Not where a server or a client lives longer than the test: its connections come and go as they
    like.
    """
    before = open_things()
    alone = threading.active_count() == 1 and not request.node.get_closest_marker("interop")
    yield
    if alone:
        fail_if_left(before)


def fail_if_left(before: set[object]) -> None:
    """Fail where there is more open than before.

    A socket that nobody holds any more is found by collecting the garbage, which takes long and is
    done only where there are more sockets: the ResourceWarning is an error.
    """
    end = time.monotonic() + GRACE
    while not open_things() <= before and time.monotonic() < end:
        gc.collect()
        time.sleep(0.002)
    left = open_things() - before
    assert not left, f"left behind: {left}"


def open_things() -> set[object]:
    """Return this process's threads and the descriptors of its sockets; not those on Windows."""
    found: set[object] = set(threading.enumerate())
    folder = Path("/dev/fd")
    for path in folder.iterdir() if folder.exists() else ():
        try:
            mode = os.fstat(int(path.name)).st_mode
        except OSError:  # the listing's own
            continue
        if stat.S_ISSOCK(mode):
            found.add(f"socket {path.name}")
    return found
