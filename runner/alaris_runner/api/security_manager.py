"""The algorithm's securities by symbol, and the pairs that iterating a LEAN dictionary yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from alaris_runner.api.securities import Security
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol


class SecurityManager(PascalCase):
    """The algorithm's securities by symbol or ticker; those that left stay reachable by symbol, but are not listed."""

    __slots__ = ("_active", "_completed", "_lookup")

    def __init__(self) -> None:
        self._active: dict[Symbol, Security] = {}
        self._completed: dict[Symbol, Security] = {}
        self._lookup: Callable[[str], Symbol | None] = lambda ticker: next(
            (s for s in (*self._active, *self._completed) if s.value == ticker.upper()), None
        )

    def add(self, security: Security) -> None:
        """Add a security."""
        self._completed.pop(security.symbol, None)
        self._active[security.symbol] = security

    def retire(self, symbol: Symbol) -> None:
        """Take a security off the list."""
        security = self._active.pop(symbol, None)
        if security is not None:
            self._completed[symbol] = security

    def _symbol(self, key: Symbol | str) -> Symbol | None:
        return key if isinstance(key, Symbol) else self._lookup(key)

    def __getitem__(self, key: Symbol | str) -> Security:
        symbol = self._symbol(key)
        security = self.find(symbol) if symbol is not None else None
        if security is None:
            raise KeyError(f"'{key}' is not among the algorithm's securities; add it with add_equity or add_option first")
        return security

    def find(self, symbol: Symbol) -> Security | None:
        """Security of a symbol, listed or left, or None."""
        return self._active.get(symbol) or self._completed.get(symbol)

    def get(self, key: Symbol | str, default_value: Any = None) -> Security | Any:
        """Security of a symbol or ticker, or the default."""
        symbol = self._symbol(key)
        return (self.find(symbol) if symbol is not None else None) or default_value

    def contains_key(self, key: Symbol | str) -> bool:
        """Whether a symbol is listed."""
        symbol = self._symbol(key)
        return symbol is not None and symbol in self._active

    def __contains__(self, key: object) -> bool:
        return self.contains_key(cast("Symbol | str", key))

    def keys(self) -> list[Symbol]:
        """Symbols of the listed securities."""
        return list(self._active)

    def values(self) -> list[Security]:
        """Listed securities."""
        return list(self._active.values())

    def items(self) -> list[tuple[Symbol, Security]]:
        """Symbols and securities."""
        return list(self._active.items())

    @property
    def total(self) -> list[Security]:
        """Listed securities and those that left."""
        return [*self._active.values(), *self._completed.values()]

    @property
    def count(self) -> int:
        """Number of listed securities."""
        return len(self._active)

    def __iter__(self) -> Iterator[Any]:
        return iter([KeyValuePair(k, v) for k, v in self._active.items()])

    def __len__(self) -> int:
        return len(self._active)


class KeyValuePair(PascalCase):
    """.NET's dictionary entry: iterating a LEAN dictionary yields these; it also unpacks as (key, value)."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value

    def __iter__(self) -> Iterator[Any]:
        return iter((self.key, self.value))
