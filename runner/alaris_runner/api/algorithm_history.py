"""QCAlgorithm's part that looks back: `history` in all its forms, and last known prices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.api.option_universe import OptionUniverse
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.securities import Security
from alaris_runner.api.slices import DataDictionary, Slice
from alaris_runner.api.symbols import Symbol, equity_symbol
from alaris_runner.engine.history_provider import HistoryProvider, HistoryRequest
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_TICK_TYPES: dict[Any, TickType] = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE, OpenInterest: TickType.OPEN_INTEREST}


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
        flatten = bool(named.pop("flatten", False))
        kind, rest = (arguments[0], arguments[1:]) if isinstance(arguments[0], type) else (None, arguments)
        if rest and isinstance(rest[0], (int, timedelta, datetime)) and "symbols" not in named:
            return slices(self._engine, rest, named)
        requests = read_requests(self._engine, kind, rest, named)
        provider = HistoryProvider(self._engine)
        from alaris_runner.api.frames import history_frame  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        return history_frame([(request.symbol, provider.read(request)) for request in requests], typed=kind is not None, flatten=flatten)


class TypedHistory:
    """`self.history[TradeBar]`: bars of one type without pandas."""

    def __init__(self, engine: Engine, kind: Any) -> None:
        self._engine = engine
        self._kind = kind

    def __call__(self, *arguments: Any, **named: Any) -> list[Any]:
        """Return bars of one symbol in time order; of several symbols, a dictionary by symbol for each time."""
        single = isinstance(arguments[0], (Symbol, str, Security))
        provider = HistoryProvider(self._engine)
        read = [(request.symbol, provider.read(request)) for request in read_requests(self._engine, self._kind, arguments, named)]
        if single:
            points = read[0][1]
            return [row for file in points for row in file.rows] if self._kind is OptionUniverse else points
        by_time: dict[datetime, DataDictionary[Any]] = {}
        for symbol, points in read:
            for point in points:
                by_time.setdefault(point.end_time, DataDictionary())[symbol] = point
        return [by_time[moment] for moment in sorted(by_time)]


def read_requests(engine: Engine, kind: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> list[HistoryRequest]:
    """Requests that a history call means, one a symbol."""
    values = list(arguments)
    symbols = (
        named.pop("symbols", None)
        or named.pop("symbol", None)
        or (values.pop(0) if values and not isinstance(values[0], (int, timedelta, datetime)) else engine.securities.keys())
    )
    resolution = named.pop("resolution", None)
    if values and isinstance(values[-1], Resolution):
        resolution = values.pop()
    period = [named.pop(name) for name in ("periods", "span", "start", "end") if name in named]
    values += period
    mode, fill_forward, extended = (
        named.pop("data_normalization_mode", None),
        named.pop("fill_forward", None),
        named.pop("extended_market_hours", None),
    )
    if named:
        raise NotSupportedByRunner(f"history({', '.join(named)}=...)")
    if (
        kind is not None
        and kind not in _TICK_TYPES
        and kind is not OptionUniverse
        and not (isinstance(kind, type) and issubclass(kind, PythonData))
    ):
        raise NotSupportedByRunner(
            f"history({getattr(kind, '__name__', kind)}, ...)",
            "Ask for TradeBar, QuoteBar, OpenInterest, OptionUniverse or your own data type.",
        )
    return [_request(engine, kind, symbol, values, resolution, mode, fill_forward, extended) for symbol in _symbols(engine, symbols)]


def _symbols(engine: Engine, symbols: Any) -> list[Symbol]:
    if isinstance(symbols, (Symbol, str, Security)):
        symbols = [symbols]
    found = []
    for item in symbols:
        if isinstance(item, str):
            known = engine.securities.get(item)
            found.append(known.symbol if known is not None else equity_symbol(item.upper()))
        else:
            found.append(item if isinstance(item, Symbol) else item.symbol)
    return found


def _request(
    engine: Engine, kind: Any, symbol: Symbol, values: list[Any], resolution: Any, mode: Any, fill_forward: Any, extended: Any
) -> HistoryRequest:
    security = engine.securities.find(symbol)
    if resolution is None:
        resolution = security.resolution if security is not None else engine.universe_settings.resolution
    if mode is None:
        mode = security.data_normalization_mode if security is not None else DataNormalizationMode.ADJUSTED
    if symbol.underlying is not None:
        mode = DataNormalizationMode.RAW
    zone = engine.data.hours(symbol).zone
    now = zone.from_utc(engine.utc_now())
    start, end, count = _period(values, now)
    return HistoryRequest(
        symbol,
        Resolution(resolution),
        end,
        start,
        count,
        _TICK_TYPES.get(kind),
        DataNormalizationMode(mode),
        True if fill_forward is None else bool(fill_forward),
        bool(extended),
    )


def _period(values: list[Any], now: datetime) -> tuple[datetime | None, datetime, int | None]:
    """(start, end, count) of what follows the symbols in a call."""
    if not values:
        raise InvalidRequest("history needs a number of bars, a timedelta, or a start and an end")
    first = values[0]
    if isinstance(first, timedelta):
        return now - first, now, None
    if isinstance(first, date):
        start = first if isinstance(first, datetime) else datetime(first.year, first.month, first.day)
        end = values[1] if len(values) > 1 and isinstance(values[1], date) else now
        end = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day)
        return start, min(end, now), None
    return None, now, int(first)


def slices(engine: Engine, arguments: Iterable[Any], named: dict[str, Any]) -> list[Slice]:
    """Slices of all securities: bars by time, universe points as slices of their own without bars."""
    provider = HistoryProvider(engine)
    by_time: dict[datetime, Slice] = {}
    for request in read_requests(engine, None, tuple(arguments), named):
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
        known = self._engine.securities.find(symbol)
        resolution = known.resolution if known is not None else Resolution.DAILY
        found = [self.history[kind](symbol, 5, resolution) for kind in (QuoteBar, TradeBar)]
        return [bars[-1] for bars in found if bars]
