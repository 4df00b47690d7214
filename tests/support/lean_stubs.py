"""LEAN's public interface as the `quantconnect-stubs` package writes it down: classes, members, parameters of every overload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

# The modules of AlgorithmImports that our names come from, in its order: of two classes of one name the first is meant.
MODULES = (
    "", "Api", "Data", "Orders", "Python", "Storage", "Research", "Algorithm", "Statistics", "Benchmarks", "Brokerages", "Securities", "Indicators", "Interfaces",
    "Scheduling", "Orders/Fees", "Data/Market", "Orders/Fills", "Configuration", "Orders/Slippage", "Securities/Option", "Securities/Equity", "Data/Consolidators",
    "Orders/TimeInForces", "Algorithm/Framework/Portfolio", "Securities/Positions", "Data/UniverseSelection", "Util", "Securities/Option/StrategyMatcher",
)  # fmt: skip
CLASS = re.compile(r"class (\w+)\((.*)\):")
MEMBER = re.compile(r"    def (\w+)\((.*)\) ->")
CONSTANT = re.compile(r"    (\w+)(?::[^=]*)? = ")


@dataclass
class StubClass:
    """One class of the stubs."""

    name: str
    bases: list[str]
    members: dict[str, list[list[str]]] = field(default_factory=dict)


def split_parameters(text: str) -> list[str]:
    """Names of a parameter list; brackets may hold commas."""
    names, depth, start = [], 0, 0
    for i, letter in enumerate(text + ","):
        depth += letter in "[({"
        depth -= letter in "])}"
        if letter == "," and depth == 0:
            names.append(text[start:i].split(":")[0].split("=")[0].strip())
            start = i + 1
    return [name for name in names if name and name != "self"]


def read_module(path: Path) -> Iterator[StubClass]:
    """Classes of one stub file."""
    current: StubClass | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("class "):
            found = CLASS.match(line)
            current = StubClass(found[1], [base.split("[")[0].strip().split(".")[-1] for base in found[2].split(",")]) if found else None
            if current is not None:
                yield current
        elif current is not None and line.startswith("    ") and line[4:5].strip():
            _read_member(current, line)


def _read_member(current: StubClass, line: str) -> None:
    method = MEMBER.match(line)
    if method:
        current.members.setdefault(method[1], []).append(split_parameters(method[2]))
        return
    constant = CONSTANT.match(line)
    if constant:
        current.members.setdefault(constant[1], []).append([])


@lru_cache(maxsize=1)
def lean_classes() -> dict[str, StubClass] | None:
    """All classes by name; None where the stubs are not installed."""
    try:
        stubs = distribution("quantconnect-stubs")
    except PackageNotFoundError:
        return None
    root = Path(str(stubs.locate_file("QuantConnect")))
    classes: dict[str, StubClass] = {}
    for module in MODULES:
        path = root / module / "__init__.pyi"
        for found in read_module(path) if path.exists() else ():
            classes.setdefault(found.name, found)
    return classes


def overloads(name: str, member: str, classes: dict[str, StubClass]) -> list[list[str]] | None:
    """Parameter lists of a member, looked up through the base classes; None if LEAN has no such member."""
    seen, waiting = set[str](), [name]
    while waiting:
        current = classes.get(waiting.pop(0))
        if current is None or current.name in seen:
            continue
        seen.add(current.name)
        if member in current.members:
            return current.members[member]
        waiting += current.bases
    return None


def public_members(name: str, classes: dict[str, StubClass]) -> set[str]:
    """Public names of a class and its bases."""
    found, seen, waiting = set[str](), set[str](), [name]
    while waiting:
        current = classes.get(waiting.pop(0))
        if current is not None and current.name not in seen:
            seen.add(current.name)
            found |= {member for member in current.members if not member.startswith("_")}
            waiting += current.bases
    return found
