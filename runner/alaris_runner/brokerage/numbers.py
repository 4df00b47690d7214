"""Numbers as LEAN's decimals would show and round them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

NOISE = 10  # decimals of a price beyond this place are float noise
AMOUNT_NOISE = 8  # the same for amounts of up to a billion dollars


def decimal_text(value: float) -> str:
    """Shortest decimal text: 18500, 3489.3."""
    text = f"{value:.{AMOUNT_NOISE}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def round_to(value: float, step: float) -> float:
    """Round to a multiple of the step, ties to the even multiple."""
    units = (Decimal(repr(round(value, NOISE))) / Decimal(repr(step))).quantize(Decimal(1), ROUND_HALF_EVEN)
    return float(units * Decimal(repr(step)))
