"""The standard's documents as plain dictionaries, links included."""

from typing import Any

from .describe import Process
from .links import OPENAPI, REL, link, url

#: What is declared is what the tests hold: HTML is not.
CONFORMANCE = tuple(
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/" + name
    for name in (
        "core",
        "ogc-process-description",
        "json",
        "oas30",
        "job-list",
        "callback",
        "dismiss",
    )
)


def landing_page(base: str, title: str, description: str) -> dict[str, Any]:
    """Return the landing page (`/req/core/landingpage-success`)."""
    return {
        "title": title,
        "description": description,
        "links": [
            link("self", url(base), "This document"),
            link("service-desc", url(base, "api"), "The API, in OpenAPI 3.0", OPENAPI),
            link("service-doc", url(base, "api.html"), "The API, to read", "text/html"),
            link(REL + "conformance", url(base, "conformance"), "What this server conforms to"),
            link(REL + "processes", url(base, "processes"), "The processes"),
            link(REL + "job-list", url(base, "jobs"), "The jobs"),
        ],
    }


def process_summary(base: str, process: Process) -> dict[str, Any]:
    """Return what the process list says of a process: all but its inputs and outputs."""
    members = {
        name: value
        for name, value in process.document.items()
        if name not in ("inputs", "outputs", "links")
    }
    place = url(base, "processes", process.id)
    return {**members, "links": [link("self", place, "The description of this process")]}


def process_description(base: str, process: Process) -> dict[str, Any]:
    """Return a process description (`/req/ogc-process-description`)."""
    links = [
        link("self", url(base, "processes", process.id), "This document"),
        link(REL + "execute", url(base, "processes", process.id, "execution"), "Execute it"),
        link("up", url(base, "processes"), "The processes"),
    ]
    return {**process.document, "links": [*process.document.get("links", ()), *links]}


def status_info(base: str, info: dict[str, Any]) -> dict[str, Any]:
    """Return the status of a job, with links to what there is to know about it."""
    place = url(base, "jobs", info["jobID"])
    links = [
        link("self", place, "The status of this job"),
        link("status", place, "The status of this job"),
        link("up", url(base, "jobs"), "The jobs"),
    ]
    results = url(base, "jobs", info["jobID"], "results")
    if info["status"] == "successful":
        links.append(link(REL + "results", results, "The results of this job"))
    elif info["status"] == "failed":
        links.append(link(REL + "exceptions", results, "Why this job failed"))
    return {**info, "links": links}
