"""The scenario grid holds what pricing each cell by itself gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alaris.domain.errors import InvalidInput
from alaris.pricing import price, scenario_values


@pytest.mark.parametrize("style", ["american", "european"])
@pytest.mark.parametrize(("rate", "dividend_yield"), [(0.04, 0.02), (0.0, 0.0), (-0.01, -0.03), (-0.03, -0.01)])
def test_each_cell_is_the_price_of_the_moved_option(style: str, rate: float, dividend_yield: float) -> None:
    call = np.array([True, True, False, False])
    strike, time = np.array([100.0, 100.0, 95.0, 105.0]), np.array([5 / 365, 35 / 365, 0.5, 2.0])
    volatility = np.array([0.6, 0.4, 0.3, 0.25])
    spot_moves, volatility_moves, days = np.linspace(-0.3, 0.3, 7), np.array([-1.0, -0.3, 0.0, 0.5]), np.array([0.0, 5.0, 10.0])
    got = scenario_values(
        call, 100.0, strike, time, rate, dividend_yield, volatility,
        spot_moves=spot_moves, volatility_moves=volatility_moves, days=days, style=style, precision="accurate",  # type: ignore[arg-type]  # parametrised name
    )  # fmt: skip
    assert got.shape == (4, 3, 4, 7)
    left = np.maximum(time[:, None, None, None] - days[:, None, None] / 365, 0.0)
    wanted = price(
        call[:, None, None, None], 100.0 * (1 + spot_moves), strike[:, None, None, None], left, rate, dividend_yield,
        volatility[:, None, None, None] * (1 + volatility_moves[:, None]), style=style, precision="accurate",  # type: ignore[arg-type]  # parametrised name
    )  # fmt: skip
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10)


def test_threads_do_not_matter() -> None:
    grid: dict[str, Any] = {
        "spot_moves": np.linspace(-0.2, 0.2, 41),
        "volatility_moves": np.linspace(-0.5, 0.5, 21),
        "days": np.arange(5.0),
    }
    legs = (True, 100.0, np.linspace(80, 120, 10), 0.1, 0.04, 0.0, 0.5)
    np.testing.assert_array_equal(scenario_values(*legs, **grid), scenario_values(*legs, **grid, threads=2))


@pytest.mark.parametrize(("field", "value"), [("spot_moves", [-1.0]), ("volatility_moves", [-1.5]), ("days", [-1.0]), ("days", [[1.0]])])
def test_a_move_out_of_range_is_named(field: str, value: list[float]) -> None:
    with pytest.raises(InvalidInput) as error:
        scenario_values(True, 100.0, 100.0, 1.0, 0.0, 0.0, 0.2, **{"spot_moves": [0.0], field: value})  # type: ignore[arg-type]  # parametrised name
    assert error.value.field == field
