"""What LEAN has and this engine does not, so that asking for it says so: members of classes, and whole names of AlgorithmImports."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

LIST = Path(__file__).with_name("lean_missing.txt")  # both written by tests/support/runner_interface.py
NAMES = Path(__file__).with_name("lean_missing_names.txt")


@lru_cache(maxsize=1)
def missing_members() -> dict[str, frozenset[str]]:
    """Missing members by LEAN's class name."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {name: frozenset(members.split()) for name, _, members in (line.partition(": ") for line in lines)}


def owner_of_missing(cls: type, member: str) -> str | None:
    """LEAN's class, among the bases of ours, that has the member; None if LEAN has no such member either."""
    table = missing_members()
    return next((base.__name__ for base in cls.__mro__ if member in table.get(base.__name__, ())), None)


def is_missing_name(name: str) -> bool:
    """Whether LEAN's `AlgorithmImports` gives a name that ours does not."""
    return name in NAMES.read_text(encoding="utf-8").split()
