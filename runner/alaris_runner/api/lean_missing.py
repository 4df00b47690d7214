"""Members of LEAN's classes that ours do not have, so that asking for one says so; the list is `lean_missing.txt` beside this file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LIST = Path(__file__).with_name("lean_missing.txt")  # written by tests/support/runner_interface.py


@lru_cache(maxsize=1)
def missing_members() -> dict[str, frozenset[str]]:
    """Missing members by LEAN's class name."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name: frozenset(members.split()) for name, _, members in (line.partition(": ") for line in lines)}


def owner_of_missing(cls: type, member: str) -> str | None:
    """LEAN's class, among the bases of ours, that has the member; None if LEAN has no such member either."""
    table = missing_members()
    return next((base.__name__ for base in cls.__mro__ if member in table.get(base.__name__, ())), None)
