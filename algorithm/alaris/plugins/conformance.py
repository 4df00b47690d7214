"""The conformance kit: what every plugin must survive, as numbered cards, for authors to run in their own tests.

from alaris.plugins.conformance import require
from quiet_names import plugin

def test_conformance() -> None:
    require(plugin)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from alaris.domain import PluginError
from alaris.plugins import samples
from alaris.plugins.answers import GUARDS
from alaris.plugins.calls import plain
from alaris.plugins.manager import PluginManager
from alaris.plugins.time_budget import Raised, run_here
from alaris.risk.portfolio import Portfolio
from alaris.settings import Settings

NAME = "plugin under test"
LONG_AGO = datetime(1990, 1, 2, 21, tzinfo=UTC)
SINKS = frozenset({"record", "notify", "command"})
CARDS: Mapping[str, str] = {
    "PC01": "loads: the factory takes Settings and returns an object whose hooks and arguments the contract knows",
    "PC02": "answers: on ordinary input each hook answers what it promises, within its time budget, or None where advice knows nothing",
    "PC03": "never early: asked as of 1990, it tells nothing that became known later",
    "PC04": "does not know everything: asked for a symbol that nobody trades, it does not fail",
    "PC05": "guards stand: an empty chain, quotes that are NaN and a missing history get a verdict, not an error",
    "PC06": "repeatable: the same question twice gets the same answer",
    "PC07": "leaves its arguments as they were",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one card found of one hook."""

    card: str
    hook: str
    passed: bool
    note: str = ""


Factory = Callable[[Settings], object]
Questions = Mapping[str, Mapping[str, Any]]


def check(factory: Factory, settings: Settings | None = None) -> tuple[Finding, ...]:
    """Findings of all cards; the other cards are not tried where PC01 fails."""
    settings = settings or Settings()
    patient = settings.model_copy(update={"plugins": settings.plugins.model_copy(update={"strikes": 1_000_000, "disabled": ()})})
    manager = PluginManager(patient)
    loaded = run_here(lambda: manager.register(factory(patient), NAME))
    if isinstance(loaded, Raised):
        return (Finding("PC01", "", passed=False, note=plain(loaded.error)),)
    return (Finding("PC01", "", passed=True), *_Examination(manager).findings())


def require(factory: Factory, settings: Settings | None = None) -> None:
    """Raise PluginError with every card that failed."""
    failed = [f"{one.card} {one.hook}: {one.note} ({CARDS[one.card]})" for one in check(factory, settings) if not one.passed]
    if failed:
        raise PluginError(getattr(factory, "__module__", NAME), "does not conform:\n  " + "\n  ".join(failed))


class _Examination:
    """Ask one registered plugin the questions of every card."""

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._hooks = manager.report()[0].hooks

    def findings(self) -> Iterator[Finding]:
        usual = questions()
        for hook in self._hooks:
            yield self._ask("PC02", hook, usual[hook])
            if "as_of" in usual[hook]:
                yield self._ask("PC03", hook, {**usual[hook], "as_of": LONG_AGO})
            if "symbol" in usual[hook]:
                yield self._ask("PC04", hook, {**usual[hook], "symbol": "NO-SUCH-SYMBOL"})
            if hook in GUARDS:
                yield from (self._ask("PC05", hook, broken) for broken in hard_questions(hook))
            if hook not in SINKS:
                yield self._twice(hook, usual[hook])
            yield self._untouched(hook)

    def _ask(self, card: str, hook: str, arguments: Mapping[str, Any]) -> Finding:
        failures = self._manager.report()[0].failures
        self._call(hook, arguments)
        row = self._manager.report()[0]
        failed = row.failures > failures
        return Finding(card, hook, passed=not failed, note=row.last_error if failed else "")

    def _twice(self, hook: str, arguments: Mapping[str, Any]) -> Finding:
        first, second = (as_plain(self._call(hook, arguments)) for _ in range(2))
        return Finding("PC06", hook, passed=first == second, note="" if first == second else "two answers differ")

    def _untouched(self, hook: str) -> Finding:
        arguments = questions()[hook]
        before = as_plain(arguments)
        self._call(hook, arguments)
        same = as_plain(arguments) == before
        return Finding("PC07", hook, passed=same, note="" if same else "an argument was changed")

    def _call(self, hook: str, arguments: Mapping[str, Any]) -> Any:
        return self._manager.call_guard(hook, **arguments) if hook in GUARDS else self._manager.call_advice(hook, **arguments)


def questions() -> Questions:
    """One ordinary question for each hook, asked of the sample market."""
    calendar = samples.calendar()
    legs = (calendar.front.leg, calendar.back.leg)
    days = {"first": date(2016, 1, 1), "last": date(2017, 6, 1)}
    symbol, now = {"symbol": samples.SYMBOL}, {"as_of": samples.AS_OF}
    return {
        "earnings_events": {**symbol, **days, **now},
        "daily_bars": {**symbol, "sessions": 90, **now},
        "option_chain": {**symbol, **now},
        "risk_free_rate": {"maturity_days": 30, **now},
        "dividends": {**symbol, **days, **now},
        "leg_history": {"front": legs[0], "back": legs[1], "sessions": 40, **now},
        "execution_quotes": {"legs": legs, **now},
        "filter_universe": {"symbols": ("AAA", "BBB", samples.SYMBOL), **now},
        "validate_snapshot": {"snapshot": samples.snapshot()},
        "validate_candidate": _candidate(),
        "adjust_signal": {"snapshot": samples.snapshot(), "signal": samples.signal()},
        "position_size": {"signal": samples.signal(), "calendar": calendar, "portfolio": samples.portfolio()},
        "order_prices": {"calendar": calendar, "opening": True},
        "check_order": {"intent": samples.intent(), "portfolio": samples.portfolio()},
        "record": {"kind": "alert", "entry": {"title": "conformance", "at": samples.AS_OF}},
        "notify": {"title": "conformance", "text": "a test of the channel", **now},
        "command": {"name": "conformance", "arguments": {}, **now},
    }


def hard_questions(hook: str) -> tuple[Mapping[str, Any], ...]:
    """Broken input for one guard hook."""
    if hook == "validate_snapshot":
        return ({"snapshot": samples.empty_snapshot()}, {"snapshot": samples.unquoted_snapshot()})
    if hook == "validate_candidate":
        unquoted = {"snapshot": samples.unquoted_snapshot(), "calendar": samples.unquoted_calendar(), "history": None}
        return ({**_candidate(), **unquoted}, {**_candidate(), "snapshot": samples.empty_snapshot()}, {**_candidate(), "contracts": 0})
    broke = {"intent": samples.intent(), "portfolio": Portfolio(equity=0.0, cash=0.0)}
    return (broke,)


def as_plain(value: Any) -> Any:
    """A value of the field as tuples that compare by content, arrays and NaN included."""
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tobytes())
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(as_plain(getattr(value, field.name)) for field in fields(value)))
    if isinstance(value, Mapping):
        return tuple((key, as_plain(item)) for key, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(as_plain(item) for item in value)
    return repr(value) if isinstance(value, float | date | timedelta) else value


def _candidate() -> dict[str, Any]:
    return {
        "snapshot": samples.snapshot(),
        "signal": samples.signal(),
        "calendar": samples.calendar(),
        "contracts": 2,
        "history": samples.history(),
    }
