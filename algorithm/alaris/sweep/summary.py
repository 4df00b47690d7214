"""A sweep in a few lines: for the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from alaris.records.wording import count, number
from alaris.sweep.deflated_sharpe import DeflatedSharpe, annualised
from alaris.sweep.findings import Findings, History
from alaris.sweep.folder import TABLE, Question
from alaris.sweep.objective import statistic
from alaris.sweep.plan import Plan
from alaris.sweep.running import Outcome
from alaris.sweep.trial import Row
from alaris.sweep.walk_forward import Fold

BESIDE = ("Net Profit", "Drawdown", "Total Orders")


def top_rows(plan: Plan, question: Question, found: Findings, limit: int) -> list[dict[str, str]]:
    """The best runs as cells of a table."""
    names = [question.target.name, *(name for name in BESIDE if name != question.target.name)]
    return [
        {
            "run": str(row.number),
            **{name: row.parameters.get(name, "") for name in plan.varied},
            **{_label(question, name): shown(row, name) for name in names},
        }
        for row in found.ranked[:limit]
    ]


def shown(row: Row, name: str) -> str:
    """A statistic of a run as text."""
    value = statistic(row.statistics, name)
    return number(value) if isfinite(value) else number(None)


def counts_line(outcome: Outcome) -> str:
    """How many runs completed, failed or came from before, and what was lost on the way."""
    completed = sum(row.completed for row in outcome.rows)
    parts = [
        f"{count(completed, 'run')} completed on {outcome.place}" if outcome.resumed < len(outcome.rows) else "all runs were done before"
    ]
    if completed < len(outcome.rows):
        parts.append(f"{len(outcome.rows) - completed:,} failed: each is a row with its error")
    if 0 < outcome.resumed < len(outcome.rows):
        parts.append(f"{count(outcome.resumed, 'run')} taken from before the interruption")
    if outcome.lost:
        parts.append(f"{count(outcome.lost, 'worker')} lost on the way, the work done again elsewhere")
    return "; ".join(parts)


def summary(folder: Path, page: Path, question: Question, outcome: Outcome, found: Findings) -> dict[str, Any]:
    """Everything of a sweep but its rows."""
    completed = sum(row.completed for row in outcome.rows)
    return {
        "output": str(folder),
        "table": str(folder / TABLE),
        "report": str(page),
        "runs": len(outcome.rows),
        "completed": completed,
        "failed": len(outcome.rows) - completed,
        "resumed": outcome.resumed,
        "lost_workers": outcome.lost,
        "place": outcome.place,
        **question.as_json(),
        "best": _best(found, question),
        "walk_forward": [_fold(fold, found.history) for fold in found.folds if found.history is not None],
        "deflated_sharpe": _deflated(found.deflated),
    }


def _best(found: Findings, question: Question) -> dict[str, Any] | None:
    best = found.best
    if best is None:
        return None
    around = found.neighbourhoods[best.number]
    sign = 1 if question.target.direction == "max" else -1
    median, worst = (sign * value if isfinite(value) else None for value in (around.median, around.worst))
    return {
        "run": best.number,
        "parameters": dict(best.parameters),
        "value": statistic(best.statistics, question.target.name),
        "neighbours": {"count": around.neighbours, "median": median, "worst": worst},
        "statistics": dict(best.statistics),
    }


def _fold(fold: Fold, found: History) -> dict[str, Any]:
    return {
        "run": found.rows[fold.chosen].number,
        "train": [found.days[fold.train.start], found.days[fold.train.stop - 1]],
        "test": [found.days[fold.test.start], found.days[fold.test.stop - 1]],
        "train_sharpe": annualised(fold.train_sharpe),
        "test_sharpe": annualised(fold.test_sharpe),
        "test_return": fold.test_return,
        "beaten": fold.beaten,
    }


def _deflated(found: DeflatedSharpe | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    values = asdict(found)
    values["probability"] = found.probability if isfinite(found.probability) else None
    return values


def _label(question: Question, name: str) -> str:
    return question.target.label if name == question.target.name else name
