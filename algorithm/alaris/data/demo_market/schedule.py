"""The demo market's reports: when they are published, what each source says of them, and when it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from alaris.data.demo_market.names import Company
from alaris.data.market_hours import ExchangeCalendar
from alaris.domain import NEW_YORK, Timing

FIRST_SEASON, WEEKS_A_QUARTER = date(2015, 10, 26), 13  # the Monday of the first reporting season; the next ones every 13 weeks
SEASONS, SEASONS_A_YEAR = 10, 4  # to the season of January 2018, which is announced in December 2017; more for later years
CROWDED_SEASON = 7  # July 2017: the crowded companies report together
REVISED_SEASONS = (6, 8)  # April and October 2017: a company moves its report by a week
ANNOUNCED, CONFIRMED = 45, (12, 6)  # days before the report: first announcement and confirmations
SOURCES = ("demo-exchange", "demo-vendor")
CLOCK = {Timing.BEFORE_OPEN: time(7), Timing.AFTER_CLOSE: time(16, 30), Timing.UNKNOWN: time(7)}
RELEASE = {Timing.BEFORE_OPEN: "pre", Timing.AFTER_CLOSE: "post", Timing.UNKNOWN: ""}
HEADER = "symbol,date,qtr,eps_est,eps,release_time,surp,source,available_at\n"


@dataclass(frozen=True, slots=True)
class Report:
    """One quarterly report.

    Parameters
    ----------
    announced, day : date
        The date first announced, and the day of publication.
    revised_on : date or None
        When the one was replaced by the other.
    reaction : date
        The session that trades on the news.
    """

    quarter: str
    announced: date
    day: date
    revised_on: date | None
    reaction: date
    timing: Timing
    estimate: float
    actual: float

    def reaction_expected(self, day: date, sessions: ExchangeCalendar) -> date:
        """Reaction session as the market expects it at the close of `day`."""
        moved = self.revised_on is None or day >= self.revised_on
        return self.reaction if moved else reaction_session(self.announced, self.timing, sessions)


def reaction_session(day: date, timing: Timing, sessions: ExchangeCalendar) -> date:
    """Report day for a report before the open, the next session for one after the close; the day itself where unknown."""
    return sessions.next_session(day) if timing is Timing.AFTER_CLOSE else day


def reports(company: Company, sessions: ExchangeCalendar, generator: np.random.Generator, seasons: int = SEASONS) -> list[Report]:
    """All reports of a company in so many seasons, oldest first."""
    surprises = generator.standard_normal(seasons)
    found = []
    for season in range(seasons):
        monday = FIRST_SEASON + timedelta(weeks=WEEKS_A_QUARTER * season)
        announced = sessions.last_session(monday + _offset(company, season))
        moves = company.revised and season in REVISED_SEASONS
        day = announced + timedelta(weeks=1) if moves else announced
        estimate = round(company.price * 0.012 * (1 + 0.02 * season), 2)
        found.append(
            Report(
                quarter=_quarter(monday),
                announced=announced,
                day=day,
                revised_on=announced - timedelta(days=13) if moves else None,
                reaction=reaction_session(day, company.timing, sessions),
                timing=company.timing,
                estimate=estimate,
                actual=round(estimate * (1 + 0.05 * float(surprises[season])), 2),
            )
        )
    return found


def calendar_rows(company: Company, found: Sequence[Report], until: date) -> list[str]:
    """CSV rows of all that the two sources said of a company's reports up to `until`, oldest statement first."""
    rows: list[tuple[datetime, str]] = []
    for report in found:
        for number, source in enumerate(SOURCES):
            shift = timedelta(days=int(company.sources_disagree and number == 1))
            rows += _statements(company, report, source, timedelta(hours=5 * number), shift)
    return [row for told, row in sorted(rows) if told.date() <= until]


def _statements(company: Company, report: Report, source: str, lag: timedelta, shift: timedelta) -> list[tuple[datetime, str]]:
    told = [(report.announced - timedelta(days=ANNOUNCED), report.announced)]
    if report.revised_on is not None:
        told.append((report.revised_on, report.day))
    told += [(report.day - timedelta(days=days), report.day) for days in CONFIRMED]
    rows = [_row(company, report, source, _instant(day, time(8)) + lag, stated + shift, published=False) for day, stated in told]
    published = _instant(report.day, CLOCK[report.timing]) + lag / 10
    return [*rows, _row(company, report, source, published, report.day, published=True)]


def _row(company: Company, report: Report, source: str, told: datetime, stated: date, *, published: bool) -> tuple[datetime, str]:
    actual = f"{report.actual:.2f}" if published else ""
    surprise = f"{report.actual - report.estimate:.2f}" if published else ""
    fields = (company.ticker.upper(), f"{stated}", report.quarter, f"{report.estimate:.2f}", actual, RELEASE[report.timing], surprise)
    return told, ",".join((*fields, source, told.isoformat())) + "\n"


def _instant(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


def _offset(company: Company, season: int) -> timedelta:
    if company.crowded and season == CROWDED_SEASON:
        return timedelta(weeks=2, days=1 if company.timing is Timing.AFTER_CLOSE else 2)
    return timedelta(weeks=company.week, days=company.weekday)


def _quarter(monday: date) -> str:
    ended = monday.replace(day=1) - timedelta(days=1) if monday.month in {1, 4, 7, 10} else monday
    return f"{ended:%y-%b}"
