"""The account: averages, profit and settlement by hand, and cash + holdings = value after any sequence of fills."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.bars import Dividend, Split
from alaris_runner.api.brokerage_models import AccountType, DefaultBrokerageModel, InteractiveBrokersBrokerageModel
from alaris_runner.api.enums import DataNormalizationMode, OptionRight, Resolution, SplitType
from alaris_runner.api.order_enums import OrderDirection, OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import CashAmount, OrderFee
from alaris_runner.api.securities import Security
from alaris_runner.errors import NotSupportedByRunner

FEB10 = datetime(2017, 2, 10)


def fill(desk: Desk, security: Security, price: float, quantity: float, fee: float = 0.0) -> None:
    """Book one fill."""
    event = OrderEvent(1, security.symbol, desk.utc_now(), OrderStatus.FILLED, OrderDirection.of(quantity), price, quantity)
    event.order_fee = OrderFee(CashAmount(fee, "USD"))
    desk.portfolio.process_fills([event])


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.01, 500), st.integers(-50, 50).filter(bool), st.floats(0, 5)), max_size=25),
    st.floats(0.01, 500),
)
def test_cash_and_holdings_are_the_value_and_profit_explains_it(fills: list[tuple[bool, float, int, float]], price: float) -> None:
    desk = Desk()
    stock = desk.stock(price=price)
    option = desk.option(stock, OptionRight.CALL, 60.0, FEB10, price=price)
    for of_option, at, quantity, fee in fills:
        fill(desk, option if of_option else stock, at, quantity, fee)
    portfolio = desk.portfolio
    assert portfolio.total_portfolio_value == pytest.approx(
        portfolio.cash + stock.holdings.holdings_value + option.holdings.holdings_value, abs=1e-6
    )
    unrealised = sum(s.holdings.holdings_value - s.holdings.holdings_cost for s in (stock, option))
    explained = 100_000 + portfolio.total_profit - portfolio.total_fees + unrealised
    assert portfolio.total_portfolio_value == pytest.approx(explained, rel=1e-9, abs=1e-4)
    assert portfolio.total_fees == pytest.approx(sum(fee for *_, fee in fills))
    assert portfolio.invested == bool(stock.holdings.quantity or option.holdings.quantity)


@given(st.lists(st.tuples(st.floats(0.01, 500), st.integers(-50, 50).filter(bool)), min_size=1, max_size=25))
def test_the_average_price_lies_within_the_prices_paid(fills: list[tuple[float, int]]) -> None:
    desk = Desk()
    stock = desk.stock(price=100.0)
    for at, quantity in fills:
        fill(desk, stock, at, quantity)
    holding, prices = stock.holdings, [at for at, _ in fills]
    assert holding.quantity == sum(quantity for _, quantity in fills)
    if holding.quantity:
        assert min(prices) - 1e-9 <= holding.average_price <= max(prices) + 1e-9
    else:
        assert holding.average_price == 0


def test_average_over_additions_kept_by_reductions_renewed_through_zero() -> None:
    desk = Desk()
    stock = desk.stock(price=70.0)
    fill(desk, stock, 60.0, 100)
    fill(desk, stock, 66.0, 50)
    assert stock.holdings.average_price == pytest.approx(62.0)  # (6000 + 3300) / 150
    fill(desk, stock, 65.0, -50)
    assert (stock.holdings.average_price, stock.holdings.profit) == (pytest.approx(62.0), pytest.approx(150.0))
    fill(desk, stock, 64.0, -150)
    assert (stock.holdings.quantity, stock.holdings.average_price) == (-50, 64.0)
    assert stock.holdings.profit == pytest.approx(350.0)
    assert desk.portfolio.total_sale_volume == pytest.approx(6000 + 3300 + 3250 + 9600)


def test_unrealised_profit_is_the_closing_side_less_the_fee() -> None:
    desk = Desk()
    option = desk.option(desk.stock(price=66.6), OptionRight.CALL, 66.5, FEB10)
    desk.quote(option, 1.20, 1.40)
    fill(desk, option, 1.00, 2)
    assert option.holdings.unrealized_profit == pytest.approx((1.20 - 1.00) * 200 - 1.30)
    assert desk.portfolio.total_unrealized_profit == pytest.approx(38.7)


def test_a_cash_account_waits_for_the_proceeds_of_sales() -> None:
    desk = Desk(InteractiveBrokersBrokerageModel(AccountType.CASH), cash=20_000, local_now=datetime(2017, 2, 3, 16, 0))  # a Friday
    option = desk.option(desk.stock(price=66.30), OptionRight.CALL, 66.5, FEB10)
    desk.quote(option, 0.98, 1.12)
    fill(desk, option, 0.98, -1, 1.0)
    portfolio = desk.portfolio
    assert [portfolio.cash, portfolio.unsettled_cash] == pytest.approx([19_999.0, 98.0])
    assert portfolio.margin_remaining == pytest.approx(19_992 - 98 - 1411)  # golden case margin_rules_cash, day 1
    desk.at(2017, 2, 6, 5, 59)
    portfolio.settle(desk.utc_now())
    assert portfolio.unsettled_cash == pytest.approx(98.0)
    desk.at(2017, 2, 6, 6, 0)  # Monday, six o'clock
    portfolio.settle(desk.utc_now())
    assert [portfolio.cash, portfolio.unsettled_cash] == pytest.approx([20_097.0, 0.0], abs=1e-9)


def test_dividends_are_paid_at_raw_prices_and_by_shorts() -> None:
    desk = Desk()
    stock = desk.stock(price=64.0)
    fill(desk, stock, 64.0, -1221)
    cash = desk.portfolio.cash
    dividend = Dividend(stock.symbol, desk.local_now, 0.30, 64.3)
    desk.transactions.apply_dividends([dividend])
    assert desk.portfolio.cash - cash == pytest.approx(-366.3)  # equity_orders_daily_*: -1221 * 0.30
    stock.data_normalization_mode = DataNormalizationMode.ADJUSTED
    desk.transactions.apply_dividends([dividend])
    assert desk.portfolio.cash - cash == pytest.approx(-366.3), "adjusted prices already contain dividends"


def test_a_split_keeps_whole_shares_and_pays_the_rest() -> None:
    desk = Desk(local_now=datetime(2017, 2, 8, 9, 31))
    stock = desk.stock("AAPL", price=645.57)
    fill(desk, stock, 640.0, 15)
    order = desk.algorithm.limit_order(stock.symbol, 10, 600.0)
    cash = desk.portfolio.cash
    split = Split(stock.symbol, desk.local_now, 645.57, 2 / 3, SplitType.SPLIT_OCCURRED)
    desk.transactions.apply_splits([split])
    assert stock.holdings.quantity == 22
    assert stock.holdings.average_price == pytest.approx(640 * 2 / 3)
    assert desk.portfolio.cash - cash == pytest.approx(0.5 * 645.57 * 2 / 3)
    desk.transactions.drain()
    assert order.quantity == 15
    assert getattr(order.order, "limit_price", None) == pytest.approx(400.0)


def test_options_are_closed_at_the_close_before_a_split() -> None:
    desk = Desk(DefaultBrokerageModel(), local_now=datetime(2014, 6, 6, 0, 0))
    stock = desk.stock("AAPL", price=645.57)
    option = desk.option(stock, OptionRight.CALL, 640.0, datetime(2014, 6, 13), price=7.0)
    fill(desk, option, 7.0, 2)
    desk.transactions.apply_splits([Split(stock.symbol, desk.local_now, 645.57, 1 / 7, SplitType.WARNING)])
    order = desk.transactions.orders[1]
    assert (order.type, order.quantity, order.status) == (OrderType.MARKET_ON_CLOSE, -2, OrderStatus.SUBMITTED)
    assert not option.is_tradable
    assert desk.notes[0].startswith("MarketOnClose order submitted for option contract 'AAPL  140613C00640000' due to impending AAPL split")
    desk.at(2014, 6, 6, 16, 0)
    desk.quote(option, 8.0, 8.2)
    desk.step()
    assert (order.status, order.price, option.holdings.quantity) == (OrderStatus.FILLED, 8.0, 0)


def test_minute_options_are_closed_when_the_last_moment_comes() -> None:
    desk = Desk(DefaultBrokerageModel(), local_now=datetime(2014, 6, 6, 9, 31))
    stock = desk.stock("AAPL", 645.57, Resolution.MINUTE)
    option = desk.option(stock, OptionRight.CALL, 640.0, datetime(2014, 6, 13), 7.0, Resolution.MINUTE)
    fill(desk, option, 7.0, 2)
    desk.transactions.apply_splits([Split(stock.symbol, desk.local_now, 645.57, 1 / 7, SplitType.WARNING)])
    desk.at(2014, 6, 6, 15, 43)
    desk.step()
    assert desk.transactions.orders == {}
    desk.at(2014, 6, 6, 15, 44)  # 16:00 less 15:30, cut to the minute
    desk.step()
    assert [order.type for order in desk.transactions.orders.values()] == [OrderType.MARKET_ON_CLOSE]


def test_no_option_order_in_the_step_of_a_split() -> None:
    desk = Desk(local_now=datetime(2014, 6, 9, 10, 0))
    stock = desk.stock("AAPL", 92.0, Resolution.MINUTE)
    option = desk.option(stock, OptionRight.CALL, 92.86, datetime(2014, 6, 13), 1.0, Resolution.MINUTE)
    desk.transactions.apply_splits([Split(stock.symbol, desk.local_now, 645.57, 1 / 7, SplitType.SPLIT_OCCURRED)])
    desk.algorithm.market_order(option.symbol, 1)
    assert desk.errors == ["Options orders are not allowed when a split occurred for its underlying stock"]
    desk.at(2014, 6, 9, 10, 1)
    assert desk.algorithm.market_order(option.symbol, 1).status is OrderStatus.FILLED


def test_only_dollars_are_kept() -> None:
    with pytest.raises(NotSupportedByRunner, match="USD"):
        Desk().portfolio.cash_book["EUR"]
