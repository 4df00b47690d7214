"""Orders, order events, trades and charts as the objects of LEAN's result files: keys, order and spelling."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.charts import BaseSeries, Chart, Series, SeriesType, unix_seconds
from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.time_in_force import DayTimeInForce, GoodTilDateTimeInForce

from .trade_statistics import TICKS, duration_text
from .trades import Trade
from .views import SymbolView

if TYPE_CHECKING:
    from alaris_runner.api.order_events import OrderEvent
    from alaris_runner.api.orders import GroupOrderManager, Order, OrderProperties

Json = dict[str, object]

# The members of each order type that LEAN writes before the id, in its order ("type" is one of them).
OWN_MEMBERS: dict[OrderType, tuple[str, ...]] = {
    OrderType.LIMIT: ("limit_price", "type"),
    OrderType.STOP_MARKET: ("stop_price", "type"),
    OrderType.STOP_LIMIT: ("stop_price", "stop_triggered", "limit_price", "type"),
    OrderType.LIMIT_IF_TOUCHED: ("type", "trigger_price", "limit_price", "trigger_touched"),
    OrderType.TRAILING_STOP: ("trailing_amount", "trailing_as_percentage", "type", "stop_price"),
    OrderType.COMBO_MARKET: ("type", "quantity"),
    OrderType.COMBO_LIMIT: ("type", "quantity"),
    OrderType.COMBO_LEG_LIMIT: ("type", "limit_price", "quantity"),
}
TIMES = ("last_fill_time", "last_update_time", "canceled_time")
TIME_IN_FORCE = "QuantConnect.Orders.TimeInForces."


def camel_case(name: str) -> str:
    """`last_fill_time` -> `lastFillTime`, `PARTIALLY_FILLED` -> `partiallyFilled`."""
    first, *rest = name.lower().split("_")
    return first + "".join(word.capitalize() for word in rest)


def stamp(time: datetime) -> str:
    """Print a naive UTC time as ISO with Z, the fraction without trailing zeros."""
    text = time.isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def symbol_json(symbol: SymbolView) -> Json:
    """Return a symbol's object."""
    own: Json = {"value": symbol.value, "id": str(symbol.id), "permtick": symbol.value}
    if symbol.underlying is not None:
        own["underlying"] = symbol_json(symbol.underlying)
    return own


def order_json(order: Order) -> Json:
    """Return one order's object."""
    written = OWN_MEMBERS.get(order.type, ("type",))
    row: Json = {camel_case(name): _plain(getattr(order, name)) for name in written}
    row |= {
        "id": order.id,
        "contingentId": order.contingent_id,
        "brokerId": list(order.broker_id),
        "symbol": symbol_json(order.symbol),
        "price": order.price,
        "priceCurrency": order.price_currency,
        "time": stamp(order.time),
        "createdTime": stamp(order.created_time),
    }
    row |= {camel_case(name): stamp(time) for name in TIMES if (time := getattr(order, name)) is not None}
    if "quantity" not in row:
        row["quantity"] = order.quantity
    row["status"] = int(order.status)
    if order.tag is not None:
        row["tag"] = order.tag
    row |= {
        "properties": _properties_json(order.properties),
        "securityType": int(order.security_type),
        "direction": int(order.direction),
        "value": float(order.value),
    }
    data = order.order_submission_data
    if data is not None:
        row["orderSubmissionData"] = {"bidPrice": data.bid_price, "askPrice": data.ask_price, "lastPrice": data.last_price}
    row["isMarketable"] = order.is_marketable
    if order.group_order_manager is not None:
        row["groupOrderManager"] = _group_json(order.group_order_manager)
    row["priceAdjustmentMode"] = int(order.price_adjustment_mode)
    return row


def event_json(event: OrderEvent, algorithm_id: str) -> Json:
    """Return one order event's object."""
    row: Json = {
        "id": f"{algorithm_id}-{event.order_id}-{event.id}",
        "algorithmId": algorithm_id,
        "orderId": event.order_id,
        "orderEventId": event.id,
        "symbol": str(event.symbol.id),
        "symbolValue": event.symbol.value,
        "symbolPermtick": str(event.symbol.id).split(" ", maxsplit=1)[0],
        "time": float(unix_seconds(event.utc_time)) + event.utc_time.microsecond / 1e6,
        "status": camel_case(event.status.name),
    }
    fee = event.order_fee.value
    if fee.amount:
        row |= {"orderFeeAmount": float(fee.amount), "orderFeeCurrency": fee.currency}
    row |= {
        "fillPrice": float(event.fill_price),
        "fillPriceCurrency": event.fill_price_currency,
        "fillQuantity": float(event.fill_quantity),
        "direction": camel_case(event.direction.name),
    }
    if event.message:
        row["message"] = event.message
    row |= {"isAssignment": event.is_assignment, "quantity": float(event.quantity)}
    if event.stop_price is not None:
        row["stopPrice"] = float(event.stop_price)
    if event.limit_price is not None:
        row["limitPrice"] = float(event.limit_price)
    if event.is_in_the_money:
        row["isInTheMoney"] = True
    return row


def trade_json(trade: Trade, number: int) -> Json:
    """Return one closed trade's object; its id is made from its number and orders, so that two runs write the same."""
    first, last = trade.order_ids[0], trade.order_ids[-1]
    return {
        "id": f"{number:08x}-0000-4000-8000-{first:06x}{last:06x}",
        "symbols": [symbol_json(trade.symbol)],
        "entryTime": stamp(trade.entry_time),
        "entryPrice": trade.entry_price,
        "direction": 0 if trade.is_long else 1,
        "quantity": trade.quantity,
        "exitTime": stamp(trade.exit_time),
        "exitPrice": trade.exit_price,
        "profitLoss": trade.profit_loss,
        "totalFees": trade.total_fees,
        "mae": trade.adverse,
        "mfe": trade.favorable,
        "duration": duration_text(trade.duration // timedelta(microseconds=1) * (TICKS // 1_000_000)),
        "endTradeDrawdown": trade.end_drawdown,
        "isWin": trade.is_win,
        "orderIds": list(trade.order_ids),
    }


def chart_json(chart: Chart) -> Json:
    """Return one chart's object, its series by index, number of points and sum of values."""
    row: Json = {"name": chart.name, "chartType": 0}
    if chart.symbol is not None:
        row["symbol"] = str(chart.symbol)
    if chart.legend_disabled:
        row["legendDisabled"] = True
    series = sorted(chart.series.values(), key=lambda one: (one.index, len(one.values), _total(one)))
    row["series"] = {one.name: series_json(one) for one in series}
    return row


def series_json(series: BaseSeries) -> Json:
    """Return one series' object; points of a scatter are objects, all others lists (golden case results_and_store)."""
    row: Json = {"name": series.name, "unit": series.unit, "index": series.index, "seriesType": int(series.series_type)}
    if series.z_index is not None:
        row["zIndex"] = series.z_index
    if series.index_name is not None:
        row["indexName"] = series.index_name
    if series.tooltip is not None:
        row["tooltip"] = series.tooltip
    row["values"] = (
        [{"x": point[0], "y": point[1]} for point in series.values] if series.series_type == SeriesType.SCATTER else list(series.values)
    )
    if isinstance(series, Series):
        row |= {"color": series.color, "scatterMarkerSymbol": camel_case(series.scatter_marker_symbol.name).replace("D", "-d")}
    return row


def _total(series: BaseSeries) -> float:
    return sum(point[-1] or 0.0 for point in series.values)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _group_json(group: GroupOrderManager) -> Json:
    return {
        "id": group.id,
        "quantity": float(group.quantity),
        "count": group.count,
        "limitPrice": float(group.limit_price),
        "orderIds": list(group.order_ids),
        "direction": int(group.direction),
    }


def _properties_json(properties: OrderProperties) -> Json:
    row: Json = {}
    if hasattr(properties, "outside_regular_trading_hours"):
        names = ("account", "fa_group", "fa_method", "fa_percentage", "fa_profile", "outside_regular_trading_hours")
        row = {camel_case(name): getattr(properties, name, None) for name in names}
    force = properties.time_in_force
    kind: Json = {}
    if isinstance(force, DayTimeInForce):
        kind = {"$type": TIME_IN_FORCE + "DayTimeInForce"}
    elif isinstance(force, GoodTilDateTimeInForce):
        kind = {"$type": TIME_IN_FORCE + "GoodTilDateTimeInForce", "Expiry": force.expiry.isoformat()}
    return row | {"timeInForce": kind}
