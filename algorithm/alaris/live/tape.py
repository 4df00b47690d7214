"""The record of everything a live process saw: each answer from outside with the number of the question, so that a day can be played again.

The engine asks the world only through `Tape.take`. Live, the world answers and what is not empty is written down; in a replay the record
answers. The n-th question of a kind meets the same engine both times, so the same answers give the same decisions, byte for byte.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from alaris.domain import NEW_YORK, DataError

OWNER_ONLY = 0o600
START, DECISION = "start", "decision"


class Tape(Protocol):
    """Where the engine's questions to the world go."""

    def take(self, kind: str, ask: Callable[[], Any]) -> Any:
        """The answer, plain JSON; None or empty where there is nothing."""
        ...

    def note(self, kind: str, value: Any) -> None:
        """Keep what the process itself said: its start, its decisions."""
        ...

    def flush(self, at: datetime) -> None:
        """What was taken until now is on the disk when this returns."""
        ...


class RecordingTape:
    """Asks the world and appends what it answered to the file of the day: JSON lines in members of gzip, readable by the owner only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._counts: Counter[str] = Counter()
        self._lines: list[str] = []

    def take(self, kind: str, ask: Callable[[], Any]) -> Any:
        """Ask, and keep an answer that says something."""
        number, answer = self._counts[kind], ask()
        self._counts[kind] += 1
        if answer:
            self._lines.append(_line(kind, number, answer))
        return answer

    def note(self, kind: str, value: Any) -> None:
        """Keep what the process itself said."""
        self._lines.append(_line(kind, self._counts[kind], value))
        self._counts[kind] += 1

    def flush(self, at: datetime) -> None:
        """Append what waits to the file of the day in New York."""
        if not self._lines:
            return
        member = gzip.compress(("\n".join(self._lines) + "\n").encode(), mtime=0)
        self._lines = []
        path = day_file(self._folder, at.astimezone(NEW_YORK).date())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
        with os.fdopen(descriptor, "ab") as file:
            file.write(member)


class ReplayedTape:
    """Answers from the record of one process; keeps what the process says now, to be compared."""

    def __init__(self, entries: Iterable[tuple[str, int, Any]]) -> None:
        self._answers: dict[str, deque[tuple[int, Any]]] = defaultdict(deque)
        self._counts: Counter[str] = Counter()
        self.said: dict[str, list[Any]] = defaultdict(list)
        for kind, number, answer in entries:
            self._answers[kind].append((number, answer))

    def take(self, kind: str, ask: Callable[[], Any]) -> Any:
        """What was answered to this question then."""
        del ask  # the world is not asked
        number, waiting = self._counts[kind], self._answers[kind]
        self._counts[kind] += 1
        return waiting.popleft()[1] if waiting and waiting[0][0] == number else None

    def note(self, kind: str, value: Any) -> None:
        """Keep what the process says now."""
        self.said[kind].append(value)

    def flush(self, at: datetime) -> None:
        """Nothing is written."""


def day_file(folder: Path, day: date) -> Path:
    """The record of a day."""
    return folder / f"record-{day}.jsonl.gz"


def recorded_days(folder: Path) -> list[date]:
    """Days with a record, oldest first."""
    return sorted(date.fromisoformat(path.name[7:17]) for path in folder.glob("record-????-??-??.jsonl.gz"))


def read_day(folder: Path, day: date) -> Iterator[tuple[str, int, Any]]:
    """(kind, number, answer) of a day, in order; a last member that a crash tore is left out.

    Raises
    ------
    DataError
        There is no record of the day.
    """
    path = day_file(folder, day)
    if not path.is_file():
        days = recorded_days(folder)
        known = f"; there are {days[0]} to {days[-1]}" if days else ""
        raise DataError(path, f"no record of {day}{known}")
    for line in _text(path.read_bytes()).splitlines():
        entry = json.loads(line)
        yield entry["kind"], entry["n"], entry["answer"]


def _text(content: bytes) -> str:
    """All whole members."""
    parts, rest = [], content
    while rest:
        member = zlib.decompressobj(wbits=31)
        part = member.decompress(rest)
        if not member.eof:
            break
        parts.append(part)
        rest = member.unused_data
    return b"".join(parts).decode()


def _line(kind: str, number: int, answer: Any) -> str:
    return json.dumps({"kind": kind, "n": number, "answer": answer}, ensure_ascii=False, separators=(",", ":"))
