"""ogcproc.server.demo: the six processes, over HTTP."""

from __future__ import annotations

import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from http_client_helpers import ASYNC, Caller

from ogcproc.server.demo import service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def caller() -> Iterator[Caller]:
    with service.serve() as server, Caller(server.address) as caller:
        yield caller


def test_the_walk_ends_with_no_jobs(caller: Caller) -> None:
    body = {"inputs": {"id": "sup"}, "response": "document"}
    answer = caller.execute("first_workflow", body, ASYNC)
    job_id = answer.json["jobID"]
    assert answer.status == 201
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"].endswith(f"/jobs/{job_id}")
    assert caller.wait(job_id)["status"] == "successful"
    assert caller.get(f"/jobs/{job_id}/results").json == {"final": "supsup"}
    for job in caller.get("/jobs").json["jobs"]:
        answer = caller.request("DELETE", f"/jobs/{job['jobID']}")
        assert answer.json["status"] == "dismissed"
    assert caller.get("/jobs").json["jobs"] == []


def test_primes_are_found(caller: Caller) -> None:
    answer = caller.execute("primes_between", {"inputs": {"min_val": 10, "max_val": 30}})
    assert answer.json == [11, 13, 17, 19, 23, 29]
    assert caller.execute("primes_between", {"inputs": {"max_val": -5}}).json == []
    assert caller.execute("primes_between", {"inputs": {"max_val": 4}}).json == [2, 3]


def test_echo_gives_back_what_it_was_given_and_no_more(caller: Caller) -> None:
    bbox = {"bbox": [1.0, 2.0, 3.0, 4.0], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
    inputs = {
        "string": "s",
        "number": 1.5,
        "boolean": False,
        "array": [1, "a"],
        "object": {"value": {"a": 1}},
        "bbox": bbox,
        "binary": "AAEC",
        "pause": 0.001,
    }
    answer = caller.execute("echo", {"inputs": inputs, "response": "document"})
    binary = {"value": "AAEC", "encoding": "base64", "mediaType": "application/octet-stream"}
    assert answer.json == {**inputs, "binary": binary}
    answer = caller.execute("echo", {"inputs": {"string": "s"}, "response": "document"})
    assert answer.json == {"string": "s"}


def test_a_bbox_has_four_or_six_numbers(caller: Caller) -> None:
    answer = caller.execute("echo", {"inputs": {"bbox": {"bbox": [1, 2, 3, 4, 5]}}})
    assert answer.status == 400
    assert "input 'bbox.bbox'" in answer.json["detail"]


def test_a_picture_is_a_png(caller: Caller) -> None:
    body = {"inputs": {"width": 3, "height": 2, "colour": "red"}}
    answer = caller.execute("make_picture", body)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02")
    at = answer.body.index(b"IDAT")
    size = int.from_bytes(answer.body[at - 4 : at], "big")
    rows = zlib.decompress(answer.body[at + 4 : at + 4 + size])
    assert rows == (b"\0" + b"\xd7\x30\x27" * 3) * 2


def test_fail_fails_with_its_message(caller: Caller) -> None:
    answer = caller.execute("fail", {"inputs": {"message": "so be it"}})
    assert answer.status == 500
    assert answer.json["detail"] == "RuntimeError: so be it"


def test_sleep_reports_progress_and_sees_its_dismissal(caller: Caller) -> None:
    job_id = caller.start("sleep_a_while", {"inputs": {"duration": 1000}})
    info = caller.wait(job_id, "running")
    while "progress" not in info:
        info = caller.get(f"/jobs/{job_id}").json
    assert (info["progress"], info["message"]) == (0, "Slept 0 of 20 parts")
    assert caller.request("DELETE", f"/jobs/{job_id}").json["status"] == "dismissed"
    assert caller.get(f"/jobs/{job_id}").json["status"] == "dismissed"


def test_sleep_ends_well_or_not_as_asked(caller: Caller) -> None:
    assert caller.execute("sleep_a_while", {"inputs": {"duration": 0.001}}).json == 0.001
    answer = caller.execute("sleep_a_while", {"inputs": {"duration": 0.001, "fail": True}})
    assert answer.json["detail"] == "RuntimeError: Woke up in the middle of the night"


def test_importing_the_server_imports_no_urllib3() -> None:
    program = "import sys, ogcproc.server.demo; sys.exit('urllib3' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
