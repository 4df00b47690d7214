"""`alaris data import`, `query`, `providers`, `calendar`; `alaris plugins check`."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

from pytest_httpserver import HTTPServer
from shell import Shell

CHAINS = """option_id,symbol,strike,expiration,option_type,spot_price,bid,ask,price,delta,gamma,theta,vega,\
open_interest,volume,implied_volatility,data_date
x,ZQAB,50.0,2017-03-17,call,51.25,2.1,2.3,2.2,0.6,0.03,-3.1,6.2,10,5,0.24,2017-02-08
x,ZQAB,50.0,2017-03-17,put,51.25,0.0,0.05,0.025,-0.1,0.01,-1.1,2.2,0,0,0.31,2017-02-08
"""
CALENDAR = """symbol,date,release_time,source,available_at
ZQAB,2017-02-09,pre,one,2017-01-02T08:00:00-05:00
ZQAB,2017-02-09,pre,two,2017-01-03T08:00:00-05:00
ZQCE,2017-02-14,post,one,2017-01-02T08:00:00-05:00
ZQCE,2017-02-15,post,two,2017-01-02T08:00:00-05:00
ZQDO,2017-02-16,,one,2017-01-02T08:00:00-05:00
"""


def test_a_file_into_the_store_and_questions_to_it(alaris: Shell, tmp_path: Path) -> None:
    (tmp_path / "chains.csv.gz").write_bytes(gzip.compress(CHAINS.encode()))
    done = alaris("data", "import", "--from", "vendor-eod", "chains.csv.gz", "--into", "store", "--to", "store", "--json")
    assert json.loads(done.output)[0]["new"] == 2
    again = alaris("data", "import", "--from", "vendor-eod", "chains.csv.gz", "--into", "store", "--to", "store")
    assert again.code == 0
    assert "1 symbols, 2 rows" in again.output
    asked = alaris("data", "query", "select is_call, bid, ask, observed_at from chains order by is_call", "--store", "store", "--json")
    assert json.loads(asked.output) == [
        {"is_call": False, "bid": None, "ask": 0.05, "observed_at": "2017-02-08T21:00:00"},
        {"is_call": True, "bid": 2.1, "ask": 2.3, "observed_at": "2017-02-08T21:00:00"},
    ]
    back = alaris("data", "import", "--from", "store", "store", "--into", "lean", "--to", "lean")
    assert back.code == 0
    assert (tmp_path / "lean/option/usa/universes/zqab/20170208.csv").exists()


def test_bars_and_calendars_into_the_store_and_all_of_it_to_lean_and_back(alaris: Shell, tmp_path: Path) -> None:
    (tmp_path / "bars.csv").write_text("symbol,date,open,high,low,close,volume\nZQAB,2017-02-08,50.5,51.2345,50,51,1000\n")
    (tmp_path / "calendar.csv").write_text(CALENDAR)
    (tmp_path / "chains.csv").write_text(CHAINS)
    for form, file in (("bars", "bars.csv"), ("calendar", "calendar.csv"), ("vendor-eod", "chains.csv")):
        done = alaris("data", "import", "--from", form, file, "--into", "store", "--to", "store")
        assert done.code == 0, done.errors
    out = alaris("data", "import", "--from", "store", "store", "--into", "lean", "--to", "lean", "--json")
    assert {(row["symbol"], row["kind"], row["rows"]) for row in json.loads(out.output)} == {
        ("ZQAB", "chains", 2),
        ("ZQAB", "bars", 1),
        ("ZQAB", "earnings", 2),
    }
    back = alaris("data", "import", "--from", "lean", "lean", "--into", "store", "--to", "back")
    assert back.code == 0, back.errors
    for name in ("bars", "earnings"):
        asked = [alaris("data", "query", f"select * exclude source from {name} order by all", "--store", one) for one in ("store", "back")]  # noqa: S608 - our own words
        kept = [line for line in asked[0].output.splitlines() if "ZQCE" not in line and "ZQDO" not in line]
        assert [line.split() for line in asked[1].output.splitlines()] == [line.split() for line in kept]


def test_what_cannot_be_imported_is_told(alaris: Shell, tmp_path: Path) -> None:
    (tmp_path / "reply.json").write_text("<html>Log in</html>")
    answer = alaris("data", "import", "--from", "cboe", "reply.json", "--into", "store", "--to", "store")
    assert answer.code == 2
    assert "reply.json: is no chain of cboe (cboe: reply.json: an HTML page" in answer.errors
    answer = alaris("data", "import", "--from", "bars", "reply.json", "--into", "store", "--to", "store")
    assert "reply.json:1: no column symbol" in answer.errors
    answer = alaris("data", "import", "--from", "vendor-eod", "reply.json", "--into", "store", "--to", "store", "--at", "teatime")
    assert "--at: 'teatime' is not a time" in answer.errors
    answer = alaris("data", "query", "select 1", "--store", "nowhere")
    assert (answer.code, "import some with `alaris data import`" in answer.errors) == (2, True)


def test_coming_reports_with_how_far_the_sources_agree(alaris: Shell, tmp_path: Path) -> None:
    (tmp_path / "calendar.csv").write_text(CALENDAR)
    said = alaris(
        "data",
        "calendar",
        "--symbols",
        "ZQAB,ZQCE,ZQDO",
        "--date",
        "2017-02-01",
        "--parameter",
        "sources.calendar",
        "calendar.csv",
        "--json",
    )
    rows = {row["symbol"]: row for row in json.loads(said.output)}
    assert {symbol: row["confidence"] for symbol, row in rows.items()} == {
        "ZQAB": "confirmed",
        "ZQCE": "conflict",
        "ZQDO": "time of day unknown",
    }
    assert rows["ZQCE"]["date"] == "2017-02-14 or 2017-02-15"
    every = alaris("data", "calendar", "--date", "2017-02-01", "--parameter", "sources.calendar", "calendar.csv", "--json")
    assert {row["symbol"] for row in json.loads(every.output)} == {"ZQAB", "ZQCE", "ZQDO"}
    alaris("data", "import", "--from", "calendar", "calendar.csv", "--into", "store", "--to", "store", "--symbols", "ZQAB")
    kept = alaris("data", "calendar", "--date", "2017-02-01", "--json")  # from ./store alone
    assert [(row["symbol"], row["confidence"], row["sources"]) for row in json.loads(kept.output)] == [("ZQAB", "confirmed", "one, two")]
    nothing = alaris("data", "calendar", "--store", "nowhere")
    assert (nothing.code, "name underlyings, a calendar" in nothing.errors) == (2, True)
    before = alaris("data", "calendar", "--symbols", "ZQAB", "--date", "2017-01-01", "--parameter", "sources.calendar", "calendar.csv")
    assert "no report is known" in before.output


def test_providers_are_told_and_asked(alaris: Shell, tmp_path: Path) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = HTTPServer()
    server.start()
    try:
        server.expect_request("/fred/graph/fredgraph.csv").respond_with_data(
            "observation_date,DTB3\n2017-12-29,1.37\n", content_type="text/csv"
        )
        web = (
            "--parameter",
            "web.gateway",
            server.url_for("").rstrip("/"),
            "--parameter",
            "web.folder",
            str(tmp_path),
            "--parameter",
            "web.tries",
            "1",
        )
        rows = {row["provider"]: row for row in json.loads(alaris("data", "providers", "--ask", *web, "--json").output)}
    finally:
        server.stop()
    assert rows["fred"]["answers"].startswith("yes, ")
    assert (rows["fred"]["today"], rows["polygon"]["today"]) == ("1", "0")
    assert "SERVER_FAILED" in rows["treasury"]["answers"]
    assert rows["polygon"]["answers"].startswith("no: polygon: no key in MASSIVE_API_KEY or POLYGON_API_KEY; get one at https://")
    assert rows["fmp"]["key"] == "set FMP_API_KEY"


EARLY = """
from datetime import UTC, datetime

from alaris.domain import Observation
from alaris.plugins import hookimpl


class Early:
    @hookimpl
    def risk_free_rate(self):
        return Observation(0.05, "x", datetime(2017, 1, 1, tzinfo=UTC))


def plugin(settings):
    return Early()
"""


def test_a_plugin_is_checked_by_name_and_by_file(alaris: Shell, tmp_path: Path) -> None:
    good = alaris("plugins", "check", "kelly")
    assert (good.code, "passed" in good.output) == (0, True)
    (tmp_path / "early.py").write_text(EARLY)
    bad = alaris("plugins", "check", "early.py", "--json")
    assert bad.code == 1
    failed = [row for row in json.loads(bad.output) if row["verdict"] == "failed"]
    assert [(row["card"], row["hook"]) for row in failed] == [("PC03", "risk_free_rate")]
    assert "answered with something from the future" in failed[0]["note"]
    unknown = alaris("plugins", "check", "nobody")
    assert (unknown.code, "nobody: no installed package or plugin" in unknown.errors) == (2, True)


def test_every_session_of_a_folder_is_judged(alaris: Shell, tmp_path: Path) -> None:
    alaris("demo-market", "--output", "market", "--symbols", "1")
    said = alaris("data", "validate", "market", "--json")
    rows = {row["check"]: row for row in json.loads(said.output)}
    assert set(rows) == {"DTqc001A", "DTqc002A", "DTqc003A", "DTqc004A", "stale quotes", "open interest"}  # and the files are right
    assert {rows[name]["sessions"] for name in ("DTqc001A", "DTqc002A", "DTqc003A")} == {251}  # sessions of 2017
    assert said.code == int(any(row["refused"] for row in rows.values()))
    path = tmp_path / "market/option/usa/daily/zqal_2017_quote_american.zip"
    path.write_bytes(b"no zip")
    broken = alaris("data", "validate", "market", "--page", "validation.html")
    assert (tmp_path / "validation.html").read_text().startswith("<!doctype html>")
    assert (broken.code, "zqal_2017_quote_american.zip" in broken.output) == (1, True)
