"""One client's socket at the fake gateway: handshake, frames, and one method for each message a client sends."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from fake_gateway import quotes
from fake_gateway.contracts import Quote, coming_hours
from fake_gateway.order_messages import completed_order, now, open_order, status

if TYPE_CHECKING:
    from fake_gateway.server import Server


class Session:
    """A connection from the first byte to the last."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.client_id = -1
        self.version = server.version
        self.subscriptions: dict[str, quotes.Subscription] = {}
        self.wants_positions = False
        self._reader, self._writer = reader, writer
        self._tasks: set[asyncio.Task[None]] = set()
        self._pieces: list[bytes] = []

    async def run(self) -> None:
        """Until the client hangs up or is dropped."""
        try:
            await self._handshake()
            while True:
                fields = (await self._frame()).split("\0")[:-1]
                self.server.log.append((self.client_id, fields))
                await self._answer(fields)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.close()

    def send(self, *fields: object) -> None:
        """One message; nothing once the connection plays dead."""
        if self.server.fault("half_open") or self._writer.is_closing():
            return
        text = "".join(f"{_text(field)}\0" for field in fields).encode()
        self.raw(struct.pack(">I", len(text)) + text)

    def error(self, request: object, code: object, text: object) -> None:
        """An error message of a request, or of the system (-1)."""
        self.send(4, 2, request, code, text, *([""] if self.version >= 166 else []))

    def raw(self, content: bytes) -> None:
        """Bytes as they are, in two pieces where the fault `halves` is set."""
        if not self.server.fault("halves"):
            self._writer.write(content)
            return
        middle = len(content) // 2
        self._pieces += [content[:middle], content[middle:]]
        if len(self._pieces) == 2:
            self.start(self._in_pieces())

    def close(self, *, reset: bool = False) -> None:
        """Hang up, or reset the connection as a crash does."""
        for task in self._tasks:
            task.cancel()
        if self.server.clients.get(self.client_id) is self:
            del self.server.clients[self.client_id]
        transport = self._writer.transport
        if reset:
            transport.abort()
        else:
            transport.close()

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Run a coroutine beside the reader."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def show(self, con_id: int, before: Quote, after: Quote) -> None:
        """Tell of a changed quote."""
        for subscription in list(self.subscriptions.values()):
            if subscription.con_id == con_id and not subscription.snapshot:
                if before.kind != after.kind:
                    self.send(58, 1, subscription.request, after.kind)
                for message in quotes.ticks(subscription.request, before, after):
                    self.send(*message)

    async def _in_pieces(self) -> None:
        while self._pieces:
            self._writer.write(self._pieces[0])
            await asyncio.sleep(0.001)
            self._pieces.pop(0)

    async def _handshake(self) -> None:
        if await self._reader.readexactly(4) != b"API\0":
            raise ConnectionError("no API client")
        offered = await self._frame()
        if self.server.fault("no_handshake"):
            await self._silence()
        largest = int(offered.split()[0].rpartition("..")[2])
        self.version = int(self.server.fault("version") or min(self.server.version, largest))
        self.send(self.version, f"{now():%Y%m%d %H:%M:%S} UTC")
        hello = (await self._frame()).split("\0")
        self.client_id = int(hello[2])
        if self.client_id in self.server.clients or self.server.take_occupied(self.client_id):
            self.client_id = -2
            self.error(-1, 326, "Unable to connect as the client id is already in use. Retry with a unique client id.")
            await self._writer.drain()
            raise ConnectionError("client id in use")
        self.server.clients[self.client_id] = self
        if self.server.fault("not_ready"):
            await self._silence()
        self.send(15, 1, self.server.accounts)
        self.send(9, 1, self.server.next_order_id(self.client_id))
        for code, farm in ((2104, "usfarm"), (2104, "usopt"), (2158, "secdefnj")):
            self.error(-1, code, f"Market data farm connection is OK:{farm}")

    async def _silence(self) -> None:
        """Answer nothing until the client gives up."""
        await self._reader.read()
        raise ConnectionError("the client gave up")

    async def _frame(self) -> str:
        (length,) = struct.unpack(">I", await self._reader.readexactly(4))
        return (await self._reader.readexactly(length)).decode()

    async def _answer(self, fields: list[str]) -> None:
        number = int(fields[0])
        if self.server.fault("half_open") or number in self.server.muted():
            return
        delay = self.server.delay(number)
        if delay:
            self.start(self._delayed(delay, number, fields))
        else:
            self._handle(number, fields)

    async def _delayed(self, seconds: float, number: int, fields: list[str]) -> None:
        await asyncio.sleep(seconds)
        self._handle(number, fields)

    def _handle(self, number: int, fields: list[str]) -> None:
        handler = getattr(self, f"_m{number}", None)
        if handler is not None:
            handler(fields)

    def _m61(self, _: list[str]) -> None:  # reqPositions
        self.wants_positions = True
        for con_id in list(self.server.exchange.positions):
            self.position(con_id)
        self.send(62, 1)

    def position(self, con_id: int) -> None:
        """Push one position."""
        exchange = self.server.exchange
        if self.wants_positions:
            contract = self.server.market.contracts[con_id].long()
            self.send(61, 3, exchange.account, *contract, exchange.positions[con_id], exchange.costs.get(con_id, 0.0))

    def _m64(self, _: list[str]) -> None:  # cancelPositions
        self.wants_positions = False

    def _m5(self, _: list[str]) -> None:  # reqOpenOrders: this client's
        self._orders(lambda client_id: client_id == self.client_id)

    def _m16(self, _: list[str]) -> None:  # reqAllOpenOrders
        self._orders(lambda client_id: True)

    def _orders(self, wanted: Callable[[int], bool]) -> None:
        for order in self.server.exchange.orders.values():
            if order.is_open and wanted(order.client_id):
                self.send(*open_order(order, self.version))
                self.send(*status(order))
        self.send(53, 1)

    def _m99(self, _: list[str]) -> None:  # reqCompletedOrders
        for order in self.server.exchange.orders.values():
            if not order.is_open:
                self.send(*completed_order(order, self.version))
        self.send(102)

    def _m6(self, fields: list[str]) -> None:  # reqAccountUpdates
        self.send(54, 1, fields[3])

    def _m76(self, fields: list[str]) -> None:  # reqAccountUpdatesMulti
        self.send(74, 1, fields[2])

    def _m7(self, fields: list[str]) -> None:  # reqExecutions
        for execution in self.server.exchange.executions:
            self.send(*execution.message(fields[2], self.version))
        self.send(55, 1, fields[2])
        for execution in self.server.exchange.executions:
            self.send(*execution.fee())

    def _m62(self, fields: list[str]) -> None:  # reqAccountSummary
        for tag in fields[4].split(","):
            if tag in self.server.figures:
                self.send(63, 1, fields[2], self.server.exchange.account, tag, self.server.figures[tag], "USD")
        self.send(64, 1, fields[2])

    def _m9(self, fields: list[str]) -> None:  # reqContractDetails
        found = self.server.market.matching(fields[3:15])
        if fields[5] == "BAG" or not found:
            self.error(fields[2], 200, "No security definition has been found for the request")
            return
        for contract in found:
            self.send(*contract.details(fields[2], self.version, self.server.fault("hours") or coming_hours(now().date())))
        self.send(52, 1, fields[2])

    def _m78(self, fields: list[str]) -> None:  # reqSecDefOptParams
        options = [one for one in self.server.market.contracts.values() if one.symbol == fields[2] and one.kind == "OPT"]
        expiries = sorted({one.expiry for one in options})
        strikes = sorted({one.strike for one in options})
        for exchange in ("SMART", "CBOE") if options else ():
            self.send(75, fields[1], exchange, fields[5], fields[2], "100", len(expiries), *expiries, len(strikes), *strikes)
        self.send(76, fields[1])

    def _m59(self, fields: list[str]) -> None:  # reqMarketDataType
        self.server.data_type = int(fields[2])

    def _m1(self, fields: list[str]) -> None:  # reqMktData
        subscription, wanted = quotes.read_request(fields)
        refused = self.server.market_data_error
        if refused is not None:
            self.error(subscription.request, *refused)
            return
        if len(self.subscriptions) >= self.server.lines:
            self.error(subscription.request, 101, "Max number of tickers has been reached")
            return
        if not subscription.legs:
            found = self.server.market.matching(wanted)
            if len(found) != 1:
                self.error(subscription.request, 200, "No security definition has been found for the request")
                return
        self.subscriptions[subscription.request] = subscription
        script = self.server.script_of(subscription)
        if script is not None:
            self.start(self._played(list(script), subscription))
            return
        for message in quotes.burst(subscription, self.server.market):
            self.send(*message)
        if subscription.snapshot:
            self.start(self._ended(subscription.request))

    async def _played(self, script: list[tuple[object, ...]], subscription: quotes.Subscription) -> None:
        while script:
            for message in await quotes.play(script, subscription, self.version):
                self.send(*message)

    async def _ended(self, request: str) -> None:
        await asyncio.sleep(self.server.snapshot_seconds)
        if self.subscriptions.pop(request, None):
            self.send(57, 1, request)

    def _m2(self, fields: list[str]) -> None:  # cancelMktData
        if self.subscriptions.pop(fields[2], None) is None:
            self.error(fields[2], 300, "Can't find EId with tickerId:" + fields[2])

    def _m3(self, fields: list[str]) -> None:  # placeOrder
        self.server.exchange.place(self.client_id, fields)

    def _m4(self, fields: list[str]) -> None:  # cancelOrder
        self.server.exchange.cancel(self.client_id, int(fields[2]))

    def _m58(self, _: list[str]) -> None:  # reqGlobalCancel
        self.server.exchange.cancel_all()

    def _m49(self, _: list[str]) -> None:  # reqCurrentTime
        self.send(49, 1, int(now().timestamp() + self.server.clock_skew))


def _text(field: object) -> str:
    if isinstance(field, float):
        return repr(field)
    return "1" if field is True else "0" if field is False else str(field)
