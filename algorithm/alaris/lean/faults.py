"""What can go wrong between an order and the account, as codes that stay."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """A fault of a position; its value goes into the journal and to a person."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Fault:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    ASSIGNED_OR_EXPIRED = "ASSIGNED_OR_EXPIRED", "a leg was assigned, exercised, liquidated or expired; what is left is closed as one order"
    PARTIAL_ENTRY = "PARTIAL_ENTRY", "the entry filled in part only; what was bought or sold is closed again at the next close"
    POSITION_GONE = "POSITION_GONE", "the book says that a position is open, and the account holds nothing of it"
    POSITION_UNKNOWN = "POSITION_UNKNOWN", "the account holds something that the book does not know; it is left alone"
    EXIT_REJECTED = "EXIT_REJECTED", "the order that closes the position was refused; it stays open and needs a person"
    EXIT_WAITS = "EXIT_WAITS", "an exit is due, but the front leg has no ask or the back leg no bid"
    LATE_FILL = "LATE_FILL", "an entry filled after the broker had stated its end; what came is closed again"
    OVERFILLED = "OVERFILLED", "more filled than was ordered; all of it is looked after and closed"
    CANCEL_UNANSWERED = "CANCEL_UNANSWERED", "a cancel has not been answered; the order may still fill, and nothing is sent in its place"
    ORPHAN_ORDER = (
        "ORPHAN_ORDER",
        "an order of an earlier run was still working; it is cancelled",
    )
    EXIT_NOT_FILLED = "EXIT_NOT_FILLED", "the closing ladder ended without a fill; it is tried again at fresh quotes"
    DECISION_MISSED = "DECISION_MISSED", "the strategy started too late for today's decision run; nothing is entered today"
