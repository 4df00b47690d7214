"""Volatility: realised from bars, implied by expiry, and the jump that an earnings report is expected to bring."""

from alaris.volatility.realized import yang_zhang

__all__ = ["yang_zhang"]
