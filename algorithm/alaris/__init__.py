"""Alaris: earnings-volatility trading on QuantConnect LEAN."""

__version__ = "0.1.0"
