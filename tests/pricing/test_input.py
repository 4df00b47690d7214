"""What goes in: anything that broadcasts; what is refused, by name; the limits of time and volatility."""

from __future__ import annotations

from threading import Thread
from typing import Any

import numpy as np
import pytest

from alaris.domain.errors import InvalidInput
from alaris.pricing import exercise_boundary, greeks, price

GOOD: dict[str, Any] = {
    "is_call": True,
    "spot": 100.0,
    "strike": 100.0,
    "time": 1.0,
    "rate": 0.02,
    "dividend_yield": 0.01,
    "volatility": 0.2,
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("is_call", 1.0),
        ("is_call", "call"),
        ("spot", 0.0),
        ("spot", np.nan),
        ("spot", np.inf),
        ("spot", "a hundred"),
        ("spot", None),
        ("strike", 0.0),
        ("strike", [100.0, -1.0]),
        ("time", -1e-9),
        ("time", np.nan),
        ("time", 500.0),
        ("rate", np.nan),
        ("rate", 5.0),
        ("dividend_yield", -np.inf),
        ("volatility", -0.1),
        ("volatility", np.nan),
        ("style", "bermudan"),
        ("precision", "exact"),
    ],
)
@pytest.mark.parametrize("function", [price, greeks])
def test_what_cannot_be_priced_is_refused_by_name(function: Any, field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as error:
        function(**{**GOOD, field: value})
    assert error.value.field == field


def test_shapes_that_do_not_broadcast_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as error:
        price(**{**GOOD, "strike": np.ones(3), "volatility": np.ones(4)})
    assert error.value.field == "volatility"


def test_everything_broadcasts() -> None:
    strikes, times = np.array([90.0, 100.0, 110.0]), np.array([[0.5], [1.0]])
    table = price(**{**GOOD, "strike": strikes, "time": times, "is_call": [True, False, True]})
    assert table.shape == (2, 3)
    for (i, j), value in np.ndenumerate(table):
        one = price(**{**GOOD, "strike": strikes[j], "time": float(times[i, 0]), "is_call": j != 1})
        assert isinstance(one, float)
        assert value == pytest.approx(one, rel=1e-13)
    assert price(**{**GOOD, "strike": np.ones((0, 4))}).shape == (0, 4)
    strided = np.arange(80.0, 120.0)[::-7]
    np.testing.assert_array_equal(price(**{**GOOD, "strike": strided}), price(**{**GOOD, "strike": strided.copy()}))
    assert price(**{**GOOD, "spot": np.int64(100), "strike": np.float32(100)}) == pytest.approx(price(**GOOD))


def test_the_result_depends_neither_on_the_threads_nor_on_the_company() -> None:
    random = np.random.default_rng(0)
    count = 5000
    terms: dict[str, Any] = {
        **GOOD,
        "is_call": random.uniform(size=count) < 0.5,
        "spot": random.uniform(50, 150, count),
        "rate": random.uniform(-0.05, 0.1, count),
        "dividend_yield": random.uniform(-0.05, 0.1, count),
    }
    alone = price(**terms)
    for threads in (2, 3):
        np.testing.assert_array_equal(price(**terms, threads=threads), alone)
    results: list[Any] = []
    workers = [Thread(target=lambda: results.append(price(**terms))) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(np.array_equal(result, alone) for result in results)
    shuffled = random.permutation(count)
    moved: dict[str, Any] = {k: v[shuffled] if isinstance(v, np.ndarray) else v for k, v in terms.items()}
    np.testing.assert_allclose(price(**moved), alone[shuffled], rtol=1e-12, atol=1e-12)


def test_without_time_there_is_only_intrinsic_value() -> None:
    spot = np.array([90.0, 100.0, 110.0])
    np.testing.assert_array_equal(price(True, spot, 100.0, 0.0, 0.05, 0.0, 0.2), [0.0, 0.0, 10.0])
    np.testing.assert_allclose(price(False, spot, 100.0, 0.0, 0.05, 0.0, 0.2, style="european"), [10.0, 0.0, 0.0], rtol=1e-15)
    assert price(False, 90.0, 100.0, 1e-9, 0.05, 0.0, 0.2) == pytest.approx(10.0, abs=1e-6)


@pytest.mark.parametrize(
    ("spot", "rate", "dividend_yield", "wanted"),
    [
        (90.0, 0.05, 0.0, 10.0),  # now
        (90.0, -0.05, 0.0, 100 * np.exp(0.05) - 90.0),  # at expiry
        (120.0, 0.0, 0.2, 100.0 - 120 * np.exp(-0.2)),  # at expiry, out of the money today
        # when the forward reaches K r / q: t = ln(r K / (q S)) / (r - q) = ln(0.5 / 0.45) / 0.04 for S = 45, beyond one year: at expiry
        (45.0, -0.04, -0.08, 100 * np.exp(0.04) - 45 * np.exp(0.08)),
        (49.0, -0.04, -0.08, 100 * np.exp(0.04 * 0.5050676829) - 49 * np.exp(0.08 * 0.5050676829)),
    ],
)
def test_without_volatility_only_the_date_is_chosen(spot: float, rate: float, dividend_yield: float, wanted: float) -> None:
    assert price(False, spot, 100.0, 1.0, rate, dividend_yield, 0.0) == pytest.approx(wanted, abs=1e-9)
    assert price(False, spot, 100.0, 1.0, rate, dividend_yield, 1e-3, precision="high") == pytest.approx(wanted, abs=0.02)


def test_deep_in_the_money_is_exactly_intrinsic() -> None:
    spot = np.array([1.0, 10.1, 33.3])
    np.testing.assert_array_equal(price(False, spot, 100.0, 1.0, 0.08, 0.0, 0.2), 100.0 - spot)


def test_no_input_in_range_gives_nan() -> None:
    random = np.random.default_rng(9)
    count = 20_000

    def logarithmic(low: float, high: float) -> Any:
        return np.exp(random.uniform(np.log(low), np.log(high), count))

    terms = (
        random.uniform(size=count) < 0.5,
        logarithmic(1, 10_000),
        100.0,
        logarithmic(1e-6, 50),
        random.uniform(-0.3, 0.3, count),
        random.uniform(-0.3, 0.3, count),
        logarithmic(1e-4, 5),
    )
    for name, column in greeks(*terms)._asdict().items():
        assert np.all(np.isfinite(column)), (name, [x[~np.isfinite(column)][:1] if isinstance(x, np.ndarray) else x for x in terms])


def test_boundary_of_calls_is_the_lower_end() -> None:
    upper, lower = exercise_boundary(True, 100.0, 1.0, 0.02, 0.05, 0.2, [0.0, 0.5, 1.0])
    assert np.isnan(upper).all()
    assert lower[0] == 100.0
    assert np.all(np.diff(lower) > 0)
    put, none = exercise_boundary(False, 100.0, 1.0, 0.05, 0.02, 0.2, [0.0, 0.5, 1.0])
    assert np.isnan(none).all()
    np.testing.assert_allclose(lower * put, 100.0**2, rtol=1e-12)  # B_call(r, q) B_put(q, r) = K^2


def test_no_boundary_where_exercise_is_never_right() -> None:
    for terms in [(True, 0.05, 0.0), (False, -0.02, 0.01), (False, 0.0, 0.0)]:
        upper, lower = exercise_boundary(terms[0], 100.0, 1.0, terms[1], terms[2], 0.2, 0.5)
        assert np.isnan(upper)
        assert np.isnan(lower)


def test_times_beyond_the_life_are_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        exercise_boundary(False, 100.0, 1.0, 0.05, 0.02, 0.2, 1.5)
    assert error.value.field == "times"
