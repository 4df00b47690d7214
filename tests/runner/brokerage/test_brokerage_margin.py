"""Strategies, their margin and the order check: the golden accounts by hand, and what must hold for any book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_brokerage import Desk

from alaris_runner.api.bars import Bar
from alaris_runner.api.enums import OptionRight, OptionStyle, SecurityType
from alaris_runner.api.option_strategies import OptionStrategies, OptionStrategy
from alaris_runner.api.orders import ComboMarketOrder, GroupOrderManager, MarketOrder, Order
from alaris_runner.api.securities import Security
from alaris_runner.api.symbols import Symbol
from alaris_runner.brokerage.buying_power import NullBuyingPowerModel, maintenance_margin, naked_margin
from alaris_runner.brokerage.margin import GroupMargin
from alaris_runner.brokerage.option_groups import DEFINITIONS, match_strategies
from alaris_runner.brokerage.position_groups import refusal
from alaris_runner.errors import NotSupportedByRunner

CALL, PUT = OptionRight.CALL, OptionRight.PUT
FEB10, FEB17, FEB24 = datetime(2017, 2, 10), datetime(2017, 2, 17), datetime(2017, 2, 24)
MARCH17, MARCH24 = datetime(2017, 3, 17), datetime(2017, 3, 24)
YUM = Symbol.create("YUM", SecurityType.EQUITY, "usa")


def contract(right: OptionRight, strike: float, expiry: datetime) -> Symbol:
    return Symbol.create_option(YUM, "usa", OptionStyle.AMERICAN, right, strike, expiry)


def names(options: dict[Symbol, float], shares: float = 0.0) -> list[tuple[str, float]]:
    return [(group.strategy, group.quantity) for group in match_strategies(options, shares)[0]]


def hold(desk: Desk, security: Security, quantity: float) -> None:
    security.holdings.set_holdings(security.price, quantity)
    desk.portfolio.track(security.holdings)


def test_definitions_with_more_legs_come_first() -> None:
    counts = [definition.leg_count for definition in DEFINITIONS]
    assert counts == sorted(counts, reverse=True)


def test_two_calendars_are_regrouped_as_strangles_first() -> None:
    # golden case option_strategies, 2017-03-07: two call calendars and one put calendar stand as 3 groups of 2 legs
    book = {
        contract(CALL, 64.5, MARCH17): -2.0,
        contract(CALL, 64.5, MARCH24): 2.0,
        contract(PUT, 64.0, MARCH17): -1.0,
        contract(PUT, 64.0, MARCH24): 1.0,
    }
    assert sorted(names(book)) == [("Call Calendar Spread", 1), ("Short Strangle", 1), ("Strangle", 1)]


def test_protective_calls_before_spreads_before_calendars() -> None:
    # golden case margin_rules_5000 after the expiry of 2017-02-10
    book = {contract(CALL, 66.5, FEB24): 3.0, contract(CALL, 67.5, FEB24): -1.0, contract(PUT, 68.0, FEB17): -1.0}
    assert names(book, -300) == [("Protective Call", 3), ("Naked Call", 1), ("Naked Put", 1)]


def test_iron_condor_takes_four_legs_at_once() -> None:
    legs = {
        contract(PUT, 62.0, MARCH24): 1.0,
        contract(PUT, 62.5, MARCH24): -1.0,
        contract(CALL, 65.0, MARCH24): -1.0,
        contract(CALL, 65.5, MARCH24): 1.0,
    }
    assert names(legs) == [("Iron Condor", 1)]


def test_butterfly_wings_must_be_equally_far() -> None:
    far = {contract(CALL, k, MARCH24): q for k, q in ((60.0, 1.0), (62.0, -2.0), (65.0, 1.0))}
    even = {contract(CALL, k, MARCH24): q for k, q in ((60.0, 1.0), (62.0, -2.0), (64.0, 1.0))}
    assert names(even) == [("Butterfly Call", 1)]
    assert "Butterfly Call" not in [name for name, _ in names(far)]


Book = dict[Symbol, float]
STRIKES = st.sampled_from([60.0, 62.5, 65.0, 67.5, 70.0])
CONTRACTS = st.builds(contract, st.sampled_from([CALL, PUT]), STRIKES, st.sampled_from([FEB10, FEB17, FEB24]))
BOOKS: st.SearchStrategy[Book] = st.dictionaries(CONTRACTS, st.integers(-5, 5).filter(bool).map(float), max_size=7)


@given(BOOKS, st.integers(-500, 500))
def test_grouping_loses_and_invents_nothing(book: Book, shares: int) -> None:
    groups, options, left = match_strategies(dict(book), float(shares))
    total = dict(options)
    stock = left
    for group in groups:
        for position in group.positions:
            if position.symbol.has_underlying:
                total[position.symbol] = total.get(position.symbol, 0.0) + position.quantity
            else:
                stock += position.quantity
    assert {symbol: quantity for symbol, quantity in total.items() if quantity} == book
    assert stock == shares


@given(BOOKS, st.integers(-500, 500))
def test_no_short_option_is_left_outside_a_group(book: Book, shares: int) -> None:
    _, options, _ = match_strategies(dict(book), float(shares))
    assert all(quantity > 0 for quantity in options.values())


def test_naked_call_of_the_golden_account() -> None:
    desk = Desk(cash=5000)
    call = desk.option(desk.stock(price=66.30), CALL, 66.5, FEB10)
    desk.quote(call, 0.98, 1.12)
    # margin_rules_5000, day 1: 100 * (1.05 + 0.2 * 66.30 - 0.20) = 1411
    assert naked_margin(call, -1) == pytest.approx(1411.0)
    assert maintenance_margin(call, 1) == 0.0


def test_naked_margin_has_a_floor_far_out_of_the_money() -> None:
    desk = Desk()
    stock = desk.stock(price=50.0)
    call, put = desk.option(stock, CALL, 90.0, FEB10, price=0.05), desk.option(stock, PUT, 30.0, FEB10, price=0.05)
    assert naked_margin(call, -1) == pytest.approx(100 * (0.05 + 0.10 * 50.0))  # a tenth of the underlying
    assert naked_margin(put, -1) == pytest.approx(100 * (0.05 + 0.10 * 30.0))  # a tenth of the strike


def golden_account(desk: Desk, price: float, *quotes: tuple[float, float]) -> tuple[Security, Security, Security, Security]:
    """The account of margin_rules_5000 after 2017-02-11: 300 shares short, 3 long and 1 short call of 02-24, 1 short put of 02-17."""
    stock = desk.stock(price=price)
    long_call, short_call = desk.option(stock, CALL, 66.5, FEB24), desk.option(stock, CALL, 67.5, FEB24)
    put = desk.option(stock, PUT, 68.0, FEB17)
    for option, (bid, ask) in zip((long_call, short_call, put), quotes, strict=True):
        desk.quote(option, bid, ask)
    for security, quantity in ((stock, -300), (long_call, 3), (short_call, -1), (put, -1)):
        hold(desk, security, quantity)
    return stock, long_call, short_call, put


def test_maintenance_of_the_golden_account() -> None:
    desk = Desk(cash=24904.1, local_now=datetime(2017, 2, 15, 16, 0))
    golden_account(desk, 68.65, (2.17, 2.37), (1.37, 1.57), (0.13, 0.22))
    # day 8: 3 * 0.10 * 6650 + (147 + 1373) + (17.5 + 1308) = 4840.5
    assert desk.portfolio.total_margin_used == pytest.approx(4840.5)
    assert desk.portfolio.margin_remaining == pytest.approx(-14.9)


def check(desk: Desk, security: Security, quantity: float) -> str:
    """LEAN's reason to refuse a single order, empty if it is accepted."""
    order = MarketOrder(security.symbol, quantity, desk.utc_now())
    order.id = 13
    return desk.transactions.positions.check([(order, security)]).reason


def test_stock_beside_options_is_checked_by_the_change_of_margin() -> None:
    desk = Desk(cash=24904.1, local_now=datetime(2017, 2, 15, 16, 0))
    stock, *_ = golden_account(desk, 68.65, (2.17, 2.37), (1.37, 1.57), (0.13, 0.22))
    assert check(desk, stock, 40) == "Id: 13, Maintenance Margin Delta: 1290.5, Free Margin: -14.9."  # order 13


def test_covered_call_asks_for_stock_margin_and_a_share_of_the_call() -> None:
    desk = Desk(cash=24904.1, local_now=datetime(2017, 2, 14, 16, 0))
    stock, *_ = golden_account(desk, 68.58, (2.13, 2.38), (1.36, 1.65), (0.18, 0.40))
    assert check(desk, stock, 10_000) == "Id: 13, Maintenance Margin Delta: 329216.3, Free Margin: -32.6."  # order 12


def test_a_single_stock_order_is_checked_by_its_value_and_fee() -> None:
    desk = Desk(cash=100_000)
    stock = desk.stock(price=63.79)
    reason = check(desk, stock, 100_000)
    assert reason == "Id: 13, Initial Margin: 3190000, Free Margin: 100000."  # equity_orders_daily_ib, order 14: 6379000 / 2 + 500
    order = MarketOrder(stock.symbol, 100_000, desk.utc_now())
    order.id = 14
    assert refusal([(order, stock)], reason).startswith(
        "Order Error: ids: [14], Insufficient buying power to complete orders (Value:[6379000]), Reason: "
    )


def test_a_reduction_always_passes() -> None:
    desk = Desk(cash=-1_000_000)
    stock = desk.stock(price=63.79)
    hold(desk, stock, 500)
    assert check(desk, stock, -500) == ""
    assert check(desk, stock, -501) != ""


def test_a_debit_calendar_asks_for_its_premium_only() -> None:
    desk = Desk(cash=5000)
    stock = desk.stock(price=66.49)
    front, back = desk.option(stock, CALL, 66.5, FEB10), desk.option(stock, CALL, 66.5, FEB24)
    desk.quote(front, 1.16, 1.41)
    desk.quote(back, 1.38, 1.93)
    group, legs = GroupOrderManager(1, 2, 500), list[tuple[Order, Security]]()
    for number, (security, quantity) in enumerate(((front, -500), (back, 500)), 4):
        order = ComboMarketOrder(security.symbol, quantity, desk.utc_now())
        order.id, order.group_order_manager = number, group
        legs.append((order, security))
    # margin_rules_5000, order 4: (1.655 - 1.285) * 100 * 500 = 18500
    assert desk.transactions.positions.check(legs).reason == "Id: 4,5, Maintenance Margin Delta: 18500, Free Margin: 5000."


def test_users_margin_models() -> None:
    desk = Desk()
    stock = desk.stock(price=60.0)
    stock.set_leverage(1.5)
    assert maintenance_margin(stock, 300) == pytest.approx(300 * 60 / 1.5)
    stock.set_buying_power_model(NullBuyingPowerModel())
    assert maintenance_margin(stock, 300) == 0
    stock.set_buying_power_model(Bar())
    with pytest.raises(NotSupportedByRunner, match="Bar without get_maintenance_margin"):
        maintenance_margin(stock, 300)
    option = desk.option(stock, CALL, 60.0, FEB10, price=1.0)
    with pytest.raises(NotSupportedByRunner, match="leverage"):
        option.set_leverage(2)


def legs_of(strategy: OptionStrategy, units: int) -> dict[Symbol, float]:
    """Contracts of some units of a strategy, each contract once."""
    return {leg.symbol: float(leg.quantity * units) for leg in strategy.option_legs}


STRATEGIES: list[Callable[[Symbol], OptionStrategy]] = [
    lambda c: OptionStrategies.box_spread(c, 65.0, 62.5, MARCH17),
    lambda c: OptionStrategies.short_box_spread(c, 65.0, 62.5, MARCH17),
    lambda c: OptionStrategies.jelly_roll(c, 65.0, MARCH17, MARCH24),
    lambda c: OptionStrategies.short_jelly_roll(c, 65.0, MARCH17, MARCH24),
    lambda c: OptionStrategies.bear_call_ladder(c, 60.0, 62.5, 65.0, MARCH17),
    lambda c: OptionStrategies.bear_put_ladder(c, 65.0, 62.5, 60.0, MARCH17),
    lambda c: OptionStrategies.bull_call_ladder(c, 60.0, 62.5, 65.0, MARCH17),
    lambda c: OptionStrategies.bull_put_ladder(c, 65.0, 62.5, 60.0, MARCH17),
    lambda c: OptionStrategies.iron_condor(c, 60.0, 62.5, 65.0, 67.5, MARCH17),
    lambda c: OptionStrategies.short_iron_condor(c, 60.0, 62.5, 65.0, 67.5, MARCH17),
    lambda c: OptionStrategies.iron_butterfly(c, 60.0, 62.5, 65.0, MARCH17),
    lambda c: OptionStrategies.short_iron_butterfly(c, 60.0, 62.5, 65.0, MARCH17),
    lambda c: OptionStrategies.butterfly_call(c, 65.0, 62.5, 60.0, MARCH17),
    lambda c: OptionStrategies.short_butterfly_put(c, 65.0, 62.5, 60.0, MARCH17),
    lambda c: OptionStrategies.straddle(c, 62.5, MARCH17),
    lambda c: OptionStrategies.short_strangle(c, 65.0, 60.0, MARCH17),
    lambda c: OptionStrategies.bear_call_spread(c, 62.5, 65.0, MARCH17),
    lambda c: OptionStrategies.bull_put_spread(c, 65.0, 62.5, MARCH17),
    lambda c: OptionStrategies.put_calendar_spread(c, 65.0, MARCH17, MARCH24),
    lambda c: OptionStrategies.short_call_calendar_spread(c, 65.0, MARCH17, MARCH24),
    lambda c: OptionStrategies.naked_call(c, 65.0, MARCH17),
]


@pytest.mark.parametrize("make", STRATEGIES)
def test_a_strategy_that_is_bought_is_found_again_by_its_name(make: Callable[[Symbol], OptionStrategy]) -> None:
    strategy = make(Symbol.create_canonical_option(YUM))
    assert names(legs_of(strategy, 3)) == [(strategy.name, 3.0)]


@pytest.mark.parametrize(
    ("make", "margin"),
    [  # underlying 64, every contract at 1.00; naked: 100 * (1 + max(12.8 - out of the money, a tenth))
        (lambda c: OptionStrategies.short_box_spread(c, 65.0, 62.5, MARCH17), 250.0),
        (lambda c: OptionStrategies.bull_call_ladder(c, 60.0, 62.5, 65.0, MARCH17), 100 * (1 + 11.8)),  # the 65 call, 1 out of the money
        (lambda c: OptionStrategies.bear_put_ladder(c, 65.0, 62.5, 60.0, MARCH17), 100 * (1 + 8.8)),  # the 60 put, 4 out of the money
        (lambda c: OptionStrategies.short_put_backspread(c, 62.5, 60.0, MARCH17), 100 * (1 + 8.8)),
        (lambda c: OptionStrategies.jelly_roll(c, 65.0, MARCH17, MARCH24), 100 * (1 + 12.8)),  # the far put, in the money
        (lambda c: OptionStrategies.short_strangle(c, 65.0, 60.0, MARCH17), 100 * (1 + 11.8) + 100),  # the dearer leg and the other's value
        (lambda c: OptionStrategies.iron_condor(c, 60.0, 62.5, 65.0, 67.5, MARCH17), 250.0),
        (lambda c: OptionStrategies.bear_call_spread(c, 62.5, 65.0, MARCH17), 250.0),
        (lambda c: OptionStrategies.bull_call_spread(c, 62.5, 65.0, MARCH17), 0.0),
        (lambda c: OptionStrategies.short_butterfly_call(c, 65.0, 62.5, 60.0, MARCH17), 250.0),
        (lambda c: OptionStrategies.call_calendar_spread(c, 65.0, MARCH17, MARCH24), 0.0),
    ],
)
def test_margin_of_strategies_by_hand(make: Callable[[Symbol], OptionStrategy], margin: float) -> None:
    desk = Desk()
    stock = desk.stock(price=64.0)
    for leg in make(Symbol.create_canonical_option(stock.symbol)).option_legs:
        contract_id = leg.symbol.id
        hold(desk, desk.option(stock, contract_id.option_right, contract_id.strike_price, contract_id.date, price=1.0), leg.quantity)
    assert desk.portfolio.total_margin_used == pytest.approx(margin)


@pytest.mark.parametrize(("ask", "margin"), [(2.0, 250.0), (3.0, 1.02 * (4 * 1.0 + 100 * 4.0))])
def test_a_short_box_needs_a_little_more_than_closing_it_costs(ask: float, margin: float) -> None:
    desk = Desk()
    stock = desk.stock(price=64.0)
    for leg in OptionStrategies.short_box_spread(Symbol.create_canonical_option(stock.symbol), 65.0, 62.5, MARCH17).option_legs:
        contract_id = leg.symbol.id
        option = desk.option(stock, contract_id.option_right, contract_id.strike_price, contract_id.date, price=1.0)
        desk.quote(option, 1.0, ask)
        hold(desk, option, leg.quantity)
    assert desk.portfolio.total_margin_used == pytest.approx(margin)


@pytest.mark.parametrize(
    ("make", "initial", "maintenance"),
    [  # 100 shares at 64 bought or sold short on half margin: 3200; what the short option is in the money comes on top
        (lambda c: OptionStrategies.protective_collar(c, 65.0, 60.0, MARCH17), 3200.0, 1000.0),  # a tenth of 60, and 4 out of the money
        (lambda c: OptionStrategies.protective_collar(c, 62.5, 60.0, MARCH17), 3350.0, 1000.0),
        (lambda c: OptionStrategies.conversion(c, 62.5, MARCH17), 3350.0, 775.0),  # a tenth of 62.50, and 1.50 in the money
        (lambda c: OptionStrategies.reverse_conversion(c, 65.0, MARCH17), 3300.0, 750.0),
        (lambda c: OptionStrategies.covered_put(c, 65.0, MARCH17), 3300.0, 3300.0),
    ],
)
def test_margin_of_stock_with_options_by_hand(make: Callable[[Symbol], OptionStrategy], initial: float, maintenance: float) -> None:
    desk = Desk()
    stock = desk.stock(price=64.0)
    strategy = make(Symbol.create_canonical_option(stock.symbol))
    for leg in strategy.option_legs:
        contract_id = leg.symbol.id
        desk.option(stock, contract_id.option_right, contract_id.strike_price, contract_id.date, price=1.0)
    shares = sum(leg.quantity for leg in strategy.underlying_legs)
    (group,) = match_strategies(legs_of(strategy, 1), shares)[0]
    assert group.strategy == strategy.name
    margin = GroupMargin(desk.securities)
    assert [margin.initial(group), margin.maintenance(group)] == pytest.approx([initial, maintenance])


def test_backspreads_are_taken_for_spreads_which_come_first() -> None:
    strategy = OptionStrategies.short_put_backspread(Symbol.create_canonical_option(YUM), 62.5, 60.0, MARCH17)
    assert names(legs_of(strategy, 1)) == [("Bear Put Spread", 1), ("Naked Put", 1)]
