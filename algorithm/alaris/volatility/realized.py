"""Realised volatility from daily bars: the window slides, the number at each bar uses nothing after it.

Every estimator has the same face; which to use is a matter of what the bars hold: Yang-Zhang uses open, high, low and close and stands
drift and overnight gaps; Rogers-Satchell stands drift; Garman-Klass and Parkinson assume none; close-to-close needs no range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alaris import _core

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def yang_zhang(
    open: ArrayLike,  # noqa: A002 - the field's own word, and the name every data source gives the column
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    *,
    window: int = 30,
    min_periods: int = 20,
    sessions: int = 252,
) -> Floats:
    """Estimate volatility free of drift and of minimum variance (Yang and Zhang 2000, equations 7, 8 and 10).

    Parameters
    ----------
    open, high, low, close : array, shape (n,)
        Daily prices, oldest first.
    window : int
        Bars a window; each needs the close before it, so the first bar of all is never inside.
    min_periods : int
        Usable bars a window must hold; a bar with a missing, zero, negative or infinite price is not usable.
    sessions : int
        Sessions a year.

    Returns
    -------
    ndarray of float64, shape (n,)
        Annualised (0.25 means 25 %) from the window that ends with each bar; NaN where it holds too few usable bars.

    Raises
    ------
    InvalidInput
        Naming the column whose length differs, or the setting out of range.
    """
    return _core.yang_zhang(open, high, low, close, window, min_periods, sessions)


def rogers_satchell(
    open: ArrayLike,  # noqa: A002 - the field's own word, and the name every data source gives the column
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    *,
    window: int = 30,
    min_periods: int = 20,
    sessions: int = 252,
) -> Floats:
    """Estimate volatility within sessions, free of drift (Rogers and Satchell 1991); arguments as in `yang_zhang`.

    It does not look at the close before a bar, so gaps between sessions are not part of it and the first bar counts.
    """
    return _core.rogers_satchell(open, high, low, close, window, min_periods, sessions)


def garman_klass(
    open: ArrayLike,  # noqa: A002 - the field's own word, and the name every data source gives the column
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    *,
    window: int = 30,
    min_periods: int = 20,
    sessions: int = 252,
) -> Floats:
    """Estimate volatility within sessions without drift (Garman and Klass 1980); arguments as in `yang_zhang`.

    It does not look at the close before a bar, so gaps between sessions are not part of it and the first bar counts.
    """
    return _core.garman_klass(open, high, low, close, window, min_periods, sessions)


def parkinson(
    open: ArrayLike,  # noqa: A002 - the field's own word, and the name every data source gives the column
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    *,
    window: int = 30,
    min_periods: int = 20,
    sessions: int = 252,
) -> Floats:
    """Estimate volatility from the range alone, without drift (Parkinson 1980); arguments as in `yang_zhang`.

    It does not look at the close before a bar, so gaps between sessions are not part of it and the first bar counts.
    """
    return _core.parkinson(open, high, low, close, window, min_periods, sessions)


def close_to_close(
    open: ArrayLike,  # noqa: A002 - the field's own word, and the name every data source gives the column
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    *,
    window: int = 30,
    min_periods: int = 20,
    sessions: int = 252,
) -> Floats:
    """Estimate volatility as the sample deviation of daily logarithmic returns; arguments as in `yang_zhang`.

    The range does not enter, but a bar whose range is missing is still not usable.
    """
    return _core.close_to_close(open, high, low, close, window, min_periods, sessions)
