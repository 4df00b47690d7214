"""Phase 4, term structure: at-the-money volatility by expiry, constant maturities, and the slope that earnings bend."""

from __future__ import annotations

from alaris.domain import OptionChain, Rejection
from alaris.settings import TermStructureSettings
from alaris.volatility.term_structure import TermStructure, read_term_structure

__all__ = ["TermStructure", "term_structure"]


def term_structure(chain: OptionChain, settings: TermStructureSettings) -> TermStructure | Rejection:
    """Read the term structure off a chain, or say why it cannot be read."""
    return read_term_structure(chain, settings)
