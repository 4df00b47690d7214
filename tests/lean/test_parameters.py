"""The algorithm's parameters: what a user types, and what is said of a mistake."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from alaris.domain import ConfigurationError
from alaris.lean.parameters import for_mode, read_parameters


def test_own_parameters_are_taken_and_the_rest_are_settings() -> None:
    own = {"symbols": "yum, aapl", "start": "2017-01-03", "end": "2017-12-29", "cash": "25000", "calendar": "e.csv"}
    run = read_parameters({**own, "limits.positions": "2"}, {})
    assert run.symbols == ("YUM", "AAPL")
    assert (run.start, run.end, run.cash) == (date(2017, 1, 3), date(2017, 12, 29), 25_000)
    assert run.settings.sources.calendar == "e.csv"
    assert run.settings.limits.positions == 2


def test_nothing_stated_leaves_symbols_and_dates_to_the_data_folder() -> None:
    run = read_parameters({}, {})
    assert (run.symbols, run.start, run.end, run.cash) == ((), None, None, 100_000)


def test_later_sources_win_over_earlier_ones(tmp_path: Path) -> None:
    file = tmp_path / "alaris.toml"
    file.write_text('profile = "research"\n[limits]\npositions = 3\ncontracts = 4\n')
    environment = {"ALARIS_LIMITS__POSITIONS": "6", "HOME": "/root"}
    settings = read_parameters({"settings": str(file), "limits.contracts": "7"}, environment).settings
    # the profile says that verdicts are not enforced, the file 3 and 4, the environment 6 over 3, the parameter 7 over 4
    assert (settings.enforce_verdicts, settings.limits.positions, settings.limits.contracts) == (False, 6, 7)


@pytest.mark.parametrize(
    ("stated", "key", "remedy"),
    [
        ({"start": "03.01.2017"}, "start", "expected a date such as 2017-01-31"),
        ({"start": "2017-02-01", "end": "2017-01-01"}, "end", "must not lie before start"),
        ({"cash": "a lot"}, "cash", "expected a positive number"),
        ({"cash": "-1"}, "cash", "expected a positive number"),
        ({"symbol": "YUM"}, "symbol", "is not a setting"),
        ({"limits.position": "1"}, "limits.position", "did you mean limits.positions"),
        ({"limits.positions": "0"}, "limits.positions", "greater than or equal to 1"),
        ({"profile": "demo"}, "profile", "expected one of backtest, research, paper, live"),
        ({"settings": "/nowhere.toml"}, "/nowhere.toml", "cannot be read as TOML"),
    ],
)
def test_a_mistake_names_the_parameter_and_the_remedy(stated: dict[str, str], key: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read_parameters(stated, {})
    assert refusal.value.key == key
    assert remedy in str(refusal.value)


def test_live_trading_takes_the_paper_profile_unless_live_is_asked_for() -> None:
    assert for_mode({"preset": "eve"}, live=False) == {"preset": "eve"}
    assert for_mode({}, live=True) == {"profile": "paper", "book": "alaris-paper"}
    assert for_mode({"profile": "live"}, live=True)["book"] == "alaris-live"
    assert for_mode({"book": "mine"}, live=True)["book"] == "mine"
    with pytest.raises(ConfigurationError, match="profile: is 'backtest' in live trading"):
        for_mode({"profile": "backtest"}, live=True)
