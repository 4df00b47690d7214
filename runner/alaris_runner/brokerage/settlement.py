"""When the money of a fill is cash: at once, or days later for the proceeds of sales in a cash account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from alaris_runner.api.cash import ACCOUNT_CURRENCY
from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.order_events import OrderEvent
    from alaris_runner.api.orders import CashAmount
    from alaris_runner.api.portfolio import SecurityPortfolioManager
    from alaris_runner.api.securities import Security


@dataclass(frozen=True, slots=True)
class ApplyFundsSettlementModelParameters(PascalCase):
    """What a settlement model is given: `cash_amount` is negative for purchases, `utc_time` naive UTC."""

    portfolio: SecurityPortfolioManager
    security: Security
    utc_time: datetime
    cash_amount: CashAmount
    fill: OrderEvent | None = None


class ImmediateSettlementModel(PascalCase):
    """Everything is cash at once: margin accounts."""

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book the amount."""
        book = apply_funds_parameters.portfolio.cash_book
        book[ACCOUNT_CURRENCY].add_amount(apply_funds_parameters.cash_amount.amount)


class DelayedSettlementModel(PascalCase):
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

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book purchases as cash and proceeds as unsettled cash."""
        portfolio, amount = apply_funds_parameters.portfolio, apply_funds_parameters.cash_amount.amount
        if amount <= 0:
            portfolio.cash_book[ACCOUNT_CURRENCY].add_amount(amount)
            return
        hours = apply_funds_parameters.security.exchange.hours
        day = datetime.combine(hours.zone.from_utc(apply_funds_parameters.utc_time).date(), time())
        for _ in range(self._days):
            day = hours.get_next_trading_day(day)
        portfolio.add_unsettled(hours.zone.to_utc(day + self._time_of_day), amount)
