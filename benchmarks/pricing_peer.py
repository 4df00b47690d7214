"""QuantLib as its users call it: options built beforehand, each with quotes of its own; the loop sets four quotes and asks for a price."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import QuantLib as ql  # type: ignore[import-untyped]  # noqa: N813 - ships no types; its documentation calls it ql
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Puts:
    """Puts struck at 100."""

    spot: Floats
    time: Floats
    rate: Floats
    dividend_yield: Floats
    volatility: Floats

    def __len__(self) -> int:
        return len(self.spot)

    def first(self, count: int) -> Puts:
        return Puts(self.spot[:count], self.time[:count], self.rate[:count], self.dividend_yield[:count], self.volatility[:count])

    @property
    def terms(self) -> tuple[bool, Floats, float, Floats, Floats, Floats, Floats]:
        return False, self.spot, 100.0, self.time, self.rate, self.dividend_yield, self.volatility


class QuantLibPuts:
    """Reused options, each with quotes, process and engine of its own, so that setting a quote wakes one option only."""

    def __init__(self, engine: Callable[[Any], Any]) -> None:
        self.engine = engine
        self.today = ql.Date(21, 11, 2026)
        ql.Settings.instance().evaluationDate = self.today
        self.built: dict[int, tuple[Any, ...]] = {}

    def option(self, days: int) -> tuple[Any, ...]:
        if days not in self.built:
            count = ql.Actual365Fixed()
            spot, rate, dividend_yield, level = (ql.SimpleQuote(x) for x in (100.0, 0.02, 0.01, 0.2))
            curves = [ql.YieldTermStructureHandle(ql.FlatForward(self.today, ql.QuoteHandle(q), count)) for q in (dividend_yield, rate)]
            surface = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(self.today, ql.NullCalendar(), ql.QuoteHandle(level), count))
            exercise = ql.AmericanExercise(self.today, self.today + ql.Period(days, ql.Days))
            option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 100.0), exercise)
            option.setPricingEngine(self.engine(ql.BlackScholesMertonProcess(ql.QuoteHandle(spot), *curves, surface)))
            self.built[days] = (option, spot, rate, dividend_yield, level)
        return self.built[days]

    def prices(self, puts: Puts) -> tuple[Floats, float]:
        """Prices, and processor seconds a price; building the options is not counted."""
        options = [self.option(round(t * 365)) for t in puts.time]
        values = zip(*(x.tolist() for x in (puts.spot, puts.rate, puts.dividend_yield, puts.volatility)), strict=True)
        rows = [(*option, *four) for option, four in zip(options, values, strict=True)]
        out = []
        begin = time.thread_time()
        for option, spot, rate, dividend_yield, level, spot_now, rate_now, yield_now, level_now in rows:
            spot.setValue(spot_now)
            rate.setValue(rate_now)
            dividend_yield.setValue(yield_now)
            level.setValue(level_now)
            out.append(option.NPV())
        return np.array(out), (time.thread_time() - begin) / len(puts)

    def implied(self, puts: Puts, quoted: Floats) -> float:
        """Processor seconds an implied volatility, by Brent's method on the price; quotes of intrinsic value are left out."""
        columns = (puts.spot, puts.time, puts.rate, puts.dividend_yield, quoted[: len(puts)])
        rows = [(*row, self.option(round(row[1] * 365))) for row in zip(*(x.tolist() for x in columns), strict=True)]
        rows = [row for row in rows if row[4] > max(100.0 - row[0], 0.0) + 1e-6]
        begin = time.thread_time()
        for spot_now, _, rate_now, yield_now, wanted, (option, spot, rate, dividend_yield, level) in rows:
            spot.setValue(spot_now)
            rate.setValue(rate_now)
            dividend_yield.setValue(yield_now)

            def excess(at: float, option: Any = option, level: Any = level, wanted: float = wanted) -> float:
                level.setValue(at)
                return float(option.NPV() - wanted)

            brentq(excess, 0.02, 2.0, xtol=1e-10)
        return (time.thread_time() - begin) / len(rows)


def legendre(*size: int) -> Callable[[Any], Any]:
    return lambda process: ql.QdFpAmericanEngine(process, ql.QdFpLegendreScheme(*size))


PEERS: dict[str, Callable[[Any], Any]] = {
    "QdFp fast": lambda process: ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.fastScheme()),
    "QdFp accurate": lambda process: ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.accurateScheme()),
} | {
    f"QdFp {size}": legendre(*size)
    for size in [
        (5, 1, 4, 21), (7, 2, 5, 15), (7, 2, 7, 27), (8, 3, 6, 19), (8, 4, 6, 19), (10, 4, 8, 23), (10, 6, 8, 23), (15, 3, 9, 41),
        (14, 8, 10, 31), (15, 8, 9, 41), (25, 5, 13, 61), (16, 8, 12, 35), (20, 10, 14, 41), (32, 8, 16, 81), (48, 12, 24, 121),
    ]
}  # fmt: skip
