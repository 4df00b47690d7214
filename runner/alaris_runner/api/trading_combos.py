"""Combo orders: several legs that fill together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import gcd

from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.order_tickets import OrderTicket
from alaris_runner.api.orders import Leg, OrderProperties
from alaris_runner.api.trading_requests import RequestMixin, replace_prices
from alaris_runner.errors import InvalidRequest


class ComboMixin(RequestMixin):
    """The combo orders of QCAlgorithm; each answers with one ticket a leg."""

    def combo_market_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """Fill all legs at once, each at its side's price, or none."""
        del asynchronous  # LEAN's signature; backtests never wait
        return self._submit_combo(OrderType.COMBO_MARKET, legs, quantity, 0.0, (tag, order_properties))

    def combo_limit_order(
        self, legs: Sequence[Leg], quantity: int, limit_price: float, asynchronous: bool = False, tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:  # fmt: skip
        """Fill all legs when one unit of the ratios is strictly better than the net limit.

        Raises
        ------
        InvalidRequest
            If the limit is zero or a leg has a price of its own.
        """
        del asynchronous  # LEAN's signature; backtests never wait
        if limit_price == 0:
            raise InvalidRequest("limit_price of a combo limit order must not be zero")
        if any(leg.order_price is not None for leg in legs):
            raise InvalidRequest("legs of a combo limit order have no order_price; use combo_leg_limit_order")
        return self._submit_combo(OrderType.COMBO_LIMIT, legs, quantity, float(limit_price), (tag, order_properties))

    def combo_leg_limit_order(
        self,
        legs: Sequence[Leg],
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """Fill all legs when each is through its own limit.

        Raises
        ------
        InvalidRequest
            If a leg has no price.
        """
        del asynchronous  # LEAN's signature; backtests never wait
        if any(not leg.order_price for leg in legs):
            raise InvalidRequest("every leg of a combo leg limit order needs an order_price")
        return self._submit_combo(OrderType.COMBO_LEG_LIMIT, legs, quantity, 0.0, (tag, order_properties))

    def _submit_combo(
        self, kind: OrderType, legs: Sequence[Leg], quantity: int, limit: float, wishes: tuple[str | None, OrderProperties | None]
    ) -> list[OrderTicket]:
        tag, properties = wishes
        divisor = reduce(gcd, (abs(leg.quantity) for leg in legs), 0)
        if divisor != 1:
            raise InvalidRequest(f"the leg ratios have the common divisor {divisor}: divide them by it and multiply the quantity")
        requests = []
        for leg in legs:
            request = self._request(kind, self._security_for_order(leg.symbol), leg.quantity * quantity, tag, properties)
            requests.append(replace_prices(request, limit_price=leg.order_price or 0.0))
        for request in requests:
            refused = self._refuse(request)
            if refused is not None:
                return [refused]
        return self._handler.submit_group(requests, quantity, limit)
