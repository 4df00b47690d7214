"""Why a trade was refused: one closed list of codes, each with its meaning."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason code; its value is stable and goes into journal, ledger and report, `meaning` says it in words."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Reason:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # phase 1, universe selection
    TIMING_UNKNOWN = "TIMING_UNKNOWN", "the report's time of day is not known, so the reaction session is not either"
    TOO_FEW_SOURCES = "TOO_FEW_SOURCES", "fewer sources than required agree on the report date"
    SOURCES_DISAGREE = "SOURCES_DISAGREE", "sources name different dates or times for the same report"
    LOW_VOLUME = "LOW_VOLUME", "mean share volume is under the minimum"
    LOW_PRICE = "LOW_PRICE", "the share price is under the minimum"
    NOT_AMONG_LARGEST = "NOT_AMONG_LARGEST", "beyond the number of symbols kept by dollar volume"
    POSITION_OPEN = "POSITION_OPEN", "a position in this symbol is already open or on order"
    FILTERED_BY_PLUGIN = "FILTERED_BY_PLUGIN", "a universe-filter plugin dropped the symbol"

    # phase 2, market data
    NO_BARS = "NO_BARS", "no daily bars are available"
    NO_CHAIN = "NO_CHAIN", "no option chain is available"
    NO_SPOT = "NO_SPOT", "no price of the underlying is available"
    NO_RATE = "NO_RATE", "no risk-free rate is known"
    STALE_BARS = "STALE_BARS", "the last daily bar is older than allowed"
    STALE_CHAIN = "STALE_CHAIN", "the option chain is older than allowed"
    STALE_SPOT = "STALE_SPOT", "the price of the underlying is older than allowed"
    STALE_RATE = "STALE_RATE", "the risk-free rate is older than allowed"
    STALE_EARNINGS = "STALE_EARNINGS", "the earnings date was confirmed longer ago than allowed"
    DATA_VALIDATION_FAILED = "DATA_VALIDATION_FAILED", "a data validator refused the snapshot"
    BROKEN_PRICES = "BROKEN_PRICES", "a price jump looks like a split that no factor explains"
    BROKEN_CHAIN = "BROKEN_CHAIN", "the option chain lists a contract twice, so its quotes cannot be told apart"

    # phase 3, realised volatility
    TOO_FEW_BARS = "TOO_FEW_BARS", "fewer daily bars than the estimator needs"

    # phase 4, term structure
    TOO_FEW_EXPIRIES = "TOO_FEW_EXPIRIES", "fewer expiries with a quoted at-the-money volatility than needed"
    NO_QUOTES = "NO_QUOTES", "no contract of the chain is quoted on both sides"

    # phase 5, signal
    SIGNAL_AVOID = "SIGNAL_AVOID", "the criteria say AVOID"
    SIGNAL_ONLY_CONSIDER = "SIGNAL_ONLY_CONSIDER", "the criteria say CONSIDER and the profile trades only RECOMMENDED"

    # structure of the calendar
    NO_FRONT_EXPIRY = "NO_FRONT_EXPIRY", "no listed expiry has its last session at or soon after the reaction session"
    NO_BACK_EXPIRY = "NO_BACK_EXPIRY", "no standard monthly expiry far enough behind the front"
    NO_COMMON_STRIKE = "NO_COMMON_STRIKE", "no strike is quoted on both sides in both expiries"
    EX_DIVIDEND = "EX_DIVIDEND", "an ex-dividend date before the front expiry puts the short in-the-money call at risk"

    # phase 6, production validation
    COST_RATIO_LOW = "COST_RATIO_LOW", "after round-trip costs implied volatility is not far enough above realised"
    COST_ABOVE_CAP = "COST_ABOVE_CAP", "the round-trip cost is above its cap in USD"
    COST_SHARE_ABOVE_CAP = "COST_SHARE_ABOVE_CAP", "the round-trip cost is above its cap as a share of the debit"
    LEGS_CORRELATED = "LEGS_CORRELATED", "the two legs' volatilities move too much together"
    SIZE_ABOVE_VOLUME = "SIZE_ABOVE_VOLUME", "even the smallest size is too large a share of a leg's volume"
    SIZE_ABOVE_OPEN_INTEREST = "SIZE_ABOVE_OPEN_INTEREST", "even the smallest size is too large a share of a leg's open interest"
    DELTA_TOO_LARGE = "DELTA_TOO_LARGE", "the spread's net delta is above its limit"
    GAMMA_TOO_LARGE = "GAMMA_TOO_LARGE", "the spread's net gamma is above its limit so close to the event"
    TOO_FAR_FROM_MONEY = "TOO_FAR_FROM_MONEY", "the strike is too far from the spot so close to the event"
    MISSING_INPUT = "MISSING_INPUT", "an input of the check is missing and the profile says that this refuses"
    PRICE_IMPLAUSIBLE = "PRICE_IMPLAUSIBLE", "a price lies outside its plausible range"
    ARBITRAGE = "ARBITRAGE", "quotes break put-call parity, the calendar or the butterfly bound"
    VOLUME_IMPLAUSIBLE = "VOLUME_IMPLAUSIBLE", "volume or open interest lies outside its plausible range"
    EARNINGS_UNCONFIRMED = "EARNINGS_UNCONFIRMED", "the earnings date is not confirmed well enough"
    PLUGIN_FAILED = "PLUGIN_FAILED", "a guard plugin failed, and guards fail closed"

    # phase 7, execution pricing
    NO_EXECUTION_QUOTE = "NO_EXECUTION_QUOTE", "a leg has no quote on both sides at the same time"
    CROSSED_QUOTE = "CROSSED_QUOTE", "a leg's bid is above its ask"
    STALE_QUOTE = "STALE_QUOTE", "a leg's quote is older than allowed"
    DEBIT_NOT_POSITIVE = "DEBIT_NOT_POSITIVE", "the calendar would cost nothing or less, so a quote is wrong"

    # phase 8, sizing and the limits
    NO_EDGE = "NO_EDGE", "the Kelly fraction is not positive"
    ZERO_CONTRACTS = "ZERO_CONTRACTS", "the capital allowed for this trade does not pay for one spread"
    LIMIT_CONTRACTS = "LIMIT_CONTRACTS", "contracts of the spread would be above their limit"
    LIMIT_POSITIONS = "LIMIT_POSITIONS", "as many positions are open as are allowed"
    LIMIT_NOTIONAL = "LIMIT_NOTIONAL", "notional per position would be above its limit"
    LIMIT_LOSS = "LIMIT_LOSS", "possible loss of the position would be above its limit"
    LIMIT_ALLOCATION = "LIMIT_ALLOCATION", "capital in positions would be above its share of equity"
    LIMIT_CASH = "LIMIT_CASH", "cash would fall under its reserve"
    LIMIT_SECTOR = "LIMIT_SECTOR", "capital in one sector would be above its share of equity"
    LIMIT_SYMBOL_LOSS = "LIMIT_SYMBOL_LOSS", "the symbol's loss of the day is above its limit"
    LIMIT_PLUGIN = "LIMIT_PLUGIN", "a risk-limit plugin refused the order"

    # phase 9, order execution
    HALTED = "HALTED", "a circuit breaker or an operator halted new positions"
    ORDER_REJECTED = "ORDER_REJECTED", "the engine or the broker refused the order"
    NOT_FILLED = "NOT_FILLED", "the order was not filled within its ladder"
