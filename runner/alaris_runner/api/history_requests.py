"""Calls of `history`: which symbols, over which period, at which resolution, whatever the overload."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.enums import DataNormalizationMode, Resolution, TickType
from alaris_runner.api.option_universe import OptionUniverse
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol, equity_symbol
from alaris_runner.api.universes import OptionChainUniverse, Universe
from alaris_runner.engine.history_provider import HistoryRequest
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_TICK_TYPES: dict[Any, TickType] = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE, OpenInterest: TickType.OPEN_INTEREST}
_SYMBOLS = ("symbols", "symbol", "tickers", "ticker", "universe")
_PERIOD = ("periods", "span", "start", "end")
_OPTIONS = (  # in LEAN's order behind the period
    *("resolution", "fill_forward", "extended_market_hours", "data_mapping_mode", "data_normalization_mode", "contract_depth_offset"),
    "flatten",
)
_OF_FUTURES = ("data_mapping_mode", "contract_depth_offset")  # without effect on stocks and options, on LEAN too


@dataclass(slots=True)
class HistoryCall:
    """What one call asks for; `symbols` is None where it names none and means all securities."""

    kind: Any
    symbols: Any
    period: list[Any]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def flatten(self) -> bool:
        """Whether chains are wanted contract by contract."""
        return bool(self.options.get("flatten"))


def read_call(arguments: tuple[Any, ...], named: dict[str, Any], kind: Any = None) -> HistoryCall:
    """Sort a call's arguments: `([type,] [symbols,] bars | timedelta | start[, end][, resolution][, fill_forward] ...)`."""
    values, rest = list(arguments), dict(named)
    if kind is None:
        kind = rest.pop("type", None) or (values.pop(0) if values and isinstance(values[0], type) else None)
    symbols = next((rest.pop(name) for name in _SYMBOLS if name in rest), None)
    if symbols is None and values and not _is_period(values[0]):
        symbols = values.pop(0)
    period: list[Any] = []
    while values and _is_period(values[0]) and len(period) < 2:
        period.append(values.pop(0))
    period += [rest.pop(name) for name in _PERIOD if name in rest]
    options = dict(zip(_OPTIONS, values, strict=False)) | rest
    unknown = [name for name in options if name not in _OPTIONS]
    if unknown or len(values) > len(_OPTIONS):
        raise NotSupportedByRunner(f"history({', '.join(unknown)}=...)" if unknown else "history with so many arguments")
    _check_kind(kind)
    return HistoryCall(kind, symbols, period, {name: value for name, value in options.items() if name not in _OF_FUTURES})


def _is_period(value: Any) -> bool:
    return isinstance(value, (int, timedelta, date)) and not isinstance(value, (bool, Resolution))


def _check_kind(kind: Any) -> None:
    if kind is None or kind in _TICK_TYPES or kind is OptionUniverse or (isinstance(kind, type) and issubclass(kind, PythonData)):
        return
    raise NotSupportedByRunner(
        f"history({getattr(kind, '__name__', kind)}, ...)",
        "Ask for TradeBar, QuoteBar, OpenInterest, OptionUniverse or your own data type.",
    )


def read_requests(engine: Engine, call: HistoryCall) -> list[HistoryRequest]:
    """Requests that a call means, one a symbol."""
    wanted = engine.securities.keys() if call.symbols is None else call.symbols
    return [_request(engine, call, symbol) for symbol in _symbols(engine, wanted)]


def _symbols(engine: Engine, symbols: Any) -> list[Symbol]:
    if isinstance(symbols, (Symbol, str, Security, Universe)):
        symbols = [symbols]
    return [_symbol(engine, item) for item in symbols]


def _symbol(engine: Engine, item: Any) -> Symbol:
    if isinstance(item, str):
        known = engine.securities.get(item)
        return known.symbol if known is not None else equity_symbol(item.upper())
    if isinstance(item, Universe) and not isinstance(item, OptionChainUniverse):
        raise NotSupportedByRunner(f"history of the universe '{item.name}'", "Ask for its members' symbols.")
    found: Symbol = item if isinstance(item, Symbol) else item.symbol
    return found


def _request(engine: Engine, call: HistoryCall, symbol: Symbol) -> HistoryRequest:
    security, options = engine.securities.find(symbol), call.options
    resolution, mode, fill_forward = (options.get(name) for name in ("resolution", "data_normalization_mode", "fill_forward"))
    if resolution is None:
        resolution = security.resolution if security is not None else engine.universe_settings.resolution
    if mode is None:
        mode = security.data_normalization_mode if security is not None else DataNormalizationMode.ADJUSTED
    if symbol.underlying is not None:
        mode = DataNormalizationMode.RAW
    start, end, count = _period(call.period, engine.data.hours(symbol).zone.from_utc(engine.utc_now()))
    return HistoryRequest(
        symbol,
        Resolution(resolution),
        end,
        start,
        count,
        _TICK_TYPES.get(call.kind),
        DataNormalizationMode(mode),
        True if fill_forward is None else bool(fill_forward),
        bool(options.get("extended_market_hours")),
    )


def _period(values: list[Any], now: datetime) -> tuple[datetime | None, datetime, int | None]:
    """(start, end, count) of what follows the symbols in a call."""
    if not values:
        raise InvalidRequest("history needs a number of bars, a timedelta, or a start and an end")
    first = values[0]
    if isinstance(first, timedelta):
        return now - first, now, None
    if isinstance(first, date):
        end = _moment(values[1]) if len(values) > 1 and isinstance(values[1], date) else now
        return _moment(first), min(end, now), None
    return None, now, int(first)


def _moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
