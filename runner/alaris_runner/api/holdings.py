"""Position in one security: its size, its average price, and what it has earned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.fees import closing_fee

if TYPE_CHECKING:
    from alaris_runner.api.enums import SecurityType
    from alaris_runner.api.securities import Security
    from alaris_runner.api.symbols import Symbol


class SecurityHolding(PascalCase):
    """Position in one security.

    Attributes
    ----------
    quantity : float
        Signed; shares or contracts.
    average_price : float
        Volume-weighted over additions, unchanged by reductions, the fill price after passing through zero.
    total_fees, total_sale_volume, profit, total_dividends : float
        Sums since the start, US dollars; `profit` is gross of fees.
    """

    __slots__ = (
        "average_price",
        "last_trade_profit",
        "profit",
        "quantity",
        "security",
        "total_dividends",
        "total_fees",
        "total_sale_volume",
    )

    def __init__(self, security: Security) -> None:
        self.security = security
        self.quantity = 0.0
        self.average_price = 0.0
        self.total_fees = 0.0
        self.total_sale_volume = 0.0
        self.total_dividends = 0.0
        self.profit = 0.0
        self.last_trade_profit = 0.0

    def __repr__(self) -> str:
        return f"{self.symbol.value}: {self.quantity} @ {self.average_price}"

    @property
    def symbol(self) -> Symbol:
        """Symbol held."""
        return self.security.symbol

    @property
    def type(self) -> SecurityType:
        """Security type."""
        return self.security.type

    @property
    def price(self) -> float:
        """Present price of the security."""
        return self.security.price

    @property
    def leverage(self) -> float:
        """Leverage of the security."""
        return self.security.leverage

    @property
    def absolute_quantity(self) -> float:
        """Size without side."""
        return abs(self.quantity)

    @property
    def is_long(self) -> bool:
        """Whether something is held."""
        return self.quantity > 0

    @property
    def is_short(self) -> bool:
        """Whether something is owed."""
        return self.quantity < 0

    @property
    def invested(self) -> bool:
        """Whether the position is not flat."""
        return self.quantity != 0

    @property
    def hold_stock(self) -> bool:
        """Older name of `invested`."""
        return self.quantity != 0

    @property
    def holdings_value(self) -> float:
        """Signed value at the present price."""
        return self.value_of(self.quantity)

    @property
    def absolute_holdings_value(self) -> float:
        """Value without side."""
        return abs(self.holdings_value)

    @property
    def holdings_cost(self) -> float:
        """Signed cost at the average price."""
        return self.value_of(self.quantity, self.average_price)

    @property
    def absolute_holdings_cost(self) -> float:
        """Cost without side."""
        return abs(self.holdings_cost)

    @property
    def unlevered_holdings_cost(self) -> float:
        """Cost over leverage."""
        return self.holdings_cost / self.leverage

    @property
    def unlevered_absolute_holdings_cost(self) -> float:
        """Cost over leverage, without side."""
        return abs(self.unlevered_holdings_cost)

    @property
    def net_profit(self) -> float:
        """Realised profit after fees, dividends included."""
        return self.profit - self.total_fees + self.total_dividends

    @property
    def unrealized_profit(self) -> float:
        """What closing now would bring: at the bid (ask of a short) less the fee."""
        return self.total_close_profit()

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealised profit over the cost; 0 when flat."""
        cost = self.absolute_holdings_cost
        return self.unrealized_profit / cost if cost else 0.0

    def value_of(self, quantity: float, price: float | None = None) -> float:
        """Signed value of a quantity in US dollars, at the present price unless one is given."""
        at = self.security.price if price is None else price
        return quantity * at * self.security.symbol_properties.contract_multiplier

    def total_close_profit(
        self, include_fees: bool = True, exit_price: float | None = None, entry_price: float | None = None, quantity: float | None = None
    ) -> float:
        """Profit of closing `quantity` (all of it by default) with a market order now."""
        closed = self.quantity if quantity is None else quantity
        if closed == 0:
            return 0.0
        entry = self.average_price if entry_price is None else entry_price
        fee = closing_fee(self.security, closed) if include_fees else 0.0
        return self.value_of(closed, self._exit_price(closed) if exit_price is None else exit_price) - self.value_of(closed, entry) - fee

    def _exit_price(self, quantity: float) -> float:
        side = self.security.bid_price if quantity > 0 else self.security.ask_price
        return side or self.security.price

    def set_holdings(self, average_price: float, quantity: float) -> None:
        """Replace the position without a trade."""
        self.average_price = average_price
        self.quantity = quantity

    def apply_fill(self, price: float, quantity: float, fee: float) -> None:
        """Move the position by one fill.

        Parameters
        ----------
        price : float
            Fill price of one share or contract unit.
        quantity : float
            Signed.
        fee : float
            US dollars.
        """
        self.total_sale_volume += self.value_of(abs(quantity), price)
        self.total_fees += fee
        if self.quantity * quantity < 0:
            self._realise(price, quantity)
        self._average(price, quantity)

    def _realise(self, price: float, quantity: float) -> None:
        closed = min(abs(quantity), abs(self.quantity)) * (1 if self.quantity > 0 else -1)
        self.last_trade_profit = self.value_of(closed, price) - self.value_of(closed, self.average_price)
        self.profit += self.last_trade_profit

    def _average(self, price: float, quantity: float) -> None:
        held, after = self.quantity, self.quantity + quantity
        if held * quantity > 0:
            self.average_price = (held * self.average_price + quantity * price) / after
        elif after * held <= 0:  # flat, opened, or turned round
            self.average_price = price if after else 0.0
        self.quantity = after
