"""Filters of a chain by the name of a strategy: each leaves the legs nearest to what was asked for, or nothing.

Distances are from the underlying's price in dollars, days are calendar days from the selection; the first expiry late enough counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from alaris_runner.api.enums import OptionRight
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest

if TYPE_CHECKING:
    from alaris_runner.api.option_universe import Contract

Legs = list["Contract"]


class StrategyFilters(PascalCase):
    """Part of an option filter universe that chooses the legs of one strategy."""

    _left: Legs
    _price: float
    local_time: datetime

    def naked_call(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> Self:
        """One call; also for covered and protective calls."""
        return self._single(OptionRight.CALL, min_days_till_expiry, strike_from_atm)

    def naked_put(self, min_days_till_expiry: int = 30, strike_from_atm: float = 0) -> Self:
        """One put; also for covered and protective puts."""
        return self._single(OptionRight.PUT, min_days_till_expiry, strike_from_atm)

    def call_spread(
        self, min_days_till_expiry: int = 30, higher_strike_from_atm: float = 5, lower_strike_from_atm: float | None = None
    ) -> Self:
        """Two calls of one expiry; the lower distance is the higher's negative unless given."""
        return self._spread(OptionRight.CALL, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def put_spread(
        self, min_days_till_expiry: int = 30, higher_strike_from_atm: float = 5, lower_strike_from_atm: float | None = None
    ) -> Self:
        """Two puts of one expiry; the lower distance is the higher's negative unless given."""
        return self._spread(OptionRight.PUT, min_days_till_expiry, higher_strike_from_atm, lower_strike_from_atm)

    def call_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> Self:
        """Two calls of one strike."""
        return self._calendar((OptionRight.CALL,), strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def put_calendar_spread(
        self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60
    ) -> Self:
        """Two puts of one strike."""
        return self._calendar((OptionRight.PUT,), strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def jelly_roll(self, strike_from_atm: float = 0, min_near_days_till_expiry: int = 30, min_far_days_till_expiry: int = 60) -> Self:
        """Calls and puts of one strike at two expiries."""
        return self._calendar(tuple(OptionRight), strike_from_atm, min_near_days_till_expiry, min_far_days_till_expiry)

    def strangle(self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5) -> Self:
        """A call above and a put below the price."""
        _must(call_strike_from_atm > 0 > put_strike_from_atm, "strangle", "call_strike_from_atm above and put_strike_from_atm below 0")
        return self._call_and_put(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm, outside=True)

    def straddle(self, min_days_till_expiry: int = 30) -> Self:
        """The call and the put nearest the price."""
        return self._call_and_put(min_days_till_expiry, 0, 0)

    def conversion(self, min_days_till_expiry: int = 30, strike_from_atm: float = 5) -> Self:
        """A call and a put of one strike."""
        return self._call_and_put(min_days_till_expiry, strike_from_atm, strike_from_atm)

    def protective_collar(self, min_days_till_expiry: int = 30, call_strike_from_atm: float = 5, put_strike_from_atm: float = -5) -> Self:
        """A call and a put of a lower strike."""
        _must(call_strike_from_atm > put_strike_from_atm, "protective_collar", "call_strike_from_atm above put_strike_from_atm")
        chosen = self._call_and_put(min_days_till_expiry, call_strike_from_atm, put_strike_from_atm)
        legs = {leg.right: leg.strike for leg in chosen._left}  # noqa: SLF001 - this object
        inside = bool(legs) and legs[OptionRight.CALL] > legs[OptionRight.PUT]
        return chosen if inside else self._only([], 2)

    def call_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Three calls at equal distances, the middle one nearest the price."""
        return self._butterfly(OptionRight.CALL, min_days_till_expiry, strike_spread)

    def put_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Three puts at equal distances, the middle one nearest the price."""
        return self._butterfly(OptionRight.PUT, min_days_till_expiry, strike_spread)

    def iron_butterfly(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Call and put nearest the price, a call above and a put as far below."""
        _must(strike_spread > 0, "iron_butterfly", "a strike_spread above 0")
        contracts = self._first_expiry(self._left, min_days_till_expiry)
        middle = self._strike(contracts, 0)
        above = self._strike([c for c in self._calls_above(contracts) if middle is not None and c.strike > middle], strike_spread)
        if middle is None or above is None or not self._puts_below(contracts):
            return self._only([], 4)
        wanted = {(OptionRight.CALL, middle), (OptionRight.PUT, middle), (OptionRight.CALL, above), (OptionRight.PUT, 2 * middle - above)}
        return self._only([c for c in contracts if _place(c) in _rounded(wanted)], 4)

    def iron_condor(self, min_days_till_expiry: int = 30, near_strike_spread: float = 5, far_strike_spread: float = 10) -> Self:
        """Two calls above and two puts below the price, both pairs as far apart."""
        _must(0 < near_strike_spread < far_strike_spread, "iron_condor", "0 < near_strike_spread < far_strike_spread")
        contracts = self._first_expiry(self._left, min_days_till_expiry)
        calls, puts = self._calls_above(contracts), self._puts_below(contracts)
        call, put = self._strike(calls, near_strike_spread), self._strike(puts, -near_strike_spread)
        far = self._strike([c for c in calls if call is not None and c.strike > call], far_strike_spread)
        if call is None or put is None or far is None:
            return self._only([], 4)
        wanted = {(OptionRight.CALL, call), (OptionRight.PUT, put), (OptionRight.CALL, far), (OptionRight.PUT, put - far + call)}
        return self._only([c for c in contracts if _place(c) in _rounded(wanted)], 4)

    def box_spread(self, min_days_till_expiry: int = 30, strike_spread: float = 5) -> Self:
        """Calls and puts of a strike above and one below the price."""
        _must(strike_spread > 0, "box_spread", "a strike_spread above 0")
        contracts = self._first_expiry(self._left, min_days_till_expiry)
        higher = self._strike([c for c in contracts if c.strike > self._price], strike_spread)
        lower = self._strike([c for c in contracts if higher is not None and c.strike < min(higher, self._price)], -strike_spread)
        return self._only([c for c in contracts if c.strike in (higher, lower)], 4)

    def call_ladder(
        self, min_days_till_expiry: int, higher_strike_from_atm: float, middle_strike_from_atm: float, lower_strike_from_atm: float
    ) -> Self:
        """Three calls of one expiry."""
        distances = (lower_strike_from_atm, middle_strike_from_atm, higher_strike_from_atm)
        return self._ladder(OptionRight.CALL, min_days_till_expiry, distances)

    def put_ladder(
        self, min_days_till_expiry: int, higher_strike_from_atm: float, middle_strike_from_atm: float, lower_strike_from_atm: float
    ) -> Self:
        """Three puts of one expiry."""
        return self._ladder(OptionRight.PUT, min_days_till_expiry, (lower_strike_from_atm, middle_strike_from_atm, higher_strike_from_atm))

    # How legs are found ---------------------------------------------------------------------------------------------------------

    def _single(self, right: OptionRight, days: int, distance: float) -> Self:
        leg = self._nearest(_of(self._first_expiry(self._left, days), right), distance)
        return self._only([leg] if leg is not None else [], 1)

    def _spread(self, right: OptionRight, days: int, higher: float, lower: float | None) -> Self:
        lower = -higher if lower is None else lower
        _must(higher > lower, "a spread", "higher_strike_from_atm above lower_strike_from_atm")
        return self._climb(_of(self._first_expiry(self._left, days), right), (lower, higher))

    def _ladder(self, right: OptionRight, days: int, distances: tuple[float, float, float]) -> Self:
        _must(distances[0] < distances[1] < distances[2], "a ladder", "higher, middle and lower strike_from_atm in descending order")
        return self._climb(self._first_expiry(_of(self._left, right), days), distances)

    def _climb(self, contracts: Legs, distances: Iterable[float]) -> Self:
        """One contract a distance, each above the one before."""
        legs: Legs = []
        wanted = list(distances)
        for distance in wanted:
            leg = self._nearest([c for c in contracts if not legs or c.strike > legs[-1].strike], distance)
            if leg is not None:
                legs.append(leg)
        return self._only(legs, len(wanted))

    def _call_and_put(self, days: int, call_distance: float, put_distance: float, *, outside: bool = False) -> Self:
        contracts = self._first_expiry(self._left, days)
        calls = self._calls_above(contracts) if outside else _of(contracts, OptionRight.CALL)
        puts = self._puts_below(contracts) if outside else _of(contracts, OptionRight.PUT)
        legs = (self._nearest(calls, call_distance), self._nearest(puts, put_distance))
        return self._only([leg for leg in legs if leg is not None], 2)

    def _butterfly(self, right: OptionRight, days: int, spread: float) -> Self:
        _must(spread > 0, "a butterfly", "a strike_spread above 0")
        contracts = _of(self._first_expiry(self._left, days), right)
        middle = self._strike(contracts, 0)
        lower = self._strike([c for c in contracts if middle is not None and c.strike < min(middle, self._price)], -spread)
        if middle is None or lower is None:
            return self._only([], 3)
        wanted = _rounded({(right, middle), (right, lower), (right, 2 * middle - lower)})
        return self._only([c for c in contracts if _place(c) in wanted], 3)

    def _calendar(self, rights: tuple[OptionRight, ...], distance: float, near: int, far: int) -> Self:
        _must(0 <= near < far, "a calendar", "0 <= min_near_days_till_expiry < min_far_days_till_expiry")
        strike = self._strike(self._left, distance)
        guides = [c for c in self._left if c.strike == strike and c.right == rights[0]]
        first = self._first_expiry(guides, near)
        second = self._first_expiry([c for c in guides if first and c.expiry > first[0].expiry], far)
        if not second:
            return self._only([], 2)
        expiries = (first[0].expiry, second[0].expiry)
        legs = [c for c in self._left if c.strike == strike and c.right in rights and c.expiry in expiries]
        return self._only(legs, 2 * len(rights))

    def _first_expiry(self, contracts: Legs, days: int) -> Legs:
        """Contracts of the first expiry at least so many days away, in the order of their identifiers, which decides between equals."""
        earliest = datetime(self.local_time.year, self.local_time.month, self.local_time.day) + timedelta(days=days)
        expiry = min((c.expiry for c in contracts if c.expiry >= earliest), default=None)
        return sorted((c for c in contracts if c.expiry == expiry), key=lambda c: str(c.symbol.id))

    def _nearest(self, contracts: Legs, distance: float) -> Contract | None:
        target = self._price + distance
        return min(contracts, key=lambda c: abs(target - c.strike), default=None)

    def _strike(self, contracts: Legs, distance: float) -> float | None:
        found = self._nearest(contracts, distance)
        return None if found is None else found.strike

    def _calls_above(self, contracts: Legs) -> Legs:
        return [c for c in contracts if c.right == OptionRight.CALL and c.strike > self._price]

    def _puts_below(self, contracts: Legs) -> Legs:
        return [c for c in contracts if c.right == OptionRight.PUT and c.strike < self._price]

    def _only(self, legs: Legs, count: int) -> Self:
        """Leave these legs if all were found, else nothing."""
        self._left = legs if len(legs) == count else []
        return self


def _of(contracts: Legs, right: OptionRight) -> Legs:
    return [contract for contract in contracts if contract.right == right]


def _place(contract: Contract) -> tuple[OptionRight, float]:
    return contract.right, round(contract.strike, 4)


def _rounded(places: set[tuple[OptionRight, float]]) -> set[tuple[OptionRight, float]]:
    return {(right, round(strike, 4)) for right, strike in places}


def _must(holds: bool, name: str, wanted: str) -> None:
    if not holds:
        raise InvalidRequest(f"{name} needs {wanted}")
