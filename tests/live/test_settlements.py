"""What left the account without an order: read off the positions, booked, and told to the algorithm as LEAN tells it."""

from __future__ import annotations

from datetime import date

import pytest
from live_desk import BACK, BUYER, FRONT, KEY, Desk

from alaris.broker import instrument_of
from alaris.domain import Leg
from alaris.live.account import prices_paid
from alaris.live.settlements import Settlement, settlements
from alaris.records.halts import BreakerBook
from alaris.records.positions import positions_of
from alaris.records.reconciliation import Difference, Finding

EXPIRY = date(2017, 2, 17)


def differs(contract: str, ours: int, brokers: int) -> Difference:
    return Difference(Finding.POSITION_DIFFERS, contract, str(ours), str(brokers))


def leg(name: str) -> Leg:
    found = instrument_of(name)
    assert isinstance(found, Leg)
    return found


@pytest.mark.parametrize(
    ("found", "today", "expected"),
    [
        # a short call assigned before its expiry: we deliver 100 shares a contract
        ([differs(FRONT, -2, 0), differs("YUM", 0, -200)], date(2017, 2, 9), [Settlement(leg(FRONT), -2, -200)]),
        # one of two assigned
        ([differs(FRONT, -2, -1), differs("YUM", 0, -100)], date(2017, 2, 9), [Settlement(leg(FRONT), -1, -100)]),
        # a short put assigned: shares come
        ([differs("YUM 170217P67.5", -1, 0), differs("YUM", 50, 150)], date(2017, 2, 9), [Settlement(leg("YUM 170217P67.5"), -1, 100)]),
        # a long call exercised at expiry beside a short one that lapsed
        (
            [differs(FRONT, -1, 0), differs("YUM 170217C65", 1, 0), differs("YUM", 0, 100)],
            EXPIRY,
            [Settlement(leg(FRONT), -1, 0), Settlement(leg("YUM 170217C65"), 1, 100)],
        ),
        ([differs(FRONT, -2, 0)], EXPIRY, [Settlement(leg(FRONT), -2, 0)]),  # lapsed
        ([differs(FRONT, -2, 0)], date(2017, 2, 9), []),  # gone before its expiry, and no shares came: nobody knows why
        ([differs(FRONT, -2, 0), differs("YUM", 0, -100)], date(2017, 2, 9), []),  # half of the shares
        ([differs(FRONT, -2, -3)], EXPIRY, []),  # more than we sold
        ([differs("YUM", 0, 100)], EXPIRY, []),  # shares alone
    ],
)
def test_positions_say_what_settled(found: list[Difference], today: date, expected: list[Settlement]) -> None:
    assert settlements(found, today) == expected


HELD = BUYER.replace(
    "    def on_order_event",
    """    def on_assignment_order_event(self, event):
        self.log(f"assigned {event.symbol.value} {event.fill_quantity:g}")

    def on_order_event""",
)


def bought(desk: Desk) -> None:
    """Two calendars, filled at once."""
    desk.market(10)

    def fill(_: object) -> None:
        desk.gateway.acknowledge(KEY)
        desk.gateway.fill(KEY)

    desk.gateway.on_place = fill


def test_an_assignment_is_booked_and_told_and_entries_go_on(desk: Desk) -> None:
    bought(desk)

    def assign() -> None:
        desk.gateway.positions |= {FRONT: 0, "YUM": -200}
        desk.gateway.cash = 113_497.4
        desk.session._account.ask()

    desk.wall.then(400, assign)
    assert desk.run(HELD).completed, desk.log
    assert desk.held == {BACK: 2.0, "YUM": -200.0}
    assert "assigned YUM   170217C00067500 2" in desk.log
    assert positions_of(desk.journal) == {BACK: 2, "YUM": -200}
    assert BreakerBook(desk.journal).state().entry_halt() is None
    assert desk.engine is not None
    assert desk.engine.portfolio.cash == 113_497.4  # the broker's own figure: 200 shares short at 67.50, less four fees of 0.65


def again(desk: Desk) -> None:
    """Compare once more."""
    desk.session._account.ask()


def test_what_nothing_explains_is_imported_and_halts_until_a_person_approves(desk: Desk) -> None:
    bought(desk)

    def vanish() -> None:
        desk.gateway.positions[FRONT] = 0
        desk.session._account.ask()

    desk.wall.then(400, vanish)
    desk.wall.then(900, lambda: again(desk))
    assert desk.run(HELD).completed, desk.log
    assert desk.held == {BACK: 2.0}  # the broker is right
    halt = BreakerBook(desk.journal).state().entry_halt()
    assert halt is not None
    assert halt.why == f"reconciliation: POSITION_DIFFERS {FRONT}: ours -2, the broker's 0"
    findings = [record.entry["finding"] for record in desk.journal.records(kind="reconciliation")]
    assert findings[-1] == "CLEAN"  # imported, so that it is told once
    assert findings.count("POSITION_DIFFERS") == 1


def test_what_was_paid_is_read_from_the_journal(desk: Desk) -> None:
    fills = [(FRONT, -2, "1.00"), (FRONT, -1, "1.30"), (BACK, 2, "2.00"), (BACK, -1, "2.40"), ("YUM", 100, "67.5"), ("YUM", -300, "68")]
    for number, (contract, count, price) in enumerate(fills):
        said = {"order_key": "T1|entry|1", "trade_id": "T1", "execution_id": f"{number}.01", "leg": contract}
        desk.journal.append("fill", {**said, "contracts": count, "price": price, "filled_at": desk.wall.time})
    # (2 x 1.00 + 1 x 1.30) / 3; a sale leaves the price of what is left; turned from 100 long to 200 short at 68
    assert prices_paid(desk.journal) == pytest.approx({FRONT: 1.1, BACK: 2.0, "YUM": 68.0})
