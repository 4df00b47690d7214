"""How many shares bring a holding to a share of the account (`lean-orders-and-universes.md` section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Protocol

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.orders import MarketOrder
from alaris_runner.api.portfolio import free_buffer
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.fees import order_fee
from alaris_runner.brokerage.margin import leverage_of
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol

TINY_ORDER = (
    "Warning: a target was ignored because its order is smaller than settings.minimum_order_margin_portfolio_percentage of the portfolio; "
    "set it to 0 to send every order."
)


@dataclass(frozen=True, slots=True)
class PortfolioTarget(PascalCase):
    """A wish of `set_holdings`: `quantity` is the share of the account."""

    symbol: Symbol
    quantity: float
    tag: str = ""


class SizingContext(Protocol):
    """What sizing reads of the engine."""

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """The account."""

    @property
    def settings(self) -> Any:
        """The algorithm's settings."""

    def log_debug(self, text: str) -> None:
        """Say something through the debug queue."""


def order_quantity(context: SizingContext, security: Security, target: float) -> float:
    """Signed shares to order for a target share of the account's value; 0 when the change is too small to send.

    Raises
    ------
    NotSupportedByRunner
        For options, whose margin is not proportional to their value.
    """
    if security.type is not SecurityType.EQUITY:
        raise NotSupportedByRunner(
            f"set_holdings of {security.symbol.value}", "Size options by contracts and send market_order or a combo."
        )
    if security.price == 0:
        return 0.0
    held: float = security.holdings.quantity
    value = context.portfolio.total_portfolio_value
    share = target * (value - free_buffer(context.settings, value)) / value if value else 0.0
    if share == 0:
        return -held
    if (
        abs(share * value - held * security.price) / leverage_of(security)
        < context.settings.minimum_order_margin_portfolio_percentage * value
    ):
        context.log_debug(TINY_ORDER)
        return 0.0
    return _within(security, share, value)


def _within(security: Security, share: float, value: float) -> float:
    """Round to whole lots towards the smaller position, then make room for the fee until the target margin holds it."""
    held, unit, margin = security.holdings.quantity, security.price / leverage_of(security), share * value / leverage_of(security)
    lot, quantity = security.symbol_properties.lot_size or 1.0, None
    while True:
        wanted = (margin / unit - held) / lot
        rounded = lot * (floor(round(wanted, 9)) if margin > 0 else ceil(round(wanted, 9)))
        if rounded == quantity:
            raise InvalidRequest(
                f"no quantity of {security.symbol.value} reaches the target of {share:.4f} with its fees: choose a smaller target"
            )
        quantity = rounded
        if quantity == 0:
            return 0.0
        order = MarketOrder(security.symbol, quantity, security.exchange.hours.zone.to_utc(security.local_time))
        margin = (value - order_fee(security, order).value.amount) * share / leverage_of(security)
        if round(abs((held + quantity) * unit) - abs(margin), 9) <= 0:
            return float(quantity)
