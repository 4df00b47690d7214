"""Apply universes to the algorithm's securities: selections become additions and removals with their subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, SecurityType
from alaris_runner.api.option_universe import OptionFilterUniverse
from alaris_runner.api.securities import Security
from alaris_runner.api.security_manager import SecurityManager
from alaris_runner.api.symbols import Symbol, equity_symbol
from alaris_runner.api.universes import (
    FunctionUniverse,
    OptionChainUniverse,
    ScheduledUniverse,
    SecurityChanges,
    Universe,
    UserDefinedUniverse,
)
from alaris_runner.engine.data_manager import DataManager
from alaris_runner.engine.subscriptions import Point
from alaris_runner.engine.time_zones import TimeZone

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_LOOK_BACK = timedelta(days=7)  # how old the universe file may be that a new chain starts from


class UniverseSelection:
    """Holds the universes and the changes that wait for the next time step.

    Parameters
    ----------
    data : DataManager
        Makes and subscribes securities.
    securities : SecurityManager
        The algorithm's securities.
    is_held : callable
        Whether a symbol is invested or has open orders: such a member stays until it is released.
    """

    def __init__(
        self, data: DataManager, securities: SecurityManager, user_defined: UserDefinedUniverse, is_held: Callable[[Symbol], bool]
    ) -> None:
        self._data = data
        self._securities = securities
        self._is_held = is_held
        self.user_defined = user_defined
        self.universes: list[Universe] = [user_defined]
        self._chains: dict[Symbol, list[Universe]] = {}
        self._others: list[Universe] = [user_defined]
        self._to_add: dict[Symbol, Security] = {}
        self._to_remove: dict[Symbol, None] = {}
        self._new_universes: list[Universe] = []
        self._dead_universes: list[Universe] = []
        self.on_added: Callable[[Security], None] = lambda _: None

    # What the algorithm asks for, taken up in the next time step -------------------------------------------------------------

    def add_security(self, security: Security) -> None:
        """Let the user's own universe have a security."""
        self._to_remove.pop(security.symbol, None)
        if security.symbol not in self.user_defined.added:
            self._to_add[security.symbol] = security
        self._securities.add(security)

    def remove_security(self, symbol: Symbol) -> None:
        """Take a security out of the user's own universe."""
        if self._to_add.pop(symbol, None) is None:
            self._to_remove[symbol] = None
        else:
            self._securities.retire(symbol)

    def add_universe(self, universe: Universe) -> None:
        """Begin to select with a universe."""
        self._new_universes.append(universe)

    def chain(self, canonical: Symbol) -> OptionChainUniverse | None:
        """Return the universe of a chain, None if it was not added or is gone."""
        known = (*self.universes, *self._new_universes)
        return next((u for u in known if isinstance(u, OptionChainUniverse) and u.symbol == canonical and not u.disposed), None)

    def remove_universe(self, universe: Universe) -> None:
        """End a universe and release its members."""
        universe.disposed = True
        if universe.subscription is not None:
            universe.subscription.removed = True
        if universe in self._new_universes:
            self._new_universes.remove(universe)
        else:
            self._dead_universes.append(universe)

    @property
    def has_changes(self) -> bool:
        """Whether something waits for the next time step."""
        return bool(self._to_add or self._to_remove or self._new_universes or self._dead_universes)

    def released(self) -> bool:
        """Whether a member that waited for its removal is held no longer; then it is asked for again."""
        waiting = [s for u in self.universes if u.disposed or u is self.user_defined for s in u.pending_removal if not self._is_held(s)]
        for symbol in waiting:
            self._to_remove[symbol] = None
        self._dead_universes = [
            u for u in self.universes if u.disposed and any(s in u.pending_removal for s in waiting)
        ] or self._dead_universes
        return bool(waiting)

    # Time steps ---------------------------------------------------------------------------------------------------------------

    def apply_requests(self, utc: datetime) -> SecurityChanges:
        """Take up what the algorithm asked for since the last step."""
        added, removed = list(self._to_add.values()), self._release(self.user_defined, list(self._to_remove), utc)
        self._to_add, self._to_remove = {}, {}
        for security in added:
            self.user_defined.added[security.symbol] = utc
            # A single contract's data begins after the step that adds it (golden case dynamic_subscriptions, 2014-06-06).
            self._subscribe(security, utc + _TICK if security.type == SecurityType.OPTION else utc)
        removed += self._orphaned(removed)
        for universe in self._dead_universes:
            removed += self._release(universe, list(universe.added), utc)
        self.universes = [u for u in self.universes if not u.disposed or u.added]
        self._dead_universes = []
        changes = SecurityChanges(added, removed)
        new, self._new_universes = self._new_universes, []
        self.universes += new
        self._sort_universes()
        for universe in new:
            changes = _joined(changes, self._begin(universe, utc))
        return changes

    def _sort_universes(self) -> None:
        """Put chains by their stock, so that a contract is looked for in its own chain only, however many there are."""
        self._chains, self._others = {}, []
        for universe in self.universes:
            if isinstance(universe, OptionChainUniverse):
                self._chains.setdefault(self._underlying(universe), []).append(universe)
            else:
                self._others.append(universe)

    def _possible(self, symbol: Symbol) -> list[Universe]:
        """Universes that may have a symbol: for a contract the user's and its chain's."""
        return self._others if symbol.underlying is None else [*self._others, *self._chains.get(symbol.underlying, ())]

    def _orphaned(self, removed: list[Security]) -> list[Security]:
        """Stocks whose last singly added contract went: LEAN reports them as removed too, though they may stay subscribed."""
        stocks = {s.symbol.underlying: s.underlying for s in removed if s.symbol.underlying is not None}
        left = {symbol.underlying for symbol in self.user_defined.added}
        return [stock for symbol, stock in stocks.items() if stock is not None and symbol not in left and stock not in removed]

    def _begin(self, universe: Universe, utc: datetime) -> SecurityChanges:
        if isinstance(universe, OptionChainUniverse):
            return self._begin_chain(universe, utc)
        if isinstance(universe, FunctionUniverse):
            moments = self._scheduled(universe, utc) if isinstance(universe, ScheduledUniverse) else self._trading_midnights(utc)
            universe.subscription = self._data.start(moments, "universe", owner=universe)
        return SecurityChanges()

    def _begin_chain(self, universe: OptionChainUniverse, utc: datetime) -> SecurityChanges:
        zone, underlying = self._zone(universe), self._underlying(universe)
        today = zone.from_utc(utc).date()
        universe.subscription = self._data.start(self._universe_days(underlying, zone, utc), "universe", owner=universe)
        known = self._data.folder.universe_files.days(underlying, today - _LOOK_BACK, today - _DAY)
        return self.select(universe, known[-1], utc) if known else SecurityChanges()

    def _universe_days(self, underlying: Symbol, zone: TimeZone, after: datetime) -> Iterator[Point]:
        """Each file's day at the midnight when it is known; the last day's file moves the clock, but selects no more."""
        first, last = zone.from_utc(after).date(), self._data.last_day
        for day in self._data.folder.universe_files.days(underlying, first - _LOOK_BACK, last):
            utc = zone.to_utc(datetime.combine(day + _DAY, time()))
            if utc > after:
                yield utc, day if day < last else None

    def _trading_midnights(self, first_utc: datetime) -> Iterator[Point]:
        hours = self._data.folder.market_hours.hours("usa", "SPY", equity_symbol("SPY").security_type)
        for day in hours.trading_days(hours.zone.from_utc(first_utc).date(), self._data.last_day):
            yield hours.zone.to_utc(datetime.combine(day, time())), day

    def _scheduled(self, universe: ScheduledUniverse, first_utc: datetime) -> Iterator[Point]:
        last = datetime.combine(self._data.last_day + _DAY, time())
        for utc in universe.get_trigger_times(first_utc, last):
            yield utc, utc

    def select(self, universe: Universe, day: date | None, utc: datetime) -> SecurityChanges:
        """Run a universe's selection on what is known at a midnight."""
        if day is None or universe.disposed:
            return SecurityChanges()
        if isinstance(universe, OptionChainUniverse):
            file = self._data.folder.universe_files.read(self._underlying(universe), day)
            local = self._zone(universe).from_utc(utc)
            hours = self._data.hours(universe.symbol) if universe.symbol is not None else None
            if hours is None:
                return SecurityChanges()
            chosen: Any = universe.select(OptionFilterUniverse(file, local, hours))
        elif isinstance(universe, FunctionUniverse):
            chosen = universe.selector(day if isinstance(day, datetime) else datetime.combine(day, time()))
        else:
            return SecurityChanges()
        if chosen is None or chosen is Universe.UNCHANGED:
            return SecurityChanges()
        return self._reconcile(universe, [s if isinstance(s, Symbol) else equity_symbol(str(s).upper()) for s in chosen], utc)

    def _reconcile(self, universe: Universe, chosen: list[Symbol], utc: datetime) -> SecurityChanges:
        selected = dict.fromkeys(chosen)
        wanted = set(selected)
        if universe.selected == wanted:
            return SecurityChanges()
        universe.selected = wanted
        members = set(universe.added)
        leaving = [s for s in universe.added if s not in wanted and universe.can_remove(s, utc)] if members - wanted else []
        if universe.pending_removal:
            for symbol in selected:
                universe.pending_removal.pop(symbol, None)
        removed = self._release(universe, leaving, utc)
        added = (
            [self._join(universe, symbol, utc) for symbol in selected if symbol not in universe.added]
            if removed or wanted - members
            else []
        )
        return SecurityChanges([s for s in added if s is not None], removed)

    def _join(self, universe: Universe, symbol: Symbol, utc: datetime) -> Security | None:
        universe.added[symbol] = utc
        known = self._securities.find(symbol)
        if known is not None and self._data.is_subscribed(symbol):
            return None
        settings = universe.universe_settings
        resolution, mode = settings.resolution, settings.data_normalization_mode
        if isinstance(universe, OptionChainUniverse) and universe.symbol is not None:
            resolution, mode = self._securities[universe.symbol].resolution, DataNormalizationMode.RAW
        security = self._data.create_security(
            symbol, resolution, fill_forward=settings.fill_forward, extended=settings.extended_market_hours, mode=mode
        )
        security.underlying = self._securities.find(symbol.underlying) if symbol.underlying is not None else None
        self._securities.add(security)
        self._subscribe(security, utc)
        return security

    def _subscribe(self, security: Security, utc: datetime) -> None:
        if not security.symbol.is_canonical() and not self._data.is_subscribed(security.symbol):
            self._data.subscribe(security, utc)
        self.on_added(security)

    def _release(self, universe: Universe, symbols: Iterable[Symbol], utc: datetime) -> list[Security]:
        """Remove members that nothing holds; the others are reported as removed and leave when they are released."""
        _ = utc
        removed = []
        for symbol in symbols:
            reported = symbol in universe.pending_removal
            security = self._securities.find(symbol)
            if self._is_held(symbol):
                universe.pending_removal[symbol] = None
            else:
                universe.pending_removal.pop(symbol, None)
                universe.added.pop(symbol, None)
                if any(symbol in other.added for other in self._possible(symbol)):
                    continue
                security = self.drop(symbol)
            if security is not None and not reported:
                removed.append(security)
        return removed

    def drop(self, symbol: Symbol) -> Security | None:
        """End a security's data and take it off the list; None if its removal is no news."""
        security = self._securities.find(symbol)
        possible = self._possible(symbol)
        reported = any(symbol in universe.pending_removal for universe in possible)
        for universe in possible:
            universe.added.pop(symbol, None)
            universe.pending_removal.pop(symbol, None)
        if security is None or not self._securities.contains_key(symbol):
            return None
        self._data.unsubscribe(symbol)
        self._securities.retire(symbol)
        security.reset()
        return None if symbol.is_canonical() or reported else security

    def _underlying(self, universe: OptionChainUniverse) -> Symbol:
        if universe.symbol is None or universe.symbol.underlying is None:
            raise ValueError("an option universe needs a canonical symbol")
        return universe.symbol.underlying

    def _zone(self, universe: OptionChainUniverse) -> TimeZone:
        return self._data.hours(self._underlying(universe)).zone


def _joined(first: SecurityChanges, second: SecurityChanges) -> SecurityChanges:
    return SecurityChanges([*first.added_securities, *second.added_securities], [*first.removed_securities, *second.removed_securities])
