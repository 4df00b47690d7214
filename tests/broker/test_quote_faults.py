"""Faults of ibkr.md, section 4, that touch a quote, each over a real socket: a quote that was stated, or a typed reason."""

from __future__ import annotations

import pytest
from gateway_faults import QUOTE_FAULTS, Played, play


@pytest.mark.parametrize("played", QUOTE_FAULTS, ids=[played.name for played in QUOTE_FAULTS])
def test_a_fault_ends_in_a_stated_quote_or_a_reason(played: Played, expected_errors: list[str]) -> None:
    expected_errors += played.logged
    outcome = play(played)
    assert outcome.told == played.expected
    assert not outcome.errors, "the library logged what was not expected"


def test_there_are_as_many_faults_as_were_asked_for() -> None:
    assert len({played.name for played in QUOTE_FAULTS}) >= 25
