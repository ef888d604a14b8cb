"""A request as it was sent, without its secrets, and the curl command that sends the same."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from .urls import without_secrets

__all__ = ["SentRequest", "redacted_body", "redacted_headers"]

#: Header fields whose values are shown, unless the credentials made them. All others may be
#: secrets: nobody knows the names of all that are.
SHOWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "prefer",
        "range",
        "traceparent",
        "user-agent",
    }
)

#: What stands for a secret, as in URLs.
HIDDEN = "***"

#: Members of a body that are secrets by their names. There are fewer than for a URL's query,
#: because inputs may have any name.
SENSITIVE = r"pass(word|wd|phrase)|secret|token|credential|api_?key|access_?key|private_?key"


@dataclass(slots=True, repr=False)
class SentRequest:
    """A request as it was sent, without its secrets: fit to print, to log and to pickle."""

    #: The HTTP method, such as ``POST``.
    method: str
    #: The URL, without credentials.
    url: str
    #: The header fields. All values are ``***``, except a few that are known to be harmless.
    headers: dict[str, str]
    #: The body as text, if it is JSON and not too long; otherwise None.
    body: str | None = None
    #: The length of the body, in bytes.
    size: int = 0

    def curl(self) -> str:
        """Return the curl command that sends the same request.

        Secrets are ``***``: put your own in. A body that is not shown is read from standard input.
        """
        words = ["curl", *(["--head"] if self.method == "HEAD" else ["-X", self.method])]
        if re.search(r"[][{}]", self.url):
            words.append("--globoff")
        words.append(self.url)
        for name, value in self.headers.items():
            # curl leaves out a field without a value, unless it is spelt like this.
            words += ["-H", f"{name}: {value}" if value else f"{name};"]
        if self.body is not None:
            words += ["--data-raw", self.body]
        elif self.size:
            words += ["--data-binary", "@-"]
        command = " ".join(map(quote, words))
        left_out = self.body is None and self.size
        return f"{command}  # a body of {self.size} bytes is left out" if left_out else command

    def __repr__(self) -> str:
        return f"SentRequest({self.method!r}, {self.url!r}, {self.headers!r}, <{self.size} bytes>)"


def redacted_headers(headers: Mapping[str, str], secret: Collection[str]) -> dict[str, str]:
    """Return header fields without secrets; ``secret`` names those that the credentials made."""
    shown = SHOWN - {name.lower() for name in secret}
    return {name: value if name.lower() in shown else HIDDEN for name, value in headers.items()}


def redacted_body(body: bytes) -> str | None:
    """Return a JSON body without its secrets; None for any other."""
    try:
        return json.dumps(redacted_value(json.loads(body)))
    except (ValueError, RecursionError):
        return None


def redacted_value(value: Any) -> Any:
    """Return a decoded value with ``***`` for its secrets: by name, and in the URLs."""
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if re.search(SENSITIVE, name.lower().replace("-", "_"))
            else redacted_value(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [redacted_value(one) for one in value]
    if isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S+$", value):
        return without_secrets(value)
    return value
