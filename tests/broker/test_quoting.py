"""What may be ordered from: whatever ticks come in whatever order, an accepted quote is live, whole, uncrossed and of a size."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.broker import QuoteProblem, QuoteRules
from alaris.broker.contract_ids import regular_hours
from alaris.broker.messages import BrokerContract, ContractRow, EndSaid, ErrorSaid, GenericSaid, KindSaid, PriceSaid, SizeSaid
from alaris.broker.quoting import Quotes, Watch

RULES = QuoteRules()
NOW = datetime(2017, 2, 8, 21, tzinfo=UTC)
PRICES = st.sampled_from([1.0, 1.1, 1.2, 0.0, -1.0, -0.5, math.nan, math.inf, -math.inf, 1.7976931348623157e308]) | st.floats()
SIZES = st.sampled_from([0.0, 0.5, 1.0, 10.0]) | st.floats(0, 100)
SAID = st.one_of(
    st.builds(PriceSaid, st.just(1), st.sampled_from([1, 2, 4, 66, 67]), PRICES, SIZES),
    st.builds(SizeSaid, st.just(1), st.sampled_from([0, 3, 5, 8, 27, 28, 69, 70]), SIZES),
    st.builds(KindSaid, st.just(1), st.sampled_from([1, 1, 1, 2, 3, 4])),
    st.builds(GenericSaid, st.just(1), st.just(49), st.sampled_from([0.0, 1.0, 2.0])),
    st.builds(ErrorSaid, st.just(1), st.sampled_from([200, 354, 10090, 10167, 2104]), st.just("text")),
    st.builds(EndSaid, st.just(1)),
)
Said = PriceSaid | SizeSaid | KindSaid | GenericSaid | ErrorSaid | EndSaid


def watched(said: list[Said], *, combo: bool = False) -> Watch:
    """One request after what was said of it."""

    async def work() -> Watch:
        quotes = Quotes(RULES, lambda: NOW)
        one = quotes.watch(1, "YUM 170217C67.5", combo=combo, option=not combo)
        handlers = {PriceSaid: quotes.price, SizeSaid: quotes.size, KindSaid: quotes.kind, GenericSaid: quotes.generic}
        for message in said:
            {**handlers, ErrorSaid: quotes.error, EndSaid: quotes.end}[type(message)](message)  # type: ignore[operator]  # by its type
        return one

    return asyncio.run(work())


@given(st.lists(SAID, max_size=12))
def test_an_accepted_quote_is_live_whole_and_possible(said: list[Said]) -> None:
    quote = watched(said)
    if quote.problem(RULES) is not None:
        return
    assert quote.kind == 1
    assert not quote.halted
    assert math.isfinite(quote.bid)
    assert math.isfinite(quote.ask)
    assert 0 <= quote.bid <= quote.ask
    assert 0 < quote.ask < RULES.largest_price
    assert quote.ask_size >= 1
    assert quote.bid == 0 or quote.bid_size >= 1
    stated = {(one.tick, one.price) for one in said if isinstance(one, PriceSaid)}
    assert {(1, quote.bid), (2, quote.ask)} <= stated, "both prices were stated as live ones"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ([], QuoteProblem.TIMEOUT),
        ([KindSaid(1, 1), PriceSaid(1, 1, 0.0, 0), PriceSaid(1, 2, 0.05, 10)], None),  # nobody bids for a far option: a true zero
        ([PriceSaid(1, 1, 1.0, 10), PriceSaid(1, 2, 1.1, 10)], QuoteProblem.KIND_UNKNOWN),
        ([KindSaid(1, 1), PriceSaid(1, 1, 1.0, 10), PriceSaid(1, 2, 1.1, 10), KindSaid(1, 3)], QuoteProblem.NOT_LIVE),
        ([KindSaid(1, 1), GenericSaid(1, 49, 1), PriceSaid(1, 1, 1.0, 1), PriceSaid(1, 2, 1.1, 1), GenericSaid(1, 49, 0)], None),
        (
            [KindSaid(1, 1), PriceSaid(1, 1, 1.0, 1), PriceSaid(1, 2, 1.1, 1), ErrorSaid(1, 10197, "elsewhere")],
            QuoteProblem.COMPETING_SESSION,
        ),
    ],
)
def test_what_is_said_of_a_quote(said: list[Said], problem: QuoteProblem | None) -> None:
    found = watched(said).problem(RULES)
    assert (None if found is None else found.problem) is problem


def test_a_combo_may_be_worth_less_than_nothing_but_not_crossed() -> None:
    worth: list[Said] = [KindSaid(1, 1), PriceSaid(1, 1, -0.30, 5), PriceSaid(1, 2, -0.20, 5)]
    assert watched(worth, combo=True).problem(RULES) is None
    crossed = watched([KindSaid(1, 1), PriceSaid(1, 1, -0.10, 5), PriceSaid(1, 2, -0.20, 5)], combo=True).problem(RULES)
    assert crossed is not None
    assert crossed.problem is QuoteProblem.CROSSED


def test_a_combo_without_a_bid_is_told_by_its_size() -> None:
    nobody = watched([KindSaid(1, 1), PriceSaid(1, 1, -1.0, 0), PriceSaid(1, 2, 0.20, 5)], combo=True).problem(RULES)
    assert nobody is not None
    assert nobody.problem is QuoteProblem.NO_SIZE


def test_of_call_and_put_interest_the_contracts_own_counts() -> None:
    assert watched([SizeSaid(1, 27, 0), SizeSaid(1, 28, 1500)]).open_interest == 1500
    assert watched([SizeSaid(1, 27, 1500), SizeSaid(1, 28, 0)]).open_interest == 1500
    assert watched([SizeSaid(1, 27, 0), SizeSaid(1, 28, 0)]).open_interest == 0


def test_regular_hours_know_half_days_and_holidays() -> None:
    text = "20261126:CLOSED;20261127:0930-20261127:1300;20261130:0930-20261130:1600"
    hours = regular_hours(ContractRow(BrokerContract(1, "YUM", "STK"), text, "US/Eastern"))
    assert [(opened.astimezone(UTC), closed.astimezone(UTC)) for opened, closed in hours] == [
        (datetime(2026, 11, 27, 14, 30, tzinfo=UTC), datetime(2026, 11, 27, 18, tzinfo=UTC)),
        (datetime(2026, 11, 30, 14, 30, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC)),
    ]
    assert regular_hours(ContractRow(BrokerContract(1, "YUM", "STK"), "", "")) == ()
