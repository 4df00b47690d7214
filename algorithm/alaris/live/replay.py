"""Play a recorded day again: the same engine and algorithm, every answer from the record, and whether the decisions are the same bytes."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alaris.domain import NEW_YORK, DataError, JournalError
from alaris.journal.store import Journal
from alaris.live.session import LiveRules, Session
from alaris.live.tape import DECISION, START, ReplayedTape, read_day, recorded_days
from alaris.plugins.taping import answer_tape
from alaris_runner.live import run_live

KEPT = frozenset({"intent", "order", "status", "fill", "fee", "breakers", "imported"})  # what a start reads of the journal
Entry = tuple[str, int, Any]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One process's part of a day: what was decided then and now, JSON lines, and why the replay failed, if it did."""

    started: datetime
    then: tuple[str, ...]
    now: tuple[str, ...]
    error: str = ""

    @property
    def same(self) -> bool:
        """Whether every decision is the same, byte for byte, and none is missing."""
        return not self.error and self.then == self.now

    @property
    def first_difference(self) -> int | None:
        """Number of the first line that differs, counted from 0."""
        if self.then == self.now:
            return None
        pairs = zip(self.then, self.now, strict=False)
        return next((n for n, (before, after) in enumerate(pairs) if before != after), min(len(self.then), len(self.now)))


def replay(folder: Path, day: date) -> list[Replayed]:
    """Play every process that ran on a day, each from its own start.

    Raises
    ------
    DataError
        There is no record of the day, or none of the start of the process that wrote it.
    """
    return [_play(folder, entries, day) for entries in _processes(folder, day)]


def _processes(folder: Path, day: date) -> list[list[Entry]]:
    """The records of each process that wrote on a day, from its start to the end of the day."""
    read_day_once = list(read_day(folder, day))
    earlier = [one for one in recorded_days(folder) if one < day]
    entries = list(read_day_once)
    while entries and entries[0][0] != START:
        if not earlier:
            raise DataError(folder, f"holds no start of the process that wrote {day}; keep the earlier days beside it")
        entries = [*_from_last_start(list(read_day(folder, earlier.pop()))), *entries]
    return list(_split(entries))


def _from_last_start(entries: list[Entry]) -> list[Entry]:
    starts = [n for n, (kind, _, _) in enumerate(entries) if kind == START]
    return entries[starts[-1] :] if starts else entries


def _split(entries: list[Entry]) -> Iterator[list[Entry]]:
    starts = [n for n, (kind, _, _) in enumerate(entries) if kind == START]
    for first, last in zip(starts, [*starts[1:], len(entries)], strict=True):
        yield entries[first:last]


class _StoodWall:
    """A wall clock that stands where the process started: in a replay the record moves time."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """When the process started."""
        return self._moment

    def at(self, real: datetime) -> datetime:
        """The same."""
        return real

    def real_seconds(self, seconds: float) -> float:
        """Nobody waits in a replay."""
        del seconds  # however many
        return 0.0


def _play(folder: Path, entries: list[Entry], day: date) -> Replayed:
    from alaris_runner.engine.engine import RunSettings  # noqa: PLC0415 - the engine takes time to import; a missing record is said before

    start = entries[0][2]
    tape, began = ReplayedTape(entries[1:]), datetime.fromisoformat(start["at"])
    scratch = Path(tempfile.mkdtemp(prefix="replay-", dir=folder))
    try:
        with closing(_journal(scratch, start)) as journal:
            decisions = scratch / "journal.jsonl"
            rules = LiveRules.from_plain(start["rules"])
            session = Session(_StoodWall(began), tape, journal, decisions, rules, shadow=start["shadow"])
            settings = _settings(RunSettings, scratch, start, journal.name, decisions)
            token = answer_tape.set(tape)
            try:
                outcome = run_live(Path(start["file"]), settings, session)
            finally:
                answer_tape.reset(token)
            session.finish()
    finally:
        shutil.rmtree(scratch)
    then = tuple(answer for kind, _, answer in entries if kind == DECISION)
    return Replayed(began, _of_day(then, day), _of_day(tape.said[DECISION], day), outcome.error)


def _settings(kind: type[Any], scratch: Path, start: dict[str, Any], journal: str, decisions: Path) -> Any:
    parameters = {**start["parameters"], "sources.journal": str(decisions), "sources.journal_url": journal}
    storage = scratch / "storage"
    for name, text in start["storage"].items():
        (storage / name).parent.mkdir(parents=True, exist_ok=True)
        (storage / name).write_text(text)
    return kind(Path(start["data_folder"]), scratch / "output", parameters, "live", "live", storage)


def _journal(scratch: Path, start: dict[str, Any]) -> Journal:
    """A journal of its own, with what the process read of the account's when it started."""
    journal = Journal(str(scratch / "journal.db"), environment={})
    if start["journal_head"]:
        try:
            with Journal(start["journal"], reading=True) as account:
                entries = [
                    (record.kind, record.entry)
                    for record in account.records()
                    if record.sequence <= start["journal_head"] and record.kind in KEPT
                ]
        except JournalError as error:
            journal.close()
            raise DataError(Path(start["journal"]), f"the account's journal is needed for what stood at the start: {error}") from error
        journal.append_all(entries)
    return journal


def _of_day(lines: Any, day: date) -> tuple[str, ...]:
    return tuple(line for line in lines if _day_of(line) in (None, day))


def _day_of(line: str) -> date | None:
    """New York's day of a decision; None where it carries no time."""
    said = json.loads(line).get("as_of")
    return datetime.fromisoformat(said).astimezone(NEW_YORK).date() if isinstance(said, str) else None
