"""Why a symbol was traded or refused: the ten phases of one decision, each with its numbers and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from alaris.domain import Phase
from alaris.records.decisions import Record
from alaris.records.wording import EXITS, MINUS, NONE, PHASES, TIMINGS, check, day, dollars, number, percent, reason

JUDGED = frozenset({Phase.MARKET_DATA, Phase.VALIDATION})


class State(StrEnum):
    """How far a phase came."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_REACHED = "not reached"
    NOT_ENFORCED = "failed, not enforced"


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a phase: what was seen, its limit, and whether it kept it (None where nothing is judged).

    `warned` marks a check that passed with a reason to look at it.
    """

    name: str
    value: str
    limit: str = ""
    passed: bool | None = None
    note: str = ""
    warned: bool = False


@dataclass(frozen=True, slots=True)
class PhaseExplanation:
    """One phase: its code and title, how far it came, its numbers."""

    phase: str
    title: str
    state: State
    lines: tuple[Line, ...]


def explain(record: Record, settings: Mapping[str, Any]) -> tuple[PhaseExplanation, ...]:
    """The ten phases of a decision.

    Parameters
    ----------
    record : dict
        One line of decisions.jsonl.
    settings : mapping
        The settings of its run, for the limits; a limit that it lacks is left blank.
    """
    order = list(Phase)
    ended = order.index(Phase(record["rejected_phase"])) if record["rejected_phase"] else len(order)
    return tuple(_phase(phase, order.index(phase), ended, record, settings) for phase in order)


def _phase(phase: Phase, index: int, ended: int, record: Record, settings: Mapping[str, Any]) -> PhaseExplanation:
    lines = tuple(_lines(phase, record, settings)) if index <= ended else ()
    failed = phase in JUDGED and any(line.passed is False for line in lines)
    state = State.NOT_REACHED if index > ended else State.REFUSED if index == ended else State.NOT_ENFORCED if failed else State.PASSED
    return PhaseExplanation(phase.value, PHASES[phase], state, lines)


def verdict_lines(record: Record, ids: str = "") -> list[Line]:
    """The checks of a decision whose id starts with `ids`."""
    return [_judged(verdict) for verdict in record["verdicts"] if verdict["id"].startswith(ids)]


def _judged(verdict: Mapping[str, Any]) -> Line:
    name = f"{verdict['id']} {check(verdict['id'])}".removesuffix(f" {verdict['id']}")
    warned = verdict["passed"] and verdict["reason"] is not None
    return Line(name, number(verdict["value"]), number(verdict["limit"]), verdict["passed"], _remark(verdict), warned)


def _remark(verdict: Mapping[str, Any]) -> str:
    """The note of a check; the reason's own words too where it refuses."""
    if verdict["passed"]:
        return str(verdict["note"])
    return "; ".join(part for part in (reason(verdict["reason"]) if verdict["reason"] else "", verdict["note"]) if part)


def _lines(phase: Phase, record: Record, settings: Mapping[str, Any]) -> list[Line]:
    lines = [line for line in SEEN[phase](record, settings) if line.value != NONE or line.passed is not None]
    if record["rejected_phase"] == phase.value and not any(
        line.passed is False and reason(record["reason"]) in line.note for line in lines
    ):
        lines.append(Line(record["reason"], number(record["value"]), number(record["limit"]), False, reason(record["reason"])))
    return lines


def _universe(record: Record, settings: Mapping[str, Any]) -> list[Line]:
    sources = record["sources"]
    enough = _kept(len(sources), settings, "universe.minimum_sources", "≥") if sources else None
    return [
        Line("report", day(record["report_date"]), note=TIMINGS.get(record["timing"] or "", "")),
        Line("reaction session", day(record["reaction_session"])),
        Line("sources", ", ".join(sources) or NONE, _limit(settings, "universe.minimum_sources", "≥"), enough),
    ]


def _data_verdicts(record: Record) -> list[Line]:
    return verdict_lines(record, "" if record["rejected_phase"] == Phase.MARKET_DATA.value else "DTqc")


def _signal(record: Record, settings: Mapping[str, Any]) -> list[Line]:
    return [
        _criterion("IV30 / RV30", record["iv_rv_ratio"], 2, settings, "signal.minimum_ratio", "≥"),
        _criterion("slope a day", record["slope"], 5, settings, "signal.maximum_slope", "≤"),
        _criterion("mean volume", record["mean_volume"], 0, settings, "universe.minimum_volume", "≥"),
        Line("event jump (1 s.d.)", percent(record["sigma_event"])),
        Line("expected crush", percent(record["expected_crush"])),
        Line("expected P&L a share", dollars(record["expected_pnl"], signed=True)),
        Line("signal", record["signal"] or NONE),
    ]


def _criterion(name: str, value: float | None, digits: int, settings: Mapping[str, Any], key: str, relation: str) -> Line:
    return Line(
        name,
        number(value, digits) if value is not None else NONE,
        _limit(settings, key, relation),
        _kept(value, settings, key, relation),
    )


def _validation(record: Record) -> list[Line]:
    """The verdicts, and the quotes they judged where the decision ends here."""
    quotes = _quotes(record) if record["rejected_phase"] == Phase.VALIDATION.value else []
    return [*quotes, *(line for line in verdict_lines(record) if line not in _data_verdicts(record))]


def _quotes(record: Record) -> list[Line]:
    legs = [
        Line(
            f"{'+' if leg['ratio'] > 0 else MINUS}{abs(leg['ratio'])} {leg['right'].lower()} {number(leg['strike'])}",
            f"{dollars(leg['bid'])} / {dollars(leg['ask'])}",
            note=f"expires {day(leg['expiry'])}",
        )
        for leg in record["legs"]
    ]
    return [*legs, Line("natural debit", dollars(record["natural_debit"])), Line("mid debit", dollars(record["mid_debit"]))]


def _fill(side: str, record: Record) -> Line:
    execution = record[side]
    if execution is None:
        return Line(side, NONE)
    why = EXITS.get(record["exit_reason"] or "", record["exit_reason"] or "") if side == "exit" else ""
    return Line(
        side, dollars(execution["price"]), note="; ".join(part for part in (day(execution["filled_at"]), why, execution["note"]) if part)
    )


def _setting(settings: Mapping[str, Any], key: str) -> float | None:
    section, name = key.split(".")
    value = settings.get(section, {}).get(name)
    return float(value) if isinstance(value, int | float) else None


def _limit(settings: Mapping[str, Any], key: str, relation: str) -> str:
    value = _setting(settings, key)
    return f"{relation} {number(value, 5 if 0 < abs(value) < 0.01 else None)}" if value is not None else ""


def _kept(value: float | None, settings: Mapping[str, Any], key: str, relation: str) -> bool | None:
    limit = _setting(settings, key)
    if value is None or limit is None:
        return None
    return value >= limit if relation == "≥" else value <= limit


SEEN: Mapping[Phase, Callable[[Record, Mapping[str, Any]], Sequence[Line]]] = MappingProxyType(
    {
        Phase.UNIVERSE: _universe,
        Phase.MARKET_DATA: lambda record, _: [Line("spot", dollars(record["spot"])), *_data_verdicts(record)],
        Phase.REALIZED_VOLATILITY: lambda record, _: [Line("Yang-Zhang RV30", percent(record["rv30"]))],
        Phase.TERM_STRUCTURE: lambda record, _: [
            Line("front IV", percent(record["front_iv"])),
            *(Line(name.upper(), percent(record[name])) for name in ("iv30", "iv60", "iv90")),
            Line("slope a day", NONE if record["slope"] is None else number(record["slope"], 5)),
        ],
        Phase.SIGNAL: _signal,
        Phase.VALIDATION: lambda record, _: _validation(record),
        Phase.EXECUTION_PRICING: lambda record, _: _quotes(record),
        Phase.SIZING: lambda record, settings: [
            Line("contracts", number(record["contracts"] or None), _limit(settings, "limits.contracts", "≤"))
        ],
        Phase.EXECUTION: lambda record, _: [_fill("entry", record), _fill("exit", record)],
        Phase.AUDIT: lambda record, _: [
            Line("trade id", record["trade_id"]),
            Line("settings", record["settings_hash"]),
            Line("P&L", dollars(record["pnl"], signed=True)),
        ],
    }
)
