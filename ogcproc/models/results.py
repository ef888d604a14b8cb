"""A job's results, and which of their values are links or qualified values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import DocumentError
from ._base import Self, notebook_html
from ._encode import encode_json
from ._fields import whole_object
from .links import LINK, Link
from .values import QUALIFIED_VALUE, QualifiedValue, geojson

__all__ = ["QUALIFIED_RESULT", "JobResults", "result_value", "single_value"]


@dataclass(slots=True, eq=False, repr=False)
class JobResults(Mapping[str, Any]):
    """A job's results: a mapping of output id to value (S/results).

    An inline value is the plain Python value, a qualified value (or a raw body) a
    QualifiedValue, a reference a Link. A raw value whose output the server did not name, and
    nobody could, has the empty id. What came over the wire stays at hand in ``status``,
    ``headers`` and ``body``.
    """

    #: The values by output id.
    outputs: dict[str, Any]
    #: The HTTP status of the answer; 0 if the results came from no answer.
    status: int = 0
    #: The header fields of the answer, case-insensitive.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The body of the answer as it came.
    body: bytes = b""

    def __post_init__(self) -> None:
        self.outputs = dict(self.outputs)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the results that a server sent as a results document."""
        return cls({name: result_value(value) for name, value in whole_object(data).items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the results as a results document: bytes as base64 text."""
        return {name: encode_json(value) for name, value in self.outputs.items()}

    @property
    def __geo_interface__(self) -> Any:
        """The output that is GeoJSON, where there is exactly one; else no such attribute."""
        found = [output for output in map(geojson, self.outputs.values()) if output is not None]
        if len(found) != 1:
            raise AttributeError(f"{len(found)} outputs are GeoJSON, not one")
        return found[0]

    def __getitem__(self, output: str) -> Any:
        return self.outputs[output]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __repr__(self) -> str:
        return repr(self.outputs)

    def _repr_html_(self) -> str | None:
        return notebook_html(self)


def result_value(value: Any) -> Any:
    """Return a value of a results document: a QualifiedValue or a Link where it clearly is one.

    Clearly: an object with ``value`` (or ``href``) that has no member foreign to a qualified
    value (or a link), alone or in an array (S/values). Anything else stays as it was sent.
    """
    if isinstance(value, list):
        return [single_value(item) for item in value]
    return single_value(value)


def single_value(value: Any) -> Any:
    """Return what ``result_value`` returns, of a value that is no array of values."""
    if not isinstance(value, dict):
        return value
    try:
        if "value" in value and QUALIFIED_RESULT.issuperset(value):
            return linked_asset(value) or with_format(QualifiedValue.from_dict(value))
        if "href" in value and LINKED_RESULT.issuperset(value):
            return with_format(Link.from_dict(value))
    except DocumentError:
        pass
    return value


def with_format(value: Any) -> Any:
    """Return a qualified value or a link that knows its media type.

    It may stand in ``format`` (ZOO-Project, and the drafts of 1.0), a link's in ``mediaType``
    (GeoServer). Both stay in ``extra``.
    """
    form = {**value.extra}
    if isinstance(form.get("format"), dict):
        form = {**form["format"], **form}
    names = ("mediaType", "encoding", "schema") if isinstance(value, QualifiedValue) else ("type",)
    for name in names:
        told = form.get("mediaType" if name == "type" else name)
        if getattr(value, name) is None and (isinstance(told, str) or name == "schema"):
            setattr(value, name, told)
    return value


def linked_asset(value: Mapping[str, Any]) -> Link | None:
    """Return the link to a file that an object in ``value`` is, or None.

    ``{"value": {"href": ..., "type": ..., "file:size": ...}}`` is what Copernicus stores answer.
    The URL must be a whole one: an object of a process's own might be called that, too.
    """
    asset = value["value"]
    if len(value) > 1 or not isinstance(asset, dict) or not isinstance(asset.get("href"), str):
        return None
    a_link = isinstance(asset.get("type"), str) and LINKED_RESULT.issuperset(asset)
    a_file = any(name.startswith("file:") for name in asset)
    return Link.from_dict(asset) if "://" in asset["href"] and (a_link or a_file) else None


QUALIFIED_RESULT = QUALIFIED_VALUE.names | {"format"}
LINKED_RESULT = LINK.names | {"mediaType", "format"}
