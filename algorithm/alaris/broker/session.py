"""One connection to a gateway from the first byte to the last, used once: what is heard on it, and the questions asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

from alaris.broker import library
from alaris.broker.messages import (
    AccountRow,
    BrokerContract,
    ClosedSaid,
    ContractRow,
    EndSaid,
    ErrorSaid,
    ExecutionSaid,
    FeeSaid,
    GenericSaid,
    KindSaid,
    Message,
    OrderSaid,
    ParametersRow,
    PositionRow,
    PriceSaid,
    RowSaid,
    SizeSaid,
    StatusSaid,
)
from alaris.broker.order_desk import OrderDesk
from alaris.broker.questions import Questions
from alaris.broker.quoting import Quotes
from alaris.broker.streaming import Streams
from alaris.broker.values import BrokerUnavailable, GatewayAddress, Timeouts

OCCUPIED = 326
TAGS = "NetLiquidation,TotalCashValue,BuyingPower,InitMarginReq,MaintMarginReq"


class Occupied(BrokerUnavailable):
    """The client id is another session's, perhaps one that died and that the gateway has not noticed."""


class WrongAccount(BrokerUnavailable):
    """The login's account is not of the kind that was asked for: nothing is done with it."""


SystemSaid = Callable[["Session", int, str], None]  # a code that is about no request


@dataclass(eq=False)
class Session:
    """A connection and what it knows; every method runs on the loop's thread."""

    loaded: ModuleType
    system_said: SystemSaid
    desk: OrderDesk
    streams: Streams
    quotes: Quotes
    timeouts: Timeouts
    account: str = ""
    questions: Questions = field(default_factory=Questions)

    def __post_init__(self) -> None:
        """Prepare the one socket."""
        self.line = library.Line(self.loaded, self.hear)
        self.gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._gathered: dict[int, list[ExecutionSaid]] = {}
        self._open_orders: list[OrderSaid] | None = None
        self._handlers: Mapping[type[Any], Callable[[Any], object]] = {
            RowSaid: self.questions.row,
            EndSaid: self._end,
            ErrorSaid: self._error,
            OrderSaid: self._order,
            StatusSaid: self.desk.status,
            ExecutionSaid: self._execution,
            FeeSaid: self.desk.fee,
            PriceSaid: self._price,
            SizeSaid: self._size,
            GenericSaid: self.quotes.generic,
            KindSaid: self._kind,
            ClosedSaid: self._closed,
        }

    def hear(self, message: Message) -> None:
        """Whatever the gateway says."""
        self._handlers[type(message)](message)

    async def open(self, address: GatewayAddress, client_id: int) -> None:
        """Connect, and see that it is the right account; a refused client id fails at once.

        Raises
        ------
        OSError, TimeoutError
            Nobody listens, or the gateway is not logged in yet.
        Occupied, WrongAccount
            Another session has the client id; a live login where paper was asked for, or the reverse.
        """
        connecting = asyncio.ensure_future(self.line.connect(address.host, address.port, client_id, self.timeouts.connect))
        waiting: set[asyncio.Future[Any]] = {connecting, self.gone}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            raise self._why_gone()
        connecting.result()
        self.account = chosen_account(self.line.accounts, address)
        self.line.live_data_only()

    def close(self) -> None:
        """Hang up; what waits fails."""
        self.line.close()
        self._closed(ClosedSaid("closed by us"))

    async def server_time(self, seconds: float) -> datetime:
        """The gateway's clock: also the proof that it answers."""
        rows = await self.questions.ask(library.TIME, self.line.ask_time, seconds)
        at: datetime = rows[0]
        return at

    async def positions(self, seconds: float) -> list[PositionRow]:
        """Positions of the account, zero ones left out."""
        rows: list[PositionRow] = await self.questions.ask(library.POSITIONS, self.line.ask_positions, seconds)
        newest = {row.contract.con_id: row for row in rows if row.account == self.account}
        return [row for row in newest.values() if row.quantity]

    async def own_orders(self, seconds: float) -> list[OrderSaid]:
        """Working orders of this client id, whichever session placed them; their statuses are told from now on."""
        return await self._orders(library.OPEN_ORDERS, self.line.ask_own_orders, seconds)

    async def open_orders(self, seconds: float) -> list[OrderSaid]:
        """Working orders of every client."""
        return await self._orders(library.OPEN_ORDERS, self.line.ask_open_orders, seconds)

    async def completed_orders(self, seconds: float) -> list[OrderSaid]:
        """Orders of today that ended."""
        return await self._orders(library.COMPLETED_ORDERS, self.line.ask_completed_orders, seconds)

    async def executions(self, seconds: float) -> list[ExecutionSaid]:
        """Executions of today, every client's."""
        request = self.line.next_id()
        gathered = self._gathered[request] = []
        try:
            await self.questions.ask(request, lambda: self.line.ask_executions(request), seconds)
        finally:
            del self._gathered[request]
        return [said for said in gathered if said.account == self.account]

    async def account_rows(self, seconds: float) -> list[AccountRow]:
        """Figures of the account."""
        request = self.line.next_id()
        try:
            rows: list[AccountRow] = await self.questions.ask(request, lambda: self.line.ask_account(request, TAGS), seconds)
        finally:
            await _quietly(lambda: self.line.stop_account(request))
        return [row for row in rows if row.account == self.account]

    async def contracts(self, wanted: BrokerContract, seconds: float) -> list[ContractRow]:
        """Contracts that match."""
        request = self.line.next_id()
        return await self.questions.ask(request, lambda: self.line.ask_contract(request, wanted), seconds)

    async def parameters(self, symbol: str, con_id: int, seconds: float) -> list[ParametersRow]:
        """Expiries and strikes by exchange and trading class."""
        request = self.line.next_id()
        return await self.questions.ask(request, lambda: self.line.ask_parameters(request, symbol, con_id), seconds)

    async def _orders(self, key: str, send: Callable[[], None], seconds: float) -> list[OrderSaid]:
        rows: list[OrderSaid] = await self.questions.ask(key, send, seconds)
        return [row for row in rows if row.account in ("", self.account)]

    def _end(self, said: EndSaid) -> None:
        self.questions.end(said)
        self.quotes.end(said)

    def _order(self, said: OrderSaid) -> None:
        self.line.not_below(said.order_id)
        self.desk.order(said)
        self.questions.row(RowSaid(library.OPEN_ORDERS, said))

    def _execution(self, said: ExecutionSaid) -> None:
        if said.request is None:
            if said.account == self.account:
                self.desk.execution(said)
            return
        self.desk.known_execution(said)
        if said.request in self._gathered:
            self._gathered[said.request].append(said)

    def _price(self, said: PriceSaid) -> None:
        self.quotes.price(said)
        self.streams.price(said)

    def _size(self, said: SizeSaid) -> None:
        self.quotes.size(said)
        self.streams.size(said)

    def _kind(self, said: KindSaid) -> None:
        self.quotes.kind(said)
        self.streams.kind(said)

    def _error(self, said: ErrorSaid) -> None:
        if said.code == OCCUPIED and not self.gone.done():
            self.gone.set_exception(Occupied(f"code {OCCUPIED}: {said.text}"))
        elif said.request >= 0 and (self.questions.error(said) or self.quotes.error(said) or self.desk.error(said)):
            return
        else:
            self.system_said(self, said.code, self._named(said))

    def _named(self, said: ErrorSaid) -> str:
        if self.streams.knows(said.request):
            return f"market data of {self.streams.instrument_of(said.request)}: {said.text}"
        return said.text

    def _closed(self, said: ClosedSaid) -> None:
        if not self.gone.done():
            self.gone.set_result(said.text)
        self.questions.lost()
        self.quotes.lost()

    def _why_gone(self) -> BrokerUnavailable:
        error = self.gone.exception()
        if isinstance(error, BrokerUnavailable):
            return error
        return BrokerUnavailable("the gateway closed the connection before it was ready")


def chosen_account(accounts: tuple[str, ...], address: GatewayAddress) -> str:
    """The account to trade, of the right kind.

    Raises
    ------
    WrongAccount
        The login has several and none was named, or not the one named, or `paper` and the account's prefix disagree.
    """
    if address.account and address.account not in accounts:
        raise WrongAccount(f"the login has no account {address.account}; it has {', '.join(accounts)}")
    if not address.account and len(accounts) > 1:
        raise WrongAccount(f"the login has several accounts, name one of {', '.join(accounts)}")
    account = address.account or accounts[0]
    if not account.startswith("DU") if address.paper else account.startswith("D"):  # DU is a paper account, other D a paper adviser's
        kind = "paper" if address.paper else "live"
        raise WrongAccount(f"account {account} on port {address.port} is not {kind}, as was asked for; nothing is sent to it")
    return account


async def _quietly(send: Callable[[], None]) -> None:
    """Tidy up where the connection may be gone already."""
    try:
        send()
    except ConnectionError:
        return
