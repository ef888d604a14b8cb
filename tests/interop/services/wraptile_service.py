"""The service of the walk on wraptile: ``wraptile run wraptile_service:service``."""

# Run and read in wraptile's own environment: elsewhere its packages are unknown.
# mypy: disable-error-code="import-not-found, untyped-decorator"

import time
from typing import Annotated

from procodile import FromMain, JobContext, ProcessRegistry
from pydantic import Field
from wraptile.services.local import LocalService

registry = ProcessRegistry()


@registry.main(
    id="first_workflow",
    title="First workflow",
    inputs={"id": Field(title="Any text")},
    outputs={"same": Field(title="What came in")},
)
def first_workflow(id: str = "hithere") -> str:  # noqa: A002 - the name of the input
    return id


@first_workflow.step(id="second_step", outputs={"final": Field(title="The text twice")})
def second_step(id: Annotated[str, FromMain(output="same")]) -> str:  # noqa: A002
    return id * 2


@registry.process(id="slow", title="Sleep, tenth by tenth", outputs={"slept": Field()})
def slow(seconds: float = 1.0) -> float:
    context = JobContext.get()
    for tenth in range(10):
        context.report_progress(progress=10 * tenth)
        time.sleep(seconds / 10)
    return seconds


@registry.process(id="fail", title="Always fails")
def fail(message: str = "this was expected") -> str:
    raise RuntimeError(message)


@registry.process(
    id="many",
    title="Outputs of several types",
    outputs={"number": Field(), "text": Field(), "array": Field(), "object": Field()},
)
def many() -> tuple[float, str, list[int], dict[str, int]]:
    return 1.5, "text", [1, 2, 3], {"one": 1}


service = LocalService(title="Processes for the tests", description="", process_registry=registry)
