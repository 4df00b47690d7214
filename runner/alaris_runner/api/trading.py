"""Trading members of QCAlgorithm: orders of every type, combos, strategies, sizing and liquidation, under LEAN's names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alaris_runner.api.option_strategies import OptionStrategy
from alaris_runner.api.order_enums import OrderDirection, OrderType
from alaris_runner.api.order_tickets import OrderTicket
from alaris_runner.api.orders import OrderProperties
from alaris_runner.api.trading_combos import ComboMixin
from alaris_runner.api.trading_requests import replace_prices
from alaris_runner.brokerage.pre_order_checks import conversion
from alaris_runner.brokerage.sizing import PortfolioTarget, order_quantity
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol

    Asset = Symbol | str | Security

PENDING_MARKET_TYPES = frozenset({OrderType.MARKET, OrderType.MARKET_ON_OPEN})
OPENING_WARNING = (
    "Warning: market orders submitted while the market is closed are automatically converted into MarketOnOpen orders to fill at the "
    "next market open."
)
CLOSING_WARNING = (
    "Warning: market orders on daily resolution data sent during market hours are automatically converted into MarketOnClose orders "
    "(or MarketOnOpen near the close), because the last price is the previous close."
)


class TradingMixin(ComboMixin):
    """The part of QCAlgorithm that trades.

    Every order method takes `asynchronous`, `tag` and `order_properties`; combos answer with one ticket a leg.
    """

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
        if ticket.submit_request.response.is_success:
            self._warn_once(CLOSING_WARNING if security.exchange.hours.is_open(security.local_time, False) else OPENING_WARNING)
        return ticket

    def _warn_once(self, text: str) -> None:
        """Say through the debug queue, the first time only, what becomes of the trader's orders."""
        told: set[str] = self.__dict__.setdefault("_told_warnings", set())
        if text not in told:
            told.add(text)
            self._engine.log_debug(text)

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

    # Sizing and closing ---------------------------------------------------------------------------------------------------------

    def calculate_order_quantity(self, symbol: Asset, target: float) -> float:
        """Signed quantity that brings a stock to a share of the account's value."""
        return order_quantity(self._engine, self._security_for_order(symbol), float(target), self._warn_once)

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
            tickets += self._move_to(target, **({"tag": target.tag} | options if target.tag else options))
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
        asynchronous: bool | str = False,
        tag: str | None = "Liquidated",
        order_properties: OrderProperties | None = None,
    ) -> list[OrderTicket]:
        """Cancel open orders and close positions with market orders: of a symbol, of several, or of everything.

        The older call `liquidate(symbol, tag)` works too.
        """
        if isinstance(asynchronous, str):
            return self.liquidate(symbol, False, asynchronous, order_properties)
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
