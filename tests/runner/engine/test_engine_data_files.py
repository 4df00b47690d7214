"""Data files: what is read, and that a broken one is refused with its name and line, whatever is wrong with it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_data_folder import EXPIRY, write_folder, write_zip

from alaris_runner.api.enums import Resolution, SecurityType, TickType
from alaris_runner.api.symbols import SecurityIdentifier, Symbol, first_listing
from alaris_runner.data.factor_files import FactorFileProvider
from alaris_runner.data.folder import DataFolder
from alaris_runner.data.interest_rates import InterestRateProvider
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.symbol_properties import SymbolPropertiesDatabase
from alaris_runner.data.zips import ZipArchive
from alaris_runner.engine.bar_grid import BarGrid
from alaris_runner.engine.price_points import price_points
from alaris_runner.engine.subscriptions import SubscriptionDataConfig
from alaris_runner.errors import DataFileError

ABC = Symbol(SecurityIdentifier("ABC", SecurityType.EQUITY, "usa", datetime(2010, 1, 4)), "ABC")


def read_all(root: Path) -> list[float]:
    """Closes of ABC's daily bars."""
    folder = DataFolder(root)
    grid = BarGrid(folder.market_hours.hours("usa", "ABC", SecurityType.EQUITY), Resolution.DAILY)
    series = folder.price_files.series(ABC, TickType.TRADE, Resolution.DAILY)
    config = SubscriptionDataConfig(ABC, Resolution.DAILY, TickType.TRADE)
    return [bar.value for _, bar in price_points(series, grid, config, None, datetime(2024, 1, 2), date(2024, 1, 19))]


def test_an_archive_reads_like_the_standard_library(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"one.csv": "1,2\n" * 100, "two.csv": ""})
    archive = ZipArchive(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as standard:
        assert archive.names() == standard.namelist()
        assert archive.read("one.csv") == standard.read("one.csv").decode()
    assert archive.read("two.csv") == ""


def test_many_archives_are_read_with_few_files_open(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.zip" for number in range(80)]
    for number, path in enumerate(paths):
        write_zip(path, {"one.csv": f"20240102 00:00,{number}"})
    files = DataFolder(tmp_path).price_files
    for _ in range(2):
        assert [files.rows(path, "one.csv", 14)["20240102 00:00"] for path in paths] == [f"{number}" for number in range(80)]
    assert sum(1 for path in paths if (archive := files.archive(path)) is not None and archive.is_open) == 64


@given(cut=st.integers(0, 400))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_truncated_archive_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.zip"
    write_zip(path, {f"{i}.csv": f"{i},2,3\n" * 20 for i in range(4)})
    whole = path.read_bytes()
    path.write_bytes(whole[: min(cut, len(whole) - 1)])
    with pytest.raises(DataFileError, match=r"cut\.zip"):
        ZipArchive(path)


@given(st.text(alphabet="0123456789,.-x \n", max_size=60))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_row_is_read_or_refused_with_file_and_line(tmp_path: Path, text: str) -> None:
    root = tmp_path / "data"
    if not root.exists():
        write_folder(root)
    write_zip(root / "equity/usa/daily/abc.zip", {"abc.csv": f"20240102 00:00,980000,980000,980000,980000,5\n20240103 00:00,{text}"})
    closes: list[float] = []
    refused: DataFileError | None = None
    try:
        closes = read_all(root)
    except DataFileError as error:
        refused = error
    assert closes[:1] == [98.0] if refused is None else ("abc.zip#abc.csv" in refused.path and refused.line == 2)


def test_rows_out_of_order_are_read_by_their_time(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "data")
    in_order = read_all(root)
    rows = (ZipArchive(root / "equity/usa/daily/abc.zip").read("abc.csv")).splitlines()
    write_zip(root / "equity/usa/daily/abc.zip", {"abc.csv": "\n".join(reversed(rows))})
    assert read_all(root) == in_order


@given(st.lists(st.dates(date(2014, 1, 1), date(2018, 12, 31)), unique=True, max_size=12), st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_year_is_read_whole_in_whatever_order_its_rows_stand(tmp_path: Path, days: list[date], ends_in_newline: bool) -> None:
    lines = [f"{day:%Y%m%d} 00:00,{number}" for number, day in enumerate(days)]
    write_zip(tmp_path / "abc.zip", {"abc.csv": "\n".join(lines) + ("\n" if ends_in_newline else "")})
    files = DataFolder(tmp_path).price_files
    everything = {line[:14]: line[15:] for line in lines}
    for year in range(2014, 2019):
        found = files.rows(tmp_path / "abc.zip", "abc.csv", 14, f"{year}")
        assert {key: row for key, row in found.items() if key.startswith(f"{year}")} == {
            key: row for key, row in everything.items() if key.startswith(f"{year}")
        }
        assert found.items() <= everything.items()


def test_a_missing_day_repeats_the_bar_before(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "data")
    rows = (ZipArchive(root / "equity/usa/daily/abc.zip").read("abc.csv")).splitlines()
    write_zip(root / "equity/usa/daily/abc.zip", {"abc.csv": "\n".join(rows[:2] + rows[3:])})
    assert read_all(root)[:4] == [98.0, 99.0, 99.0, 101.0]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("20240119,100,X,1,1,1,1,1,1,0.2,0.5,0,0,0,0", "expected 'expiry yyyyMMdd"),
        ("20240119,abc,C,1,1,1,1,1", "expected 'expiry yyyyMMdd"),
        ("2024,100,C,1", "line 3"),
    ],
)
def test_a_broken_universe_row_is_refused(tmp_path: Path, row: str, problem: str) -> None:
    root = write_folder(tmp_path / "data")
    path = root / "option/usa/universes/abc/20240103.csv"
    path.write_text("#header\n,,,1,1,1,100,10,,,,,,,\n" + row)
    with pytest.raises(DataFileError, match=problem) as caught:
        DataFolder(root).universe_files.read(ABC, date(2024, 1, 3))
    assert caught.value.line == 3


def test_a_universe_without_its_stock_is_refused(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "data")
    (root / "option/usa/universes/abc/20240103.csv").write_text(f"#header\n{EXPIRY:%Y%m%d},100,C,1,1,1,1,1,1,0.2,0.5,0,0,0,0")
    with pytest.raises(DataFileError, match="row of the underlying"):
        DataFolder(root).universe_files.read(ABC, date(2024, 1, 3))


def test_factor_files_give_leans_dividends_and_splits(shared: Path) -> None:
    # AAPL: 0.47 on 2014-08-07 and seven for one on 2014-06-09 (golden cases slices_dividend_aapl, slices_split_aapl)
    factors = FactorFileProvider(shared / "data" / "lean").get("AAPL")
    dividend, split = factors.dividend_after(date(2014, 8, 6)), factors.split_after(date(2014, 6, 6))
    assert dividend is not None
    assert dividend[0] == 0.47
    assert split is not None
    assert split[0] == pytest.approx(1 / 7, abs=1e-6)


def test_map_files_follow_a_change_of_ticker(shared: Path) -> None:
    files = MapFileProvider(shared / "data" / "lean")
    google = files.get("GOOG")
    assert (google.ticker_on(date(2014, 4, 2), "goog"), google.ticker_on(date(2014, 4, 3), "goog")) == ("goocv", "goog")
    assert files.first_listing("GOOG") == ("GOOCV", datetime(2014, 3, 27))
    token = first_listing.set(files.first_listing)
    assert str(Symbol.create("AAPL", SecurityType.EQUITY).id) == "AAPL R735QTJ8XC9X"
    first_listing.reset(token)


#: Every file of text: where it lies, a row of it that is right, and how it is read.
TEXTS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "factors": ("equity/usa/factor_files/abc.csv", "20240105,0.99,0.5,100", lambda root: FactorFileProvider(root).get("ABC").event_days),
    "map": (
        "equity/usa/map_files/abc.csv",
        "20501231,abc,N",
        lambda root: MapFileProvider(root).get("ABC").ticker_on(date(2024, 1, 3), ""),
    ),
    "rates": (
        "alternative/interest-rate/usa/interest-rate.csv",
        "2024-01-02,5.5",
        lambda root: InterestRateProvider(root).rate(date(2024, 1, 3)),
    ),
    "properties": (
        "symbol-properties/symbol-properties-database.csv",
        "usa,[*],equity,,USD,1,0.01,1",
        lambda root: SymbolPropertiesDatabase(root).get("usa", "ABC", SecurityType.EQUITY),
    ),
    "hours": (
        "market-hours/market-hours-database.json",
        '{"entries": {"Equity-usa-[*]": {}}}',
        lambda root: DataFolder(root).market_hours.hours("usa", "ABC", SecurityType.EQUITY),
    ),
    "universe": (
        "option/usa/universes/abc/20240103.csv",
        ",,,1,1,1,100,10,,,,,,,",
        lambda root: DataFolder(root).universe_files.read(ABC, date(2024, 1, 3)).rows,
    ),
}


@pytest.mark.parametrize("name", TEXTS)
@given(st.binary(max_size=40) | st.text(alphabet='0123456789,.-:"{}[]\nCPx', max_size=60).map(str.encode), st.integers(0, 60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_text_file_holds_is_read_or_refused_by_its_name(tmp_path: Path, name: str, noise: bytes, cut: int) -> None:
    relative, right, read = TEXTS[name]
    root = tmp_path / "data"
    if not root.exists():
        write_folder(root)
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    row = right.encode()
    path.write_bytes(b"#header\n" + row[: min(cut, len(row))] + noise + row[min(cut, len(row)) :] + b"\n")
    refused: DataFileError | None = None
    try:
        read(root)
    except DataFileError as error:
        refused = error
    assert refused is None or (Path(refused.path).name == path.name and refused.problem)


def test_universes_follow_a_change_of_ticker(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "data")
    (root / "equity/usa/map_files/abc.csv").write_text("20100104,old,N\n20240109,old,N\n20501231,abc,N\n")
    new, old = root / "option/usa/universes/abc", root / "option/usa/universes/old"
    old.mkdir()
    for file in new.glob("*.csv"):
        if file.stem <= "20240109":
            file.rename(old / file.name)
    files = DataFolder(root).universe_files
    days = files.days(ABC, date(2024, 1, 1), date(2024, 1, 12))
    assert days == [date(2024, 1, 2) + timedelta(n) for n in (0, 1, 2, 3, 6, 7, 8, 9, 10)]
    assert [len(files.read(ABC, day).rows) for day in days] == [4] * 9
