"""Named option strategies found among the positions of one underlying, greedily, in LEAN's order.

Definitions with more legs come first (the stock counts as a leg), equals in the order of the table. Where several contracts would do
for a leg, LEAN takes them in hash order; here the nearest expiry and the lowest strike come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol

CALL, PUT = OptionRight.CALL, OptionRight.PUT


@dataclass(frozen=True, slots=True)
class Position(PascalCase):
    """A signed quantity of one symbol within a group."""

    symbol: Symbol
    quantity: float


@dataclass(frozen=True, slots=True)
class PositionGroup(PascalCase):
    """Positions that are margined together.

    Attributes
    ----------
    strategy : str
        LEAN's name of the strategy; empty for a single position.
    quantity : float
        Units of the strategy.
    """

    strategy: str
    quantity: float
    positions: tuple[Position, ...]

    @property
    def count(self) -> int:
        """Number of positions."""
        return len(self.positions)

    def leg(self, right: OptionRight, sign: int) -> Position:
        """First option leg of a right and side."""
        return next(p for p in self.options if p.symbol.id.option_right == right and p.quantity * sign > 0)

    @property
    def options(self) -> list[Position]:
        """Option legs."""
        return [p for p in self.positions if p.symbol.has_underlying]

    @property
    def stock(self) -> Position:
        """The stock leg."""
        return next(p for p in self.positions if not p.symbol.has_underlying)


def underlying_of(symbol: Symbol) -> Symbol:
    """The stock a symbol belongs to: its underlying, or itself."""
    return symbol.underlying if symbol.underlying is not None else symbol


Relation = Callable[["Symbol", Sequence["Symbol"]], bool]


@dataclass(frozen=True, slots=True)
class LegRule:
    """One option leg: right, signed ratio, and what must hold against the legs before it."""

    right: OptionRight
    ratio: int
    holds: Relation

    @property
    def other_expiry(self) -> bool:
        """Whether the leg may expire on another day than the one before it."""
        return self.holds in (_any, _later, _as_first_date)


@dataclass(frozen=True, slots=True)
class Definition:
    """One strategy: lots of 100 shares (signed) and option legs."""

    name: str
    lots: int
    legs: tuple[LegRule, ...]

    @property
    def leg_count(self) -> int:
        """Legs, the stock included."""
        return len(self.legs) + (self.lots != 0)


def _any(_: Symbol, __: Sequence[Symbol]) -> bool:
    return True


def _higher(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    return symbol.id.date == before[-1].id.date and symbol.id.strike_price > before[-1].id.strike_price


def _lower(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    return symbol.id.date == before[-1].id.date and symbol.id.strike_price < before[-1].id.strike_price


def _same(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    return symbol.id.date == before[-1].id.date and symbol.id.strike_price == before[-1].id.strike_price


def _later(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    return symbol.id.date > before[-1].id.date and symbol.id.strike_price == before[-1].id.strike_price


def _as_far(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    """Third wing of a butterfly: as far above the middle as the first lies below."""
    step = before[-1].id.strike_price - before[-2].id.strike_price
    return symbol.id.date == before[-1].id.date and symbol.id.strike_price == before[-1].id.strike_price + step


def _as_first_strike(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    """Fourth leg of a box: the strike of the first."""
    return symbol.id.date == before[0].id.date and symbol.id.strike_price == before[0].id.strike_price


def _as_first_date(symbol: Symbol, before: Sequence[Symbol]) -> bool:
    """Put of a jelly roll: the strike and the near expiry of the first call."""
    return _as_first_strike(symbol, before)


def _pair(name: str, *legs: tuple[OptionRight, int, Relation], short: str = "", lots: int = 0) -> list[Definition]:
    """A definition and, where it has a name, its mirror image."""
    rules = tuple(LegRule(*leg) for leg in legs)
    found = [Definition(name, lots, rules)]
    if short:
        found.append(Definition(short, -lots, tuple(LegRule(rule.right, -rule.ratio, rule.holds) for rule in rules)))
    return found


def _table() -> list[Definition]:
    return [
        *_pair("Naked Call", (CALL, -1, _any)),
        *_pair("Naked Put", (PUT, -1, _any)),
        *_pair("Covered Call", (CALL, -1, _any), lots=1),
        *_pair("Protective Call", (CALL, 1, _any), lots=-1),
        *_pair("Covered Put", (PUT, -1, _any), lots=-1),
        *_pair("Protective Put", (PUT, 1, _any), lots=1),
        *_pair("Protective Collar", (CALL, -1, _any), (PUT, 1, _lower), lots=1),
        *_pair("Conversion", (CALL, -1, _any), (PUT, 1, _same), lots=1),
        *_pair("Reverse Conversion", (CALL, 1, _any), (PUT, -1, _same), lots=-1),
        *_pair("Bear Call Spread", (CALL, -1, _any), (CALL, 1, _higher)),
        *_pair("Bear Put Spread", (PUT, 1, _any), (PUT, -1, _lower)),
        *_pair("Bull Call Spread", (CALL, 1, _any), (CALL, -1, _higher)),
        *_pair("Bull Put Spread", (PUT, -1, _any), (PUT, 1, _lower)),
        *_pair("Straddle", (CALL, 1, _any), (PUT, 1, _same), short="Short Straddle"),
        *_pair("Strangle", (CALL, 1, _any), (PUT, 1, _lower), short="Short Strangle"),
        *_pair("Butterfly Call", (CALL, 1, _any), (CALL, -2, _higher), (CALL, 1, _as_far), short="Short Butterfly Call"),
        *_pair("Butterfly Put", (PUT, 1, _any), (PUT, -2, _higher), (PUT, 1, _as_far), short="Short Butterfly Put"),
        *_pair("Call Calendar Spread", (CALL, -1, _any), (CALL, 1, _later), short="Short Call Calendar Spread"),
        *_pair("Put Calendar Spread", (PUT, -1, _any), (PUT, 1, _later), short="Short Put Calendar Spread"),
        *_pair("Iron Butterfly", (PUT, 1, _any), (PUT, -1, _higher), (CALL, -1, _same), (CALL, 1, _higher), short="Short Iron Butterfly"),
        *_pair("Iron Condor", (PUT, 1, _any), (PUT, -1, _higher), (CALL, -1, _higher), (CALL, 1, _higher), short="Short Iron Condor"),
        *_pair("Box Spread", (PUT, 1, _any), (PUT, -1, _lower), (CALL, 1, _same), (CALL, -1, _as_first_strike), short="Short Box Spread"),
        *_pair("Jelly Roll", (CALL, -1, _any), (CALL, 1, _later), (PUT, 1, _as_first_date), (PUT, -1, _later), short="Short Jelly Roll"),
        *_pair("Bear Call Ladder", (CALL, -1, _any), (CALL, 1, _higher), (CALL, 1, _higher)),
        *_pair("Bear Put Ladder", (PUT, 1, _any), (PUT, -1, _lower), (PUT, -1, _lower)),
        *_pair("Bull Call Ladder", (CALL, 1, _any), (CALL, -1, _higher), (CALL, -1, _higher)),
        *_pair("Bull Put Ladder", (PUT, -1, _any), (PUT, 1, _lower), (PUT, 1, _lower)),
        *_pair("Call Backspread", (CALL, -1, _any), (CALL, 2, _higher), short="Short Call Backspread"),
        *_pair("Put Backspread", (PUT, -1, _any), (PUT, 2, _lower), short="Short Put Backspread"),
    ]


DEFINITIONS: tuple[Definition, ...] = tuple(sorted(_table(), key=lambda definition: -definition.leg_count))


Pool = dict[datetime, list["Symbol"]]


class _Book:
    """What is left to be matched of one underlying: contracts by right and side, then by expiry, strikes rising."""

    def __init__(self, options: dict[Symbol, float], shares: float) -> None:
        self.options = dict(options)
        self.shares = shares
        self._pools: dict[tuple[OptionRight, bool], Pool] = {}
        for symbol in sorted(options, key=lambda symbol: (symbol.id.date, symbol.id.strike_price)):
            pool = self._pools.setdefault((symbol.id.option_right, options[symbol] > 0), {})
            pool.setdefault(symbol.id.date, []).append(symbol)

    def candidates(self, rule: LegRule, before: Sequence[Symbol]) -> Iterator[Symbol]:
        pool, ratio = self._pools.get((rule.right, rule.ratio > 0), {}), abs(rule.ratio)
        expiries = list(pool.values()) if rule.other_expiry or not before else [pool.get(before[-1].id.date, [])]
        for symbols in expiries:
            for symbol in symbols:
                if abs(self.options[symbol]) >= ratio and rule.holds(symbol, before):
                    yield symbol

    def lacks(self, rules: Sequence[LegRule]) -> bool:
        """Whether some leg has no contract of its right and side at all."""
        return any(not self._pools.get((rule.right, rule.ratio > 0)) for rule in rules)

    def find(self, rules: Sequence[LegRule], before: list[Symbol]) -> list[Symbol] | None:
        """First combination of contracts that satisfies the rules, in order."""
        if len(before) == len(rules):
            return before
        for symbol in self.candidates(rules[len(before)], before):
            found = self.find(rules, [*before, symbol])
            if found is not None:
                return found
        return None

    def take(self, definition: Definition, multiplier: float) -> PositionGroup | None:
        """Match the definition once, as many units as there are, and remove them."""
        lots = self.shares / (definition.lots * multiplier) if definition.lots else 1.0
        legs = self.find(definition.legs, []) if lots >= 1 and not self.lacks(definition.legs) else None
        if legs is None:
            return None
        ratios = [rule.ratio for rule in definition.legs]
        units = float(min(int(self.options[symbol] / ratio) for symbol, ratio in zip(legs, ratios, strict=True)))
        units = min(units, float(int(lots))) if definition.lots else units
        positions = [Position(symbol, ratio * units) for symbol, ratio in zip(legs, ratios, strict=True)]
        if definition.lots:
            positions.insert(0, Position(underlying_of(legs[0]), definition.lots * multiplier * units))
        for position in positions:
            self._remove(position)
        return PositionGroup(definition.name, units, tuple(positions))

    def _remove(self, position: Position) -> None:
        if not position.symbol.has_underlying:
            self.shares -= position.quantity
            return
        self.options[position.symbol] -= position.quantity
        if not self.options[position.symbol]:
            del self.options[position.symbol]
            side = (position.symbol.id.option_right, position.quantity > 0)
            left = [symbol for symbol in self._pools[side][position.symbol.id.date] if symbol != position.symbol]
            self._pools[side][position.symbol.id.date] = left
            if not any(self._pools[side].values()):
                del self._pools[side]


def match_strategies(
    options: dict[Symbol, float], shares: float, multiplier: float = 100.0
) -> tuple[list[PositionGroup], dict[Symbol, float], float]:
    """Group the options of one underlying and its stock.

    Parameters
    ----------
    options : dict of Symbol to float
        Signed contracts.
    shares : float
        Signed shares of the underlying.
    multiplier : float
        Shares a contract.

    Returns
    -------
    list of PositionGroup
        Strategies found, in the order of their definitions.
    dict of Symbol to float
        Contracts left over.
    float
        Shares left over.
    """
    book, groups = _Book(options, shares), []
    for definition in DEFINITIONS:
        while book.options:
            group = book.take(definition, multiplier)
            if group is None:
                break
            groups.append(group)
    return groups, book.options, book.shares
