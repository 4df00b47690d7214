"""Margin of one security by itself, whether the account can carry one order, and how many shares a target buys.

Rules: `lean.md` E.6 and `lean-orders-and-universes.md` section 3. A user's own model overrides the methods it wants to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, ClassVar

from alaris_runner.api.enums import OptionRight, SecurityType
from alaris_runner.api.orders import MarketOrder, Order
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.fees import order_fee
from alaris_runner.brokerage.numbers import decimal_text
from alaris_runner.brokerage.user_models import ask, refuse_overrides
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security

NAKED_SHARE, NAKED_FLOOR = 0.20, 0.10  # of the underlying, less what it is out of the money; floor of underlying (call) or strike (put)
INDEX_SHARE = 0.15
NEVER_CALLED = frozenset(
    {
        "get_amount_to_order",
        "get_buying_power",
        "get_initial_margin_required_for_order",
        "get_margin_remaining",
        "get_maximum_order_quantity_for_delta_buying_power",
    }
)
TINY_ORDER = (
    "Warning: a target was ignored because its order is smaller than settings.minimum_order_margin_portfolio_percentage of the portfolio; "
    "set it to 0 to send every order."
)


@dataclass(frozen=True, slots=True)
class MaintenanceMarginParameters(PascalCase):
    """A holding of a signed quantity at the present price."""

    security: Security
    quantity: float

    @property
    def absolute_quantity(self) -> float:
        """Size without side."""
        return abs(self.quantity)

    @property
    def holdings_value(self) -> float:
        """Signed value in dollars."""
        return float(self.security.holdings.value_of(self.quantity))

    @property
    def absolute_holdings_value(self) -> float:
        """Value without side."""
        return abs(self.holdings_value)


@dataclass(frozen=True, slots=True)
class InitialMarginParameters(PascalCase):
    """An order of a signed quantity at the present price."""

    security: Security
    quantity: float


@dataclass(frozen=True, slots=True)
class MaintenanceMargin(PascalCase):
    """Dollars that a holding ties up."""

    value: float


@dataclass(frozen=True, slots=True)
class InitialMargin(PascalCase):
    """Dollars that an order asks for."""

    value: float


@dataclass(frozen=True, slots=True)
class HasSufficientBuyingPowerForOrderResult(PascalCase):
    """Answer of the check; `reason` is LEAN's text when it is refused."""

    is_sufficient: bool
    reason: str = ""


SUFFICIENT = HasSufficientBuyingPowerForOrderResult(True)


@dataclass(frozen=True, slots=True)
class HasSufficientBuyingPowerForOrderParameters(PascalCase):
    """One order, alone."""

    portfolio: SecurityPortfolioManager
    security: Security
    order: Order

    def sufficient(self) -> HasSufficientBuyingPowerForOrderResult:
        """The order can be carried."""
        return SUFFICIENT

    def insufficient(self, reason: str) -> HasSufficientBuyingPowerForOrderResult:
        """The order cannot be carried."""
        return HasSufficientBuyingPowerForOrderResult(False, reason)


@dataclass(frozen=True, slots=True)
class GetMaximumOrderQuantityForTargetBuyingPowerParameters(PascalCase):
    """A share of the account's value that a holding shall be."""

    portfolio: SecurityPortfolioManager
    security: Security
    target_buying_power: float
    minimum_order_margin_portfolio_percentage: float = 0.0
    silence_non_error_reasons: bool = False


@dataclass(frozen=True, slots=True)
class GetMaximumOrderQuantityResult(PascalCase):
    """Signed quantity to order, and why it is none."""

    quantity: float
    reason: str = ""
    is_error: bool = False


class BuyingPowerModel(PascalCase):
    """Margin of a single security: value over leverage for stocks, the rule of naked options for contracts."""

    NULL: ClassVar[BuyingPowerModel]

    def __init__(self, leverage: float = 1.0) -> None:
        self.leverage = float(leverage)

    def __init_subclass__(cls) -> None:
        advice = "Override get_maintenance_margin, get_initial_margin_requirement, has_sufficient_buying_power_for_order or "
        refuse_overrides(cls, NEVER_CALLED, advice + "get_maximum_order_quantity_for_target_buying_power.")

    def get_leverage(self, security: Security) -> float:
        """Leverage of the security."""
        del security  # LEAN's signature
        return self.leverage

    def set_leverage(self, security: Security, leverage: float) -> None:
        """Set the leverage.

        Raises
        ------
        NotSupportedByRunner
            For options, as on LEAN.
        """
        if security.type is not SecurityType.EQUITY:
            raise NotSupportedByRunner(
                f"set_leverage({leverage}) of {security.symbol.value}", "Options have no leverage of their own; set it on stocks."
            )
        self.leverage = float(leverage)

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> MaintenanceMargin:
        """Margin of holding a quantity at the present price; a long option needs none."""
        security, quantity = parameters.security, parameters.quantity
        if security.type is SecurityType.EQUITY:
            return MaintenanceMargin(float(abs(quantity) * security.price / self.get_leverage(security)))
        return MaintenanceMargin(naked_margin(security, quantity) if quantity < 0 else 0.0)

    def get_initial_margin_requirement(self, parameters: InitialMarginParameters) -> InitialMargin:
        """Margin of opening a quantity at the present price: the premium of a long option, else as maintenance."""
        security, quantity = parameters.security, parameters.quantity
        if security.type is not SecurityType.EQUITY and quantity > 0:
            return InitialMargin(quantity * security.price * security.symbol_properties.contract_multiplier)
        return InitialMargin(maintenance_margin(security, quantity))

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Whether value over leverage and fee fit into the free margin; a reduction always does."""
        order, security = parameters.order, parameters.security
        held = security.holdings.quantity
        if held * order.quantity < 0 and abs(order.quantity) <= abs(held):
            return SUFFICIENT
        fee = order_fee(security, order).value.amount
        required = _margin_of_order(order, security)
        required = required + fee if order.quantity > 0 else required - fee
        free = parameters.portfolio.get_buying_power(security.symbol, order.direction)
        if round(abs(required) - free, 6) <= 0:
            return SUFFICIENT
        return parameters.insufficient(f"Id: {order.id}, Initial Margin: {decimal_text(required)}, Free Margin: {decimal_text(free)}.")

    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """Signed shares that bring a stock to a share of the account, its fee included; none for a change that is too small.

        Raises
        ------
        NotSupportedByRunner
            For options, whose margin is not proportional to their value.
        """
        security, portfolio = parameters.security, parameters.portfolio
        if security.type is not SecurityType.EQUITY:
            raise NotSupportedByRunner(
                f"set_holdings of {security.symbol.value}", "Size options by contracts and send market_order or a combo."
            )
        held, value = security.holdings.quantity, portfolio.total_portfolio_value
        share = parameters.target_buying_power * portfolio.total_portfolio_value_less_free_buffer / value if value else 0.0
        if security.price == 0:
            return GetMaximumOrderQuantityResult(0.0)
        if share == 0:
            return GetMaximumOrderQuantityResult(-held)
        change = abs(share * value - held * security.price) / self.get_leverage(security)
        if change < parameters.minimum_order_margin_portfolio_percentage * value:
            return GetMaximumOrderQuantityResult(0.0, TINY_ORDER)
        return GetMaximumOrderQuantityResult(_within(security, self.get_leverage(security), share, value))

    def get_reserved_buying_power_for_position(
        self, parameters: ReservedBuyingPowerForPositionParameters
    ) -> ReservedBuyingPowerForPosition:
        """Margin of the present holding: always its maintenance margin."""
        security = parameters.security
        return parameters.result_in_account_currency(maintenance_margin(security, security.holdings.quantity))


@dataclass(frozen=True, slots=True)
class ReservedBuyingPowerForPosition(PascalCase):
    """Dollars that a holding ties up."""

    absolute_used_buying_power: float


@dataclass(frozen=True, slots=True)
class ReservedBuyingPowerForPositionParameters(PascalCase):
    """A security whose holding is meant."""

    security: Security

    def result_in_account_currency(self, reserved_buying_power: float) -> ReservedBuyingPowerForPosition:
        """Answer in dollars."""
        return ReservedBuyingPowerForPosition(reserved_buying_power)


class SecurityMarginModel(BuyingPowerModel):
    """LEAN's name of the model of a margin account."""


class OptionMarginModel(BuyingPowerModel):
    """LEAN's name of the model of options."""


class NullBuyingPowerModel(BuyingPowerModel):
    """Ask for nothing."""

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> MaintenanceMargin:
        """Nothing."""
        del parameters  # LEAN's signature
        return MaintenanceMargin(0.0)

    def get_initial_margin_requirement(self, parameters: InitialMarginParameters) -> InitialMargin:
        """Nothing."""
        del parameters  # LEAN's signature
        return InitialMargin(0.0)

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Yes."""
        return parameters.sufficient()


BuyingPowerModel.NULL = NullBuyingPowerModel()


def leverage_of(security: Security) -> float:
    """Leverage by the security's own model."""
    return float(ask(security.buying_power_model, "get_leverage", security))


def maintenance_margin(security: Security, quantity: float) -> float:
    """Margin of holding a quantity of one security, by its own model."""
    margin: MaintenanceMargin = ask(security.buying_power_model, "get_maintenance_margin", MaintenanceMarginParameters(security, quantity))
    return margin.value


def initial_margin(security: Security, quantity: float) -> float:
    """Margin of opening a quantity of one security, by its own model."""
    margin: InitialMargin = ask(security.buying_power_model, "get_initial_margin_requirement", InitialMarginParameters(security, quantity))
    return margin.value


def naked_margin(security: Security, quantity: float) -> float:
    """Margin of short contracts: their value, and a fifth of the underlying less what they are out of the money."""
    underlying, strike = spot(security), security.symbol.id.strike_price
    is_call = security.symbol.id.option_right == OptionRight.CALL
    share = INDEX_SHARE if security.type is SecurityType.INDEX_OPTION else NAKED_SHARE
    out_of_the_money = max(strike - underlying, 0.0) if is_call else max(underlying - strike, 0.0)
    required = max(share * underlying - out_of_the_money, NAKED_FLOOR * (underlying if is_call else strike))
    return abs(quantity) * security.symbol_properties.contract_multiplier * (security.price + required)


def spot(option: Security) -> float:
    """Price of the underlying."""
    return option.underlying.price if option.underlying is not None else 0.0


def order_value(order: Order, security: Security) -> float:
    """Signed value of an order; a limit counts where it is the price that will be paid."""
    limit = getattr(order, "limit_price", None)
    if limit is None:
        return order.get_value(security)
    price = min(limit, security.price) if order.quantity > 0 else max(limit, security.price)
    return order.quantity * float(price) * security.symbol_properties.contract_multiplier


def _margin_of_order(order: Order, security: Security) -> float:
    """Signed margin an order asks for, before its fee."""
    if security.type is SecurityType.EQUITY:
        return order_value(order, security) / leverage_of(security)
    required = initial_margin(security, order.quantity)
    return required if order.quantity > 0 else -required


def _within(security: Security, leverage: float, share: float, value: float) -> float:
    """Round to whole lots towards the smaller position, then make room for the fee until the target margin holds it."""
    held, unit, margin = security.holdings.quantity, security.price / leverage, share * value / leverage
    lot, quantity = security.symbol_properties.lot_size or 1.0, None
    while True:
        wanted = (margin / unit - held) / lot
        rounded = lot * (floor(round(wanted, 9)) if margin > 0 else ceil(round(wanted, 9)))
        if rounded == quantity:
            name = security.symbol.value
            raise InvalidRequest(f"no quantity of {name} reaches the target of {share:.4f} with its fees: choose a smaller target")
        quantity = rounded
        if quantity == 0:
            return 0.0
        order = MarketOrder(security.symbol, quantity, security.exchange.hours.zone.to_utc(security.local_time))
        margin = (value - order_fee(security, order).value.amount) * share / leverage
        if round(abs((held + quantity) * unit) - abs(margin), 9) <= 0:
            return float(quantity)
