"""A request as it was sent, less its secrets, and the curl command that sends its like.

What is kept is fit to print, to log and to pickle: the secrets are left out when it is made, not
when it is shown.
"""

from __future__ import annotations

import json
import re
from shlex import quote

from .urls import without_secrets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

__all__ = ["SentRequest"]

#: Header fields whose values are shown, unless the credentials made them. All others are taken
#: for secrets: nobody can know the names of all that are.
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


class SentRequest:
    """A request as it was sent, less its secrets."""

    __slots__ = ("body", "headers", "method", "size", "url")

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | int | None = None,
        secret: Collection[str] = (),
    ) -> None:
        hidden = {name.lower() for name in secret}
        #: The HTTP method, such as ``POST``.
        self.method = method
        #: The URL, without credentials.
        self.url = without_secrets(url)
        #: The header fields, ``***`` for the values of all but a few that are known to be harmless.
        self.headers = {
            name: value if name.lower() in SHOWN - hidden else HIDDEN
            for name, value in headers.items()
        }
        #: How long the body was, in bytes; ``body`` is that alone where it is too long to show.
        self.size = body if isinstance(body, int) else len(body or b"")
        #: The body, as text, where it is JSON and not too long; otherwise None.
        self.body = shown_body(body) if isinstance(body, bytes) else None

    def curl(self) -> str:
        """Return the curl command that sends the like of this request.

        Secrets are ``***``: put your own in. A body that is not shown is read from standard input.
        """
        words = ["curl", *(["--head"] if self.method == "HEAD" else ["-X", self.method])]
        if re.search(r"[][{}]", self.url):
            words.append("--globoff")
        words.append(self.url)
        for name, value in self.headers.items():
            # Without a value curl would leave the field out, but for this spelling.
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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SentRequest):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment] # the headers are a dict


def shown_body(body: bytes) -> str | None:
    """Return a JSON body less the secrets in it; None for any other."""
    try:
        return json.dumps(less_secrets(json.loads(body)))
    except (ValueError, RecursionError):
        return None


#: Members of a body that are secrets by their names; fewer than of a URL's query, as inputs may
#: be named anything.
SENSITIVE = r"pass(word|wd|phrase)|secret|token|credential|api_?key|access_?key|private_?key"


def less_secrets(value: Any) -> Any:
    """Return a decoded value with ``***`` for its secrets: by name, and in the URLs."""
    if isinstance(value, dict):
        return {
            name: HIDDEN
            if re.search(SENSITIVE, name.lower().replace("-", "_"))
            else less_secrets(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [less_secrets(one) for one in value]
    if isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*://\S+$", value):
        return without_secrets(value)
    return value
