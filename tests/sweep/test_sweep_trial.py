"""One run in a process that has run others: the same bytes as a fresh process, and a row whatever goes wrong."""

from __future__ import annotations

import pickle
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from alaris.lean import algorithm_file
from alaris.sweep.trial import Job, Row, equity_by_day, run_trial, statistics_of

CLOCK = re.compile(r'"(?:StartTime|EndTime|Up Time)": "[^"]*"|completed in [\d.]+ seconds')  # what LEAN writes of the wall clock
ONE_PROCESS = """
import pickle, sys
from alaris.sweep.trial import run_trial
for job in pickle.load(sys.stdin.buffer):
    print("status:", run_trial(job).status)
"""


def files(folder: Path) -> dict[str, str]:
    """Result files without the wall clock and their own place."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir()) if file.is_file()}
    return {name: CLOCK.sub("<clock>", text).replace(str(folder), "<folder>") for name, text in texts.items()}


def in_one_process(python: str, *jobs: Job) -> list[str]:
    """Run the jobs one after another in a process of their own; their statuses."""
    done = subprocess.run([python, "-c", ONE_PROCESS], input=pickle.dumps(jobs), check=True, timeout=300, stdout=subprocess.PIPE)  # noqa: S603
    return [line.removeprefix("status: ") for line in done.stdout.decode().splitlines() if line.startswith("status: ")]


def compare(python: str, place: Path, first: Job, *between: Job) -> None:
    """A run before and after others must equal that of a fresh process."""
    folders = [place / name for name in ("before", "after", "fresh")]
    before, after, fresh = (replace(first, folder=folder) for folder in folders)
    statuses = in_one_process(python, before, *between, after)
    assert statuses[0] == statuses[-1] == "Completed"
    assert in_one_process(python, fresh) == ["Completed"]
    expected = files(folders[2])
    assert "run.json" in expected
    assert files(folders[0]) == expected
    assert files(folders[1]) == expected


def test_a_run_after_others_is_the_run_of_a_fresh_process(algorithm: Path, market: Path, tmp_path: Path, python: str) -> None:
    first, *between = (Job(1, algorithm, market, {"share": share}) for share in ("0.3", "0.9", "2"))  # 2 fails
    compare(python, tmp_path, first, *between)


def test_the_golden_eve_calendar_after_another_is_that_of_a_fresh_process(shared: Path, tmp_path: Path, python: str) -> None:
    golden, data = shared / "golden" / "algorithms" / "eve_calendar_year.py", shared / "data" / "lean"
    compare(python, tmp_path, *(Job(1, golden, data, {"quantity": quantity}) for quantity in ("5", "9")))


def test_the_products_own_algorithm_after_another_is_that_of_a_fresh_process(market: Path, tmp_path: Path, python: str) -> None:
    span = {"start": "2017-01-20", "end": "2017-03-03", "profile": "research"}
    compare(python, tmp_path, *(Job(1, algorithm_file(), market, {**span, "universe.minimum_price": price}) for price in ("5", "500")))
    assert (tmp_path / "fresh" / "decisions.jsonl").read_text().strip()


def test_a_failed_run_is_a_row_with_the_users_own_place(algorithm: Path, market: Path) -> None:
    row = run_trial(Job(3, algorithm, market, {"share": "2"}))
    assert (row.status, row.completed, row.statistics, row.equity) == ("RuntimeError", False, {}, [])
    assert row.reason == "ValueError: a share of 2 is more than there is (holder.py, line 21)"


def test_what_cannot_start_is_a_row_too(algorithm: Path, market: Path, tmp_path: Path) -> None:
    row = run_trial(Job(1, tmp_path / "absent.py", market, {}))
    assert row.status == "RuntimeError"
    assert "there is no such algorithm file" in row.reason
    assert "does not exist" in run_trial(Job(1, algorithm, tmp_path / "nowhere", {})).reason


def test_a_completed_run_has_numbers_and_a_day_a_session(algorithm: Path, market: Path) -> None:
    row = run_trial(Job(1, algorithm, market, {"share": "0.5"}))
    assert row.completed, row.error
    assert row.statistics["Total Orders"] == 1
    assert row.statistics["Start Equity"] == 100_000
    assert row.statistics["End Equity"] == pytest.approx(row.equity[-1], abs=0.01)
    assert len(row.days) == len(row.equity) == 1 + 32  # the start; 32 weekdays from 1 March to 13 April 2017
    assert (row.days[0], row.days[1], row.days[-1]) == ("2017-02-28", "2017-03-01", "2017-04-13")
    assert (row.equity[0], row.equity[1]) == (100_000, 100_000)


def test_pages_are_kept_where_asked(algorithm: Path, market: Path, tmp_path: Path) -> None:
    assert run_trial(Job(1, algorithm, market, {}, tmp_path / "kept", pages=True)).completed
    assert (tmp_path / "kept" / "report.html").is_file()
    assert (tmp_path / "kept" / "run.json").is_file()


def test_printed_statistics_take_the_digits_of_the_file() -> None:
    result = {
        "statistics": {"Sharpe Ratio": "-3.655", "Drawdown": "2.000%", "Lowest Capacity Asset": ""},
        "totalPerformance": {
            "portfolioStatistics": {"sharpeRatio": "-3.6553", "drawdown": "0.0204", "totalNetProfit": "-0.0196"},
            "tradeStatistics": {"profitFactor": "0.5", "startDateTime": "2017-01-01T00:00:00Z"},
        },
    }
    assert statistics_of(result) == {"Sharpe Ratio": -3.6553, "Drawdown": 0.0204, "totalNetProfit": -0.0196, "profitFactor": 0.5}


def test_midnight_ends_the_day_before_and_weekends_are_no_sessions() -> None:
    # 2017-01-06 is a Friday; New York midnight is 05:00 UTC. The first point is the start of Friday: Thursday's end.
    values = [[1483678800, 1, 1, 1, 100.0], [1483736400, 1, 1, 1, 101.0], [1483765200, 1, 1, 1, 102.0], [1483851600, 1, 1, 1, 102.0]]
    result = {"charts": {"Strategy Equity": {"series": {"Equity": {"values": values}}}}}
    assert equity_by_day(result) == (["2017-01-05", "2017-01-06"], [100.0, 102.0])


def test_a_row_comes_back_from_its_json() -> None:
    row = Row(1, {"a": "1"}, "Completed", "", 0.5, {"x": 1.0}, ["2017-01-05"], [1.0])
    assert Row(**row.as_json()) == row
