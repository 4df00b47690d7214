"""An account whose process was killed: what it left at a fake gateway, with expiries that are still to come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from queue import SimpleQueue

from fake_gateway import FakeGateway
from fake_gateway.__main__ import coming_fridays

from alaris.broker import BrokerEvent, ComboOrder, Gateway, GatewayAddress, instrument_of
from alaris.journal.store import Journal
from alaris.operations.desk import Desk
from alaris.workflow.order_state import Order, OrderState

FRONT_DAY, BACK_DAY = coming_fridays(date.today())  # noqa: DTZ011 - expiries to come, whatever the day
FRONT, BACK = f"YUM {FRONT_DAY:%y%m%d}C67.5", f"YUM {BACK_DAY:%y%m%d}C67.5"
ALWAYS = ";".join(f"{day:%Y%m%d}:0000-{day:%Y%m%d}:2359" for day in (date.today() + timedelta(days=n) for n in (-1, 0, 1)))  # noqa: DTZ011


def left_by_a_dead_process(account: str, gateway: FakeGateway, *plans: str) -> list[str]:
    """Calendars as a process left them that was killed: by each plan of the fake's; their keys."""
    events: SimpleQueue[BrokerEvent] = SimpleQueue()
    keys = []
    with Journal(account) as journal, Gateway(GatewayAddress(port=gateway.port, client_id=33), events.put) as connection:
        assert connection.wait_ready(10)
        desk = Desk(connection, journal, events, lambda: datetime.now(UTC))
        for number, plan in enumerate(plans, 1):
            gateway.plan(plan)
            key = f"T{number}|entry|1"
            desk.book.intend(Order(key, {FRONT: -1, BACK: 1}, 2), f"T{number}", {"symbol": "YUM"})
            desk.book.send(key, datetime.now(UTC), Decimal("1.15"), "BUY")
            connection.place(ComboOrder(key, ((instrument_of(FRONT), -1), (instrument_of(BACK), 1)), 2, Decimal("1.15")))
            wanted = OrderState.FILLED if plan == "market" else OrderState.WORKING
            assert desk.wait(5, lambda key=key, wanted=wanted: desk.book.order(key).state is wanted)  # type: ignore[misc]
            keys.append(key)
    gateway.plan("market")
    return keys
