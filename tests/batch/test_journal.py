"""The journal of a run: what is in it after which step, and what a torn or foreign one is."""

from __future__ import annotations

import json
import multiprocessing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ogcproc import JobInfo, JobResults
from ogcproc.batch.journal import Journal, Keys, digest_of, is_key

if TYPE_CHECKING:
    from pathlib import Path

SERVER = "http://h"
HEADER = f'{{"journal": 2, "process": "p", "server": "{SERVER}"}}\n'


SENDING = '{"key": 0, "sending": "2026-01-01T00:00:00Z", "request": "d"}'


def opened(path: Path | None, process: str = "p", server: str = SERVER) -> Journal:
    return Journal(path, process, server)


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_step_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    entry = journal.sending(0, "d")
    assert lines(path)[1:] == [{"key": 0, "sending": entry.sent_at.isoformat(), "request": "d"}]
    journal.became(0, JobInfo("j", created=entry.sent_at))
    assert lines(path)[2] == {
        "key": 0,
        "job": "j",
        "url": None,
        "created": entry.sent_at.isoformat(),
    }
    journal.finish(0, "successful")
    journal.sending("b", "d")
    journal.refused("b", "no")
    journal.close()
    assert lines(path)[0] == {"journal": 2, "process": "p", "server": SERVER}
    assert lines(path)[3] == {"key": 0, "done": "successful"}
    assert lines(path)[5] == {"key": "b", "refused": "no"}


def test_what_was_written_is_known_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    job = JobInfo("j", created=datetime.now(timezone.utc))
    job._context.url = "http://h/jobs/j"
    for key in (0, 1, "a", "b"):
        journal.sending(key, f"digest {key}")
    journal.became(0, job)
    journal.became(1, JobInfo("k"))
    journal.finish(1, "failed")
    journal.refused("a", "no")
    journal.close()
    again = opened(path)
    again.close()
    assert again.entries.keys() == {0, "b"}
    entry = again.entries[0]
    assert (entry.digest, entry.job, entry.url) == ("digest 0", "j", "http://h/jobs/j")
    assert entry.created == job.created
    assert again.entries["b"].job is None
    assert again.done == {1: "digest 1"}
    assert again.recent.keys() == {"j", "k"}
    assert len(lines(path)) == 9


def test_results_that_came_at_once_are_kept_as_they_came(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    journal.sending(0, "d")
    job = JobInfo("")
    job.results = JobResults({}, status=200, headers={"A": "b"}, body=b"\x00\xff")
    journal.became(0, job)
    journal.close()
    again = opened(path)
    again.close()
    assert again.entries[0].answer == (200, [("A", "b")], b"\x00\xff")
    assert again.entries[0].job == ""
    assert not again.recent


def test_a_torn_last_line_is_none(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    journal.sending(0, "d")
    journal.became(0, JobInfo("j"))
    journal.close()
    whole = path.read_bytes()
    last = len(whole.splitlines(keepends=True)[-1])
    for torn in range(1, last):
        path.write_bytes(whole[:-torn])
        again = opened(path)
        assert again.entries[0].job is None
        again.became(0, JobInfo("j"))
        again.close()
        assert path.read_bytes() == whole
    for torn in range(1, len(whole.splitlines(keepends=True)[0])):
        path.write_bytes(whole[:torn])
        opened(path).close()
        assert len(lines(path)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello\n", "line 1: no record of a journal"),
        ("{}\n", "line 1: no record of a journal"),
        ("[]\n", "line 1: no record of a journal"),
        ('{"journal": 1, "process": "p", "server": "http://h"}\n', "of version 1"),
        ('{"journal": 2, "process": "q", "server": "http://h"}\n', "of the process q, not of p"),
        ('{"journal": 2, "process": "p", "server": "http://i"}\n', "of the server http://i, not"),
        # Without a line end: field.md row 8.
        ("hello", "line 1: no record of a journal"),
        ("{}", "line 1: no record of a journal"),
        ('{"journal": 2, "process": "p", "server": "http://h"} ', "line 1: no record"),
        ('{"journal": 2, "process": "p", "server": "http://i"', "line 1: no record"),
        (f"{HEADER}hello", "line 2: no record of a journal"),
        (f'{HEADER}{{"keys": 1', "line 2: no record of a journal"),
        pytest.param("[" * 100_000 + "\n", "line 1: no record", id="deep"),
        pytest.param("9" * 5000 + "\n", "line 1: no record", id="a long number"),
    ],
)
def test_what_is_no_journal_of_ours_is_left_alone(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(content)
    before = path.stat()
    for _ in range(2):  # it is not left locked
        with pytest.raises(ValueError, match=message):
            opened(path)
    assert path.read_text() == content
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "7",
        "{}",
        '{"key": 0}',
        '{"key": true, "done": ""}',
        '{"key": 0, "job": "j", "url": null, "created": null}',
        '{"key": 0, "sending": "soon", "request": "d"}',
        '{"key": [], "done": ""}',
        '{"key": 0, "done": ""}',
        f'{SENDING}\n{{"key": 0, "job": 5, "url": null, "created": null}}',
        f'{SENDING}\n{{"key": 0, "job": "j", "url": 5, "created": null}}',
    ],
)
def test_a_line_that_is_none_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    opened(path).close()
    with path.open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(ValueError, match=r"run\.jsonl, line [23]: no record of a journal"):
        opened(path)


def test_a_journal_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    with pytest.raises(BlockingIOError, match="another run is using this journal"):
        opened(path)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(is_locked, [path])
        journal.close()
        assert not pool.apply(is_locked, [path])
        pool.close()
        pool.join()


def is_locked(path: Path) -> bool:
    try:
        opened(path).close()
    except BlockingIOError:
        return True
    return False


def test_without_a_file_nothing_is_kept() -> None:
    journal = opened(None)
    journal.sending(0, "d")
    journal.became(0, JobInfo("j"))
    journal.finish(0, "successful")
    journal.close()
    assert not journal.is_kept
    assert not journal.entries
    assert not journal.done


def test_jobs_that_are_long_made_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ogcproc.batch.journal.RECENT", 2)
    journal = opened(None)
    for key in range(4):
        journal.sending(key, "d")
        journal.became(key, JobInfo(f"job {key}"))
    assert list(journal.recent) == ["job 2", "job 3"]


def test_those_that_are_not_settled_are_counted_where_they_were_sent_about_then() -> None:
    journal = opened(None)
    sent_at = journal.sending(0, "d").sent_at
    journal.sending(1, "d")
    journal.sending(2, "d").sent_at -= timedelta(minutes=5)
    journal.sending(3, "d")
    journal.became(3, JobInfo("j"))
    assert journal.unsettled(sent_at) == 2


def test_numbers_one_after_the_other_take_no_memory() -> None:
    keys = Keys()
    for number in (0, 2, 1, "a", -1, 4):
        keys.add(number)
    assert all(key in keys for key in (0, 1, 2, 4, "a", -1))
    assert not any(key in keys for key in (3, 5, "0", -2))
    assert keys._others == {"a", -1, 4}


def test_requests_have_digests_and_keys_are_texts_or_numbers() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        digest_of({"a": float("nan")})
    assert [is_key(key) for key in ("a", 1, True, None, 1.5)] == [True, True, False, False, False]


def test_the_last_job_before_a_time_is_known() -> None:
    journal = opened(None)
    for key in ("a", "b", "c"):
        journal.sending(key, "d")
        journal.became(key, JobInfo(f"job {key}"))
    sent = journal.recent["job b"]
    assert journal.last_before(sent) == "job a"
    assert journal.last_before(sent + timedelta(hours=1)) == "job c"
    assert journal.last_before(sent - timedelta(hours=1)) is None


def test_other_inputs_under_the_same_key_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = opened(path)
    for key in ("done", "sent", "refused"):
        journal.sending(key, "d")
    journal.finish("done", "successful")
    journal.refused("refused", "no")
    journal.close()
    again = opened(path)
    again.close()
    assert again.is_done("done", "d")
    assert not again.is_done("sent", "d")
    assert not again.is_done("new", "e")
    assert not again.is_done("refused", "e"), "it may be mended under its key"
    for key in ("done", "sent"):
        with pytest.raises(ValueError, match=f"item '{key}' had other inputs when it was sent"):
            again.is_done(key, "e")
