"""A whole window of days from one vendor, in pieces that are fetched once each: what `alaris data bootstrap` asks of a provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from alaris.domain import Observation, OptionChain
from alaris.plugins.web.bodies import Body
from alaris.plugins.web.service import Fetched, Page, Web

T = TypeVar("T")
EVER = datetime.max.replace(tzinfo=UTC)  # a row of a window says itself when it was known


@dataclass(frozen=True, slots=True)
class Window:
    """What is wanted: one data set (bars, chains, contracts, dividends, splits, earnings or rates) of some symbols between two days."""

    dataset: str
    symbols: tuple[str, ...]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a window that is fetched as a whole.

    Parameters
    ----------
    dataset : str
    symbols : tuple of str
        The symbols that it serves; none where it belongs to none, as rates.
    first, last : date
    calls : int
        Calls that it takes at least; a vendor's further pages come on top.
    """

    dataset: str
    symbols: tuple[str, ...]
    first: date
    last: date
    calls: int = 1

    @property
    def symbol(self) -> str:
        """The symbol of a piece of one."""
        return self.symbols[0]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a piece brought: rows of `symbol`, the data set's columns, `observed_at`, `available_at` and `source`; or whole chains."""

    rows: Sequence[Mapping[str, Any]] = ()
    chains: Sequence[Observation[OptionChain]] = ()

    def __len__(self) -> int:
        return len(self.rows) + sum(len(chain.value) for chain in self.chains)


@runtime_checkable
class Collector(Protocol):
    """A provider's plugin that can do this; a plugin without it answers single questions only."""

    web: Web
    offers: tuple[str, ...]

    def pieces(self, wanted: Window) -> list[Piece]:
        """The pieces of a data set that it offers."""
        ...

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """The rows of one piece; a reply received after `since` serves again, so that a run that was killed asks nothing twice."""
        ...


def whole(web: Web, path: str, query: Mapping[str, str], read: Callable[[Body], T], since: datetime) -> Fetched[T]:
    """One reply of a window."""
    fetched = web.fetch(path, query, read, as_of=EVER, settled=since)
    assert fetched is not None  # noqa: S101 - None is for questions about the past, which a settled one is not
    return fetched


def whole_pages(web: Web, path: str, query: Mapping[str, str], read: Callable[[Body], Page[T]], since: datetime) -> Fetched[list[T]]:
    """All pages of a window."""
    fetched = web.fetch_pages(path, query, read, as_of=EVER, settled=since)
    assert fetched is not None  # noqa: S101 - as above
    return fetched


def by_symbol(wanted: Window) -> list[Piece]:
    """The whole window of a symbol at once."""
    return [Piece(wanted.dataset, (symbol,), wanted.first, wanted.last) for symbol in wanted.symbols]


def known(source: str, available_at: datetime, observed_at: datetime | None = None) -> dict[str, Any]:
    """The columns of a row that say whose it is and since when it is known."""
    return {"source": source, "available_at": available_at, "observed_at": observed_at or available_at}


def weekdays(first: date, last: date) -> list[date]:
    """Monday to Friday; what a vendor says of a holiday is nothing, and that is one call."""
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def months(first: date, last: date) -> list[tuple[date, date]]:
    """The parts of a window by month."""
    found = []
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((first, min(last, following - timedelta(days=1))))
        first = following
    return found
