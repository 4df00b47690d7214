"""One card an event: outcome, term structure before and after, the numbers of the signal, profit by cause, the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from alaris.records.decisions import Record
from alaris.records.explanation import Line, PhaseExplanation, explain, verdict_lines
from alaris.records.figures import term_structure_figure, waterfall_figure
from alaris.records.run_folder import RunFolder
from alaris.records.wording import EXITS, MINUS, TIMINGS, check, day, dollars, number, percent, phase, reason, sign

CAUSES = ("jump", "vega", "theta", "spread", "fees")


@dataclass(frozen=True, slots=True)
class Check:
    """All verdicts of one check in one word: passed, warned (passed with a reason to look) or failed."""

    id: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Card:
    """What one event's card says; `figure` and `waterfall` are drawings or None, `kind` is traded or refused."""

    symbol: str
    when: str
    decided: str
    kind: str
    badge: str
    badge_kind: str
    refusal: str
    figure: Markup | None
    has_after: bool
    waterfall: Markup | None
    facts: tuple[tuple[str, str], ...]
    legs: tuple[str, ...]
    checks: tuple[Check, ...]
    failed: tuple[Line, ...]
    phases: tuple[PhaseExplanation, ...]


def event_cards(run: RunFolder) -> list[Card]:
    """Cards of all decisions that were traded or came as far as a signal: the traded ones first, each kind in time's order."""
    worthy = [
        record for record in run.decisions if record["outcome"] == "TRADED" or record["signal"] or record["trade_id"] in run.term_structures
    ]
    ordered = sorted(worthy, key=lambda record: (record["outcome"] != "TRADED", record["as_of"], record["symbol"]))
    return [_card(record, run) for record in ordered]


def profit_parts(record: Record) -> dict[str, float]:
    """Profit by cause; a cause that is not known counts as nothing."""
    return {name: record["pnl_explained"][name] or 0.0 for name in CAUSES}


def _card(record: Record, run: RunFolder) -> Card:
    curves: Mapping[str, Any] = {
        name: curve for name, curve in run.term_structures.get(record["trade_id"], {}).items() if curve and curve["days"]
    }
    traded, pnl = record["outcome"] == "TRADED", record["pnl"]
    return Card(
        symbol=record["symbol"],
        when=" ".join(part for part in (day(record["report_date"]), TIMINGS.get(record["timing"] or "", "")) if part),
        decided=day(record["as_of"]),
        kind="traded" if traded else "refused",
        badge=(dollars(pnl, signed=True) if pnl is not None else "open") if traded else "refused",
        badge_kind=sign(pnl) if traded else "refused",
        refusal="" if traded else _refusal(record),
        figure=term_structure_figure(curves) if curves else None,
        has_after="after" in curves,
        waterfall=waterfall_figure(profit_parts(record), pnl) if pnl is not None and record["pnl_explained"] else None,
        facts=tuple(_facts(record)),
        legs=(*(_leg(leg) for leg in record["legs"]), *_closing(record)),
        checks=tuple(_checks(record)),
        failed=tuple(line for line in verdict_lines(record) if line.passed is False),
        phases=explain(record, run.settings),
    )


def _checks(record: Record) -> list[Check]:
    found: dict[str, str] = {}
    for verdict in record["verdicts"]:
        state = "failed" if not verdict["passed"] else "warned" if verdict["reason"] else "passed"
        found[verdict["id"]] = min(found.get(verdict["id"], state), state, key=("failed", "warned", "passed").index)
    return [Check(identity, check(identity), state) for identity, state in found.items()]


def _refusal(record: Record) -> str:
    values = (
        f" ({number(record['value'])} against {number(record['limit'])})"
        if record["value"] is not None and record["limit"] is not None
        else ""
    )
    return f"{phase(record['rejected_phase'])}: {reason(record['reason'])}{values}"


def _facts(record: Record) -> list[tuple[str, str]]:
    facts = [
        ("spot", dollars(record["spot"])),
        ("signal", (record["signal"] or number(None)).capitalize()),
        ("IV30", percent(record["iv30"])),
        ("RV30", percent(record["rv30"])),
        ("IV30 / RV30", number(None) if record["iv_rv_ratio"] is None else number(record["iv_rv_ratio"], 2)),
        ("slope a day", number(None) if record["slope"] is None else number(record["slope"], 4)),
        ("event jump", percent(record["sigma_event"])),
        ("expected crush", percent(record["expected_crush"], 0)),
        ("natural debit", dollars(record["natural_debit"])),
        ("mid debit", dollars(record["mid_debit"])),
    ]
    if record["entry"]:
        facts += [("contracts", number(record["contracts"])), ("paid", dollars(record["entry"]["price"]))]
    if record["exit"]:
        facts += [("received", dollars(record["exit"]["price"])), ("spot at exit", dollars(record["exit"]["spot"]))]
    return facts


def _closing(record: Record) -> list[str]:
    if record["exit"] is None:
        return []
    why = EXITS.get(record["exit_reason"] or "", record["exit_reason"] or "")
    return [": ".join(part for part in (f"closed {day(record['exit']['filled_at'])}", why) if part)]


def _leg(leg: Mapping[str, Any]) -> str:
    ratio = f"{'+' if leg['ratio'] > 0 else MINUS}{abs(leg['ratio'])}"
    return (
        f"{ratio} {day(leg['expiry'])} {number(leg['strike'])} {leg['right'].lower()}, {dollars(leg['bid'])} bid, {dollars(leg['ask'])} ask"
    )
