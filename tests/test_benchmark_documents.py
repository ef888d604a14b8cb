"""The documents of the benchmarks hold what benchmarks/README.rst says that they hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from documents import (
    encode,
    mixed,
    mixed_job_list,
    mixed_process_description,
    mixed_process_list,
    nine_member_job_list,
)
from shapes import DESCRIPTION, INPUTS, JOBS, SUMMARIES, Shape

from ogcproc import JobList, ProcessDescription, ProcessList

SERVERS = Path(__file__).resolve().parents[2] / "shared" / "servers"

SIX = ["copernicus", "fastprocesses", "pygeoapi", "weaver", "wraptile", "zoo"]
MIXES = [
    pytest.param(JOBS, 1000, id="jobs"),
    pytest.param(JOBS, 10_000, id="many jobs"),
    pytest.param(SUMMARIES, 1000, id="summaries"),
    pytest.param(INPUTS, 200, id="inputs"),
]

ALL_SHAPES = [
    DESCRIPTION,
    *(
        shape
        for group in (JOBS, SUMMARIES, INPUTS)
        for shapes in group.values()
        for shape in shapes
    ),
]
RECORDED = {shape.source: shape for shape in ALL_SHAPES if "#" in shape.source}


@pytest.mark.parametrize(("shapes", "count"), MIXES)
def test_each_server_has_an_equal_part_of_the_bytes(
    shapes: dict[str, list[Shape]], count: int
) -> None:
    sizes = Counter[str]()
    documents = mixed(shapes, count)
    for server, document in documents:
        sizes[server] += len(encode(document))
    part = sum(sizes.values()) / 6
    assert len(documents) == count
    assert sorted(sizes) == SIX
    assert all(size == pytest.approx(part, rel=0.05) for size in sizes.values())


@pytest.mark.parametrize(("shapes", "count"), MIXES)
def test_each_shape_is_in_the_mix(shapes: dict[str, list[Shape]], count: int) -> None:
    found = {tuple(document) for _, document in mixed(shapes, count)}
    assert found == {tuple(shape.document) for group in shapes.values() for shape in group}


def test_the_documents_are_the_same_each_time() -> None:
    assert mixed_job_list(30) == mixed_job_list(30)


def test_no_placeholder_is_left() -> None:
    lists = mixed_job_list(100), mixed_process_list(100), mixed_process_description(100)
    assert not re.search(r"\{\w+\}", json.dumps(lists))


def test_jobs_differ_in_ids_and_times() -> None:
    jobs = mixed_job_list(1000)["jobs"]
    assert len({job["jobID"] for job in jobs}) == 1000
    assert len({job["created"] for job in jobs}) == 1000


def test_jobs_have_times_of_all_forms_and_members_missing_null_and_unknown() -> None:
    page = mixed_job_list(1000)
    forms = {re.sub(r"\d", "9", job["created"]) for job in page["jobs"]}
    assert forms == {
        "9999-99-99T99:99:99Z",
        "9999-99-99T99:99:99.999999Z",
        "9999-99-99T99:99:99.999999+99:99",
        "9999-99-99T99:99:99.999999",
    }
    assert any("message" not in job for job in page["jobs"])
    assert any(job.get("finished", "") is None for job in page["jobs"])
    assert any(job.extra for job in JobList.from_dict(page).jobs)


def test_jobs_of_weaver_have_22_links() -> None:
    assert {len(job["links"]) for server, job in mixed(JOBS, 200) if server == "weaver"} == {22}


def test_jobs_of_nine_members_have_one_link_and_no_message() -> None:
    jobs = nine_member_job_list(10)["jobs"]
    assert {len(job) for job in jobs} == {9}
    assert {len(job["links"]) for job in jobs} == {1}
    assert not any("message" in job for job in jobs)


@pytest.mark.parametrize("page", [mixed_job_list(1000), nine_member_job_list(10)])
def test_every_job_is_read_and_written_as_it_was(page: dict[str, Any]) -> None:
    read = JobList.from_dict(page)
    assert all(job.jobID and job.created and job.created.tzinfo for job in read.jobs)
    assert read.to_dict() == page


def test_every_summary_is_read_and_written_as_it_was() -> None:
    page = mixed_process_list(1000)
    assert ProcessList.from_dict(page).to_dict() == page


def test_every_input_is_read_and_written_as_it_was() -> None:
    description = mixed_process_description(200)
    read = ProcessDescription.from_dict(description)
    assert len(read.inputs) == 200
    assert read.to_dict() == description


def recorded(source: str) -> Any:
    """Return the part of a recorded answer that a shape names."""
    name, pointer = source.split("#")
    transcript = json.loads((SERVERS / f"{name}.json").read_text("utf-8"))
    response = transcript.get("response")
    part = json.loads(response["body_text"]) if response else transcript["body"]
    for key in pointer.split("/")[1:]:
        part = part[int(key) if isinstance(part, list) else key]
    return part


def shape_of(value: Any) -> Any:
    """Return the names and types of all members, in their order, and the forms of times."""
    if isinstance(value, dict):
        return [(name, shape_of(member)) for name, member in value.items()]
    if isinstance(value, list):
        items = [shape_of(item) for item in value]
        return items if any(isinstance(item, dict) for item in value) else set(items)
    if isinstance(value, str):
        # In a shape, {t0} to {t3} stand for times, {us} and {ms} for their fractions.
        value = re.sub(r"\{t\d\}", "2026-11-22T20:23:06", value)
        value = value.replace("{us}", "456656").replace("{ms}", "456")
        return re.sub(r"\d", "9", value) if re.match(r"\d{4}-\d\d-\d\dT", value) else "text"
    return type(value).__name__


@pytest.mark.shared
@pytest.mark.skipif(not SERVERS.is_dir(), reason="the recorded transcripts are not beside us")
@pytest.mark.parametrize("source", RECORDED)
def test_a_shape_is_that_of_the_answer_it_names(source: str) -> None:
    answer = recorded(source)
    if source == DESCRIPTION.source:
        answer["inputs"] = {}
    assert shape_of(RECORDED[source].document) == shape_of(answer)
