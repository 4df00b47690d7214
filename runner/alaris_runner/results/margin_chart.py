"""The chart "Portfolio Margin": what each group of positions holds back of the account's value, once a day."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context

from alaris_runner.api.charts import Chart, ChartPoint, Series, SeriesType

from .decimals import exact, smart

LARGEST, OTHERS, OTHERS_COLOR = 5, "OTHERS", "#808080"
FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_EVEN)


class MarginChart:
    """A series a group, named by its positions; the largest five by themselves, the others together.

    Parameters
    ----------
    chart :
        Where the series go.
    """

    def __init__(self, chart: Chart) -> None:
        self._chart = chart

    def sample(self, time: int, value: float, groups: Iterable[tuple[str, float]]) -> None:
        """Add the margins of a moment.

        Parameters
        ----------
        time :
            Unix seconds.
        value :
            Of the account, USD.
        groups :
            Names of the groups' positions and the maintenance margin of each, USD.
        """
        held = list(groups)
        if not value or not held:
            return  # an account without positions leaves no gap either, as on LEAN
        shares = [(name, float(FOUR_DIGITS.create_decimal(exact(margin) / exact(value))) * 100) for name, margin in held]
        largest = list(dict.fromkeys(name for name, _ in sorted(shares, key=lambda share: -share[1])))[:LARGEST]
        points: dict[str, float] = {}
        for name, share in shares:
            if name in largest:
                points[name] = share
            else:
                points[OTHERS] = points.get(OTHERS, 0.0) + share
        for name, share in points.items():
            self._put(self._series(name), ChartPoint(time, smart(share)))
        for name, series in self._chart.series.items():
            if name not in points and series.values and series.values[-1][-1] is not None:
                self._put(series, ChartPoint(time, None))  # a gap, once

    def _series(self, name: str) -> Series:
        known = name in self._chart.series
        series = self._chart.line(name, SeriesType.BAR, 0, "%")
        if not known:
            series.tooltip, series.index_name = "{SERIES_NAME}: {VALUE}%", "Margin Used (%)"
            series.color = OTHERS_COLOR if name == OTHERS else ""
        return series

    def _put(self, series: object, point: ChartPoint) -> None:
        if isinstance(series, Series):
            series.add_point(point)
