"""A Python that was built without ``ssl``: http works, and https says what is missing."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from scripted import ScriptedServer, answer

import ogcproc
from ogcproc import Client
from ogcproc._http import tls

HOME = answer(200, {"title": "T", "links": []})
AWAY = answer(302, "", [("Location", "https://h.invalid/")])
MESSAGE = "https needs the module ssl, which this Python was built without"

PROGRAM = """
import sys
root, url = sys.argv[1:]
sys.path.insert(0, root)
sys.modules["ssl"] = sys.modules["_ssl"] = None

from typing import get_type_hints
from ogcproc import Client, TransportError
from ogcproc._http.tls import SSLContext
from ogcproc._http.transport import Transport

with Client(url) as client:
    print(client.get_capabilities().title)
    try:
        client.get_capabilities()
    except TransportError as error:
        print(error.sent, error)
for settings in ({"api_url": "https://h"}, {"api_url": url, "proxy": "https://h"}):
    try:
        Client(**settings)
    except ImportError as error:
        print(error)
print(SSLContext in get_type_hints(Transport.__init__)["ssl_context"].__args__)
"""


def test_http_works_without_ssl_and_https_says_what_is_missing() -> None:
    root = str(Path(ogcproc.__file__).parent.parent)
    with ScriptedServer([HOME, AWAY]) as server:
        command = [sys.executable, "-W", "error", "-c", PROGRAM, root, server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "T",
        f"False GET https://h.invalid/: {MESSAGE}",
        MESSAGE,
        MESSAGE,
        "True",
    ]


def test_https_is_an_import_error_without_ssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in this process, for a coverage report."""
    monkeypatch.setattr(tls, "IS_AVAILABLE", False)
    with pytest.raises(ImportError, match=MESSAGE):
        Client("https://h.invalid")
    assert not tls.is_settled(ssl.SSLError())
