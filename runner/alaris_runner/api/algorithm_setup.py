"""QCAlgorithm's part that sets up a run: its days, cash, broker, benchmark, warm-up, name and parameters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.brokerage_models import AccountType, BrokerageName, brokerage_model_of
from alaris_runner.api.enums import Resolution
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.securities import Security
from alaris_runner.engine.time_zones import time_zone as zone_of
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner
from alaris_runner.results.result_files import RunDescription

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_LAST_SECOND = time(23, 59, 59)


class SetupMixin:
    """What `initialize` calls first."""

    _engine: Engine

    def _set_up(self) -> None:
        self._name = self._engine.run_settings.backtest_name
        self._tags: list[str] = []
        self._brokerage = (BrokerageName.DEFAULT, AccountType.MARGIN)
        self._use_brokerage(*self._brokerage)

    @named_arguments("year", "month", "day", "start")
    def set_start_date(self, *start: Any) -> None:
        """First day: `set_start_date(year, month, day)` or a date."""
        self._engine.set_start(_day(start))

    @named_arguments("year", "month", "day", "end")
    def set_end_date(self, *end: Any) -> None:
        """Last day: `set_end_date(year, month, day)` or a date."""
        self._engine.set_end(datetime.combine(_day(end), _LAST_SECOND))

    @named_arguments("symbol", "starting_cash")
    def set_cash(self, *arguments: Any) -> None:
        """Start capital: `set_cash(amount)` or `set_cash("USD", amount)`."""
        if isinstance(arguments[0], str) and arguments[0] != "USD":
            raise NotSupportedByRunner(f"set_cash('{arguments[0]}', ...)", "The account's currency is USD here.")
        self._engine.portfolio.set_cash(float(arguments[-1] if not isinstance(arguments[0], str) else arguments[1]))

    def set_account_currency(self, account_currency: str, starting_cash: float | None = None) -> None:
        """Confirm the account's currency: it is USD here."""
        if account_currency != "USD":
            raise NotSupportedByRunner(f"set_account_currency('{account_currency}')", "The account's currency is USD here.")
        if starting_cash is not None:
            self.set_cash(starting_cash)

    @property
    def account_currency(self) -> str:
        """USD."""
        return "USD"

    def set_time_zone(self, time_zone: str) -> None:
        """Zone of the algorithm's clock (New York unless set)."""
        self._engine.zone = zone_of(time_zone)
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

    @named_arguments("security_type", "symbol", "ticker", "benchmark")
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
        grid = self._engine.data.grid(
            security.exchange.hours,
            Resolution(resolution if resolution is not None else security.resolution),
            security.is_extended_market_hours,
        )
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
            name=self._name,
            start=engine.start_date,
            end=engine.end_date,
            tags=tuple(self._tags),
            parameters=dict(engine.run_settings.parameters),
            brokerage=int(self._brokerage[0]),
            account_type=int(self._brokerage[1]),
            trading_days=engine.settings.trading_days_per_year or 252,
        )

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
