"""Option prices, Greeks, implied volatilities and exercise boundaries: the typed face of the C++ core."""

from alaris.pricing.options import Greeks, greeks, price

__all__ = ["Greeks", "greeks", "price"]
