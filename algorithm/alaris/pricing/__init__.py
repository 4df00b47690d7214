"""Option prices, Greeks, implied volatilities and exercise boundaries: the typed face of the C++ core."""

from alaris.pricing.dividends import EarlyExerciseRisk, early_exercise_risk, escrowed_spot
from alaris.pricing.implied import ImpliedStatus, exercise_boundary, implied_volatility
from alaris.pricing.options import Greeks, Precision, SpotGreeks, Style, greeks, price, spot_greeks
from alaris.pricing.scenarios import scenario_values

__all__ = [
    "EarlyExerciseRisk",
    "Greeks",
    "ImpliedStatus",
    "Precision",
    "SpotGreeks",
    "Style",
    "early_exercise_risk",
    "escrowed_spot",
    "exercise_boundary",
    "greeks",
    "implied_volatility",
    "price",
    "scenario_values",
    "spot_greeks",
]
