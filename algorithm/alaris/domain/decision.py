"""What was decided: signal, verdicts, the calendar, the intent, and the one Decision that carries them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from alaris.domain.calendar import UpcomingReport
from alaris.domain.market import MarketSnapshot
from alaris.domain.reasons import Reason


class Phase(StrEnum):
    """The ten phases, in order."""

    UNIVERSE = "universe"
    MARKET_DATA = "market_data"
    REALIZED_VOLATILITY = "realized_volatility"
    TERM_STRUCTURE = "term_structure"
    SIGNAL = "signal"
    VALIDATION = "validation"
    EXECUTION_PRICING = "execution_pricing"
    SIZING = "sizing"
    EXECUTION = "execution"
    AUDIT = "audit"


class Recommendation(StrEnum):
    """What the criteria say of a signal."""

    RECOMMENDED = "RECOMMENDED"
    CONSIDER = "CONSIDER"
    AVOID = "AVOID"


class Right(StrEnum):
    """Call or put."""

    CALL = "CALL"
    PUT = "PUT"


class Outcome(StrEnum):
    """How a decision ended."""

    TRADED = "TRADED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a phase ended the decision: the reason, what was seen, and the limit it broke."""

    reason: Reason
    value: float | str | None = None
    limit: float | str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one check (`id` is stable, e.g. STCS006A): passed or not, what was seen, the limit, the reason of a refusal.

    One that passed with a reason warns. `largest_size` is the most contracts that would pass, where the answer depends on size.
    """

    id: str
    passed: bool
    value: float | None
    limit: float | None
    reason: Reason | None = None
    note: str = ""
    largest_size: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """Phase 5: volatilities, slope, the criteria's answer, and the event's size (Leung-Santoli).

    Volatilities are annualised, slope is per calendar day, `sigma_event` is the standard deviation of the earnings jump,
    `expected_crush` the expected fall of the front leg's volatility (0.40 means 40 %), `expected_pnl` USD a share of one spread.
    """

    recommendation: Recommendation
    iv30: float
    iv60: float
    iv90: float
    front_iv: float
    slope: float
    rv30: float
    iv_rv_ratio: float
    mean_volume: float
    sigma_event: float
    expected_crush: float
    expected_pnl: float = float("nan")


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of the calendar; `ratio` is -1 for the short front and +1 for the long back."""

    symbol: str
    right: Right
    strike: float
    expiry: date
    ratio: int


@dataclass(frozen=True, slots=True)
class LegQuote:
    """A leg with its quote and Greeks (per share: theta a year, vega for 1.00 of volatility); NaN where unknown."""

    leg: Leg
    bid: float
    ask: float
    volume: float
    open_interest: float
    implied_volatility: float
    delta: float
    gamma: float
    theta: float
    vega: float
    observed_at: datetime

    @property
    def mid(self) -> float:
        """Middle of bid and ask."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class Calendar:
    """The structure at its quotes: short front, long back, same strike and right; USD a share."""

    front: LegQuote
    back: LegQuote

    @property
    def natural_debit(self) -> float:
        """What it costs at once: back ask - front bid."""
        return self.back.ask - self.front.bid

    @property
    def mid_debit(self) -> float:
        """What it costs at the middle of both quotes."""
        return self.back.mid - self.front.mid

    @property
    def natural_credit(self) -> float:
        """What closing it at once brings: back bid - front ask."""
        return self.back.bid - self.front.ask


@dataclass(frozen=True, slots=True)
class PriceLadder:
    """Limit prices in the order they are tried, USD a share, and how long each stands."""

    prices: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """An order as it was decided, recorded before anything leaves the process."""

    trade_id: str
    symbol: str
    legs: tuple[Leg, ...]
    contracts: int
    ladder: PriceLadder
    settings_hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Fill:
    """One leg filled: signed contracts, USD a share, fee in USD."""

    leg: Leg
    contracts: int
    price: float
    fee: float
    filled_at: datetime


@dataclass(frozen=True, slots=True)
class ExplainedProfit:
    """Profit and loss of a closed calendar, USD, by cause; the parts sum to the whole to the cent."""

    jump: float
    vega: float
    theta: float
    spread: float
    fees: float

    @property
    def total(self) -> float:
        """Sum of the parts."""
        return self.jump + self.vega + self.theta + self.spread + self.fees


@dataclass(frozen=True, slots=True)
class Execution:
    """One side of the trade: when, at which net price a share, by which fills, and the leg quotes at that time."""

    filled_at: datetime
    price: float
    fills: tuple[Fill, ...]
    calendar: Calendar | None
    spot: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One symbol at one time, from the calendar to profit and loss; each phase adds its part or ends it.

    `term_structure` holds (calendar days, volatility) as read in phase 4, `term_structure_after` the same at the exit.
    `rate` and `dividend_yield` are those of the chain, kept to reprice the legs. `snapshot` is what the guards look at again
    before the order; it is dropped once the decision is refused or closed, and is no part of its value.
    """

    trade_id: str
    symbol: str
    as_of: datetime
    preset: str
    profile: str
    settings_hash: str
    report: UpcomingReport | None = None
    spot: float = float("nan")
    signal: Signal | None = None
    calendar: Calendar | None = None
    verdicts: tuple[Verdict, ...] = ()
    contracts: int = 0
    intent: Intent | None = None
    rejected_phase: Phase | None = None
    rejection: Rejection | None = None
    entry: Execution | None = None
    exit: Execution | None = None
    pnl: float = float("nan")
    pnl_explained: ExplainedProfit | None = None
    exit_reason: str | None = None
    rate: float = float("nan")
    dividend_yield: float = float("nan")
    term_structure: tuple[tuple[float, float], ...] = ()
    term_structure_after: tuple[tuple[float, float], ...] = ()
    snapshot: MarketSnapshot | None = field(default=None, repr=False, compare=False)

    @property
    def outcome(self) -> Outcome:
        """TRADED once the entry filled, otherwise REJECTED or still to be ordered."""
        return Outcome.REJECTED if self.rejection is not None else Outcome.TRADED
