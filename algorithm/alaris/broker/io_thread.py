"""A thread with an event loop of its own, and questions to it from any other thread, each with a deadline."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, TypeVar

from alaris.broker.values import BrokerUnavailable

T = TypeVar("T")
LOG = logging.getLogger("alaris.broker")
GRACE = 1.0  # seconds beyond a deadline that the loop itself keeps


class IoThread:
    """One daemon thread and its loop; the client library lives on it and nowhere else."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started = threading.Event()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; schedule on it by `call_soon_threadsafe`."""
        return self._loop

    def start(self) -> None:
        """Start, and wait until the loop turns."""
        self._thread.start()
        self._started.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on the loop; nobody waits for it, so its failure goes to the log."""
        asyncio.run_coroutine_threadsafe(work, self._loop).add_done_callback(_tell_failure)

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Run a coroutine on the loop and wait for it.

        Raises
        ------
        BrokerUnavailable
            It did not end in time, or the thread asks itself, which would wait for ever.
        """
        if threading.current_thread() is self._thread or not self._thread.is_alive():
            work.close()
            raise BrokerUnavailable("the gateway cannot be asked from its own thread, nor when it is stopped; hand events to a queue")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(seconds + GRACE)
        except FutureTimeout:
            future.cancel()
            raise BrokerUnavailable(f"no answer within {seconds:g} s") from None

    def stop(self) -> None:
        """Cancel what runs, end the thread, close the loop."""
        if self._thread.is_alive():
            with suppress(FutureTimeout):  # a listener that never returns holds the loop; the thread is a daemon and dies with the process
                asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        if not self._loop.is_running():
            self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_soon(self._started.set)
        self._loop.run_forever()


def _tell_failure(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        LOG.error("the connection to the gateway is no longer kept: %r", error, exc_info=error)


async def _cancel_all() -> None:
    """Cancel every other task and let it end."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
