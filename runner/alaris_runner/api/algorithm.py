"""QCAlgorithm: what a user's algorithm derives from; setting up a run, its clock, its messages and its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from alaris_runner.api.algorithm_consolidation import ConsolidationMixin
from alaris_runner.api.algorithm_history import HistoryMixin
from alaris_runner.api.algorithm_indicators import IndicatorsMixin
from alaris_runner.api.algorithm_plotting import PlottingMixin
from alaris_runner.api.algorithm_universe import UniverseMixin
from alaris_runner.api.brokerage_models import AccountType, BrokerageName, brokerage_model_of
from alaris_runner.api.enums import AlgorithmMode, DeploymentTarget, Resolution, SecurityType
from alaris_runner.api.schedule import DateRules, TimeRules
from alaris_runner.api.securities import Security, SecurityManager
from alaris_runner.api.settings import AlgorithmSettings
from alaris_runner.api.slices import Slice
from alaris_runner.api.spelling import PascalCase, snake_case
from alaris_runner.api.symbols import Symbol
from alaris_runner.api.trading import TradingMixin
from alaris_runner.api.universes import SecurityChanges, UniverseSettings
from alaris_runner.engine.engine import current_engine
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.object_store import ObjectStore
from alaris_runner.engine.real_time_handler import ScheduleManager
from alaris_runner.engine.subscription_manager import SubscriptionManager
from alaris_runner.engine.time_zones import TimeZone, time_zone
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner
from alaris_runner.results.result_files import RunDescription

_LAST_SECOND = time(23, 59, 59)


class QCAlgorithm(TradingMixin, UniverseMixin, HistoryMixin, IndicatorsMixin, ConsolidationMixin, PlottingMixin, PascalCase):
    """Base of every algorithm, under LEAN's names; members it does not have raise `NotSupportedByRunner`."""

    def __init__(self) -> None:
        self._engine = current_engine.get()
        self._name = self._engine.run_settings.backtest_name
        self._tags: list[str] = []
        self._brokerage = (BrokerageName.DEFAULT, AccountType.MARGIN)
        self._use_brokerage(*self._brokerage)

    # What an algorithm overrides ------------------------------------------------------------------------------------------------

    def initialize(self) -> None:
        """Set up the run; the user's own class does it."""

    def on_data(self, slice: Slice) -> None:  # noqa: A002 - LEAN's name
        """Receive the data of a time step."""

    def on_order_event(self, order_event: Any) -> None:
        """Receive every change of an order."""

    def on_assignment_order_event(self, assignment_event: Any) -> None:
        """Receive an option's assignment."""

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        """Receive what came and went."""

    def on_splits(self, splits: Any) -> None:
        """Receive splits."""

    def on_dividends(self, dividends: Any) -> None:
        """Receive dividends."""

    def on_delistings(self, delistings: Any) -> None:
        """Receive expiries and delistings."""

    def on_symbol_changed_events(self, symbols_changed: Any) -> None:
        """Receive changes of ticker."""

    def on_margin_call(self, requests: list[Any]) -> list[Any]:
        """Decide which closing orders a margin call may send."""
        return requests

    def on_margin_call_warning(self) -> None:
        """Hear that little margin is left."""

    def on_end_of_day(self, symbol: Symbol) -> None:
        """Hear that a security's day ends in ten minutes."""

    def on_end_of_time_step(self) -> None:
        """Hear that a time step is done."""

    def on_end_of_algorithm(self) -> None:
        """Hear that the run is over."""

    def on_warmup_finished(self) -> None:
        """Hear that the warm-up is over."""

    def on_command(self, data: Any) -> bool | None:
        """Receive a command; backtests get none."""
        _ = data
        return None

    # Setting up -----------------------------------------------------------------------------------------------------------------

    def set_start_date(self, *start: Any) -> None:
        """First day: `set_start_date(year, month, day)` or a date."""
        self._engine.set_start(_day(start))

    def set_end_date(self, *end: Any) -> None:
        """Last day: `set_end_date(year, month, day)` or a date."""
        self._engine.end_date = datetime.combine(_day(end), _LAST_SECOND)

    def set_cash(self, *arguments: Any) -> None:
        """Start capital: `set_cash(amount)` or `set_cash("USD", amount)`."""
        if isinstance(arguments[0], str) and arguments[0] != "USD":
            raise NotSupportedByRunner(f"set_cash('{arguments[0]}', ...)", "The account's currency is USD here.")
        self._engine.portfolio.set_cash(float(arguments[-1] if not isinstance(arguments[0], str) else arguments[1]))

    def set_time_zone(self, time_zone_name: str) -> None:
        """Zone of the algorithm's clock (New York unless set)."""
        self._engine.zone = time_zone(time_zone_name)
        self._engine.set_start(self._engine.start_date)

    def set_brokerage_model(self, brokerage: Any, account_type: AccountType = AccountType.MARGIN) -> None:
        """Trade by the rules of a broker: a `BrokerageName`, or a brokerage model of the user's own."""
        if isinstance(brokerage, BrokerageName):
            self._brokerage = (brokerage, AccountType(account_type))
            self._use_brokerage(*self._brokerage)
        else:
            self._engine.brokerage_model = brokerage

    def _use_brokerage(self, brokerage: BrokerageName, account_type: AccountType) -> None:
        self._engine.brokerage_model = brokerage_model_of(brokerage, account_type)
        self._engine.default_order_properties = self._engine.brokerage_model.default_order_properties()

    @property
    def default_benchmark(self) -> str | None:
        """What the brokerage measures against: SPY, or nothing under the Interactive Brokers model."""
        return None if self._brokerage[0] is BrokerageName.INTERACTIVE_BROKERS_BROKERAGE else "SPY"

    @property
    def brokerage_model(self) -> Any:
        """The broker's rules in force."""
        return self._engine.brokerage_model

    @property
    def brokerage_name(self) -> BrokerageName:
        """The broker whose rules are in force."""
        return self._brokerage[0]

    def set_security_initializer(self, security_initializer: Any) -> None:
        """Treat every new security with a function (or an object with `initialize`)."""
        self._engine.security_initializers[:] = [_function(security_initializer)]

    def add_security_initializer(self, security_initializer: Any) -> None:
        """Treat every new security with one more function."""
        self._engine.security_initializers.append(_function(security_initializer))

    def set_benchmark(self, *benchmark: Any) -> None:
        """Measure against a stock (ticker or symbol) or a function of the time."""
        chosen = benchmark[-1]
        if isinstance(chosen, str) and self._engine.securities.get(chosen) is None:
            self._engine.log_debug(
                f"Warning: SetBenchmark({chosen}): no existing symbol found, benchmark security will be added with Equity type."
            )
        self._engine.benchmark_choice = chosen

    def set_warm_up(self, amount: timedelta | int, resolution: Resolution | None = None) -> None:
        """Replay data before the start: a span of time, or a number of bars."""
        engine = self._engine
        if isinstance(amount, timedelta):
            engine.warm_up = amount
            return
        chosen = resolution

        def start(first: datetime) -> datetime:
            return min((self._bars_back(s, first, amount, chosen) for s in engine.securities.values()), default=first)

        engine.warm_up = start

    set_warmup = set_warm_up

    def _bars_back(self, security: Security, first: datetime, count: int, resolution: Resolution | None) -> datetime:
        grid = self._engine.data.grid(security.exchange.hours, Resolution(resolution if resolution is not None else security.resolution), security.is_extended_market_hours)
        day, points = first, 0
        while points < count:
            day -= timedelta(days=1)
            points += len(grid.day(day.date()))
        start = grid.day(day.date())[points - count].start
        return start.replace(hour=0, minute=0) if grid.resolution == Resolution.DAILY else start

    def set_name(self, name: str) -> None:
        """Name of the backtest."""
        self._name = name

    @property
    def name(self) -> str:
        """Name of the backtest."""
        return self._name

    def add_tag(self, tag: str) -> None:
        """Mark the backtest."""
        if tag and tag not in self._tags:
            self._tags.append(tag)

    def set_tags(self, tags: Any) -> None:
        """Mark the backtest with these only."""
        self._tags = list(dict.fromkeys(tags))

    @property
    def tags(self) -> list[str]:
        """Marks of the backtest."""
        return list(self._tags)

    def description(self) -> RunDescription:
        """Describe the run for the result files."""
        engine = self._engine
        return RunDescription(
            name=self._name, start=engine.start_date, end=engine.end_date, tags=tuple(self._tags), parameters=dict(engine.run_settings.parameters),
            brokerage=int(self._brokerage[0]), account_type=int(self._brokerage[1]),
        )  # fmt: skip

    # Parameters -----------------------------------------------------------------------------------------------------------------

    def get_parameter(self, name: str, default_value: Any = None) -> Any:
        """Value of a parameter, converted to the type of the default; the default where it is not given."""
        text = self._engine.run_settings.parameters.get(name)
        if text is None:
            return default_value
        if isinstance(default_value, bool) or default_value is None or isinstance(default_value, str):
            return text
        try:
            return type(default_value)(text)
        except ValueError:
            return default_value

    def get_parameters(self) -> dict[str, str]:
        """All parameters."""
        return dict(self._engine.run_settings.parameters)

    # Clock ----------------------------------------------------------------------------------------------------------------------

    @property
    def time(self) -> datetime:
        """Now, on the algorithm's clock."""
        return self._engine.algorithm_time

    @property
    def utc_time(self) -> datetime:
        """Now, in UTC (naive)."""
        return self._engine.utc_now()

    @property
    def start_date(self) -> datetime:
        """First day."""
        return self._engine.start_date

    @property
    def end_date(self) -> datetime:
        """Last moment."""
        return self._engine.end_date

    @property
    def time_zone(self) -> str:
        """Name of the algorithm's zone."""
        return self._engine.zone.name

    @property
    def is_warming_up(self) -> bool:
        """Whether the run has not begun yet."""
        return self._engine.is_warming_up

    @property
    def live_mode(self) -> bool:
        """False: this is a backtest."""
        return False

    @property
    def algorithm_mode(self) -> AlgorithmMode:
        """BACKTESTING."""
        return AlgorithmMode.BACKTESTING

    @property
    def deployment_target(self) -> DeploymentTarget:
        """LOCAL_PLATFORM."""
        return DeploymentTarget.LOCAL_PLATFORM

    @property
    def algorithm_id(self) -> str:
        """Stem of the result files."""
        return self._engine.run_settings.algorithm_id

    @property
    def date_rules(self) -> DateRules:
        """Factory of date rules."""
        return DateRules(self._hours_of, lambda: self._engine.algorithm_time)

    @property
    def time_rules(self) -> TimeRules:
        """Factory of time rules."""
        return TimeRules(self._hours_of, self._zone, self._engine.utc_now)

    @property
    def schedule(self) -> ScheduleManager:
        """Calls functions at times."""
        return self._engine.schedule

    def _zone(self) -> TimeZone:
        return self._engine.zone

    def _hours_of(self, symbol: Symbol | str) -> SecurityExchangeHours:
        known = self._engine.securities.get(symbol)
        if known is not None:
            hours: SecurityExchangeHours = known.exchange.hours
            return hours
        ticker = symbol.value if isinstance(symbol, Symbol) else symbol
        return self._engine.folder.market_hours.hours("usa", ticker, SecurityType.EQUITY)

    # What it is connected to ----------------------------------------------------------------------------------------------------

    @property
    def securities(self) -> SecurityManager:
        """Securities by symbol."""
        return self._engine.securities

    @property
    def portfolio(self) -> Any:
        """Cash and holdings."""
        return self._engine.portfolio

    @property
    def transactions(self) -> Any:
        """Orders and tickets."""
        return self._engine.transactions.manager

    @property
    def settings(self) -> AlgorithmSettings:
        """What may be tuned."""
        return self._engine.settings

    @property
    def universe_settings(self) -> UniverseSettings:
        """How selected securities are subscribed."""
        return self._engine.universe_settings

    @property
    def subscription_manager(self) -> SubscriptionManager:
        """Consolidators by symbol."""
        return self._engine.subscriptions

    @property
    def object_store(self) -> ObjectStore:
        """Texts that outlive the run."""
        return self._engine.object_store

    @property
    def current_slice(self) -> Slice | None:
        """Slice that `on_data` received last."""
        return self._engine.current_slice

    @property
    def default_order_properties(self) -> Any:
        """Properties of orders that are sent without any."""
        return self._engine.default_order_properties

    @default_order_properties.setter
    def default_order_properties(self, properties: Any) -> None:
        self._engine.default_order_properties = properties

    # Messages -------------------------------------------------------------------------------------------------------------------

    def log(self, message: Any) -> None:
        """Write a line to the log."""
        self._engine.results.log(str(message), self._engine.algorithm_time)

    def debug(self, message: Any) -> None:
        """Write a debug line."""
        self._engine.log_debug(str(message))

    def error(self, message: Any) -> None:
        """Write an error line."""
        self._engine.log_error(str(message))

    def quit(self, message: Any = "") -> None:
        """End the run after this call; the run still counts as completed."""
        self._engine.log_debug(f"Quit(): {message}")
        self._engine.quit_requested = True

    # For the engine -------------------------------------------------------------------------------------------------------------

    def call_on_data(self, current: Slice) -> None:
        """Hand a slice to the algorithm."""
        self.on_data(current)

    def wants(self, method: str) -> bool:
        """Whether the user's class overrides a method."""
        return getattr(type(self), method) is not getattr(QCAlgorithm, method)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name[:1].isupper() and hasattr(type(self), snake_case(name)):
            return getattr(self, snake_case(name))
        if snake_case(name) in _members_of_lean():
            raise NotSupportedByRunner(f"QCAlgorithm.{name}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def _members_of_lean() -> frozenset[str]:
    from alaris_runner.api.lean_members import QC_ALGORITHM_MEMBERS  # noqa: PLC0415 - a long table that only an unknown name needs

    return QC_ALGORITHM_MEMBERS


def _day(arguments: tuple[Any, ...]) -> datetime:
    first = arguments[0]
    if isinstance(first, date):
        return datetime(first.year, first.month, first.day)
    if len(arguments) != 3:
        raise InvalidRequest("give a date, or year, month and day")
    return datetime(int(first), int(arguments[1]), int(arguments[2]))


def _function(initializer: Any) -> Callable[[Security], Any]:
    if hasattr(initializer, "initialize"):
        found: Callable[[Security], Any] = initializer.initialize
        return found
    if not callable(initializer):
        raise InvalidRequest("a security initializer is a function of the security, or an object with `initialize(security)`")
    return initializer  # type: ignore[no-any-return]  # callable() narrows Any to a callable that returns Any
