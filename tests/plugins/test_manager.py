"""The plugin host: order, isolation, budget, strikes, and guards that fail closed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from alaris.domain import Dividend, EarningsEvent, Intent, Observation, PluginError, Reason, Timing, Verdict
from alaris.plugins import Call, PluginManager, Settings, hookimpl, samples
from alaris.plugins.answers import CHECKS, GUARDS
from alaris.plugins.conformance import questions
from alaris.settings import Plugins

NOW = samples.AS_OF
PASS = Verdict("OK", passed=True, value=1.0, limit=2.0)


def manager(*plugins: object, tracer: Callable[[Call], None] | None = None, **limits: Any) -> PluginManager:
    """A host of the given objects, named a, b, c, ..."""
    host = PluginManager(Settings(plugins=Plugins(**limits)), tracer=tracer)
    for name, plugin in zip("abcdef", plugins, strict=False):
        host.register(plugin, name)
    return host


class Rate:
    """Answers one rate, known one day before."""

    def __init__(self, rate: Any, available_at: datetime = NOW - timedelta(days=1)) -> None:
        self.answer = Observation(rate, "test", available_at)

    @hookimpl
    def risk_free_rate(self) -> Any:
        return self.answer


class Raises:
    """Raises whatever it is given, in every hook it has."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    @hookimpl
    def risk_free_rate(self) -> None:
        raise self.error

    @hookimpl
    def check_order(self) -> Verdict:
        raise self.error


class Guard:
    """Answers what it is given."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    @hookimpl
    def check_order(self, intent: Intent) -> Any:
        return self.answer


def refusals(host: PluginManager) -> list[tuple[str, Reason | None]]:
    return [(verdict.id, verdict.reason) for verdict in host.check_order(samples.intent(), samples.portfolio()) if not verdict.passed]


def test_the_first_that_knows_answers_and_later_ones_are_not_asked() -> None:
    host = manager(Guard(PASS), Rate(0.05), Rate(0.07))
    rate = host.risk_free_rate(30, NOW)
    assert rate is not None
    assert rate.value == 0.05
    assert [row.calls for row in host.report()] == [0, 1, 0]


def test_the_settings_name_the_order() -> None:
    host = manager(Rate(0.05), Rate(0.07), enabled=("b", "a"))
    rate = host.risk_free_rate(30, NOW)
    assert rate is not None
    assert rate.value == 0.07


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("not even that")


ERRORS = [ValueError("broken"), SystemExit(3), KeyboardInterrupt(), MemoryError(), GeneratorExit(), Unprintable()]


@pytest.mark.parametrize("error", ERRORS)
def test_advice_that_raises_is_dropped_counted_and_named(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    host = manager(Raises(error), Rate(0.05))
    with caplog.at_level(logging.WARNING, "alaris.plugins"):
        rate = host.risk_free_rate(30, NOW)
    assert rate is not None
    assert rate.value == 0.05
    assert [row.failures for row in host.report()] == [1, 0]
    assert "plugin a failed in risk_free_rate" in caplog.text


def test_a_guard_that_raises_refuses() -> None:
    assert refusals(manager(Raises(SystemExit(0)), Guard(PASS))) == [("a", Reason.PLUGIN_FAILED)]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        "passed",
        (),
        [PASS, None],
        Verdict("", passed=True, value=None, limit=None),
        Verdict("X", passed=None, value=None, limit=None),  # type: ignore[arg-type] # what a plugin may do wrong
        Verdict("X", passed=True, value=float("nan"), limit=1.0),
        Verdict("X", passed=True, value=1.0, limit=float("nan")),
        Verdict("X", passed=True, value="1", limit=None),  # type: ignore[arg-type] # what a plugin may do wrong
        Verdict("X", passed=False, value=1.0, limit=0.5),
    ],
)
def test_a_guard_that_answers_something_else_refuses(answer: Any) -> None:
    assert refusals(manager(Guard(answer))) == [("a", Reason.PLUGIN_FAILED)]


def test_verdicts_of_all_guards_come_back_in_order() -> None:
    refusal = Verdict("NO", passed=False, value=float("nan"), limit=1.0, reason=Reason.LIMIT_PLUGIN)
    host = manager(Guard([PASS, refusal]), Guard(PASS))
    verdicts = host.check_order(samples.intent(), samples.portfolio())
    assert [(one.id, one.passed, one.value) for one in verdicts] == [("OK", True, 1.0), ("NO", False, None), ("OK", True, 1.0)]


def test_without_guards_there_is_no_verdict() -> None:
    assert manager(Rate(0.05)).check_order(samples.intent(), samples.portfolio()) == ()


def test_a_call_over_its_budget_is_left_behind_and_the_next_one_answers() -> None:
    released = threading.Event()

    class Hangs:
        calls = 0

        @hookimpl
        def risk_free_rate(self) -> Any:
            self.calls += 1
            if self.calls == 1:
                released.wait(30)
            return Rate(0.05).answer

    host = manager(Hangs(), call_seconds=0.05)
    assert host.risk_free_rate(30, NOW) is None
    assert "TimeoutError: no answer within 0.05 s" in host.report()[0].last_error
    rate = host.risk_free_rate(30, NOW)
    released.set()
    assert rate is not None


def test_a_guard_over_its_budget_refuses() -> None:
    released = threading.Event()

    class Hangs:
        @hookimpl
        def check_order(self) -> Verdict:
            released.wait(30)
            return PASS

    host = manager(Hangs(), call_seconds=0.05)
    assert refusals(host) == [("a", Reason.PLUGIN_FAILED)]
    released.set()


def test_after_its_strikes_advice_is_not_asked_and_a_guard_refuses() -> None:
    plugin = Raises(ValueError("broken"))
    host = manager(plugin, strikes=2)
    for _ in range(4):
        host.risk_free_rate(30, NOW)
    row = host.report()[0]
    assert (row.state, row.calls, row.failures) == ("disabled", 2, 2)
    (verdict,) = host.check_order(samples.intent(), samples.portfolio())
    assert not verdict.passed
    assert "disabled after 2 failures: ValueError: broken" in verdict.note
    assert host.report()[0].calls == 2


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), "0.05", None, True, 5.0])
def test_a_rate_that_is_none_is_dropped(rate: Any) -> None:
    assert manager(Rate(rate)).risk_free_rate(30, NOW) is None


def test_what_became_known_later_is_dropped() -> None:
    host = manager(Rate(0.05, NOW + timedelta(seconds=1)))
    assert host.risk_free_rate(30, NOW) is None
    assert "from the future" in host.report()[0].last_error


def test_a_time_without_zone_is_dropped() -> None:
    host = manager(Rate(0.05, datetime(2017, 1, 1)))  # the mistake under test
    assert host.risk_free_rate(30, NOW) is None
    assert "time zone" in host.report()[0].last_error


def test_a_generator_runs_inside_the_isolation() -> None:
    class Lazy:
        @hookimpl
        def earnings_events(self, symbol: str) -> Iterator[EarningsEvent]:
            yield EarningsEvent(symbol, date(2017, 2, 9), Timing.BEFORE_OPEN, "x", NOW)
            raise ValueError("halfway")

    host = manager(Lazy())
    assert host.earnings_events("A", date(2017, 1, 1), date(2017, 12, 1), NOW) == ()
    assert host.report()[0].failures == 1


def test_a_symbol_stays_only_if_every_plugin_keeps_it() -> None:
    class Keeps:
        def __init__(self, *kept: str) -> None:
            self.kept = kept

        @hookimpl
        def filter_universe(self) -> Sequence[str]:
            return self.kept

    assert manager(Keeps("C", "A"), Keeps("A", "B", "C")).filter_universe(("A", "B", "C"), NOW) == ("A", "C")
    invents = manager(Keeps("A", "INVENTED"))
    assert invents.filter_universe(("A", "B"), NOW) == ("A", "B")
    assert "INVENTED" in invents.report()[0].last_error


@pytest.mark.parametrize("size", [-1, 1.5, True, "2", None])
def test_a_size_that_is_no_whole_number_is_dropped(size: Any) -> None:
    class Sizes:
        @hookimpl
        def position_size(self) -> Any:
            return size

    assert manager(Sizes()).position_size(samples.signal(), samples.calendar(), samples.portfolio()) is None


def test_no_plugin_can_change_what_the_next_one_sees() -> None:
    class Writes:
        @hookimpl
        def validate_snapshot(self, snapshot: Any) -> Verdict:
            snapshot.chain.value.bid[:] = 0.0
            return PASS

    snapshot = samples.snapshot()
    before = snapshot.chain.value.bid.copy()
    (verdict,) = manager(Writes()).validate_snapshot(snapshot)
    assert verdict.reason is Reason.PLUGIN_FAILED
    assert (snapshot.chain.value.bid == before).all()


def test_a_sink_cannot_change_the_entry_and_failures_are_returned() -> None:
    class Sink:
        @hookimpl
        def record(self, kind: str, entry: Any) -> None:
            entry["pnl"] = 0

    entry = {"pnl": 1}
    assert manager(Sink()).record("fill", entry) == 1
    assert entry == {"pnl": 1}


def test_every_call_is_traced_with_arguments_answer_and_failure() -> None:
    calls: list[Call] = []
    host = manager(Rate(float("nan")), Rate(0.05), tracer=calls.append)
    host.risk_free_rate(30, NOW)
    assert [(call.plugin, call.hook, call.failed) for call in calls] == [("a", "risk_free_rate", True), ("b", "risk_free_rate", False)]
    assert calls[1].arguments["maturity_days"] == "30"
    assert "0.05" in calls[1].answer


def test_credentials_do_not_reach_the_report() -> None:
    host = manager(Raises(ValueError("GET https://vendor/x?apiKey=hunter2&y=1 -> 401")))
    host.risk_free_rate(30, NOW)
    assert "hunter2" not in host.report()[0].last_error
    assert "apiKey=***&y=1" in host.report()[0].last_error


def test_same_thread_is_the_callers_own() -> None:
    seen: list[int] = []

    class Engine:
        @hookimpl
        def risk_free_rate(self) -> None:
            seen.append(threading.get_ident())

    host = PluginManager(Settings())
    host.register(Engine(), "engine", same_thread=True)
    host.register(Engine(), "other")
    host.risk_free_rate(30, NOW)
    assert not host.own_threads("risk_free_rate")
    assert manager(Rate(0.05)).own_threads("risk_free_rate")
    assert seen[0] == threading.get_ident()
    assert seen[1] != threading.get_ident()


def test_the_users_interrupt_is_not_swallowed_on_the_users_thread() -> None:
    host = PluginManager(Settings())
    host.register(Raises(KeyboardInterrupt()), "engine", same_thread=True)
    with pytest.raises(KeyboardInterrupt):
        host.risk_free_rate(30, NOW)


def test_every_hook_of_the_contract_has_a_typed_call_and_a_check() -> None:
    assert set(GUARDS) < set(CHECKS)
    assert all(callable(getattr(PluginManager, hook)) for hook in CHECKS)


@examples(deadline=None)  # a busy machine is no failure
@given(st.sampled_from(sorted(CHECKS)), st.none() | st.integers() | st.floats() | st.text() | st.lists(st.floats()) | st.binary())
def test_no_answer_whatever_gets_an_exception_out(hook: str, answer: Any) -> None:
    class Anything:
        pass

    def respond(self: object) -> Any:
        return answer

    respond.__name__ = hook
    setattr(Anything, hook, hookimpl(respond))
    host = PluginManager(Settings())
    host.register(Anything(), "a", same_thread=True)
    getattr(host, hook)(**questions()[hook])


def test_a_disabled_name_is_left_out() -> None:
    host = manager(Rate(0.05), disabled=("a",))
    assert host.report() == ()


def test_a_name_is_taken_once() -> None:
    host = manager(Rate(0.05))
    with pytest.raises(PluginError, match="the name is taken"):
        host.register(Rate(0.06), "a")


class Pays:
    def __init__(self, *dividends: Dividend) -> None:
        self._dividends = dividends

    @hookimpl
    def dividends(self, symbol: str) -> list[Dividend]:
        return list(self._dividends)


def test_dividends_of_all_sources_are_joined_and_the_first_stands_on_one_date() -> None:
    paid, announced, other = Dividend(date(2017, 2, 8), 0.3), Dividend(date(2017, 5, 10), 0.4), Dividend(date(2017, 2, 8), 0.2)
    asked = ("YUM", date(2017, 1, 1), date(2017, 12, 31), NOW)
    assert manager().dividends(*asked) is None
    assert manager(Pays(paid), Pays(announced, other)).dividends(*asked) == (paid, announced)
