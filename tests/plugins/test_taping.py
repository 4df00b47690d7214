"""Answers of plugins on a tape: any value of the field survives it, and a record that was altered runs nothing."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from alaris.domain import NEW_YORK, DataError, EarningsEvent, Leg, Observation, OptionChain, Right, Timing, Verdict
from alaris.plugins.calls import Failure
from alaris.plugins.taping import packed, taped, unpacked


class Tape:
    """Keeps answers by kind, or gives them."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Any]] = {}
        self.replaying = False

    def take(self, kind: str, ask: Callable[[], Any]) -> Any:
        if self.replaying:
            return self.kept[kind].pop(0)
        self.kept.setdefault(kind, []).append(ask())
        return self.kept[kind][-1]


def chain() -> OptionChain:
    """Two contracts, one without a bid."""
    return OptionChain(
        symbol="YUM",
        as_of=datetime(2017, 2, 8, 15, 45, tzinfo=NEW_YORK),
        spot=67.0,
        expiry=np.array(["2017-02-17", "2017-03-17"], dtype="datetime64[D]"),
        days=np.array([9.0, 37.0]),
        is_call=np.array([True, False]),
        strike=np.array([67.5, 67.5]),
        bid=np.array([np.nan, 2.0]),
        ask=np.array([1.1, 2.15]),
        volume=np.array([10.0, 0.0]),
        open_interest=np.array([100.0, 200.0]),
        implied_volatility=np.array([np.nan, 0.3]),
    )


@pytest.mark.parametrize(
    "answer",
    [
        (EarningsEvent("YUM", date(2017, 2, 9), Timing.BEFORE_OPEN, "one", datetime(2017, 1, 20, tzinfo=UTC), 0.01),),
        Leg("YUM", Right.CALL, 67.5, date(2017, 2, 17), -1),
        Verdict("STCS006A", passed=True, value=1.5, limit=1.2, reason=None, note="said"),
        Failure("polygon", "HTTP 500"),
        Decimal("1.15"),
        0.0125,
        ("YUM", "AAPL"),
    ],
)
def test_a_value_comes_back_as_it_was(answer: object) -> None:
    assert unpacked(packed(answer)) == answer


def test_a_chain_comes_back_with_its_columns_and_its_zone() -> None:
    before = Observation(chain(), "IBKR", datetime(2017, 2, 8, 15, 45, tzinfo=NEW_YORK))
    after = unpacked(packed(before))
    assert after.available_at.tzinfo is NEW_YORK
    for name in ("expiry", "strike", "bid", "ask", "implied_volatility"):
        np.testing.assert_array_equal(getattr(after.value, name), getattr(before.value, name))


def test_a_replay_answers_without_asking_and_keeps_symbols_apart() -> None:
    tape = Tape()
    for symbol, rate in (("YUM", 0.01), ("AAPL", 0.02)):
        assert taped(tape, "fred", "risk_free_rate", {"symbol": symbol}, lambda rate=rate: rate) == rate  # type: ignore[misc]  # bound
    tape.replaying = True
    for symbol, rate in (("AAPL", 0.02), ("YUM", 0.01)):  # asked in another order
        assert taped(tape, "fred", "risk_free_rate", {"symbol": symbol}, lambda: pytest.fail("asked again")) == rate


def test_what_is_no_value_is_not_kept_and_harms_nobody() -> None:
    tape = Tape()
    answer = taped(tape, "odd", "command", {}, lambda: (part for part in "ab"))
    assert list(answer) == ["a", "b"]
    assert tape.kept == {"plugin odd command ": [""]}
    assert unpacked("") is None


class Harm:
    """Would run a command where it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, ("__import__('os').getpid()",))


@pytest.mark.parametrize("altered", [Harm(), np.load, Tape, base64.b64encode])
def test_an_altered_record_runs_nothing(altered: object) -> None:
    text = base64.b64encode(pickle.dumps(altered)).decode()
    with pytest.raises(DataError, match="no value of the domain"):
        unpacked(text)
