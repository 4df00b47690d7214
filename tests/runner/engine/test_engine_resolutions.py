"""Seconds, minutes and hours written by hand: which bars come, which are repeated, and what extended hours add."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from small_data_folder import write_zip

from .conftest import Run

DAY = datetime(2024, 1, 2)
LOG_BARS = """
        def on_data(self, data):
            if self.stock in data.bars:
                bar = data.bars[self.stock]
                self.log(f"{bar.time:%H:%M:%S} {bar.open:g} {bar.close:g} {bar.volume:g} {bar.is_fill_forward}")
"""


def intraday(folder: Path, resolution: str, bars: Iterable[tuple[time, float, float, int]]) -> None:
    """Write trade bars of the second of January: start, open, close, volume (LEAN D.1: milliseconds, prices times 10,000)."""
    rows = []
    for start, opened, closed, volume in bars:
        milliseconds = round((datetime.combine(DAY, start) - DAY) / timedelta(milliseconds=1))
        low, high = sorted((opened, closed))
        rows.append(f"{milliseconds}," + ",".join(str(round(price * 10000)) for price in (opened, high, low, closed)) + f",{volume}")
    write_zip(folder / f"equity/usa/{resolution}/abc/20240102_trade.zip", {f"20240102_abc_{resolution}_trade.csv": "\n".join(rows)})


def said(run: Run, how: str, until: str = "2024, 1, 2") -> list[str]:
    finished = run(f"self.set_end_date({until})\nself.stock = self.add_equity('ABC', {how}).symbol", LOG_BARS)
    assert finished.outcome.completed, finished.outcome.error
    return finished.said


def test_seconds_are_filled_forward_to_the_close(run: Run, data_folder: Path) -> None:
    intraday(data_folder, "second", [(time(9, 30), 98.0, 98.1, 10), (time(9, 30, 3), 98.1, 98.4, 7)])
    lines = said(run, "Resolution.SECOND")
    assert lines[:5] == [
        "09:30:00 98 98.1 10 False",
        "09:30:01 98 98.1 0 True",  # LEAN repeats the whole bar, without its volume
        "09:30:02 98 98.1 0 True",
        "09:30:03 98.1 98.4 7 False",
        "09:30:04 98.1 98.4 0 True",
    ]
    assert len(lines) == 6.5 * 3600
    assert lines[-1] == "15:59:59 98.1 98.4 0 True"


def test_without_fill_forward_only_trades_make_bars(run: Run, data_folder: Path) -> None:
    intraday(data_folder, "minute", [(time(9, 30), 98.0, 98.1, 10), (time(9, 33), 98.1, 98.4, 7)])
    assert said(run, "Resolution.MINUTE, fill_forward=False") == ["09:30:00 98 98.1 10 False", "09:33:00 98.1 98.4 7 False"]


@pytest.mark.parametrize(
    ("extended", "first", "count"),
    [
        (False, "09:30:00 98 98.1 10 False", 390),  # 09:30 to 16:00
        (True, "08:00:00 97 97.5 3 False", 480),  # from the first trade to the end of the hours file's one session
    ],
)
def test_extended_hours_show_what_traded_before_the_open(run: Run, data_folder: Path, extended: bool, first: str, count: int) -> None:
    hours = data_folder / "market-hours/market-hours-database.json"
    early = '{"start": "08:00:00", "end": "09:30:00", "state": "premarket"}, {"start": "09:30:00", "end": "16:00:00", "state": "market"}'
    hours.write_text(hours.read_text().replace('{"start": "09:30:00", "end": "16:00:00", "state": "market"}', early))
    intraday(data_folder, "minute", [(time(8), 97.0, 97.5, 3), (time(9, 30), 98.0, 98.1, 10)])
    lines = said(run, f"Resolution.MINUTE, extended_market_hours={extended}")
    assert lines[0] == first
    assert len(lines) == count


def test_hours_end_with_the_session(run: Run, data_folder: Path) -> None:
    rows = [("20240102 09:00", 980000, 981000, 5), ("20240102 10:00", 981000, 990000, 6), ("20240102 15:00", 990000, 985000, 7)]
    text = "\n".join(f"{stamp},{o},{max(o, c)},{min(o, c)},{c},{v}" for stamp, o, c, v in rows)
    write_zip(data_folder / "equity/usa/hour/abc.zip", {"abc.csv": text})
    lines = said(run, "Resolution.HOUR")
    assert [line for line in lines if line.endswith("False")] == [
        "09:00:00 98 98.1 5 False",
        "10:00:00 98.1 99 6 False",
        "15:00:00 99 98.5 7 False",
    ]
    assert len(lines) == 7  # 09:00 to 16:00, the gap from 11:00 to 15:00 filled forward


def test_ticks_are_refused_with_advice(run: Run) -> None:
    finished = run("self.add_equity('ABC', Resolution.TICK)")
    assert "Resolution.TICK is not supported by the embedded runner. Use Resolution.SECOND or coarser" in finished.outcome.error
