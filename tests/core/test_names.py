"""ogcproc.models.names: names that servers spell in many ways."""

from __future__ import annotations

import pytest

from ogcproc.models.names import conformance_class, declares, relation

CORE = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core"
DISMISS_2 = "http://www.opengis.net/spec/ogcapi-processes-1/2.0/conf/dismiss"
FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html"


@pytest.mark.parametrize(
    "spelling",
    [
        "results",
        "Results",
        " results ",
        "http://www.opengis.net/def/rel/ogc/1.0/results",
        "https://www.opengis.net/def/rel/ogc/1.0/results/",
        "[ogc-rel:results]",
        "ogc-rel:results",
    ],
)
def test_all_spellings_of_a_relation_are_one(spelling: str) -> None:
    assert relation(spelling) == "results"


@pytest.mark.parametrize("nothing", [None, "", " ", "/", "]"])
def test_no_relation_is_the_empty_one(nothing: str | None) -> None:
    assert relation(nothing) == ""


def test_relations_that_end_alike_differ() -> None:
    assert relation("job-list") != relation("list")


@pytest.mark.parametrize(
    "spelling",
    [CORE, CORE + "/", f" {CORE}\n", "https" + CORE[4:], CORE.replace("/conf/", "/req/")],
)
def test_all_spellings_of_a_conformance_class_are_one(spelling: str) -> None:
    assert conformance_class(spelling) == CORE
    assert declares([CORE], spelling)


def test_a_short_name_stands_for_a_class_of_any_part_and_version() -> None:
    assert declares([CORE, DISMISS_2], "dismiss")
    assert declares([CORE, DISMISS_2], "core")
    assert not declares([CORE, DISMISS_2], "job-list")


def test_a_short_name_is_no_ending_and_no_other_standard() -> None:
    assert not declares([CORE], "re")
    assert not declares([FEATURES], "html")
    assert declares([FEATURES], FEATURES)


def test_a_full_name_stands_for_its_version_alone() -> None:
    assert not declares([DISMISS_2], DISMISS_2.replace("/2.0/", "/1.0/"))
