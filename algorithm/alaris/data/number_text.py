"""CSV bytes to numbers a whole file at a time: the other way of `text_columns`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COMMA, DOT, MINUS, ZERO, NINE = (ord(sign) for sign in ",.-09")
EXACT_DIGITS = (
    15  # so many digits are a whole number in a double, and its quotient by a power of ten below 10^22 is rounded once (Clinger 1990)
)


def numbers(text: bytes) -> Floats | None:
    """Numbers between commas, NaN for an empty field, each the double nearest to its digits; None where a field is no plain number.

    Parameters
    ----------
    text : bytes
        Digits, at most one point and a leading minus a field, no exponent; at least one field.
    """
    signs = np.frombuffer(text + b",", dtype=np.uint8)
    if np.any((signs > NINE) | (signs < COMMA) | (signs == ord("/"))):
        return None
    edges = np.flatnonzero(signs == COMMA)
    points, minuses = _fields(signs, edges, DOT), _fields(signs, edges, MINUS)
    if points is None or minuses is None or not _leading(signs, minuses[1]):
        return None
    plain = signs[(signs != DOT) & (signs != MINUS)] if len(points[0]) or len(minuses[0]) else signs
    values, length = _whole(plain)
    if np.any(length[np.concatenate([points[0], minuses[0]])] == 0):
        return None  # a sign or a point without a digit
    behind = np.minimum(edges[points[0]] - 1 - points[1], EXACT_DIGITS)  # those with more are read one by one
    values[points[0]] /= 10.0**behind
    values[minuses[0]] *= -1
    values[length == 0] = np.nan
    return _exactly(values, text, np.flatnonzero(length > EXACT_DIGITS))


def _fields(signs: NDArray[np.uint8], edges: NDArray[np.intp], sign: int) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Fields that hold a sign, and where; None where one holds it twice."""
    at = np.flatnonzero(signs == sign)
    field = np.searchsorted(edges, at)
    return None if np.any(field[1:] == field[:-1]) else (field, at)


def _leading(signs: NDArray[np.uint8], at: NDArray[np.intp]) -> bool:
    return bool(np.all((at == 0) | (signs[at - 1] == COMMA)))


def _whole(plain: NDArray[np.uint8]) -> tuple[Floats, NDArray[np.intp]]:
    """Whole numbers between commas, and how many digits each has."""
    edges = np.flatnonzero(plain == COMMA)
    length = np.diff(edges, prepend=-1) - 1
    values, power = np.zeros(len(edges)), 1.0
    for place in range(min(int(length.max(initial=0)), EXACT_DIGITS)):
        there = np.flatnonzero(length > place)
        values[there] += (plain[edges[there] - 1 - place] - np.uint8(ZERO)) * power
        power *= 10
    return values, length


def _exactly(values: Floats, text: bytes, long: NDArray[np.intp]) -> Floats:
    """The few fields with more digits than a double holds, one by one."""
    if len(long):
        fields = text.split(b",")
        values[long] = [float(fields[place]) for place in long]
    return values
