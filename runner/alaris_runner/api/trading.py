"""Trading members of QCAlgorithm: orders of every type, combos, strategies, sizing and liquidation, under LEAN's names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from math import gcd
from typing import TYPE_CHECKING, Any

from alaris_runner.api.option_strategies import OptionStrategy
from alaris_runner.api.order_enums import OrderDirection, OrderType
from alaris_runner.api.order_tickets import OrderTicket, SubmitOrderRequest
from alaris_runner.api.orders import Leg, OrderProperties
from alaris_runner.brokerage.pre_order_checks import conversion, refusal
from alaris_runner.brokerage.sizing import PortfolioTarget, order_quantity
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.brokerage.transactions import TransactionHandler

    Asset = Symbol | str | Security

PENDING_MARKET_TYPES = frozenset({OrderType.MARKET, OrderType.MARKET_ON_OPEN})
UNCHECKED_ID = -10  # id of a request that a pre-order check refused, as on LEAN
OPENING_WARNING = (
    "Warning: market orders submitted while the market is closed are automatically converted into MarketOnOpen orders to fill at the "
    "next market open."
)
CLOSING_WARNING = (
    "Warning: market orders on daily resolution data sent during market hours are automatically converted into MarketOnClose orders."
)


class TradingMixin:
    """The part of QCAlgorithm that trades.

    Every order method takes `asynchronous`, `tag` and `order_properties`; combos answer with one ticket a leg.
    """

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

    # Single orders --------------------------------------------------------------------------------------------------------------

    def market_order(
        self,
        symbol: Asset,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Fill at once; outside hours at the next open, in hours on daily data at the close."""
        del asynchronous  # LEAN's signature; backtests never wait
        security = self._security_for_order(symbol)
        kind = conversion(security)
        if kind is None:
            return self._submit(self._request(OrderType.MARKET, security, quantity, tag, order_properties))
        ticket = self._submit(self._request(kind, security, quantity, tag, order_properties))
        self._warn_of_conversion(kind, ticket)
        return ticket

    def _warn_of_conversion(self, kind: OrderType, ticket: OrderTicket) -> None:
        """Say once, at the first accepted conversion, what becomes of market orders."""
        told: set[OrderType] = self.__dict__.setdefault("_told_conversions", set())
        if kind not in told and ticket.submit_request.response.is_success:
            told.add(kind)
            self._engine.log_debug(OPENING_WARNING if kind is OrderType.MARKET_ON_OPEN else CLOSING_WARNING)

    def limit_order(
        self,
        symbol: Asset,
        quantity: float,
        limit_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Fill at the limit or better."""
        del asynchronous  # LEAN's signature; backtests never wait
        request = self._request(OrderType.LIMIT, self._security_for_order(symbol), quantity, tag, order_properties)
        return self._submit(replace_prices(request, limit_price=limit_price))

    def stop_market_order(
        self,
        symbol: Asset,
        quantity: float,
        stop_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Become a market order at the stop."""
        del asynchronous  # LEAN's signature; backtests never wait
        request = self._request(OrderType.STOP_MARKET, self._security_for_order(symbol), quantity, tag, order_properties)
        return self._submit(replace_prices(request, stop_price=stop_price))

    def stop_limit_order(
        self, symbol: Asset, quantity: float, stop_price: float, limit_price: float, asynchronous: bool = False, tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:  # fmt: skip
        """Become a limit order at the stop."""
        del asynchronous  # LEAN's signature; backtests never wait
        request = self._request(OrderType.STOP_LIMIT, self._security_for_order(symbol), quantity, tag, order_properties)
        return self._submit(replace_prices(request, stop_price=stop_price, limit_price=limit_price))

    def limit_if_touched_order(
        self, symbol: Asset, quantity: float, trigger_price: float, limit_price: float, asynchronous: bool = False, tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:  # fmt: skip
        """Become a limit order when the trigger is touched."""
        del asynchronous  # LEAN's signature; backtests never wait
        request = self._request(OrderType.LIMIT_IF_TOUCHED, self._security_for_order(symbol), quantity, tag, order_properties)
        return self._submit(replace_prices(request, trigger_price=trigger_price, limit_price=limit_price))

    def trailing_stop_order(
        self, symbol: Asset, quantity: float, *amounts: float | bool, tag: str | None = "", **named: Any
    ) -> OrderTicket:
        """Follow the market with a stop: `(symbol, quantity, [stop_price,] trailing_amount, trailing_as_percentage)`."""
        security = self._security_for_order(symbol)
        named.pop("asynchronous", None)
        properties = named.pop("order_properties", None)
        stop, amount, as_percentage = trailing_terms(security, quantity, amounts, named)
        default_tag = f"Trailing Amount: {amount:.2%}" if as_percentage else f"Trailing Amount: ${amount:g}"
        request = self._request(OrderType.TRAILING_STOP, security, quantity, tag or default_tag, properties)
        return self._submit(replace(request, stop_price=stop, trailing_amount=amount, trailing_as_percentage=as_percentage))

    def market_on_open_order(
        self,
        symbol: Asset,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Fill at the next open."""
        del asynchronous  # LEAN's signature; backtests never wait
        return self._submit(self._request(OrderType.MARKET_ON_OPEN, self._security_for_order(symbol), quantity, tag, order_properties))

    def market_on_close_order(
        self,
        symbol: Asset,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Fill at the next close."""
        del asynchronous  # LEAN's signature; backtests never wait
        return self._submit(self._request(OrderType.MARKET_ON_CLOSE, self._security_for_order(symbol), quantity, tag, order_properties))

    def exercise_option(
        self,
        option_symbol: Asset,
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: OrderProperties | None = None,
    ) -> OrderTicket:
        """Exercise contracts held long; the exchange must be open."""
        del asynchronous  # LEAN's signature; backtests never wait
        security = self._security_for_order(option_symbol)
        return self._submit(self._request(OrderType.OPTION_EXERCISE, security, -abs(quantity), tag, order_properties))

    def buy(self, symbol: Asset | OptionStrategy, quantity: float, *arguments: Any, **named: Any) -> Any:
        """Market order for a security, or combo market order for a strategy."""
        return self.order(symbol, abs(quantity), *arguments, **named)

    def sell(self, symbol: Asset | OptionStrategy, quantity: float, *arguments: Any, **named: Any) -> Any:
        """Market order against a security, or combo market order against a strategy."""
        return self.order(symbol, -abs(quantity), *arguments, **named)

    def order(self, symbol: Asset | OptionStrategy, quantity: float, *arguments: Any, **named: Any) -> Any:
        """Market order of a signed quantity: one ticket, or one a leg for a strategy."""
        if isinstance(symbol, OptionStrategy):
            return self.combo_market_order(symbol.legs, int(quantity), *arguments, **named)
        return self.market_order(symbol, quantity, *arguments, **named)

    # Combos ---------------------------------------------------------------------------------------------------------------------

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

    # Sizing and closing ---------------------------------------------------------------------------------------------------------

    def calculate_order_quantity(self, symbol: Asset, target: float) -> float:
        """Signed quantity that brings a stock to a share of the account's value."""
        return order_quantity(self._engine, self._security_for_order(symbol), float(target))

    def set_holdings(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Bring holdings to shares of the account: `(symbol, percentage)` or `([PortfolioTarget, ...])`.

        Options: `liquidate_existing_holdings`, `asynchronous`, `tag`, `order_properties`.
        """
        first = arguments[0] if arguments else named.pop("symbol", None) or named.pop("targets")
        if isinstance(first, (list, tuple)):
            targets, rest = [*first], [*arguments[1:]]
        else:
            share = arguments[1] if len(arguments) > 1 else named.pop("percentage")
            targets, rest = [PortfolioTarget(self._security_for_order(first).symbol, float(share))], [*arguments[2:]]
        options = dict(zip(("liquidate_existing_holdings", "asynchronous", "tag", "order_properties"), rest, strict=False)) | named
        tickets = self._liquidate_others(targets, options.get("tag")) if options.pop("liquidate_existing_holdings", False) else []
        for target in targets:
            tickets += self._move_to(target, **options)
        return tickets

    def _liquidate_others(self, targets: Iterable[PortfolioTarget], tag: str | None) -> list[OrderTicket]:
        wanted = {target.symbol for target in targets}
        others = [holding.symbol for holding in self._engine.portfolio.held if holding.symbol not in wanted]
        return [ticket for symbol in others for ticket in self.liquidate(symbol, tag=tag or "Liquidated")]

    def _move_to(
        self, target: PortfolioTarget, asynchronous: bool = False, tag: str | None = None, order_properties: OrderProperties | None = None
    ) -> list[OrderTicket]:
        security = self._security_for_order(target.symbol)
        tickets = self._handler.manager.get_open_order_tickets(security.symbol)
        pending = sum(ticket.quantity_remaining for ticket in tickets if ticket.order_type in PENDING_MARKET_TYPES)
        quantity = self.calculate_order_quantity(security, target.quantity) - pending
        if not quantity:
            return []
        if security.exchange.exchange_open:
            return [self.market_order(security, quantity, asynchronous, tag, order_properties)]
        return [self.market_on_open_order(security, quantity, asynchronous, tag, order_properties)]

    def liquidate(
        self,
        symbol: Asset | Sequence[Asset] | None = None,
        asynchronous: bool = False,
        tag: str | None = "Liquidated",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """Cancel open orders and close positions with market orders: of a symbol, of several, or of everything."""
        wanted: Any = symbol if isinstance(symbol, (list, tuple)) else [symbol]
        wanted = self._engine.securities.values() if symbol is None else wanted
        symbols = sorted((self._security_for_order(asset).symbol for asset in wanted), key=lambda s: s.value)
        return [ticket for each in symbols for ticket in self._liquidate_one(each, asynchronous, tag or "Liquidated", order_properties)]

    def _liquidate_one(self, symbol: Symbol, asynchronous: bool, tag: str, properties: OrderProperties | None) -> list[OrderTicket]:
        quantity = -self._engine.portfolio[symbol].quantity
        tickets = self._handler.manager.get_open_order_tickets(symbol)
        if len(tickets) == 1 and quantity and tickets[0].order_type is OrderType.MARKET and tickets[0].quantity == quantity:
            return []
        pending, closed = 0.0, []
        for ticket in tickets:
            if ticket.order_type is OrderType.MARKET:
                pending += ticket.quantity_remaining
            else:
                ticket.cancel(tag)
                closed.append(ticket)
        if quantity:
            closed.append(self.market_order(symbol, quantity - pending, asynchronous, tag, properties))
        return closed

    # Not here -------------------------------------------------------------------------------------------------------------------

    def one_cancels_other_order(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Not available here."""
        del arguments, named  # LEAN's signature
        raise NotSupportedByRunner("QCAlgorithm.one_cancels_other_order", "Cancel the other order in on_order_event.")

    def one_triggers_other_order(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Not available here."""
        del arguments, named  # LEAN's signature
        raise NotSupportedByRunner("QCAlgorithm.one_triggers_other_order", "Send the second order in on_order_event.")

    def bracket_order(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Not available here."""
        del arguments, named  # LEAN's signature
        raise NotSupportedByRunner("QCAlgorithm.bracket_order", "Send the entry, then the exits in on_order_event.")


def replace_prices(request: SubmitOrderRequest, **prices: float) -> SubmitOrderRequest:
    """Set the prices of a request; numbers of any kind become floats."""
    for name, price in prices.items():
        setattr(request, name, float(price))
    return request


def trailing_terms(
    security: Security, quantity: float, amounts: Sequence[float | bool], named: dict[str, Any]
) -> tuple[float, float, bool]:
    """Stop price, trailing amount and whether it is a fraction, from LEAN's two argument lists."""
    values = list(amounts)
    as_percentage = bool(values.pop() if values and isinstance(values[-1], bool) else named["trailing_as_percentage"])
    amount = float(values.pop() if values else named["trailing_amount"])
    stop = values.pop() if values else named.get("stop_price")
    if stop is None:
        distance = security.price * amount if as_percentage else amount
        stop = security.price - distance if OrderDirection.of(quantity) is OrderDirection.SELL else security.price + distance
    return float(stop), amount, as_percentage
