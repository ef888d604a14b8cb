"""TLS: which certificates are trusted, which one we show, and why a handshake failed.

The system trust store is used, unless ``ca_bundle`` or one of the variables below is set. They are
read once for each client. Reading certificates takes milliseconds, so that waits for the first
request over https.

Only this module imports ``ssl``. On a Python without it http works, and https is an ImportError.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from ..errors import InsecureWarning

try:
    import ssl
    from ssl import SSLContext
except ImportError:  # pragma: no cover - tested in a process of its own
    ssl = None  # type: ignore[assignment]

    class SSLContext:  # type: ignore[no-redef]
        """A stand-in for annotations, on a Python without ``ssl``."""


__all__ = [
    "PathLike",
    "PinnedContext",
    "SSLContext",
    "Tls",
    "explained",
    "is_settled",
    "wants_certificate",
    "warn_of",
]

PathLike = str | os.PathLike[str]

IS_AVAILABLE = ssl is not None

#: Without ``ca_bundle``, the first of these that is set names the certificates to trust.
VARIABLES = (("SSL_CERT_FILE", "SSL_CERT_DIR"), ("REQUESTS_CA_BUNDLE",), ("CURL_CA_BUNDLE",))

#: OpenSSL's X509_V_ERR_... (x509_vfy.h) for a certificate whose issuer is not trusted.
UNKNOWN_ISSUERS = frozenset({2, 18, 19, 20, 21})

CERTIFICATE_REQUIRED = "ALERT_CERTIFICATE_REQUIRED"

#: The ends of OpenSSL's reasons, and their meanings; the beginnings differ between its versions.
HANDSHAKES = {
    "WRONG_VERSION_NUMBER": "it does not answer in TLS; is it to be called by http://?",
    "RECORD_LAYER_FAILURE": "it does not answer in TLS; is it to be called by http://?",
    "UNSUPPORTED_PROTOCOL": "it speaks no version of TLS that is safe",
    "ALERT_PROTOCOL_VERSION": "it accepts no version of TLS that we speak",
    "ALERT_HANDSHAKE_FAILURE": "it accepts no cipher of ours, or wants a client_cert",
    CERTIFICATE_REQUIRED: "it wants a client_cert",
    "ALERT_UNKNOWN_CA": "it does not trust the issuer of our client_cert",
    "ALERT_BAD_CERTIFICATE": "it does not accept our client_cert",
    "ALERT_CERTIFICATE_EXPIRED": "our client_cert has expired",
}


class Tls:
    """The TLS settings of one client, and the contexts made of them.

    Raises OSError and ValueError for files that cannot be used; the errors name them.
    """

    def __init__(
        self,
        *,
        ca_bundle: PathLike | None,
        client_cert: PathLike | tuple[PathLike, PathLike] | None,
        ssl_context: SSLContext | None,
        verify: bool,
    ) -> None:
        if not isinstance(verify, bool):
            raise TypeError(f"verify is True or False, not {verify!r}: a file goes to ca_bundle")
        if not isinstance(ssl_context, SSLContext | None):
            raise TypeError(f"ssl_context must be an SSLContext, not {type(ssl_context).__name__}")
        if ssl_context is not None and (ca_bundle or client_cert or not verify):
            raise ValueError("ssl_context goes without ca_bundle, client_cert and verify=False")
        if ca_bundle and not verify:
            raise ValueError("a ca_bundle is of no use with verify=False")
        self._given = ssl_context
        self._verify = verify
        files = client_cert if isinstance(client_cert, tuple) else (client_cert,)
        if len(files) > 2:  # noqa: PLR2004 - a pair
            raise ValueError("client_cert is a file, or a certificate's file and its key's")
        self._certificate = [present("client_cert", file) for file in files if file is not None]
        self._source, self._paths = trusted(ca_bundle)
        if self._certificate:
            self.own  # noqa: B018 - raises if the certificate cannot be used

    @cached_property
    def own(self) -> SSLContext:
        """For our own server, which gets our certificate; ``others`` is for all others."""
        if not self._certificate:
            return self.others
        context = self._context(verify=self._verify)
        show(context, *self._certificate)
        return context

    @cached_property
    def others(self) -> SSLContext:
        return self._given or self._context(verify=self._verify)

    @cached_property
    def proxies(self) -> SSLContext:
        """For https proxies, which are verified even with ``verify=False``."""
        return self.others if self._verify else self._context(verify=True)

    @property
    def is_anonymous(self) -> bool:
        """Whether we certainly have no certificate to show."""
        return not self._certificate and self._given is None

    @property
    def trust(self) -> str:
        if self._given is not None:
            return "the ssl_context"
        if not self._paths:
            return "the system"
        return f"{', '.join(self._paths)} from {self._source}"

    def _context(self, *, verify: bool) -> SSLContext:
        if not IS_AVAILABLE:
            raise ImportError("https needs the module ssl, which this Python was built without")
        if verify and not self._paths:
            context = ssl.create_default_context()
        else:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self._paths:
            trust(context, self._source, self._paths)
        context.hostname_checks_common_name = False
        return context


class PinnedContext:
    """An SSLContext that knows its host, and that urllib3 cannot change.

    urllib3 1.26 passes no host name that is an address, but a context that compares the names
    itself needs one. urllib3 2.0 verifies a proxy as it was told to verify the server behind it.
    """

    _context: Any
    _host: str

    def __init__(self, context: SSLContext, host: str) -> None:
        vars(self).update(_context=context, _host=host)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Ignore what urllib3 sets."""

    def wrap_socket(self, *given: Any, server_hostname: str | None = None, **more: Any) -> Any:
        host = server_hostname or self._host
        try:
            return self._context.wrap_socket(*given, server_hostname=host, **more)
        except ssl.SSLError as error:
            error.host = host  # type: ignore[attr-defined] # for `explained`
            raise

    def wrap_bio(self, *given: Any, server_hostname: str | None = None, **more: Any) -> Any:
        host = server_hostname or self._host
        return self._context.wrap_bio(*given, server_hostname=host, **more)


# --- files ----------------------------------------------------------------------------------


@contextmanager
def naming(source: str, path: str) -> Iterator[None]:
    """Make an OSError name the file, and the setting that named it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"{source}: {error.strerror}", path) from None


def present(source: str, path: PathLike) -> str:
    found = Path(path).expanduser()
    with naming(source, str(found)):
        found.stat()
    return str(found)


def trusted(ca_bundle: PathLike | None) -> tuple[str, list[str]]:
    if ca_bundle:
        return "ca_bundle", [present("ca_bundle", ca_bundle)]
    for variables in VARIABLES:
        found = [name for name in variables if os.environ.get(name)]
        if found:
            paths = []
            for name in found:
                value = os.environ[name]
                # As OpenSSL reads it: this variable may hold several.
                paths += value.split(os.pathsep) if name == "SSL_CERT_DIR" else [value]
            return " and ".join(found), [str(Path(path).expanduser()) for path in paths if path]
    return "", []


def trust(context: SSLContext, source: str, paths: Sequence[str]) -> None:
    if sys.version_info >= (3, 13):  # pragma: no cover - as ssl.create_default_context does there
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    for path in paths:
        is_found = False
        with naming(source, path):
            for place in locations(Path(path)):
                with suppress(ssl.SSLError):
                    context.load_verify_locations(**place)
                    is_found = True
        if not is_found:
            raise ValueError(f"{source}: no certificate in PEM can be read from {path!r}")


def locations(path: Path) -> list[dict[str, str]]:
    if not path.is_dir():
        return [{"cafile": str(path)}]
    files = sorted(path.iterdir())
    # In a directory, OpenSSL only finds names that are hashes, as `openssl rehash` makes them.
    if any(re.fullmatch(r"[0-9a-f]{8}\.\d+", file.name) for file in files):
        return [{"capath": str(path)}]
    return [{"cafile": str(file)} for file in files if file.is_file()]


def show(context: SSLContext, certificate: str, key: str | None = None) -> None:
    holder = key or certificate

    def no_password() -> NoReturn:
        # Without this, OpenSSL asks at the terminal.
        raise ValueError(f"client_cert: the key in {holder!r} is encrypted; use an ssl_context")

    try:
        context.load_cert_chain(certificate, key, no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            reason = f"the key in {holder!r} is not that of the certificate in {certificate!r}"
        else:
            files = " and ".join(map(repr, filter(None, (certificate, key))))
            reason = f"no certificate and key in PEM can be read from {files}"
        raise ValueError(f"client_cert: {reason}") from None
    # A server may ask for the certificate when it has seen the request.
    context.post_handshake_auth = True


# --- failures -------------------------------------------------------------------------------


def explained(error: BaseException, host: str, trusted: str) -> str:
    """Return why the TLS handshake with a host failed; empty if the error is not of TLS."""
    if not is_of_tls(error):
        return ""
    host = getattr(error, "host", host)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"{error.verify_message.rstrip('.')} (trusted: {trusted})"
        if error.verify_code in UNKNOWN_ISSUERS:
            reason += "; pass ca_bundle= to trust another authority"
        return f"the certificate of {host} is not accepted: {reason}"
    reason = str(getattr(error, "reason", None) or error.args[-1])
    plain = reason.replace("_", " ").lower()
    meaning = next((text for end, text in HANDSHAKES.items() if reason.endswith(end)), plain)
    return f"no TLS with {host}: {meaning}"


def is_of_tls(error: BaseException) -> bool:
    return IS_AVAILABLE and isinstance(error, ssl.SSLError)


def is_settled(error: BaseException) -> bool:
    """Return whether another handshake would fail in the same way."""
    return is_of_tls(error) and not isinstance(
        error, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    )


def wants_certificate(error: BaseException) -> bool:
    return is_of_tls(error) and str(getattr(error, "reason", "")).endswith(CERTIFICATE_REQUIRED)


def warn_of(host: str) -> None:
    """Warn that a host's certificate is not verified, at the line that called the package."""
    package = f"{__package__.rpartition('.')[0]}."
    depth = 1
    frame = sys._getframe()
    while frame.f_back is not None and f"{frame.f_globals.get('__name__')}.".startswith(package):
        depth += 1
        frame = frame.f_back
    warnings.warn(
        f"the certificate of {host} is not verified: anyone on the way to it can read and change "
        "everything",
        InsecureWarning,
        stacklevel=depth,
    )
