"""What goes wrong between LEAN and the workflow, done on the embedded engine: each fault ends in a typed reason and no position is lost.

The market is synthetic. Its first eves (`symbols=3`, backtest profile): ZQCE is bought at the close of 2017-02-01 and sold on 02-02; ZQAL
is bought on 02-07, and its short put, 7 % in the money on 02-08, is assigned by the engine before the strategy's own exit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from faulty_runs import copied, faulty_run
from product_runs import ProductRun, backtest

from alaris.data import demo_market

ZQCE = {"start": "2017-01-25", "end": "2017-02-06"}
ZQAL = {"start": "2017-02-03", "end": "2017-02-13"}
ZQCE_LEGS = ("ZQCE  170203C00158000", "ZQCE  170317C00158000")


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented companies over a year."""
    folder = tmp_path_factory.mktemp("faults") / "data"
    demo_market.write(folder, symbols=3)
    return folder


def decision(run: ProductRun, symbol: str) -> dict[str, Any]:
    (found,) = (row for row in run.decisions if row["symbol"] == symbol)
    return found


def alerts(run: ProductRun) -> list[str]:
    return [row["text"].partition(":")[0] for row in run.journal if row["kind"] == "alert"]


def held_at_the_end(run: ProductRun) -> dict[str, float]:
    """Contracts and shares by symbol, from the fills alone."""
    held: dict[str, float] = {}
    for event in run.events:
        if event["fillQuantity"]:
            held[event["symbolValue"]] = held.get(event["symbolValue"], 0) + event["fillQuantity"]
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def test_without_option_quotes_of_the_day_there_is_no_chain(market: Path, tmp_path: Path) -> None:
    data = copied(market, tmp_path / "data")
    for file in (data / "option/usa/daily").glob("zqce_2017_quote*"):
        file.unlink()
    run = backtest(tmp_path / "run", data, {**ZQCE, "symbols": "ZQCE"})
    assert decision(run, "ZQCE")["reason"] == "NO_CHAIN"
    assert run.events == []


def test_without_a_universe_file_no_contract_is_listed(market: Path, tmp_path: Path) -> None:
    data = copied(market, tmp_path / "data")
    for file in (data / "option/usa/universes/zqce").glob("201[67]*.csv"):
        if file.stem <= "20170206":
            file.unlink()
    run = backtest(tmp_path / "run", data, {**ZQCE, "symbols": "ZQCE"})
    assert decision(run, "ZQCE")["reason"] == "NO_CHAIN"


def test_a_contract_that_cannot_be_traded_any_more_is_a_rejected_order(market: Path, tmp_path: Path) -> None:
    body = """
        def combo_limit_order(self, legs, *arguments, **named):
            self.securities[legs[0].symbol].is_tradable = False
            return super().combo_limit_order(legs, *arguments, **named)
    """
    run = faulty_run(tmp_path, market, body, ZQCE)
    row = decision(run, "ZQCE")
    assert row["reason"] == "ORDER_REJECTED"
    assert "tradable" in row["value"]
    assert held_at_the_end(run) == {}


def test_an_order_beyond_the_buying_power_is_a_rejected_order(market: Path, tmp_path: Path) -> None:
    body = """
        def combo_limit_order(self, legs, quantity, limit_price, **named):
            return super().combo_limit_order(legs, 1000 * quantity, limit_price, **named)
    """
    run = faulty_run(tmp_path, market, body, ZQCE)
    row = decision(run, "ZQCE")
    assert row["reason"] == "ORDER_REJECTED"
    assert "Insufficient buying power" in row["value"]
    assert held_at_the_end(run) == {}


def test_an_order_while_warming_up_is_a_rejected_order(market: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.set_warm_up(timedelta(days=5))
    """
    run = faulty_run(tmp_path, market, body, {"start": "2017-02-03", "end": "2017-02-06"})
    row = decision(run, "ZQCE")
    assert row["reason"] == "ORDER_REJECTED"
    assert "warm" in row["value"].lower()
    assert held_at_the_end(run) == {}


def test_half_an_entry_is_closed_again(market: Path, tmp_path: Path) -> None:
    body = """
        def combo_limit_order(self, legs, quantity, limit_price, **named):
            front = self.combo_market_order([Leg.create(legs[0].symbol, -1)], quantity)
            return [*front, self.limit_order(legs[1].symbol, quantity, 0.01)]
    """
    run = faulty_run(tmp_path, market, body, ZQCE)
    row = decision(run, "ZQCE")
    assert (row["reason"], row["value"]) == ("NOT_FILLED", "PARTIAL_ENTRY")
    assert alerts(run) == ["PARTIAL_ENTRY"]
    front = [event["fillQuantity"] for event in run.events if event["symbolValue"] == ZQCE_LEGS[0] and event["fillQuantity"]]
    assert front == [-3, 3]  # sold short as half of the entry, bought back at the next close
    assert held_at_the_end(run) == {}


def test_a_leg_assigned_before_our_exit_leaves_nothing_behind(market: Path, tmp_path: Path) -> None:
    run = backtest(tmp_path, market, ZQAL)
    row = decision(run, "ZQAL")
    assert row["exit_reason"] == "ASSIGNED_OR_EXPIRED"
    assert any(event["isAssignment"] for event in run.events)
    assert held_at_the_end(run) == {}  # the delivered stock and the orphan leg are sold as one order


def test_a_position_that_a_split_takes_out_of_trading_calls_for_a_person(market: Path, tmp_path: Path) -> None:
    """LEAN liquidates the contracts by market-on-close orders, which its IB model refuses, and marks them untradable all the same."""
    data = copied(market, tmp_path / "data")
    (data / "equity/usa/factor_files/zqce.csv").write_text("20150831,1,0.5,100\n20170202,1,0.5,158\n20501231,1,1,0\n")
    run = backtest(tmp_path / "run", data, ZQCE)
    assert set(alerts(run)) == {"EXIT_REJECTED"}
    assert held_at_the_end(run) == {ZQCE_LEGS[1]: 3}  # the short front expired; the long back can only be sold outside LEAN


RESTART = """
    def initialize(self):
        super().initialize()
        for value, quantity in {holdings!r}:
            self.hold(value, quantity)

    def hold(self, value, quantity):  # as LEAN's brokerage setup does after initialize
        stock = self.symbol("ZQCE")
        expiry = datetime.strptime(value[6:12], "%y%m%d")
        contract = Symbol.create_option(stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, int(value[13:]) / 1000, expiry)
        self.add_option_contract(contract, Resolution.DAILY).holdings.set_holdings(3.0, quantity)
"""
STOP_AFTER_THE_ENTRY = """
    def initialize(self):
        super().initialize()
        self.schedule.on(self.date_rules.on(2017, 2, 2), self.time_rules.at(9, 31), self.quit)
"""


def interrupted(market: Path, folder: Path) -> None:
    """A run that ends with ZQCE's calendar open and its book in the object store."""
    first = faulty_run(folder, market, STOP_AFTER_THE_ENTRY, {**ZQCE, "book": "live"})
    assert held_at_the_end(first) == {ZQCE_LEGS[0]: -3, ZQCE_LEGS[1]: 3}
    for file in first.folder.glob("*-order-events.json"):
        file.unlink()


def test_a_restart_knows_its_open_position_and_closes_it(market: Path, tmp_path: Path) -> None:
    interrupted(market, tmp_path)
    body = RESTART.format(holdings=((ZQCE_LEGS[0], -3), (ZQCE_LEGS[1], 3)))
    second = faulty_run(tmp_path, market, body, {"start": "2017-02-02", "end": "2017-02-06", "book": "live"})
    row = decision(second, "ZQCE")
    assert row["exit_reason"] == "REACTION"
    assert row["contracts"] == 3
    assert alerts(second) == []
    assert held_at_the_end(second) == {ZQCE_LEGS[0]: 3, ZQCE_LEGS[1]: -3}  # this run's fills undo the first run's


def test_a_restart_with_an_empty_account_says_that_the_position_is_gone(market: Path, tmp_path: Path) -> None:
    interrupted(market, tmp_path)
    second = faulty_run(tmp_path, market, "pass", {"start": "2017-02-02", "end": "2017-02-06", "book": "live"})
    assert alerts(second) == ["POSITION_GONE"]
    assert second.events == []


def test_a_restart_leaves_alone_what_the_book_does_not_know(market: Path, tmp_path: Path) -> None:
    interrupted(market, tmp_path)
    body = RESTART.format(holdings=((ZQCE_LEGS[0], -3), (ZQCE_LEGS[1], 3), ("ZQCE  170317C00160000", 2)))
    second = faulty_run(tmp_path, market, body, {"start": "2017-02-02", "end": "2017-02-06", "book": "live"})
    assert alerts(second) == ["POSITION_UNKNOWN"]
    assert "ZQCE  170317C00160000" not in held_at_the_end(second)


def test_a_halt_survives_a_restart_and_a_resume_ends_it(market: Path, tmp_path: Path) -> None:
    halt = """
        def initialize(self):
            super().initialize()
            self.on_command({"action": "halt", "who": "Ada", "why": "looking at the data"})
    """
    run = faulty_run(tmp_path, market, halt, {**ZQCE, "book": "live"})
    row = decision(run, "ZQCE")
    assert (row["reason"], row["value"]) == ("HALTED", "looking at the data")
    run = faulty_run(tmp_path, market, "pass", {**ZQCE, "book": "live"})
    assert decision(run, "ZQCE")["reason"] == "HALTED"
    resume = """
        def initialize(self):
            super().initialize()
            assert not self.on_command({"action": "resume", "who": "Ada", "why": ""})  # a resume says why
            assert not self.on_command({"action": "dance"})
            assert self.on_command({"action": "resume", "who": "Ada", "why": "it was fine"})
            assert self.on_command({"action": "status"})
    """
    run = faulty_run(tmp_path, market, resume, {**ZQCE, "book": "live"})
    assert decision(run, "ZQCE")["outcome"] == "TRADED"


def test_flatten_closes_at_the_next_close_and_halts(market: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 2), self.time_rules.at(9, 31), self.flatten)

        def flatten(self):
            assert self.on_command({"action": "flatten", "who": "Ada", "why": "going home"})
    """
    run = faulty_run(tmp_path, market, body, {"start": "2017-01-25", "end": "2017-02-13"})
    assert decision(run, "ZQCE")["exit_reason"] == "OPERATOR: going home"
    assert decision(run, "ZQAL")["reason"] == "HALTED"
    assert held_at_the_end(run) == {}


def test_a_broken_book_stops_the_run_before_it_trades(market: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            self.object_store.save("live.json", "{}")
            super().initialize()
    """
    with pytest.raises(AssertionError, match=r"book live\.json in the object store cannot be read"):
        faulty_run(tmp_path, market, body, {**ZQCE, "book": "live"})
