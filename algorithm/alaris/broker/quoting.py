"""A quote of both legs at the same time: own requests that end on the first complete bid and ask, or a reason why there is none.

Nothing is taken from an earlier request: each has its own number and its own memory. What comes is judged before it is believed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alaris.broker.codes import CODES, Reaction, reaction_to
from alaris.broker.messages import EndSaid, ErrorSaid, GenericSaid, KindSaid, PriceSaid, SizeSaid
from alaris.broker.values import QuoteProblem, QuoteRules, QuoteUnavailable

BID, ASK, BID_SIZE, ASK_SIZE, VOLUME, CALL_INTEREST, PUT_INTEREST, HALTED = 1, 2, 0, 3, 8, 27, 28, 49
LIVE = 1
KINDS = {1: "live", 2: "frozen", 3: "delayed", 4: "delayed and frozen"}
NEVER = datetime.min.replace(tzinfo=UTC)
Clock = Callable[[], datetime]


@dataclass(slots=True, eq=False)
class Watch:
    """What came of one request so far."""

    request: int
    name: str
    combo: bool = False
    option: bool = True
    kind: int = 0
    bid: float = math.nan
    ask: float = math.nan
    bid_size: float = 0.0
    ask_size: float = 0.0
    came: set[int] = field(default_factory=set)
    volume: float = math.nan
    open_interest: float = math.nan
    halted: bool = False
    ended: bool = False
    error: QuoteUnavailable | None = None
    complete_at: float | None = None
    observed_at: datetime = NEVER
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def has_figures(self) -> bool:
        """Whether volume, and an option's open interest, came."""
        return not math.isnan(self.volume) and not (self.option and math.isnan(self.open_interest))

    def problem(self, rules: QuoteRules) -> QuoteUnavailable | None:
        """Why nothing may be ordered from this quote as it stands; None where it may."""
        if self.error is not None:
            return self.error
        found = self._unanswered() or _price_problem(self, rules)
        return None if found is None else QuoteUnavailable(found[0], f"{self.name}: {found[1]}")

    def _unanswered(self) -> tuple[QuoteProblem, str] | None:
        if self.kind > LIVE:
            return QuoteProblem.NOT_LIVE, f"the data are {KINDS.get(self.kind, self.kind)}"
        if self.halted:
            return QuoteProblem.HALTED, "trading is halted"
        if not self.came:
            return QuoteProblem.TIMEOUT, "neither bid nor ask came"
        if len(self.came) == 1:
            return QuoteProblem.ONE_SIDED, "no ask came" if BID in self.came else "no bid came"
        return (QuoteProblem.KIND_UNKNOWN, "the gateway did not say whether the data are live") if not self.kind else None


def _price_problem(quote: Watch, rules: QuoteRules) -> tuple[QuoteProblem, str] | None:
    said = f"bid {quote.bid:g} x {quote.bid_size:g}, ask {quote.ask:g} x {quote.ask_size:g}"
    if not (abs(quote.bid) < rules.largest_price and abs(quote.ask) < rules.largest_price):  # not for NaN, infinity or the largest double
        return QuoteProblem.IMPLAUSIBLE, said
    if not quote.combo and (quote.bid < 0 or quote.ask <= 0):
        none = quote.bid == -1 or quote.ask in (-1, 0)  # the gateway's way to say that a side is not quoted
        return (QuoteProblem.ONE_SIDED if none else QuoteProblem.IMPLAUSIBLE), said
    if quote.bid > quote.ask:
        return QuoteProblem.CROSSED, said
    needs_bid = quote.bid > 0 or quote.combo  # a combo's -1 may be a price, and only its size tells that it is none
    if (needs_bid and quote.bid_size < rules.smallest_size) or quote.ask_size < rules.smallest_size:
        return QuoteProblem.NO_SIZE, said
    return None


class Quotes:
    """All requests for ticks of one connection that are watched for a quote; used on the loop's thread only."""

    def __init__(self, rules: QuoteRules, now: Clock) -> None:
        self._rules, self._now = rules, now
        self._watched: dict[int, Watch] = {}

    @property
    def open(self) -> int:
        """Market data lines in use."""
        return len(self._watched)

    def watch(self, request: int, name: str, *, combo: bool, option: bool) -> Watch:
        """Start to listen for a request; call `forget` at its end, whatever came of it."""
        watched = self._watched[request] = Watch(request, name, combo, option)
        return watched

    def forget(self, watches: Iterable[Watch]) -> None:
        """Listen no more."""
        for watched in watches:
            self._watched.pop(watched.request, None)

    async def complete(self, watches: Iterable[Watch], seconds: float, *, together: bool) -> None:
        """Wait until every quote may be ordered from or time is over; `together`, one that cannot become so ends the wait for all."""
        watching = list(watches)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._settled(watched, watching if together else [watched]) for watched in watching))
                if self._rules.figures and not (together and any(watched.problem(self._rules) for watched in watching)):
                    await self._figures(watching)
        except TimeoutError:
            pass  # what is missing is said by each quote's own problem

    def price(self, message: PriceSaid) -> None:
        """A price tick: sides only; delayed ones count as nothing."""
        watched = self._watched.get(message.request)
        if watched is None or message.tick not in (BID, ASK):
            return
        watched.came.add(message.tick)
        if message.tick == BID:
            watched.bid, watched.bid_size = message.price, message.size
        else:
            watched.ask, watched.ask_size = message.price, message.size
        self._touched(watched)

    def size(self, message: SizeSaid) -> None:
        """A size tick."""
        watched = self._watched.get(message.request)
        if watched is None:
            return
        if message.tick == BID_SIZE:
            watched.bid_size = message.size
        elif message.tick == ASK_SIZE:
            watched.ask_size = message.size
        elif message.tick == VOLUME:
            watched.volume = message.size
        elif message.tick in (CALL_INTEREST, PUT_INTEREST) and (message.size or math.isnan(watched.open_interest)):
            watched.open_interest = message.size  # of the two one is always 0
        self._touched(watched)

    def generic(self, message: GenericSaid) -> None:
        """A generic tick; halted is the one that counts."""
        watched = self._watched.get(message.request)
        if watched is not None and message.tick == HALTED:
            watched.halted = message.value in (1, 2)
            watched.changed.set()

    def kind(self, message: KindSaid) -> None:
        """Live or not."""
        watched = self._watched.get(message.request)
        if watched is not None:
            watched.kind = message.kind
            self._touched(watched)

    def end(self, message: EndSaid) -> None:
        """The snapshot's end: nothing more will come."""
        watched = self._watched.get(message.request) if isinstance(message.request, int) else None
        if watched is not None:
            watched.ended = True
            watched.changed.set()

    def error(self, message: ErrorSaid) -> bool:
        """An error of a request; False where it is none of these. Part of the data missing is no end: bid and ask still come."""
        watched = self._watched.get(message.request)
        if watched is None:
            return False
        reaction = reaction_to(message.code)
        if reaction not in (Reaction.KEEP_WAITING, Reaction.NOTE):
            known = CODES.get(message.code)
            problem = known.problem if known and known.problem else QuoteProblem.REFUSED
            watched.error = QuoteUnavailable(problem, f"{watched.name}: code {message.code}, {message.text}")
            watched.changed.set()
        return True

    def lost(self) -> None:
        """The connection is gone."""
        for watched in self._watched.values():
            watched.error = QuoteUnavailable(QuoteProblem.CONNECTION_LOST, f"{watched.name}: while its quote was awaited")
            watched.changed.set()

    def _touched(self, watched: Watch) -> None:
        watched.observed_at = self._now()
        if watched.complete_at is None and watched.problem(self._rules) is None:
            watched.complete_at = asyncio.get_running_loop().time()
        watched.changed.set()

    async def _settled(self, watched: Watch, all_watched: list[Watch]) -> None:
        while not (self._is_settled(watched) or any(self._is_hopeless(other) for other in all_watched)):
            watched.changed.clear()
            await watched.changed.wait()
        for other in all_watched:
            other.changed.set()  # one leg without a quote ends the wait for the other

    def _is_settled(self, watched: Watch) -> bool:
        return watched.ended or watched.problem(self._rules) is None

    def _is_hopeless(self, watched: Watch) -> bool:
        return watched.error is not None or watched.kind > LIVE or (watched.ended and watched.problem(self._rules) is not None)

    async def _figures(self, watches: list[Watch]) -> None:
        """Wait a little for volume and open interest, which come behind the prices."""
        end = asyncio.get_running_loop().time() + self._rules.figures
        while not all(watched.has_figures for watched in watches if watched.error is None):
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.sleep(min(left, 0.01))
