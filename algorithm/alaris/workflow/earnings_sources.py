"""Several sources, one report: statements are merged as they were known, and disagreement is said, never averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alaris.domain import EarningsEvent, Reason, Rejection, Sessions, Timing, UpcomingReport
from alaris.workflow.clock import last_session


@dataclass(frozen=True, slots=True)
class Stated:
    """The newest statement of each source about one report."""

    symbol: str
    events: tuple[EarningsEvent, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """Dates named, ascending."""
        return tuple(sorted({event.report_date for event in self.events}))


def stated_reports(events: Iterable[EarningsEvent], as_of: datetime, gap_days: int) -> list[Stated]:
    """Group what was known at `as_of` by report: statements within `gap_days` of each other are about the same one.

    Of one source only its newest statement about a report counts, so that a date it withdrew is gone.
    """
    known = sorted((e for e in events if e.available_at <= as_of), key=lambda e: (e.report_date, e.source, e.available_at))
    groups: list[list[EarningsEvent]] = []
    for event in known:
        if groups and (event.report_date - groups[-1][0].report_date).days < max(gap_days, 1):
            groups[-1].append(event)
        else:
            groups.append([event])
    return [Stated(group[0].symbol, _newest_of_each_source(group)) for group in groups]


def agreed_report(stated: Stated, minimum_sources: int, sessions: Sessions) -> UpcomingReport | Rejection:
    """The report on whose date and time of day enough sources agree, or why there is none."""
    timed = [event for event in stated.events if event.timing is not Timing.UNKNOWN]
    if not timed:
        return Rejection(Reason.TIMING_UNKNOWN, value=str(stated.days[0]))
    votes = Counter((event.report_date, event.timing) for event in timed)
    (day, timing), most = votes.most_common(1)[0]
    against = [event for event in stated.events if event.report_date != day or event.timing not in (timing, Timing.UNKNOWN)]
    if against and (most < minimum_sources or len(against) >= most):
        return Rejection(Reason.SOURCES_DISAGREE, value=_shown(stated.events), limit=minimum_sources)
    if most < minimum_sources:
        return Rejection(Reason.TOO_FEW_SOURCES, value=most, limit=minimum_sources)
    agreeing = [event for event in timed if (event.report_date, event.timing) == (day, timing)]
    return UpcomingReport(
        symbol=stated.symbol,
        report_date=day,
        timing=timing,
        reaction_session=reaction_session(day, timing, sessions),
        sources=tuple(sorted(event.source for event in agreeing)),
        available_at=max(event.available_at for event in agreeing),
    )


def reaction_session(report_date: date, timing: Timing, sessions: Sessions) -> date:
    """First session that trades on the report: its own date before the open, the next session after the close."""
    if timing is Timing.BEFORE_OPEN:
        return report_date if sessions.is_session(report_date) else sessions.next_session(report_date)
    return sessions.next_session(report_date)


def possible_reactions(stated: Stated, sessions: Sessions) -> set[date]:
    """Every session that any of the statements would make the reaction; an unknown time of day makes two."""
    timings = {Timing.UNKNOWN: (Timing.BEFORE_OPEN, Timing.AFTER_CLOSE)}
    return {
        reaction_session(event.report_date, timing, sessions)
        for event in stated.events
        for timing in timings.get(event.timing, (event.timing,))
    }


def eve_of(reaction: date, sessions: Sessions) -> date:
    """Last session before the reaction."""
    return last_session(sessions.previous_session(reaction), sessions)


def _newest_of_each_source(group: Sequence[EarningsEvent]) -> tuple[EarningsEvent, ...]:
    newest: dict[str, EarningsEvent] = {}
    for event in sorted(group, key=lambda e: e.available_at):
        newest[event.source] = event
    return tuple(newest[source] for source in sorted(newest))


def _shown(events: Sequence[EarningsEvent]) -> str:
    return "; ".join(f"{event.source} {event.report_date} {event.timing}" for event in events)
