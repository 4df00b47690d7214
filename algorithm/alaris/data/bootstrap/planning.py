"""What a window takes before anything is asked: pieces, calls, minutes, and what the budgets allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from math import ceil

from alaris.data.bootstrap.ledger import Work
from alaris.data.bootstrap.sources import Source
from alaris.plugins.web import Piece, Vendor, Window

ALL = ("bars", "chains", "contracts", "dividends", "splits", "earnings", "rates")
MERGED = frozenset({"earnings"})  # every source is asked, since agreement is what counts; of the rest the first one that can
WITHOUT_SYMBOL = frozenset({"rates"})


@dataclass(frozen=True, slots=True)
class Share:
    """What one provider does of a plan; `open` are the pieces that are not done yet."""

    source: Source
    pieces: Sequence[Piece]
    open: Sequence[Piece]
    left_today: int | None

    @property
    def vendor(self) -> Vendor:
        """Who is asked."""
        return self.source.collector.web.vendor

    @property
    def calls(self) -> int:
        """Calls still to make, further pages not counted."""
        return sum(piece.calls for piece in self.open)

    @property
    def days(self) -> int:
        """Days that the daily budget makes of it; 0 where today's is enough."""
        if self.left_today is None or self.calls <= self.left_today:
            return 0
        return ceil((self.calls - self.left_today) / self.vendor.per_day)

    @property
    def minutes(self) -> float:
        """Minutes that the budget by the minute makes of today's calls; the first minute's calls need not wait."""
        today = self.calls if self.left_today is None else min(self.calls, self.left_today)
        return max(0, ceil(today / self.vendor.per_minute) - 1) if self.vendor.per_minute else 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Shares by provider, the data sets that nobody can give, and the providers that are left out, each with the reason."""

    shares: Sequence[Share]
    nobody: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def minutes(self) -> float:
        """Minutes until the last provider is done today: they are asked side by side."""
        return max((share.minutes for share in self.shares), default=0)


def plan(
    sources: Sequence[Source], work: Work, symbols: Sequence[str], window: tuple[date, date], datasets: Sequence[str], now: datetime
) -> Plan:
    """Divide a window between the providers."""
    chosen: dict[str, list[Piece]] = {source.name: [] for source in sources}
    nobody = {}
    for dataset in datasets:
        takers = takers_of(sources, dataset)
        if not takers:
            nobody[dataset] = _why(sources, dataset)
        for source in takers if dataset in MERGED else takers[:1]:
            wanted = Window(dataset, () if dataset in WITHOUT_SYMBOL else tuple(symbols), *window)
            chosen[source.name] += source.collector.pieces(wanted)
    shares = [share(source, chosen[source.name], work, now) for source in sources if chosen[source.name]]
    return Plan(shares, nobody, {source.name: source.lacks for source in sources if source.lacks})


def share(source: Source, pieces: Sequence[Piece], work: Work, now: datetime) -> Share:
    """A provider's part, without what is done."""
    web = source.collector.web
    left = max(0, web.vendor.per_day - web.ledger.used_today(web.vendor, now)) if web.vendor.per_day else None
    done = work.done(source.name)
    return Share(source, pieces, [piece for piece in pieces if work.key(piece, now) not in done], left)


def takers_of(sources: Sequence[Source], dataset: str) -> list[Source]:
    """Providers that can be asked for a data set, in their order."""
    return [source for source in sources if dataset in source.collector.offers and not source.lacks]


def _why(sources: Sequence[Source], dataset: str) -> str:
    lacking = [source.lacks for source in sources if dataset in source.collector.offers]
    return lacking[0] if lacking else "no provider of web.providers gives it"
