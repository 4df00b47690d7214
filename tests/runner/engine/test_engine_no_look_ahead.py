"""What happens after a moment changes nothing before it: every datum after T is doubled, and the log up to T stays as it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from small_data_folder import DAYS, STRIKES, name, quote_row, stock_row, universe_rows, write_zip

from alaris_runner.run import run_backtest

EVERYTHING = """
from AlgorithmImports import *

class Everything(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 1, 19)
        self.set_benchmark(lambda time: 0)
        self.option = self.add_option("ABC", Resolution.DAILY)
        self.option.set_filter(lambda universe: universe.strikes(-3, 3).delta(-1, 1).expiration(0, 60))
        self.stock = self.securities["ABC"]
        for hour, minute in ((0, 0), (9, 31), (15, 45), (16, 0), (23, 59)):
            self.schedule.on(self.date_rules.every_day(), self.time_rules.at(hour, minute), self.look)

    def look(self):
        bars = self.history[TradeBar](self.stock.symbol, 4, Resolution.DAILY)
        listed = sorted((c.symbol.value, c.bid_price, c.open_interest, c.implied_volatility) for c in self.option_chain(self.stock.symbol))
        options = [s for s in self.securities.values() if s.type == SecurityType.OPTION]
        quoted = sorted((s.symbol.value, s.bid_price, s.ask_price, s.open_interest) for s in options)
        value = self.portfolio.total_portfolio_value
        self.log(f"look {self.stock.price} {[(b.end_time, b.close) for b in bars]} {listed} {quoted} {value}")

    def on_data(self, data):
        chain = data.option_chains.get(self.option.symbol)
        rows = sorted((c.symbol.value, c.bid_price, c.ask_price, c.volume) for c in chain) if chain else None
        self.log(f"data {[(k.value, b.close) for k, b in data.bars.items()]} {rows}")
        if chain and not self.portfolio.invested:
            self.combo_market_order([Leg.create(next(iter(chain)).symbol, 1)], 1)

    def on_securities_changed(self, changes):
        self.log(str(changes))

    def on_order_event(self, event):
        self.log(f"{event.symbol.value} {event.status} {event.fill_price}")
"""


def doubled(row: str, first: int) -> str:
    """The row with every number from a column on doubled."""
    cells = row.split(",")
    return ",".join(cells[:first] + [str(2 * float(cell)) if cell else cell for cell in cells[first:]])


def corrupt_after(root: Path, last: date) -> None:
    """Double all that describes days after `last`."""

    def rows(make: list[str], days: list[date]) -> str:
        return "\n".join(row if day <= last else doubled(row, 1) for row, day in zip(make, days, strict=True))

    write_zip(root / "equity/usa/daily/abc.zip", {"abc.csv": rows([stock_row(day) for day in DAYS], DAYS)})
    quotes = {name(r, k, "quote"): rows([quote_row(day, r, k) for day in DAYS], DAYS) for r in ("call", "put") for k in STRIKES}
    write_zip(root / "option/usa/daily/abc_2024_quote_american.zip", quotes)
    for day in DAYS:
        if day > last:
            header, stock, *contracts = universe_rows(day)
            text = [header, doubled(stock, 3), *(doubled(row, 3) for row in contracts)]
            (root / f"option/usa/universes/abc/{day:%Y%m%d}.csv").write_text("\n".join(text))


def log_of(root: Path, folder: Path) -> list[str]:
    folder.mkdir()
    (folder / "everything.py").write_text(EVERYTHING)
    outcome = run_backtest(folder / "everything.py", root, folder / "output")
    assert outcome.completed, outcome.error
    return (folder / "output" / "run-log.txt").read_text().splitlines()[:-1]


@pytest.mark.parametrize("last", [DAYS[0], DAYS[3], DAYS[7], DAYS[10]], ids=str)
def test_nothing_before_a_moment_depends_on_what_follows(data_folder: Path, tmp_path: Path, last: date) -> None:
    before = log_of(data_folder, tmp_path / "before")
    corrupt_after(data_folder, last)
    after = log_of(data_folder, tmp_path / "after")
    # what describes a day is known at its close or at the midnight after it: the next day's first new datum comes at 16:00
    known = f"{datetime.combine(last, datetime.min.time()) + timedelta(days=1, hours=9, minutes=31):%Y-%m-%d %H:%M}"
    assert [line for line in before if line[:16] <= known] == [line for line in after if line[:16] <= known]
    assert before != after
