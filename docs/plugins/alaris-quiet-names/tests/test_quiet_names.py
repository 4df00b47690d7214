"""The plugin conforms, and does what it says: a quiet name is neither looked at nor ordered."""

from __future__ import annotations

import pytest
from quiet_names import plugin

from alaris.plugins import PluginManager, Settings
from alaris.plugins.conformance import require
from alaris.plugins.samples import AS_OF, SYMBOL, intent, portfolio


def test_conformance() -> None:
    require(plugin)


def test_a_quiet_name_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARIS_QUIET_NAMES", f"xyz, {SYMBOL}")
    manager = PluginManager(Settings())
    manager.register(plugin(Settings()), "quiet_names")
    assert manager.filter_universe(("ABC", "XYZ", SYMBOL), AS_OF) == ("ABC",)
    (verdict,) = manager.check_order(intent(), portfolio())
    assert (verdict.id, verdict.passed) == ("QUIET", False)


def test_other_names_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALARIS_QUIET_NAMES", raising=False)
    manager = PluginManager(Settings())
    manager.register(plugin(Settings()), "quiet_names")
    assert manager.filter_universe((SYMBOL,), AS_OF) == (SYMBOL,)
    assert all(verdict.passed for verdict in manager.check_order(intent(), portfolio()))
