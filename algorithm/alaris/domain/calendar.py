"""Earnings reports as they were known at a time, and the session in which the market reacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


class Timing(StrEnum):
    """When on its day a report is published."""

    BEFORE_OPEN = "BEFORE_OPEN"
    AFTER_CLOSE = "AFTER_CLOSE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class EarningsEvent:
    """One source's statement about one report.

    Parameters
    ----------
    symbol, report_date, timing
        What is stated.
    source : str
        Who states it; sources that agree are counted by this name.
    available_at : datetime
        When the statement became known (aware); a decision before it does not see it.
    move : float, optional
        Log return of the reaction session, for a past report; NaN where unknown.
    """

    symbol: str
    report_date: date
    timing: Timing
    source: str
    available_at: datetime
    move: float = float("nan")


@dataclass(frozen=True, slots=True)
class UpcomingReport:
    """The next report of a symbol after its sources were merged.

    `reaction_session` is the report date for BEFORE_OPEN and the next session for AFTER_CLOSE.
    """

    symbol: str
    report_date: date
    timing: Timing
    reaction_session: date
    sources: tuple[str, ...]
    available_at: datetime


class Sessions(Protocol):
    """The exchange's trading days, half days and holidays included; times are aware, New York."""

    def is_session(self, day: date) -> bool:
        """Whether the exchange opens on `day`."""
        ...

    def next_session(self, day: date) -> date:
        """The first session after `day`."""
        ...

    def previous_session(self, day: date) -> date:
        """The last session before `day`."""
        ...

    def open_of(self, session: date) -> datetime:
        """Regular open of a session."""
        ...

    def close_of(self, session: date) -> datetime:
        """Regular close of a session; 13:00 on half days."""
        ...
