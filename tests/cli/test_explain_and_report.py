"""`alaris explain` and `alaris report` on hand-made results."""

import json
from pathlib import Path

from sample_results import traded
from shell import Shell


def test_explain_goes_through_the_ten_phases(alaris: Shell, results: Path) -> None:
    answer = alaris("explain", "yum", "2017-02-08")
    assert answer.code == 0
    assert "TRADED  10 spreads, P&L +$224.00" in answer.output
    assert [line[:2].strip() for line in answer.output.splitlines() if line.endswith("passed")] == [str(number) for number in range(1, 11)]
    assert "✓ IV30 / RV30                  1.49   limit ≥ 1.25" in answer.output


def test_explain_says_which_guard_refused(alaris: Shell, results: Path) -> None:
    answer = alaris("explain", "WIDE", "2017-02-08", "--output", str(results))
    assert "REFUSED in production validation: the round-trip cost is above its cap in USD (0.71 against 0.4)" in answer.output
    assert "✗ STCS006A cost survival" in answer.output
    assert "not reached" in answer.output


def test_the_report_day_finds_the_decision_too(alaris: Shell, results: Path) -> None:
    assert alaris("explain", "YUM", "2017-02-09").output == alaris("explain", "YUM", "2017-02-08").output


def test_explain_as_json(alaris: Shell, results: Path) -> None:
    found = json.loads(alaris("explain", "YUM", "2017-02-08", "--json").output)
    assert [(one["trade_id"], one["outcome"], len(one["phases"])) for one in found] == [(traded().trade_id, "TRADED", 10)]


def test_explain_names_the_dates_and_symbols_that_there_are(alaris: Shell, results: Path) -> None:
    other_day = alaris("explain", "YUM", "2017-05-03")
    assert (other_day.code, other_day.errors) == (2, "alaris: YUM has no decision on 2017-05-03; it has them on 2017-02-08\n")
    assert "did you mean YUM?" in alaris("explain", "YUMM", "2017-02-08").errors
    assert "it has them on ABC, WIDE, YUM" in alaris("explain", "QQQ", "2017-02-08").errors
    assert "expected a day such as 2017-02-08, was 'tomorrow'" in alaris("explain", "YUM", "tomorrow").errors


def test_without_results_both_say_what_to_do(alaris: Shell) -> None:
    for arguments in (("explain", "YUM", "2017-02-08"), ("report",)):
        answer = alaris(*arguments)
        assert answer.code == 2
        assert "run `alaris backtest` first" in answer.errors


def test_report_writes_the_page(alaris: Shell, results: Path) -> None:
    for arguments in ((), (str(results),)):
        (results / "report.html").unlink(missing_ok=True)
        answer = alaris("report", *arguments)
        assert answer.code == 0
        assert Path(answer.output.strip()).resolve() == (results / "report.html").resolve()
        assert (results / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_report_refuses_a_folder_without_results(alaris: Shell, tmp_path: Path) -> None:
    answer = alaris("report", str(tmp_path))
    assert answer.code == 2
    assert "name the output folder of a backtest" in answer.errors
