"""The recorded market as a plugin: chains from the store, the rest from a LEAN data folder or else the store, each as it was known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from math import log1p
from pathlib import Path

import numpy as np

from alaris.data import lean_facts, lean_folder
from alaris.data.chain_table import ChainTable, aware, instant
from alaris.data.datasets import BARS, BILLS, DIVIDENDS, EARNINGS, RATES, SPLITS
from alaris.data.market_hours import ExchangeCalendar
from alaris.data.store import Store
from alaris.domain import NEW_YORK, DailyBars, Dividend, EarningsEvent, Leg, LegHistory, Observation, OptionChain, Right, Timing
from alaris.plugins import hookimpl
from alaris.pricing import implied_volatility


class StoredMarket:
    """Answers the questions of one decision from what was recorded; chains of a session other than that of `as_of` are not used.

    What the folder does not have, and everything where there is no folder, comes from the store.
    """

    def __init__(self, store: Path, folder: Path | None, sessions: ExchangeCalendar) -> None:
        self._store, self._folder, self._sessions = Store(store), folder, sessions
        self._printed: dict[str, lean_folder.PrintedBars] = {}
        self._split: dict[str, list[tuple[date, float]]] = {}

    @hookimpl
    def daily_bars(self, symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        """Bars that had closed, adjusted for the splits until then."""
        last = self._last_closed(as_of)
        printed = self._bars(symbol, as_of)
        known = slice(0, int(np.searchsorted(printed.day, np.datetime64(last), side="right")))
        day = printed.day[known][-sessions:]
        if not len(day):
            return None
        ratio = np.ones(len(day))
        for first, shares in self._splits(symbol, as_of):
            if first <= last:
                ratio[day < np.datetime64(first)] *= shares
        prices = (column[known][-sessions:] / ratio for column in (printed.open, printed.high, printed.low, printed.close))
        opened, high, low, close = prices
        bars = DailyBars(day, opened, high, low, close, printed.volume[known][-sessions:] * ratio)
        newest: date = day[-1].astype(object)
        closed = self._sessions.close_of(newest)
        return Observation(bars, "LEAN folder" if self._has_bars(symbol) else "store", closed, closed)

    @hookimpl
    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        """The newest chain of the session that was known."""
        day = as_of.astimezone(NEW_YORK).date()
        rows = self._store.chains(symbol, day, day, as_of=as_of)
        chain = None if rows is None else rows.at(instant(as_of))
        return None if chain is None else Observation(chain, "store", chain.as_of, chain.as_of)

    @hookimpl
    def leg_history(self, front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory | None:
        """Volatilities of both legs at the closes on which both were quoted."""
        day = as_of.astimezone(NEW_YORK).date()
        rows = self._store.chains(front.symbol, day - timedelta(days=2 * sessions), day, as_of=as_of)
        rate = self.risk_free_rate(as_of)
        if rows is None or rate is None:
            return None
        near, far = (_volatilities(rows, leg, rate.value) for leg in (front, back))
        days = sorted(near.keys() & far.keys())[-sessions:]
        if not days:
            return None
        columns = [np.array([leg[one] for one in days]) for leg in (near, far)]
        return LegHistory(np.array(days, dtype="datetime64[D]"), *columns)

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        """LEAN's interest-rate file, or the last rate of the store that was known."""
        rate = self._rates.on(as_of.astimezone(NEW_YORK).date())
        if rate is not None:
            return Observation(log1p(rate), "LEAN folder", as_of, as_of)
        today = as_of.astimezone(NEW_YORK).date()
        known = self._store.facts(RATES, BILLS, date.min, today, as_of=as_of).newest()
        if not len(known):
            return None
        in_force = known["source"][-1] == lean_facts.SOURCE  # LEAN's file states changes, so its last rate is today's
        observed = as_of if in_force else aware(known["observed_at"][-1])
        return Observation(float(known["rate"][-1]), "store", aware(known["available_at"][-1]), observed)

    @hookimpl
    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> Sequence[Dividend]:
        """Dividends of the folder whose ex-date has come, or those of the store that were announced."""
        if self._has_bars(symbol) and self._folder is not None:
            today = as_of.astimezone(NEW_YORK).date()
            paid = lean_folder.dividends(self._folder, symbol, self._sessions)
            return [one for one in paid if first <= one.ex_date <= min(last, today)]
        known = self._store.facts(DIVIDENDS, symbol, first, last, as_of=as_of).newest()
        return [Dividend(day, amount) for day, amount in zip(known["ex_date"].tolist(), known["amount"].tolist(), strict=True)]

    @hookimpl
    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> list[EarningsEvent]:
        """Statements of the store as they were known."""
        told = self._store.facts(EARNINGS, symbol, first, last, as_of=as_of)
        cells = (told["report_date"].tolist(), told["timing"].tolist(), told["source"].tolist(), told["available_at"])
        return [EarningsEvent(symbol, day, Timing(timing), source, aware(seen)) for day, timing, source, seen in zip(*cells, strict=True)]

    @cached_property
    def _rates(self) -> lean_folder.InterestRates:
        return lean_folder.interest_rates(self._folder) if self._folder else lean_folder.InterestRates((), ())

    def _has_bars(self, symbol: str) -> bool:
        return self._folder is not None and lean_folder.daily_bars_path(self._folder, symbol).is_file()

    def _bars(self, symbol: str, as_of: datetime) -> lean_folder.PrintedBars:
        if not self._has_bars(symbol) or self._folder is None:
            known = self._store.facts(BARS, symbol, date.min, as_of.date(), as_of=as_of).newest()
            return lean_folder.PrintedBars(*(known[name] for name in ("day", "open", "high", "low", "close", "volume")))
        if symbol not in self._printed:
            self._printed[symbol] = lean_folder.daily_bars(self._folder, symbol)
        return self._printed[symbol]

    def _splits(self, symbol: str, as_of: datetime) -> list[tuple[date, float]]:
        if not self._has_bars(symbol) or self._folder is None:
            known = self._store.facts(SPLITS, symbol, date.min, as_of.date(), as_of=as_of).newest()
            return list(zip(known["day"].tolist(), known["ratio"].tolist(), strict=True))
        if symbol not in self._split:
            self._split[symbol] = lean_folder.splits(self._folder, symbol, self._sessions)
        return self._split[symbol]

    def _last_closed(self, as_of: datetime) -> date:
        day = self._sessions.last_session(as_of.astimezone(NEW_YORK).date())
        return day if self._sessions.close_of(day) <= as_of else self._sessions.previous_session(day)


def _volatilities(rows: ChainTable, leg: Leg, rate: float) -> dict[date, float]:
    """Implied volatility by session, of the middle against that session's spot."""
    contract = (rows.strike == leg.strike) & (rows.expiry == np.datetime64(leg.expiry)) & (rows.is_call == (leg.right is Right.CALL))
    quoted = rows.where(contract & (rows.bid > 0) & (rows.ask > rows.bid))
    session = quoted.session
    years = (quoted.expiry - session).astype(float) / 365
    alive = years > 0
    if not alive.any():
        return {}
    middle, spot = ((quoted.bid + quoted.ask) / 2)[alive], quoted.spot[alive]
    implied = implied_volatility(leg.right is Right.CALL, middle, spot, leg.strike, years[alive], rate, 0.0)
    return dict(zip(session[alive].astype(object).tolist(), np.atleast_1d(implied).tolist(), strict=True))
