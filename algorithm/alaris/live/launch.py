"""Start a live run: hold the account, open its journal and its record, connect the gateway, listen for commands, and end cleanly."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Any

from alaris.broker import BrokerEvent, Gateway, GatewayAddress
from alaris.live.clock import RealWall, Wall
from alaris.live.session import LiveRules, Session, Tell, silent
from alaris.live.tape import START, RecordingTape
from alaris.operations.commands import CommandServer
from alaris.operations.control import held, socket_path
from alaris.operations.emergency import refuse_after_emergency
from alaris.plugins.journal import open_journal
from alaris.plugins.taping import answer_tape
from alaris_runner.live import run_live

if TYPE_CHECKING:
    from alaris.journal.store import Journal
    from alaris_runner.run import RunOutcome

MakeGateway = Callable[[GatewayAddress, Callable[[BrokerEvent], None]], Gateway]
NAME = "live"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run, on which account, and where its traces go.

    `journal` is the address of the account's journal, `record` the folder of what was seen, `output` that of the results and of the
    object store, which outlive a restart.
    """

    file: Path
    data_folder: Path
    output: Path
    record: Path
    journal: str
    address: GatewayAddress
    parameters: dict[str, str] = field(default_factory=dict)
    shadow: bool = False
    rules: LiveRules = field(default_factory=LiveRules)

    @property
    def decisions(self) -> Path:
        """File to which the decisions are written at once."""
        return Path(self.parameters.get("sources.journal") or self.output / "journal.jsonl")

    @property
    def storage(self) -> Path:
        """Folder of the object store."""
        return self.output / "storage"

    @property
    def stated(self) -> dict[str, str]:
        """Parameters of the algorithm, with what a live run adds."""
        own = {"sources.journal": str(self.decisions), "sources.journal_url": self.journal}
        return {**self.parameters, **own}


def launch(plan: Plan, *, wall: Wall | None = None, make_gateway: MakeGateway = Gateway, tell: Tell | None = None) -> RunOutcome:
    """Run until it is ended by a signal, a command or the algorithm; `tell` hears each message of the run, for who watches.

    Raises
    ------
    ConfigurationError
        Another process trades the account, or an emergency stop stands.
    BrokerUnavailable
        The gateway was not ready in time.
    """
    wall = wall or RealWall()
    plan.output.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        stack.enter_context(held(plan.journal))
        journal = stack.enter_context(open_journal(plan.journal))
        refuse_after_emergency(journal)
        tape = RecordingTape(plan.record)
        session = Session(wall, tape, journal, plan.decisions, plan.rules, shadow=plan.shadow, tell=tell or silent)
        tape.note(START, started(plan, session.moment, journal))
        gateway = make_gateway(plan.address, session.world.listen)
        gateway.start()
        stack.callback(gateway.stop)
        session.world.join(gateway)
        stack.enter_context(_served(session, plan.journal, journal))
        stack.enter_context(_signalled(session))
        stack.callback(session.finish)
        return _run(plan, session, tape)


def _run(plan: Plan, session: Session, tape: RecordingTape) -> RunOutcome:
    from alaris_runner.engine.engine import RunSettings  # noqa: PLC0415 - the engine takes time to import; a wrong plan is refused before

    settings = RunSettings(plan.data_folder.resolve(), plan.output.resolve(), plan.stated, NAME, NAME, plan.storage.resolve())
    token = answer_tape.set(tape)
    try:
        return run_live(plan.file, settings, session)
    finally:
        answer_tape.reset(token)


def started(plan: Plan, moment: datetime, journal: Journal) -> dict[str, Any]:
    """What a replay must know of a start."""
    head = journal.head()
    storage = plan.storage
    files = sorted(path for path in storage.rglob("*") if path.is_file()) if storage.is_dir() else []
    return {
        "at": moment.isoformat(),
        "file": str(plan.file.resolve()),
        "data_folder": str(plan.data_folder.resolve()),
        "parameters": plan.parameters,
        "journal": plan.journal,
        "journal_head": head.sequence if head is not None else 0,
        "shadow": plan.shadow,
        "rules": plan.rules.to_plain(),
        "storage": {str(path.relative_to(storage)): path.read_text() for path in files},
    }


@contextmanager
def _served(session: Session, address: str, journal: Journal) -> Iterator[None]:
    """Listen for commands while the run lasts."""
    server = CommandServer(socket_path(address), session.commands.handle, record=journal.append, bell=session.ring)
    server.start()
    session.commands.server = server
    try:
        yield
    finally:
        server.stop()


@contextmanager
def _signalled(session: Session) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the run at the next moment, results written; a second Ctrl-C ends it where it stands."""
    if current_thread() is not main_thread():
        yield
        return

    def end(number: int, _frame: FrameType | None) -> None:
        session.stop()
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)

    before = [(number, signal.signal(number, end)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
