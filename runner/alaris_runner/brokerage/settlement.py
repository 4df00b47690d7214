"""When the money of a fill is cash: at once, or days later for the proceeds of sales in a cash account."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.cash import ACCOUNT_CURRENCY
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security


class SettlementModel(PascalCase):
    """Base of the settlement models."""

    def apply_funds(self, portfolio: SecurityPortfolioManager, security: Security, utc: datetime, amount: float) -> None:
        """Book the money of a fill, negative for purchases."""
        raise NotImplementedError


class ImmediateSettlementModel(SettlementModel):
    """Everything is cash at once: margin accounts."""

    def apply_funds(self, portfolio: SecurityPortfolioManager, security: Security, utc: datetime, amount: float) -> None:
        """Book the amount, negative for purchases."""
        del security, utc  # needed by delayed settlement only
        portfolio.cash_book[ACCOUNT_CURRENCY].add_amount(amount)


class DelayedSettlementModel(SettlementModel):
    """Proceeds wait; purchases are paid at once.

    Parameters
    ----------
    number_of_days : int
        Trading days until the proceeds are cash.
    time_of_day : timedelta
        Exchange time of that day.
    """

    def __init__(self, number_of_days: int = 1, time_of_day: timedelta = timedelta(hours=6)) -> None:
        self._days = number_of_days
        self._time_of_day = time_of_day

    def apply_funds(self, portfolio: SecurityPortfolioManager, security: Security, utc: datetime, amount: float) -> None:
        """Book purchases as cash and proceeds as unsettled cash."""
        if amount <= 0:
            portfolio.cash_book[ACCOUNT_CURRENCY].add_amount(amount)
            return
        hours = security.exchange.hours
        day = datetime.combine(hours.zone.from_utc(utc).date(), time())
        for _ in range(self._days):
            day = hours.get_next_trading_day(day)
        portfolio.add_unsettled(hours.zone.to_utc(day + self._time_of_day), amount)
