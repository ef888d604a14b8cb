"""Ten thousand random histories: no item is executed twice, none is lost, doubts are reported."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import closing
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

import pytest
from histories import Model, draw

from ogcproc import (
    Client,
    DocumentError,
    NoSuchJob,
    Outcome,
    ResultNotAvailable,
    SubmissionUncertain,
)

if TYPE_CHECKING:
    from pathlib import Path

HISTORIES = 10_000
#: How many runs a history has at most; all but the last may be stopped.
RUNS = 4
#: Errors that tell that a job or its results are gone: the next run executes the item again.
GONE = (NoSuchJob, ResultNotAvailable)
#: Errors that tell that an item may have been executed.
DOUBTS = (SubmissionUncertain, DocumentError)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client whose runs do not sleep."""
    monkeypatch.setattr("ogcproc.batch.sending.PATIENCE", 0.0)
    monkeypatch.setattr("ogcproc.batch.settling.PATIENCE", 0.0)
    monkeypatch.setattr("ogcproc.batch.settling.pauses", lambda _: repeat(0.0))
    monkeypatch.setattr("ogcproc.batch.pace.Pace.slow", lambda *_: None)
    monkeypatch.setattr("ogcproc.batch.journal.os.fsync", lambda _: None)
    monkeypatch.setattr("ogcproc._waiting.GRACE", 0.002)
    return Client("http://h", proxy="", retries=0)


class History:
    """Some runs of the same items over one journal."""

    def __init__(self, dice: random.Random, model: Model, journal: Path) -> None:
        self.dice = dice
        self.model = model
        self.journal = journal
        self.items = dice.randrange(1, 6)
        self.has_keys = dice.random() < 0.5
        #: The inputs whose right results were taken, and how often others were reported as gone.
        self.fine: set[int] = set()
        self.gone: Counter[int] = Counter()
        self.last: dict[int, BaseException] = {}

    def inputs(self) -> list[Any]:
        """Return the inputs, in any order."""
        numbers = self.dice.sample(range(self.items), self.items)
        return [(f"k{n}", {"n": n}) if self.has_keys else {"n": n} for n in numbers]

    def run(self, client: Client, most: int | None) -> None:
        """Run the items, and take so many outcomes."""
        given = self.inputs()
        numbers = dict(self.numbers(given))
        run = client.run_many(
            "p", given, journal=self.journal, max_active=2, poll=0.001, outputs=["out"]
        )
        with closing(run):  # type: ignore[type-var] # it is a generator
            for outcome in islice(run, most):
                self.take(numbers[outcome.key], outcome)

    def take(self, number: int, outcome: Outcome) -> None:
        """Note what came of an item."""
        if outcome.error is None:
            assert dict(outcome.results or {}) == {"out": number}
            self.fine.add(number)
            self.last.pop(number, None)
        else:
            self.last[number] = outcome.error
            self.gone[number] += isinstance(outcome.error, GONE)

    def numbers(self, given: list[Any]) -> list[tuple[Any, int]]:
        """Return the keys of the outcomes, and their inputs."""
        if self.has_keys:
            return [(key, inputs["n"]) for key, inputs in given]
        return [(key, inputs["n"]) for key, inputs in enumerate(given)]

    def check(self) -> None:
        """Check what must hold at the end."""
        executed = self.model.executed
        for number in range(self.items):
            error = self.last.get(number)
            assert executed[number] <= 1 + self.gone[number], "executed twice"
            assert error is not None or number in self.fine, "lost"
            if error is not None and executed[number] > self.gone[number]:
                is_refused = getattr(error, "method", "") == "POST"
                assert isinstance(error, DOUBTS) or not is_refused, "executed, told as refused"
            if number in self.fine:
                assert executed[number]


@pytest.mark.proof
def test_ten_thousand_histories(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(client, tmp_path, monkeypatch, HISTORIES)


def test_a_hundred_histories(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(client, tmp_path, monkeypatch, 100)


def lives(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Live through so many histories, and print what came of them."""
    told: Counter[str] = Counter()
    executions = 0
    started = time.monotonic()
    for seed in range(number):
        dice = random.Random(seed)
        model = draw(dice)
        monkeypatch.setattr(
            "ogcproc._http.transport.Transport._ask", lambda _, request, ask=model.ask: ask(request)
        )
        history = History(dice, model, folder / f"{seed}.jsonl")
        try:
            for _ in range(dice.randrange(RUNS)):
                history.run(client, dice.randrange(history.items + 1))
            history.run(client, None)
            history.check()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}; {model}; {history.last}") from error
        executions += sum(model.executed.values())
        told.update(type(error).__name__ for error in history.last.values())
        told["fine"] += len(history.fine)
    took = time.monotonic() - started
    print(f"{number} histories, {executions} executions, {dict(told)}, {took:.0f} s")
    assert told["fine"] > number
