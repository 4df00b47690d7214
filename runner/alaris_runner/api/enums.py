"""LEAN's enumerations, with its numbers; they print as the member's name, as on LEAN's Python side."""

from __future__ import annotations

from enum import EnumType, IntEnum
from typing import Any

from alaris_runner.api.spelling import snake_case


class _Spelled(EnumType):
    """Let `Resolution.Daily` mean `Resolution.DAILY`."""

    def __getattr__(cls, name: str) -> Any:
        upper = snake_case(name).upper() if not name.startswith("_") else name
        if upper != name and upper in cls.__members__:
            return cls.__members__[upper]
        raise AttributeError(f"{cls.__name__} has no member '{name}'; it has {', '.join(cls.__members__)}")


class LeanEnum(IntEnum, metaclass=_Spelled):
    """An integer enumeration that prints its member's name."""

    __hash__ = int.__hash__  # equal to its number, and found in a dictionary without a call

    def __str__(self) -> str:
        return self._name_

    def __format__(self, specification: str) -> str:
        return format(self.name, specification)

    def to_string(self) -> str:
        """Return the member's name."""
        return self.name


class SecurityType(LeanEnum):
    """Kind of security."""

    BASE = 0
    EQUITY = 1
    OPTION = 2
    COMMODITY = 3
    FOREX = 4
    FUTURE = 5
    CFD = 6
    CRYPTO = 7
    FUTURE_OPTION = 8
    INDEX = 9
    INDEX_OPTION = 10
    CRYPTO_FUTURE = 11


class Resolution(LeanEnum):
    """Length of a bar."""

    TICK = 0
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAILY = 4


class TickType(LeanEnum):
    """What a data point reports."""

    TRADE = 0
    QUOTE = 1
    OPEN_INTEREST = 2


class OptionRight(LeanEnum):
    """Call or put."""

    CALL = 0
    PUT = 1


class OptionStyle(LeanEnum):
    """When an option may be exercised."""

    AMERICAN = 0
    EUROPEAN = 1


class DataNormalizationMode(LeanEnum):
    """How prices are adjusted for splits and dividends."""

    RAW = 0
    ADJUSTED = 1
    SPLIT_ADJUSTED = 2
    TOTAL_RETURN = 3
    FORWARD_PANAMA_CANAL = 4
    BACKWARDS_PANAMA_CANAL = 5
    BACKWARDS_RATIO = 6
    SCALED_RAW = 7


class DataMappingMode(LeanEnum):
    """How a continuous future is mapped to contracts."""

    LAST_TRADING_DAY = 0
    FIRST_DAY_MONTH = 1
    OPEN_INTEREST = 2
    OPEN_INTEREST_ANNUAL = 3


class MarketDataType(LeanEnum):
    """Kind of a data point."""

    BASE = 0
    TRADE_BAR = 1
    TICK = 2
    AUXILIARY = 3
    QUOTE_BAR = 4
    OPTION_CHAIN = 5
    FUTURES_CHAIN = 6


class DelistingType(LeanEnum):
    """Announcement or the fact."""

    WARNING = 0
    DELISTED = 1


class SplitType(LeanEnum):
    """Announcement or the fact."""

    WARNING = 0
    SPLIT_OCCURRED = 1


class SettlementType(LeanEnum):
    """What is exchanged on exercise."""

    PHYSICAL_DELIVERY = 0
    CASH = 1


class DayOfWeek(LeanEnum):
    """.NET's days: the week starts on Sunday."""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6


class AlgorithmMode(LeanEnum):
    """What kind of run this is."""

    LIVE = 0
    OPTIMIZATION = 1
    BACKTESTING = 2
    RESEARCH = 3


class DeploymentTarget(LeanEnum):
    """Where the algorithm runs."""

    CLOUD_PLATFORM = 0
    LOCAL_PLATFORM = 1
    PRIVATE_CLOUD_PLATFORM = 2


class SubscriptionTransportMedium(LeanEnum):
    """Where a user's own data comes from."""

    LOCAL_FILE = 0
    REMOTE_FILE = 1
    REST = 2
    STREAMING = 3
    OBJECT_STORE = 4


class FileFormat(LeanEnum):
    """How a user's own data file is laid out."""

    CSV = 0
    BINARY = 1
    ZIP_ENTRY_NAME = 2
    UNFOLDING_COLLECTION = 3
    INDEX = 4
    FOLDING_COLLECTION = 5


class MovingAverageType(LeanEnum):
    """Which average an indicator uses inside."""

    SIMPLE = 0
    EXPONENTIAL = 1
    WILDERS = 2
    LINEAR_WEIGHTED_MOVING_AVERAGE = 3
    DOUBLE_EXPONENTIAL = 4
    TRIPLE_EXPONENTIAL = 5
    TRIANGULAR = 6
    T_3 = 7
    KAMA = 8
    HULL = 9
    ALMA = 10
    ZLEMA = 11
    MGD = 12


class Market:
    """Names of markets as they stand in paths and identifiers."""

    USA = "usa"
    CBOE = "cboe"
    CME = "cme"
    OANDA = "oanda"
    FXCM = "fxcm"
    INDIA = "india"


class TimeZones:
    """Names of time zones an algorithm may pass."""

    NEW_YORK = "America/New_York"
    EASTERN_STANDARD = "UTC-05"
    CHICAGO = "America/Chicago"
    LOS_ANGELES = "America/Los_Angeles"
    LONDON = "Europe/London"
    UTC = "UTC"


class Currencies:
    """Currency codes."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
