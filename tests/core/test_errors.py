"""ogcproc.errors: one family, evidence in each, all of it kept by pickling."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from ogcproc import errors
from ogcproc._http.headers import Headers
from ogcproc.errors import DocumentError, OgcProcError
from ogcproc.models import ApiError, JobInfo, ProcessRequest

BASES = {
    "OgcProcError": "Exception",
    "TransportError": "OgcProcError",
    "TransportTimeout": "TransportError",
    "SubmissionUncertain": "TransportError",
    "ServiceError": "OgcProcError",
    "NoSuchProcess": "ServiceError",
    "NoSuchJob": "ServiceError",
    "NoSuchOutput": "ServiceError",
    "ResultNotReady": "ServiceError",
    "ResultNotAvailable": "ServiceError",
    "Unauthorized": "ServiceError",
    "Forbidden": "ServiceError",
    "RateLimited": "ServiceError",
    "DocumentError": "OgcProcError",
    "ResponseTooLarge": "OgcProcError",
    "UnsafeRedirect": "OgcProcError",
    "JobError": "OgcProcError",
    "JobFailed": "JobError",
    "JobDismissed": "JobError",
    "WaitTimeout": "JobError",
}

TRANSPORT = {"method": "GET", "url": "http://a.example/jobs", "sent": False}
SERVICE = {
    "status": 404,
    "method": "GET",
    "url": "http://a.example/jobs/1",
    "problem": ApiError("no-such-job", "No such job", 404, extra={"code": 7}),
    "body": b'{"type": "no-such-job"}',
    "headers": Headers([("Content-Type", "application/json"), ("Retry-After", "3")]),
}
JOB = {"job": JobInfo("1", "failed", message="out of luck")}
EVIDENCE: dict[str, dict[str, Any]] = {
    "OgcProcError": {},
    "TransportError": TRANSPORT,
    "TransportTimeout": TRANSPORT,
    "SubmissionUncertain": {
        "method": "POST",
        "url": "http://a.example/processes/p/execution",
        "process_id": "p",
        "request": ProcessRequest({"a": 1}),
    },
    "DocumentError": {"path": "jobs[0]", "url": "http://a.example/jobs", "body": b"{}"},
    "ResponseTooLarge": {"url": "http://a.example/jobs", "limit": 1024},
    "UnsafeRedirect": {"url": "https://a.example", "location": "http://a.example"},
    **{name: SERVICE for name, base in BASES.items() if "ServiceError" in {name, base}},
    **{name: JOB for name, base in BASES.items() if "JobError" in {name, base}},
}


#: Public names of the module that are no errors.
NO_ERRORS = {"InsecureWarning", "lazy_name", "present_names", "room_for"}


def test_the_family_is_complete_and_each_error_has_its_base() -> None:
    assert set(BASES) == {*errors.__all__} - NO_ERRORS == set(EVIDENCE)
    assert {name: getattr(errors, name).__base__.__name__ for name in BASES} == BASES


@pytest.mark.parametrize("name", BASES)
def test_an_error_survives_pickling_and_copying_with_its_evidence(name: str) -> None:
    error = getattr(errors, name)("what happened", **EVIDENCE[name])
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert again.args == ("what happened",)
        for member, value in EVIDENCE[name].items():
            assert getattr(again, member) == value, member
    assert vars(copy.copy(error)) == vars(error)
    assert vars(copy.deepcopy(error)) == vars(error)


def test_a_wait_that_timed_out_always_has_its_job() -> None:
    with pytest.raises(TypeError, match="job"):
        errors.WaitTimeout("too long")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [name for name in BASES if name != "WaitTimeout"])
def test_an_error_can_be_made_of_its_message_alone(name: str) -> None:
    error = getattr(errors, name)("what happened")
    assert isinstance(error, OgcProcError)
    assert str(error) == "what happened"


def test_a_request_may_have_reached_the_server_unless_it_is_known_not_to() -> None:
    assert errors.TransportError("reset").sent is True
    assert errors.SubmissionUncertain("cut off").sent is True
    assert errors.SubmissionUncertain("cut off").method == "POST"


def test_a_document_error_says_what_where_and_in_which_answer() -> None:
    assert str(DocumentError("not JSON")) == "not JSON"
    assert str(DocumentError("bad", path="a.b")) == "bad at a.b"
    assert str(DocumentError("bad", url="http://h/jobs")) == "bad in http://h/jobs"
    assert str(DocumentError("bad", path="a", url="http://h/")) == "bad at a in http://h/"


def test_a_path_grows_outward() -> None:
    error = DocumentError("bad")
    assert error.within("id") is error
    assert error.path == "id"
    assert error.within("processes[3]").path == "processes[3].id"
    assert DocumentError("bad", path="[2]").within("links").path == "links[2]"
