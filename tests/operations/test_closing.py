"""The plan that closes an account: everything once, calendars whole, shorts before longs, never beyond the cap."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.broker import instrument_of
from alaris.domain import Leg, LegQuote
from alaris.operations.closing import Closing, closing_plan, is_marketable, limits
from alaris.settings import Orders

TODAY = date(2017, 2, 9)
FRONT, BACK, LATER = "YUM 170217C67.5", "YUM 170317C67.5", "YUM 170421C67.5"
NAN = float("nan")


def closed(*found: tuple[str, int]) -> tuple[str, ...]:
    return tuple(closing.text for closing in closing_plan(dict(found), TODAY).closings)


def quote(contract: str, bid: float, ask: float, ratio: int) -> LegQuote:
    leg = instrument_of(contract, ratio)
    assert isinstance(leg, Leg)
    return LegQuote(leg, bid, ask, 0, 0, NAN, NAN, NAN, NAN, NAN, datetime(2017, 2, 9, 15, 0, tzinfo=UTC))


def test_a_calendar_is_closed_by_one_combo() -> None:
    assert closed((FRONT, -3), (BACK, 3)) == (f"buy 3 {FRONT} and sell 3 {BACK}",)


def test_what_has_no_partner_is_bought_back_before_anything_is_sold() -> None:
    assert closed((FRONT, -3), (BACK, 1), ("YUM 170317P60", 2)) == (
        f"buy 2 {FRONT}",
        f"buy 1 {FRONT} and sell 1 {BACK}",
        "sell 2 YUM 170317P60",
    )
    assert closed((FRONT, 2), (BACK, -2)) == (f"buy 2 {BACK}", f"sell 2 {FRONT}")  # the wrong way round covers nothing
    assert closed((FRONT, -2), (BACK, 1), (LATER, 4)) == (
        f"buy 1 {FRONT} and sell 1 {BACK}",
        f"buy 1 {FRONT} and sell 1 {LATER}",
        f"sell 3 {LATER}",
    )


def test_what_is_left_to_a_person_and_why() -> None:
    plan = closing_plan({"YUM": -200, BACK: 2, "YUM 170208C60": -1, "MCD 170317C130": 1}, TODAY)
    assert [closing.text for closing in plan.closings] == ["sell 1 MCD 170317C130"]
    assert plan.left["YUM"].startswith("shares, from an assignment")
    assert "may cover the shares of YUM" in plan.left[BACK]
    assert "expired" in plan.left["YUM 170208C60"]


def test_the_name_of_an_attempt() -> None:
    (closing,) = closing_plan({FRONT: -1, BACK: 1}, TODAY).closings
    assert closing.key(TODAY, 2) == "FLAT|YUM 170217C67.5|170317C67.5|20170209|2"
    assert len(closing.key(TODAY, 99)) <= 60


CONTRACTS = st.builds(
    lambda symbol, month, right, strike: f"{symbol} 17{month:02d}17{right}{strike}",
    st.sampled_from(["YUM", "MCD", "BRK B"]),
    st.integers(2, 5),
    st.sampled_from("CP"),
    st.sampled_from([65, 67.5]),
)


@given(st.dictionaries(CONTRACTS, st.integers(-9, 9), max_size=12))
def test_everything_is_closed_exactly_once(positions: dict[str, int]) -> None:
    plan = closing_plan(positions, TODAY)
    after = Counter(positions)
    naked_before = {symbol: naked(after, symbol) for symbol in ("YUM", "MCD", "BRK B")}
    for closing in plan.closings:
        for name, ratio in closing.names.items():
            assert positions[name] * ratio < 0  # only ever towards zero
            after[name] += ratio * closing.contracts
        assert naked(after, closing.symbol) <= naked_before[closing.symbol]  # at no step is more uncovered than there was
    assert not any(after.values())
    assert len({closing.key(TODAY, 1) for closing in plan.closings}) == len(plan.closings)


def naked(positions: Counter[str], symbol: str) -> int:
    """Short contracts of an underlying without a longer option of the same right and strike."""
    total = 0
    legs = [(leg, count) for name, count in positions.items() if isinstance(leg := instrument_of(name), Leg) and leg.symbol == symbol]
    for line in {(leg.right, leg.strike) for leg, _ in legs}:
        free = 0
        for _, count in sorted(((leg.expiry, count) for leg, count in legs if (leg.right, leg.strike) == line), reverse=True):
            free += max(count, 0)
            total += max(-count - free, 0)
            free = max(free + min(count, 0), 0) if count < 0 else free
    return total


def calendar() -> Closing:
    return closing_plan({FRONT: -1, BACK: 1}, TODAY).closings[0]


def test_limits_climb_from_the_middle_to_natural() -> None:
    quotes = quote(FRONT, 0.50, 0.60, 1), quote(BACK, 1.40, 1.60, -1)
    # by hand: mid 0.55 - 1.50 = -0.95 (a credit), natural 0.60 - 1.40 = -0.80; a quarter of the way is -0.9125, up to the tick -0.91
    found = limits(quotes, calendar(), Orders(), cap=0.50)
    assert found == (Decimal("-0.91"), Decimal("-0.87"), Decimal("-0.83"), Decimal("-0.80"))
    assert [is_marketable(limit, quotes, calendar()) for limit in found] == [False, False, False, True]


def test_the_cap_ends_the_climb() -> None:
    quotes = quote(FRONT, 0.20, 1.00, 1), quote(BACK, 1.00, 2.00, -1)  # mid -0.90, natural 0.00
    found = limits(quotes, calendar(), Orders(), cap=0.105)
    assert found[-1] == Decimal("-0.80")  # -0.795 rounded down: never a cent beyond
    assert not is_marketable(found[-1], quotes, calendar())


@given(
    st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300)),
    st.floats(0.01, 5.0),
)
def test_no_limit_is_beyond_natural_by_a_tick_or_beyond_the_cap(cents: tuple[int, int, int, int], cap: float) -> None:
    front, back = sorted(cents[:2]), sorted(cents[2:])
    quotes = quote(FRONT, front[0] / 100, front[1] / 100, 1), quote(BACK, back[0] / 100, back[1] / 100, -1)
    mid = (front[0] + front[1] - back[0] - back[1]) / 200
    natural = (front[1] - back[0]) / 100
    found = limits(quotes, calendar(), Orders(), cap)
    assert list(found) == sorted(set(found))
    assert float(found[-1]) <= mid + cap + 1e-6
    assert float(found[-1]) <= natural + 0.01
    assert float(found[-1]) == pytest.approx(min(natural, mid + cap), abs=0.0100001)
