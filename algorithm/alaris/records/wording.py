"""Numbers and codes as people read them: percent, dollars, dates, the names of checks and phases."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from alaris.domain import Phase, Reason

NONE = "\u2013"
MINUS = "\u2212"
MIDNIGHT = time(0)

PHASES = {
    Phase.UNIVERSE: "Universe selection",
    Phase.MARKET_DATA: "Market data",
    Phase.REALIZED_VOLATILITY: "Realised volatility",
    Phase.TERM_STRUCTURE: "Term structure",
    Phase.SIGNAL: "Signal",
    Phase.VALIDATION: "Production validation",
    Phase.EXECUTION_PRICING: "Execution pricing",
    Phase.SIZING: "Position sizing",
    Phase.EXECUTION: "Order execution",
    Phase.AUDIT: "Audit trail",
}
CHECKS = {
    "DTqc001A": "price",
    "DTqc002A": "arbitrage",
    "DTqc003A": "volume",
    "DTqc004A": "earnings date",
    "STCS006A": "cost survival",
    "STHD001A": "vega independence",
    "STCS008A": "liquidity",
    "STHD003A": "gamma risk",
}
EXITS = {
    "REACTION": "the reaction session came",
    "EXPIRY": "the front leg expires",
    "LOSS": "the loss reached its limit",
    "CRUSH_CAPTURED": "most of the expected crush was captured",
    "SPREAD_WIDENED": "the quotes widened",
    "ASSIGNED_OR_EXPIRED": "a leg was assigned or expired, and the rest was closed",
    "EX_DIVIDEND": "the short call would be exercised for the dividend",
}
TIMINGS = {"BEFORE_OPEN": "before the open", "AFTER_CLOSE": "after the close", "UNKNOWN": "time unknown"}


def number(value: float | str | None, digits: int | None = None) -> str:
    """A number with thousands separators; without `digits`, four significant ones, and integers whole."""
    if value is None or isinstance(value, str):
        return value or NONE
    if digits is None:
        text = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"
        text = f"{value:.6f}".rstrip("0") if "e" in text else text
    else:
        text = f"{value:,.{digits}f}"
    return _signless_zero(text).replace("-", MINUS)


def percent(value: float | None, digits: int = 1) -> str:
    """A share as percent: 0.221 is 22.1 %."""
    return NONE if value is None else f"{number(100 * value, digits)} %"


def dollars(value: float | None, digits: int = 2, *, signed: bool = False) -> str:
    """USD: -12.5 is $12.50 after a minus sign; with `signed`, gains carry a plus."""
    if value is None:
        return NONE
    amount = f"${abs(value):,.{digits}f}"
    if not any(character in "123456789" for character in amount):
        return amount
    return (MINUS if value < 0 else "+" if signed else "") + amount


def count(value: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 event, 2 events."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def day(value: str | None) -> str:
    """A date or time of a record as 8 Feb 2017; midnight, when LEAN fills on daily data, still belongs to the day it ends."""
    if value is None:
        return NONE
    moment = datetime.fromisoformat(value)
    if len(value) > len("2017-02-08") and moment.time() == MIDNIGHT:
        moment -= timedelta(days=1)
    return f"{moment.day} {moment:%b %Y}"


def phase(code: str | None) -> str:
    """Name of a phase."""
    return PHASES[Phase(code)] if code in set(Phase) else code or NONE


def reason(code: str | None) -> str:
    """What a reason code means; the code itself where this version does not know it."""
    return next((known.meaning for known in Reason if known.value == code), code or NONE)


def check(identity: str) -> str:
    """Name of a check."""
    return CHECKS.get(identity, identity)


def sign(value: Any) -> str:
    """`gain`, `loss` or nothing: the class of a number on the page."""
    return "" if not isinstance(value, int | float) or abs(value) < 0.005 else "gain" if value > 0 else "loss"


def _signless_zero(text: str) -> str:
    return text.lstrip("-") if not any(character in "123456789" for character in text) else text
