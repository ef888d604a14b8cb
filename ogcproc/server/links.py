"""Links: the paths of the resources, and the relations of the standard."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


def url(base: str, *segments: str, query: Mapping[str, Any] | None = None) -> str:
    """Return the absolute URL of a resource; ids may hold anything."""
    path = "".join("/" + segment_of(segment) for segment in segments)
    text = f"?{urlencode(query, doseq=True)}" if query else ""
    return base + (path or "/") + text


def segment_of(text: str) -> str:
    """Return an id as one segment of a path; a dot alone would mean this directory."""
    return {".": "%2E", "..": "%2E%2E"}.get(text) or quote(text, safe="")


def link(rel: str, href: str, title: str, media_type: str = JSON) -> dict[str, str]:
    """Return a link object."""
    return {"rel": rel, "href": href, "type": media_type, "title": title}
