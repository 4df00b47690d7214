"""The words of an order: its type, direction, status, and the reasons a request is refused, with LEAN's numbers."""

from __future__ import annotations

from alaris_runner.api.enums import LeanEnum


class OrderType(LeanEnum):
    """How an order asks to be filled."""

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    OPTION_EXERCISE = 6
    LIMIT_IF_TOUCHED = 7
    COMBO_MARKET = 8
    COMBO_LIMIT = 9
    COMBO_LEG_LIMIT = 10
    TRAILING_STOP = 11

    @property
    def is_combo(self) -> bool:
        """Whether the order is one leg of a group."""
        return self in COMBO_TYPES


COMBO_TYPES = frozenset({OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT})
LIMIT_TYPES = frozenset(
    {OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT}
)
STOP_TYPES = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class OrderDirection(LeanEnum):
    """The side of an order; a zero quantity is on hold."""

    BUY = 0
    SELL = 1
    HOLD = 2

    @staticmethod
    def of(quantity: float) -> OrderDirection:
        """Side of a signed quantity."""
        if quantity > 0:
            return OrderDirection.BUY
        return OrderDirection.SELL if quantity < 0 else OrderDirection.HOLD


class OrderStatus(LeanEnum):
    """Where an order stands; 4 was never given out by LEAN."""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in CLOSED_STATUSES

    @property
    def is_open(self) -> bool:
        """Whether the order still waits."""
        return self not in CLOSED_STATUSES

    @property
    def is_fill(self) -> bool:
        """Whether the event of this status moves a holding."""
        return self in FILL_STATUSES


CLOSED_STATUSES = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})
FILL_STATUSES = frozenset({OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED})


class OrderRequestType(LeanEnum):
    """What a request asks of the transaction handler."""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderRequestStatus(LeanEnum):
    """How far a request has come."""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    ERROR = 3


class OrderField(LeanEnum):
    """The prices a ticket can be asked for."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderResponseErrorCode(LeanEnum):
    """Why a request was refused."""

    NONE = 0
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
    INVALID_ORDER_STATUS = -9
    UNABLE_TO_FIND_ORDER = -10
    ORDER_QUANTITY_ZERO = -11
    UNSUPPORTED_REQUEST_TYPE = -12
    PRE_ORDER_CHECKS_ERROR = -13
    MISSING_SECURITY = -14
    EXCHANGE_NOT_OPEN = -15
    SECURITY_PRICE_ZERO = -16
    FOREX_BASE_AND_QUOTE_CURRENCIES_REQUIRED = -17
    FOREX_CONVERSION_RATE_ZERO = -18
    SECURITY_HAS_NO_DATA = -19
    EXCEEDED_MAXIMUM_ORDERS = -20
    MARKET_ON_CLOSE_ORDER_TOO_LATE = -21
    INVALID_REQUEST = -22
    REQUEST_CANCELED = -23
    ALGORITHM_WARMING_UP = -24
    BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER = -25
    QUOTE_CURRENCY_REQUIRED = -26
    CONVERSION_RATE_ZERO = -27
    NON_TRADABLE_SECURITY = -28
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    EXCEEDS_SHORTABLE_QUANTITY = -31
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


class OrderExtensions:
    """LEAN's questions about a status."""

    @staticmethod
    def is_open(status: OrderStatus) -> bool:
        """Whether the order still waits."""
        return status.is_open

    @staticmethod
    def is_closed(status: OrderStatus) -> bool:
        """Whether nothing more can happen to the order."""
        return status.is_closed

    @staticmethod
    def is_fill(status: OrderStatus) -> bool:
        """Whether an event of this status moves a holding."""
        return status.is_fill

    @staticmethod
    def is_limit_order(order_type: OrderType) -> bool:
        """Whether orders of this type carry a limit."""
        return order_type in LIMIT_TYPES

    @staticmethod
    def is_stop_order(order_type: OrderType) -> bool:
        """Whether orders of this type carry a stop."""
        return order_type in STOP_TYPES
