"""How a contract is named: one text for orders, fills, positions and the journal, and back again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from alaris.domain import InvalidInput, Leg, Right

OPTION = re.compile(r"(?P<symbol>[A-Z]+(?:[. ][A-Z]+)?) (?P<day>\d{6})(?P<right>[CP])(?P<strike>\d+(?:\.\d+)?)")
SHARE = re.compile(r"[A-Z]+(?:[. ][A-Z]+)?")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of stock, where one is traded or held beside options: assigned, or the underlying's price."""

    symbol: str


Instrument: TypeAlias = Leg | Share


def contract_name(instrument: Instrument) -> str:
    """The account's own unique name of a contract: `YUM 170217C67.5` for an option, `YUM` for the share.

    The ratio of a leg is no part of it.
    """
    if isinstance(instrument, Share):
        return instrument.symbol
    strike = format(Decimal(repr(float(instrument.strike))).normalize(), "f")
    return f"{instrument.symbol} {instrument.expiry:%y%m%d}{instrument.right.value[0]}{strike}"


def instrument_of(name: str, ratio: int = 1) -> Instrument:
    """The contract of a name; legs carry `ratio`.

    Raises
    ------
    InvalidInput
        It is no name that `contract_name` gives.
    """
    match = OPTION.fullmatch(name)
    if match is None:
        if SHARE.fullmatch(name):
            return Share(name)
        raise InvalidInput("name", f"expected a contract as `YUM 170217C67.5` or `YUM`, was {name!r}")
    right = Right.CALL if match["right"] == "C" else Right.PUT
    return Leg(match["symbol"], right, float(match["strike"]), _day(match["day"], name), ratio)


def _day(text: str, name: str) -> date:
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise InvalidInput("name", f"expected a contract that expires on a day of the calendar, was {name!r}") from None
