"""What an execution is asked with: inputs, outputs, and where to call back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._base import Document, Members, Self, dict_of, members_of, word
from ._encode import encode_input
from ._fields import expected, mapped, optional, text, whole_object
from .values import Format
from .words import MODES, RESPONSES

__all__ = ["Output", "ProcessRequest", "Subscriber"]


@dataclass(slots=True, eq=False, repr=False)
class Output(Document):
    """How one output is wanted (S/output): its format and, in 1.0, by value or by reference."""

    format: Format | None = None
    transmissionMode: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the selection read from JSON."""
        data = whole_object(data)
        mode = text(data, "transmissionMode")
        return cls(
            format=optional(data, "format", Format.from_dict),
            transmissionMode=mode and MODES.get(mode, mode),
            extra=OUTPUT.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the selection as a server reads it."""
        return members_of(
            self.extra, format=dict_of(self.format), transmissionMode=word(self.transmissionMode)
        )


OUTPUT = Members(Output)


@dataclass(slots=True, eq=False, repr=False)
class Subscriber(Document):
    """Where a server is to call back (`/req/callback/job-callback`)."""

    successUri: str | None = None
    inProgressUri: str | None = None
    failedUri: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the subscriber read from JSON."""
        data = whole_object(data)
        return cls(
            successUri=text(data, "successUri"),
            inProgressUri=text(data, "inProgressUri"),
            failedUri=text(data, "failedUri"),
            extra=SUBSCRIBER.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the subscriber as a server reads it."""
        return members_of(
            self.extra,
            successUri=self.successUri,
            inProgressUri=self.inProgressUri,
            failedUri=self.failedUri,
        )


SUBSCRIBER = Members(Subscriber)


@dataclass(slots=True, eq=False, repr=False)
class ProcessRequest(Document):
    """What an execution is asked with (S/execute).

    Inputs are plain Python values, written by the standard's rules: an object is wrapped in
    ``value`` unless it is a Link, a QualifiedValue or a Bbox or looks like one; bytes and files
    (a Path) go as base64 or text with their media type. Outputs left out means all of them
    (`/req/core/process-execute-default-outputs`), ``{}`` means none where a server speaks 2.0.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] | Sequence[str] | None = None
    response: str | None = None
    subscriber: Subscriber | Mapping[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, (Mapping, type(None))):
            raise TypeError(f"inputs is a mapping of input ids to values, not {self.inputs!r:.60}")
        self.inputs = dict(self.inputs or {})
        self.outputs = None if self.outputs is None else selections(self.outputs)
        self.response = self.response and RESPONSES.get(self.response, self.response)
        if isinstance(self.subscriber, Mapping):
            self.subscriber = Subscriber.from_dict(self.subscriber)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Return the request read from JSON, its inputs as they stand there."""
        data = whole_object(data)
        inputs = data.get("inputs")
        if inputs is not None and not isinstance(inputs, dict):
            raise expected("an object", inputs, "inputs")
        outputs = mapped(data, "outputs", Output.from_dict)
        return cls(
            inputs=inputs or {},
            outputs=None if data.get("outputs") is None else outputs,
            response=text(data, "response"),
            subscriber=optional(data, "subscriber", Subscriber.from_dict),
            extra=REQUEST.rest(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the request as a server reads it; ``inputs`` is always there.

        Raises TypeError, naming the input, for a value that cannot be written, and ValueError for
        a file that does not hold what its name says.
        """
        inputs = {}
        for name, value in self.inputs.items():
            try:
                inputs[str(name)] = encode_input(value)
            except TypeError as error:
                raise TypeError(f"input {name!r}: {error}") from None
            except ValueError as error:
                raise ValueError(f"input {name!r}: {error}") from None
        others = {name: value for name, value in self.extra.items() if name != "inputs"}
        return members_of(
            others,
            inputs=inputs,
            outputs=None
            if self.outputs is None
            else {name: output.to_dict() for name, output in selections(self.outputs).items()},
            response=word(self.response),
            subscriber=dict_of(self.subscriber),
        )


REQUEST = Members(ProcessRequest)


def selections(outputs: Mapping[str, Any] | Sequence[str]) -> dict[str, Output]:
    """Return the outputs asked for: names alone, or names with an Output, a dict or None."""
    if isinstance(outputs, str):
        raise TypeError(f"outputs is a mapping or a list of names, not the text {outputs!r}")
    if not isinstance(outputs, Mapping):
        return {name: Output() for name in outputs}
    return {
        name: output if isinstance(output, Output) else Output.from_dict(output or {})
        for name, output in outputs.items()
    }
