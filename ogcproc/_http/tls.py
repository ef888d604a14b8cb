"""How servers prove who they are, how we do, and what is said where that fails.

Whom to trust is told by the first of these that is there: ``ca_bundle``, ``SSL_CERT_FILE`` and
``SSL_CERT_DIR`` together, ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE``, and the system. The
variables are read once for each client. Reading the certificates takes milliseconds, so it is
done where https is first asked for.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
import warnings
from datetime import datetime, timezone
from functools import cached_property

from ..errors import InsecureWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, NoReturn

    PathLike = str | os.PathLike[str]

__all__ = [
    "Tls",
    "UntrustedCertificate",
    "explained",
    "is_settled",
    "wants_certificate",
    "warn_of",
]

#: What names the certificates to trust where ``ca_bundle`` does not: the first that is set.
VARIABLES = (("SSL_CERT_FILE", "SSL_CERT_DIR"), ("REQUESTS_CA_BUNDLE",), ("CURL_CA_BUNDLE",))


class Tls:
    """The TLS settings of one client, and the contexts made of them.

    Raises ValueError for settings that contradict each other, and OSError or ValueError for a
    ``ca_bundle`` or ``client_cert`` that cannot be used, naming the file.
    """

    def __init__(
        self,
        *,
        ca_bundle: PathLike | None,
        client_cert: PathLike | tuple[PathLike, PathLike] | None,
        ssl_context: ssl.SSLContext | None,
        verify: bool,
        environ: Mapping[str, str],
    ) -> None:
        if not isinstance(verify, bool):
            raise TypeError(f"verify is True or False, not {verify!r}: a file goes to ca_bundle")
        if ssl_context is not None and (ca_bundle or client_cert or not verify):
            raise ValueError("ssl_context goes without ca_bundle, client_cert and verify=False")
        if ca_bundle and not verify:
            raise ValueError("a ca_bundle is of no use with verify=False")
        self._given = ssl_context
        self._verify = verify
        self._certificate = certificate_files(client_cert)
        self._source, self._paths = trusted(ca_bundle, environ)
        if ca_bundle:
            check_present(self._source, self._paths[0])
        if self._certificate:
            self.own  # noqa: B018 - raises where the certificate cannot be used

    @cached_property
    def own(self) -> ssl.SSLContext:
        """The context for our own server: that which is shown our certificate."""
        if not self._certificate:
            return self.others
        context = self._context(verify=self._verify)
        show(context, *self._certificate)
        return context

    @cached_property
    def others(self) -> ssl.SSLContext:
        """The context for all other servers."""
        return self._given or self._context(verify=self._verify)

    @cached_property
    def proxies(self) -> ssl.SSLContext:
        """The context for proxies that are called by https: verify=False is not about them."""
        return self.others if self._verify else self._context(verify=True)

    @property
    def is_anonymous(self) -> bool:
        """Whether we have no certificate to show, for certain."""
        return not self._certificate and self._given is None

    @property
    def trust(self) -> str:
        """Whom we trust, in words."""
        if self._given is not None:
            return "the ssl_context"
        if not self._paths:
            return "the system"
        return f"{self._source} ({', '.join(self._paths)})"

    def _context(self, *, verify: bool) -> ssl.SSLContext:
        if not verify:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self._paths:
            context = trusting(self._source, self._paths)
        else:
            context = ssl.create_default_context()
        context.hostname_checks_common_name = False
        context.sslsocket_class = TellingSocket
        context.sslobject_class = TellingObject
        return context


# --- whom to trust --------------------------------------------------------------------------


def trusted(ca_bundle: PathLike | None, environ: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return what names the certificates to trust, and where they are; nowhere for the system's.

    Files and directories, as OpenSSL has them: ``SSL_CERT_DIR`` may be several.
    """
    if ca_bundle:
        return "ca_bundle", [expanded(ca_bundle)]
    for variables in VARIABLES:
        found = [name for name in variables if environ.get(name)]
        if found:
            paths = []
            for name in found:
                value = environ[name]
                paths += value.split(os.pathsep) if name == "SSL_CERT_DIR" else [value]
            return " and ".join(found), [expanded(path) for path in paths if path]
    return "", []


def expanded(path: PathLike) -> str:
    """Return a path, a leading ``~`` replaced; raises TypeError for what is none."""
    from pathlib import Path  # noqa: PLC0415 - it is dear

    return str(Path(path).expanduser())


def trusting(source: str, paths: Sequence[str]) -> ssl.SSLContext:
    """Return a context that trusts these certificates and no others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= STRICT
    for path in paths:
        loaded = [load(context, source, path, **place) for place in locations(source, path)]
        if not any(loaded):
            raise ValueError(f"{source}: no certificate in PEM can be read from {path!r}")
    return context


#: What `ssl.create_default_context` is stricter in since Python 3.13.
STRICT = (
    ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if sys.version_info >= (3, 13)
    else ssl.VERIFY_DEFAULT
)


def load(context: ssl.SSLContext, source: str, path: str, **place: str) -> bool:
    """Trust the certificates of one place; return whether it is one of certificates."""
    try:
        context.load_verify_locations(**place)
    except ssl.SSLError:
        return False
    except OSError as error:
        raise unusable(source, path, error) from None
    return True


def locations(source: str, path: str) -> list[dict[str, str]]:
    """Return what OpenSSL has to load for a path.

    It finds certificates in a directory by names that are hashes, which `openssl rehash` makes.
    Where there are none of these, the files of the directory are loaded one by one.
    """
    from pathlib import Path  # noqa: PLC0415 - it is dear

    if not Path(path).is_dir():
        return [{"cafile": path}]
    try:
        files = sorted(Path(path).iterdir())
    except OSError as error:
        raise unusable(source, path, error) from None
    if any(re.fullmatch(r"[0-9a-f]{8}\.\d+", file.name) for file in files):
        return [{"capath": path}]
    return [{"cafile": str(file)} for file in files if file.is_file()]


def check_present(source: str, path: str) -> None:
    """Raise OSError, naming the source and the path, where there is no such file or directory."""
    from pathlib import Path  # noqa: PLC0415 - it is dear

    try:
        Path(path).stat()
    except OSError as error:
        raise unusable(source, path, error) from None


def unusable(source: str, path: str, error: OSError) -> OSError:
    """Return an error of the same kind that says which file it is and what named it."""
    return OSError(error.errno, f"{source}: {error.strerror}", path)


# --- who we are -----------------------------------------------------------------------------


def certificate_files(client_cert: PathLike | tuple[PathLike, PathLike] | None) -> list[str]:
    """Return the files of our certificate and its key: none, one that holds both, or two."""
    if client_cert is None:
        return []
    both = client_cert if isinstance(client_cert, tuple) else (client_cert,)
    if len(both) > 2:  # noqa: PLR2004 - a pair
        raise ValueError("client_cert is a file, or a certificate's file and its key's")
    return [expanded(path) for path in both]


def show(context: ssl.SSLContext, certificate: str, key: str | None = None) -> None:
    """Let a context show our certificate to the servers that ask for one."""
    holder = key or certificate

    def no_password() -> NoReturn:
        # Without this, OpenSSL asks at the terminal.
        raise ValueError(f"client_cert: the key in {holder!r} is encrypted; use an ssl_context")

    check_present("client_cert", certificate)
    check_present("client_cert", holder)
    try:
        context.load_cert_chain(certificate, key, no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            reason = f"the key in {holder!r} is not that of the certificate in {certificate!r}"
        else:
            files = " and ".join(repr(path) for path in dict.fromkeys((certificate, holder)))
            reason = f"no certificate and key in PEM can be read from {files}"
        raise ValueError(f"client_cert: {reason}") from None
    # A server may ask for the certificate when it has seen the request.
    context.post_handshake_auth = True


# --- what is said ---------------------------------------------------------------------------


class UntrustedCertificate(ssl.SSLCertVerificationError):
    """A certificate was not accepted: the error of the standard library, and the evidence."""

    #: The host that showed it.
    host: str
    #: What the certificates it showed say, its own first, as ``SSLSocket.getpeercert`` has it.
    chain: Sequence[Mapping[str, Any]]


class TellingSocket(ssl.SSLSocket):
    """A socket whose error says which certificate was not accepted."""

    def do_handshake(self, block: bool = False) -> None:
        """Shake hands; raises UntrustedCertificate."""
        telling(self, lambda: super(TellingSocket, self).do_handshake(block))


class TellingObject(ssl.SSLObject):
    """The same for TLS inside TLS, which is how https goes through an https proxy."""

    def do_handshake(self) -> None:
        """Shake hands; raises UntrustedCertificate."""
        telling(self, super().do_handshake)


def telling(side: Any, do_handshake: Callable[[], None]) -> None:
    """Shake hands, and say which certificate was not accepted."""
    try:
        do_handshake()
    except ssl.SSLCertVerificationError as error:
        refused = UntrustedCertificate(*error.args)
        refused.reason = error.reason
        refused.verify_code = error.verify_code
        refused.verify_message = error.verify_message
        refused.host = side.server_hostname or ""
        refused.chain = shown_by(side)
        raise refused from error


def shown_by(side: Any) -> list[Mapping[str, Any]]:
    """Return what the certificates that the other side showed say, as far as it can be had.

    There is no public way to it before Python 3.13, and none to what they say. What this finds
    goes into a message and nowhere else.
    """
    try:
        return [certificate.get_info() for certificate in side._sslobj.get_unverified_chain()]
    except (AttributeError, TypeError, ValueError, ssl.SSLError):
        return []


def explained(error: BaseException, host: str, trust: str) -> str:
    """Return why the TLS handshake with a host failed, in plain words; empty if it was not TLS.

    ``trust`` says whom we trust.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        host = getattr(error, "host", "") or host
        reason = why_untrusted(error, getattr(error, "chain", ()), host, trust)
        return f"the certificate of {host} {reason}"
    if isinstance(error, ssl.SSLError):
        reason = str(getattr(error, "reason", None) or error.args[-1])
        for ending, meaning in HANDSHAKES.items():
            if reason.endswith(ending):
                return f"no TLS with {host}: {meaning}"
        return f"no TLS with {host}: {reason.replace('_', ' ').lower()}"
    return ""


def why_untrusted(
    error: ssl.SSLCertVerificationError,
    chain: Sequence[Mapping[str, Any]],
    host: str,
    trust: str,
) -> str:
    """Return what is wrong with a certificate, to follow its name."""
    own: Mapping[str, Any] = chain[0] if chain else {}
    code = error.verify_code
    if code in {EXPIRED, NOT_YET_VALID}:
        return out_of_time(error, chain)
    if code in OTHER_NAMES:
        issued_for = ", ".join(plain(value) for _, value in own.get("subjectAltName", ()))
        return f"is issued for {issued_for or 'another host'}, not for {host}"
    if code == SELF_SIGNED:
        return f"is self-signed{name_of(own, 'subject')}, and not among those trusted by {trust}"
    if code in UNKNOWN_ISSUERS:
        last = chain[-1] if chain else {}
        return f"has an unknown issuer{name_of(last, 'issuer')}, not trusted by {trust}"
    return f"is not accepted: {error.verify_message}"


def out_of_time(error: ssl.SSLCertVerificationError, chain: Sequence[Mapping[str, Any]]) -> str:
    """Return since or until when a certificate is not valid, be it its own or its issuer's."""
    member, verb = {
        EXPIRED: ("notAfter", "expired on"),
        NOT_YET_VALID: ("notBefore", "is not valid before"),
    }[error.verify_code]
    now = datetime.now(timezone.utc)
    for at, certificate in enumerate(chain):
        moment = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate[member]), timezone.utc)
        if (moment < now) is (error.verify_code == EXPIRED):
            whose = f"has an issuer{name_of(certificate, 'subject')} whose own " if at else ""
            return f"{whose}{verb} {moment:%Y-%m-%d %H:%M} UTC"
    return f"is not accepted: {error.verify_message}"


def name_of(certificate: Mapping[str, Any], member: str) -> str:
    """Return the name of a certificate's subject or issuer, in brackets after a space.

    It is the common name, or all there is; empty where there is none.
    """
    parts = [pair for group in certificate.get(member, ()) for pair in group]
    common = [value for key, value in parts if key == "commonName"]
    name = plain(", ".join(common or [value for _, value in parts]))
    return f" ({name})" if name else ""


def plain(text: str) -> str:
    """Return a text of the other side's making, fit to print and not too long."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."


#: How much of a certificate's names is shown.
LONGEST = 200

# OpenSSL's X509_V_ERR_... (x509_vfy.h), which do not change.
NOT_YET_VALID = 9
EXPIRED = 10
SELF_SIGNED = 18
#: Self-signed in the chain, no local issuer, the first cannot be verified, no issuer.
UNKNOWN_ISSUERS = frozenset({2, 19, 20, 21})
#: Another host, another address.
OTHER_NAMES = frozenset({62, 64})

CERTIFICATE_REQUIRED = "ALERT_CERTIFICATE_REQUIRED"

#: What the ends of OpenSSL's reasons mean; what comes before differs between its versions.
HANDSHAKES = {
    "WRONG_VERSION_NUMBER": "it does not answer in TLS; is it to be called by http://?",
    "RECORD_LAYER_FAILURE": "it does not answer in TLS; is it to be called by http://?",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS that is safe",
    "ALERT_PROTOCOL_VERSION": "it accepts no version of TLS that we speak",
    "NO_PROTOCOLS_AVAILABLE": "the ssl_context allows no version of TLS",
    "ALERT_HANDSHAKE_FAILURE": "it accepts no cipher of ours, or wants a client_cert",
    CERTIFICATE_REQUIRED: "it wants a client_cert",
    "ALERT_UNKNOWN_CA": "it does not trust the issuer of our client_cert",
    "ALERT_BAD_CERTIFICATE": "it does not accept our client_cert",
    "ALERT_CERTIFICATE_EXPIRED": "our client_cert has expired",
    "UNEXPECTED_EOF_WHILE_READING": "it ended the connection",
}


def is_settled(error: BaseException) -> bool:
    """Return whether a TLS handshake would fail in the same way if it were tried again."""
    return isinstance(error, ssl.SSLError) and not isinstance(
        error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    )


def wants_certificate(error: BaseException) -> bool:
    """Return whether a server ended a TLS handshake because it was shown no certificate."""
    return isinstance(error, ssl.SSLError) and f"{error.reason}".endswith(CERTIFICATE_REQUIRED)


def is_ours(namespace: Mapping[str, Any]) -> bool:
    """Return whether a frame's globals are of a module of this package."""
    package = __package__.rpartition(".")[0]
    return f"{namespace.get('__name__')}.".startswith(f"{package}.")


def warn_of(host: str) -> None:
    """Warn that a host's certificate is not verified, at the line that called the package."""
    depth = 1
    frame = sys._getframe()
    while frame.f_back is not None and is_ours(frame.f_globals):
        depth += 1
        frame = frame.f_back
    warnings.warn(
        f"the certificate of {host} is not verified: whoever sits in between can read and change "
        "everything",
        InsecureWarning,
        stacklevel=depth,
    )
