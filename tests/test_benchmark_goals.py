"""What `benchmarks/instructions.py --check` takes for a missed goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import instructions
import pytest
from instructions import MEASURES, Figure, Measure

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("ratio", "verdict", "passes"),
    [
        (2.0, "met", True),
        (2.01, "within margin", True),
        (2.1, "within margin", True),
        (2.11, "MISSED", False),
    ],
)
def test_a_goal_is_missed_by_more_than_five_percent(
    ratio: float, verdict: str, passes: bool
) -> None:
    figure = Figure("jobs", "", instructions=ratio, floor=1, ratio=ratio, goal=2)
    assert (figure.verdict, figure.passes) == (verdict, passes)


@pytest.mark.parametrize(
    ("arguments", "ratio", "status"),
    [
        (["--check"], 1.05, 0),
        (["--check"], 1.06, 1),
        ([], 1.06, 0),
    ],
)
def test_only_a_check_fails_for_a_missed_goal(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], ratio: float, status: int
) -> None:
    def measured(package: Path, measures: list[Measure]) -> tuple[dict[str, str], list[Figure]]:
        assert (package.name, measures) == ("ogcproc", list(MEASURES))
        return {}, [Figure("jobs", "", ratio, 1, ratio, goal=1)]

    monkeypatch.setattr(instructions, "measure_all", measured)
    assert instructions.main(arguments) == status
