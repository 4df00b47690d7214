"""Universes: which securities an algorithm has at a time, who decides it, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution
from alaris_runner.api.option_universe import OptionFilterUniverse, filter_of
from alaris_runner.api.schedule import DateRule, TimeRule
from alaris_runner.api.securities import Security
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import InvalidRequest

_DAY = timedelta(days=1)


class _Unchanged:
    """What a selection function returns to leave the universe as it is."""

    def __repr__(self) -> str:
        return "Universe.UNCHANGED"


class UniverseSettings(PascalCase):
    """How securities that a universe selects are subscribed."""

    def __init__(self) -> None:
        self.resolution = Resolution.MINUTE
        self.leverage = 0.0
        self.fill_forward = True
        self.extended_market_hours = False
        self.minimum_time_in_universe = timedelta(days=1)
        self.data_normalization_mode = DataNormalizationMode.ADJUSTED
        self.asynchronous = False


class SecurityChanges(PascalCase):
    """Securities that came and went in a time step."""

    def __init__(self, added: Iterable[Security] = (), removed: Iterable[Security] = ()) -> None:
        self.added_securities = list(added)
        self.removed_securities = list(removed)

    @property
    def count(self) -> int:
        """Number of changes."""
        return len(self.added_securities) + len(self.removed_securities)

    def __bool__(self) -> bool:
        return self.count > 0

    def __repr__(self) -> str:
        return f"Added: {[s.symbol.value for s in self.added_securities]} Removed: {[s.symbol.value for s in self.removed_securities]}"


class Universe(PascalCase):
    """Members of one source of selection, with the time each was added.

    Attributes
    ----------
    members : dict of Symbol to datetime
        UTC time at which each member came.
    """

    UNCHANGED = _Unchanged()

    def __init__(self, symbol: Symbol | None, name: str, settings: UniverseSettings) -> None:
        self.symbol = symbol
        self.name = name
        self.universe_settings = settings
        self.added: dict[Symbol, datetime] = {}
        self.pending_removal: dict[Symbol, None] = {}
        self.selected: set[Symbol] | None = None
        self.disposed = False
        self.subscription: Any = None

    @property
    def members(self) -> dict[Symbol, datetime]:
        """Present members."""
        return self.added

    def can_remove(self, symbol: Symbol, utc: datetime) -> bool:
        """Whether a member has been in long enough; whole days count, half a day rounds up."""
        days = round((utc - self.added[symbol]) / timedelta(days=1))
        return timedelta(days=days) >= self.universe_settings.minimum_time_in_universe


class UserDefinedUniverse(Universe):
    """What the algorithm adds and removes by name."""


class FunctionUniverse(Universe):
    """Members chosen at the beginning of each trading day by a function of the date."""

    def __init__(self, name: str, settings: UniverseSettings, selector: Callable[[datetime], Any]) -> None:
        super().__init__(None, name, settings)
        self.selector = selector


class ScheduledUniverse(FunctionUniverse):
    """Members chosen by a function when rules say so: `([time_zone,] date_rule, time_rule, selector[, settings])`.

    The function is given the moment in UTC, as LEAN gives it. The rules know their own zone: `time_zone` changes nothing.
    """

    def __init__(self, *arguments: Any, settings: UniverseSettings | None = None) -> None:
        given = list(arguments) if isinstance(arguments[0], DateRule) else list(arguments[1:])
        if len(given) not in (3, 4) or not isinstance(given[1], TimeRule) or not callable(given[2]):
            raise InvalidRequest("ScheduledUniverse takes a date rule, a time rule and a function of the time")
        self._date_rule, self._time_rule = given[0], given[1]
        self.own_settings = settings or (given[3] if len(given) == 4 else None)
        super().__init__(f"{self._date_rule.name}_{self._time_rule.name}", self.own_settings or UniverseSettings(), given[2])

    def get_trigger_times(self, start_time_utc: datetime, end_time_utc: datetime) -> Iterator[datetime]:
        """Moments of selection from a start to an end, naive UTC."""
        dates = self._date_rule.get_dates((start_time_utc - _DAY).date(), end_time_utc.date())
        return (utc for utc in self._time_rule.create_utc_event_times(dates) if start_time_utc <= utc <= end_time_utc)


class OptionChainUniverse(Universe):
    """Contracts of one underlying that a filter selects from the day's universe file."""

    def __init__(self, canonical: Symbol, settings: UniverseSettings) -> None:
        super().__init__(canonical, canonical.value, settings)
        self.filter: Callable[[OptionFilterUniverse], OptionFilterUniverse] = filter_of((-1, 1, timedelta(0), timedelta(days=35)))

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Replace the filter."""
        self.filter = filter_of([*arguments, *named.values()])

    def select(self, rows: OptionFilterUniverse) -> list[Symbol]:
        """Symbols that the filter leaves."""
        return (self.filter(rows) or rows).selected()
