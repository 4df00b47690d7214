"""From a call of the algorithm to a request: finding the security, checking before an order gets an id, submitting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.order_tickets import OrderTicket, SubmitOrderRequest
from alaris_runner.api.orders import OrderProperties
from alaris_runner.brokerage.pre_order_checks import refusal

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.transactions import TransactionHandler

    Asset = Symbol | str | Security

UNCHECKED_ID = -10  # id of a request that a pre-order check refused, as on LEAN


class RequestMixin:
    """What all order methods share."""

    _engine: Any

    @property
    def _handler(self) -> TransactionHandler:
        handler: TransactionHandler = self._engine.transactions
        return handler

    def _security_for_order(self, asset: Asset) -> Security:
        """The security, subscribed first if it is a contract that was never added."""
        given: Any = asset
        symbol: Symbol | str = getattr(given, "symbol", given)  # a symbol, a ticker, or anything that has a symbol
        securities = self._engine.securities
        if not isinstance(symbol, str) and symbol.has_underlying and securities.find(symbol) is None:
            self._subscribe_contract(symbol)
        security: Security = securities[symbol]
        return security

    def _subscribe_contract(self, symbol: Symbol) -> None:
        algorithm: Any = self  # the universe part of QCAlgorithm adds securities
        algorithm.add_option_contract(symbol)

    def _request(
        self, order_type: OrderType, security: Security, quantity: float, tag: str | None, properties: OrderProperties | None
    ) -> SubmitOrderRequest:
        chosen = properties if properties is not None else self._engine.default_order_properties
        return SubmitOrderRequest(
            self._engine.utc_now(),
            UNCHECKED_ID,
            tag or "",
            order_type=order_type,
            symbol=security.symbol,
            quantity=float(quantity),
            order_properties=chosen.clone(),
        )

    def _refuse(self, request: SubmitOrderRequest) -> OrderTicket | None:
        """Ticket of a request that a pre-order check refuses, None if it may go on."""
        answer = refusal(self._engine, self._engine.securities[request.symbol], request)
        if answer is None:
            return None
        self._engine.log_error(answer.error_message)
        request.answer(answer)
        return OrderTicket(self._handler, request)

    def _submit(self, request: SubmitOrderRequest) -> OrderTicket:
        refused = self._refuse(request)
        if refused is not None:
            return refused
        (ticket,) = self._handler.submit([request])
        return ticket


def replace_prices(request: SubmitOrderRequest, **prices: float) -> SubmitOrderRequest:
    """Set the prices of a request; numbers of any kind become floats."""
    for name, price in prices.items():
        setattr(request, name, float(price))
    return request
