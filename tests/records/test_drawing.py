"""Scales, ticks and wording: hand-worked numbers, and what must hold for any range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.records.drawing import Scale, element, month_ticks, thinned, ticks
from alaris.records.wording import MINUS, NONE, dollars, number, percent

finite = st.floats(-1e9, 1e9)


def test_ticks_are_round_numbers() -> None:
    assert ticks(0.12, 0.63, 4) == [0.2, 0.4, 0.6]
    assert ticks(99_850, 100_450, 4) == [100_000, 100_200, 100_400]
    assert ticks(3, 3, 4) == [3]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 8))
def test_ticks_lie_inside_and_are_not_too_many(low: float, span: float, count: int) -> None:
    found = ticks(low, low + span, count)
    assert len(found) <= count + 1
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value in found)


def test_a_scale_maps_its_ends() -> None:
    scale = Scale(10, 20, 300, 100)
    assert (scale(10), scale(20), scale(15)) == (300, 100, 200)
    assert Scale(5, 5, 0, 100)(5) == 50


@given(st.lists(st.tuples(st.integers(0, 10**6), finite), min_size=2, max_size=400, unique_by=lambda point: point[0]), st.integers(10, 50))
def test_thinning_keeps_ends_and_extremes(points: list[tuple[float, float]], limit: int) -> None:
    ordered = sorted(points)
    kept = thinned(ordered, limit)
    assert len(kept) <= max(limit + 4, 2)
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (ordered[0], ordered[-1])
    for pick in (min, max):
        assert pick(value for _, value in kept) == pick(value for _, value in ordered)


def test_a_year_is_labelled_by_months_and_a_week_by_days() -> None:
    year = month_ticks(1_483_228_800, 1_514_678_400, 12)  # 2017-01-01 to 2017-12-31 UTC
    assert [label for _, label in year] == ["2017", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    week = month_ticks(1_483_228_800, 1_483_228_800 + 6 * 86_400, 10)
    assert [label for _, label in week] == ["1 Jan", "2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan", "7 Jan"]


def test_elements_escape_content_and_attributes() -> None:
    assert element("text", "<b>", class_='"x"', stroke_width=2) == '<text class="&#34;x&#34;" stroke-width="2">&lt;b&gt;</text>'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NONE),
        (1_500_000.0, "1,500,000"),
        (0.71, "0.71"),
        (-0.00406, f"{MINUS}0.00406"),
        (3.0, "3"),
        ("words", "words"),
        (0.000012, "0.000012"),
        (-0.0, "0"),
    ],
)
def test_numbers_read_well(value: float | str | None, text: str) -> None:
    assert number(value) == text


def test_money_and_percent_read_well() -> None:
    assert dollars(-12.5) == f"{MINUS}$12.50"
    assert dollars(224, signed=True) == "+$224.00"
    assert dollars(-0.001, signed=True) == "$0.00"
    assert percent(0.221) == "22.1 %"
    assert percent(-0.00001) == "0.0 %"
