"""Cash settled and unsettled; the runner keeps accounts in US dollars only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import NotSupportedByRunner

ACCOUNT_CURRENCY = "USD"


class Cash(PascalCase):
    """Units of one currency; the runner keeps accounts in US dollars only, so the conversion rate is 1."""

    __slots__ = ("amount", "conversion_rate", "symbol")

    def __init__(self, symbol: str, amount: float = 0.0, conversion_rate: float = 1.0) -> None:
        self.symbol = symbol
        self.amount = amount
        self.conversion_rate = conversion_rate

    @property
    def currency_symbol(self) -> str:
        """Sign of the currency."""
        return "$"

    @property
    def value_in_account_currency(self) -> float:
        """Amount times conversion rate."""
        return self.amount * self.conversion_rate

    def add_amount(self, amount: float) -> float:
        """Add and return the new amount."""
        self.amount += amount
        return self.amount

    def set_amount(self, amount: float) -> None:
        """Replace the amount."""
        self.amount = float(amount)


class CashBook(PascalCase):
    """Cash by currency; only US dollars are kept."""

    __slots__ = ("_cash",)

    def __init__(self) -> None:
        self._cash = {ACCOUNT_CURRENCY: Cash(ACCOUNT_CURRENCY)}

    @property
    def account_currency(self) -> str:
        """Currency in which the account is valued."""
        return ACCOUNT_CURRENCY

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum over the currencies."""
        return sum(cash.value_in_account_currency for cash in self._cash.values())

    def __getitem__(self, currency: str) -> Cash:
        if currency not in self._cash:
            raise NotSupportedByRunner(f"CashBook[{currency!r}]", f"The runner keeps accounts in {ACCOUNT_CURRENCY} only.")
        return self._cash[currency]

    def __contains__(self, currency: str) -> bool:
        return currency in self._cash

    def contains_key(self, symbol: str) -> bool:
        """Whether a currency is kept."""
        return symbol in self._cash

    def __len__(self) -> int:
        return len(self._cash)

    def keys(self) -> list[str]:
        """Currencies."""
        return list(self._cash)

    def values(self) -> list[Cash]:
        """Cash of each currency."""
        return list(self._cash.values())

    def items(self) -> list[tuple[str, Cash]]:
        """Pairs of currency and cash."""
        return list(self._cash.items())


@dataclass(frozen=True, slots=True)
class UnsettledCashAmount(PascalCase):
    """Proceeds that become cash at `settlement_time_utc` (naive UTC)."""

    settlement_time_utc: datetime
    currency: str
    amount: float
