"""The account as the broker sees it: a picture of orders, executions and positions for reconciliation, and its money."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from math import nan
from typing import TypeVar

from alaris.broker.messages import AccountRow, ExecutionSaid, OrderSaid, PositionRow
from alaris.broker.order_desk import ENDED, foreign, name_of, report_of
from alaris.broker.session import Session
from alaris.broker.values import AccountFigures, BrokerUnavailable
from alaris.records.reconciliation import BrokerPicture
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

T = TypeVar("T")
TRIES = 3  # positions are read until two readings around the rest agree: fills may come meanwhile


async def picture(session: Session, seconds: float, now: Callable[[], datetime]) -> BrokerPicture:
    """Everything a reconciliation needs, of one time; a part that was not answered is None."""
    end = asyncio.get_running_loop().time() + seconds
    before = await _positions(session, end)
    for _ in range(TRIES):
        at = now()
        open_orders = await _answered(session.open_orders, end)
        completed = await _answered(session.completed_orders, end)
        executions = await _answered(session.executions, end)
        after = await _positions(session, end)
        if before is None or after is None or before == after:
            break
        before = after
    else:
        after = None  # never twice the same: a moving target is not known
    return BrokerPicture(at, _open(open_orders), _ended(completed), _executions(executions), after)


async def account(session: Session, seconds: float, now: Callable[[], datetime]) -> AccountFigures:
    """The account's money.

    Raises
    ------
    BrokerUnavailable
        Not answered, or without a net liquidation value.
    """
    figures = {row.tag: _number(row) for row in await session.account_rows(seconds)}
    if "NetLiquidation" not in figures:
        raise BrokerUnavailable(f"the summary of account {session.account} has no net liquidation value")
    cash, power, initial, maintenance = (
        figures.get(tag, nan) for tag in ("TotalCashValue", "BuyingPower", "InitMarginReq", "MaintMarginReq")
    )
    return AccountFigures(session.account, figures["NetLiquidation"], cash, power, initial, maintenance, now())


async def _answered(ask: Callable[[float], Awaitable[list[T]]], end: float) -> list[T] | None:
    try:
        return await ask(max(end - asyncio.get_running_loop().time(), 0.001))
    except BrokerUnavailable:
        return None


async def _positions(session: Session, end: float) -> dict[str, int] | None:
    rows: list[PositionRow] | None = await _answered(session.positions, end)
    if rows is None:
        return None
    held: dict[str, int] = {}
    for row in rows:
        name = name_of(row.contract)
        held[name] = held.get(name, 0) + round(row.quantity)
    return held


def _open(orders: Sequence[OrderSaid] | None) -> frozenset[str] | None:
    return None if orders is None else frozenset(_key(order) for order in orders)


def _ended(orders: Sequence[OrderSaid] | None) -> dict[str, Event] | None:
    return None if orders is None else {_key(order): ENDED[order.status] for order in orders if order.status in ENDED}


def _executions(said: Sequence[ExecutionSaid] | None) -> list[tuple[str, ExecutionReport]] | None:
    if said is None:
        return None
    return [(one.key or foreign(one.client_id, one.order_id, one.permanent_id), report_of(one)) for one in said]


def _key(order: OrderSaid) -> str:
    return order.key or foreign(0 if order.completed else order.client_id, order.order_id, order.permanent_id)


def _number(row: AccountRow) -> float:
    try:
        return float(row.value)
    except ValueError:
        return nan
