"""Coverage-guided fuzzing of every parser: `python tests/support/fuzz_parsers.py [--seconds N] [PARSER...]`, or `make fuzz-parsers`.

A parser may answer or refuse in its own way: a vendor's with a WebFault that names the vendor (or one of the errors that the service turns
into one), a file's with a DataError. Anything else is a finding; its input is kept in build/fuzz-parsers/<parser>/crash-*.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "fuzz-parsers"
INSTRUMENTED = ["alaris_plugins", "alaris.data", "alaris.plugins.web", "alaris.plugins.earnings_csv"]
LONGEST = 8_192  # bytes of one input
STATED = datetime(2026, 3, 2, 15, tzinfo=UTC)
Parse = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser of bytes, the errors it may raise, and inputs to begin with."""

    parse: Parse
    refusals: tuple[type[BaseException], ...]
    seeds: tuple[bytes, ...]
    vendor: str = ""


def targets(scratch: Path) -> Mapping[str, Target]:
    """Every parser by name; `scratch` is a folder for the files of those that read a path."""
    return {**_vendors(), **_files(scratch)}


def _vendors() -> dict[str, Target]:
    from vendor_replies import providers

    from alaris.plugins.web import Body, WebFault
    from alaris_plugins import alpha_vantage, cboe, eodhd, fmp, fred, nasdaq, polygon, treasury

    replies = {one.vendor.name: one for one in providers(STATED)}
    row = b'{"symbol": "ZQAB", "expiration": "2026-03-20", "strike": "150.00", "type": "%s", "bid": "1.20", "ask": "1.30", "volume": "5",'
    row += b'"open_interest": "7", "date": "2026-03-02", "implied_volatility": "0.31"}'
    chain_row = b'{"data": [' + row % b"call" + b", " + row % b"put" + b"]}"
    readers: dict[str, tuple[str, Callable[[Body], Any], tuple[bytes, ...]]] = {
        "polygon_quotes": ("polygon", polygon.read_quotes, ()),
        "polygon_bars": ("polygon", polygon.read_bars, (b'{"results": [{"v": 1e6, "o": 1, "c": 2, "h": 2, "l": 1, "t": 1112331600000}]}',)),
        "polygon_dividends": (
            "polygon",
            polygon.read_dividends,
            (b'{"results": [{"ticker": "ZQAB", "ex_dividend_date": "2026-02-08", "cash_amount": 0.3, "declaration_date": "2026-01-20"}]}',),
        ),
        "polygon_splits": (
            "polygon",
            polygon.read_splits,
            (b'{"results": [{"ticker": "ZQAB", "execution_date": "2026-02-07", "split_from": 1, "split_to": 2}]}',),
        ),
        "polygon_contracts": (
            "polygon",
            polygon.read_contracts,
            (b'{"results": [{"ticker": "O:ZQAB260317C00050000", "shares_per_contract": 100}], "next_url": "https://x/y?cursor=b"}',),
        ),
        "fmp": ("fmp", fmp.read_rows, ()),
        "nasdaq": ("nasdaq", lambda body: nasdaq.read_day(body, STATED.date()), ()),
        "eodhd": ("eodhd", lambda body: eodhd.read_reports(body, "ZQAB.US"), ()),
        "alpha_vantage_chains": ("alpha_vantage", lambda body: _chain(body, alpha_vantage), (chain_row,)),
        "alpha_vantage_reports": ("alpha_vantage", alpha_vantage.read_reports, ()),
        "treasury": ("treasury", treasury.rates, ()),
        "fred": ("fred", fred.rates, ()),
        "cboe": ("cboe", cboe.read_chain, ()),
    }

    def target(vendor: str, read: Callable[[Body], Any], seeds: tuple[bytes, ...]) -> Target:
        one = replies[vendor]
        media = "application/json" if seeds else one.media
        turned = (WebFault, ValueError, KeyError, TypeError, OverflowError, AttributeError)  # the service makes faults of these
        return Target(lambda content: read(Body(vendor, "/", media, content)), turned, (*seeds, one.good, one.odd, one.empty), vendor)

    return {name: target(*made) for name, made in readers.items()}


def _chain(body: Any, alpha_vantage: Any) -> object:
    rows = alpha_vantage.read_options(body, "ZQAB", STATED.date())
    return alpha_vantage.spot_of(rows) if rows else None


def _files(scratch: Path) -> dict[str, Target]:
    from alaris.data import imports, lean_folder, market_hours
    from alaris.data.lean_chains import read_chains
    from alaris.data.lean_facts import read_facts
    from alaris.data.lean_minutes import read_minute_chains
    from alaris.data.vendor_chains import read_vendor_chains
    from alaris.data.zip_archive import write_zip
    from alaris.domain import DataError
    from alaris.plugins.earnings_csv import EarningsFile
    from alaris_plugins.dividends_csv import DividendsFile

    def at(path: Path, read: Callable[[], object], archived: str = "") -> Parse:
        path.parent.mkdir(parents=True, exist_ok=True)

        def parse(content: bytes) -> object:
            if archived:
                write_zip(path, [(archived, content)])
            else:
                path.write_bytes(content)
            return read()

        return parse

    quote = "zqab_quote_american_call_500000_20170317.csv"
    minute = "20170208_zqab_minute_quote_american_call_500000_20170317.csv"
    universe = b"#expiry,strike,right,open\n,,,51,51,51,51,0,,,,,,,\n20170317,50,C,1.1,1.1,1.1,1.1,5,10,0.24,0.6,0.03,6.2,-0.01,1e-3\n"
    chains = b"option_id,symbol,strike,expiration,option_type,spot_price,bid,ask,price,delta,gamma,theta,vega,open_interest,volume,"
    chains += b"implied_volatility,data_date\nx,ZQAB,50.0,2017-03-17,call,51.25,2.1,2.3,2.2,0.6,0.03,-3.1,6.2,10,5,0.24,2017-02-08\n"
    one, several = scratch / "one", scratch / "several"
    daily, minutes = lean_folder.option_path(one, "ZQAB", 2017, "quote"), several / "option/usa/minute/zqab/20170208_quote_american.zip"
    facts = scratch / "facts"
    imports.complete(facts)
    bars = b"20170208 00:00,505000,512345,500000,510000,1000\n20170209 00:00,510000,520000,500000,510000,900\n"
    shapes: dict[str, tuple[Parse, tuple[bytes, ...]]] = {
        "vendor_eod": (at(scratch / "eod.csv", lambda: read_vendor_chains(scratch / "eod.csv")), (chains,)),
        "earnings_csv": (
            at(scratch / "calendar.csv", lambda: [EarningsFile(scratch / "calendar.csv").statements("ZQAB")]),
            (b"symbol,date,release_time,qtr,source,available_at\nZQAB,2017-02-09,pre,16-Dec,one,2017-01-02T08:00:00-05:00\n",),
        ),
        "dividends_csv": (
            at(scratch / "dividends.csv", lambda: DividendsFile(scratch / "dividends.csv")),
            (b"symbol,ex_date,amount,announced_at\nZQAB,2017-02-09,0.3,2017-01-12T08:00:00-05:00\n",),
        ),
        "bars_csv": (
            at(scratch / "bars.csv", lambda: imports.bars_into_lean(scratch / "bars.csv", scratch / "lean")),
            (b"symbol,date,open,high,low,close,volume\nZQAB,2017-02-08,50.5,51.2345,50,51,1000\n",),
        ),
        "lean_quotes": (
            at(daily, lambda: read_chains(one, "ZQAB"), quote),
            (b"20170208 00:00,21000,21000,21000,21000,1,23000,23000,23000,23000,1\n20170209 00:00,,,,,0,1,1,1,1,1\n",),
        ),
        "lean_archive": (at(lean_folder.option_path(one, "ZQAC", 2017, "quote"), lambda: read_chains(one, "ZQAC")), (_archive(quote),)),
        "lean_universe": (at(lean_folder.universe_folder(one, "ZQAD") / "20170208.csv", lambda: read_chains(one, "ZQAD")), (universe,)),
        "lean_minutes": (
            at(minutes, lambda: read_minute_chains(several, "ZQAB"), minute),
            (b"56640000,21000,21000,21000,21000,1,23000,23000,23000,23000,1\n56700000,,,,,0,1,1,1,1,1\n",),
        ),
        "lean_bars": (at(lean_folder.daily_bars_path(facts, "ZQAB"), lambda: read_facts(facts, "ZQAB"), "zqab.csv"), (bars,)),
        "lean_factors": (
            at(lean_folder.factor_path(facts, "ZQAC"), lambda: read_facts(facts, "ZQAC")),
            (b"19980102,0.99,0.5,50\n20170208,0.99,0.5,52\n20501231,1,1,0\n",),
        ),
        "lean_rates": (
            at(lean_folder.interest_rate_path(scratch / "rates"), lambda: lean_folder.interest_rates(scratch / "rates")),
            (b"DATE,PCREDIT8\n2003-01-09,2.25\n2003-06-26,2.00\n",),
        ),
        "market_hours": (
            at(scratch / "hours.json", lambda: market_hours.read_calendar(scratch / "hours.json")),
            (b'{"entries": {"Equity-usa-[*]": {"holidays": ["1/2/2017"], "earlyCloses": {"7/3/2017": "13:00:00"}}}}',),
        ),
    }
    return {name: Target(parse, (DataError,), seeds) for name, (parse, seeds) in shapes.items()}


def _archive(name: str) -> bytes:
    from alaris.data.zip_archive import write_zip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seed.zip"
        write_zip(path, [(name, b"20170208 00:00,21000,21000,21000,21000,1,23000,23000,23000,23000,1\n")])
        return path.read_bytes()


def survives(target: Target, content: bytes) -> None:
    """Parse; raises what the parser must not raise."""
    try:
        target.parse(content)
    except target.refusals as refusal:
        if type(refusal).__name__ == "WebFault" and not str(refusal).startswith(f"{target.vendor}: "):
            raise AssertionError(f"a fault that does not name its vendor: {refusal}") from refusal


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one parser in this process, which ends with it."""
    atheris: Any = import_module("atheris")  # not a dependency of the tests: `make fuzz-parsers` installs it

    _plainly_imported()
    kept, seeds = FOLDER / name, FOLDER / f"{name}.seeds"
    for folder in (kept, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    with (
        atheris.instrument_imports(include=INSTRUMENTED),
        tempfile.TemporaryDirectory(dir=_fast()) as scratch,
    ):
        target = targets(Path(scratch))[name]
        for number, seed in enumerate(target.seeds):
            (seeds / f"seed-{number}").write_bytes(seed)
        words = ["-print_final_stats=1", "-verbosity=0", f"-max_len={LONGEST}", f"-artifact_prefix={kept}/", f"-max_total_time={seconds}"]
        atheris.Setup([name, *words, str(kept), str(seeds)], lambda content: survives(target, content))
        atheris.Fuzz()


def _plainly_imported() -> None:
    """Load our packages as plain files: the hook of an editable installation would keep them from being instrumented."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_editable")]
    sys.path[:0] = [str(ROOT / name) for name in ("algorithm", "runner", "plugins")]


def _fast() -> str | None:
    memory = Path("/dev/shm")  # noqa: S108 - a folder in memory, and the file's name in it is random
    return str(memory) if memory.is_dir() else None


def main() -> int:
    """Fuzz the named parsers, or all, one after another; print what was run; 1 where one failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=int, default=600, help="of each parser")
    arguments.add_argument("--here", action="store_true", help="fuzz the one parser in this process")
    arguments.add_argument("parsers", nargs="*")
    chosen = arguments.parse_args()
    if chosen.here:
        fuzz(chosen.parsers[0], chosen.seconds)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        names = chosen.parsers or list(targets(Path(scratch)))
    failed = [name for name in names if not _reported(name, chosen.seconds)]
    sys.stdout.write(f"{len(names) - len(failed)} of {len(names)} parsers without a finding, {datetime.now(UTC):%Y-%m-%d}\n")
    return int(bool(failed))


def _reported(name: str, seconds: int) -> bool:
    command = [sys.executable, str(Path(__file__)), "--here", "--seconds", str(seconds), name]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - our own words
    told = re.search(r"number_of_executed_units:\s*(\d+)", run.stderr)
    corpus = len(list((FOLDER / name).glob("[0-9a-f]*")))
    count = f"{int(told[1]):>11,} inputs" if told else "          ? inputs"
    sys.stdout.write(f"{name:<24}{seconds:>6} s {count}  {corpus:>5} kept  {'ok' if run.returncode == 0 else 'FAILED'}\n")
    if run.returncode:
        sys.stdout.write(run.stderr[-3000:] + "\n")
    sys.stdout.flush()
    return run.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
