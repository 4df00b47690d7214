"""Selectors of an indicator's input: `self.sma(symbol, 20, Resolution.DAILY, Field.HIGH)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alaris_runner.api.bars import QuoteBar

Selector = Callable[[Any], float]


def _of(name: str) -> Selector:
    """Price of a bar; of a point without it, the value."""
    return lambda data: float(getattr(data, name, data.value))


def _mean(**weights: int) -> Selector:
    parts = [(_of(name), weight) for name, weight in weights.items()]
    total = sum(weights.values())
    return lambda data: sum(part(data) * weight for part, weight in parts) / total


def _side(side: str, name: str) -> Selector:
    """Price of one side of a quote bar, 0 where the side or the quote is missing."""

    def price(data: Any) -> float:
        bar = getattr(data, side, None) if isinstance(data, QuoteBar) else None
        return float(getattr(bar, name)) if bar is not None else 0.0

    return price


class Field:
    """What of a bar goes into an indicator."""

    OPEN = staticmethod(_of("open"))
    HIGH = staticmethod(_of("high"))
    LOW = staticmethod(_of("low"))
    CLOSE = staticmethod(_of("close"))
    VOLUME = staticmethod(lambda data: float(getattr(data, "volume", 0.0)))
    AVERAGE = staticmethod(_mean(open=1, high=1, low=1, close=1))
    MEDIAN = staticmethod(_mean(high=1, low=1))
    TYPICAL = staticmethod(_mean(high=1, low=1, close=1))
    WEIGHTED = staticmethod(_mean(high=1, low=1, close=2))
    SEVEN_BAR = staticmethod(_mean(open=2, high=1, low=1, close=3))
    BID_OPEN = staticmethod(_side("bid", "open"))
    BID_HIGH = staticmethod(_side("bid", "high"))
    BID_LOW = staticmethod(_side("bid", "low"))
    BID_CLOSE = BID_PRICE = staticmethod(_side("bid", "close"))
    ASK_OPEN = staticmethod(_side("ask", "open"))
    ASK_HIGH = staticmethod(_side("ask", "high"))
    ASK_LOW = staticmethod(_side("ask", "low"))
    ASK_CLOSE = ASK_PRICE = staticmethod(_side("ask", "close"))
