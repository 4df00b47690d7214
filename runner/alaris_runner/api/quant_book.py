"""QuantBook: the notebook's object, with the same history calls as an algorithm."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alaris_runner.api.algorithm import QCAlgorithm
from alaris_runner.api.enums import Resolution
from alaris_runner.api.option_universe import OptionFilterUniverse
from alaris_runner.api.symbols import Symbol
from alaris_runner.api.universes import OptionChainUniverse
from alaris_runner.engine.engine import Engine, current_engine
from alaris_runner.engine.history_provider import HistoryProvider, HistoryRequest

_DAY = timedelta(days=1)


class FrameHolder:
    """A history whose `data_frame` is the frame."""

    def __init__(self, frame: Any, symbols: list[Symbol] | None = None) -> None:
        self.data_frame = frame
        self._symbols = symbols or []

    def get_strikes(self) -> list[float]:
        """Strikes, ascending."""
        return sorted({s.id.strike_price for s in self._symbols if s.underlying is not None})

    def get_expiry_dates(self) -> list[datetime]:
        """Expiry dates, ascending."""
        return sorted({s.id.date for s in self._symbols if s.underlying is not None})


class QuantBook(QCAlgorithm):
    """An algorithm that does not run: it reads data as of `set_start_date`."""

    def __init__(self) -> None:
        engine = Engine(current_engine.get().run_settings)
        token = current_engine.set(engine)
        super().__init__()
        current_engine.reset(token)
        engine.algorithm = self

    def option_history(
        self, symbol: Symbol | str, start: datetime, end: datetime | None = None, resolution: Resolution = Resolution.MINUTE
    ) -> FrameHolder:
        """Bars of the contracts that the filter selects on any day, and of the stock."""
        from alaris_runner.api.frames import history_frame  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        stock = self._symbol_of(symbol)
        stock = stock.underlying or stock
        canonical = Symbol.create_canonical_option(stock)
        until, provider = end or self._engine.algorithm_time, HistoryProvider(self._engine)
        symbols = self._selected(canonical, stock, start, until)
        mode = self._engine.securities[stock].data_normalization_mode
        series = [(s, provider.read(HistoryRequest(s, resolution, until, start, mode=mode))) for s in [*symbols, stock]]
        return FrameHolder(history_frame(series, typed=False, flatten=False), symbols)

    def _selected(self, canonical: Symbol, stock: Symbol, start: datetime, until: datetime) -> list[Symbol]:
        universe = self._engine.universe_selection.chain(canonical) or OptionChainUniverse(canonical, self._engine.universe_settings)
        hours, files = self._engine.data.hours(canonical), self._engine.folder.universe_files
        found: dict[Symbol, None] = {}
        for day in hours.trading_days(start.date(), (until - timedelta(microseconds=1)).date()):
            known = files.days(stock, day - timedelta(days=7), day - _DAY)
            if known:
                file = files.read(stock, known[-1])
                local = datetime(day.year, day.month, day.day)
                found |= dict.fromkeys(universe.select(OptionFilterUniverse(file, local, hours)))
        return sorted(found, key=lambda s: s.value)
