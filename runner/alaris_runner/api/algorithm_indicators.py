"""QCAlgorithm's part that makes indicators which follow a security's data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from alaris_runner.api.algorithm_consolidation import SPANS
from alaris_runner.api.bars import TradeBar
from alaris_runner.api.consolidators import consolidator_of
from alaris_runner.api.enums import MovingAverageType, Resolution
from alaris_runner.api.indicator_averages import ExponentialMovingAverage, SimpleMovingAverage
from alaris_runner.api.indicator_ranges import AverageTrueRange, BollingerBands, StandardDeviation
from alaris_runner.api.indicator_trends import (
    AverageDirectionalIndex,
    MovingAverageConvergenceDivergence,
    RelativeStrengthIndex,
    Stochastic,
)
from alaris_runner.api.indicator_windows import Maximum, Minimum, Momentum, OnBalanceVolume, RateOfChange
from alaris_runner.api.indicators import Indicator, IndicatorDataPoint, Passing

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.engine.engine import Engine

Selector = Callable[[Any], float] | None
AnyIndicator = TypeVar("AnyIndicator", bound=Indicator)


class _Algorithm(Protocol):
    """What indicators need of the algorithm's other parts."""

    _engine: Engine

    @property
    def history(self) -> Any: ...
    def _symbol_of(self, symbol: Symbol | str) -> Symbol: ...
    def register_indicator(self, symbol: Symbol | str, indicator: Any, period: Any = None, selector: Selector = None) -> None: ...


def _following(
    algorithm: _Algorithm, symbol: Symbol | str, indicator: AnyIndicator, resolution: Resolution | None, selector: Selector
) -> AnyIndicator:
    algorithm.register_indicator(symbol, indicator, resolution, selector)
    return indicator


def _highs(bar: Any) -> float:
    return float(getattr(bar, "high", bar.value))


def _lows(bar: Any) -> float:
    return float(getattr(bar, "low", bar.value))


class IndicatorsMixin:
    """Indicators by their short names; each follows the bars of the symbol's own resolution unless told otherwise."""

    _engine: Engine

    def register_indicator(self: _Algorithm, symbol: Symbol | str, indicator: Any, period: Any = None, selector: Selector = None) -> None:
        """Feed an indicator with a symbol's bars, or with longer bars made of them.

        `period` may be a Resolution, a timedelta or a consolidator of the user's own.
        """
        name = self._symbol_of(symbol)
        security = self._engine.securities.find(name)
        own = security.resolution if security is not None else Resolution.DAILY

        def feed(_: Any, bar: Any) -> None:
            indicator.update(bar if selector is None else IndicatorDataPoint(bar.end_time, float(selector(bar)), name))

        if hasattr(period, "data_consolidated"):
            consolidator = period
        elif period is None or period == own:
            consolidator = Passing()
        else:
            consolidator = consolidator_of(SPANS[period] if isinstance(period, Resolution) else period, quotes=False)
        consolidator.data_consolidated += feed
        self._engine.subscriptions.add_consolidator(name, consolidator)

    def unregister_indicator(self, indicator: Any) -> None:
        """Stop updating an indicator."""
        indicator.detached = True

    deregister_indicator = unregister_indicator

    def sma(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> SimpleMovingAverage:
        """Simple moving average."""
        return _following(self, symbol, SimpleMovingAverage(period), resolution, selector)

    def ema(self: _Algorithm, symbol: Symbol | str, period: int, *arguments: Any) -> ExponentialMovingAverage:
        """Exponential moving average: `ema(symbol, period[, smoothing factor][, resolution][, selector])`."""
        factor = next((a for a in arguments if isinstance(a, float)), None)
        resolution = next((a for a in arguments if isinstance(a, Resolution)), None)
        selector = next((a for a in arguments if callable(a)), None)
        return _following(self, symbol, ExponentialMovingAverage(period, factor), resolution, selector)

    def rsi(
        self: _Algorithm,
        symbol: Symbol | str,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.WILDERS,
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> RelativeStrengthIndex:
        """Relative strength index."""
        return _following(self, symbol, RelativeStrengthIndex(period, moving_average_type), resolution, selector)

    def macd(
        self: _Algorithm,
        symbol: Symbol | str,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,  # noqa: A002 - LEAN's name
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> MovingAverageConvergenceDivergence:
        """Moving average convergence divergence."""
        indicator = MovingAverageConvergenceDivergence(fast_period, slow_period, signal_period, type)
        return _following(self, symbol, indicator, resolution, selector)

    def atr(
        self: _Algorithm,
        symbol: Symbol | str,
        period: int,
        type: MovingAverageType = MovingAverageType.SIMPLE,  # noqa: A002 - LEAN's name
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> AverageTrueRange:
        """Average true range."""
        return _following(self, symbol, AverageTrueRange(period, type), resolution, selector)

    def bb(
        self: _Algorithm,
        symbol: Symbol | str,
        period: int,
        k: float,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> BollingerBands:
        """Bollinger bands."""
        return _following(self, symbol, BollingerBands(period, k, moving_average_type), resolution, selector)

    def std(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> StandardDeviation:
        """Population standard deviation."""
        return _following(self, symbol, StandardDeviation(period), resolution, selector)

    def max(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> Maximum:
        """Highest value (of the highs unless a selector is given)."""
        return _following(self, symbol, Maximum(period), resolution, selector or _highs)

    def min(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> Minimum:
        """Lowest value (of the lows unless a selector is given)."""
        return _following(self, symbol, Minimum(period), resolution, selector or _lows)

    def roc(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> RateOfChange:
        """Rate of change."""
        return _following(self, symbol, RateOfChange(period), resolution, selector)

    def mom(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> Momentum:
        """Momentum."""
        return _following(self, symbol, Momentum(period), resolution, selector)

    def sto(
        self: _Algorithm,
        symbol: Symbol | str,
        period: int,
        k_period: int | None = None,
        d_period: int | None = None,
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> Stochastic:
        """Stochastic oscillator."""
        return _following(self, symbol, Stochastic(period, k_period or period, d_period or period), resolution, selector)

    def adx(
        self: _Algorithm, symbol: Symbol | str, period: int, resolution: Resolution | None = None, selector: Selector = None
    ) -> AverageDirectionalIndex:
        """Average directional index."""
        return _following(self, symbol, AverageDirectionalIndex(period), resolution, selector)

    def obv(self: _Algorithm, symbol: Symbol | str, resolution: Resolution | None = None, selector: Selector = None) -> OnBalanceVolume:
        """On-balance volume."""
        return _following(self, symbol, OnBalanceVolume(), resolution, selector)

    def warm_up_indicator(self: _Algorithm, symbol: Symbol | str, indicator: Any, resolution: Resolution | timedelta | None = None) -> None:
        """Feed an indicator with the history it needs."""
        chosen = [resolution] if isinstance(resolution, Resolution) else []
        bars: Iterable[Any] = self.history[TradeBar](self._symbol_of(symbol), indicator.warm_up_period, *chosen)
        for bar in bars:
            indicator.update(bar)
