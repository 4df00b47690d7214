"""One named option strategy: its legs and its stock, and how the legs of the usual shapes are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.orders import Leg
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import InvalidRequest

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

CALL, PUT = OptionRight.CALL, OptionRight.PUT
SHARES_A_LOT = 100


@dataclass(frozen=True, slots=True)
class OptionStrategy(PascalCase):
    """A strategy: option legs in LEAN's order, and the stock of it in lots.

    Attributes
    ----------
    option_legs : list of Leg
        Signed ratios.
    underlying_legs : list of Leg
        Shares, at most one leg.
    """

    name: str
    canonical_option: Symbol
    option_legs: list[Leg]
    underlying_legs: list[Leg] = field(default_factory=list)

    @property
    def underlying(self) -> Symbol:
        """The stock."""
        return underlying_of(self.canonical_option)

    @property
    def legs(self) -> list[Leg]:
        """Stock leg first, as it is sent."""
        return [*self.underlying_legs, *self.option_legs]


def underlying_of(canonical: Symbol) -> Symbol:
    """Stock of a chain.

    Raises
    ------
    InvalidRequest
        If the symbol is not an option's.
    """
    if canonical.underlying is None:
        raise InvalidRequest(f"{canonical.value} is not an option: pass the symbol that add_option returned")
    return canonical.underlying


class StrategyBuilder:
    """Make the legs of one strategy on one chain."""

    def __init__(self, canonical: Symbol | Security, name: str) -> None:
        self._canonical = canonical if isinstance(canonical, Symbol) else canonical.symbol
        self._name = name
        self._legs: list[Leg] = []
        self._stock: list[Leg] = []

    def add(self, quantity: int, right: OptionRight, strike: float, expiration: date) -> StrategyBuilder:
        """Add an option leg of a signed ratio."""
        underlying = underlying_of(self._canonical)
        style, market = self._canonical.id.option_style, self._canonical.id.market
        day = datetime.combine(expiration.date() if isinstance(expiration, datetime) else expiration, time())
        self._legs.append(Leg.create(Symbol.create_option(underlying, market, style, right, float(strike), day), quantity))
        return self

    def stock(self, lots: int) -> StrategyBuilder:
        """Add the stock, in lots of a hundred shares."""
        self._stock.append(Leg.create(underlying_of(self._canonical), lots * SHARES_A_LOT))
        return self

    def build(self) -> OptionStrategy:
        """The strategy as it was put together."""
        return OptionStrategy(self._name, self._canonical, self._legs, self._stock)

    def mirrored(self) -> OptionStrategy:
        """The same strategy from the other side."""
        legs = [Leg(leg.symbol, -leg.quantity) for leg in self._legs]
        return OptionStrategy(self._name, self._canonical, legs, [Leg(leg.symbol, -leg.quantity) for leg in self._stock])


Chain = Symbol


def check_rising(*strikes: float) -> None:
    """Refuse strikes that are not in rising order."""
    if list(strikes) != sorted(set(strikes)):
        raise InvalidRequest(f"strikes must rise strictly, but are {', '.join(f'{s:g}' for s in strikes)}")


def vertical(
    name: str, chain: Chain, right: OptionRight, first: tuple[int, float], second: tuple[int, float], expiration: date
) -> OptionStrategy:
    """Two strikes of one right and expiry."""
    return StrategyBuilder(chain, name).add(first[0], right, first[1], expiration).add(second[0], right, second[1], expiration).build()


def butterfly(name: str, chain: Chain, right: OptionRight, strikes: tuple[float, float, float], expiration: date) -> StrategyBuilder:
    """Wings and twice the body, equally far apart."""
    high, middle, low = strikes
    check_rising(low, middle, high)
    if abs((high - middle) - (middle - low)) > 1e-9:
        raise InvalidRequest(f"the wings of a butterfly must be equally far from {middle:g}, but are {low:g} and {high:g}")
    return StrategyBuilder(chain, name).add(1, right, low, expiration).add(-2, right, middle, expiration).add(1, right, high, expiration)


def calendar(name: str, chain: Chain, right: OptionRight, strike: float, near: date, far: date) -> StrategyBuilder:
    """Short the near expiry, long the far one."""
    if near >= far:
        raise InvalidRequest(f"the near expiration {near} must come before the far one {far}")
    return StrategyBuilder(chain, name).add(-1, right, strike, near).add(1, right, strike, far)


def iron(name: str, chain: Chain, strikes: tuple[float, float, float, float], expiration: date) -> StrategyBuilder:
    """Put wing, put body, call body, call wing."""
    rights, ratios = (PUT, PUT, CALL, CALL), (1, -1, -1, 1)
    builder = StrategyBuilder(chain, name)
    for ratio, right, strike in zip(ratios, rights, strikes, strict=True):
        builder.add(ratio, right, strike, expiration)
    return builder


def ladder(
    name: str, chain: Chain, right: OptionRight, ratios: tuple[int, int, int], strikes: tuple[float, float, float], expiration: date
) -> OptionStrategy:
    """Three strikes in the order given."""
    builder = StrategyBuilder(chain, name)
    for ratio, strike in zip(ratios, strikes, strict=True):
        builder.add(ratio, right, strike, expiration)
    return builder.build()


def box(name: str, chain: Chain, higher: float, lower: float, expiration: date) -> StrategyBuilder:
    """A bear put spread and a bull call spread of the same strikes."""
    check_rising(lower, higher)
    builder = StrategyBuilder(chain, name).add(1, PUT, higher, expiration).add(-1, PUT, lower, expiration)
    return builder.add(1, CALL, lower, expiration).add(-1, CALL, higher, expiration)


def jelly(name: str, chain: Chain, strike: float, near: date, far: date) -> StrategyBuilder:
    """A call calendar and the put calendar against it."""
    return calendar(name, chain, CALL, strike, near, far).add(1, PUT, strike, near).add(-1, PUT, strike, far)
