"""The C++ core beside QuantLib and pandas: accuracy and speed in one interleaved run, with ratios and the machine.

    python benchmarks/pricing.py [--markdown FILE]

Times are processor time of one thread (the machine may be shared), the best of a few rounds; errors are those of a put struck at 100
against a converged solution, root mean square over options drawn from a seed that no setting was chosen on. QuantLib is given every
scheme of a list to meet the same error with; its own Python loop sets four quotes and asks a price, as its users do.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import QuantLib as ql  # type: ignore[import-untyped]  # noqa: N813 - ships no types; its documentation calls it ql
from numpy.typing import NDArray

from alaris import _core, pricing, volatility

Floats = NDArray[np.float64]
SEED = 20261121
PEER_COUNT = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    peer: str
    ratio: str
    target: str


@dataclass(frozen=True, slots=True)
class Puts:
    """Puts struck at 100."""

    spot: Floats
    time: Floats
    rate: Floats
    dividend_yield: Floats
    volatility: Floats

    def __len__(self) -> int:
        return len(self.spot)

    def first(self, count: int) -> Puts:
        return Puts(self.spot[:count], self.time[:count], self.rate[:count], self.dividend_yield[:count], self.volatility[:count])

    @property
    def terms(self) -> tuple[bool, Floats, float, Floats, Floats, Floats, Floats]:
        return False, self.spot, 100.0, self.time, self.rate, self.dividend_yield, self.volatility


def drawn(count: int, *, negative: bool = False) -> Puts:
    random = np.random.default_rng(SEED + negative)
    spot = 100 * np.exp(random.uniform(np.log(0.5), np.log(2.0), count))
    # whole days, so that QuantLib prices the same option
    days = random.integers(5, 1095, count).astype(np.float64)
    if negative:
        dividend_yield = -random.uniform(0.01, 0.08, count)
        return Puts(spot, days / 365, dividend_yield * random.uniform(0.1, 0.9, count), dividend_yield, random.uniform(0.05, 0.40, count))
    return Puts(spot, days / 365, random.uniform(0.003, 0.10, count), random.uniform(0.003, 0.10, count), random.uniform(0.08, 0.70, count))


def seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Processor time of this thread, the best of some rounds."""
    best = np.inf
    for _ in range(rounds):
        begin = time.thread_time()
        work()
        best = min(best, time.thread_time() - begin)
    return float(best)


def wall(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@contextmanager
def progress(what: str) -> Iterator[None]:
    if sys.stderr.isatty():
        print(f"\r\033[K{what} ...", end="", file=sys.stderr, flush=True)
    yield
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


class QuantLibPuts:
    """Reused options, each with quotes, process and engine of its own, so that setting a quote wakes one option only."""

    def __init__(self, engine: Callable[[Any], Any]) -> None:
        self.engine = engine
        self.today = ql.Date(21, 11, 2026)
        ql.Settings.instance().evaluationDate = self.today
        self.built: dict[int, tuple[Any, ...]] = {}

    def option(self, days: int) -> tuple[Any, ...]:
        if days not in self.built:
            count = ql.Actual365Fixed()
            spot, rate, dividend_yield, level = (ql.SimpleQuote(x) for x in (100.0, 0.02, 0.01, 0.2))
            curves = [ql.YieldTermStructureHandle(ql.FlatForward(self.today, ql.QuoteHandle(q), count)) for q in (dividend_yield, rate)]
            surface = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(self.today, ql.NullCalendar(), ql.QuoteHandle(level), count))
            exercise = ql.AmericanExercise(self.today, self.today + ql.Period(days, ql.Days))
            option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Put, 100.0), exercise)
            option.setPricingEngine(self.engine(ql.BlackScholesMertonProcess(ql.QuoteHandle(spot), *curves, surface)))
            self.built[days] = (option, spot, rate, dividend_yield, level)
        return self.built[days]

    def prices(self, puts: Puts) -> tuple[Floats, float]:
        """Prices, and processor seconds a price; building the options is not counted."""
        options = [self.option(round(t * 365)) for t in puts.time]
        values = zip(*(x.tolist() for x in (puts.spot, puts.rate, puts.dividend_yield, puts.volatility)), strict=True)
        rows = [(*option, *four) for option, four in zip(options, values, strict=True)]
        out = []
        begin = time.thread_time()
        for option, spot, rate, dividend_yield, level, spot_now, rate_now, yield_now, level_now in rows:
            spot.setValue(spot_now)
            rate.setValue(rate_now)
            dividend_yield.setValue(yield_now)
            level.setValue(level_now)
            out.append(option.NPV())
        return np.array(out), (time.thread_time() - begin) / len(puts)


def legendre(*size: int) -> Callable[[Any], Any]:
    return lambda process: ql.QdFpAmericanEngine(process, ql.QdFpLegendreScheme(*size))


PEERS: dict[str, Callable[[Any], Any]] = {
    "QdFp fast": lambda process: ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.fastScheme()),
    "QdFp accurate": lambda process: ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.accurateScheme()),
} | {
    f"QdFp {size}": legendre(*size)
    for size in [
        (5, 1, 4, 21), (7, 2, 5, 15), (7, 2, 7, 27), (8, 3, 6, 19), (8, 4, 6, 19), (10, 4, 8, 23), (10, 6, 8, 23), (15, 3, 9, 41),
        (14, 8, 10, 31), (15, 8, 9, 41), (25, 5, 13, 61), (16, 8, 12, 35), (20, 10, 14, 41), (32, 8, 16, 81), (48, 12, 24, 121),
    ]
}  # fmt: skip


def root_mean_square(error: Floats) -> float:
    return float(np.sqrt(np.mean(error**2)))


def american(puts: Puts, exact: Floats) -> Iterator[Row]:
    peers: dict[str, tuple[float, float]] = {}
    for name, engine in PEERS.items():
        with progress(f"QuantLib {name}"):
            some = puts.first(PEER_COUNT)
            prices, cost = QuantLibPuts(engine).prices(some)
            peers[name] = root_mean_square(prices - exact[:PEER_COUNT]), cost
    for precision, bound, rival, target in [
        ("fast", 4e-4, "QdFp fast", 25),
        ("accurate", 1.2e-5, "QdFp accurate", 40),
        ("high", 1e-6, "QdFp (48, 12, 24, 121)", 80),
    ]:
        with progress(f"American, {precision}"):
            cost = seconds(lambda p=precision: pricing.price(*puts.terms, precision=p)) / len(puts)  # type: ignore[misc]  # a name of the loop
            error = root_mean_square(pricing.price(*puts.terms, precision=precision) - exact)  # type: ignore[arg-type]  # a name of the loop
        ours = f"{cost * 1e6:.2f} us, {1 / cost:,.0f} /s, RMS {error:.1e}"
        yield Row(
            f"American price, {precision}",
            ours,
            peer_text(rival, peers),
            f"{peers[rival][1] / cost:.0f}x",
            f">= {target}x, RMS <= {bound:.1e}",
        )
        best = min((name for name, (rms, _) in peers.items() if rms <= max(bound, error)), key=lambda name: peers[name][1], default=None)
        if best is None:
            best = min(peers, key=lambda name: peers[name][0])
            yield Row(
                "  its best scheme of that error",
                "",
                f"none of {len(peers)}; nearest {peer_text(best, peers)}",
                f"{peers[best][1] / cost:.0f}x",
                "",
            )
        else:
            yield Row("  its best scheme of that error", "", peer_text(best, peers), f"{peers[best][1] / cost:.0f}x", "")


def peer_text(name: str, peers: dict[str, tuple[float, float]]) -> str:
    rms, cost = peers[name]
    return f"QuantLib {name}: {cost * 1e6:,.1f} us, RMS {rms:.1e}"


def against_itself(puts: Puts) -> Iterator[Row]:
    negative = drawn(len(puts), negative=True)
    exact = pricing.price(*negative.terms, precision="reference")
    price = seconds(lambda: pricing.price(*puts.terms)) / len(puts)
    two = seconds(lambda: pricing.price(*negative.terms)) / len(puts)
    error = root_mean_square(pricing.price(*negative.terms) - exact)
    yield Row(
        "two boundaries (q < r < 0), accurate",
        f"{two * 1e6:.2f} us, RMS {error:.1e}",
        f"one boundary {price * 1e6:.2f} us",
        f"{two / price:.2f}x",
        "<= 2x, RMS <= 1e-5",
    )
    some = seconds(lambda: pricing.spot_greeks(*puts.terms)) / len(puts)
    yield Row("price, delta, gamma, theta", f"{some * 1e6:.2f} us", "price alone", f"{some / price:.2f}x", "<= 1.1x")
    every = seconds(lambda: pricing.greeks(*puts.terms)) / len(puts)
    yield Row("all Greeks", f"{every * 1e6:.2f} us", "price alone", f"{every / price:.2f}x", "<= 2.5x")
    one, pair = (min(wall(lambda t=t: pricing.price(*puts.terms, precision="high", threads=t)) for _ in range(7)) for t in (1, 2))  # type: ignore[misc]  # a name of the loop
    yield Row(
        "2 threads (wall time, high)",
        f"{1e3 * pair:.1f} ms",
        f"1 thread {1e3 * one:.1f} ms",
        f"{one / pair:.2f}x",
        ">= 1.9x",
    )


def implied(puts: Puts) -> Iterator[Row]:
    spot, strike, when, rate, dividend_yield, level = puts.terms[1:]
    quoted = pricing.price(*puts.terms)
    cost = seconds(lambda: pricing.implied_volatility(False, quoted, spot, strike, when, rate, dividend_yield), 3) / len(puts)
    found = pricing.implied_volatility(False, quoted, spot, strike, when, rate, dividend_yield)
    held = np.isfinite(found)
    again = pricing.price(False, spot[held], strike, when[held], rate[held], dividend_yield[held], found[held])
    error = np.max(np.abs(again - quoted[held]))
    yield Row(
        "American implied volatility",
        f"{1 / cost:,.0f} /s, price to {error:.0e}",
        "QuantLib 7,500 /s (pricing.md 3)",
        f"{1 / cost / 7500:.0f}x",
        ">= 150,000 /s, 1e-8",
    )
    forward = spot * np.exp((rate - dividend_yield) * when)
    call = forward < 100.0
    european = pricing.price(call, *puts.terms[1:], style="european")
    told = european > 1e-10
    arguments = (spot[told], strike, when[told], rate[told], dividend_yield[told])
    cost = seconds(lambda: pricing.implied_volatility(call[told], european[told], *arguments, style="european")) / told.sum()
    found = pricing.implied_volatility(call[told], european[told], *arguments, style="european")
    worst = np.max(np.abs(found / level[told] - 1))
    peer = seconds(lambda: european_peer(call[told], european[told], forward[told], rate[told], when[told]), 1) / min(told.sum(), 3000)
    yield Row(
        "European implied volatility",
        f"{1 / cost / 1e6:.1f} M/s, relative {worst:.0e}",
        f"QuantLib loop {1 / peer / 1e6:.2f} M/s",
        f"{peer / cost:.0f}x",
        ">= 10 M/s, 1e-13",
    )


def european_peer(call: Any, price: Floats, forward: Floats, rate: Floats, when: Floats) -> None:
    discount = np.exp(-rate * when)
    rows = list(zip(call.tolist(), price.tolist(), forward.tolist(), discount.tolist(), strict=True))[:3000]
    for is_call, value, level, bond in rows:
        ql.blackFormulaImpliedStdDev(ql.Option.Call if is_call else ql.Option.Put, 100.0, level, value, bond, 0.0, 0.2, 1e-12, 200)


def scalar() -> Row:
    def many() -> None:
        for _ in range(20_000):
            pricing.price(False, 100.0, 100.0, 1.0, 0.05, 0.02, 0.25, precision="fast")

    cost = seconds(many, 3) / 20_000
    engine = QuantLibPuts(PEERS["QdFp fast"])
    same = Puts(*(np.full(3000, x) + 1e-9 * np.arange(3000) * (i == 0) for i, x in enumerate((100.0, 1.0, 0.05, 0.02, 0.25))))
    _, peer = engine.prices(same)
    return Row("one call from Python, fast", f"{cost * 1e6:.2f} us", f"QuantLib {peer * 1e6:.1f} us", f"{peer / cost:.1f}x", "<= 4 us")


def realized() -> Row:
    random = np.random.default_rng(SEED)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.01, 1_000_000)))
    open_ = np.r_[100.0, close[:-1]] * np.exp(random.normal(0, 0.005, close.size))
    high, low = np.maximum(open_, close) * 1.004, np.minimum(open_, close) * 0.996
    cost = seconds(lambda: volatility.yang_zhang(open_, high, low, close))
    peer = seconds(lambda: pandas_yang_zhang(open_, high, low, close), 2)
    return Row(
        "Yang-Zhang, window 30, 1e6 bars",
        f"{close.size / cost / 1e6:.0f} M bars/s",
        f"pandas {close.size / peer / 1e6:.1f} M bars/s",
        f"{peer / cost:.0f}x",
        ">= 200 M bars/s",
    )


def pandas_yang_zhang(open_: Floats, high: Floats, low: Floats, close: Floats, n: int = 30) -> Floats:
    o = pd.Series(np.log(open_[1:] / close[:-1]))
    u, d, c = (pd.Series(np.log(x[1:] / open_[1:])) for x in (high, low, close))
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    variance = o.rolling(n).var() + k * c.rolling(n).var() + (1 - k) * (u * (u - c) + d * (d - c)).rolling(n).mean()
    return np.asarray(np.sqrt(252 * variance), dtype=np.float64)


def scenario() -> Row:
    legs = (True, 100.0, np.repeat(np.linspace(90, 110, 5), 2), np.tile([7 / 365, 35 / 365], 5), 0.04, 0.01, np.tile([0.6, 0.4], 5))
    grid: dict[str, Any] = {
        "spot_moves": np.linspace(-0.2, 0.2, 41),
        "volatility_moves": np.linspace(-0.5, 0.5, 21),
        "days": np.arange(5.0),
    }
    cost = seconds(lambda: pricing.scenario_values(*legs, **grid))
    return Row(
        "5 calendars x 41 spots x 21 volatilities x 5 days",
        f"{cost * 1e3:.1f} ms, {43_050 / cost / 1e6:.1f} M prices/s",
        "",
        "",
        "<= 10 ms",
    )


def instruction_sets() -> Iterator[Row]:
    script = (
        f"import {Path(__file__).stem} as b; from alaris import _core, pricing; p = b.drawn(4000); "
        "cost = lambda x: b.seconds(lambda: pricing.price(*p.terms, precision=x), 3) / 4000; "
        "print(_core.instruction_set(), *(1e6 * cost(x) for x in ('fast', 'accurate', 'high')))"
    )
    for name in ("avx512", "avx2", "baseline"):
        with progress(f"instruction set {name}"):
            environment = os.environ | {"ALARIS_ISA": name}
            answer = subprocess.run(  # noqa: S603 - our own interpreter and script
                [sys.executable, "-c", script], cwd=Path(__file__).parent, env=environment, capture_output=True, text=True, check=True
            )
        used, *costs = answer.stdout.split()
        if used == name:
            yield Row(
                f"American price on {'SSE2' if name == 'baseline' else name.upper()}",
                " / ".join(f"{float(x):.2f}" for x in costs) + " us",
                "fast / accurate / high",
                "",
                "",
            )


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def table(rows: list[Row]) -> str:
    heads = ("what", "Alaris", "against", "ratio", "must reach")
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join(lines + [f"| {r.what} | {r.ours} | {r.peer} | {r.ratio} | {r.target} |" for r in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the pricing benchmark.")
    parser.add_argument("--markdown", type=Path, help="write the table to this file too")
    arguments = parser.parse_args()
    with progress("converged prices"):
        puts = drawn(12_000)
        exact = pricing.price(*puts.terms, precision="reference")
    rows = list(american(puts, exact))
    for what, part in {"itself": against_itself, "implied volatility": implied}.items():
        with progress(what):
            rows += part(puts)
    for one in (scalar, realized, scenario):
        with progress(one.__name__):
            rows.append(one())
    rows += instruction_sets()
    head = (
        f"{processor()}, {os.cpu_count()} processors, kernels {_core.instruction_set()}, Python {platform.python_version()}, "
        f"numpy {np.__version__}, QuantLib {ql.__version__}, {time.strftime('%Y-%m-%d')}"
    )
    text = f"{head}\n\n{table(rows)}\n"
    print(text)
    if arguments.markdown:
        arguments.markdown.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
