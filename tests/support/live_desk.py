"""A live run on a gateway in memory, under a clock that jumps: everything but the socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from memory_gateway import MemoryGateway
from small_data_folder import write_folder

from alaris.broker import BrokerEvent, GatewayAddress, QuoteTick, Share, TradeTick, contract_name, instrument_of
from alaris.journal.store import Journal
from alaris.live.contracts import instrument_of_symbol
from alaris.live.launch import Plan, started
from alaris.live.session import LiveRules, Session
from alaris.live.tape import START, RecordingTape, Tape
from alaris_runner.engine.engine import Engine, RunSettings
from alaris_runner.live import run_live
from alaris_runner.run import RunOutcome

FRONT, BACK = "YUM 170217C67.5", "YUM 170317C67.5"
BEGAN = datetime(2017, 2, 8, 14, 59, tzinfo=UTC)  # 09:59 in New York, a session


KEY = "T1|entry|1"
BUYER = """
from AlgorithmImports import *

class Buyer(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        legs = [Symbol.create_option(self.stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 67.5, day)
                for day in (datetime(2017, 2, 17), datetime(2017, 3, 17))]
        self.front, self.back = (self.add_option_contract(leg, Resolution.MINUTE).symbol for leg in legs)
        self.tickets = []

    def on_data(self, data):
        quotes = data.quote_bars
        if not self.tickets and self.front in quotes and self.back in quotes:
            self.log(f"bid {quotes[self.front].bid.close} ask {quotes[self.back].ask.close} live {self.live_mode}")
            legs = [Leg.create(self.front, -1), Leg.create(self.back, 1)]
            self.tickets = self.combo_limit_order(legs, 2, 1.15, tag="T1 entry")

    def on_order_event(self, event):
        fee = event.order_fee.value.amount
        self.log(f"{event.symbol.value[6:12]} {str(event.status)} {event.fill_quantity:g} @ {event.fill_price} fee {fee:.2f}")
"""

DECIDER = """
import json
from AlgorithmImports import *

class Decider(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        legs = [Symbol.create_option(self.stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 67.5, day)
                for day in (datetime(2017, 2, 17), datetime(2017, 3, 17))]
        self.front, self.back = (self.add_option_contract(leg, Resolution.MINUTE).symbol for leg in legs)
        self.tickets = []
        self.schedule.on(self.date_rules.today, self.time_rules.at(10, 20), self.cancel)

    def decide(self, **entry):
        with open(self.get_parameter("sources.journal"), "a") as file:
            file.write(json.dumps({"as_of": f"{self.time.isoformat()}-05:00", **entry}) + "\\n")

    def on_data(self, data):
        quotes = data.quote_bars
        if self.front not in quotes or self.back not in quotes:
            return
        debit = quotes[self.back].ask.close - quotes[self.front].bid.close
        if not self.tickets:
            legs = [Leg.create(self.front, -1), Leg.create(self.back, 1)]
            self.tickets = self.combo_limit_order(legs, 2, round(debit, 2), tag="T1 entry")
        if self.time.minute % 5 == 0:
            self.decide(debit=round(debit, 6), cash=self.portfolio.cash)

    def cancel(self):
        self.decide(cancelled=[str(ticket.cancel().is_success) for ticket in self.tickets[:1]])

    def on_order_event(self, event):
        self.decide(event=str(event.status), quantity=event.fill_quantity, price=event.fill_price)

    def on_command(self, data):
        self.decide(command=data["action"], why=data["why"])
        return True
"""


class JumpingWall:
    """A wall clock that jumps when somebody waits; `plan` is what happens at which moment, on the waiting thread."""

    def __init__(self, start: datetime = BEGAN) -> None:
        self.time = start
        self.plan: list[tuple[datetime, Callable[[], None]]] = []

    def now(self) -> datetime:
        self._move(timedelta(seconds=0.25))  # each look takes a little, so that waiting ends
        return self.time

    def at(self, real: datetime) -> datetime:
        return real

    def real_seconds(self, seconds: float) -> float:
        self._move(timedelta(seconds=max(0.0, seconds - 0.25)))
        return 0.0

    def then(self, seconds: float, act: Callable[[], None]) -> None:
        """Let something happen some seconds after the start."""
        self.plan.append((BEGAN + timedelta(seconds=seconds), act))
        self.plan.sort(key=lambda one: one[0])

    def _move(self, span: timedelta) -> None:
        until = self.time + span
        if self.plan and self.plan[0][0] <= until:
            when, act = self.plan.pop(0)
            self.time = max(self.time, when)
            act()
        else:
            self.time = until


class Desk:
    """A run of one algorithm text: its wall, gateway, journal, and what it logged."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.data = folder, data
        self.wall = JumpingWall()
        self.journal = Journal(str(folder / "journal.db"), environment={})
        self.gateway = MemoryGateway(self._told, now=lambda: self.wall.time)
        self.tape: Tape = RecordingTape(folder / "record")
        self.rules = LiveRules(last_day=date(2017, 2, 8), results_every=timedelta(hours=2))
        self.engine: Engine | None = None
        self.session: Session
        self.shadow = False

    def quote(self, name: str, bid: float, ask: float) -> None:
        """A quote arrives."""
        self.gateway.waiting_ticks.append(QuoteTick(instrument_of(name), self.wall.time, bid, 10, ask, 10))

    def trade(self, price: float) -> None:
        """A trade of the stock arrives."""
        self.gateway.waiting_ticks.append(TradeTick(Share("YUM"), self.wall.time, price, 100))

    def market(self, seconds: float) -> None:
        """Quote stock and both legs at a moment: natural debit 1.15, middle 1.025."""

        def act() -> None:
            self.trade(67.0)
            self.quote(FRONT, 1.00, 1.10)
            self.quote(BACK, 2.00, 2.15)

        self.wall.then(seconds, act)

    def run(self, text: str) -> RunOutcome:
        """Run the algorithm until its last day is over or it quits."""
        file = self.folder / "algorithm.py"
        file.write_text(text)
        self.session = Session(self.wall, self.tape, self.journal, self.folder / "decisions.jsonl", self.rules, shadow=self.shadow)
        self.session.world.join(self.gateway)
        parameters = {"sources.journal": str(self.folder / "decisions.jsonl")}
        self.tape.note(START, self._start(file, parameters))
        settings = RunSettings(self.data, self.folder / "output", parameters, storage=self.folder / "storage")
        outcome = run_live(file, settings, self.session, self._keep)
        self.session.finish()
        return outcome

    def _start(self, file: Path, parameters: dict[str, str]) -> dict[str, object]:
        output, record = self.folder / "output", self.folder / "record"
        plan = Plan(file, self.data, output, record, self.journal.name, GatewayAddress(), parameters, self.shadow, self.rules)
        return started(plan, self.session.moment, self.journal)

    def _told(self, event: BrokerEvent) -> None:
        self.session.world.listen(event)

    def _keep(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def log(self) -> list[str]:
        """What the run wrote, without times."""
        return [line[20:] for line in (self.folder / "output" / "run-log.txt").read_text().splitlines()]

    @property
    def held(self) -> dict[str, float]:
        """What the engine holds, by contract."""
        assert self.engine is not None
        return {contract_name(instrument_of_symbol(one.symbol)): one.quantity for one in self.engine.portfolio.held}

    def kinds(self) -> list[str]:
        """Kinds of the journal's records, in order."""
        return [record.kind for record in self.journal.records()]


@contextmanager
def opened_desk(folder: Path) -> Iterator[Desk]:
    """A desk on a folder of its own."""
    found = Desk(folder, write_folder(folder / "data"))
    yield found
    found.journal.close()
