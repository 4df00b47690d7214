"""One live run: the engine's connections (`alaris_runner.engine.engine.Live`), what wakes it, and the commands of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alaris.broker import BrokerUnavailable, ConnectionChanged, ConnectionState
from alaris.domain import NEW_YORK
from alaris.live.account import Account
from alaris.live.brokerage import UNHEARD, IbkrBrokerage, Patience, Surroundings
from alaris.live.clock import Ears, LiveClock, Wall
from alaris.live.commands import Commands
from alaris.live.contracts import instrument_of_symbol
from alaris.live.feed import IbkrFeed
from alaris.live.gate import Gate
from alaris.live.shadow import ShadowBrokerage
from alaris.live.tape import DECISION, Tape
from alaris.live.world import TapedGateway, World
from alaris.records.halts import BreakerBook
from alaris.records.order_book import OrderBook
from alaris_runner.api.bars import Bar, QuoteBar
from alaris_runner.api.enums import SecurityType
from alaris_runner.api.schedule import ScheduledEvent
from alaris_runner.data.universe_files import UniverseFiles
from alaris_runner.engine.live_feed import LiveDataManager, TickStore

if TYPE_CHECKING:
    from alaris.journal.store import Journal
    from alaris_runner.api.algorithm import QCAlgorithm
    from alaris_runner.api.securities import Security
    from alaris_runner.brokerage.brokerage import Brokerage
    from alaris_runner.brokerage.transactions import TransactionHandler
    from alaris_runner.data.folder import DataFolder
    from alaris_runner.engine.clock import Clock
    from alaris_runner.engine.data_manager import DataManager
    from alaris_runner.engine.engine import Engine

Tell = Callable[[str], None]
FOR_EVER = date(2049, 12, 31)
LONGEST_KEY = 60
TRADED = frozenset({SecurityType.EQUITY, SecurityType.OPTION})
SEED_PERIOD = timedelta(minutes=1)
TOLD = ("symbol", "outcome", "rejected_phase", "reason", "side", "action", "limit", "text")
NO_UNIVERSES = "none-live"  # whole chains take more market data lines than an account has: the chain hook answers in their place


@dataclass(frozen=True, slots=True)
class LiveRules:
    """Numbers of a live run.

    `lines` of market data, `allowance` for late ticks, `ready_seconds` to wait for the gateway at the start, `seed_seconds` for the first
    quote of a contract that is added, `results_every` between two
    writings of the results, `reconcile_at` New York's time of the daily comparison.
    """

    lines: int = 40
    allowance: timedelta = timedelta(seconds=2)
    ready_seconds: float = 60.0
    seed_seconds: float = 2.0
    results_every: timedelta = timedelta(minutes=5)
    reconcile_at: time = time(8, 30)
    patience: Patience = field(default_factory=Patience)
    last_day: date = FOR_EVER

    def to_plain(self) -> dict[str, Any]:
        """As plain JSON: a replay needs the same numbers."""
        spans = {"allowance": self.allowance, "results_every": self.results_every}
        patience = {f"patience_{name}": getattr(self.patience, name) for name in ("answer", "fee", "price", "leg")}
        return {
            "lines": self.lines,
            "ready_seconds": self.ready_seconds,
            "seed_seconds": self.seed_seconds,
            "reconcile_at": self.reconcile_at.isoformat(),
            "last_day": self.last_day.isoformat(),
            **{name: span.total_seconds() for name, span in (spans | patience).items()},
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> LiveRules:
        """What `to_plain` gave."""

        def span(name: str) -> timedelta:
            return timedelta(seconds=plain[name])

        return cls(
            lines=plain["lines"],
            ready_seconds=plain["ready_seconds"],
            seed_seconds=plain["seed_seconds"],
            reconcile_at=time.fromisoformat(plain["reconcile_at"]),
            last_day=date.fromisoformat(plain["last_day"]),
            allowance=span("allowance"),
            results_every=span("results_every"),
            patience=Patience(*(span(f"patience_{name}") for name in ("answer", "fee", "price", "leg"))),
        )


def silent(_: str) -> None:
    """Nobody watches."""


class Session:
    """What a live run is made of; the same in a replay, where the tape has nobody to ask."""

    def __init__(
        self, wall: Wall, tape: Tape, journal: Journal, decisions: Path, rules: LiveRules, *, shadow: bool = False, tell: Tell = silent
    ) -> None:
        self._tape = tape
        self._rules = rules
        self._shadow = shadow
        self._journal = journal
        self._decisions = Tail(decisions)
        self._clock = LiveClock(wall, tape, Ears(self._pending, self.note_decisions, self.stop), rules.allowance)
        self.world = World(wall, self._clock.ring, tell)
        self._tell = tell
        self._gateway = TapedGateway(tape, self.world)
        self._gate = Gate(self._say)
        self._account = Account(journal, OrderBook(journal), self._gate, self._gateway, lambda: self._clock.moment)
        self._stop_asked = False
        self._loaded = self._is_ready = False
        self._is_connected = True
        self._engine: Engine | None = None
        self._feed: IbkrFeed | None = None
        self.commands = Commands(tape, lambda: self._engine, self._status, self.stop)

    # What the engine is connected to

    @property
    def clock(self) -> Clock:
        """The wall clock."""
        return self._clock

    @property
    def moment(self) -> datetime:
        """The moment the engine lives in, aware."""
        return self._clock.moment

    @property
    def last_day(self) -> date:
        """The last day of a run that nobody ends before."""
        return self._rules.last_day

    def connect(
        self, folder: DataFolder, utc_now: Callable[[], datetime], initializers: Callable[[], Iterable[Callable[[Security], Any]]]
    ) -> DataManager:
        """Make the data manager on the gateway's ticks."""
        folder.universe_files = UniverseFiles(folder.path / NO_UNIVERSES, folder.map_files)
        manager = LiveDataManager(folder, utc_now, lambda: [*initializers(), self._seed])
        self._feed = IbkrFeed(self._gateway, self._gateway.ticks, self._rules.lines, self._say)
        manager.source, manager.store = self._feed, TickStore(self._feed)
        return manager

    def brokerage(self, handler: TransactionHandler) -> Brokerage:
        """Make the account."""
        around = Surroundings(
            self._gateway,
            self._account.book,
            self._gate,
            self._gateway.events,
            lambda: self._clock.moment,
            self._unused_key,
            self._changed,
            self._alert,
            self._halted,
            self._rules.patience,
        )
        return ShadowBrokerage(handler, around) if self._shadow else IbkrBrokerage(handler, around)

    def begin(self, engine: Engine) -> None:
        """Wait for the gateway, compare and load the account, and keep what recurs.

        Raises
        ------
        BrokerUnavailable
            The gateway was not ready in time.
        """
        self._engine = engine
        engine.results.listeners += [self.commands.hear, self._tell]
        brokerage = self._brokerage_of(engine)
        self._account.open(engine, brokerage)
        problem = self._gateway.why_not_ready(self._rules.ready_seconds)
        if problem:
            raise BrokerUnavailable(problem)
        self._is_ready = True
        brokerage.poll()  # what was told while it connected: the account is loaded next
        self._account.load()
        self._loaded = True
        if self._feed is not None:
            self._feed.resume()
        engine.real_time.add(ScheduledEvent("reconciliation", self._mornings(), self._account.ask))
        engine.real_time.add(ScheduledEvent("results", self._recurring(self._rules.results_every), self._write_results))

    def attend(self, engine: Engine) -> None:
        """Do on the engine's thread what woke the clock, beside the account's own events."""
        self._account.attend()
        self.commands.attend()
        if self._stop_asked:
            engine.quit_requested = True

    def note_decisions(self) -> None:
        """Keep what was decided since the last time."""
        for line in self._decisions.news():
            self._tape.note(DECISION, line)
            if text := _in_short(line):
                self._tell(text)

    def finish(self) -> None:
        """Keep what was said last."""
        self.note_decisions()
        self._tape.flush(self._clock.moment)

    def stop(self) -> None:
        """End the run at the next moment; from any thread, or a signal."""
        self._stop_asked = True
        self.world.leave()
        self.ring()

    def ring(self) -> None:
        """Let the engine's thread look at what waits; from any thread."""
        self._clock.ring()

    def _seed(self, security: Security) -> None:
        """Give a contract that is added during the run its present quote: an order may follow before its first bar."""
        if not self._is_ready or security.symbol.is_canonical() or security.symbol.security_type not in TRADED:
            return
        quote = self._gateway.quote(instrument_of_symbol(security.symbol), self._rules.seed_seconds)
        if quote is not None:
            bid, ask = (Bar(price, price, price, price) for price in quote)
            now = security.local_time
            security.set_market_price(QuoteBar(now - SEED_PERIOD, security.symbol, bid, 0.0, ask, 0.0, SEED_PERIOD))

    # What wakes it

    def _pending(self, now: datetime) -> bool:
        return self._stop_asked or self.world.waits or self.commands.waits or any(due <= now for due in self._deadlines())

    def _deadlines(self) -> Iterator[datetime]:
        if self._engine is not None:
            due = self._brokerage_of(self._engine).next_deadline()
            if due is not None:
                yield due
        retry = self._account.next_deadline()
        if retry is not None:
            yield retry

    def _brokerage_of(self, engine: Engine) -> IbkrBrokerage:
        brokerage = engine.transactions.brokerage
        if not isinstance(brokerage, IbkrBrokerage):
            raise TypeError("a live run needs its own brokerage")
        return brokerage

    def _changed(self, event: ConnectionChanged | None) -> None:
        """A connection changed, or something asks for a reconciliation; the account is loaded anyway before the first step."""
        if not self._loaded:
            return
        if event is not None and self._engine is not None:
            self._tell_connection(self._engine.algorithm, event.state)
        if event is None or event.state is ConnectionState.READY:
            self._account.ask()
        if event is not None and event.state is ConnectionState.READY and self._feed is not None:
            self._feed.resume()

    def _tell_connection(self, algorithm: QCAlgorithm, state: ConnectionState) -> None:
        """Tell the algorithm once of each loss and each return."""
        if state in UNHEARD and self._is_connected:
            self._is_connected = False
            algorithm.on_brokerage_disconnect()
        elif state is ConnectionState.READY and not self._is_connected:
            self._is_connected = True
            algorithm.on_brokerage_reconnect()

    def _halted(self) -> str:
        def ask() -> str:
            halt = BreakerBook(self._journal).state().entry_halt()
            return f"{halt.breaker.value}: {halt.why}" if halt is not None else ""

        return str(self._tape.take("halted", ask) or "")

    def _unused_key(self, words: str) -> str:
        def ask() -> str:
            stem = words.encode("ascii", "ignore").decode()[: LONGEST_KEY - 6]
            return next(key for n in count(1) if not self._account.book.knows(key := f"{stem}|{n}"))

        return str(self._tape.take("key", ask))

    def _mornings(self) -> Iterator[datetime]:
        day = self._clock.moment.astimezone(NEW_YORK).date()
        for n in count(0):
            when = datetime.combine(day + timedelta(days=n), self._rules.reconcile_at, NEW_YORK).astimezone(UTC)
            if when > self._clock.moment:
                yield when.replace(tzinfo=None)

    def _recurring(self, every: timedelta) -> Iterator[datetime]:
        start = self._clock.now()
        return (start + n * every for n in count(1))

    def _status(self, engine: Engine) -> dict[str, Any]:
        orders = [_order_row(order) for order in engine.transactions.open_orders()]
        held = [{"symbol": one.symbol.value, "quantity": one.quantity} for one in engine.portfolio.held]
        state = BreakerBook(self._journal).state()
        return {
            "connection": self.world.gateway.state.value,
            "shadow": self._shadow,
            "trades": held,
            "orders": orders,
            "halts": [halt.breaker.value for halt in state.active],
            "entries_forbidden": self._gate.reason,
            "moment": self._clock.moment.isoformat(),
        }

    def _write_results(self) -> None:
        if self._engine is not None:
            self._engine.results.write(self._engine.algorithm_time)

    def _alert(self, text: str) -> None:
        """Tell a person: in the journal, from which the alerts go out, and in the log."""
        self._journal.append("alert", {"title": "live", "text": text, "at": self._clock.moment})
        if self._engine is not None:
            self._engine.log_error(text)

    def _say(self, text: str) -> None:
        if self._engine is not None:
            self._engine.log_debug(text)


class Tail:
    """New whole lines of a file that another part of the process appends to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.stat().st_size if path.is_file() else 0

    def news(self) -> list[str]:
        """Lines since the last call."""
        if not self._path.is_file():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        return whole.decode().splitlines()


def _in_short(line: str) -> str:
    """A line of the decisions in a few words; empty where it says nothing of a symbol, an alert or an order."""
    entry = json.loads(line)
    entry["reason"] = (entry.get("rejection") or {}).get("reason")
    words = [str(entry[name]) for name in TOLD if entry.get(name) is not None]
    numbers = [f"{name} {entry[name]:.2f}" for name in ("unrealized", "expected") if isinstance(entry.get(name), float)]
    return " ".join([entry["kind"], *words, *numbers]) if words and "kind" in entry else ""


def _order_row(order: Any) -> dict[str, Any]:
    return {"key": ",".join(order.broker_id), "symbol": order.symbol.value, "quantity": order.quantity, "status": order.status.name}
