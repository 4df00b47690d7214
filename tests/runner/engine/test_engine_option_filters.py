"""Which contracts a filter leaves: LEAN's rank rule of strikes, expiries from the next trading day, weeklies and calendars."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import new_york_hours

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.enums import OptionRight, SecurityType
from alaris_runner.api.option_universe import Contract, OptionFilterUniverse, UniverseFile, filter_of, is_standard
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

ABC = Symbol(SecurityIdentifier("ABC", SecurityType.EQUITY, "usa", datetime(2010, 1, 4)), "ABC")
FRIDAY, MONTHLY = datetime(2024, 1, 12), datetime(2024, 1, 19)


def universe(
    strikes: list[float], price: float, expiries: tuple[datetime, ...] = (MONTHLY,), now: datetime = datetime(2024, 1, 9)
) -> OptionFilterUniverse:
    contracts = [Contract(ABC, e, k, r) for e in expiries for k in strikes for r in OptionRight]
    names = [f"{one.expiry:%Y%m%d},{one.strike},{one.right.name[0]}" for one in contracts]
    stock = TradeBar(now, ABC, price, price, price, price, 100)
    return OptionFilterUniverse(
        UniverseFile(now.date(), stock, contracts, names, lambda: ["1,1,1,1,1,1,0.2,0.5,0,0,0,0"] * len(contracts)), now, new_york_hours()
    )


def left(chosen: OptionFilterUniverse) -> list[float]:
    return sorted({symbol.id.strike_price for symbol in chosen.selected()})


@pytest.mark.parametrize(
    ("price", "low", "high", "expected"),
    [
        (100.0, -1, 1, [95, 100, 105]),  # exact hit is rank 0
        (102.0, -1, 1, [100, 105]),  # between strikes: one below and one above
        (102.0, 1, 2, [105, 110]),  # only above
        (102.0, -2, -1, [95, 100]),  # only below
        (130.0, -1, 1, []),  # above the whole list
    ],
)
def test_strikes_by_rank(price: float, low: int, high: int, expected: list[float]) -> None:
    assert left(universe([90, 95, 100, 105, 110], price).strikes(low, high)) == expected


def test_expiration_counts_from_the_next_trading_day() -> None:
    saturday = datetime(2024, 1, 6)
    assert {s.id.date for s in universe([100], 100, (datetime(2024, 1, 8), FRIDAY), saturday).expiration(0, 0).selected()} == {
        datetime(2024, 1, 8)
    }


def test_weeklies_and_monthlies() -> None:
    assert is_standard(MONTHLY)
    assert not is_standard(FRIDAY)
    assert {s.id.date for s in universe([100], 100, (FRIDAY, MONTHLY)).weeklys_only().selected()} == {FRIDAY}
    assert {s.id.date for s in universe([100], 100, (FRIDAY, MONTHLY)).standards_only().selected()} == {MONTHLY}


def test_a_calendar_takes_the_nearest_strike_and_two_expiries() -> None:
    later = datetime(2024, 2, 16)
    chosen = universe([95, 100, 105], 101, (FRIDAY, MONTHLY, later)).call_calendar_spread(0, 5, 30).selected()
    assert [(s.id.strike_price, s.id.date, s.id.option_right) for s in chosen] == [
        (100, MONTHLY, OptionRight.CALL),
        (100, later, OptionRight.CALL),
    ]
    assert universe([100], 100).call_calendar_spread(0, 5, 30).selected() == []


def test_the_forms_of_set_filter() -> None:
    assert left(filter_of([-1, 1, timedelta(0), timedelta(days=35)])(universe([90, 95, 100, 105], 100))) == [95, 100, 105]
    with pytest.raises(InvalidRequest, match="set_filter takes"):
        filter_of([1])


def test_an_unknown_filter_says_so() -> None:
    with pytest.raises(NotSupportedByRunner, match=r"OptionFilterUniverse\.zero_dte"):
        universe([100], 100).zero_dte()


@given(
    st.lists(st.integers(1, 400).map(lambda n: n / 2), min_size=1, max_size=40, unique=True),
    st.floats(1, 250),
    st.integers(-5, 0),
    st.integers(0, 5),
)
def test_strikes_leave_neighbours_of_the_price_only(strikes: list[float], price: float, low: int, high: int) -> None:
    chosen = left(universe(strikes, price).strikes(low, high))
    assert len(chosen) <= high - low + 1
    inside = [k for k in sorted(strikes) if chosen and chosen[0] <= k <= chosen[-1]]
    assert chosen == inside


LATER = datetime(2024, 2, 16)
STRIKES = [90.0, 95.0, 100.0, 105.0, 110.0]
CALL, PUT = OptionRight.CALL, OptionRight.PUT

#: The filter on a price of 101 on 9 January, monthly expiries of 19 January and 16 February, and the legs it leaves.
STRATEGIES = {
    "naked_call(5)": [(CALL, 100, MONTHLY)],
    "naked_call(11, 8)": [(CALL, 110, LATER)],  # 11 days are the 20th of January: the next month's
    "naked_put(0, -7)": [(PUT, 95, MONTHLY)],  # 94 is nearest 95
    "call_spread(5, 5)": [(CALL, 95, MONTHLY), (CALL, 105, MONTHLY)],  # 96 and 106
    "put_spread(5, 9, -2)": [(PUT, 100, MONTHLY), (PUT, 110, MONTHLY)],
    "call_spread(5, 30, 9)": [],  # nothing above 110
    "straddle(5)": [(CALL, 100, MONTHLY), (PUT, 100, MONTHLY)],
    "strangle(5, 3, -3)": [(CALL, 105, MONTHLY), (PUT, 100, MONTHLY)],
    "conversion(5, 5)": [(CALL, 105, MONTHLY), (PUT, 105, MONTHLY)],
    "protective_collar(5, 5, -5)": [(CALL, 105, MONTHLY), (PUT, 95, MONTHLY)],
    "protective_collar(5, 1, 0)": [],  # both are nearest 100: no collar
    "call_butterfly(5, 5)": [(CALL, 95, MONTHLY), (CALL, 100, MONTHLY), (CALL, 105, MONTHLY)],
    "put_butterfly(5, 10)": [(PUT, 90, MONTHLY), (PUT, 100, MONTHLY), (PUT, 110, MONTHLY)],
    "iron_butterfly(5, 5)": [(CALL, 100, MONTHLY), (CALL, 105, MONTHLY), (PUT, 95, MONTHLY), (PUT, 100, MONTHLY)],
    "iron_condor(5, 4, 9)": [(CALL, 105, MONTHLY), (CALL, 110, MONTHLY), (PUT, 90, MONTHLY), (PUT, 95, MONTHLY)],
    "iron_condor(5, 9, 30)": [],  # nothing above 110
    "box_spread(5, 5)": [(CALL, 95, MONTHLY), (CALL, 105, MONTHLY), (PUT, 95, MONTHLY), (PUT, 105, MONTHLY)],
    "call_calendar_spread(0, 5, 20)": [(CALL, 100, MONTHLY), (CALL, 100, LATER)],
    "put_calendar_spread(5, 5, 50)": [],  # no expiry so far away
    "jelly_roll(0, 5, 20)": [(right, 100, expiry) for right in (CALL, PUT) for expiry in (MONTHLY, LATER)],
    "call_ladder(5, 9, 4, -1)": [(CALL, 100, MONTHLY), (CALL, 105, MONTHLY), (CALL, 110, MONTHLY)],
    "put_ladder(5, 30, 20, 9)": [],
}


@pytest.mark.parametrize("written", STRATEGIES)
def test_legs_of_a_strategy(written: str) -> None:
    chosen = eval(f"chain.{written}", {"chain": universe(STRIKES, 101.0, (MONTHLY, LATER))})  # noqa: S307 - our own constants
    legs = {(symbol.id.option_right, symbol.id.strike_price, symbol.id.date) for symbol in chosen.selected()}
    assert legs == set(STRATEGIES[written])


@pytest.mark.parametrize(
    "written",
    [
        "strangle(5, -1, -3)",
        "call_spread(5, 1, 2)",
        "iron_condor(5, 9, 4)",
        "box_spread(5, 0)",
        "call_ladder(5, 1, 2, 3)",
        "jelly_roll(0, 9, 5)",
    ],
)
def test_distances_out_of_order_are_refused(written: str) -> None:
    with pytest.raises(InvalidRequest, match="needs"):
        eval(f"chain.{written}", {"chain": universe(STRIKES, 101.0)})  # noqa: S307 - our own constants
