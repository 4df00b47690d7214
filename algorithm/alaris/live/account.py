"""The account loaded into the engine, and compared with the journal: at the start, after each reconnection, and every morning.

The broker is right. What differs is imported, marked in the journal and told; a difference that nothing explains halts new positions until
a person approves. A query that failed is not an empty account: it is asked again, and new positions wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from alaris.broker import AccountFigures, contract_name, instrument_of
from alaris.domain import NEW_YORK
from alaris.live.contracts import instrument_of_symbol, known_security, symbol_of
from alaris.live.settlements import entries_of, settlements, tell
from alaris.records.halts import BreakerBook
from alaris.records.positions import IMPORTED, account_positions
from alaris.records.reconciliation import NEEDS_A_PERSON, BrokerPicture, Difference, Finding, reconcile
from alaris.risk.breakers import SYSTEM, Breaker

if TYPE_CHECKING:
    from alaris.journal.store import Journal
    from alaris.live.brokerage import IbkrBrokerage
    from alaris.live.gate import Gate
    from alaris.live.world import TapedGateway
    from alaris.records.order_book import OrderBook
    from alaris_runner.engine.engine import Engine

RETRY_AFTER, LONGEST_RETRY = timedelta(seconds=30), timedelta(minutes=8)
GATE = "reconciliation"


@dataclass(slots=True)
class Account:
    """One account of one run."""

    journal: Journal
    book: OrderBook
    gate: Gate
    gateway: TapedGateway
    moment: Callable[[], datetime]
    seconds: float = 20.0
    engine: Engine = field(init=False)
    brokerage: IbkrBrokerage = field(init=False)
    _asked: bool = field(init=False, default=False)
    _retry_at: datetime | None = field(init=False, default=None)
    _patience: timedelta = field(init=False, default=RETRY_AFTER)
    _heard: int = field(init=False, default=0)
    _is_loaded: bool = field(init=False, default=False)

    def open(self, engine: Engine, brokerage: IbkrBrokerage) -> None:
        """Before the gateway is heard: nobody knows what became of the orders of an earlier process, and nothing new is entered."""
        self.engine, self.brokerage = engine, brokerage
        self.gate.close(GATE, "the account was not compared with the journal yet")
        self.book.declare_unknown(self.moment(), "the process starts")

    def load(self) -> None:
        """Compare with the journal, then take cash and positions over into the engine."""
        picture, figures = self.gateway.picture(self.seconds)
        self._compare(picture)
        self.brokerage.fills.forget()
        self._take_over(picture, figures)
        self._is_loaded = True

    def ask(self) -> None:
        """Ask for a picture of the account; entries wait until it came and is clean."""
        if not self._asked:
            self._asked, self._retry_at, self._heard = True, None, self.brokerage.fills.heard
            self.gate.close(GATE, "the account is being compared with the journal")
            self.gateway.ask_picture(self.seconds)

    def attend(self) -> None:
        """Take the pictures that came, and ask again where one failed."""
        for picture, figures in self.gateway.pictures():
            self._asked = False
            if self._heard != self.brokerage.fills.heard:
                self.ask()  # something was executed meanwhile: the picture is older than what we know
            else:
                self._compare(picture)
                self.brokerage.catch_up(key for key in self.book.orders)
                self._adjust(picture, figures)
        if self._retry_at is not None and self._retry_at <= self.moment():
            self.ask()

    def next_deadline(self) -> datetime | None:
        """When a failed question is asked again."""
        return self._retry_at

    def _compare(self, picture: BrokerPicture) -> None:
        known = _known(self.journal)
        found = reconcile(self.journal, self.book, picture, account_positions(self.journal))
        if any(one.finding is Finding.QUERY_FAILED for one in found):
            parts = ", ".join(one.of for one in found if one.finding is Finding.QUERY_FAILED)
            self.gate.close(GATE, f"the broker did not answer: {parts}")
            self._retry_at = self.moment() + self._patience
            self._patience = min(2 * self._patience, LONGEST_RETRY)
            return
        self._patience = RETRY_AFTER
        self.gate.open(GATE)
        settled = self._settle(found, picture.at)
        news = [one for one in found if one.finding in NEEDS_A_PERSON and one.of not in {*known["seen"], *settled}]
        if news:
            self._halt(news, known, picture.at)

    def _settle(self, found: Sequence[Difference], at: datetime) -> set[str]:
        """Book contracts that lapsed or were exercised or assigned, and tell of them; the positions they explain."""
        settled = settlements(found, at.astimezone(NEW_YORK).date())
        if settled:
            text = "; ".join(one.describe() for one in settled)
            self.journal.append_all([*entries_of(settled, at), ("alert", {"title": "settlement", "text": text, "at": at})])
            self.engine.log_error(f"settlement: {text}")
            if self._is_loaded:
                tell(self.engine.transactions, settled)
        return {contract for one in settled for contract, _, _ in one.entries}

    def _halt(self, news: list[Difference], known: Mapping[str, Any], at: datetime) -> None:
        """Import what the broker has, say so, and let a person look before anything new is entered."""
        positions, seen = dict(known["positions"]), list(known["seen"])
        for one in news:
            if one.finding is Finding.POSITION_DIFFERS:
                positions[one.of] = positions.get(one.of, 0) + int(one.brokers or 0) - int(one.ours or 0)
            else:
                seen.append(one.of)
        why = "; ".join(f"{one.finding.value} {one.of}: ours {one.ours or 'none'}, the broker's {one.brokers or 'none'}" for one in news)
        self.journal.append(IMPORTED, {"positions": positions, "seen": seen, "why": why, "at": at})
        self.journal.append("alert", {"title": "reconciliation", "text": why, "at": at})
        BreakerBook(self.journal).change(lambda state: state.halted(Breaker.OPERATOR, SYSTEM, f"reconciliation: {why}", at))
        self.engine.log_error(f"reconciliation: {why}; no new positions until `alaris resume --approve`")

    def _take_over(self, picture: BrokerPicture, figures: AccountFigures | None) -> None:
        paid = prices_paid(self.journal)
        for contract, count in (picture.positions or {}).items():
            if count:
                self._hold(contract, count, paid.get(contract))
        self._cash(figures)
        for order in self.book.open():
            self.gate.close(f"order {order.key}", f"order {order.key} of an earlier run is {order.state.value}")
            self.brokerage.cancel_of_earlier_run(order.key)

    def _adjust(self, picture: BrokerPicture, figures: AccountFigures | None) -> None:
        """Let the engine hold what the broker has, once every fill was told."""
        if picture.positions is None or self.brokerage.fills.is_busy:
            return
        held = {contract_name(instrument_of_symbol(one.symbol)): one.quantity for one in self.engine.portfolio.held}
        for contract in sorted(held.keys() | picture.positions.keys()):
            if held.get(contract, 0) != picture.positions.get(contract, 0):
                self.engine.log_error(f"{contract}: held {held.get(contract, 0):g}, the broker has {picture.positions.get(contract, 0)}")
                self._hold(contract, picture.positions.get(contract, 0))
        self._cash(figures)

    def _hold(self, contract: str, count: int, cost: float | None = None) -> None:
        """Set one holding; without a cost it keeps its own, or has the present price where none is known."""
        security = known_security(self.engine, symbol_of(instrument_of(contract)))
        cost = cost or security.holdings.average_price or security.price
        security.holdings.set_holdings(cost, float(count))
        self.engine.portfolio.track(security.holdings)

    def _cash(self, figures: AccountFigures | None) -> None:
        if figures is not None and isfinite(figures.cash):
            self.engine.portfolio.set_cash(figures.cash)


def prices_paid(journal: Journal) -> dict[str, float]:
    """USD a share at which each contract was opened, by the journal: the mean of the fills that widened its position."""
    held: dict[str, tuple[int, float]] = {}
    for record in journal.records(kind="fill"):
        entry = record.entry
        if "execution_id" not in entry or not entry["leg"]:
            continue
        count, price = int(entry["contracts"]), float(entry["price"])
        before, mean = held.get(entry["leg"], (0, 0.0))
        after = before + count
        if before * count >= 0 and after:
            mean = (mean * abs(before) + price * abs(count)) / abs(after)
        elif before * after <= 0:
            mean = price  # closed, or turned round
        held[entry["leg"]] = (after, mean)
    return {contract: mean for contract, (count, mean) in held.items() if count}


def _known(journal: Journal) -> Mapping[str, Any]:
    """What was imported before: positions beyond our executions, and findings that were told."""
    newest = journal.latest(IMPORTED)
    return newest.entry if newest is not None else {"positions": {}, "seen": []}
