"""The page of a sweep: heat map, stability, walk-forward split, deflated Sharpe ratio, all runs; one file without network needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from statistics import mean
from typing import Any

from alaris.data.lean_folder import demo_marker
from alaris.records.drawing import Point
from alaris.records.figures import EquityCurve, equity_figure
from alaris.records.files import write_text
from alaris.records.page import Tile
from alaris.records.report import TEMPLATES
from alaris.records.wording import MINUS, NONE, count, day, number, percent, sign
from alaris.sweep.deflated_sharpe import DeflatedSharpe, annualised
from alaris.sweep.figures import heat_figure, heat_maps
from alaris.sweep.findings import Findings
from alaris.sweep.folder import PAGE, Question
from alaris.sweep.objective import statistic
from alaris.sweep.plan import Plan
from alaris.sweep.running import Outcome
from alaris.sweep.summary import BESIDE, counts_line, shown
from alaris.sweep.trial import Row

OWN_TEMPLATES = Path(__file__).parent / "templates"
MOST_ROWS, MOST_FAILURES, TOP = 500, 50, 10
ASKED = 0.95  # what Bailey and López de Prado ask of a deflated Sharpe ratio


def write_page(folder: Path, plan: Plan, question: Question, outcome: Outcome, found: Findings) -> Path:
    """Write `sweep.html` into the folder of a sweep."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - 60 ms that only the page needs

    loader = FileSystemLoader([OWN_TEMPLATES, TEMPLATES])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    target = folder / PAGE
    write_text(target, environment.get_template("sweep.html.j2").render(_view(plan, question, outcome, found)))
    return target


def _view(plan: Plan, question: Question, outcome: Outcome, found: Findings) -> dict[str, Any]:
    marker = demo_marker(plan.data_folder) or {}
    lower = question.target.direction == "min"
    values = {row.number: statistic(row.statistics, question.target.name) for row in outcome.rows if row.completed}
    maps = heat_maps(outcome.rows, plan.varied, values, found.best)
    failed = [row for row in outcome.rows if not row.completed]
    return {
        "title": f"{question.target.label} of {plan.algorithm.parent.name if plan.algorithm.name == 'main.py' else plan.algorithm.stem}",
        "subtitle": counts_line(outcome),
        "synthetic": bool(marker.get("synthetic")),
        "seed": marker.get("seed"),
        "target": question.target.label,
        "direction": "smallest" if lower else "largest",
        "constraints": [str(one) for one in question.constraints],
        "tiles": _tiles(question, outcome, found),
        "maps": [{"map": one, "figure": heat_figure(one, question.target.label, lower_is_better=lower)} for one in maps],
        "varied": plan.varied,
        "stability": _stability(plan, question, found),
        "equity": _equity(found.best),
        "folds": _folds(plan, found),
        "deflated": _deflated(found.deflated),
        "columns": [name for name in BESIDE if name != question.target.name],
        "rows": [_row(plan, question, row, found) for row in outcome.rows[:MOST_ROWS]],
        "left_out": max(len(outcome.rows) - MOST_ROWS, 0),
        "failed": [{"number": row.number, "parameters": _parameters(plan, row), "reason": row.reason} for row in failed[:MOST_FAILURES]],
        "failed_count": len(failed),
        "plan": plan,
        "fixed": {name: value for name, value in plan.trials[0].parameters.items() if name not in plan.varied},
    }


def _tiles(question: Question, outcome: Outcome, found: Findings) -> list[Tile]:
    tiles = [Tile("Runs", f"{len(outcome.rows):,}", "", f"{sum(not row.completed for row in outcome.rows):,} failed")]
    if found.best is not None:
        around = found.neighbourhoods[found.best.number]
        direction = 1 if question.target.direction == "max" else -1
        value = statistic(found.best.statistics, question.target.name)
        tiles.insert(0, Tile(f"Best {question.target.label}", number(value), "", f"run {found.best.number}"))
        if around.neighbours:
            worst = f"worst of {around.neighbours}: {number(direction * around.worst)}"
            tiles.append(Tile("Median of its neighbours", number(direction * around.median), "", worst))
    if found.folds:
        trained, tested = (mean(annualised(getattr(fold, part)) for fold in found.folds) for part in ("train_sharpe", "test_sharpe"))
        tiles.append(Tile("Sharpe ratio after the split", number(tested, 2), sign(tested), f"{number(trained, 2)} in training, on average"))
    if found.deflated is not None and isfinite(found.deflated.probability):
        chance = found.deflated.probability
        tiles.append(
            Tile("Deflated Sharpe ratio", percent(chance), "gain" if chance >= ASKED else "loss", f"{percent(ASKED, 0)} is asked for")
        )
    return tiles


def _stability(plan: Plan, question: Question, found: Findings) -> list[dict[str, Any]]:
    direction = 1 if question.target.direction == "max" else -1
    rows = []
    for row in found.ranked[:TOP]:
        around = found.neighbourhoods[row.number]
        seen = [direction * value if isfinite(value) else None for value in (around.value, around.median, around.worst, around.typical)]
        rows.append(
            {"number": row.number, "parameters": _parameters(plan, row), "count": around.neighbours, "values": [number(v) for v in seen]}
        )
    return rows


def _equity(best: Row | None) -> Mapping[str, Any] | None:
    if best is None or len(best.equity) < 2:
        return None
    moments = [datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() for one in best.days]
    points = tuple(zip(moments, best.equity, strict=True))
    curve = EquityCurve(points, _drawdown(points))
    return {"wide": equity_figure(curve, 1080, 280), "narrow": equity_figure(curve, 358, 280), "number": best.number}


def _drawdown(points: tuple[Point, ...]) -> tuple[Point, ...]:
    peak, depth = points[0][1], []
    for moment, value in points:
        peak = max(peak, value)
        depth.append((moment, value / peak - 1 if peak > 0 else 0.0))
    return tuple(depth)


def _folds(plan: Plan, found: Findings) -> list[dict[str, Any]]:
    if found.history is None:
        return []
    days, runs = found.history.days, found.history.rows
    return [
        {
            "train": f"to {day(days[fold.train.stop - 1])}",
            "test": f"{day(days[fold.test.start])} to {day(days[fold.test.stop - 1])}",
            "number": runs[fold.chosen].number,
            "parameters": _parameters(plan, runs[fold.chosen]),
            "train_sharpe": number(annualised(fold.train_sharpe), 2),
            "test_sharpe": number(annualised(fold.test_sharpe), 2),
            "kind": sign(fold.test_return),
            "test_return": percent(fold.test_return, 2),
            "beaten": percent(fold.beaten, 0),
        }
        for fold in found.folds
    ]


def _deflated(found: DeflatedSharpe | None) -> list[tuple[str, str]]:
    if found is None:
        return []
    best = found.selected
    return [
        ("Deflated Sharpe ratio", percent(found.probability, 2) if isfinite(found.probability) else NONE),
        ("Sharpe ratio of the best run", f"{number(annualised(best.sharpe), 3)} a year, {number(best.sharpe, 5)} a day"),
        ("Expected best without any edge", f"{number(annualised(found.benchmark), 3)} a year, {number(found.benchmark, 5)} a day"),
        ("Runs, and independent ones among them", f"{found.trials:,}, {number(found.independent_trials, 1)}"),
        ("Variance of their Sharpe ratios", f"{found.variance:.3g} a day".replace("-", MINUS)),
        ("Days", f"{best.observations:,}, Monday to Friday"),
        ("Skewness and kurtosis of the returns", f"{number(best.skewness, 2)} and {number(best.kurtosis, 2)}; 0 and 3 if they were normal"),
    ]


def _row(plan: Plan, question: Question, row: Row, found: Findings) -> dict[str, Any]:
    names = [question.target.name, *(name for name in BESIDE if name != question.target.name)]
    return {
        "number": row.number,
        "best": found.best is not None and row.number == found.best.number,
        "parameters": [row.parameters.get(name, NONE) for name in plan.varied],
        "values": [shown(row, name) for name in names],
        "status": "" if row.completed else row.status,
    }


def _parameters(plan: Plan, row: Row) -> str:
    return ", ".join(f"{name} {row.parameters[name]}" for name in plan.varied if name in row.parameters) or count(0, "parameter")
