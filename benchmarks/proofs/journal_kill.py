"""Proof 4, kill: a writer is killed (-9) at 100 random points; every record it acknowledged is there, the chain holds, restart is quick.

The writer tells its parent the number and hash of each record once its transaction is committed. The next writer opens the same file,
so that one journal goes through all the kills. A restart is timed from the start of the process to its first committed record. A kill
takes the process, not the machine: what survives the loss of power rests on `synchronous=FULL` and the disk's word.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from alaris.journal.store import Journal
from alaris.journal.verification import verify

LONGEST_LIFE = 0.4  # seconds of writing before the kill; every fourth writer is killed while it starts
RESTART = 2.0


@dataclass(frozen=True, slots=True)
class Life:
    """What one writer acknowledged before it was killed, and its seconds to the first of it, by the clock and of the processor.

    NaN where the writer was to be killed while it started.
    """

    acknowledged: dict[int, str]
    seconds: float
    processor: float


def main() -> None:
    """Print the figures and a pass line; leave with 1 where it fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=8)
    arguments.add_argument("--short", action="store_true", help="four kills, without judging the speed")
    arguments.add_argument("--write", metavar="JOURNAL", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.write is not None:
        _write(given.write, given.seed)
    with TemporaryDirectory() as folder:
        passed = _survived(Path(folder) / "journal.db", 4 if given.short else given.kills, given.seed, judged=not given.short)
    sys.exit(0 if passed else 1)


def _survived(path: Path, kills: int, seed: int, *, judged: bool) -> bool:
    chance = random.Random(seed)  # noqa: S311 - where to kill is no secret
    lives, lost = [], 0
    for number in range(kills):
        life = _life(path, number, chance)
        lost += _missing(path, life.acknowledged)
        lives.append(life)
    acknowledged = {sequence: hash_ for life in lives for sequence, hash_ in life.acknowledged.items()}
    lost += _missing(path, acknowledged)
    with Journal(str(path)) as journal:
        found = verify(journal)
    restarts = sorted(life.seconds for life in lives[1:] if isfinite(life.seconds))
    unacknowledged = found.records - len(acknowledged)
    starting = sum(not life.acknowledged for life in lives)
    median, worst = restarts[len(restarts) // 2], restarts[-1]
    print(f"journal kill -9 {kills} kills, {starting} of them while starting; {len(acknowledged):,} records acknowledged, {lost} lost")
    print(f"                {unacknowledged} committed and killed before they were acknowledged; chain of {found.records:,} is whole")
    processor = max(life.processor for life in lives if isfinite(life.seconds))
    print(f"                restart to first record: median {median:.2f} s, worst {worst:.2f} s (limit {RESTART} s)")
    print(
        f"                of which the processor at most {processor:.2f} s; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    passed = lost == 0 and (worst < RESTART or not judged)
    print(f"{'PASS' if passed else 'FAIL'}            every acknowledged record is there\n")
    return passed


def _life(path: Path, number: int, chance: random.Random) -> Life:
    began = perf_counter()
    command = [sys.executable, __file__, "--write", str(path), "--seed", str(number)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - this very file
    if writer.stdout is None:
        raise RuntimeError("the writer has no output")
    first, seconds, processor = b"", float("nan"), float("nan")
    if number % 4 != 3:
        first, processor = writer.stdout.readline(), float(writer.stdout.readline())
        seconds = perf_counter() - began
        lifetime = chance.uniform(0, LONGEST_LIFE)
    else:
        lifetime = chance.uniform(0, 1.0)
    _killed(writer, lifetime)
    told = first + writer.stdout.read()
    writer.stdout.close()
    return Life(dict(_acknowledged(told)), seconds, processor)


def _killed(writer: subprocess.Popen[bytes], lifetime: float) -> None:
    try:
        writer.wait(lifetime)
    except subprocess.TimeoutExpired:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        return
    raise SystemExit(f"the writer ended by itself with {writer.returncode}")


def _acknowledged(told: bytes) -> Iterator[tuple[int, str]]:
    for line in told.decode().splitlines(keepends=True):
        sequence, _, hash_ = line.strip().partition(" ")
        if line.endswith("\n") and hash_:  # the pipe may end in the middle of a line
            yield int(sequence), hash_


def _missing(path: Path, acknowledged: dict[int, str]) -> int:
    """How many acknowledged records the file does not hold, read without the product's code."""
    if not acknowledged:
        return 0
    connection = sqlite3.connect(path)
    between = "SELECT sequence, hash FROM records WHERE sequence BETWEEN ? AND ?"
    held = dict(connection.execute(between, (min(acknowledged), max(acknowledged))))
    connection.close()
    return sum(held.get(sequence) != hash_ for sequence, hash_ in acknowledged.items())


def _write(path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - what is written is no secret
    with Journal(str(path)) as journal:
        for number in count():
            kind = "intent" if chance.random() < 0.3 else "fill"
            entry = {"trade_id": f"{seed}|{number}", "execution_id": f"{seed}.{number}.01", "contracts": 1, "price": 1.25}
            records = journal.append_all([(kind, entry)] * (chance.randint(1, 20) if number else 1))
            told = "".join(f"{record.sequence} {record.hash}\n" for record in records)
            os.write(sys.stdout.fileno(), (told if number else f"{told}{process_time()}\n").encode())


if __name__ == "__main__":
    main()
