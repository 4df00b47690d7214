"""One connection to an IB Gateway: quotes, combo orders and the account, asked from any thread, answered or refused within a deadline."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self, TypeVar

from alaris.broker import asking, market, ordering
from alaris.broker.contract_ids import ContractIds
from alaris.broker.contracts import Instrument
from alaris.broker.costs import SnapshotCosts
from alaris.broker.io_thread import IoThread
from alaris.broker.keeper import Keeper
from alaris.broker.library import require_library
from alaris.broker.order_desk import OrderDesk
from alaris.broker.session import Session
from alaris.broker.streaming import Streams
from alaris.broker.values import (
    AccountFigures,
    BrokerEvent,
    BrokerUnavailable,
    ComboOrder,
    ComboQuote,
    ConnectionChanged,
    ConnectionState,
    GatewayAddress,
    MarketTick,
    NotSent,
    OptionParameters,
    OutcomeUnknown,
    QuoteMode,
    QuoteProblem,
    QuoteRules,
    QuoteUnavailable,
    Timeouts,
)
from alaris.domain import Leg, LegQuote
from alaris.records.reconciliation import BrokerPicture

T = TypeVar("T")
LOG = logging.getLogger("alaris.broker")


class Gateway:
    """A gateway connection that keeps itself; start it once, ask it from any thread but its own.

    Parameters
    ----------
    address : GatewayAddress
        Where it listens, and as which client we come.
    listener : callable, optional
        Is told every `BrokerEvent`, on the I/O thread: put it into a queue and return.
    timeouts, rules : Timeouts, QuoteRules, optional
        How long to wait, and what a quote must be.
    costs : SnapshotCosts, optional
        Counts paid snapshots; without it none is sent.
    """

    def __init__(
        self,
        address: GatewayAddress,
        listener: Callable[[BrokerEvent], None] | None = None,
        *,
        timeouts: Timeouts | None = None,
        rules: QuoteRules | None = None,
        costs: SnapshotCosts | None = None,
    ) -> None:
        self.address = address
        self._listener = listener
        self._timeouts, self._rules, self._costs = timeouts or Timeouts(), rules or QuoteRules(), costs
        self._thread = IoThread(f"ib-gateway-{address.client_id}")
        self._ready = threading.Event()
        self._ids = ContractIds(self._timeouts.contract_age)
        self._streams = Streams(_now, self._rules.largest_price)
        self._desk = OrderDesk(address.client_id, self._tell, _now)
        parts = (self._rules, self._desk, self._streams, self._ids, self._tell, _now)
        self._keeper = Keeper(address, self._timeouts, *parts)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Begin to connect; comes back at once.

        Raises
        ------
        ConfigurationError
            No client library is installed.
        """
        require_library()
        self._thread.start()
        self._thread.spawn(self._keeper.run())

    def stop(self) -> None:
        """Hang up and end the thread; a stopped gateway is not started again."""
        self._thread.stop()
        self._ready.clear()

    @property
    def state(self) -> ConnectionState:
        """How far the connection can be trusted now."""
        return self._keeper.state

    @property
    def account_id(self) -> str:
        """The account, empty until it was read once."""
        return self._keeper.account

    @property
    def problem(self) -> str:
        """Why the last connection failed or ended."""
        return self._keeper.last_problem

    def wait_ready(self, seconds: float) -> bool:
        """Wait until the account was read on a connection that stands."""
        return self._ready.wait(seconds)

    def quotes(self, legs: Sequence[Leg], seconds: float, mode: QuoteMode = QuoteMode.SNAPSHOT) -> tuple[LegQuote, ...]:
        """Quotes of all legs at the same time, in their order; volume and open interest only of `STREAM`, NaN elsewhere.

        Raises
        ------
        QuoteUnavailable
            There is none to order from, and why.
        """
        return self._ask_market(lambda asker: asker.quotes(legs, seconds, mode), seconds)

    def combo_quote(self, legs: Sequence[Leg], ratios: Sequence[int], seconds: float) -> ComboQuote:
        """What the broker quotes for the combo, beside its legs: a cross-check.

        Raises
        ------
        QuoteUnavailable
            The combo or a leg has none, and why.
        """
        return self._ask_market(lambda asker: asker.combo(legs, ratios, seconds), seconds)

    def watched_quotes(self, instruments: Sequence[Instrument], seconds: float) -> tuple[tuple[float, float, float, float] | None, ...]:
        """Bid, ask, volume and open interest of many instruments at once by streams, None where one has no quote to believe.

        Raises
        ------
        QuoteUnavailable
            None could be asked: no connection, or more instruments than free lines.
        """

        async def ask(asker: market.Asker) -> tuple[tuple[float, float, float, float] | None, ...]:
            found = await asker.figures(instruments, seconds)
            return tuple(None if one is None else (one.bid, one.ask, one.volume, one.open_interest) for one in found)

        return self._ask_market(ask, seconds)

    def trading_hours(self, instrument: Instrument, seconds: float) -> tuple[tuple[datetime, datetime], ...]:
        """Open and close of the coming regular sessions as the broker states them, half days included; aware.

        Raises
        ------
        QuoteUnavailable
            NO_CONTRACT, or not connected.
        """

        async def ask(asker: market.Asker) -> tuple[tuple[datetime, datetime], ...]:
            await self._ids.find(asker.session, instrument, seconds)
            return self._ids.hours(instrument)

        return self._ask_market(ask, seconds)

    def contract_id(self, instrument: Instrument, seconds: float) -> int:
        """The broker's number of a contract, asked once a day.

        Raises
        ------
        QuoteUnavailable
            NO_CONTRACT, or not connected.
        """

        async def ask(asker: market.Asker) -> int:
            return (await self._ids.find(asker.session, instrument, seconds)).con_id

        return self._ask_market(ask, seconds)

    def option_parameters(self, symbol: str, seconds: float) -> OptionParameters:
        """Expiries and strikes that are listed.

        Raises
        ------
        BrokerUnavailable
            Not answered, or no options are listed.
        """
        return self._ask_market(lambda asker: asker.parameters(symbol, seconds), seconds)

    def subscribe(self, instrument: Instrument) -> None:
        """Stream an instrument from now on, across reconnects, until `unsubscribe`; ticks come by `ticks`.

        Raises
        ------
        QuoteUnavailable
            TOO_MANY_LINES, NO_CONTRACT, or not connected: then nothing is subscribed.
        """

        async def ask(asker: market.Asker) -> None:
            if self._streams.request_of(instrument) >= 0:
                return
            if asker.lines_in_use + asker.session.quotes.open >= self._rules.lines:
                raise QuoteUnavailable(QuoteProblem.TOO_MANY_LINES, f"all {self._rules.lines} market data lines are in use")
            contract = await self._ids.find(asker.session, instrument, self._timeouts.question)
            request = asker.session.line.next_id()
            self._streams.add(instrument, request)
            asker.session.line.ask_market(request, contract, "", snapshot=False, regulatory=False)

        self._ask_market(ask, self._timeouts.question)

    def unsubscribe(self, instrument: Instrument) -> None:
        """Stream it no more."""

        async def end() -> None:
            request = self._streams.request_of(instrument)
            self._streams.drop(instrument)
            if request >= 0 and self._keeper.session is not None:
                self._keeper.session.line.stop_market(request)

        self._run(end(), self._timeouts.send)

    def ticks(self) -> list[MarketTick]:
        """What the subscriptions told since the last time, oldest first."""
        return self._streams.drain()

    def place(self, order: ComboOrder) -> None:
        """Send an order that the caller has recorded; what becomes of it comes as events under its key.

        Raises
        ------
        NotSent
            Nothing left the process: not ready, no contract, or a key that was used.
        OutcomeUnknown
            It may have left: do not send it again, reconcile.
        """
        seconds = self._timeouts.send

        async def send() -> None:
            await ordering.place(self._orders_session(), self._desk, self._ids, order, seconds)

        self._send(send(), f"order {order.key!r}")

    def replace(self, key: str, limit: Decimal) -> None:
        """Change the limit of a working order of ours, USD a share, net debit.

        Raises
        ------
        NotSent
            Nothing left the process.
        OutcomeUnknown
            It may have left.
        """

        async def send() -> None:
            ordering.replace(self._orders_session(), self._desk, key, limit)

        self._send(send(), f"the change of {key!r}")

    def cancel(self, key: str) -> None:
        """Ask to cancel an order of ours; it can still fill until the broker confirms.

        Raises
        ------
        NotSent
            Nothing left the process: not connected, or not ours to cancel.
        OutcomeUnknown
            It may have left; asking again is harmless.
        """

        async def send() -> None:
            ordering.cancel(self._any_session(), self._desk, key)

        self._send(send(), f"the cancellation of {key!r}")

    def cancel_everything(self) -> None:
        """Cancel every order of the login: other programs' and manual ones too.

        Raises
        ------
        NotSent, OutcomeUnknown
            As of `cancel`.
        """

        async def send() -> None:
            ordering.cancel_everything(self._any_session())

        self._send(send(), "cancelling everything")

    def picture(self, seconds: float) -> BrokerPicture:
        """Positions, open and completed orders and executions of today, for reconciliation; None in place of what was not answered."""
        empty = BrokerPicture(_now(), None, None, None, None)

        async def ask() -> BrokerPicture:
            session = self._keeper.session
            return empty if session is None else await asking.picture(session, seconds, _now)

        try:
            return self._run(ask(), seconds)
        except BrokerUnavailable:
            return empty

    def account(self, seconds: float) -> AccountFigures:
        """The account's money.

        Raises
        ------
        BrokerUnavailable
            Not connected or not answered.
        """

        async def ask() -> AccountFigures:
            return await asking.account(self._any_session(), seconds, _now)

        return self._run(ask(), seconds)

    def server_time(self, seconds: float) -> datetime:
        """The gateway's clock.

        Raises
        ------
        BrokerUnavailable
            Not connected or not answered.
        """

        async def ask() -> datetime:
            return await self._any_session().server_time(seconds)

        return self._run(ask(), seconds)

    def _ask_market(self, ask: Callable[[market.Asker], Coroutine[Any, Any, T]], seconds: float) -> T:
        async def work() -> T:
            session = self._keeper.session
            if session is None or self.state in (ConnectionState.DOWN, ConnectionState.CONNECTING, ConnectionState.NOT_READY):
                raise QuoteUnavailable(QuoteProblem.NOT_CONNECTED, f"{self.state.value}: {self.problem}")
            if self._keeper.blind:
                raise QuoteUnavailable(QuoteProblem.DEGRADED, self._keeper.blind)
            parts = (self._ids, self._rules, self._timeouts.legs_apart, self._costs, _now, len(self._streams))
            try:
                return await ask(market.Asker(session, *parts))
            except QuoteUnavailable:
                raise
            except (BrokerUnavailable, ConnectionError) as error:
                lost = session.gone.done()
                raise QuoteUnavailable(QuoteProblem.CONNECTION_LOST if lost else QuoteProblem.TIMEOUT, str(error)) from error

        return self._run(work(), 2 * seconds)  # contracts, then quotes: each within `seconds`

    def _orders_session(self) -> Session:
        if self._keeper.session is None or self.state is not ConnectionState.READY:
            raise NotSent(f"the connection is {self.state.value}, and new orders need it READY ({self.problem})")
        return self._keeper.session

    def _any_session(self) -> Session:
        if self._keeper.session is None:
            raise NotSent(f"the connection is {self.state.value} ({self.problem})")
        return self._keeper.session

    def _send(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            self._run(work, 2 * self._timeouts.send)
        except NotSent:
            raise
        except BrokerUnavailable as error:
            raise OutcomeUnknown(f"{what} may or may not have left: {error}; reconcile") from error

    def _run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        return self._thread.run(work, seconds)

    def _tell(self, event: BrokerEvent) -> None:
        if isinstance(event, ConnectionChanged):
            (self._ready.set if event.state is ConnectionState.READY else self._ready.clear)()
        if self._listener is None:
            return
        try:
            self._listener(event)
        except Exception:  # a listener is a caller's code on our thread: what it breaks must not end the connection
            LOG.exception("the listener of the gateway's events failed on %r; the event is lost to it", event)


def _now() -> datetime:
    """Our own clock: when something came to us, whatever the broker's clock says."""
    return datetime.now(UTC)
