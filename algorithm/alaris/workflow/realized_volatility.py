"""Phase 3, realised volatility: Yang-Zhang over the newest daily bars."""

from __future__ import annotations

import numpy as np

from alaris.domain import DailyBars, Reason, Rejection
from alaris.settings import RealizedVolatility
from alaris.volatility import yang_zhang


def realized_volatility(bars: DailyBars, settings: RealizedVolatility) -> float | Rejection:
    """Annualised Yang-Zhang volatility of the last window, or why there is none."""
    volatilities = volatility_history(bars, settings)
    if not len(volatilities) or not volatilities[-1] > 0:
        return Rejection(Reason.TOO_FEW_BARS, value=len(bars), limit=settings.minimum_bars + 1)
    return float(volatilities[-1])


def volatility_history(bars: DailyBars, settings: RealizedVolatility) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Volatility at each bar, NaN where the window is not filled enough; the last is today's."""
    if len(bars) <= settings.minimum_bars:  # the first bar only gives the close that the second one's gap starts from
        return np.empty(0)
    columns = (bars.open, bars.high, bars.low, bars.close)
    history = yang_zhang(*columns, window=settings.window, min_periods=settings.minimum_bars, sessions=settings.sessions_a_year)
    return np.asarray(history, dtype=np.float64)


def spike_factor(bars: DailyBars, settings: RealizedVolatility) -> float:
    """Today's volatility against its normal, the median of the bars at hand; 1 where it cannot be told."""
    known = volatility_history(bars, settings)
    known = known[np.isfinite(known)]
    normal = float(np.median(known)) if len(known) else 0.0
    return float(known[-1]) / normal if normal > 0 else 1.0
