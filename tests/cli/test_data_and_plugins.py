"""`alaris demo-market`, `alaris data check`, `alaris plugins`: tables and JSON of what the packages below answer."""

import json
from pathlib import Path

import pytest
from shell import Shell


def test_a_demo_market_lacks_nothing(alaris: Shell, tmp_path: Path) -> None:
    made = json.loads(alaris("demo-market", "--output", "market", "--symbols", "1", "--json").output)
    assert (made["synthetic"], len(made["symbols"])) == (True, 1)
    answer = alaris("data", "check", "market")
    assert (answer.code, answer.output) == (0, "market: nothing is missing or broken\n")


def test_what_a_folder_lacks_is_a_table_with_remedies(alaris: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = alaris("data", "check", "empty")
    assert answer.code == 1
    assert "market-hours/market-hours-database.json" in answer.output
    found = json.loads(alaris("data", "check", "empty", "--json").output)
    assert {"severity", "place", "fault", "remedy"} == set(found[0])
    assert all(one["remedy"] for one in found)


def test_the_seed_is_checked(alaris: Shell) -> None:
    answer = alaris("demo-market", "--output", "market", "--symbols", "201")
    assert answer.code == 2
    assert "symbols: 201 is not between 1 and 200" in answer.errors


def test_plugins_are_listed_with_their_hooks(alaris: Shell) -> None:
    rows = {row["name"]: row for row in json.loads(alaris("plugins", "list", "--json", "--no-plugins").output)}
    assert {"DTqc001A", "DTqc002A", "DTqc003A", "DTqc004A", "STCS006A", "STHD001A", "STCS008A", "STHD003A", "kelly"} <= set(rows)
    assert (rows["STCS006A"]["kind"], rows["STCS006A"]["hooks"]) == ("guard", "validate_candidate")
    table = alaris("plugins", "list", "--no-plugins").output
    assert all(name in table for name in rows)


def test_a_trace_shows_each_call(alaris: Shell, tmp_path: Path) -> None:
    calendar = tmp_path / "earnings.csv"
    calendar.write_text("symbol,date,qtr,eps_est,eps,release_time,surp\nYUM,2017-02-09,,,,pre,\n", encoding="utf-8")
    traced = json.loads(alaris("plugins", "trace", "YUM", "2017-02-08", "--parameter", "sources.calendar", str(calendar), "--json").output)
    call = next(call for call in traced if call["hook"] == "earnings_events")
    assert call["plugin"] == "calendar_csv"
    assert "YUM" in call["answer"]
    assert call["arguments"]["symbol"] == "YUM"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--plugins", "nope"), "no plugin 'nope' is installed"),
        (("list", "--plugins", "a", "--no-plugins"), "exclude each other"),
        (("trace", "YUM", "yesterday"), "expected a day such as 2017-02-08"),
    ],
)
def test_wrong_use_is_refused(alaris: Shell, arguments: tuple[str, ...], message: str) -> None:
    answer = alaris("plugins", *arguments)
    assert answer.code == 2
    assert message in answer.errors
