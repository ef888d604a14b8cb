"""Comparing the names that servers spell in many ways: link relations and conformance classes."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["conformance_class", "declares", "relation"]


def relation(rel: str | None) -> str:
    """Return a link relation's last part: the name that all its spellings share.

    ``http://www.opengis.net/def/rel/ogc/1.0/results``, the same with ``https``, the CURIE
    ``[ogc-rel:results]`` and the short ``results`` are one relation.
    """
    name = (rel or "").strip().rstrip("/]")
    for mark in "/:":
        name = name.rpartition(mark)[2]
    return name.lower()


def conformance_class(uri: str) -> str:
    """Return a conformance class's URI in the one spelling to compare by.

    ``https`` for ``http``, a trailing slash, and ``/req/`` for ``/conf/`` (which 1.0 asks for in
    one place) do not count.
    """
    uri = uri.strip().rstrip("/").replace("/req/", "/conf/")
    return f"http{uri[5:]}" if uri.startswith("https:") else uri


def declares(declared: Iterable[str], wanted: str) -> bool:
    """Return whether a class is among those declared, all in the spelling to compare by.

    ``wanted`` is a URI, or the short name of a class of any part and version.
    """
    if "/" in wanted:
        return conformance_class(wanted) in declared
    ending = f"/conf/{wanted}"
    return any(uri.endswith(ending) and "/ogcapi-processes" in uri for uri in declared)
