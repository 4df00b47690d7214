"""What an indicator would have shown: its values over past bars, as points and as a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.bars import QuoteBar, TradeBar
from alaris_runner.api.enums import Resolution
from alaris_runner.api.indicators import Indicator, IndicatorDataPoint, feed
from alaris_runner.api.spelling import PascalCase
from alaris_runner.engine.history_provider import HistoryProvider, HistoryRequest

if TYPE_CHECKING:
    from alaris_runner.api.symbols import Symbol
    from alaris_runner.engine.engine import Engine

Selector = Callable[[Any], float] | None


class IndicatorHistory(PascalCase):
    """Values of an indicator by the name of its part; `current` is the indicator itself.

    Attributes
    ----------
    current : list of IndicatorDataPoint
        One a bar, in order of time.
    """

    def __init__(self, parts: dict[str, list[IndicatorDataPoint]]) -> None:
        self._parts = parts
        self.current = parts["current"]

    @property
    def data_frame(self) -> Any:
        """Frame with a row a bar and a column a part, names without underscores."""
        import pandas as pd  # noqa: PLC0415 - pandas is imported only for who asks for a frame

        columns = {name: [point.value for point in points] for name, points in sorted(self._parts.items())}
        return pd.DataFrame(columns, index=pd.Index([point.end_time for point in self.current]))

    @property
    def count(self) -> int:
        """Number of bars."""
        return len(self.current)

    def __len__(self) -> int:
        return len(self.current)

    def __iter__(self) -> Iterator[IndicatorDataPoint]:
        return iter(self.current)

    def __getitem__(self, name: str) -> list[IndicatorDataPoint]:
        return self._parts[name.replace("_", "").lower()]


def indicator_history(
    engine: Engine, indicator: Indicator, symbol: Symbol, period: tuple[Any, ...], resolution: Resolution | None, selector: Selector
) -> IndicatorHistory:
    """Feed an indicator with what comes before a period, then record it through the period."""
    security = engine.securities[symbol]
    chosen = security.resolution if resolution is None else Resolution(resolution)
    provider, mode = HistoryProvider(engine), security.data_normalization_mode
    start, end, count = _period(period, engine.algorithm_time)
    warm_up = indicator.warm_up_period - 1
    kind = QuoteBar if symbol.underlying is not None else TradeBar

    def bars(until: datetime, since: datetime | None, number: int | None) -> Iterable[Any]:
        return [bar for bar in provider.read(HistoryRequest(symbol, chosen, until, since, number, mode=mode)) if isinstance(bar, kind)]

    before, wanted = [*bars(start, None, warm_up)] if start is not None and warm_up else [], bars(end, start, count)
    if count is not None:
        wanted = bars(end, None, count + max(warm_up, 0))
    parts: dict[str, list[IndicatorDataPoint]] = {"current": []}
    for number, bar in enumerate([*before, *wanted]):
        feed(indicator, bar if selector is None else IndicatorDataPoint(bar.end_time, float(selector(bar)), symbol))
        if indicator.is_ready and number >= len(before):
            _record(indicator, parts)
    return IndicatorHistory(parts)


def _period(values: tuple[Any, ...], now: datetime) -> tuple[datetime | None, datetime, int | None]:
    first = values[0]
    if isinstance(first, timedelta):
        return now - first, now, None
    if isinstance(first, datetime):
        return first, values[1], None
    return None, now, int(first)


def _record(indicator: Indicator, parts: dict[str, list[IndicatorDataPoint]]) -> None:
    parts["current"].append(indicator.current)
    for name, value in vars(indicator).items():
        if name.startswith("_") or name in ("current", "previous"):
            continue
        point = value.current if isinstance(value, Indicator) else value
        if isinstance(point, IndicatorDataPoint):
            parts.setdefault(name.replace("_", ""), []).append(point)
