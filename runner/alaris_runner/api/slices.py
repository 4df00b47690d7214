"""What an algorithm receives at one moment: bars, chains and events by symbol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from alaris_runner.api.bars import Delisting, Dividend, QuoteBar, Split, SymbolChangedEvent, TradeBar
from alaris_runner.api.security_manager import KeyValuePair
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import NotSupportedByRunner

T = TypeVar("T")


class DataDictionary(dict[Symbol, T], Generic[T]):
    """A dictionary by symbol that also answers to tickers; iterating it yields key-value pairs, as on LEAN."""

    def _symbol(self, key: Symbol | str) -> Symbol | None:
        if isinstance(key, Symbol):
            return key
        return next((s for s in self.keys() if s.value == key.upper()), None)

    def __missing__(self, key: Symbol | str) -> T:
        symbol = None if isinstance(key, Symbol) else self._symbol(key)
        if symbol is None:
            raise KeyError(f"'{key}' has no data in this slice; look with `get` or `contains_key` first")
        return self[symbol]

    def contains_key(self, key: Symbol | str) -> bool:
        """Whether a symbol has a value."""
        return self._symbol(key) is not None and dict.__contains__(self, self._symbol(key))

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) if isinstance(key, Symbol) else isinstance(key, str) and self._symbol(key) is not None

    def get(self, key: Symbol | str, default: Any = None) -> T | Any:
        """Value of a symbol, or the default."""
        symbol = self._symbol(key)
        return default if symbol is None else dict.get(self, symbol, default)

    def get_value(self, key: Symbol | str) -> T | None:
        """Value of a symbol, or None."""
        return self.get(key)

    @property
    def count(self) -> int:
        """Number of entries."""
        return len(self)

    def __iter__(self) -> Iterator[Any]:
        return iter([KeyValuePair(k, v) for k, v in self.items()])

    def __getattr__(self, name: str) -> Any:
        if name[:1].isupper():
            return getattr(self, {"ContainsKey": "contains_key", "Count": "count"}.get(name, name.lower()))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class Slice(PascalCase):
    """All data of one moment.

    Attributes
    ----------
    time : datetime
        The moment on the algorithm's clock.
    bars, quote_bars, option_chains, splits, dividends, delistings : DataDictionary
        By symbol; bars that were filled forward are among them.
    """

    __slots__ = (
        "_custom",
        "bars",
        "delistings",
        "dividends",
        "has_data",
        "option_chains",
        "quote_bars",
        "splits",
        "symbol_changed_events",
        "time",
        "utc_time",
    )

    def __init__(self, time: datetime, utc_time: datetime) -> None:
        self.time = time
        self.utc_time = utc_time
        self.has_data = False
        self.bars: DataDictionary[TradeBar] = DataDictionary()
        self.quote_bars: DataDictionary[QuoteBar] = DataDictionary()
        self.option_chains: DataDictionary[Any] = DataDictionary()
        self.splits: DataDictionary[Split] = DataDictionary()
        self.dividends: DataDictionary[Dividend] = DataDictionary()
        self.delistings: DataDictionary[Delisting] = DataDictionary()
        self.symbol_changed_events: DataDictionary[SymbolChangedEvent] = DataDictionary()
        self._custom: dict[Symbol, Any] = {}

    def add_custom(self, point: Any) -> None:
        """Take in a point of a user's own data."""
        self._custom[point.symbol] = point

    @property
    def ticks(self) -> Any:
        """Tick data is not supported."""
        raise NotSupportedByRunner("Slice.ticks", "Use second or coarser bars.")

    @property
    def futures_chains(self) -> Any:
        """Futures are not supported."""
        raise NotSupportedByRunner("Slice.futures_chains")

    def _find(self, key: Symbol | str) -> Any:
        for source in (self.bars, self.quote_bars):
            found = source.get(key)
            if found is not None:
                return found
        return next((v for s, v in self._custom.items() if s == key), None)

    def __getitem__(self, key: Symbol | str) -> Any:
        found = self._find(key)
        if found is None:
            raise KeyError(f"'{key}' has no data in this slice; look with `contains_key` first")
        return found

    def get(self, kind: Any, symbol: Symbol | str | None = None) -> Any:
        """Data of one type by symbol: `get(TradeBar)`, `get(MyData)`, `get(QuoteBar, symbol)`; or `get(symbol)`."""
        if not isinstance(kind, type):
            return self._find(kind)
        found: Any
        if kind is TradeBar:
            found = self.bars
        elif kind is QuoteBar:
            found = self.quote_bars
        else:
            found = DataDictionary({s: v for s, v in self._custom.items() if isinstance(v, kind)})
        return found if symbol is None else found.get(symbol)

    def contains_key(self, key: Symbol | str) -> bool:
        """Whether a symbol has a bar, a quote or a user's own point."""
        return self._find(key) is not None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (Symbol, str)) and self._find(key) is not None

    def keys(self) -> list[Symbol]:
        """Symbols with data."""
        return list(dict.fromkeys([*self.bars.keys(), *self.quote_bars.keys(), *self._custom]))

    def values(self) -> list[Any]:
        """Data of each symbol."""
        return [self._find(symbol) for symbol in self.keys()]

    def items(self) -> list[tuple[Symbol, Any]]:
        """Symbols and their data."""
        return [(symbol, self._find(symbol)) for symbol in self.keys()]

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(symbol, data) for symbol, data in self.items()])

    def __len__(self) -> int:
        return len(self.keys())

    @property
    def count(self) -> int:
        """Number of symbols with data."""
        return len(self)

    @property
    def all_data(self) -> Iterable[Any]:
        """Every bar, quote and custom point."""
        return [*self.bars.values(), *self.quote_bars.values(), *self._custom.values()]
