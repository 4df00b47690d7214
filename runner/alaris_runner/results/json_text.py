"""JSON as LEAN's serializer lays it out: indented by two, decimals with at least one fraction digit."""

from __future__ import annotations

from decimal import Decimal
from json import dumps
from json.encoder import encode_basestring as quoted
from math import isfinite


def json_text(value: object, pad: str = "\n") -> str:
    """Render a value indented; `pad` is the line break with the present indentation.

    A list of tuples holds chart points: time in seconds, then floats or None.
    """
    if isinstance(value, dict):
        if not value:
            return "{}"
        deeper = pad + "  "
        return "{" + ",".join([f"{deeper}{quoted(str(key))}: {json_text(item, deeper)}" for key, item in value.items()]) + pad + "}"
    if isinstance(value, list):
        if not value:
            return "[]"
        deeper = pad + "  "
        if isinstance(value[0], tuple):
            return "[" + deeper + _points_text(value, deeper) + pad + "]"
        return "[" + ",".join([deeper + json_text(item, deeper) for item in value]) + pad + "]"
    return scalar_text(value)


def _points_text(points: list[tuple[float | None, ...]], pad: str) -> str:
    """Render chart points; the encoder's own speed is kept by laying its compact text out afterwards."""
    text = dumps(points)[2:-2]
    if "e" in text or "N" in text or "I" in text:  # an exponent or a value that is no number
        rows = ["|".join([str(point[0]), *map(number_text, point[1:])]) for point in points]
        text = "], [".join(rows).replace("|", ", ")
    deeper = pad + "  "
    body = text.replace("], [", "|").replace(", ", "," + deeper).replace("|", f"{pad}],{pad}[{deeper}")
    return f"[{deeper}{body}{pad}]"


def compact_json(value: object) -> str:
    """Render a value on one line without spaces."""
    if isinstance(value, dict):
        return "{" + ",".join([f"{quoted(str(key))}:{compact_json(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([compact_json(item) for item in value]) + "]"
    return scalar_text(value)


def scalar_text(value: object) -> str:
    """Render null, a boolean, a string or a number."""
    if value is None or value is True or value is False:
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, (float, Decimal)):
        return number_text(value)
    raise TypeError(f"cannot write {type(value).__name__} into a result file: use str, int, float, Decimal, dict or list")


def number_text(value: float | Decimal | None) -> str:
    """Render a decimal: shortest digits, no exponent, "100000.0" for a whole one; null for a gap or not a number."""
    if value is None or not isfinite(value):
        return "null"
    text = repr(value) if isinstance(value, float) else format(value, "f")
    if "e" in text:
        text = format(Decimal(text), "f")
    return text if "." in text else text + ".0"
