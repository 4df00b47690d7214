"""The golden cases as plain inputs of the results: charts, fills, records, trades, interest rates."""

from __future__ import annotations

import csv
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from alaris_runner.results.fills import Fill, Settlement
from alaris_runner.results.portfolio_statistics import Series
from alaris_runner.results.profit_loss import ProfitLoss, ProfitLossBook
from alaris_runner.results.trades import Trade, TradeBuilder

EPOCH = datetime(1970, 1, 1)
OPTION_EXERCISE = 6


@dataclass(frozen=True)
class Name:
    """A symbol as the results need it."""

    value: str
    id: str
    underlying: Name | None = None


@dataclass(frozen=True)
class GoldenCase:
    """One recorded run of the real engine."""

    name: str
    data: dict[str, Any]

    @property
    def statistics(self) -> dict[str, str]:
        found: dict[str, str] = self.data["statistics"]
        return found

    def performance(self, part: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data["totalPerformance"][part]
        return found

    def closed_trades(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data["totalPerformance"]["closedTrades"]
        return found

    def series(self) -> Series:
        charts = self.data["charts"]
        equity = charts["Strategy Equity"]
        points = [(point[0], point[-1]) for point in equity["Equity"]]
        recorded = (equity["Return"], charts["Benchmark"]["Benchmark"], charts["Portfolio Turnover"]["Portfolio Turnover"])
        returns, benchmark, turnover = ([(x, y) for x, y in line] for line in recorded)
        return Series(points, returns, benchmark, turnover)

    @property
    def is_whole(self) -> bool:
        """Whether no series was cut to its first and last 300 points."""
        series = self.series()
        return max(len(series.equity), len(series.returns)) < 600

    def fills(self) -> Iterator[Fill]:
        for event in self.data["orderEvents"]:
            if event["status"] in ("filled", "partiallyFilled"):
                yield self._fill(event)

    def _fill(self, event: dict[str, Any]) -> Fill:
        is_option = "|" in event["symbol"]
        settled = is_option and self.data["orders"][str(event["orderId"])]["type"] == OPTION_EXERCISE
        return Fill(
            time=EPOCH + timedelta(seconds=event["time"]),
            symbol=Name(event["symbolValue"], event["symbol"]),
            order_id=event["orderId"],
            price=event["fillPrice"],
            quantity=event["fillQuantity"],
            fee=event.get("orderFeeAmount", 0.0),
            multiplier=100.0 if is_option else 1.0,
            settlement=_settlement(event) if settled else None,
        )

    def records(self) -> list[ProfitLoss]:
        book = ProfitLossBook()
        for fill in self.fills():
            book.add(fill)
        return book.records

    def trades(self) -> list[Trade]:
        """Trades rebuilt from the fills; without market prices their excursions are those of the fills alone."""
        builder = TradeBuilder()
        for fill in self.fills():
            builder.add(fill)
        return builder.closed

    def recorded_trades(self) -> list[Trade]:
        """The engine's own closed trades, with the excursions it saw."""
        return [recorded_trade(row) for row in self.closed_trades()]


def _settlement(event: dict[str, Any]) -> Settlement:
    price = re.search(r"Underlying: (\d+\.\d+)", event["message"])
    assert price is not None, event
    option = event["symbolValue"]
    return Settlement(option[12] == "C", int(option[13:]) / 1000, float(price.group(1)), event.get("isInTheMoney", False))


def recorded_trade(row: dict[str, Any]) -> Trade:
    def money(key: str) -> Decimal:
        return Decimal(repr(row[key]))

    symbol = row["symbols"][0]
    return Trade(
        symbol=Name(symbol["value"], symbol["id"]),
        entry_time=_time(row["entryTime"]),
        entry_price=row["entryPrice"],
        is_long=row["direction"] == 0,
        quantity=row["quantity"],
        exit_time=_time(row["exitTime"]),
        exit_price=row["exitPrice"],
        profit_loss=money("profitLoss"),
        total_fees=money("totalFees"),
        adverse=money("mae"),
        favorable=money("mfe"),
        end_drawdown=money("endTradeDrawdown"),
        is_win=row["isWin"],
        order_ids=tuple(row["orderIds"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z"))


@pytest.fixture
def golden(shared: Path) -> Callable[[str], GoldenCase]:
    """Load one expected file of the golden cases."""

    def load(name: str) -> GoldenCase:
        return GoldenCase(name, json.loads((shared / "golden" / "expected" / f"{name}.json").read_text()))

    return load


@pytest.fixture(scope="session")
def risk_free_rate(shared: Path) -> Callable[[date], float]:
    """LEAN's interest rate file: last row on or before a date."""
    path = shared / "data" / "lean" / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
    with path.open(newline="") as file:
        rows = [(date.fromisoformat(row["DATE"]), float(row["PCREDIT8"]) / 100) for row in csv.DictReader(file)]
    days = [day for day, _ in rows]
    return lambda day: rows[max(0, bisect_right(days, day) - 1)][1]
