"""The page of `alaris data validate`: each underlying's year at a glance, what was refused and why, and what its files lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any

from markupsafe import Markup

from alaris.data.check import Finding, Severity
from alaris.data.lean_folder import demo_marker
from alaris.data.validation import Check, Session, summed
from alaris.records import drawing as draw
from alaris.records.drawing import Scale, element, joined
from alaris.records.files import write_text
from alaris.records.report import TEMPLATES

OWN_TEMPLATES = Path(__file__).parent / "templates"
WIDTH, LEFT, RIGHT = 1080, 104, 1040
SPOT_TOP, SPOT_BOTTOM, STRIP, GAP = 12, 120, 16, 6
BREACH, FLOOR = 90, 26
MOST_ROWS, HIGHEST_SHARE = 200, 3.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One check of one underlying over its sessions."""

    name: str
    sessions: int
    refused: int
    warned: int
    told: Sequence[tuple[date, Check]]


def write_page(path: Path, folder: Path, found: Sequence[Finding], sessions: Sequence[Session]) -> None:
    """Write one file without network needs."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - 60 ms that only the page needs

    loader = FileSystemLoader([OWN_TEMPLATES, TEMPLATES])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    write_text(path, environment.get_template("validation.html.j2").render(view(folder, found, sessions)))


def view(folder: Path, found: Sequence[Finding], sessions: Sequence[Session]) -> dict[str, Any]:
    """Everything the template lays out."""
    lanes = _lanes(sessions)
    refused = [(session, check) for session in sessions for check in session.checks if check.refused]
    symbols = list(dict.fromkeys(session.symbol for session in sessions))
    marker = demo_marker(folder) or {}
    days = sorted({session.day for session in sessions})
    return {
        "title": folder.resolve().name,
        "synthetic": bool(marker.get("synthetic")),
        "subtitle": f"{days[0]:%-d %B %Y} to {days[-1]:%-d %B %Y}" if days else "no session could be judged",
        "tiles": _tiles(found, sessions, len(refused)),
        "symbols": [
            {"name": symbol, "lanes": lanes[symbol], "figure": figure([one for one in sessions if one.symbol == symbol], lanes[symbol])}
            for symbol in symbols
        ],
        "refused": [{"symbol": one.symbol, "day": one.day, "check": check.name, "note": check.note} for one, check in refused[:MOST_ROWS]],
        "refused_more": max(0, len(refused) - MOST_ROWS),
        "files": [_file(one, folder) for one in found],
    }


def figure(sessions: Sequence[Session], lanes: Sequence[Lane]) -> Markup:
    """The share's price with its reports, a strip a check, and how near the worst price bound came to its limit."""
    moments = [_moment(session.day) for session in sessions]
    across = Scale(moments[0], moments[-1], LEFT, RIGHT)
    strips = SPOT_BOTTOM + 22
    breach = strips + len(lanes) * (STRIP + GAP) + 14
    height = breach + BREACH + FLOOR
    refused = sum(check.refused for session in sessions for check in session.checks)
    label = f"{sessions[0].symbol}: {len(sessions)} sessions, {refused} refusals"
    parts = [
        *_months(across, height),
        *_spot(sessions, across),
        *(part for place, lane in enumerate(lanes) for part in _strip(lane, across, strips + place * (STRIP + GAP), len(sessions))),
        *_breaches(lanes, across, breach),
    ]
    return draw.drawing(WIDTH, height, label, parts, class_="validation")


def _spot(sessions: Sequence[Session], across: Scale) -> list[Markup]:
    prices = [session.spot for session in sessions]
    money = Scale(min(prices), max(prices), SPOT_BOTTOM, SPOT_TOP)
    points = [(across(_moment(session.day)), money(session.spot)) for session in sessions]
    eves = [across(_moment(session.day)) for session in sessions if session.reports_next]
    return [
        *(element("line", x1=x, x2=x, y1=SPOT_TOP - 4, y2=SPOT_BOTTOM, class_="eve") for x in eves),
        *_levels(money, across, [(value, f"{value:g}") for value in draw.ticks(money.low, money.high, 4)]),
        element("path", d=draw.polyline(points), class_="line"),
        element("text", "spot, USD", x=0, y=SPOT_TOP + 8, class_="tick"),
    ]


def _strip(lane: Lane, across: Scale, top: float, sessions: int) -> list[Markup]:
    width = max(1.0, (RIGHT - LEFT) / max(sessions, 1) - 0.4)
    kinds: dict[str, list[float]] = {"passed": [], "warned": [], "refused": []}
    for day, check in lane.told:
        kinds["refused" if check.refused else "warned" if check.warned else "passed"].append(across(_moment(day)))
    cells = [
        element("path", d="".join(f"M{x - width / 2:.1f},{top}h{width:.1f}v{STRIP}h{-width:.1f}Z" for x in places), class_=f"cell {kind}")
        for kind, places in kinds.items()
        if places
    ]
    return [element("text", lane.name, x=0, y=top + STRIP - 4, class_="tick lane"), *cells]


def _breaches(lanes: Sequence[Lane], across: Scale, top: float) -> list[Markup]:
    """The arbitrage check's worst value as a share of its limit: 1 is the limit."""
    told = [(day, check.share) for lane in lanes if lane.name == "DTqc002A" for day, check in lane.told if isfinite(check.share)]
    shares = Scale(0, min(HIGHEST_SHARE, max([1.2, *(share for _, share in told)])), top + BREACH, top)
    dots = [
        element("circle", cx=across(_moment(day)), cy=shares(min(share, shares.high)), r=1.8, class_="dot over" if share > 1 else "dot")
        for day, share in told
    ]
    limit = shares(1)
    return [
        *_levels(shares, across, [(value, f"{value:g}") for value in draw.ticks(0, shares.high, 3)]),
        element("line", x1=LEFT, x2=RIGHT, y1=limit, y2=limit, class_="limit"),
        element("text", "worst bound,", x=0, y=top + 10, class_="tick"),
        element("text", "share of limit", x=0, y=top + 24, class_="tick"),
        *dots,
    ]


def _levels(scale: Scale, across: Scale, labels: Sequence[tuple[float, str]]) -> list[Markup]:
    lines = [element("line", x1=across.start, x2=across.end, y1=scale(value), y2=scale(value), class_="grid") for value, _ in labels]
    return [*lines, *(element("text", text, x=RIGHT + 6, y=scale(value) + 4, class_="tick") for value, text in labels)]


def _months(across: Scale, height: float) -> list[Markup]:
    months = draw.month_ticks(across.low, across.high, 14)
    return [joined([element("text", label, x=across(moment), y=height - 6, class_="tick")]) for moment, label in months]


def _lanes(sessions: Sequence[Session]) -> dict[str, list[Lane]]:
    found: dict[str, list[Lane]] = {session.symbol: [] for session in sessions}
    for (symbol, name), told in summed(sessions).items():
        refused, warned = sum(one.refused for _, one in told), sum(one.warned and not one.refused for _, one in told)
        found[symbol].append(Lane(name, len(told), refused, warned, told))
    return {symbol: sorted(lanes, key=lambda lane: (not lane.name.startswith("DTqc"), lane.name)) for symbol, lanes in found.items()}


def _tiles(found: Sequence[Finding], sessions: Sequence[Session], refused: int) -> list[dict[str, str]]:
    errors = sum(one.severity is Severity.ERROR for one in found)
    contracts, quoted = sum(one.contracts for one in sessions), sum(one.two_sided for one in sessions)
    crossed = sum(one.crossed for one in sessions)
    share = f"{quoted / contracts:.1%}" if contracts else "none"
    return [
        {"label": "Sessions judged", "value": f"{len(sessions):,}", "kind": "", "note": f"{contracts:,} rows of contracts"},
        {"label": "Refused", "value": f"{refused:,}", "kind": "loss" if refused else "", "note": "checks of a session that failed"},
        {"label": "Quoted on both sides", "value": share, "kind": "", "note": f"{crossed:,} crossed"},
        {
            "label": "Files",
            "value": f"{errors:,}",
            "kind": "loss" if errors else "",
            "note": f"errors, and {len(found) - errors:,} warnings",
        },
    ]


def _file(one: Finding, folder: Path) -> dict[str, str]:
    place = one.path.relative_to(folder) if one.path.is_relative_to(folder) else one.path
    line = "" if one.line is None else f":{one.line}"
    return {"severity": one.severity.value, "place": f"{place}{line}", "fault": one.message, "remedy": one.remedy}


def _moment(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
