"""What a gateway says, as our own values: nothing of a client library passes this line."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class BrokerLeg:
    """One leg of a combo by the broker's number; `ratio` is negative where sold."""

    con_id: int
    ratio: int


@dataclass(frozen=True, slots=True)
class BrokerContract:
    """A contract as the broker names it; `kind` STK, OPT or BAG, `expiry` None but for options, `right` C or P."""

    con_id: int
    symbol: str
    kind: str
    expiry: date | None = None
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    trading_class: str = ""
    local_symbol: str = ""
    legs: tuple[BrokerLeg, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A listed contract, and its regular hours as the broker writes them, `20170217:0930-20170217:1600;20170218:CLOSED`, in `zone`."""

    contract: BrokerContract
    hours: str
    zone: str


@dataclass(frozen=True, slots=True)
class ErrorSaid:
    """An error or warning; `request` is -1 where it is about the system, and an order's id where it is about an order."""

    request: int
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class RowSaid:
    """One row of an answer: a position, contract, parameter set, account value; `request` names the question."""

    request: int | str
    row: object


@dataclass(frozen=True, slots=True)
class EndSaid:
    """An answer is complete."""

    request: int | str


@dataclass(frozen=True, slots=True)
class PositionRow:
    """Signed contracts or shares of one account."""

    account: str
    contract: BrokerContract
    quantity: float


@dataclass(frozen=True, slots=True)
class ParametersRow:
    """Expiries and strikes of one exchange and trading class."""

    exchange: str
    trading_class: str
    multiplier: str
    expiries: tuple[date, ...]
    strikes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One figure of the account summary."""

    account: str
    tag: str
    value: str
    currency: str


@dataclass(frozen=True, slots=True)
class OrderSaid:
    """An order the gateway has or had; `order_id` and `client_id` are 0 of a completed one."""

    order_id: int
    client_id: int
    permanent_id: int
    key: str
    account: str
    status: str
    contract: BrokerContract
    action: str
    quantity: int
    limit: Decimal
    tif: str
    completed: bool = False


@dataclass(frozen=True, slots=True)
class StatusSaid:
    """Where an order stands in the gateway's words."""

    order_id: int
    client_id: int
    permanent_id: int
    status: str
    filled: float
    remaining: float


@dataclass(frozen=True, slots=True)
class ExecutionSaid:
    """One execution; `request` is None where it just happened."""

    request: int | None
    execution_id: str
    order_id: int
    client_id: int
    permanent_id: int
    key: str
    account: str
    contract: BrokerContract
    contracts: int
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class FeeSaid:
    """The commission of an execution, USD."""

    execution_id: str
    fee: Decimal


@dataclass(frozen=True, slots=True)
class PriceSaid:
    """A price tick with its size; `tick` is the broker's type."""

    request: int
    tick: int
    price: float
    size: float


@dataclass(frozen=True, slots=True)
class SizeSaid:
    """A size tick."""

    request: int
    tick: int
    size: float


@dataclass(frozen=True, slots=True)
class GenericSaid:
    """A generic tick, e.g. 49: halted."""

    request: int
    tick: int
    value: float


@dataclass(frozen=True, slots=True)
class KindSaid:
    """Whether what follows is live (1), frozen (2), delayed (3) or both (4)."""

    request: int
    kind: int


@dataclass(frozen=True, slots=True)
class ClosedSaid:
    """The socket is gone."""

    text: str = field(default="the gateway closed the connection")


Message: TypeAlias = (
    ErrorSaid
    | RowSaid
    | EndSaid
    | OrderSaid
    | StatusSaid
    | ExecutionSaid
    | FeeSaid
    | PriceSaid
    | SizeSaid
    | GenericSaid
    | KindSaid
    | ClosedSaid
)
