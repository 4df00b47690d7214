"""How time and memory of the runner grow: 1, 10 and 100 symbols of the demo market over 1 and 3 years, in a table and a picture.

One run more has four times as many contracts listed, and looks at as many as the run beside it. `--documents` writes the picture and the
table into `docs/`.
"""

from __future__ import annotations

import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path

from markupsafe import Markup

from alaris.data import demo_market
from alaris.data.demo_market.names import companies
from alaris.records.drawing import Scale, element, joined, polyline, ticks

REPOSITORY = Path(__file__).resolve().parents[1]
PICTURE = REPOSITORY / "docs" / "images" / "growth.svg"
PAGE = REPOSITORY / "docs" / "runner.md"
BEGIN, END = "<!-- growth: written by benchmarks/growth.py -->\n", "<!-- end of growth -->"
SYMBOLS, YEARS = (1, 10, 100), (1, 3)
DEEP_SYMBOLS, DEPTH = 10, 4
FIRST_YEAR = 2017
ALGORITHM = '''
"""Subscribes to the chains of so many companies and looks at every contract each day."""
from AlgorithmImports import *


class Growth(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2017, 1, 3)
        self.set_end_date(int(self.get_parameter("last_year")), 12, 31)
        self.universe_settings.resolution = Resolution.DAILY
        self.looks = 0
        for ticker in self.get_parameter("tickers").split(","):
            self.add_equity(ticker, Resolution.DAILY, data_normalization_mode=DataNormalizationMode.RAW)
            self.add_option(ticker, Resolution.DAILY).set_filter(lambda u: u.strikes(-3, 3).expiration(0, 90))

    def on_data(self, data):
        for chain in data.option_chains.values():
            for contract in chain:
                self.looks += contract.bid_price > 0

    def on_end_of_algorithm(self):
        self.log(f"looks {self.looks}")
'''
# A process inherits the peak that its maker had before it (getrusage(2)); its own stands in /proc.
PROGRAM = """
import sys
from alaris_runner.__main__ import main
status = main(sys.argv[1:])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)
"""
STYLE = """
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #5d6570 } .name { font-weight: 600; fill: #1c2127; font-size: 13px }
.grid { stroke: #e5e2db } .dot { fill: #17608a } .years-1 { fill: #b8622b } .line { fill: none; stroke-width: 1.8; stroke: #17608a }
.line.years-1 { fill: none; stroke: #b8622b } .line.guide { stroke: #a4abb5; stroke-width: 1; stroke-dasharray: 4 4 }
.deep { fill: none; stroke: #b8622b; stroke-width: 1.8 }
@media (prefers-color-scheme: dark) { text { fill: #a4abb5 } .name { fill: #e9e7e2 } .grid { stroke: #2c3037 }
.dot { fill: #6cb8e6 } .line { stroke: #6cb8e6 } .years-1 { fill: #e6955c } .line.years-1, .deep { stroke: #e6955c } .deep { fill: none } }
"""


@dataclass(frozen=True, slots=True)
class Point:
    """One measured process: contracts listed and looked at (sessions counted), wall and processor seconds, peak of its memory."""

    symbols: int
    years: int
    listed: int
    looks: int
    wall: float
    seconds: float
    megabytes: float
    deep: bool = False

    def row(self) -> str:
        """Line of the table."""
        name = f"{self.symbols}, {DEPTH} times the strikes" if self.deep else f"{self.symbols}"
        per_look = self.seconds / self.looks * 1_000_000
        return (
            f"| {name} | {self.years} | {self.listed:,} | {self.looks:,} | {self.wall:.1f} s | {self.seconds:.1f} s | {per_look:.0f} µs "
            f"| {self.megabytes:.0f} MB |"
        )


def main() -> None:
    """Measure and print; with `--documents` write the picture and the table into the documents."""
    machine = f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start"
    print(machine)
    heading = (
        "| symbols | years | contract rows | looked at | wall | processor | a look | peak |\n|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    print(heading, flush=True)
    points = []
    for point in measured_points():
        print(point.row(), flush=True)
        points.append(point)
    if sys.argv[1:] == ["--documents"]:
        PICTURE.write_text(f"{picture(points)}\n", encoding="utf-8")
        write_table("\n".join([f"{date_of_today()}, {machine}:\n", heading, *(point.row() for point in points)]))
        print(f"wrote {PICTURE} and the table of {PAGE}")


def processor() -> str:
    """Name of the processor, as Linux tells it."""
    told = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in told.read_text().splitlines() if line.startswith("model name")] if told.exists() else []
    )
    return names[0] if names else platform.machine()


def date_of_today() -> str:
    """Today, as the documents write dates."""
    return time.strftime("Measured on %-d %B %Y")


def write_table(text: str) -> None:
    """Replace what stands between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{PAGE} has no place for the table: {BEGIN.strip()} and {END}")
    PAGE.write_text(f"{before}{BEGIN}{text}\n\n{END}{after}", encoding="utf-8")


def measured_points() -> Iterator[Point]:
    """Write the markets and measure each run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        wide, deep = Path(folder) / "wide", Path(folder) / "deep"
        demo_market.write(wide, symbols=max(SYMBOLS), years=max(YEARS))
        for years in YEARS:
            for count in SYMBOLS:
                yield measured(wide, count, years)
        demo_market.write(deep, symbols=DEEP_SYMBOLS, years=1, depth=DEPTH)
        yield measured(deep, DEEP_SYMBOLS, 1, deep=True)


def measured(market: Path, symbols: int, years: int, *, deep: bool = False) -> Point:
    """Run once in a process of its own."""
    tickers = [company.ticker for company in companies(symbols)]
    last_year = FIRST_YEAR + years - 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "growth.py"
        file.write_text(ALGORITHM, encoding="utf-8")
        words = ("--parameter", "tickers", ",".join(tickers).upper(), "--parameter", "last_year", str(last_year))
        started = time.perf_counter()
        command = [sys.executable, "-c", PROGRAM, str(file), "--data-folder", str(market), "--output", folder, *words]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own command
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        log = (Path(folder) / "run-log.txt").read_text(encoding="utf-8")
    looks = int(log.partition("looks ")[2].split()[0])
    listed = listed_rows(market, tickers, last_year)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Point(symbols, years, listed, looks, wall, seconds, int(done.stdout.split()[-1]) / 1024, deep)


def listed_rows(market: Path, tickers: Sequence[str], last_year: int) -> int:
    """Contracts listed, summed over the sessions: rows of the universe files without their two leading lines."""
    files = [
        file
        for ticker in tickers
        for file in (market / "option" / "usa" / "universes" / ticker).glob("*.csv")
        if int(file.name[:4]) <= last_year
    ]
    return sum(file.read_bytes().count(b"\n") - 2 for file in files)


def picture(points: Sequence[Point]) -> Markup:
    """Draw time and memory over contract looks, side by side; on the first a line shows what is proportional."""
    dots = [(point.looks, point.seconds, point) for point in points]
    sizes = [(point.looks, point.megabytes, point) for point in points]
    low, high = math.floor(math.log10(min(point.seconds for point in points))), math.log10(max(point.seconds for point in points))
    times = Axis(Scale(low, high + 0.1, 266, 40), [float(decade) for decade in range(low, math.ceil(high))], logarithmic=True)
    memory_top = max(point.megabytes for point in points) * 1.08
    memory = Axis(Scale(0, memory_top, 266, 40), ticks(0, memory_top, 5), logarithmic=False)
    panels = [
        panel("Processor time of the whole process, seconds", dots, times, 0),
        panel("Memory, MB (peak)", sizes, memory, 400),
        proportional(points, times),
    ]
    words = "Contract looks: 1, 10 and 100 symbols on every day of one year (orange) and of three (blue). Dashed: in proportion;"
    more = f"rings: {DEEP_SYMBOLS} symbols with {DEPTH} times as many strikes listed, of which no more are looked at."
    notes = [element("text", words, x=10, y=312), element("text", more, x=10, y=329)]
    style = element("style", Markup(STYLE))  # noqa: S704 - our own constant
    return element("svg", joined([style, *panels, *notes]), xmlns="http://www.w3.org/2000/svg", viewBox="0 0 800 340", role="img")


@dataclass(frozen=True, slots=True)
class Axis:
    """An upward axis: its scale, its ticks in the scale's values, and whether these are powers of ten."""

    scale: Scale
    marks: Sequence[float]
    logarithmic: bool

    def __call__(self, value: float) -> float:
        return self.scale(math.log10(value) if self.logarithmic else value)

    def named(self) -> Iterator[tuple[float, str]]:
        """Height and name of each tick."""
        for mark in self.marks:
            yield self.scale(mark), f"{10**mark if self.logarithmic else mark:g}"


def across_of(values: Sequence[tuple[float, float, Point]], left: float) -> Scale:
    """Scale of the looks, in powers of ten."""
    looks = [math.log10(x) for x, _, _ in values]
    return Scale(min(looks) - 0.1, max(looks) + 0.1, left + 52, left + 370)


def proportional(points: Sequence[Point], upward: Axis) -> Markup:
    """Line through the point in the middle of the longest run, along which time grows as looks do."""
    values = [(float(point.looks), point.seconds, point) for point in points]
    across = across_of(values, 0)
    middle = next(point for point in points if point.symbols == SYMBOLS[1] and point.years == YEARS[-1])
    looks = [min(x for x, _, _ in values), max(x for x, _, _ in values)]
    line = [(across(math.log10(x)), upward(middle.seconds * x / middle.looks)) for x in looks]
    return element("path", d=polyline(line), class_="line guide")


def panel(name: str, values: Sequence[tuple[float, float, Point]], upward: Axis, left: float) -> Markup:
    """One axis pair with its points; lines join the runs of equal length."""
    across = across_of(values, left)
    grid = [
        part
        for height, text in upward.named()
        for part in (
            element("line", x1=across.start, x2=across.end, y1=height, y2=height, class_="grid"),
            element("text", text, x=across.start - 8, y=height + 4, text_anchor="end"),
        )
    ]
    decades = range(math.ceil(across.low), math.floor(across.high) + 1)
    below = [element("text", f"{10**decade:,}", x=across(decade), y=286, text_anchor="middle") for decade in decades]
    runs = {
        years: [(across(math.log10(x)), upward(y)) for x, y, point in values if point.years == years and not point.deep]
        for years in sorted(YEARS)
    }
    lines = [element("path", d=polyline(run), class_=f"line years-{years}") for years, run in runs.items()]

    def dot(x: float, y: float, point: Point) -> Markup:
        said = element("title", f"{point.symbols} symbols, {point.years} years, {point.listed:,} contract rows: {y:.3g}")
        look = "deep" if point.deep else f"dot years-{point.years}"
        return element("circle", said, cx=across(math.log10(x)), cy=upward(y), r=7 if point.deep else 4, class_=look)

    title = element("text", name, x=left + 10, y=20, class_="name")
    return joined([title, *grid, *below, *lines, *starmap(dot, values)])


if __name__ == "__main__":
    main()
