"""Numbers as .NET prints them: half-even inside, half away from zero in money, scales kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.results.decimals import cast, cents, double_text, exact, money, percent, rounded, signed_percent, smart, text
from alaris_runner.results.json_text import compact_json, json_text, number_text


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (99971.22505, 99971.225),
        (1000.123456, 1000.1235),
        (0.0126083912, 0.01260839),
        (-123456.789, -123456.8),
        (62.416276292, 62.41628),
        (0.0, 0.0),
    ],
)
def test_chart_values(value: float, want: float) -> None:
    # reference/lean-statistics.md 1: above 1000 four decimals, else seven significant digits, large negatives too
    assert smart(value) == want


@pytest.mark.parametrize(
    ("value", "digits", "want"),
    [
        ("88172.004", 2, "88172.00"),
        ("100000", 2, "100000"),
        ("998884.1", 2, "998884.1"),
        ("0.125", 2, "0.12"),
        ("-0.0004", 3, "0.000"),
        ("1E+3", 2, "1000"),
    ],
)
def test_rounding_keeps_scales(value: str, digits: int, want: str) -> None:
    assert text(rounded(Decimal(value), digits)) == want


def test_percent_keeps_the_scale_of_the_fraction() -> None:
    assert percent(Decimal("0.009"), 3) == "0.900%"
    assert percent(Decimal("0.002"), 2) == "0.20%"
    assert percent(Decimal(0), 3) == "0%"
    assert percent(Decimal("0.125"), 0) == "12%"  # half-even


def test_golden_end_equity_and_its_runtime_figure() -> None:
    # equity_orders_minute_ib: the same 99971.225 prints "99971.22" in the statistics and "$99,971.23" in the banner
    assert text(rounded(exact(99971.225), 2)) == "99971.22"
    assert money(99971.225) == "$99,971.23"
    assert f"${cents(8.045)}" == "$8.05"
    assert money(-694.476) == "$-694.48"
    assert money(-28.774999999999636) == "$-28.78"  # the same case's net profit, -28.775, as floats add it up
    assert signed_percent(-0.0069448) == "-0.69 %"
    assert signed_percent(-0.0000036) == "0.00 %"


@pytest.mark.parametrize(
    ("value", "want"), [(-3.0404, "-3.04"), (0.02, "0.02"), (2.0, "2"), (0.0, "0"), (-0.0001, "-0"), (1234.5678, "1234.568")]
)
def test_doubles_print_shortest(value: float, want: str) -> None:
    assert double_text(value) == want


def test_cast_keeps_fifteen_digits() -> None:
    assert cast(1 / 3) == Decimal("0.333333333333333")
    assert cast(0.1 + 0.2) == Decimal("0.3")
    assert cast(float("nan")) == cast(float("inf")) == cast(1e-40) == 0


@given(st.floats(-1e9, 1e9))
def test_chart_values_are_near_and_stable(value: float) -> None:
    once = smart(value)
    assert once == pytest.approx(value, rel=5.1e-7, abs=1e-12)
    assert smart(once) == once


@given(st.floats(-1e12, 1e12, allow_subnormal=False))
def test_exact_reads_back(value: float) -> None:
    assert float(exact(value)) == value


def test_json_layout() -> None:
    value = {
        "a": [(1485925200, 100000.0, None), (1485925201, 1e-05, 2.0)],
        "empty": {},
        "list": [],
        "text": 'é "',
        "flag": True,
        "none": None,
        "money": Decimal("-6.50"),
    }
    assert json_text(value) == (
        '{\n  "a": [\n    [\n      1485925200,\n      100000.0,\n      null\n'
        "    ],\n    [\n      1485925201,\n      0.00001,\n      2.0\n    ]\n  "
        '],\n  "empty": {},\n  "list": [],\n'
        '  "text": "é \\"",\n'
        '  "flag": true,\n  "none": null,\n  "money": -6.50\n}'
    )
    assert compact_json([{"id": 1, "price": 0.00001}, []]) == '[{"id":1,"price":0.00001},[]]'
    assert number_text(float("nan")) == "null"


def test_json_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="cannot write complex into a result file"):
        json_text({"a": 1j})
