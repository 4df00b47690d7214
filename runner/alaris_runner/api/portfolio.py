"""The account: what it holds, what it is worth, and the margin it uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from alaris_runner.api.cash import ACCOUNT_CURRENCY, Cash, CashBook, UnsettledCashAmount
from alaris_runner.api.holdings import SecurityHolding
from alaris_runner.api.order_enums import OrderDirection
from alaris_runner.api.orders import CashAmount
from alaris_runner.api.security_manager import KeyValuePair
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.settlement import ApplyFundsSettlementModelParameters
from alaris_runner.brokerage.user_models import ask
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.order_events import OrderEvent
    from alaris_runner.api.securities import Security
    from alaris_runner.api.security_manager import SecurityManager
    from alaris_runner.api.symbols import Symbol

__all__ = [
    "Cash",
    "CashBook",
    "DefaultMarginCallModel",
    "MarginCallModel",
    "SecurityHolding",
    "SecurityPortfolioManager",
    "UnsettledCashAmount",
]
FREE_SHARE = 0.0025  # of the account's value that sizing leaves free, LEAN's default


class MarginCallModel(PascalCase):
    """Whether margin is watched; `MarginCallModel.NULL` switches warnings and calls off."""

    NULL: ClassVar[MarginCallModel]


class DefaultMarginCallModel(MarginCallModel):
    """LEAN's default: a warning under five percent, calls ten percent beyond the account's value."""


MarginCallModel.NULL = MarginCallModel()


class Positions(Protocol):
    """Margin of the whole account; `brokerage/position_groups.py` is the real one."""

    @property
    def groups(self) -> Sequence[Any]:
        """Position groups as they stand."""

    def total_margin_used(self) -> float:
        """Maintenance margin of all groups, US dollars."""

    def group_margin(self, group: Any) -> float:
        """Maintenance margin of one group."""

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
        self.settings: Any = None
        self._margin_call_model: MarginCallModel = DefaultMarginCallModel()
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

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(symbol, holding) for symbol, holding in self.items()])

    def contains_key(self, symbol: Symbol | str) -> bool:
        """Whether the security is known."""
        return symbol in self.securities

    def get(self, key: Symbol | str, default_value: SecurityHolding | None = None) -> SecurityHolding | None:
        """Holding of a symbol, or the default where it is not known."""
        return self.securities[key].holdings if key in self.securities else default_value

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
        value = self.total_portfolio_value
        return value - free_buffer(self.settings, value)

    @property
    def total_net_profit(self) -> float:
        """Realised profit after fees, dividends included."""
        return self.total_profit - self.total_fees + self.total_dividends

    @property
    def total_margin_used(self) -> float:
        """Maintenance margin of the whole account."""
        return self.positions.total_margin_used() if self.positions is not None else 0.0

    def margin_by_group(self) -> list[tuple[str, float]]:
        """Maintenance margin of each position group, by the names of its positions."""
        if self.positions is None:
            return []
        return [(_legs_text(group), self.positions.group_margin(group)) for group in self.positions.groups]

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

    @property
    def margin_call_model(self) -> MarginCallModel:
        """Whether margin is watched."""
        return self._margin_call_model

    @margin_call_model.setter
    def margin_call_model(self, model: MarginCallModel) -> None:
        self.set_margin_call_model(model)

    def set_margin_call_model(self, margin_call_model: MarginCallModel) -> None:
        """Switch margin calls on (`DefaultMarginCallModel()`) or off (`MarginCallModel.NULL`).

        Raises
        ------
        NotSupportedByRunner
            For a model of the user's own.
        """
        if type(margin_call_model) not in (MarginCallModel, DefaultMarginCallModel):
            raise NotSupportedByRunner(
                f"portfolio.margin_call_model = {type(margin_call_model).__name__}",
                "Use MarginCallModel.NULL, or decide in on_margin_call.",
            )
        self._margin_call_model = margin_call_model

    def set_cash(self, cash: float) -> None:
        """Replace the settled cash."""
        self.cash_book[ACCOUNT_CURRENCY].set_amount(cash)

    def process_fills(self, fills: Sequence[OrderEvent]) -> None:
        """Book the fills of one event list: funds by the settlement model, fees, holdings."""
        for fill in fills:
            self._process_fill(self.securities[fill.symbol], fill)

    def _process_fill(self, security: Security, fill: OrderEvent) -> None:
        holding, fee = security.holdings, fill.order_fee.value.amount
        profit_before, sales_before = holding.profit, holding.total_sale_volume
        funds = CashAmount(-holding.value_of(fill.fill_quantity, fill.fill_price), ACCOUNT_CURRENCY)
        ask(security.settlement_model, "apply_funds", ApplyFundsSettlementModelParameters(self, security, fill.utc_time, funds, fill))
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
        if not self.unsettled:
            return
        due = [entry for entry in self.unsettled if entry.settlement_time_utc <= utc]
        if not due:
            return
        amount = sum(entry.amount for entry in due)
        self.unsettled = [entry for entry in self.unsettled if entry.settlement_time_utc > utc]
        self.unsettled_cash_book[ACCOUNT_CURRENCY].add_amount(-amount)
        self.cash_book[ACCOUNT_CURRENCY].add_amount(amount)


def free_buffer(settings: Any, value: float) -> float:
    """Part of the account that sizing leaves free: the settings' amount, or their share of the value."""
    if settings is None:
        return value * FREE_SHARE
    amount = getattr(settings, "free_portfolio_value", None)
    return float(amount) if amount is not None else value * float(settings.free_portfolio_value_percentage)


def _legs_text(group: Any) -> str:
    """Symbols of a group's positions, contracts before the stock."""
    ordered = sorted(group.positions, key=lambda position: not position.symbol.has_underlying)
    return ", ".join(position.symbol.value for position in ordered)
