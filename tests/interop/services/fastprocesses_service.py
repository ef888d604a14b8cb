"""Processes for fastprocesses that give each kind of answer it has."""

# Run in the environment of fastprocesses: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found, misc, untyped-decorator"

import time
from typing import Any

from fastprocesses.api.server import OGCProcessesAPI
from fastprocesses.core.base_process import BaseProcess
from fastprocesses.core.models import (
    ProcessDescription,
    ProcessInput,
    ProcessJobControlOptions,
    ProcessOutput,
    ProcessOutputTransmission,
    Schema,
)
from fastprocesses.processes.process_registry import register_process
from pydantic import BaseModel, ConfigDict


def described(process_id: str, inputs: dict[str, str], outputs: dict[str, str]) -> Any:
    """The description of a process from the JSON types of its inputs and outputs."""
    return ProcessDescription(
        id=process_id,
        title=process_id,
        version="1.0.0",
        description=process_id,
        jobControlOptions=list(ProcessJobControlOptions)[:2],
        outputTransmission=[ProcessOutputTransmission.VALUE],
        inputs={
            name: ProcessInput(title=name, description=name, schema=Schema(type=kind))
            for name, kind in inputs.items()
        },
        outputs={
            name: ProcessOutput(title=name, description=name, schema=Schema(type=kind))
            for name, kind in outputs.items()
        },
    )


class Outputs(BaseModel):
    """Whatever a process gives: fastprocesses takes nothing but a model."""

    model_config = ConfigDict(extra="allow")


@register_process("first_workflow")
class FirstWorkflow(BaseProcess):
    process_description = described("first_workflow", {"id": "string"}, {"final": "string"})

    def execute(self, exec_body: dict[str, Any], **_: object) -> Outputs:
        return Outputs(final=exec_body["inputs"]["id"] * 2)


@register_process("slow")
class Slow(BaseProcess):
    process_description = described("slow", {"seconds": "number"}, {"slept": "number"})

    def execute(self, exec_body: dict[str, Any], job_progress_callback: Any) -> Outputs:
        seconds = exec_body["inputs"]["seconds"]
        for tenth in range(10):
            job_progress_callback(10 * tenth, "sleeping")
            time.sleep(seconds / 10)
        return Outputs(slept=seconds)


@register_process("fail")
class Fail(BaseProcess):
    process_description = described("fail", {"message": "string"}, {"never": "string"})

    def execute(self, exec_body: dict[str, Any], **_: object) -> Outputs:
        # Of any other error fastprocesses tells the line of source alone.
        raise ValueError(exec_body["inputs"]["message"])


@register_process("many")
class Many(BaseProcess):
    process_description = described(
        "many",
        {"seed": "integer"},
        {"number": "number", "text": "string", "array": "array", "object": "object"},
    )

    def execute(self, *_: object, **__: object) -> Outputs:
        return Outputs(number=1.5, text="text", array=[1, 2, 3], object={"one": 1})


app = OGCProcessesAPI().get_app()
