"""Any sequence of fills, exercises, assignments, splits and dividends against a ledger kept by hand in this file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from math import copysign, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.bars import Dividend, Split
from alaris_runner.api.enums import OptionRight, SplitType
from alaris_runner.api.order_enums import OrderDirection, OrderStatus
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import CashAmount, OptionExerciseOrder, OrderFee
from alaris_runner.api.securities import Security
from alaris_runner.brokerage.exercise import exercise_events

STRIKE, START = 60.0, 100_000.0
PRICES = st.sampled_from([40.0, 55.25, 59.99, 60.0, 60.01, 72.5, 110.0])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("stock"), st.integers(-300, 300).filter(bool), PRICES),
        st.tuples(st.just("option"), st.integers(-5, 5).filter(bool), st.sampled_from([0.05, 1.5, 12.25])),
        st.tuples(st.just("price"), st.just(0), PRICES),
        st.tuples(st.just("exercise"), st.integers(1, 5), st.just(0.0)),
        st.tuples(st.just("dividend"), st.just(0), st.sampled_from([0.01, 0.3, 5.0])),
        st.tuples(st.just("split"), st.just(0), st.sampled_from([0.5, 1 / 3, 2.0, 10.0])),  # a factor of 0.5 is two for one
    ),
    max_size=20,
)


@dataclass
class Ledger:
    """What the account must hold, by plain sums."""

    right: OptionRight
    cash: float = START
    shares: float = 0.0
    contracts: float = 0.0
    price: float = 60.0
    fees: float = field(default=0.0)

    @property
    def worth(self) -> float:
        """Intrinsic value of a share of the contract."""
        return max(self.price - STRIKE if self.right == OptionRight.CALL else STRIKE - self.price, 0.0)

    def deliver(self, closed: float) -> None:
        """Book contracts that close by exercise (negative) or assignment (positive)."""
        self.contracts += closed
        if self.worth >= 0.01 - 1e-9:
            shares = -closed * 100 * (1 if self.right == OptionRight.CALL else -1)
            self.shares += shares
            self.cash -= shares * STRIKE

    def split(self, factor: float) -> None:
        """Whole shares stay, the rest is paid at the new price."""
        after = self.shares / factor
        whole = copysign(floor(abs(round(after, 6))), after)
        self.cash += (after - whole) * self.price * factor
        self.shares = whole
        self.price *= factor


def fill(desk: Desk, security: Security, quantity: float, price: float, fee: float) -> None:
    event = OrderEvent(1, security.symbol, desk.utc_now(), OrderStatus.FILLED, OrderDirection.of(quantity), price, quantity)
    event.order_fee = OrderFee(CashAmount(fee, "USD"))
    desk.portfolio.process_fills([event])


def act(desk: Desk, ledger: Ledger, stock: Security, option: Security, step: tuple[str, int, float]) -> None:
    """Do one thing to the account and to the ledger."""
    kind, quantity, price = step
    if kind in ("stock", "option"):
        fill(desk, stock if kind == "stock" else option, quantity, price, 1.0)
        ledger.cash -= quantity * price * (1 if kind == "stock" else 100) + 1.0
        ledger.fees += 1.0
        ledger.shares += quantity if kind == "stock" else 0
        ledger.contracts += quantity if kind == "option" else 0
    elif kind == "price":
        ledger.price = price
    elif kind == "exercise" and ledger.contracts:
        closed = copysign(min(quantity, abs(ledger.contracts)), -ledger.contracts)
        order = OptionExerciseOrder(option.symbol, closed, desk.utc_now())
        desk.portfolio.process_fills(exercise_events(option, order, desk.utc_now()))
        ledger.deliver(closed)
    elif kind == "dividend":
        desk.transactions.apply_dividends([Dividend(stock.symbol, desk.local_now, price, ledger.price)])
        ledger.cash += ledger.shares * price
    elif kind == "split":
        before = ledger.cash + ledger.shares * ledger.price
        desk.transactions.apply_splits([Split(stock.symbol, desk.local_now, ledger.price, price, SplitType.SPLIT_OCCURRED)])
        ledger.split(price)
        assert ledger.cash + ledger.shares * ledger.price == pytest.approx(before, abs=0.01), "a split makes nobody richer"
    desk.trade(stock, ledger.price)


@given(STEPS, st.sampled_from(list(OptionRight)))
def test_cash_and_holdings_are_the_value_after_anything(steps: list[tuple[str, int, float]], right: OptionRight) -> None:
    desk = Desk(cash=START)
    stock = desk.stock(price=60.0)
    option = desk.option(stock, right, STRIKE, datetime(2017, 2, 10), price=1.5)
    ledger, portfolio = Ledger(right), desk.portfolio
    for step in steps:
        act(desk, ledger, stock, option, step)
        assert (stock.holdings.quantity, option.holdings.quantity) == (pytest.approx(ledger.shares), ledger.contracts), step
        assert portfolio.cash == pytest.approx(ledger.cash, rel=1e-9, abs=0.005), step
        value = ledger.cash + ledger.shares * ledger.price + ledger.contracts * 100 * option.price
        assert portfolio.total_portfolio_value == pytest.approx(value, rel=1e-9, abs=0.005), step
    assert portfolio.total_fees == pytest.approx(ledger.fees)
    assert portfolio.invested == bool(ledger.shares or ledger.contracts)
