"""The world outside the engine: the gateway, asked through the tape, so that a replay meets the same answers without any gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from alaris.broker import (
    AccountFigures,
    BrokerEvent,
    BrokerUnavailable,
    ComboOrder,
    ConnectionState,
    Instrument,
    MarketTick,
    NotSent,
    OrderStatement,
    OutcomeUnknown,
)
from alaris.live.wire import (
    event_from_plain,
    event_to_plain,
    figures_from_plain,
    figures_to_plain,
    picture_from_plain,
    picture_to_plain,
    tick_from_plain,
    tick_to_plain,
)
from alaris.records.reconciliation import BrokerPicture

if TYPE_CHECKING:
    from alaris.live.clock import Wall
    from alaris.live.tape import Tape

ENDED_WAITING = "ended while waiting for the gateway"
READY_NAP = 0.5  # seconds between two looks at whether the run is to end
Seen = tuple[BrokerPicture, AccountFigures | None]


class LiveGateway(Protocol):
    """The part of `alaris.broker.Gateway` that a live run needs."""

    @property
    def state(self) -> ConnectionState: ...
    @property
    def problem(self) -> str: ...
    @property
    def account_id(self) -> str: ...
    def wait_ready(self, seconds: float) -> bool: ...
    def place(self, order: ComboOrder) -> None: ...
    def replace(self, key: str, limit: Decimal) -> None: ...
    def cancel(self, key: str) -> None: ...
    def subscribe(self, instrument: Instrument) -> None: ...
    def unsubscribe(self, instrument: Instrument) -> None: ...
    def ticks(self) -> Sequence[MarketTick]: ...
    def watched_quotes(self, instruments: Sequence[Instrument], seconds: float) -> tuple[tuple[float, float, float, float] | None, ...]: ...
    def picture(self, seconds: float) -> BrokerPicture: ...
    def account(self, seconds: float) -> AccountFigures: ...


class World:
    """A gateway, what it told since it was last asked, and pictures of the account that were asked for meanwhile.

    Parameters
    ----------
    wall : Wall
        Whose moments the engine lives in; what the gateway tells is stamped with them.
    ring : callable
        Wakes the engine's thread; called from the gateway's.
    tell : callable
        Says to who watches what is waited for.
    """

    def __init__(self, wall: Wall, ring: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._wall = wall
        self._ring = ring
        self._tell = tell
        self._events: SimpleQueue[BrokerEvent] = SimpleQueue()
        self._pictures: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._gateway: LiveGateway | None = None
        self._leaving = False

    @property
    def gateway(self) -> LiveGateway:
        """The gateway.

        Raises
        ------
        BrokerUnavailable
            None was joined yet.
        """
        if self._gateway is None:
            raise BrokerUnavailable("no gateway is joined")
        return self._gateway

    def join(self, gateway: LiveGateway) -> None:
        """Use a gateway that was made with `listen`."""
        self._gateway = gateway

    def listen(self, event: BrokerEvent) -> None:
        """Take an event, on the gateway's thread."""
        self._events.put(event)
        self._ring()

    def leave(self) -> None:
        """Wait for nothing more; from any thread."""
        self._leaving = True

    def why_not_ready(self, seconds: float) -> str:
        """Wait until the account can be traded; why it cannot, empty where it can."""
        end, told = monotonic() + seconds, ""
        while not self._leaving and monotonic() < end:
            if self.gateway.wait_ready(min(seconds, READY_NAP)):
                self._tell(f"connection READY, account {self.gateway.account_id}")
                return ""
            found = f"waiting for the gateway: {self.gateway.state.value}, {self.gateway.problem or 'no answer yet'}"
            if found != told:
                self._tell(found)
            told = found
        return ENDED_WAITING if self._leaving else f"the gateway was not ready within {seconds:g} s: {self.gateway.problem or 'no answer'}"

    @property
    def waits(self) -> bool:
        """Whether something waits for the engine's thread."""
        return not (self._events.empty() and self._pictures.empty())

    def events(self) -> list[dict[str, Any]]:
        """What was told since the last call."""
        return [event_to_plain(self._timed(event)) for event in _drained(self._events)]

    def ticks(self) -> list[list[Any]]:
        """Ticks since the last call."""
        return [tick_to_plain(replace(tick, time=self._wall.at(tick.time))) for tick in self.gateway.ticks()]

    def quote(self, instrument: Instrument, seconds: float) -> list[float] | None:
        """Bid and ask now; None where there is no quote to believe."""
        try:
            (found,) = self.gateway.watched_quotes((instrument,), seconds)
        except BrokerUnavailable:
            return None
        return None if found is None else [found[0], found[1]]

    def pictures(self) -> list[dict[str, Any]]:
        """Pictures that have come since the last call."""
        return _drained(self._pictures)

    def picture(self, seconds: float) -> dict[str, Any]:
        """The account now; parts that the broker did not answer are None."""
        try:
            picture = replace(self.gateway.picture(seconds), at=self._wall.now())
        except BrokerUnavailable:
            picture = BrokerPicture(self._wall.now(), None, None, None, None)
        try:
            figures = figures_to_plain(self.gateway.account(seconds))
        except BrokerUnavailable:
            figures = None
        return {"picture": picture_to_plain(picture), "figures": figures}

    def ask_picture(self, seconds: float) -> None:
        """Let a picture be taken beside the engine's thread; it comes with `pictures`."""

        def take() -> None:
            self._pictures.put(self.picture(seconds))
            self._ring()

        Thread(target=take, name="alaris-picture", daemon=True).start()

    def _timed(self, event: BrokerEvent) -> BrokerEvent:
        if isinstance(event, OrderStatement):
            return replace(event, at=self._wall.at(event.at))
        return event  # an execution keeps the broker's own time: the same execution is told again, and must look the same


class TapedGateway:
    """The gateway as the engine's thread sees it: each question goes to the tape; in a replay there is no world behind it."""

    def __init__(self, tape: Tape, world: World) -> None:
        self._tape = tape
        self._world = world

    @property
    def state(self) -> ConnectionState:
        """How far the connection can be trusted."""
        return ConnectionState(self._tape.take("state", lambda: self._world.gateway.state.value) or ConnectionState.DOWN)

    def why_not_ready(self, seconds: float) -> str:
        """Wait until the account can be traded; why it cannot, empty where it can."""
        return str(self._tape.take("not_ready", lambda: self._world.why_not_ready(seconds)) or "")

    def place(self, order: ComboOrder) -> None:
        """Send an order."""
        self._outcome("place", lambda: self._world.gateway.place(order))

    def replace(self, key: str, limit: Decimal) -> None:
        """Send another limit of a working order."""
        self._outcome("replace", lambda: self._world.gateway.replace(key, limit))

    def cancel(self, key: str) -> None:
        """Ask to cancel a working order."""
        self._outcome("cancel", lambda: self._world.gateway.cancel(key))

    def subscribe(self, instrument: Instrument) -> None:
        """Begin to stream."""
        self._outcome("subscribe", lambda: self._world.gateway.subscribe(instrument))

    def unsubscribe(self, instrument: Instrument) -> None:
        """Stop streaming."""
        self._outcome("unsubscribe", lambda: self._world.gateway.unsubscribe(instrument))

    def events(self) -> list[BrokerEvent]:
        """What was told since the last call."""
        return [event_from_plain(one) for one in self._tape.take("events", self._world.events) or ()]

    def ticks(self) -> list[MarketTick]:
        """Ticks since the last call."""
        return [tick_from_plain(one) for one in self._tape.take("ticks", self._world.ticks) or ()]

    def quote(self, instrument: Instrument, seconds: float) -> tuple[float, float] | None:
        """Bid and ask now; None where there is no quote to believe."""
        found = self._tape.take("quote", lambda: self._world.quote(instrument, seconds))
        return (found[0], found[1]) if found else None

    def pictures(self) -> list[Seen]:
        """Pictures that have come since the last call."""
        return [_seen(one) for one in self._tape.take("pictures", self._world.pictures) or ()]

    def picture(self, seconds: float) -> Seen:
        """The account now."""
        return _seen(self._tape.take("picture", lambda: self._world.picture(seconds)))

    def ask_picture(self, seconds: float) -> None:
        """Let a picture be taken; it comes with `pictures`."""
        self._tape.take("ask_picture", lambda: self._world.ask_picture(seconds))

    def _outcome(self, kind: str, act: Callable[[], None]) -> None:
        """Do something, and remember how it ended."""
        ended = self._tape.take(kind, lambda: _ended(act))
        if ended:
            error = _OUTCOMES[ended["error"]]
            raise error(ended["text"])


_OUTCOMES: Mapping[str, type[NotSent] | type[OutcomeUnknown] | type[BrokerUnavailable]] = MappingProxyType(
    {"NotSent": NotSent, "OutcomeUnknown": OutcomeUnknown, "BrokerUnavailable": BrokerUnavailable}  # the narrower before the wider
)


def _ended(act: Callable[[], None]) -> dict[str, str] | None:
    try:
        act()
    except (OutcomeUnknown, BrokerUnavailable) as error:
        kind = next(name for name, one in _OUTCOMES.items() if isinstance(error, one))
        return {"error": kind, "text": str(error).removeprefix(f"{error.provider}: ")}
    return None


def _seen(plain: dict[str, Any]) -> Seen:
    figures = plain["figures"]
    return picture_from_plain(plain["picture"]), figures_from_plain(figures) if figures else None


def _drained(queue: SimpleQueue[Any]) -> list[Any]:
    found = []
    while True:
        try:
            found.append(queue.get_nowait())
        except Empty:
            return found
