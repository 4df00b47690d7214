"""What would close an account: calendars as one combo each, short legs before long ones, priced from the legs' quotes under a cap.

Nothing here sends anything; `alaris.operations.flatten` does, from these plans.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from alaris.broker import Share, contract_name, instrument_of
from alaris.domain import Leg, LegQuote
from alaris.settings import Orders

PREFIX = "FLAT"


@dataclass(frozen=True, slots=True)
class Closing:
    """One position to close by one order: its legs in closing direction, ratios -1 or +1, and how many times."""

    legs: tuple[Leg, ...]
    contracts: int

    @property
    def symbol(self) -> str:
        """The underlying."""
        return self.legs[0].symbol

    @property
    def names(self) -> dict[str, int]:
        """Signed ratio by contract, as the order book has it."""
        return {contract_name(leg): leg.ratio for leg in self.legs}

    @property
    def text(self) -> str:
        """For a person: `buy 3 YUM 170217C67.5 and sell 3 YUM 170317C67.5`."""
        return " and ".join(f"{'buy' if leg.ratio > 0 else 'sell'} {self.contracts} {contract_name(leg)}" for leg in self.legs)

    def key(self, day: date, attempt: int) -> str:
        """Our name of one attempt: the same position on the same day has the same name, whoever closes it."""
        first, *others = (contract_name(leg) for leg in self.legs)
        return "|".join((PREFIX, first, *(name.removeprefix(f"{self.symbol} ") for name in others), f"{day:%Y%m%d}", str(attempt)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is closed, in this order, and what is left to a person, with the reason."""

    closings: tuple[Closing, ...]
    left: Mapping[str, str]


def closing_plan(positions: Mapping[str, int], today: date) -> Plan:
    """Pair the legs of an account into calendars; what finds no partner is closed by itself, bought back before sold.

    Parameters
    ----------
    positions : mapping
        Signed contracts by contract, as the broker has them.
    today : date
        The exchange's day: an option that expired before it cannot be traded.
    """
    held = {contract: (instrument_of(contract), count) for contract, count in sorted(positions.items()) if count}
    shares = {found.symbol for found, _ in held.values() if isinstance(found, Share)}
    left = {contract: reason for contract, (found, count) in held.items() if (reason := _left_alone(found, count, shares, today))}
    legs = [(found, count) for contract, (found, count) in held.items() if contract not in left and isinstance(found, Leg)]
    closings = [closing for _, group in groupby(sorted(legs, key=_line), key=_line) for closing in _closings(list(group))]
    return Plan(tuple(sorted(closings, key=_urgency)), left)


def _left_alone(found: Leg | Share, count: int, shares: set[str], today: date) -> str:
    if isinstance(found, Share):
        return "shares, from an assignment or an exercise; close them by hand together with the options that cover them"
    if found.expiry < today:
        return "expired; the broker settles it over night"
    if found.symbol in shares and count > 0:
        return f"it may cover the shares of {found.symbol}; close both by hand"
    return ""


def _line(held: tuple[Leg, int]) -> tuple[str, str, float]:
    leg, _ = held
    return leg.symbol, leg.right.value, leg.strike


def _closings(held: list[tuple[Leg, int]]) -> Iterator[Closing]:
    """Calendars first: each short leg with the nearest longer expiry that is held long; then what is left of either."""
    by_expiry = sorted(held, key=lambda one: one[0].expiry)
    counts = dict(by_expiry)
    for front in [leg for leg, count in by_expiry if count < 0]:
        for back in [leg for leg, count in by_expiry if count > 0 and leg.expiry > front.expiry]:
            pairs = min(-counts[front], counts[back])
            if pairs > 0:
                yield Closing((_with_ratio(front, 1), _with_ratio(back, -1)), pairs)
                counts[front] += pairs
                counts[back] -= pairs
    for leg, count in counts.items():
        if count:
            yield Closing((_with_ratio(leg, -1 if count > 0 else 1),), abs(count))


def _with_ratio(leg: Leg, ratio: int) -> Leg:
    return Leg(leg.symbol, leg.right, leg.strike, leg.expiry, ratio)


def _urgency(closing: Closing) -> tuple[str, int, tuple[str, ...]]:
    """Within an underlying: naked shorts, then calendars, then single longs, so that no short leg loses its cover."""
    is_single_short = len(closing.legs) == 1 and closing.legs[0].ratio > 0
    rank = 0 if is_single_short else 1 if len(closing.legs) > 1 else 2
    return closing.symbol, rank, tuple(closing.names)


def limits(quotes: Sequence[LegQuote], closing: Closing, settings: Orders, cap: float) -> tuple[Decimal, ...]:
    """Limits of a closing order in the order they are tried, USD a share, net debit: from the middle to natural, never beyond the cap.

    Parameters
    ----------
    quotes : sequence of LegQuote
        Of the closing's legs, in their order.
    cap : float
        USD a share; the most that is given up against the middle of the quotes.

    Returns
    -------
    tuple of Decimal
        Rounded to the tick towards natural, equal ones once; the last is the most that is paid.
    """
    mid = sum(leg.ratio * quote.mid for leg, quote in zip(closing.legs, quotes, strict=True))
    natural = sum(leg.ratio * (quote.ask if leg.ratio > 0 else quote.bid) for leg, quote in zip(closing.legs, quotes, strict=True))
    worst, most = min(natural, mid + cap), math.floor(round((mid + cap) / settings.tick, 6))
    shares = [settings.start + (1 - settings.start) * number / max(settings.steps - 1, 1) for number in range(settings.steps)]
    tick = Decimal(repr(settings.tick))
    ticks = [min(math.ceil(round((mid + share * (worst - mid)) / settings.tick, 6)), most) for share in shares]
    return tuple(dict.fromkeys(number * tick for number in ticks))


def is_marketable(limit: Decimal, quotes: Sequence[LegQuote], closing: Closing) -> bool:
    """Whether a limit reaches natural, so that it can fill at once."""
    pairs = zip(closing.legs, quotes, strict=True)
    natural = sum(leg.ratio * (quote.ask if leg.ratio > 0 else quote.bid) for leg, quote in pairs)
    return float(limit) >= round(natural, 6)
