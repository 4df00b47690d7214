"""Universes: which securities an algorithm has at a time, who decides it, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from alaris_runner.api.enums import DataNormalizationMode, Resolution
from alaris_runner.api.option_universe import OptionFilterUniverse, filter_of
from alaris_runner.api.securities import Security
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import Symbol


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


class ScheduledUniverse(Universe):
    """Members chosen by a function of the time."""

    def __init__(self, name: str, settings: UniverseSettings, selector: Callable[[datetime], Any]) -> None:
        super().__init__(None, name, settings)
        self.selector = selector


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
