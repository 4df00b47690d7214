"""One thread a plugin, so that a call that hangs costs its budget and not the morning."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any


@dataclass(frozen=True, slots=True)
class Raised:
    """What a call raised, carried from the plugin's thread to the caller's."""

    error: BaseException


Job = tuple[Callable[[], Any], "SimpleQueue[Any]"]


class BudgetedCaller:
    """Run calls of one plugin in turn on a thread of its own; a call over its budget is left behind.

    The plugin never runs twice at the same time on a thread that still answers, so its author need not think of threads.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Job | None] | None = None
        self._turn = threading.Lock()

    def run(self, call: Callable[[], Any], seconds: float) -> Any:
        """Result of `call`, or `Raised`; TimeoutError inside `Raised` when `seconds` have passed."""
        with self._turn:
            if self._jobs is None:
                self._jobs = _started()
            answer: SimpleQueue[Any] = SimpleQueue()
            self._jobs.put((call, answer))
            try:
                return answer.get(timeout=seconds)
            except Empty:
                self._jobs.put(None)  # the thread ends when the plugin lets it; the next call gets a fresh one
                self._jobs = None
                return Raised(TimeoutError(f"no answer within {seconds:g} s"))

    def close(self) -> None:
        """End the thread once it is idle."""
        with self._turn:
            if self._jobs is not None:
                self._jobs.put(None)
                self._jobs = None


def run_here(call: Callable[[], Any]) -> Any:
    """Result of `call` on the caller's own thread, or `Raised`; only the user's interrupt passes."""
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin boundary: one that raises, or calls sys.exit(), never ends the host
        return Raised(error)


def _started() -> SimpleQueue[Job | None]:
    jobs: SimpleQueue[Job | None] = SimpleQueue()
    threading.Thread(target=_serve, args=(jobs,), name="alaris-plugin", daemon=True).start()
    return jobs


def _serve(jobs: SimpleQueue[Job | None]) -> None:
    while (job := jobs.get()) is not None:
        call, answer = job
        try:
            answer.put(call())
        except BaseException as error:  # noqa: BLE001 - the plugin boundary, see run_here
            answer.put(Raised(error))
