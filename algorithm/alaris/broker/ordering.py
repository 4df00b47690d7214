"""Orders to the gateway: the combo of our legs under our own key, its change, its cancellation. The caller has recorded each before."""

from __future__ import annotations

from decimal import Decimal

from alaris.broker.contract_ids import ContractIds
from alaris.broker.market import combo_contract
from alaris.broker.messages import BrokerContract
from alaris.broker.order_desk import OrderDesk, Placed
from alaris.broker.session import Session
from alaris.broker.values import BrokerUnavailable, ComboOrder, NotSent


async def place(session: Session, desk: OrderDesk, ids: ContractIds, order: ComboOrder, seconds: float) -> None:
    """Send a new order.

    Raises
    ------
    NotSent
        A contract is not known, the key was used on this connection, or the connection is gone: nothing was sent.
    """
    if desk.knows(order.key):
        raise NotSent(f"an order {order.key!r} was placed before; another attempt needs another key")
    try:
        contract, action, limit = await _terms(session, ids, order, seconds)
        order_id = session.line.next_id()
    except (BrokerUnavailable, ConnectionError) as error:
        raise NotSent(f"order {order.key!r}: {error}") from error
    placed = Placed(order.key, order_id, contract, action, order.contracts, limit, order.tif)
    desk.add(placed)
    _send(session, placed)


def replace(session: Session, desk: OrderDesk, key: str, limit: Decimal) -> None:
    """Ask for another limit of a working order of ours; its order id stays.

    Raises
    ------
    NotSent
        It is not ours to change, or the connection is gone.
    """
    placed = desk.own(key)
    before, placed.limit = placed.limit, _side(placed, limit)
    try:
        _send(session, placed)
    except NotSent:
        placed.limit = before
        raise


def cancel(session: Session, desk: OrderDesk, key: str) -> None:
    """Ask to cancel an order of ours.

    Raises
    ------
    NotSent
        It is not ours to cancel, or the connection is gone.
    """
    placed = desk.own(key)
    try:
        session.line.cancel(placed.order_id)
    except ConnectionError as error:
        raise NotSent(f"cancelling {key!r}: {error}") from error


def cancel_everything(session: Session) -> None:
    """Ask to cancel every order of the login, other clients' and manual ones too.

    Raises
    ------
    NotSent
        The connection is gone.
    """
    try:
        session.line.cancel_everything()
    except ConnectionError as error:
        raise NotSent(f"cancelling everything: {error}") from error


def _send(session: Session, placed: Placed) -> None:
    terms = (placed.contract, placed.action, placed.quantity, placed.limit, placed.key, session.account, placed.tif)
    try:
        session.line.place(placed.order_id, *terms)
    except ConnectionError as error:
        raise NotSent(f"order {placed.key!r}: {error}") from error


async def _terms(session: Session, ids: ContractIds, order: ComboOrder, seconds: float) -> tuple[BrokerContract, str, Decimal]:
    """Contract, side and limit in the broker's terms: a combo is bought with its legs' own sides, a single leg bought or sold."""
    legs = [(await ids.find(session, instrument, seconds), ratio) for instrument, ratio in order.legs]
    if len(legs) > 1:
        first = order.legs[0][0]
        return combo_contract(first.symbol, legs), "BUY", order.limit
    contract, ratio = legs[0]
    if abs(ratio) != 1:
        raise NotSent(f"order {order.key!r}: the ratio of a single leg is 1 or -1, was {ratio}; state the number in `contracts`")
    return contract, ("BUY" if ratio > 0 else "SELL"), (order.limit if ratio > 0 else -order.limit)


def _side(placed: Placed, limit: Decimal) -> Decimal:
    return -limit if placed.action == "SELL" else limit
