"""A window through real sockets: planned, fetched once, gone on with after every kill, and in LEAN's folder at the end."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from shell import Answer, shell
from vendor_window import REPORTS, Vendors

from alaris.data import lean_folder
from alaris.data.datasets import BARS, BILLS, CONTRACTS, DIVIDENDS, EARNINGS, RATES, SPLITS
from alaris.data.store import Store

YEAR = (date(2017, 1, 1), date(2017, 12, 31))
KEYS = {"MASSIVE_API_KEY": "k-1", "FMP_API_KEY": "k-2", "ALPHAVANTAGE_API_KEY": "k-3"}


@pytest.fixture
def vendors(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Vendors:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    return Vendors(httpserver)


@pytest.fixture
def alaris(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    monkeypatch.chdir(tmp_path)
    return shell(capsys)


def words(vendors: Vendors, folder: Path, providers: str, *more: str, symbols: str = "ZQAB", last: str = "2017-02-10") -> list[str]:
    stated = {"web.providers": providers, "web.gateway": vendors.gateway, "web.folder": str(folder / "web"), "web.backoff": "0.01"}
    parameters = [word for name, value in stated.items() for word in ("--parameter", name, value)]
    window = ["--symbols", symbols, "--start", "2017-02-06", "--end", last, "--store", str(folder / "store")]
    return ["data", "bootstrap", *window, *parameters, "--json", *more]


def test_the_plan_counts_and_asks_nothing(vendors: Vendors, alaris: Callable[..., Answer], tmp_path: Path) -> None:
    said = alaris(
        *words(vendors, tmp_path, "polygon,alpha_vantage,nasdaq,fmp,treasury,fred", "--plan", symbols="ZQAB,ZQCE", last="2017-06-30")
    )
    plan = json.loads(said.output)
    rows = {row["provider"]: row for row in plan["providers"]}
    # weekdays 2017-02-06..06-30: 105; Polygon: bars, dividends and splits of two symbols and the contracts of five months of each
    assert {name: row["calls"] for name, row in rows.items()} == {
        "polygon": 16,
        "alpha_vantage": 210,
        "nasdaq": 105,
        "fmp": 2,
        "treasury": 5,
    }
    assert (rows["polygon"]["minutes"], rows["nasdaq"]["minutes"], plan["minutes"]) == (3, 3, 4)  # 16 at 5, 105 at 30, 25 at 5 a minute
    assert (rows["alpha_vantage"]["left today"], rows["alpha_vantage"]["more days"]) == (25, 8)  # 210 - 25 at 25 a day
    assert said.code == 0
    assert not vendors.asked
    assert not (tmp_path / "store").exists()


def test_a_window_in_store_and_folder(vendors: Vendors, alaris: Callable[..., Answer], tmp_path: Path) -> None:
    command = words(vendors, tmp_path, "polygon,alpha_vantage,nasdaq,fmp,treasury", "--into", str(tmp_path / "lean"))
    said = alaris(*command, "--reports-known-before", "30")
    assert said.code == 0, said.errors + said.output
    store = Store(tmp_path / "store")
    assert store.facts(BARS, "ZQAB", *YEAR)["close"].tolist() == [106.5, 57.5, 58.5, 59.5, 60.5]
    assert store.facts(DIVIDENDS, "ZQAB", *YEAR)["amount"].tolist() == [0.3]
    assert store.facts(SPLITS, "ZQAB", *YEAR)["ratio"].tolist() == [2.0]
    assert store.facts(CONTRACTS, "ZQAB", *YEAR)["strike"].tolist() == [50.0, 60.0]  # two pages
    assert sorted(store.facts(EARNINGS, "ZQAB", *YEAR)["source"]) == ["fmp", "nasdaq"]
    assert len(store.facts(RATES, BILLS, *YEAR)) == 0  # the vendor's days are the first three of the month
    chains = store.chains("ZQAB", *YEAR)
    assert chains is not None
    assert (len(chains), chains.spot[0]) == (10, 50.0)
    folder = tmp_path / "lean"
    assert lean_folder.splits(folder, "ZQAB") == [(date(2017, 2, 7), 2.0)]
    assert [paid.amount for paid in lean_folder.dividends(folder, "ZQAB")] == [0.3]
    calendar = lean_folder.earnings_path(folder).read_text().splitlines()
    assert "ZQAB,2017-02-09,,pre,nasdaq,2017-01-10T00:00:00-05:00" in calendar
    asked = vendors.asked.copy()
    again = alaris(*command)
    assert (again.code, json.loads(again.output)["fetched"]) == (
        0,
        dict.fromkeys(["polygon", "alpha_vantage", "nasdaq", "fmp", "treasury"], 0),
    )
    assert vendors.asked == asked
    assert set(asked.values()) == {1}


def test_the_next_provider_gives_what_the_first_cannot(vendors: Vendors, alaris: Callable[..., Answer], tmp_path: Path) -> None:
    vendors.broken = {"treasury"}
    more = ("--datasets", "rates", "--parameter", "web.tries", "1")
    said = alaris(*words(vendors, tmp_path, "treasury,fred", *more))
    assert said.code == 0, said.errors
    assert json.loads(said.output)["fetched"] == {"treasury": 0, "fred": 1}


def test_what_nobody_gives_is_told_and_the_rest_is_fetched(
    vendors: Vendors, alaris: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MASSIVE_API_KEY")
    vendors.broken = {"fmp"}
    more = ("--datasets", "bars,earnings", "--parameter", "web.tries", "1")
    said = alaris(*words(vendors, tmp_path, "polygon,fmp,nasdaq", *more))
    told = json.loads(said.output)
    assert said.code == 1
    assert "KEY_ABSENT" in told["nobody"]["bars"]
    assert told["fetched"] == {"fmp": 0, "nasdaq": 5}
    ((row),) = told["missing"]
    assert (row["provider"], row["symbols"]) == ("fmp", "ZQAB")
    assert "SERVER_FAILED" in row["why"]


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (("--start", "2017-02-30"), "are dates such as"),
        (("--end", "2016-01-01"), "is after --end"),
        (("--start", "2999-01-01", "--end", "2999-01-02"), "has not come yet"),
        (("--datasets", "quotes"), "no data set 'quotes'"),
    ],
)
def test_a_wrong_window_is_told(
    alaris: Callable[..., Answer], vendors: Vendors, tmp_path: Path, window: tuple[str, ...], message: str
) -> None:
    said = alaris(*words(vendors, tmp_path, "fred", *window))
    assert said.code == 2
    assert message in said.errors


def test_killed_anywhere_nothing_is_fetched_twice(vendors: Vendors, tmp_path: Path) -> None:
    """Kill -9 at random moments: what was asked before the newest request of each vendor is never asked again."""
    command = words(vendors, tmp_path, "nasdaq,fmp,treasury", symbols="ZQAB,ZQCE", last="2017-03-10")
    command = [sys.executable, "-m", "alaris.cli", *command, "--datasets", "earnings,rates"]
    vendors.seconds, seed = 0.004, random.Random(1)  # noqa: S311 - chooses moments, guards nothing
    in_flight: list[str] = []
    for _ in range(3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
        vendors.kill(process.pid, after=seed.randint(1, 6), delay=seed.uniform(0, 0.03))
        assert process.wait(timeout=60) == -9
        in_flight += vendors.last.values()
        vendors.last.clear()
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)  # noqa: S603 - our own words
    assert done.returncode == 0, done.stdout + done.stderr
    twice = {name: count for name, count in vendors.asked.items() if count > 1 + in_flight.count(name)}
    assert not twice
    assert len(vendors.asked) == 25 + 2 + 2  # weekdays, symbols, months
    store = Store(tmp_path / "store")
    for symbol, day in REPORTS.items():
        found = store.facts(EARNINGS, symbol, *YEAR)
        assert sorted(zip(found["source"], found["report_date"].tolist(), strict=True)) == [("fmp", day), ("nasdaq", day)]
    assert len(store.facts(RATES, BILLS, *YEAR)) == 3
    assert not list((tmp_path / "store").rglob("*.draft*"))
