"""The service: processes by id, the jobs that run them, and a server to reach them by."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from .app import App
from .describe import (
    JOB_CONTROL_OPTIONS,
    OUTPUT_TRANSMISSION,
    Process,
    from_document,
    from_signature,
    options,
)
from .execution import Workshop
from .host import Server
from .inputs import Fetch
from .jobs import JobStore, Record
from .results import Results

Function = TypeVar("Function", bound=Callable[..., Any])


class Service:
    """Functions offered as processes of OGC API - Processes, Part 1, 1.0.

    `executor` runs the jobs, threads of the service's own (`max_workers` of them) if it is None; it
    is the caller's to shut down. `max_jobs` is the number of finished jobs kept, `max_body` the
    number of bytes a request may have. `fetch` reads what an input by reference points to; without
    it such inputs are refused: a server that fetches what strangers name is a way into its
    network.
    """

    def __init__(
        self,
        title: str = "Processes",
        description: str = "",
        *,
        executor: Executor | None = None,
        max_workers: int = 32,
        max_jobs: int = 1000,
        max_body: int = 64 * 1024 * 1024,
        fetch: Fetch | None = None,
    ) -> None:
        self.title = title
        self.description = description
        self.max_body = max_body
        self.fetch = fetch
        self.processes: dict[str, Process] = {}
        self.workshop: Workshop = Workshop(executor, max_workers, max_jobs)
        self.workshop.callbacks.results = lambda record: self.results(
            record, record.order.base
        ).document()
        #: The service as a WSGI application, for any server.
        self.wsgi: App = App(self)
        self._servers = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Service {self.title!r}, {len(self.processes)} processes>"

    @property
    def store(self) -> JobStore:
        """Return the jobs."""
        return self.workshop.store

    def process(
        self,
        *,
        id: str | None = None,  # noqa: A002  (the standard's own word)
        title: str | None = None,
        description: str | None = None,
        version: str = "1.0.0",
        keywords: Sequence[str] = (),
        metadata: Sequence[Mapping[str, Any]] = (),
        job_control_options: Sequence[str] = JOB_CONTROL_OPTIONS,
        output_transmission: Sequence[str] = OUTPUT_TRANSMISSION,
        inputs: Mapping[str, Mapping[str, Any]] | None = None,
        outputs: Mapping[str, Mapping[str, Any]] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> Callable[[Function], Function]:
        """Return a decorator that offers a function as a process and leaves it as it is.

        The description comes from the function's signature, annotations, defaults and docstring;
        `inputs` and `outputs` add members to what they say of each (one id in `outputs` names the
        returned value, several are members of a returned mapping, dataclass or TypedDict). Or it is
        `document`, a whole process description. Raises TypeError at what cannot be described and
        ValueError at an id that is taken.
        """

        def register(function: Function) -> Function:
            if document is not None:
                self._add(from_document(function, document))
                return function
            name = id or function.__name__
            about: dict[str, Any] = {
                "id": name,
                "version": version,
                "title": title or name,
                "description": description or _first_paragraph(function),
                "keywords": list(keywords),
                "metadata": [dict(item) for item in metadata],
                "jobControlOptions": options(
                    job_control_options, JOB_CONTROL_OPTIONS, "job_control_options"
                ),
                "outputTransmission": options(
                    output_transmission, OUTPUT_TRANSMISSION, "output_transmission"
                ),
            }
            about = {member: value for member, value in about.items() if value}
            self._add(from_signature(function, about, inputs or {}, outputs))
            return function

        return register

    def _add(self, process: Process) -> None:
        if process.id in self.processes:
            raise ValueError(f"there is a process {process.id!r} already")
        self.processes[process.id] = process

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Server:
        """Return a running server; port 0 is any free one. Close it, or use it in a `with`."""
        server = Server(self.wsgi, host, port, self._close_server)
        with self._lock:
            self._servers += 1
        return server

    def _close_server(self) -> None:
        # A service may be served twice at a time; its jobs belong to both servers.
        with self._lock:
            self._servers -= 1
            last = self._servers == 0
        if last:
            self.close()

    def close(self) -> None:
        """Stop all jobs and the threads they run on; for a service under another WSGI server."""
        self.workshop.close()

    def results(self, record: Record, base: str) -> Results:
        """Return the results of a successful job, with links that start with `base`."""
        outputs = self.processes[record.process_id].outputs
        schemas = {name: output["schema"] for name, output in outputs.items()}
        return Results(base, record.id, record.order, record.outputs, schemas)


def _first_paragraph(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").strip().split("\n\n", 1)[0].split())
