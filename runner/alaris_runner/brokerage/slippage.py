"""How far a market fill lies from the quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alaris_runner.api.bars import QuoteBar
from alaris_runner.api.order_enums import OrderDirection
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


class VolumeShareSlippageModel(PascalCase):
    """Price impact times the square of the order's share of the last bar's volume."""

    def __init__(self, volume_limit: float = 0.025, price_impact: float = 0.1) -> None:
        self._limit = float(volume_limit)
        self._impact = float(price_impact)

    def get_slippage_approximation(self, asset: Security, order: Order) -> float:
        """Dollars a share; the share of the volume counts up to the limit, and is the limit where there is no volume.

        Of a quote bar LEAN takes the bid's size for a buy and the ask's for a sale.
        """
        last = asset.get_last_data()
        if last is None:
            return 0.0
        if isinstance(last, QuoteBar):
            volume = last.last_bid_size if order.direction is OrderDirection.BUY else last.last_ask_size
        else:
            volume = last.volume
        share = min(order.absolute_quantity / volume, self._limit) if volume > 0 else self._limit
        return self._impact * share * share * last.value
