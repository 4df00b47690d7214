"""Plugins that raise, lie, hang, change what they see, exit and print secrets: guards fail closed, advice is dropped, offenders are named.

What runs in our process could do worse on purpose (call `os._exit`, write to memory): this is about plugins that are broken, not armed.
"""

from __future__ import annotations

import argparse
import io
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from inspect import signature
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

import numpy as np
from sample_market import EVE, PORTFOLIO, SYMBOL, SampleMarket, WeekdaySessions, close_of, sample_settings

from alaris.domain import Decision, Observation, Reason, Verdict
from alaris.plugins import GUARDS, PluginManager, hookimpl, hookspecs
from alaris.plugins.answers import CHECKS
from alaris.settings import Settings
from alaris.workflow import Workflow

NOW = close_of(EVE)
SECRET = "hunter2-0451-swordfish"  # noqa: S105 - planted, and looked for afterwards
SHORT_HOOKS = ("validate_candidate", "adjust_signal", "record")
CHANGED: list[str] = []  # what a plugin managed to change
SECONDS = "0.05"
STRIKES = 3
PASSES = STRIKES + 2
TIMELY = 0.5  # seconds of one whole decision with its own work, beyond what the hostile calls may take


class _Unreadable(Exception):
    """An error that cannot even be told."""

    def __str__(self) -> str:
        """Fail."""
        raise RuntimeError(f"password={SECRET}")


def raises(**_: Any) -> Any:
    """Raise, with a credential in the text."""
    raise ValueError(f"GET https://example.org/?api_key={SECRET} answered 500")


def raises_the_untellable(**_: Any) -> Any:
    """Raise an error whose own text raises."""
    raise _Unreadable


def exits(**_: Any) -> Any:
    """End the process."""
    sys.exit(f"token={SECRET}")


def answers_nan(**_: Any) -> Any:
    """A number that is not one: a verdict that passes on it, and as advice an observation of it."""
    return Verdict("HOSTILE", passed=True, value=float("nan"), limit=1.0)


def answers_nan_as_advice(**_: Any) -> Any:
    """An observation of nothing."""
    return Observation(float("nan"), "hostile", NOW)


def answers_something_else(**_: Any) -> Any:
    """A word where a value is expected."""
    return "yes"


def sleeps(**_: Any) -> Any:
    """Answer long after the deadline."""
    time.sleep(4 * float(SECONDS))


def prints(**_: Any) -> Any:
    """Print a credential, and then answer nothing."""
    print(f"token: {SECRET}")
    print(f"Authorization: Bearer {SECRET}", file=sys.stderr)


def mutates(**shown: Any) -> Any:
    """Change what is shown to it; where nothing can be changed, the attempt itself raises."""
    for value in shown.values():
        _spoil(value)
    raise AssertionError("nothing could be changed")


def _spoil(value: Any) -> None:
    if isinstance(value, np.ndarray) and len(value):
        value[0] = value[-1]
        CHANGED.append("an array")
    elif isinstance(value, Mapping):
        value["spoiled"] = 1.0  # type: ignore[index] # what is tried is what must not work
        CHANGED.append("a mapping")
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            inner = getattr(value, part.name)
            if isinstance(inner, np.ndarray | Mapping) or is_dataclass(inner):
                try:
                    _spoil(inner)
                except (TypeError, ValueError, AttributeError):
                    continue
        setattr(value, fields(value)[0].name, None)
        CHANGED.append(type(value).__name__)


BEHAVIOURS: tuple[Callable[..., Any], ...] = (
    raises, raises_the_untellable, exits, answers_nan, answers_nan_as_advice, answers_something_else, sleeps, prints, mutates,
)  # fmt: skip


def main() -> None:
    """Play every behaviour at every hook, print the tally, and leave with 1 where the host gave way."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="three hooks instead of all")
    hooks = SHORT_HOOKS if arguments.parse_args().short else tuple(CHECKS)
    said, heard, began = io.StringIO(), io.StringIO(), perf_counter()
    handler = logging.StreamHandler(said)
    logging.getLogger("alaris").addHandler(handler)
    logging.getLogger("alaris").setLevel(logging.INFO)
    with redirect_stdout(heard), redirect_stderr(heard):
        honest = _run(None, "")[0]
        faults = [f"{hook} {how.__name__}: {fault}" for hook in hooks for how in BEHAVIOURS for fault in _faults(hook, how, honest)]
    leaked = [name for name, text in (("log", said), ("terminal", heard)) if SECRET in text.getvalue()]
    faults += [f"the planted secret is in the {place}" for place in leaked]
    faults += [f"a plugin changed {what}" for what in CHANGED]
    for fault in faults:
        print(f"WRONG           {fault}")
    verdict = "FAIL" if faults else "PASS"
    print(f"hostile plugins {len(hooks)} hooks x {len(BEHAVIOURS)} behaviours, {PASSES} decisions each, {perf_counter() - began:.1f} s")
    print(
        f"{verdict}            guards refuse, advice is dropped and counted, each offender is named and disabled after {STRIKES} failures\n"
    )
    sys.exit(1 if faults else 0)


def _settings() -> Settings:
    return sample_settings(plugins__call_seconds=SECONDS, plugins__strikes=str(STRIKES))


def _hostile(hook: str, how: Callable[..., Any]) -> object:
    """A plugin with one hook, which takes all its arguments and behaves as told."""
    names = list(signature(getattr(hookspecs, hook)).parameters)
    scope: dict[str, Any] = {"how": how}
    exec(f"def {hook}(self, {', '.join(names)}):\n    return how({', '.join(f'{n}={n}' for n in names)})", scope)  # noqa: S102 - our own text
    return type("Hostile", (), {hook: hookimpl(scope[hook])})()


def _run(hostile: object | None, hook: str) -> tuple[Decision, PluginManager, float, list[str]]:
    """One manager, as many decisions as disable an offender and two more; the last decision and what the honest sink has of them."""
    settings, kept = _settings(), list[str]()
    plugins = PluginManager(settings, only=())
    if hostile is not None:
        plugins.register(hostile, "hostile")
    plugins.register(SampleMarket(), "market", same_thread=True)
    plugins.register(_Sink(kept), "sink", same_thread=True)
    plugins.load_entry_points()
    workflow, slowest = Workflow(settings, plugins, WeekdaySessions()), 0.0
    for _ in range(PASSES):
        began = perf_counter()
        due, _ = workflow.reports([SYMBOL], NOW)
        decision = workflow.confirm(workflow.decide(due[0], PORTFOLIO, NOW), None, PORTFOLIO, NOW)
        workflow.record(decision)
        plugins.notify(title="check", text=hook, as_of=NOW)
        plugins.command("status", {"who": "Ada"}, NOW)
        slowest = max(slowest, perf_counter() - began)
    return decision, plugins, slowest, kept


class _Sink:
    """An honest journal and channel beside the hostile one."""

    def __init__(self, kept: list[str]) -> None:
        self._kept = kept

    @hookimpl
    def record(self, kind: str, entry: Mapping[str, Any]) -> None:
        """Keep it."""
        self._kept.append(f"{kind} {sorted(entry)}")

    @hookimpl
    def notify(self, text: str) -> None:
        """Keep it."""
        self._kept.append(text)


def _faults(hook: str, how: Callable[..., Any], honest: Decision) -> Iterator[str]:
    """Where the host gave way to one behaviour at one hook; nothing where it held."""
    decision, plugins, slowest, kept = _run(_hostile(hook, how), hook)
    (row,) = [row for row in plugins.report() if row.name == "hostile"]
    silent = how is sleeps or how is prints
    harmless = how is answers_something_else and hook == "command"  # a word is what a command may answer
    if harmless:
        return
    if row.failures < STRIKES or row.state != "disabled" or not row.last_error:
        yield f"{row.failures} failures, {row.state}, said {row.last_error!r}"
    if SECRET in row.last_error or any(SECRET in text for text in kept):
        yield "the planted secret is in the plugin's own account or in the journal"
    if slowest > TIMELY + 4 * float(SECONDS) * (2 if silent else 1):
        yield f"a decision took {slowest:.2f} s"
    if len(kept) < 2 * PASSES:
        yield f"the honest sink took {len(kept)} of {2 * PASSES} records"
    if hook in GUARDS:
        refusals = [verdict for verdict in decision.verdicts if verdict.id == "hostile" and verdict.reason is Reason.PLUGIN_FAILED]
        if decision.rejection is None or not refusals:
            yield f"the order went on: {decision.rejection}"
    elif repr(decision) != repr(honest):
        yield f"the decision changed: {decision.rejection}"


if __name__ == "__main__":
    main()
