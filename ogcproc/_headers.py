"""Reading header fields, leniently: media types, links, doubled fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Headers", "MediaType", "links"]


class Headers(Mapping[str, str]):
    """The header fields of an answer: case-insensitive, in order, doubled ones kept."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        #: Names and values as they came.
        self.pairs = [(name, value) for name, value in pairs]

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field, in order."""
        name = name.lower()
        return [value for key, value in self.pairs if key.lower() == name]

    def last(self, name: str) -> str:
        """Return the last value of a field that is not empty, or an empty text.

        Where a server sends a field twice, the first is its framework's default and the last is
        meant (weaver's ``Content-Type``).
        """
        return next((value for value in reversed(self.getlist(name)) if value), "")

    def __getitem__(self, name: str) -> str:
        values = self.getlist(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): name for name, _ in self.pairs}.values())

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.pairs})

    def __repr__(self) -> str:
        return f"Headers({self.pairs!r})"


class MediaType:
    """A media type taken apart (RFC 9110, 8.3.1): its essence in lower case, and parameters."""

    __slots__ = ("essence", "parameters")

    def __init__(self, text: str) -> None:
        essence, _, rest = text.partition(";")
        #: Type and subtype, such as ``application/json``; empty where there is none.
        self.essence = essence.strip().lower()
        #: The parameters by name in lower case, unquoted.
        self.parameters = {
            name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
            for name, quoted, bare in PARAMETER.findall(";" + rest)
        }

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON, or one of the formats built on it."""
        return self.essence.endswith(("/json", "+json"))

    @property
    def is_text(self) -> bool:
        """Whether the body is text: ``text/*``, XML, or anything that names a charset."""
        return (
            self.essence.startswith("text/")
            or self.essence.endswith(("/xml", "+xml", "/csv", "/wkt", "/yaml", "+yaml"))
            or "charset" in self.parameters
        )

    def decode(self, body: bytes) -> str | None:
        """Return the body as text by its charset, UTF-8 by default; None where it is not text."""
        for charset in (self.parameters.get("charset") or "utf-8", "utf-8"):
            try:
                return body.decode(charset)
            except (LookupError, UnicodeDecodeError):
                continue
        return None


PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')


def links(headers: Headers) -> list[dict[str, Any]]:
    """Return the links of all ``Link`` fields (RFC 8288) as JSON has them: ``href``, ``rel``, ...

    Also those without angle brackets or quotes that servers send.
    """
    found = []
    for field in headers.getlist("link"):
        for target, bare, rest in LINK.findall(field):
            link: dict[str, Any] = {"href": (target or bare).strip()}
            for name, quoted, plain in PARAMETER.findall(rest):
                value = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
                link.setdefault(name.lower().rstrip("*"), value)
            found.append(link)
    return found


LINK = re.compile(
    r'\s*(?:<([^>]*)>|([^\s;,<>"][^;,]*))((?:\s*;\s*[^\s=;,"]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)\s*(?:,|$)'
)
