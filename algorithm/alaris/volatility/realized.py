"""Realised volatility from daily bars: the window slides, the number at each bar uses nothing after it."""

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
        Usable bars a window must hold; a bar with a missing, zero or negative price is not usable.
    sessions : int
        Sessions a year.

    Returns
    -------
    ndarray of float64, shape (n,)
        Annualised (0.25 means 25 %) from the window that ends with each bar; NaN where it holds too few bars.

    Raises
    ------
    InvalidInput
        Naming the column whose length differs, or the setting out of range.
    """
    return _core.yang_zhang(open, high, low, close, window, min_periods, sessions)
