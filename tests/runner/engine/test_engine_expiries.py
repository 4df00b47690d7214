"""Contracts of one expiry end together, each with the events that lay ahead when it came."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from alaris_runner.api.enums import DelistingType, OptionRight, SecurityType
from alaris_runner.api.symbols import SecurityIdentifier, Symbol, option_symbol
from alaris_runner.engine.auxiliary_events import End
from alaris_runner.engine.expiries import Expiry

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

ABC = Symbol(SecurityIdentifier("ABC", SecurityType.EQUITY, "usa", datetime(2010, 1, 4)), "ABC")
LAST, AFTER = datetime(2024, 1, 19, 5), datetime(2024, 1, 20, 5)  # New York's midnights in UTC
ENDS = [End(LAST, datetime(2024, 1, 19), DelistingType.WARNING), End(AFTER, datetime(2024, 1, 20), DelistingType.DELISTED)]


def contract(strike: float) -> Security:
    return cast("Security", SimpleNamespace(symbol=option_symbol(ABC, datetime(2024, 1, 19), strike, OptionRight.CALL)))


def test_both_events_come_to_all_that_are_still_there() -> None:
    expiry, (first, second) = Expiry(1, ENDS, datetime(2024, 1, 2)), (contract(100), contract(105))
    expiry.contracts |= {first.symbol: first, second.symbol: second}
    assert expiry.time == LAST
    warning = expiry.data
    assert [(one, event.type, event.time) for one, event in warning.events()] == [
        (first, DelistingType.WARNING, datetime(2024, 1, 19)),
        (second, DelistingType.WARNING, datetime(2024, 1, 19)),
    ]
    assert expiry.advance() == AFTER
    expiry.leave(first.symbol)
    assert [one for one, _ in warning.events()] == [second]  # removed in the same step
    assert [event.type for _, event in expiry.data.events()] == [DelistingType.DELISTED]
    assert expiry.advance() is None
    expiry.leave(second.symbol)
    assert not expiry.is_due()


@pytest.mark.parametrize(
    ("start", "kinds"),
    [
        (LAST, [DelistingType.WARNING, DelistingType.DELISTED]),
        (datetime(2024, 1, 19, 15), [DelistingType.DELISTED]),
        (AFTER, []),
    ],
)
def test_a_contract_that_comes_late_gets_what_lies_ahead(start: datetime, kinds: list[DelistingType]) -> None:
    expiry, found = Expiry(1, ENDS, start), []
    expiry.contracts = {(one := contract(100)).symbol: one}
    while expiry.time is not None:
        found += [event.type for _, event in expiry.data.events()]
        expiry.advance()
    assert found == kinds


def test_a_contract_joins_only_before_the_next_event_and_after_the_last() -> None:
    expiry = Expiry(1, ENDS, datetime(2024, 1, 2))
    assert expiry.takes(datetime(2024, 1, 10))
    assert not expiry.takes(LAST)  # it may have been taken in this step
    expiry.advance()
    assert not expiry.takes(LAST)
    assert expiry.takes(datetime(2024, 1, 19, 15))
    expiry.advance()
    assert not expiry.takes(datetime(2024, 1, 22))
