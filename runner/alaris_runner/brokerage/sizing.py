"""How many shares bring a holding to a share of the account (`lean-orders-and-universes.md` section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.buying_power import GetMaximumOrderQuantityForTargetBuyingPowerParameters, GetMaximumOrderQuantityResult
from alaris_runner.brokerage.user_models import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol


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


def order_quantity(context: SizingContext, security: Security, target: float, warn: Callable[[str], None]) -> float:
    """Signed shares to order for a target share of the account's value, by the security's own model; `warn` hears why there are none."""
    parameters = GetMaximumOrderQuantityForTargetBuyingPowerParameters(
        context.portfolio, security, target, context.settings.minimum_order_margin_portfolio_percentage
    )
    model = security.buying_power_model
    result: GetMaximumOrderQuantityResult = ask(model, "get_maximum_order_quantity_for_target_buying_power", parameters)
    if result.reason:
        warn(result.reason)
    return float(result.quantity)
