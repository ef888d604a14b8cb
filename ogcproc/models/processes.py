"""A process as a whole: its summary with all its inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ._base import Members, Self, dicts_by_name, members_of
from ._fields import whole_object
from ._sweep import described, read_named
from .descriptions import (
    InputDescription,
    OutputDescription,
    ProcessSummary,
    summary_members,
    unread,
)

# The generated ``__init__`` has the annotations of inherited fields, which resolve in this module.
from .links import AdditionalParameters, Link, Metadata  # noqa: F401

__all__ = ["ProcessDescription"]

SWEEP_INPUT = described(InputDescription)
SWEEP_OUTPUT = described(OutputDescription)


@dataclass(slots=True, eq=False, repr=False)
class ProcessDescription(ProcessSummary):
    """A process with its inputs and outputs (`/req/ogc-process-description`)."""

    inputs: dict[str, InputDescription] = field(default_factory=dict)
    outputs: dict[str, OutputDescription] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the description that a server sent."""
        data = whole_object(data)
        return cls(
            **summary_members(data),
            inputs=read_named(data, "inputs", SWEEP_INPUT, InputDescription.from_dict),
            outputs=read_named(data, "outputs", SWEEP_OUTPUT, OutputDescription.from_dict),
            extra=DESCRIPTION.rest(data, unread(data)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the description as JSON can hold it."""
        return members_of(
            ProcessSummary.to_dict(self),
            inputs=dicts_by_name(self.inputs),
            outputs=dicts_by_name(self.outputs),
        )


DESCRIPTION = Members(ProcessDescription)
