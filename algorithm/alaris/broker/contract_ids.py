"""The broker's numbers of our contracts: asked once a day, checked against what was asked for, kept across reconnects."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from alaris.broker.contracts import Instrument, Share, contract_name
from alaris.broker.messages import BrokerContract, ContractRow
from alaris.broker.questions import Refused
from alaris.broker.session import Session
from alaris.broker.values import QuoteProblem, QuoteUnavailable
from alaris.domain import NEW_YORK, Right


class ContractIds:
    """Contracts by our name; used on the loop's thread only."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._known: dict[str, tuple[float, ContractRow]] = {}

    def known(self, instrument: Instrument) -> BrokerContract | None:
        """What was found within the last day, without asking."""
        found = self._known.get(contract_name(instrument))
        return found[1].contract if found is not None and self._clock() - found[0] < self._seconds else None

    def hours(self, instrument: Instrument) -> tuple[tuple[datetime, datetime], ...]:
        """Open and close of the regular sessions the broker named when the contract was found."""
        return regular_hours(self._known[contract_name(instrument)][1])

    async def find(self, session: Session, instrument: Instrument, seconds: float) -> BrokerContract:
        """The broker's contract of ours.

        Raises
        ------
        QuoteUnavailable
            NO_CONTRACT: none, several, or another than was asked for.
        BrokerUnavailable
            The gateway did not answer.
        """
        found = self.known(instrument)
        if found is not None:
            return found
        name = contract_name(instrument)
        try:
            listed = await session.contracts(wanted(instrument), seconds)
        except Refused as refused:
            raise QuoteUnavailable(QuoteProblem.NO_CONTRACT, f"{name}: {refused}") from refused
        matching = [row for row in listed if _is_same(row.contract, instrument)]
        if len(matching) != 1:
            raise QuoteUnavailable(QuoteProblem.NO_CONTRACT, f"{name}: {len(matching)} of {len(listed)} contracts of the broker match")
        self._known[name] = (self._clock(), matching[0])
        return matching[0].contract


def wanted(instrument: Instrument) -> BrokerContract:
    """Our contract in the broker's terms, without its number; the class keeps weeklies of another settlement apart."""
    if isinstance(instrument, Share):
        return BrokerContract(0, instrument.symbol, "STK")
    right = "C" if instrument.right is Right.CALL else "P"
    trading_class = instrument.symbol.replace(".", "").replace(" ", "")
    return BrokerContract(0, instrument.symbol, "OPT", instrument.expiry, instrument.strike, right, "100", trading_class)


def regular_hours(row: ContractRow) -> tuple[tuple[datetime, datetime], ...]:
    """Sessions of `20170217:0930-20170217:1600;20170218:CLOSED`, aware; none where the broker names none."""
    zone = ZoneInfo(row.zone) if row.zone else NEW_YORK
    parts = [part.split("-") for part in row.hours.split(";") if "-" in part]
    return tuple((_moment(first, zone), _moment(last, zone)) for first, last in parts)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%Y%m%d:%H%M").replace(tzinfo=zone)


def _is_same(found: BrokerContract, instrument: Instrument) -> bool:
    asked = wanted(instrument)
    if found.con_id <= 0 or (found.symbol, found.kind) != (asked.symbol, asked.kind):
        return False
    if found.kind == "STK":
        return True
    terms = (found.expiry, found.strike, found.right, found.multiplier, found.trading_class)
    return terms == (asked.expiry, asked.strike, asked.right, asked.multiplier, asked.trading_class)
