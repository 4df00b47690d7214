"""QCAlgorithm's part that looks back: `history` in all its forms, and last known prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution
from alaris_runner.api.history_requests import HistoryCall, read_call, read_requests
from alaris_runner.api.option_universe import OptionUniverse
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.securities import Security
from alaris_runner.api.slices import DataDictionary, Slice
from alaris_runner.api.symbols import Symbol
from alaris_runner.engine.history_provider import HistoryProvider

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine


class History:
    """`self.history`: call it for frames (or slices), index it with a type for a list of bars."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getitem__(self, kind: Any) -> TypedHistory:
        return TypedHistory(self._engine, kind)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """History as a pandas frame; as slices if no symbol is given.

        `history(symbols, bars, resolution)`, `history(symbols, timedelta, resolution)`, `history(symbols, start, end, resolution)`,
        each also with a data type in front; `history(bars, resolution)` of all securities.
        """
        call = read_call(arguments, named)
        if call.symbols is None and call.kind is None:
            return slices(self._engine, call)
        provider = HistoryProvider(self._engine)
        from alaris_runner.api.frames import history_frame  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        series = [(request.symbol, provider.read(request)) for request in read_requests(self._engine, call)]
        return history_frame(series, typed=call.kind is not None, flatten=call.flatten)


class TypedHistory:
    """`self.history[TradeBar]`: bars of one type without pandas."""

    def __init__(self, engine: Engine, kind: Any) -> None:
        self._engine = engine
        self._kind = kind

    def __call__(self, *arguments: Any, **named: Any) -> list[Any]:
        """Return bars of one symbol in time order; of several symbols, a dictionary by symbol for each time."""
        call = read_call(arguments, named, self._kind)
        single = isinstance(call.symbols, (Symbol, str, Security))
        provider = HistoryProvider(self._engine)
        read = [(request.symbol, provider.read(request)) for request in read_requests(self._engine, call)]
        if single:
            points = read[0][1]
            return [row for file in points for row in file.rows] if self._kind is OptionUniverse else points
        by_time: dict[datetime, DataDictionary[Any]] = {}
        for symbol, points in read:
            for point in points:
                by_time.setdefault(point.end_time, DataDictionary())[symbol] = point
        return [by_time[moment] for moment in sorted(by_time)]


def slices(engine: Engine, call: HistoryCall) -> list[Slice]:
    """Slices of all securities: bars by time, universe points as slices of their own without bars."""
    provider = HistoryProvider(engine)
    by_time: dict[datetime, Slice] = {}
    for request in read_requests(engine, call):
        for point in provider.read(request):
            end = (
                point.end_time
                if not request.symbol.is_canonical()
                else datetime(point.date.year, point.date.month, point.date.day) + timedelta(days=1)
            )
            current = by_time.setdefault(end, Slice(end, engine.zone.to_utc(end)))
            if isinstance(point, TradeBar):
                current.bars[request.symbol] = point
            elif isinstance(point, QuoteBar):
                current.quote_bars[request.symbol] = point
            elif isinstance(point, PythonData):
                current.add_custom(point)
    return [by_time[moment] for moment in sorted(by_time)]


class HistoryMixin:
    """Looking back."""

    _engine: Engine

    @property
    def history(self) -> History:
        """History of subscribed or unsubscribed symbols."""
        return History(self._engine)

    def get_last_known_price(self, security: Security) -> TradeBar | QuoteBar | None:
        """Latest bar known now, None if there is none in the last five bars."""
        symbol = security.symbol
        kind = QuoteBar if symbol.security_type != symbol.security_type.EQUITY else TradeBar
        bars = self.history[kind](symbol, 5, security.resolution)
        return bars[-1] if bars else None

    def get_last_known_prices(self, security: Security | Symbol) -> list[Any]:
        """Latest bars known now, quotes before trades."""
        symbol = security if isinstance(security, Symbol) else security.symbol
        known = self._engine.securities.find(symbol) if isinstance(security, Symbol) else security
        resolution = known.resolution if known is not None else Resolution.DAILY
        found = [self.history[kind](symbol, 5, resolution) for kind in (QuoteBar, TradeBar)]
        return [bars[-1] for bars in found if bars]
