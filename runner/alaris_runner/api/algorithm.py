"""QCAlgorithm: what a user's algorithm derives from; setting up a run, its clock, its messages and its events."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from alaris_runner.api.algorithm_consolidation import ConsolidationMixin
from alaris_runner.api.algorithm_history import HistoryMixin
from alaris_runner.api.algorithm_indicators import IndicatorsMixin
from alaris_runner.api.algorithm_option_indicators import OptionIndicatorsMixin
from alaris_runner.api.algorithm_plotting import PlottingMixin
from alaris_runner.api.algorithm_setup import SetupMixin
from alaris_runner.api.algorithm_universe import UniverseMixin
from alaris_runner.api.enums import AlgorithmMode, DeploymentTarget, SecurityType
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.notifications import NotificationManager
from alaris_runner.api.schedule import DateRules, ScheduledEvent, TimeRules
from alaris_runner.api.security_manager import SecurityManager
from alaris_runner.api.settings import AlgorithmSettings
from alaris_runner.api.slices import Slice
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.api.trading import TradingMixin
from alaris_runner.api.universes import SecurityChanges, UniverseSettings
from alaris_runner.engine.engine import current_engine
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.object_store import ObjectStore
from alaris_runner.engine.real_time_handler import ScheduleManager
from alaris_runner.engine.subscription_manager import SubscriptionManager
from alaris_runner.engine.time_zones import TimeZone

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_LAST_SECOND = time(23, 59, 59)


class QCAlgorithm(
    SetupMixin,
    TradingMixin,
    UniverseMixin,
    HistoryMixin,
    IndicatorsMixin,
    OptionIndicatorsMixin,
    ConsolidationMixin,
    PlottingMixin,
    PascalCase,
):
    """Base of every algorithm, under LEAN's names; members it does not have raise `NotSupportedByRunner`."""

    _engine: Engine

    def __init__(self) -> None:
        self._engine = current_engine.get()
        self._set_up()

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

    def on_brokerage_disconnect(self) -> None:
        """Hear that the broker is away; a backtest's never is."""

    def on_brokerage_reconnect(self) -> None:
        """Hear that the broker is back."""

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
        """Whether this is a live run."""
        return self._engine.live is not None

    @property
    def algorithm_mode(self) -> AlgorithmMode:
        """LIVE or BACKTESTING."""
        return AlgorithmMode.LIVE if self.live_mode else AlgorithmMode.BACKTESTING

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

    @named_arguments("date_rule", "time_rule", "training_code")
    def train(self, *arguments: Any) -> ScheduledEvent | None:
        """Call a function at once, or by a date and a time rule: `train([date_rule, time_rule,] fn)`."""
        if len(arguments) > 1:
            return self.schedule.on(*arguments)
        arguments[0]()
        return None

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

    @property
    def notify(self) -> NotificationManager:
        """Messages to a person: never sent in a backtest."""
        return NotificationManager()

    def is_market_open(self, symbol: Symbol | str) -> bool:
        """Whether a security's exchange is in its regular session now."""
        hours = self._hours_of(symbol)
        return hours.is_open(hours.zone.from_utc(self._engine.utc_now()), False)

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
