"""One run in a process that has run others: the same bytes as a fresh process, and a row whatever goes wrong."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from alaris.sweep.trial import Job, Row, equity_by_day, run_trial, statistics_of

CLOCK = re.compile(r'"(?:StartTime|EndTime|Up Time)": "[^"]*"|completed in [\d.]+ seconds')  # what LEAN writes of the wall clock
FRESH = """
import sys
from pathlib import Path
from alaris.sweep.trial import Job, run_trial
number, algorithm, data, folder, *words = sys.argv[1:]
row = run_trial(Job(int(number), Path(algorithm), Path(data), dict(zip(words[::2], words[1::2])), Path(folder)))
assert row.completed, row.error
"""


def files(folder: Path) -> dict[str, str]:
    """Result files without the wall clock."""
    return {file.name: CLOCK.sub("<clock>", file.read_text(encoding="utf-8")) for file in sorted(folder.iterdir()) if file.is_file()}


def in_a_fresh_process(job: Job, python: str) -> dict[str, str]:
    words = [word for pair in job.parameters.items() for word in pair]
    assert job.folder is not None
    command = [python, "-c", FRESH, str(job.number), str(job.algorithm), str(job.data_folder), str(job.folder), *words]
    subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    return files(job.folder)


def run_among_others(jobs: list[Job], python: str) -> None:
    """Run the jobs one after another in this process; the last one must equal the first, and a fresh process."""
    for job in jobs:
        run_trial(job)
    first, last = jobs[0], jobs[-1]
    assert first.folder is not None
    assert last.folder is not None
    fresh = in_a_fresh_process(Job(last.number, last.algorithm, last.data_folder, last.parameters, last.folder / "fresh"), python)
    assert "run.json" in fresh
    assert files(first.folder) == fresh
    assert files(last.folder) == fresh


def test_run_number_four_is_the_run_of_a_fresh_process(algorithm: Path, market: Path, tmp_path: Path, python: str) -> None:
    shares = ["0.3", "0.9", "2", "0.3"]  # 2 fails
    folders = [tmp_path / f"{number}" for number in range(4)]
    run_among_others(
        [Job(1, algorithm, market, {"share": one}, folder) for one, folder in zip(shares, folders, strict=True)],
        python,
    )


def test_the_golden_eve_calendar_after_another_is_that_of_a_fresh_process(shared: Path, tmp_path: Path, python: str) -> None:
    golden, data = shared / "golden" / "algorithms" / "eve_calendar_year.py", shared / "data" / "lean"
    jobs = [Job(1, golden, data, {"quantity": quantity}, tmp_path / f"{place}") for place, quantity in enumerate(("5", "9", "5"))]
    run_among_others(jobs, python)


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
