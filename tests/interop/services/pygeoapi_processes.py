"""Processes for pygeoapi that give each kind of answer it has."""

# Run in pygeoapi's own environment: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found, misc"

import base64
import time
from typing import Any, ClassVar

from pygeoapi.process.base import BaseProcessor, ProcessorExecuteError

#: One transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


class Probe(BaseProcessor):
    """What the probes share: their description, made from a few words."""

    title: ClassVar[str]
    inputs: ClassVar[dict[str, Any]] = {}
    outputs: ClassVar[dict[str, Any]] = {"result": {"title": "Result", "schema": {}}}

    def __init__(self, processor_def: dict[str, Any]) -> None:
        metadata = {
            "version": "1.0.0",
            "id": type(self).__name__.lower(),
            "title": self.title,
            "description": self.title,
            "jobControlOptions": ["sync-execute", "async-execute"],
            "keywords": [],
            "links": [],
            "inputs": self.inputs,
            "outputs": self.outputs,
            "example": {"inputs": {}},
        }
        super().__init__(processor_def, metadata)
        self.supports_outputs = True


class Slow(Probe):
    title = "Sleeps"
    inputs: ClassVar[dict[str, Any]] = {
        "seconds": {"title": "Seconds", "schema": {"type": "number", "default": 1}, "minOccurs": 0}
    }

    def execute(self, data: dict[str, Any], *_: object, **__: object) -> tuple[str, Any]:
        seconds = data.get("seconds", 1)
        time.sleep(seconds)
        return "application/json", {"slept": seconds}


class Fail(Probe):
    title = "Always fails"

    def execute(self, *_: object, **__: object) -> tuple[str, Any]:
        message = "this was expected"
        raise ProcessorExecuteError(message, user_msg=message)


class Png(Probe):
    title = "A picture"
    outputs: ClassVar[dict[str, Any]] = {
        "image": {
            "title": "Image",
            "schema": {
                "type": "string",
                "contentEncoding": "binary",
                "contentMediaType": "image/png",
            },
        }
    }

    def execute(self, *_: object, **__: object) -> tuple[str, Any]:
        return "image/png", PNG


class Text(Probe):
    title = "Plain text"

    def execute(self, *_: object, **__: object) -> tuple[str, Any]:
        return "text/plain", "plain text"


class Scalar(Probe):
    title = "A number"

    def execute(self, *_: object, **__: object) -> tuple[str, Any]:
        return "application/json", 42


class Many(Probe):
    title = "Outputs of several types"
    outputs: ClassVar[dict[str, Any]] = {
        "number": {"title": "Number", "schema": {"type": "number"}},
        "text": {"title": "Text", "schema": {"type": "string"}},
        "array": {"title": "Array", "schema": {"type": "array", "items": {"type": "integer"}}},
        "object": {"title": "Object", "schema": {"type": "object"}},
    }

    def execute(self, *_: object, **__: object) -> tuple[str, Any]:
        return "application/json", {
            "number": 1.5,
            "text": "text",
            "array": [1, 2, 3],
            "object": {"one": 1},
        }
