"""QCAlgorithm's part that makes indicators which follow a security's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api import indicators as known
from alaris_runner.api.algorithm_consolidation import SPANS
from alaris_runner.api.bars import TradeBar
from alaris_runner.api.consolidators import consolidator_of
from alaris_runner.api.enums import MovingAverageType, Resolution
from alaris_runner.api.symbols import Symbol

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

Selector = Callable[[Any], float] | None


class IndicatorsMixin:
    """Indicators by their short names."""

    _engine: Engine

    def register_indicator(self, symbol: Symbol | str, indicator: Any, period: Any = None, selector: Selector = None) -> None:
        """Feed an indicator with a symbol's bars, or with longer bars made of them.

        `period` may be a Resolution, a timedelta or a consolidator of the user's own.
        """
        name = self._symbol_of(symbol)  # type: ignore[attr-defined]  # ConsolidationMixin has it
        security = self._engine.securities.find(name)
        own = security.resolution if security is not None else Resolution.DAILY

        def feed(_: Any, bar: Any) -> None:
            indicator.update(bar if selector is None else known.IndicatorDataPoint(bar.end_time, float(selector(bar)), name))

        if hasattr(period, "data_consolidated"):
            consolidator = period
        elif period is None or period == own:
            consolidator = known.Passing()
        else:
            consolidator = consolidator_of(SPANS[period] if isinstance(period, Resolution) else period, quotes=False)
        consolidator.data_consolidated += feed
        self._engine.subscriptions.add_consolidator(name, consolidator)

    def unregister_indicator(self, indicator: Any) -> None:
        """Stop updating an indicator."""
        indicator.detached = True

    deregister_indicator = unregister_indicator

    def _new(self, symbol: Symbol | str, indicator: Any, resolution: Resolution | None, selector: Selector) -> Any:
        self.register_indicator(symbol, indicator, resolution, selector)
        return indicator

    def sma(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.SimpleMovingAverage:
        """Simple moving average."""
        return self._new(symbol, known.SimpleMovingAverage(period), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def ema(self, symbol: Symbol | str, period: int, *arguments: Any) -> known.ExponentialMovingAverage:
        """Exponential moving average: `ema(symbol, period[, smoothing factor][, resolution][, selector])`."""
        factor = next((a for a in arguments if isinstance(a, float)), None)
        resolution = next((a for a in arguments if isinstance(a, Resolution)), None)
        selector = next((a for a in arguments if callable(a)), None)
        return self._new(symbol, known.ExponentialMovingAverage(period, factor), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def rsi(
        self, symbol: Symbol | str, period: int, moving_average_type: MovingAverageType = MovingAverageType.WILDERS, resolution: Resolution | None = None, selector: Selector = None
    ) -> known.RelativeStrengthIndex:  # fmt: skip
        """Relative strength index."""
        return self._new(symbol, known.RelativeStrengthIndex(period, moving_average_type), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def macd(
        self, symbol: Symbol | str, fast_period: int, slow_period: int, signal_period: int, type: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: A002 - LEAN's name
        resolution: Resolution | None = None, selector: Selector = None,
    ) -> known.MovingAverageConvergenceDivergence:  # fmt: skip
        """Moving average convergence divergence."""
        indicator = known.MovingAverageConvergenceDivergence(fast_period, slow_period, signal_period, type)
        return self._new(symbol, indicator, resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def atr(
        self, symbol: Symbol | str, period: int, type: MovingAverageType = MovingAverageType.SIMPLE, resolution: Resolution | None = None, selector: Selector = None  # noqa: A002 - LEAN's name
    ) -> known.AverageTrueRange:  # fmt: skip
        """Average true range."""
        return self._new(symbol, known.AverageTrueRange(period, type), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def bb(
        self, symbol: Symbol | str, period: int, k: float, moving_average_type: MovingAverageType = MovingAverageType.SIMPLE, resolution: Resolution | None = None, selector: Selector = None
    ) -> known.BollingerBands:  # fmt: skip
        """Bollinger bands."""
        return self._new(symbol, known.BollingerBands(period, k, moving_average_type), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def std(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.StandardDeviation:
        """Population standard deviation."""
        return self._new(symbol, known.StandardDeviation(period), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def max(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.Maximum:
        """Highest value (of the highs unless a selector is given)."""
        return self._new(symbol, known.Maximum(period), resolution, selector or (lambda bar: float(getattr(bar, "high", bar.value))))  # type: ignore[no-any-return]  # returns what it was given

    def min(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.Minimum:
        """Lowest value (of the lows unless a selector is given)."""
        return self._new(symbol, known.Minimum(period), resolution, selector or (lambda bar: float(getattr(bar, "low", bar.value))))  # type: ignore[no-any-return]  # returns what it was given

    def roc(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.RateOfChange:
        """Rate of change."""
        return self._new(symbol, known.RateOfChange(period), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def mom(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.Momentum:
        """Momentum."""
        return self._new(symbol, known.Momentum(period), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def sto(self, symbol: Symbol | str, period: int, k_period: int | None = None, d_period: int | None = None, resolution: Resolution | None = None, selector: Selector = None) -> known.Stochastic:
        """Stochastic oscillator."""
        indicator = known.Stochastic(period, k_period or period, d_period or period)
        return self._new(symbol, indicator, resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def adx(self, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None) -> known.AverageDirectionalIndex:
        """Average directional index."""
        return self._new(symbol, known.AverageDirectionalIndex(period), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def obv(self, symbol: Symbol | str, resolution: Resolution | None = None, selector: Selector = None) -> known.OnBalanceVolume:
        """On-balance volume."""
        return self._new(symbol, known.OnBalanceVolume(), resolution, selector)  # type: ignore[no-any-return]  # returns what it was given

    def warm_up_indicator(self, symbol: Symbol | str, indicator: Any, resolution: Resolution | timedelta | None = None) -> None:
        """Feed an indicator with the history it needs."""
        history = self.history  # type: ignore[attr-defined]  # HistoryMixin has it
        bars: Iterable[Any] = history[TradeBar](self._symbol_of(symbol), indicator.warm_up_period, *([resolution] if isinstance(resolution, Resolution) else []))  # type: ignore[attr-defined]  # ConsolidationMixin has it
        for bar in bars:
            indicator.update(bar)
