"""One run: everything an algorithm is connected to, and the steps from loading it to its result files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from alaris_runner.api.bars import Split
from alaris_runner.api.enums import SecurityType
from alaris_runner.api.portfolio import SecurityPortfolioManager
from alaris_runner.api.schedule import ScheduledEvent
from alaris_runner.api.securities import Security
from alaris_runner.api.security_initializers import FuncSecuritySeeder
from alaris_runner.api.security_manager import SecurityManager
from alaris_runner.api.settings import AlgorithmSettings
from alaris_runner.api.slices import Slice
from alaris_runner.api.symbols import Symbol, first_listing
from alaris_runner.api.universes import UniverseSettings, UserDefinedUniverse
from alaris_runner.brokerage.simulated import SimulatedBrokerage
from alaris_runner.brokerage.transactions import TransactionHandler
from alaris_runner.data.folder import DataFolder
from alaris_runner.engine.algorithm_manager import AlgorithmManager
from alaris_runner.engine.benchmark import Benchmark, benchmark_symbol
from alaris_runner.engine.clock import BacktestClock, Clock
from alaris_runner.engine.data_manager import DataManager
from alaris_runner.engine.object_store import ObjectStore
from alaris_runner.engine.option_price_model import OptionPriceModel
from alaris_runner.engine.real_time_handler import RealTimeHandler, ScheduleManager
from alaris_runner.engine.subscription_manager import SubscriptionManager
from alaris_runner.engine.time_zones import TimeZone, time_zone
from alaris_runner.engine.universe_selection import UniverseSelection
from alaris_runner.errors import NotSupportedByRunner
from alaris_runner.results.handler import ResultHandler

if TYPE_CHECKING:
    from alaris_runner.api.algorithm import QCAlgorithm
    from alaris_runner.brokerage.brokerage import Brokerage

_DAY = timedelta(days=1)
_DEFAULT_CASH = 100_000.0  # of an algorithm that does not set any
_END_OF_DAY_LEAD = timedelta(minutes=10)

#: The engine that an algorithm created now belongs to; set while a run lasts.
current_engine: ContextVar[Engine] = ContextVar("current_engine")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run is asked to do."""

    data_folder: Path
    output: Path
    parameters: dict[str, str] = field(default_factory=dict)
    algorithm_id: str = "run"
    backtest_name: str = "local"
    storage: Path | None = None


class Live(Protocol):
    """What makes a run live: a real clock, a data manager that is connected to a feed, an account, and those who may call meanwhile."""

    @property
    def clock(self) -> Clock:
        """The wall clock."""

    @property
    def last_day(self) -> date:
        """The last day of a run that nobody ends before."""

    def connect(
        self, folder: DataFolder, utc_now: Callable[[], datetime], initializers: Callable[[], Iterable[Callable[[Security], Any]]]
    ) -> DataManager:
        """Make the data manager of the run."""

    def brokerage(self, handler: TransactionHandler) -> Brokerage:
        """Make the account of the run."""

    def begin(self, engine: Engine) -> None:
        """Load the account into the engine, after `initialize` and before the first step."""

    def attend(self, engine: Engine) -> None:
        """Do on the engine's thread what woke the clock, beside the account's own events."""


class Engine:
    """The parts of a run and its clock. Times are naive UTC unless a name says local."""

    algorithm: QCAlgorithm
    brokerage_model: Any
    default_order_properties: Any

    def __init__(self, settings: RunSettings, data: DataFolder | None = None, live: Live | None = None) -> None:
        self.run_settings = settings
        self.folder = data or DataFolder(settings.data_folder)
        first_listing.set(self.folder.map_files.first_listing)
        self.zone: TimeZone = time_zone("America/New_York")
        self.start_date = datetime(1998, 1, 1)
        self.end_date = datetime(2050, 1, 1)
        self.warm_up: timedelta | Callable[[datetime], datetime] | None = None
        self.is_warming_up = False
        self.is_first_step = True
        self.quit_requested = False
        self.current_slice: Slice | None = None
        self._utc = self.zone.to_utc(self.start_date)
        self._local = self.start_date
        self._live_start: datetime | None = None
        self._raw_notice: list[str] = []
        self.removed_underlyings: dict[Symbol, str] = {}
        self._leaving_underlyings: dict[Symbol, str] = {}
        self.settings = AlgorithmSettings()
        self.universe_settings = UniverseSettings()
        self.results = ResultHandler(settings.algorithm_id, settings.output)
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.securities)
        self.portfolio.set_cash(_DEFAULT_CASH)
        self.security_initializers: list[Callable[[Security], Any]] = []
        self.live = live
        self.clock: Clock = live.clock if live is not None else BacktestClock()
        if live is not None:
            self._go_live(live)
        self.data = (live.connect if live is not None else DataManager)(self.folder, self.utc_now, self._initializers)
        self.transactions = TransactionHandler(self, live.brokerage if live is not None else SimulatedBrokerage)
        self.transactions.listeners.append(self.results.on_order_event)
        self.universe_selection = UniverseSelection(
            self.data, self.securities, UserDefinedUniverse(None, "user", self.universe_settings), self._is_held
        )
        self.real_time = RealTimeHandler()
        self.schedule = ScheduleManager(self.real_time, lambda: (self.start_local.date(), self.end_date.date()), self.utc_now)
        self.subscriptions = SubscriptionManager(self.utc_now, self.securities.find)
        self.custom_types: dict[Symbol, type] = {}
        self.is_running = False
        self.object_store = ObjectStore(settings.storage or settings.output / "storage")
        self.benchmark = Benchmark(self.data, None)
        self.benchmark_choice: Any = None
        self.price_model = OptionPriceModel(self)

    # The clock ------------------------------------------------------------------------------------------------------------------

    def utc_now(self) -> datetime:
        """Present moment in UTC."""
        return self._utc

    @property
    def algorithm_time(self) -> datetime:
        """Present moment on the algorithm's clock."""
        return self._local

    def set_utc_time(self, utc: datetime) -> None:
        """Move the clock."""
        self._utc = utc
        self._local = self.zone.from_utc(utc)

    def _go_live(self, live: Live) -> None:
        """Begin now, whatever period the algorithm names."""
        self._live_start = live.clock.now()
        self.set_utc_time(self._live_start)
        self.start_date = datetime.combine(self._local.date(), time())
        self.end_date = datetime.combine(live.last_day, time(23, 59, 59))

    def set_start(self, start: datetime) -> None:
        """Set the first day of the run; a live run begins when it begins."""
        if self._live_start is not None:
            self.set_utc_time(self._utc)
            return
        self.start_date = datetime(start.year, start.month, start.day)
        self.set_utc_time(self.zone.to_utc(self.start_date))

    def set_end(self, end: datetime) -> None:
        """Set the last moment of the run; a live run ends when it is ended."""
        if self._live_start is None:
            self.end_date = end

    @property
    def start_local(self) -> datetime:
        """First moment of the run, warm-up included, on the algorithm's clock."""
        if self._live_start is not None:
            return self.zone.from_utc(self._live_start)
        if self.warm_up is None:
            return self.start_date
        return self.start_date - self.warm_up if isinstance(self.warm_up, timedelta) else self.warm_up(self.start_date)

    @property
    def start_utc(self) -> datetime:
        """First moment of the run, warm-up included."""
        return self._live_start or self.zone.to_utc(self.start_local)

    @property
    def warm_up_end_utc(self) -> datetime:
        """When the warm-up ends."""
        return self.zone.to_utc(self.start_date)

    # Messages -------------------------------------------------------------------------------------------------------------------

    def log_debug(self, text: str) -> None:
        """Write a debug line with the present time."""
        self.results.debug(text, self._local)

    def log_error(self, text: str) -> None:
        """Write an error line with the present time."""
        self.results.error(text, self._local)

    def notice_raw(self, ticker: str) -> None:
        """Remember that a stock's prices became raw for the sake of its options; said at the end of the step."""
        self._raw_notice.append(ticker)

    def forget_raw(self, stock: Security) -> None:
        """Remember a removed stock that had options: its raw mode goes with its subscription."""
        if any(s.symbol.underlying == stock.symbol for s in self.securities.total):
            self._leaving_underlyings[stock.symbol] = stock.symbol.value

    def notice_removed_underlyings(self) -> None:
        """Before securities change: LEAN finds stocks that left with their options no longer raw (dynamic_subscriptions, 06-11)."""
        listed = {s.symbol for s in self.securities.values()}
        self._raw_notice += [name for symbol, name in self.removed_underlyings.items() if symbol not in listed]
        self.removed_underlyings, self._leaving_underlyings = self._leaving_underlyings, {}

    # What others ask --------------------------------------------------------------------------------------------------------------

    def _is_held(self, symbol: Symbol) -> bool:
        security = self.securities.find(symbol)
        return bool(security is not None and security.holdings.quantity) or bool(self.transactions.manager.get_open_orders(symbol))

    def _initializers(self) -> Iterable[Callable[[Security], Any]]:
        seeding = [FuncSecuritySeeder(self.algorithm.get_last_known_prices).seed_security] if self.settings.seed_initial_prices else []
        return [self.brokerage_model.initialize_security, *self.security_initializers, *seeding]

    @property
    def ruined(self) -> bool:
        """Whether nothing is left of the account."""
        return not self.is_warming_up and self.portfolio.total_portfolio_value <= 0

    def security(self, symbol: Symbol) -> Security | None:
        """Security of a symbol, those that left included."""
        return self.securities.find(symbol)

    def present_securities(self) -> list[Security]:
        """Listed securities, in the order they were added."""
        return self.securities.values()

    def see_benchmark(self, price: float) -> None:
        """Take the benchmark's hourly price; open trades in that stock see it too, adjusted as it is (equity_orders_minute_default)."""
        self.benchmark.price = price
        if self.benchmark.symbol is not None:
            self.results.on_market_price(self.benchmark.symbol, price)

    def benchmark_price(self, utc: datetime) -> float:
        """Price of the benchmark now."""
        return self.benchmark.price_at(utc, self.zone.from_utc(utc))

    def risk_free_rate(self, day: date) -> float:
        """Risk-free rate of a day."""
        return self.folder.interest_rates.rate(day)

    def orders(self) -> list[Any]:
        """All orders by id."""
        return list(self.transactions.manager.get_orders())

    # The run ----------------------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run from the algorithm's `initialize` to its `on_end_of_algorithm`."""
        self.algorithm.initialize()
        if self.live is not None:
            self.live.begin(self)
        self._begin()
        AlgorithmManager(self).run()
        self.algorithm.on_end_of_algorithm()
        if self.quit_requested:
            self.log_debug("Algorithm Stopped")

    def _begin(self) -> None:
        if self.live is not None and self.warm_up is not None:
            raise NotSupportedByRunner("set_warm_up in a live run", "Ask for the past with `history`.")
        self.is_warming_up = self.warm_up is not None and self.start_local < self.start_date
        self.is_running = True
        self.set_utc_time(self.start_utc)
        self.data.last_day = self.end_date.date()
        self._choose_benchmark()
        self.results.begin(self.algorithm.description(), self, self.zone.to_utc(self.start_date), warming_up=self.is_warming_up)
        self._schedule_own_events()
        self.schedule.start()
        self.subscriptions.begin(self._utc)
        self.data.start_waiting()
        if self.is_warming_up:
            self.log_debug("Algorithm starting warm up...")
        if self.securities.count or self.algorithm.has_universes:
            hours = self.folder.market_hours.hours("usa", "SPY", SecurityType.EQUITY)
            midnights = (
                hours.zone.to_utc(datetime.combine(d, time())) for d in hours.trading_days(self.start_local.date(), self.end_date.date())
            )
            self.data.start(((utc, None) for utc in midnights), "trigger")

    def _choose_benchmark(self) -> None:
        choice = self.benchmark_choice
        if callable(choice):
            self.benchmark = Benchmark(self.data, None, choice)
            return
        default = self.algorithm.default_benchmark if choice is None else choice
        self.benchmark = Benchmark(self.data, benchmark_symbol(default) if default else None)
        self.benchmark.start(self.start_utc, self.end_date.date())

    def _schedule_own_events(self) -> None:
        first, last = self.start_local.date(), self.end_date.date() + _DAY
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        midnights = (self.zone.to_utc(datetime.combine(day, time())) for day in days)
        self.real_time.add(ScheduledEvent("daily sampling", midnights, lambda: self.results.on_daily_sample(self._utc)))
        if self.algorithm.wants("on_end_of_day"):
            hours = self.folder.market_hours.hours("usa", "SPY", SecurityType.EQUITY)
            closes = (hours.market_close(day) for day in days)
            ends = (hours.zone.to_utc(close - _END_OF_DAY_LEAD) for close in closes if close is not None)
            self.real_time.add(ScheduledEvent("end of day", ends, self._call_end_of_day))

    def _call_end_of_day(self) -> None:
        for security in self.securities.values():
            if not security.symbol.is_canonical():
                self.algorithm.on_end_of_day(security.symbol)

    def run_scheduled(self, utc: datetime, *, inclusive: bool) -> None:
        """Call the events that are due, each at its own time."""
        for when, event in self.real_time.due(utc, inclusive=inclusive):
            self.set_utc_time(when)
            event.callback()
            if self.quit_requested:
                return

    def attend(self, until: datetime) -> None:
        """Between two steps of a live run: let the algorithm hear what came from outside; `until` is where the next step begins."""
        if self.live is not None:
            self.set_utc_time(max(self._utc, min(self.clock.now(), until)))
            self.transactions.process_requests()
            self.live.attend(self)
            self.transactions.process_requests()

    def finish_warm_up(self) -> None:
        """End the warm-up: from now on orders are allowed and samples are taken."""
        self.is_warming_up = False
        self.log_debug("Algorithm finished warming up.")
        self.results.on_warm_up_finished()
        self.algorithm.on_warmup_finished()

    def apply_split(self, split: Split) -> None:
        """Tell the results that a raw-priced holding changed its unit."""
        self.results.on_split(split.symbol, split.split_factor)

    def end_step(self, utc: datetime) -> None:
        """Close a time step."""
        self.is_first_step = False
        self.algorithm.on_end_of_time_step()
        if self._raw_notice:
            names = ", ".join(f"{name}..." for name in dict.fromkeys(self._raw_notice))
            self.log_debug(f"Warning: The following securities were set to raw price normalization mode to work with options: {names}")
            self._raw_notice = []
        self.results.on_step_end(utc)
