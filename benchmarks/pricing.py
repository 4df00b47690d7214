"""The C++ core beside QuantLib and pandas: accuracy and speed in one interleaved run, with ratios and the machine.

    python benchmarks/pricing.py [--documents]

`--documents` writes the table into docs/pricing.md and draws its two pictures into docs/images.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import QuantLib as ql  # type: ignore[import-untyped]  # noqa: N813 - ships no types; its documentation calls it ql

from alaris import _core, pricing, volatility
from pricing_peer import PEERS, Floats, Puts, QuantLibPuts
from pricing_plots import Measured, draw

PAGE = Path(__file__).resolve().parents[1] / "docs" / "pricing.md"
BEGIN, END = "<!-- speed: written by benchmarks/pricing.py -->\n", "<!-- end of speed -->"
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


def root_mean_square(error: Floats) -> float:
    return float(np.sqrt(np.mean(error**2)))


TARGETS = {"fast": (4e-4, "QdFp fast", 25), "accurate": (1.2e-5, "QdFp accurate", 40), "high": (1e-6, "QdFp (48, 12, 24, 121)", 80)}


def ours(puts: Puts, exact: Floats) -> Iterator[Measured]:
    for precision in TARGETS:
        with progress(f"American, {precision}"):
            cost = seconds(lambda p=precision: pricing.price(*puts.terms, precision=p)) / len(puts)  # type: ignore[misc]  # a name of the loop
            error = root_mean_square(pricing.price(*puts.terms, precision=precision) - exact)  # type: ignore[arg-type]  # a name of the loop
        yield Measured(precision, error, cost * 1e6)


def peers(puts: Puts, exact: Floats) -> Iterator[Measured]:
    some = puts.first(PEER_COUNT)
    for name, engine in PEERS.items():
        with progress(f"QuantLib {name}"):
            prices, cost = QuantLibPuts(engine).prices(some)
        yield Measured(name, root_mean_square(prices - exact[:PEER_COUNT]), cost * 1e6)


def american(core: list[Measured], peer: list[Measured]) -> Iterator[Row]:
    """Each precision against the scheme the issue names, and against the quickest that is as exact as it has to be."""
    named = {point.name: point for point in peer}
    for own in core:
        bound, rival, target = TARGETS[own.name]
        told = f"{own.cost:.2f} us, {1e6 / own.cost:,.0f} /s, RMS {own.error:.1e}"
        ratio = f"{named[rival].cost / own.cost:.0f}x"
        yield Row(f"American price, {own.name}", told, peer_text(named[rival]), ratio, f">= {target}x, RMS <= {bound:.1e}")
        exact_enough = [point for point in peer if point.error <= max(bound, own.error)]
        best = min(exact_enough or [min(peer, key=lambda point: point.error)], key=lambda point: point.cost)
        words = peer_text(best) if exact_enough else f"none of {len(peer)}; nearest {peer_text(best)}"
        yield Row("  its best scheme of that error", "", words, f"{best.cost / own.cost:.0f}x", "")


def peer_text(point: Measured) -> str:
    return f"QuantLib {point.name}: {point.cost:,.1f} us, RMS {point.error:.1e}"


def against_itself(puts: Puts) -> Iterator[Row]:
    negative = drawn(len(puts), negative=True)
    error = root_mean_square(pricing.price(*negative.terms) - pricing.price(*negative.terms, precision="reference"))
    works: list[Callable[[], object]] = [
        lambda: pricing.price(*puts.terms),
        lambda: pricing.price(*negative.terms),
        lambda: pricing.spot_greeks(*puts.terms),
        lambda: pricing.greeks(*puts.terms),
    ]
    one, two, some, every = (1e6 * cost / len(puts) for cost in alternating(works))
    yield Row(
        "two boundaries (q < r < 0), accurate",
        f"{two:.2f} us, RMS {error:.1e}",
        f"one boundary {one:.2f} us",
        f"{two / one:.2f}x",
        "<= 2x, RMS <= 1e-5",
    )
    yield Row("price, delta, gamma, theta", f"{some:.2f} us", "price alone", f"{some / one:.2f}x", "<= 1.1x")
    yield Row("all Greeks", f"{every:.2f} us", "price alone", f"{every / one:.2f}x", "<= 2.5x")
    yield two_threads(puts)


def alternating(works: Sequence[Callable[[], object]], rounds: int = 12) -> list[float]:
    """The best processor time of each, in turns: what slows the machine for a while slows all of them."""
    best = [np.inf] * len(works)
    for _ in range(rounds):
        best = [min(known, seconds(work, 1)) for known, work in zip(best, works, strict=True)]
    return [float(cost) for cost in best]


def two_threads(puts: Puts) -> Row:
    one, pair = np.inf, np.inf
    for _ in range(9):
        one = min(one, wall(lambda: pricing.price(*puts.terms, precision="high", threads=1)))
        pair = min(pair, wall(lambda: pricing.price(*puts.terms, precision="high", threads=2)))
    return Row("2 threads (wall time, high)", f"{1e3 * pair:.1f} ms", f"1 thread {1e3 * one:.1f} ms", f"{one / pair:.2f}x", ">= 1.9x")


def implied(puts: Puts) -> Iterator[Row]:
    spot, strike, when, rate, dividend_yield, level = puts.terms[1:]
    quoted = pricing.price(*puts.terms)
    cost = seconds(lambda: pricing.implied_volatility(False, quoted, spot, strike, when, rate, dividend_yield), 3) / len(puts)
    found = pricing.implied_volatility(False, quoted, spot, strike, when, rate, dividend_yield)
    held = np.isfinite(found)
    again = pricing.price(False, spot[held], strike, when[held], rate[held], dividend_yield[held], found[held])
    error = np.max(np.abs(again - quoted[held]))
    peer = QuantLibPuts(PEERS["QdFp fast"]).implied(puts.first(400), quoted)
    yield Row(
        "American implied volatility",
        f"{1 / cost:,.0f} /s, price to {error:.0e}",
        f"QuantLib QdFp fast, Brent: {1 / peer:,.0f} /s",
        f"{peer / cost:.0f}x",
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


def into_document(text: str) -> None:
    """Replace what stands between the marks of docs/pricing.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"{PAGE} has no place for the table: {BEGIN.strip()} and {END}")
    PAGE.write_text(f"{before}{BEGIN}{text}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the pricing benchmark.")
    parser.add_argument("--documents", action="store_true", help="write the table and the pictures into docs/")
    arguments = parser.parse_args()
    with progress("converged prices"):
        puts = drawn(12_000)
        exact = pricing.price(*puts.terms, precision="reference")
    core, peer = list(ours(puts, exact)), list(peers(puts, exact))
    rows = list(american(core, peer))
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
    if arguments.documents:
        into_document(text)
        draw(core, peer)


if __name__ == "__main__":
    main()
