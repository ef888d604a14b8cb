"""Random histories of ``run_many`` over a model of a server, without sockets and without sleeping.

The model sits in place of the transport's last step: it gets each request that would be sent, and
returns an answer or raises what a broken connection raises. It knows which inputs it has executed.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from ogcproc import TransportError
from ogcproc._http.answer import Answer
from ogcproc._http.headers import Headers

if TYPE_CHECKING:
    from ogcproc._http.request import Request

__all__ = ["Model", "draw"]

PAGE = b"<html><title>Bad Gateway</title></html>"
OWN = {"type": "about:blank", "title": "Service Unavailable"}
JOB_LIST = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list"
UNFINISHED = ("accepted", "running")
#: What may become of an execute request: whether it is executed, and the answer; None is a job,
#: 0 a connection that breaks.
FATES: list[tuple[bool, int | None, Any, dict[str, str]]] = [
    (True, 0, None, {}),
    (False, 0, None, {}),
    *[
        (is_executed, status, PAGE, {})
        for is_executed in (True, False)
        for status in (408, 502, 503, 504, 520, 522, 524, 527)
    ],
    (False, 429, "", {"Retry-After": "0"}),
    (False, 429, "", {}),
    (False, 503, OWN, {"Retry-After": "0"}),
    (False, 502, OWN, {}),
    (False, 400, OWN, {}),
    (False, 405, "", {}),
    (False, 500, PAGE, {}),
    (False, 301, "", {"Location": "/processes/p/execution/"}),
    (True, 201, {}, {}),
    (True, 202, "", {}),
    (True, 202, PAGE, {"Content-Type": "application/json"}),
    (True, 201, "", {"Location": "/jobs/{id}"}),
]


@dataclass
class Job:
    """A job of the model."""

    name: str
    inputs: int
    created: datetime
    status: str = "accepted"
    is_expired: bool = False


@dataclass
class Model:
    """A server with its own way to lie, drawn at random."""

    dice: random.Random
    #: How likely an execute request, or any other, has an odd fate.
    trouble: float
    #: The states that it hides unless it is asked for them, and whether it hides all jobs.
    hidden: frozenset[str]
    hides_all: bool
    #: How likely the list is emptied after a request, because the server starts again.
    restarts: float
    #: Whether the list is shuffled, and how many jobs a page has.
    shuffles: bool
    page: int
    #: How likely a job goes on to its next state at each request.
    pace: float
    jobs: dict[str, Job] = field(default_factory=dict)
    #: How often each input was executed.
    executed: Counter[int] = field(default_factory=Counter)
    number: int = 0
    #: A job whose request is still on its way: it is created some requests later.
    late: list[tuple[int, int]] = field(default_factory=list)
    requests: int = 0
    lock: Lock = field(default_factory=Lock)

    def ask(self, request: Request) -> Answer:
        """Return the answer to a request; raises TransportError."""
        with self.lock:
            self._live()
            if request.method == "POST":
                return self._execute(request)
            if self.dice.random() < self.trouble / 4:
                status = self.dice.choice([0, 500, 502, 503, 504, 408, 520, 200])
                # A page instead of results is the business of tests/core/test_results_shapes.py.
                is_taken = status == 200 and request.url.partition("?")[0].endswith("/results")
                return self._answer(request, 502 if is_taken else status, PAGE)
            return self._find(request, urlsplit(request.url).path)

    def _live(self) -> None:
        """Create the jobs of requests that were on their way, or start again without jobs."""
        self.requests += 1
        for job in self.jobs.values():
            if self.dice.random() < self.pace:
                job.status = "running" if job.status == "accepted" else "successful"
        for due, inputs in list(self.late):
            if self.requests >= due:
                self.late.remove((due, inputs))
                self._create(inputs)
        if self.dice.random() < self.restarts:
            self.jobs.clear()

    def _find(self, request: Request, path: str) -> Answer:
        if path == "/conformance":
            return self._answer(request, 200, {"conformsTo": [JOB_LIST]})
        if path == "/processes/p":
            return self._answer(request, 200, {"id": "p", "version": "1"})
        if path == "/jobs":
            return self._list(request)
        if not path.startswith("/jobs/"):
            return self._answer(request, 404, "")
        return self._job(request, path)

    def _answer(
        self, request: Request, status: int, body: Any, fields: dict[str, str] | None = None
    ) -> Answer:
        if status == 0:
            error = TransportError("reset", method=request.method, url=request.url)
            error.sent_at = datetime.now(timezone.utc)
            raise error
        data = body if isinstance(body, bytes) else b""
        headers = dict(fields or {})
        if isinstance(body, (dict, list)):
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        shown = Headers(headers.items())
        return Answer(request.method, request.url, status, shown, data, request)

    def _create(self, inputs: int) -> Job:
        self.number += 1
        self.executed[inputs] += 1
        job = Job(f"j{self.number}", inputs, datetime.now(timezone.utc))
        self.jobs[job.name] = job
        return job

    def _execute(self, request: Request) -> Answer:
        inputs = json.loads(request.body or b"")["inputs"]["n"]
        if self.dice.random() >= self.trouble:
            return self._answer(request, 201, self._state(self._create(inputs)))
        is_executed, status, body, fields = self.dice.choice(FATES)
        name = ""
        if is_executed:
            if status == 0 and self.dice.random() < 0.3:
                self.late.append((self.requests + self.dice.randrange(3), inputs))
            else:
                name = self._create(inputs).name
        fields = {key: value.format(id=name) for key, value in fields.items()}
        return self._answer(request, status or 0, body, fields)

    def _state(self, job: Job) -> dict[str, Any]:
        return {
            "jobID": job.name,
            "processID": "p",
            "type": "process",
            "status": job.status,
            "created": job.created.isoformat(),
        }

    def _list(self, request: Request) -> Answer:
        query = parse_qs(urlsplit(request.url).query)
        status = query.get("status")
        shown = [
            job
            for job in self.jobs.values()
            if not self.hides_all
            and (job.status in status if status else job.status not in self.hidden)
        ]
        if self.shuffles:
            self.dice.shuffle(shown)
        start = int(query.get("start", ["0"])[0])
        links = []
        if start + self.page < len(shown):
            more = {**{key: values[0] for key, values in query.items()}, "start": start + self.page}
            text = "&".join(f"{key}={value}" for key, value in more.items())
            links = [{"rel": "next", "href": f"/jobs?{text}"}]
        jobs = [self._state(job) for job in shown[start : start + self.page]]
        return self._answer(request, 200, {"jobs": jobs, "links": links})

    def _job(self, request: Request, path: str) -> Answer:
        _, _, name, *rest = path.split("/")
        job = self.jobs.get(name)
        if job is None:
            return self._answer(request, 404, {"type": "no-such-job"})
        if rest and self.dice.random() < self.trouble / 10:
            job.is_expired = True
        if rest:
            body = {"title": "expired"} if job.is_expired else {"out": job.inputs}
            return self._answer(request, 404 if job.is_expired else 200, body)
        return self._answer(request, 200, self._state(job))


def draw(dice: random.Random) -> Model:
    """Return a model of a server, drawn at random."""
    return Model(
        dice,
        trouble=dice.choice([0.0, 0.1, 0.3, 0.6]),
        hidden=dice.choice([frozenset(), frozenset({"accepted"}), frozenset(UNFINISHED)]),
        hides_all=dice.random() < 0.1,
        restarts=dice.choice([0.0, 0.0, 0.01, 0.05]),
        shuffles=dice.random() < 0.3,
        page=dice.choice([1, 2, 10]),
        pace=dice.choice([*[0.6] * 7, 0.05]),
    )
