"""The two pictures of docs/pricing.md: accuracy against speed beside QuantLib, and the two boundaries under negative rates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from alaris.pricing import exercise_boundary
from alaris.records.drawing import Scale, element, joined, polyline, ticks

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH, HEIGHT = 800, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 780, 40, 340
STYLE = """
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #5d6570 } .name { font-weight: 600; fill: #1c2127; font-size: 13px }
.grid { stroke: #e5e2db } .ours { fill: #17608a } .peer { fill: #b8622b } .line { fill: none; stroke: #17608a; stroke-width: 1.8 }
.second { stroke: #b8622b } .third { stroke: #5f7d3a } .second-text { fill: #b8622b }
.first-text { fill: #17608a } .third-text { fill: #5f7d3a }
.region { opacity: 0.12 } .first-fill { fill: #17608a } .second-fill { fill: #b8622b } .third-fill { fill: #5f7d3a }
@media (prefers-color-scheme: dark) { text { fill: #a4abb5 } .name { fill: #e9e7e2 } .grid { stroke: #2c3037 } .ours { fill: #6cb8e6 }
.peer { fill: #e6955c } .line { stroke: #6cb8e6 } .second { stroke: #e6955c } .third { stroke: #a3c179 } .first-text { fill: #6cb8e6 }
.second-text { fill: #e6955c } .third-text { fill: #a3c179 } .first-fill { fill: #6cb8e6 } .second-fill { fill: #e6955c }
.third-fill { fill: #a3c179 } }
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One scheme: its name, root mean square error of a put struck at 100, microseconds a price."""

    name: str
    error: float
    cost: float


@dataclass(frozen=True, slots=True)
class Rates:
    """A put struck at 100 whose boundaries are drawn."""

    rate: float
    dividend_yield: float
    volatility: float
    look: str


# reference/pricing.md 1.2: the first two meet after 18.41 and 5.29 years, the third (volatility below sqrt(-2q) - sqrt(-2r) = 9.1 %) never
BOUNDARIES = (Rates(-0.005, -0.01, 0.08, "first"), Rates(-0.01, -0.03, 0.22, "second"), Rates(-0.01, -0.027, 0.07, "third"))
YEARS = 25.0


def accuracy(ours: Sequence[Measured], peer: Sequence[Measured]) -> Markup:
    """Draw error over the time of a price, both in powers of ten: down and to the left is better."""
    points = [*ours, *peer]
    across = Scale(math.log10(0.3), math.log10(max(point.cost for point in points) * 1.5), LEFT, RIGHT)
    upward = Scale(math.floor(math.log10(min(point.error for point in points))), math.log10(2e-3), BOTTOM, TOP)
    decades = [*range(math.ceil(across.low), math.floor(across.high) + 1)]
    below = [(across(decade), f"{10.0**decade:g}") for decade in decades]
    beside = [(upward(decade), f"1e{decade}") for decade in range(math.ceil(upward.low), math.floor(upward.high) + 1)]

    named = {point.name for point in ours} | {"QdFp fast", "QdFp accurate", min(peer, key=lambda point: point.error).name}

    def dot(point: Measured, look: str) -> Iterator[Markup]:
        x, y = across(math.log10(point.cost)), upward(math.log10(point.error))
        yield element("circle", element("title", f"{point.name}: {point.cost:.3g} us, {point.error:.1e}"), cx=x, cy=y, r=4.5, class_=look)
        if point.name in named:
            yield element("text", point.name, x=x - 9, y=y + 16, text_anchor="end")

    dots = [mark for point in ours for mark in dot(point, "ours")] + [mark for point in peer for mark in dot(point, "peer")]
    line = element("path", d=polyline((across(math.log10(p.cost)), upward(math.log10(p.error))) for p in ours), class_="line")
    words = "Microseconds a price, one thread. Blue: Alaris; orange: QuantLib's QdFp engine at seventeen schemes."
    return sheet("Root mean square error of a put struck at 100", axes(below, beside), [line, *dots], words)


def boundaries() -> Markup:
    """Draw where a put is to be exercised under negative rates: between the two curves of one colour, until they meet."""
    across, upward = Scale(0.0, YEARS, LEFT, RIGHT), Scale(25.0, 105.0, BOTTOM, TOP)
    below = [(across(year), f"{year:g}") for year in ticks(0.0, YEARS, 5)]
    beside = [(upward(spot), f"{spot:g}") for spot in ticks(25.0, 105.0, 8)]
    parts = [part for rates in BOUNDARIES for part in region(rates, across, upward)]
    words = "Years to expiry. A put struck at 100 is exercised between the boundaries of its colour; beyond their meeting never."
    return sheet("Spot at which exercise is right", axes(below, beside), parts, words)


def region(rates: Rates, across: Scale, upward: Scale) -> Iterator[Markup]:
    """The area of one put's exercise, its two edges and its name."""
    years = YEARS * np.linspace(0.0, 1.0, 401) ** 2  # dense at expiry, where the boundaries are steep
    upper, lower = exercise_boundary(False, 100.0, YEARS, rates.rate, rates.dividend_yield, rates.volatility, years)
    open_ = np.isfinite(upper)
    top = [(across(t), upward(s)) for t, s in zip(years[open_].tolist(), upper[open_].tolist(), strict=True)]
    bottom = [(across(t), upward(s)) for t, s in zip(years[open_].tolist(), lower[open_].tolist(), strict=True)]
    around = polyline([*top, *reversed(bottom)])
    yield element("path", d=around + "Z", class_=f"region {rates.look}-fill")
    edges = around if not open_.all() else polyline(top) + polyline(bottom)
    yield element("path", d=edges, class_=f"line {rates.look}")
    name = f"rate {rates.rate:.1%}, yield {rates.dividend_yield:.1%}, volatility {rates.volatility:.0%}"
    row = BOUNDARIES.index(rates)
    yield element("text", name, x=RIGHT - 4, y=TOP + 14 + 17 * row, text_anchor="end", class_=f"{rates.look}-text")


def axes(below: Sequence[tuple[float, str]], beside: Sequence[tuple[float, str]]) -> list[Markup]:
    """Grid lines and what stands at them."""
    upright = [element("line", x1=x, x2=x, y1=TOP, y2=BOTTOM, class_="grid") for x, _ in below]
    level = [element("line", x1=LEFT, x2=RIGHT, y1=y, y2=y, class_="grid") for y, _ in beside]
    names = [element("text", text, x=x, y=BOTTOM + 18, text_anchor="middle") for x, text in below]
    return [*upright, *level, *names, *(element("text", text, x=LEFT - 8, y=y + 4, text_anchor="end") for y, text in beside)]


def sheet(title: str, grid: Sequence[Markup], parts: Sequence[Markup], words: str) -> Markup:
    """The whole drawing."""
    head = element("text", title, x=10, y=20, class_="name")
    foot = element("text", words, x=LEFT, y=BOTTOM + 42)
    style = element("style", Markup(STYLE))  # noqa: S704 - our own constant
    content = joined([style, head, *grid, *parts, foot])
    return element("svg", content, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=title)


def draw(ours: Sequence[Measured], peer: Sequence[Measured]) -> None:
    """Write both pictures into docs/images."""
    (IMAGES / "pricing-accuracy.svg").write_text(accuracy(ours, peer) + "\n", encoding="utf-8")
    (IMAGES / "pricing-boundaries.svg").write_text(boundaries() + "\n", encoding="utf-8")
