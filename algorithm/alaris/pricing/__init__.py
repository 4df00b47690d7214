"""Option prices, Greeks, implied volatilities and exercise boundaries: the typed face of the C++ core."""

from alaris.pricing.implied import ImpliedStatus, exercise_boundary, implied_volatility
from alaris.pricing.options import Greeks, Precision, Style, greeks, price

__all__ = ["Greeks", "ImpliedStatus", "Precision", "Style", "exercise_boundary", "greeks", "implied_volatility", "price"]
