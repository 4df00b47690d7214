"""From the vendors to a snapshot, the four data validators, the store, and a scan of twenty symbols: milliseconds beside the promises."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from sample_market import EVE, SYMBOL, SampleMarket, WeekdaySessions, close_of, fridays, guarded_workflow

from alaris.cli.scan import decided
from alaris.data import imports
from alaris.data.chain_table import ChainTable, closes, joined, table
from alaris.data.datasets import BARS, DIVIDENDS, RATES, SPLITS, Facts, facts
from alaris.data.lean_facts import known_at_close, write_bars, write_factors, write_rates
from alaris.data.market_hours import us_calendar
from alaris.data.store import Store
from alaris.domain import MarketSnapshot, Timing, UpcomingReport
from alaris.plugins import PluginManager
from alaris.pricing import price
from alaris.settings import load_settings
from alaris.workflow.market_data import MarketData

DELAY = 0.050  # seconds until a vendor answers
CONTRACTS, SYMBOLS, HISTORY, YEAR_ROWS = 2_000, 20, 25, 381_228
SCAN_EVE, REPORT = date(2017, 2, 8), date(2017, 2, 9)
VALIDATORS = ("price_check", "arbitrage_check", "volume_check", "earnings_check")


def main() -> None:
    """Print one line a figure: median and largest, and what was promised."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    print(f"{platform.machine()} {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        snapshot_of_vendors(Path(folder))
        validators()
        store_and_scan(Path(folder))


def told(name: str, seconds: list[tuple[float, float]], target: float) -> None:
    """One line of the table."""
    wall, processor = (np.array(one) * 1e3 for one in zip(*seconds, strict=True))
    print(f"{name:<58} median {np.median(wall):6.1f} ms, processor {np.median(processor):6.1f} ms; promised {target:g} ms")


def timed(work: Callable[[], object], runs: int) -> list[tuple[float, float]]:
    """Wall and processor seconds of each run."""
    found = []
    for _ in range(runs):
        started = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    return found


def snapshot_of_vendors(folder: Path) -> None:
    """Phase 2 over real sockets: bars, splits and dividends of Polygon, a chain of Cboe, rates of FRED, reports of EODHD and FMP."""
    server = HTTPServer(threaded=True)
    server.expect_request(re.compile("/.+")).respond_with_handler(_vendor)
    server.start()
    keys = {"MASSIVE_API_KEY": "k", "FMP_API_KEY": "k", "EODHD_API_KEY": "k"}
    os.environ.update(keys)
    found: list[MarketSnapshot] = []
    url = server.url_for("").rstrip("/")
    times = [_collected(folder / f"web-{run}", url, found) for run in range(6)]  # fresh budgets each; the first run imports
    server.stop()
    first, later = zip(*times[1:], strict=True)
    told(f"snapshot of 5 vendors that answer in 50 ms, {len(found[0].chain.value)} contracts", list(later), 200)
    told("the same with new connections and the day's splits", list(first), 200)


def _collected(folder: Path, url: str, found: list[MarketSnapshot]) -> tuple[tuple[float, float], ...]:
    """Seconds of the first snapshot of a process, and of the next one."""
    freshness = {"freshness.spot_minutes": "20"}  # Cboe's quotes are 15 minutes late, which is too old for a live decision
    stated = {"web.gateway": url, "web.folder": str(folder), "plugins.call_seconds": "20", **freshness}
    settings = load_settings({"profile": "paper", "web.providers": "cboe,polygon,fred,eodhd,fmp", **stated})
    manager = PluginManager(settings)
    manager.load_entry_points([])
    market, as_of = MarketData(settings, manager, WeekdaySessions()), datetime.now(UTC)
    day = as_of.date() + timedelta(days=3)
    report = UpcomingReport("ZQAB", day, Timing.BEFORE_OPEN, day, ("a",), as_of)
    answers: list[object] = []
    times = timed(lambda: answers.append(market.collect(report, datetime.now(UTC))), 2)
    if not all(isinstance(answer, MarketSnapshot) for answer in answers):
        failed = [(row.name, row.last_error) for row in manager.report() if row.failures]
        raise SystemExit(f"no snapshot: {answers} {failed}")
    found += [answer for answer in answers if isinstance(answer, MarketSnapshot)]
    return tuple(times)


def _vendor(request: Request) -> Response:
    time.sleep(DELAY)
    _, vendor, path = request.path.split("/", 2)
    content = _REPLIES[vendor](path, request)
    return Response(content, content_type="application/csv" if vendor == "fred" else "application/json")


def _polygon(path: str, _: Request) -> str:
    if not path.startswith("v2/aggs"):
        return json.dumps({"status": "OK", "results": []})
    today = datetime.now(UTC)
    days = [(today - timedelta(days=back)).replace(hour=5, minute=0, second=0, microsecond=0) for back in range(200, 0, -1)]
    bars = [{"t": day.timestamp() * 1e3, "o": 150, "h": 152, "l": 149, "c": 151, "v": 2e6} for day in days if day.weekday() < 5]
    return json.dumps({"status": "OK", "results": bars})


def _cboe(_: str, __: Request) -> str:
    if not _CHAIN:
        now = datetime.now(UTC)
        expiries = [now.date() + timedelta(days=30 * number) for number in range(1, 21)]
        options = [
            {
                "option": f"ZQAB{expiry:%y%m%d}{side}{strike:05d}000",
                "bid": 4.3,
                "ask": 4.5,
                "iv": 0.35,
                "open_interest": 10.0,
                "volume": 2.0,
            }
            for expiry in expiries
            for strike in range(125, 175)
            for side in "CP"
        ]
        named = {"symbol": "ZQAB", "current_price": 151.2, "last_trade_time": f"{now - timedelta(hours=8):%Y-%m-%dT%H:%M:%S}"}
        _CHAIN.append({"symbol": "ZQAB", "data": {**named, "options": options}})
    return json.dumps({"timestamp": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", **_CHAIN[0]})


_CHAIN: list[dict[str, Any]] = []
_REPLIES: dict[str, Callable[[str, Request], str]] = {
    "polygon": _polygon,
    "cboe": _cboe,
    "fred": lambda *_: f"observation_date,DTB3\n{datetime.now(UTC).date() - timedelta(days=3)},3.79\n",
    "eodhd": lambda *_: '{"earnings": []}',
    "fmp": lambda *_: "[]",
}


def validators() -> None:
    """The four data validators on one snapshot of 2,000 contracts."""
    market = SampleMarket(expiries=fridays(EVE, 32))
    workflow = guarded_workflow(market)
    (report,), _ = workflow.reports([SYMBOL], close_of(EVE))
    snapshot = workflow.snapshot(report, close_of(EVE))
    if not isinstance(snapshot, MarketSnapshot):
        raise SystemExit(f"no snapshot: {snapshot}")
    chain = snapshot.chain.value
    snapshot = replace(snapshot, chain=replace(snapshot.chain, value=chain.where(np.arange(len(chain)) < CONTRACTS)))
    settings = load_settings({})
    plugins = [import_module(f"alaris_plugins.{name}").plugin(settings) for name in VALIDATORS]
    times = timed(lambda: [plugin.validate_snapshot(snapshot) for plugin in plugins], 50)
    told(f"four validators, {len(snapshot.chain.value)} contracts", times, 10)


def store_and_scan(folder: Path) -> None:
    """One symbol-year of chains, and phases 1 to 6 over twenty symbols with a month of history each."""
    store, lean = Store(folder / "store"), folder / "lean"
    days = us_calendar().sessions(date(2016, 9, 1), SCAN_EVE)
    chains = market_chains(np.array(days[-HISTORY:], dtype="datetime64[D]"))
    names = [f"ZQ{chr(65 + number)}" for number in range(SYMBOLS)]
    for name in names:
        store.add_chains(replace(chains, symbol=name))
        bars = market_bars(name, days)
        write_bars(lean, bars)
        write_factors(lean, bars, facts(DIVIDENDS, name, []), facts(SPLITS, name, []))
    write_rates(lean, facts(RATES, "USD-3M", [{"day": days[0], "rate": 0.005, **known_at_close(days[0], "made")}]))
    imports.complete(lean)
    calendar = folder / "calendar.csv"
    rows = [f"{name},{REPORT},pre,{source},2017-02-06T08:00:00-05:00\n" for name in names for source in ("one", "two")]
    calendar.write_text("symbol,date,release_time,source,available_at\n" + "".join(rows))
    imports.calendar_into_lean(calendar, lean)
    year_of_chains(folder)
    found = decided(SCAN_EVE, folder / "store", lean, None, {})
    looked = sum(decision.signal is not None for decision in found)
    ended = sorted({str(one.rejection.reason) for one in found if one.rejection})
    times = timed(lambda: decided(SCAN_EVE, folder / "store", lean, None, {}), 5)
    told(f"scan of {len(found)} symbols ({looked} with a signal; {', '.join(ended)})", times, 1000)


def year_of_chains(folder: Path) -> None:
    """A symbol-year as large as the promise's."""
    sessions = np.array(us_calendar().sessions(date(2017, 1, 1), date(2017, 12, 31)), dtype="datetime64[D]")
    whole = market_chains(sessions[: -(-YEAR_ROWS // CONTRACTS) + 1])
    store = Store(folder / "year")
    store.add_chains(replace(whole.where(np.arange(len(whole)) < YEAR_ROWS), symbol="ZQYR"))
    window = (date(2017, 1, 1), date(2017, 12, 31))
    (part,) = store.parts()
    print(f"{'one symbol-year of chains, on disk':<58} {part.path.stat().st_size / 1e6:14.1f} MB   promised 25 MB for {YEAR_ROWS:,} rows")
    told(f"load of one symbol-year of chains, {YEAR_ROWS:,} rows", timed(lambda: store.chains("ZQYR", *window), 10), 150)


def market_bars(name: str, days: list[date]) -> Facts:
    """A share that moves by a fifth of a per cent a day, up and down."""
    close = 100 * np.exp(0.002 * (np.arange(len(days)) % 2))
    rows = [
        {
            "day": day,
            "open": 100.0,
            "high": 102.0,
            "low": 98.0,
            "close": round(float(last), 2),
            "volume": 3e6,
            **known_at_close(day, "made"),
        }
        for day, last in zip(days, close, strict=True)
    ]
    return facts(BARS, name, rows)


def market_chains(days: np.ndarray[Any, np.dtype[np.datetime64]]) -> ChainTable:
    """2,000 contracts a session on a share at 100: twenty expiries of fifty strikes, the first ones dear before the report."""
    return joined([_session_chain(day) for day in days])


def _session_chain(day: np.datetime64) -> ChainTable:
    expiries = np.datetime64("2017-02-10") + 7 * np.arange(20)
    expiry, strike, call = (column.ravel() for column in np.meshgrid(expiries, np.arange(76.0, 126.0), [True, False], indexing="ij"))
    years = np.maximum((expiry - day).astype(float), 0.5) / 365
    spot, noise = 100.0, np.random.default_rng(int(day.astype(int)))
    volatility = np.sqrt(0.2**2 + 0.05**2 / years)
    value = price(call, spot, strike, years, 0.005, 0.0, volatility)
    count, stood = len(strike), closes(np.array([day]))
    odd = noise.normal(0, 1e-3, count)  # so that no column packs better than a vendor's
    columns = {
        "observed_at": np.repeat(stood, count),
        "available_at": np.repeat(stood, count),
        "expiry": expiry,
        "is_call": call.astype(bool),
        "strike": strike,
        "bid": np.maximum(np.floor(value * 100 - 1) / 100, 0.01),
        "ask": np.ceil(value * 100 + 1) / 100,
        "spot": np.full(count, spot),
        "volume": noise.integers(0, 1_000, count).astype(float),
        "open_interest": noise.integers(100, 9_000, count).astype(float),
        "implied_volatility": np.round(volatility + odd, 6),
        **{name: np.round(noise.normal(0.1, 0.05, count), 6) for name in ("delta", "gamma", "theta", "vega", "rho")},
        "source": np.full(count, "made"),
    }
    return table("ZQAB", columns).ordered()


if __name__ == "__main__":
    main()
