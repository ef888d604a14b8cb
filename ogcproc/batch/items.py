"""The items of a run: a key, a request, and a digest that tells one request from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._types import Outcome
from ..models import ProcessRequest
from .journal import Key, Keys, digest_of, is_key

__all__ = ["Item", "items_of"]


@dataclass
class Item:
    """One item of a run."""

    key: Key
    request: ProcessRequest
    digest: str
    #: The token of its callbacks, if the server calls back.
    token: str | None = None


def items_of(
    numbered: Iterable[tuple[int, Any]],
    outputs: Mapping[str, Any] | Sequence[str] | None,
    done: Keys,
) -> Iterator[Item | Outcome]:
    """Yield the items that are not done, or the outcome of one that cannot be sent.

    ``numbered`` are the caller's inputs, or pairs of a key and inputs, with their numbers. Raises
    TypeError and ValueError for a key.
    """
    keys = Keys()
    for number, given in numbered:
        is_pair = isinstance(given, tuple) and len(given) == 2  # noqa: PLR2004 - key and inputs
        key, inputs = given if is_pair else (number, given)
        if not is_key(key):
            raise TypeError(f"the key of an item is a text or a whole number, not {key!r}")
        if key in keys:
            raise ValueError(f"two items have the key {key!r}")
        keys.add(key)
        if key not in done:
            try:
                yield item_of(key, inputs, outputs)
            except (OSError, TypeError, ValueError) as error:
                yield Outcome(key, error=error)


def item_of(key: Key, inputs: Any, outputs: Mapping[str, Any] | Sequence[str] | None) -> Item:
    """Return an item; raises OSError, TypeError and ValueError if it cannot be sent."""
    if isinstance(inputs, ProcessRequest):
        request = inputs
    elif isinstance(inputs, Mapping):
        request = ProcessRequest(inputs, outputs)
    else:
        raise TypeError(f"the inputs of item {key!r} are a mapping, not {inputs!r}")
    return Item(key, request, digest_of(request.to_dict()))
