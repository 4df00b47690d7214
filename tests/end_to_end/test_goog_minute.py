"""The minute path on real minutes: GOOG on 2015-12-24, a half day, decided, bought, looked after and sold at the market's own quotes.

The report is made up (before the open of 2015-12-28), so the signal's criteria are set aside; quotes and prices are LEAN's sample data.
"""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from faulty_runs import faulty_run

MIDNIGHT = 1_450_933_200  # 2015-12-24 00:00 in New York, seconds since 1970
FLATTEN = """
    def initialize(self):
        super().initialize()
        self.schedule.on(self.date_rules.on(2015, 12, 24), self.time_rules.at(11, 0), self.leave)

    def leave(self):
        assert self.on_command({"action": "flatten", "who": "Ada", "why": "the market closes at one"})
"""


def bar(shared: Path, leg: tuple[str, float, str], minute: int) -> list[float]:
    """The quote bar that ends at a minute of the day, or the last before it, read from the file itself: bid and ask, each OHLC and size."""
    right, strike, expiry = leg
    name = f"20151224_goog_minute_quote_american_{right.lower()}_{round(strike * 1e4)}_{date.fromisoformat(expiry):%Y%m%d}.csv"
    with zipfile.ZipFile(shared / "data/lean/option/usa/minute/goog/20151224_quote_american.zip") as archive:
        rows = [line.split(",") for line in archive.read(name).decode().splitlines()]
    return [float(cell or "nan") / 1e4 for cell in [row for row in rows if int(row[0]) < minute * 60_000][-1][1:]]


def test_a_real_morning_is_traded_at_its_own_quotes(shared: Path, tmp_path: Path) -> None:
    calendar = tmp_path / "calendar.csv"
    calendar.write_text("symbol,date,release_time\nGOOG,2015-12-28,pre\n")
    stated = {
        "symbols": "GOOG",
        "start": "2015-12-23",
        "end": "2015-12-24",
        "cash": "1000000",
        "calendar": str(calendar),
        "profile": "research",
        "schedule.resolution": "minute",
        "schedule.decide_at": "09:45",
        "chain.strikes": "8",
        "chain.days": "90",
        "signal.maximum_slope": "1",
        "signal.minimum_ratio": "0.1",
        "universe.minimum_volume": "0",
    }
    run = faulty_run(tmp_path, shared / "data" / "lean", FLATTEN, stated)
    (row,) = run.decisions
    assert row["outcome"] == "TRADED", row
    assert row["exit_reason"] == "OPERATOR: the market closes at one"
    legs = [(leg["right"], leg["strike"], leg["expiry"]) for leg in row["legs"]]
    front, back = (bar(shared, leg, minute=9 * 60 + 45) for leg in legs)
    natural = back[8] - front[3]  # the back's closing ask less the front's closing bid
    assert row["natural_debit"] == pytest.approx(natural)
    assert row["entry"]["price"] <= natural + 0.01
    fills = [event for event in run.events if event["fillQuantity"]]
    for event, leg in zip(fills, (legs[0], legs[1], legs[0], legs[1]), strict=True):
        seen = bar(shared, leg, minute=int(event["time"] - MIDNIGHT) // 60)
        side = seen[5:9] if event["direction"] == "buy" else seen[0:4]  # LEAN fills a combo at the low or high of each leg's own side
        assert min(side) <= event["fillPrice"] <= max(side), event
    checks = [entry for entry in run.journal if entry["kind"] == "health"]
    assert len(checks) >= 5  # 09:46 to 11:00
    assert all(abs(check["unrealized"]) < 3 for check in checks)
