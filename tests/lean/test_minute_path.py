"""The adapter on minute data: orders climb by the clock, guards are asked again, parts are kept or undone, positions are looked after.

One invented company of the demo market, ZQCE, whose session of 2017-02-01 is shown on both days unless a test says otherwise: its calendar
(short 2017-02-03, long 2017-03-17, strike 158) has a mid of 2.55 or 2.56 and, two cents wide, a natural debit 2 cents above it.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from faulty_runs import copied, faulty_run
from minute_market import Script, write
from product_runs import ProductRun

from alaris.data import demo_market

EVE, REACTION = date(2017, 2, 1), date(2017, 2, 2)
SAME = {REACTION: EVE}
RUN = {
    "symbols": "ZQCE",
    "start": "2017-01-31",
    "end": "2017-02-02",
    "schedule.resolution": "minute",
    "chain.strikes": "6",
    "chain.days": "130",
}
LEGS = ("ZQCE  170203C00158000", "ZQCE  170317C00158000")


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One invented company over a year of daily data."""
    folder = tmp_path_factory.mktemp("minute") / "data"
    demo_market.write(folder, symbols=3)
    return folder


@pytest.fixture(scope="module")
def calm(daily: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sessions at the eve's closing prices, quotes two cents wide."""
    return shown(daily, tmp_path_factory.mktemp("calm") / "data", Script(prices=SAME))


def shown(daily: Path, folder: Path, script: Script) -> Path:
    copied(daily, folder)
    write(folder, "ZQCE", [EVE, REACTION], script, near=(0.10, 130))
    return folder


def decision(run: ProductRun) -> dict[str, Any]:
    (found,) = (row for row in run.decisions if row["symbol"] == "ZQCE")
    return found


def rungs(run: ProductRun) -> list[tuple[str, str, str, float]]:
    """Side, action, time of day and limit of every step of every order."""
    return [(r["side"], r["action"], r["as_of"][11:19], r["limit"]) for r in run.journal if r["kind"] == "rung"]


def alerts(run: ProductRun) -> list[str]:
    return [row["text"].partition(":")[0] for row in run.journal if row["kind"] == "alert" and "text" in row]


def held(run: ProductRun) -> dict[str, float]:
    quantities: dict[str, float] = {}
    for event in run.events:
        if event["fillQuantity"]:
            quantities[event["symbolValue"]] = quantities.get(event["symbolValue"], 0) + event["fillQuantity"]
    return {symbol: quantity for symbol, quantity in quantities.items() if quantity}


def test_a_calendar_is_bought_and_sold_on_its_ladders_and_looked_after_between(calm: Path, tmp_path: Path) -> None:
    run = faulty_run(tmp_path, calm, "pass", RUN)
    row = decision(run)
    assert row["as_of"] == "2017-02-01T09:31:00-05:00"
    # mid 2.55, natural 2.57: a quarter of the way is 2.56; LEAN fills strictly inside, so the last limit is a cent through natural
    assert rungs(run)[:2] == [("entry", "place", "09:31:00", 2.56), ("entry", "replace", "09:34:00", 2.58)]
    assert row["entry"]["price"] == pytest.approx(2.57)
    # 15 minutes behind the open of the reaction's session
    assert [step[:3] for step in rungs(run)[2:]] == [("exit", "place", "09:45:00"), ("exit", "replace", "09:48:00")]
    assert row["exit_reason"] == "REACTION"
    assert round(sum(row["pnl_explained"].values()), 2) == row["pnl"]
    assert held(run) == {}
    assert alerts(run) == []
    checks = [r for r in run.journal if r["kind"] == "health"]
    assert len(checks) == 27  # every 15 minutes from 09:35 to 15:50, and once on the morning of the exit
    assert all(check["unrealized"] == pytest.approx(check["expected"], abs=0.01) for check in checks[:-1])


def test_a_ladder_may_also_climb_by_new_orders(calm: Path, tmp_path: Path) -> None:
    run = faulty_run(tmp_path, calm, "pass", {**RUN, "orders.step": "cancel"})
    row = decision(run)
    assert (row["outcome"], row["entry"]["price"], row["exit_reason"]) == ("TRADED", pytest.approx(2.57), "REACTION")
    assert [step[:2] for step in rungs(run)] == [(side, action) for side in ("entry", "exit") for action in ("place", "cancel", "place")]
    assert rungs(run)[2][3] == 2.58
    assert held(run) == {}
    assert alerts(run) == []
    assert not any(event["status"] == "updateSubmitted" for event in run.events)


def test_a_closing_order_that_is_refused_is_not_sent_again_at_once(calm: Path, tmp_path: Path) -> None:
    body = """
        refusals = []

        def combo_limit_order(self, legs, quantity, *arguments, **named):
            if quantity < 0 and len(Faulty.refusals) < 3:
                Faulty.refusals.append(self.time)
                self.securities[legs[0].symbol].is_tradable = False
            else:
                self.securities[legs[0].symbol].is_tradable = True
            return super().combo_limit_order(legs, quantity, *arguments, **named)
    """
    run = faulty_run(tmp_path, calm, body, {**RUN, "orders.retry_seconds": "300"})
    assert [side for side, _, at, _ in rungs(run) if at >= "09:45:00" and side == "exit"][:4] == ["exit"] * 4
    sent = [60 * int(at[:2]) + int(at[3:5]) for side, action, at, _ in rungs(run) if (side, action) == ("exit", "place")]
    assert all(5 <= later - earlier <= 7 for earlier, later in pairwise(sent[:4])), sent
    assert alerts(run) == ["EXIT_REJECTED"] * 3
    assert held(run) == {}


def test_the_guards_are_asked_again_before_each_rung(daily: Path, tmp_path: Path) -> None:
    wide = shown(daily, tmp_path / "data", Script(prices=SAME, width=lambda _day, minute: 0.02 if minute < 572 else 0.60))
    run = faulty_run(tmp_path, wide, "pass", RUN)
    row = decision(run)
    assert (row["rejected_phase"], row["outcome"]) == ("execution", "REJECTED")
    assert row["reason"].startswith("COST_"), row
    assert [step[:2] for step in rungs(run)] == [("entry", "place"), ("entry", "cancel")]
    assert held(run) == {}


def test_a_halt_ends_a_working_entry_at_the_next_look(calm: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(9, 32, 30), self.halt)

        def halt(self):
            assert self.on_command({"action": "halt", "who": "Ada", "why": "a look at the quotes"})
    """
    run = faulty_run(tmp_path, calm, body, RUN)
    row = decision(run)
    assert (row["reason"], row["value"]) == ("HALTED", "a look at the quotes")
    assert rungs(run)[-1][:3] == ("entry", "cancel", "09:33:00")
    assert held(run) == {}


PARTS = """
    class Parts(FillModel):
        def __init__(self, contracts):
            super().__init__()
            self.contracts, self.done = contracts, False

        def combo_limit_fill(self, order, parameters):
            fills = super().combo_limit_fill(order, parameters)
            if not fills or order.tag.endswith("exit"):
                return fills
            if self.done:
                return []
            self.done = True
            for fill, contracts in zip(fills, self.contracts):
                fill.fill_quantity = contracts
                fill.status = OrderStatus.PARTIALLY_FILLED
            return fills

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            if security.type == SecurityType.OPTION:
                security.set_fill_model(self.parts)
"""


@pytest.mark.parametrize(
    ("filled", "kept"),
    [((-2, 1), 1), ((-2, 0), 0), ((-5, 5), 5)],
    ids=["half of one spread is undone", "a naked leg is bought back", "more than was ordered is kept and said"],
)
def test_parts_of_an_entry_are_kept_whole_or_undone(calm: Path, tmp_path: Path, filled: tuple[int, int], kept: int) -> None:
    body = (
        PARTS
        + f"""
    def initialize(self):
        self.parts = Faulty.Parts({filled})
        super().initialize()
    """
    )
    run = faulty_run(tmp_path, calm, body, RUN)
    row = decision(run)
    assert alerts(run)[0] == ("OVERFILLED" if kept > 3 else "PARTIAL_ENTRY")  # three were ordered
    assert held(run) == {}
    front = [event["fillQuantity"] for event in run.events if event["symbolValue"] == LEGS[0] and event["fillQuantity"]]
    if kept:
        assert (row["outcome"], row["contracts"], row["exit_reason"]) == ("TRADED", kept, "REACTION")
    if kept == 1:
        assert front == [-2, 1, 1]  # sold two, one bought back at once, the other with its spread
        gained = float(run.result["statistics"]["End Equity"]) - 100_000
        assert gained == pytest.approx(row["pnl"], abs=0.005)  # what the half has cost is in the entry's price
    if not kept:
        assert (row["reason"], row["value"]) == ("NOT_FILLED", "PARTIAL_ENTRY")
        assert front == [-2, 2]


STUBBORN = """
    class Stubborn(FillModel):
        def combo_limit_fill(self, order, parameters):
            if order.tag.endswith("exit") and order.group_order_manager.limit_price > {least}:
                return []
            return super().combo_limit_fill(order, parameters)

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            if security.type == SecurityType.OPTION:
                security.set_fill_model(Faulty.Stubborn())
"""


def test_an_exit_that_nobody_takes_goes_under_natural_once_its_ladders_are_used_up(calm: Path, tmp_path: Path) -> None:
    run = faulty_run(tmp_path, calm, STUBBORN.format(least=2.45), {**RUN, "exits.ladders": "2"})
    row = decision(run)
    assert row["exit_reason"] == "REACTION"
    assert alerts(run) == ["EXIT_NOT_FILLED"] * 2
    exits = [step for step in rungs(run) if step[0] == "exit"]
    assert [action for _, action, _, _ in exits] == ["place", "replace", "cancel"] * 2 + ["place"]
    # natural 2.53 less the concession of 10 cents and the cent that LEAN's strict comparison needs
    assert exits[-1][3] == pytest.approx(2.42)
    assert row["exit"]["price"] == pytest.approx(2.53)  # the engine still fills at the quotes
    assert held(run) == {}


def test_the_front_leg_is_never_held_into_its_last_hour(daily: Path, tmp_path: Path) -> None:
    data, friday = copied(daily, tmp_path / "data"), date(2017, 2, 3)
    write(data, "ZQCE", [EVE, REACTION, friday], Script(prices={**SAME, friday: EVE}), near=(0.02, 130))
    patient = {"exits.exit_minutes": "5000", "exits.crush_captured": "1", "exits.maximum_loss_share": "9"}
    run = faulty_run(tmp_path, data, "pass", {**RUN, **patient, "end": "2017-02-06"})
    assert decision(run)["exit_reason"] == "EXPIRY"
    (only,) = [step for step in rungs(run) if step[0] == "exit"]
    assert only[:3] == ("exit", "place", "15:00:00")  # the front trades until 16:00 on Friday; there is no time left for a ladder
    assert held(run) == {}


def test_a_quote_twice_as_wide_as_at_the_entry_closes_at_the_next_health_check(daily: Path, tmp_path: Path) -> None:
    wide = shown(daily, tmp_path / "data", Script(prices=SAME, width=lambda _day, minute: 0.02 if minute < 720 else 0.06))
    run = faulty_run(tmp_path, wide, "pass", RUN)
    row = decision(run)
    assert row["exit_reason"] == "SPREAD_WIDENED"
    assert row["exit"]["filled_at"][:16] == "2017-02-01T12:06" or row["exit"]["filled_at"] > "2017-02-01T12:05"
    assert held(run) == {}


def test_quotes_that_went_stale_close_nothing_and_call_for_a_person(daily: Path, tmp_path: Path) -> None:
    gone = shown(daily, tmp_path / "data", Script(prices=SAME, quoted=lambda day, minute: day == EVE or minute >= 660))
    run = faulty_run(tmp_path, gone, "pass", RUN)
    assert set(alerts(run)) == {"EXIT_WAITS"}
    (first, *_) = [step for step in rungs(run) if step[0] == "exit"]
    assert first[2] >= "11:00:00"  # due at 09:45, but priced from quotes of that hour only
    assert held(run) == {}


def test_a_restart_between_two_closes_takes_its_position_over_and_its_old_orders_out(calm: Path, tmp_path: Path) -> None:
    stop = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(12, 0), self.quit)
    """
    first = faulty_run(tmp_path, calm, stop, {**RUN, "book": "live"})
    size = -held(first)[LEGS[0]]
    for file in first.folder.glob("*-order-events.json"):
        file.unlink()
    body = f"""
        def initialize(self):
            super().initialize()
            for value, quantity in {[(LEGS[0], -size), (LEGS[1], size)]!r}:
                expiry = datetime.strptime(value[6:12], "%y%m%d")
                strike = int(value[13:]) / 1000
                contract = Symbol.create_option(self.symbol("ZQCE"), Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, strike, expiry)
                self.add_option_contract(contract, Resolution.MINUTE).holdings.set_holdings(3.0, quantity)
    """
    second = faulty_run(tmp_path, calm, body, {**RUN, "start": "2017-02-02", "book": "live"})
    row = decision(second)
    assert (row["exit_reason"], row["contracts"]) == ("REACTION", size)
    assert held(second) == {LEGS[0]: size, LEGS[1]: -size}  # this run's fills undo the first run's
    assert alerts(second) == []


WORKING = """
    def initialize(self):
        super().initialize()
        self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(9, 32, 30), self.quit)
"""
HELD = """
    def initialize(self):
        super().initialize()
        for value, quantity, paid in {held!r}:
            expiry = datetime.strptime(value[6:12], "%y%m%d")
            strike = int(value[13:]) / 1000
            contract = Symbol.create_option(self.symbol("ZQCE"), Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, strike, expiry)
            self.add_option_contract(contract, Resolution.MINUTE).holdings.set_holdings(paid, quantity)
"""


@pytest.mark.parametrize(
    ("filled", "outcome", "reason", "alert"),
    [
        (((LEGS[0], -2, 4.26), (LEGS[1], 2, 6.82)), "TRADED", None, []),
        ((), "REJECTED", "NOT_FILLED", []),
        (((LEGS[0], -2, 4.26),), "REJECTED", "NOT_FILLED", ["PARTIAL_ENTRY"]),
    ],
    ids=["filled", "not filled", "half filled"],
)
def test_an_entry_that_worked_when_the_process_died_is_what_the_account_holds_of_it(
    calm: Path, tmp_path: Path, filled: tuple[tuple[str, int, float], ...], outcome: str, reason: str | None, alert: list[str]
) -> None:
    first = faulty_run(tmp_path, calm, WORKING, {**RUN, "book": "live"})
    assert held(first) == {}
    for file in first.folder.glob("*-order-events.json"):
        file.unlink()
    second = faulty_run(tmp_path, calm, HELD.format(held=filled), {**RUN, "start": "2017-02-02", "book": "live"})
    row = decision(second)
    assert (row["outcome"], row["reason"]) == (outcome, reason)
    assert alerts(second) == alert
    assert held(second) == {symbol: -quantity for symbol, quantity, _ in filled}  # whatever had filled is closed by this run
    if outcome == "TRADED":
        assert (row["contracts"], row["entry"]["price"], row["exit_reason"]) == (2, pytest.approx(6.82 - 4.26), "REACTION")


def test_an_assignment_leaves_neither_stock_nor_the_other_leg(calm: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(11, 0), self.assign)

        def assign(self):  # what a night's assignment leaves: the short call gone, 100 shares a contract sold at the strike
            front = next(s for s in self.portfolio.keys() if s.value == "ZQCE  170203C00158000")
            size = int(-self.portfolio[front].quantity)
            self.portfolio[front].set_holdings(0.0, 0)
            self.portfolio["ZQCE"].set_holdings(158.0, -100 * size)
    """
    run = faulty_run(tmp_path, calm, body, RUN)
    sold = {symbol: quantity for symbol, quantity in held(run).items() if quantity > 0}
    assert sold["ZQCE"] > 0  # the stock was bought back ...
    closing = [event for event in run.events if event["fillQuantity"] and event["time"] > run.events[0]["time"] + 3600]
    assert {event["symbolValue"] for event in closing} == {"ZQCE", LEGS[1]}  # ... in one order with the leg that was left alone
    assert decision(run)["exit_reason"] == "ASSIGNED_OR_EXPIRED"


LISTED = """
    class Listed:
        def __init__(self, symbol):
            self.symbol = symbol

        def set_filter(self, *arguments):
            pass

    class Chains:
        def __init__(self, algorithm):
            self.algorithm = algorithm

        @hookimpl
        def option_chain(self, symbol, as_of):
            rows = list(self.algorithm.option_chain(self.algorithm.symbol(symbol)))
            expiry = np.array([row.expiry.date() for row in rows], dtype="datetime64[D]")
            mid, number = np.array([row.last_price for row in rows]), len(rows)
            calls = np.array([row.right == OptionRight.CALL for row in rows])
            strikes = np.array([float(row.strike) for row in rows])
            spot = float(self.algorithm.securities[symbol].price)
            chain = OptionChain_(symbol, as_of, spot, expiry, np.zeros(number), calls, strikes, np.maximum(mid - 0.01, 0.01), mid + 0.01,
                                 np.full(number, 5000.0), np.full(number, 9000.0), np.full(number, np.nan))
            return Observation(chain, "vendor", as_of)

    def add_option(self, ticker, *arguments, **named):
        return Faulty.Listed(Symbol.create_canonical_option(self.symbol(ticker)))

    def initialize(self):
        super().initialize()
        self.earnings_calendar._parts.workflow._plugins.register(Faulty.Chains(self), "vendor", same_thread=True)
"""


def test_a_chain_of_a_plugin_is_traded_by_subscribing_its_two_legs(calm: Path, tmp_path: Path) -> None:
    """As live without a chain of the engine's own: only the two legs are ever subscribed, and they are ordered once they are quoted."""
    imports = (
        "import numpy as np\nfrom alaris.domain import Observation, OptionChain as OptionChain_\nfrom alaris.plugins import hookimpl\n"
    )
    run = faulty_run(tmp_path, calm, LISTED, RUN, imports=imports)
    row = decision(run)
    assert row["outcome"] == "TRADED", (row["reason"], row["value"], row["limit"])
    assert rungs(run)[0][2] > "09:31:00"  # not before the legs' first quotes
    assert held(run) == {}
    assert {event["symbolValue"] for event in run.events} == set(LEGS)


def test_what_fills_after_the_order_s_end_is_closed_again(calm: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            rules = self.date_rules.on(2017, 2, 1)
            self.schedule.on(rules, self.time_rules.at(9, 32, 30), self.halt)
            self.schedule.on(rules, self.time_rules.at(10, 0), self.late)

        def halt(self):
            assert self.on_command({"action": "halt", "who": "Ada", "why": "a look"})

        def late(self):
            front = next(s for s in self.securities.keys() if s.value == "ZQCE  170203C00158000")
            self.portfolio[front].set_holdings(4.26, -2)
            fee = type("Fee", (), {"value": type("Value", (), {"amount": 1.3})})
            event = {"order_id": 1, "status": OrderStatus.FILLED, "symbol": front, "fill_quantity": -2, "fill_price": 4.26}
            self.on_order_event(type("Late", (), {**event, "order_fee": fee, "is_assignment": False}))
    """
    run = faulty_run(tmp_path, calm, body, RUN)
    assert "LATE_FILL" in alerts(run)
    assert held(run) == {LEGS[0]: 2}  # bought back


def test_a_breaker_that_trips_over_an_open_position_stops_entries_and_no_exit(calm: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(12, 0), self.crash)

        def crash(self):
            self.portfolio.set_cash(self.portfolio.cash - 20_000)
    """
    run = faulty_run(tmp_path, calm, body, {**RUN, "book": "live"})
    assert decision(run)["exit_reason"] == "REACTION"
    assert held(run) == {}
    (halt,) = [row for row in run.journal if row.get("breaker")]
    assert (halt["breaker"], halt["action"], halt["as_of"][:16]) == ("DAILY_LOSS", "tripped", "2017-02-01T12:00")
    restarted = faulty_run(tmp_path, calm, "pass", {**RUN, "book": "live"})
    assert decision(restarted)["reason"] == "HALTED"


def test_a_position_that_somebody_else_closed_is_let_go_after_a_second_look(calm: Path, tmp_path: Path) -> None:
    body = """
        def initialize(self):
            super().initialize()
            self.schedule.on(self.date_rules.on(2017, 2, 1), self.time_rules.at(11, 0), self.sold)

        def sold(self):
            for holding in self.portfolio.values():
                holding.set_holdings(0.0, 0)
    """
    run = faulty_run(tmp_path, calm, body, RUN)
    assert alerts(run) == ["POSITION_GONE"]
    assert {event["symbolValue"]: event["fillQuantity"] for event in run.events if event["fillQuantity"]}.keys() == set(LEGS)
    assert not [step for step in rungs(run) if step[0] == "exit"]  # nothing is sold that is not held
