"""One full document of each kind, as literal JSON, for the tests of the models."""

from __future__ import annotations

from typing import Any

from ogcproc import models

LINK: dict[str, Any] = {
    "href": "http://a.example/jobs/1",
    "rel": "self",
    "type": "application/json",
    "hreflang": "en",
    "title": "this document",
}
JOB: dict[str, Any] = {
    "jobID": "job-1",
    "status": "running",
    "processID": "buffer",
    "type": "process",
    "message": "half way",
    "progress": 50,
    "created": "2024-02-29T10:00:00Z",
    "started": "2024-02-29T10:00:01.500+00:00",
    "finished": "2024-02-29T12:00:02.123+02:00",
    "updated": "2024-02-29T10:00:02.123456Z",
    "links": [LINK, {"href": "/jobs/1/results", "rel": "results"}],
}
SUMMARY: dict[str, Any] = {
    "id": "buffer",
    "version": "1.0.0",
    "title": "Buffer",
    "description": "Draws a line around things.",
    "keywords": ["geometry", "buffer"],
    "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
    "outputTransmission": ["value", "reference"],
    "links": [LINK],
}
METADATA: dict[str, Any] = {
    "title": "About",
    "role": "documentation",
    "href": "http://a.example/about",
    "lang": "en",
    "value": {"any": ["thing"]},
}
PARAMETERS: dict[str, Any] = {
    "title": "More",
    "role": "cost",
    "href": "http://a.example/cost",
    "parameters": [{"name": "euro", "value": [1, "a", {"b": 2}], "unit": "EUR"}],
}
OUTPUT: dict[str, Any] = {
    "title": "Lines",
    "description": "The lines drawn.",
    "keywords": ["lines"],
    "metadata": [METADATA],
    "additionalParameters": PARAMETERS,
    "minOccurs": 0,
    "maxOccurs": "unbounded",
    "schema": {"type": "string", "contentMediaType": "image/png"},
    "dataClasses": ["http://a.example/class"],
}
DESCRIPTION: dict[str, Any] = {
    **SUMMARY,
    "metadata": [METADATA],
    "additionalParameters": PARAMETERS,
    "mutable": False,
    "inputs": {"what": OUTPUT, "odd name": {"schema": True, "valuePassing": ["byValue"]}},
    "outputs": {"lines": OUTPUT},
}
REQUEST: dict[str, Any] = {
    "inputs": {
        "text": "a",
        "numbers": [1, 2.5],
        "object": {"value": {"a": 1}},
        "link": {"href": "http://a.example/dem.tif"},
        "area": {"bbox": [1, 2, 3, 4]},
    },
    "outputs": {
        "lines": {"format": {"mediaType": "image/png"}, "transmissionMode": "reference"},
        "rest": {},
    },
    "response": "document",
    "subscriber": {"successUri": "http://b.example/done"},
}
SAMPLES: dict[type[Any], Any] = {
    models.AdditionalParameter: {"name": "euro", "value": [1, "a", {"b": 2}]},
    models.AdditionalParameters: PARAMETERS,
    models.ApiError: {
        "type": "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-job",
        "title": "No such job",
        "status": 404,
        "detail": "There is no job 7.",
        "instance": "/jobs/7",
        "code": "NoSuchJob",
    },
    models.Bbox: {"bbox": [51.9, 7, 52, 7.1], "crs": "urn:ogc:def:crs:EPSG:6.6:4326"},
    models.Capabilities: {
        "title": "Processes",
        "description": "Processes to try",
        "attribution": "<b>us</b>",
        "links": [LINK],
        "contact": {"name": "ann"},
    },
    models.ConformanceDeclaration: {
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core"]
    },
    models.Format: {"mediaType": "text/csv", "encoding": "base64", "schema": {"type": "string"}},
    models.InputDescription: OUTPUT,
    models.JobInfo: JOB,
    models.JobList: {"jobs": [JOB, {"id": "2", "status": "queued"}], "links": [LINK], "total": 2},
    models.JobResults: {
        "bare": [1, 2],
        "text": {"value": "a,b", "mediaType": "text/csv"},
        "file": {"href": "http://a.example/1.tif", "type": "image/tiff"},
        "object": {"a": {"b": None}},
        "many": [{"href": "http://a.example/2.tif"}, 3],
    },
    models.Link: {**LINK, "length": 1024, "method": "GET"},
    models.Metadata: METADATA,
    models.Output: {"format": {"mediaType": "image/png"}, "transmissionMode": "value", "x": 1},
    models.OutputDescription: OUTPUT,
    models.ProcessDescription: DESCRIPTION,
    models.ProcessList: {"processes": [SUMMARY, {"id": "two", "version": 2}], "links": [LINK]},
    models.ProcessRequest: REQUEST,
    models.ProcessSummary: SUMMARY,
    models.QualifiedValue: {"value": {"a": 1}, "mediaType": "application/json", "schema": "s.json"},
    models.Schema: {"type": "object", "properties": {"a": {"type": "integer"}}},
    models.Subscriber: {
        "successUri": "http://b.example/done",
        "inProgressUri": "http://b.example/on",
        "failedUri": "http://b.example/off",
    },
}
