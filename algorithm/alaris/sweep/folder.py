"""The folder of a sweep: its plan, a journal of rows that survives a kill, and the lock that keeps a second one out."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from alaris.domain import DataError
from alaris.records.files import write_text
from alaris.sweep.objective import Constraint, Target, read_constraint
from alaris.sweep.plan import Plan, restored
from alaris.sweep.trial import Keep, Row

PLAN, JOURNAL, LOCK, LOG, RUNS = "sweep.json", "runs.jsonl", "sweep.lock", "workers.log", "runs"
TABLE, PAGE = "sweep.parquet", "sweep.html"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a sweep beside its plan: the target, the constraints, what to keep of each run."""

    target: Target = field(default_factory=Target)
    constraints: tuple[Constraint, ...] = ()
    keep: Keep = Keep.NONE

    def as_json(self) -> dict[str, Any]:
        """As the folder keeps it."""
        return {
            "target": self.target.name,
            "direction": self.target.direction,
            "constraints": [str(one) for one in self.constraints],
            "keep": self.keep.value,
        }


def read_folder(folder: Path) -> tuple[Plan, Question]:
    """The plan and the question that a sweep's folder keeps.

    Raises
    ------
    DataError
        The folder holds no sweep.
    """
    content = _plan_json(folder)
    if content is None:
        raise DataError(folder, f"holds no {PLAN}; name the folder of a sweep")
    question = content["question"]
    constraints = tuple(read_constraint(text) for text in question["constraints"])
    return restored(content["plan"]), Question(Target(question["target"], question["direction"]), constraints, Keep(question["keep"]))


def claim(folder: Path, plan: Plan, question: Question) -> None:
    """Write the plan, or make sure that the one in the folder is the same.

    Raises
    ------
    DataError
        The folder holds the plan of another sweep.
    """
    before, now = _plan_json(folder), plan.as_json()
    if before is not None and before["plan"] != now:
        changed = ", ".join(name for name in now if before["plan"].get(name) != now[name])
        raise DataError(folder, f"holds a sweep of something else (changed: {changed}); give another --output, or empty the folder")
    write_text(folder / PLAN, json.dumps({"plan": now, "question": question.as_json()}, indent=1) + "\n")


def _plan_json(folder: Path) -> Mapping[str, Any] | None:
    try:
        content: Mapping[str, Any] = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(folder / PLAN, f"cannot be read ({error}); empty the folder and start the sweep again") from error
    return content


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other sweeps out of the folder; the system frees it when the process dies, however that happens.

    Raises
    ------
    DataError
        Another process is at work in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataError(folder, "is in use by another sweep; wait for it, or give another --output") from None
        yield


class Journal:
    """Rows of finished runs, one a line, on disk before the next is asked for.

    Parameters
    ----------
    folder : Path
        Of the sweep; a last line that a kill cut short is dropped.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self.rows = {row.number: row for row in _read(self._path)}
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, row: Row) -> None:
        """Keep a row for good."""
        if self._file is None:
            raise RuntimeError("the journal is written inside its `with` block")
        self.rows[row.number] = row
        self._file.write(json.dumps(row.as_json(), allow_nan=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def forget_failed(self) -> None:
        """Drop rows of runs that did not complete, so that they are run again."""
        self.rows = {number: row for number, row in self.rows.items() if row.completed}
        lines = (json.dumps(row.as_json(), allow_nan=False) + "\n" for row in self.rows.values())
        write_text(self._path, "".join(lines))


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    try:
        return [Row(**json.loads(line)) for line in whole.splitlines()]
    except (ValueError, TypeError) as error:
        raise DataError(path, f"cannot be read ({error}); empty the folder and start the sweep again") from error
