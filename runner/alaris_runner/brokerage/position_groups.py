"""The account's positions as margin groups, what they use, and whether there is buying power for one more order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.order_enums import OrderDirection, OrderType
from alaris_runner.api.orders import Order
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.buying_power import (
    SUFFICIENT,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    initial_margin,
    leverage_of,
    maintenance_margin,
    order_value,
)
from alaris_runner.brokerage.margin import GroupMargin
from alaris_runner.brokerage.numbers import decimal_text
from alaris_runner.brokerage.option_groups import Position, PositionGroup, match_strategies, underlying_of
from alaris_runner.brokerage.user_models import ask

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol

Legs = Sequence[tuple[Order, "Security"]]
Quantities = dict["Symbol", float]


class AccountPositions(PascalCase):
    """Margin of the whole account (`portfolio.positions`)."""

    def __init__(self, portfolio: SecurityPortfolioManager) -> None:
        self._portfolio = portfolio
        self._margin = GroupMargin(portfolio.securities)
        self._known: tuple[tuple[Symbol, float], ...] = ()
        self._groups: list[PositionGroup] = []

    @property
    def groups(self) -> list[PositionGroup]:
        """Strategies first found, then single positions, by underlying."""
        held = tuple((holding.symbol, holding.quantity) for holding in self._portfolio.held)
        if held != self._known:
            self._known, self._groups = held, group_positions(dict(held))
        return self._groups

    def total_margin_used(self) -> float:
        """Maintenance margin of all groups."""
        return sum(self._margin.maintenance(group) for group in self.groups)

    def group_margin(self, group: PositionGroup) -> float:
        """Maintenance margin of one group."""
        return self._margin.maintenance(group)

    def buying_power(self, security: Security, direction: OrderDirection) -> float:
        """Margin free for an order; an order against a holding may use that holding's margin twice. Never negative."""
        free, holding = self._portfolio.margin_remaining, security.holdings
        if holding.quantity and direction is OrderDirection.of(-holding.quantity):
            free += maintenance_margin(security, holding.quantity) + initial_margin(security, -holding.quantity)
        return max(free, 0.0)

    def check(self, legs: Legs) -> HasSufficientBuyingPowerForOrderResult:
        """Whether the account can carry the orders: together where they form strategies, else one by one."""
        if legs[0][0].type is OrderType.OPTION_EXERCISE:
            return self._check_exercise(*legs[0])
        held = self._impacted(legs)
        if held or len(legs) > 1:
            wanted = {symbol: quantity for symbol, quantity in merged(held, legs).items() if quantity}
            groups = group_positions(wanted)
            if any(group.strategy for group in groups):
                return self._check_groups(legs, held, groups)
        return next(
            (answer for answer in (self._check_single(order, security) for order, security in legs) if not answer.is_sufficient), SUFFICIENT
        )

    def _impacted(self, legs: Legs) -> Quantities:
        underlyings = {underlying_of(order.symbol) for order, _ in legs}
        return {holding.symbol: holding.quantity for holding in self._portfolio.held if underlying_of(holding.symbol) in underlyings}

    def _check_groups(self, legs: Legs, held: Quantities, groups: list[PositionGroup]) -> HasSufficientBuyingPowerForOrderResult:
        reserved = sum(self._margin.maintenance(group) for group in group_positions(held))
        contemplated = sum(self._margin.initial(group) for group in groups) + net_debit(legs)
        delta, free = contemplated - reserved, self._portfolio.margin_remaining
        if delta < 0 or round(delta - free, 6) <= 0:
            return SUFFICIENT
        return HasSufficientBuyingPowerForOrderResult(
            False, f"Id: {ids(legs)}, Maintenance Margin Delta: {decimal_text(delta)}, Free Margin: {decimal_text(free)}."
        )

    def _check_single(self, order: Order, security: Security) -> HasSufficientBuyingPowerForOrderResult:
        parameters = HasSufficientBuyingPowerForOrderParameters(self._portfolio, security, order)
        answer: HasSufficientBuyingPowerForOrderResult = ask(
            security.buying_power_model, "has_sufficient_buying_power_for_order", parameters
        )
        return answer

    def _check_exercise(self, order: Order, option: Security) -> HasSufficientBuyingPowerForOrderResult:
        """Margin of the delivered shares at the strike, with the option's own margin set free."""
        underlying = option.underlying
        if underlying is None or not underlying.is_tradable:
            return SUFFICIENT
        shares = exercise_quantity(option, order.quantity)
        holding = underlying.holdings
        if holding.quantity * shares < 0 and abs(shares) <= abs(holding.quantity):
            return SUFFICIENT
        free = self.buying_power(underlying, OrderDirection.of(shares)) + maintenance_margin(option, -order.quantity)
        required = shares * option.symbol.id.strike_price / leverage_of(underlying)
        if round(abs(required) - free, 6) <= 0:
            return SUFFICIENT
        return HasSufficientBuyingPowerForOrderResult(
            False, f"Id: {order.id}, Initial Margin: {decimal_text(required)}, Free Margin: {decimal_text(free)}."
        )


def group_positions(quantities: Quantities) -> list[PositionGroup]:
    """Group positions by underlying: strategies first, then what is left, one by one."""
    return list(_grouped(tuple(quantities.items())))


@lru_cache(maxsize=256)  # resting orders ask about the same positions at every step
def _grouped(positions: tuple[tuple[Symbol, float], ...]) -> tuple[PositionGroup, ...]:
    quantities = dict(positions)
    groups: list[PositionGroup] = []
    for underlying in dict.fromkeys(underlying_of(symbol) for symbol in quantities):
        options = {symbol: quantity for symbol, quantity in quantities.items() if symbol.has_underlying and symbol.underlying == underlying}
        shares = quantities.get(underlying, 0.0)
        strategies, options, shares = match_strategies(options, shares) if options else ([], {}, shares)
        groups += strategies
        left = {**({underlying: shares} if shares else {}), **options}
        groups += [PositionGroup("", quantity, (Position(symbol, quantity),)) for symbol, quantity in left.items()]
    return tuple(groups)


def merged(held: Quantities, legs: Legs) -> Quantities:
    """Positions after the orders."""
    result = dict(held)
    for order, _ in legs:
        result[order.symbol] = result.get(order.symbol, 0.0) + order.quantity
    return result


def ids(legs: Legs) -> str:
    """Order ids as LEAN lists them."""
    return ",".join(str(order.id) for order, _ in legs)


def net_debit(legs: Legs) -> float:
    """Premium the option legs pay together at the securities' prices; nothing for a credit."""
    premium = sum(
        order.quantity * security.price * security.symbol_properties.contract_multiplier
        for order, security in legs
        if security.type is not SecurityType.EQUITY
    )
    return max(premium, 0.0)


def exercise_quantity(option: Security, contracts: float) -> float:
    """Signed shares that an exercise order of signed contracts delivers."""
    sign = -1.0 if option.symbol.id.option_right == 0 else 1.0
    return sign * contracts * option.symbol_properties.contract_multiplier


def refusal(legs: Legs, reason: str) -> str:
    """LEAN's text for orders that are refused for want of margin."""
    values = ",".join(decimal_text(order_value(order, security)) for order, security in legs)
    return f"Order Error: ids: [{ids(legs)}], Insufficient buying power to complete orders (Value:[{values}]), Reason: {reason}"
