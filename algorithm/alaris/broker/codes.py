"""What the broker's message codes mean and what is done about each: the one table, read by the code and printed in the docs.

Meanings are the broker's; reactions are ours, after what both client libraries were seen to do with each (docs/providers/ibkr.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from alaris.broker.values import QuoteProblem


class Reaction(StrEnum):
    """What is done about a code."""

    NOTE = "NOTE"  # written down, nothing changes
    END_REQUEST = "END_REQUEST"  # the request has no answer; `problem` says why
    KEEP_WAITING = "KEEP_WAITING"  # part of the data is missing, bid and ask still come
    MARK_NOT_LIVE = "MARK_NOT_LIVE"  # what comes is delayed, and no quote to order from
    DEGRADE = "DEGRADE"  # no quotes and no new orders until it is restored
    RESYNC = "RESYNC"  # restored: read the whole account again
    RECONNECT = "RECONNECT"
    FARM_BROKEN = "FARM_BROKEN"  # part of the data is gone for a while
    FARM_RESTORED = "FARM_RESTORED"
    REJECT_ORDER = "REJECT_ORDER"  # final for that order
    CANCELLED = "CANCELLED"  # final unless executions say otherwise
    REFUSE_CANCEL = "REFUSE_CANCEL"  # the library believes the order is gone; we do not, and ask the account


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what it means, what is done, and the reason a quote request that met it has."""

    number: int
    meaning: str
    reaction: Reaction
    problem: QuoteProblem | None = None


_ROWS = (
    Code(100, "more than 50 messages a second", Reaction.END_REQUEST, QuoteProblem.PACING),
    Code(101, "more market data lines than the account has", Reaction.END_REQUEST, QuoteProblem.TOO_MANY_LINES),
    Code(103, "order id used before", Reaction.REJECT_ORDER),
    Code(110, "price off the contract's grid", Reaction.REJECT_ORDER),
    Code(162, "historical data refused", Reaction.NOTE),
    Code(200, "no such contract, or several", Reaction.END_REQUEST, QuoteProblem.NO_CONTRACT),
    Code(201, "order rejected", Reaction.REJECT_ORDER),
    Code(202, "order cancelled", Reaction.CANCELLED),
    Code(300, "unknown ticker id on cancel", Reaction.NOTE),
    Code(321, "request not valid", Reaction.END_REQUEST, QuoteProblem.REFUSED),
    Code(326, "client id in use", Reaction.RECONNECT),
    Code(354, "market data not subscribed", Reaction.END_REQUEST, QuoteProblem.NOT_SUBSCRIBED),
    Code(399, "message on an order, e.g. held until the open", Reaction.NOTE),
    Code(502, "cannot connect", Reaction.RECONNECT),
    Code(504, "not connected", Reaction.RECONNECT),
    Code(1100, "the gateway lost the broker's servers", Reaction.DEGRADE),
    Code(1101, "restored, market data requests lost", Reaction.RESYNC),
    Code(1102, "restored, market data requests kept", Reaction.RESYNC),
    Code(1300, "the gateway's port was reset", Reaction.RECONNECT),
    Code(2103, "market data farm broken", Reaction.FARM_BROKEN),
    Code(2104, "market data farm connected", Reaction.FARM_RESTORED),
    Code(2105, "historical data farm broken", Reaction.NOTE),
    Code(2106, "historical data farm connected", Reaction.NOTE),
    Code(2107, "historical data farm idle", Reaction.NOTE),
    Code(2108, "market data farm idle, available on demand", Reaction.NOTE),
    Code(2110, "the gateway is connecting to the broker's servers", Reaction.DEGRADE),
    Code(2157, "contract data farm broken", Reaction.NOTE),
    Code(2158, "contract data farm connected", Reaction.NOTE),
    Code(10089, "market data need a subscription for the interface", Reaction.END_REQUEST, QuoteProblem.NOT_SUBSCRIBED),
    Code(10090, "part of the market data not subscribed", Reaction.KEEP_WAITING),
    Code(10091, "part of the market data needs a subscription for the interface", Reaction.KEEP_WAITING),
    Code(10147, "order to cancel not found", Reaction.REFUSE_CANCEL),
    Code(10148, "order cannot be cancelled in its state", Reaction.REFUSE_CANCEL),
    Code(10167, "delayed data are shown instead", Reaction.MARK_NOT_LIVE, QuoteProblem.NOT_LIVE),
    Code(10168, "not subscribed, and delayed data are off", Reaction.END_REQUEST, QuoteProblem.NOT_SUBSCRIBED),
    Code(10197, "no data during a competing live session", Reaction.END_REQUEST, QuoteProblem.COMPETING_SESSION),
    Code(10349, "time in force set by a preset", Reaction.NOTE),
)
CODES: Mapping[int, Code] = MappingProxyType({row.number: row for row in _ROWS})


def reaction_to(number: int) -> Reaction:
    """What is done about a code; one that is not in the table is written down, and ends the request it names."""
    row = CODES.get(number)
    if row is not None:
        return row.reaction
    return Reaction.NOTE if is_system_note(number) else Reaction.END_REQUEST


def is_system_note(number: int) -> bool:
    """Warnings of the range 2100 to 2199 end nothing."""
    return 2100 <= number < 2200
