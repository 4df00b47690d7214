"""Worker processes on this machine: each imports the engine once and runs one backtest after another."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from alaris.sweep.trial import LOST, Job, Row, run_trial

TRIES = 2  # a run whose process dies is tried once more, in case it was not the run's fault
PATIENCE = 5.0  # seconds for a worker to leave by itself


@dataclass(slots=True)
class Worker:
    """A process, the pipe to it, and the run it is at."""

    process: SpawnProcess
    pipe: Connection
    job: Job | None = None


class LocalWorkers:
    """A pool of processes that outlives the death of any of them.

    Parameters
    ----------
    size : int
        Processes; 1 or more.
    log : Path
        Where goes what algorithms print.
    """

    def __init__(self, size: int, log: Path) -> None:
        self.size = size
        self.lost = 0
        self._log = log
        self._workers: list[Worker] = []

    @property
    def place(self) -> str:
        """Where the runs run."""
        return f"{self.size} {'process' if self.size == 1 else 'processes'} on this machine"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.pipe.close()
            if kind is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers.clear()

    def results(self, jobs: Sequence[Job]) -> Iterator[Row]:
        """Rows as they are done, in no order."""
        waiting, tries = deque(jobs), dict.fromkeys((job.number for job in jobs), 0)
        self._workers += [self._start() for _ in range(min(self.size, len(jobs)) - len(self._workers))]
        for worker in self._workers:
            _hand(worker, waiting)
        while busy := {worker.pipe: worker for worker in self._workers if worker.job is not None}:
            for ready in wait(list(busy)):
                worker = busy[ready]  # type: ignore[index] # `wait` returns what it was given
                yield from self._answer(worker, waiting, tries)

    def _answer(self, worker: Worker, waiting: deque[Job], tries: dict[int, int]) -> Iterator[Row]:
        """Take a worker's row, or replace a worker that died."""
        try:
            row: Row = worker.pipe.recv()
        except (EOFError, OSError):
            yield from self._replace(worker, waiting, tries)
            return
        worker.job = None
        _hand(worker, waiting)
        yield row

    def _replace(self, worker: Worker, waiting: deque[Job], tries: dict[int, int]) -> Iterator[Row]:
        worker.process.join()
        worker.pipe.close()
        self.lost += 1
        job = worker.job
        if job is not None:
            tries[job.number] += 1
            if tries[job.number] < TRIES:
                waiting.appendleft(job)
            else:
                yield Row(job.number, dict(job.parameters), LOST, f"its process died {TRIES} times, {_cause(worker.process.exitcode)}")
        self._workers.remove(worker)
        if waiting:
            fresh = self._start()
            self._workers.append(fresh)
            _hand(fresh, waiting)

    def _start(self) -> Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._log), daemon=True)
        process.start()
        theirs.close()
        return Worker(process, ours)


def _hand(worker: Worker, waiting: deque[Job]) -> None:
    if waiting:
        worker.job = waiting.popleft()
        with contextlib.suppress(OSError):  # it died since; its end of the pipe tells when the row is read
            worker.pipe.send(worker.job)


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        hint = "; often that is the system out of memory" if -code == signal.SIGKILL else ""
        return f"the last time by {signal.Signals(-code).name}{hint}"
    return f"the last time with exit code {code}"


def _work(pipe: Connection, log: Path) -> None:
    """Run what comes until the pipe is closed; the whole life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _leave_with_the_parent()
    _print_to(log)
    while True:
        try:
            job: Job = pipe.recv()
        except EOFError:
            return
        pipe.send(run_trial(job))


def _leave_with_the_parent() -> None:
    """A sweep that was killed must not go on in the background, beside the one that resumes it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _print_to(log: Path) -> None:
    """Send what algorithms print to a file: a sweep's own output is one table."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
