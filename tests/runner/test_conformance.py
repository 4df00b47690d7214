"""The runner's interface is LEAN's: every public name, member and parameter is in quantconnect-stubs, spelt and ordered as there.

The exceptions below are all: names that only our own modules use, and members that the stubs lose.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from lean_stubs import ANY, StubClass, lean_classes, overloads, public_members
from runner_interface import exported_classes, missing_names, page, table

from alaris_runner.api.algorithm import QCAlgorithm
from alaris_runner.api.brokerage_models import SecurityMarginModel
from alaris_runner.api.enums import LeanEnum
from alaris_runner.api.lean_missing import LIST, NAMES
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import NotSupportedByRunner

#: Exported classes that LEAN's Python does not have under this name.
OURS = {
    "QCAlgorithmFramework": "an older name of QCAlgorithm that LEAN's AlgorithmImports keeps",
    "QCAlgorithmFrameworkBridge": "another one",
    "Color": ".NET's System.Drawing.Color, which stands in no module of LEAN",
    "DateRule": "LEAN's IDateRule",
    "TimeRule": "LEAN's ITimeRule",
    "DayOfWeek": ".NET's System.DayOfWeek, which the stubs do not repeat",
    "EventHandlers": "LEAN's `+=` on events",
    "FrameHolder": "holds a data frame until it is asked for",
    "Passing": "a consolidator that passes bars on",
    "PeriodConsolidator": "LEAN's generic PeriodCountConsolidatorBase",
    "Positions": "what the account asks of the margin groups",
    "RequestDesk": "what a ticket asks of the transaction handler",
    "UniverseFile": "one universe file, read on demand",
}
#: Members that only our own modules use (public in Python's sense, not in LEAN's).
INTERNAL = {
    "BuyingPowerModel": "leverage",
    "Chart": "line candles",
    "DefaultBrokerageModel": "initialize_security default_order_properties",
    "Delisting": "set_price",
    "FillModel": "stale_price_time_span market_price limit_price fresh_prices closing_price",
    "FillModelParameters": "legs",
    "GroupOrderManager": "leg_ratio",
    "InteractiveBrokersFeeModel": "option_fee",
    "OptionChainUniverse": "set_filter select filter",
    "OptionContract": "of_security of_universe symbol_properties",
    "OptionFilterUniverse": "data where selected",
    "OptionStrategy": "legs",
    "OptionUniverse": "number contract",
    "Order": "next_event_id event_count",
    "OrderDirection": "of",
    "OrderRequest": "answer",
    "OrderResponse": "unprocessed",
    "OrderTicket": "order group_order_manager fills",
    "OrderType": "is_combo",
    "PythonData": "complete_end",
    "PythonIndicator": "take",
    "QCAlgorithm": "call_on_data wants default_benchmark description has_universes remove_universe",
    "QuoteBar": "ask_close ask_side bid_close bid_side filled_forward",
    "ScheduledEvent": "move_on callback",
    "ScheduledUniverse": "selector own_settings",
    "Security": "feed fill_forward has_quotes is_internal last_data_end last_quote_bar last_trade_bar leverage_ "
    "open_interest_series underlying",
    "Option": "canonical universe strike",
    "SecurityHolding": "value_of apply_fill",
    "SecurityIdentifier": "text",
    "SecurityPortfolioManager": "margin_by_group held "
    "net_holdings_value track add_dividend add_unsettled settle unsettled settings total_dividends",
    "Slice": "add_custom",
    "ObjectStore": "count",
    "ScheduleManager": "start",
    "SecurityCache": "take bar last_data_end last_quote_bar last_trade_bar shows_trades",
    "SecurityExchangeHours": "market_open market_close trading_days zone weekdays holiday_dates early_close_dates late_open_dates",
    "SecurityManager": "retire find",
    "SubscriptionManager": "begin scan_past feed",
    "Symbol": "canonical_symbol is_canonical_",
    "TradeBar": "filled_forward",
    "Universe": "can_remove name added pending_removal disposed subscription",
    "UpdateOrderFields": "changes_terms",
    "UpdateOrderRequest": "fields",
}
#: Members that LEAN has where the stubs do not show them.
ELSEWHERE = {
    "Calendar": ("weekly monthly quarterly yearly", "the stubs write them as WEEKLY..., both are accepted"),
    "DefaultMarginCallModel": ("NULL", "a static of MarginCallModel, which derived classes see in Python"),
    "Indicator": ("next_value period detached current window compare warm_up_period", "of WindowBase and of each indicator's own class"),
    "OptionChain": ("end_time symbol time", "of BaseData, which the stubs lose through the generic BaseChain"),
    "OptionUniverse": ("strike expiry right style", "of OptionContract, which rows of a chain also answer to"),
    "OrderStatus": ("is_closed is_open is_fill", "LEAN's OrderExtensions"),
    "QuoteBarConsolidator": ("working_bar", "of the generic base"),
    "TimeInForce": ("good_til_date", "snake_case of GOOD_TIL_DATE, as LEAN's Python accepts"),
}
#: Parameters that differ on purpose.
PARAMETERS = {
    "DataDictionary.get": "the second name is Python's own",
    "QCAlgorithm.set_warm_up": "one function for LEAN's overloads of spans and bar counts",
    "QCAlgorithm.set_warmup": "one function for LEAN's overloads of spans and bar counts",
    "Security.set_fee_model": "LEAN's stubs misspell it feel_model",
}


@pytest.fixture(scope="module")
def lean() -> dict[str, StubClass]:
    classes = lean_classes()
    if classes is None:
        pytest.skip("needs the quantconnect-stubs package (dev extra)")
    return classes


def our_bases(cls: type) -> list[type]:
    """The class and those of its bases that are ours."""
    return [base for base in cls.__mro__ if base.__module__.startswith("alaris_runner") and base not in (PascalCase, LeanEnum)]


def own_members(cls: type) -> dict[str, object]:
    """Public members that our classes define, those assigned in constructors included."""
    found: dict[str, object] = {}
    for base in our_bases(cls):
        found |= {name: value for name, value in vars(base).items() if not name.startswith("_") and name not in found}
        found |= {name: None for name in assigned(base) if name not in found}
    return found


def assigned(cls: type) -> Iterator[str]:
    """Public attributes that a constructor sets."""
    constructor = vars(cls).get("__init__")
    if not inspect.isfunction(constructor) or "<string>" in constructor.__code__.co_filename:
        return
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(constructor)))):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and ast.unparse(node.value) == "self"
            and node.attr[0] != "_"
        ):
            yield node.attr


def excused(cls: type, member: str) -> bool:
    """Whether a member stands among the exceptions of the class or of a base of it."""
    names = {base.__name__ for base in our_bases(cls)}
    internal = any(member in text.split() for name, text in INTERNAL.items() if name in names)
    return internal or any(member in text.split() for name, (text, _) in ELSEWHERE.items() if name in names)


def names_of(function: object) -> list[str] | None:
    """Parameter names without self, None for what is not a function."""
    plain = function.__func__ if isinstance(function, (staticmethod, classmethod)) else function
    if not inspect.isfunction(plain):
        return None
    named = [p for p in inspect.signature(plain).parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return [p.name for p in named if p.name not in ("self", "cls")]


def in_order(ours: list[str], leans: list[str]) -> bool:
    """Whether our names stand among LEAN's in LEAN's order."""
    rest = iter(leans)
    return all(name in rest for name in ours)


def generic(lists: list[list[str]]) -> bool:
    """Whether the stubs hide the parameters behind a generic type."""
    return any(names in (ANY, []) for names in lists)


def test_every_exported_class_is_leans(lean: dict[str, StubClass]) -> None:
    assert {name for name in exported_classes() if name not in lean} == set(OURS)


def test_every_member_is_leans(lean: dict[str, StubClass]) -> None:
    strangers = {
        f"{name}.{member}"
        for name, cls in exported_classes().items()
        if name in lean
        for member in own_members(cls)
        if overloads(name, member, lean) is None and not excused(cls, member)
    }
    assert not strangers, "neither LEAN's nor excused"


def test_every_parameter_is_leans_in_leans_order(lean: dict[str, StubClass]) -> None:
    wrong = {}
    for name, cls in exported_classes().items():
        for member, value in own_members(cls).items() if name in lean else ():
            ours, leans = names_of(value), overloads(name, member, lean)
            listed = any(f"{base.__name__}.{member}" in PARAMETERS for base in our_bases(cls))
            if ours and leans and not listed and not generic(leans) and not any(in_order(ours, names) for names in leans):
                wrong[f"{name}.{member}"] = (ours, leans)
    assert not wrong


def test_the_exceptions_are_still_needed(lean: dict[str, StubClass]) -> None:
    classes = exported_classes()
    tables = {**INTERNAL, **{name: text for name, (text, _) in ELSEWHERE.items()}}
    unknown = [name for name in tables if name not in classes]
    assert not unknown
    idle = [f"{name}.{member}" for name, text in INTERNAL.items() for member in text.split() if overloads(name, member, lean) is not None]
    assert not idle, "LEAN has these members: no exception is needed"


NET = {"get_type", "to_string", "MAX_NAME_AND_TAGS_LENGTH", "MAX_TAGS_COUNT"}  # .NET's own, and constants of the cloud


def test_every_member_of_qcalgorithm_works_or_says_that_it_does_not(lean: dict[str, StubClass]) -> None:
    algorithm = object.__new__(QCAlgorithm)
    members = public_members("QCAlgorithm", lean) - NET
    for name in sorted(member for member in members if not hasattr(QCAlgorithm, member)):
        with pytest.raises(NotSupportedByRunner, match=rf"QCAlgorithm\.{name} "):
            getattr(algorithm, name)


def test_the_page_and_the_table_are_up_to_date(lean: dict[str, StubClass], repository: Path) -> None:
    written = (repository / "docs" / "runner-interface.md").read_text(encoding="utf-8")
    assert written == page(lean), "run: python tests/support/runner_interface.py page > docs/runner-interface.md"
    listed = LIST.read_text(encoding="utf-8")
    assert listed == table(lean), "run: python tests/support/runner_interface.py table > runner/alaris_runner/api/lean_missing.txt"
    names = NAMES.read_text(encoding="utf-8")
    assert names == missing_names(), "run: python tests/support/runner_interface.py names > runner/alaris_runner/api/lean_missing_names.txt"


def test_a_missing_member_of_any_class_is_refused_by_its_name() -> None:
    with pytest.raises(NotSupportedByRunner, match=r"SecurityMarginModel\.get_maximum_order_quantity_for_delta_buying_power"):
        _ = SecurityMarginModel().get_maximum_order_quantity_for_delta_buying_power
    with pytest.raises(AttributeError, match="no attribute 'leveridge'"):
        _ = SecurityMarginModel().leveridge
    assert getattr(SecurityMarginModel(), "GetLeverage", None) is not None


def test_what_a_property_raises_is_not_hidden() -> None:
    class Broken(PascalCase):
        @property
        def greeks(self) -> float:
            raise NotSupportedByRunner("greeks of this", "Ask for others.")

    for name in ("greeks", "Greeks"):
        with pytest.raises(NotSupportedByRunner, match="greeks of this"):
            getattr(Broken(), name)
