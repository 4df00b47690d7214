"""The conformance kit passes Alaris's own plugins, and finds what it promises to find."""

from __future__ import annotations

import random
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from alaris.domain import MarketSnapshot, Observation, PluginError, Verdict
from alaris.plugins import Settings, hookimpl, samples
from alaris.plugins.answers import CHECKS
from alaris.plugins.conformance import CARDS, check, questions, require
from alaris_plugins import FIRST_PARTY


@pytest.mark.parametrize("name", FIRST_PARTY)
def test_own_plugins_conform(name: str) -> None:
    module, _, attribute = FIRST_PARTY[name].partition(":")
    require(getattr(import_module(module), attribute))


def test_there_is_a_question_for_every_hook() -> None:
    assert set(questions()) == set(CHECKS)


class Early:
    @hookimpl
    def risk_free_rate(self) -> Observation[float]:
        return Observation(0.05, "x", samples.AS_OF - timedelta(days=1))


class Knowing:
    @hookimpl
    def daily_bars(self, symbol: str) -> None:
        if symbol != samples.SYMBOL:
            raise KeyError(symbol)


class Fragile:
    @hookimpl
    def validate_snapshot(self, snapshot: MarketSnapshot) -> Verdict:
        return Verdict("X", passed=True, value=float(snapshot.bars.value.close[-1]), limit=None)


class Moody:
    @hookimpl
    def position_size(self) -> int:
        return random.SystemRandom().randrange(1_000_000_000)


class Wrong:
    @hookimpl
    def risk_free_rate(self) -> Any:
        return 0.05


@pytest.mark.parametrize(
    ("plugin", "card"), [(None, "PC01"), (Wrong(), "PC02"), (Early(), "PC03"), (Knowing(), "PC04"), (Fragile(), "PC05"), (Moody(), "PC06")]
)
def test_each_card_finds_what_it_is_for(plugin: object, card: str) -> None:
    assert card in CARDS
    assert card in {finding.card for finding in check(lambda settings: plugin) if not finding.passed}
    with pytest.raises(PluginError, match=card):
        require(lambda settings: plugin)


def test_a_plugin_that_changes_a_list_is_found() -> None:
    class Changes:
        @hookimpl
        def record(self, entry: Any) -> None:
            entry["lines"].append("mine")

    before = questions()["record"]
    assert before == questions()["record"]
    findings = {finding.card: finding.passed for finding in check(lambda settings: Changes())}
    assert findings["PC02"] is False  # the sample entry has no list, and the view is read-only


def test_a_factory_that_raises_is_a_finding() -> None:
    def factory(settings: Settings) -> object:
        raise SystemExit("no licence")

    (finding,) = check(factory)
    assert (finding.card, finding.passed, finding.note) == ("PC01", False, "SystemExit: no licence")
