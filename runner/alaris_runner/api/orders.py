"""Orders, their legs and groups, and their fees."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from alaris_runner.api.order_enums import OrderDirection, OrderStatus, OrderType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.time_in_force import TimeInForce

if TYPE_CHECKING:
    from alaris_runner.api.enums import SecurityType
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol


@dataclass(slots=True)
class CashAmount(PascalCase):
    """An amount of a currency."""

    amount: float = 0.0
    currency: str = "USD"


@dataclass(slots=True)
class OrderFee(PascalCase):
    """The fee of one fill; `value.amount` is never negative."""

    value: CashAmount = field(default_factory=CashAmount)

    ZERO: ClassVar[OrderFee]

    def __str__(self) -> str:
        return f"{self.value.amount:g} {self.value.currency}"


OrderFee.ZERO = OrderFee(CashAmount(0.0, ""))


class OrderProperties(PascalCase):
    """Wishes that travel with an order."""

    def __init__(self) -> None:
        self.time_in_force: TimeInForce = TimeInForce.GOOD_TIL_CANCELED
        self.exchange: object | None = None

    def clone(self) -> OrderProperties:
        """Own copy, so that later changes of a default do not reach orders already sent."""
        return copy(self)


class InteractiveBrokersOrderProperties(OrderProperties):
    """IBKR's wishes; none of them changes a simulated fill (golden case time_in_force_ib, order 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.account: str | None = None
        self.fa_group: str | None = None
        self.fa_method: str | None = None
        self.fa_percentage = 0
        self.outside_regular_trading_hours = False


@dataclass(slots=True)
class Leg(PascalCase):
    """One leg of a combo: a signed ratio, and its own limit for leg-limit orders."""

    symbol: Symbol
    quantity: int
    order_price: float | None = None

    @staticmethod
    def create(symbol: Symbol, quantity: int, limit_price: float | None = None) -> Leg:
        """Make a leg; `quantity` is its ratio within one unit of the combo."""
        return Leg(getattr(symbol, "symbol", symbol), int(quantity), limit_price)


@dataclass(slots=True)
class GroupOrderManager(PascalCase):
    """What the legs of one combo share.

    Attributes
    ----------
    quantity : float
        Units of the leg ratios; its sign is the direction of the group.
    limit_price : float
        Net price of one unit; 0 unless the group is a combo limit order.
    """

    id: int
    count: int
    quantity: float
    limit_price: float = 0.0
    order_ids: list[int] = field(default_factory=list)

    @property
    def direction(self) -> OrderDirection:
        """Side of the group."""
        return OrderDirection.of(self.quantity)

    @property
    def absolute_quantity(self) -> float:
        """Units without side."""
        return abs(self.quantity)

    def leg_ratio(self, leg_quantity: float) -> float:
        """Signed ratio of a leg within one unit."""
        return leg_quantity / self.quantity


@dataclass(frozen=True, slots=True)
class OrderSubmissionData(PascalCase):
    """Prices of the security when the order was accepted."""

    bid_price: float
    ask_price: float
    last_price: float


class Order(PascalCase):
    """One order as it is recorded: the subclasses add the prices of their type.

    Attributes
    ----------
    quantity : float
        Signed: buys are positive.
    time, created_time, last_fill_time, last_update_time, canceled_time : datetime
        Naive UTC; None while it has not happened.
    price : float
        Price of the last fill; the strike for an exercise that delivered shares.
    tag : str or None
        None only for the orders that the expiry of a contract makes.
    """

    type: OrderType = OrderType.MARKET

    def __init__(
        self, symbol: Symbol, quantity: float, time: datetime, tag: str | None = "", properties: OrderProperties | None = None
    ) -> None:
        self.id = 0
        self.symbol = symbol
        self.quantity = float(quantity)
        self.time = time
        self.created_time = time
        self.tag = tag
        self.properties = properties or OrderProperties()
        self.price = 0.0
        self.price_currency = "USD"
        self.status = OrderStatus.NEW
        self.contingent_id = 0
        self.broker_id: list[str] = []
        self.last_fill_time: datetime | None = None
        self.last_update_time: datetime | None = None
        self.canceled_time: datetime | None = None
        self.order_submission_data: OrderSubmissionData | None = None
        self.is_marketable = False
        self.group_order_manager: GroupOrderManager | None = None
        self.price_adjustment_mode = 0
        self.event_count = 0

    @property
    def direction(self) -> OrderDirection:
        """Side of the order."""
        return OrderDirection.of(self.quantity)

    @property
    def absolute_quantity(self) -> float:
        """Size without side."""
        return abs(self.quantity)

    @property
    def security_type(self) -> SecurityType:
        """Security type of the symbol."""
        return self.symbol.security_type

    @property
    def time_in_force(self) -> TimeInForce:
        """How long the order stands."""
        return self.properties.time_in_force

    @property
    def value(self) -> float:
        """Signed quantity times the last fill price, as LEAN records it (no contract multiplier)."""
        return self.quantity * self.price

    def next_event_id(self) -> int:
        """Event ids count from 1 within an order."""
        self.event_count += 1
        return self.event_count

    def get_value(self, security: Security) -> float:
        """Signed value of the order at the security's price, in account currency."""
        return self.quantity * security.price * security.symbol_properties.contract_multiplier

    def __repr__(self) -> str:
        """LEAN's text of an order."""
        units = f"{self.quantity:g} unit{'' if self.quantity == 1 else 's'} of {self.symbol.value}"
        tag = f": {self.tag}" if self.tag else ""
        kind = f"{camel_case(self.status.name)} {camel_case(self.type.name)}"
        return f"OrderId: {self.id} (BrokerId: {','.join(self.broker_id)}) {kind} order for {units}{tag}"

    def to_string(self) -> str:
        """LEAN's text of an order."""
        return repr(self)


class MarketOrder(Order):
    """Fills at once at the standing price."""

    type = OrderType.MARKET


class MarketOnOpenOrder(Order):
    """Fills at the open of the first bar after it."""

    type = OrderType.MARKET_ON_OPEN


class MarketOnCloseOrder(Order):
    """Fills at the close of its session."""

    type = OrderType.MARKET_ON_CLOSE


class OptionExerciseOrder(Order):
    """Exercise (negative quantity closes a long) or assignment (positive closes a short)."""

    type = OrderType.OPTION_EXERCISE


class LimitOrder(Order):
    """Fills at its limit or better."""

    type = OrderType.LIMIT
    limit_price: float = 0.0


class StopMarketOrder(Order):
    """Becomes a market order when the stop is reached."""

    type = OrderType.STOP_MARKET
    stop_price: float = 0.0


class StopLimitOrder(Order):
    """Becomes a limit order when the stop is reached."""

    type = OrderType.STOP_LIMIT
    stop_price: float = 0.0
    limit_price: float = 0.0
    stop_triggered: bool = False


class TrailingStopOrder(Order):
    """A stop that follows the market by an amount or a fraction."""

    type = OrderType.TRAILING_STOP
    stop_price: float = 0.0
    trailing_amount: float = 0.0
    trailing_as_percentage: bool = False


class LimitIfTouchedOrder(Order):
    """Becomes a limit order when the trigger is touched."""

    type = OrderType.LIMIT_IF_TOUCHED
    trigger_price: float = 0.0
    limit_price: float = 0.0
    trigger_touched: bool = False


class ComboMarketOrder(Order):
    """One leg of a combo that fills at once, all legs or none."""

    type = OrderType.COMBO_MARKET


class ComboLimitOrder(Order):
    """One leg of a combo with a net limit, kept in the group."""

    type = OrderType.COMBO_LIMIT


class ComboLegLimitOrder(Order):
    """One leg of a combo in which every leg has its own limit."""

    type = OrderType.COMBO_LEG_LIMIT
    limit_price: float = 0.0


ORDER_CLASSES: dict[OrderType, type[Order]] = {
    kind.type: kind
    for kind in (
        MarketOrder, MarketOnOpenOrder, MarketOnCloseOrder, OptionExerciseOrder, LimitOrder, StopMarketOrder,
        StopLimitOrder, TrailingStopOrder, LimitIfTouchedOrder, ComboMarketOrder, ComboLimitOrder, ComboLegLimitOrder,
    )
}  # fmt: skip


def camel_case(name: str) -> str:
    """LEAN's own spelling of a member: UPDATE_SUBMITTED is UpdateSubmitted."""
    return "".join(word.title() for word in name.split("_"))
