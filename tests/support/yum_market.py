"""The real YUM market of 2017 as LEAN keeps it, served through the plugin hooks by the day."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from alaris.domain import DailyBars, Dividend, EarningsEvent, Leg, LegHistory, LegQuote, Observation, OptionChain, Right, Timing
from alaris.plugins import hookimpl
from alaris.pricing import implied_volatility

NEW_YORK = ZoneInfo("America/New_York")
ENTRY = re.compile(r"yum_\w+_american_(call|put)_(\d+)_(\d{8})\.csv")
TIMINGS = {"pre": Timing.BEFORE_OPEN, "post": Timing.AFTER_CLOSE}
Floats = NDArray[np.float64]
Contract = tuple[date, float, bool]
NAN = float("nan")


class LeanSessions:
    """Sessions of US shares as LEAN's market-hours database has them."""

    def __init__(self, folder: Path) -> None:
        entry = json.loads((folder / "market-hours/market-hours-database.json").read_text(encoding="utf-8-sig"))["entries"][
            "Equity-usa-[*]"
        ]
        self._holidays = {_us_date(text) for text in entry["holidays"]}
        self._early = {_us_date(day): time.fromisoformat(close) for day, close in entry["earlyCloses"].items()}

    def is_session(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self._holidays

    def next_session(self, day: date) -> date:
        return self._step(day, timedelta(days=1))

    def previous_session(self, day: date) -> date:
        return self._step(day, timedelta(days=-1))

    def open_of(self, session: date) -> datetime:
        return datetime.combine(session, time(9, 30), NEW_YORK)

    def close_of(self, session: date) -> datetime:
        return datetime.combine(session, self._early.get(session, time(16)), NEW_YORK)

    def _step(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_session(day):
            day += step
        return day


class YumMarket:
    """Daily bars, chains, dividends, rates and reports of YUM; every answer is of the closes at or before the time asked for."""

    def __init__(self, data: Path) -> None:
        lean = data / "lean"
        self.sessions = LeanSessions(lean)
        self._bars = _bars(lean / "equity/usa/daily/yum.zip")
        self._quotes = _rows(lean / "option/usa/daily/yum_2017_quote_american.zip")
        self._volumes = _rows(lean / "option/usa/daily/yum_2017_trade_american.zip")
        self._interest = _rows(lean / "option/usa/daily/yum_2017_openinterest_american.zip")
        self._dividends = _dividends(lean / "equity/usa/factor_files/yum.csv", self.sessions)
        self._rates = _rates(lean / "alternative/interest-rate/usa/interest-rate.csv")
        self._events = _events(data / "calendar/earnings_2012_2017.csv.gz")

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        return [e for e in self._events if symbol == "YUM" and first <= e.report_date <= last and e.available_at <= as_of]

    @hookimpl
    def daily_bars(self, sessions: int, as_of: datetime) -> Observation[DailyBars]:
        keep = self._bars.day <= np.datetime64(self._last_close(as_of))
        names = ("day", "open", "high", "low", "close", "volume")
        bars = DailyBars(*(getattr(self._bars, name)[keep] for name in names)).last(sessions)
        return Observation(bars, "LEAN", self.sessions.close_of(bars.day[-1].item()))

    @hookimpl
    def option_chain(self, as_of: datetime) -> Observation[OptionChain] | None:
        day = self._last_close(as_of)
        listed = sorted(contract for contract in self._quotes.get(day, {}) if contract[0] > day)
        if not listed:
            return None
        stamp = self.sessions.close_of(day)
        end = np.array([datetime.combine(expiry, time(16), NEW_YORK).timestamp() for expiry, _, _ in listed])
        quotes = [self._quotes[day][contract] for contract in listed]
        chain = OptionChain(
            symbol="YUM",
            as_of=stamp,
            spot=float(self._bars.close[self._bars.day == np.datetime64(day)][0]),
            expiry=np.array([expiry for expiry, _, _ in listed], dtype="datetime64[D]"),
            days=(end - stamp.timestamp()) / 86_400,
            is_call=np.array([is_call for _, _, is_call in listed]),
            strike=np.array([strike for _, strike, _ in listed]),
            bid=np.array([_usd(row[3]) for row in quotes]),
            ask=np.array([_usd(row[8]) for row in quotes]),
            volume=np.array([float(self._volumes.get(day, {}).get(contract, ["0"])[-1]) for contract in listed]),
            open_interest=np.array([float(self._interest.get(day, {}).get(contract, ["nan"])[0]) for contract in listed]),
            implied_volatility=np.full(len(listed), np.nan),
        )
        return Observation(chain, "LEAN", stamp)

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float]:
        today = as_of.astimezone(NEW_YORK).date()
        return Observation(next(rate for day, rate in reversed(self._rates) if day <= today), "LEAN", as_of)

    @hookimpl
    def dividends(self, first: date, last: date, as_of: datetime) -> list[Dividend]:
        today = as_of.astimezone(NEW_YORK).date()
        return [dividend for dividend in self._dividends if first <= dividend.ex_date <= min(last, today)]

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> list[LegQuote] | None:
        found = self.option_chain(as_of)
        if found is None or found.value.as_of != as_of:
            return None
        chain, quotes = found.value, []
        for leg in legs:
            same = (chain.strike == leg.strike) & (chain.is_call == (leg.right is Right.CALL))
            row = int(np.flatnonzero(same & (chain.expiry == np.datetime64(leg.expiry)))[0])
            bid, ask, volume, interest = (float(column[row]) for column in (chain.bid, chain.ask, chain.volume, chain.open_interest))
            quotes.append(LegQuote(leg, bid, ask, volume, interest, NAN, NAN, NAN, NAN, NAN, as_of))
        return quotes

    @hookimpl
    def leg_history(self, front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory:
        days, day = [], self._last_close(as_of)
        for _ in range(sessions):
            days.append(day)
            day = self.sessions.previous_session(day)
        days.reverse()
        return LegHistory(np.array(days, dtype="datetime64[D]"), self._history(front, days), self._history(back, days))

    def _history(self, leg: Leg, days: list[date]) -> Floats:
        contract = (leg.expiry, leg.strike, leg.right is Right.CALL)
        found = np.full(len(days), np.nan)
        for index, day in enumerate(days):
            row = self._quotes.get(day, {}).get(contract)
            if row is None or not _usd(row[8]) > _usd(row[3]) > 0:
                continue
            spot = float(self._bars.close[self._bars.day == np.datetime64(day)][0])
            years = (leg.expiry - day).days / 365
            found[index] = implied_volatility(contract[2], (_usd(row[3]) + _usd(row[8])) / 2, spot, leg.strike, years, 0.0125, 0.0)
        return found

    def _last_close(self, as_of: datetime) -> date:
        day = as_of.astimezone(NEW_YORK).date()
        if not self.sessions.is_session(day) or as_of < self.sessions.close_of(day):
            day = self.sessions.previous_session(day)
        return day


def _us_date(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def _usd(text: str) -> float:
    return float(text) / 10_000 if text else NAN


def _compact(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def _rows(path: Path) -> dict[date, dict[Contract, list[str]]]:
    """Day -> contract -> the columns behind the time."""
    found: dict[date, dict[Contract, list[str]]] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            match = ENTRY.fullmatch(name)
            assert match, name
            contract = (_compact(match[3]), int(match[2]) / 10_000, match[1] == "call")
            for line in archive.read(name).decode().splitlines():
                columns = line.split(",")
                found.setdefault(_compact(columns[0]), {})[contract] = columns[1:]
    return found


def _bars(path: Path) -> DailyBars:
    with zipfile.ZipFile(path) as archive:
        lines = [line.split(",") for line in archive.read("yum.csv").decode().splitlines()]
    opened, high, low, close, volume = np.array([[float(text) for text in line[1:6]] for line in lines]).T
    days = np.array([_compact(line[0]) for line in lines], dtype="datetime64[D]")
    return DailyBars(days, opened / 10_000, high / 10_000, low / 10_000, close / 10_000, volume)


def _dividends(path: Path, sessions: LeanSessions) -> list[Dividend]:
    """A row's factor against the next one's is what the dividend took off that day's close; it goes ex in the session after."""
    rows = [line.split(",") for line in path.read_text().splitlines()]
    paid = []
    for row, following in pairwise(rows):
        amount = float(row[3]) * (1 - float(row[1]) / float(following[1]))
        if amount > 0.01:
            paid.append(Dividend(sessions.next_session(_compact(row[0])), amount))
    return paid


def _rates(path: Path) -> list[tuple[date, float]]:
    lines = (line.split(",") for line in path.read_text().splitlines()[1:])
    return [(date.fromisoformat(day), float(np.log1p(float(percent) / 100))) for day, percent in lines]


def _events(path: Path) -> list[EarningsEvent]:
    with gzip.open(path, "rt", newline="") as rows:
        return [
            EarningsEvent("YUM", day, TIMINGS[row["release_time"]], "calendar", datetime.combine(day - timedelta(days=90), time(), UTC))
            for row in csv.DictReader(rows)
            if row["symbol"] == "YUM"
            for day in [date.fromisoformat(row["date"])]
        ]
