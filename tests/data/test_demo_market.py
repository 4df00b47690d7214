"""The demo market's files: equal bytes for equal arguments, LEAN's formats, and every trait its companies are there to show."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from alaris.data import demo_market, lean_folder
from alaris.data.check import check_folder
from alaris.data.demo_market import black_scholes, schedule
from alaris.data.demo_market.names import COMPANIES, companies
from alaris.domain import NEW_YORK, InvalidInput, Timing
from alaris.plugins import earnings_csv
from alaris.plugins.earnings_csv import Statement

QUOTE = re.compile(r"\d{8} 00:00,(?:\d+,\d+,\d+,\d+,\d+|,,,,0),\d+,\d+,\d+,\d+,\d+")  # lean.md D.1


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def test_equal_arguments_give_equal_bytes_and_another_seed_others(tmp_path: Path, small_market: Path) -> None:
    demo_market.write(tmp_path / "again", symbols=3)
    assert fingerprint(tmp_path / "again") == fingerprint(small_market)
    demo_market.write(tmp_path / "other", symbols=1, seed=1)
    demo_market.write(tmp_path / "same", symbols=1)
    assert fingerprint(tmp_path / "other") != fingerprint(tmp_path / "same")


def test_fewer_symbols_are_the_first_ones_unchanged(small_market: Path, whole_market: Path) -> None:
    for ticker in ("zqal", "zqbe", "zqce"):
        path = lean_folder.option_path(Path(), ticker, 2017, "quote")
        assert (small_market / path).read_bytes() == (whole_market / path).read_bytes()


def test_namesakes_follow_the_twenty_with_their_traits() -> None:
    listed = companies(200)
    assert list(listed[:20]) == list(COMPANIES)
    assert [company.ticker for company in listed[20:23]] == ["zral", "zrbe", "zrce"]
    assert len({company.ticker for company in listed}) == len({company.name for company in listed}) == 200
    assert listed[42].split  # the third ZQCE


def test_more_years_go_on_from_2017(tmp_path: Path, small_market: Path) -> None:
    made = demo_market.write(tmp_path, symbols=1, years=3)
    assert made.sessions == 251 + 251 + 252  # NYSE's sessions of 2017, 2018 and 2019
    quotes = [lean_folder.option_path(tmp_path, "zqal", year, "quote") for year in (2017, 2018, 2019)]
    assert all(path.stat().st_size > 100_000 for path in quotes)
    assert not check_folder(tmp_path)
    closed = json.loads(lean_folder.market_hours_path(small_market).read_text())["entries"]["Equity-usa-[*]"]["holidays"]
    assert closed[-1] == "12/25/2018"  # a market of one year is written as before there were longer ones


def test_a_deeper_market_lists_more_strikes_of_the_same_stock(tmp_path: Path, small_market: Path) -> None:
    made = demo_market.write(tmp_path, symbols=1, depth=3)
    assert lean_folder.daily_bars_path(tmp_path, "zqal").read_bytes() == lean_folder.daily_bars_path(small_market, "zqal").read_bytes()
    day = lean_folder.universe_folder(Path(), "zqal") / "20170601.csv"
    assert (tmp_path / day).read_text().count("\n") > 2 * (small_market / day).read_text().count("\n")
    assert made.sessions == 251


OUT_OF_RANGE = [("seed", -1), ("symbols", 0), ("symbols", 201), ("years", 0), ("years", 4), ("depth", 0)]


@pytest.mark.parametrize(("field", "value"), OUT_OF_RANGE)
def test_arguments_out_of_range_are_refused(tmp_path: Path, field: str, value: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        demo_market.write(tmp_path, **{field: value})
    assert caught.value.field == field
    assert not list(tmp_path.iterdir())


def test_the_cached_folder_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_market: Path) -> None:
    assert demo_market.ensure(whole_market.parent) == whole_market
    assert [path.name for path in whole_market.parent.iterdir()] == [whole_market.name]  # no draft is left behind

    def failing(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    monkeypatch.setattr(demo_market, "write", failing)
    with pytest.raises(OSError, match="disk full"):
        demo_market.ensure(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_marker_says_synthetic(small_market: Path, tmp_path: Path) -> None:
    marker = lean_folder.demo_marker(small_market)
    assert marker is not None
    assert marker["synthetic"] is True
    assert (marker["seed"], marker["benchmark"], sorted(marker["symbols"])) == (demo_market.SEED, "SPY", ["ZQAL", "ZQBE", "ZQCE"])
    assert lean_folder.demo_marker(tmp_path) is None


def test_the_check_finds_only_the_faults_put_in_on_purpose(whole_market: Path) -> None:
    findings = check_folder(whole_market)
    assert {finding.severity for finding in findings} == {"WARNING"}
    texts = [f"{finding.path.name}: {finding.message}" for finding in findings]
    expected = ["zqdo: no universe file of 2017-11-15", "zqju_2017_quote_american.zip: .* bid above the ask"]
    expected += ["zqqu: no universe file", "earnings.csv: ZQOA: sources disagree", "earnings.csv: ZQPI: no time of day"]
    assert len(texts) == len(expected), texts
    assert all(any(re.match(pattern, text) for text in texts) for pattern in expected), texts


def test_quote_lines_have_leans_form_and_a_missing_bid_is_empty(small_market: Path) -> None:
    with zipfile.ZipFile(lean_folder.option_path(small_market, "zqbe", 2017, "quote")) as archive:
        names = archive.namelist()
        lines = [line for name in names[::25] for line in archive.read(name).decode().splitlines()]
    assert all(re.fullmatch(r"zqbe_quote_american_(call|put)_\d+_\d{8}\.csv", name) for name in names)
    assert all(QUOTE.fullmatch(line) for line in lines)
    assert any(",,,,,0," in line for line in lines)


def test_universe_rows_agree_with_the_quotes(small_market: Path) -> None:
    header, underlying, *rows = (lean_folder.universe_folder(small_market, "zqal") / "20170207.csv").read_text().splitlines()
    assert header.startswith("#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta")
    bars = lean_folder.daily_bars(small_market, "zqal")
    close = bars.close[bars.day == np.datetime64("2017-02-07")][0]
    assert float(underlying.split(",")[6]) == close
    with zipfile.ZipFile(lean_folder.option_path(small_market, "zqal", 2017, "quote")) as archive:
        for row in rows:
            expiry, strike, right, *_, middle, _, _, volatility, _, _, _, _, _ = row.split(",")
            name = f"zqal_quote_american_{'call' if right == 'C' else 'put'}_{round(float(strike) * 1e4)}_{expiry}.csv"
            line = next(line for line in archive.read(name).decode().splitlines() if line.startswith("20170207"))
            bid, ask = (int(line.split(",")[place] or 0) / 1e4 for place in (4, 9))
            assert float(middle) == pytest.approx((bid + ask) / 2, abs=0.0051)
            assert 0.05 < float(volatility) < 2


def test_the_split_replaces_every_contract_and_has_its_factor(small_market: Path) -> None:
    assert lean_folder.splits(small_market, "ZQCE") == [(date(2017, 6, 12), 2.0)]
    bars = lean_folder.daily_bars(small_market, "ZQCE")
    first = int(np.flatnonzero(bars.day == np.datetime64("2017-06-12"))[0])
    assert bars.open[first] / bars.close[first - 1] == pytest.approx(0.5, rel=0.03)
    before, after = (_contracts(small_market, "zqce", day) for day in ("20170609", "20170612"))
    assert before
    assert after
    assert not before & after
    with zipfile.ZipFile(lean_folder.option_path(small_market, "zqce", 2017, "quote")) as archive:
        for name in archive.namelist():
            lines = archive.read(name).decode().splitlines()
            assert (lines[0] < "20170612") == (lines[-1] < "20170612"), name


def _contracts(folder: Path, ticker: str, day: str) -> set[tuple[str, ...]]:
    rows = (lean_folder.universe_folder(folder, ticker) / f"{day}.csv").read_text().splitlines()[2:]
    return {tuple(row.split(",")[:3]) for row in rows}


def test_half_days_holidays_and_thursday_expiries(small_market: Path) -> None:
    exchange = lean_folder.sessions(small_market)
    universes = sorted(path.stem for path in lean_folder.universe_folder(small_market, "zqal").iterdir())
    assert universes == [f"{day:%Y%m%d}" for day in exchange.sessions(date(2017, 1, 3), date(2017, 12, 29))]
    expiries = {row[0] for row in _contracts(small_market, "zqal", "20170410")}
    assert "20170413" in expiries  # Good Friday 2017-04-14
    assert "20170414" not in expiries
    half = [np.datetime64(day) for day in exchange.early_closes]
    shares = [bars.volume[np.isin(bars.day, half)].mean() / bars.volume.mean() for bars in _all_bars(small_market)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def _all_bars(folder: Path) -> list[lean_folder.PrintedBars]:
    return [lean_folder.daily_bars(folder, ticker) for ticker in lean_folder.option_tickers(folder)]


def test_bars_reach_back_far_enough_for_four_past_reports(small_market: Path) -> None:
    first = lean_folder.daily_bars(small_market, "zqal").day[0]
    before = [e for e in _statements(small_market, "ZQAL") if e.event.report_date < date(2017, 1, 1)]
    assert len({e.event.report_date for e in before if np.datetime64(e.event.report_date) > first}) >= 5
    assert np.busday_count(first, np.datetime64("2017-01-03")) > 90


def test_companies_show_what_they_are_there_for(whole_market: Path) -> None:
    bars = {company.ticker: lean_folder.daily_bars(whole_market, company.ticker) for company in COMPANIES}
    assert bars["zqma"].volume.mean() < 1.5e6 < bars["zqal"].volume.mean()
    assert bars["zqnu"].close[bars["zqnu"].day >= np.datetime64("2017-01-01")].max() < 5
    assert {e.event.timing for e in _statements(whole_market, "ZQPI")} == {Timing.UNKNOWN}
    assert {len({row[0] for row in _contracts(whole_market, "zqqu", day)}) for day in ("20170213", "20170515", "20171113")} == {1}
    assert not (lean_folder.universe_folder(whole_market, "zqdo") / "20171115.csv").exists()


def test_sources_disagree_until_the_report_and_a_revision_comes_before_the_old_date(whole_market: Path) -> None:
    asked = datetime(2017, 5, 2, 16, tzinfo=NEW_YORK)
    assert _newest(whole_market, "ZQOA", asked) == {"demo-exchange": date(2017, 5, 4), "demo-vendor": date(2017, 5, 5)}
    early, late = (_newest(whole_market, "ZQSP", datetime(2017, 4, day, 16, tzinfo=NEW_YORK)) for day in (20, 22))
    assert set(early.values()) == {date(2017, 5, 4)}
    assert set(late.values()) == {date(2017, 5, 11)}


def test_seven_liquid_companies_report_for_the_same_session(whole_market: Path) -> None:
    crowded = {company.ticker.upper() for company in COMPANIES if company.crowded}
    asked, exchange = datetime(2017, 8, 8, 15, tzinfo=NEW_YORK), lean_folder.sessions(whole_market)
    events = earnings_csv.read_earnings(lean_folder.earnings_path(whole_market), symbols=crowded)
    known = {event.symbol: event for event in events if event.available_at <= asked and event.report_date >= date(2017, 8, 8)}
    assert len(known) == 7  # two more than the cap on positions, strategy.md 4
    assert {schedule.reaction_session(e.report_date, e.timing, exchange) for e in known.values()} == {date(2017, 8, 9)}


def _statements(folder: Path, symbol: str) -> list[Statement]:
    return earnings_csv.read_statements(lean_folder.earnings_path(folder), symbols={symbol})


def _newest(folder: Path, symbol: str, asked: datetime) -> dict[str, date]:
    known = [s.event for s in _statements(folder, symbol) if s.event.available_at <= asked]
    return {event.source: event.report_date for event in sorted(known, key=lambda event: event.available_at)}


def test_properties_and_rates_are_what_lean_asks_for(small_market: Path) -> None:
    lines = lean_folder.symbol_properties_path(small_market).read_text().splitlines()
    assert "usa,[*],option,,USD,100,0.01,1" in lines
    assert lean_folder.interest_rates(small_market).on(date(2017, 5, 1)) == 0.015
    assert set(json.loads(lean_folder.market_hours_path(small_market).read_text())["entries"]) == {"Equity-usa-[*]", "Option-usa-[*]"}


def test_black_scholes_of_the_quotes() -> None:
    one = np.array([True, False])
    spot, strike, time, volatility = (np.full(2, value) for value in (42.0, 40.0, 0.5, 0.2))
    values = black_scholes.values(one, spot, strike, time=time, rate=0.1, volatility=volatility)
    assert values.price == pytest.approx([4.7594, 0.8086], abs=5e-5)  # Hull, Options, Futures and Other Derivatives, example 15.6
    assert values.delta == pytest.approx([0.7791, -0.2209], abs=5e-5)  # N(0.7693) and N(0.7693) - 1, same example


def test_demo_rows_follow_the_public_columns_and_are_never_early(small_market: Path) -> None:
    path = lean_folder.earnings_path(small_market)
    assert path.read_text().splitlines()[0] == "symbol,date,qtr,eps_est,eps,release_time,surp" + ",source,available_at"
    for line in path.read_text().splitlines()[1:]:
        _, day, _, _, actual, release, _, _, told = line.split(",")
        known = datetime.fromisoformat(told)
        published = date.fromisoformat(day) <= known.date()
        assert bool(actual) == published, line  # a result is only in rows that became known on the report's day
        assert release in {"pre", "post"}
