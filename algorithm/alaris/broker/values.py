"""What passes between Alaris and a broker's gateway: addresses, orders, quotes, ticks, account figures, and what the broker tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from alaris.broker.contracts import Instrument
from alaris.domain import InvalidInput, LegQuote, ProviderError
from alaris.workflow.executions import ExecutionReport
from alaris.workflow.order_state import Event

NAME = "ibkr"


class ConnectionState(StrEnum):
    """How far a connection can be trusted."""

    DOWN = "DOWN"  # no socket
    CONNECTING = "CONNECTING"
    NOT_READY = "NOT_READY"  # a socket, but the account was not read yet, or the gateway is not logged in
    READY = "READY"
    DEGRADED = "DEGRADED"  # the gateway lost the broker's servers (1100) or its data farms: no quotes, no new orders


class QuoteProblem(StrEnum):
    """Why there is no quote to order from; never an invented number in its place."""

    NOT_CONNECTED = "NOT_CONNECTED"
    DEGRADED = "DEGRADED"
    CONNECTION_LOST = "CONNECTION_LOST"  # while the quote was awaited
    NO_CONTRACT = "NO_CONTRACT"  # unknown or ambiguous at the broker
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    COMPETING_SESSION = "COMPETING_SESSION"
    TOO_MANY_LINES = "TOO_MANY_LINES"
    PACING = "PACING"
    REFUSED = "REFUSED"  # any other error of the request
    NOT_LIVE = "NOT_LIVE"  # delayed or frozen
    KIND_UNKNOWN = "KIND_UNKNOWN"  # the gateway did not say whether the data are live
    TIMEOUT = "TIMEOUT"  # nothing came within the deadline
    ONE_SIDED = "ONE_SIDED"
    NO_SIZE = "NO_SIZE"
    CROSSED = "CROSSED"
    IMPLAUSIBLE = "IMPLAUSIBLE"  # not finite, negative or beyond any price
    HALTED = "HALTED"
    LEGS_APART = "LEGS_APART"  # the legs were quoted at times too far from each other
    COST_CAP = "COST_CAP"  # the paid snapshots of the day or month are spent


class QuoteMode(StrEnum):
    """How a quote is asked for."""

    SNAPSHOT = "SNAPSHOT"  # what stands now, with a streaming subscription
    STREAM = "STREAM"  # a market data line until both sides came; the only one with volume and open interest
    REGULATORY = "REGULATORY"  # paid for each request, on paper accounts too
    REGULATORY_SNAPSHOT = "REGULATORY_SNAPSHOT"  # the same with both flags set, as the client libraries send it


class BrokerUnavailable(ProviderError):
    """The broker did not answer a question; nothing was sent that could have an effect, so asking again is safe."""

    def __init__(self, message: str) -> None:
        super().__init__(NAME, message)


class NotSent(BrokerUnavailable):
    """An order, its change or its cancellation did not leave the process."""


class OutcomeUnknown(ProviderError):
    """An order may or may not have left the process: do not send again, reconcile."""

    def __init__(self, message: str) -> None:
        super().__init__(NAME, message)


class QuoteUnavailable(BrokerUnavailable):
    """No quote, and why; `problem` is the reason, `detail` what was seen."""

    def __init__(self, problem: QuoteProblem, detail: str) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class GatewayAddress:
    """Where a gateway listens and as whom we come: client 0 is LEAN's, 31 quotes, 32 operations, 33 our live orders.

    `paper` must agree with the account's prefix (DU for paper); `spare_ids` are tried where the id is held by a session that died;
    `account` names one where the login manages several.
    """

    host: str = "127.0.0.1"
    port: int = 4002
    client_id: int = 31
    paper: bool = True
    spare_ids: tuple[int, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of each wait.

    `liveness_every` between two questions of the gateway's time, each with `liveness` to answer; `first_backoff` to `last_backoff`
    between two attempts to connect; `occupied` how long an occupied client id is tried before a spare one; `legs_apart` the most
    between the quotes of two legs; `contract_age` how long a contract's id is believed.
    """

    connect: float = 10.0
    resync: float = 10.0
    question: float = 5.0
    send: float = 2.0
    liveness: float = 5.0
    liveness_every: float = 60.0
    first_backoff: float = 1.0
    last_backoff: float = 60.0
    occupied: float = 60.0
    legs_apart: float = 1.0
    contract_age: float = 86_400.0


@dataclass(frozen=True, slots=True)
class ComboOrder:
    """A limit order of one or several legs under our own key.

    Parameters
    ----------
    key : str
        Our name of the order, written to the broker as `orderRef`; short printable ASCII, used once.
    legs : tuple of (instrument, signed ratio)
        Bought where positive; a calendar is opened by -1 of the front and +1 of the back.
    contracts : int
        How many times the legs.
    limit : Decimal
        USD a share, net debit; negative for a credit.
    """

    key: str
    legs: tuple[tuple[Instrument, int], ...]
    contracts: int
    limit: Decimal
    tif: str = "DAY"

    def __post_init__(self) -> None:
        """Refuse what no broker can work."""
        if not (self.key.isascii() and self.key.isprintable() and 0 < len(self.key) <= 60):
            raise InvalidInput("key", f"expected 1 to 60 printable ASCII characters, was {self.key!r}")
        if self.contracts < 1 or not self.legs or not all(ratio for _, ratio in self.legs):
            raise InvalidInput("legs", f"order {self.key!r} needs at least one contract of legs with ratios other than 0")
        if not self.limit.is_finite():
            raise InvalidInput("limit", f"expected a finite number of USD, was {self.limit}")


@dataclass(frozen=True, slots=True)
class ComboQuote:
    """What the broker quotes for the combo itself, USD a share; a cross-check of the legs, thin and at times absent.

    `bid` and `ask` may be negative. `natural` and `mid` are the legs' own at the same time.
    """

    bid: float
    ask: float
    natural: float
    mid: float
    legs: tuple[LegQuote, ...]


@dataclass(frozen=True, slots=True)
class OptionParameters:
    """Which expiries and strikes of an underlying are listed under its standard trading class."""

    symbol: str
    trading_class: str
    multiplier: int
    expiries: tuple[date, ...]
    strikes: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class QuoteTick:
    """The best bid and ask changed; NaN where a side is not quoted. `time` is when we received it (aware)."""

    instrument: Instrument
    time: datetime
    bid: float
    bid_size: float
    ask: float
    ask_size: float


@dataclass(frozen=True, slots=True)
class TradeTick:
    """A trade printed. `time` is when we received it (aware)."""

    instrument: Instrument
    time: datetime
    price: float
    size: float


MarketTick: TypeAlias = QuoteTick | TradeTick


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """The account's money, USD; NaN where the broker did not say."""

    account_id: str
    net_liquidation: float
    cash: float
    buying_power: float
    initial_margin: float
    maintenance_margin: float
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderStatement:
    """The broker stated something of an order of ours; `broker_id` is its account-wide permanent id, 0 before it has one."""

    key: str
    event: Event
    at: datetime
    text: str = ""
    code: int = 0
    broker_id: int = 0


@dataclass(frozen=True, slots=True)
class OrderFill:
    """An execution of a leg, or of the combo as a whole (`report.contract` empty)."""

    key: str
    report: ExecutionReport
    broker_id: int = 0


@dataclass(frozen=True, slots=True)
class OrderFee:
    """The commission of one execution, USD."""

    key: str
    execution_id: str
    fee: Decimal


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The connection is in another state; `code` is the broker's where one caused it. After READY the caller reconciles."""

    state: ConnectionState
    code: int = 0
    text: str = ""
    data_lost: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """The broker said something that changes no order by itself; `key` where it was about one."""

    code: int
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """What a quote must be to be ordered from.

    `largest_price` USD a share, `smallest_size` contracts on each side, `figures` the most seconds that a stream is kept open for volume
    and open interest once both sides came, `lines` the market data lines this connection may hold at once.
    """

    largest_price: float = 100_000.0
    smallest_size: float = 1.0
    figures: float = 0.0
    lines: int = 90


BrokerEvent: TypeAlias = OrderStatement | OrderFill | OrderFee | ConnectionChanged | Notice
