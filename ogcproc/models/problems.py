"""Problem documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Self, members_of
from ._fields import whole_object

__all__ = ["ApiError"]


@dataclass(slots=True, eq=False, repr=False)
class ApiError(Document):
    """A problem document (S/exception; RFC 7807)."""

    type: str | None = None
    title: str | None = None
    status: int | None = None
    detail: str | None = None
    instance: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the problem that a server sent; a member of the wrong type goes to ``extra``.

        An error about an error would hide the first one, so nothing here is refused but what is
        no object at all.
        """
        data = whole_object(data)
        members = {
            name: data[name]
            for name, kind in PROBLEM.items()
            if isinstance(data.get(name), kind) and not isinstance(data[name], bool)
        }
        return cls(**members, extra={k: v for k, v in data.items() if k not in members})

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as JSON can hold it."""
        return members_of(
            self.extra,
            type=self.type,
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=self.instance,
        )


PROBLEM = {"type": str, "title": str, "status": int, "detail": str, "instance": str}
