"""What a plugin prints is its own: it goes to the log, never past the host to the terminal or into a file that the run writes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any


class ThreadStream:
    """A stream that listening threads have to themselves; all others write to the one it stands for."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._own: dict[int, StringIO] = {}

    def __getattr__(self, name: str) -> Any:
        """Everything but what a listening thread writes is the stream's."""
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write to the thread's own text, or through."""
        own = self._own.get(threading.get_ident(), self.stream)
        return int(own.write(text))

    def listen(self, heard: StringIO) -> None:
        """Keep from now on what this thread writes."""
        self._own[threading.get_ident()] = heard

    def release(self) -> bool:
        """Let this thread write through again; whether nobody listens any more."""
        self._own.pop(threading.get_ident(), None)
        return not self._own


@contextmanager
def overheard() -> Iterator[StringIO]:
    """What this thread prints meanwhile, on both standard streams."""
    heard = StringIO()
    for name in ("stdout", "stderr"):
        if not isinstance(getattr(sys, name), ThreadStream):
            setattr(sys, name, ThreadStream(getattr(sys, name)))
        getattr(sys, name).listen(heard)
    try:
        yield heard
    finally:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if isinstance(stream, ThreadStream) and stream.release():
                setattr(sys, name, stream.stream)
