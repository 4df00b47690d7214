"""decisions.jsonl: the documented keys, what is unknown is null, and what is written is read back."""

import json
import re
from pathlib import Path

import pytest
from sample_results import refused_by_guard, refused_early, traded

from alaris.domain import DataError, Decision
from alaris.records import KEYS, decision_record, read_decisions, write_decisions

DOCUMENT = Path(__file__).parents[2] / "docs" / "decisions.md"
ISSUE = {
    *("trade_id", "symbol", "as_of", "reaction_session", "preset", "outcome", "rejected_phase", "reason", "signal", "spot", "iv30", "iv60"),
    *("iv90", "front_iv", "slope", "rv30", "iv_rv_ratio", "mean_volume", "sigma_event", "expected_crush", "verdicts", "legs"),
    *("natural_debit", "mid_debit", "contracts", "entry", "exit", "pnl", "pnl_explained"),
}


@pytest.mark.parametrize("decision", [traded(), refused_early(), refused_by_guard()], ids=lambda decision: decision.trade_id)
def test_keys_are_the_documented_ones(decision: Decision) -> None:
    of_decisions = DOCUMENT.read_text(encoding="utf-8").split("## Beside it in the journal")[0]
    documented = re.findall(r"^\| `(\w+)` \|", of_decisions, flags=re.MULTILINE)
    assert sorted(documented) == sorted(KEYS) == sorted(decision_record(decision))
    assert set(KEYS) >= ISSUE


def test_nested_keys_are_the_documented_ones() -> None:
    record = decision_record(traded())
    assert list(record["verdicts"][0]) == ["id", "passed", "value", "limit", "reason", "note"]
    assert list(record["legs"][0]) == ["symbol", "right", "strike", "expiry", "ratio", "bid", "ask"]
    assert list(record["pnl_explained"]) == ["jump", "vega", "theta", "spread", "fees"]
    assert list(record["entry"]) == ["filled_at", "price", "spot", "fills", "note"]
    assert list(record["entry"]["fills"][0]) == ["symbol", "contracts", "price", "fee", "filled_at"]


def test_debits_follow_from_the_quotes() -> None:
    record = decision_record(traded())
    assert record["natural_debit"] == pytest.approx(2.05 - 1.10, abs=1e-9)
    assert record["mid_debit"] == pytest.approx(2.00 - 1.15, abs=1e-9)
    assert sum(record["pnl_explained"].values()) == pytest.approx(record["pnl"], abs=0.005)


def test_unknown_values_are_null() -> None:
    record = decision_record(refused_early())
    assert {key for key, value in record.items() if value is not None} == {
        *("trade_id", "symbol", "as_of", "preset", "profile", "settings_hash", "outcome", "rejected_phase", "reason", "value", "limit"),
        *("sources", "verdicts", "legs", "contracts"),
    }
    assert (record["outcome"], record["rejected_phase"], record["reason"]) == ("REJECTED", "universe", "LOW_VOLUME")


def test_written_decisions_are_read_back(tmp_path: Path) -> None:
    decisions = [traded(), refused_early()]
    path = tmp_path / "results" / "decisions.jsonl"
    write_decisions(path, decisions)
    assert read_decisions(path) == [decision_record(decision) for decision in decisions]
    assert [entry.name for entry in path.parent.iterdir()] == ["decisions.jsonl"]  # no temporary file is left


def test_equal_decisions_are_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_decisions(tmp_path / name, [refused_by_guard(), traded()])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="run `alaris backtest`"):
        read_decisions(tmp_path / "decisions.jsonl")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text(json.dumps(decision_record(traded())) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"decisions\.jsonl:2: is not JSON"):
        read_decisions(path)


def test_a_line_of_another_version_names_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_text('{"trade_id": "1"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r":1: lacks symbol, as_of, report_date"):
        read_decisions(path)
