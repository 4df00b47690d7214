"""The product's own algorithm live against a fake gateway: chain and quotes by hook, a decision, both ladders, and the day played again."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_gateway import Contract, FakeGateway, Market, Quote
from faulty_runs import ALGORITHM, PRELUDE
from live_gateway_run import SteppingWall, made

from alaris.broker import GatewayAddress
from alaris.data import demo_market
from alaris.journal.store import Journal
from alaris.journal.verification import verify
from alaris.live.brokerage import Patience
from alaris.live.launch import Plan, launch
from alaris.live.replay import replay
from alaris.live.session import LiveRules
from alaris.records.positions import positions_of

EVE, REACTION = date(2017, 2, 1), date(2017, 2, 2)
LISTED = ("20170203", "20170217", "20170317")
BODY = """
    def initialize(self):
        super().initialize()
        self.schedule.on(self.date_rules.on(2017, 2, 2), self.time_rules.at(10, 0), self.quit)
"""


def market_of(data: Path) -> Market:
    """ZQCE and its contracts near the money at the eve's closing middles, two cents wide."""
    found = Market()
    spot = next(int(row[4]) for row in rows(data / "equity/usa/daily/zqce.zip", "zqce.csv")) / 1e4
    found.add(Contract(2000, "ZQCE"), Quote(round(spot - 0.01, 2), round(spot + 0.01, 2), 300, 200, last=spot, last_size=100, volume=1e6))
    archive = data / "option/usa/daily/zqce_2017_quote_american.zip"
    with zipfile.ZipFile(archive) as listed:
        names = listed.namelist()
    for name in names:
        right, strike, expiry = name.removesuffix(".csv").split("_")[3:]
        if expiry not in LISTED or abs(int(strike) / 1e4 / spot - 1) > 0.05:
            continue
        for row in rows(archive, name):
            middle = (int(row[4]) + int(row[9])) / 2e4
            contract = Contract(2001 + len(found.quotes), "ZQCE", "OPT", expiry, int(strike) / 1e4, right[0].upper(), "100", "ZQCE")
            found.add(contract, Quote(round(middle - 0.01, 2), round(middle + 0.01, 2), 50, 50, last=round(middle, 2)))
    return found


def rows(archive: Path, name: str) -> list[list[str]]:
    """The eve's row of a daily file, where both sides are quoted."""
    with zipfile.ZipFile(archive) as file:
        split = [line.split(",") for line in file.read(name).decode().splitlines()]
    return [row for row in split if row[0].startswith(f"{EVE:%Y%m%d}") and all(row[1:])]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented companies over a year of daily data."""
    folder = tmp_path_factory.mktemp("live") / "data"
    demo_market.write(folder, symbols=3)
    return folder


@pytest.fixture
def plan(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The product on one of them, paper, its quotes and chain from the gateway, whose clock is years ahead of the run's."""
    monkeypatch.setattr("alaris_plugins.ibkr._is_now", lambda _: True)
    file = tmp_path / "product.py"
    file.write_text(PRELUDE.format(folder=str(ALGORITHM)).replace("class Faulty", "class Product") + BODY)
    parameters = {
        "symbols": "ZQCE",
        "profile": "paper",
        "web.providers": "ibkr",
        "web.folder": str(tmp_path / "web"),
        "execution_quotes.first": "ibkr",
        "missing_input": "pass",  # nobody knows the legs' history here
        "ibkr.quote_seconds": "15",  # a busy machine answers late, and the run's clock stands meanwhile
        "plugins.call_seconds": "30",
    }
    rules = LiveRules(last_day=REACTION, seed_seconds=15, results_every=timedelta(hours=6), patience=Patience(*(timedelta(hours=1),) * 4))
    output = tmp_path / "output"
    return Plan(file, data, output, output / "record", str(tmp_path / "journal.db"), GatewayAddress(), parameters, rules=rules)


def test_the_product_trades_a_calendar_live_and_its_days_play_again(plan: Plan) -> None:
    with FakeGateway(market_of(plan.data_folder)) as gateway:
        run = on(plan, gateway.port)
        outcome = launch(run, wall=SteppingWall(datetime(2017, 2, 1, 12, 50, tzinfo=UTC), gateway, step=60), make_gateway=made)
        assert outcome.completed, outcome.error
        assert not any(gateway.positions.values())
        assert len(gateway.sent(3)) == 4  # entry and exit, each placed and moved once
    said = [json.loads(line) for line in run.decisions.read_text().splitlines()]
    rungs = [(row["side"], row["action"], row["as_of"][:16], row["limit"]) for row in said if row["kind"] == "rung"]
    assert [row[:2] for row in rungs] == [("entry", "place"), ("entry", "replace"), ("exit", "place"), ("exit", "replace")]
    assert rungs[0][2] == "2017-02-01T09:32"
    assert rungs[2][2:] == ("2017-02-02T09:45", 2.55)
    closed = next(row for row in said if row["kind"] == "exit")
    paid, got = closed["entry"]["price"], closed["exit"]["price"]
    fees = 2 * 2 * 0.65 * closed["contracts"]  # two legs, in and out
    assert closed["pnl"] == pytest.approx((got - paid) * 100 * closed["contracts"] - fees, abs=0.005)
    with Journal(run.journal, reading=True) as journal:
        assert positions_of(journal) == {}
        assert verify(journal).records > 20
        assert {"intent", "order", "status", "fill", "fee", "decision"} <= {record.kind for record in journal.records()}
    for day, fewest in ((EVE, 25), (REACTION, 3)):
        (played,) = replay(run.record, day)
        assert played.same, (played.error, played.first_difference)
        assert len(played.then) >= fewest


def test_an_entry_that_filled_while_its_process_was_dead_is_taken_over_and_left_in_time(plan: Plan) -> None:
    with FakeGateway(market_of(plan.data_folder)) as gateway:
        gateway.plan("rests")
        run = on(plan, gateway.port)
        process = multiprocessing.get_context("fork").Process(target=alone, args=(run,))
        process.start()
        end = time.monotonic() + 30
        while not gateway.sent(3):
            assert time.monotonic() < end, "no order was sent"
            time.sleep(0.01)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        (placed,) = gateway.sent(3)
        gateway.fill(placed[26], int(float(placed[17])))  # while nobody listens
        gateway.plan("market")
        outcome = launch(run, wall=SteppingWall(datetime(2017, 2, 1, 16, 0, tzinfo=UTC), gateway, step=60), make_gateway=made)
        assert outcome.completed, outcome.error
        assert not any(gateway.positions.values())
        assert len({frame[26] for frame in gateway.sent(3)}) == 2  # that entry and its exit
    closed = [json.loads(line) for line in run.decisions.read_text().splitlines() if '"kind": "exit"' in line]
    assert [row["exit_reason"] for row in closed] == ["REACTION"]
    dead, alive = replay(run.record, EVE)
    assert dead.same, (dead.error, dead.first_difference)
    assert alive.same, (alive.error, alive.first_difference)


def alone(run: Plan) -> None:
    """Run in a process of its own, from five minutes before the open on."""
    launch(run, wall=SteppingWall(datetime(2017, 2, 1, 14, 25, tzinfo=UTC), None, step=60), make_gateway=made)


def on(plan: Plan, port: int) -> Plan:
    """The plan on a gateway."""
    parameters: dict[str, Any] = {**plan.parameters, "ibkr.port": str(port)}
    address = GatewayAddress(port=port, client_id=33)
    return Plan(plan.file, plan.data_folder, plan.output, plan.record, plan.journal, address, parameters, rules=plan.rules)
