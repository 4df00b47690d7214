"""The ten phases in order: one object grows from the report to profit and loss, and each phase adds its part or ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from alaris.domain import (
    Calendar,
    Decision,
    Dividend,
    Execution,
    LegQuote,
    MarketSnapshot,
    Phase,
    PriceLadder,
    Reason,
    Rejection,
    Right,
    Sessions,
    UpcomingReport,
)
from alaris.plugins import PluginManager
from alaris.risk.breakers import CALM, Breaker, BreakerState
from alaris.risk.limits import check_limits, contracts_within
from alaris.risk.portfolio import Portfolio
from alaris.risk.scenarios import ScenarioRisk, scenario_risk
from alaris.settings import Settings
from alaris.volatility.term_structure import TermStructure, read_term_structure
from alaris.workflow import exits, profit, validation
from alaris.workflow.audit import record_decision
from alaris.workflow.clock import new_york_date
from alaris.workflow.execution import intent_of, trade_id
from alaris.workflow.execution_pricing import Underlying, checked_calendar, entry_ladder, exit_ladder, fresh_calendar
from alaris.workflow.market_data import MarketData, readable, with_volatilities
from alaris.workflow.realized_volatility import realized_volatility, spike_factor
from alaris.workflow.signal import read_signal, refusal_of, with_expected_profit
from alaris.workflow.sizing import proposal_of, wanted_contracts
from alaris.workflow.structure import choose_calendar
from alaris.workflow.universe import UniverseSelection


class Workflow:
    """What an engine's adapter calls: which symbols to watch, what to decide, when to leave, what it brought.

    Parameters
    ----------
    settings : Settings
    plugins : PluginManager
        Where all data come from and who guards.
    sessions : Sessions
        The exchange's trading days.
    sectors : mapping, optional
        Symbol to sector; where one is not known the sector limit cannot be applied.

    Notes
    -----
    It keeps nothing between calls and reads no clock: the same arguments and the same answers of the plugins give the same decision.
    """

    def __init__(self, settings: Settings, plugins: PluginManager, sessions: Sessions, sectors: Mapping[str, str] | None = None) -> None:
        self._settings, self._plugins, self._sessions = settings, plugins, sessions
        self._sectors = dict(sectors or {})
        self._digest = settings.digest()
        self._universe = UniverseSelection(settings, plugins, sessions)
        self._market_data = MarketData(settings, plugins, sessions)

    def reports(self, symbols: Sequence[str], as_of: datetime) -> tuple[list[UpcomingReport], list[Decision]]:
        """Phase 1: the reports to decide on now, and a rejected decision for each symbol with a report that is not looked at further."""
        due, refused = self._universe.select(symbols, as_of)
        decisions = [
            _ended(self._new(item.symbol, item.reaction_session, item.report, as_of), Phase.UNIVERSE, item.rejection) for item in refused
        ]
        return due, decisions

    def watch(self, symbols: Sequence[str], as_of: datetime, days: int) -> list[str]:
        """Symbols whose chain should be subscribed now: a report's reaction session is today or within `days` calendar days."""
        return [symbol for symbol in symbols if self._universe.reacts_within(symbol, as_of, days)]

    def decide(self, report: UpcomingReport, portfolio: Portfolio, as_of: datetime, *, breakers: BreakerState = CALM) -> Decision:
        """Phases 2 to 8: an intent, or the phase and reason that ended it."""
        decision = self._new(report.symbol, report.reaction_session, report, as_of)
        if any(position.symbol == report.symbol for position in portfolio.open):
            return _ended(decision, Phase.UNIVERSE, Rejection(Reason.POSITION_OPEN))
        if (halt := breakers.halt_of(Breaker.DATA_QUALITY)) is not None:
            return _ended(decision, Phase.MARKET_DATA, Rejection(Reason.HALTED, value=halt.why))
        snapshot = self.snapshot(report, as_of)
        if isinstance(snapshot, Rejection):
            return _ended(decision, Phase.MARKET_DATA, snapshot)
        decision = self._validated_data(decision, snapshot)
        return decision if decision.rejection else self._from_snapshot(decision, snapshot, portfolio, breakers)

    def snapshot(self, report: UpcomingReport, as_of: datetime) -> MarketSnapshot | Rejection:
        """Phase 2 without the validators: everything a decision looks at, or what is missing, stale or broken."""
        return self._market_data.collect(report, as_of)

    def decide_snapshot(self, snapshot: MarketSnapshot, portfolio: Portfolio, *, breakers: BreakerState = CALM) -> Decision:
        """Phases 3 to 8 on a snapshot in memory."""
        report = snapshot.report
        return self._from_snapshot(self._new(report.symbol, report.reaction_session, report, snapshot.as_of), snapshot, portfolio, breakers)

    def _from_snapshot(self, decision: Decision, snapshot: MarketSnapshot, portfolio: Portfolio, breakers: BreakerState) -> Decision:
        decision = replace(
            decision,
            snapshot=snapshot,
            spot=snapshot.spot.value,
            rate=snapshot.chain.value.rate,
            dividend_yield=snapshot.chain.value.dividend_yield,
        )
        for phase in (self._with_signal, self._with_calendar, self._guarded, self._priced, self._sized):
            decision = phase(decision, snapshot, portfolio, breakers)
            if decision.rejection is not None:
                return decision
        return self._unless_halted(decision, breakers)

    def confirm(
        self,
        decision: Decision,
        quotes: Sequence[LegQuote] | None,
        portfolio: Portfolio,
        as_of: datetime,
        *,
        breakers: BreakerState = CALM,
    ) -> Decision:
        """Phase 9: guards and limits once more on live quotes and the final size; `quotes` None asks the plugins for them."""
        snapshot, intent = decision.snapshot, decision.intent
        if decision.rejection is not None or snapshot is None or intent is None:
            return decision
        decision = self._unless_halted(decision, breakers)
        if decision.rejection is not None:
            return decision
        legs = (intent.legs[0], intent.legs[1])
        if quotes is None:
            calendar = fresh_calendar(snapshot.chain.value, legs, self._plugins, self._settings.execution_quotes, as_of)
        else:
            calendar = checked_calendar(quotes, legs, snapshot.chain.value, self._settings.execution_quotes, as_of)
        if isinstance(calendar, Rejection):
            return _ended(decision, Phase.EXECUTION, calendar)
        return self._ordered(replace(decision, calendar=calendar), snapshot, portfolio, as_of, breakers)

    def exit_due(self, decision: Decision, calendar_now: Calendar | None, spot: float, as_of: datetime) -> exits.ExitReason | None:
        """Why the position is to be closed now, or None while it is held."""
        known = self._dividends_ahead(decision, as_of)
        limits, sessions = self._settings.exits, self._sessions
        return exits.exit_due(decision, calendar_now, spot, as_of, settings=limits, sessions=sessions, dividends=known)

    def time_is_up(self, decision: Decision, as_of: datetime) -> exits.ExitReason | None:
        """Whether the clock alone closes the position now."""
        return exits.time_is_up(decision, as_of, settings=self._settings.exits, sessions=self._sessions)

    def last_call(self, decision: Decision, as_of: datetime) -> bool:
        """Whether the front leg's last hour has come: the exit may not wait any longer."""
        latest = exits.front_deadline(decision, self._sessions)
        return latest is not None and as_of >= latest

    def exit_ladder(self, calendar: Calendar) -> PriceLadder:
        """Limits of the closing combo, USD credit a share."""
        return exit_ladder(calendar, self._settings.orders, self._plugins)

    def health(self, decision: Decision, calendar_now: Calendar, spot: float) -> exits.Health:
        """How an open position stands against its entry and what was expected of it."""
        dividends = self._dividends_ahead(decision, calendar_now.front.observed_at)
        return exits.health(decision, calendar_now, spot, self._settings.exits, sessions=self._sessions, dividends=dividends)

    def scenario_risk(self, held: Sequence[tuple[Decision, Calendar, float]]) -> ScenarioRisk:
        """What open positions would bring in every scenario of the settings; each with its calendar and spot as of now."""
        shares = self._settings.sizing.contract_multiplier
        return scenario_risk([exits.held_calendar(*one, multiplier=shares) for one in held], self._settings.scenarios)

    def entered(self, decision: Decision, execution: Execution) -> Decision:
        """The decision once its entry filled, at the size that filled."""
        long_leg = [abs(fill.contracts) for fill in execution.fills if fill.leg.ratio > 0]
        return replace(decision, entry=execution, contracts=sum(long_leg) if long_leg else decision.contracts)

    def refused(self, decision: Decision, reason: Reason, value: float | str | None = None, limit: float | str | None = None) -> Decision:
        """The decision whose order was rejected or not filled (phase 9)."""
        return _ended(decision, Phase.EXECUTION, Rejection(reason, value, limit))

    def closed(self, decision: Decision, execution: Execution, reason: str | None = None) -> Decision:
        """The decision once it is closed: profit, its parts, and the term structure that the report left behind."""
        after = self.curve_at(decision, execution.filled_at)
        done = profit.with_profit(decision, execution, self._settings.sizing.contract_multiplier)
        return replace(done, exit_reason=reason, term_structure_after=after)

    def calendar_now(self, decision: Decision, as_of: datetime, spot: float | None = None) -> Calendar | None:
        """Both legs at their quotes now, for exit and health check; None where a leg is not quoted on both sides.

        The chain is asked only where the caller does not know the spot.
        """
        if decision.calendar is None or not np.isfinite(decision.rate):
            return None
        if spot is None:
            seen = self._plugins.option_chain(decision.symbol, as_of)
            if seen is None:
                return None
            spot = seen.value.spot
        underlying = Underlying(spot, decision.rate, decision.dividend_yield)
        legs = (decision.calendar.front.leg, decision.calendar.back.leg)
        calendar = fresh_calendar(underlying, legs, self._plugins, self._settings.execution_quotes, as_of)
        return None if isinstance(calendar, Rejection) else calendar

    def _dividends_ahead(self, decision: Decision, as_of: datetime) -> tuple[Dividend, ...]:
        """What is announced by now for the life of a short call; nobody is asked about a put."""
        front = None if decision.calendar is None else decision.calendar.front.leg
        if front is None or front.right is not Right.CALL:
            return ()
        return self._plugins.dividends(decision.symbol, new_york_date(as_of), front.expiry, as_of) or ()

    def curve_at(self, decision: Decision, as_of: datetime) -> tuple[tuple[float, float], ...]:
        """The term structure of a symbol now, at the rates its decision was made with; () where it cannot be read."""
        seen = self._plugins.option_chain(decision.symbol, as_of)
        if seen is None or seen.available_at > as_of or not np.isfinite(decision.rate):
            return ()
        chain = with_volatilities(readable(seen.value, self._sessions), decision.rate, decision.dividend_yield)
        curve = read_term_structure(chain, self._settings.term_structure)
        return curve.points() if isinstance(curve, TermStructure) else ()

    def sector(self, symbol: str) -> str | None:
        """Sector of a symbol, where it is known."""
        return self._sectors.get(symbol)

    def record(self, decision: Decision, kind: str = "decision") -> int:
        """Phase 10: send the decision to every record sink; how many failed."""
        return record_decision(decision, self._plugins, kind)

    def _new(self, symbol: str, reaction: date, report: UpcomingReport | None, as_of: datetime) -> Decision:
        return Decision(
            trade_id=trade_id(symbol, reaction, self._settings.preset, as_of, self._digest),
            symbol=symbol,
            as_of=as_of,
            preset=self._settings.preset,
            profile=self._settings.profile,
            settings_hash=self._digest,
            report=report,
        )

    def _validated_data(self, decision: Decision, snapshot: MarketSnapshot) -> Decision:
        verdicts = self._plugins.validate_snapshot(snapshot)
        decision = replace(decision, verdicts=verdicts, spot=snapshot.spot.value)
        failed = next((verdict for verdict in verdicts if not verdict.passed), None)
        if failed is None:
            return decision
        reason = failed.reason or Reason.DATA_VALIDATION_FAILED
        return _ended(decision, Phase.MARKET_DATA, Rejection(reason, value=failed.value, limit=failed.limit))

    def _with_signal(self, decision: Decision, snapshot: MarketSnapshot, _portfolio: Portfolio, _breakers: BreakerState) -> Decision:
        """Phases 3, 4 and 5."""
        rv30 = realized_volatility(snapshot.bars.value, self._settings.realized_volatility)
        if isinstance(rv30, Rejection):
            return _ended(decision, Phase.REALIZED_VOLATILITY, rv30)
        curve = read_term_structure(snapshot.chain.value, self._settings.term_structure)
        if isinstance(curve, Rejection):
            return _ended(decision, Phase.TERM_STRUCTURE, curve)
        signal = self._plugins.adjust_signal(snapshot, read_signal(snapshot, curve, rv30, self._settings, self._sessions))
        decision = replace(decision, signal=signal, term_structure=curve.points())
        refusal = refusal_of(signal, self._settings.signal)
        return decision if refusal is None else _ended(decision, Phase.SIGNAL, refusal)

    def _with_calendar(self, decision: Decision, snapshot: MarketSnapshot, _portfolio: Portfolio, _breakers: BreakerState) -> Decision:
        """End of phase 5: the calendar itself, and what is expected of it."""
        calendar = choose_calendar(snapshot, self._settings.structure, self._sessions)
        if isinstance(calendar, Rejection):
            return _ended(decision, Phase.SIGNAL, calendar)
        signal, decision = decision.signal, replace(decision, calendar=calendar)
        assert signal is not None  # noqa: S101 - this phase began with it
        leave = exits.exit_time(decision, self._settings.exits, self._sessions) or decision.as_of
        curve = TermStructure(*np.array(decision.term_structure).T)
        signal = with_expected_profit(signal, snapshot, curve, calendar, exit_at=leave, criteria=self._settings.signal)
        return replace(decision, signal=signal)

    def _guarded(self, decision: Decision, snapshot: MarketSnapshot, portfolio: Portfolio, breakers: BreakerState) -> Decision:
        """Phase 6, at the size that the equity would ask for at the chain's quotes."""
        assert decision.signal is not None and decision.calendar is not None  # noqa: S101, PT018 - the phases before gave both
        wanted = wanted_contracts(decision.signal, decision.calendar, portfolio, self._settings, self._plugins)
        tried = 1 if isinstance(wanted, Rejection) else wanted
        factor = self._cost_factor(snapshot, breakers)
        return self._judged(decision, snapshot, min(tried, self._settings.limits.contracts), Phase.VALIDATION, factor)

    def _priced(self, decision: Decision, snapshot: MarketSnapshot, _portfolio: Portfolio, _breakers: BreakerState) -> Decision:
        """Phase 7."""
        assert decision.calendar is not None  # noqa: S101 - phase 5 gave it
        legs = (decision.calendar.front.leg, decision.calendar.back.leg)
        calendar = fresh_calendar(snapshot.chain.value, legs, self._plugins, self._settings.execution_quotes, decision.as_of)
        if isinstance(calendar, Rejection):
            return _ended(decision, Phase.EXECUTION_PRICING, calendar)
        return replace(decision, calendar=calendar)

    def _sized(self, decision: Decision, _snapshot: MarketSnapshot, portfolio: Portfolio, _breakers: BreakerState) -> Decision:
        """Phase 8: not above what the guards passed in phase 6."""
        assert decision.signal is not None and decision.calendar is not None  # noqa: S101, PT018 - the phases before gave both
        wanted = wanted_contracts(decision.signal, decision.calendar, portfolio, self._settings, self._plugins)
        if isinstance(wanted, Rejection):
            return _ended(decision, Phase.SIZING, wanted)
        return self._with_intent(decision, min(wanted, decision.contracts), portfolio, decision.as_of, Phase.SIZING)

    def _ordered(
        self, decision: Decision, snapshot: MarketSnapshot, portfolio: Portfolio, as_of: datetime, breakers: BreakerState
    ) -> Decision:
        factor = self._cost_factor(snapshot, breakers)
        decision = self._judged(decision, snapshot, decision.contracts, Phase.EXECUTION, factor)
        if decision.rejection is not None:
            return decision
        decision = self._with_intent(decision, decision.contracts, portfolio, as_of, Phase.EXECUTION)
        if decision.rejection is not None or decision.intent is None:
            return decision
        assert decision.calendar is not None  # noqa: S101 - the caller just priced it
        proposal = proposal_of(decision.symbol, decision.contracts, decision.calendar, self._settings, self._sectors.get(decision.symbol))
        limits = check_limits(proposal, portfolio, self._settings.limits)
        verdicts = (*limits, *self._plugins.check_order(decision.intent, portfolio))
        decision = replace(decision, verdicts=(*decision.verdicts, *verdicts))
        refusal = validation.refusal_of(verdicts)
        return decision if refusal is None else _ended(decision, Phase.EXECUTION, refusal)

    def _judged(self, decision: Decision, snapshot: MarketSnapshot, contracts: int, phase: Phase, cost_factor: float) -> Decision:
        """Ask the guards; what they say replaces what they said before, and ends the decision where the profile enforces it."""
        assert decision.signal is not None and decision.calendar is not None  # noqa: S101, PT018 - the phases before gave both
        legs, sessions = (decision.calendar.front.leg, decision.calendar.back.leg), self._settings.vega_independence.sessions
        history = self._plugins.leg_history(*legs, sessions, snapshot.as_of)
        candidate = validation.Candidate(snapshot, decision.signal, decision.calendar, history)
        found = validation.validate(candidate, contracts, self._plugins, cost_factor)
        judged = {verdict.id for verdict in found.verdicts}
        kept = tuple(verdict for verdict in decision.verdicts if verdict.id not in judged)
        decision = replace(decision, verdicts=(*kept, *found.verdicts), contracts=found.contracts)
        enforced = self._settings.enforce_verdicts
        # a guard that failed has judged nothing, so not even research may pass over it
        counted = [verdict for verdict in found.verdicts if enforced or verdict.reason is Reason.PLUGIN_FAILED]
        refusal = validation.refusal_of(counted)
        return decision if refusal is None else _ended(decision, phase, refusal)

    def _with_intent(self, decision: Decision, wanted: int, portfolio: Portfolio, as_of: datetime, phase: Phase) -> Decision:
        assert decision.calendar is not None  # noqa: S101 - phase 5 gave it
        sector = self._sectors.get(decision.symbol)
        proposal = proposal_of(decision.symbol, wanted, decision.calendar, self._settings, sector)
        allowed = contracts_within(proposal, portfolio, self._settings.limits)
        if isinstance(allowed, Rejection):
            return _ended(decision, phase, allowed)
        ladder = entry_ladder(decision.calendar, self._settings.orders, self._plugins, at_natural=not self._settings.enforce_verdicts)
        intent = intent_of(decision, decision.calendar, allowed, ladder, as_of)
        return replace(decision, contracts=allowed, intent=intent)

    def _unless_halted(self, decision: Decision, breakers: BreakerState) -> Decision:
        halt = breakers.entry_halt()
        return decision if halt is None else _ended(decision, Phase.EXECUTION, Rejection(Reason.HALTED, value=halt.why))

    def _cost_factor(self, snapshot: MarketSnapshot, breakers: BreakerState) -> float:
        limits = self._settings.breakers
        spiking = spike_factor(snapshot.bars.value, self._settings.realized_volatility) > limits.volatility_factor
        return max(breakers.cost_factor(limits), 1 + limits.cost_buffer if spiking else 1.0)


def _ended(decision: Decision, phase: Phase, rejection: Rejection) -> Decision:
    """A refused decision keeps what it saw, but neither a size nor the whole snapshot."""
    return replace(decision, rejected_phase=phase, rejection=rejection, contracts=0, intent=None, snapshot=None)
