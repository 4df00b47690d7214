"""Run a plan: what is done already is taken from the journal, the rest goes to the workers, each row is kept as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from uuid import uuid4

from alaris.sweep.folder import RUNS, Journal, Question, claim, locked
from alaris.sweep.plan import Plan, Trial
from alaris.sweep.trial import Job, Keep, Row


class Workers(Protocol):
    """Whoever runs jobs: processes here, or a cluster."""

    @property
    def lost(self) -> int:
        """Workers that died or went away."""

    @property
    def place(self) -> str:
        """Where the runs run."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def results(self, jobs: Sequence[Job]) -> Iterator[Row]:
        """Rows as they are done, in no order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished sweep.

    Parameters
    ----------
    rows : tuple of Row
        One a trial, in the plan's order.
    resumed : int
        Rows that an earlier, interrupted sweep had left.
    lost : int
        Workers that died on the way.
    place : str
        Where the runs ran.
    """

    rows: tuple[Row, ...]
    resumed: int
    lost: int
    place: str


def run_sweep(
    plan: Plan,
    question: Question,
    folder: Path,
    start_workers: Callable[[], Workers],
    *,
    retry_failed: bool = False,
    on_row: Callable[[Row], None] = lambda _: None,
) -> Outcome:
    """Run what the folder does not hold yet.

    Parameters
    ----------
    plan, question
        What to run and what to keep.
    folder : Path
        Of the sweep; made where absent, resumed where it holds the same plan.
    start_workers : callable
        Called once, and only if there is something to run.
    retry_failed : bool
        Run again what did not complete in an earlier sweep of this folder.
    on_row : callable
        Hears of each row, kept ones first.

    Raises
    ------
    DataError
        The folder holds another plan, or another process is at work in it.
    """
    with locked(folder):
        claim(folder, plan, question)
        journal = Journal(folder)
        if retry_failed:
            journal.forget_failed()
        resumed = len(journal.rows)
        for row in journal.rows.values():
            on_row(row)
        missing = [trial for trial in plan.trials if trial.number not in journal.rows]
        lost, place = _run(missing, plan, question, folder, journal, start_workers, on_row) if missing else (0, "nowhere: all was done")
        rows = tuple(journal.rows[trial.number] for trial in plan.trials)
        return Outcome(rows, resumed, lost, place)


def _run(
    missing: Sequence[Trial],
    plan: Plan,
    question: Question,
    folder: Path,
    journal: Journal,
    start_workers: Callable[[], Workers],
    on_row: Callable[[Row], None],
) -> tuple[int, str]:
    sweep = uuid4().hex
    jobs = [_job(trial, plan, question, folder, sweep) for trial in missing]
    with journal, start_workers() as workers:
        for row in workers.results(jobs):
            journal.append(row)
            on_row(row)
        return workers.lost, workers.place


def _job(trial: Trial, plan: Plan, question: Question, folder: Path, sweep: str) -> Job:
    kept = None if question.keep is Keep.NONE else folder.resolve() / RUNS / f"{trial.number:04d}"
    return Job(trial.number, plan.algorithm, plan.data_folder, trial.parameters, kept, question.keep is Keep.PAGES, sweep)
