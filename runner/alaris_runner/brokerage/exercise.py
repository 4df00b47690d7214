"""Exercise, assignment and expiry of options: what is delivered, and which short options are assigned early.

Rules: `lean.md` E.5; golden cases expiry_and_assignment_*, earnings_rotation_2017, eve_calendar_2017.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.enums import OptionRight, OptionStyle, SecurityType, SettlementType
from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import MarketOrder, Order
from alaris_runner.brokerage.fees import order_fee
from alaris_runner.brokerage.numbers import decimal_text
from alaris_runner.brokerage.position_groups import exercise_quantity

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

EXERCISED_FROM = 0.01  # dollars in the money
EARLY_WINDOW = timedelta(days=4)
EARLY_MONEYNESS = 0.05
EARLY_TAG = "Simulated option assignment before expiration"
OPTION_TYPES = frozenset({SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION})


def intrinsic_value(option: Security, underlying_price: float) -> float:
    """Dollars a share that exercise is worth."""
    strike = option.symbol.id.strike_price
    if option.symbol.id.option_right == OptionRight.CALL:
        return max(underlying_price - strike, 0.0)
    return max(strike - underlying_price, 0.0)


def exercise_events(option: Security, order: Order, utc: datetime) -> list[OrderEvent]:
    """Events of an exercise order: the contracts go at 0, then the shares come or go at the strike if it is in the money."""
    underlying = option.underlying
    price = underlying.price if underlying is not None else 0.0
    in_the_money = round(intrinsic_value(option, price), 9) >= EXERCISED_FROM
    assigned = in_the_money and option.holdings.is_short
    events = [
        OrderEvent(
            order.id,
            option.symbol,
            utc,
            OrderStatus.FILLED,
            order.direction,
            fill_quantity=order.quantity,
            message=_settlement_text(option, order, in_the_money, assigned),
            is_assignment=assigned,
            is_in_the_money=in_the_money,
        )
    ]
    if in_the_money and underlying is not None and getattr(option, "exercise_settlement", None) != SettlementType.CASH:
        events.append(_delivery(option, underlying, order, utc, assigned))
    return events


def _delivery(option: Security, underlying: Security, order: Order, utc: datetime, assigned: bool) -> OrderEvent:
    shares = exercise_quantity(option, order.quantity)
    return OrderEvent(
        order.id,
        underlying.symbol,
        utc,
        OrderStatus.FILLED,
        OrderDirection.of(shares),
        fill_price=option.symbol.id.strike_price,
        fill_quantity=shares,
        message="Option Assignment" if assigned else "Option Exercise",
        is_in_the_money=True,
    )


def _settlement_text(option: Security, order: Order, in_the_money: bool, assigned: bool) -> str:
    kind = ("Assigned" if assigned else "Automatic Exercise") if in_the_money else "OTM"
    underlying = option.underlying.price if option.underlying is not None else 0.0
    profit = option.holdings.value_of(order.quantity, option.holdings.average_price)
    amount = f"{profit:.2f}" if abs(profit - round(profit, 2)) < 1e-9 else decimal_text(profit)
    return f"{kind}. Underlying: {underlying:.4f}. {'Profit: +' if profit >= 0 else 'Loss: '}{amount}"


def is_assigned_early(option: Security, utc: datetime) -> bool:
    """Whether the holder of a short American option would exercise now.

    Within four days of expiry, more than 5 % in the money, and exercising pays more than selling at the bid.
    """
    underlying = option.underlying
    if underlying is None or not option.holdings.is_short or option.symbol.id.option_style != OptionStyle.AMERICAN:
        return False
    if option.symbol.id.date > utc + EARLY_WINDOW or not underlying.price:
        return False
    if intrinsic_value(option, underlying.price) / underlying.price <= EARLY_MONEYNESS:
        return False
    return exercise_gain(option, underlying, utc) > 0


def exercise_gain(option: Security, underlying: Security, utc: datetime) -> float:
    """Dollars by which the holder is better off exercising and closing the shares than selling the option at its bid."""
    contracts, multiplier = option.holdings.absolute_quantity, option.symbol_properties.contract_multiplier
    is_call = option.symbol.id.option_right == OptionRight.CALL
    price = (underlying.bid_price if is_call else underlying.ask_price) or underlying.price
    strike = option.symbol.id.strike_price
    shares = MarketOrder(underlying.symbol, contracts * multiplier * (-1 if is_call else 1), utc)
    sale = MarketOrder(option.symbol, -contracts, utc)
    exercised: float = (price - strike if is_call else strike - price) * contracts * multiplier - order_fee(underlying, shares).value.amount
    sold: float = option.bid_price * contracts * multiplier - order_fee(option, sale).value.amount
    return exercised - sold
