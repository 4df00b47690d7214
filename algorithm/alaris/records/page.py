"""What the report page shows, in words and figures: the view of a run that the template only lays out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alaris.records.cards import CAUSES, Card, event_cards, profit_parts
from alaris.records.decisions import Record
from alaris.records.drawing import Point
from alaris.records.figures import EquityCurve, Mark, equity_figure, lowest, waterfall_figure
from alaris.records.ledger import refusals
from alaris.records.run_folder import RunFolder
from alaris.records.wording import MINUS, count, day, dollars, percent, sign
from alaris.settings.describe import setting_sections

MOST_CARDS = 120


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure: its name, its value, how it reads (gain, loss or neither), and a remark."""

    label: str
    value: str
    kind: str = ""
    note: str = ""


def page(run: RunFolder) -> dict[str, Any]:
    """Everything the template needs."""
    curve, cards = equity_curve(run), event_cards(run)
    closed = [record for record in run.decisions if record["pnl"] is not None]
    sections = setting_sections(run.settings)
    return {
        "title": _title(run),
        "of_events": bool(run.decisions or run.settings),
        "subtitle": _subtitle(run),
        "synthetic": run.origin is not None and run.origin.synthetic,
        "origin": run.origin,
        "status": run.result.get("state", {}).get("Status", ""),
        "tiles": _tiles(run, curve, closed),
        "equity": {"wide": equity_figure(curve, 1080, 320), "narrow": equity_figure(curve, 358, 300)} if curve else None,
        "equity_points": _hover_points(curve) if curve else [],
        "profit": _profit(closed),
        "trades": [_trade(record) for record in closed],
        **_cards(cards),
        "refusals": refusals(run.decisions),
        "statistics": list(run.result.get("statistics", {}).items()),
        "sections": sections,
        "changed": [row for section in sections for row in section.rows if row.changed],
        "digest": run.digest,
    }


def equity_curve(run: RunFolder) -> EquityCurve | None:
    """The equity chart of LEAN's result, with drawdown and closed trades; None where there is none."""
    charts = run.result.get("charts", {})
    equity = tuple(_points(charts, "Strategy Equity", "Equity"))
    if len(equity) < 2:
        return None
    drawdown = tuple((time, value / 100) for time, value in _points(charts, "Drawdown", "Equity Drawdown"))
    marks = tuple(
        Mark(
            datetime.fromisoformat(record["exit"]["filled_at"]).timestamp(),
            record["pnl"],
            f"{record['symbol']}, {day(record['exit']['filled_at'])}: {dollars(record['pnl'], signed=True)}",
        )
        for record in run.decisions
        if record["exit"] is not None and record["pnl"] is not None
    )
    return EquityCurve(equity, drawdown or _drawdown(equity), marks)


def _points(charts: Mapping[str, Any], chart: str, series: str) -> Iterable[Point]:
    """Time and value (the close of a candle) of each point that has a value."""
    for values in charts.get(chart, {}).get("series", {}).get(series, {}).get("values", []):
        if values[-1] is not None:
            yield float(values[0]), float(values[-1])


def _drawdown(equity: tuple[Point, ...]) -> tuple[Point, ...]:
    peak, depth = equity[0][1], []
    for time, value in equity:
        peak = max(peak, value)
        depth.append((time, value / peak - 1 if peak > 0 else 0.0))
    return tuple(depth)


def _hover_points(curve: EquityCurve) -> list[list[float]]:
    depth = dict(curve.drawdown)
    return [[time, round(value, 2), round(depth.get(time, 0.0), 6)] for time, value in curve.equity]


def _title(run: RunFolder) -> str:
    presets = sorted({record["preset"] for record in run.decisions})
    if presets:
        return f"Earnings calendars, preset {' and '.join(presets)}"
    return str(run.result.get("algorithmConfiguration", {}).get("name") or "Backtest")


def _subtitle(run: RunFolder) -> str:
    configuration = run.result.get("algorithmConfiguration", {})
    first, last = (str(configuration.get(key) or "")[:10] for key in ("startDate", "endDate"))
    profiles = sorted({record["profile"] for record in run.decisions})
    period = f"{day(first)} to {day(last)}" if first and last else ""
    return " · ".join(part for part in (period, f"profile {', '.join(profiles)}" if profiles else "") if part)


def _tiles(run: RunFolder, curve: EquityCurve | None, closed: list[Record]) -> list[Tile]:
    statistics = run.result.get("statistics", {})
    total, wins = sum(record["pnl"] for record in closed), sum(record["pnl"] > 0 for record in closed)
    refused = sum(record["outcome"] == "REJECTED" for record in run.decisions)
    tiles = []
    if run.decisions or run.settings:
        won = f"{wins} of {len(closed)} won" if closed else "nothing was traded"
        tiles += [
            Tile("Profit of closed events", dollars(total, signed=True), sign(total), won),
            Tile("Decisions", f"{len(run.decisions):,}", "", f"{len(run.decisions) - refused:,} traded, {refused:,} refused"),
        ]
    if curve is not None:
        first, last = curve.equity[0][1], curve.equity[-1][1]
        change = last / first - 1 if first else 0.0
        tiles.insert(0, Tile("Equity at the end", dollars(last, 0), "", f"{'+' if change > 0 else ''}{percent(change, 2)} since the start"))
        tiles.append(Tile("Largest drawdown", percent(lowest(curve.drawdown), 2)))
    tiles += [
        Tile(name, str(statistics[key]).replace("-", MINUS))
        for key, name in (("Sharpe Ratio", "Sharpe ratio"), ("Total Fees", "Fees"))
        if key in statistics
    ]
    return tiles


def _profit(closed: list[Record]) -> dict[str, Any] | None:
    explained = [record for record in closed if record["pnl_explained"]]
    if not explained:
        return None
    parts = {name: sum(profit_parts(record)[name] for record in explained) for name in profit_parts(explained[0])}
    total = sum(record["pnl"] for record in explained)
    return {
        "figure": waterfall_figure(parts, total),
        "total": dollars(total, signed=True),
        "kind": sign(total),
        "events": count(len(explained), "closed event"),
    }


def _trade(record: Record) -> dict[str, Any]:
    sides = [record[side] or {} for side in ("entry", "exit")]
    parts = profit_parts(record) if record["pnl_explained"] else {}
    return {
        "symbol": record["symbol"],
        "entry": day(sides[0].get("filled_at")),
        "exit": day(sides[1].get("filled_at")),
        "contracts": record["contracts"],
        "debit": dollars(sides[0].get("price")),
        "credit": dollars(sides[1].get("price")),
        "parts": [dollars(value, signed=True) for value in parts.values()] or [dollars(None)] * len(CAUSES),
        "pnl": dollars(record["pnl"], signed=True),
        "kind": sign(record["pnl"]),
    }


def _cards(cards: list[Card]) -> dict[str, Any]:
    shown = cards[:MOST_CARDS]
    return {"cards": shown, "left_out": len(cards) - len(shown)}
