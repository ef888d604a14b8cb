"""Reading header fields, leniently: media types, links, doubled fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Headers", "MediaType", "checked_fields", "links", "parameters"]


class Headers(Mapping[str, str]):
    """The header fields of an answer: case-insensitive, in order, doubled ones kept."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        #: Names and values as they came.
        self.pairs: list[tuple[str, str]] = [(name, value) for name, value in pairs]

    def getlist(self, name: str) -> list[str]:
        """Return all values of a field, in order."""
        name = name.lower()
        return [value for key, value in self.pairs if key.lower() == name]

    def last(self, name: str) -> str:
        """Return the last value of a field that is not empty, or an empty text.

        Where a server sends a field twice, the first is its framework's default and the last is
        meant (weaver's ``Content-Type``).
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
    """A media type taken apart (RFC 9110, 8.3.1): its essence in lower case, and parameters."""

    __slots__ = ("essence", "parameters")

    def __init__(self, text: str) -> None:
        #: Type and subtype, such as ``application/json``; empty where there is none.
        self.essence = text.partition(";")[0].strip().lower()
        #: The parameters by name in lower case, unquoted.
        self.parameters = parameters(text)

    def __str__(self) -> str:
        """Return the media type without what only tells how the body was written down."""
        told = [f"{name}={value}" for name, value in self.parameters.items() if name not in WRITING]
        return "; ".join([self.essence, *told])

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON, or one of the formats built on it."""
        return self.essence.endswith(("/json", "+json"))

    @property
    def is_text(self) -> bool:
        """Whether the body is text: ``text/*``, XML, or anything that names a charset."""
        return (
            self.essence.startswith("text/")
            or self.essence.endswith(TEXTUAL)
            or "charset" in self.parameters
        )

    def decode(self, body: bytes) -> str | None:
        """Return the body as text by its charset, UTF-8 by default; None where it is not text."""
        for charset in (self.parameters.get("charset") or "utf-8", "utf-8"):
            try:
                return body.decode(charset)
            except (LookupError, ValueError):
                continue
        return None


#: Subtypes that are text, whatever their type.
TEXTUAL = ("/xml", "+xml", "/csv", "/wkt", "/ewkt", "/yaml", "/x-yaml", "+yaml")
#: Parameters of a body's encoding, not of its meaning; ``encoding`` is ZOO-Project's.
WRITING = frozenset({"boundary", "charset", "encoding"})


def parameters(text: str) -> dict[str, str]:
    """Return the parameters after a field's value, by name in lower case, unquoted."""
    found: dict[str, str] = {}
    for piece in pieces(text, ";")[1:]:
        name, value = pair(piece)
        if name:
            found.setdefault(name, value)
    return found


def links(headers: Headers) -> list[dict[str, str]]:
    """Return the links of all ``Link`` fields (RFC 8288) as JSON has them: ``href``, ``rel``, ...

    Also those without angle brackets or quotes that servers send, and ``href="..", rel=".."``,
    which is how the text of 2.0 writes them.
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
            for other in others:
                name, value = pair(other)
                if name:
                    link.setdefault(name.rstrip("*"), value)
            known = bool(found) and found[-1] is link
            if not known and (link.get("href") or len(link) > 1):
                found.append(link)
    return [link for link in found if "href" in link]


# Patterns are compiled where they are first used, which most clients never do.
AS_MEMBER = r"\s*(href|rel|type|title|hreflang|profile)\*?\s*="


def pieces(text: str, mark: str) -> list[str]:
    """Return the pieces of a field between the marks that stand outside of brackets and quotes."""
    found: list[list[str]] = [[]]
    for token in re.findall(ATOM, text):
        if token == mark:
            found.append([])
        else:
            found[-1].append(token)
    return ["".join(tokens) for tokens in found]


#: What a field is made of. What is not closed reaches to the end, so that each character is
#: looked at once whatever a server sends.
ATOM = r'<[^>]*>?|"(?:[^"\\]|\\.)*"?|[;,]|[^<";,]+'


def pair(piece: str) -> tuple[str, str]:
    """Return a parameter's name in lower case, and its value unquoted."""
    name, _, value = (part.strip() for part in piece.partition("="))
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", re.findall(ATOM, value)[0][1:].removesuffix('"'))
    return name.lower(), value


#: What the name of a header field is made of (RFC 9110, 5.6.2).
FIELD_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"


def checked_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return header fields that are to be sent; raises TypeError and ValueError.

    Their values, which may be secrets, are not shown.
    """
    for name, value in fields.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"a header field is two texts, not {name!r}: {type(value).__name__}")
        if not re.fullmatch(FIELD_NAME, name):
            raise ValueError(f"no name of a header field: {name!r}")
    return dict(fields)
