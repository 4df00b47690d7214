"""The fake gateway itself: a real socket on a thread of its own, an account behind it, and the faults a gateway is known for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from fake_gateway.contracts import Contract, Fields, Market, Quote, small_market
from fake_gateway.exchange import Exchange
from fake_gateway.order_messages import Execution, Order
from fake_gateway.quotes import Subscription
from fake_gateway.session import Session

T = TypeVar("T")
FIGURES = {"NetLiquidation": "100000.00", "TotalCashValue": "80000.00", "BuyingPower": "320000.00"}
FIGURES |= {"InitMarginReq": "5000.00", "MaintMarginReq": "4000.00"}


class Server:
    """What the sessions share; every method runs on the gateway's own thread."""

    def __init__(self, market: Market, account: str, version: int) -> None:
        self.market, self.version = market, version
        self.accounts = account
        self.exchange = Exchange(market, account, self._tell, self._version_of)
        self.exchange.on_position = self._position
        self.clients: dict[int, Session] = {}
        self.log: list[tuple[int, list[str]]] = []
        self.figures = dict(FIGURES)
        self.faults: dict[str, Any] = {}
        self.market_data_error: tuple[int, str] | None = None
        self.lines = 100
        self.snapshot_seconds = 11.0
        self.clock_skew = 0.0
        self.data_type = 1
        self.combo_scripts: list[tuple[object, ...]] | None = None
        self._listening: asyncio.Server | None = None
        self._sessions: set[Session] = set()

    def fault(self, name: str) -> Any:
        """Value of a fault that is set, or None."""
        return self.faults.get(name)

    def muted(self) -> Iterable[int]:
        """Message ids that are never answered."""
        muted: Iterable[int] = self.faults.get("mute", ())
        return muted

    def delay(self, number: int) -> float:
        """Seconds by which the answer to a message id is late."""
        return float(self.faults.get("slow", {}).get(number, 0))

    def take_occupied(self, client_id: int) -> bool:
        """Whether a dead session still holds the id: `occupied` maps ids to how often they are refused."""
        left = self.faults.get("occupied", {})
        if left.get(client_id, 0) <= 0:
            return False
        left[client_id] -= 1
        return True

    def next_order_id(self, client_id: int) -> int:
        """Above whatever this client used."""
        return max((order_id for owner, order_id in self.exchange.orders if owner == client_id), default=0) + 1

    def script_of(self, subscription: Subscription) -> list[tuple[object, ...]] | None:
        """The scripted ticks of a contract or combo, if any."""
        if subscription.legs:
            return self.combo_scripts
        return self.market.quotes[subscription.con_id].script

    async def listen(self, port: int) -> int:
        """Start or start again; gives the port."""
        self._listening = await asyncio.start_server(self._accept, "127.0.0.1", port)
        found: int = self._listening.sockets[0].getsockname()[1]
        return found

    def refuse(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def drop(self, *, reset: bool = True) -> None:
        """Lose every connection."""
        for session in list(self._sessions):
            session.close(reset=reset)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self._sessions.add(session)
        try:
            await session.run()
        finally:
            self._sessions.discard(session)

    def _tell(self, client_id: int, message: Fields) -> None:
        session = self.clients.get(client_id)
        if session is not None:
            session.send(*message)

    def _version_of(self, client_id: int) -> int:
        session = self.clients.get(client_id)
        return session.version if session else self.version

    def _position(self, con_id: int) -> None:
        for session in self.clients.values():
            session.position(con_id)


class FakeGateway:
    """An IB Gateway to test against; use it in a `with` block. Every method may be called from any thread.

    Parameters
    ----------
    market : Market, optional
        What is listed; a small one of YUM by default, with ids 1001 (share) and up.
    account : str
        Managed accounts, comma separated; DU... is paper.
    version : int
        Highest protocol version spoken.
    port : int
        0 takes a free one.
    """

    def __init__(self, market: Market | None = None, *, account: str = "DU1234567", version: int = 176, port: int = 0) -> None:
        self._server = Server(market or small_market(), account, version)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fake-gateway", daemon=True)
        self.port = port

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self.port = self._wait(self._server.listen(self.port))
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up and end the thread."""
        self._call(self._server.refuse)
        self._call(self._server.drop)
        self._wait(asyncio.sleep(0.01))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def market(self) -> Market:
        """Contracts and quotes; change quotes by `quote`."""
        return self._server.market

    def quote(self, con_id: int, **fields: object) -> None:
        """Change a quote (bid, ask, bid_size, ask_size, last, last_size, volume, open_interest, kind, script) and tell subscribers."""

        def change() -> None:
            before = self.market.quotes[con_id]
            after = self.market.quotes[con_id] = before.changed(**fields)
            for session in self._server.clients.values():
                session.show(con_id, before, after)
            self._server.exchange.quotes_changed()

        self._call(change)

    def script(self, con_id: int, *steps: tuple[object, ...]) -> None:
        """Answer the next requests for a contract by these steps (see `quotes.play`); none: by its quote again."""
        self.quote(con_id, script=list(steps) or None)

    def script_combo(self, *steps: tuple[object, ...]) -> None:
        """The same for requests of a combo."""
        self._call(lambda: setattr(self._server, "combo_scripts", list(steps) or None))

    def add(self, contract: Contract, quote: Quote | None = None) -> Contract:
        """List one more contract."""
        return self._call(lambda: self.market.add(contract, quote))

    def plan(self, name: str) -> None:
        """How the next orders go on; see `Exchange`."""
        self._call(lambda: setattr(self._server.exchange, "plan", name))

    def fault(self, name: str, value: Any = True) -> None:
        """Set a fault, or end it by None: half_open, no_handshake, not_ready, halves, version (a number), mute (message ids), slow (seconds
        by message id), hours (text), occupied (refusals by id), market_data_error ((code, text)), lines, clock_skew, snapshot_seconds."""

        def change() -> None:
            if name in ("market_data_error", "lines", "clock_skew", "snapshot_seconds"):
                setattr(self._server, name, value)
            elif value is None:
                self._server.faults.pop(name, None)
            else:
                self._server.faults[name] = value

        self._call(change)

    def inject_error(self, request: int, code: int, text: str, client_id: int | None = None) -> None:
        """Send an error of a request, or of the system (-1), to one client or to all."""
        self._each(client_id, lambda session: session.error(request, code, text))

    def inject_bytes(self, content: bytes, client_id: int | None = None) -> None:
        """Send bytes as they are."""
        self._each(client_id, lambda session: session.raw(content))

    def drop(self, *, reset: bool = True) -> None:
        """Lose every connection, by a reset or by a clean close."""
        self._call(lambda: self._server.drop(reset=reset))

    def half_open(self) -> None:
        """The sockets stay up and nothing is answered any more."""
        self.fault("half_open")

    def refuse(self) -> None:
        """Drop everybody and refuse connections until `accept`."""
        self._call(self._server.refuse)
        self.drop()

    def accept(self) -> None:
        """Listen on the same port again, with no fault of the connection left."""
        for name in ("half_open", "no_handshake", "not_ready"):
            self.fault(name, None)
        self._wait(self._server.listen(self.port))

    def restart(self, delay: float = 0.0) -> None:
        """Refuse connections for some seconds, then listen again; comes back at once."""
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.call_later, delay, lambda: self._loop.create_task(self._server.listen(self.port)))

    def fill(self, key: str, contracts: int | None = None, prices: dict[int, float] | None = None) -> None:
        """Fill whole combos of an order, all that is left by default, at leg prices by con id."""

        def act() -> None:
            order = self._server.exchange.by_key(key)
            self._server.exchange.fill(order, contracts or order.quantity - order.filled, prices)

        self._call(act)

    def fill_leg(self, key: str, con_id: int, contracts: int, price: float | None = None) -> None:
        """Fill one leg only."""

        def act() -> None:
            order = self._server.exchange.by_key(key)
            part = next(leg for leg in order.parts if leg.con_id == con_id)
            self._server.exchange.fill_leg(order, part, contracts, price)

        self._call(act)

    def correct(self, execution: Execution, price: float) -> Execution:
        """State an execution again at another price."""
        return self._call(lambda: self._server.exchange.correct(execution, price))

    def assign(self, con_id: int, contracts: int, shares: int) -> None:
        """Change positions without an order, as an assignment at night does."""
        self._call(lambda: self._server.exchange.assign(con_id, contracts, shares))

    def acknowledge(self, key: str) -> None:
        """Acknowledge an order that was muted."""
        self._call(lambda: self._server.exchange.acknowledge(self._server.exchange.by_key(key)))

    def end(self, key: str) -> None:
        """Cancel an order from the broker's side."""
        self._call(lambda: self._server.exchange.end(self._server.exchange.by_key(key)))

    def order(self, key: str) -> Order:
        """The newest order under one of our keys."""
        return self._call(lambda: self._server.exchange.by_key(key))

    @property
    def executions(self) -> tuple[Execution, ...]:
        """All executions."""
        return self._call(lambda: tuple(self._server.exchange.executions))

    @property
    def positions(self) -> dict[int, int]:
        """Signed contracts by con id."""
        return self._call(lambda: dict(self._server.exchange.positions))

    @property
    def clients(self) -> tuple[int, ...]:
        """Who is connected."""
        return self._call(lambda: tuple(self._server.clients))

    @property
    def subscriptions(self) -> int:
        """Market data lines in use."""
        return self._call(lambda: sum(len(session.subscriptions) for session in self._server.clients.values()))

    def sent(self, message_id: int) -> list[list[str]]:
        """The messages of one id that clients sent, oldest first."""
        return self._call(lambda: [fields for _, fields in self._server.log if fields[0] == str(message_id)])

    def _each(self, client_id: int | None, act: Callable[[Session], None]) -> None:
        def work() -> None:
            for number, session in list(self._server.clients.items()):
                if client_id in (None, number):
                    act(session)

        self._call(work)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, act: Callable[[], T]) -> T:
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(act())
            except Exception as error:  # noqa: BLE001 - handed to the caller's thread
                future.set_exception(error)

        self._loop.call_soon_threadsafe(work)
        return future.result(10)

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
