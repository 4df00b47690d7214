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
from alaris_runner.api.indicator_history import IndicatorHistory, indicator_history
from alaris_runner.api.indicator_ranges import AverageTrueRange, BollingerBands, StandardDeviation
from alaris_runner.api.indicator_trends import (
    AverageDirectionalIndex,
    MovingAverageConvergenceDivergence,
    RelativeStrengthIndex,
    Stochastic,
)
from alaris_runner.api.indicator_windows import Maximum, Minimum, Momentum, OnBalanceVolume, RateOfChange
from alaris_runner.api.indicators import Identity, Indicator, IndicatorDataPoint, Passing, feed
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.engine.engine import Engine

Selector = Callable[[Any], float] | None
_SHORT_NAMES = {Resolution.SECOND: "sec", Resolution.MINUTE: "min", Resolution.HOUR: "hr", Resolution.DAILY: "day"}
AnyIndicator = TypeVar("AnyIndicator", bound=Indicator)


class _Algorithm(Protocol):
    """What indicators need of the algorithm's other parts."""

    _engine: Engine

    @property
    def history(self) -> Any: ...
    def _symbol_of(self, symbol: Symbol | str) -> Symbol: ...
    def register_indicator(self, symbol: Symbol | str, indicator: Any, period: Any = None, selector: Selector = None) -> None: ...
    def warm_up_indicator(
        self, symbol: Symbol | str, indicator: Any, resolution: Resolution | timedelta | None = None, selector: Selector = None
    ) -> None: ...


def _following(
    algorithm: _Algorithm, symbol: Symbol | str, indicator: AnyIndicator, resolution: Resolution | None, selector: Selector
) -> AnyIndicator:
    name = algorithm._symbol_of(symbol)  # noqa: SLF001 - the mixins are one class
    security = algorithm._engine.securities.find(name)  # noqa: SLF001 - the mixins are one class
    chosen = resolution if resolution is not None or security is None else security.resolution
    unit = _SHORT_NAMES[Resolution(chosen)] if chosen is not None else ""
    indicator.name = f"{indicator.name}({name.value}_{unit})".replace(")(", ",")
    algorithm.register_indicator(symbol, indicator, resolution, selector)
    if algorithm._engine.settings.automatic_indicator_warm_up:  # noqa: SLF001 - the mixins are one class
        algorithm.warm_up_indicator(symbol, indicator, resolution, selector)
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

        def hear(_: Any, bar: Any) -> None:
            feed(indicator, bar if selector is None else IndicatorDataPoint(bar.end_time, float(selector(bar)), name))

        if hasattr(period, "data_consolidated"):
            consolidator = period
        elif period is None or period == own:
            consolidator = Passing()
        else:
            consolidator = consolidator_of(SPANS[period] if isinstance(period, Resolution) else period, quotes=False)
        consolidator.data_consolidated += hear
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

    def ema(self: _Algorithm, symbol: Symbol | str, period: int, *arguments: Any, **named: Any) -> ExponentialMovingAverage:
        """Exponential moving average: `ema(symbol, period[, smoothing_factor][, resolution][, selector])`."""
        rest = list(arguments)
        factor = rest.pop(0) if rest and isinstance(rest[0], (int, float)) and not isinstance(rest[0], Resolution) else None
        options = dict(zip(("resolution", "selector"), rest, strict=False)) | named
        indicator = ExponentialMovingAverage(period, options.pop("smoothing_factor", factor))
        resolution, selector = options.pop("resolution", None), options.pop("selector", None)
        if options:
            raise NotSupportedByRunner(f"QCAlgorithm.ema({', '.join(options)}=...)")
        return _following(self, symbol, indicator, resolution, selector)

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

    def identity(self: _Algorithm, symbol: Symbol | str, *arguments: Any, **named: Any) -> Identity:
        """Value of a security as an indicator: `identity(symbol[, resolution][, selector][, field_name])`."""
        resolution = next((a for a in arguments if isinstance(a, (Resolution, timedelta))), named.get("resolution"))
        selector = next((a for a in arguments if callable(a)), named.get("selector"))
        field = next((a for a in arguments if isinstance(a, str)), named.get("field_name"))
        indicator = Identity(f"({field or 'value'})")
        if not isinstance(resolution, timedelta):
            return _following(self, symbol, indicator, resolution, selector)
        self.register_indicator(symbol, indicator, resolution, selector)
        return indicator

    def warm_up_indicator(
        self: _Algorithm, symbol: Symbol | str, indicator: Any, resolution: Resolution | timedelta | None = None, selector: Selector = None
    ) -> None:
        """Feed an indicator with the history it needs; a span longer than the bars is made of them first."""
        name = self._symbol_of(symbol)
        count, chosen = indicator.warm_up_period, [resolution] if isinstance(resolution, Resolution) else []

        def hear(_: Any, bar: Any) -> None:
            feed(indicator, bar if selector is None else IndicatorDataPoint(bar.end_time, float(selector(bar)), name))

        consolidator: Any = Passing()
        security = self._engine.securities.find(name)
        if isinstance(resolution, timedelta) and security is not None:
            consolidator = consolidator_of(resolution, quotes=False)
            count *= -(-resolution // SPANS[Resolution(security.resolution)])
        consolidator.data_consolidated += hear
        bars: Iterable[Any] = self.history[TradeBar](name, count, *chosen)
        for bar in bars:
            consolidator.update(bar)
        if security is not None:
            consolidator.scan(self._engine.algorithm_time)

    def indicator_history(
        self: _Algorithm,
        indicator: Any,
        symbol: Symbol | str,
        *period: Any,
        resolution: Resolution | None = None,
        selector: Selector = None,
    ) -> IndicatorHistory:
        """Past values: `indicator_history(indicator, symbol, bars | timedelta | start, end[, resolution][, selector])`."""
        if isinstance(symbol, (list, tuple)):
            raise NotSupportedByRunner("indicator_history of several symbols", "Ask for one symbol at a time.")
        times = tuple(a for a in period if not isinstance(a, Resolution) and not callable(a))
        chosen = next((a for a in period if isinstance(a, Resolution)), resolution)
        function = next((a for a in period if callable(a)), selector)
        return indicator_history(self._engine, indicator, self._symbol_of(symbol), times, chosen, function)
