"""Volatility: realised from bars, implied by expiry, and the jump that an earnings report is expected to bring."""

from alaris.volatility.realized import close_to_close, garman_klass, parkinson, rogers_satchell, yang_zhang

__all__ = ["close_to_close", "garman_klass", "parkinson", "rogers_satchell", "yang_zhang"]
