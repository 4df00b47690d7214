"""Names of securities: LEAN's security identifier (SID), exactly encoded, and the symbol that carries it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from alaris_runner.api.enums import OptionRight, OptionStyle, SecurityType
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OLE_EPOCH = datetime(1899, 12, 30)
_MARKETS = {"empty": 0, "usa": 1, "fxcm": 2, "oanda": 3, "dukascopy": 4, "bitfinex": 5, "cme": 7, "cboe": 14, "india": 21}
_MARKET_NAMES = {number: name for name, number in _MARKETS.items()}
_DERIVATIVES = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)
_STRIKE_LIMIT = 475712  # LEAN refuses larger mantissas

#: First date and first ticker of an equity, by its present ticker (from the run's map files); set by the run.
first_listing: ContextVar[Callable[[str, str], tuple[str, datetime]] | None] = ContextVar("first_listing", default=None)


def encode_base36(number: int) -> str:
    """Write a non-negative integer in base 36, most significant digit first."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _scaled_strike(strike: float) -> tuple[int, int]:
    """Strike as (mantissa, scale); value = mantissa * 10^(scale - 6)."""
    mantissa, scale = round(strike * 1_000_000), 0
    while mantissa and mantissa % 10 == 0:
        mantissa //= 10
        scale += 1
    if abs(mantissa) >= _STRIKE_LIMIT:
        raise InvalidRequest(f"strike {strike} cannot be encoded in a security identifier: more than six significant digits")
    if mantissa < 0:
        mantissa = -mantissa | 1 << 19
    return mantissa, scale if mantissa else 0


class SecurityIdentifier(PascalCase):
    """LEAN's identifier of a security; `str()` is its canonical text, for example ``GOOCV W78ZEOEHV29Y|GOOCV VP83T1ZUHROL``."""

    __slots__ = (
        "_hash",
        "_text",
        "date",
        "has_underlying",
        "market",
        "option_right",
        "option_style",
        "security_type",
        "strike_price",
        "symbol",
        "underlying",
    )

    def __init__(
        self,
        symbol: str,
        security_type: SecurityType,
        market: str,
        date: datetime,
        *,
        strike: float = 0.0,
        right: OptionRight = OptionRight.CALL,
        style: OptionStyle = OptionStyle.AMERICAN,
        underlying: SecurityIdentifier | None = None,
    ) -> None:
        self.symbol = symbol
        self.security_type = security_type
        self.market = market
        self.date = date
        self.strike_price = strike
        self.option_right = right
        self.option_style = style
        self.underlying = underlying
        self.has_underlying = underlying is not None
        self._text: str | None = None
        self._hash = hash((symbol, security_type, date, strike, right, market, underlying))

    @property
    def text(self) -> str:
        """The identifier as LEAN writes it."""
        if self._text is None:
            tail = f"|{self.underlying.text}" if self.underlying is not None else ""
            self._text = f"{self.symbol} {encode_base36(self._properties())}{tail}"
        return self._text

    def _properties(self) -> int:
        days = (self.date - _OLE_EPOCH).days
        number = int(self.security_type) + _MARKETS.get(self.market, 0) * 100 + days * 10**14
        if self.security_type in _DERIVATIVES:
            mantissa, scale = _scaled_strike(self.strike_price)
            number += scale * 10**5 + mantissa * 10**7 + int(self.option_style) * 10**13 + int(self.option_right) * 10**19
        return number

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, SecurityIdentifier):
            return isinstance(other, str) and other == self.text
        return self._hash == other._hash and self._key() == other._key()

    def _key(self) -> tuple[Any, ...]:
        return (
            self.symbol,
            self.security_type,
            self.date,
            self.strike_price,
            self.option_right,
            self.option_style,
            self.market,
            self.underlying,
        )

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def to_string(self) -> str:
        """Return the canonical text."""
        return self.text

    @staticmethod
    def parse(value: str) -> SecurityIdentifier:
        """Read an identifier from its canonical text.

        Raises
        ------
        InvalidRequest
            The value is not an identifier.
        """
        head, _, tail = value.partition("|")
        symbol, _, digits = head.rpartition(" ")
        if not symbol or not digits.isalnum():
            raise InvalidRequest(f"'{value}' is not a security identifier; one looks like 'AAPL R735QTJ8XC9X'")
        number = int(digits, 36)
        kind = SecurityType(number % 100)
        day = _OLE_EPOCH + timedelta(days=number // 10**14 % 10**5)
        market = _MARKET_NAMES.get(number // 100 % 1000, "empty")
        if kind not in _DERIVATIVES:
            return SecurityIdentifier(symbol, kind, market, day)
        mantissa, scale = number // 10**7 % 10**6, number // 10**5 % 100
        strike = -(mantissa & ~(1 << 19)) if mantissa & 1 << 19 else mantissa
        return SecurityIdentifier(
            symbol,
            kind,
            market,
            day,
            strike=strike * 10**scale / 10**6,
            right=OptionRight(number // 10**19 % 10),
            style=OptionStyle(number // 10**13 % 10),
            underlying=SecurityIdentifier.parse(tail) if tail else None,
        )


class Symbol(PascalCase):
    """A security's name: its identifier and the ticker that is shown now; compares by identifier, sorts by value."""

    __slots__ = ("_hash", "id", "is_canonical_", "security_type", "underlying", "value")

    def __init__(self, id: SecurityIdentifier, value: str, underlying: Symbol | None = None) -> None:  # noqa: A002 - LEAN's name
        self.id = id
        self.value = value
        self.underlying = underlying
        self.security_type = id.security_type
        self.is_canonical_ = id.security_type in _DERIVATIVES and value.startswith("?")
        self._hash = hash(id)

    @property
    def has_underlying(self) -> bool:
        """Whether this is a derivative."""
        return self.underlying is not None

    @property
    def canonical(self) -> Symbol:
        """The chain's symbol that this contract belongs to."""
        if self.is_canonical_:
            return self
        if self.underlying is None:
            raise InvalidRequest(f"{self.value} has no canonical symbol: it is not a derivative")
        return Symbol.create_canonical_option(self.underlying)

    @property
    def canonical_symbol(self) -> Symbol | None:
        """LEAN's other name of `canonical`."""
        return self.canonical if self.underlying is not None else None

    def is_canonical(self) -> bool:
        """Whether this names a whole chain."""
        return self.is_canonical_

    def has_canonical(self) -> bool:
        """Whether there is a chain this belongs to."""
        return self.underlying is not None

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Symbol):
            return self._hash == other._hash and self.id == other.id
        return isinstance(other, str) and other.upper() in (self.value.upper(), self.id.text)

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: Symbol | str) -> bool:
        return self.value < (other.value if isinstance(other, Symbol) else other)

    def __gt__(self, other: Symbol | str) -> bool:
        return self.value > (other.value if isinstance(other, Symbol) else other)

    def __str__(self) -> str:
        return self.id.text

    def __repr__(self) -> str:
        return self.value

    def to_string(self) -> str:
        """Return the identifier's text."""
        return self.id.text

    @staticmethod
    def create(ticker: str, security_type: SecurityType, market: str = "usa") -> Symbol:
        """Symbol of an equity (or of a whole option chain) by its ticker."""
        if security_type == SecurityType.OPTION:
            return Symbol.create_canonical_option(Symbol.create(ticker.lstrip("?"), SecurityType.EQUITY, market))
        if security_type != SecurityType.EQUITY:
            raise NotSupportedByRunner(
                f"Symbol.create for {security_type}", "Equities and their options are supported; run others with `lean backtest`."
            )
        return equity_symbol(ticker.upper(), market)

    @staticmethod
    def create_option(
        underlying: Symbol | str,
        market: str = "usa",
        style: OptionStyle = OptionStyle.AMERICAN,
        right: OptionRight = OptionRight.CALL,
        strike: float = 0.0,
        expiry: datetime | date | None = None,
    ) -> Symbol:
        """Symbol of one option contract."""
        if expiry is None:
            raise InvalidRequest("expiry is missing: give the expiry date of the contract")
        stock = underlying if isinstance(underlying, Symbol) else Symbol.create(underlying, SecurityType.EQUITY, market)
        return option_symbol(stock, datetime(expiry.year, expiry.month, expiry.day), float(strike), OptionRight(right), OptionStyle(style))

    @staticmethod
    def create_canonical_option(
        underlying_symbol: Symbol, target_option: str | None = None, market: str | None = None, alias: str | None = None
    ) -> Symbol:
        """Symbol of the whole chain of an underlying."""
        if target_option is not None:
            raise NotSupportedByRunner("Symbol.create_canonical_option(target_option)", "Index option roots need `lean backtest`.")
        return _canonical(underlying_symbol, market or underlying_symbol.id.market, alias or f"?{underlying_symbol.value}")


def equity_symbol(ticker: str, market: str = "usa") -> Symbol:
    """Symbol of a stock by the ticker it has now; its identifier comes from the first row of its map file."""
    lookup = first_listing.get()
    name, day = lookup(ticker, market) if lookup is not None else (ticker, _OLE_EPOCH)
    return Symbol(SecurityIdentifier(name, SecurityType.EQUITY, market, day), ticker)


def option_symbol(
    underlying: Symbol, expiry: datetime, strike: float, right: OptionRight, style: OptionStyle = OptionStyle.AMERICAN
) -> Symbol:
    """Symbol of one contract; its value is the OSI text, for example ``YUM   170210C00066500``."""
    letter = "C" if right == OptionRight.CALL else "P"
    day = f"{expiry.year % 100:02}{expiry.month:02}{expiry.day:02}"  # a third of what strftime takes
    value = f"{underlying.value:<6}{day}{letter}{round(strike * 1000):08d}"
    identifier = SecurityIdentifier(
        underlying.id.symbol,
        SecurityType.OPTION,
        underlying.id.market,
        expiry,
        strike=strike,
        right=right,
        style=style,
        underlying=underlying.id,
    )
    return Symbol(identifier, value, underlying)


@lru_cache(maxsize=4096)
def _canonical(underlying: Symbol, market: str, alias: str) -> Symbol:
    identifier = SecurityIdentifier(underlying.id.symbol, SecurityType.OPTION, market, _OLE_EPOCH, underlying=underlying.id)
    return Symbol(identifier, alias, underlying)


def custom_symbol(ticker: str, data_type_name: str) -> Symbol:
    """Symbol of a user's own data series; LEAN names it `<ticker>.<type>` in the identifier and shows the ticker."""
    return Symbol(SecurityIdentifier(f"{ticker.upper()}.{data_type_name}", SecurityType.BASE, "empty", _OLE_EPOCH), ticker.upper())
