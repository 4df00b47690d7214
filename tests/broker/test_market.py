"""Quotes, combos, chains and streams as the gateway gives them; what they cost; how contracts are named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from math import isnan
from pathlib import Path

import pytest
from broker_desk import CALENDAR, Connect, Desk
from fake_gateway import FakeGateway
from gateway_faults.playing import BACK, FRONT
from hypothesis import given
from hypothesis import strategies as st

from alaris.broker import (
    CODES,
    Caps,
    MarketTick,
    OptionParameters,
    QuoteMode,
    QuoteProblem,
    QuoteRules,
    QuoteTick,
    QuoteUnavailable,
    Reaction,
    Share,
    SnapshotCosts,
    contract_name,
    instrument_of,
)
from alaris.broker.codes import reaction_to
from alaris.domain import DataError, InvalidInput, Leg, Right

SNAPSHOT, REGULATORY = 17, 18  # fields of reqMktData, ibkr.md 3.2: after [contract 12], the delta-neutral flag and generic ticks
NOON = datetime(2017, 2, 8, 17, tzinfo=UTC)


def test_both_legs_are_asked_for_in_one_turn_and_cancelled_once_quoted(desk: Desk, fake: FakeGateway) -> None:
    front, back = desk.gateway.quotes((FRONT, BACK), 1.0)
    assert (front.leg, front.bid, front.ask, back.leg, back.bid, back.ask) == (FRONT, 1.0, 1.1, BACK, 2.0, 2.15)
    desk.until(lambda: fake.subscriptions == 0, "cancelled")
    assert [sent[SNAPSHOT : REGULATORY + 1] for sent in desk.sent(1)] == [["1", "0"], ["1", "0"]]
    assert sorted(sent[2] for sent in desk.sent(2)) == sorted(sent[2] for sent in desk.sent(1))
    assert abs((front.observed_at - back.observed_at).total_seconds()) < 1


def test_only_a_stream_has_open_interest(connect: Connect) -> None:
    desk = connect(rules=QuoteRules(figures=0.5))
    snapshot, _ = desk.gateway.quotes((FRONT, BACK), 0.2)
    stream, _ = desk.gateway.quotes((FRONT, BACK), 1.0, QuoteMode.STREAM)
    assert isnan(snapshot.open_interest)
    assert (stream.volume, stream.open_interest) == (500, 2000)
    assert isnan(stream.implied_volatility)
    assert isnan(stream.delta), "Greeks are our own core's"


def test_a_contract_is_asked_for_once_and_a_combo_never(desk: Desk, fake: FakeGateway) -> None:
    for _ in range(3):
        desk.gateway.quotes((FRONT, BACK), 1.0)
    desk.gateway.combo_quote((FRONT, BACK), (-1, 1), 1.0)
    assert [sent[5] for sent in desk.sent(9)] == ["OPT", "OPT"]


def test_the_combo_is_a_cross_check_of_its_legs(desk: Desk, fake: FakeGateway) -> None:
    quote = desk.gateway.combo_quote((FRONT, BACK), (-1, 1), 1.0)
    # by hand: buy at back ask - front bid = 2.15 - 1.00, sell at back bid - front ask = 2.00 - 1.10, mid 2.075 - 1.05
    assert [quote.ask, quote.bid, quote.natural, quote.mid] == pytest.approx([1.15, 0.90, 1.15, 1.025], abs=1e-9)
    fake.script_combo(("kind", 1), ("price", 1, -0.25, 5), ("price", 2, -0.10, 5))
    assert desk.gateway.combo_quote((FRONT, BACK), (-1, 1), 1.0).bid == -0.25, "a combo may be worth less than nothing"
    fake.script_combo(("kind", 1))
    with pytest.raises(QuoteUnavailable, match="TIMEOUT: combo of"):
        desk.gateway.combo_quote((FRONT, BACK), (-1, 1), 0.1)


def test_expiries_and_strikes(desk: Desk) -> None:
    expected = OptionParameters("YUM", "YUM", 100, (date(2017, 2, 17), date(2017, 3, 17)), (62.5, 65.0, 67.5, 70.0, 72.5))
    assert desk.gateway.option_parameters("YUM", 1.0) == expected
    with pytest.raises(QuoteUnavailable, match="NO_CONTRACT: ZZZ"):
        desk.gateway.option_parameters("ZZZ", 1.0)


def test_many_contracts_are_quoted_each_on_its_own(desk: Desk, fake: FakeGateway) -> None:
    fake.quote(1006, ask=None)
    unlisted = Leg("YUM", Right.CALL, 99.0, date(2017, 2, 17), 1)
    none, missing, back, share = desk.gateway.watched_quotes((FRONT, unlisted, BACK, Share("YUM")), 0.2)
    assert none is None
    assert missing is None
    assert back == (2.0, 2.15, 500, 2000)
    assert share is not None
    assert share[:2] == (66.99, 67.01)


def test_a_stream_tells_changes_and_trades_and_its_end(desk: Desk, fake: FakeGateway) -> None:
    desk.gateway.subscribe(FRONT)
    seen: list[MarketTick] = []

    def has(wanted: tuple[float, float]) -> bool:
        seen.extend(desk.gateway.ticks())
        shown = [(tick.bid, tick.ask) if isinstance(tick, QuoteTick) else (tick.price, tick.size) for tick in seen]
        return wanted in shown

    desk.until(lambda: has((1.0, 1.1)), "what stands")
    fake.quote(1006, bid=1.01, last=1.05, last_size=7)
    desk.until(lambda: has((1.01, 1.1)) and has((1.05, 7)), "the change and the trade")
    fake.quote(1006, bid=None)
    desk.until(lambda: any(isinstance(tick, QuoteTick) and isnan(tick.bid) for tick in [*seen, *desk.gateway.ticks()]), "the bid is gone")
    desk.gateway.unsubscribe(FRONT)
    desk.until(lambda: fake.subscriptions == 0, "unsubscribed")


def test_delayed_data_are_never_ticks(desk: Desk, fake: FakeGateway) -> None:
    fake.quote(1006, kind=3)
    desk.gateway.subscribe(FRONT)
    desk.gateway.subscribe(BACK)
    ticks: list[MarketTick] = []

    def told() -> bool:
        ticks.extend(desk.gateway.ticks())
        return bool(ticks)

    desk.until(told, "the live one")
    assert {tick.instrument for tick in ticks} == {BACK}


def test_lines_are_not_exceeded(connect: Connect, fake: FakeGateway) -> None:
    desk = connect(rules=QuoteRules(lines=1))
    desk.gateway.subscribe(FRONT)
    desk.gateway.subscribe(FRONT)  # once is enough
    with pytest.raises(QuoteUnavailable) as refused:
        desk.gateway.subscribe(BACK)
    assert refused.value.problem is QuoteProblem.TOO_MANY_LINES
    assert len(desk.sent(1)) == 1


def test_paid_snapshots_are_counted_when_sent_and_across_restarts(tmp_path: Path) -> None:
    caps = Caps(day=Decimal("0.10"), month=Decimal("0.15"), symbol_day=Decimal("0.06"))
    file = tmp_path / "costs.sqlite"
    SnapshotCosts(file, caps).spend("YUM", Decimal("0.03"), NOON)
    SnapshotCosts(file, caps).spend("YUM", Decimal("0.03"), NOON)
    with pytest.raises(QuoteUnavailable, match=r"COST_CAP: paid snapshots of YUM today: 0.06 of 0.06 USD are spent"):
        SnapshotCosts(file, caps).spend("YUM", Decimal("0.03"), NOON)
    SnapshotCosts(file, caps).spend("AAPL", Decimal("0.03"), NOON)
    with pytest.raises(QuoteUnavailable, match="of the day"):
        SnapshotCosts(file, caps).spend("MSFT", Decimal("0.03"), NOON)
    SnapshotCosts(file, caps).spend("MSFT", Decimal("0.03"), NOON.replace(day=9))
    SnapshotCosts(file, caps).spend("MSFT", Decimal("0.03"), NOON.replace(day=10))
    with pytest.raises(QuoteUnavailable, match="of the month"):
        SnapshotCosts(file, caps).spend("MSFT", Decimal("0.03"), NOON.replace(day=11))
    assert SnapshotCosts(file, caps).spent(NOON) == (Decimal("0.09"), Decimal("0.15"))


def test_a_counter_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "costs.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(DataError, match="mend or remove it"):
        SnapshotCosts(tmp_path / "costs.sqlite", Caps(Decimal(1), Decimal(1), Decimal(1))).spent(NOON)


@given(
    st.from_regex(r"[A-Z]{1,5}", fullmatch=True),
    st.sampled_from(Right),
    st.integers(1, 10_000_000).map(lambda thousandths: thousandths / 1000),
    st.dates(date(2000, 1, 1), date(2068, 12, 31)),
)
def test_a_name_gives_its_contract_back(symbol: str, right: Right, strike: float, expiry: date) -> None:
    leg = Leg(symbol, right, strike, expiry, 1)
    assert instrument_of(contract_name(leg)) == leg
    assert instrument_of(contract_name(Share(symbol))) == Share(symbol)


def test_names_are_the_journals() -> None:
    assert [contract_name(leg) for leg, _ in CALENDAR] == ["YUM 170217C67.5", "YUM 170317C67.5"]
    assert contract_name(Leg("SPX", Right.PUT, 4500.0, date(2023, 1, 20), -1)) == "SPX 230120P4500"
    for wrong in ("YUM 170231C67.5", "yum", "YUM 170217X67.5", ""):
        with pytest.raises(InvalidInput):
            instrument_of(wrong)


def test_every_code_of_the_table_has_one_reaction() -> None:
    asked_for = {100, 101, 103, 110, 162, 200, 201, 202, 300, 321, 326, 354, 399, 502, 504, 1100, 1101, 1102, 1300}
    asked_for |= {2103, 2104, 2105, 2106, 2107, 2108, 2110, 2157, 2158, 10089, 10090, 10091, 10147, 10148, 10167, 10168, 10197}
    assert asked_for <= CODES.keys()  # ibkr.md 2.6
    assert all(code.number == number and code.meaning for number, code in CODES.items())
    assert reaction_to(2199) is Reaction.NOTE
    assert reaction_to(424242) is Reaction.END_REQUEST


def test_the_table_of_codes_is_in_the_docs(repository: Path) -> None:
    page = (repository / "docs" / "providers" / "ibkr.md").read_text()
    for code in CODES.values():
        assert f"| {code.number} | {code.meaning} | `{code.reaction.value}` |" in page
