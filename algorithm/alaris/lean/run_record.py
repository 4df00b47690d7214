"""What a run leaves behind beside LEAN's own result files: its decisions, its settings, where its data came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from alaris.domain import Decision
from alaris.records import Origin, write_run

if TYPE_CHECKING:
    from pathlib import Path

    from alaris.lean.folder import DataFolder
    from alaris.lean.trades import Trade
    from alaris.plugins import PluginManager
    from alaris.risk.breakers import HaltRecord
    from alaris.risk.scenarios import ScenarioRisk
    from alaris.settings import Settings
    from alaris.workflow import Health, Workflow


class RunRecord:
    """Every decision of one run by its trade id, newest state; each change goes to the journal at once."""

    def __init__(
        self, settings: Settings, folder: DataFolder, workflow: Workflow, plugins: PluginManager, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._workflow = workflow
        self._plugins = plugins
        self.now = clock
        self._decisions: dict[str, Decision] = {}
        self._told: set[tuple[str, date]] = set()

    def decided(self, decision: Decision, kind: str = "decision") -> None:
        """Keep a decision's new state and send it to the journal."""
        self._decisions[decision.trade_id] = decision
        self._workflow.record(decision, kind)

    def alert(self, decision: Decision, text: str) -> None:
        """Tell a person, and the journal, of what needs looking at."""
        named = {"trade_id": decision.trade_id, "symbol": decision.symbol, "text": text}
        self._tell(f"{decision.symbol} {decision.trade_id}", text, named, self.now())

    def rung(self, trade: Trade, action: str, rung: int, limit: float, contracts: int) -> None:
        """Note one step of an order before it is taken: placed, replaced at the next limit, or cancelled."""
        side = "exit" if trade.is_open else "entry"
        step = {"side": side, "action": action, "rung": rung, "limit": limit, "contracts": contracts, "as_of": self.now().isoformat()}
        self._plugins.record("rung", {"trade_id": trade.decision.trade_id, "symbol": trade.decision.symbol, **step})

    def health(self, decision: Decision, found: Health) -> None:
        """Note a health check; what it says a person should look at is told once a day."""
        now = self.now()
        self._plugins.record(
            "health", {"trade_id": decision.trade_id, "symbol": decision.symbol, "as_of": now.isoformat(), **asdict(found)}
        )
        for text in found.alerts:
            if (decision.trade_id, now.date()) not in self._told:
                self._told.add((decision.trade_id, now.date()))
                self.alert(decision, text)

    def risk(self, found: ScenarioRisk) -> None:
        """Note the scenario risk of what is open; nothing where nothing is."""
        if found.symbols:
            worst = {symbol: found.worst_of(symbol) for symbol in sorted(set(found.symbols))}
            self._plugins.record("risk", {"as_of": self.now().isoformat(), "worst": found.worst_case(), "by_symbol": worst})

    def notice(self, title: str, text: str) -> None:
        """Tell a person, and the journal, of something that belongs to no decision."""
        self._tell(title, text, {"title": title, "text": text}, self.now())

    def halted(self, halt: HaltRecord) -> None:
        """Tell of a breaker that tripped or was ended: which, who, when and why."""
        named = {"breaker": halt.breaker, "action": halt.action, "who": halt.who, "why": halt.why}
        self._tell(f"{halt.breaker} {halt.action}", f"{halt.who}: {halt.why}", named, halt.when)

    def _tell(self, title: str, text: str, entry: Mapping[str, str], when: datetime) -> None:
        self._plugins.notify(title=title, text=text, as_of=when)
        self._plugins.record("alert", {**entry, "as_of": when.isoformat()})

    def awaiting_reaction(self, today: date) -> set[str]:
        """Tickers whose report was decided on and whose reaction session has not closed yet: their chain is still wanted."""
        return {decision.symbol for decision in self._decisions.values() if decision.report and decision.report.reaction_session >= today}

    def note_reactions(self) -> None:
        """At the close of a reaction session, keep the term structure that the report left behind, for refused decisions too."""
        now = self.now()
        for decision in list(self._decisions.values()):
            reacted = decision.report is not None and decision.report.reaction_session == now.date()
            if reacted and decision.term_structure and not decision.term_structure_after:
                after = self._workflow.curve_at(decision, now)
                self._decisions[decision.trade_id] = replace(decision, term_structure_after=after)

    def write(self, folder: Path) -> None:
        """Write the run's folder."""
        decisions = tuple(self._decisions.values())
        curves = {decision.trade_id: _curves(decision) for decision in decisions if decision.term_structure}
        write_run(folder, decisions, self._settings, self._origin(), curves)

    def _origin(self) -> Origin:
        calendar = self._settings.sources.calendar
        notes = []
        if self._settings.universe.minimum_sources == 1:
            notes.append(f"One calendar source is enough in profile {self._settings.profile}; paper and live need two that agree.")
        if not self._settings.enforce_verdicts:
            notes.append(f"Profile {self._settings.profile} records what the guards refuse and trades all the same, at natural.")
        seed = self._folder.seed
        return Origin(str(self._folder.path), seed is not None, seed, {"path": calendar, "source": "CSV"}, tuple(notes))


def _curves(decision: Decision) -> dict[str, dict[str, list[float]]]:
    stages = {"before": decision.term_structure, "after": decision.term_structure_after}
    return {
        stage: {"days": [days for days, _ in points], "volatility": [volatility for _, volatility in points]}
        for stage, points in stages.items()
        if points
    }
