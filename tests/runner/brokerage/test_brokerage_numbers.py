"""Numbers are shown and rounded as decimals, whatever the floats beneath them carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.brokerage.numbers import decimal_text, round_to


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18500.0, "18500"),
        (3489.3, "3489.3"),
        (-32.6, "-32.6"),
        (76.18 * 10_000, "761800"),
        (0.1 + 0.2, "0.3"),
        (-1e-12, "0"),
        (111832.43, "111832.43"),
    ],
)
def test_amounts_are_written_as_decimals(value: float, text: str) -> None:
    assert decimal_text(value) == text


@pytest.mark.parametrize(("value", "rounded"), [(62.6868, 62.69), (62.685, 62.68), (62.675, 62.68), (1.005, 1.0), (-0.5, -0.5)])
def test_prices_round_half_to_even(value: float, rounded: float) -> None:
    assert round_to(value, 0.01) == rounded


@given(st.integers(-(10**9), 10**9))
def test_every_cent_survives(cents: int) -> None:
    value = cents / 100
    assert float(decimal_text(value)) == value
    assert round_to(value, 0.01) == value
