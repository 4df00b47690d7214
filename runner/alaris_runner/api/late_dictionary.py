"""Bars of a slice that are made when they are asked for, in a dictionary that looks like any other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from alaris_runner.api.slices import DataDictionary
from alaris_runner.api.symbols import Symbol

T = TypeVar("T")


class BarSource(Protocol):
    """Bars by symbol that are made when they are asked for."""

    def find(self, symbol: Symbol) -> Any:
        """Bar of a symbol, None if it has none."""

    def named(self, ticker: str) -> Symbol | None:
        """Symbol of a ticker, None if it is unknown."""

    def items(self) -> Iterable[tuple[Symbol, Any]]:
        """All bars."""


class LateDictionary(DataDictionary[T]):
    """A dictionary by symbol whose sources are asked for one bar at a time, and for all of them when it is walked through."""

    def __init__(self, sources: Iterable[BarSource]) -> None:
        super().__init__()
        self._sources = list(sources)
        self._found: dict[Symbol, T] = {}

    def _fill(self) -> None:
        sources, self._sources = self._sources, []
        for source in sources:
            for symbol, bar in source.items():
                self[symbol] = self._found.get(symbol, bar)

    def _look_up(self, symbol: Symbol) -> T | None:
        found: T | None = dict.get(self, symbol) or self._found.get(symbol)
        if found is None:
            found = next((bar for bar in (source.find(symbol) for source in self._sources) if bar is not None), None)
            if found is not None:
                self._found[symbol] = found
        return found

    def _symbol(self, key: Symbol | str) -> Symbol | None:
        if isinstance(key, Symbol):
            return key
        ticker = key.upper()
        known = next((symbol for symbol in dict.keys(self) if symbol.value == ticker), None)
        return known or next((s for s in (source.named(ticker) for source in self._sources) if s is not None), None)

    def __missing__(self, key: Symbol | str) -> T:
        symbol = self._symbol(key)
        found = self._look_up(symbol) if symbol is not None else None
        if found is None:
            raise KeyError(f"'{key}' has no data in this slice; look with `get` or `contains_key` first")
        return found

    def __contains__(self, key: object) -> bool:
        return isinstance(key, Symbol | str) and self.get(key) is not None

    def contains_key(self, key: Symbol | str) -> bool:
        """Whether a symbol has a value."""
        return self.get(key) is not None

    def get(self, key: Symbol | str, default: Any = None) -> T | Any:
        """Value of a symbol, or the default."""
        symbol = self._symbol(key)
        found = self._look_up(symbol) if symbol is not None else None
        return default if found is None else found

    def __len__(self) -> int:
        self._fill()
        return super().__len__()

    def keys(self) -> Any:
        """Symbols."""
        self._fill()
        return super().keys()

    def values(self) -> Any:
        """Bars."""
        self._fill()
        return super().values()

    def items(self) -> Any:
        """Symbols and bars."""
        self._fill()
        return super().items()

    def __eq__(self, other: object) -> bool:
        self._fill()
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # a dictionary has none

    def __repr__(self) -> str:
        self._fill()
        return super().__repr__()
