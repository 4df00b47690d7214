"""The plugin host: every hook as a typed call. Advice that fails is dropped and counted; a guard that fails is a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import Any

from alaris.domain import (
    Calendar,
    DailyBars,
    Dividend,
    EarningsEvent,
    Intent,
    Leg,
    LegHistory,
    LegQuote,
    MarketSnapshot,
    Observation,
    OptionChain,
    PriceLadder,
    Reason,
    Signal,
    Verdict,
)
from alaris.plugins.answers import GUARDS
from alaris.plugins.calls import LOG, Failure, Registered, Tracer, call
from alaris.plugins.registry import Registry
from alaris.plugins.taping import ASKED_ANYWAY, answer_tape, taped
from alaris.risk.portfolio import Portfolio
from alaris.settings import Settings


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One plugin as `alaris plugins list` shows it; `state` is active, disabled (too many failures) or broken (not loaded)."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]
    guard: bool
    state: str
    calls: int
    failures: int
    seconds: float
    last_error: str


class PluginManager:
    """Load plugins and ask them, each call isolated, timed, checked and counted.

    Parameters
    ----------
    settings : Settings
        Given to each factory; `settings.plugins` names order, exceptions, strikes and the time budget.
    only : sequence of str, optional
        Installed plugins to load besides Alaris's own: none of them for an empty sequence (``--no-plugins``), all for None. Alaris's
        own stay, since the guards are among them; `plugins.disabled` leaves one out by name.
    tracer : callable, optional
        Sees a `Call` after each call.

    Notes
    -----
    Plugins are asked in the order of `settings.plugins.enabled`; otherwise those registered by the run itself come first, then those of
    other packages by name, then Alaris's own. A plugin with `settings.plugins.strikes` failures is disabled for the run: its advice is
    no longer asked, and where it is a guard it refuses from then on.
    """

    def __init__(self, settings: Settings, *, only: Sequence[str] | None = None, tracer: Tracer | None = None) -> None:
        self._limits = settings.plugins
        self._registry = Registry(settings, only)
        self._tracer = tracer
        self._tape = answer_tape.get()

    def load_entry_points(self, entries: Iterable[EntryPoint] | None = None) -> None:
        """Load Alaris's own plugins and the installed ones (group ``alaris``; a factory ``def plugin(settings: Settings) -> object``).

        Raises
        ------
        ConfigurationError
            The settings or ``--plugins`` name a plugin that is not installed.
        PluginError
            Alaris's own plugins are missing.
        AlarisError
            One of Alaris's own cannot be loaded, e.g. its file is broken (DataError). A plugin of another package that cannot be
            loaded does not raise: it is reported as broken and counts as a refusal in every guard, until `plugins.disabled` names it.
        """
        self._registry.load(entries)
        for hook in ("validate_snapshot", "validate_candidate"):
            if not self._registry.of(hook):
                LOG.warning("no plugin guards %s: whatever comes there will pass, since the settings leave every guard out", hook)

    def register(self, plugin: object, name: str, *, same_thread: bool = False) -> None:
        """Add an object with hooks, asked before the installed ones; `same_thread` for one that touches a single-threaded engine.

        Raises
        ------
        PluginError
            It breaks the contract: unknown hook or argument, no hook, wrapper, async, or a name that is taken.
        """
        self._registry.register(plugin, name, same_thread=same_thread)

    def report(self) -> tuple[PluginRow, ...]:
        """Every plugin with its hooks and the account of its calls, in calling order."""
        return tuple(_row(one) for one in self._registry.all())

    def implements(self, hook: str) -> tuple[str, ...]:
        """Names of the plugins that are asked for `hook`, in order."""
        return tuple(one.name for one in self._registry.of(hook) if one.active)

    def own_threads(self, hook: str) -> bool:
        """Whether several hooks may be asked at the same time: no plugin asked for this one is tied to the thread that registered it.

        Alaris's own plugins run on the thread that asks, whichever it is: those that give data only read what they have.
        """
        return not any(one.tied for one in self._registry.of(hook) if one.active)

    def call_advice(self, hook: str, **arguments: Any) -> tuple[Any, ...]:
        """Checked answers in plugin order; one that knows nothing or fails is left out.

        Of a hook where the first answer decides, later plugins are not asked, and at most one answer comes back.
        """
        answers: list[Any] = []
        for one in self._registry.of(hook):
            answer = self._call(one, hook, arguments) if one.active else None
            if answer is not None and not isinstance(answer, Failure):
                answers.append(answer)
                if hook in self._registry.first_decides:
                    break
        return tuple(answers)

    def call_guard(self, hook: str, **arguments: Any) -> tuple[Verdict, ...]:
        """Verdicts of every guard, in order; whatever is not a verdict is a refusal under the plugin's name."""
        return tuple(verdict for one in self._registry.of(hook) for verdict in self._judge(one, hook, arguments))

    def earnings_events(self, symbol: str, first: date, last: date, as_of: datetime) -> tuple[EarningsEvent, ...]:
        """Reports as every source states them; merging is the workflow's."""
        answers = self.call_advice("earnings_events", symbol=symbol, first=first, last=last, as_of=as_of)
        return tuple(event for answer in answers for event in answer)

    def daily_bars(self, symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        """The newest bars known at `as_of`, at most `sessions`."""
        found: tuple[Observation[DailyBars], ...] = self.call_advice("daily_bars", symbol=symbol, sessions=sessions, as_of=as_of)
        return found[0] if found else None

    def option_chain(self, symbol: str, as_of: datetime) -> Observation[OptionChain] | None:
        """The whole chain at `as_of`."""
        found: tuple[Observation[OptionChain], ...] = self.call_advice("option_chain", symbol=symbol, as_of=as_of)
        return found[0] if found else None

    def risk_free_rate(self, maturity_days: int, as_of: datetime) -> Observation[float] | None:
        """Continuously compounded annual rate."""
        found: tuple[Observation[float], ...] = self.call_advice("risk_free_rate", maturity_days=maturity_days, as_of=as_of)
        return found[0] if found else None

    def dividends(self, symbol: str, first: date, last: date, as_of: datetime) -> tuple[Dividend, ...] | None:
        """Cash dividends with ex-dates between two dates, oldest first; None where nobody knows, () where there is none.

        One source knows those that were paid, another those that are announced: all are joined, and of two answers on one ex-date the
        first stands.
        """
        answers: tuple[tuple[Dividend, ...], ...] = self.call_advice("dividends", symbol=symbol, first=first, last=last, as_of=as_of)
        joined = {dividend.ex_date: dividend for answer in reversed(answers) for dividend in answer}
        return tuple(joined[day] for day in sorted(joined)) if answers else None

    def leg_history(self, front: Leg, back: Leg, sessions: int, as_of: datetime) -> LegHistory | None:
        """Volatilities of two contracts at the closes before `as_of`."""
        found: tuple[LegHistory, ...] = self.call_advice("leg_history", front=front, back=back, sessions=sessions, as_of=as_of)
        return found[0] if found else None

    def execution_quotes(self, legs: Sequence[Leg], as_of: datetime) -> tuple[LegQuote, ...] | None:
        """Fresh quotes of all legs, in their order; None where one is missing."""
        found: tuple[tuple[LegQuote, ...], ...] = self.call_advice("execution_quotes", legs=legs, as_of=as_of)
        return found[0] if found else None

    def filter_universe(self, symbols: Sequence[str], as_of: datetime) -> tuple[str, ...]:
        """The symbols that every plugin keeps, in their order."""
        answers = [frozenset(answer) for answer in self.call_advice("filter_universe", symbols=tuple(symbols), as_of=as_of)]
        return tuple(symbol for symbol in symbols if all(symbol in kept for kept in answers))

    def validate_snapshot(self, snapshot: MarketSnapshot) -> tuple[Verdict, ...]:
        """Verdicts of all data validators."""
        return self.call_guard("validate_snapshot", snapshot=snapshot)

    def validate_candidate(
        self, snapshot: MarketSnapshot, signal: Signal, calendar: Calendar, contracts: int, history: LegHistory | None = None
    ) -> tuple[Verdict, ...]:
        """Verdicts of all production checks on one calendar at its quotes and size; `history` is what `leg_history` knew."""
        candidate = {"snapshot": snapshot, "signal": signal, "calendar": calendar, "contracts": contracts, "history": history}
        return self.call_guard("validate_candidate", **candidate)

    def adjust_signal(self, snapshot: MarketSnapshot, signal: Signal) -> Signal:
        """The signal of the first plugin that replaces it, or the one given."""
        found: tuple[Signal, ...] = self.call_advice("adjust_signal", snapshot=snapshot, signal=signal)
        return found[0] if found else signal

    def position_size(self, signal: Signal, calendar: Calendar, portfolio: Portfolio) -> int | None:
        """Contracts before the limits; None where nobody sizes, and then nothing is ordered."""
        found: tuple[int, ...] = self.call_advice("position_size", signal=signal, calendar=calendar, portfolio=portfolio)
        return found[0] if found else None

    def order_prices(self, calendar: Calendar, *, opening: bool) -> PriceLadder | None:
        """Limits of the combo order; None where the workflow's own ladder applies."""
        found: tuple[PriceLadder, ...] = self.call_advice("order_prices", calendar=calendar, opening=opening)
        return found[0] if found else None

    def check_order(self, intent: Intent, portfolio: Portfolio) -> tuple[Verdict, ...]:
        """Verdicts of the risk-limit plugins on post-trade numbers."""
        return self.call_guard("check_order", intent=intent, portfolio=portfolio)

    def record(self, kind: str, entry: Mapping[str, Any]) -> int:
        """Store one journal entry in every sink; how many sinks failed."""
        return self._tell("record", kind=kind, entry=MappingProxyType(dict(entry)))

    def notify(self, title: str, text: str, as_of: datetime) -> int:
        """Tell a person by every channel; how many channels failed."""
        return self._tell("notify", title=title, text=text, as_of=as_of)

    def command(self, name: str, arguments: Mapping[str, Any], as_of: datetime) -> tuple[str, ...]:
        """Answers to an operator's command."""
        return self.call_advice("command", name=name, arguments=MappingProxyType(dict(arguments)), as_of=as_of)

    def _tell(self, hook: str, **arguments: Any) -> int:
        """Tell every listener; how many did not take it, those that are disabled or could not be loaded among them."""
        answers = [self._call(one, hook, arguments) if one.active else Failure(one.name, one.last_error) for one in self._registry.of(hook)]
        return sum(isinstance(answer, Failure) for answer in answers)

    def _judge(self, one: Registered, hook: str, arguments: Mapping[str, Any]) -> tuple[Verdict, ...]:
        if not one.active:
            state = "could not be loaded" if one.broken else f"was disabled after {one.failures} failures"
            return (_refusal(one.name, f"{state}: {one.last_error}; leave it out with plugins.disabled"),)
        answer = self._call(one, hook, arguments)
        if isinstance(answer, Failure):
            return (_refusal(one.name, answer.why),)
        verdicts: tuple[Verdict, ...] = answer
        return verdicts

    def _call(self, one: Registered, hook: str, arguments: Mapping[str, Any]) -> Any:
        answer = self._asked(one, hook, arguments)
        if isinstance(answer, Failure) and one.failures >= self._limits.strikes:
            one.disabled = True
            LOG.warning("plugin %s is disabled for this run after %d failures", one.name, one.failures)
        return answer

    def _asked(self, one: Registered, hook: str, arguments: Mapping[str, Any]) -> Any:
        """The plugin's answer, by way of the tape in a live run and from it in a replay."""
        ask = partial(call, one, hook, arguments, seconds=one.seconds_allowed or self._limits.call_seconds, tracer=self._tracer)
        if self._tape is None or one.caller is None or one.name in ASKED_ANYWAY:
            return ask()
        failures = one.failures
        answer = taped(self._tape, one.name, hook, arguments, ask)
        if isinstance(answer, Failure) and one.failures == failures:
            one.failures += 1  # it failed when the record was made
        return answer


def _refusal(plugin: str, note: str) -> Verdict:
    return Verdict(plugin, passed=False, value=None, limit=None, reason=Reason.PLUGIN_FAILED, note=note)


def _row(one: Registered) -> PluginRow:
    state = "broken" if one.broken else "disabled" if one.disabled else "active"
    guard = one.broken or any(hook in GUARDS for hook in one.hooks)
    return PluginRow(one.name, one.distribution, one.version, one.hooks, guard, state, one.calls, one.failures, one.seconds, one.last_error)
