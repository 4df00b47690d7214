"""Brokerages by LEAN's names: the models they give a security, the orders they take, and the models a user may put in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alaris_runner.api.enums import LeanEnum, SecurityType
from alaris_runner.api.order_enums import OrderType
from alaris_runner.api.orders import InteractiveBrokersOrderProperties, Order, OrderProperties
from alaris_runner.api.spelling import PascalCase
from alaris_runner.brokerage.buying_power import (
    BuyingPowerModel,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    InitialMargin,
    InitialMarginParameters,
    MaintenanceMargin,
    MaintenanceMarginParameters,
    NullBuyingPowerModel,
    OptionMarginModel,
    ReservedBuyingPowerForPosition,
    ReservedBuyingPowerForPositionParameters,
    SecurityMarginModel,
)
from alaris_runner.brokerage.fees import ConstantFeeModel, FeeModel, InteractiveBrokersFeeModel, OrderFeeParameters
from alaris_runner.brokerage.fills import FillModel, FillModelParameters, ImmediateFillModel
from alaris_runner.brokerage.fills_equity import EquityFillModel
from alaris_runner.brokerage.settlement import ApplyFundsSettlementModelParameters, DelayedSettlementModel, ImmediateSettlementModel
from alaris_runner.brokerage.sizing import PortfolioTarget
from alaris_runner.brokerage.slippage import ConstantSlippageModel, NullSlippageModel, VolumeShareSlippageModel
from alaris_runner.brokerage.user_models import refuse_overrides
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.api.securities import Security

__all__ = [
    "AccountType",
    "ApplyFundsSettlementModelParameters",
    "BrokerageMessageEvent",
    "BrokerageMessageType",
    "BrokerageName",
    "BuyingPowerModel",
    "ConstantFeeModel",
    "ConstantSlippageModel",
    "DefaultBrokerageModel",
    "DelayedSettlementModel",
    "EquityFillModel",
    "FeeModel",
    "FillModel",
    "FillModelParameters",
    "GetMaximumOrderQuantityForTargetBuyingPowerParameters",
    "GetMaximumOrderQuantityResult",
    "HasSufficientBuyingPowerForOrderParameters",
    "HasSufficientBuyingPowerForOrderResult",
    "ImmediateFillModel",
    "ImmediateSettlementModel",
    "InitialMargin",
    "InitialMarginParameters",
    "InteractiveBrokersBrokerageModel",
    "InteractiveBrokersFeeModel",
    "MaintenanceMargin",
    "MaintenanceMarginParameters",
    "NullBuyingPowerModel",
    "NullSlippageModel",
    "OptionMarginModel",
    "OrderFeeParameters",
    "PortfolioTarget",
    "ReservedBuyingPowerForPosition",
    "ReservedBuyingPowerForPositionParameters",
    "SecurityMarginModel",
    "VolumeShareSlippageModel",
    "brokerage_model_of",
]

MARGIN_LEVERAGE = 2.0
NEVER_CALLED = frozenset({"can_update_order", "apply_split", "get_benchmark", "get_margin_interest_rate_model"})


class AccountType(LeanEnum):
    """Kind of account."""

    MARGIN = 0
    CASH = 1


class BrokerageName(LeanEnum):
    """LEAN's brokerages; the runner knows the first two."""

    DEFAULT = 0
    INTERACTIVE_BROKERS_BROKERAGE = 2
    TRADIER_BROKERAGE = 3
    OANDA_BROKERAGE = 4
    FXCM_BROKERAGE = 5
    BITFINEX = 6
    BINANCE = 7
    ALPACA = 9
    ALPHA_STREAMS = 10
    ZERODHA = 11
    SAMCO = 12
    ATREYU = 13
    TRADING_TECHNOLOGIES = 14
    KRAKEN = 15
    FTX = 16
    FTXUS = 17
    EXANTE = 18
    BINANCE_US = 19
    WOLVERINE = 20
    TD_AMERITRADE = 21
    BINANCE_FUTURES = 22
    BINANCE_COIN_FUTURES = 23
    RBI = 24
    BYBIT = 25
    EZE = 26
    AXOS = 27
    COINBASE = 28
    TRADE_STATION = 29
    TERMINAL_LINK = 30
    CHARLES_SCHWAB = 31
    TASTYTRADE = 32
    INTERACTIVE_BROKERS_FIX = 33
    DYDX = 34
    WEBULL = 35
    PUBLIC = 36
    BLOOMBERG_FIX = 37
    CLEAR_STREET = 38


class BrokerageMessageType(LeanEnum):
    """How serious a brokerage's message is."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    RECONNECT = 3
    DISCONNECT = 4
    ACTION_REQUIRED = 5


@dataclass(frozen=True, slots=True)
class BrokerageMessageEvent(PascalCase):
    """What a brokerage says about an order."""

    type: BrokerageMessageType
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.type.name.title()} - Code: {self.code} - {self.message}"


Submission = tuple[bool, BrokerageMessageEvent | None]


class DefaultBrokerageModel(PascalCase):
    """LEAN's default: every order type, Interactive Brokers' fees. Subclass it to give securities other models.

    Parameters
    ----------
    account_type : AccountType
        A margin account has leverage 2 on stocks and settles at once; a cash account has none and its sales settle a day later.
    """

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = account_type

    def __init_subclass__(cls) -> None:
        refuse_overrides(cls, NEVER_CALLED, "Override can_submit_order or can_execute_order, or give securities other models.")

    def initialize_security(self, security: Security) -> None:
        """Give a new security the models of this brokerage."""
        security.fill_model = self.get_fill_model(security)
        security.fee_model = self.get_fee_model(security)
        security.slippage_model = self.get_slippage_model(security)
        security.settlement_model = self.get_settlement_model(security)
        security.buying_power_model = self.get_buying_power_model(security)
        if security.type is SecurityType.EQUITY:
            security.set_leverage(self.get_leverage(security))

    def get_leverage(self, security: Security) -> float:
        """Leverage of a stock in this account."""
        if security.type is not SecurityType.EQUITY:
            return 1.0
        return MARGIN_LEVERAGE if self.account_type is AccountType.MARGIN else 1.0

    def get_fill_model(self, security: Security) -> FillModel:
        """Fill model of a kind of security."""
        return EquityFillModel() if security.type is SecurityType.EQUITY else ImmediateFillModel()

    def get_fee_model(self, security: Security) -> FeeModel:
        """Fee model of a kind of security; index options are free on the default model."""
        return FeeModel() if security.type is SecurityType.INDEX_OPTION else InteractiveBrokersFeeModel()

    def get_slippage_model(self, security: Security) -> NullSlippageModel:
        """No slippage."""
        del security  # LEAN's signature
        return NullSlippageModel()

    def get_settlement_model(self, security: Security) -> ImmediateSettlementModel | DelayedSettlementModel:
        """At once, or the next trading day at six in a cash account."""
        del security  # LEAN's signature
        return ImmediateSettlementModel() if self.account_type is AccountType.MARGIN else DelayedSettlementModel()

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """Margin model of a kind of security."""
        return SecurityMarginModel(self.get_leverage(security)) if security.type is SecurityType.EQUITY else OptionMarginModel()

    def default_order_properties(self) -> OrderProperties:
        """Wishes of orders that are sent without any."""
        return OrderProperties()

    def can_submit_order(self, security: Security, order: Order, message: BrokerageMessageEvent | None = None) -> Submission:
        """Whether the brokerage takes the order, and if not, why."""
        del security, order, message  # the default model takes everything
        return True, None

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """Whether a resting order may fill now."""
        del security, order  # the default model fills whatever its fill model fills
        return True


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: no market-on-close orders on options, no leg-limit combos of four legs."""

    def get_fee_model(self, security: Security) -> FeeModel:
        """IBKR's schedule, index options included."""
        del security  # one schedule for all
        return InteractiveBrokersFeeModel()

    def default_order_properties(self) -> OrderProperties:
        """IBKR's own kind."""
        return InteractiveBrokersOrderProperties()

    def can_submit_order(self, security: Security, order: Order, message: BrokerageMessageEvent | None = None) -> Submission:
        """Whether IBKR takes the order, and if not, why (golden case combo_calendar_daily, order 26)."""
        del message  # LEAN's signature
        if order.type is OrderType.MARKET_ON_CLOSE and security.type is not SecurityType.EQUITY:
            kind = security.type.name.title().replace("_", "")
            text = "InteractiveBrokers does not support Market-on-Close orders for other security types different than Future and Equity."
            return False, BrokerageMessageEvent(BrokerageMessageType.WARNING, f"Unsupported order type for {kind} security type", text)
        group = order.group_order_manager
        if order.type is OrderType.COMBO_LEG_LIMIT and group is not None and group.count >= 4:
            text = "InteractiveBrokers does not support ComboLegLimit orders with four or more legs."
            return False, BrokerageMessageEvent(BrokerageMessageType.WARNING, "NotSupported", text)
        return True, None


def brokerage_model_of(name: BrokerageName, account_type: AccountType = AccountType.MARGIN) -> DefaultBrokerageModel:
    """Model of a brokerage by its name.

    Raises
    ------
    NotSupportedByRunner
        For brokerages other than the default and Interactive Brokers.
    """
    if name is BrokerageName.DEFAULT:
        return DefaultBrokerageModel(account_type)
    if name is BrokerageName.INTERACTIVE_BROKERS_BROKERAGE:
        return InteractiveBrokersBrokerageModel(account_type)
    raise NotSupportedByRunner(
        f"set_brokerage_model(BrokerageName.{name})", "Use BrokerageName.INTERACTIVE_BROKERS_BROKERAGE or BrokerageName.DEFAULT."
    )
