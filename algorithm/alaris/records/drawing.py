"""Drawing in SVG: scales, ticks and elements; colours and fonts belong to the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup, escape

Point = tuple[float, float]
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values from `low` to `high` on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def element(name: str, content: object = "", **attributes: object) -> Markup:
    """One SVG element; attribute names drop a trailing underscore, content and values are escaped."""
    written = "".join(f' {escape(key.rstrip("_").replace("_", "-"))}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")  # noqa: S704 - every part is escaped above


def joined(parts: Iterable[Markup]) -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)


def drawing(width: float, height: float, label: str, parts: Iterable[Markup], *, class_: str = "") -> Markup:
    """A whole drawing that scales with its column; `label` says to a screen reader what it shows."""
    return element(
        "svg", joined(parts), viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=label, class_=f"figure {class_}".strip()
    )


def polyline(points: Iterable[Point]) -> str:
    """Path data through the points."""
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points)


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers between `low` and `high`, about `count` of them: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def month_ticks(start: float, end: float, count: int) -> list[tuple[float, str]]:
    """Starts of months between two Unix times with their labels, at most about `count`; the days themselves for short spans."""
    first, last = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 2:
        return _day_ticks(start, end, count)
    step = next((size for size in (1, 2, 3, 6, 12, 24, 60) if months / size <= count), 120)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    moments = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers if number % step == 0]
    return [(moment.timestamp(), f"{moment:%Y}" if moment.month == 1 else f"{moment:%b}") for moment in moments if moment >= first]


def thinned(points: Sequence[Point], limit: int) -> list[Point]:
    """At most about `limit` points that still reach every high and low: the extremes of each bucket, in time's order."""
    if len(points) <= limit:
        return list(points)
    size = math.ceil(2 * len(points) / limit)
    buckets = (points[start : start + size] for start in range(0, len(points), size))
    kept = (sorted({min(bucket, key=lambda point: point[1]), max(bucket, key=lambda point: point[1])}) for bucket in buckets)
    return [points[0], *(point for pair in kept for point in pair if point not in (points[0], points[-1])), points[-1]]


def _day_ticks(start: float, end: float, count: int) -> list[tuple[float, str]]:
    step = max(1, math.ceil((end - start) / DAY / max(count, 1)))
    first = math.ceil(start / DAY)
    moments = [datetime.fromtimestamp(number * DAY, UTC) for number in range(first, math.floor(end / DAY) + 1, step)]
    return [(moment.timestamp(), f"{moment.day} {moment:%b}") for moment in moments]
