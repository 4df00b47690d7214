"""Phase 6, production validation: the guards judge one calendar at its quotes and size; a smaller size is tried before they refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alaris.domain import Calendar, LegHistory, LegQuote, MarketSnapshot, Reason, Rejection, Signal, Verdict
from alaris.plugins import PluginManager


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the guards judge; `history` holds the legs' past volatilities where a plugin knows them."""

    snapshot: MarketSnapshot
    signal: Signal
    calendar: Calendar
    history: LegHistory | None


@dataclass(frozen=True, slots=True)
class Validated:
    """The verdicts, and the size they were passed (or failed) at."""

    verdicts: tuple[Verdict, ...]
    contracts: int


def validate(candidate: Candidate, contracts: int, plugins: PluginManager, cost_factor: float = 1.0) -> Validated:
    """Ask every guard; where only the size is too large, ask once more at the largest that fits.

    `cost_factor` above 1 widens the quotes that the guards see, so that their expected costs grow by it.
    """
    verdicts = _asked(candidate, contracts, plugins, cost_factor)
    fitting = fitting_size(verdicts)
    if 1 <= fitting < contracts:
        return Validated(_asked(candidate, fitting, plugins, cost_factor), fitting)
    return Validated(verdicts, contracts)


def fitting_size(verdicts: Sequence[Verdict]) -> int:
    """Largest size that passes where every refusal is of the size alone; 0 where none does, or something else failed too."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    sizes = [verdict.largest_size for verdict in failed if verdict.largest_size is not None]
    return min(sizes) if failed and len(sizes) == len(failed) else 0


def refusal_of(verdicts: Sequence[Verdict]) -> Rejection | None:
    """The first failed verdict as the reason that ends a decision."""
    failed = next((verdict for verdict in verdicts if not verdict.passed), None)
    return None if failed is None else Rejection(failed.reason or Reason.PLUGIN_FAILED, value=failed.value, limit=failed.limit)


def widened(calendar: Calendar, factor: float) -> Calendar:
    """The calendar with both quotes `factor` times as wide about the same mids."""
    if factor == 1.0:
        return calendar
    return Calendar(_wider(calendar.front, factor), _wider(calendar.back, factor))


def _asked(candidate: Candidate, contracts: int, plugins: PluginManager, cost_factor: float) -> tuple[Verdict, ...]:
    calendar = widened(candidate.calendar, cost_factor)
    return plugins.validate_candidate(candidate.snapshot, candidate.signal, calendar, contracts, candidate.history)


def _wider(quote: LegQuote, factor: float) -> LegQuote:
    half = (quote.ask - quote.bid) / 2 * factor
    return replace(quote, bid=max(quote.mid - half, 0.0), ask=quote.mid + half)
