"""Keep one connection: attempt, read the account, watch that it lives, notice what the gateway lost, and begin again with a fresh one.

Ready means that positions, open orders and executions were answered on this very connection, not that a socket stands. A lost line to the
broker's servers (1100) leaves the socket up; the state says it, and after 1101 or 1102 everything is read again before it is ready.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from alaris.broker import library
from alaris.broker.codes import Reaction, reaction_to
from alaris.broker.contract_ids import ContractIds
from alaris.broker.order_desk import OrderDesk
from alaris.broker.quoting import Clock, Quotes
from alaris.broker.session import Occupied, Session
from alaris.broker.streaming import Streams
from alaris.broker.values import (
    BrokerEvent,
    BrokerUnavailable,
    ConnectionChanged,
    ConnectionState,
    GatewayAddress,
    Notice,
    QuoteRules,
    Timeouts,
)

MISSES = 2  # unanswered questions of the time after which a connection is given up


@dataclass(slots=True)
class Backoff:
    """Waits between attempts: random from the first wait up to a bound that doubles, so that clients do not come back all at once."""

    first: float
    last: float
    attempts: int = 0

    def next(self) -> float:
        """Seconds to wait now."""
        bound = min(self.last, self.first * 2.0 ** min(self.attempts, 30))
        self.attempts += 1
        return random.uniform(self.first, max(self.first, bound))  # noqa: S311 - a wait is no secret


@dataclass(eq=False)
class Keeper:
    """The state of the connection; `run` ends only by being cancelled. Everything but `state` belongs to the loop's thread."""

    address: GatewayAddress
    timeouts: Timeouts
    rules: QuoteRules
    desk: OrderDesk
    streams: Streams
    ids: ContractIds
    tell: Callable[[BrokerEvent], None]
    now: Clock
    state: ConnectionState = ConnectionState.DOWN
    session: Session | None = None
    account: str = ""

    def __post_init__(self) -> None:
        """Nothing is lost yet."""
        self.broken_farms: set[str] = set()
        self.last_problem = "never connected"
        self._wake = asyncio.Event()
        self._lost_servers = False
        self._restored: tuple[int, str] | None = None
        self._occupied_since: float | None = None
        self._client_ids = [self.address.client_id, *self.address.spare_ids]

    async def run(self) -> None:
        """Connect, keep, connect again."""
        loaded = library.load()
        backoff = Backoff(self.timeouts.first_backoff, self.timeouts.last_backoff)
        while True:
            try:
                await self._one_connection(loaded, backoff)
            except (OSError, TimeoutError, BrokerUnavailable) as error:
                self.last_problem = str(error) or f"{type(error).__name__} while connecting"
                self._note_occupied(error)
            self._change(ConnectionState.DOWN, 0, self.last_problem)
            await asyncio.sleep(backoff.next())

    def system_said(self, session: Session, code: int, text: str) -> None:
        """What a code about no request changes."""
        reaction = reaction_to(code)
        if reaction is Reaction.DEGRADE:
            self._lost_servers = True
            self._change(ConnectionState.DEGRADED, code, text)
        elif reaction is Reaction.RESYNC:
            self._lost_servers = False
            self._restored = (code, text)
            self._wake.set()
        elif reaction is Reaction.RECONNECT:
            session.close()
        elif reaction is Reaction.FARM_BROKEN:
            self.broken_farms.add(_farm(text))
        elif reaction is Reaction.FARM_RESTORED:
            self.broken_farms.discard(_farm(text))
        self.tell(Notice(code, text))

    @property
    def blind(self) -> str:
        """Why no quote can be believed now; empty where one can."""
        if self.state is ConnectionState.DEGRADED:
            return "the gateway lost the broker's servers"
        broken = sorted(farm for farm in self.broken_farms if farm.startswith("us"))
        return f"market data farm {', '.join(broken)} is broken" if broken else ""

    async def _one_connection(self, loaded: ModuleType, backoff: Backoff) -> None:
        self._change(ConnectionState.CONNECTING)
        self.broken_farms.clear()
        self._restored = None
        self._lost_servers = False
        self._wake.clear()
        session = Session(loaded, self.system_said, self.desk, self.streams, Quotes(self.rules, self.now), self.timeouts)
        try:
            await session.open(self.address, self._client_ids[0])
            self.desk.use(self._client_ids[0])
            self._occupied_since = None
            self.account, self.session = session.account, session
            self._change(ConnectionState.NOT_READY, 0, f"client {self._client_ids[0]} of account {session.account}")
            await self._resync(session)
            backoff.attempts = 0
            self._ask_streams(session)
            if not self._lost_servers:
                self._change(ConnectionState.READY)
            await self._watch(session)
        finally:
            self.session = None
            session.close()

    async def _resync(self, session: Session) -> None:
        """Read the whole account; what is not answered leaves the connection not ready."""
        seconds = self.timeouts.resync
        await session.positions(seconds)
        await session.own_orders(seconds)
        await session.open_orders(seconds)
        await session.executions(seconds)

    async def _watch(self, session: Session) -> None:
        misses = 0
        while True:
            was_woken = await self._woken(session)
            if session.gone.done():
                raise BrokerUnavailable(session.gone.result())
            if was_woken:
                await self._restore(session)
            else:
                misses = 0 if await self._is_alive(session) else misses + 1
            if misses >= MISSES:
                raise BrokerUnavailable(f"the gateway did not answer {MISSES} times, though its socket is up")

    async def _woken(self, session: Session) -> bool:
        """Sleep until the next question of life is due, or something happened; whether that was the servers' return."""
        waking = asyncio.ensure_future(self._wake.wait())
        waiting: set[asyncio.Future[Any]] = {waking, session.gone}
        await asyncio.wait(waiting, timeout=self.timeouts.liveness_every, return_when=asyncio.FIRST_COMPLETED)
        woken = waking.done()
        waking.cancel()
        return woken

    async def _restore(self, session: Session) -> None:
        """The line to the broker's servers is back: read everything, and ask for market data again where it was lost (1101)."""
        self._wake.clear()
        if self._restored is None:
            return
        code, text = self._restored
        self._restored = None
        await self._resync(session)
        data_lost = code == 1101
        if data_lost:
            self._ask_streams(session)
        if not self._lost_servers:
            self._change(ConnectionState.READY, code, text, data_lost=data_lost)

    async def _is_alive(self, session: Session) -> bool:
        try:
            await session.server_time(self.timeouts.liveness)
        except BrokerUnavailable:
            return False
        return True

    def _ask_streams(self, session: Session) -> None:
        """Subscribe again what was subscribed."""
        for instrument in self.streams.instruments:
            contract = self.ids.known(instrument)
            if contract is not None:
                request = session.line.next_id()
                self.streams.add(instrument, request)
                session.line.ask_market(request, contract, "", snapshot=False, regulatory=False)

    def _note_occupied(self, error: Exception) -> None:
        """An id held by a session that died is tried for a while, then the next spare one takes its place."""
        if not isinstance(error, Occupied):
            return
        at = asyncio.get_running_loop().time()
        if self._occupied_since is None:
            self._occupied_since = at
        elif at - self._occupied_since >= self.timeouts.occupied:
            self._occupied_since = None
            self._client_ids = [*self._client_ids[1:], self._client_ids[0]]

    def _change(self, state: ConnectionState, code: int = 0, text: str = "", *, data_lost: bool = False) -> None:
        if state is not self.state:
            self.state = state
            self.tell(ConnectionChanged(state, code, text, data_lost))


def _farm(text: str) -> str:
    """The farm's name, behind the last colon."""
    return text.rpartition(":")[2].strip()
