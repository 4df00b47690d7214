"""A calendar from entry to last fill: legs, an early assignment with its stock, a worthless expiry."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_results import traded

from alaris.lean.trades import Contracts, Trade

WHEN = datetime(2017, 2, 9, 5, tzinfo=UTC)
FRONT, BACK, STOCK = "front", "back", "stock"
ENTRY, EXIT = 1, 2


def trade() -> Trade:
    """Entered but for its fills; symbols stand as plain names, which is all that is compared of them."""
    decision = traded()
    assert decision.calendar is not None
    contracts: Any = Contracts(*(name for name in (FRONT, BACK, STOCK)))  # type: ignore[arg-type] # names in the place of LEAN's symbols
    return Trade(decision, decision.calendar, contracts, 100, entry_orders=frozenset({ENTRY}))


def fill(symbol: str, quantity: float, price: float, *, order: int = EXIT, fee: float = 0.0) -> Any:
    return SimpleNamespace(
        order_id=order,
        symbol=symbol,
        fill_quantity=quantity,
        fill_price=price,
        order_fee=SimpleNamespace(value=SimpleNamespace(amount=fee)),
    )


def entered(size: int) -> Trade:
    one = trade()
    one.note_fill(fill(FRONT, -size, 0.71, order=ENTRY, fee=1.95), WHEN)
    assert not one.is_open
    one.note_fill(fill(BACK, size, 1.51, order=ENTRY, fee=1.95), WHEN)
    return one


def test_an_entry_is_open_when_both_legs_stand_and_costs_its_net_debit() -> None:
    one = entered(trade().decision.contracts)
    assert one.is_open
    entry = one.entry_execution()
    assert entry.price == pytest.approx(0.80)  # 1.51 - 0.71, the fills of earnings_rotation_2017
    assert [f.fee for f in entry.fills] == [1.95, 1.95]


def test_an_exit_brings_its_net_credit() -> None:
    size = trade().decision.contracts
    one = entered(size)
    one.note_fill(fill(FRONT, size, 0.26), WHEN)
    one.note_fill(fill(BACK, -size, 1.19), WHEN)
    assert one.exit_execution(spot=67.0).price == pytest.approx(0.93)  # 1.19 - 0.26


def test_an_assigned_call_counts_its_stock_with_the_front_leg() -> None:
    size = trade().decision.contracts
    one = entered(size)
    one.note_fill(fill(FRONT, size, 0.0), WHEN)  # assigned: the option goes at 0 ...
    one.note_fill(fill(STOCK, -100 * size, 66.5), WHEN)  # ... and the stock is sold short at the strike
    one.note_fill(fill(STOCK, 100 * size, 70.0, fee=1.0), WHEN)  # bought back
    one.note_fill(fill(BACK, -size, 4.10), WHEN)
    done = one.exit_execution(spot=70.0)
    assert done.price == pytest.approx(4.10 - (70.0 - 66.5))
    assert done.calendar is None
    assert done.fills[0].fee == 1.0


def test_a_front_leg_that_expired_worthless_cost_nothing() -> None:
    size = trade().decision.contracts
    one = entered(size)
    one.note_fill(fill(FRONT, size, 0.0), WHEN)
    one.note_fill(fill(BACK, -size, 0.90), WHEN)
    assert one.exit_execution(spot=60.0).price == pytest.approx(0.90)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.floats(0.01, 50), st.floats(0.01, 50))
def test_partial_fills_add_up_to_the_same_cash(parts: list[int], near: float, far: float) -> None:
    size = trade().decision.contracts
    whole = [p * size / sum(parts) for p in parts]
    one = entered(size)
    for part in whole:
        one.note_fill(fill(FRONT, part, near), WHEN)
        one.note_fill(fill(BACK, -part, far), WHEN)
    assert one.exit_execution(spot=1.0).price == pytest.approx(far - near, abs=1e-9)
