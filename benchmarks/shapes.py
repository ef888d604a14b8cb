"""The shapes of jobs, process summaries and inputs that servers send, from recorded answers.

Each shape names the recorded answer that has the same members, in the same order, with the same
types of values; a test compares the two. The values are our own. In them `{n}` is a number,
`{uuid}` an id made of it, `{root}` the URL of the server, `{t0}` to `{t3}` are times in the order
of a job's life, `{us}` are microseconds and `{ms}` milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "DESCRIPTION",
    "INPUTS",
    "JOBS",
    "NINE_MEMBER_JOB",
    "SUMMARIES",
    "Shape",
]


@dataclass(frozen=True)
class Shape:
    """A document with placeholders in its texts."""

    #: A recorded answer and a JSON pointer into it, as in `wraptile/67-job-list#/jobs/0`.
    #: Without a `#`, the source code that the shape was read from.
    source: str
    document: dict[str, Any]


def _weaver_link(title: str, path: str, rel: str, media_type: str) -> dict[str, Any]:
    return {
        "title": title,
        "hreflang": "en-CA",
        "href": "{root}" + path,
        "type": media_type,
        "rel": rel,
    }


def _weaver_links(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [_weaver_link(*row, "application/json") for row in rows]


def _weaver_output(media_type: str) -> dict[str, Any]:
    title = f"Link to job js result in {media_type}"
    path = "/processes/sleeper/jobs/{uuid}/js?f=" + media_type
    return {"id": "js", **_weaver_link(title, path, "output", media_type)}


_WEAVER_JOB = "/processes/sleeper/jobs/{uuid}"
_WEAVER_JOB_LINKS = [
    *_weaver_links(
        ("Job status.", _WEAVER_JOB, "status"),
        ("Job monitoring location.", _WEAVER_JOB, "monitor"),
        ("Job status generic endpoint.", "/jobs/{uuid}?f=json", "alternate"),
        ("List of jobs.", "/jobs", "https://www.opengis.net/def/rel/ogc/1.0/job-list"),
        (
            "New job submission endpoint for the process.",
            "/processes/sleeper/jobs/execution",
            "https://www.opengis.net/def/rel/ogc/1.0/execute",
        ),
        ("Submitted job inputs for process execution.", f"{_WEAVER_JOB}/inputs", "inputs"),
    ),
    _weaver_link("HTML Job Status", "/jobs/{uuid}?f=html", "alternate", "text/html"),
    *_weaver_links(
        ("List of submitted jobs.", "/jobs", "collection"),
        ("Job response profile.", "/profiles/job-description", "profile"),
        ("Job outputs of a successful execution.", f"{_WEAVER_JOB}/outputs", "outputs"),
        (
            "Job results of a successful execution (direct output values mapping).",
            f"{_WEAVER_JOB}/results",
            "https://www.opengis.net/def/rel/ogc/1.0/results",
        ),
        ("Job statistics of the execution.", f"{_WEAVER_JOB}/statistics", "statistics"),
        ("Job provenance of the execution.", f"{_WEAVER_JOB}/prov", "provenance"),
        ("Job provenance of the execution.", f"{_WEAVER_JOB}/prov", "https://www.w3.org/ns/prov"),
    ),
    _weaver_output("application/json"),
    _weaver_output("text/csv"),
    _weaver_output("application/xml"),
    _weaver_output("application/yaml"),
    *_weaver_links(
        ("List of job logs during the execution.", f"{_WEAVER_JOB}/logs", "logs"),
        (
            "List of job logs during the execution.",
            f"{_WEAVER_JOB}/logs",
            "https://www.opengis.net/def/rel/ogc/1.0/log",
        ),
        ("Job status.", _WEAVER_JOB, "self"),
        ("Job status details.", _WEAVER_JOB, "up"),
    ),
]

_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"


def _pygeoapi_results(media_type: str, name: str) -> dict[str, Any]:
    return {
        "href": "{root}/jobs/{uuid}/results?f=" + name.lower(),
        "rel": _RESULTS,
        "type": media_type,
        "title": f"Results of job as {name}",
    }


_FASTPROCESSES_SELF = {"href": "/jobs/{uuid}", "rel": "self", "type": "application/json"}
_FASTPROCESSES_RESULTS = {
    "href": "/jobs/{uuid}/results",
    "rel": "results",
    "type": "application/json",
}
_ZOO_MONITOR = {
    "title": "Status location",
    "rel": "monitor",
    "type": "application/json",
    "href": "{root}/ogc-api/jobs/{uuid}",
}
_ZOO_RESULTS = {
    "title": "Result location",
    "rel": _RESULTS,
    "type": "application/json",
    "href": "{root}/ogc-api/jobs/{uuid}/results",
}
_COPERNICUS_MONITOR = {
    "href": "{root}/api/retrieve/v1/jobs/{uuid}",
    "rel": "monitor",
    "type": "application/json",
    "title": "job status info",
}
_COPERNICUS_RESULTS = {"href": "{root}/api/retrieve/v1/jobs/{uuid}/results", "rel": "results"}
#: No job of a Copernicus store is recorded. Its members are read from StatusInfo and
#: StatusInfoMetadata in models.py of ecmwf-projects/cads-processing-api-service, its links from
#: create_links_to_job in endpoints.py of ecmwf-projects/ogc-api-processes-fastapi, the form of its
#: times from copernicus-cds/03-job-created-timestamp. Members that are None are not sent.
_COPERNICUS_SOURCE = (
    "ecmwf-projects/cads-processing-api-service cads_processing_api_service/models.py"
)

#: By server. A job that the server's list holds more often stands here more often.
JOBS: dict[str, list[Shape]] = {
    # 0.3.0: no `type` and no links; members without a value are left out.
    "wraptile": [
        *2
        * [
            Shape(
                "wraptile/67-job-list#/jobs/0",
                {
                    "jobID": "job_{n}",
                    "processID": "primes_between",
                    "status": "successful",
                    "message": "Done",
                    "created": "{t0}.{us}Z",
                    "started": "{t1}.{us}Z",
                    "finished": "{t3}.{us}Z",
                    "updated": "{t3}.{us}Z",
                },
            )
        ],
        Shape(
            "wraptile/67-job-list#/jobs/10",
            {
                "jobID": "job_{n}",
                "processID": "process_pipeline",
                "status": "successful",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": "{t3}.{us}Z",
            },
        ),
        Shape(
            "wraptile/67-job-list#/jobs/13",
            {
                "jobID": "job_{n}",
                "processID": "218",
                "status": "successful",
                "message": "Ended processing",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": "{t3}.{us}Z",
                "updated": "{t3}.{us}Z",
                "progress": 100,
            },
        ),
        Shape(
            "wraptile/67-job-list#/jobs/12",
            {
                "jobID": "job_{n}",
                "processID": "simulate_scene",
                "status": "failed",
                "message": "No module named 'dask'",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": "{t2}.{us}Z",
                "x-traceback": [
                    "Traceback (most recent call last):\n",
                    '  File "/srv/wraptile/testing.py", line 157, in simulate_scene\n',
                    "ModuleNotFoundError: No module named 'dask'\n",
                ],
            },
        ),
    ],
    # 0.21: `parameters` is null; a failed job has no links, a running one has a null `finished`.
    "pygeoapi": [
        *2
        * [
            Shape(
                "pygeoapi-0.21-tinydb/115-job-list#/jobs/1",
                {
                    "type": "process",
                    "processID": "scalar",
                    "jobID": "{uuid}",
                    "status": "successful",
                    "message": "Job complete",
                    "progress": 100,
                    "parameters": None,
                    "created": "{t0}.{us}Z",
                    "started": "{t1}.{us}Z",
                    "finished": "{t3}.{us}Z",
                    "updated": "{t3}.{us}Z",
                    "links": [
                        _pygeoapi_results("text/html", "HTML"),
                        _pygeoapi_results("application/json", "JSON"),
                    ],
                },
            )
        ],
        Shape(
            "pygeoapi-0.21-tinydb/115-job-list#/jobs/0",
            {
                "type": "process",
                "processID": "text",
                "jobID": "{uuid}",
                "status": "failed",
                "message": "InvalidParameterValue: Error executing process: no such layer",
                "progress": 95,
                "parameters": None,
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": "{t2}.{us}Z",
                "updated": "{t2}.{us}Z",
            },
        ),
        Shape(
            "pygeoapi-0.21-tinydb/77-slow-poll-1#",
            {
                "type": "process",
                "processID": "slow",
                "jobID": "{uuid}",
                "status": "accepted",
                "message": "Job accepted and ready for execution",
                "progress": 5,
                "parameters": None,
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": None,
                "updated": "{t1}.{us}Z",
                "links": [
                    _pygeoapi_results("text/html", "HTML"),
                    _pygeoapi_results("application/json", "JSON"),
                    _pygeoapi_results("application/octet-stream", "None"),
                ],
            },
        ),
    ],
    # 0.16.0: relative links; a job that another one computed has no `message` and no `started`.
    "fastprocesses": [
        Shape(
            "fastprocesses/47-job-list#/jobs/0",
            {
                "jobID": "{uuid}",
                "status": "successful",
                "type": "process",
                "processID": "slow",
                "message": "Process completed",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": "{t3}.{us}Z",
                "updated": "{t3}.{us}Z",
                "progress": 100,
                "links": [_FASTPROCESSES_SELF, _FASTPROCESSES_RESULTS],
            },
        ),
        Shape(
            "fastprocesses/47-job-list#/jobs/2",
            {
                "jobID": "{uuid}",
                "status": "successful",
                "type": "process",
                "processID": "simple_process",
                "created": "{t0}.{us}Z",
                "finished": "{t3}.{us}Z",
                "updated": "{t3}.{us}Z",
                "progress": 100,
                "links": [_FASTPROCESSES_RESULTS, _FASTPROCESSES_SELF],
            },
        ),
        Shape(
            "fastprocesses/47-job-list#/jobs/3",
            {
                "jobID": "{uuid}",
                "status": "running",
                "type": "process",
                "processID": "slow",
                "message": "step 3",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "updated": "{t2}.{us}Z",
                "progress": 80,
                "links": [_FASTPROCESSES_SELF],
            },
        ),
        Shape(
            "fastprocesses/31-poll-1#",
            {
                "jobID": "{uuid}",
                "status": "running",
                "type": "process",
                "processID": "slow",
                "message": "step 0",
                "created": "{t0}.{us}Z",
                "started": "{t1}.{us}Z",
                "finished": None,
                "updated": "{t1}.{us}Z",
                "progress": 20,
                "links": [_FASTPROCESSES_SELF],
            },
        ),
    ],
    # 6.15.0, a list with detail=true: members of its own, an offset in the times, 22 links.
    "weaver": [
        Shape(
            "weaver/61-job-no-accept#",
            {
                "$schema": "https://schemas.opengis.net/ogcapi/processes/statusInfo.yaml",
                "id": "{uuid}",
                "jobID": "{uuid}",
                "processID": "sleeper",
                "providerID": None,
                "processingEntityType": "ogc-api-processes",
                "type": "process",
                "status": "successful",
                "message": "Job successful.",
                "created": "{t0}.{ms}000+00:00",
                "started": "{t1}.{ms}000+00:00",
                "finished": "{t3}.{ms}000+00:00",
                "updated": "{t3}.{ms}000+00:00",
                "duration": "00:00:04",
                "runningDuration": "PT05S",
                "runningSeconds": 4.516,
                "percentCompleted": 100,
                "progress": 100,
                "links": _WEAVER_JOB_LINKS,
            },
        )
    ],
    # 2.1.1-dev: times of whole seconds, `id` beside `jobID`, no progress once the job is finished.
    "zoo": [
        *2
        * [
            Shape(
                "zoo/95-job-list#/jobs/0",
                {
                    "id": "{uuid}",
                    "jobID": "{uuid}",
                    "type": "process",
                    "processID": "HelloPy",
                    "created": "{t0}Z",
                    "started": "{t0}Z",
                    "finished": "{t1}Z",
                    "updated": "{t1}Z",
                    "status": "successful",
                    "message": "ZOO-Kernel successfully run your service!",
                    "links": [_ZOO_MONITOR, _ZOO_RESULTS],
                },
            )
        ],
        Shape(
            "zoo/95-job-list#/jobs/3",
            {
                "id": "{uuid}",
                "jobID": "{uuid}",
                "type": "process",
                "processID": "crash",
                "created": "{t0}Z",
                "started": "{t0}Z",
                "finished": "{t1}Z",
                "updated": "{t1}Z",
                "status": "failed",
                "message": "Unable to run the Service. No message provided",
                "links": [_ZOO_MONITOR],
            },
        ),
        Shape(
            "zoo/50-poll-1#",
            {
                "progress": 18,
                "id": "{uuid}",
                "jobID": "{uuid}",
                "type": "process",
                "processID": "slow",
                "created": "{t0}Z",
                "started": "{t0}Z",
                "updated": "{t0}Z",
                "status": "running",
                "message": "step 1/5",
                "links": [_ZOO_MONITOR],
            },
        ),
    ],
    # The Climate Data Store: times without a zone, no message, no progress, `metadata` of its own.
    "copernicus": [
        *2
        * [
            Shape(
                _COPERNICUS_SOURCE,
                {
                    "processID": "reanalysis-era5-single-levels",
                    "type": "process",
                    "jobID": "{uuid}",
                    "status": "successful",
                    "created": "{t0}.{us}",
                    "started": "{t1}.{us}",
                    "finished": "{t3}.{us}",
                    "updated": "{t3}.{us}",
                    "links": [_COPERNICUS_MONITOR, _COPERNICUS_RESULTS],
                    "metadata": {
                        "results": {
                            "asset": {
                                "value": {
                                    "type": "application/x-grib",
                                    "href": "{root}/cache/{uuid}.grib",
                                    "file:checksum": "00f1c9d1c1f1d1a6f8f1b6b2a4bd4d5c",
                                    "file:size": 2076588,
                                    "file:local_path": "s3://cache/{uuid}.grib",
                                }
                            }
                        },
                        "datasetMetadata": {"title": "ERA5 hourly data on single levels"},
                    },
                },
            )
        ],
        Shape(
            _COPERNICUS_SOURCE,
            {
                "processID": "reanalysis-era5-land",
                "type": "process",
                "jobID": "{uuid}",
                "status": "running",
                "created": "{t0}.{us}",
                "started": "{t1}.{us}",
                "updated": "{t1}.{us}",
                "links": [_COPERNICUS_MONITOR],
                "metadata": {"datasetMetadata": {"title": "ERA5-Land hourly data"}},
            },
        ),
        Shape(
            _COPERNICUS_SOURCE,
            {
                "processID": "reanalysis-era5-land",
                "type": "process",
                "jobID": "{uuid}",
                "status": "failed",
                "created": "{t0}.{us}",
                "started": "{t1}.{us}",
                "finished": "{t2}.{us}",
                "updated": "{t2}.{us}",
                "links": [_COPERNICUS_MONITOR, _COPERNICUS_RESULTS],
                "metadata": {
                    "results": {"type": "RuntimeError", "title": "job failed"},
                    "datasetMetadata": {"title": "ERA5-Land hourly data"},
                },
            },
        ),
    ],
}

#: Recorded nowhere: members that the standard names, in its order, and one link.
NINE_MEMBER_JOB: dict[str, Any] = {
    "jobID": "job_{n}",
    "type": "process",
    "processID": "first_workflow",
    "status": "successful",
    "created": "{t0}.{us}Z",
    "started": "{t1}.{us}Z",
    "finished": "{t3}.{us}Z",
    "updated": "{t3}.{us}Z",
    "links": [
        {
            "href": "{root}/jobs/job_{n}",
            "rel": "self",
            "type": "application/json",
            "title": "Status",
        }
    ],
}


def _pygeoapi_link(media_type: str, rel: str, path: str, title: str) -> dict[str, Any]:
    return {
        "type": media_type,
        "rel": rel,
        "href": "{root}" + path,
        "title": title,
        "hreflang": "en-US",
    }


_JOB_LIST = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
_PYGEOAPI_LINKS = [
    _pygeoapi_link(
        "application/json", "self", "/processes/p{n}?f=json", "Process description as JSON"
    ),
    _pygeoapi_link(
        "text/html", "alternate", "/processes/p{n}?f=html", "Process description as HTML"
    ),
    _pygeoapi_link("text/html", _JOB_LIST, "/jobs?f=html", "Jobs list as HTML"),
    _pygeoapi_link("application/json", _JOB_LIST, "/jobs?f=json", "Jobs list as JSON"),
    _pygeoapi_link(
        "application/json",
        "http://www.opengis.net/def/rel/ogc/1.0/execute",
        "/processes/p{n}/execution?f=json",
        "Execution for this process as JSON",
    ),
]
_PYGEOAPI_ABOUT = {
    "type": "text/html",
    "rel": "about",
    "title": "information",
    "href": "https://example.org/process",
    "hreflang": "en-US",
}
_WEAVER_PROCESS = "/processes/process_{n}"
_WEAVER_PROCESS_LINKS = [
    *_weaver_links(
        ("Current process description.", f"{_WEAVER_PROCESS}:1.0.1", "self"),
        ("Process response profile.", "/profiles/ogc-process-description", "profile"),
    ),
    _weaver_link(
        "Alternate process description.", f"{_WEAVER_PROCESS}?f=xml", "alternate", "application/xml"
    ),
    *_weaver_links(
        ("Process definition.", _WEAVER_PROCESS, "process-meta"),
        (
            "Process execution endpoint for job submission.",
            f"{_WEAVER_PROCESS}/execution",
            "https://www.opengis.net/def/rel/ogc/1.0/execute",
        ),
        (
            "List of registered processes.",
            "/processes",
            "https://www.opengis.net/def/rel/ogc/1.0/processes",
        ),
        (
            "List of job executions of this process.",
            f"{_WEAVER_PROCESS}/jobs",
            "https://www.opengis.net/def/rel/ogc/1.0/job-list",
        ),
        ("List of processes of the service.", "/processes", "up"),
        ("Tagged version of this process.", f"{_WEAVER_PROCESS}:1.0.1", "working-copy"),
        ("Most recent revision of this process.", _WEAVER_PROCESS, "latest-version"),
        (
            "Listing of all revisions of this process.",
            "/processes?detail=false&revisions=true&process=process_{n}",
            "version-history",
        ),
    ),
]
_WEAVER_PLACES = {
    "processDescriptionURL": "{root}/processes/process_{n}",
    "processEndpointWPS1": "{root}/ows/wps",
    "executeEndpoint": "{root}/processes/process_{n}/jobs",
}
_ZOO_PROCESS_LINKS = [
    {
        "rel": "self",
        "type": "application/json",
        "title": "Process Description",
        "href": "{root}/ogc-api/processes/p{n}",
    },
    {
        "rel": "alternate",
        "type": "text/html",
        "title": "Process Description",
        "href": "{root}/ogc-api/processes/p{n}.html",
    },
]
_BOTH = ["sync-execute", "async-execute"]

SUMMARIES: dict[str, list[Shape]] = {
    # 0.3.0: neither links nor jobControlOptions.
    "wraptile": [
        Shape(
            "wraptile/04-process-list-limit1#/processes/0",
            {
                "title": "Sleep Processor",
                "description": "Sleeps for `duration` seconds and returns how long it slept.",
                "id": "sleep_{n}",
                "version": "0.0.0",
            },
        ),
        Shape(
            "wraptile/04-process-list-limit1#/processes/3",
            {"title": "BaseModel Test", "id": "return_base_model_{n}", "version": "0.0.0"},
        ),
    ],
    # 0.21: five or six links; no version and no keywords if the plugin has none.
    "pygeoapi": [
        Shape(
            "pygeoapi-0.21-tinydb/05-process-list#/processes/0",
            {
                "version": "0.2.0",
                "id": "p{n}",
                "title": "Hello World",
                "description": "A process that takes a name as input and greets it in its output.",
                "jobControlOptions": _BOTH,
                "keywords": ["hello world", "example", "echo"],
                "links": [_PYGEOAPI_ABOUT, *_PYGEOAPI_LINKS],
                "outputTransmission": ["value"],
            },
        ),
        Shape(
            "pygeoapi-0.21-tinydb/05-process-list#/processes/11",
            {
                "id": "p{n}",
                "title": "No metadata",
                "description": "A process of a plugin that says little about itself.",
                "jobControlOptions": _BOTH,
                "outputTransmission": ["value"],
                "links": _PYGEOAPI_LINKS,
            },
        ),
    ],
    # 0.16.0: no description, no links.
    "fastprocesses": [
        Shape(
            "fastprocesses/07-process-list-limit1#/processes/0",
            {
                "id": "extra{n}",
                "title": "extra{n}",
                "version": "1.0.0",
                "jobControlOptions": _BOTH,
                "outputTransmission": ["value"],
            },
        )
    ],
    # 6.15.0: members of its own, 11 links; some have no title, a null version and 8 links.
    "weaver": [
        Shape(
            "weaver/14-process-list-trailing-slash#/processes/1",
            {
                "$schema": "https://schemas.opengis.net/ogcapi/processes/processSummary.yaml",
                "id": "process_{n}",
                "title": "Collection Processor",
                "version": "1.0.1",
                "mutable": False,
                "description": "Retrieves data or files of a collection, using its metadata.",
                "keywords": ["builtin"],
                "metadata": [],
                "jobControlOptions": ["async-execute", "sync-execute"],
                "outputTransmission": ["reference", "value"],
                **_WEAVER_PLACES,
                "links": _WEAVER_PROCESS_LINKS,
            },
        ),
        Shape(
            "weaver/14-process-list-trailing-slash#/processes/6",
            {
                "$schema": "https://schemas.opengis.net/ogcapi/processes/processSummary.yaml",
                "id": "process_{n}",
                "version": None,
                "mutable": False,
                "keywords": ["builtin"],
                "metadata": [],
                "jobControlOptions": ["async-execute", "sync-execute"],
                "outputTransmission": ["reference", "value"],
                **_WEAVER_PLACES,
                "links": _WEAVER_PROCESS_LINKS[:8],
            },
        ),
    ],
    # 2.1.1-dev: `mutable`; metadata with a title alone, or with a role and a value.
    "zoo": [
        Shape(
            "zoo/07-process-list#/processes/0",
            {
                "id": "p{n}",
                "title": "Create a welcome message string.",
                "description": "Create a welcome string.",
                "mutable": False,
                "version": "2.0.0",
                "metadata": [{"title": "Demo"}],
                "jobControlOptions": [*_BOTH, "dismiss"],
                "outputTransmission": ["value", "reference"],
                "links": _ZOO_PROCESS_LINKS,
            },
        ),
        Shape(
            "zoo/07-process-list#/processes/1",
            {
                "id": "p{n}",
                "title": "many",
                "description": "A service with many outputs",
                "mutable": False,
                "version": "1.0.0",
                "jobControlOptions": [*_BOTH, "dismiss"],
                "outputTransmission": ["value", "reference"],
                "links": _ZOO_PROCESS_LINKS,
            },
        ),
        Shape(
            "eoepca-zoo-dru/02-deploy-process#",
            {
                "id": "convert-{n}",
                "title": "convert url app",
                "description": "Convert URL",
                "mutable": True,
                "version": "0.1.2",
                "metadata": [{"role": "https://schema.org/softwareVersion", "value": "0.1.2"}],
                "outputTransmission": ["value", "reference"],
                "jobControlOptions": ["async-execute", "dismiss"],
                "links": [
                    {
                        "rel": "http://www.opengis.net/def/rel/ogc/1.0/execute",
                        "type": "application/json",
                        "title": "Execute End Point",
                        "href": "{root}/ogc-api/processes/convert-{n}/execution",
                    }
                ],
            },
        ),
    ],
    "copernicus": [
        Shape(
            "ecmwf-projects/cads-processing-api-service cads_processing_api_service/serializers.py",
            {
                "title": "ERA5 hourly data on single levels, part {n}",
                "description": "A reanalysis combines model data with observations from across the"
                " world into a globally complete and consistent dataset.",
                "keywords": ["Variable domain: Atmosphere", "Product type: Reanalysis"],
                "id": "reanalysis-era5-{n}",
                "version": "1.0.0",
                "jobControlOptions": ["async-execute"],
                "outputTransmission": ["reference"],
                "links": [
                    {
                        "href": "{root}/api/retrieve/v1/processes/reanalysis-era5-{n}",
                        "rel": "process",
                        "type": "application/json",
                        "title": "process description",
                    }
                ],
            },
        )
    ],
}

#: No description of a Copernicus store is recorded: its inputs are made by this module.
_COPERNICUS_INPUTS = (
    "ecmwf-projects/cads-processing-api-service cads_processing_api_service/translators.py"
)

#: The members of a description beside its inputs.
DESCRIPTION = Shape(
    "zoo/17-process-HelloPy#",
    {
        "id": "p{n}",
        "title": "Create a welcome message string.",
        "description": "Create a welcome string.",
        "mutable": False,
        "version": "2.0.0",
        "metadata": [{"title": "Demo"}],
        "jobControlOptions": [*_BOTH, "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [
            {
                "rel": "http://www.opengis.net/def/rel/ogc/1.0/execute",
                "type": "application/json",
                "title": "Execute End Point",
                "href": "{root}/ogc-api/processes/p{n}/execution",
            },
            {
                "rel": "alternate",
                "type": "text/html",
                "title": "Execute End Point",
                "href": "{root}/ogc-api/processes/p{n}/execution.html",
            },
        ],
        "inputs": {},
        "outputs": {
            "Result": {
                "title": "The welcome message",
                "description": "The welcome message created by the service.",
                "schema": {"type": "string"},
                "metadata": [{"title": "My test"}],
            }
        },
    },
)

INPUTS: dict[str, list[Shape]] = {
    # 0.3.0: defaults, `nullable` and keywords of its own in the schemas; minOccurs is left out.
    "wraptile": [
        Shape(
            "wraptile/08-process-simulate_scene#/inputs/bbox",
            {
                "title": "Bounding box",
                "description": "Bounding box in geographical coordinates.",
                "minOccurs": 0,
                "schema": {
                    "type": "array",
                    "default": [-180, -90, 180, 90],
                    "items": {"type": "number"},
                    "minItems": 4,
                    "maxItems": 4,
                    "x-ui-widget": "map",
                },
            },
        ),
        Shape(
            "wraptile/08-process-simulate_scene#/inputs/output_path",
            {
                "title": "Output path",
                "description": "Local output path or URI.",
                "schema": {"type": "string", "nullable": True, "minLength": 1},
            },
        ),
        Shape(
            "wraptile/11-process-218#/inputs/indicator_name",
            {
                "title": "Name of indicator {n}",
                "schema": {
                    "type": "string",
                    "enum": ["NDVI", "LAI", "FAPAR", "FCOVER", "NDWI"],
                    "nullable": True,
                    "x-ui-widget": "radio",
                    "x-ui-advanced": True,
                    "x-ui-order": 30,
                },
            },
        ),
    ],
    # 0.21: keywords; references and `oneOf` in the schemas.
    "pygeoapi": [
        Shape(
            "pygeoapi-0.21-tinydb/10-process-hello-world#/inputs/name",
            {
                "title": "Name",
                "description": "The name of the person or thing to greet",
                "schema": {"type": "string"},
                "minOccurs": 1,
                "maxOccurs": 1,
                "keywords": ["full name", "personal"],
            },
        ),
        Shape(
            "pygeoapi-0.21-tinydb/11-process-echo#/inputs/pause",
            {
                "title": "Pause value",
                "description": "Value to control the processing time.",
                "minOccurs": 1,
                "maxOccurs": 1,
                "schema": {"type": "number", "enum": [5.5, 10.25, 42.0]},
            },
        ),
        Shape(
            "pygeoapi-0.21-sync/12-process-shapely-functions#/inputs/geoms",
            {
                "title": "Input geometry",
                "description": "The object as a GeoJSON geometry or as WKT.",
                "schema": {
                    "type": "array",
                    "description": "The geometries, A and B, in that order.",
                    "minItems": 1,
                    "maxItems": 2,
                    "items": {
                        "oneOf": [
                            {"type": "string"},
                            {
                                "oneOf": [
                                    {"format": "geojson-geometry"},
                                    {"$ref": "https://schemas.opengis.net/geometryGeoJSON.yaml"},
                                ]
                            },
                        ]
                    },
                },
                "minOccurs": 1,
                "maxOccurs": 1,
            },
        ),
    ],
    # 0.16.0: minOccurs without maxOccurs, or neither.
    "fastprocesses": [
        Shape(
            "fastprocesses/11-process-simple_process#/inputs/input_text",
            {
                "title": "Input Text",
                "description": "Text number {n}",
                "schema": {"type": "string", "minLength": 1, "maxLength": 1000},
            },
        ),
        Shape(
            "fastprocesses/14-process-many#/inputs/n",
            {
                "title": "n",
                "description": "How many, number {n}",
                "schema": {"type": "integer"},
                "minOccurs": 0,
            },
        ),
    ],
    # 6.15.0: `formats` and `literalDataDomains` beside the schema.
    "weaver": [
        Shape(
            "weaver/20-process-metalink2netcdf#/inputs/input",
            {
                "title": "input",
                "minOccurs": 1,
                "maxOccurs": 1,
                "schema": {
                    "oneOf": [
                        {"type": "string", "contentMediaType": "application/metalink+xml"},
                        {"type": "string", "contentMediaType": "application/metalink4+xml"},
                    ]
                },
                "formats": [
                    {"default": True, "mediaType": "application/metalink+xml"},
                    {"default": False, "mediaType": "application/metalink4+xml"},
                ],
            },
        ),
        Shape(
            "weaver/20-process-metalink2netcdf#/inputs/index",
            {
                "description": "Index of the file to extract, from 1.",
                "minOccurs": 1,
                "maxOccurs": 1,
                "schema": {"type": "integer"},
                "literalDataDomains": [
                    {
                        "default": True,
                        "dataType": {"name": "integer"},
                        "valueDefinition": {"anyValue": False},
                    }
                ],
            },
        ),
    ],
    # 2.1.1-dev: metadata of inputs; minOccurs is left out when it is 1.
    "zoo": [
        Shape(
            "zoo/17-process-HelloPy#/inputs/a",
            {
                "title": "Input string",
                "description": "The name to display in the welcome message.",
                "schema": {"type": "string"},
                "metadata": [{"title": "My test"}],
            },
        ),
        Shape(
            "zoo/16-process-many#/inputs/seconds",
            {
                "title": "seconds",
                "description": "seconds to sleep",
                "minOccurs": 0,
                "schema": {"type": "number", "default": 1.0, "format": "float", "nullable": True},
            },
        ),
    ],
    # The Climate Data Store: long lists of words, nothing but a title beside the schema.
    "copernicus": [
        Shape(
            _COPERNICUS_INPUTS,
            {
                "title": "Variable",
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "string",
                        "enum": [
                            "10m_u_component_of_wind",
                            "10m_v_component_of_wind",
                            "2m_dewpoint_temperature",
                            "2m_temperature",
                            "mean_sea_level_pressure",
                            "mean_wave_direction",
                            "mean_wave_period",
                            "sea_surface_temperature",
                            "surface_pressure",
                            "total_precipitation",
                        ],
                    },
                },
            },
        ),
        Shape(
            _COPERNICUS_INPUTS,
            {
                "title": "Month",
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "string",
                        "enum": [f"{month:02}" for month in range(1, 13)],
                    },
                },
            },
        ),
        Shape(
            _COPERNICUS_INPUTS,
            {
                "title": "Geographical area",
                "schema": {
                    "type": "array",
                    "minItems": 4,
                    "maxItems": 4,
                    "items": {"type": "number"},
                    "default": [90, -180, -90, 180],
                },
            },
        ),
    ],
}
