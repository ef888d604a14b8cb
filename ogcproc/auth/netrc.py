"""User names and passwords from a netrc file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from netrc import NetrcParseError, netrc
from typing import Any

from .._http.request import Request
from .._http.urls import origin
from .basic import BasicAuth

__all__ = ["NetrcAuth"]


class NetrcAuth:
    """User name and password of the host of ``api_url``, from a netrc file.

    ``path`` is the file. If it is left out, the variable ``NETRC`` names the file, or else it is
    ``~/.netrc``. The file is read once, when it is first needed. Its ``default`` entry is not used,
    because it is for no host in particular.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = path
        #: The credentials that were read, by host.
        self._found: dict[str, BasicAuth] = {}

    def headers(self, request: Request) -> Mapping[str, str]:
        """Return the Authorization header.

        Raises ValueError if the file is no netrc file or has no entry for the host, and OSError if
        it cannot be read.
        """
        host = origin(request.url)[1]
        if host not in self._found:
            self._found[host] = self._read(host)
        return self._found[host].headers(request)

    def _read(self, host: str) -> BasicAuth:
        path = self.path or os.environ.get("NETRC") or None
        shown = "~/.netrc" if path is None else os.fspath(path)
        try:
            # Without a path, netrc also checks that nobody else may read the file.
            entries = netrc(path).hosts
        except (NetrcParseError, UnicodeError) as error:
            reason = getattr(error, "msg", "")
            if not reason.startswith("~/.netrc "):  # other messages may quote a password
                line = getattr(error, "lineno", None)
                reason = f"{shown} is no netrc file" + (f" by line {line}" if line else "")
            raise ValueError(reason) from None
        if host not in entries:
            raise ValueError(f"{shown} has no entry for {host}")
        login, account, password = entries[host]
        return BasicAuth(login or account or "", password or "")

    def __repr__(self) -> str:
        return f"NetrcAuth({self.path!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return NetrcAuth, (self.path,)
