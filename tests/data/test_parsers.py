"""Good files and replies with bytes cut, replaced or put in: an answer or a refusal of the parser's own, never another error."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz_parsers import survives, targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = (
    *("polygon_quotes", "polygon_bars", "polygon_dividends", "polygon_splits", "polygon_contracts", "fmp", "nasdaq", "eodhd"),
    *("alpha_vantage_chains", "alpha_vantage_reports", "treasury", "fred", "cboe", "vendor_eod", "earnings_csv", "dividends_csv"),
    *("bars_csv", "lean_quotes", "lean_archive", "lean_universe", "lean_minutes", "lean_bars", "lean_factors", "lean_rates"),
    "market_hours",
)
PIECES = (
    b"",
    b"null",
    b"NaN",
    b"1e999",
    b"-",
    b",",
    b",,",
    b"\n",
    b"\r",
    b'"',
    b"[]",
    b"{}",
    b"\xff",
    b"\0",
    b"99999999999999999999",
    b"../",
)


def test_every_parser_is_named(tmp_path: Path) -> None:
    assert set(targets(tmp_path)) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_break_a_parser(tmp_path: Path, name: str, data: st.DataObject) -> None:
    target = targets(tmp_path)[name]
    good = data.draw(st.sampled_from(target.seeds))
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(good))] * 2)))
    survives(target, good[:start] + data.draw(st.sampled_from(PIECES)) + good[stop:])


@pytest.mark.parametrize("name", NAMES)
def test_the_seeds_are_read(tmp_path: Path, name: str) -> None:
    target = targets(tmp_path)[name]
    target.parse(target.seeds[0])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lean_quotes", b"201706080170309 00:00,,,,,,1,5,1,1,1"),
        ("lean_minutes", b"444444444444000,21001,21000,21000,21000,0,0,5000,220,10,1"),
        ("market_hours", b'{"entries": {"Equity-usa-[*]": {"holidays": ["7/3/' + b"1" * 80 + b'"], "earlyCloses": {}}}}'),
        ("market_hours", b"[" * 100_000),
        ("polygon_bars", b'{"results": [{"v": 1, "o": 1, "c": 1, "h": 1, "l": 1, "t": 1e26}]}'),
        ("bars_csv", b"symbol,date,open,high,low,close,volume\nZQAB\0,2017-02-08,50.5,51.2345,50,51,1000\n"),
    ],
)
def test_what_fuzzing_found(tmp_path: Path, name: str, content: bytes) -> None:
    target = targets(tmp_path)[name]
    with pytest.raises(target.refusals):
        target.parse(content)
