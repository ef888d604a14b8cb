"""ogcproc._http.tls: whom the client trusts, what it shows, and what it says where that fails."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
import ssl
import subprocess
import threading
import time
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from scripted import CLOSE, ScriptedServer, answer

from ogcproc import Client, InsecureWarning, TransportError, TransportTimeout
from ogcproc._http.tls import explained

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = answer(200, {"title": "T", "links": []})
NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_unit_name="Our Authority")


@pytest.fixture(scope="module")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    """Return the certificate of a server on this machine."""
    return authority.issue_cert("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the files of a client's certificate, its key, both in one, and what is wrong."""
    folder = tmp_path_factory.mktemp("client")
    found = {
        name: str(folder / f"{name}.pem")
        for name in ("chain", "key", "both", "other", "text", "secret", "missing")
    }
    joe = authority.issue_cert("joe@example.org")
    joe.cert_chain_pems[0].write_to_path(found["chain"])
    joe.private_key_pem.write_to_path(found["key"])
    joe.private_key_and_cert_chain_pem.write_to_path(found["both"])
    authority.issue_cert("ann@example.org").private_key_pem.write_to_path(found["other"])
    Path(found["text"]).write_text("nothing of the kind\n", encoding="ascii")
    key = serialization.load_pem_private_key(joe.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
    Path(found["secret"]).write_bytes(encrypted)
    return found


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def serving(certificate: trustme.LeafCert, count: int = 1) -> ScriptedServer:
    return ScriptedServer([HOME] * count, tls=context_of(certificate))


def said(url: str, **settings: Any) -> str:
    """Return what a client says that cannot call a server, however often it may try."""
    with Client(url, **settings) as client:
        with pytest.raises(TransportError) as caught:
            client.get_capabilities()
        assert caught.value.sent is False
        return str(caught.value).removeprefix(f"GET {client.api_url}/: ")


def refusal(certificate: trustme.LeafCert, host: str = "127.0.0.1", **settings: Any) -> str:
    """Return what is said of a certificate that is not accepted, and how often it was shown."""
    with ScriptedServer([], tls=context_of(certificate)) as server:
        text = said(server.url.replace("127.0.0.1", host), **settings)
    assert server.connections == 1
    return text


# --- whom to trust --------------------------------------------------------------------------


def rehashed(bundle: str, folder: Path) -> str:
    """Return a directory as `openssl rehash` makes it: a certificate by the hash of its name."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl on this machine")
    command = ["openssl", "x509", "-subject_hash", "-noout", "-in", bundle]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    (folder / f"{name}.0").write_bytes(Path(bundle).read_bytes())
    return str(folder)


def plain_folder(bundle: str, folder: Path) -> str:
    """Return a directory with a certificate, a folder and a text."""
    (folder / "aaa").mkdir()
    (folder / "README").write_text("certificates", encoding="ascii")
    (folder / "ours.pem").write_bytes(Path(bundle).read_bytes())
    return str(folder)


@pytest.mark.parametrize("kind", ["file", "path", "folder", "rehashed"])
def test_a_ca_bundle_is_a_file_or_a_directory(
    certificate: trustme.LeafCert, bundle: str, tmp_path: Path, kind: str
) -> None:
    makers: dict[str, Callable[[], str | Path]] = {
        "file": lambda: bundle,
        "path": lambda: Path(bundle),
        "folder": lambda: plain_folder(bundle, tmp_path),
        "rehashed": lambda: rehashed(bundle, tmp_path),
    }
    given = makers[kind]()
    with serving(certificate) as server, Client(server.url, ca_bundle=given) as client:
        assert client.get_capabilities().title == "T"


@pytest.mark.parametrize(
    "name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
)
def test_the_environment_says_whom_to_trust(
    certificate: trustme.LeafCert,
    bundle: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    value = bundle
    if name == "SSL_CERT_DIR":
        folders = tmp_path / "strange", tmp_path / "ours"
        stranger = str(tmp_path / "stranger.pem")
        trustme.CA().cert_pem.write_to_path(stranger)
        for folder, file in zip(folders, (stranger, bundle), strict=True):
            folder.mkdir()
            plain_folder(file, folder)
        value = os.pathsep.join(map(str, folders))
    monkeypatch.setenv(name, value)
    with serving(certificate) as server, Client(server.url) as client:
        assert client.get_capabilities().title == "T"


def test_who_says_it_first_is_believed(
    certificate: trustme.LeafCert,
    bundle: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    for name in ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(stranger))
        text = refusal(certificate)
        assert f" (trusted: {stranger} from {name})" in text
    with serving(certificate) as server, Client(server.url, ca_bundle=bundle) as client:
        assert client.get_capabilities().title == "T"


def test_files_and_directories_of_the_environment_count_together(
    certificate: trustme.LeafCert,
    bundle: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    folder = tmp_path / "some"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger))
    monkeypatch.setenv("SSL_CERT_DIR", plain_folder(bundle, folder))
    with serving(certificate) as server, Client(server.url) as client:
        assert client.get_capabilities().title == "T"


@pytest.mark.parametrize("url", ["http://h.invalid", "https://h.invalid"])
def test_a_ca_bundle_that_is_not_there_is_named_when_the_client_is_made(url: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"ca_bundle: No such file .*'/none/ca\.pem'"):
        Client(url, ca_bundle="/none/ca.pem")


@pytest.mark.parametrize("name", ["ca_bundle", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("kind", ["text", "folder"])
def test_what_holds_no_certificate_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    path = tmp_path / "odd"
    if kind == "text":
        path.write_text("nothing", encoding="ascii")
    else:
        path.mkdir()
    settings: dict[str, Any] = {"ca_bundle": path} if name == "ca_bundle" else {}
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with pytest.raises(ValueError, match=f"^{name}: no certificate in PEM .*odd"):
        Client("https://h.invalid", **settings)


def test_a_variable_that_names_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none/ca.pem")
    with pytest.raises(FileNotFoundError, match=r"SSL_CERT_FILE: No such file .*'/none/ca\.pem'"):
        Client("https://h.invalid")


def test_a_directory_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", forbidden)  # root may read everything
        with pytest.raises(PermissionError, match="ca_bundle: Permission denied: "):
            Client("https://h.invalid", ca_bundle=tmp_path)


def test_a_client_of_http_reads_no_certificates(
    certificate: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none/ca.pem")
    with (
        serving(certificate, 0) as other,
        ScriptedServer([HOME, answer(302, "", [("Location", other.url)])]) as server,
        Client(server.url) as client,
    ):
        assert client.get_capabilities().title == "T"
        # Nor are they looked for again where they were not found.
        with pytest.raises(TransportError, match="SSL_CERT_FILE: No such file") as caught:
            client.get_capabilities()
        assert caught.value.sent is False
    assert other.connections == 0


def test_another_server_is_trusted_by_the_same_certificates(
    certificate: trustme.LeafCert, bundle: str
) -> None:
    with (
        serving(certificate) as other,
        ScriptedServer([answer(302, "", [("Location", f"{other.url}/")])]) as server,
        Client(server.url, ca_bundle=bundle) as client,
    ):
        assert client.get_capabilities().title == "T"


# --- who we are -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("names", ["both", "chain key"])
def test_a_client_certificate_is_shown(
    authority: trustme.CA,
    certificate: trustme.LeafCert,
    bundle: str,
    files: dict[str, str],
    names: str,
    version: ssl.TLSVersion,
) -> None:
    context = context_of(certificate)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    one, *two = (files[name] for name in names.split())
    given: Any = (one, *two) if two else one
    with (
        ScriptedServer([HOME], tls=context) as server,
        Client(server.url, ca_bundle=bundle, client_cert=given) as client,
    ):
        assert client.get_capabilities().title == "T"
    assert server.peers[0]["subjectAltName"] == (("email", "joe@example.org"),)


class Lingering(ssl.SSLSocket):
    """A server's socket that reads what is left after it refused a client.

    Otherwise the system resets the connection, and what was said in the refusal is lost.
    """

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except ssl.SSLError:
            self.shutdown(socket.SHUT_WR)
            with socket.socket(fileno=self.detach()) as bare:
                while bare.recv(4096):
                    pass
            raise


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_an_execute_was_never_sent_where_a_client_certificate_is_wanted(
    authority: trustme.CA, certificate: trustme.LeafCert, bundle: str, version: ssl.TLSVersion
) -> None:
    context = context_of(certificate)
    context.sslsocket_class = Lingering
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    with (
        ScriptedServer([], tls=context) as server,
        Client(server.url, ca_bundle=bundle) as client,
    ):
        with pytest.raises(TransportError, match="wants a client_cert") as caught:
            client.execute_process("p", {"inputs": {}})
        assert type(caught.value) is TransportError
        assert caught.value.sent is False
    assert server.connections == 1


@pytest.mark.parametrize(
    ("given", "kind", "text"),
    [
        ("missing", FileNotFoundError, r"client_cert: No such file .*missing\.pem"),
        ("chain missing", FileNotFoundError, r"client_cert: No such file .*missing\.pem"),
        ("text", ValueError, r"no certificate and key in PEM can be read from '\S+text\.pem'$"),
        ("chain text", ValueError, r"PEM can be read from '\S+chain\.pem' and '\S+text\.pem'$"),
        ("chain", ValueError, r"no certificate and key in PEM can be read from '\S+chain\.pem'$"),
        ("chain other", ValueError, r"key in '\S+other\.pem' is not that .* in '\S+chain\.pem'$"),
        ("chain secret", ValueError, r"the key in '\S+secret\.pem' is encrypted"),
        ("chain key both", ValueError, "client_cert is a file, or "),
    ],
)
@pytest.mark.parametrize("url", ["http://h.invalid", "https://h.invalid"])
def test_a_client_certificate_that_cannot_be_used_is_named_when_the_client_is_made(
    files: dict[str, str], given: str, kind: type[Exception], text: str, url: str
) -> None:
    paths: Any = tuple(files[name] for name in given.split())
    with pytest.raises(kind, match=text):
        Client(url, client_cert=paths if len(paths) > 1 else paths[0])


# --- the caller's own context, and none -----------------------------------------------------


def test_a_context_takes_the_place_of_what_the_environment_says(
    authority: trustme.CA, certificate: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none/ca.pem")
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with serving(certificate) as server, Client(server.url, ssl_context=context) as client:
        assert client.get_capabilities().title == "T"


def test_of_a_foreign_context_is_said_what_the_standard_library_says(
    certificate: trustme.LeafCert,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert refusal(certificate, ssl_context=context) == (
        "the certificate of 127.0.0.1 is not accepted: unable to get local issuer certificate"
        " (trusted: the ssl_context); pass ca_bundle= to trust another authority"
    )


@pytest.mark.parametrize("other", ["ca_bundle", "client_cert", "verify"])
def test_settings_that_contradict_each_other_are_refused(
    bundle: str, files: dict[str, str], other: str
) -> None:
    settings = {"ca_bundle": bundle, "client_cert": files["both"], "verify": False}
    with pytest.raises(ValueError, match="ssl_context goes without"):
        Client(
            "https://h.invalid",
            ssl_context=ssl.create_default_context(),
            **{other: settings[other]},  # type: ignore[arg-type] # each of its own type
        )


def test_verify_is_no_place_for_a_file(bundle: str) -> None:
    with pytest.raises(TypeError, match="a file goes to ca_bundle"):
        Client("https://h.invalid", verify=bundle)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of no use with verify=False"):
        Client("https://h.invalid", ca_bundle=bundle, verify=False)


def test_a_secured_connection_that_was_closed_is_made_anew(
    bundle: str, certificate: trustme.LeafCert
) -> None:
    with (
        ScriptedServer([(HOME, CLOSE), HOME], tls=context_of(certificate)) as server,
        Client(server.url, ca_bundle=bundle) as client,
    ):
        client.get_capabilities()
        end = time.monotonic() + 5
        while server.open and time.monotonic() < end:
            time.sleep(0.001)
        assert client.get_capabilities().title == "T"
    assert server.connections == 2


def test_nothing_is_verified_where_that_is_asked_for_and_each_host_is_told_once() -> None:
    stranger = trustme.CA().issue_cert("other.example")
    with (
        ScriptedServer([HOME] * 2, tls=context_of(stranger)) as other,
        ScriptedServer(
            [HOME, *[answer(302, "", [("Location", f"https://localhost:{other.port}/")])] * 2],
            tls=context_of(stranger),
        ) as server,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        with Client(server.url, verify=False) as client:
            for _ in range(3):
                assert client.get_capabilities().title == "T"
            again = pickle.loads(pickle.dumps(client))
            again.close()
    assert {one.category for one in caught} == {InsecureWarning}
    assert [str(one.message).split(" is not verified")[0] for one in caught] == [
        "the certificate of 127.0.0.1",
        "the certificate of localhost",
        "the certificate of 127.0.0.1",
    ]
    assert {Path(one.filename).name for one in caught} == {Path(__file__).name}


def test_a_client_certificate_is_shown_even_to_whom_is_not_verified(
    authority: trustme.CA, certificate: trustme.LeafCert, files: dict[str, str]
) -> None:
    context = context_of(certificate)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with ScriptedServer([HOME], tls=context) as server:
        with pytest.warns(InsecureWarning, match=r"127\.0\.0\.1"):
            client = Client(server.url, client_cert=files["both"], verify=False)
        with client:
            assert client.get_capabilities().title == "T"


def test_http_needs_no_warning() -> None:
    with ScriptedServer([HOME]) as server, Client(server.url, verify=False) as client:
        assert client.get_capabilities().title == "T"


# --- what is said ---------------------------------------------------------------------------

HINT = "; pass ca_bundle= to trust another authority"


def test_a_certificate_out_of_its_time_is_refused(authority: trustme.CA, bundle: str) -> None:
    expired = authority.issue_cert("127.0.0.1", not_before=NOW - 2 * DAY, not_after=NOW - DAY)
    assert refusal(expired, ca_bundle=bundle) == (
        "the certificate of 127.0.0.1 is not accepted: certificate has expired"
        f" (trusted: {bundle} from ca_bundle)"
    )
    early = authority.issue_cert("127.0.0.1", not_before=NOW + DAY, not_after=NOW + 2 * DAY)
    assert "not accepted: certificate is not yet valid" in refusal(early, ca_bundle=bundle)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_for_another_host_is_refused(
    authority: trustme.CA, bundle: str, host: str
) -> None:
    text = refusal(authority.issue_cert("a.example", "192.0.2.1"), host, ca_bundle=bundle)
    assert text.startswith(f"the certificate of {host} is not accepted: ")
    assert f"ismatch, certificate is not valid for '{host}' (trusted: {bundle} from" in text


def test_a_certificate_of_an_unknown_issuer_is_refused_with_what_to_do(
    certificate: trustme.LeafCert, tmp_path: Path
) -> None:
    said = "the certificate of 127.0.0.1 is not accepted: unable to get local issuer certificate"
    assert refusal(certificate) == f"{said} (trusted: the system){HINT}"
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    assert refusal(certificate, ca_bundle=stranger) == (
        f"{said} (trusted: {stranger} from ca_bundle){HINT}"
    )


def test_a_self_signed_certificate_is_refused_with_what_to_do() -> None:
    authority = trustme.CA()
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mine")])
    own = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, NOW - DAY, NOW + DAY)  # type: ignore[arg-type] # trustme's keys are of a kind that signs
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, None if "Ed" in type(key).__name__ else hashes.SHA256())  # type: ignore[arg-type]
    )
    leaf = trustme.LeafCert(
        authority.private_key_pem.bytes(), own.public_bytes(serialization.Encoding.PEM), []
    )
    text = refusal(leaf)
    assert text.startswith("the certificate of 127.0.0.1 is not accepted: self")
    assert text.endswith(f"signed certificate (trusted: the system){HINT}")


# --- other handshakes -----------------------------------------------------------------------


def test_a_server_that_speaks_plain_http_is_recognised() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(4096))
                connection.sendall(answer(400, "no"))

        thread = threading.Thread(target=serve)
        thread.start()
        text = said(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert text == (
        "no TLS with 127.0.0.1: it does not answer in TLS; is it to be called by http://?"
    )
    assert len(asked) == 1


def newer(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def other_ciphers(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AES256")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (newer, "it accepts no version of TLS that we speak"),
        (other_ciphers, "it accepts no cipher of ours, or wants a client_cert"),
    ],
)
def test_a_handshake_that_fails_is_explained_and_not_tried_again(
    certificate: trustme.LeafCert, change: Callable[[ssl.SSLContext], None], text: str
) -> None:
    theirs = context_of(certificate)
    change(theirs)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ours.maximum_version = ssl.TLSVersion.TLSv1_2
    ours.set_ciphers("ECDHE+CHACHA20")
    with ScriptedServer([], tls=theirs) as server:
        assert said(server.url, ssl_context=ours) == f"no TLS with 127.0.0.1: {text}"
    assert server.connections == 1


def test_a_handshake_without_a_known_reason_is_told_as_it_is() -> None:
    error = ssl.SSLError(1, "odd")
    assert explained(error, "h", "us") == "no TLS with h: odd"
    error.reason = "SOMETHING_NEW"
    assert explained(error, "h", "us") == "no TLS with h: something new"
    assert explained(OSError("reset"), "h", "us") == ""


def test_a_handshake_that_takes_too_long_was_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Client(url, timeout=(0.05, 5), retries=0) as client,
            pytest.raises(TransportTimeout, match="took too long to make") as caught,
        ):
            client.execute_process("p")
    assert caught.value.sent is False


def test_a_connection_that_ends_in_the_handshake_is_tried_again(
    certificate: trustme.LeafCert, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ogcproc._http.transport.rest", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        context = context_of(certificate)

        def serve() -> None:
            first, _ = listener.accept()
            first.recv(1)
            first.shutdown(socket.SHUT_WR)
            second, _ = listener.accept()
            first.close()
            with context.wrap_socket(second, server_side=True) as secured:
                secured.recv(65536)
                secured.sendall(HOME)

        thread = threading.Thread(target=serve)
        thread.start()
        with Client(f"https://127.0.0.1:{port}", ca_bundle=bundle) as client:
            assert client.get_capabilities().title == "T"
        thread.join()
