"""The settings model: one frozen section a topic; a field's description is its unit and its reason."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Section(BaseModel):
    """A group of settings: frozen, unknown keys refused, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Universe(Section):
    """Phase 1: which symbols are looked at."""

    first_day: Count = Field(5, description="calendar days; preset `runup` looks at reports from this many days ahead")
    last_day: Count = Field(7, description="calendar days; preset `runup` looks at reports up to this many days ahead")
    volume_sessions: int = Field(30, ge=5, le=250, description="sessions; window of the mean share volume (Atilgan 2014 uses a month)")
    minimum_volume: NonNegative = Field(1_500_000, description="shares a day; under it the options are too thin to leave")
    minimum_price: NonNegative = Field(5.0, description="USD; cheap shares have coarse strikes and wide quotes")
    maximum_symbols: int = Field(50, ge=1, description="symbols; the largest by dollar volume are kept")
    minimum_sources: int = Field(2, ge=1, le=5, description="sources that must agree on date and time of the report")


class Sources(Section):
    """Files of the user's own that first-party plugins read; empty: not used."""

    calendar: str = Field("", description="path of an earnings calendar CSV, plain or gzip; the algorithm's parameter `calendar` sets it")
    bars: str = Field("", description="path of a daily bars CSV, plain or gzip (symbol, date, open, high, low, close, volume)")
    dividends: str = Field("", description="path of a dividends CSV, plain or gzip (symbol, ex_date, amount, announced_at)")
    volatility_index: str = Field("", description="path of a CSV of VIX closes (DATE, CLOSE); without it the VIX raises no cost buffer")
    sectors: str = Field("", description="path of a CSV of sectors (SYMBOL, SECTOR); a symbol without one has no sector limit")
    journal: str = Field("", description="path of the JSON-lines journal; empty: journal.jsonl in the result folder")
    journal_url: str = Field("", description="path of an account's SQLite journal, or postgresql:// without a password; empty: not used")


class Schedule(Section):
    """When the strategy looks at the market."""

    resolution: Literal["auto", "daily", "minute"] = Field("auto", description="data decided on; auto: daily in backtests, minute in live")
    decide_at: str = Field("09:31", pattern=r"^(09|1[0-5]):[0-5]\d$", description="New York time of the decision run on minute data")
    late_minutes: int = Field(30, ge=0, le=360, description="minutes behind that time within which a start still decides the same day")
    check_minutes: int = Field(15, ge=1, le=120, description="minutes between two health checks of an open position")


class ChainSubscription(Section):
    """Which contracts are subscribed around a report, and for how long before it."""

    watch_days: int = Field(9, ge=1, le=60, description="calendar days before the reaction session from which the chain is subscribed")
    strikes: int = Field(20, ge=3, le=200, description="listed strikes on each side of the spot")
    days: int = Field(200, ge=60, le=400, description="calendar days to the last expiry; IV90 needs one beyond 90, monthlies leave gaps")


class Freshness(Section):
    """Phase 2: how old each part may be."""

    bars: int = Field(90, ge=30, le=500, description="sessions of daily bars asked for")
    provider_seconds: Positive = Field(30, description="seconds; time budget of all providers together")
    provider_threads: int = Field(6, ge=1, le=32, description="parts asked for at once; 1 asks in turn, so that runs repeat exactly")
    spot_minutes: Positive = Field(15, description="minutes; age of the underlying's price")
    chain_hours: Positive = Field(24, description="hours; age of the option chain")
    earnings_days: Positive = Field(7, description="days since the earnings date was last confirmed; checked where sources tell it")
    rate_days: Positive = Field(7, description="days; age of the risk-free rate")
    bars_hours: Positive = Field(48, description="session hours converted at 24 a session; age of the last daily bar")


class RealizedVolatility(Section):
    """Phase 3: Yang-Zhang volatility."""

    window: int = Field(30, ge=10, le=60, description="sessions; Yang-Zhang window")
    minimum_bars: int = Field(20, ge=10, le=60, description="bars; fewer give no estimate")
    sessions_a_year: int = Field(252, ge=200, le=366, description="sessions; annualises realised volatility")


class TermStructureSettings(Section):
    """Phase 4: at-the-money volatility by expiry."""

    minimum_days: NonNegative = Field(0.5, description="calendar days; nearer expiries have no readable volatility")
    minimum_expiries: int = Field(2, ge=2, description="quoted expiries; a slope needs two")
    slope_days: Positive = Field(45, description="calendar days; far end of the slope (Atilgan 2014)")


class SignalCriteria(Section):
    """Phase 5: the criteria of Atilgan and the size of the event (Leung-Santoli)."""

    minimum_ratio: Positive = Field(1.25, description="IV30 / RV30; implied must be rich to realised")
    maximum_slope: float = Field(-0.00406, description="volatility a calendar day; the front must stand above the back by this slope")
    minimum_past_moves: int = Field(4, ge=2, description="past reports; fewer moves say nothing of the event's size")
    past_days: int = Field(1_100, ge=90, description="calendar days of past reports asked for; three years give twelve moves")
    trade_consider: bool = Field(False, description="trade CONSIDER too, at its own Kelly share")


class Structure(Section):
    """The calendar: which expiries and strike."""

    back_days: int = Field(21, ge=1, description="calendar days; the back is the first standard monthly at least this far behind the front")
    front_days: int = Field(28, ge=1, description="calendar days; a front further behind the reaction session says little of the event")
    trend_sessions: int = Field(50, ge=5, le=250, description="sessions; spot under this mean makes the calendar of puts")
    follow_trend: bool = Field(True, description="puts instead of calls under the mean")


class CostSurvival(Section):
    """STCS006A: whether the edge survives its costs."""

    minimum_ratio: Positive = Field(1.20, description="IV30 / RV30 after round-trip costs")
    maximum_cost: Positive = Field(0.40, description="USD a share; half-spreads of both legs, in and out, and fees")
    maximum_cost_share: Positive = Field(0.30, description="round-trip cost / natural debit")
    share_needs_debit: NonNegative = Field(0.10, description="USD; under this debit the share says nothing and is not applied")
    fee_per_contract: NonNegative = Field(0.65, description="USD; Interactive Brokers' first tier, the expected fee of each leg each way")


class VegaIndependence(Section):
    """STHD001A: whether the two legs' volatilities move apart."""

    maximum_correlation: float = Field(0.70, ge=-1, le=1, description="correlation of daily changes of the two legs' volatility")
    minimum_observations: int = Field(20, ge=5, description="daily changes; fewer say nothing")
    sessions: int = Field(40, ge=10, le=250, description="sessions of history asked for")


class Liquidity(Section):
    """STCS008A: whether the position can be left again."""

    maximum_volume_share: Share = Field(0.05, description="contracts / volume of each leg")
    maximum_open_interest_share: Share = Field(0.02, description="contracts / open interest of each leg")


class GammaRisk(Section):
    """STHD003A: what the underlying's move does before the exit."""

    maximum_delta: NonNegative = Field(0.10, description="absolute net delta of one spread")
    near_event_days: NonNegative = Field(2, description="calendar days to the reaction; from here on gamma and moneyness count too")
    maximum_gamma: NonNegative = Field(0.50, description="absolute net gamma of one spread, a USD of spot")
    maximum_moneyness: Share = Field(0.03, description="|strike / spot - 1|; beyond it the calendar is a directional bet")


class ExecutionQuotes(Section):
    """Phase 7: the quotes an order may be priced from."""

    maximum_age_minutes: Positive = Field(15, description="minutes; age of each leg's quote")
    first: Names = Field((), description="plugins asked for these quotes before the engine's own data, e.g. ibkr")


class Sizing(Section):
    """Phase 8: fractional Kelly."""

    kelly_share: Share = Field(0.25, description="share of full Kelly; the estimate of the edge is not that good")
    recommended_factor: Share = Field(1.0, description="factor for RECOMMENDED")
    consider_factor: Share = Field(0.5, description="factor for CONSIDER")
    minimum_trades: Count = Field(20, description="closed trades; with fewer the win rate is not known")
    starting_share: Share = Field(0.01, description="share of equity while there are too few closed trades")
    maximum_share: Share = Field(0.06, description="share of equity in one trade")
    contract_multiplier: int = Field(100, ge=1, description="shares a contract")


class Orders(Section):
    """Phase 9: the limit ladder."""

    start: Share = Field(0.25, description="share of the way from mid to natural where the ladder starts")
    steps: int = Field(4, ge=1, le=20, description="limits from the start to natural")
    climb_seconds: Positive = Field(180, description="seconds from the first limit to natural")
    natural_seconds: Positive = Field(60, description="seconds at natural before the order is cancelled")
    tick: Positive = Field(0.01, description="USD; limits are rounded to it")
    step: Literal["update", "cancel"] = Field(
        "update", description="how the next limit is reached: by changing the order, or by a new one once its cancel is confirmed"
    )
    retry_seconds: Positive = Field(60, description="seconds before a closing order that was refused is sent again")
    quote_seconds: Positive = Field(120, description="seconds to wait for the first quotes of legs that were subscribed for an order")
    cancel_seconds: Positive = Field(30, description="seconds after which an unanswered cancel alerts; silence never counts as cancelled")


class Exits(Section):
    """After the entry."""

    exit_minutes: Count = Field(15, description="minutes after the open that follows the report; on daily data the close of that session")
    maximum_loss_share: Positive = Field(1.0, description="loss / entry debit that closes the position early")
    crush_captured: Share = Field(0.80, description="share of the expected crush that closes the position early")
    maximum_spread_widening: Positive = Field(2.0, description="times the entry's quote width; wider closes the position early")
    move_alert: Share = Field(0.05, description="move of the underlying since entry that alerts")
    exercise_probability: Share = Field(0.50, description="chance that the short call is exercised before its ex-date that closes early")
    ladders: int = Field(3, ge=1, le=20, description="ladders an exit climbs down at fresh quotes before it goes under natural")
    concession: NonNegative = Field(0.10, description="USD a share under natural that the last limit of an exit may give away")


class Limits(Section):
    """Checked on post-trade numbers before every order."""

    contracts: int = Field(10, ge=1, description="contracts a spread")
    positions: int = Field(5, ge=1, description="positions at once")
    notional: Positive = Field(25_000, description="USD a position: debit x multiplier x contracts")
    allocation: Share = Field(0.80, description="share of equity in positions")
    loss: Positive = Field(5_000, description="USD; largest loss of one position, its debit")
    cash_reserve: Share = Field(0.20, description="share of equity kept in cash")
    symbol_daily_loss: Positive = Field(10_000, description="USD a day in one symbol")
    sector: Share = Field(0.30, description="share of equity in one sector")
    sector_warning: Share = Field(0.24, description="share of equity in one sector that warns")


class Scenarios(Section):
    """The grid of scenario risk: every spot, every volatility and the days move together; odd steps hold the middle."""

    spot_range: float = Field(0.20, gt=0, le=0.9, description="share by which spots move up and down")
    spot_steps: int = Field(21, ge=3, le=201, description="spots of the grid; odd, so that no move is among them")
    volatility_range: float = Field(0.50, gt=0, le=0.9, description="share by which volatilities move up and down")
    volatility_steps: int = Field(7, ge=3, le=51, description="volatilities of the grid; odd, so that no move is among them")
    days: int = Field(5, ge=0, le=60, description="calendar days that pass at most")

    @field_validator("spot_steps", "volatility_steps")
    @classmethod
    def _odd(cls, steps: int) -> int:
        if steps % 2 == 0:
            raise ValueError("must be odd, so that no move is among the steps")
        return steps


class Breakers(Section):
    """Conditions that halt new positions; exits stay allowed."""

    daily_loss: Positive = Field(15_000, description="USD of portfolio loss in a day; ends by review and approval")
    weekly_loss: Positive = Field(30_000, description="USD of portfolio loss in a week; ends by review and approval")
    execution_failures: int = Field(5, ge=1, description="failures in a row; more halt for the retry time")
    retry_minutes: Positive = Field(15, description="minutes until a halt for execution failures is tried again")
    validation_failures: Share = Field(0.10, description="share of failed validations; more stop signals")
    validation_passes: Share = Field(0.95, description="share of passed validations that resumes")
    vix: Positive = Field(40, description="VIX close; above it cost buffers grow")
    volatility_factor: Positive = Field(2.0, description="RV30 / its normal; above it cost buffers grow")
    cost_buffer: NonNegative = Field(0.50, description="growth of the expected costs while volatility is spiking")


class DataValidation(Section):
    """DTqc001A-DTqc004A."""

    maximum_gap: Share = Field(0.10, description="|spot / previous close - 1|; beyond it the price is doubted")
    maximum_premium: Positive = Field(10.0, description="USD; an ask above intrinsic by more is doubted")
    maximum_age_hours: Positive = Field(1, description="hours; age of the underlying's price in paper and live")
    near_money: Share = Field(0.05, description="|strike / spot - 1| within which quotes are judged; deep quotes are wide and break parity")
    near_days: Positive = Field(120, description="calendar days within which quotes are judged; IV90 needs one expiry beyond 90 days")
    parity: Share = Field(0.02, description="|call - put - forward parity| / spot near the money")
    butterfly: NonNegative = Field(0.50, description="USD; a butterfly worth less than minus this is arbitrage")
    calendar_step: NonNegative = Field(0.50, description="USD; a longer option cheaper than a shorter one by more is arbitrage")
    quiet_open_interest: Count = Field(100, description="contracts of open interest from which some volume is expected")
    volume_factor: Positive = Field(10.0, description="times the 30-session mean within which a volume is plausible")
    earnings_horizon: int = Field(90, ge=1, description="days; a report further away is not looked at")
    report_gap: int = Field(45, ge=0, description="days; two reports of one company closer than this are in conflict")
    conflict_days: int = Field(400, ge=1, description="days of past reports in which a conflict is looked for")
    split_jump: Share = Field(0.30, description="|log(open / previous close)| beyond which a missing split factor is suspected")


class Web(Section):
    """How vendors are asked over the network."""

    providers: Names = Field((), description="providers that may be asked, in their order, e.g. polygon, fmp, treasury; empty: none")
    folder: str = Field("", description="folder of budgets and raw replies; empty: ~/.cache/alaris/web")
    gateway: str = Field("", description="address asked in the vendors' place, the provider's name behind it: a proxy or a recording")
    seconds: Positive = Field(10, description="seconds; deadline of one question with all its tries, the next source is asked after it")
    tries: int = Field(4, ge=1, le=10, description="times an address is asked before it is given up")
    backoff: Positive = Field(0.5, description="seconds; the first wait between tries is up to this, each next up to twice as long")


class Ibkr(Section):
    """A gateway of Interactive Brokers: where it listens, as whom we come, and what its quotes must be."""

    host: str = Field("127.0.0.1", description="address of the IB Gateway or TWS; it accepts this computer only unless told otherwise")
    port: int = Field(4002, ge=1, le=65535, description="4002 paper and 4001 live for the gateway, 7497 and 7496 for TWS")
    paper: bool = Field(True, description="the account must be a paper one (DU...); false: it must not be")
    account: str = Field("", description="the account, where the login has several; empty: its only one")
    quote_client: int = Field(31, ge=1, le=999, description="client id that asks for quotes; 0 is LEAN's")
    operations_client: int = Field(32, ge=1, le=999, description="client id of commands that stand alone; no two may connect under one id")
    order_client: int = Field(33, ge=1, le=999, description="client id of our live orders; only it can change and cancel them")
    quote_seconds: Positive = Field(3, description="seconds; deadline of a quote, a market moves on after it")
    legs_apart_seconds: Positive = Field(1, description="seconds between the quotes of two legs; further apart they are of two markets")
    quotes: Literal["STREAM", "SNAPSHOT", "REGULATORY", "REGULATORY_SNAPSHOT"] = Field(
        "STREAM", description="how quotes are asked for; only a stream has open interest, regulatory ones are paid for, on paper too"
    )
    figures_seconds: NonNegative = Field(
        0.5, description="seconds a stream is kept open for volume and open interest after both sides came"
    )
    lines: int = Field(60, ge=2, le=100, description="market data lines at once; the login has 100 in all, LEAN and TWS windows share them")
    fall_back: bool = Field(False, description="let the next source quote where the gateway has no quote; otherwise nothing is ordered")
    chain_expiries: int = Field(4, ge=1, le=12, description="expiries of a chain, nearest first; each takes two lines a strike")
    chain_strikes: int = Field(5, ge=1, le=30, description="strikes of a chain's expiry, nearest the money")
    day_cost: NonNegative = Field(1, description="USD a day for regulatory snapshots, 0.03 each option")
    month_cost: NonNegative = Field(10, description="USD a month for regulatory snapshots; a month of streaming OPRA costs less")
    symbol_day_cost: NonNegative = Field(0.5, description="USD a day for regulatory snapshots of one underlying")


class Plugins(Section):
    """Which plugins run, in which order, and how long a call may take."""

    enabled: Names = Field((), description="names in calling order; empty: all installed")
    disabled: Names = Field((), description="names left out")
    strikes: int = Field(3, ge=1, description="failures after which a plugin is disabled for the run")
    call_seconds: Positive = Field(5, description="seconds; a slower call of an advice hook counts as failed")


class Settings(Section):
    """All settings of one run."""

    profile: Literal["backtest", "research", "paper", "live"] = Field("backtest", description="what the run is for; sets other defaults")
    preset: Literal["eve", "runup"] = Field("eve", description="entry on the last session before the reaction, or 5-7 days before")
    enforce_verdicts: bool = Field(True, description="a failed verdict ends the decision; research records it and trades at natural")
    missing_input: Literal["refuse", "pass"] = Field("refuse", description="what a verdict does when an input is missing; said in its note")
    sources: Sources = Sources()
    schedule: Schedule = Schedule()
    universe: Universe = Universe()
    chain: ChainSubscription = ChainSubscription()
    freshness: Freshness = Freshness()
    realized_volatility: RealizedVolatility = RealizedVolatility()
    term_structure: TermStructureSettings = TermStructureSettings()
    signal: SignalCriteria = SignalCriteria()
    structure: Structure = Structure()
    cost_survival: CostSurvival = CostSurvival()
    vega_independence: VegaIndependence = VegaIndependence()
    liquidity: Liquidity = Liquidity()
    gamma_risk: GammaRisk = GammaRisk()
    execution_quotes: ExecutionQuotes = ExecutionQuotes()
    sizing: Sizing = Sizing()
    orders: Orders = Orders()
    exits: Exits = Exits()
    limits: Limits = Limits()
    breakers: Breakers = Breakers()
    scenarios: Scenarios = Scenarios()
    data_validation: DataValidation = DataValidation()
    web: Web = Web()
    ibkr: Ibkr = Ibkr()
    plugins: Plugins = Plugins()

    def digest(self) -> str:
        """Hash of all numbers, recorded with each decision: equal hashes mean equal settings, wherever the files lie."""
        return hashlib.sha256(self.model_dump_json(exclude={"sources"}).encode()).hexdigest()[:16]
