"""LEAN's decimals as they reach the page: scale kept, half-even inside, half away from zero in the money formats.

A .NET decimal remembers its scale (0.90 prints "0.90"), as Python's `Decimal` does; a float loses it. So statistics that
are printed are computed in `Decimal` (28 digits, half-even: the default context) and prices enter through `exact`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from math import copysign, isfinite

ZERO = Decimal(0)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
SEVEN_DIGITS = Context(prec=7, rounding=ROUND_HALF_EVEN)
SMALLEST_DECIMAL = 1e-28


def exact(value: float | Decimal) -> Decimal:
    """Return the shortest decimal that reads back as `value`; whole numbers without a fraction digit."""
    if isinstance(value, Decimal):
        return value
    return Decimal(int(value)) if value == int(value) else Decimal(repr(float(value)))


def cast(value: float) -> Decimal:
    """Return what .NET's `(decimal)double` gives: 15 significant digits, unpadded; 0 where it would throw."""
    if not isfinite(value) or abs(value) < SMALLEST_DECIMAL:
        return ZERO
    return Decimal(f"{value:.15g}")


def smart(value: float) -> float:
    """Return a chart value: above 1000 four decimals, else seven significant digits (large negatives too)."""
    if value > 1000:
        return round(value, 4)
    if value == int(value) and abs(value) < 1e7:
        return float(value)
    return float(SEVEN_DIGITS.create_decimal(repr(float(value))))


def rounded(value: Decimal, digits: int) -> Decimal:
    """Round half-even to `digits`; a value with fewer fraction digits keeps its own, and zero has no sign."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        return ZERO
    if -exponent > digits or exponent > 0:
        value = value.quantize(Decimal(1).scaleb(-digits if exponent < 0 else 0), rounding=ROUND_HALF_EVEN)
    return value + ZERO if value.is_zero() else value


def text(value: Decimal) -> str:
    """Print a decimal with its scale and without exponent."""
    return format(value, "f")


def percent(fraction: Decimal, digits: int) -> str:
    """Print a fraction as "0.20%": multiplied by 100 with its scale, then rounded half-even."""
    return text(rounded(fraction * HUNDRED, digits)) + "%"


def double_text(value: float, digits: int = 3) -> str:
    """Print a double as .NET does after `Math.Round`: shortest round-trip, "2" for 2.0, "-0" for a vanished negative."""
    scale = 10.0**digits
    near = copysign(round(value * scale) / scale, value) if abs(value) < 1e12 else value
    return repr(near).removesuffix(".0")


def cents(value: float | Decimal) -> Decimal:
    """Round to cents, half away from zero, as .NET's money formats do; zero has no sign.

    A float's binary noise is taken off at the eighth digit first, so that a sum of -28.775 is no -28.77.
    """
    exactly = value if isinstance(value, Decimal) else exact(round(value, 8))
    amount = exactly.quantize(CENT, rounding=ROUND_HALF_UP)
    return amount + ZERO if amount.is_zero() else amount


def money(value: float | Decimal) -> str:
    """Print "$-1,234.50": two decimals, thousands separators, the sign after the dollar."""
    return f"${cents(value):,f}"


def signed_percent(fraction: float) -> str:
    """Print a fraction in .NET's invariant `P` format: "-0.69 %"."""
    return f"{cents(exact(fraction) * HUNDRED):,f} %"
