"""Every session of a LEAN folder as a run would judge it: the data validators one by one, and what only several sessions show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import isfinite
from pathlib import Path

import numpy as np

from alaris.data import lean_folder
from alaris.data.chain_table import ChainTable
from alaris.data.continuity import Continuity, continuity
from alaris.data.lean_chains import read_chains
from alaris.data.market_hours import ExchangeCalendar
from alaris.data.stored_market import StoredMarket
from alaris.domain import DataError, EarningsEvent, MarketSnapshot, Observation, Rejection, Timing, UpcomingReport, Verdict
from alaris.plugins.earnings_csv import EarningsFile
from alaris.settings import Settings
from alaris.workflow.earnings_sources import agreed_report, stated_reports
from alaris.workflow.market_data import dividend_yield

STALE, INTEREST = "stale quotes", "open interest"
ODD_SHARE = 0.2  # of the contracts near the money, from which a session is warned of
BARS = 90
YEAR = timedelta(days=365)
NEEDS_REPORT = "DTqc004A"
Judge = Callable[[MarketSnapshot], Sequence[Verdict]]


@dataclass(frozen=True, slots=True)
class Check:
    """What one check says of one session: refused, warned or neither; its largest value as a share of its limit, NaN where it has none."""

    name: str
    refused: bool
    warned: bool
    share: float
    note: str


@dataclass(frozen=True, slots=True)
class Session:
    """One session of one underlying."""

    symbol: str
    day: date
    spot: float
    contracts: int
    two_sided: int
    crossed: int
    reports_next: bool
    checks: tuple[Check, ...]


def judged(folder: Path, symbol: str, settings: Settings, judge: Judge) -> Iterator[Session]:
    """Each session with a chain and bars before it; none where the files cannot be read, which their own check tells.

    Parameters
    ----------
    judge : callable
        Verdicts of all data validators on one snapshot; DTqc004A counts only where a report is known to come.
    """
    try:
        chains, sessions = read_chains(folder, symbol), lean_folder.sessions(folder)
        reports = _reports(folder, symbol, settings)
    except DataError:
        return
    days = chains.session
    edges = np.flatnonzero(np.concatenate([[True], days[1:] != days[:-1], [True]]))
    source, together = _Snapshots(folder, symbol, sessions, settings, reports), continuity(chains)
    for first, last in pairwise(edges.tolist()):
        day: date = days[first].astype(object)
        part = chains.where(np.arange(first, last))
        snapshot = source.snapshot(part, sessions.close_of(sessions.last_session(day)))
        if snapshot is not None:
            yield _session(snapshot, day, judge(snapshot), together.get(day), sessions)


def _session(
    snapshot: MarketSnapshot, day: date, verdicts: Sequence[Verdict], compared: Continuity | None, sessions: ExchangeCalendar
) -> Session:
    chain, report = snapshot.chain.value, snapshot.report
    names = dict.fromkeys(verdict.id for verdict in verdicts if report.sources or verdict.id != NEEDS_REPORT)
    checks = [_check(name, [verdict for verdict in verdicts if verdict.id == name]) for name in names]
    return Session(
        snapshot.symbol,
        day,
        chain.spot,
        len(chain),
        int(chain.two_sided.sum()),
        int(((chain.bid > 0) & (chain.ask < chain.bid)).sum()),
        bool(report.sources) and report.reaction_session == sessions.next_session(day),
        (*checks, *(_odd(compared) if compared else ())),
    )


def _check(name: str, verdicts: Sequence[Verdict]) -> Check:
    refused, warned = [v for v in verdicts if not v.passed], [v for v in verdicts if v.passed and v.reason is not None]
    shares = [_share(verdict) for verdict in verdicts]
    note = "; ".join(verdict.note for verdict in refused or warned)
    return Check(name, bool(refused), bool(warned), max((one for one in shares if isfinite(one)), default=float("nan")), note)


def _share(verdict: Verdict) -> float:
    if verdict.value is None or not verdict.limit:
        return float("nan")
    return verdict.value / verdict.limit


def _odd(one: Continuity) -> Iterator[Check]:
    for name, odd, among, what in (
        (STALE, one.stale, one.compared, "quotes near the money stood still while the share moved by more than 1 %"),
        (INTEREST, one.unexplained, one.held, "contracts near the money changed their open interest by more than was traded"),
    ):
        share = odd / among if among else float("nan")
        yield Check(name, False, share > ODD_SHARE, share / ODD_SHARE, f"{odd} of {among} {what}" if odd else "")


def _reports(folder: Path, symbol: str, settings: Settings) -> list[EarningsEvent]:
    """Statements of the calendar that a run on this folder would read."""
    path = Path(settings.sources.calendar) if settings.sources.calendar else lean_folder.earnings_path(folder)
    return [statement.event for statement in EarningsFile(path).statements(symbol)] if path.is_file() else []


class _Snapshots:
    """Snapshots of one underlying from its own bars, rates, dividends and calendar."""

    def __init__(self, folder: Path, symbol: str, sessions: ExchangeCalendar, settings: Settings, reports: Sequence[EarningsEvent]) -> None:
        self._symbol, self._sessions, self._settings, self._reports = symbol, sessions, settings, reports
        self._market = StoredMarket(folder, folder, sessions)

    def snapshot(self, chains: ChainTable, as_of: datetime) -> MarketSnapshot | None:
        """One session's snapshot; None without a bar. Without a report that is known to come, its report has no source."""
        bars = self._market.daily_bars(self._symbol, BARS, as_of)
        rate = self._market.risk_free_rate(as_of) or Observation(0.0, "none", as_of)
        if bars is None:
            return None
        plain = chains.as_chain()
        paid = tuple(self._market.dividends(self._symbol, as_of.date() - YEAR, as_of.date(), as_of))
        chain = replace(plain, rate=rate.value, dividend_yield=dividend_yield(paid, plain.spot, as_of))
        observed = Observation(chain, "LEAN folder", chain.as_of, chain.as_of)
        coming, past = self._coming(as_of)
        spot = Observation(chain.spot, "LEAN folder", chain.as_of, chain.as_of)
        return MarketSnapshot(self._symbol, as_of, coming, spot, bars, observed, rate, past_reports=past, dividends=paid)

    def _coming(self, as_of: datetime) -> tuple[UpcomingReport, tuple[EarningsEvent, ...]]:
        """The next report as it was known, and those before it."""
        today, past = as_of.date(), list[EarningsEvent]()
        limits = self._settings.data_validation
        for stated in stated_reports(self._reports, as_of, limits.report_gap):
            agreed = agreed_report(stated, 1, self._sessions)
            if isinstance(agreed, Rejection) or agreed.reaction_session <= today:
                past += stated.events
            elif (agreed.reaction_session - today).days <= limits.earnings_horizon:
                return agreed, tuple(event for event in past if event.report_date < agreed.report_date)
        return UpcomingReport(self._symbol, today, Timing.UNKNOWN, today, (), as_of), tuple(past)


def summed(sessions: Sequence[Session]) -> Mapping[tuple[str, str], list[tuple[date, Check]]]:
    """Sessions by symbol and check, in the order of time."""
    found: dict[tuple[str, str], list[tuple[date, Check]]] = {}
    for session in sessions:
        for check in session.checks:
            found.setdefault((session.symbol, check.name), []).append((session.day, check))
    return found
