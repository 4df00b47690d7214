"""A day driven by a simulated wall clock, ticks late and out of order, gives what the backtest of the same day gives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alaris_runner.api.enums import Resolution, SecurityType, TickType
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.brokerage.simulated import SimulatedBrokerage
from alaris_runner.brokerage.transactions import TransactionHandler
from alaris_runner.data.folder import DataFolder
from alaris_runner.engine.bar_grid import BarGrid
from alaris_runner.engine.clock import RealTimeClock
from alaris_runner.engine.engine import Engine, RunSettings, current_engine
from alaris_runner.engine.live_feed import LiveDataManager, Tick, TickStore
from alaris_runner.engine.price_points import price_points
from alaris_runner.engine.subscriptions import SubscriptionDataConfig
from alaris_runner.loader import load_algorithm
from alaris_runner.run import run_backtest

TRADER = """
from AlgorithmImports import *

class Trader(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)
        self.stock = self.add_equity("IBM", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW).symbol
        self.schedule.on(self.date_rules.every_day(self.stock), self.time_rules.at(11, 0, 30), self.between_bars)
        self.bars = 0

    def between_bars(self):
        self.log(f"{self.time} {self.securities[self.stock].price}")

    def on_data(self, data):
        self.bars += 1
        bar, quote = data.bars.get(self.stock), data.quote_bars.get(self.stock)
        self.log(f"{bar.open} {bar.high} {bar.low} {bar.close} {bar.volume} {quote.bid.close} {quote.ask.close}")
        if self.bars == 10:
            self.market_order(self.stock, 100)
        if self.bars == 20:
            self.limit_order(self.stock, -100, round(bar.close + 0.1, 2))
        if self.bars == 200:
            self.stop_market_order(self.stock, 50, round(bar.close + 0.05, 2))

    def on_order_event(self, event):
        self.log(f"{event.order_id} {event.status} {event.fill_quantity} @ {event.fill_price}")
"""


class Wall:
    """A wall clock that jumps when somebody sleeps."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Tape:
    """Ticks of a recorded day: each arrives up to 1.5 seconds after its exchange time, so the order of arrival is not that of the times."""

    def __init__(self, ticks: Iterable[Tick], wall: Wall, seed: int) -> None:
        delay = random.Random(seed)  # noqa: S311 - delays of a test
        self._tape = sorted(((tick.time + timedelta(seconds=delay.uniform(0, 1.5)), n, tick) for n, tick in enumerate(ticks)), reverse=True)
        self._wall = wall
        self.subscribed: list[str] = []

    def subscribe(self, symbol: Symbol) -> None:
        self.subscribed.append(symbol.value)

    def unsubscribe(self, symbol: Symbol) -> None:
        self.subscribed.remove(symbol.value)

    def arrived(self) -> list[Tick]:
        ticks = []
        while self._tape and self._tape[-1][0] <= self._wall.now():
            ticks.append(self._tape.pop()[2])
        return ticks


class Connected:
    """A live run on the tape, whose account is LEAN's paper brokerage: orders fill by the data."""

    last_day = date(2013, 10, 7)

    def __init__(self, wall: Wall, tape: Tape) -> None:
        self.clock = RealTimeClock(wall.now, wall.sleep)
        self._tape = tape

    def connect(
        self, folder: DataFolder, utc_now: Callable[[], datetime], initializers: Callable[[], Iterable[Callable[[Security], Any]]]
    ) -> LiveDataManager:
        manager = LiveDataManager(folder, utc_now, initializers)
        manager.source, manager.store = self._tape, TickStore(self._tape)
        return manager

    def brokerage(self, handler: TransactionHandler) -> SimulatedBrokerage:
        return SimulatedBrokerage(handler)

    def begin(self, engine: Engine) -> None:
        """The account is as `initialize` set it."""

    def attend(self, engine: Engine) -> None:
        """Nobody wakes this clock."""


def recorded_ticks(folder: DataFolder, symbol: Symbol) -> list[Tick]:
    """Four ticks of each recorded minute bar: open, high, low and close, with the volume on the last."""
    ticks = []
    hours = folder.market_hours.hours("usa", symbol.value, SecurityType.EQUITY)
    grid = BarGrid(hours, Resolution.MINUTE)
    for tick_type in (TickType.TRADE, TickType.QUOTE):
        config = SubscriptionDataConfig(symbol, Resolution.MINUTE, tick_type, fill_forward=False)
        series = folder.price_files.series(symbol, tick_type, Resolution.MINUTE)
        for end, bar in price_points(series, grid, config, None, datetime(2013, 10, 7, 4), date(2013, 10, 7)):
            sides: Any = bar
            for second, field in ((0, "open"), (17, "high"), (31, "low"), (59, "close")):
                when, last = end - timedelta(minutes=1) + timedelta(seconds=second), field == "close"
                if tick_type == TickType.TRADE:
                    ticks.append(Tick(symbol, when, price=getattr(sides, field), size=sides.volume if last else 0.0))
                else:
                    bid = getattr(sides.bid, field) if sides.bid is not None else None
                    ask = getattr(sides.ask, field) if sides.ask is not None else None
                    ticks.append(Tick(symbol, when, bid=bid, ask=ask, bid_size=sides.last_bid_size, ask_size=sides.last_ask_size))
    return ticks


@pytest.mark.parametrize("seed", [1, 2])
def test_a_live_day_is_its_backtest(shared: Path, tmp_path: Path, seed: int) -> None:
    file, data = tmp_path / "trader.py", shared / "data" / "lean"
    file.write_text(TRADER)
    backtest = run_backtest(file, data, tmp_path / "backtest")
    assert backtest.completed, backtest.error

    wall = Wall(datetime(2013, 10, 7, 4))
    folder = DataFolder(data)
    name, listed = folder.map_files.first_listing("IBM")
    symbol = Symbol(SecurityIdentifier(name, SecurityType.EQUITY, "usa", listed), "IBM")
    tape = Tape(recorded_ticks(folder, symbol), wall, seed)
    engine = Engine(RunSettings(data, tmp_path / "live"), live=Connected(wall, tape))
    token = current_engine.set(engine)
    with load_algorithm(file) as kind:
        engine.algorithm = kind()
        engine.run()
        engine.results.finish(engine.utc_now(), engine.algorithm_time)
    current_engine.reset(token)

    def log(name: str) -> list[str]:
        return (tmp_path / name / "run-log.txt").read_text().splitlines()[1:-1]

    assert engine.algorithm.live_mode
    assert isinstance(engine.data, LiveDataManager)
    assert engine.data.store.too_late == 0
    assert log("live") == log("backtest")
    assert len(log("live")) > 390
    assert wall.now() == datetime(2013, 10, 7, 20, 0, 2)  # two seconds after the last bar


def test_a_tick_after_its_bar_is_counted_and_left_out() -> None:
    ibm = Symbol.create("IBM", SecurityType.EQUITY)
    start = datetime(2013, 10, 7, 14)
    minute = timedelta(minutes=1)
    wall = Wall(start)
    ticks = [Tick(ibm, start, price=1.0), Tick(ibm, start + 2 * minute, price=3.0)]
    tape = Tape(ticks, wall, seed=1)
    store = TickStore(tape)
    wall.time = start + minute
    assert [tick.price for tick in store.close(ibm, TickType.TRADE, start, start + minute)] == [1.0]
    late = Tape([Tick(ibm, start + timedelta(seconds=5), price=2.0)], wall, seed=1)
    store._source = late
    wall.time = start + 3 * minute
    assert store.close(ibm, TickType.TRADE, start + minute, start + 2 * minute) == []
    assert store.too_late == 1
