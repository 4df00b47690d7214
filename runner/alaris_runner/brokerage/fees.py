"""What a fill costs: Interactive Brokers' schedule, which LEAN's default model shares, and the base of a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.order_enums import OrderDirection, OrderType
from alaris_runner.api.orders import CashAmount, MarketOrder, Order, OrderFee
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.user_models import ask
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

EQUITY_PER_SHARE, EQUITY_MINIMUM, EQUITY_MAXIMUM_SHARE = 0.005, 1.0, 0.005
OPTION_MINIMUM = 1.0
# Contracts traded in the month up to which a tier holds, then (price under which it applies, dollars a contract): lean.md E.4.
OPTION_TIERS: tuple[tuple[float, tuple[tuple[float, float], ...]], ...] = (
    (10_000, ((0.05, 0.25), (0.10, 0.50), (float("inf"), 0.65))),
    (50_000, ((0.05, 0.25), (float("inf"), 0.50))),
    (100_000, ((float("inf"), 0.25),)),
    (float("inf"), ((float("inf"), 0.15),)),
)
LIMITED_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED, OrderType.COMBO_LEG_LIMIT})
STOPPED_TYPES = frozenset({OrderType.STOP_MARKET, OrderType.TRAILING_STOP})


@dataclass(slots=True)
class OrderFeeParameters(PascalCase):
    """What a fee model is given."""

    security: Security
    order: Order


class FeeModel(PascalCase):
    """Base of fee models; the base itself charges nothing. Subclass it and override `get_order_fee`."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Fee of a complete fill of the order."""
        del parameters  # the base charges the same for every order
        return OrderFee(CashAmount(0.0, "USD"))


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: float, currency: str = "USD") -> None:
        if currency != "USD":
            raise NotSupportedByRunner(f"ConstantFeeModel(currency={currency!r})", "The runner keeps accounts in USD only.")
        self._fee = abs(float(fee))

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the constant."""
        del parameters  # the same for every order
        return OrderFee(CashAmount(self._fee, "USD"))


class InteractiveBrokersFeeModel(FeeModel):
    """IBKR's fixed-rate schedule for US stocks and options.

    Parameters
    ----------
    monthly_options_trade_amount_in_contracts : float
        Chooses the option tier; LEAN does not count the contracts itself.
    """

    def __init__(self, monthly_equity_trade_amount: float = 0.0, monthly_options_trade_amount_in_contracts: float = 0.0) -> None:
        del monthly_equity_trade_amount  # LEAN's signature; stocks have one rate
        self._tier = next(rates for limit, rates in OPTION_TIERS if monthly_options_trade_amount_in_contracts <= limit)

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Fee of a complete fill; exercise and assignment are free."""
        security, order = parameters.security, parameters.order
        if order.type is OrderType.OPTION_EXERCISE:
            return OrderFee.ZERO
        if security.type is SecurityType.EQUITY:
            return OrderFee(CashAmount(equity_fee(order.absolute_quantity, security.price), "USD"))
        return OrderFee(CashAmount(self.option_fee(order.absolute_quantity, potential_price(order, security)), "USD"))

    def option_fee(self, contracts: float, premium: float) -> float:
        """Fee of one leg in dollars: a rate by premium, at least one dollar."""
        rate = next(rate for limit, rate in self._tier if premium < limit)
        return max(round(rate * contracts, 10), OPTION_MINIMUM)


def equity_fee(shares: float, price: float) -> float:
    """Half a cent a share; at least a dollar, else at most half a percent of the value (the minimum is applied first)."""
    fee = EQUITY_PER_SHARE * shares
    if fee < EQUITY_MINIMUM:
        return EQUITY_MINIMUM
    return round(min(fee, EQUITY_MAXIMUM_SHARE * shares * price), 10)


def potential_price(order: Order, security: Security) -> float:
    """Premium by which the option rate is chosen: limit or stop, the net limit of a combo limit order, else the far side."""
    if order.type is OrderType.COMBO_LIMIT and order.group_order_manager is not None:
        return order.group_order_manager.limit_price
    if order.type in LIMITED_TYPES:
        return float(getattr(order, "limit_price", 0.0))
    if order.type in STOPPED_TYPES:
        return float(getattr(order, "stop_price", 0.0))
    return security.bid_price if order.direction is OrderDirection.BUY else security.ask_price


def order_fee(security: Security, order: Order) -> OrderFee:
    """Fee of an order by the security's own model, which may be any object with `get_order_fee`."""
    fee: OrderFee = ask(security.fee_model, "get_order_fee", OrderFeeParameters(security, order))
    return fee


def closing_fee(security: Security, quantity: float) -> float:
    """Fee in dollars of a market order that closes a quantity now."""
    order = MarketOrder(security.symbol, -quantity, security.exchange.hours.zone.to_utc(security.local_time))
    return order_fee(security, order).value.amount
