"""What the account holds: cash settled and unsettled, a holding per security, and the value of it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from alaris_runner.api.order_enums import OrderDirection
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.fees import closing_fee
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.enums import SecurityType
    from alaris_runner.api.orders import OrderEvent
    from alaris_runner.api.securities import Security, SecurityManager
    from alaris_runner.api.symbols import Symbol

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


class Positions(Protocol):
    """Margin of the whole account; `brokerage/position_groups.py` is the real one."""

    @property
    def groups(self) -> Sequence[Any]:
        """Position groups as they stand."""

    def total_margin_used(self) -> float:
        """Maintenance margin of all groups, US dollars."""

    def buying_power(self, security: Security, direction: OrderDirection) -> float:
        """Margin free for an order of this side."""


class SecurityPortfolioManager(PascalCase):
    """The account: cash, holdings by symbol, value and margin."""

    def __init__(self, securities: SecurityManager) -> None:
        self.securities = securities
        self.cash_book = CashBook()
        self.unsettled_cash_book = CashBook()
        self.unsettled: list[UnsettledCashAmount] = []
        self.positions: Positions | None = None
        self.margin_call_model: object | None = None
        self.free_portfolio_value_percentage = 0.0025
        self.total_fees = 0.0
        self.total_profit = 0.0
        self.total_sale_volume = 0.0
        self.total_dividends = 0.0
        self._open: dict[Symbol, SecurityHolding] = {}

    def __getitem__(self, symbol: Symbol | str) -> SecurityHolding:
        holding: SecurityHolding = self.securities[symbol].holdings
        return holding

    def __contains__(self, symbol: Symbol | str) -> bool:
        return symbol in self.securities

    def __len__(self) -> int:
        return len(self.securities)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items())

    def contains_key(self, symbol: Symbol | str) -> bool:
        """Whether the security is known."""
        return symbol in self.securities

    def get(self, symbol: Symbol | str, default: SecurityHolding | None = None) -> SecurityHolding | None:
        """Holding of a symbol, or the default where it is not known."""
        return self.securities[symbol].holdings if symbol in self.securities else default

    def keys(self) -> list[Symbol]:
        """Symbols of all securities, held or not."""
        return list(self.securities.keys())

    def values(self) -> list[SecurityHolding]:
        """Holdings of all securities, flat ones too."""
        return [security.holdings for security in self.securities.values()]

    def items(self) -> list[Any]:
        """Pairs of symbol and holding."""
        return list(zip(self.keys(), self.values(), strict=True))

    @property
    def held(self) -> list[SecurityHolding]:
        """Holdings that are not flat, in the order in which they were opened."""
        return list(self._open.values())

    @property
    def cash(self) -> float:
        """Settled cash."""
        return self.cash_book[ACCOUNT_CURRENCY].amount

    @property
    def unsettled_cash(self) -> float:
        """Proceeds that are not settled yet."""
        return self.unsettled_cash_book[ACCOUNT_CURRENCY].amount

    @property
    def invested(self) -> bool:
        """Whether any position is not flat."""
        return bool(self._open)

    @property
    def hold_stock(self) -> bool:
        """Older name of `invested`."""
        return self.invested

    @property
    def total_holdings_value(self) -> float:
        """Sum of the holdings' values without side."""
        return sum(holding.absolute_holdings_value for holding in self._open.values())

    @property
    def net_holdings_value(self) -> float:
        """Sum of the holdings' signed values."""
        return sum(holding.holdings_value for holding in self._open.values())

    @property
    def total_absolute_holdings_cost(self) -> float:
        """Sum of the holdings' costs without side."""
        return sum(holding.absolute_holdings_cost for holding in self._open.values())

    @property
    def total_unlevered_absolute_holdings_cost(self) -> float:
        """Sum of the holdings' costs over their leverage."""
        return sum(abs(holding.unlevered_holdings_cost) for holding in self._open.values())

    @property
    def total_unrealized_profit(self) -> float:
        """What closing everything now would bring, after fees."""
        return sum(holding.unrealized_profit for holding in self._open.values())

    @property
    def total_unrealised_profit(self) -> float:
        """Other spelling of `total_unrealized_profit`."""
        return self.total_unrealized_profit

    @property
    def total_portfolio_value(self) -> float:
        """Cash, unsettled cash and holdings at the present prices."""
        return self.cash + self.unsettled_cash + self.net_holdings_value

    @property
    def total_portfolio_value_less_free_buffer(self) -> float:
        """Value without the share that sizing leaves free."""
        return self.total_portfolio_value * (1 - self.free_portfolio_value_percentage)

    @property
    def total_net_profit(self) -> float:
        """Realised profit after fees, dividends included."""
        return self.total_profit - self.total_fees + self.total_dividends

    @property
    def total_margin_used(self) -> float:
        """Maintenance margin of the whole account."""
        return self.positions.total_margin_used() if self.positions is not None else 0.0

    @property
    def margin_remaining(self) -> float:
        """Value less unsettled cash less the margin used (golden case margin_rules_cash: 19992 - 98 - 1411)."""
        return self.get_margin_remaining(self.total_portfolio_value)

    def get_margin_remaining(self, total_portfolio_value: float) -> float:
        """Margin left of a given account value."""
        return total_portfolio_value - self.unsettled_cash - self.total_margin_used

    def get_buying_power(self, symbol: Symbol | str, direction: OrderDirection = OrderDirection.HOLD) -> float:
        """Margin free for an order of this side in this security."""
        return self.positions.buying_power(self.securities[symbol], direction) if self.positions is not None else self.cash

    def set_cash(self, amount: float) -> None:
        """Replace the settled cash."""
        self.cash_book[ACCOUNT_CURRENCY].set_amount(amount)

    def process_fills(self, fills: Sequence[OrderEvent]) -> None:
        """Book the fills of one event list: funds by the settlement model, fees, holdings."""
        for fill in fills:
            self._process_fill(self.securities[fill.symbol], fill)

    def _process_fill(self, security: Security, fill: OrderEvent) -> None:
        holding, fee = security.holdings, fill.order_fee.value.amount
        profit_before, sales_before = holding.profit, holding.total_sale_volume
        security.settlement_model.apply_funds(self, security, fill.utc_time, -holding.value_of(fill.fill_quantity, fill.fill_price))
        self.cash_book[ACCOUNT_CURRENCY].add_amount(-fee)
        holding.apply_fill(fill.fill_price, fill.fill_quantity, fee)
        self.total_fees += fee
        self.total_profit += holding.profit - profit_before
        self.total_sale_volume += holding.total_sale_volume - sales_before
        self.track(holding)

    def track(self, holding: SecurityHolding) -> None:
        """Keep the list of open positions right after a holding was changed."""
        if holding.quantity:
            self._open[holding.symbol] = holding
        else:
            self._open.pop(holding.symbol, None)

    def add_dividend(self, security: Security, distribution: float) -> None:
        """Book a cash dividend of `distribution` dollars a share; a short position pays it."""
        total = security.holdings.quantity * distribution
        self.cash_book[ACCOUNT_CURRENCY].add_amount(total)
        security.holdings.total_dividends += total
        self.total_dividends += total

    def add_unsettled(self, settlement_time_utc: datetime, amount: float) -> None:
        """Book proceeds that settle later."""
        self.unsettled.append(UnsettledCashAmount(settlement_time_utc, ACCOUNT_CURRENCY, amount))
        self.unsettled_cash_book[ACCOUNT_CURRENCY].add_amount(amount)

    def settle(self, utc: datetime) -> None:
        """Turn proceeds that are due into cash."""
        due = [entry for entry in self.unsettled if entry.settlement_time_utc <= utc]
        if not due:
            return
        amount = sum(entry.amount for entry in due)
        self.unsettled = [entry for entry in self.unsettled if entry.settlement_time_utc > utc]
        self.unsettled_cash_book[ACCOUNT_CURRENCY].add_amount(-amount)
        self.cash_book[ACCOUNT_CURRENCY].add_amount(amount)
