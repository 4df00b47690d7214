"""LEAN's factory of named option strategies, to be bought or sold as one combo market order."""

from __future__ import annotations

from datetime import date

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.option_strategy import (
    Chain,
    OptionStrategy,
    StrategyBuilder,
    box,
    butterfly,
    calendar,
    check_rising,
    iron,
    jelly,
    ladder,
    vertical,
)
from alaris_runner.api.spelling import snake_case
from alaris_runner.errors import NotSupportedByRunner

__all__ = ["OptionStrategies", "OptionStrategy"]
CALL, PUT = OptionRight.CALL, OptionRight.PUT


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
        return StrategyBuilder(canonical_option, "Naked Call").add(-1, CALL, strike, expiration).build()

    @staticmethod
    def naked_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a put."""
        return StrategyBuilder(canonical_option, "Naked Put").add(-1, PUT, strike, expiration).build()

    @staticmethod
    def covered_call(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call on stock held."""
        return StrategyBuilder(canonical_option, "Covered Call").add(-1, CALL, strike, expiration).stock(1).build()

    @staticmethod
    def protective_call(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call against stock sold short."""
        return StrategyBuilder(canonical_option, "Protective Call").add(1, CALL, strike, expiration).stock(-1).build()

    @staticmethod
    def covered_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a put on stock sold short."""
        return StrategyBuilder(canonical_option, "Covered Put").add(-1, PUT, strike, expiration).stock(-1).build()

    @staticmethod
    def protective_put(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a put on stock held."""
        return StrategyBuilder(canonical_option, "Protective Put").add(1, PUT, strike, expiration).stock(1).build()

    @staticmethod
    def protective_collar(canonical_option: Chain, call_strike: float, put_strike: float, expiration: date) -> OptionStrategy:
        """Short a call and long a lower put on stock held."""
        return (
            StrategyBuilder(canonical_option, "Protective Collar")
            .add(-1, CALL, call_strike, expiration)
            .add(1, PUT, put_strike, expiration)
            .stock(1)
            .build()
        )

    @staticmethod
    def conversion(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call and long the put of the same strike on stock held."""
        return (
            StrategyBuilder(canonical_option, "Conversion")
            .add(-1, CALL, strike, expiration)
            .add(1, PUT, strike, expiration)
            .stock(1)
            .build()
        )

    @staticmethod
    def reverse_conversion(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call and short the put of the same strike on stock sold short."""
        return (
            StrategyBuilder(canonical_option, "Reverse Conversion")
            .add(1, CALL, strike, expiration)
            .add(-1, PUT, strike, expiration)
            .stock(-1)
            .build()
        )

    @staticmethod
    def bear_call_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Short the lower call, long the higher."""
        check_rising(leg_1_strike, leg_2_strike)
        return vertical("Bear Call Spread", canonical_option, CALL, (-1, leg_1_strike), (1, leg_2_strike), expiration)

    @staticmethod
    def bull_call_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Long the lower call, short the higher."""
        check_rising(leg_1_strike, leg_2_strike)
        return vertical("Bull Call Spread", canonical_option, CALL, (1, leg_1_strike), (-1, leg_2_strike), expiration)

    @staticmethod
    def bear_put_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Long the higher put, short the lower."""
        check_rising(leg_2_strike, leg_1_strike)
        return vertical("Bear Put Spread", canonical_option, PUT, (1, leg_1_strike), (-1, leg_2_strike), expiration)

    @staticmethod
    def bull_put_spread(canonical_option: Chain, leg_1_strike: float, leg_2_strike: float, expiration: date) -> OptionStrategy:
        """Short the higher put, long the lower."""
        check_rising(leg_2_strike, leg_1_strike)
        return vertical("Bull Put Spread", canonical_option, PUT, (-1, leg_1_strike), (1, leg_2_strike), expiration)

    @staticmethod
    def straddle(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Long a call and the put of the same strike."""
        return StrategyBuilder(canonical_option, "Straddle").add(1, CALL, strike, expiration).add(1, PUT, strike, expiration).build()

    @staticmethod
    def short_straddle(canonical_option: Chain, strike: float, expiration: date) -> OptionStrategy:
        """Short a call and the put of the same strike."""
        return (
            StrategyBuilder(canonical_option, "Short Straddle").add(-1, CALL, strike, expiration).add(-1, PUT, strike, expiration).build()
        )

    @staticmethod
    def strangle(canonical_option: Chain, call_leg_strike: float, put_leg_strike: float, expiration: date) -> OptionStrategy:
        """Long a call and a lower put."""
        check_rising(put_leg_strike, call_leg_strike)
        return (
            StrategyBuilder(canonical_option, "Strangle")
            .add(1, CALL, call_leg_strike, expiration)
            .add(1, PUT, put_leg_strike, expiration)
            .build()
        )

    @staticmethod
    def short_strangle(canonical_option: Chain, call_leg_strike: float, put_leg_strike: float, expiration: date) -> OptionStrategy:
        """Short a call and a lower put."""
        check_rising(put_leg_strike, call_leg_strike)
        return (
            StrategyBuilder(canonical_option, "Short Strangle")
            .add(-1, CALL, call_leg_strike, expiration)
            .add(-1, PUT, put_leg_strike, expiration)
            .build()
        )

    @staticmethod
    def butterfly_call(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the wings, short twice the body, in calls."""
        return butterfly("Butterfly Call", canonical_option, CALL, (higher_strike, middle_strike, lower_strike), expiration).build()

    call_butterfly = butterfly_call

    @staticmethod
    def short_butterfly_call(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the wings, long twice the body, in calls."""
        return butterfly(
            "Short Butterfly Call", canonical_option, CALL, (higher_strike, middle_strike, lower_strike), expiration
        ).mirrored()

    @staticmethod
    def butterfly_put(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the wings, short twice the body, in puts."""
        return butterfly("Butterfly Put", canonical_option, PUT, (higher_strike, middle_strike, lower_strike), expiration).build()

    put_butterfly = butterfly_put

    @staticmethod
    def short_butterfly_put(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the wings, long twice the body, in puts."""
        return butterfly("Short Butterfly Put", canonical_option, PUT, (higher_strike, middle_strike, lower_strike), expiration).mirrored()

    @staticmethod
    def call_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Short the near call, long the far one."""
        return calendar("Call Calendar Spread", canonical_option, CALL, strike, near_expiration, far_expiration).build()

    @staticmethod
    def short_call_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Long the near call, short the far one."""
        return calendar("Short Call Calendar Spread", canonical_option, CALL, strike, near_expiration, far_expiration).mirrored()

    @staticmethod
    def put_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Short the near put, long the far one."""
        return calendar("Put Calendar Spread", canonical_option, PUT, strike, near_expiration, far_expiration).build()

    @staticmethod
    def short_put_calendar_spread(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Long the near put, short the far one."""
        return calendar("Short Put Calendar Spread", canonical_option, PUT, strike, near_expiration, far_expiration).mirrored()

    @staticmethod
    def iron_butterfly(
        canonical_option: Chain, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short a straddle inside a long strangle."""
        return iron("Iron Butterfly", canonical_option, (otm_put_strike, atm_strike, atm_strike, otm_call_strike), expiration).build()

    @staticmethod
    def short_iron_butterfly(
        canonical_option: Chain, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long a straddle inside a short strangle."""
        return iron(
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
        check_rising(long_put_strike, short_put_strike, short_call_strike, long_call_strike)
        return iron(
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
        check_rising(short_put_strike, long_put_strike, long_call_strike, short_call_strike)
        return iron(
            "Short Iron Condor", canonical_option, (short_put_strike, long_put_strike, long_call_strike, short_call_strike), expiration
        ).mirrored()

    @staticmethod
    def call_backspread(canonical_option: Chain, lower_strike: float, higher_strike: float, expiration: date) -> OptionStrategy:
        """Short a call, long two higher ones."""
        check_rising(lower_strike, higher_strike)
        return vertical("Call Backspread", canonical_option, CALL, (-1, lower_strike), (2, higher_strike), expiration)

    @staticmethod
    def short_call_backspread(canonical_option: Chain, lower_strike: float, higher_strike: float, expiration: date) -> OptionStrategy:
        """Long a call, short two higher ones."""
        check_rising(lower_strike, higher_strike)
        return vertical("Short Call Backspread", canonical_option, CALL, (1, lower_strike), (-2, higher_strike), expiration)

    @staticmethod
    def put_backspread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Short a put, long two lower ones."""
        check_rising(lower_strike, higher_strike)
        return vertical("Put Backspread", canonical_option, PUT, (-1, higher_strike), (2, lower_strike), expiration)

    @staticmethod
    def short_put_backspread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Long a put, short two lower ones."""
        check_rising(lower_strike, higher_strike)
        return vertical("Short Put Backspread", canonical_option, PUT, (1, higher_strike), (-2, lower_strike), expiration)

    @staticmethod
    def box_spread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Long a box: worth the difference of the strikes at expiry."""
        return box("Box Spread", canonical_option, higher_strike, lower_strike, expiration).build()

    @staticmethod
    def short_box_spread(canonical_option: Chain, higher_strike: float, lower_strike: float, expiration: date) -> OptionStrategy:
        """Short a box: owes the difference of the strikes at expiry."""
        return box("Short Box Spread", canonical_option, higher_strike, lower_strike, expiration).mirrored()

    @staticmethod
    def jelly_roll(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Long the far synthetic stock, short the near one."""
        return jelly("Jelly Roll", canonical_option, strike, near_expiration, far_expiration).build()

    @staticmethod
    def short_jelly_roll(canonical_option: Chain, strike: float, near_expiration: date, far_expiration: date) -> OptionStrategy:
        """Short the far synthetic stock, long the near one."""
        return jelly("Short Jelly Roll", canonical_option, strike, near_expiration, far_expiration).mirrored()

    @staticmethod
    def bear_call_ladder(
        canonical_option: Chain, lower_strike: float, middle_strike: float, higher_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the lowest call, long the two above."""
        check_rising(lower_strike, middle_strike, higher_strike)
        return ladder("Bear Call Ladder", canonical_option, CALL, (-1, 1, 1), (lower_strike, middle_strike, higher_strike), expiration)

    @staticmethod
    def bear_put_ladder(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the highest put, short the two below."""
        check_rising(lower_strike, middle_strike, higher_strike)
        return ladder("Bear Put Ladder", canonical_option, PUT, (1, -1, -1), (higher_strike, middle_strike, lower_strike), expiration)

    @staticmethod
    def bull_call_ladder(
        canonical_option: Chain, lower_strike: float, middle_strike: float, higher_strike: float, expiration: date
    ) -> OptionStrategy:
        """Long the lowest call, short the two above."""
        check_rising(lower_strike, middle_strike, higher_strike)
        return ladder("Bull Call Ladder", canonical_option, CALL, (1, -1, -1), (lower_strike, middle_strike, higher_strike), expiration)

    @staticmethod
    def bull_put_ladder(
        canonical_option: Chain, higher_strike: float, middle_strike: float, lower_strike: float, expiration: date
    ) -> OptionStrategy:
        """Short the highest put, long the two below."""
        check_rising(lower_strike, middle_strike, higher_strike)
        return ladder("Bull Put Ladder", canonical_option, PUT, (-1, 1, 1), (higher_strike, middle_strike, lower_strike), expiration)
