"""What plugins answered in a live run, kept so that a replay can be answered the same without asking any source, or telling anybody, again.

The engine's own plugin is asked in a replay too: its answers follow from the record of the market. So is the journal of JSON lines, whose
lines are what the two runs are compared by.
"""

from __future__ import annotations

import base64
import io
import pickle
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from alaris.domain import DataError

ASKED_ANYWAY = frozenset({"journal_jsonl"})
VALUES = frozenset(
    {
        ("alaris.plugins.calls", "Failure"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
        ("zoneinfo", "ZoneInfo"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.numeric", "_frombuffer"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
    }
)
DOMAIN = "alaris.domain."


class AnswerTape(Protocol):
    """Keeps an answer, or gives the one that was kept (`alaris.live.tape.Tape`)."""

    def take(self, kind: str, ask: Callable[[], Any]) -> Any:
        """The answer, plain JSON."""
        ...


#: The tape of a live run or a replay; a host made while it is set keeps its plugins' answers there.
answer_tape: ContextVar[AnswerTape | None] = ContextVar("answer_tape", default=None)


def taped(tape: AnswerTape, plugin: str, hook: str, arguments: Mapping[str, Any], ask: Callable[[], Any]) -> Any:
    """Ask a plugin through the tape."""
    asked: list[Any] = []

    def ask_and_keep() -> str:
        asked.append(ask())
        return packed(asked[0])

    kept = tape.take(f"plugin {plugin} {hook} {_subject(arguments)}", ask_and_keep)
    return asked[0] if asked else unpacked(kept)


def packed(answer: Any) -> str:
    """A plugin's answer as text; empty for what is no value, which a replay then does not know."""
    if answer is None:
        return ""
    try:
        content = io.BytesIO()
        _Writer(content, protocol=5).dump(answer)
        return base64.b64encode(content.getvalue()).decode()
    except (pickle.PicklingError, TypeError, AttributeError):
        return ""


def unpacked(text: str | None) -> Any:
    """What `packed` was given; None where nothing was kept.

    Raises
    ------
    DataError
        The record holds anything but values of the domain.
    """
    if not text:
        return None
    return _Values(io.BytesIO(base64.b64decode(text))).load()


class _Writer(pickle.Pickler):
    """Writes a time zone by its name, which reads without calling anything else."""

    def reducer_override(self, value: Any) -> Any:
        """How a time zone is made again."""
        return (ZoneInfo, (value.key,)) if isinstance(value, ZoneInfo) else NotImplemented


class _Values(pickle.Unpickler):
    """Reads values of the field only: a record is data, and never runs anything."""

    def find_class(self, module: str, name: str) -> Any:
        """The class of a value."""
        own = (module + ".").startswith(DOMAIN) and "." not in name
        if not own and (module, name) not in VALUES:
            raise DataError("record", f"holds {module}.{name}, which is no value of the domain; it was altered")
        found = super().find_class(module, name)
        if own and not isinstance(found, type):
            raise DataError("record", f"holds {module}.{name}, which is no value of the domain; it was altered")
        return found


def _subject(arguments: Mapping[str, Any]) -> str:
    """What a question is about: questions about different symbols may be asked at the same time."""
    symbol = arguments.get("symbol")
    if isinstance(symbol, str):
        return symbol
    return str(getattr(arguments.get("snapshot"), "symbol", ""))
