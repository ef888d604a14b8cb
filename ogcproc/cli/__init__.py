"""The command line: ``main(argv) -> int``. Data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..client import Client
from ..errors import OgcProcError, ServiceError, WaitTimeout
from ..models import ProcessRequest
from ..models._base import Document

if TYPE_CHECKING:  # the server is an optional room
    from ..server import Server, Service

__all__ = ["main"]

#: For how long the demo waits for its job, and how often it looks, in seconds.
PATIENCE = 60.0
INTERVAL = 0.05
#: How wide the demo prints, in characters.
WIDTH = 96


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 misused, 130 interrupted."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (OgcProcError, OSError, ValueError) as error:
        print(f"ogcproc: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="ogcproc", description="A client for servers that speak OGC API - Processes."
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    serve_ = commands.add_parser(
        "serve", help="run a service", description="Run a service until it is interrupted."
    )
    serve_.add_argument(
        "service", nargs="?", metavar="MODULE:NAME", help="the service (default: the demo service)"
    )
    serve_.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    serve_.add_argument("--port", type=int, default=8008, help="0 for a free one (%(default)s)")
    serve_.set_defaults(run=serve)

    demo_ = commands.add_parser(
        "demo",
        help="take a walk through the standard",
        description="Start the demo service, take the walk against it, and print what came back.",
    )
    demo_.add_argument("--url", help="walk a server that is already running instead")
    demo_.set_defaults(run=demo)
    return top


def serve(arguments: argparse.Namespace) -> int:
    """Run a service until Ctrl-C or SIGTERM."""
    service = named_service(arguments.service) if arguments.service else demo_service()
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with service.serve(host=arguments.host, port=arguments.port) as server:
            print(f"{service.title}: {server.url} (Ctrl-C ends it)", file=sys.stderr, flush=True)
            server.serve_forever()
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def interrupt(*_: object) -> None:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def named_service(name: str) -> Service:
    """Return the service that a module holds, given as ``module:name``."""
    from ..server import Service  # noqa: PLC0415 - a client does not need the server

    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise ValueError(f"a service is given as MODULE:NAME, not {name!r}")
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - sys.path holds texts
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ValueError(f"cannot import {module_name!r}: {error}") from error
    service = getattr(module, attribute, None)
    if not isinstance(service, Service):
        raise ValueError(f"{name!r} is no Service: {service!r}")  # noqa: TRY004 - typed by a person
    return service


def demo_service() -> Service:
    """Return the demo service."""
    from ..server.demo import service  # noqa: PLC0415 - a client does not need the server

    return service


def demo(arguments: argparse.Namespace) -> int:
    """Take the walk, step by step, and print each step and what came back."""
    url = arguments.url
    started: AbstractContextManager[Server | None] = nullcontext()
    if url is None:
        started = demo_service().serve(port=0)
    with started as server, Client(api_url=url or server.url) as client:  # type: ignore[union-attr] # one of the two is there
        walk(client, dismiss_all=url is None)
    return 0


def walk(client: Client, *, dismiss_all: bool) -> None:
    """Take the walk; of a server that is not ours, dismiss no job but our own."""
    step(f"client = Client(api_url={client.api_url!r})")
    step("client", client)
    step("client.get_capabilities()", client.get_capabilities())
    step("client.get_conformance()", client.get_conformance())
    step("client.get_processes()", client.get_processes())
    step(
        'client.get_process(process_id="first_workflow")',
        client.get_process(process_id="first_workflow"),
    )
    step("client.get_jobs()", client.get_jobs())
    job = client.execute_process(
        process_id="first_workflow", request=ProcessRequest(inputs={"id": "sup"})
    )
    step(
        'client.execute_process(process_id="first_workflow", '
        'request=ProcessRequest(inputs={"id": "sup"}))',
        job,
    )
    step("client.get_jobs()", client.get_jobs())
    job_id = job.jobID
    if job.results is None:
        step(f"client.get_job({job_id!r})", finished(client, job_id))
        step(f"client.get_job_results({job_id!r})", client.get_job_results(job_id))
    else:
        step("client.get_job_results(job)", client.get_job_results(job))
    if dismiss_all:
        step("for job in client.get_jobs().jobs:\n...     client.dismiss_job(job.jobID)")
        for one in client.get_jobs().jobs:
            print(shown(client.dismiss_job(one.jobID)))
    elif job_id:
        step(f"client.dismiss_job({job_id!r})", dismissed(client, job_id))
    step("client.get_jobs()", client.get_jobs())


def dismissed(client: Client, job_id: str) -> Any:
    """Return the job once it is dismissed, or the error of a server that does not dismiss jobs."""
    try:
        return client.dismiss_job(job_id)
    except ServiceError as error:
        return error


def finished(client: Client, job_id: str) -> Any:
    """Return the job once it has ended, or as it is when the patience has."""
    try:
        return client.wait_for_job(job_id, timeout=PATIENCE, poll=INTERVAL, raise_for_status=False)
    except WaitTimeout as error:
        return error.job


def step(call: str, came_back: object = None) -> None:
    """Print a step of the walk as one would type it, and what came back."""
    print(f">>> {call}")
    if came_back is not None:
        print(shown(came_back))
    sys.stdout.flush()


def shown(value: Any) -> str:
    """Return what an object's repr says, a line for each member where it is long."""
    line = repr(value)
    if len(line) <= WIDTH or not isinstance(value, Document):
        return line
    members = "".join(f"    {name}={member(item)},\n" for name, item in value._shown_members())
    return f"{type(value).__name__}(\n{members})"


def member(value: Any) -> str:
    """Return a member's repr, a line for each item of an array, lines cut where they are long."""
    line = repr(value)
    if len(line) > WIDTH and isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"        {cut(repr(item))},\n" for item in value) + "    ]"
    return cut(line)


def cut(line: str) -> str:
    """Return a line, cut where it is long."""
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
