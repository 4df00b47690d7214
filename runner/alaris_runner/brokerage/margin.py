"""Margin of option strategies, in dollars (`lean.md` E.6; `lean-orders-and-universes.md` section 3).

Initial margin is meant without the premium of the order, which the order check adds once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alaris_runner.api.enums import OptionRight
from alaris_runner.brokerage.buying_power import leverage_of, maintenance_margin, spot
from alaris_runner.brokerage.option_groups import Position, PositionGroup

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.api.security_manager import SecurityManager
    from alaris_runner.api.symbols import Symbol

COVERED_CALL_PREMIUM_SHARE = 0.8  # LEAN adds this share of the call's value to the stock margin (margin_rules_5000, order 12)
PROTECTIVE_SHARE = 0.10  # of the strike
BOX_COMMISSION, BOX_LEAST_COMMISSION = 0.65, 1.0  # dollars a contract, and at least a leg, whatever the fee model
BOX_COVER = 1.02  # of what closing costs


class GroupMargin:
    """Margin of strategies, by their LEAN names."""

    def __init__(self, securities: SecurityManager) -> None:
        self._securities = securities

    def maintenance(self, group: PositionGroup) -> float:
        """Margin of holding the group."""
        rule = MAINTENANCE.get(group.strategy)
        return rule(self, group) if rule is not None else self.separate(group)

    def initial(self, group: PositionGroup) -> float:
        """Margin of opening the group, its premium not counted.

        LEAN's initial margin of a stock has the sign of the quantity, so shares sold short beside options count as a relief
        (margin_rules_5000, order 13: 2 protective calls 6865 - 60 shares 2059.50 + put 1325.50 = 6131).
        """
        rule = INITIAL.get(group.strategy)
        if rule is not None:
            return rule(self, group)
        lone_short_stock = not group.strategy and not group.options and group.quantity < 0
        return -self.maintenance(group) if lone_short_stock else self.maintenance(group)

    def separate(self, group: PositionGroup) -> float:
        """Each position by itself."""
        return sum(self.single(position) for position in group.positions)

    def single(self, position: Position) -> float:
        """One position by itself."""
        return maintenance_margin(self._security(position.symbol), position.quantity)

    def _security(self, symbol: Symbol) -> Security:
        return self._securities[symbol]

    def _value(self, position: Position) -> float:
        security = self._security(position.symbol)
        return abs(position.quantity) * security.price * security.symbol_properties.contract_multiplier

    def _amount(self, position: Position, dollars: float) -> float:
        """Dollars a share over the size of an option position."""
        return dollars * abs(position.quantity) * self._security(position.symbol).symbol_properties.contract_multiplier

    def _moneyness(self, position: Position) -> float:
        """Dollars a share in the money; negative when out of it."""
        underlying, strike = spot(self._security(position.symbol)), position.symbol.id.strike_price
        return underlying - strike if position.symbol.id.option_right == OptionRight.CALL else strike - underlying

    def nothing(self, group: PositionGroup) -> float:
        """No margin: what is owed is covered by what is held."""
        del group  # one signature for all rules
        return 0.0

    def short_leg(self, group: PositionGroup) -> float:
        """Margin of the short option as if it stood alone."""
        return self.single(next(p for p in group.options if p.quantity < 0))

    def stock(self, group: PositionGroup) -> float:
        """Margin of the stock alone."""
        return self.single(group.stock)

    def covered_call(self, group: PositionGroup) -> float:
        """What the call is in the money plus the margin of the stock at no more than the strike; at least stock margin or call value."""
        call, stock = group.options[0], group.stock
        security = self._security(stock.symbol)
        at_strike = abs(stock.quantity) * min(call.symbol.id.strike_price, security.price) / leverage_of(security)
        at_market = min(self._value(stock), max(self._value(call), self.single(stock)))
        return max(self._amount(call, max(self._moneyness(call), 0.0)) + at_strike, at_market)

    def covered_call_initial(self, group: PositionGroup) -> float:
        """Stock margin plus a share of the call's value."""
        return self.stock(group) + COVERED_CALL_PREMIUM_SHARE * self._value(group.options[0])

    def covered(self, group: PositionGroup) -> float:
        """Stock margin plus what the short option is in the money."""
        short = next(p for p in group.options if p.quantity < 0)
        return self.stock(group) + self._amount(short, max(self._moneyness(short), 0.0))

    def protected(self, group: PositionGroup) -> float:
        """A tenth of the strike plus what the option is out of the money; at most the stock margin."""
        option = group.options[0]
        return min(
            self._amount(option, PROTECTIVE_SHARE * option.symbol.id.strike_price + max(-self._moneyness(option), 0.0)), self.stock(group)
        )

    def collar(self, group: PositionGroup) -> float:
        """A tenth of the put's strike plus what it is out of the money; at most a quarter of the call's strike."""
        put, call = group.leg(OptionRight.PUT, 1), group.leg(OptionRight.CALL, -1)
        below = PROTECTIVE_SHARE * put.symbol.id.strike_price + max(-self._moneyness(put), 0.0)
        return min(self._amount(put, below), self._amount(call, 0.25 * call.symbol.id.strike_price))

    def conversion(self, group: PositionGroup) -> float:
        """A tenth of the strike plus what the short option is in the money."""
        short = next(p for p in group.options if p.quantity < 0)
        return self._amount(short, PROTECTIVE_SHARE * short.symbol.id.strike_price + max(self._moneyness(short), 0.0))

    def call_spread(self, group: PositionGroup) -> float:
        """What the short call can lose against the long one."""
        short, long = group.leg(OptionRight.CALL, -1), group.leg(OptionRight.CALL, 1)
        return self._amount(short, max(long.symbol.id.strike_price - short.symbol.id.strike_price, 0.0))

    def put_spread(self, group: PositionGroup) -> float:
        """What the short put can lose against the long one."""
        short, long = group.leg(OptionRight.PUT, -1), group.leg(OptionRight.PUT, 1)
        return self._amount(short, max(short.symbol.id.strike_price - long.symbol.id.strike_price, 0.0))

    def short_pair(self, group: PositionGroup) -> float:
        """The dearer naked leg plus the value of the other."""
        call, put = group.leg(OptionRight.CALL, -1), group.leg(OptionRight.PUT, -1)
        dearer, other = (call, put) if self.single(call) > self.single(put) else (put, call)
        return self.single(dearer) + self._value(other)

    def uncovered(self, group: PositionGroup) -> float:
        """The short leg that no long one covers: the last of a ladder, half of a backspread, the far one of a jelly roll."""
        short = [p for p in group.options if p.quantity < 0][-1]
        return self.single(Position(short.symbol, -group.quantity))

    def short_box(self, group: PositionGroup) -> float:
        """The difference of the strikes, or 2 % more than closing costs at the quotes, LEAN's flat commission included."""
        short, long = group.leg(OptionRight.CALL, -1), group.leg(OptionRight.CALL, 1)
        owed = self._amount(short, long.symbol.id.strike_price - short.symbol.id.strike_price)
        commissions = sum(max(abs(p.quantity) * BOX_COMMISSION, BOX_LEAST_COMMISSION) for p in group.options)
        return max(owed, BOX_COVER * (commissions + sum(self._closing_cost(p) for p in group.options)))

    def _closing_cost(self, position: Position) -> float:
        """Dollars paid to close a position at the quote, negative when received."""
        security = self._security(position.symbol)
        return self._amount(position, security.ask_price if position.quantity < 0 else -security.bid_price)

    def short_butterfly(self, group: PositionGroup) -> float:
        """Distance of the wings."""
        low, middle = sorted(group.options, key=lambda p: p.symbol.id.strike_price)[:2]
        return self._amount(low, middle.symbol.id.strike_price - low.symbol.id.strike_price)


Rule = Callable[[GroupMargin, PositionGroup], float]

MAINTENANCE: dict[str, Rule] = {
    "Covered Call": GroupMargin.covered_call,
    "Covered Put": GroupMargin.covered,
    "Protective Call": GroupMargin.protected,
    "Protective Put": GroupMargin.protected,
    "Protective Collar": GroupMargin.collar,
    "Conversion": GroupMargin.conversion,
    "Reverse Conversion": GroupMargin.conversion,
    "Bear Call Spread": GroupMargin.call_spread,
    "Bull Call Spread": GroupMargin.call_spread,
    "Bear Put Spread": GroupMargin.put_spread,
    "Bull Put Spread": GroupMargin.put_spread,
    "Short Straddle": GroupMargin.short_pair,
    "Short Strangle": GroupMargin.short_pair,
    "Butterfly Call": GroupMargin.nothing,
    "Butterfly Put": GroupMargin.nothing,
    "Short Butterfly Call": GroupMargin.short_butterfly,
    "Short Butterfly Put": GroupMargin.short_butterfly,
    "Call Calendar Spread": GroupMargin.nothing,
    "Put Calendar Spread": GroupMargin.nothing,
    "Short Call Calendar Spread": GroupMargin.short_leg,
    "Short Put Calendar Spread": GroupMargin.short_leg,
    "Iron Butterfly": GroupMargin.put_spread,
    "Iron Condor": GroupMargin.put_spread,
    "Short Iron Butterfly": GroupMargin.nothing,
    "Short Iron Condor": GroupMargin.nothing,
    "Box Spread": GroupMargin.nothing,
    "Short Box Spread": GroupMargin.short_box,
    "Jelly Roll": GroupMargin.uncovered,
    "Short Jelly Roll": GroupMargin.uncovered,
    "Bull Call Ladder": GroupMargin.uncovered,
    "Bear Put Ladder": GroupMargin.uncovered,
    "Short Call Backspread": GroupMargin.uncovered,
    "Short Put Backspread": GroupMargin.uncovered,
    "Bear Call Ladder": GroupMargin.call_spread,
    "Bull Put Ladder": GroupMargin.put_spread,
    "Call Backspread": GroupMargin.call_spread,
    "Put Backspread": GroupMargin.put_spread,
}
INITIAL: dict[str, Rule] = {
    "Covered Call": GroupMargin.covered_call_initial,
    "Protective Call": GroupMargin.stock,
    "Protective Put": GroupMargin.stock,
    "Protective Collar": GroupMargin.covered,
    "Conversion": GroupMargin.covered,
    "Reverse Conversion": GroupMargin.covered,
}
