"""Margin calls: a warning when little is left, orders that shrink the account when too much is used (`lean-orders-and-universes.md` 3)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.order_tickets import SubmitOrderRequest
from alaris_runner.api.portfolio import MarginCallModel
from alaris_runner.brokerage.numbers import decimal_text
from alaris_runner.brokerage.option_groups import PositionGroup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alaris_runner.brokerage.transactions import TransactionHandler

WARNING_SHARE = 0.05  # of the account's value still free
CALL_BUFFER = 0.10  # used beyond the account's value before orders are made


def check(handler: TransactionHandler) -> None:
    """Warn, or call; nothing when no margin is used or the user switched it off."""
    portfolio, algorithm = handler.context.portfolio, handler.context.algorithm
    watched = portfolio.invested and portfolio.margin_call_model is not MarginCallModel.NULL
    used = portfolio.total_margin_used if watched else 0.0
    if used <= 0:
        return
    value = portfolio.total_portfolio_value
    remaining = portfolio.get_margin_remaining(value)
    if 0 < remaining <= WARNING_SHARE * value:
        algorithm.on_margin_call_warning()
    elif remaining <= 0 and used > value * (1 + CALL_BUFFER):
        _call(handler, used - value)


def _call(handler: TransactionHandler, excess: float) -> None:
    """Ask the algorithm, then send what it answers, the largest losers first, until the margin suffices."""
    algorithm, portfolio, securities = handler.context.algorithm, handler.context.portfolio, handler.context.securities
    requests = [request for group in handler.positions.groups for request in _reducing(handler, group, excess)]
    if not requests or not all(securities[request.symbol].exchange.exchange_open for request in requests):
        return
    answer = algorithm.on_margin_call(requests)
    for batch in sorted(_batches(requests if answer is None else answer), key=lambda batch: _profit(handler, batch)):
        if portfolio.margin_remaining >= 0:
            return
        for ticket in handler.submit(batch):
            amount, price = decimal_text(ticket.quantity), decimal_text(ticket.average_fill_price)
            text = f"Executed MarginCallOrder: {ticket.symbol.value} - Quantity: {amount} @ {price}"
            handler.context.log_error(f"{algorithm.time} - {text}")


def _batches(requests: Iterable[SubmitOrderRequest]) -> list[list[SubmitOrderRequest]]:
    """Legs of one combo together, other orders by themselves."""
    batches: dict[tuple[bool, int], list[SubmitOrderRequest]] = {}
    for i, request in enumerate(requests):
        group = request.group_order_manager
        batches.setdefault((True, group.id) if group is not None else (False, i), []).append(request)
    return list(batches.values())


def _profit(handler: TransactionHandler, batch: list[SubmitOrderRequest]) -> float:
    return sum(handler.context.portfolio[request.symbol].unrealized_profit for request in batch)


def _reducing(handler: TransactionHandler, group: PositionGroup, excess: float) -> list[SubmitOrderRequest]:
    """A market order, or one combo of them, that frees the excess out of one group, as far as it goes."""
    margin = handler.positions.group_margin(group)
    if margin <= 0:
        return []
    units = abs(group.quantity)
    closed = min(units, float(ceil(excess / (margin / units))))
    manager = handler.new_group(group.count, closed) if group.count > 1 else None
    kind = OrderType.COMBO_MARKET if manager is not None else OrderType.MARKET
    return [
        SubmitOrderRequest(
            handler.context.utc_now(),
            0,
            "Margin Call",
            order_type=kind,
            symbol=position.symbol,
            quantity=-position.quantity * closed / units,
            group_order_manager=manager,
        )
        for position in group.positions
    ]
