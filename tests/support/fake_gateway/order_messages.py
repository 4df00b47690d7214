"""The long messages of an order as a gateway sends them: open, completed, status, execution, commission; each by server version."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fake_gateway.contracts import Contract, Fields

UNSET = "1.7976931348623157E308"
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class BagLeg:
    """One leg of a combo order."""

    con_id: int
    ratio: int
    action: str

    @property
    def signed(self) -> int:
        """Ratio, negative where sold."""
        return self.ratio if self.action == "BUY" else -self.ratio


@dataclass
class Order:
    """An order as the gateway has it; `filled` counts whole combos, `leg_filled` contracts by leg."""

    client_id: int
    order_id: int
    permanent_id: int
    contract: Contract
    action: str
    quantity: int
    limit: str
    tif: str
    account: str
    key: str
    legs: tuple[BagLeg, ...] = ()
    status: str = "PreSubmitted"
    filled: int = 0
    leg_filled: dict[int, int] = field(default_factory=dict)
    spent: float = 0.0
    last_price: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it can still fill."""
        return self.status in ("PreSubmitted", "Submitted", "PendingCancel")

    @property
    def parts(self) -> tuple[BagLeg, ...]:
        """Its legs, or itself where it has none."""
        return self.legs or (BagLeg(self.contract.con_id, 1, self.action),)


@dataclass(frozen=True)
class Execution:
    """One execution of a leg, or of a combo as a whole."""

    execution_id: str
    order: Order
    contract: Contract
    side: str
    shares: int
    price: float
    at: datetime
    commission: float

    def message(self, request: str, version: int) -> Fields:
        """The execDetails message."""
        when = f"{self.at.astimezone(NEW_YORK):%Y%m%d %H:%M:%S} America/New_York"
        order = self.order
        fields: Fields = [11, request, order.order_id, *self.contract.long(), self.execution_id, when, order.account, "CBOE", self.side]
        fields += [self.shares, self.price, order.permanent_id, order.client_id, 0, self.shares, self.price, order.key, "", "", "", 1]
        return [*fields, 0] if version >= 178 else fields

    def fee(self) -> Fields:
        """The commissionReport message."""
        return [59, 1, self.execution_id, self.commission, "USD", UNSET, UNSET, ""]


def now() -> datetime:
    """The gateway's clock, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def status(order: Order) -> Fields:
    """The orderStatus message."""
    average = order.spent / order.filled if order.filled else 0.0
    left = order.quantity - order.filled
    return [3, order.order_id, order.status, order.filled, left, average, order.permanent_id, 0, order.last_price, order.client_id, "", 0]


def open_order(order: Order, version: int) -> Fields:
    """The openOrder message."""
    fields: Fields = [5, order.order_id, *order.contract.long(), order.action, order.quantity, "LMT", order.limit, "0.0", order.tif]
    fields += ["", order.account, "", 0, order.key, order.client_id, order.permanent_id, 0, 0, 0, "", "", "", "", ""]
    fields += [] if version >= 177 else [""]  # faProfile
    fields += ["", "", "", "", "", 0, "", -1, 0, UNSET, UNSET, UNSET, UNSET, UNSET, "0", 0, 0, 0, "", 3, 0, 0, "", 0, 0]
    fields += [UNSET, 0, "", UNSET]  # volatility; deltaNeutralOrderType must be blank
    fields += [0, 0, UNSET, UNSET, UNSET, "", "", *_legs(order), 0, *_smart(order)]
    fields += ["", "", "", "", 0, "", "IB", 0, 0, "", 0, 0, order.status, *[UNSET] * 9, UNSET, UNSET, UNSET, "", "", 0, 0]
    fields += [0, "None", UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, 0, "", "", "", UNSET, 0, 0, 0, 0]
    fields += [""] if version >= 159 else []
    fields += [0] if version >= 160 else []
    fields += [0] if version >= 162 else []
    return [*fields, "", "", "", "", ""] if version >= 170 else fields


def completed_order(order: Order, version: int) -> Fields:
    """The completedOrder message: no order id and no client in it."""
    fields: Fields = [101, *order.contract.long(), order.action, order.quantity, "LMT", order.limit, "0.0", order.tif]
    fields += ["", order.account, "", 0, order.key, order.permanent_id, 0, 0, 0, "", "", "", ""]
    fields += [] if version >= 177 else [""]  # faProfile
    fields += ["", "", "", "", "", 0, "", -1, UNSET, UNSET, UNSET, UNSET, UNSET, "0", 0, 0, "", 3, 0, UNSET, 0, "", UNSET]
    fields += [0, 0, UNSET, UNSET, "", *_legs(order), 0, *_smart(order), "", "", "", "", "", "IB", 0, 0, "", 0, order.status, 0, 0, 0]
    ended = f"{now().astimezone(NEW_YORK):%Y%m%d %H:%M:%S} America/New_York"
    fields += [UNSET, UNSET, UNSET, 0, 0, "", order.filled, 0, 0, "", 0, 0, 0, ended, order.status]
    return [*fields, "", "", "", "", ""] if version >= 170 else fields


def read_order(client_id: int, fields: list[str], permanent_id: int) -> Order:
    """The placeOrder message, as far as its combo legs."""
    symbol, kind, expiry, strike, right, multiplier, exchange, _, currency, _, trading_class = fields[3:14]
    terms = (symbol, kind, expiry, float(strike or 0), right, multiplier, trading_class, exchange, currency)
    contract = Contract(int(fields[2] or 0), *terms)
    said = (fields[16], int(float(fields[17])), fields[19], fields[21], fields[23], fields[26])
    legs: list[BagLeg] = []
    if contract.kind == "BAG":
        for number in range(int(fields[35])):
            con_id, ratio, action = fields[36 + 8 * number : 39 + 8 * number]
            legs.append(BagLeg(int(con_id), int(ratio), action))
    return Order(client_id, int(fields[1]), permanent_id, contract, *said, tuple(legs))


def _legs(order: Order) -> Fields:
    fields: Fields = [len(order.legs)]
    for leg in order.legs:
        fields += [leg.con_id, leg.ratio, leg.action, "SMART", 0, 0, "", -1]
    return fields


def _smart(order: Order) -> Fields:
    return [1, "NonGuaranteed", "0"] if order.legs else [0]
