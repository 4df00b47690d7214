"""Fetch the pieces of a plan: one thread a provider, waiting where its budget says so, the next provider where one cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

from alaris.data.bootstrap.ledger import Work
from alaris.data.bootstrap.planning import MERGED, Plan, Share, share, takers_of
from alaris.data.bootstrap.sources import Source
from alaris.data.chain_table import from_chain
from alaris.data.datasets import DATASETS, facts
from alaris.data.store import Store
from alaris.domain import PluginError, ProviderError
from alaris.plugins.web import Fault, Piece, Rows, WebFault, Window

LIMITED_TRIES, LIMITED_SECONDS = 10, 60.0  # how often and how long to wait where a vendor limits more than its budget says
FATAL = frozenset({Fault.KEY_ABSENT, Fault.KEY_REFUSED, Fault.BUDGET_SPENT, Fault.CLOCK_SKEWED, Fault.NOT_TRUSTED})  # for all pieces


@dataclass(frozen=True, slots=True)
class Progress:
    """One step that a run tells of; `note` where it waits."""

    provider: str
    done: int
    total: int
    note: str = ""


@dataclass(slots=True)
class Outcome:
    """What came of a run: pieces and rows by provider, and what is missing still, with the reason."""

    pieces: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    missing: list[tuple[str, Piece, str]] = field(default_factory=list)


Tell = Callable[[Progress], None]


def run(plan: Plan, sources: Sequence[Source], store: Store, work: Work, tell: Tell) -> Outcome:
    """Fetch what is open of a plan; a piece that its provider cannot give is asked of the next one that offers its data set."""
    outcome, stop = Outcome(), Event()
    shares: list[Share] = list(plan.shares)
    while shares:
        with ThreadPoolExecutor(len(shares), thread_name_prefix="alaris-bootstrap") as pool:
            try:
                futures = [pool.submit(_Fetching(one, store, work, tell, stop).all) for one in shares]
                fetched = [future.result() for future in futures]
            finally:
                stop.set()
        stop.clear()
        failed = [(one.source, *what) for one, (_, _, missing) in zip(shares, fetched, strict=True) for what in missing]
        for one, (count, rows, _) in zip(shares, fetched, strict=True):
            outcome.pieces[one.source.name] = outcome.pieces.get(one.source.name, 0) + count
            outcome.rows += rows
        shares, given_up = _passed_on(failed, sources, work)
        outcome.missing += given_up
    return outcome


def _passed_on(
    failed: Sequence[tuple[Source, Piece, str]], sources: Sequence[Source], work: Work
) -> tuple[list[Share], list[tuple[str, Piece, str]]]:
    """Failed pieces as shares of the providers after the one that failed, and those that nobody else offers."""
    later: dict[str, list[Piece]] = {}
    given_up = []
    for source, piece, why in failed:
        takers = takers_of(sources[sources.index(source) + 1 :], piece.dataset) if piece.dataset not in MERGED else []
        if not takers:
            given_up.append((source.name, piece, why))
            continue
        wanted = Window(piece.dataset, piece.symbols, piece.first, piece.last)
        later.setdefault(takers[0].name, []).extend(takers[0].collector.pieces(wanted))
    now = datetime.now(UTC)
    return [share(source, list(dict.fromkeys(later[source.name])), work, now) for source in sources if source.name in later], given_up


class _Fetching:
    """One provider's thread."""

    def __init__(self, share: Share, store: Store, work: Work, tell: Tell, stop: Event) -> None:
        self._share, self._store, self._work, self._tell, self._stop = share, store, work, tell, stop
        self._done = len(share.pieces) - len(share.open)

    def all(self) -> tuple[int, int, list[tuple[Piece, str]]]:
        """Pieces and rows that were fetched, and the pieces that were not, with the fault."""
        before, rows, fatal = self._done, 0, ""
        missing: list[tuple[Piece, str]] = []
        for piece in self._share.open:
            self._say()
            if fatal or self._stop.is_set():
                missing.append((piece, fatal or "stopped"))
                continue
            try:
                rows += self._one(piece)
                self._done += 1
            except ProviderError as fault:
                missing.append((piece, str(fault)))
                fatal = str(fault) if isinstance(fault, WebFault) and fault.fault in FATAL else ""
        self._say()
        return self._done - before, rows, missing

    def _say(self, note: str = "") -> None:
        self._tell(Progress(self._share.source.name, self._done, len(self._share.pieces), note))

    def _one(self, piece: Piece) -> int:
        name, key = self._share.source.name, self._work.key(piece, datetime.now(UTC))
        since = self._work.begin(name, key, datetime.now(UTC))
        found = self._patiently(piece, since)
        _keep(found, piece, self._store, name)
        self._work.finish(name, key, len(found), datetime.now(UTC))
        return len(found)

    def _patiently(self, piece: Piece, since: datetime) -> Rows:
        """The rows, after waiting as often as the vendor's limits ask for it."""
        for _ in range(LIMITED_TRIES):
            try:
                return self._share.source.collector.collect(piece, since)
            except WebFault as fault:
                if fault.fault is not Fault.RATE_LIMITED:
                    raise
                seconds = fault.retry_after or LIMITED_SECONDS
                self._say(f"waits {seconds:.0f} s for its budget")
                if self._stop.wait(seconds):
                    raise
        return self._share.source.collector.collect(piece, since)


def _keep(found: Rows, piece: Piece, store: Store, provider: str) -> None:
    for chain in found.chains:
        store.add_chains(from_chain(chain.value, chain.source, chain.available_at))
    by_symbol: dict[str, list[Mapping[str, Any]]] = {}
    for row in found.rows:
        by_symbol.setdefault(row["symbol"], []).append(row)
    for symbol, rows in by_symbol.items():
        try:
            made = facts(DATASETS[piece.dataset], symbol, rows)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PluginError(provider, f"rows of {piece.dataset} lack or spoil a column: {error!r}") from error
        store.add(made)
