"""Securities and their subscriptions: what is made when the algorithm (or a universe) adds one, and undone when it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar

from alaris_runner.api.enums import DataNormalizationMode, LeanEnum, Resolution, SecurityType, TickType
from alaris_runner.api.portfolio import SecurityHolding
from alaris_runner.api.securities import Equity, Option, Security, SecurityExchange
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.factor_files import FactorFile
from alaris_runner.data.folder import DataFolder
from alaris_runner.data.map_files import MapFile
from alaris_runner.engine.auxiliary_events import End, auxiliary_points, delistings, last_trading_day
from alaris_runner.engine.bar_grid import BarGrid
from alaris_runner.engine.bar_times import BarTimes
from alaris_runner.engine.contract_group import ContractGroup
from alaris_runner.engine.expiries import Expiry
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.open_interest import OpenInterestSeries
from alaris_runner.engine.price_points import price_points
from alaris_runner.engine.subscriptions import Point, Subscription, SubscriptionDataConfig, open_interest_points
from alaris_runner.engine.synchronizer import Synchronizer
from alaris_runner.errors import NotSupportedByRunner

_KINDS: dict[SecurityType, type[Security]] = {SecurityType.EQUITY: Equity, SecurityType.OPTION: Option, SecurityType.BASE: Security}
E = TypeVar("E", bound=LeanEnum)
_INTRADAY = (Resolution.MINUTE, Resolution.SECOND)


def tick_types(security_type: SecurityType, resolution: Resolution) -> tuple[TickType, ...]:
    """What LEAN subscribes: stocks have quotes only below the hour, options always, with open interest."""
    if security_type == SecurityType.OPTION:
        return (TickType.TRADE, TickType.QUOTE, TickType.OPEN_INTEREST)
    return (TickType.TRADE, TickType.QUOTE) if resolution in _INTRADAY else (TickType.TRADE,)


class DataManager:
    """Make securities, subscribe them, and end their subscriptions.

    Parameters
    ----------
    folder : DataFolder
        Where the data is.
    utc_now : callable
        The engine's clock.
    initializers : callable
        Returns the functions that set a new security's models, in order.
    """

    def __init__(
        self, folder: DataFolder, utc_now: Callable[[], datetime], initializers: Callable[[], Iterable[Callable[[Security], None]]]
    ) -> None:
        self.folder = folder
        self.synchronizer = Synchronizer()
        self.last_day = date.max
        self._utc_now = utc_now
        self._initializers = initializers
        self._grids: dict[tuple[int, Resolution, bool], BarGrid] = {}
        self._subscriptions: dict[Symbol, list[Subscription]] = {}
        self._exchanges: dict[int, SecurityExchange] = {}
        self._ends: dict[tuple[int, datetime], list[End]] = {}
        self._expiries: dict[tuple[int, datetime], Expiry] = {}
        self._ending: dict[Symbol, Expiry] = {}
        self._groups: dict[tuple[Symbol | None, int], ContractGroup] = {}
        self._joined: dict[Symbol, ContractGroup] = {}
        self._sequence = 0
        self._waiting: list[Subscription] | None = []

    def hours(self, symbol: Symbol) -> SecurityExchangeHours:
        """Opening hours of a symbol's exchange."""
        stock = symbol.underlying or symbol
        return self.folder.market_hours.hours(symbol.id.market, stock.value, symbol.security_type)

    def _exchange(self, symbol: Symbol) -> SecurityExchange:
        """Shared exchange of a symbol."""
        hours = self.hours(symbol)
        found = self._exchanges.get(id(hours))
        if found is None:
            found = self._exchanges[id(hours)] = SecurityExchange(hours, self._utc_now)
        return found

    def grid(self, hours: SecurityExchangeHours, resolution: Resolution, extended: bool) -> BarGrid:
        """Shared bar times of an exchange."""
        key = (id(hours), resolution, extended)
        if key not in self._grids:
            self._grids[key] = BarGrid(hours, resolution, extended)
        return self._grids[key]

    def factors(self, symbol: Symbol) -> FactorFile | None:
        """Factor file of a stock, None for other securities."""
        return self.folder.factors(symbol.value, symbol.id.market) if symbol.security_type == SecurityType.EQUITY else None

    def create_security(
        self,
        symbol: Symbol,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
        mode: DataNormalizationMode = DataNormalizationMode.RAW,
    ) -> Security:
        """Make a security with its exchange, properties, holdings and models."""
        kind = _KINDS.get(symbol.security_type)
        if kind is None:
            raise NotSupportedByRunner(
                f"security type {symbol.security_type}",
                "Equities, their options and your own data are supported; run others with `lean backtest`.",
            )
        stock = symbol.underlying or symbol
        properties = self.folder.symbol_properties.get(symbol.id.market, stock.value, symbol.security_type)
        security = kind(symbol, self._exchange(symbol), properties, _exact(Resolution, resolution))
        security.fill_forward = fill_forward
        security.is_extended_market_hours = extended
        security.data_normalization_mode = _exact(DataNormalizationMode, mode)
        security.has_quotes = TickType.QUOTE in tick_types(symbol.security_type, security.resolution)
        security.holdings = SecurityHolding(security)
        for initialize in self._initializers():
            initialize(security)
        return security

    def subscribe(self, security: Security, start_utc: datetime) -> None:
        """Begin a security's data at an instant."""
        grid = self.grid(security.exchange.hours, security.resolution, security.is_extended_market_hours)
        self.subscribe_prices(security, grid, start_utc)
        if isinstance(security, Option):
            self._expire(security, start_utc)
        elif not security.is_internal:
            self._start(security.symbol, security, self._events(security, start_utc), "auxiliary")

    def _events(self, security: Security, start_utc: datetime) -> Iterator[Point]:
        """Midnight events of a stock."""
        symbol, factors = security.symbol, self.factors(security.symbol)
        names = self.folder.map_files.get(symbol.value, symbol.id.market) if factors is not None else MapFile([])
        return auxiliary_points(security, factors or FactorFile([]), names, start_utc, self.last_day)

    def _expire(self, contract: Option, start_utc: datetime) -> None:
        """Let a contract end with the others of its expiry."""
        hours, expires = contract.exchange.hours, contract.symbol.id.date
        key = (id(hours), expires)
        expiry = self._expiries.get(key)
        if expiry is None or not expiry.takes(start_utc):
            ends = self._ends.get(key)
            if ends is None:
                ends = self._ends[key] = delistings(hours, last_trading_day(hours, expires), self.last_day)
            expiry = self._expiries[key] = Expiry(self.next_sequence(), ends, start_utc)
            self.synchronizer.wait(expiry)
        expiry.contracts[contract.symbol] = contract
        self._ending[contract.symbol] = expiry

    def subscribe_prices(self, security: Security, grid: BarGrid, start_utc: datetime) -> None:
        """Begin a security's bars at an instant, from the files of the folder."""
        symbol, mode = security.symbol, security.data_normalization_mode
        if symbol.security_type == SecurityType.OPTION:
            self._subscribe_option(security, grid, start_utc)
            return
        for tick_type in tick_types(symbol.security_type, security.resolution):
            config = SubscriptionDataConfig(
                symbol, security.resolution, tick_type, security.fill_forward, security.is_extended_market_hours, mode
            )
            self._start(symbol, security, self.points(config, grid, self.factors(symbol), start_utc, self.last_day), "price")

    def _subscribe_option(self, security: Security, grid: BarGrid, start_utc: datetime) -> None:
        """Begin a contract's data: it joins its chain's group, and its files are read when somebody looks at it."""
        if not isinstance(security, Option):
            raise TypeError(f"{security.symbol.value} is no option")
        symbol, files = security.symbol, self.folder.price_files
        last = min(self.last_day, symbol.id.date.date())
        interest = None
        if security.resolution in _INTRADAY:
            stored = files.series(symbol, TickType.OPEN_INTEREST, security.resolution)
            self._start(symbol, security, open_interest_points(stored, grid, start_utc, last), "open interest")
        else:
            interest = OpenInterestSeries(files, symbol, grid, grid.hours.zone.from_utc(start_utc).date())
        security.open_interest_series = interest
        group = self._group(security, grid, start_utc)
        group.join(security, start_utc, last, interest)
        self._joined[symbol] = group

    def _group(self, security: Option, grid: BarGrid, start_utc: datetime) -> ContractGroup:
        """Group of a chain that a contract can join, a new one where those there are have passed its first bar."""
        key = (security.symbol.underlying, id(grid))
        group = self._groups.get(key)
        if group is None or not group.takes(start_utc):
            files, symbol = self.folder.price_files, security.symbol
            times = BarTimes(grid, start_utc, self.last_day, lambda day: files.last_day_of_file(symbol, day))
            group = self._groups[key] = ContractGroup(self.next_sequence(), security, times, files)
            self.synchronizer.wait(group)
        return group

    def points(
        self, config: SubscriptionDataConfig, grid: BarGrid, factors: FactorFile | None, start_utc: datetime, last: date
    ) -> Iterator[Point]:
        """Points of one series."""
        series = self.folder.price_files.series(config.symbol, config.tick_type, config.resolution)
        if config.symbol.security_type == SecurityType.OPTION:
            last = min(last, config.symbol.id.date.date())
        elif config.symbol.security_type == SecurityType.EQUITY:
            last = min(last, self.folder.map_files.get(config.symbol.value, config.symbol.id.market).delisting_date or last)
        if config.tick_type == TickType.OPEN_INTEREST and config.resolution in _INTRADAY:
            return open_interest_points(series, grid, start_utc, last)
        return price_points(series, grid, config, factors, start_utc, last)

    def _start(self, symbol: Symbol, security: Security, points: Iterable[Point], kind: str) -> None:
        self._subscriptions.setdefault(symbol, []).append(self.start(points, kind, security))

    def start(self, points: Iterable[Point], kind: str, security: Security | None = None, owner: Any = None) -> Subscription:
        """Add any stream of points to the time steps."""
        subscription = Subscription(self.next_sequence(), security, points, kind, owner)
        self.synchronizer.add(subscription)
        return subscription

    def next_sequence(self) -> int:
        """Number of the next subscription: the order of points of the same time."""
        self._sequence += 1
        return self._sequence

    def join(self, symbol: Symbol, subscription: Subscription) -> None:
        """Add a subscription of a symbol to the time steps."""
        self.attach(symbol, subscription)
        self.synchronizer.add(subscription)

    def start_later(self, points: Iterable[Point], security: Security) -> Subscription:
        """Add a stream whose first point must not be read before the run begins."""
        subscription = Subscription(self.next_sequence(), security, points, "custom")
        if self._waiting is None:
            self.synchronizer.add(subscription)
        else:
            self._waiting.append(subscription)
        return subscription

    def start_waiting(self) -> None:
        """Begin the streams that waited for the run."""
        waiting, self._waiting = self._waiting or [], None
        for subscription in waiting:
            self.synchronizer.add(subscription)

    def attach(self, symbol: Symbol, subscription: Subscription) -> None:
        """Let a stream end together with a symbol."""
        self._subscriptions.setdefault(symbol, []).append(subscription)

    def unsubscribe(self, symbol: Symbol) -> None:
        """End a symbol's data."""
        for subscription in self._subscriptions.pop(symbol, ()):
            subscription.removed = True
        group = self._joined.pop(symbol, None)
        if group is not None:
            group.leave(symbol)
        expiry = self._ending.pop(symbol, None)
        if expiry is not None:
            expiry.leave(symbol)

    def is_subscribed(self, symbol: Symbol) -> bool:
        """Whether a symbol has data now."""
        return symbol in self._subscriptions or symbol in self._joined


def _exact(kind: type[E], value: E) -> E:
    """Member of an enumeration, which an algorithm may give by its number."""
    return value if type(value) is kind else kind(value)
