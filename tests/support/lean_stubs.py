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
    *("", "Api", "Data", "Orders", "Python", "Storage", "Research", "Algorithm", "Statistics", "Benchmarks", "Brokerages", "Securities"),
    *("Indicators", "Interfaces", "Scheduling", "Orders/Fees", "Data/Market", "Orders/Fills", "Configuration", "Orders/Slippage"),
    *("Securities/Option", "Securities/Equity", "Data/Consolidators", "Orders/TimeInForces", "Algorithm/Framework/Portfolio"),
    *("Securities/Positions", "Data/UniverseSelection", "Util", "Securities/Option/StrategyMatcher", "Notifications"),
)
CLASS = re.compile(r"class (\w+)(?:\((.*)\))?:")
MEMBER = re.compile(r"    def (\w+)\((.*)\) ->")
CONSTANT = re.compile(r"    (\w+)(?::[^=]*)?(?: = .*)?$")
ANY = ["..."]  # parameters of a member that is written as a value: whatever LEAN takes


@dataclass
class StubClass:
    """One class of the stubs."""

    name: str
    bases: list[str] = field(default_factory=list)
    members: dict[str, list[list[str]]] = field(default_factory=dict)


def pieces(text: str) -> list[str]:
    """Parts between the commas that stand outside brackets."""
    found, depth, start = [], 0, 0
    for i, letter in enumerate(text + ","):
        depth += (letter in "[({") - (letter in "])}")
        if letter == "," and depth == 0:
            found.append(text[start:i].strip())
            start = i + 1
    return [piece for piece in found if piece]


def parameters(text: str) -> list[str]:
    """Names of a parameter list, without self."""
    names = [piece.split(":")[0].split("=")[0].strip() for piece in pieces(text)]
    return [name for name in names if name != "self"]


def read_module(path: Path) -> dict[str, StubClass]:
    """Classes of one stub file; a generic and a plain class of one name are one."""
    classes: dict[str, StubClass] = {}
    current: StubClass | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("class "):
            current = _class(line, classes)
        elif current is not None and line[:4] == "    " and line[4:5].strip():
            _member(current, line)
    return classes


def _class(line: str, classes: dict[str, StubClass]) -> StubClass | None:
    found = CLASS.match(line)
    if found is None:
        return None
    current = classes.setdefault(found[1], StubClass(found[1]))
    current.bases += [base.split("[")[0].split(".")[-1] for base in pieces(found[2] or "")]
    return current


def _member(current: StubClass, line: str) -> None:
    method = MEMBER.match(line)
    if method:
        current.members.setdefault(method[1], []).append(parameters(method[2]))
    elif constant := CONSTANT.match(line):
        current.members.setdefault(constant[1], []).append(ANY)


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
        for name, found in read_module(path).items() if path.exists() else ():
            classes.setdefault(name, found)
    return classes


def names_of_algorithm_imports() -> set[str]:
    """Public classes of the modules of LEAN that `AlgorithmImports` passes on; .NET's own are left out."""
    stubs = distribution("quantconnect-stubs")
    passed_on = Path(str(stubs.locate_file("AlgorithmImports"))) / "__init__.pyi"
    modules = re.findall(r"^from QuantConnect([\w.]*) import +\*", passed_on.read_text(encoding="utf-8"), re.MULTILINE)
    root = Path(str(stubs.locate_file("QuantConnect")))
    paths = [root.joinpath(*module.split("."), "__init__.pyi") for module in modules]
    return {name for path in paths if path.exists() for name in read_module(path) if not name.startswith("_")}


def family(name: str, classes: dict[str, StubClass]) -> Iterator[StubClass]:
    """A class and its bases, nearest first."""
    seen, waiting = set[str](), [name]
    while waiting:
        current = classes.get(waiting.pop(0))
        if current is not None and current.name not in seen:
            seen.add(current.name)
            waiting += current.bases
            yield current


def overloads(name: str, member: str, classes: dict[str, StubClass]) -> list[list[str]] | None:
    """Parameter lists of a member; None if LEAN has no such member."""
    return next((current.members[member] for current in family(name, classes) if member in current.members), None)


def public_members(name: str, classes: dict[str, StubClass]) -> set[str]:
    """Public names of a class and its bases."""
    return {member for current in family(name, classes) for member in current.members if not member.startswith("_") and member.isascii()}
