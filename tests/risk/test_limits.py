"""Limits on post-trade numbers: each one alone, the numbers of strategy.md 4, and what holds for any account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.domain import Reason, Rejection
from alaris.risk.limits import Proposal, check_limits, contracts_within, sector_warning
from alaris.risk.portfolio import OpenCalendar, Portfolio
from alaris.settings import Limits

LIMITS = Limits()
RICH = Portfolio(equity=1e9, cash=1e9)


def test_contracts_a_spread_are_capped_at_ten() -> None:
    assert contracts_within(Proposal("ABC", 80.0, 50), RICH, LIMITS) == 10


def test_the_loss_limit_cuts_the_size() -> None:
    # a spread of 9.00 USD costs 900; 5,000 USD pay for five of them
    assert contracts_within(Proposal("ABC", 900.0, 10), RICH, LIMITS) == 5


@pytest.mark.parametrize(
    ("portfolio", "proposal", "expected"),
    [
        (RICH, Proposal("ABC", 26_000.0, 1), Rejection(Reason.LIMIT_LOSS, value=26_000.0, limit=5_000.0)),
        (RICH, Proposal("ABC", 0.0, 1), Rejection(Reason.DEBIT_NOT_POSITIVE, value=0.0, limit=0.0)),
        (RICH, Proposal("ABC", float("nan"), 1), None),
        (RICH, Proposal("ABC", 100.0, 0), Rejection(Reason.ZERO_CONTRACTS, value=0, limit=1)),
        (
            Portfolio(1e6, 1e6, losses_today={"ABC": 10_001.0}),
            Proposal("ABC", 100.0, 1),
            Rejection(Reason.LIMIT_SYMBOL_LOSS, value=10_001.0, limit=10_000.0),
        ),
        (
            Portfolio(1e6, 1e6, open=tuple(OpenCalendar(name, 1, 100.0) for name in "ABCDE")),
            Proposal("XYZ", 100.0, 1),
            Rejection(Reason.LIMIT_POSITIONS, value=6, limit=5),
        ),
        (Portfolio(10_000, 2_050), Proposal("ABC", 100.0, 1), Rejection(Reason.LIMIT_CASH, value=100.0, limit=50.0)),
        (
            Portfolio(10_000, 9_000, open=(OpenCalendar("XYZ", 1, 7_950.0),)),
            Proposal("ABC", 100.0, 1),
            Rejection(Reason.LIMIT_ALLOCATION, value=8_050.0, limit=8_000.0),
        ),
        (
            Portfolio(10_000, 9_000, open=(OpenCalendar("XYZ", 1, 2_950.0, "energy"),)),
            Proposal("ABC", 100.0, 1, "energy"),
            Rejection(Reason.LIMIT_SECTOR, value=3_050.0, limit=3_000.0),
        ),
    ],
)
def test_each_limit_says_its_own_name_value_and_limit(portfolio: Portfolio, proposal: Proposal, expected: Rejection | None) -> None:
    refused = contracts_within(proposal, portfolio, LIMITS)
    assert isinstance(refused, Rejection)
    if expected is None:
        assert refused.reason is Reason.DEBIT_NOT_POSITIVE
    else:
        assert refused.reason is expected.reason
        assert refused.value == pytest.approx(expected.value)
        assert refused.limit == pytest.approx(expected.limit)


def test_an_unknown_sector_is_not_limited_and_a_known_one_warns_first() -> None:
    portfolio = Portfolio(10_000, 9_000, open=(OpenCalendar("XYZ", 1, 2_350.0, "energy"),))
    assert contracts_within(Proposal("ABC", 100.0, 8), portfolio, LIMITS) == 8
    assert (
        sector_warning(Proposal("ABC", 100.0, 1, "energy"), portfolio, LIMITS)
        == "sector energy would hold 24.5% of equity, warning from 24%"
    )
    assert sector_warning(Proposal("ABC", 10.0, 1, "energy"), portfolio, LIMITS) is None
    warned = check_limits(Proposal("ABC", 100.0, 1, "energy"), portfolio, LIMITS)[-1]
    assert (warned.passed, warned.reason) == (True, Reason.LIMIT_SECTOR)


@given(
    debit=st.floats(1, 8_000),
    wanted=st.integers(1, 40),
    equity=st.floats(1_000, 1e7),
    cash_share=st.floats(0, 1),
    held=st.lists(st.floats(10, 20_000), max_size=4),
)
def test_what_is_allowed_passes_every_limit_and_one_more_does_not(
    debit: float, wanted: int, equity: float, cash_share: float, held: list[float]
) -> None:
    portfolio = Portfolio(equity, equity * cash_share, tuple(OpenCalendar(f"S{i}", 1, value) for i, value in enumerate(held)))
    allowed = contracts_within(Proposal("ABC", debit, wanted), portfolio, LIMITS)
    size = 0 if isinstance(allowed, Rejection) else allowed
    assert size <= wanted
    if size:
        tolerance = Proposal("ABC", debit * (1 - 1e-9), size)
        assert all(verdict.passed for verdict in check_limits(tolerance, portfolio, LIMITS))
    if size < wanted:
        assert not all(verdict.passed for verdict in check_limits(Proposal("ABC", debit * (1 + 1e-9), size + 1), portfolio, LIMITS))


def test_who_is_shown_an_account_cannot_change_it() -> None:
    mine = {"ABC": 1.0}
    account = Portfolio(1e6, 1e6, losses_today=mine)
    mine["ABC"] = 0.0
    assert account.losses_today == {"ABC": 1.0}
    with pytest.raises(TypeError):
        account.losses_today["ABC"] = 0.0  # type: ignore[index] # what must not work
