"""How time and memory of the runner grow: 1, 10 and 20 symbols of the demo market over 3 and 12 months, in a table and a picture."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

from markupsafe import Markup

from alaris.data import demo_market
from alaris.data.demo_market.names import COMPANIES
from alaris.records.drawing import Scale, element, joined, polyline, ticks

REPOSITORY = Path(__file__).resolve().parents[1]
PICTURE = REPOSITORY / "docs" / "images" / "growth.svg"
SYMBOLS, MONTHS = (1, 10, 20), (3, 12)
ALGORITHM = '''
"""Subscribes to the chains of so many companies and looks at every contract each day."""
from AlgorithmImports import *


class Growth(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2017, 1, 3)
        self.set_end_date(2017, int(self.get_parameter("months")), 28)
        self.universe_settings.resolution = Resolution.DAILY
        self.looks = 0
        for ticker in self.get_parameter("tickers").split(","):
            self.add_equity(ticker, Resolution.DAILY, data_normalization_mode=DataNormalizationMode.RAW)
            self.add_option(ticker, Resolution.DAILY).set_filter(lambda u: u.strikes(-4, 4).expiration(0, 120))

    def on_data(self, data):
        for chain in data.option_chains.values():
            for contract in chain:
                self.looks += contract.bid_price > 0

    def on_end_of_algorithm(self):
        self.log(f"looks {self.looks}")
'''
STYLE = """
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #5d6570 } .name { font-weight: 600; fill: #1c2127; font-size: 13px }
.grid { stroke: #e5e2db } .dot { fill: #17608a } .months-3 { fill: #b8622b } .line { fill: none; stroke-width: 1.8; stroke: #17608a }
.line.months-3 { fill: none; stroke: #b8622b } @media (prefers-color-scheme: dark) { text { fill: #a4abb5 } .name { fill: #e9e7e2 }
.grid { stroke: #2c3037 } .dot { fill: #6cb8e6 } .line { stroke: #6cb8e6 } }
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One measured process: thousands of contract looks, wall and processor seconds, peak of its memory."""

    symbols: int
    months: int
    looks: float
    wall: float
    seconds: float
    megabytes: float


def main() -> None:
    """Measure, print the table, draw the picture."""
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}")
    print(f"{'symbols':>8} {'months':>7} {'looks':>9} {'wall':>9} {'processor':>10} {'per 1,000 looks':>16} {'peak':>8}")
    market = demo_market.ensure(Path.home() / ".cache" / "alaris")
    tickers = [company.ticker.upper() for company in COMPANIES]
    points = []
    for months in MONTHS:
        for count in SYMBOLS:
            point = measured(market, tickers[:count], months)
            points.append(point)
            times = f"{point.wall:7.2f} s {point.seconds:8.2f} s {point.seconds / point.looks * 1000:13.1f} ms"
            print(f"{count:8} {months:7} {1000 * point.looks:9,.0f} {times} {point.megabytes:5.0f} MB", flush=True)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(str(picture(points)) + "\n", encoding="utf-8")
    print(PICTURE)


def measured(market: Path, tickers: Sequence[str], months: int) -> Point:
    """Run once in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "growth.py"
        file.write_text(ALGORITHM, encoding="utf-8")
        words = ("--parameter", "tickers", ",".join(tickers), "--parameter", "months", str(months))
        started = time.perf_counter()
        command = [sys.executable, "-m", "alaris_runner", str(file), "--data-folder", str(market), "--output", folder, *words]
        process = subprocess.Popen(command)  # noqa: S603 - our own command
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        if status:
            raise SystemExit(f"the run failed: {' '.join(command)}")
        log = (Path(folder) / "run-log.txt").read_text(encoding="utf-8")
    looks = int(log.partition("looks ")[2].split()[0])
    return Point(len(tickers), months, looks / 1000, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def picture(points: Sequence[Point]) -> Markup:
    """Draw time and memory over contract looks, side by side."""
    times = [(point.looks, point.seconds, point) for point in points]
    sizes = [(point.looks, point.megabytes, point) for point in points]
    panels = [panel("Processor time of the whole process, seconds", times, 0), panel("Memory, MB (peak)", sizes, 400)]
    text = "Thousand contract looks: 1, 10 and 20 symbols on every day of 3 months (orange) and of 12 months (blue)"
    note = element("text", text, x=10, y=312)
    style = element("style", Markup(STYLE))  # noqa: S704 - our own constant
    return element("svg", joined([style, *panels, note]), xmlns="http://www.w3.org/2000/svg", viewBox="0 0 800 324", role="img")


def panel(name: str, values: Sequence[tuple[float, float, Point]], left: float) -> Markup:
    """One axis pair with its points; lines join the runs of equal length."""
    across = Scale(0, max(x for x, _, _ in values), left + 52, left + 370)
    upward = Scale(0, max(y for _, y, _ in values) * 1.05, 266, 40)
    grid = [
        part
        for value in ticks(0, upward.high, 5)
        for part in (
            element("line", x1=across.start, x2=across.end, y1=upward(value), y2=upward(value), class_="grid"),
            element("text", f"{value:g}", x=across.start - 8, y=upward(value) + 4, text_anchor="end"),
        )
    ]
    below = [element("text", f"{value:g}", x=across(value), y=286, text_anchor="middle") for value in ticks(0, across.high, 5)]
    runs = {months: [(across(x), upward(y)) for x, y, point in values if point.months == months] for months in MONTHS}
    lines = [element("path", d=polyline(run), class_=f"line months-{months}") for months, run in runs.items()]

    def dot(x: float, y: float, point: Point) -> Markup:
        said = element("title", f"{point.symbols} symbols, {point.months} months: {y:.3g}")
        return element("circle", said, cx=across(x), cy=upward(y), r=4, class_=f"dot months-{point.months}")

    title = element("text", name, x=left + 10, y=20, class_="name")
    return joined([title, *grid, *below, *lines, *starmap(dot, values)])


if __name__ == "__main__":
    main()
