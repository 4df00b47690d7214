"""Sessions judged one by one and together: what stood still, what no trading explains, what the page shows of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from alaris.data.chain_table import ChainTable, closes, table
from alaris.data.check import Finding, Severity
from alaris.data.continuity import Continuity, continuity
from alaris.data.validation import Check, Session, judged
from alaris.data.validation_page import figure, view, write_page
from alaris.domain import MarketSnapshot, Reason, Verdict
from alaris.settings import Settings

DAYS = [date(2017, 2, 6), date(2017, 2, 7), date(2017, 2, 8)]


def chains() -> ChainTable:
    """Three sessions, four contracts; the spot moves by 2 % into the second and not into the third."""
    day = np.repeat(np.array(DAYS, dtype="datetime64[D]"), 4)
    stood = closes(day)
    columns = {
        "observed_at": stood,
        "available_at": stood,
        "expiry": np.full(12, np.datetime64("2017-03-17")),
        "is_call": np.tile([True, True, False, False], 3),
        "strike": np.tile([50.0, 70.0, 50.0, 51.0], 3),
        "bid": np.array([1.0, 0.1, 1.0, np.nan, 1.0, 0.1, 0.8, np.nan, 1.0, 0.1, 0.8, 1.0]),
        "ask": np.array([1.2, 0.2, 1.2, 1.5, 1.2, 0.2, 1.0, 1.5, 1.2, 0.2, 1.0, 1.4]),
        "spot": np.repeat([50.0, 51.0, 51.0], 4),
        "volume": np.tile([2.0, 0, 0, 0], 3),
        "open_interest": np.array([10.0, 5, 7, 7, 14, 5, 8, 7, 19, 5, 8, np.nan]),
        "source": np.full(12, "lean"),
    }
    return table("ZQAB", columns).ordered()


def test_quotes_that_stood_still_and_interest_that_no_trading_explains() -> None:
    """By hand: near are 50 and 51; only the call at 50 kept both sides through the move; the put's 7 to 8 had no trade, 14 to 19 only 4."""
    assert continuity(chains()) == {
        DAYS[1]: Continuity(stale=1, compared=2, unexplained=1, held=3),
        DAYS[2]: Continuity(stale=0, compared=0, unexplained=1, held=2),
    }


def test_a_session_that_is_missing_in_between_is_the_next_of_the_table_and_one_session_compares_with_none() -> None:
    one = chains().where(chains().session == np.datetime64(DAYS[0]))
    assert continuity(one) == {}
    assert continuity(one.where(np.zeros(len(one), dtype=bool))) == {}


def verdicts(snapshot: MarketSnapshot) -> list[Verdict]:
    spot = Verdict("DTqc001A", snapshot.spot.value < 1e6, 0.5, 2.0, None)
    warned = Verdict("DTqc002A", True, 3.0, 2.0, Reason.ARBITRAGE, "parity")
    return [spot, warned, Verdict("DTqc004A", True, 1.0, 1.0)]


def test_every_session_of_a_folder_with_reports_that_are_known(small_market: Path) -> None:
    sessions = list(judged(small_market, "ZQAL", Settings(), verdicts))
    assert len(sessions) == 251
    by_name = {name: [check for session in sessions for check in session.checks if check.name == name] for name in ("DTqc001A", "DTqc004A")}
    assert all(check.share == 0.25 and not check.refused and not check.warned for check in by_name["DTqc001A"])
    assert 0 < len(by_name["DTqc004A"]) < 251  # only where a report is known to come
    eves = [session.day for session in sessions if session.reports_next]
    assert 3 <= len(eves) <= 5
    assert all(check.warned for session in sessions for check in session.checks if check.name == "DTqc002A")


def session(day: date, check: Check) -> Session:
    return Session("ZQ<b>", day, 50.0 + day.day, 100, 80, 3, reports_next=day == DAYS[1], checks=(check,))


def test_the_page_says_what_was_refused_and_escapes_it(tmp_path: Path) -> None:
    bad = Check("DTqc002A", refused=True, warned=False, share=4.5, note="parity <script>")
    good = Check("DTqc002A", refused=False, warned=False, share=0.5, note="")
    sessions = [session(DAYS[0], good), session(DAYS[1], bad), session(DAYS[2], good)]
    found = [Finding(Severity.ERROR, tmp_path / "a.zip", 3, "broken & gone", "write it again")]
    shown = view(tmp_path, found, sessions)
    assert [tile["value"] for tile in shown["tiles"]] == ["3", "1", "80.0%", "1"]
    assert shown["refused"] == [{"symbol": "ZQ<b>", "day": DAYS[1], "check": "DTqc002A", "note": "parity <script>"}]
    drawn = str(figure(sessions, shown["symbols"][0]["lanes"]))
    assert (drawn.count('class="cell refused"'), drawn.count('class="dot over"'), drawn.count('class="eve"')) == (1, 1, 1)
    write_page(tmp_path / "page.html", tmp_path, found, sessions)
    page = (tmp_path / "page.html").read_text()
    assert "parity &lt;script&gt;" in page
    assert "<script" not in page
    assert "a.zip:3" in page


def test_a_page_of_nothing(tmp_path: Path) -> None:
    write_page(tmp_path / "page.html", tmp_path, [], [])
    assert "no session could be judged" in (tmp_path / "page.html").read_text()


def test_chains_that_cannot_be_read_are_left_to_the_check_of_files(tmp_path: Path) -> None:
    assert list(judged(tmp_path, "ZQAB", Settings(), verdicts)) == []


def test_a_verdict_of_infinite_value_has_no_share(small_market: Path) -> None:
    def odd(_: MarketSnapshot) -> list[Verdict]:
        return [Verdict("DTqc001A", False, float("inf"), 1.0, Reason.PRICE_IMPLAUSIBLE, "odd"), Verdict("DTqc001A", True, None, None)]

    first = next(judged(small_market, "ZQAL", Settings(), odd))
    (check,) = (one for one in first.checks if one.name == "DTqc001A")
    assert (check.refused, check.note) == (True, "odd")
    assert np.isnan(check.share)
