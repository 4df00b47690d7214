"""Sizing, margin calls, named strategies and the models a user sets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.brokerage_models import (
    AccountType,
    ApplyFundsSettlementModelParameters,
    BrokerageMessageEvent,
    BrokerageMessageType,
    BrokerageName,
    BuyingPowerModel,
    ConstantFeeModel,
    DefaultBrokerageModel,
    FeeModel,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    ImmediateFillModel,
    MaintenanceMargin,
    MaintenanceMarginParameters,
    OrderFeeParameters,
    SecurityMarginModel,
    Submission,
    brokerage_model_of,
)
from alaris_runner.api.enums import OptionRight, Resolution
from alaris_runner.api.option_strategies import OptionStrategies
from alaris_runner.api.order_enums import OrderStatus, OrderType
from alaris_runner.api.order_events import OrderEvent
from alaris_runner.api.orders import CashAmount, Order, OrderFee
from alaris_runner.api.portfolio import MarginCallModel
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
from alaris_runner.brokerage.sizing import PortfolioTarget, order_quantity
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

NEAR, FAR = date(2017, 3, 17), date(2017, 3, 24)


def hold(desk: Desk, security: Security, quantity: float, price: float) -> None:
    security.holdings.set_holdings(price, quantity)
    desk.portfolio.set_cash(desk.portfolio.cash - quantity * price)
    desk.portfolio.track(security.holdings)


@pytest.mark.parametrize(("target", "quantity"), [(0.5, 498), (-0.5, -498), (0.0, 0)])
def test_targets_round_towards_the_smaller_position(target: float, quantity: float) -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=100.0)
    assert order_quantity(desk, stock, target, desk.log_debug) == quantity  # 0.5 * 99750 / 100 = 498.75


def test_the_present_holding_is_taken_off_and_tiny_changes_are_not_sent() -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=100.0)
    hold(desk, stock, 300, 100.0)
    assert order_quantity(desk, stock, 0.5, desk.log_debug) == 198
    assert order_quantity(desk, stock, 0.0, desk.log_debug) == -300
    assert order_quantity(desk, stock, 0.3003, desk.log_debug) == 0  # 54 cents of margin: under a thousandth of the account
    assert desk.notes[0].startswith("Warning: a target was ignored")


def test_a_tiny_change_is_spoken_of_once_a_run() -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=100.0)
    hold(desk, stock, 300, 100.0)
    assert [desk.algorithm.set_holdings(stock.symbol, 0.3003) for _ in range(3)] == [[], [], []]
    assert len(desk.notes) == 1


@given(st.floats(-1.9, 1.9), st.floats(1, 900), st.integers(-200, 200))
def test_a_target_is_never_exceeded(target: float, price: float, held: int) -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=price)
    if held:
        hold(desk, stock, held, price)
    quantity = order_quantity(desk, stock, target, desk.log_debug)
    assume(quantity != 0)
    after = held + quantity
    value = desk.portfolio.total_portfolio_value
    assert abs(after * price) <= abs(target) * 0.9975 * value + 1e-6
    assert quantity == int(quantity)


def test_set_holdings_trades_in_hours_and_waits_for_the_open_outside() -> None:
    desk = Desk(local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    (ticket,) = desk.algorithm.set_holdings(stock.symbol, 0.5)
    assert (ticket.order_type, ticket.quantity) == (OrderType.MARKET, 498)
    desk.at(2017, 2, 8, 16, 0)
    (later,) = desk.algorithm.set_holdings([PortfolioTarget(stock.symbol, 0.6)])
    assert later.order_type is OrderType.MARKET_ON_OPEN
    assert desk.algorithm.set_holdings(stock.symbol, 0.6) == [], "what is already on its way is counted"
    assert desk.notes == []


def test_options_cannot_be_sized_by_value() -> None:
    desk = Desk()
    option = desk.option(desk.stock(price=100.0), OptionRight.CALL, 100.0, datetime(2017, 3, 17), price=2.0)
    with pytest.raises(NotSupportedByRunner, match="Size options by contracts"):
        desk.algorithm.calculate_order_quantity(option.symbol, 0.1)


def used_and_left(desk: Desk) -> tuple[float, float]:
    return desk.portfolio.total_margin_used, desk.portfolio.margin_remaining


@pytest.mark.parametrize(
    ("price", "warnings", "called"),
    [(100.0, 0, False), (51.0, 1, False), (50.0, 0, False), (47.0, 0, False), (45.0, 0, True)],
)
def test_margin_is_warned_of_under_five_percent_and_called_beyond_ten(price: float, warnings: int, called: bool) -> None:
    desk = Desk(cash=50_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    hold(desk, stock, 1000, 75.0)  # 25000 are owed
    desk.trade(stock, price)
    desk.transactions.check_margin()
    assert desk.algorithm.margin_warnings == warnings, used_and_left(desk)
    assert bool(desk.algorithm.margin_calls) is called
    if called:
        # by hand: value 20000, used 22500; ceil(2500 / 22.5) = 112 shares
        assert stock.holdings.quantity == 888
        assert desk.errors[-1].endswith("- Executed MarginCallOrder: IBM - Quantity: -112 @ 45")


def test_margin_is_looked_at_every_five_minutes() -> None:
    desk = Desk(cash=50_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    hold(desk, stock, 1000, 75.0)
    desk.trade(stock, 51.0)
    for minute in range(12):
        desk.at(2017, 2, 8, 10, minute)
        desk.transactions.check_margin()
    assert desk.algorithm.margin_warnings == 3


@pytest.fixture
def canonical() -> Symbol:
    stock = Desk().stock(price=64.0)
    return Symbol.create_canonical_option(stock.symbol)


def test_strategies_have_leans_legs_in_leans_order(canonical: Symbol) -> None:
    made = [
        OptionStrategies.call_calendar_spread(canonical, 64.5, NEAR, FAR),
        OptionStrategies.straddle(canonical, 64.0, NEAR),
        OptionStrategies.bull_call_spread(canonical, 63.5, 64.5, NEAR),
        OptionStrategies.iron_condor(canonical, 62.0, 62.5, 65.0, 65.5, FAR),
    ]
    legs = [[(leg.symbol.value, leg.quantity) for leg in strategy.legs] for strategy in made]
    assert legs == [  # golden case option_strategies, days 1, 3, 4 and 5
        [("YUM   170317C00064500", -1), ("YUM   170324C00064500", 1)],
        [("YUM   170317C00064000", 1), ("YUM   170317P00064000", 1)],
        [("YUM   170317C00063500", 1), ("YUM   170317C00064500", -1)],
        [("YUM   170324P00062000", 1), ("YUM   170324P00062500", -1), ("YUM   170324C00065000", -1), ("YUM   170324C00065500", 1)],
    ]


def test_short_strategies_mirror_the_long_ones(canonical: Symbol) -> None:
    long = OptionStrategies.butterfly_put(canonical, 66.0, 64.0, 62.0, NEAR)
    short = OptionStrategies.short_butterfly_put(canonical, 66.0, 64.0, 62.0, NEAR)
    assert [leg.quantity for leg in long.legs] == [1, -2, 1]
    assert [leg.quantity for leg in short.legs] == [-1, 2, -1]
    covered = OptionStrategies.covered_call(canonical, 64.0, NEAR)
    assert (covered.legs[0].symbol.value, covered.legs[0].quantity) == ("YUM", 100)


def test_strategies_refuse_what_makes_no_sense_and_name_what_is_missing(canonical: Symbol) -> None:
    with pytest.raises(InvalidRequest, match="rise strictly"):
        OptionStrategies.bull_call_spread(canonical, 64.5, 63.5, NEAR)
    with pytest.raises(InvalidRequest, match="near expiration"):
        OptionStrategies.put_calendar_spread(canonical, 64.5, FAR, NEAR)
    with pytest.raises(InvalidRequest, match="equally far"):
        OptionStrategies.butterfly_call(canonical, 66.0, 64.0, 61.0, NEAR)
    with pytest.raises(NotSupportedByRunner, match="christmas_tree"):
        getattr(OptionStrategies, "christmas_tree")  # noqa: B009 - a name that does not exist
    spelled = getattr(OptionStrategies, "Straddle")  # noqa: B009 - LEAN's older spelling
    assert spelled is OptionStrategies.straddle


def test_brokerages() -> None:
    assert type(brokerage_model_of(BrokerageName.DEFAULT, AccountType.CASH)) is DefaultBrokerageModel
    with pytest.raises(NotSupportedByRunner, match=r"BrokerageName\.BINANCE"):
        brokerage_model_of(BrokerageName.BINANCE)
    cash, margin = (Desk(DefaultBrokerageModel(kind)).stock(price=10.0).leverage for kind in (AccountType.CASH, AccountType.MARGIN))
    assert (cash, margin) == (1.0, 2.0)


def test_a_users_fill_and_slippage_models_are_used() -> None:
    class Skeptical(ImmediateFillModel):
        def market_fill(self, asset: Security, order: Order) -> OrderEvent:
            event = super().market_fill(asset, order)
            event.fill_price = round(event.fill_price * 1.001, 4)
            return event

    class ThreeCents:
        def get_slippage_approximation(self, asset: Security, order: Order) -> float:
            return 0.03

    desk = Desk()
    stock = desk.stock("IBM", 136.23, Resolution.MINUTE)
    desk.quote(stock, 136.20, 136.25)
    stock.set_slippage_model(ThreeCents())
    assert desk.algorithm.market_order(stock.symbol, 50).average_fill_price == pytest.approx(136.28)
    stock.set_fill_model(Skeptical())
    assert desk.algorithm.market_order(stock.symbol, 50).average_fill_price == pytest.approx(136.4163)


@pytest.mark.parametrize("name", ["one_cancels_other_order", "one_triggers_other_order", "bracket_order"])
def test_linked_orders_are_refused_with_advice(name: str) -> None:
    with pytest.raises(NotSupportedByRunner, match="on_order_event"):
        getattr(Desk().algorithm, name)()


def test_models_written_in_the_older_spelling_are_found() -> None:
    class OldFee:
        def GetOrderFee(self, parameters: OrderFeeParameters) -> OrderFee:  # noqa: N802 - LEAN's older spelling
            return OrderFee(CashAmount(7.0, "USD"))

    desk = Desk()
    stock = desk.stock("IBM", 136.23, Resolution.MINUTE)
    desk.quote(stock, 136.20, 136.25)
    stock.set_fee_model(OldFee())
    assert desk.algorithm.market_order(stock.symbol, 50).order_events[-1].order_fee.value.amount == 7.0


def test_a_model_without_the_method_is_refused_by_name() -> None:
    desk = Desk()
    stock = desk.stock("IBM", 136.23, Resolution.MINUTE)
    stock.set_fee_model(object())
    with pytest.raises(NotSupportedByRunner, match="get_order_fee"):
        desk.algorithm.market_order(stock.symbol, 50)


def test_overrides_that_would_never_be_called_are_refused_at_once() -> None:
    with pytest.raises(NotSupportedByRunner, match=r"Clever\.fill"):

        class Clever(ImmediateFillModel):
            def fill(self, parameters: object) -> None: ...

    with pytest.raises(NotSupportedByRunner, match=r"Picky\.can_update_order"):

        class Picky(DefaultBrokerageModel):
            def can_update_order(self, security: Security, order: Order, request: object, message: object) -> bool:
                return True


def test_a_users_brokerage_model_chooses_models_and_refuses_orders() -> None:
    class Careful(DefaultBrokerageModel):
        def get_fee_model(self, security: Security) -> FeeModel:
            return ConstantFeeModel(3.0)

        def can_submit_order(self, security: Security, order: Order, message: BrokerageMessageEvent | None = None) -> Submission:
            large = BrokerageMessageEvent(BrokerageMessageType.WARNING, "TooLarge", "at most 100")
            return (False, large) if order.absolute_quantity > 100 else (True, None)

        def can_execute_order(self, security: Security, order: Order) -> bool:
            return order.absolute_quantity != 13

    desk = Desk(Careful())
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    desk.quote(stock, 99.9, 100.1)
    assert desk.algorithm.market_order(stock.symbol, 100).order_events[-1].order_fee.value.amount == 3.0
    assert desk.algorithm.market_order(stock.symbol, 101).status is OrderStatus.INVALID
    assert desk.errors == ["BrokerageModel declared unable to submit order: [2] Warning - Code: TooLarge - at most 100"]
    assert desk.algorithm.market_order(stock.symbol, 13).status is OrderStatus.SUBMITTED


def test_a_margin_call_takes_losers_first_a_strategy_as_one_combo_and_stops_when_there_is_enough() -> None:
    desk = Desk(cash=8_100 + 3_000, local_now=datetime(2017, 2, 8, 10, 0))
    winner, stock = desk.stock("KO", 40.0, Resolution.MINUTE), desk.stock("IBM", 100.0, Resolution.MINUTE)
    desk.quote(winner, 40.0, 40.0)
    desk.quote(stock, 100.0, 100.0)
    hold(desk, winner, 100, 30.0)
    for strike, quantity, price in ((100.0, -10, 3.0), (110.0, 10, 1.0)):
        option = desk.option(stock, OptionRight.CALL, strike, datetime(2017, 3, 17), price, Resolution.MINUTE)
        option.holdings.set_holdings(1.0, quantity)
        desk.portfolio.track(option.holdings)
    assert used_and_left(desk) == (12_000.0, -1_900.0), "ten spreads of 1000 and half the stock, of 8100 + 4000 - 2000"
    desk.transactions.check_margin()
    assert sorted((r.symbol.value[:3], r.order_type, r.quantity) for r in desk.algorithm.margin_calls[0]) == [
        ("IBM", OrderType.COMBO_MARKET, -2.0),
        ("IBM", OrderType.COMBO_MARKET, 2.0),
        ("KO", OrderType.MARKET, -95.0),
    ]
    assert [event.symbol.value[:3] for event in desk.algorithm.events if event.status is OrderStatus.FILLED] == ["IBM", "IBM"]
    assert (winner.holdings.quantity, len(desk.errors)) == (100, 2)


def test_margin_calls_can_be_switched_off_but_not_replaced() -> None:
    desk = Desk(cash=50_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    hold(desk, stock, 1000, 75.0)
    desk.trade(stock, 45.0)
    desk.portfolio.margin_call_model = MarginCallModel.NULL
    desk.transactions.check_margin()
    assert (desk.algorithm.margin_calls, stock.holdings.quantity) == ([], 1000)

    class Own(MarginCallModel):
        pass

    with pytest.raises(NotSupportedByRunner, match="on_margin_call"):
        desk.portfolio.margin_call_model = Own()


def test_settings_of_sizing_and_staleness_are_heard() -> None:
    desk = Desk(cash=100_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    desk.settings.free_portfolio_value = 50_000.0
    assert order_quantity(desk, stock, 1.0, desk.log_debug) == 499  # 500 would leave no room for its fee
    assert desk.portfolio.total_portfolio_value_less_free_buffer == 50_000
    desk.at(2017, 2, 8, 11, 30)
    desk.settings.stale_price_time_span = timedelta(hours=2)
    assert desk.algorithm.market_order(stock.symbol, 1).status is OrderStatus.FILLED
    desk.settings.stale_price_time_span = timedelta(hours=1)
    assert desk.algorithm.market_order(stock.symbol, 1).status is OrderStatus.SUBMITTED


def test_leverage_comes_from_the_margin_model_that_was_set() -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=100.0)
    stock.set_buying_power_model(SecurityMarginModel(4.0))
    hold(desk, stock, 1000, 100.0)
    assert desk.portfolio.total_margin_used == pytest.approx(25_000)
    stock.set_buying_power_model(BuyingPowerModel.NULL)
    assert desk.portfolio.total_margin_used == 0
    assert desk.algorithm.market_on_open_order(stock.symbol, 10**6).status is OrderStatus.SUBMITTED


class Lots(SecurityMarginModel):
    """LEAN's own example of a user's model: lots of a hundred, every order carried, no maintenance margin."""

    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        quantity = super().get_maximum_order_quantity_for_target_buying_power(parameters).quantity
        return GetMaximumOrderQuantityResult(quantity // 100 * 100)

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        return HasSufficientBuyingPowerForOrderResult(True)

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> MaintenanceMargin:
        return MaintenanceMargin(0)


def test_a_users_buying_power_model_sizes_carries_and_margins() -> None:
    desk = Desk(cash=100_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    stock.set_buying_power_model(Lots(2.0))
    (ticket,) = desk.algorithm.set_holdings(stock.symbol, 0.5)
    assert ticket.quantity == 400  # 498 in lots
    assert desk.portfolio.total_margin_used == 0
    assert desk.algorithm.market_order(stock.symbol, 100_000).status is OrderStatus.FILLED


def test_a_buying_power_override_that_would_not_be_called_is_refused() -> None:
    with pytest.raises(NotSupportedByRunner, match=r"Odd\.get_margin_remaining"):

        class Odd(BuyingPowerModel):
            def get_margin_remaining(self, portfolio: object, security: object, direction: object) -> float:
                return 0.0


def test_a_users_settlement_model_books_the_money() -> None:
    class Twice:
        def apply_funds(self, parameters: ApplyFundsSettlementModelParameters) -> None:
            parameters.portfolio.cash_book["USD"].add_amount(2 * parameters.cash_amount.amount)

    desk = Desk(cash=100_000, local_now=datetime(2017, 2, 8, 10, 0))
    stock = desk.stock("IBM", 100.0, Resolution.MINUTE)
    stock.set_settlement_model(Twice())
    desk.algorithm.market_order(stock.symbol, 10)
    assert desk.portfolio.cash == pytest.approx(100_000 - 2_000 - 1)
