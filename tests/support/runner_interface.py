"""What the runner has of LEAN's interface, from quantconnect-stubs: the page for readers and the lists for error messages.

python tests/support/runner_interface.py page  > docs/runner-interface.md
python tests/support/runner_interface.py table > runner/alaris_runner/api/lean_missing.txt
python tests/support/runner_interface.py names > runner/alaris_runner/api/lean_missing_names.txt
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

from lean_stubs import StubClass, lean_classes, names_of_algorithm_imports, public_members

from alaris_runner import AlgorithmImports
from alaris_runner.api.indicator_history import IndicatorHistory
from alaris_runner.api.notifications import NotificationManager
from alaris_runner.api.security_cache import SecurityCache
from alaris_runner.api.security_manager import SecurityManager
from alaris_runner.api.settings import AlgorithmSettings
from alaris_runner.brokerage.transaction_manager import SecurityTransactionManager
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.engine.object_store import ObjectStore
from alaris_runner.engine.real_time_handler import ScheduleManager
from alaris_runner.engine.subscription_manager import SubscriptionManager

HANDED = (
    *(AlgorithmSettings, IndicatorHistory, NotificationManager, ObjectStore, ScheduleManager, SecurityCache, SecurityExchangeHours),
    *(SecurityManager, SecurityTransactionManager, SubscriptionManager),
)

HEAD = """# What the runner has of LEAN's interface

Written by `python tests/support/runner_interface.py page` from quantconnect-stubs; `tests/runner/test_conformance.py` keeps it true.
Names and parameters are LEAN's; older PascalCase spellings work as well. What stands under "missing" raises `NotSupportedByRunner`;
an algorithm that needs it runs on LEAN itself (`lean backtest`).
"""
# .NET's object and collections, which no algorithm asks for
SHARED = {"to_string", "get_hash_code", "equals", "clone", "get_type", "get_enumerator", "copy_to"}


def exported_classes() -> dict[str, type]:
    """Classes that an algorithm meets: those of `from AlgorithmImports import *`, and those it is handed as members."""
    module = AlgorithmImports.build()
    found = {name: getattr(module, name) for name in vars(module)["__all__"]}
    exported = {name: value for name, value in found.items() if inspect.isclass(value) and value.__module__.startswith("alaris_runner")}
    return exported | {kind.__name__: kind for kind in HANDED}


def members_set_by(cls: type) -> set[str]:
    """Names that the constructors of a class and its bases assign to self."""
    found: set[str] = set()
    for base in cls.__mro__:
        code = getattr(vars(base).get("__init__"), "__code__", None)
        if base.__module__.startswith("alaris_runner") and code is not None:
            found |= set(code.co_names)
    return found


def missing_members(classes: dict[str, StubClass]) -> Iterator[tuple[str, int, list[str]]]:
    """Class, number of LEAN's members, and those that are missing here."""
    for name, ours in sorted(exported_classes().items()):
        lean = public_members(name, classes) - SHARED
        assigned = members_set_by(ours)
        if lean:
            yield name, len(lean), sorted(member for member in lean if not hasattr(ours, member) and member not in assigned)


def page(classes: dict[str, StubClass]) -> str:
    """The page for readers."""
    rows = "\n".join(
        f"| `{name}` | {total - len(missing)}/{total} | {' '.join(missing)} |" for name, total, missing in missing_members(classes)
    )
    return f"{HEAD}\n| class | members | missing |\n|---|---|---|\n{rows}\n"


def table(classes: dict[str, StubClass]) -> str:
    """The list for error messages: a class a line."""
    return "".join(f"{name}: {' '.join(missing)}\n" for name, _, missing in missing_members(classes) if missing)


def missing_names() -> str:
    """Names that LEAN's AlgorithmImports has and ours has not, a line of each first letter."""
    ours = set(vars(AlgorithmImports.build())["__all__"])
    missing = sorted(name for name in names_of_algorithm_imports() - ours if name[0].isupper())
    letters = sorted({name[0] for name in missing})
    return "".join(" ".join(name for name in missing if name[0] == letter) + "\n" for letter in letters)


if __name__ == "__main__":
    stubs = lean_classes()
    if stubs is None:
        sys.exit("quantconnect-stubs is not installed: pip install quantconnect-stubs==18211")
    wanted = {"table": table, "page": page}.get(sys.argv[1])
    sys.stdout.write(wanted(stubs) if wanted is not None else missing_names())
