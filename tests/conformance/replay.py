"""Recorded answers of real servers, sent again byte for byte, and what the client makes of them.

A ``Stage`` stands in for whole servers by being the client's HTTP proxy: the client calls the very
URLs that were recorded, so that links and redirects in the answers are of the origin they name.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import socketserver
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from ogcproc import (
    Capabilities,
    Client,
    ConformanceDeclaration,
    DocumentError,
    JobInfo,
    JobList,
    JobResults,
    JobStatus,
    Link,
    OgcProcError,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
    QualifiedValue,
    ServiceError,
)
from ogcproc._http.answer import Answer
from ogcproc._protocol.problems import error_of
from ogcproc._types import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

NOT_RECORDED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Transcript:
    """A recorded request with its answer, or an answer that was only cited."""

    name: str
    method: str
    path: str
    request_headers: list[tuple[str, str]]
    request_body: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reason: str = "OK"
    version: str = "HTTP/1.1"
    siblings: list[Transcript] = field(default_factory=list, repr=False)

    @property
    def number(self) -> int:
        return int(self.name.rpartition("/")[2].partition("-")[0])

    @property
    def origin(self) -> str:
        """The origin that was called when this was recorded."""
        return "http://" + next(v for k, v in self.request_headers if k.lower() == "host")

    @property
    def base(self) -> str:
        """The server's base URL."""
        return self.origin + ("/ogc-api" if self.path.startswith("/ogc-api") else "")

    @property
    def content_type(self) -> str:
        return next((v for k, v in reversed(self.headers) if k.lower() == "content-type"), "")

    def header(self, name: str) -> str:
        """The value of a request header."""
        return next((v for k, v in self.request_headers if k.lower() == name), "")

    @property
    def sent(self) -> bytes:
        """The answer as it went over the wire: doubled headers and chunks included."""
        names = {name.lower(): value for name, value in self.headers}
        head = f"{self.version} {self.status} {self.reason}\r\n"
        body = self.body
        # Machine paths in bodies were replaced by /srv: such a body is shorter than was recorded.
        shorter = {"content-length": str(len(body))} if b"/srv/" in body else {}
        for name, value in self.headers:
            head += f"{name}: {shorter.get(name.lower(), value)}\r\n"
        if names.get("transfer-encoding") == "chunked":
            pieces = [body[i : i + 700] for i in range(0, len(body), 700)]
            body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            body += b"0\r\n\r\n"
        return head.encode("latin-1") + b"\r\n" + body

    def answer_to(self, method: str, path: str) -> bytes:
        """What the same server answered to another request, as near in time as possible."""
        bare = path.partition("?")[0]
        fitting = [
            one
            for one in self.siblings
            if one.method == method
            and (one.path == path or one.path.partition("?")[0] == bare)
            and "html" not in one.header("accept")
            and ("json" in one.content_type or one.status != 200)
        ]
        if not fitting:
            return NOT_RECORDED
        before = [one for one in fitting if one.number <= self.number]
        return (before[-1] if before else fitting[0]).sent


def transcripts(folder: Path) -> list[Transcript]:
    """Return the recorded transcripts of one server, in the order of their numbers."""
    found = []
    told = []
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        if "response" not in data:
            told += cited(f"{folder.name}/{path.stem}", data)
            continue
        request, response = data["request"], data["response"]
        encoded = response.get("body_base64")
        text = response.get("body_text") or ""
        found.append(
            Transcript(
                f"{folder.name}/{path.stem}",
                request["method"],
                request["path"],
                [(name, value) for name, value in request["headers"]],
                request.get("body") or "",
                response["status"],
                [(name, value) for name, value in response["headers"]],
                base64.b64decode(encoded) if encoded else text.encode(),
                response["reason"],
                response["version"],
            )
        )
    found.sort(key=lambda one: one.number)
    for one in found:
        one.siblings = found
    return found + told


MULTIPART = (
    "--sep\r\nContent-ID: sum\r\nContent-Type: text/plain\r\n\r\n1.5\r\n"
    "--sep\r\nContent-ID: all\r\nContent-Type: application/json\r\n\r\n[1, 2]\r\n"
    "--sep--\r\n"
)

#: What the files say that hold no recorded answer, as answers: the request each belongs to, the
#: status, the header fields, and the body (None for the file's own).
CITED: dict[str, list[tuple[str, str, int, dict[str, str], Any]]] = {
    "52n-javaps/01-status-and-errors": [
        ("POST", "/processes/p/execution", 201, {"Location": "/processes/p/jobs/7"}, ""),
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "running", "progress": 5}),
        ("GET", "/jobs/7/results", 400, {}, {"code": "ResultNotReady", "description": "running"}),
    ],
    "actinia-oapip/01-job-status-example": [
        ("GET", "/jobs/96ed4cb9", 200, {}, None),
        ("GET", "/jobs/96ed4cb9/results", 204, {"Link": "<http://127.0.0.1:9/r/out.tif>"}, ""),
    ],
    "bbox-server/01-behaviour": [
        ("GET", "/processes", 200, {}, {"processes": [{"id": "x", "version": "1"}], "links": []}),
        ("POST", "/processes/x/execution", 201, {}, {"jobID": "7", "status": "accepted"}),
        ("GET", "/jobs", 200, {}, {"data": {"runsOrError": {"results": [{"runId": "7"}]}}}),
        ("GET", "/jobs/7/results", 200, {}, {"result": {"value": {"k": 1}}}),
        ("DELETE", "/jobs/7", 500, {}, "not implemented"),
    ],
    "copernicus-cds/01-results-asset": [("GET", "/jobs/7/results", 200, {}, None)],
    "copernicus-cds/02-results-failed": [
        ("GET", "/jobs/7/results", 400, {}, None),
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "failed"}),
    ],
    "copernicus-cds/03-job-created-timestamp": [
        (
            "GET",
            "/jobs/7",
            200,
            {},
            {"jobID": "7", "status": "accepted", "created": "2023-01-01T16:20:12.175021"},
        ),
    ],
    "copernicus-cds/04-error-types": [
        ("GET", "/processes/p", status, {}, {"type": kind, "title": kind, "detail": "why"})
        for kind, status in [
            ("permission denied", 403),
            ("invalid parameter", 422),
            ("results expired", 404),
            ("invalid request", 400),
            ("rate limit exceeded", 429),
        ]
    ],
    "dewberry-process-api/01-behaviour": [
        (
            "POST",
            "/processes/p/execution",
            200,
            {},
            {
                "type": "process",
                "jobID": "7",
                "updated": "0001-01-01T00:00:00Z",
                "status": "successful",
                "processID": "p",
                "outputs": {"out": 1.5},
            },
        ),
        ("POST", "/processes/p/execution", 201, {}, {"jobID": "7", "status": "accepted"}),
        (
            "GET",
            "/processes/p",
            200,
            {},
            {
                "info": {"id": "p", "version": "1"},
                "inputs": [{"id": "n"}],
                "outputs": [{"id": "o"}],
            },
        ),
        (
            "GET",
            "/jobs",
            200,
            {},
            {
                "jobs": [{"jobID": "7", "status": "running"}],
                "links": [{"href": "/jobs?offset=20&limit=20&processID=", "title": "next"}],
            },
        ),
        ("GET", "/jobs/8", 404, {}, {"message": "8 job id not found"}),
    ],
    "eoepca-zoo-dru/01-process-list": [("GET", "/processes", 200, {}, None)],
    "eoepca-zoo-dru/02-deploy-process": [("GET", "/processes/convert-url", 200, {}, None)],
    "eoepca-zoo-dru/03-job-results": [("GET", "/jobs/7/results", 200, {}, None)],
    "eoepca-zoo-dru/04-job-status-sequence": [
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "running"}),
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "successful"}),
    ],
    "geoserver/01-execute-document-wkt": [("POST", "/processes/p/execution", 200, {}, None)],
    "geoserver/02-execute-document-geojson": [("POST", "/processes/p/execution", 200, {}, None)],
    "geoserver/03-execute-document-literal-bbox": [
        ("POST", "/processes/p/execution", 200, {}, {"result": 2}),
        (
            "POST",
            "/processes/p/execution",
            200,
            {},
            {"bounds": {"bbox": [0, 0, 5, 5], "crs": "http://www.opengis.net/def/crs/EPSG/0/4326"}},
        ),
    ],
    "geoserver/04-execute-document-reference": [("POST", "/processes/p/execution", 200, {}, None)],
    "geoserver/05-execute-raw-multi": [
        (
            "POST",
            "/processes/p/execution",
            200,
            {"Content-Type": "multipart/related; boundary=sep"},
            MULTIPART,
        ),
    ],
    "geoserver/06-execute-async": [
        (
            "POST",
            "/processes/p/execution",
            201,
            {"Location": "http://127.0.0.1:9/ogc/processes/v1/jobs/7"},
            "",
        ),
    ],
    "geoserver/07-job-status": [
        (
            "GET",
            "/jobs/7",
            200,
            {},
            {
                "processID": "gs:BufferFeatureCollection",
                "type": "process",
                "jobID": "7",
                "status": "successful",
                "created": "2026-11-22T20:00:00Z",
                "finished": "2026-11-22T20:00:09Z",
                "progress": 100,
                "links": [
                    {
                        "rel": "http://www.opengis.net/def/rel/ogc/1.0/results",
                        "href": "http://127.0.0.1:9/ogc/processes/v1/jobs/7/results",
                    }
                ],
            },
        ),
    ],
    "geoserver/08-results-of-failed-job": [
        ("GET", "/jobs/7/results", 404, {}, None),
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "failed"}),
    ],
    "geoserver/09-execute-error": [("POST", "/processes/p/execution", 500, {}, None)],
    "geoserver/10-process-JTS-buffer-excerpt": [("GET", "/processes/JTS:buffer", 200, {}, None)],
    "openeo-backends/01-job-status": [
        (
            "POST",
            "/processes/p/execution",
            201,
            {"OpenEO-Identifier": "7", "Location": "/jobs/7"},
            "",
        ),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "submitted"}),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "queued"}),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "running", "progress": 15.51}),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "finished", "progress": 100}),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "canceled"}),
        ("GET", "/jobs/7", 200, {}, {"id": "7", "status": "error"}),
    ],
    "pygeoapi-history/01-statusinfo-id-jobid": [
        ("POST", "/processes/p/execution", 201, {"Location": "/jobs/7"}, "null"),
        ("POST", "/processes/p/execution", 201, {"Location": "/jobs/7"}, "{}"),
        (
            "POST",
            "/processes/p/execution",
            201,
            {"Location": "/jobs/7"},
            {"id": "7", "type": "process", "status": "accepted"},
        ),
        (
            "POST",
            "/processes/p/execution",
            201,
            {"Location": "/jobs/7"},
            {"jobID": "7", "type": "process", "status": "accepted"},
        ),
        (
            "POST",
            "/processes/p/execution",
            200,
            {},
            {"id": "7", "status": "successful", "type": "process"},
        ),
    ],
    "weaver-history/01-status-words": [
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "started"}),
        ("GET", "/jobs/7", 200, {}, {"jobID": "7", "status": "succeeded"}),
    ],
    "zoo-mapmint-demo/01-process-GetStatus": [("GET", "/processes/GetStatus", 200, {}, None)],
}


def cited(name: str, data: Any) -> list[Transcript]:
    """Return the answers that a file without a recorded one describes."""
    found = []
    for number, (method, path, status, headers, body) in enumerate(CITED[name], 1):
        told = data["body"] if body is None else body
        content = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        fields = {"Content-Type": "application/json", **headers, "Content-Length": len(content)}
        shown = name if len(CITED[name]) == 1 else f"{name}#{number}"
        request = [("Host", "127.0.0.1:9"), ("Prefer", "respond-async" if status == 201 else "")]
        fields_sent = [(key, str(value)) for key, value in fields.items()]
        found.append(Transcript(shown, method, path, request, "{}", status, fields_sent, content))
    for one in found:
        one.siblings = found
    return found


class Stage:
    """A proxy that plays one transcript: its answer first, its siblings' after that."""

    def __init__(self) -> None:
        self.transcript: Transcript | None = None
        self.requests: list[tuple[str, str]] = []
        self.server = _Server(("127.0.0.1", 0), _Player)
        self.server.stage = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    def play(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.requests = []

    def answer(self, method: str, target: str) -> bytes:
        assert self.transcript is not None
        path = "/" + target.partition("//")[2].partition("/")[2]
        self.requests.append((method, path))
        if len(self.requests) == 1:
            return self.transcript.sent
        if not target.startswith(self.transcript.origin + "/"):
            return NOT_RECORDED
        return self.transcript.answer_to(method, path)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True
    stage: Stage


class _Player(socketserver.StreamRequestHandler):
    server: _Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer requests until the client hangs up or the answer says that it is the last."""
        while line := self.rfile.readline():
            method, target, _ = line.decode("latin-1").split(" ")
            length = 0
            while (header := self.rfile.readline()) not in {b"\r\n", b""}:
                name, _, value = header.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.rfile.read(length)
            answer = self.server.stage.answer(method, target)
            self.wfile.write(answer)
            if b"connection: close" in answer.partition(b"\r\n\r\n")[0].lower():
                return


# --- which method belongs to which request ------------------------------------------------------


def request_of(transcript: Transcript) -> ProcessRequest:
    """Return the request that was recorded; an empty one where the client would not send it."""
    try:
        return ProcessRequest.from_dict(json.loads(transcript.request_body))
    except (ValueError, OgcProcError):
        return ProcessRequest()


@dataclass
class Asked:
    """A recorded request, taken apart."""

    client: Client
    transcript: Transcript
    name: str
    query: dict[str, str]

    @property
    def url(self) -> str:
        return self.transcript.origin + self.transcript.path

    def processes(self) -> Any:
        limit = self.query.get("limit", "")
        return self.client.get_processes(limit=int(limit) if limit.isdigit() else None)

    def execute(self) -> Any:
        mode: Mode = "async" if "respond-async" in self.transcript.header("prefer") else "sync"
        return self.client.execute_process(self.name, request_of(self.transcript), mode=mode)

    def jobs(self) -> Any:
        named = {"status": "status", "processID": "process_id", "type": "type"}
        named["datetime"] = "datetime"
        asked: dict[str, Any] = {
            named[name]: value for name, value in self.query.items() if name in named
        }
        if "limit" in self.query:
            asked["limit"] = int(self.query["limit"])
        return self.client.get_jobs(**asked)

    def by_reference(self) -> Any:
        results = JobResults({"it": Link(self.url)})
        return self.client.get_job_result(JobInfo("", JobStatus.successful, results=results))

    def raw(self) -> Any:
        """Send what no method sends, and read an error as every method does."""
        answer = self.client._http.send(self.transcript.method, self.url)
        if answer.status >= 400:
            raise error_of(answer)
        return answer


#: The first pattern that a request fits tells its method; a group in it is the id.
METHODS: list[tuple[str, str, Callable[[Asked], Any]]] = [
    (r"GET /?", "get_capabilities", lambda asked: asked.client.get_capabilities()),
    (r"GET /conformance", "get_conformance", lambda asked: asked.client.get_conformance()),
    (r"GET /processes/?", "get_processes", Asked.processes),
    (r"GET (/processes/[^/]+)?/jobs", "get_jobs", Asked.jobs),
    (
        r"GET (?:/processes/[^/]+)?/jobs/([^/]+)",
        "get_job",
        lambda asked: asked.client.get_job(asked.name),
    ),
    (r"GET /processes/[^/]+/execution", "raw GET", Asked.raw),
    (r"GET /processes/(.+)", "get_process", lambda asked: asked.client.get_process(asked.name)),
    (r"POST /(?:processes|jobs)/([^/]+)(/.*)?", "execute_process", Asked.execute),
    (
        r"GET /jobs/([^/]+)/results",
        "get_job_results",
        lambda asked: asked.client.get_job_results(asked.name),
    ),
    (
        r"GET /jobs/([^/]+)/results/.+",
        "get_job_results",
        lambda asked: asked.client.get_job_results(
            asked.name, outputs=[asked.transcript.path.rpartition("/")[2]]
        ),
    ),
    (r"GET /(jobs/.+/.+|temp/.*|wpsoutputs/.*)", "get_job_result of a link", Asked.by_reference),
    (r"DELETE /jobs/([^/]+)", "dismiss_job", lambda asked: asked.client.dismiss_job(asked.name)),
    (r"(.*)", "no method", Asked.raw),
]


def performed(client: Client, transcript: Transcript) -> tuple[str, Callable[[], Any]]:
    """Return the name of the method that a recorded request belongs to, and its call."""
    path, _, query = transcript.path.removeprefix("/ogc-api").partition("?")
    parameters = {name: values[0] for name, values in parse_qs(query).items()}
    for pattern, method, call in METHODS:
        found = re.fullmatch(pattern, f"{transcript.method} {path}")
        if found:
            name = unquote(found[1] or "") if found.lastindex else ""
            return method, partial(call, Asked(client, transcript, name, parameters))
    raise AssertionError(transcript)


# --- what came of it, on one line ---------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What the client made of an answer, in words: a line of the table."""

    name: str
    method: str
    kind: str
    text: str


def outcome_of(method: str, transcript: Transcript, call: Callable[[], Any]) -> Outcome:
    """Return what came of a call. Only this package's own errors are an outcome."""
    try:
        value = call()
    except OgcProcError as error:
        evidence_is_kept(error, transcript)
        job = getattr(error, "job", None)
        told = f" [job {job.jobID} {job.status}]" if job else ""
        text = f"{error}{told}"
        return Outcome(transcript.name, method, type(error).__name__, shortened(text))
    nothing_is_lost(value, transcript)
    return Outcome(transcript.name, method, type(value).__name__, shortened(summary(value)))


def shortened(text: str, length: int = 230) -> str:
    line = text.replace("\t", " ").replace("\n", "\\n").replace("\r", "\\r")
    return line if len(line) <= length else f"{line[:length]}..."


def summary(value: Any) -> str:
    """Return the gist of a model, a value or an answer."""
    for kind, gist in GISTS.items():
        if isinstance(value, kind):
            return gist(value)
    return shortened(repr(value), 100)


def gist_of_job(job: JobInfo) -> str:
    parts = [job.jobID or "(no id)", str(job.status) or "(no status)"]
    parts += [f"of {job.processID}"] if job.processID else []
    parts += [f"{job.progress}%"] if job.progress is not None else []
    parts += [f"message={job.message!r}"] if job.message else []
    parts += [f"at {job._context.url}"] if job._context.url else []
    parts += [f"with {summary(job.results)}"] if job.results is not None else []
    return " ".join(parts)


def gist_of_entries(entries: Iterable[Any]) -> str:
    names = [named(entry) for entry in entries]
    return f"{len(names)}: {' '.join(names)}"


GISTS: dict[type[Any], Callable[[Any], str]] = {
    JobInfo: gist_of_job,
    JobResults: lambda value: (
        f"{{{', '.join(f'{name}: {summary(value[name])}' for name in value)}}}"
    ),
    QualifiedValue: lambda value: f"<{value.mediaType or 'no type'} {summary(value.value)}>",
    Link: lambda value: f"<link {value.href}>",
    bytes: lambda value: f"{len(value)} bytes {value[:8]!r}",
    ConformanceDeclaration: lambda value: gist_of_entries(value.conformsTo),
    ProcessList: lambda value: gist_of_entries(value.processes),
    JobList: lambda value: gist_of_entries(value.jobs),
    ProcessDescription: lambda value: (
        f"{value.id} ({', '.join(value.inputs)}) -> ({', '.join(value.outputs)})"
    ),
    Capabilities: lambda value: f"{value.title} ({len(value.links)} links)",
    Answer: lambda value: f"{value.status}, {len(value.body)} bytes",
}


def named(entry: Any) -> str:
    if isinstance(entry, JobInfo):
        return f"{entry.jobID}={entry.status}"
    return str(getattr(entry, "id", entry)).replace("http://www.opengis.net/spec/", "")


# --- what must hold for every answer ------------------------------------------------------------


def evidence_is_kept(error: OgcProcError, transcript: Transcript) -> None:
    """Assert that an error is one legible line and that the answer's whole body is at hand."""
    assert "\n" not in str(error), error
    if isinstance(error, (ServiceError, DocumentError)):
        assert error.body in {b"", *map(decoded, transcript.siblings or [transcript])}
    if isinstance(error, ServiceError) and error.body:
        assert error.problem is not None
        assert error.problem.detail or error.problem.title, error.body


def nothing_is_lost(value: Any, transcript: Transcript) -> None:
    """Assert that whatever stood in the body stands in what was made of it."""
    results = value.results if isinstance(value, JobInfo) else value
    if isinstance(results, JobResults):
        if transcript.status < 300:
            assert results.body == decoded(transcript)
        assert len(results) >= results.body.count(b"\nContent-ID:")
        kept = [*results, *leaves(list(results.to_dict().values()))]
        if isinstance(value, JobInfo):
            kept += leaves(value.to_dict())
        if "/results/" in transcript.path:  # one output was chosen of all that came
            return
        body = results.body if "json" in results.headers.get("content-type", "") else b""
    elif hasattr(value, "to_dict") and transcript.status == 200 and "?" not in transcript.path:
        kept = [*leaves(value.to_dict())]
        body = decoded(transcript)
    else:  # an answer, a single value, or what a filter left of a list
        return
    try:
        sent = json.loads(body)
    except ValueError:  # said to be JSON, and is not
        return
    missing = [leaf for leaf in leaves(sent) if leaf not in kept and leaf is not None]
    assert not missing, (missing, kept)


def decoded(transcript: Transcript) -> bytes:
    packed = ("content-encoding", "gzip") in [(k.lower(), v) for k, v in transcript.headers]
    return gzip.decompress(transcript.body) if packed else transcript.body


def leaves(data: Any) -> Iterable[Any]:
    """Return all strings, numbers and truth values in a JSON document."""
    if isinstance(data, dict):
        for value in data.values():
            yield from leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from leaves(value)
    else:
        yield data
