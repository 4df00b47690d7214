"""QCAlgorithm's part that plots, and sets figures of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.charts import Chart, Series, SeriesType
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.errors import InvalidRequest

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_DEFAULT_CHART = "Strategy Equity"


class PlottingMixin:
    """Charts and statistics of the user's own."""

    _engine: Engine

    @named_arguments("chart", "series", "value", "open", "high", "low", "close", "bar", "first", "second", "third", "fourth")
    def plot(self, *arguments: Any) -> None:
        """Plot values: `plot(chart, series, value)`, `plot(series, value)`, with open, high, low, close, a bar, or indicators."""
        names = [a for a in arguments if isinstance(a, str)]
        values = [a for a in arguments if not isinstance(a, str)]
        if not names or not values:
            raise InvalidRequest("plot takes a chart name, a series name and a value")
        if len(values) == 1 and isinstance(values[0], TradeBar):
            bar = values[0]
            values = [bar.open, bar.high, bar.low, bar.close]
        if any(hasattr(v, "current") for v in values):
            for indicator in values:
                self._plot_one(names[0], names[1] if len(names) > 1 else indicator.name, [indicator.current.value])
            return
        self._plot_one(names[0] if len(names) > 1 else _DEFAULT_CHART, names[-1], values)

    def _plot_one(self, chart: str, series: str, values: list[Any]) -> None:
        if not self._engine.is_warming_up:
            self._engine.results.plot(chart, series, self._engine.utc_now(), *[float(v) for v in values])

    @named_arguments("chart", "wait_for_ready", "first", "second", "third", "fourth")
    def plot_indicator(self, chart: str, *arguments: Any) -> None:
        """Plot indicators whenever they change: `plot_indicator(chart, [wait_for_ready,] indicator, ...)`."""
        wait = bool(arguments[0]) if isinstance(arguments[0], bool) else False

        def plot(indicator: Any, _: Any) -> None:
            if indicator.is_ready or not wait:
                self._plot_one(chart, indicator.name, [indicator.current.value])

        for indicator in arguments:
            if not isinstance(indicator, bool):
                indicator.updated += plot

    def add_series(self, chart: str, series: str, series_type: SeriesType, unit: str = "$") -> None:
        """Add a series to a chart, which is made where it is new."""
        added = Chart(chart)
        added.add_series(Series(series, series_type, unit))
        self._engine.results.add_chart(added)

    def record(self, series: str, value: float) -> None:
        """Plot a value on the main chart."""
        self.plot(series, value)

    def add_chart(self, chart: Any) -> None:
        """Add a chart with its series."""
        self._engine.results.add_chart(chart)

    def set_runtime_statistic(self, name: str, value: Any) -> None:
        """Show a figure among the runtime statistics."""
        self._engine.results.set_runtime_statistic(name, value)

    def set_summary_statistic(self, name: str, value: Any) -> None:
        """Show a figure among the statistics."""
        self._engine.results.set_summary_statistic(name, value)
