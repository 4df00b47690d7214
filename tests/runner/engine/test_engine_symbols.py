"""Security identifiers: LEAN's published vectors, and that reading undoes writing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris_runner.api.enums import OptionRight, SecurityType
from alaris_runner.api.symbols import SecurityIdentifier, Symbol, option_symbol
from alaris_runner.errors import InvalidRequest

APPLE = SecurityIdentifier("AAPL", SecurityType.EQUITY, "usa", datetime(1998, 1, 2))
GOOGLE = SecurityIdentifier("GOOCV", SecurityType.EQUITY, "usa", datetime(2014, 3, 27))


def test_leans_vectors() -> None:
    # LEAN's own: lean.md D.5
    assert str(APPLE) == "AAPL R735QTJ8XC9X"
    call = option_symbol(Symbol(GOOGLE, "GOOG"), datetime(2016, 1, 15), 750.0, OptionRight.CALL)
    assert str(call.id) == "GOOCV W78ZEOEHV29Y|GOOCV VP83T1ZUHROL"
    assert call.value == "GOOG  160115C00750000"
    assert call.canonical.value == "?GOOG"


@pytest.mark.parametrize("strike", [4757.12, 5000.25, 650.625])
def test_strikes_lean_cannot_write_are_refused(strike: float) -> None:
    with pytest.raises(InvalidRequest, match="cannot be encoded"):
        str(option_symbol(Symbol(APPLE, "AAPL"), datetime(2024, 1, 19), strike, OptionRight.CALL).id)


@given(
    st.integers(1, 900_00).map(lambda cents: cents / 100),
    st.integers(0, 20_000).map(lambda days: datetime(1998, 1, 2) + timedelta(days=days)),
    st.sampled_from(OptionRight),
)
def test_reading_undoes_writing(strike: float, expiry: datetime, right: OptionRight) -> None:
    symbol = option_symbol(Symbol(APPLE, "AAPL"), expiry, strike, right)
    read = SecurityIdentifier.parse(str(symbol.id))
    assert read == symbol.id
    assert read.strike_price == pytest.approx(strike, abs=1e-9)
    assert (read.date, read.option_right) == (expiry, right)


def test_a_text_that_is_no_identifier_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="not a security identifier"):
        SecurityIdentifier.parse("AAPL")
