"""ogcproc._http.proxies and ogcproc._http.pools: which proxy leads where, and what goes through it.

The HTTP proxy is proxy.py, a real one, in a process of its own; the SOCKS proxy is below.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from scripted import ScriptedServer, answer

from ogcproc import Client, OgcProcError, TransportError, TransportTimeout, Unauthorized
from ogcproc._http.failures import came_before_connected
from ogcproc._http.proxies import Proxies, Proxy, is_exempt, proxy_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = answer(200, {"title": "T", "links": []})
#: As in a URL, and as they are.
CREDENTIALS = "joe:s%40cret%2Fw%C3%B6rd"
SECRET = "s@cret/wörd"


# --- which proxy ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "expected"),
    [
        ("", "h.example", 80, False),
        ("*", "h.example", 80, True),
        ("*", "::1", 80, True),
        ("*:8080", "h.example", 80, False),
        ("*:8080", "h.example", 8080, True),
        ("example.org", "example.org", 443, True),
        ("example.org", "www.example.org", 443, True),
        ("example.org", "a.b.example.org", 443, True),
        ("example.org", "badexample.org", 443, False),
        ("example.org", "example.org.uk", 443, False),
        ("example.org", "org", 443, False),
        (".example.org", "example.org", 443, True),
        (".example.org", "www.example.org", 443, True),
        (".example.org", "wwwexample.org", 443, False),
        ("*.example.org", "example.org", 443, True),
        ("*.example.org", "www.example.org", 443, True),
        ("*.example.org", "badexample.org", 443, False),
        ("Example.ORG", "www.example.org", 443, True),
        ("example.org.", "example.org", 443, True),
        ("example.org", "example.org.", 443, True),
        ("example.org:8443", "example.org", 8443, True),
        ("example.org:8443", "www.example.org", 8443, True),
        ("example.org:8443", "example.org", 443, False),
        ("example.org:", "example.org", 443, True),
        ("example.org:http", "example.org", 80, False),
        ("a.example,b.example", "b.example", 80, True),
        ("a.example, b.example", "b.example", 80, True),
        ("a.example b.example", "b.example", 80, True),
        (",, ,", "b.example", 80, False),
        (".", "b.example", 80, False),
        ("*.", "b.example", 80, False),
        ("localhost", "localhost", 80, True),
        ("h.example", "localhost", 80, False),
        ("h.example", "127.0.0.1", 80, False),
        ("127.0.0.1", "127.0.0.1", 80, True),
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "127.0.0.1", 80, False),
        ("127.0.0.1", "127.0.0.10", 80, False),
        ("0.0.1", "127.0.0.1", 80, False),
        ("localhost", "127.0.0.1", 80, False),
        ("10.0.0.0/8", "10.1.2.3", 80, True),
        ("10.1.2.3/8", "10.250.0.1", 80, True),
        ("10.0.0.0/8", "11.1.2.3", 80, False),
        ("10.0.0.0/8:8080", "10.1.2.3", 8080, True),
        ("10.0.0.0/8:8080", "10.1.2.3", 80, False),
        ("10.0.0.0/99", "10.1.2.3", 80, False),
        ("10.0.0.0/8", "ten.example", 80, False),
        ("10.0.0.0/8", "::ffff:10.1.2.3", 80, True),
        ("10.0.0.0/8", "fd00::1", 80, False),
        ("::1", "::1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:8080", "::1", 8080, True),
        ("[::1]:8080", "::1", 80, False),
        ("0:0:0:0:0:0:0:1", "::1", 80, True),
        ("fd00::/8", "fd12:3456::1", 80, True),
        ("fd00::/8", "fe80::1", 80, False),
        ("fe80::/10", "fe80::1%eth0", 80, True),
    ],
)
def test_no_proxy_names_hosts(no_proxy: str, host: str, port: int, expected: bool) -> None:
    assert is_exempt(no_proxy.replace(",", " ").split(), host, port) is expected
    shown = f"[{host}]" if ":" in host else host
    proxies = Proxies(None, {"HTTP_PROXY": "http://p:1", "NO_PROXY": no_proxy})
    assert (proxies.to(f"http://{shown}:{port}/x") is None) is expected


@pytest.mark.parametrize(
    ("proxy", "environ", "by_http", "by_https"),
    [
        (None, {}, None, None),
        (None, {"http_proxy": "http://p:1"}, "http://p:1", None),
        (None, {"HTTP_PROXY": "http://p:1"}, "http://p:1", None),
        (None, {"HTTPS_PROXY": "http://p:1"}, None, "http://p:1"),
        (None, {"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"}, None, "http://p:1"),
        (None, {"http_proxy": "http://p:1", "HTTP_PROXY": "http://q:1"}, "http://p:1", None),
        (None, {"http_proxy": " ", "HTTP_PROXY": "http://q:1"}, "http://q:1", None),
        (None, {"ALL_PROXY": "socks5h://p:1"}, "socks5h://p:1", "socks5h://p:1"),
        (None, {"all_proxy": "http://p:1", "ALL_PROXY": "http://q:1"}, "http://p:1", "http://p:1"),
        (None, {"ALL_PROXY": "http://p:1", "HTTP_PROXY": "http://q:1"}, "http://q:1", "http://p:1"),
        # In a CGI program, what begins with HTTP_ is a header of the request.
        (None, {"HTTP_PROXY": "http://q:1", "REQUEST_METHOD": "GET"}, None, None),
        (None, {"http_proxy": "http://p:1", "REQUEST_METHOD": "GET"}, "http://p:1", None),
        (None, {"HTTPS_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, None, "http://p:1"),
        (None, {"ALL_PROXY": "http://p:1", "no_proxy": "", "NO_PROXY": "h"}, None, None),
        (None, {"ALL_PROXY": "http://p:1", "no_proxy": "x", "NO_PROXY": "h"}, *["http://p:1"] * 2),
        ("http://q:1", {"ALL_PROXY": "http://p:1"}, "http://q:1", "http://q:1"),
        ("http://q:1", {"NO_PROXY": "*"}, "http://q:1", "http://q:1"),
        ("", {"ALL_PROXY": "http://p:1"}, None, None),
        (" ", {"ALL_PROXY": "http://p:1"}, None, None),
    ],
)
def test_what_is_given_goes_before_the_environment(
    proxy: str | None, environ: dict[str, str], by_http: str | None, by_https: str | None
) -> None:
    proxies = Proxies(proxy, environ)
    found = [proxies.to(f"{scheme}://h/x") for scheme in ("http", "https")]
    assert [one and one.url for one in found] == [by_http, by_https]


def test_the_environment_is_read_once() -> None:
    environ = {"HTTP_PROXY": "http://p:1"}
    proxies = Proxies(None, environ)
    environ.update(HTTP_PROXY="http://q:1", NO_PROXY="*")
    assert proxies.to("http://h") == Proxy("http://p:1")


@pytest.mark.parametrize(
    ("text", "url", "user", "password"),
    [
        ("http://p:1", "http://p:1", None, None),
        (" http://p:1/ ", "http://p:1", None, None),
        ("p:3128", "http://p:3128", None, None),
        ("joe:secret@p:3128", "http://p:3128", "joe", "secret"),
        (f"https://{CREDENTIALS}@p", "https://p", "joe", SECRET),
        ("http://joe@p:1", "http://p:1", "joe", ""),
        ("http://[::1]:3128", "http://[::1]:3128", None, None),
        ("socks5h://joe:secret@p", "socks5h://p", "joe", "secret"),
    ],
)
def test_credentials_of_a_proxy_are_taken_apart(
    text: str, url: str, user: str | None, password: str | None
) -> None:
    proxy = proxy_of(text)
    assert (proxy.url, proxy.user, proxy.password) == (url, user, password)
    assert repr(proxy) == f"Proxy(url={url!r})"


def test_credentials_become_a_header_in_utf_8() -> None:
    assert proxy_of("http://p").headers == {}
    assert proxy_of(f"http://{CREDENTIALS}@p").headers == {
        "Proxy-Authorization": "Basic am9lOnNAY3JldC93w7ZyZA=="
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ftp://joe:secret@p", "is http, https, socks4, socks4a, socks5, socks5h:// and a host"),
        ("socks://joe:secret@p", "is http, https"),
        ("http://", "is http, https"),
        ("http://joe:secret@", "is http, https"),
        ("http://joe:secret@p:port", "holds no valid host and port: 'http://p:port'"),
        ("http://joe:secret@[::1", "holds no valid host and port"),
        ("http://joe:sec/ret@p:1", "holds no valid host and port: 'p:1'"),
        ("http://joe/secret@p:1", "holds more than a host and port: 'p:1'"),
        ("http://p:1/path", "holds more than a host and port: 'http://p:1/path'"),
        ("http://p:1?a=b", "holds more than a host and port"),
    ],
)
def test_what_is_no_proxy_is_refused_without_its_secrets(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^proxy ") as caught:
        Client("http://h.invalid", proxy=text)
    assert reason in str(caught.value)
    assert not {"sec", "ret"} & {*str(caught.value).replace("secret", "sec ret").split()}
    with pytest.raises(ValueError, match=r"^all_proxy "):
        Proxies(None, {"all_proxy": text}).to("http://h")


def test_a_proxy_is_one_text() -> None:
    with pytest.raises(TypeError, match="proxy is a URL, not dict"):
        Client("http://h.invalid", proxy={"http": "http://p:1"})  # type: ignore[arg-type]


# --- a real proxy ---------------------------------------------------------------------------


def started(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start proxy.py; return its process, the first of a group, and its port."""
    told = folder / "port"
    command = [sys.executable, "-W", "ignore", "-m", "proxy", "--hostname", "127.0.0.1"]
    command += ["--port", "0", "--port-file", str(told), "--num-workers", "1"]
    command += ["--num-acceptors", "1", "--log-level", "c", *options]
    process = subprocess.Popen(command, cwd=folder, start_new_session=True)
    end = time.monotonic() + 30
    while not (told.exists() and told.read_text(encoding="ascii")):
        if process.poll() is not None or time.monotonic() > end:
            stop(process)
            pytest.fail("proxy.py does not start")
        time.sleep(0.01)
    return process, int(told.read_text(encoding="ascii"))


def stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return the context of a TLS server on this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of a proxy that wants credentials."""
    if not hasattr(os, "killpg"):
        pytest.skip("no process groups")
    credentials = f"joe:{SECRET}"
    process, port = started(tmp_path_factory.mktemp("proxy"), "--basic-auth", credentials)
    yield port
    stop(process)


@pytest.fixture(scope="module")
def secured(
    certificate: trustme.LeafCert, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Return the port of a proxy that is itself called by https."""
    if not hasattr(os, "killpg"):
        pytest.skip("no process groups")
    folder = tmp_path_factory.mktemp("secured")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "cert.pem"), append=True)
    process, port = started(folder, "--cert-file", "cert.pem", "--key-file", "key.pem")
    yield port
    stop(process)


def used(server: ScriptedServer) -> bool:
    """Return whether the last request came by way of proxy.py."""
    return "proxy.py" in (server.requests[-1].header("via") or "")


def test_http_goes_through_a_proxy_whole(guarded: int) -> None:
    with (
        ScriptedServer([HOME]) as server,
        Client(server.url, proxy=f"http://{CREDENTIALS}@127.0.0.1:{guarded}") as client,
    ):
        assert client.get_capabilities().title == "T"
        assert used(server)
    assert server.lines == ["GET /"]
    assert server.requests[0].header("proxy-authorization") is None


def test_https_goes_through_a_proxy_in_a_tunnel(
    guarded: int, tls: ssl.SSLContext, bundle: str
) -> None:
    proxy = f"http://{CREDENTIALS}@127.0.0.1:{guarded}"
    with (
        ScriptedServer([HOME, HOME], tls=tls) as server,
        Client(server.url, proxy=proxy, ca_bundle=bundle) as client,
    ):
        assert client.get_capabilities().title == "T"
        assert client.get_capabilities().title == "T"
    assert server.lines == ["GET /", "GET /"]
    assert server.connections == 1
    assert server.requests[0].header("proxy-authorization") is None
    assert server.requests[0].header("host") == server.url.partition("//")[2]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("credentials", "hint"),
    [("", "it wants user:password@"), ("joe:wrong@", "it wants another user:password@")],
)
def test_a_proxy_that_wants_credentials_says_so_once(
    guarded: int, scheme: str, credentials: str, hint: str
) -> None:
    proxy = f"http://{credentials}127.0.0.1:{guarded}"
    with Client(f"{scheme}://127.0.0.1:9", proxy=proxy, timeout=(5, 5)) as client:
        with pytest.raises(TransportError) as caught:
            client.execute_process("p")
        assert type(caught.value) is TransportError
        assert caught.value.sent is False
        assert str(caught.value) == (
            f"POST {scheme}://127.0.0.1:9/processes/p/execution: the proxy "
            f"http://127.0.0.1:{guarded} refuses: 407 Proxy Authentication Required; {hint} "
            "in its URL"
        )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_can_itself_be_called_by_https(
    secured: int, tls: ssl.SSLContext, bundle: str, scheme: str
) -> None:
    with (
        ScriptedServer([HOME], tls=tls if scheme == "https" else None) as server,
        Client(server.url, proxy=f"https://127.0.0.1:{secured}", ca_bundle=bundle) as client,
    ):
        assert client.get_capabilities().title == "T"
        assert used(server) is (scheme == "http")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_certificate_of_a_proxy_is_always_verified(secured: int, scheme: str) -> None:
    proxy = f"https://localhost:{secured}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = Client(f"{scheme}://h.invalid", proxy=proxy, verify=False)
    with client, pytest.raises(TransportError) as caught:
        client.get_capabilities()
    assert caught.value.sent is False
    assert f"the proxy {proxy}" in str(caught.value)
    assert "the certificate of localhost is not accepted: " in str(caught.value)


def test_a_certificate_behind_a_proxy_is_explained(guarded: int, tls: ssl.SSLContext) -> None:
    proxy = f"http://{CREDENTIALS}@127.0.0.1:{guarded}"
    with ScriptedServer([], tls=tls) as server, Client(server.url, proxy=proxy) as client:
        with pytest.raises(TransportError, match=r"of 127\.0\.0\.1 is not acc") as caught:
            client.execute_process("p")
        assert caught.value.sent is False
        assert str(caught.value).endswith(f" (through the proxy http://127.0.0.1:{guarded})")
    assert server.connections == 1


def test_the_environment_chooses_for_each_server(
    guarded: int, tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://{CREDENTIALS}@127.0.0.1:{guarded}")
    with (
        ScriptedServer([HOME], tls=tls) as third,
        ScriptedServer([answer(302, "", [("Location", f"{third.url}/")])]) as second,
        ScriptedServer([HOME, answer(302, "", [("Location", f"{second.url}/")])]) as server,
    ):
        monkeypatch.setenv("NO_PROXY", f"127.0.0.1:{server.port},127.0.0.1:{third.port}")
        with Client(server.url, ca_bundle=bundle) as client:
            monkeypatch.setenv("NO_PROXY", "*")  # it has been read
            assert client.get_capabilities().title == "T"
            assert not used(server)
            assert client.get_capabilities().title == "T"
            assert used(second)
            assert not used(third)


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_each_variable_names_a_proxy(
    guarded: int, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, f"http://{CREDENTIALS}@127.0.0.1:{guarded}")
    with ScriptedServer([HOME, HOME]) as server:
        with Client(server.url) as client:
            assert client.get_capabilities().title == "T"
            assert used(server)
        with Client(server.url, proxy="") as client:
            assert client.get_capabilities().title == "T"
            assert not used(server)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_credentials_of_a_proxy_are_shown_nowhere(
    guarded: int,
    tls: ssl.SSLContext,
    bundle: str,
    caplog: pytest.LogCaptureFixture,
    scheme: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy = f"http://{CREDENTIALS}@127.0.0.1:{guarded}"
    with ScriptedServer([HOME], tls=tls if scheme == "https" else None) as server:
        client = Client(server.url, proxy=proxy, ca_bundle=bundle, retries=0)
        client.get_capabilities()
    with pytest.raises(OgcProcError) as caught:  # that proxy's 502, or an end of the tunnel
        client.get_capabilities()
    client.close()
    texts = [repr(client), str(client), repr(client._http), caplog.text]
    texts += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
    with pickle.loads(pickle.dumps(client)) as again:
        texts.append(repr(again))
    assert "s@cret" not in "".join(texts)
    assert "s%40cret" not in "".join(texts)
    assert "am9lOn" not in "".join(texts)


# --- proxies that do not do their work ------------------------------------------------------


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return a host and port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named(nobody: str, scheme: str) -> None:
    proxy = f"http://joe:secret@{nobody}"
    with Client(f"{scheme}://h.invalid", proxy=proxy, retries=0) as client:
        with pytest.raises(TransportError, match="refused") as caught:
            client.execute_process("p")
        assert caught.value.sent is False
        assert str(caught.value).startswith(
            f"POST {scheme}://h.invalid/processes/p/execution: the proxy http://{nobody} cannot be "
            "used: Failed to establish a new connection: "
        )


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (502, 3)])
def test_a_proxy_that_makes_no_tunnel_is_named(
    monkeypatch: pytest.MonkeyPatch, status: int, tries: int
) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    with (
        ScriptedServer([answer(status, "no")] * tries) as proxy,
        Client("https://h.invalid", proxy=proxy.url, retries=2) as client,
    ):
        with pytest.raises(TransportError, match=f"the proxy {proxy.url} refuses: {status}") as got:
            client.get_capabilities()
        assert got.value.sent is False
        assert proxy.lines == ["CONNECT h.invalid:443"] * tries


def test_a_proxy_that_says_nothing_takes_too_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Client("https://h.invalid", proxy=proxy, timeout=(0.05, 5), retries=0) as client,
            pytest.raises(TransportTimeout, match="took too long to make") as caught,
        ):
            client.execute_process("p")
    assert caught.value.sent is False


def test_a_server_that_asks_for_proxy_credentials_is_no_proxy() -> None:
    with ScriptedServer([answer(407, "no")]) as server, Client(server.url) as client:
        with pytest.raises(Exception, match="407") as caught:
            client.get_capabilities()
        assert not isinstance(caught.value, (TransportError, Unauthorized))


def test_a_proxy_for_another_server_is_looked_at_when_it_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks://joe:secret@p:1")
    away = answer(302, "", [("Location", "https://h.invalid/")])
    with ScriptedServer([away]) as server, Client(server.url) as client:
        with pytest.raises(TransportError, match="HTTPS_PROXY is http, https, socks4") as caught:
            client.get_capabilities()
        assert caught.value.sent is False
        assert "secret" not in str(caught.value)


def test_an_error_is_not_taken_for_one_it_happened_to_come_after() -> None:
    earlier = OSError("refused")
    earlier.before_connected = True  # type: ignore[attr-defined]
    later = OSError("reset")
    later.__context__ = earlier
    assert not came_before_connected(later)
    later.__cause__ = earlier
    assert came_before_connected(later)


# --- SOCKS ----------------------------------------------------------------------------------


class SocksProxy:
    """A SOCKS 5 proxy (RFC 1928) that wants a user and password (RFC 1929)."""

    def __init__(self, refusing: int = 0) -> None:
        self.asked: list[tuple[str, int]] = []
        self.users: list[tuple[str, str]] = []
        self._refusing = refusing
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> SocksProxy:  # noqa: PYI034 - Self is not in typing before 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, client.makefile("rb") as stream:
            _, count = stream.read(2)
            assert 2 in stream.read(count)
            client.sendall(b"\x05\x02")
            stream.read(1)
            user = stream.read(stream.read(1)[0]).decode()
            self.users.append((user, stream.read(stream.read(1)[0]).decode()))
            client.sendall(b"\x01\x00")
            kind = stream.read(4)[3]
            size = 4 if kind == 1 else stream.read(1)[0]
            address = stream.read(size)
            host = socket.inet_ntoa(address) if kind == 1 else address.decode()
            self.asked.append((host, int.from_bytes(stream.read(2), "big")))
            client.sendall(bytes([5, self._refusing, 0, 1]) + bytes(6))
            if self._refusing:
                return
            with socket.create_connection(self.asked[0]) as server:
                back = threading.Thread(target=pump, args=(server, client))
                back.start()
                pump(client, server)
                back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("socks", "asked"), [("socks5", "127.0.0.1"), ("socks5h", "localhost")])
def test_requests_go_through_a_socks_proxy(
    tls: ssl.SSLContext, bundle: str, scheme: str, socks: str, asked: str
) -> None:
    with (
        ScriptedServer([HOME], tls=tls if scheme == "https" else None) as server,
        SocksProxy() as proxy,
        Client(
            f"{scheme}://localhost:{server.port}",
            proxy=f"{socks}://{CREDENTIALS}@127.0.0.1:{proxy.port}",
            ca_bundle=bundle,
        ) as client,
    ):
        assert client.get_capabilities().title == "T"
    assert server.lines == ["GET /"]
    assert proxy.users == [("joe", SECRET)]
    assert proxy.asked[0][0] in {asked, "127.0.0.1"}


def test_a_socks_proxy_that_refuses_is_named() -> None:
    with SocksProxy(refusing=2) as proxy:
        url = f"socks5h://127.0.0.1:{proxy.port}"
        with (
            Client("http://h.invalid", proxy=url.replace("//", "//a:b@"), retries=0) as client,
            pytest.raises(TransportError, match="not allowed by ruleset") as caught,
        ):
            client.execute_process("p")
    assert caught.value.sent is False
    assert str(caught.value).endswith(f"(through the proxy {url})")


def test_a_socks_proxy_that_is_not_there_is_named(nobody: str) -> None:
    with (
        Client("http://h.invalid", proxy=f"socks5h://{nobody}", retries=0) as client,
        pytest.raises(TransportError, match="refused") as caught,
    ):
        client.execute_process("p")
    assert caught.value.sent is False
    assert str(caught.value).endswith(f"(through the proxy socks5h://{nobody})")


def test_what_socks_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    with pytest.raises(ImportError, match=r"^socks5://p:1 needs PySocks: pip install urllib3\[soc"):
        Client("http://h.invalid", proxy="socks5://joe:secret@p:1")


def test_a_request_in_a_thread_that_was_handed_a_client_makes_one_pool(
    nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other servers' pools are made when they are first asked, by whichever thread that is."""
    monkeypatch.setenv("NO_PROXY", nobody)
    with ScriptedServer([HOME] * 16) as other, Client(f"http://{nobody}") as client:
        pools: list[Any] = []

        def ask() -> None:
            client._http.send("GET", f"{other.url}/")
            pools.append(client._http._pools.to(other.url)[0])

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(pools) == 16
    assert len(set(map(id, pools))) == 1
