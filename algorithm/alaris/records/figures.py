"""The figures of the report page: equity with its drawdown, the term structure of an event, profit and loss by cause."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup

from alaris.records.drawing import Point, Scale, drawing, element, joined, month_ticks, polyline, thinned, ticks
from alaris.records.wording import count, dollars, percent

MATURITIES = (7, 30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Mark:
    """A closed trade on the equity curve: Unix time of the exit, profit in USD, and what to say of it."""

    time: float
    profit: float
    text: str


@dataclass(frozen=True, slots=True)
class EquityCurve:
    """Equity in USD and drawdown (0 or negative, as a share) over Unix time."""

    equity: tuple[Point, ...]
    drawdown: tuple[Point, ...]
    marks: tuple[Mark, ...] = ()


def equity_figure(curve: EquityCurve, width: int, height: int) -> Markup:
    """Equity above, drawdown below, one time axis."""
    split, floor, right = round(height * 0.68), height - 22, width - 54
    time = Scale(curve.equity[0][0], curve.equity[-1][0], 4, right)
    dates = month_ticks(time.low, time.high, width // 75)
    parts = [
        joined(
            element("text", label, x=time(moment), y=height - 4, class_="tick", text_anchor=_anchor(time(moment), right))
            for moment, label in dates
        ),
        _equity_panel(curve, time, 14, split - 22),
        _drawdown_panel(curve, time, split, floor - 6),
    ]
    first, last = (dollars(curve.equity[end][1], 0) for end in (0, -1))
    label = f"Equity from {first} to {last}, largest drawdown {percent(lowest(curve.drawdown), 2)}"
    return drawing(width, height, label, parts, class_="equity")


def lowest(points: Sequence[Point]) -> float:
    """The deepest point, 0 where there is none."""
    return min((value for _, value in points), default=0.0)


def _equity_panel(curve: EquityCurve, time: Scale, top: float, bottom: float) -> Markup:
    values = [value for _, value in curve.equity]
    room = 0.06 * (max(values) - min(values)) or 0.01 * abs(values[0]) or 1.0
    money = Scale(min(values) - room, max(values) + room, bottom, top)
    line = [(time(moment), money(value)) for moment, value in thinned(curve.equity, 900)]
    base = money(values[0])
    area = polyline([(line[0][0], base), *line, (line[-1][0], base)]) + "Z"
    return joined(
        [
            _grid(money, time, [(value, _short_dollars(value, money)) for value in ticks(money.low, money.high, 4)]),
            element("path", d=area, class_="area"),
            element("line", x1=time.start, x2=time.end, y1=base, y2=base, class_="base"),
            element("path", d=polyline(line), class_="line"),
            *(_mark(mark, time, money, curve.equity) for mark in curve.marks if time.low <= mark.time <= time.high),
        ]
    )


def _drawdown_panel(curve: EquityCurve, time: Scale, top: float, bottom: float) -> Markup:
    deepest = min(lowest(curve.drawdown), -1e-4)
    share = Scale(deepest * 1.05, 0, bottom, top)
    line = [(time(moment), share(value)) for moment, value in thinned(curve.drawdown, 900)]
    area = polyline([(line[0][0], share(0)), *line, (line[-1][0], share(0))]) + "Z" if line else ""
    labels = [(value, percent(value, 0 if deepest < -0.03 else 2)) for value in (0.0, deepest)]
    return joined([_grid(share, time, labels), element("path", d=area, class_="depth")])


def _grid(scale: Scale, across: Scale, labels: Sequence[tuple[float, str]]) -> Markup:
    return joined(
        part
        for value, label in labels
        for part in (
            element("line", x1=across.start, x2=across.end, y1=scale(value), y2=scale(value), class_="grid"),
            element("text", label, x=across.end + 6, y=scale(value) + 3.5, class_="tick"),
        )
    )


def _mark(mark: Mark, time: Scale, money: Scale, equity: Sequence[Point]) -> Markup:
    height = next((value for moment, value in equity if moment >= mark.time), equity[-1][1])
    return element(
        "circle",
        element("title", mark.text),
        cx=time(mark.time),
        cy=money(height),
        r=4.5,
        class_="mark gain" if mark.profit >= 0 else "mark loss",
    )


def _short_dollars(value: float, scale: Scale) -> str:
    digits = 0 if scale.high - scale.low >= 4000 else 1
    return f"${value / 1000:,.{digits}f}k" if abs(scale.high) >= 10_000 else dollars(value, 0)


def _anchor(x: float, right: float) -> str:
    return "start" if x < 20 else "end" if x > right - 12 else "middle"


def term_structure_figure(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Markup:
    """At-the-money volatility by expiry, before (full points) and after the report (open points); days on a square-root axis."""
    width, height, bottom = 344, 178, 150
    points = {
        name: list(zip(curves[name]["days"], curves[name]["volatility"], strict=True)) for name in ("before", "after") if name in curves
    }
    volatilities = [volatility for curve in points.values() for _, volatility in curve]
    farthest = max(days for curve in points.values() for days, _ in curve)
    across = Scale(0, math.sqrt(farthest), 8, width - 50)
    upward = Scale(max(0.0, min(volatilities) - 0.3 * (max(volatilities) - min(volatilities)) - 0.02), max(volatilities) + 0.04, bottom, 14)
    maturities = [days for days in MATURITIES if days <= farthest * 1.02]
    parts = [
        _grid(upward, across, [(value, percent(value, 0)) for value in ticks(upward.low, upward.high, 4)]),
        *(
            element("text", f"{days} d", x=across(math.sqrt(days)), y=height - 8, class_="tick", text_anchor="middle")
            for days in maturities
        ),
        *(_volatility_curve(name, curve, across, upward) for name, curve in points.items()),
    ]
    label = "; ".join(
        f"{name} the report: front {percent(curve[0][1])} at {count(round(curve[0][0]), 'day')}" for name, curve in points.items()
    )
    return drawing(width, height, f"Term structure. {label}", parts, class_="curves")


def _volatility_curve(name: str, curve: Sequence[Point], across: Scale, upward: Scale) -> Markup:
    pixels = [(across(math.sqrt(days)), upward(volatility)) for days, volatility in curve]
    dots = (
        element("circle", element("title", f"{name}: {days:.0f} days, {percent(volatility)}"), cx=x, cy=y, r=3.2)
        for (x, y), (days, volatility) in zip(pixels, curve, strict=True)
    )
    left, top = pixels[0]
    below = max(y for x, y in pixels if x <= left + 60) + 15
    front = element(
        "text", percent(curve[0][1]), x=left + 8 if name == "before" else left, y=top - 3 if name == "before" else below, class_="value"
    )
    return element("g", joined([element("path", d=polyline(pixels)), *dots, front]), class_=name)


def waterfall_figure(parts: Mapping[str, float], total: float) -> Markup:
    """Profit and loss by cause: each bar starts where the one before ended, the last is the whole."""
    width, height, top, bottom = 344, 150, 20, 122
    ends = list(accumulate(parts.values()))
    starts = [0.0, *ends[:-1]]
    bounds = [0.0, total, *ends]
    spare = 0.04 * (max(bounds) - min(bounds)) or 1.0
    money = Scale(min(bounds) - spare, max(bounds) + spare, bottom, top)
    bars = [*zip(parts, starts, ends, strict=True), ("total", 0.0, total)]
    pitch = (width - 8) / len(bars)
    drawn = [
        _bar(name, (start, end), Scale(0, 1, 4 + pitch * index, 4 + pitch * (index + 1)), money)
        for index, (name, start, end) in enumerate(bars)
    ]
    names = [
        element(
            "text",
            "P&L" if name == "total" else name,
            x=round(4 + pitch * (index + 0.5), 2),
            y=height - 8,
            class_="tick",
            text_anchor="middle",
        )
        for index, (name, *_) in enumerate(bars)
    ]
    zero = element("line", x1=4, x2=width - 4, y1=money(0), y2=money(0), class_="base")
    label = ", ".join(f"{name} {dollars(value, signed=True)}" for name, value in {**parts, "total": total}.items())
    return drawing(width, height, f"Profit and loss: {label}", [zero, *drawn, *names], class_="waterfall")


def _bar(name: str, ends: tuple[float, float], column: Scale, money: Scale) -> Markup:
    value, (upper, lower) = ends[1] - ends[0], sorted((money(ends[0]), money(ends[1])))
    kind = f"bar {'gain' if value >= 0 else 'loss'} {'total' if name == 'total' else ''}".strip()
    text = dollars(value, 0 if abs(value) >= 100 else 2, signed=True)
    bar = element(
        "rect",
        x=column(0.13),
        y=upper,
        width=round(0.74 * (column.end - column.start), 2),
        height=max(lower - upper, 1),
        rx=1.5,
        class_=kind,
    )
    return joined([bar, element("text", text, x=column(0.5), y=round(upper - 5, 2), class_="value", text_anchor="middle")])
