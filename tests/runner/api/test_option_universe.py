"""Universe files and the filter's language, on a small chain made here; wrong lines are named."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from alaris_runner.api.option_universe import OptionFilterUniverse
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.universe_files import UniverseFiles
from alaris_runner.errors import DataFileError, InvalidRequest

STOCK = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
DAY = date(2017, 2, 1)
HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
SPOT = ",,,65,66,64,65.2,1000,,,,,,,\n"
EXPIRIES = ("20170203", "20170210", "20170217", "20170317")
STRIKES = ("60", "62.5", "65", "67.5", "70")


class Hours:
    """An exchange that is always open."""

    def is_date_open(self, _: datetime) -> bool:
        return True


class Maps:
    """No map files: tickers never changed."""

    def get(self, *_: object) -> Maps:
        return self

    def ticker_on(self, _: date, ticker: str) -> str:
        return ticker


def folder(path: Path, body: str) -> UniverseFiles:
    place = path / "option" / "usa" / "universes" / "yum"
    place.mkdir(parents=True)
    (place / "20170201.csv").write_text(body)
    return UniverseFiles(path, cast("MapFileProvider", Maps()))


def chain(path: Path) -> OptionFilterUniverse:
    rows = [
        f"{expiry},{strike},{right},1,2,0.5,1.5,{10 * n},{n},0.2,{0.5 if right == 'C' else -0.5},0.1,0.2,-0.01,0.3\n"
        for n, (expiry, strike, right) in enumerate((e, k, r) for e in EXPIRIES for k in STRIKES for r in "CP")
    ]
    file = folder(path, HEADER + SPOT + "".join(rows)).read(STOCK, DAY)
    return OptionFilterUniverse(file, datetime(2017, 2, 2), cast("Any", Hours()))


def test_a_file_gives_its_rows(tmp_path: Path) -> None:
    universe = chain(tmp_path)
    assert len(universe) == 40
    row = universe.data[1]
    assert (row.strike, row.expiry, str(row.right)) == (60, datetime(2017, 2, 3), "PUT")
    assert (row.close, row.volume, row.open_interest, row.implied_volatility) == (1.5, 10, 1, 0.2)
    assert row.greeks.delta == -0.5
    assert row.greeks.theta == pytest.approx(-3.65)  # a day in the file, a year here
    assert row.end_time == datetime(2017, 2, 2)
    assert str(row.symbol.id).startswith("YUM ")


@pytest.mark.parametrize(
    ("lowest", "highest", "want"),
    # the price 65.2 lies between 65 and 67.5: the next strike above is the pivot, and (-1, 1) is one below and one above
    [(-1, 1, {65.0, 67.5}), (0, 0, {67.5}), (-2, 0, {62.5, 65.0, 67.5}), (1, 2, {67.5, 70.0}), (-9, 9, {60.0, 62.5, 65.0, 67.5, 70.0})],
)
def test_strikes_by_rank(tmp_path: Path, lowest: int, highest: int, want: set[float]) -> None:
    assert {row.strike for row in chain(tmp_path).strikes(lowest, highest)} == want


def test_expiries_rights_and_kinds(tmp_path: Path) -> None:
    universe = chain(tmp_path).expiration(timedelta(8), 15).calls_only()
    assert {row.expiry for row in universe} == {datetime(2017, 2, 10), datetime(2017, 2, 17)}
    assert len(universe.selected()) == 10
    (tmp_path / "again").mkdir()
    monthly = chain(tmp_path / "again").standards_only()
    assert len(monthly.selected()) == 20
    assert {row.expiry for row in monthly} == {datetime(2017, 2, 17), datetime(2017, 3, 17)}


def test_front_and_back(tmp_path: Path) -> None:
    assert {row.expiry for row in chain(tmp_path).front_month()} == {datetime(2017, 2, 3)}
    (tmp_path / "back").mkdir()
    assert {row.expiry for row in chain(tmp_path / "back").back_month()} == {datetime(2017, 2, 10)}


def test_numbers_and_functions(tmp_path: Path) -> None:
    universe = chain(tmp_path).delta(0.4, 0.6).open_interest(0, 6)
    assert [(str(row.right), row.open_interest) for row in universe] == [("CALL", 0), ("CALL", 2), ("CALL", 4), ("CALL", 6)]
    chosen = universe.contracts(lambda rows: [row for row in rows if row.strike >= 65])
    assert [symbol.id.strike_price for symbol in chosen.selected()] == [65, 67.5]
    assert len(chosen.contracts([chosen.data[0].symbol])) == 1


def test_a_calendar(tmp_path: Path) -> None:
    pair = chain(tmp_path).call_calendar_spread(0, 5, 14).selected()
    assert [(symbol.id.strike_price, symbol.id.date) for symbol in pair] == [(65, datetime(2017, 2, 10)), (65, datetime(2017, 2, 17))]
    (tmp_path / "wrong").mkdir()
    with pytest.raises(InvalidRequest, match="min_far_days_till_expiry"):
        chain(tmp_path / "wrong").put_calendar_spread(0, 60, 30)


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        (HEADER + SPOT + "20170203,60,C,1,1,1,1,0,0\n20170203,sixty,C,1\n", 4, "expected 'expiry yyyyMMdd,strike"),
        (HEADER + SPOT + "20170203,60,X,1\n", 3, "expected 'expiry yyyyMMdd,strike"),
        (HEADER + SPOT + "20170299,60,C,1\n", 3, "expiry '20170299' is no date"),
        (HEADER + "20170203,60,C,1,1,1,1,0,0\n", 1, "row of the underlying"),
        (HEADER + ",,,65,high,64,65,10\n", 2, "must be numbers"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, body: str, line: int, problem: str) -> None:
    with pytest.raises(DataFileError, match=problem) as caught:
        folder(tmp_path, body).read(STOCK, DAY)
    assert caught.value.line == line
