"""One call of one plugin: isolated, within its budget, its answer checked, counted and traced."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import perf_counter
from typing import Any

from alaris.journal.redaction import Redactor, without_secrets
from alaris.plugins.answers import CHECKS, GUARDS, ContractBroken
from alaris.plugins.describe import describe
from alaris.plugins.output import overheard
from alaris.plugins.time_budget import BudgetedCaller, Raised, run_here

LOG = logging.getLogger("alaris.plugins")


@dataclass(slots=True)
class Registered:
    """One plugin and the account of its calls.

    One that is `broken` (not loaded, so nobody knows what it would have guarded) or `disabled` is not called again, and as a guard it
    counts as a refusal.
    """

    name: str
    distribution: str = ""
    version: str = ""
    plugin: object = None
    hooks: tuple[str, ...] = ()
    rank: tuple[int, int] = (0, 0)
    caller: BudgetedCaller | None = None
    tied: bool = False  # to the thread that registered it, as what touches a single-threaded engine
    broken: bool = False
    disabled: bool = False
    calls: int = 0
    failures: int = 0
    seconds: float = 0.0
    seconds_allowed: float = 0  # a call of its own budget; 0: `plugins.call_seconds`
    last_error: str = ""
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    account: Lock = field(default_factory=Lock)  # providers are asked at the same time, and no failure may go uncounted

    @property
    def active(self) -> bool:
        """Whether it is still called."""
        return not (self.broken or self.disabled)


@dataclass(frozen=True, slots=True)
class Call:
    """What a tracer sees: a hook call, its arguments and its answer in short, and how long it took (seconds)."""

    plugin: str
    hook: str
    arguments: Mapping[str, str]
    answer: str
    failed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without a usable answer, and why."""

    plugin: str
    why: str


Tracer = Callable[[Call], None]


def call(one: Registered, hook: str, arguments: Mapping[str, Any], *, seconds: float, tracer: Tracer | None = None) -> Any:
    """Checked answer of one plugin; None where it does not know, `Failure` where it failed."""
    started = perf_counter()
    if one.caller is None:
        answer = run_here(partial(_answer, one.functions[hook], hook, arguments))
    else:
        answer = one.caller.run(partial(_overheard_answer, one.name, one.functions[hook], hook, arguments), seconds)
    elapsed = perf_counter() - started
    with one.account:
        one.calls += 1
        one.seconds += elapsed
    if isinstance(answer, Raised):
        answer = _failed(one, hook, answer.error)
    if tracer is not None:
        tracer(_traced(one.name, hook, arguments, answer, elapsed))
    return answer


def plain(error: BaseException) -> str:
    """An error in one short line, without what looks like a credential."""
    try:
        text = " ".join(f"{type(error).__name__}: {error}".split())
    except Exception:  # noqa: BLE001 - the plugin boundary: an error's own text is a plugin's code too
        text = f"{type(error).__name__}, whose text cannot be read"
    return _hidden(text)[:300]


def _answer(function: Callable[..., Any], hook: str, arguments: Mapping[str, Any]) -> Any:
    answer = function(**arguments)
    return None if answer is None and hook not in GUARDS else CHECKS[hook](answer, arguments)


def _overheard_answer(name: str, function: Callable[..., Any], hook: str, arguments: Mapping[str, Any]) -> Any:
    """The answer of a stranger's plugin; what it prints goes to the log, and one that prints a credential has failed."""
    with overheard() as heard:
        answer = _answer(function, hook, arguments)
    if text := " ".join(heard.getvalue().split()):
        shown = _hidden(text)
        LOG.info("plugin %s printed in %s: %s", name, hook, shown[:300])
        if shown != text:
            raise ContractBroken("printed what looks like a credential")
    return answer


def _hidden(text: str) -> str:
    """A text without what it calls a secret, and without the values of the environment's secrets."""
    return Redactor(os.environ).text(without_secrets(text))


def _failed(one: Registered, hook: str, error: BaseException) -> Failure:
    with one.account:
        one.failures += 1
        one.last_error = plain(error)
    LOG.warning("plugin %s failed in %s (failure %d): %s", one.name, hook, one.failures, one.last_error)
    LOG.debug("plugin %s in %s", one.name, hook, exc_info=error)
    return Failure(one.name, one.last_error)


def _traced(plugin: str, hook: str, arguments: Mapping[str, Any], answer: Any, elapsed: float) -> Call:
    failed = isinstance(answer, Failure)
    shown = answer.why if isinstance(answer, Failure) else describe(answer)
    return Call(plugin, hook, {name: describe(value) for name, value in arguments.items()}, shown, failed, elapsed)
