"""Fees: every rate of Interactive Brokers' schedule as LEAN charges it, and what must hold for any order."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.orders import CashAmount, ComboLimitOrder, GroupOrderManager, LimitOrder, MarketOrder, OptionExerciseOrder, OrderFee
from alaris_runner.brokerage.fees import (
    ConstantFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    OrderFeeParameters,
    closing_fee,
    equity_fee,
    order_fee,
)
from alaris_runner.errors import NotSupportedByRunner

MODEL = InteractiveBrokersFeeModel()
EXPIRY = datetime(2017, 2, 10)


@pytest.mark.parametrize(
    ("shares", "price", "fee"),
    [
        (599, 64.17, 2.995),  # golden case equity_orders_daily_ib, order 11
        (2000, 64.24, 10.0),  # order 12
        (100, 65.16, 1.0),  # order 1: 0.50 is raised to the minimum
        (1000, 0.10, 0.5),  # half a percent of 100 dollars
        (100, 0.10, 1.0),  # the minimum is applied first, above half a percent of the value
    ],
)
def test_stock_fees(shares: float, price: float, fee: float) -> None:
    assert equity_fee(shares, price) == pytest.approx(fee, abs=1e-12)


@pytest.mark.parametrize(
    ("contracts", "premium", "fee"),
    [
        (5, 2.13, 3.25),  # golden case eve_calendar_2017, order 2
        (1, 2.13, 1.0),  # the minimum of a leg
        (2, 0.10, 1.3),  # ten cents pay the full rate
        (4, 0.0999, 2.0),
        (4, 0.05, 2.0),
        (8, 0.0499, 2.0),
        (2, -6.0, 1.0),  # golden case option_orders_goog_ib, orders 14 and 15: a negative net limit lands in the lowest rate
    ],
)
def test_option_fees_by_premium(contracts: float, premium: float, fee: float) -> None:
    assert MODEL.option_fee(contracts, premium) == pytest.approx(fee, abs=1e-12)


@pytest.mark.parametrize(
    ("monthly", "premium", "rate"), [(10_001, 1.0, 0.50), (50_000, 0.01, 0.25), (50_001, 1.0, 0.25), (100_001, 1.0, 0.15)]
)
def test_option_tiers(monthly: float, premium: float, rate: float) -> None:
    tiered = InteractiveBrokersFeeModel(monthly_options_trade_amount_in_contracts=monthly)
    assert tiered.option_fee(100, premium) == pytest.approx(100 * rate)


def test_premium_is_the_far_side_the_limit_or_the_net_limit() -> None:
    desk = Desk()
    option = desk.option(desk.stock(price=66.59), OptionRight.CALL, 66.5, EXPIRY)
    desk.quote(option, 0.04, 0.07)
    now = desk.utc_now()
    buy, sell = MarketOrder(option.symbol, 8, now), MarketOrder(option.symbol, -8, now)
    assert order_fee(option, buy).value.amount == pytest.approx(8 * 0.25)  # the bid, 0.04
    assert order_fee(option, sell).value.amount == pytest.approx(8 * 0.50)  # the ask, 0.07
    limit = LimitOrder(option.symbol, 8, now)
    limit.limit_price = 0.5
    assert order_fee(option, limit).value.amount == pytest.approx(8 * 0.65)
    combo = ComboLimitOrder(option.symbol, 8, now)
    combo.group_order_manager = GroupOrderManager(1, 2, 8, 0.03)
    assert order_fee(option, combo).value.amount == pytest.approx(8 * 0.25)


def test_exercise_is_free() -> None:
    desk = Desk()
    option = desk.option(desk.stock(price=66.59), OptionRight.CALL, 66.5, EXPIRY, price=1.0)
    assert order_fee(option, OptionExerciseOrder(option.symbol, -3, desk.utc_now())).value.amount == 0


def test_a_users_own_model_is_asked() -> None:
    class PerShare(FeeModel):
        def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
            return OrderFee(CashAmount(2.5 + 0.01 * parameters.order.absolute_quantity, "USD"))

    desk = Desk()
    stock = desk.stock(price=136.23)
    stock.set_fee_model(PerShare())
    assert closing_fee(stock, 50) == pytest.approx(3.0)  # golden case custom_models, order 1
    stock.set_fee_model(ConstantFeeModel(1.25))
    assert closing_fee(stock, 500) == 1.25


def test_other_currencies_are_refused() -> None:
    with pytest.raises(NotSupportedByRunner, match="USD"):
        ConstantFeeModel(1.0, "EUR")


@given(st.integers(1, 10_000), st.floats(-50, 500))
def test_an_option_leg_never_costs_less_than_a_dollar_nor_more_than_the_rate(contracts: int, premium: float) -> None:
    fee = MODEL.option_fee(contracts, premium)
    assert 1.0 <= fee <= max(1.0, 0.65 * contracts) + 1e-9


@given(st.integers(1, 1_000_000), st.floats(0.01, 5000))
def test_a_stock_fee_is_the_minimum_or_within_half_a_percent(shares: int, price: float) -> None:
    fee = equity_fee(shares, price)
    assert fee == 1.0 or fee <= min(0.005 * shares, 0.005 * shares * price) + 1e-9
