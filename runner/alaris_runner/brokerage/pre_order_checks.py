"""What is refused before an order gets an id, with LEAN's texts, and what becomes of market orders outside hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from alaris_runner.api.enums import OptionStyle, Resolution
from alaris_runner.api.order_enums import OrderResponseErrorCode, OrderType
from alaris_runner.api.order_tickets import OrderResponse, SubmitOrderRequest
from alaris_runner.brokerage.exercise import OPTION_TYPES

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security
    from alaris_runner.brokerage.transactions import TransactionHandler

Code = OrderResponseErrorCode
SUBMISSION_BUFFER = timedelta(minutes=15, seconds=30)  # before the close, for market-on-close orders
NO_PRICE = (
    "{}: The security does not have an accurate price as it has not yet received a bar of data. Before placing a trade "
    "(or using set_holdings) warm up your algorithm with set_warmup, or use slice.contains(symbol) to confirm the Slice object has "
    "price before using the data. Data does not necessarily all arrive at the same time so your algorithm should confirm the data is "
    "ready before using it. In live trading this can mean you do not have an active subscription to the asset class you're trying to "
    "trade. If using custom data make sure you've set the 'Value' property."
)
WARMING_UP = (
    "This operation is not allowed in initialize or during warm up: OrderRequest.submit. "
    "Please move this code to the on_warmup_finished() method."
)


class CheckContext(Protocol):
    """What the checks read of the engine."""

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are refused."""

    @property
    def transactions(self) -> TransactionHandler:
        """Order processing, which knows what splits now."""

    def utc_now(self) -> datetime:
        """Now, naive UTC."""


def conversion(security: Security) -> OrderType | None:
    """What a market order becomes now: None in hours, at the open outside them, on daily data at the close if it is not too near."""
    hours, now = security.exchange.hours, security.local_time
    if not hours.is_open(now, False):
        return OrderType.MARKET_ON_OPEN
    if security.resolution is not Resolution.DAILY:
        return None
    too_late = now > hours.get_next_market_close(now, False) - SUBMISSION_BUFFER
    return OrderType.MARKET_ON_OPEN if too_late else OrderType.MARKET_ON_CLOSE


def refusal(context: CheckContext, security: Security, request: SubmitOrderRequest) -> OrderResponse | None:
    """First reason to refuse a request, None if there is none."""
    for code, text in _problems(context, security, request):
        return OrderResponse(request.order_id, code, text)
    return None


def _problems(context: CheckContext, security: Security, request: SubmitOrderRequest) -> Iterator[tuple[Code, str]]:
    name = request.symbol.value
    if context.is_warming_up:
        yield Code.ALGORITHM_WARMING_UP, WARMING_UP
    if request.quantity == 0:
        yield Code.ORDER_QUANTITY_ZERO, f"Unable to submit order with id {request.order_id} that has zero quantity."
    lot = security.symbol_properties.lot_size
    if abs(request.quantity) < lot:
        text = f"Unable to submit order with id {request.order_id} which quantity ({abs(request.quantity)}) is less than lot size ({lot})."
        yield Code.ORDER_QUANTITY_LESS_THAN_LOT_SIZE, text
    if not security.is_tradable:
        yield Code.NON_TRADABLE_SECURITY, f"The security with symbol '{name}' is marked as non-tradable."
    underlying = request.symbol.underlying
    if underlying is not None and context.transactions.is_splitting(underlying):
        yield Code.OPTION_ORDER_ON_STOCK_SPLIT, "Options orders are not allowed when a split occurred for its underlying stock"
    if request.order_type is OrderType.OPTION_EXERCISE and not security.exchange.exchange_open:
        yield Code.EXCHANGE_NOT_OPEN, "OptionExercise order and exchange not open."
    if security.price == 0 or not security.has_data:
        yield Code.SECURITY_PRICE_ZERO, NO_PRICE.format(name)
    special = SPECIAL_CHECKS.get(request.order_type)
    if special is not None:
        yield from special(security, request)


def _opening(security: Security, _: SubmitOrderRequest) -> Iterator[tuple[Code, str]]:
    if security.resolution is not Resolution.DAILY and security.exchange.exchange_open:
        yield Code.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS, "Cannot submit a MarketOnOpen order while the market is open."


def _closing(security: Security, _: SubmitOrderRequest) -> Iterator[tuple[Code, str]]:
    now = security.local_time
    if now > security.exchange.hours.get_next_market_close(now, False) - SUBMISSION_BUFFER:
        yield Code.MARKET_ON_CLOSE_ORDER_TOO_LATE, "MarketOnClose orders must be placed within 00:15:30 before market close."


def _exercise(security: Security, request: SubmitOrderRequest) -> Iterator[tuple[Code, str]]:
    name, contract = security.symbol.value, security.symbol.id
    if security.type not in OPTION_TYPES:
        yield Code.NON_EXERCISABLE_SECURITY, f"The security with symbol '{name}' is not exercisable."
        return
    if contract.option_style == OptionStyle.EUROPEAN and security.local_time.date() < contract.date.date():
        yield (
            Code.EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE,
            f"Cannot exercise European style option with symbol '{name}' before its expiration date.",
        )
    if security.holdings.is_short:
        yield (
            Code.UNSUPPORTED_REQUEST_TYPE,
            f"The security with symbol '{name}' has a short option position. Only long option positions are exercisable.",
        )
    if abs(request.quantity) > security.holdings.quantity:
        yield Code.UNSUPPORTED_REQUEST_TYPE, f"Cannot exercise more contracts of '{name}' than is currently available in the portfolio. "


SPECIAL_CHECKS: dict[OrderType, Callable[[Security, SubmitOrderRequest], Iterator[tuple[Code, str]]]] = {
    OrderType.MARKET_ON_OPEN: _opening,
    OrderType.MARKET_ON_CLOSE: _closing,
    OrderType.OPTION_EXERCISE: _exercise,
}
