"""One thread at a time, and the rungs of a ladder: what LEAN live does from several threads, and when a limit is due."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import PriceLadder
from alaris.lean.turns import Turns
from alaris.workflow.execution import Climb

OWN: Any = "of this thread"
START = datetime(2017, 2, 1, 14, 31, tzinfo=UTC)
LADDER = PriceLadder((2.56, 2.57, 2.58), (60.0, 60.0, 30.0))


def test_an_event_of_another_thread_waits_for_the_turn_without_blocking_its_thread() -> None:
    taken: list[Any] = []
    turns = Turns(taken.append)
    with turns.turn():
        other = threading.Thread(target=turns.note, args=("filled",))  # as LEAN's transaction thread does while an order is being placed
        other.start()
        other.join(timeout=5)
        assert not other.is_alive()
        assert taken == []
        turns.note(OWN)  # one's own events are taken at once, in the order of their coming
        assert taken == ["filled", OWN]
    assert taken == ["filled", OWN]


def test_no_event_is_lost_or_taken_twice_between_many_threads() -> None:
    taken: list[int] = []
    turns = Turns(taken.append)  # type: ignore[arg-type] # numbers in the place of LEAN's events

    def work(first: int) -> None:
        for number in range(first, first + 200):
            with turns.turn():
                turns.note(-number)  # type: ignore[arg-type] # see above
            turns.note(number)  # type: ignore[arg-type] # see above

    threads = [threading.Thread(target=work, args=(1 + 1_000 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with turns.turn():
        pass
    numbers = [1 + 1_000 * block + step for block in range(4) for step in range(200)]
    assert sorted(taken) == sorted([*numbers, *(-number for number in numbers)])


def test_each_limit_stands_for_its_seconds_and_then_the_order_ends() -> None:
    climb = Climb(LADDER, START)
    at = [climb.rung(START + timedelta(seconds=seconds)) for seconds in (0, 59.9, 60, 119.9, 120, 149.9, 150, 9_999)]
    assert at == [0, 0, 1, 1, 2, 2, None, None]
    assert climb.next_change(START + timedelta(seconds=61)) == START + timedelta(seconds=120)


@given(st.lists(st.floats(0.5, 600), min_size=1, max_size=8), st.lists(st.floats(0, 6_000), min_size=2, max_size=12))
def test_a_ladder_only_climbs(seconds: list[float], moments: list[float]) -> None:
    climb = Climb(PriceLadder(tuple(float(n) for n in range(len(seconds))), tuple(seconds)), START)
    rungs = [climb.rung(START + timedelta(seconds=moment)) for moment in sorted(moments)]
    heights = [len(seconds) if rung is None else rung for rung in rungs]
    assert heights == sorted(heights)
    assert all(climb.next_change(START + timedelta(seconds=moment)) >= START + timedelta(seconds=moment) for moment in moments)
