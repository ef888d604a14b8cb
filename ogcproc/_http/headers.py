"""Reading header fields, leniently: media types, links, doubled fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["Headers", "MediaType", "checked_fields", "links", "parameters"]

#: Subtypes that are text, whatever their type.
TEXTUAL = ("/xml", "+xml", "/csv", "/wkt", "/ewkt", "/yaml", "/x-yaml", "+yaml")
#: Charsets that take linear time to decode. A few of Python's others take quadratic time.
CHARSETS = (
    r"utf[-_]?(8|16|32)([-_]?[bl]e)?|(us-)?ascii"
    r"|latin[-_]?1|iso[-_]?8859[-_]\d{1,2}|(windows|cp)-?125\d"
)
#: Parameters of a body's encoding, not of its meaning; ``encoding`` is ZOO-Project's.
WRITING = frozenset({"boundary", "charset", "encoding"})

# Patterns are compiled when they are first used, which most clients never do.
#: A link that begins with a parameter.
AS_MEMBER = r"\s*(href|rel|type|title|hreflang|profile)\*?\s*="
#: The pieces of a field. An unclosed bracket or quote reaches to the end, so that each character
#: is read once whatever a server sends.
ATOM = r'<[^>]*>?|"(?:[^"\\]|\\.)*"?|[;,]|[^<";,]+'
#: The name of a header field (RFC 9110, 5.6.2).
FIELD_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


class Headers(Mapping[str, str]):
    """The header fields of an answer: case-insensitive, in order, doubled ones kept."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: list[tuple[str, str]] = [(name, value) for name, value in pairs]

    def getlist(self, name: str) -> list[str]:
        name = name.lower()
        return [value for key, value in self.pairs if key.lower() == name]

    def last(self, name: str) -> str:
        """Return the last value of a field that is not empty, or an empty text.

        If a server sends a field twice, its framework sent the first (weaver's ``Content-Type``).
        """
        return next((value for value in reversed(self.getlist(name)) if value.strip()), "")

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
    """A media type taken apart (RFC 9110, 8.3.1)."""

    __slots__ = ("essence", "parameters")

    def __init__(self, text: str) -> None:
        #: Such as ``application/json``, in lower case; empty if there is none.
        self.essence: str = text.partition(";")[0].strip().lower()
        self.parameters: dict[str, str] = parameters(text)

    def __str__(self) -> str:
        """Return the media type without the parameters of the body's encoding."""
        told = [f"{name}={value}" for name, value in self.parameters.items() if name not in WRITING]
        return "; ".join([self.essence, *told])

    @property
    def is_json(self) -> bool:
        return self.essence.endswith(("/json", "+json"))

    @property
    def is_text(self) -> bool:
        return (
            self.essence.startswith("text/")
            or self.essence.endswith(TEXTUAL)
            or "charset" in self.parameters
        )

    def decode(self, body: bytes) -> str | None:
        """Return the body as text, by its charset or as UTF-8; None if that fails."""
        given = self.parameters.get("charset", "")
        for charset in (given if re.fullmatch(CHARSETS, given, re.IGNORECASE) else "", "utf-8"):
            try:
                return body.decode(charset)
            except (LookupError, ValueError):
                continue
        return None

    def json(self, body: bytes) -> Any:
        """Return the JSON in a body: in UTF-8, UTF-16 or UTF-32, else in its charset.

        Servers name another charset and send UTF-8 more often than they send that charset. Raises
        ValueError.
        """
        try:
            try:
                return json.loads(body)
            except ValueError:
                text = None if body.isascii() else self.decode(body)
                if text is None:
                    raise
                return json.loads(text)
        except RecursionError:
            raise ValueError("nested too deep") from None


def parameters(text: str) -> dict[str, str]:
    """Return the parameters after a field's value, by their names in lower case."""
    found: dict[str, str] = {}
    for name, value in map(pair, pieces(text, ";")[1:]):
        if name:
            found.setdefault(name, value)
    return found


def links(headers: Headers) -> list[dict[str, str]]:
    """Return the links of all ``Link`` fields (RFC 8288) as JSON has them: ``href``, ``rel``, ...

    Servers also send them without angle brackets or quotes, and 2.0 writes ``href="..", rel=".."``.
    """
    found: list[dict[str, str]] = []
    for field in headers.getlist("link"):
        link: dict[str, str] = {}
        for item in pieces(field, ","):
            target, *others = pieces(item, ";")
            if re.match(AS_MEMBER, target, re.IGNORECASE):
                others.insert(0, target)
                if pair(target)[0] == "href":
                    link = {}
            else:
                link = {"href": target.strip().lstrip("<").rstrip(">").strip()}
            for name, value in map(pair, others):
                if name:
                    link.setdefault(name.rstrip("*"), value)
            known = bool(found) and found[-1] is link
            if not known and (link.get("href") or len(link) > 1):
                found.append(link)
    return [link for link in found if "href" in link]


def pieces(text: str, mark: str) -> list[str]:
    """Return the pieces of a field between the marks, except marks in brackets and quotes."""
    found: list[list[str]] = [[]]
    for token in re.findall(ATOM, text):
        if token == mark:
            found.append([])
        else:
            found[-1].append(token)
    return ["".join(tokens) for tokens in found]


def pair(piece: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in piece.partition("="))
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", re.findall(ATOM, value)[0][1:].removesuffix('"'))
    return name.lower(), value


def checked_fields(fields: Mapping[str, str]) -> dict[str, str]:
    # The errors do not show values, which may be secrets.
    for name, value in fields.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"a header field is two texts, not {name!r}: {type(value).__name__}")
        if not re.fullmatch(FIELD_NAME, name):
            raise ValueError(f"no name of a header field: {name!r}")
    return dict(fields)
