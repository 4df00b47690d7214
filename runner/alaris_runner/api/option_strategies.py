"""Named option strategies: the legs of each, to be bought or sold as one combo market order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.orders import Leg
from alaris_runner.api.spelling import PascalCase, snake_case
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

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


class _Builder:
    """Make the legs of one strategy on one chain."""

    def __init__(self, canonical: Symbol | Security, name: str) -> None:
        self._canonical = canonical if isinstance(canonical, Symbol) else canonical.symbol
        self._name = name
        self._legs: list[Leg] = []
        self._stock: list[Leg] = []

    def add(self, quantity: int, right: OptionRight, strike: float, expiration: date) -> _Builder:
        underlying = underlying_of(self._canonical)
        style, market = self._canonical.id.option_style, self._canonical.id.market
        day = datetime.combine(expiration.date() if isinstance(expiration, datetime) else expiration, time())
        self._legs.append(Leg.create(Symbol.create_option(underlying, market, style, right, float(strike), day), quantity))
        return self

    def stock(self, lots: int) -> _Builder:
        self._stock.append(Leg.create(underlying_of(self._canonical), lots * SHARES_A_LOT))
        return self

    def build(self) -> OptionStrategy:
        return OptionStrategy(self._name, self._canonical, self._legs, self._stock)

    def mirrored(self) -> OptionStrategy:
        """The same strategy from the other side."""
        legs = [Leg(leg.symbol, -leg.quantity) for leg in self._legs]
        return OptionStrategy(self._name, self._canonical, legs, [Leg(leg.symbol, -leg.quantity) for leg in self._stock])


Chain = Symbol


def _ordered(*strikes: float) -> None:
    if list(strikes) != sorted(set(strikes)):
        raise InvalidRequest(f"strikes must rise strictly, but are {', '.join(f'{s:g}' for s in strikes)}")


def _vertical(
    name: str, chain: Chain, right: OptionRight, first: tuple[int, float], second: tuple[int, float], expiration: date
) -> OptionStrategy:
    return _Builder(chain, name).add(first[0], right, first[1], expiration).add(second[0], right, second[1], expiration).build()


def _butterfly(name: str, chain: Chain, right: OptionRight, strikes: tuple[float, float, float], expiration: date) -> _Builder:
    high, middle, low = strikes
    _ordered(low, middle, high)
    if abs((high - middle) - (middle - low)) > 1e-9:
        raise InvalidRequest(f"the wings of a butterfly must be equally far from {middle:g}, but are {low:g} and {high:g}")
    return _Builder(chain, name).add(1, right, low, expiration).add(-2, right, middle, expiration).add(1, right, high, expiration)


def _calendar(name: str, chain: Chain, right: OptionRight, strike: float, near: date, far: date) -> _Builder:
    if near >= far:
        raise InvalidRequest(f"the near expiration {near} must come before the far one {far}")
    return _Builder(chain, name).add(-1, right, strike, near).add(1, right, strike, far)


class _Factory(type):
    """Let `OptionStrategies.CallCalendarSpread` mean `call_calendar_spread`, and say which strategies are missing."""

    def __getattr__(cls, name: str) -> object:
        if name[:1].isupper():
            return getattr(cls, snake_case(name))
        raise NotSupportedByRunner(f"OptionStrategies.{name}", "Send its legs with combo_market_order.")


class OptionStrategies(metaclass=_Factory):
    """LEAN's factory of strategies; each is described by what `buy` does, `sell` does the opposite."""

    @staticmethod
    def naked_call(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call."""
        return _Builder(canonical_option, "Naked Call").add(-1, CALL, strike, expiration).build()

    @staticmethod
    def naked_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a put."""
        return _Builder(canonical_option, "Naked Put").add(-1, PUT, strike, expiration).build()

    @staticmethod
    def covered_call(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call on stock held."""
        return _Builder(canonical_option, "Covered Call").add(-1, CALL, strike, expiration).stock(1).build()

    @staticmethod
    def protective_call(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call against stock sold short."""
        return _Builder(canonical_option, "Protective Call").add(1, CALL, strike, expiration).stock(-1).build()

    @staticmethod
    def covered_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a put on stock sold short."""
        return _Builder(canonical_option, "Covered Put").add(-1, PUT, strike, expiration).stock(-1).build()

    @staticmethod
    def protective_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a put on stock held."""
        return _Builder(canonical_option, "Protective Put").add(1, PUT, strike, expiration).stock(1).build()

    @staticmethod
    def protective_collar(canonical_option: Chain, call_strike: float, put_strike: float, expiration: date) -> OptionStrategy:
        """Short a call and long a lower put on stock held."""
        return (
            _Builder(canonical_option, "Protective Collar")
            .add(-1, CALL, call_strike, expiration)
            .add(1, PUT, put_strike, expiration)
            .stock(1)
            .build()
        )

    @staticmethod
    def conversion(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call and long the put of the same strike on stock held."""
        return _Builder(canonical_option, "Conversion").add(-1, CALL, strike, expiration).add(1, PUT, strike, expiration).stock(1).build()

    @staticmethod
    def reverse_conversion(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call and short the put of the same strike on stock sold short."""
        return (
            _Builder(canonical_option, "Reverse Conversion")
            .add(1, CALL, strike, expiration)
            .add(-1, PUT, strike, expiration)
            .stock(-1)
            .build()
        )

    @staticmethod
    def bear_call_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Short the lower call, long the higher."""
        _ordered(leg_1_strike, leg_2_strike)
        return _vertical("Bear Call Spread", canonical_option, CALL, (-1, leg_1_strike), (1, leg_2_strike), expiration)

    @staticmethod
    def bull_call_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Long the lower call, short the higher."""
        _ordered(leg_1_strike, leg_2_strike)
        return _vertical("Bull Call Spread", canonical_option, CALL, (1, leg_1_strike), (-1, leg_2_strike), expiration)

    @staticmethod
    def bear_put_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Long the higher put, short the lower."""
        _ordered(leg_2_strike, leg_1_strike)
        return _vertical("Bear Put Spread", canonical_option, PUT, (1, leg_1_strike), (-1, leg_2_strike), expiration)

    @staticmethod
    def bull_put_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Short the higher put, long the lower."""
        _ordered(leg_2_strike, leg_1_strike)
        return _vertical("Bull Put Spread", canonical_option, PUT, (-1, leg_1_strike), (1, leg_2_strike), expiration)

    @staticmethod
    def straddle(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call and the put of the same strike."""
        return _Builder(canonical_option, "Straddle").add(1, CALL, strike, expiration).add(1, PUT, strike, expiration).build()

    @staticmethod
    def short_straddle(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call and the put of the same strike."""
        return _Builder(canonical_option, "Short Straddle").add(-1, CALL, strike, expiration).add(-1, PUT, strike, expiration).build()

    @staticmethod
    def strangle(canonical_option: Chain, call_leg_strike: float, put_leg_strike: float, expiration: date) -> OptionStrategy:
        """Long a call and a lower put."""
        _ordered(put_leg_strike, call_leg_strike)
        return (
            _Builder(canonical_option, "Strangle").add(1, CALL, call_leg_strike, expiration).add(1, PUT, put_leg_strike, expiration).build()
        )

    @staticmethod
    def short_strangle(canonical_option: Chain, call_leg_strike: float, put_leg_strike: float, expiration: date) -> OptionStrategy:
        """Short a call and a lower put."""
        _ordered(put_leg_strike, call_leg_strike)
        return (
            _Builder(canonical_option, "Short Strangle")
            .add(-1, CALL, call_leg_strike, expiration)
            .add(-1, PUT, put_leg_strike, expiration)
            .build()
        )

    @staticmethod
    def butterfly_call(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the wings, short twice the body, in calls."""
        return _butterfly("Butterfly Call", canonical_option, CALL, (higher_strike, middle_strike, lower_strike), expiration).build()

    call_butterfly = butterfly_call

    @staticmethod
    def short_butterfly_call(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the wings, long twice the body, in calls."""
        return _butterfly(
            "Short Butterfly Call", canonical_option, CALL, (higher_strike, middle_strike, lower_strike), expiration
        ).mirrored()

    @staticmethod
    def butterfly_put(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the wings, short twice the body, in puts."""
        return _butterfly("Butterfly Put", canonical_option, PUT, (higher_strike, middle_strike, lower_strike), expiration).build()

    put_butterfly = butterfly_put

    @staticmethod
    def short_butterfly_put(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the wings, long twice the body, in puts."""
        return _butterfly("Short Butterfly Put", canonical_option, PUT, (higher_strike, middle_strike, lower_strike), expiration).mirrored()

    @staticmethod
    def call_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Short the near call, long the far one."""
        return _calendar("Call Calendar Spread", canonical_option, CALL, strike, near_expiration, far_expiration).build()

    @staticmethod
    def short_call_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Long the near call, short the far one."""
        return _calendar("Short Call Calendar Spread", canonical_option, CALL, strike, near_expiration, far_expiration).mirrored()

    @staticmethod
    def put_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Short the near put, long the far one."""
        return _calendar("Put Calendar Spread", canonical_option, PUT, strike, near_expiration, far_expiration).build()

    @staticmethod
    def short_put_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Long the near put, short the far one."""
        return _calendar("Short Put Calendar Spread", canonical_option, PUT, strike, near_expiration, far_expiration).mirrored()

    @staticmethod
    def iron_butterfly(
        canonical_option: Chain, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short a straddle inside a long strangle."""
        return _iron("Iron Butterfly", canonical_option, (otm_put_strike, atm_strike, atm_strike, otm_call_strike), expiration).build()

    @staticmethod
    def short_iron_butterfly(
        canonical_option: Chain, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long a straddle inside a short strangle."""
        return _iron(
            "Short Iron Butterfly", canonical_option, (otm_put_strike, atm_strike, atm_strike, otm_call_strike), expiration
        ).mirrored()

    @staticmethod
    def iron_condor(
        canonical_option: Chain,
        long_put_strike: float,
        short_put_strike: float,
        short_call_strike: float,
        long_call_strike: float,
        expiration: date,
    ) -> OptionStrategy:
        """Short a strangle inside a wider long one."""
        _ordered(long_put_strike, short_put_strike, short_call_strike, long_call_strike)
        return _iron(
            "Iron Condor", canonical_option, (long_put_strike, short_put_strike, short_call_strike, long_call_strike), expiration
        ).build()

    @staticmethod
    def short_iron_condor(
        canonical_option: Chain,
        short_put_strike: float,
        long_put_strike: float,
        long_call_strike: float,
        short_call_strike: float,
        expiration: date,
    ) -> OptionStrategy:
        """Long a strangle inside a wider short one."""
        _ordered(short_put_strike, long_put_strike, long_call_strike, short_call_strike)
        return _iron(
            "Short Iron Condor", canonical_option, (short_put_strike, long_put_strike, long_call_strike, short_call_strike), expiration
        ).mirrored()

    @staticmethod
    def call_backspread(canonical_option: Chain, lower_strike: float, higher_strike: float, expiration: date) -> OptionStrategy:
        """Short a call, long two higher ones."""
        _ordered(lower_strike, higher_strike)
        return _vertical("Call Backspread", canonical_option, CALL, (-1, lower_strike), (2, higher_strike), expiration)

    @staticmethod
    def short_call_backspread(canonical_option: Chain, lower_strike: float, higher_strike: float, expiration: date) -> OptionStrategy:
        """Long a call, short two higher ones."""
        _ordered(lower_strike, higher_strike)
        return _vertical("Short Call Backspread", canonical_option, CALL, (1, lower_strike), (-2, higher_strike), expiration)

    @staticmethod
    def put_backspread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Short a put, long two lower ones."""
        _ordered(lower_strike, higher_strike)
        return _vertical("Put Backspread", canonical_option, PUT, (-1, higher_strike), (2, lower_strike), expiration)

    @staticmethod
    def short_put_backspread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Long a put, short two lower ones."""
        _ordered(lower_strike, higher_strike)
        return _vertical("Short Put Backspread", canonical_option, PUT, (1, higher_strike), (-2, lower_strike), expiration)


def _iron(name: str, chain: Chain, strikes: tuple[float, float, float, float], expiration: date) -> _Builder:
    """Put wing, put body, call body, call wing."""
    rights, ratios = (PUT, PUT, CALL, CALL), (1, -1, -1, 1)
    builder = _Builder(chain, name)
    for ratio, right, strike in zip(ratios, rights, strikes, strict=True):
        builder.add(ratio, right, strike, expiration)
    return builder
