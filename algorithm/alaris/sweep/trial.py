"""One run of a sweep, in whichever process: the backtest, and what of its result goes into the table."""

from __future__ import annotations

import json
import re
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from alaris.domain import NEW_YORK
from alaris.sweep.objective import numbers

COMPLETED, FAILED, LOST = "Completed", "RuntimeError", "WorkerLost"
SATURDAY = 5
_ONE_AT_A_TIME = Lock()  # a run owns `sys.modules["AlgorithmImports"]` and `sys.path` of its process; a Dask worker may have threads


class Keep(StrEnum):
    """What stays of each run beside its row: nothing, LEAN's result files, or these and the report page."""

    NONE = "none"
    FILES = "files"
    PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is handed.

    Parameters
    ----------
    folder : Path, optional
        Where the result files stay; they are not kept without one.
    pages : bool
        Whether the report page is made beside them.
    sweep : str
        Names the sweep; the runs of one share what they read of the data folder.
    """

    number: int
    algorithm: Path
    data_folder: Path
    parameters: Mapping[str, str]
    folder: Path | None = None
    pages: bool = False
    sweep: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What a run leaves in the table.

    Parameters
    ----------
    number : int
        In the plan, from 1.
    parameters : mapping
        All of the run, fixed ones included.
    status : str
        ``Completed``, ``RuntimeError``, or ``WorkerLost`` where the processes that tried it died.
    error : str
        The traceback or the reason; empty for a completed run.
    seconds : float
        Wall time of the run.
    statistics : mapping
        LEAN's statistics as numbers; percentages as shares.
    days, equity : sequence, shape (n,)
        Sessions (ISO dates; the first stands for the start) and USD at each one's end.
    """

    number: int
    parameters: Mapping[str, str]
    status: str
    error: str = ""
    seconds: float = 0.0
    statistics: Mapping[str, float] = field(default_factory=dict)
    days: Sequence[str] = ()
    equity: Sequence[float] = ()

    @property
    def completed(self) -> bool:
        """Whether the run completed."""
        return self.status == COMPLETED

    @property
    def reason(self) -> str:
        """Why it did not, in one line with the place in the algorithm."""
        last = next((line.strip() for line in reversed(self.error.splitlines()) if line.strip()), "")
        places = [place for place in re.findall(r'File "([^"]+)", line (\d+)', self.error) if "alaris_runner" not in Path(place[0]).parts]
        return f"{last} ({Path(places[-1][0]).name}, line {places[-1][1]})" if places else last

    def as_json(self) -> dict[str, Any]:
        """The row as the journal keeps it."""
        return asdict(self)


def run_trial(job: Job) -> Row:
    """Backtest one parameter set; whatever goes wrong is in the row."""
    started = time.perf_counter()
    try:
        with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="alaris-run-") as scratch:
            status, error, found = _backtest(job, job.folder or Path(scratch))
    except Exception as failure:  # noqa: BLE001 - the top of a worker: a run that cannot start is a row, not the end of the sweep
        status, error, found = FAILED, "".join(traceback.format_exception(failure)), {}
    days, equity = equity_by_day(found)
    seconds = round(time.perf_counter() - started, 4)
    return Row(job.number, dict(job.parameters), status, error, seconds, statistics_of(found), days, equity)


def _backtest(job: Job, output: Path) -> tuple[str, str, Mapping[str, Any]]:
    from alaris.sweep.shared_data import shared_data  # noqa: PLC0415 - the sweep's own process never runs anything
    from alaris_runner.run import run_backtest  # noqa: PLC0415

    name, data = f"run {job.number}", shared_data(job.data_folder, job.sweep)
    outcome = run_backtest(job.algorithm, job.data_folder, output, dict(job.parameters), backtest_name=name, data=data)
    if not outcome.completed:
        return outcome.status, outcome.error, {}
    if job.folder is not None and job.pages:
        from alaris.records.report import write_report  # noqa: PLC0415 - the template engine, only for pages

        write_report(job.folder)
    result: Mapping[str, Any] = json.loads(outcome.result_file.read_text(encoding="utf-8"))
    return outcome.status, "", result


def statistics_of(result: Mapping[str, Any]) -> dict[str, float]:
    """Statistics of a result file as numbers, under the names that LEAN prints; with four digits where the file has them."""
    total = result.get("totalPerformance", {})
    exact = {**numbers(_texts(total.get("tradeStatistics", {}))), **numbers(_texts(total.get("portfolioStatistics", {})))}
    printed = numbers(_texts(result.get("statistics", {})))
    same = {name.casefold().replace(" ", ""): name for name in printed}
    named = {same.get(name.casefold(), name): value for name, value in exact.items()}
    return {**printed, **named}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if isinstance(value, int | float | str)}


def equity_by_day(result: Mapping[str, Any]) -> tuple[list[str], list[float]]:
    """Sessions and equity at the end of each, from the chart "Strategy Equity"; weekends have no session.

    The first point is the start of the run, before anything could happen. LEAN samples at midnight: that point ends the day before.
    """
    points = result.get("charts", {}).get("Strategy Equity", {}).get("series", {}).get("Equity", {}).get("values", [])
    ends: dict[date, float] = {}
    for point in points:
        if point[-1] is not None:
            moment = datetime.fromtimestamp(point[0], UTC).astimezone(NEW_YORK) - timedelta(seconds=1)
            ends[moment.date()] = float(point[-1])
    sessions = [day for number, day in enumerate(ends) if number == 0 or day.weekday() < SATURDAY]
    return [day.isoformat() for day in sessions], [ends[day] for day in sessions]
