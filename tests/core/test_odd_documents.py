"""Odd documents of real servers: read as far as they go, and written as they were sent."""

from __future__ import annotations

from typing import Any

import pytest
from model_samples import JOB, LINK, OUTPUT, SUMMARY

from ogcproc import (
    Capabilities,
    ConformanceDeclaration,
    InputDescription,
    JobInfo,
    JobList,
    Link,
    Output,
    ProcessDescription,
    ProcessList,
    ProcessRequest,
    ProcessSummary,
    QualifiedValue,
    Subscriber,
)
from ogcproc.models.jobs import is_known
from ogcproc.models.values import result_value


@pytest.mark.parametrize(
    ("kind", "data", "odd"),
    [
        (JobInfo, {**JOB, "status": True}, {"status": True}),
        (
            JobInfo,
            {**JOB, "message": {"text": "out of luck"}},
            {"message": {"text": "out of luck"}},
        ),
        (JobInfo, {**JOB, "links": LINK}, {"links": LINK}),
        (JobInfo, {**JOB, "links": [LINK, {"href": None}]}, {"links": [{"href": None}]}),
        (JobInfo, {**JOB, "processID": ["p"], "type": 3}, {"processID": ["p"], "type": 3}),
        (Link, {"href": "a", "length": "1", "rel": 7}, {"length": "1", "rel": 7}),
        (ProcessSummary, {**SUMMARY, "keywords": "ab"}, {"keywords": "ab"}),
        (ProcessSummary, {**SUMMARY, "keywords": [1, "a", 2]}, {"keywords": [1, 2]}),
        (ProcessSummary, {**SUMMARY, "version": True}, {"version": True}),
        (ProcessSummary, {**SUMMARY, "version": 2}, {"version": 2}),
        (ProcessSummary, {**SUMMARY, "mutable": 1}, {"mutable": 1}),
        (ProcessSummary, {**SUMMARY, "outputTransmission": ""}, {"outputTransmission": ""}),
        (
            ProcessSummary,
            {**SUMMARY, "jobControlOptions": [["dismiss"], "dismiss"]},
            {"jobControlOptions": [["dismiss"]]},
        ),
        # weaver sends several of them, of an older draft.
        (
            ProcessSummary,
            {**SUMMARY, "additionalParameters": [{"role": "r", "parameters": []}]},
            {"additionalParameters": [{"role": "r", "parameters": []}]},
        ),
        (InputDescription, {**OUTPUT, "schema": "x"}, {"schema": "x"}),
        (InputDescription, {**OUTPUT, "minOccurs": 1.5}, {"minOccurs": 1.5}),
        (ProcessDescription, {**SUMMARY, "inputs": {"a": 1, "b": OUTPUT}}, {"inputs": {"a": 1}}),
        (ProcessDescription, {**SUMMARY, "outputs": 7}, {"outputs": 7}),
        (Capabilities, {"title": [], "links": [None, LINK]}, {"title": [], "links": [None]}),
        (ConformanceDeclaration, {"conformsTo": [1, "core"]}, {"conformsTo": [1]}),
        (ProcessList, {"processes": [], "links": [{}, LINK]}, {"links": [{}]}),
        (QualifiedValue, {"value": 1, "mediaType": 2}, {"mediaType": 2}),
        (Subscriber, {"successUri": 1}, {"successUri": 1}),
        (Output, {"format": "tiff"}, {"format": "tiff"}),
        (ProcessRequest, {"inputs": {}, "outputs": ["a"]}, {"outputs": ["a"]}),
    ],
)
def test_an_odd_member_is_in_extra_and_the_others_are_read(
    kind: type[Any], data: dict[str, Any], odd: dict[str, Any]
) -> None:
    """field.md 18, and its siblings in all documents."""
    read = kind.from_dict(data)
    assert {name: read.extra.get(name) for name in odd} == odd
    assert read.to_dict() == data
    others = {name: value for name, value in data.items() if name not in odd}
    for name in others.keys() & kind.from_dict(others).__slots__:
        assert getattr(read, name) == getattr(kind.from_dict(others), name)


def test_links_beside_an_odd_one_are_read() -> None:
    """field.md 18: a link whose href is null."""
    job = JobInfo.from_dict({**JOB, "links": [{"href": None, "rel": "up"}, {"href": "/a"}]})
    assert job.links == [Link("/a")]
    job.links.append(Link("/b"))
    links = [{"href": None, "rel": "up"}, {"href": "/a"}, {"href": "/b"}]
    assert job.to_dict()["links"] == links


def test_one_odd_entry_spoils_no_list() -> None:
    """field.md 18."""
    data = {"jobs": [JOB, {**JOB, "message": {}, "links": {}}, {"jobID": 18, "status": None}]}
    jobs = JobList.from_dict(data)
    assert [job.jobID for job in jobs] == ["job-1", "job-1", "18"]
    assert jobs.to_dict() == data


@pytest.mark.parametrize("data", [{"jobID": 18, "processID": 17}, {"id": 18, "processID": 17}])
def test_numbers_for_ids_are_read_as_texts_and_written_as_numbers(data: dict[str, Any]) -> None:
    """field.md 17: MAAP."""
    job = JobInfo.from_dict({**data, "status": "running"})
    assert (job.jobID, job.processID) == ("18", "17")
    assert job.to_dict() == {**data, "status": "running"}
    job.processID = "20"
    assert job.to_dict()["processID"] == "20"


def test_a_process_whose_id_is_a_number_is_read() -> None:
    """field.md 17."""
    data = {"processes": [{"id": 17, "version": 1.5}]}
    page = ProcessList.from_dict(data)
    assert (page[0].id, page[0].version) == ("17", "1.5")
    assert page.to_dict() == data


@pytest.mark.parametrize("name", ["inputs", "outputs"])
def test_an_array_of_descriptions_is_read_by_their_ids(name: str) -> None:
    """field.md 19: msc-pygeoapi sends an array of objects with ids."""
    data = {"id": "p", name: [{"id": "b", "title": "B"}, "odd", {"id": "a"}, {"id": 3}]}
    process = ProcessDescription.from_dict(data)
    read = getattr(process, name)
    assert [*read] == ["b", "a", "3"]
    assert read["b"].title == "B"
    assert process.to_dict() == data


def test_an_empty_array_of_descriptions_is_none() -> None:
    """field.md 19: weaver's examples."""
    data = {"id": "p", "inputs": [], "outputs": []}
    process = ProcessDescription.from_dict(data)
    assert process.inputs == process.outputs == {}
    assert process.to_dict() == data


@pytest.mark.parametrize("status", ["deduped", "offline", "deleted", "invalid", "", None])
def test_an_unknown_word_is_a_failure_once_the_job_has_finished(status: str | None) -> None:
    """field.md 16: MAAP, Copernicus CDS and UP42."""
    job = JobInfo.from_dict({"jobID": "7", "status": status})
    assert not is_known(job.status)
    assert not job.is_finished
    ended = JobInfo.from_dict({**job.to_dict(), "finished": "2024-02-29T10:00:00Z"})
    assert ended.is_finished
    assert ended.is_failed


def test_a_known_word_counts_more_than_the_time_of_the_end() -> None:
    data = {"jobID": "7", "status": "Running", "finished": "2024-02-29T10:00:00Z"}
    assert not JobInfo.from_dict(data).is_finished


@pytest.mark.parametrize(
    "value",
    [{"value": 1, "mediaType": 2}, {"href": "a", "rel": 7}, {"href": None, "type": "a/b"}],
)
def test_an_object_with_an_odd_member_is_no_qualified_value_and_no_link(value: Any) -> None:
    assert result_value(value) == value
