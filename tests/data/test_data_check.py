"""`alaris data check`: each way a data folder can be broken is one finding with place and remedy, never a traceback."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alaris.data import demo_market, lean_folder, zip_archive
from alaris.data.check import Finding, Severity, check_folder

BARS = "equity/usa/daily/zqal.zip"
QUOTES = "option/usa/daily/zqal_2017_quote_american.zip"
TRADES = "option/usa/daily/zqal_2017_trade_american.zip"
UNIVERSE = "option/usa/universes/zqal/20170207.csv"
FACTORS = "equity/usa/factor_files/zqal.csv"
CALENDAR = "alternative/alaris/earnings.csv"
VENDOR = "2017-02-07,16-Dec,0.82,,post,,demo-vendor"
DISAGREEMENT = "sources disagree on one report: demo-exchange 2017-02-07 AFTER_CLOSE; demo-vendor 2017-02-08 AFTER_CLOSE"
Edit = Callable[[str], str]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One company, of whose options eight sessions and thirty contracts are kept: quick to check many times."""
    folder = tmp_path_factory.mktemp("sound")
    demo_market.write(folder, symbols=1)
    for path in lean_folder.universe_folder(folder, "zqal").iterdir():
        if not "20170201" <= path.stem <= "20170210":
            path.unlink()
    for kind in ("quote", "trade", "openinterest"):
        path = lean_folder.option_path(folder, "zqal", 2017, kind)
        with zipfile.ZipFile(path) as archive:
            content = [(name, archive.read(name)) for name in archive.namelist()[:30]]
        zip_archive.write_zip(path, content)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "data")


def edit_zip(path: Path, edit: Callable[[str, str], tuple[str, str]], entries: int = 1) -> None:
    """Rewrite the first entries of an archive by `edit(name, text)`."""
    with zipfile.ZipFile(path) as archive:
        content = [(name, archive.read(name).decode()) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, text) in enumerate(content):
            archive.writestr(*(edit(name, text) if number < entries else (name, text)))


def lines(edit: Callable[[list[str]], list[str]]) -> Callable[[str, str], tuple[str, str]]:
    return lambda name, text: (name, "\n".join(edit(text.splitlines())) + "\n")


def field(line: str, place: int, text: str) -> str:
    fields = line.split(",")
    fields[place] = text
    return ",".join(fields)


def rewrite(path: Path, edit: Edit) -> None:
    path.write_text(edit(path.read_text()))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)


def crossed(name: str, text: str) -> tuple[str, str]:
    exchanged = []
    for line in text.splitlines():
        fields = line.split(",")
        exchanged.append(",".join([fields[0], *fields[6:11], *fields[1:6]]))
    return name, "\n".join(exchanged)


def halve(rows: list[str]) -> list[str]:
    after = [row.split(",") for row in rows[400:]]
    return rows[:400] + [",".join([day, *(str(int(number) // 2) for number in numbers)]) for day, *numbers in after]


@dataclass(frozen=True)
class Case:
    """One way to break a folder, and the finding it must give."""

    name: str
    place: str
    spoil: Callable[[Path], None]
    message: str
    line: int | None = None
    severity: Severity = Severity.ERROR


def zipped(edit: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    return lambda path: edit_zip(path, lines(edit))


def first_field(place: int, text: str) -> Callable[[Path], None]:
    return zipped(lambda rows: [field(rows[0], place, text), *rows[1:]])


def text(edit: Edit) -> Callable[[Path], None]:
    return lambda path: rewrite(path, edit)


def swap(old: str, new: str, count: int = -1) -> Callable[[Path], None]:
    return text(lambda content: content.replace(old, new, count))


HOURS = "market-hours/market-hours-database.json"
PROPERTIES = "symbol-properties/symbol-properties-database.csv"
RATES = "alternative/interest-rate/usa/interest-rate.csv"
MAP = "equity/usa/map_files/zqal.csv"
WARNING = Severity.WARNING
CASES = [
    Case("no market hours", HOURS, Path.unlink, "no market-hours database"),
    Case("other market hours", HOURS, text(lambda _: "{}"), "not a market-hours database"),
    Case("no properties", PROPERTIES, Path.unlink, "LEAN does not start without it"),
    Case("properties without options", PROPERTIES, swap("option", "future"), "no line usa,[*],option"),
    Case("no rates", RATES, Path.unlink, "LEAN then takes 1 %", severity=WARNING),
    Case("bad rate", RATES, swap("1.25", "n/a"), "column rate: 'n/a'", 4),
    Case("no bars", BARS, Path.unlink, "no daily bars of ZQAL"),
    Case("truncated bars", BARS, truncate, "not a readable zip"),
    Case("damaged bars", BARS, damage, "zqal.csv cannot be read"),
    Case("misnamed bars", BARS, lambda p: edit_zip(p, lambda _, body: ("ZQAL.csv", body)), "no entry zqal.csv, but ZQAL.csv"),
    Case("empty bars", BARS, lambda p: edit_zip(p, lambda name, _: (name, "")), "has no bars"),
    Case("missing column", BARS, zipped(lambda r: [*r[:9], r[9].rpartition(",")[0], *r[10:]]), "5 columns, expected 6", 10),
    Case("word for a number", BARS, first_field(2, "x"), "column high: 'x' is not a number", 1),
    Case("NaN", BARS, first_field(4, "nan"), "column close: 'nan' is not a number", 1),
    Case("negative price", BARS, first_field(4, "-5"), "column close: -5 is negative", 1),
    Case("zero price", BARS, first_field(3, "0"), "a price of 2015-09-01 is zero", 1),
    Case("impossible date", BARS, first_field(0, "20150931 00:00"), "'20150931' is not a date", 1),
    Case("close above high", BARS, first_field(2, "1"), "outside its high and low", 1, WARNING),
    Case("bars out of order", BARS, zipped(lambda r: [r[1], r[0], *r[2:]]), "is earlier than the line before", 2),
    Case("bar repeated", BARS, zipped(lambda r: [r[0], *r]), "repeats the time of the line before", 2),
    Case("session without bar", BARS, zipped(lambda r: r[:400] + r[401:]), "no bar on 2017-04-04, a session", severity=WARNING),
    Case("bar on a Saturday", BARS, zipped(lambda r: ["20150829" + r[0][8:], *r]), "when the exchange is closed", severity=WARNING),
    Case("split without factor", BARS, zipped(halve), "looks like a 2:1 split that no factor explains"),
    Case("no map file", MAP, Path.unlink, "no map file of ZQAL", severity=WARNING),
    Case("bad map file", MAP, text(lambda t: "from,zqal\n" + t), "is not yyyyMMdd,ticker,exchange", 1),
    Case("no factor file", FACTORS, Path.unlink, "no factor file of ZQAL", severity=WARNING),
    Case("bad factor", FACTORS, text(lambda t: "20170103,one,1,60\n" + t), "column price factor: 'one'", 1),
    Case("no quotes", QUOTES, Path.unlink, "no underlying has daily option quotes"),
    Case("truncated quotes", QUOTES, truncate, "not a readable zip"),
    Case("damaged quotes", QUOTES, damage, "cannot be read"),
    Case("misnamed entry", TRADES, lambda p: edit_zip(p, lambda n, t: (n.upper(), t)), "is not zqal_trade_american_<call|put>"),
    Case("quote with a column more", QUOTES, zipped(lambda r: [r[0] + ",1", *r[1:]]), "12 columns, expected 11", 1),
    Case("negative quote", QUOTES, first_field(9, "-1"), "column ask close: -1 is negative", 1),
    Case("quote of zero", QUOTES, first_field(9, "0"), "a quote of 0", 1, WARNING),
    Case("one contract crossed", QUOTES, lambda p: edit_zip(p, crossed), "have the bid above the ask", severity=WARNING),
    Case("all quotes crossed", QUOTES, lambda p: edit_zip(p, crossed, entries=10**6), "have the bid above the ask"),
    Case("another year", TRADES, lambda p: edit_zip(p, lambda n, t: (n, t.replace("2017", "2016"))), "lines of another year than 2017"),
    Case("no universes", UNIVERSE, lambda p: shutil.rmtree(p.parent), "no option universe files of ZQAL"),
    Case("universe missing", UNIVERSE, Path.unlink, "no universe file of 2017-02-07, a session", severity=WARNING),
    Case("universe without header", UNIVERSE, text(lambda t: t[1:]), "begins with 'expiry", 1),
    Case("universe without contracts", UNIVERSE, text(lambda t: "\n".join(t.splitlines()[:2])), "lists no contract", severity=WARNING),
    Case("universe without underlying", UNIVERSE, swap(",,,", "x,,", 1), "no line of the underlying", 2),
    Case("universe with a word", UNIVERSE, swap(",C,", ",C,oops", 1), "column open: 'oops", 4),
    Case("no calendar", CALENDAR, Path.unlink, "no earnings calendar of its own", severity=WARNING),
    Case("calendar date", CALENDAR, swap("2015-11-10", "2015-13-10", 1), "column date: '2015-13-10'", 2),
    Case("calendar time", CALENDAR, swap("post", "noon", 1), "column release_time: 'noon'", 2),
    Case("calendar unknown time", CALENDAR, swap("post", ""), "ZQAL: no time of day for 2015-11-10", severity=WARNING),
    Case("calendar empty", CALENDAR, text(lambda _: ""), "no column symbol, date, release_time", 1),
    Case("sources disagree", CALENDAR, swap(VENDOR, VENDOR.replace("02-07", "02-08")), DISAGREEMENT, severity=WARNING),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_fault_is_found(folder: Path, case: Case) -> None:
    case.spoil(folder / case.place)
    findings = check_folder(folder)
    match = [finding for finding in findings if case.message in finding.message]
    assert match, findings
    assert match[0].severity is case.severity
    assert case.line is None or match[0].line == case.line
    assert match[0].remedy


def test_a_sound_folder_has_no_findings(sound: Path) -> None:
    assert check_folder(sound) == []


def test_equal_faults_are_one_finding_with_a_count(folder: Path) -> None:
    for day in ("20170207", "20170208", "20170209"):
        (folder / f"option/usa/universes/zqal/{day}.csv").unlink()
    (finding,) = check_folder(folder)
    assert finding.message == "no universe file of 2017-02-07, a session (and 2 more like it)"


def test_errors_come_first_and_only_asked_symbols_are_checked(folder: Path) -> None:
    (folder / CALENDAR).unlink()
    findings = check_folder(folder, symbols=["zqxx"])
    assert [finding.severity for finding in findings] == sorted(finding.severity for finding in findings)
    said = {finding.message for finding in findings}
    assert {"no daily bars of ZQXX", "no option quotes of ZQXX", "no option universe files of ZQXX"} <= said
    assert not any("ZQAL" in finding.message for finding in findings)


def test_no_folder_is_one_finding(tmp_path: Path) -> None:
    (finding,) = check_folder(tmp_path / "absent")
    assert (finding.severity, finding.message) == (Severity.ERROR, "no such folder")


def test_real_data_has_the_faults_it_is_known_for(shared: Path) -> None:
    findings = check_folder(shared / "data/lean")

    def about(name: str) -> list[Finding]:
        return [finding for finding in findings if name in finding.path.name]

    assert not [finding for finding in findings if "yum" in str(finding.path)]
    assert any("no daily bars of TWX" in finding.message for finding in about("twx"))  # providers.md 3: no twx daily
    assert any("1135.1 to 569.85" in finding.message for finding in about("goog"))  # class C shares of 2014-04-03, no factor in the sample
    assert any(finding.severity is Severity.WARNING and "2000-09-29" in finding.message for finding in about("aapl"))  # a fall, not a split


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(place=st.sampled_from([BARS, QUOTES, UNIVERSE, FACTORS, CALENDAR]), start=st.integers(0, 2000), content=st.binary(max_size=40))
def test_no_damage_raises(folder: Path, place: str, start: int, content: bytes) -> None:
    path = folder / place
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:start] + content + whole[start + len(content) :])
        check_folder(folder, symbols=["ZQAL"])
        path.write_bytes(whole[:start] + content)
        check_folder(folder, symbols=["ZQAL"])
    finally:
        path.write_bytes(whole)
