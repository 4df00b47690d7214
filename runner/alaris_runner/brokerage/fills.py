"""When an order fills and at what price: LEAN's base rules, used for options and for combos.

Rules: `reference/lean-orders-and-universes.md` section 2 and `lean.md` E.3. A fill model answers with an event whose status stays
as it was while the order has to wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.enums import SecurityType
from alaris_runner.api.order_enums import OrderDirection, OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent, order_event
from alaris_runner.api.orders import (
    ComboLegLimitOrder,
    LimitIfTouchedOrder,
    LimitOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.user_models import ask, refuse_overrides

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

HOUR = timedelta(hours=1)
NEVER_CALLED = frozenset({"fill", "get_prices", "get_prices_checking_python_wrapper", "get_subscribed_types", "is_exchange_open"})
EXACT = 9  # prices are decimals on LEAN: sums of floats are compared after rounding to this many places


@dataclass(frozen=True, slots=True)
class Prices(PascalCase):
    """One side's last real bar; `end_time` is exchange time."""

    end_time: datetime
    open: float
    high: float
    low: float
    current: float
    period: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class FillModelParameters(PascalCase):
    """What a combo's fill method is given: the order that asked, its security, and every leg with its own."""

    security: Security
    order: Order
    securities_for_orders: dict[Order, Security]

    @property
    def legs(self) -> list[tuple[Order, Security]]:
        """Legs in id order."""
        return sorted(self.securities_for_orders.items(), key=lambda leg: leg[0].id)


def side_prices(asset: Security, direction: OrderDirection) -> Prices:
    """Bid bar for sells, ask bar for buys; the trade bar where that side is missing; else the standing price."""
    quote = asset.last_quote_bar
    if quote is not None and asset.has_quotes:
        side = quote.bid if direction is OrderDirection.SELL else quote.ask
        if side is not None:
            return Prices(quote.end_time, side.open, side.high, side.low, side.close, quote.end_time - quote.time)
    return trade_prices(asset)


def trade_prices(asset: Security) -> Prices:
    """Last real trade bar, or the standing price where there was none."""
    trade = asset.last_trade_bar
    if trade is not None:
        return Prices(trade.end_time, trade.open, trade.high, trade.low, trade.close, trade.end_time - trade.time)
    price = asset.price
    return Prices(asset.last_data_end or asset.local_time, price, price, price, price)


def is_exchange_open(asset: Security) -> bool:
    """Whether fills are allowed: in the regular session, or just after a bar that overlapped it.

    A daily bar keeps the exchange "open" until the next one; a bar of an hour or less only up to its own end.
    """
    now = asset.local_time
    if asset.exchange.hours.is_open(now, False):
        return True
    bar = asset.get_last_data()
    if bar is None or not asset.exchange.hours.is_open(bar.time, bar.end_time, False):
        return False
    return bar.end_time - bar.time > HOUR or now <= bar.end_time


def local_order_time(asset: Security, order: Order) -> datetime:
    """Exchange time at which the order was created."""
    return asset.exchange.hours.zone.from_utc(order.time)


def slippage(asset: Security, order: Order) -> float:
    """Price concession of a market fill, in dollars a share."""
    model = asset.slippage_model
    return float(ask(model, "get_slippage_approximation", asset, order)) if model is not None else 0.0


def worsened(price: float, direction: OrderDirection, concession: float) -> float:
    """Price moved against the order."""
    return price + concession if direction is OrderDirection.BUY else price - concession


def waiting(asset: Security, order: Order) -> OrderEvent:
    """Event of an order that goes on waiting."""
    return order_event(order, asset.exchange.hours.zone.to_utc(asset.local_time), order.status)


def filled(fill: OrderEvent, price: float, quantity: float, message: str = "") -> OrderEvent:
    """Turn the event into a complete fill."""
    fill.status = OrderStatus.FILLED
    fill.fill_price = price
    fill.fill_quantity = quantity
    fill.message = message or fill.message
    return fill


class FillModel(PascalCase):
    """LEAN's base fill model: quotes of the order's own side, trades where that side is missing.

    Subclass it and override the method of an order type; `super()` gives the standard answer.

    Attributes
    ----------
    stale_price_time_span : timedelta
        Age at which quotes no longer fill a market order; from the algorithm's settings.
    """

    stale_price_time_span: timedelta = HOUR

    def __init_subclass__(cls) -> None:
        refuse_overrides(cls, NEVER_CALLED, "Override the method of the order type, for example market_fill(asset, order).")

    def market_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the side's close; quotes older than the stale span wait for new ones, and then fill at a daily bar's open."""
        fill = waiting(asset, order)
        price = self.market_price(asset, order)
        if price is None:
            return fill
        return filled(fill, worsened(price, order.direction, slippage(asset, order)), order.quantity)

    def market_price(self, asset: Security, order: Order) -> float | None:
        """Price before slippage, None while the order waits."""
        if not is_exchange_open(asset):
            return None
        prices, placed = side_prices(asset, order.direction), local_order_time(asset, order)
        if prices.end_time + self.stale_price_time_span < placed:
            return None
        return prices.open if prices.period >= HOUR and prices.end_time > placed else prices.current

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """Strictly through the limit on data newer than the order: buy at min(high, limit), sell at max(low, limit)."""
        fill = waiting(asset, order)
        price = self.limit_price(asset, order, order.limit_price)
        return fill if price is None else filled(fill, price, order.quantity)

    def limit_price(self, asset: Security, order: Order, limit: float) -> float | None:
        """Price of a limit fill, None while it waits."""
        prices = self.fresh_prices(asset, order)
        if prices is None:
            return None
        if order.direction is OrderDirection.BUY:
            return min(prices.high, limit) if prices.low < limit else None
        return max(prices.low, limit) if prices.high > limit else None

    def fresh_prices(self, asset: Security, order: Order) -> Prices | None:
        """The side's prices if the exchange is open and they are newer than the order."""
        if not is_exchange_open(asset):
            return None
        prices = side_prices(asset, order.direction)
        return prices if prices.end_time > local_order_time(asset, order) else None

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Sell when the low is under the stop, at min(stop, close); buy mirrored."""
        fill, prices = waiting(asset, order), self.fresh_prices(asset, order)
        return fill if prices is None else self._stop(fill, asset, order, order.stop_price, prices)

    def _stop(self, fill: OrderEvent, asset: Security, order: Order, stop: float, prices: Prices) -> OrderEvent:
        current = worsened(prices.current, order.direction, slippage(asset, order))
        if order.direction is OrderDirection.SELL and prices.low < stop:
            return filled(fill, min(stop, current), order.quantity)
        if order.direction is OrderDirection.BUY and prices.high > stop:
            return filled(fill, max(stop, current), order.quantity)
        return fill

    def trailing_stop_fill(self, asset: Security, order: TrailingStopOrder) -> OrderEvent:
        """A stop that, while it does not fill, follows the best price of its side."""
        fill, prices = waiting(asset, order), self.fresh_prices(asset, order)
        if prices is None:
            return fill
        fill = self._stop(fill, asset, order, order.stop_price, prices)
        if fill.status is not OrderStatus.FILLED:
            trail(order, prices)
        return fill

    def stop_limit_fill(self, asset: Security, order: StopLimitOrder) -> OrderEvent:
        """Once the stop was passed, fill when the close is through the limit."""
        fill, prices = waiting(asset, order), self.fresh_prices(asset, order)
        if prices is None:
            return fill
        buying = order.direction is OrderDirection.BUY
        order.stop_triggered = order.stop_triggered or (prices.high > order.stop_price if buying else prices.low < order.stop_price)
        if order.stop_triggered and buying and prices.current < order.limit_price:
            return filled(fill, min(prices.high, order.limit_price), order.quantity)
        if order.stop_triggered and not buying and prices.current > order.limit_price:
            return filled(fill, max(prices.low, order.limit_price), order.quantity)
        return fill

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """LEAN's base rule, inverted as it stands there: a buy is touched from below and fills at a limit that is not above the ask."""
        fill, prices = waiting(asset, order), self.fresh_prices(asset, order)
        if prices is None:
            return fill
        buying = order.direction is OrderDirection.BUY
        order.trigger_touched = order.trigger_touched or (
            prices.high >= order.trigger_price if buying else prices.low <= order.trigger_price
        )
        through = prices.current >= order.limit_price if buying else prices.current <= order.limit_price
        return filled(fill, order.limit_price, order.quantity) if order.trigger_touched and through else fill

    def market_on_open_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the open of the side's first bar after the order."""
        fill, placed = waiting(asset, order), local_order_time(asset, order)
        sent_in_session = asset.exchange.hours.is_open(placed, False) and placed.date() == asset.local_time.date()
        prices = self.fresh_prices(asset, order)
        if prices is None or sent_in_session:
            return fill
        return filled(fill, worsened(prices.open, order.direction, slippage(asset, order)), order.quantity)

    def market_on_close_fill(self, asset: Security, order: Order) -> OrderEvent:
        """At the side's close once the session of the order has ended."""
        fill = waiting(asset, order)
        if asset.local_time < asset.exchange.hours.get_next_market_close(local_order_time(asset, order), False) or not is_exchange_open(
            asset
        ):
            return fill
        price = self.closing_price(asset, order)
        return filled(fill, worsened(price, order.direction, slippage(asset, order)), order.quantity)

    def closing_price(self, asset: Security, order: Order) -> float:
        """Price of a market-on-close fill before slippage."""
        return side_prices(asset, order.direction).current

    def combo_market_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """Every leg by the market rule; none unless all can."""
        del order  # LEAN's signature: the leg that asked
        legs = parameters.legs
        prices = [FillModel.market_price(self, asset, leg) for leg, asset in legs]
        if None in prices:
            return []
        return [
            filled(waiting(asset, leg), worsened(price, leg.direction, slippage(asset, leg)), leg.quantity)
            for (leg, asset), price in zip(legs, prices, strict=True)
            if price is not None
        ]

    def combo_limit_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """All legs when the ratio-weighted sum is strictly better than the net limit.

        A buying group looks at each leg's low, a selling one at each high (of the leg's own side), and fills there, not at the limit.
        A bar that ended when the order was sent counts; an older one does not. Stock counts per share over 100.
        """
        group, legs = order.group_order_manager, parameters.legs
        if group is None:
            return []
        sides = [side_prices(asset, leg.direction) for leg, asset in legs]
        if any(prices.end_time < local_order_time(asset, leg) for prices, (leg, asset) in zip(sides, legs, strict=True)):
            return []
        buying = group.direction is OrderDirection.BUY
        prices = [side.low if buying else side.high for side in sides]
        net = sum(group.leg_ratio(leg.quantity) * price * unit_of(asset) for price, (leg, asset) in zip(prices, legs, strict=True))
        better = round(net, EXACT) < group.limit_price if buying else round(net, EXACT) > group.limit_price
        if not better:
            return []
        return [filled(waiting(asset, leg), price, leg.quantity) for price, (leg, asset) in zip(prices, legs, strict=True)]

    def combo_leg_limit_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """Every leg by the limit rule at its own limit; none unless all can."""
        del order  # LEAN's signature: the leg that asked
        legs = parameters.legs
        prices = [FillModel.limit_price(self, asset, leg, leg.limit_price) for leg, asset in legs if isinstance(leg, ComboLegLimitOrder)]
        if None in prices:
            return []
        return [
            filled(waiting(asset, leg), price, leg.quantity) for (leg, asset), price in zip(legs, prices, strict=True) if price is not None
        ]


class ImmediateFillModel(FillModel):
    """LEAN's name of the base model where it is chosen for a security."""


def trail(order: TrailingStopOrder, prices: Prices) -> None:
    """Move the stop towards the market: up under the high when selling, down above the low when buying; never back, never rounded."""
    if order.direction is OrderDirection.SELL:
        distance = prices.high * order.trailing_amount if order.trailing_as_percentage else order.trailing_amount
        order.stop_price = max(order.stop_price, round(prices.high - distance, EXACT))
    else:
        distance = prices.low * order.trailing_amount if order.trailing_as_percentage else order.trailing_amount
        order.stop_price = min(order.stop_price, round(prices.low + distance, EXACT))


def unit_of(asset: Security) -> float:
    """Weight of a leg's price in the net price of a combo: a share is a hundredth of an option's unit."""
    return 0.01 if asset.symbol.security_type is SecurityType.EQUITY else 1.0


SINGLE_FILLS: dict[OrderType, str] = {
    OrderType.MARKET: "market_fill",
    OrderType.LIMIT: "limit_fill",
    OrderType.STOP_MARKET: "stop_market_fill",
    OrderType.STOP_LIMIT: "stop_limit_fill",
    OrderType.TRAILING_STOP: "trailing_stop_fill",
    OrderType.LIMIT_IF_TOUCHED: "limit_if_touched_fill",
    OrderType.MARKET_ON_OPEN: "market_on_open_fill",
    OrderType.MARKET_ON_CLOSE: "market_on_close_fill",
}
COMBO_FILLS: dict[OrderType, str] = {
    OrderType.COMBO_MARKET: "combo_market_fill",
    OrderType.COMBO_LIMIT: "combo_limit_fill",
    OrderType.COMBO_LEG_LIMIT: "combo_leg_limit_fill",
}


def fill_orders(model: FillModel, legs: Sequence[tuple[Order, Security]]) -> list[OrderEvent]:
    """Ask the model for the fills of one order, or of all legs of one group; empty while they wait."""
    order, asset = legs[0]
    if order.type in COMBO_FILLS:
        events: list[OrderEvent] = ask(model, COMBO_FILLS[order.type], order, FillModelParameters(asset, order, dict(legs)))
        return events
    event: OrderEvent = ask(model, SINGLE_FILLS[order.type], asset, order)
    return [event] if event.status.is_fill else []
