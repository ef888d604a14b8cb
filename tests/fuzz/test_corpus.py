"""The corpus of the fuzz target once more, without looking for what is new."""

from __future__ import annotations

import socket
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from target import CALLS, HOST, MAX_BODY, MAX_INPUT, SECRET, Network, met

from ogcproc import JobInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())
#: How long no call may take: a hundred times longer than one does, in seconds.
LONG = 2.0
#: What no call may need, in bytes: most of it is for what became of JSON.
MUCH = 40 * MAX_BODY


@pytest.fixture
def traced() -> Iterator[None]:
    """Count the memory that is taken from here on."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_only_what_is_documented_comes_of(path: Path) -> None:
    data = path.read_bytes()
    started = time.monotonic()
    met(data)
    assert time.monotonic() - started < LONG
    assert tracemalloc.get_traced_memory()[1] < MUCH
    assert len(data) <= MAX_INPUT


def test_each_call_is_made() -> None:
    assert {path.read_bytes()[:1].decode() for path in CORPUS} == set(CALLS)


def test_what_must_not_come_of_a_call_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CALLS, "j", lambda client: client.no_such_method())
    with pytest.raises(AttributeError):
        met(b"")
    monkeypatch.setitem(CALLS, "j", lambda _: JobInfo(SECRET, "running"))
    with pytest.raises(AssertionError, match="the secret is shown by JobInfo"):
        met(b"")


@pytest.mark.parametrize("host", ["other.test", "server.test:81"])
def test_a_secret_that_goes_elsewhere_is_told(host: str) -> None:
    name, _, port = host.partition(":")
    network = Network([b""])
    for address in (HOST, (name, int(port or 80))):
        with network.connect(address) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nX-API-Key: " + SECRET.encode())
            connection.shutdown(socket.SHUT_WR)
        if address == HOST:
            network.listen()
    assert network.executions == 1
    with pytest.raises(AssertionError, match="the secret went to"):
        network.listen()
