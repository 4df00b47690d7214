"""Trades and profit records by hand: first in first out, fees once, excursions, settlements."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.results.fills import Fill, Settlement
from alaris_runner.results.profit_loss import ProfitLossBook
from alaris_runner.results.trade_statistics import duration_text, trade_statistics
from alaris_runner.results.trades import Trade, TradeBuilder

NOON = datetime(2017, 2, 1, 17)
usd = Decimal


class Stock:
    value = "YUM"
    id = "YUM R735QTJ8XC9X"
    underlying = None


def fill(
    quantity: float, price: float, order_id: int = 1, fee: float = 1.0, minutes: int = 0, settlement: Settlement | None = None
) -> Fill:
    return Fill(NOON + timedelta(minutes=minutes), Stock(), order_id, price, quantity, fee, 1.0, settlement)


def closed(*fills: Fill) -> list[Trade]:
    builder = TradeBuilder()
    for one in fills:
        builder.add(one)
    return builder.closed


def test_oldest_first_and_the_exit_fee_once() -> None:
    trades = closed(fill(10, 50, 1), fill(10, 52, 2), fill(-15, 55, 3))
    assert [(trade.entry_price, trade.quantity, trade.profit_loss, trade.total_fees) for trade in trades] == [
        (50, 10, usd(50), usd(2)),
        (52, 5, usd(15), usd(1)),
    ]
    assert [trade.order_ids for trade in trades] == [(1, 3), (2, 3)]


def test_a_partial_close_takes_the_whole_entry_fee() -> None:
    trades = closed(fill(10, 50, 1), fill(-4, 51, 2), fill(-6, 52, 3))
    assert [trade.total_fees for trade in trades] == [2, 1]


def test_the_fee_of_an_order_goes_to_its_first_fill() -> None:
    trades = closed(fill(10, 50, 1), fill(10, 50, 1), fill(-20, 51, 2))
    assert [trade.total_fees for trade in trades] == [2, 0]


def test_a_reversal_opens_a_new_trade_without_fee() -> None:
    trades = closed(fill(10, 50, 1), fill(-25, 49, 2), fill(15, 47, 3))
    assert [(trade.is_long, trade.quantity, trade.profit_loss, trade.total_fees) for trade in trades] == [
        (True, 10, usd(-10), usd(2)),
        (False, 15, usd(30), usd(1)),
    ]


def test_excursions_and_what_was_given_back() -> None:
    builder = TradeBuilder()
    builder.add(fill(-2, 10, 1))
    for price in (9.0, 12.0, 8.0, 9.5):
        builder.see(Stock.id, price)
    builder.add(fill(2, 9, 2))
    (trade,) = builder.closed
    # short at 10, two shares: worst 12 -> -4, best 8 -> +4; unit profit 1, -2, 2, .5, 1: deepest fall from its maximum 1 - (-2) = 3
    assert (trade.adverse, trade.favorable, trade.end_drawdown) == (usd(-4), usd(4), usd(6))


def test_later_fills_count_as_prices_but_do_not_reset_the_extremes() -> None:
    builder = TradeBuilder()
    builder.add(fill(1, 10, 1))
    builder.see(Stock.id, 7)
    builder.add(fill(1, 12, 2))
    builder.add(fill(-2, 11, 3))
    assert [(trade.adverse, trade.favorable) for trade in builder.closed] == [(usd(-3), usd(2)), (usd(-5), usd(0))]


def test_a_split_rescales_open_trades_and_holdings() -> None:
    builder, book = TradeBuilder(), ProfitLossBook()
    for target in (builder, book):
        target.add(fill(10, 70, 1, fee=0))
        target.split(Stock.id, 0.5)
        target.add(fill(-20, 36, 2, fee=0))
    assert [(trade.quantity, trade.entry_price, trade.profit_loss) for trade in builder.closed] == [(20, 35, usd(20))]
    assert [record.amount for record in book.records] == [20]


def test_records_count_the_closing_fee_twice_and_move_on_by_milliseconds() -> None:
    book = ProfitLossBook()
    for one in (fill(10, 50, 1), fill(10, 54, 2), fill(-5, 60, 3), fill(-5, 50, 4), fill(-30, 52, 5), fill(20, 50, 6, minutes=1)):
        book.add(one)
    # average 52; (60-52)*5-2 = 38; (50-52)*5-2 = -12; 0-2 at ten shares; then short 20 from 52: 40-2
    assert [record.amount for record in book.records] == [38, -12, -2, 38]
    assert [record.time - NOON for record in book.records] == [timedelta(milliseconds=n) for n in (0, 1, 2)] + [timedelta(minutes=1)]
    assert [record.is_win for record in book.records] == [True, False, False, True]


@pytest.mark.parametrize(
    ("quantity", "strike", "underlying", "in_the_money", "profit", "want"),
    [
        (-1, 65, 66, True, usd(-50), True),  # long call, payoff 100, lost 50 of it: a win
        (-1, 65, 66, True, usd(-150), False),  # lost more than the payoff
        (-1, 65, 64, False, usd(-20), False),  # worthless long
        (1, 65, 64, False, usd(0), True),  # worthless short, even at zero
        (1, 65, 66, True, usd(23), False),  # assigned short: 23 made, 100 paid
        (1, 65, 66, True, usd(120), True),
    ],
)
def test_settlements(quantity: float, strike: float, underlying: float, in_the_money: bool, profit: Decimal, want: bool) -> None:
    call = Settlement(True, strike, underlying, in_the_money)
    assert call.is_win(profit, quantity, 100) is want


def test_no_trades_no_figures() -> None:
    empty = trade_statistics([])
    assert empty["totalNumberOfTrades"] == 0
    assert empty["startDateTime"] is None
    assert empty["winLossRatio"] == empty["profitFactor"] == empty["lossRate"] == "0"
    assert empty["averageTradeDuration"] == "00:00:00"


def test_only_winners_have_a_ratio_of_ten() -> None:
    figures = trade_statistics(closed(fill(1, 10, 1), fill(-1, 12, 2, minutes=90)))
    assert figures["winLossRatio"] == figures["profitFactor"] == figures["profitToMaxDrawdownRatio"] == "10"
    assert figures["averageWinningTradeDuration"] == "01:30:00"


@pytest.mark.parametrize(
    ("ticks", "want"),
    [(0, "00:00:00"), (5_903_999_999_999, "6.19:59:59.9999999"), (36_000_000_001, "01:00:00.0000001"), (-10_000_000, "-00:00:01")],
)
def test_durations(ticks: int, want: str) -> None:
    assert duration_text(ticks) == want


orders = st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.integers(1, 500)), min_size=1, max_size=30)


@given(orders)
def test_trades_records_and_cash_agree(path: list[tuple[int, int]]) -> None:
    """Whatever the path: closed profit + open value = cash + holding value, and quantities are conserved."""
    fills = [fill(float(quantity), price / 10, order, fee=0.5, minutes=order) for order, (quantity, price) in enumerate(path, 1)]
    builder, book = TradeBuilder(), ProfitLossBook()
    for one in fills:
        builder.add(one)
        book.add(one)
    last = fills[-1].price
    position = sum(one.quantity for one in fills)
    cash = -sum(one.quantity * one.price for one in fills)
    if position:
        flat = fill(-position, last, 99, fee=0.0, minutes=99)
        builder.add(flat)
        book.add(flat)
    gross = float(sum(trade.profit_loss for trade in builder.closed))
    assert gross == pytest.approx(cash + position * last, abs=0.01 * len(path))
    for trade in builder.closed:
        assert trade.adverse <= trade.profit_loss <= trade.favorable
        assert trade.end_drawdown >= 0


@given(orders)
def test_counts_of_trade_statistics(path: list[tuple[int, int]]) -> None:
    trades = closed(*(fill(float(quantity), price / 10, order, minutes=order) for order, (quantity, price) in enumerate(path, 1)))
    figures = trade_statistics(trades)
    won, lost = figures["numberOfWinningTrades"], figures["numberOfLosingTrades"]
    assert isinstance(won, int)
    assert isinstance(lost, int)
    assert won + lost == len(trades)
    assert usd(str(figures["totalProfit"])) + usd(str(figures["totalLoss"])) == usd(str(figures["totalProfitLoss"]))
