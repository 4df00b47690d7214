"""Quotes of legs and of the combo, asked for in one turn, judged, and given back as the workflow's own values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from alaris.broker.contract_ids import ContractIds
from alaris.broker.contracts import Instrument, Share, contract_name
from alaris.broker.costs import OPTION, SHARE, SnapshotCosts
from alaris.broker.messages import BrokerContract, BrokerLeg, ParametersRow
from alaris.broker.quoting import Clock, Watch
from alaris.broker.session import Session
from alaris.broker.values import (
    ComboQuote,
    OptionParameters,
    QuoteMode,
    QuoteProblem,
    QuoteRules,
    QuoteUnavailable,
)
from alaris.domain import Leg, LegQuote

FLAGS = {  # snapshot, regulatory
    QuoteMode.SNAPSHOT: (True, False),
    QuoteMode.STREAM: (False, False),
    QuoteMode.REGULATORY: (False, True),
    QuoteMode.REGULATORY_SNAPSHOT: (True, True),
}
PAID = frozenset({QuoteMode.REGULATORY, QuoteMode.REGULATORY_SNAPSHOT})
INTEREST = "101"  # generic tick: open interest, of streams only


@dataclass(frozen=True, slots=True)
class Asker:
    """What a quote is asked with."""

    session: Session
    ids: ContractIds
    rules: QuoteRules
    legs_apart: float
    costs: SnapshotCosts | None
    now: Clock
    lines_in_use: int

    async def figures(self, instruments: Sequence[Instrument], seconds: float) -> tuple[Watch | None, ...]:
        """A stream of each instrument until it has a quote; None where the broker does not list one or has no quote to believe.

        Raises
        ------
        QuoteUnavailable
            Fewer free lines than instruments, or the connection was lost.
        """
        found = await asyncio.gather(*(self._contract(one, seconds) for one in instruments), return_exceptions=True)
        listed = {place: one for place, one in enumerate(found) if isinstance(one, BrokerContract)}
        for error in found:
            if isinstance(error, BaseException) and not (isinstance(error, QuoteUnavailable) and error.problem is QuoteProblem.NO_CONTRACT):
                raise error
        names = [contract_name(instruments[place]) for place in listed]
        watches = await self._ask(list(listed.values()), names, seconds, QuoteMode.STREAM, together=False)
        believed = {place: one for place, one in zip(listed, watches, strict=True) if one.problem(self.rules) is None}
        return tuple(believed.get(place) for place in range(len(instruments)))

    async def quotes(self, legs: Sequence[Leg], seconds: float, mode: QuoteMode) -> tuple[LegQuote, ...]:
        """A quote of each leg that may be ordered from, all at the same time.

        Raises
        ------
        QuoteUnavailable
            Any leg has none, and why; or they were quoted too far apart.
        """
        contracts = await self._contracts(legs, seconds)
        watches = await self._ask(contracts, [contract_name(leg) for leg in legs], seconds, mode)
        self._refuse(watches)
        return tuple(_leg_quote(leg, watched) for leg, watched in zip(legs, watches, strict=True))

    async def combo(self, legs: Sequence[Leg], ratios: Sequence[int], seconds: float) -> ComboQuote:
        """The combo's own quote beside its legs'; the legs are what prices are taken from."""
        contracts = await self._contracts(legs, seconds)
        bag = combo_contract(legs[0].symbol, list(zip(contracts, ratios, strict=True)))
        names = [*(contract_name(leg) for leg in legs), f"combo of {' and '.join(contract_name(leg) for leg in legs)}"]
        *watches, combo = await self._ask([*contracts, bag], names, seconds, QuoteMode.SNAPSHOT)
        self._refuse([*watches, combo])
        made = tuple(_leg_quote(leg, watched) for leg, watched in zip(legs, watches, strict=True))
        natural = sum(ratio * (quote.ask if ratio > 0 else quote.bid) for ratio, quote in zip(ratios, made, strict=True))
        mid = sum(ratio * quote.mid for ratio, quote in zip(ratios, made, strict=True))
        return ComboQuote(combo.bid, combo.ask, natural, mid, made)

    async def parameters(self, symbol: str, seconds: float) -> OptionParameters:
        """Expiries and strikes listed under the symbol's own trading class."""
        share = await self._contract(Share(symbol), seconds)
        rows = await self.session.parameters(symbol, share.con_id, seconds)
        fitting = [row for row in rows if row.trading_class == symbol.replace(".", "").replace(" ", "") and row.multiplier == "100"]
        if not fitting:
            raise QuoteUnavailable(QuoteProblem.NO_CONTRACT, f"{symbol}: no standard options are listed")
        return _parameters(symbol, fitting)

    async def _contracts(self, instruments: Sequence[Instrument], seconds: float) -> list[BrokerContract]:
        return await asyncio.gather(*(self._contract(one, seconds) for one in instruments))

    async def _contract(self, instrument: Instrument, seconds: float) -> BrokerContract:
        return await self.ids.find(self.session, instrument, seconds)

    async def _ask(
        self, contracts: Sequence[BrokerContract], names: Sequence[str], seconds: float, mode: QuoteMode, *, together: bool = True
    ) -> tuple[Watch, ...]:
        """Ask for all in the same turn; none of the requests is open afterwards."""
        in_use = self.lines_in_use + self.session.quotes.open
        if in_use + len(contracts) > self.rules.lines:
            raise QuoteUnavailable(QuoteProblem.TOO_MANY_LINES, f"{in_use} of {self.rules.lines} market data lines are in use")
        if mode in PAID:
            self._pay(contracts)
        watches: list[Watch] = []
        try:
            for contract, name in zip(contracts, names, strict=True):
                watches.append(self._send(contract, name, mode))
            await self.session.quotes.complete(watches, seconds, together=together)
        except ConnectionError as error:
            raise QuoteUnavailable(QuoteProblem.CONNECTION_LOST, f"{' and '.join(names)}: {error}") from error
        finally:
            self._end(watches)
        return tuple(watches)

    def _send(self, contract: BrokerContract, name: str, mode: QuoteMode) -> Watch:
        request = self.session.line.next_id()
        watched = self.session.quotes.watch(request, name, combo=contract.kind == "BAG", option=contract.kind == "OPT")
        snapshot, regulatory = FLAGS[mode]
        generic = INTEREST if mode is QuoteMode.STREAM and contract.kind == "OPT" else ""
        self.session.line.ask_market(request, contract, generic, snapshot=snapshot, regulatory=regulatory)
        return watched

    def _end(self, watches: Sequence[Watch]) -> None:
        self.session.quotes.forget(watches)
        for watched in watches:
            if not watched.ended and watched.error is None and not self.session.gone.done():
                self.session.line.stop_market(watched.request)

    def _pay(self, contracts: Sequence[BrokerContract]) -> None:
        if self.costs is None:
            raise QuoteUnavailable(QuoteProblem.COST_CAP, "paid snapshots need a counter of their costs; none is configured")
        for contract in contracts:
            self.costs.spend(contract.symbol, OPTION if contract.kind == "OPT" else SHARE, self.now())

    def _refuse(self, watches: Sequence[Watch]) -> None:
        for watched in watches:
            if (problem := watched.problem(self.rules)) is not None:
                raise problem
        complete = [watched.complete_at for watched in watches if watched.complete_at is not None]
        apart = max(complete) - min(complete)
        if apart > self.legs_apart:
            said = f"{' and '.join(watched.name for watched in watches)} were quoted {apart:.3f} s apart, {self.legs_apart:g} s are allowed"
            raise QuoteUnavailable(QuoteProblem.LEGS_APART, said)


def combo_contract(symbol: str, legs: Sequence[tuple[BrokerContract, int]]) -> BrokerContract:
    """A combo of the broker; it has no number of its own and is never asked for as a contract."""
    return BrokerContract(0, symbol, "BAG", legs=tuple(BrokerLeg(contract.con_id, ratio) for contract, ratio in legs))


def _leg_quote(leg: Leg, watched: Watch) -> LegQuote:
    greeks = (nan,) * 5  # volatility and Greeks are computed from the quote by our own core
    return LegQuote(leg, watched.bid, watched.ask, watched.volume, watched.open_interest, *greeks, observed_at=watched.observed_at)


def _parameters(symbol: str, rows: Sequence[ParametersRow]) -> OptionParameters:
    expiries = tuple(sorted({day for row in rows for day in row.expiries}))
    strikes = tuple(sorted({strike for row in rows for strike in row.strikes}))
    return OptionParameters(symbol, rows[0].trading_class, 100, expiries, strikes)
