"""How far a market fill lies from the quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.orders import Order
    from alaris_runner.api.securities import Security


class NullSlippageModel(PascalCase):
    """None: LEAN's default."""

    def get_slippage_approximation(self, asset: Security, order: Order) -> float:
        """Zero."""
        del asset, order  # LEAN's signature
        return 0.0


class ConstantSlippageModel(PascalCase):
    """A fixed fraction of the price."""

    def __init__(self, slippage_percent: float) -> None:
        self._fraction = float(slippage_percent)

    def get_slippage_approximation(self, asset: Security, order: Order) -> float:
        """Fraction times the last price, in dollars a share."""
        del order  # LEAN's signature
        return asset.price * self._fraction
