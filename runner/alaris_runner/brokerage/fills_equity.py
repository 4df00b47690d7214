"""Fills of stocks: trades decide, quotes price market orders; a gap through the limit fills at the open, with a word about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.enums import DataNormalizationMode, Resolution
from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import LimitIfTouchedOrder, LimitOrder, Order, StopLimitOrder, StopMarketOrder
from alaris_runner.brokerage.fills import (
    FillModel,
    Prices,
    filled,
    is_exchange_open,
    local_order_time,
    slippage,
    trade_prices,
    waiting,
    worsened,
)

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security


class EquityFillModel(FillModel):
    """LEAN's fill model of stocks (`lean-orders-and-universes.md` section 2)."""

    def market_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the quoted side; at the trade close, with a warning, where no quote is known; data older than the stale span waits."""
        fill = waiting(asset, order)
        if not is_exchange_open(asset):
            return fill
        price, warning = best_price(asset, order, self.stale_price_time_span)
        if price is None:
            return fill
        return filled(fill, worsened(price, order.direction, slippage(asset, order)), order.quantity, warning)

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """When a trade bar after the order passed the limit strictly: at the limit, or at an open beyond it."""
        fill, bar = waiting(asset, order), fresh_trades(asset, order)
        if bar is None:
            return fill
        buying, limit = order.direction is OrderDirection.BUY, order.limit_price
        if not (bar.low < limit if buying else bar.high > limit):
            return fill
        gap = bar.open < limit if buying else bar.open > limit
        return filled(fill, bar.open if gap else limit, order.quantity, gap_message(asset, bar, "a favorable") if gap else "")

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """When a trade bar after the order reached the stop: at the stop, or at an open beyond it."""
        fill, bar = waiting(asset, order), fresh_trades(asset, order)
        if bar is None:
            return fill
        buying, stop = order.direction is OrderDirection.BUY, order.stop_price
        if not (bar.high >= stop if buying else bar.low <= stop):
            return fill
        gap = bar.open >= stop if buying else bar.open <= stop
        price = worsened(bar.open if gap else stop, order.direction, slippage(asset, order))
        return filled(fill, price, order.quantity, gap_message(asset, bar, "an unfavorable") if gap else "")

    def stop_limit_fill(self, asset: Security, order: StopLimitOrder) -> OrderEvent:
        """As the base model, on the side's quotes."""
        return super().stop_limit_fill(asset, order)

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """Touched by a trade at or under the trigger (buy), then filled while the ask is not above the limit; sell mirrored."""
        fill, bar = waiting(asset, order), fresh_trades(asset, order)
        if bar is None:
            return fill
        buying = order.direction is OrderDirection.BUY
        order.trigger_touched = order.trigger_touched or (bar.low <= order.trigger_price if buying else bar.high >= order.trigger_price)
        price, warning = best_price(asset, order, self.stale_price_time_span)
        if not order.trigger_touched or price is None:
            return fill
        if buying:
            return filled(fill, min(price, order.limit_price), order.quantity, warning) if price <= order.limit_price else fill
        return filled(fill, max(price, order.limit_price), order.quantity, warning) if price >= order.limit_price else fill

    def market_on_open_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the open of the first trade bar that starts at or after the order (a daily bar is seen at its close)."""
        fill, bar = waiting(asset, order), asset.last_trade_bar
        if bar is None or bar.time < local_order_time(asset, order) or not asset.exchange.hours.is_open(bar.time, bar.end_time, False):
            return fill
        return filled(fill, worsened(bar.open, order.direction, slippage(asset, order)), order.quantity)

    def market_on_close_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the close of the last trade bar once the session of the order has ended."""
        fill, placed = waiting(asset, order), local_order_time(asset, order)
        close = asset.exchange.hours.get_next_market_close(placed, False)
        bar = asset.last_trade_bar
        if asset.local_time < close or bar is None or order.status is OrderStatus.CANCELED:
            return fill
        return filled(fill, worsened(bar.close, order.direction, slippage(asset, order)), order.quantity)


def fresh_trades(asset: Security, order: Order) -> Prices | None:
    """Last real trade bar if it ended after the order was created and the exchange is open."""
    bar = asset.last_trade_bar
    if bar is None or bar.end_time <= local_order_time(asset, order) or not is_exchange_open(asset):
        return None
    return trade_prices(asset)


def best_price(asset: Security, order: Order, stale_after: timedelta) -> tuple[float | None, str]:
    """Close of the order's side, or of the trades with a warning; None while all data is too old."""
    oldest = local_order_time(asset, order) - stale_after
    quote = asset.last_quote_bar
    if quote is not None and asset.has_quotes and quote.end_time >= oldest:
        side = quote.ask if order.direction is OrderDirection.BUY else quote.bid
        if side is not None and side.close:
            return side.close, ""
    trade = asset.last_trade_bar
    if trade is None or trade.end_time < oldest:
        return None, ""
    if asset.resolution in (Resolution.DAILY, Resolution.HOUR) and trade.end_time < local_order_time(asset, order):
        return None, ""
    return trade.close, f"Warning: No quote information available at {stamp(asset, trade.end_time)}, order filled using TradeBar data"


def gap_message(asset: Security, bar: Prices, kind: str) -> str:
    """Say that the bar opened beyond the order's price."""
    digits = 4 if asset.data_normalization_mode == DataNormalizationMode.RAW else 11
    return f"Due to {kind} gap at {stamp(asset, bar.end_time)}, order filled using the open price ({bar.open:.{digits}f})"


def stamp(asset: Security, local: object) -> str:
    """Exchange time as LEAN's messages write it."""
    return f"{local:%m/%d/%Y %H:%M:%S} {asset.exchange.hours.zone.name}"
