"""Charts an algorithm draws: series of points or candles, collected into the result file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from alaris_runner.api.enums import LeanEnum
from alaris_runner.api.spelling import PascalCase
from alaris_runner.results.decimals import smart


class ChartType(LeanEnum):
    """How the series of a chart share its space."""

    OVERLAY = 0
    STACKED = 1


class SeriesType(LeanEnum):
    """How a series is drawn."""

    LINE = 0
    SCATTER = 1
    CANDLE = 2
    BAR = 3
    FLAG = 4
    STACKED_AREA = 5
    PIE = 6
    TREEMAP = 7
    HEATMAP = 9
    SCATTER_3D = 10


class ScatterMarkerSymbol(LeanEnum):
    """Marker of a scatter series."""

    NONE = 0
    CIRCLE = 1
    SQUARE = 2
    DIAMOND = 3
    TRIANGLE = 4
    TRIANGLE_DOWN = 5


class ChartPoint(NamedTuple):
    """One value: `x` in unix seconds (UTC), `y` or None for a gap."""

    x: int
    y: float | None


class Candlestick(NamedTuple):
    """One candle: `time` in unix seconds (UTC)."""

    time: int
    open: float
    high: float
    low: float
    close: float


Point = ChartPoint | Candlestick


def unix_seconds(time: date) -> int:
    """Seconds since 1970 of a naive UTC time (a plain date means its midnight)."""
    moment = time if isinstance(time, datetime) else datetime(time.year, time.month, time.day, tzinfo=UTC)
    return int(moment.replace(tzinfo=UTC).timestamp())


class BaseSeries(PascalCase):
    """Name, unit and place of a series, and its points in order of time."""

    def __init__(self, name: str = "", series_type: SeriesType = SeriesType.LINE, index: int = 0, unit: str = "$") -> None:
        self.name = name
        self.series_type = series_type
        self.index = index
        self.unit = unit
        self.index_name: str | None = None
        self.z_index: int | None = None
        self.tooltip: str | None = None
        self.values: list[Point] = []

    def purge(self) -> None:
        """Remove all points."""
        self.values.clear()

    def _put(self, point: Point) -> None:
        """Append a point; one at the time of the last replaces it."""
        if self.values and self.values[-1][0] == point[0]:
            self.values[-1] = point
        else:
            self.values.append(point)


class Series(BaseSeries):
    """A series of single values.

    Parameters
    ----------
    name : str
    type : SeriesType
    index_or_unit : int or str
        LEAN's two spellings: the place in the chart, or the unit ("$" shows amounts, "%" percent).
    unit_or_color, symbol :
        After an index the unit; after a unit the colour ("#rrggbb") and the marker.
    """

    def __init__(
        self,
        name: str = "",
        type: SeriesType = SeriesType.LINE,  # noqa: A002  # LEAN's keyword
        index_or_unit: int | str = 0,
        unit_or_color: str | None = None,
        symbol: ScatterMarkerSymbol = ScatterMarkerSymbol.NONE,
    ) -> None:
        by_index = isinstance(index_or_unit, int)
        unit = (unit_or_color if unit_or_color is not None else "$") if by_index else str(index_or_unit)
        super().__init__(name, type, int(index_or_unit) if by_index else 0, unit)
        self.color = "" if by_index or unit_or_color is None else str(unit_or_color)
        self.scatter_marker_symbol = ScatterMarkerSymbol(symbol)

    def add_point(self, time: date | ChartPoint, value: float | None = None) -> None:
        """Add a value at a UTC time (or a ready point); a second one at the same time replaces the first."""
        point = time if isinstance(time, ChartPoint) else ChartPoint(unix_seconds(time), value)
        self._put(point if point.y is None else ChartPoint(point.x, smart(float(point.y))))


class CandlestickSeries(BaseSeries):
    """A series of candles; `index_or_unit` as in `Series`."""

    def __init__(self, name: str = "", index_or_unit: int | str = 0, unit: str = "$") -> None:
        by_index = isinstance(index_or_unit, int)
        super().__init__(name, SeriesType.CANDLE, int(index_or_unit) if by_index else 0, unit if by_index else str(index_or_unit))

    def add_point(self, time: date, open: float, high: float, low: float, close: float) -> None:  # noqa: A002  # LEAN's keyword
        """Add a candle at a UTC time; a second one at the same time replaces the first."""
        self._put(Candlestick(unix_seconds(time), smart(open), smart(high), smart(low), smart(close)))


class Chart(PascalCase):
    """A named set of series."""

    def __init__(self, name: str = "", symbol: object | None = None) -> None:
        self.name = name
        self.symbol = symbol
        self.legend_disabled = False
        self.series: dict[str, BaseSeries] = {}

    def add_series(self, series: BaseSeries) -> None:
        """Add a series; ValueError if the chart has one of that name."""
        if series.name in self.series:
            raise ValueError(f"chart '{self.name}' already has a series '{series.name}': give each series its own name")
        self.series[series.name] = series

    def line(self, name: str, series_type: SeriesType = SeriesType.LINE, index: int = 0, unit: str = "$") -> Series:
        """Return the series of single values of that name, adding it where there is none."""
        found = self.series.get(name)
        if found is None:
            found = self.series[name] = Series(name, series_type, index, unit)
        if not isinstance(found, Series):
            raise TypeError(f"series '{name}' of chart '{self.name}' holds candles: plot open, high, low and close")
        return found

    def candles(self, name: str, index: int = 0, unit: str = "$") -> CandlestickSeries:
        """Return the candle series of that name, adding it where there is none."""
        found = self.series.get(name)
        if found is None:
            found = self.series[name] = CandlestickSeries(name, index, unit)
        if not isinstance(found, CandlestickSeries):
            raise TypeError(f"series '{name}' of chart '{self.name}' holds single values: plot one value")
        return found


class ChartBook:
    """All charts of a run by name."""

    def __init__(self) -> None:
        self.charts: dict[str, Chart] = {}

    def chart(self, name: str) -> Chart:
        """Return the chart of that name, adding it where there is none."""
        return self.charts.setdefault(name, Chart(name))

    def add(self, chart: Chart) -> None:
        """Add a chart the algorithm made; it replaces an empty one of the same name."""
        self.charts[chart.name] = chart
