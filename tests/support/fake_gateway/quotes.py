"""Market data as a gateway sends it: a burst of what stands, then changes, the snapshot's end, or a scripted run of faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from fake_gateway.contracts import Fields, Market, Quote

BID, ASK, LAST, VOLUME = 1, 2, 4, 8
BID_SIZE, ASK_SIZE, LAST_SIZE = 0, 3, 5
DELAYED = {BID: 66, ASK: 67, LAST: 68, BID_SIZE: 69, ASK_SIZE: 70, LAST_SIZE: 71, VOLUME: 74}
CALL_INTEREST, PUT_INTEREST = 27, 28


@dataclass(frozen=True)
class Subscription:
    """One reqMktData: of a contract, or of a combo (`legs` as con id and signed ratio)."""

    request: str
    con_id: int
    snapshot: bool
    regulatory: bool
    generic: str
    legs: tuple[tuple[int, int], ...] = ()


def read_request(fields: list[str]) -> tuple[Subscription, list[str]]:
    """The reqMktData message, and the contract it names."""
    wanted = fields[3:15]
    place = 15
    legs: list[tuple[int, int]] = []
    if wanted[2] == "BAG":
        for number in range(int(fields[15])):
            con_id, ratio, action = fields[16 + 4 * number : 19 + 4 * number]
            legs.append((int(con_id), int(ratio) if action == "BUY" else -int(ratio)))
        place = 16 + 4 * len(legs)
    generic, snapshot, regulatory = fields[place + 1 : place + 4]
    return Subscription(fields[2], int(wanted[0] or 0), snapshot == "1", regulatory == "1", generic, tuple(legs)), wanted


def burst(subscription: Subscription, market: Market) -> Iterator[Fields]:
    """What stands when a request comes in."""
    request = subscription.request
    quote = combo_quote(subscription, market) if subscription.legs else market.quotes[subscription.con_id]
    yield [81, request, "0.01", "9c0001", 3]
    yield [58, 1, request, quote.kind]
    yield from ticks(request, Quote(volume=-1), quote)
    if subscription.legs or market.contracts[subscription.con_id].kind != "OPT":
        return
    for tick in (10, 11, 12, 13):
        yield [21, request, tick if quote.kind < 3 else tick + 70, 1, 0.35, 0.52, 1.05, 0.0, 0.04, 0.09, -0.06, 67.0]
    if "101" in subscription.generic:
        call = market.contracts[subscription.con_id].right == "C"
        yield [2, 6, request, CALL_INTEREST if call else PUT_INTEREST, quote.open_interest]
        yield [2, 6, request, PUT_INTEREST if call else CALL_INTEREST, 0]


def ticks(request: str, before: Quote, after: Quote) -> Iterator[Fields]:
    """The ticks of a change: price with its size, then the size again, as gateways do."""
    for price_tick, size_tick, name in ((BID, BID_SIZE, "bid"), (ASK, ASK_SIZE, "ask"), (LAST, LAST_SIZE, "last")):
        price, size = getattr(after, name), getattr(after, f"{name}_size")
        if (price, size) == (getattr(before, name), getattr(before, f"{name}_size")) or (price is None and name == "last"):
            continue
        shown = (-1, 0) if price is None else (price, size)
        yield [1, 6, request, _tick(price_tick, after), *shown, 1]
        yield [2, 6, request, _tick(size_tick, after), shown[1]]
    if after.volume != before.volume:
        yield [2, 6, request, _tick(VOLUME, after), after.volume]


def combo_quote(subscription: Subscription, market: Market) -> Quote:
    """A combo's own quote: the legs' natural prices on both sides."""
    bid = ask = 0.0
    for con_id, ratio in subscription.legs:
        quote = market.quotes[con_id]
        buy, sell = (quote.ask or 0.0, quote.bid or 0.0)
        ask += ratio * (buy if ratio > 0 else sell)
        bid += ratio * (sell if ratio > 0 else buy)
    return Quote(round(bid, 4), round(ask, 4), volume=0)


async def play(script: list[tuple[object, ...]], subscription: Subscription, version: int) -> list[Fields]:
    """The messages of one scripted step at a time: ("price", type, price, size), ("size", type, size), ("kind", n), ("generic", type,
    value), ("error", code, text), ("end",), ("raw", *fields after which {request} is replaced), ("wait", seconds)."""
    messages: list[Fields] = []
    request = subscription.request
    while script:
        if script[0][0] == "wait" and messages:
            return messages  # what came before the wait is sent before it
        name, *rest = script.pop(0)
        if name == "wait":
            await asyncio.sleep(float(str(rest[0])))
            continue
        if name == "price":
            messages.append([1, 6, request, *rest, 1])
        elif name == "error":
            messages.append([4, 2, request, *rest, *([""] if version >= 166 else [])])
        elif name == "raw":
            messages.append([request if field == "{request}" else field for field in rest])
        else:
            number = {"size": 2, "generic": 45, "kind": 58, "end": 57}[str(name)]
            messages.append([number, 6 if name in ("size", "generic") else 1, request, *rest])
    return messages


def _tick(number: int, quote: Quote) -> int:
    return DELAYED[number] if quote.kind > 2 else number
