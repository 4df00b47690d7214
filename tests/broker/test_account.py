"""The account as a gateway tells it: whole or not at all, and a late answer never makes half an account."""

from __future__ import annotations

import asyncio
import threading

import pytest
from broker_desk import NAMES, Desk
from fake_gateway import Contract, FakeGateway
from gateway_faults.playing import FRONT

from alaris.broker import BrokerUnavailable
from alaris.broker.messages import EndSaid, ErrorSaid, RowSaid
from alaris.broker.questions import Questions, Refused
from alaris.workflow.order_state import Event, OrderState


def test_a_picture_holds_what_is_open_ended_executed_and_held(desk: Desk, fake: FakeGateway) -> None:
    desk.place("FILLED|1")
    desk.until(lambda: desk.order("FILLED|1").state is OrderState.FILLED, "filled")
    fake.plan("rests")
    desk.place("OPEN|1")
    desk.place("ENDED|1")
    desk.gateway.cancel("ENDED|1")
    desk.await_event(Event.CONFIRM_CANCEL, "ENDED|1")
    picture = desk.gateway.picture(2)
    assert picture.open_orders == frozenset({"OPEN|1"})
    assert picture.ended == {"ENDED|1": Event.CONFIRM_CANCEL}
    assert picture.positions == {NAMES[0]: -2, NAMES[1]: 2}
    assert picture.executions is not None
    assert [(key, report.contract, report.contracts) for key, report in picture.executions] == [
        ("FILLED|1", "", 2),
        ("FILLED|1", NAMES[0], -2),
        ("FILLED|1", NAMES[1], 2),
    ]


@pytest.mark.parametrize(("message", "part"), [(61, "positions"), (16, "open_orders"), (99, "ended"), (7, "executions")])
def test_a_part_that_is_not_answered_is_none_and_not_empty(desk: Desk, fake: FakeGateway, message: int, part: str) -> None:
    fake.fault("mute", (message,))
    picture = desk.gateway.picture(0.2)
    assert getattr(picture, part) is None
    fake.fault("mute", None)
    assert getattr(desk.gateway.picture(2), part) is not None


def test_without_a_connection_every_part_is_none(desk: Desk, fake: FakeGateway, expected_errors: list[str]) -> None:
    expected_errors += ["API connection failed", "Make sure API port"]
    fake.refuse()
    picture = desk.gateway.picture(0.2)
    assert (picture.open_orders, picture.ended, picture.executions, picture.positions) == (None, None, None, None)


def test_positions_that_move_while_they_are_read_are_read_again(desk: Desk, fake: FakeGateway) -> None:
    before = len(desk.sent(61))
    fake.fault("slow", {7: 0.05})
    threading.Timer(0.02, lambda: fake.assign(1006, -1, 100)).start()
    picture = desk.gateway.picture(2)
    assert picture.positions == {NAMES[0]: -1, "YUM": 100}
    assert len(desk.sent(61)) - before == 3


def test_orders_of_others_carry_a_name_of_their_own(desk: Desk, fake: FakeGateway) -> None:
    fake.plan("rests")
    exchange = fake._server.exchange
    fields = [
        "3",
        "7",
        "1006",
        "YUM",
        "OPT",
        "20170217",
        "67.5",
        "C",
        "100",
        "SMART",
        "",
        "USD",
        "",
        "YUM",
        "",
        "",
        "BUY",
        "1",
        "LMT",
        "0.5",
    ]
    fake._call(lambda: exchange.place(0, [*fields, "", "DAY", "", "DU1234567", "", "0", ""]))  # LEAN's: client 0, no orderRef
    assert desk.gateway.picture(2).open_orders == frozenset({"client 0 order 7"})


def test_what_is_no_standard_contract_keeps_the_brokers_name(desk: Desk, fake: FakeGateway) -> None:
    adjusted = Contract(7001, "YUM", "OPT", "20170217", 67.5, "C", "92", "YUM1")
    fake.add(adjusted)
    fake._call(lambda: fake._server.exchange.positions.update({7001: 3, 1006: -1}))
    assert desk.gateway.picture(2).positions == {"OPT YUM   170217C00067500": 3, NAMES[0]: -1}


def test_the_accounts_money(desk: Desk, fake: FakeGateway) -> None:
    figures = desk.gateway.account(1)
    assert (figures.account_id, figures.net_liquidation, figures.cash, figures.initial_margin) == ("DU1234567", 100_000, 80_000, 5_000)
    assert len(desk.sent(63)) == 1, "the subscription is ended"
    fake._server.figures.clear()
    with pytest.raises(BrokerUnavailable, match="no net liquidation value"):
        desk.gateway.account(1)


def test_hours_are_the_brokers_own(desk: Desk, fake: FakeGateway) -> None:
    fake.fault("hours", "20170216:0930-20170216:1600;20170217:0930-20170217:1300;20170218:CLOSED")
    hours = desk.gateway.trading_hours(FRONT, 1)
    assert [f"{opened:%d %H:%M} {closed:%H:%M %Z}" for opened, closed in hours] == ["16 09:30 16:00 EST", "17 09:30 13:00 EST"]


Said = RowSaid | EndSaid


def second_answer(script: list[list[Said]]) -> list[object]:
    """A named question after one that timed out, with what the gateway says after each sending."""

    async def work() -> list[object]:
        questions = Questions()

        def say() -> None:
            for message in script.pop(0) if script else []:
                if isinstance(message, RowSaid):
                    questions.row(message)
                else:
                    questions.end(message)

        def send() -> None:
            asyncio.get_running_loop().call_soon(say)

        with pytest.raises(BrokerUnavailable, match="no answer to 'positions' within"):
            await questions.ask("positions", lambda: None, 0.01)
        return await questions.ask("positions", send, 0.5)

    return asyncio.run(work())


def test_a_late_answer_to_an_earlier_question_never_makes_half_an_account() -> None:
    """The first question times out; its rest and end come after the second was sent: only the second's own rows count."""
    row = RowSaid("positions", "of the late answer")
    fresh = [RowSaid("positions", "short leg"), RowSaid("positions", "long leg")]
    assert second_answer([[row, EndSaid("positions")], [*fresh, EndSaid("positions")]]) == ["short leg", "long leg"]


def test_an_error_of_a_question_ends_it_with_its_code() -> None:
    async def work() -> None:
        questions = Questions()
        asyncio.get_running_loop().call_later(0.01, lambda: questions.error(ErrorSaid(5, 200, "No security definition")))
        await questions.ask(5, lambda: None, 1.0)

    with pytest.raises(Refused, match="code 200"):
        asyncio.run(work())
