"""What the gateway tells, as plain JSON and back: for the record of a day and its replay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from alaris.broker import (
    AccountFigures,
    BrokerEvent,
    ConnectionChanged,
    ConnectionState,
    MarketTick,
    Notice,
    OrderFee,
    OrderFill,
    OrderStatement,
    QuoteTick,
    TradeTick,
    contract_name,
    instrument_of,
)
from alaris.records.reconciliation import BrokerPicture
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

Plain = dict[str, Any]


def event_to_plain(event: BrokerEvent) -> Plain:
    """One event of the broker."""
    if isinstance(event, OrderStatement):
        said = {"event": event.event.value, "at": event.at.isoformat(), "text": event.text, "code": event.code}
        return {"is": "statement", "key": event.key, **said, "broker_id": event.broker_id}
    if isinstance(event, OrderFill):
        return {"is": "fill", "key": event.key, **_report(event.report), "broker_id": event.broker_id}
    if isinstance(event, OrderFee):
        return {"is": "fee", "key": event.key, "execution_id": event.execution_id, "fee": str(event.fee)}
    if isinstance(event, ConnectionChanged):
        said = {"state": event.state.value, "code": event.code, "text": event.text}
        return {"is": "connection", **said, "data_lost": event.data_lost}
    return {"is": "notice", "code": event.code, "text": event.text, "key": event.key}


def event_from_plain(plain: Mapping[str, Any]) -> BrokerEvent:
    """What `event_to_plain` was given."""
    return _READERS[plain["is"]](plain)


def _statement(plain: Mapping[str, Any]) -> BrokerEvent:
    at = datetime.fromisoformat(plain["at"])
    return OrderStatement(plain["key"], Event(plain["event"]), at, plain["text"], plain["code"], plain["broker_id"])


def _connection(plain: Mapping[str, Any]) -> BrokerEvent:
    return ConnectionChanged(ConnectionState(plain["state"]), plain["code"], plain["text"], plain["data_lost"])


_READERS: Mapping[str, Callable[[Mapping[str, Any]], BrokerEvent]] = {
    "statement": _statement,
    "fill": lambda plain: OrderFill(plain["key"], _report_from(plain), plain["broker_id"]),
    "fee": lambda plain: OrderFee(plain["key"], plain["execution_id"], Decimal(plain["fee"])),
    "connection": _connection,
    "notice": lambda plain: Notice(plain["code"], plain["text"], plain["key"]),
}


def tick_to_plain(tick: MarketTick) -> list[Any]:
    """One tick: contract, time, then price and size, or bid, its size, ask and its size."""
    head = [contract_name(tick.instrument), tick.time.isoformat()]
    if isinstance(tick, TradeTick):
        return [*head, tick.price, tick.size]
    return [*head, tick.bid, tick.bid_size, tick.ask, tick.ask_size]


def tick_from_plain(plain: Sequence[Any]) -> MarketTick:
    """What `tick_to_plain` was given."""
    name, time, *numbers = plain
    instrument, when = instrument_of(name), datetime.fromisoformat(time)
    return TradeTick(instrument, when, *numbers) if len(numbers) == 2 else QuoteTick(instrument, when, *numbers)


def picture_to_plain(picture: BrokerPicture) -> Plain:
    """What the broker said of the account."""
    executions = None if picture.executions is None else [{"key": key, **_report(report)} for key, report in picture.executions]
    return {
        "at": picture.at.isoformat(),
        "open_orders": None if picture.open_orders is None else sorted(picture.open_orders),
        "ended": None if picture.ended is None else {key: event.value for key, event in picture.ended.items()},
        "executions": executions,
        "positions": None if picture.positions is None else dict(picture.positions),
    }


def picture_from_plain(plain: Mapping[str, Any]) -> BrokerPicture:
    """What `picture_to_plain` was given."""
    executions, ended = plain["executions"], plain["ended"]
    return BrokerPicture(
        datetime.fromisoformat(plain["at"]),
        None if plain["open_orders"] is None else frozenset(plain["open_orders"]),
        None if ended is None else {key: Event(event) for key, event in ended.items()},
        None if executions is None else [(one["key"], _report_from(one)) for one in executions],
        plain["positions"],
    )


def figures_to_plain(figures: AccountFigures) -> Plain:
    """The account's money."""
    names = ("account_id", "net_liquidation", "cash", "buying_power", "initial_margin", "maintenance_margin")
    return {**{name: getattr(figures, name) for name in names}, "at": figures.at.isoformat()}


def figures_from_plain(plain: Mapping[str, Any]) -> AccountFigures:
    """What `figures_to_plain` was given."""
    return AccountFigures(**{**plain, "at": datetime.fromisoformat(plain["at"])})


def _report(report: ExecutionReport) -> Plain:
    said = {"execution_id": report.execution_id, "contract": report.contract, "contracts": report.contracts}
    return {**said, "price": str(report.price), "filled_at": report.filled_at.isoformat()}


def _report_from(plain: Mapping[str, Any]) -> ExecutionReport:
    when = datetime.fromisoformat(plain["filled_at"])
    return ExecutionReport(plain["execution_id"], plain["contract"], plain["contracts"], Decimal(plain["price"]), when)
