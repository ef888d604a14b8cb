"""The three request headers that carry a choice: Prefer, Accept and Content-Type."""

import re
from collections.abc import Iterator, Sequence

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  (RFC 7230's token, no secret)
_PREFERENCE = re.compile(rf'({_TOKEN})(?:\s*=\s*("(?:[^"\\]|\\.)*"|{_TOKEN})?)?\s*')


def _split(text: str, separator: str) -> Iterator[str]:
    """Yield the parts of a header between separators that stand outside quoted strings."""
    for part in re.findall(rf'(?:[^{separator}"]|"(?:[^"\\]|\\.)*"|")+', text):
        yield part.strip()


def parse_prefer(text: str) -> dict[str, str]:
    """Return preference name (lower case) -> value ("" for none), as RFC 7240 section 2 reads it.

    The first of several values of one name counts; what cannot be read is left out, for a
    preference is never a reason to refuse.
    """
    preferences: dict[str, str] = {}
    for item in _split(text, ","):
        match = _PREFERENCE.fullmatch(next(_split(item, ";"), ""))
        if match:
            value = match[2] or ""
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            preferences.setdefault(match[1].lower(), value)
    return preferences


def essence(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.split(";", 1)[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Return whether a media type is JSON, by name or by its `+json` suffix."""
    name = essence(media_type)
    return name == "application/json" or name.endswith("+json")


def _quality(accept: str, media_type: str) -> float:
    """Return the weight, 0 to 1, that an Accept header gives to a media type (RFC 7231, 5.3.2)."""
    best = (-1, 0.0)
    name = essence(media_type)
    for item in _split(accept, ","):
        pattern, *parameters = (part.strip() for part in item.split(";"))
        precision = _precision(pattern.lower(), name)
        if precision >= 0:
            best = max(best, (precision, _weight(parameters)))
    return best[1]


def _precision(pattern: str, name: str) -> int:
    if pattern == name:
        return 2
    if pattern == name.partition("/")[0] + "/*":
        return 1
    return 0 if pattern == "*/*" else -1


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        match = re.fullmatch(r"[qQ]\s*=\s*([01](?:\.\d{0,3})?)", parameter)
        if match:
            return min(float(match[1]), 1.0)
    return 1.0


def choose(accept: str | None, offered: Sequence[str]) -> str:
    """Return the offered media type that is liked best; the first of them where none is.

    In 1.0 `Accept` chooses between forms of one value; it is never a reason to refuse (406).
    """
    if not accept:
        return offered[0]
    return max(offered, key=lambda media_type: _quality(accept, media_type))
