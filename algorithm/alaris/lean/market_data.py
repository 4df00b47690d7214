"""The engine's own data as a plugin: bars and quote history from LEAN, chains and quotes from the current slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
from AlgorithmImports import DataNormalizationMode, QuoteBar, Resolution, TradeBar

from alaris.domain import DailyBars, Dividend, Leg, LegHistory, LegQuote, Observation, OptionChain, Right
from alaris.lean.chains import NAN, ChainReading, quoted_sides
from alaris.lean.quote_board import QuoteBoard
from alaris.lean.sessions import aware
from alaris.plugins import hookimpl
from alaris.pricing import implied_volatility

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm, Symbol

    from alaris.lean.folder import DataFolder

SOURCE = "LEAN"


class EngineData:
    """What the engine knows now.

    `stocks` holds the engine's symbol of each ticker, `readings` the chains as they were read last. `folder` answers what LEAN keeps in
    files but shows no algorithm: the interest rate of a day, and the dividends of a stock. On minute data `board` holds the legs' quotes.
    """

    def __init__(self, algorithm: QCAlgorithm, folder: DataFolder, stocks: Mapping[str, Symbol], board: QuoteBoard | None = None) -> None:
        self._algorithm = algorithm
        self._folder = folder
        self._board = board
        self._legs: dict[Leg, tuple[Symbol, LegQuote]] = {}
        self.stocks = stocks
        self.readings: dict[str, ChainReading] = {}

    def contract(self, leg: Leg) -> Symbol | None:
        """The engine's symbol of a leg; None where neither the chain nor a position lists it."""
        plain = replace(leg, ratio=1)
        reading = self.readings.get(leg.symbol)
        listed = None if reading is None else reading.symbols.get(plain)
        return self._legs[plain][0] if listed is None and plain in self._legs else listed

    def follow(self, quote: LegQuote, symbol: Symbol) -> None:
        """Know a leg that is held or ordered; its volume and open interest stay those it was chosen at."""
        self._legs[replace(quote.leg, ratio=1)] = symbol, quote

    @hookimpl
    def daily_bars(self, symbol: str, sessions: int) -> Observation[DailyBars] | None:
        """Bars adjusted for splits, scaled so that the last one shows the price that was paid."""
        stock = self.stocks.get(symbol)
        if stock is None:
            return None
        adjusted = self._algorithm.history[TradeBar](
            stock, sessions, Resolution.DAILY, data_normalization_mode=DataNormalizationMode.SPLIT_ADJUSTED
        )
        rows = [(b.end_time, float(b.open), float(b.high), float(b.low), float(b.close), float(b.volume)) for b in adjusted]
        if not rows:
            return None
        ends, *prices, volume = zip(*rows, strict=True)
        scale = self._paid(stock, ends[-1]) / rows[-1][4]
        opened, high, low, close = (np.array(column) * scale for column in prices)
        day = np.array([end.date() for end in ends], dtype="datetime64[D]")
        return Observation(DailyBars(day, opened, high, low, close, np.array(volume) / scale), SOURCE, aware(ends[-1]))

    @hookimpl
    def option_chain(self, symbol: str) -> Observation[OptionChain] | None:
        """The chain of the current slice."""
        reading = self.readings.get(symbol)
        return None if reading is None else Observation(reading.chain, SOURCE, reading.chain.as_of)

    @hookimpl
    def execution_quotes(self, legs: Sequence[Leg]) -> Sequence[LegQuote] | None:
        """Quotes of the legs in the current slice; Greeks are the workflow's to compute."""
        quotes = [self._quote(leg) for leg in legs]
        return None if any(quote is None for quote in quotes) else [quote for quote in quotes if quote is not None]

    @hookimpl
    def leg_history(self, front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory | None:
        """Volatilities of both legs at the closes of the sessions on which both existed."""
        columns = [self._volatilities(leg, sessions, as_of) for leg in (front, back)]
        days = sorted(columns[0].keys() & columns[1].keys())
        if not days:
            return None
        near, far = (np.array([column[day] for day in days]) for column in columns)
        return LegHistory(np.array(days, dtype="datetime64[D]"), near, far)

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        """LEAN's interest-rate file: a step function, carried forward from day to day."""
        rate = self._folder.interest_rate(as_of.date())
        return None if rate is None else Observation(float(np.log1p(rate)), f"{SOURCE} interest-rate.csv", as_of, as_of)

    @hookimpl
    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> Sequence[Dividend] | None:
        """Dividends whose ex-date has come; LEAN's files do not say when a later one was declared, so it is not known."""
        return [paid for paid in self._folder.dividends(symbol) if first <= paid.ex_date <= min(last, as_of.date())]

    def _paid(self, stock: Symbol, end: datetime) -> float:
        """Price that was paid at the end of the newest bar; between two closes the stock's own price is a later one."""
        if self._algorithm.time == end:
            return float(self._algorithm.securities[stock].price)
        raw = self._algorithm.history[TradeBar](stock, 1, Resolution.DAILY, data_normalization_mode=DataNormalizationMode.RAW)
        return float([bar.close for bar in raw][-1])

    def _quote(self, leg: Leg) -> LegQuote | None:
        return self._listed_quote(leg) if self._board is None else self._standing_quote(leg, self._board)

    def _standing_quote(self, leg: Leg, board: QuoteBoard) -> LegQuote | None:
        """The leg's newest quote with the time it stood; None before the first, so that another source is asked."""
        symbol = self.contract(leg)
        seen = None if symbol is None else board.of(symbol)
        if seen is None:
            return None
        listed, known = self._listed_quote(leg), self._legs.get(replace(leg, ratio=1))
        chosen = listed if listed is not None else known[1] if known is not None else None
        volume, interest = (NAN, NAN) if chosen is None else (chosen.volume, chosen.open_interest)
        return LegQuote(leg, seen.bid, seen.ask, volume, interest, NAN, delta=NAN, gamma=NAN, theta=NAN, vega=NAN, observed_at=seen.at)

    def _listed_quote(self, leg: Leg) -> LegQuote | None:
        reading = self.readings.get(leg.symbol)
        if reading is None:
            return None
        chain = reading.chain
        same_right = chain.is_call == (leg.right is Right.CALL)
        row = np.flatnonzero(same_right & (chain.strike == leg.strike) & (chain.expiry == np.datetime64(leg.expiry)))
        if len(row) != 1:
            return None
        bid, ask, volume, interest = (float(column[row[0]]) for column in (chain.bid, chain.ask, chain.volume, chain.open_interest))
        return LegQuote(leg, bid, ask, volume, interest, NAN, delta=NAN, gamma=NAN, theta=NAN, vega=NAN, observed_at=chain.as_of)

    def _volatilities(self, leg: Leg, sessions: int, as_of: datetime) -> dict[date, float]:
        """Implied volatility by session, of the closing mid against that session's closing spot."""
        symbol, rate = self.contract(leg), self.risk_free_rate(as_of)
        if symbol is None or rate is None:
            return {}
        closes = self._closes(leg.symbol, sessions)
        rows = [
            (day, sum(sides) / 2, closes[day])
            for bar in self._algorithm.history[QuoteBar](symbol, sessions, Resolution.DAILY, fill_forward=False)
            if isfinite(sum(sides := quoted_sides(bar))) and (day := bar.end_time.date()) in closes and day < leg.expiry
        ]
        if not rows:
            return {}
        days, mids, spots = zip(*rows, strict=True)
        years = (np.datetime64(leg.expiry) - np.array(days, dtype="datetime64[D]")).astype(float) / 365
        implied = implied_volatility(leg.right is Right.CALL, np.array(mids), np.array(spots), leg.strike, years, rate.value, 0.0)
        return dict(zip(days, np.atleast_1d(implied).tolist(), strict=True))

    def _closes(self, ticker: str, sessions: int) -> dict[date, float]:
        bars = self._algorithm.history[TradeBar](self.stocks[ticker], sessions, Resolution.DAILY)
        return {bar.end_time.date(): float(bar.close) for bar in bars}
