"""Plans: grids, lists and their files; nothing is run twice, nothing is guessed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import DataError, InvalidInput
from alaris.sweep.plan import ParameterRange, make_plan, plain, read_sets, restored, varied


def test_a_range_holds_both_ends_without_the_errors_of_floats() -> None:
    steps = ParameterRange("a", Decimal("0.1"), Decimal("0.5"), Decimal("0.1"))
    assert steps.values == ("0.1", "0.2", "0.3", "0.4", "0.5")
    assert ParameterRange("a", Decimal(1), Decimal(10), Decimal(4)).values == ("1", "5", "9")
    assert ParameterRange("a", Decimal(-2), Decimal(0), Decimal(1)).values == ("-2", "-1", "0")


@pytest.mark.parametrize(
    ("bounds", "message"),
    [((5, 1, 1), "MAX must not be below MIN 5, was 1"), ((1, 5, 0), "STEP must be above 0, was 0"), ((1, 5, -1), "STEP must be above 0")],
)
def test_a_range_that_goes_nowhere_is_refused(bounds: tuple[int, int, int], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"--parameter a: {message}"):
        ParameterRange("a", *(Decimal(number) for number in bounds))


@given(st.decimals(-1000, 1000, places=3), st.integers(0, 50), st.decimals("0.001", 10, places=3))
def test_a_range_has_one_value_a_step(minimum: Decimal, count: int, step: Decimal) -> None:
    values = ParameterRange("a", minimum, minimum + count * step, step).values
    assert [Decimal(value) for value in values] == [minimum + index * step for index in range(count + 1)]


def test_every_set_meets_every_point_and_repeats_are_dropped(tmp_path: Path) -> None:
    sets = [{"a": "1"}, {"a": "2"}, {"a": "1"}]
    plan = make_plan(tmp_path / "x.py", tmp_path, fixed={"cash": "5", "b": "0"}, sets=sets, grid={"b": ["7", "8"]})
    assert [dict(trial.parameters) for trial in plan.trials] == [
        {"cash": "5", "a": "1", "b": "7"},
        {"cash": "5", "a": "1", "b": "8"},
        {"cash": "5", "a": "2", "b": "7"},
        {"cash": "5", "a": "2", "b": "8"},
    ]
    assert [trial.number for trial in plan.trials] == [1, 2, 3, 4]
    assert plan.varied == ("b", "a")


def test_one_set_is_no_sweep(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="fewer than two different parameter sets"):
        make_plan(tmp_path / "x.py", tmp_path, sets=[{"a": "1"}, {"a": "1"}])


def test_a_plan_comes_back_from_its_json(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("", encoding="utf-8")
    plan = make_plan(tmp_path / "x.py", tmp_path, grid={"a": ["1", "2"]})
    assert restored(plan.as_json()) == plan


def test_a_parameter_that_some_sets_lack_varies() -> None:
    assert varied([{"a": "1"}, {"a": "1", "b": "2"}]) == ("b",)


def test_sets_from_a_csv(tmp_path: Path) -> None:
    file = tmp_path / "sets.csv"
    file.write_text("symbols, liquidity.minimum_volume\nYUM, 10\nAAPL, 20\n", encoding="utf-8")
    assert read_sets(file) == (
        [{"symbols": "YUM", "liquidity.minimum_volume": "10"}, {"symbols": "AAPL", "liquidity.minimum_volume": "20"}],
        {},
    )


def test_a_grid_and_sets_from_a_toml(tmp_path: Path) -> None:
    file = tmp_path / "sets.toml"
    text = '[grid]\n"a.b" = [1, 2.5]\n[grid.c]\nd = [true, "x"]\n[[set]]\ncash = 1000\n[[set]]\ncash = 2000\n'
    file.write_text(text, encoding="utf-8")
    assert read_sets(file) == ([{"cash": "1000"}, {"cash": "2000"}], {"a.b": ["1", "2.5"], "c.d": ["true", "x"]})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "", "a.csv:1: needs a header"),
        ("a.csv", "x,x\n1,2\n", "a.csv:1: needs a header"),
        ("a.csv", "x,y\n", "has no row below the header"),
        ("a.csv", "x,y\n1,2\n3\n", "a.csv:3: expected 2 values"),
        ("a.csv", "x,y\n1,2,3\n", "a.csv:2: expected 2 values"),
        ("a.toml", "grid = ", "is no TOML"),
        ("a.toml", "[gird]\na = [1]\n", "found gird"),
        ("a.toml", "", "found nothing"),
        ("a.toml", "[grid]\na = 1\n", r"grid.a: expected a list of values such as \[1, 2, 3\]"),
        ("a.toml", "[grid]\na = []\n", "grid.a: expected a list"),
        ("a.toml", "[set]\na = 1\n", "mind the number of brackets"),
        ("a.toml", "[[set]]\na = [1]\n", r"a: expected one value, was \[1\]"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_sets(tmp_path / name)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.csv: cannot be read"):
        read_sets(tmp_path / "absent.csv")


@pytest.mark.parametrize(("number", "text"), [("1E+2", "100"), ("0.50", "0.5"), ("10", "10"), ("-0.0", "0"), ("1E-7", "0.0000001")])
def test_numbers_are_written_as_people_do(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
