"""The items of a run: a key, a request, and a digest that tells one request from another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._types import Outcome
from ..models import ProcessRequest
from .journal import Journal, Key, Keys, digest_of, is_key

__all__ = ["Item", "items_of"]

#: Returns an item's folder by its name in the journal; raises ValueError if another item has it.
FolderOf = Callable[[Key], Path]


@dataclass
class Item:
    """One item of a run."""

    #: Its key, or its number.
    key: Key
    request: ProcessRequest
    digest: str
    #: Its key in the journal.
    name: Key
    #: The folder for its results, if they are written to files.
    folder: Path | None = None
    #: The token of its callbacks, if the server calls back.
    token: str | None = None


def items_of(
    inputs: Iterable[Any],
    outputs: Mapping[str, Any] | Sequence[str] | None,
    journal: Journal,
    folder_of: FolderOf | None,
) -> Iterator[Item | Outcome]:
    """Yield the items that are not done, or the outcome of one that cannot be sent.

    ``inputs`` are the caller's, or pairs of a key and inputs. Raises TypeError and ValueError for a
    key, and for inputs that are not those in the journal.
    """
    keys = Keys()
    seen: Counter[str] = Counter()
    for number, given in enumerate(inputs):
        is_pair = isinstance(given, tuple) and len(given) == 2  # noqa: PLR2004 - key and inputs
        key, values = given if is_pair else (number, given)
        if not is_key(key):
            raise TypeError(f"the key of an item is a text or a whole number, not {key!r}")
        if key in keys:
            raise ValueError(f"two items have the key {key!r}")
        keys.add(key)
        try:
            item = item_of(key, values, outputs)
        except (OSError, TypeError, ValueError) as error:
            yield Outcome(key, error=error)
            continue
        if journal.is_kept and not is_pair:
            # Its number changes if other items are put in front of it.
            seen[item.digest] += 1
            again = seen[item.digest]
            item.name = item.digest if again == 1 else f"{item.digest}~{again}"
        if folder_of is not None:
            item.folder = folder_of(item.name)
        if not journal.is_done(item.name, item.digest):
            yield item


def item_of(key: Key, inputs: Any, outputs: Mapping[str, Any] | Sequence[str] | None) -> Item:
    """Return an item; raises OSError, TypeError and ValueError if it cannot be sent."""
    if isinstance(inputs, ProcessRequest):
        request = inputs
    elif isinstance(inputs, Mapping):
        request = ProcessRequest(inputs, outputs)
    else:
        raise TypeError(f"the inputs of item {key!r} are a mapping, not {inputs!r}")
    return Item(key, request, digest_of(request.to_dict()), key)
