"""Orders, events and trades of the golden cases pass through our objects and come out as the same JSON, keys in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.runner.results.conftest import EPOCH, recorded_trade

from alaris_runner.api.order_enums import OrderDirection, OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import (
    ORDER_CLASSES,
    CashAmount,
    GroupOrderManager,
    InteractiveBrokersOrderProperties,
    Order,
    OrderFee,
    OrderProperties,
    OrderSubmissionData,
)
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.api.time_in_force import TimeInForce
from alaris_runner.results.records import camel_case, event_json, order_json, trade_json

CASES = (
    "combo_calendar_daily", "custom_models", "earnings_rotation_2017", "equity_orders_daily_default", "equity_orders_daily_ib",
    "equity_orders_minute_default", "equity_orders_minute_ib", "eve_calendar_2017", "expiry_and_assignment_default",
    "expiry_and_assignment_ib", "margin_rules_5000", "margin_rules_50000", "margin_rules_cash", "option_orders_goog_default",
    "option_orders_goog_ib", "option_strategies", "results_and_store", "scheduled_universe", "statistics_2014_2015",
    "statistics_benchmark", "time_in_force_default", "time_in_force_ib",
)  # fmt: skip
OWN = ("limitPrice", "stopPrice", "stopTriggered", "triggerPrice", "triggerTouched", "trailingAmount", "trailingAsPercentage")
STATUS = {camel_case(status.name): status for status in OrderStatus}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def symbol(row: dict[str, Any]) -> Symbol:
    below = row.get("underlying")
    return Symbol(SecurityIdentifier.parse(row["id"]), row["value"], symbol(below) if below else None)


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.removesuffix("Z")) if text else None


def properties(row: dict[str, Any]) -> OrderProperties:
    own = InteractiveBrokersOrderProperties() if "faGroup" in row else OrderProperties()
    if isinstance(own, InteractiveBrokersOrderProperties):
        own.outside_regular_trading_hours = row["outsideRegularTradingHours"]
    kind = row["timeInForce"].get("$type", "")
    if "Day" in kind:
        own.time_in_force = TimeInForce.DAY
    elif "GoodTilDate" in kind:
        own.time_in_force = TimeInForce.good_til_date(datetime.fromisoformat(row["timeInForce"]["Expiry"]))
    return own


def order(row: dict[str, Any]) -> Order:
    created = time(row["time"])
    assert created is not None
    kind = ORDER_CLASSES[OrderType(row["type"])]
    made = kind(symbol(row["symbol"]), row["quantity"], created, row.get("tag"), properties(row["properties"]))
    made.id, made.broker_id, made.price, made.status = row["id"], row["brokerId"], row["price"], OrderStatus(row["status"])
    made.last_fill_time, made.last_update_time = time(row.get("lastFillTime")), time(row.get("lastUpdateTime"))
    made.canceled_time, made.is_marketable = time(row.get("canceledTime")), row["isMarketable"]
    made.price_adjustment_mode = row["priceAdjustmentMode"]
    data = row["orderSubmissionData"]
    made.order_submission_data = OrderSubmissionData(data["bidPrice"], data["askPrice"], data["lastPrice"])
    for name in OWN:
        if name in row:
            setattr(made, snake(name), row[name])
    group = row.get("groupOrderManager")
    if group:
        made.group_order_manager = GroupOrderManager(group["id"], group["count"], group["quantity"], group["limitPrice"], group["orderIds"])
    return made


def event(row: dict[str, Any]) -> OrderEvent:
    fee = OrderFee(CashAmount(row["orderFeeAmount"], row["orderFeeCurrency"])) if "orderFeeAmount" in row else OrderFee.ZERO
    return OrderEvent(
        row["orderId"],
        Symbol(SecurityIdentifier.parse(row["symbol"]), row["symbolValue"]),
        EPOCH + timedelta(seconds=row["time"]),
        STATUS[row["status"]],
        OrderDirection[row["direction"].upper()],
        row["fillPrice"],
        row["fillQuantity"],
        fee,
        row.get("message", ""),
        row["orderEventId"],
        row["quantity"],
        row["fillPriceCurrency"],
        row["isAssignment"],
        row.get("isInTheMoney", False),
        row.get("limitPrice"),
        row.get("stopPrice"),
    )


@pytest.mark.parametrize("name", CASES)
def test_orders(golden: Callable[[str], Any], name: str) -> None:
    for row in golden(name).data["orders"].values():
        got = order_json(order(row))
        assert list(got) == list(row), row["id"]
        # a product of floats may differ from LEAN's decimal in its last digit
        assert got.pop("value") == pytest.approx(row["value"], rel=1e-12, abs=1e-12)
        assert got == {key: value for key, value in row.items() if key != "value"}


@pytest.mark.parametrize("name", CASES)
def test_events(golden: Callable[[str], Any], name: str) -> None:
    for row in golden(name).data["orderEvents"]:
        got = event_json(event(row), "run")
        assert got == row
        assert list(got) == list(row), row["id"]


@pytest.mark.parametrize("name", CASES)
def test_trades(golden: Callable[[str], Any], name: str) -> None:
    for number, row in enumerate(golden(name).closed_trades(), 1):
        got = trade_json(recorded_trade(row), number)
        assert list(got) == list(row)
        same = {key: float(got[key]) if key in ("profitLoss", "totalFees", "mae", "mfe", "endTradeDrawdown") else got[key] for key in got}  # type: ignore[arg-type]  # decimals
        assert {**same, "id": 0, "symbols": 0} == {**row, "id": 0, "symbols": 0}
