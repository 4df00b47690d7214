"""The algorithm's log file: three queues, flushed together, each kind after the other."""

from __future__ import annotations

from datetime import datetime


class MessageLog:
    """Collect debug, error and log messages and put them into LEAN's order.

    At each flush all debug lines are written first, then all errors, then all logs, each with the algorithm time of its
    call. Empty messages are dropped, and so is a debug or error text equal to the one before it of its kind.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._debug: list[str] = []
        self._error: list[str] = []
        self._log: list[str] = []
        self._last_debug = ""
        self._last_error = ""

    def debug(self, text: str, algorithm_time: datetime) -> None:
        """Queue a debug message."""
        if text and text != self._last_debug:
            self._last_debug = text
            self._debug.append(_line(text, algorithm_time))

    def error(self, text: str, algorithm_time: datetime) -> None:
        """Queue an error message."""
        if text and text != self._last_error:
            self._last_error = text
            self._error.append(_line(text, algorithm_time))

    def log(self, text: str, algorithm_time: datetime) -> None:
        """Queue a log message."""
        if text:
            self._log.append(_line(text, algorithm_time))

    def flush(self) -> None:
        """Move the queues to the lines."""
        for queue in (self._debug, self._error, self._log):
            self.lines += queue
            queue.clear()


def _line(text: str, time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} {text}"
