"""Cancel what works at the broker: ours by our keys, or everything of the login where a person says so twice; confirmed by asking again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alaris.broker import BrokerUnavailable
from alaris.domain import InvalidInput
from alaris.operations.desk import Desk
from alaris.workflow.order_state import TERMINAL

CONFIRM_SECONDS, ASK_SECONDS = 20.0, 1.0


@dataclass(frozen=True, slots=True)
class Cancelling:
    """What became of working orders, by key with its state; `foreign` are others' and were left alone or cancelled with all."""

    ended: dict[str, str]
    still_open: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing of what was to be cancelled works any more."""
        return not self.still_open

    def lines(self) -> Iterator[str]:
        """For a person."""
        yield from (f"{key}: {state}" for key, state in self.ended.items())
        yield from (f"{key}: STILL OPEN at the broker; repeat, or cancel it in TWS" for key in self.still_open)
        yield from (f"{key}: not ours, left alone" for key in self.foreign)


def cancel_ours(desk: Desk, seconds: float = CONFIRM_SECONDS) -> Cancelling:
    """Cancel each working order that our journal intended, and ask the broker until none of them is open; fills meanwhile are counted.

    A confirmation of the library is a hint; the broker's list of open orders decides.

    Raises
    ------
    BrokerUnavailable
        The broker did not answer; nothing is known then.
    """
    working = desk.picture().open_orders or frozenset()
    ours = sorted(key for key in working if desk.book.knows(key))
    for key in ours:
        try:
            desk.request_cancel(key)
        except BrokerUnavailable as error:
            desk.journal.append("alert", {"title": "a cancellation was not sent", "text": f"{key}: {error}", "at": desk.now()})
    if ours:
        _wait_until_gone(desk, ours, seconds)
        desk.reconcile()
    left = _open(desk, ours)
    ended = {key: desk.order(key).state.value for key in ours if key not in left}
    return Cancelling(ended, tuple(left), tuple(sorted(working - set(ours))))


def cancel_all_of_login(desk: Desk, account: str, seconds: float = CONFIRM_SECONDS) -> Cancelling:
    """Cancel every order of the login, manual and other programs' among them.

    Raises
    ------
    InvalidInput
        `account`, as the person typed it, is not the account of this gateway.
    """
    if account != desk.broker.account_id:
        raise InvalidInput("--yes-account", f"this gateway's account is {desk.broker.account_id}, not {account}; nothing was cancelled")
    working = sorted(desk.picture().open_orders or frozenset())
    desk.broker.cancel_everything()
    _wait_until_gone(desk, working, seconds)
    desk.reconcile()
    left = _open(desk, working)
    gone = {key: desk.order(key).state.value if desk.book.knows(key) else "cancelled, not ours" for key in working if key not in left}
    return Cancelling(gone, tuple(left), ())


def _wait_until_gone(desk: Desk, keys: list[str], seconds: float) -> None:
    """Ask what is open each second at most, sooner where all are heard to have ended: a gateway takes 45 messages a second from us."""

    def heard() -> bool:
        return all(desk.book.knows(key) and desk.book.order(key).state in TERMINAL for key in keys)

    left = seconds
    while left > 0 and _open(desk, keys):
        desk.wait(min(ASK_SECONDS, left), heard)
        left -= ASK_SECONDS


def _open(desk: Desk, keys: list[str]) -> list[str]:
    working = desk.picture().open_orders or frozenset()
    return [key for key in keys if key in working]
