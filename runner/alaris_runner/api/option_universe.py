"""The rows that an option filter chooses from, and the filter's own language: strikes, expirations, Greeks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from alaris_runner.api.bars import TradeBar
from alaris_runner.api.enums import OptionRight, OptionStyle
from alaris_runner.api.greeks import Greeks
from alaris_runner.api.option_strategy_filters import StrategyFilters
from alaris_runner.api.spelling import PascalCase
from alaris_runner.api.symbols import SecurityIdentifier, Symbol, option_symbol
from alaris_runner.engine.market_hours import SecurityExchangeHours
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

_COLUMNS = ("open", "high", "low", "close", "volume", "open_interest", "implied_volatility", "delta", "gamma", "vega", "theta", "rho")
_DAY = timedelta(days=1)


class Contract:
    """What never changes of a contract; its symbol is made when first asked for."""

    __slots__ = ("expiry", "right", "strike", "symbol", "underlying")

    def __init__(self, underlying: Symbol, expiry: datetime, strike: float, right: OptionRight) -> None:
        self.underlying = underlying
        self.expiry = expiry
        self.strike = strike
        self.right = right
        self.symbol: Symbol

    def __getattr__(self, name: str) -> Symbol:
        """Make the symbol; later it is found like any attribute."""
        if name != "symbol":
            raise AttributeError(f"'Contract' object has no attribute '{name}'")
        self.symbol = option_symbol(self.underlying, self.expiry, self.strike, self.right)
        return self.symbol


class OptionUniverse(PascalCase):
    """One contract's end-of-day row of a universe file; numbers are read when they are asked for."""

    __slots__ = ("_numbers", "_text", "contract", "time")

    def __init__(self, contract: Contract, numbers: str, time: datetime) -> None:
        self.contract = contract
        self._text = numbers
        self._numbers: list[float] | None = None
        self.time = time

    @property
    def end_time(self) -> datetime:
        """The midnight at which the row is known."""
        return self.time + _DAY

    def number(self, at: int) -> float:
        """Number of a column after right; empty cells count as 0, as on LEAN."""
        if self._numbers is None:
            cells = self._text.split(",")
            self._numbers = [float(cell) if cell else 0.0 for cell in cells] + [0.0] * (len(_COLUMNS) - len(cells))
        return self._numbers[at]

    @property
    def symbol(self) -> Symbol:
        """The contract's symbol."""
        return self.contract.symbol

    @property
    def id(self) -> SecurityIdentifier:
        """The contract's identifier."""
        return self.contract.symbol.id

    @property
    def strike(self) -> float:
        """Strike in dollars."""
        return self.contract.strike

    @property
    def expiry(self) -> datetime:
        """Expiry date."""
        return self.contract.expiry

    @property
    def right(self) -> OptionRight:
        """Call or put."""
        return self.contract.right

    @property
    def style(self) -> OptionStyle:
        """American."""
        return OptionStyle.AMERICAN

    @property
    def open(self) -> float:
        """First price of the day."""
        return self.number(0)

    @property
    def high(self) -> float:
        """Highest price of the day."""
        return self.number(1)

    @property
    def low(self) -> float:
        """Lowest price of the day."""
        return self.number(2)

    @property
    def close(self) -> float:
        """Last price of the day (the middle, if the vendor quotes so)."""
        return self.number(3)

    @property
    def value(self) -> float:
        """The close."""
        return self.number(3)

    @property
    def price(self) -> float:
        """The close."""
        return self.number(3)

    @property
    def volume(self) -> float:
        """Contracts traded."""
        return self.number(4)

    @property
    def open_interest(self) -> float:
        """Open contracts."""
        return self.number(5)

    @property
    def implied_volatility(self) -> float:
        """The vendor's implied volatility; 0.25 means 25 %."""
        return self.number(6)

    @property
    def greeks(self) -> Greeks:
        """The vendor's Greeks; theta a year (the file gives it a day)."""
        return Greeks(delta=self.number(7), gamma=self.number(8), vega=self.number(9), theta=self.number(10) * 365, rho=self.number(11))

    def __repr__(self) -> str:
        return self.contract.symbol.value


class UniverseFile:
    """One day's universe of one underlying; a contract's row is made when it is asked for.

    Attributes
    ----------
    underlying : TradeBar
        The stock's day (raw prices).
    contracts : list of Contract
        In file order.
    names : list of str
        What the file calls them.
    """

    __slots__ = ("_numbers", "_rows", "_strikes", "contracts", "date", "names", "underlying")

    def __init__(
        self, day: date, underlying: TradeBar, contracts: list[Contract], names: list[str], numbers: Callable[[], list[str]]
    ) -> None:
        self.date = day
        self.underlying = underlying
        self.contracts = contracts
        self.names = names
        self._numbers = numbers
        self._strikes: list[float] | None = None
        self._rows: dict[Contract, OptionUniverse] | None = None

    @property
    def strikes(self) -> list[float]:
        """All strikes, ascending."""
        if self._strikes is None:
            self._strikes = sorted({contract.strike for contract in self.contracts})
        return self._strikes

    @property
    def rows(self) -> list[OptionUniverse]:
        """All rows in file order."""
        return [self.row(contract) for contract in self.contracts]

    def row(self, contract: Contract) -> OptionUniverse:
        """Row of one of the contracts."""
        if self._rows is None:
            time = self.underlying.time
            self._rows = {one: OptionUniverse(one, text, time) for one, text in zip(self.contracts, self._numbers(), strict=True)}
        return self._rows[contract]


class OptionFilterUniverse(StrategyFilters):
    """What a filter function receives: methods narrow the contracts, in the order they are called.

    Parameters
    ----------
    file : UniverseFile
        The day that is chosen from; prices are compared with its close of the underlying.
    local_time : datetime
        Moment of the selection on the exchange's clock.
    """

    def __init__(self, file: UniverseFile, local_time: datetime, hours: SecurityExchangeHours) -> None:
        self._file = file
        self._left = file.contracts
        self._price = file.underlying.close
        self.local_time = local_time
        self._hours = hours
        self.underlying = file.underlying
        self._strikes: list[float] | None = None
        self._weeklys = True
        self._standards = True

    @property
    def data(self) -> list[OptionUniverse]:
        """Rows that are left."""
        return [self._file.row(contract) for contract in self._left]

    def __iter__(self) -> Iterator[OptionUniverse]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self._left)

    def _keep(self, test: Callable[[Contract], bool]) -> OptionFilterUniverse:
        self._left = [contract for contract in self._left if test(contract)]
        return self

    def include_weeklys(self) -> OptionFilterUniverse:
        """Weekly and monthly expiries (the default)."""
        self._weeklys = self._standards = True
        return self

    def weeklys_only(self) -> OptionFilterUniverse:
        """Only weekly expiries."""
        self._weeklys, self._standards = True, False
        return self

    def standards_only(self) -> OptionFilterUniverse:
        """Only monthly expiries."""
        self._weeklys, self._standards = False, True
        return self

    def strikes(self, min_strike: int, max_strike: int) -> OptionFilterUniverse:
        """Strikes by rank around the underlying's price, 0 being at the money."""
        if self._strikes is None:
            whole = self._left is self._file.contracts
            self._strikes = self._file.strikes if whole else sorted({contract.strike for contract in self._left})
        ranks, price = self._strikes, self._price
        at = bisect_left(ranks, price)
        if at >= len(ranks):
            return self._keep(lambda _: False)
        low, high = at + min_strike, at + max_strike
        if ranks[at] != price:
            if min_strike < 0 < max_strike:
                high -= 1
            elif min_strike > 0:
                low, high = low - 1, high - 1
        if high < 0 or low >= len(ranks) or high < low:
            return self._keep(lambda _: False)
        lowest, highest = ranks[max(low, 0)], ranks[min(high, len(ranks) - 1)]
        self._left = [contract for contract in self._left if lowest <= contract.strike <= highest]
        return self

    def expiration(self, min_expiry: timedelta | int, max_expiry: timedelta | int) -> OptionFilterUniverse:
        """Expiries between two distances in calendar days, both included, from the next trading day if today is closed."""
        today = datetime(self.local_time.year, self.local_time.month, self.local_time.day)
        reference = today if self._hours.is_date_open(today) else self._hours.get_next_trading_day(today)
        first, last = reference + _days(min_expiry), reference + _days(max_expiry)
        self._left = [contract for contract in self._left if first <= contract.expiry <= last]
        return self

    def calls_only(self) -> OptionFilterUniverse:
        """Only calls."""
        return self._keep(lambda contract: contract.right == OptionRight.CALL)

    def puts_only(self) -> OptionFilterUniverse:
        """Only puts."""
        return self._keep(lambda contract: contract.right == OptionRight.PUT)

    def front_month(self) -> OptionFilterUniverse:
        """Only the nearest expiry."""
        self._apply_types()
        front = min((contract.expiry for contract in self._left), default=None)
        return self._keep(lambda contract: contract.expiry == front)

    def back_months(self) -> OptionFilterUniverse:
        """All expiries but the nearest."""
        self._apply_types()
        front = min((contract.expiry for contract in self._left), default=None)
        return self._keep(lambda contract: contract.expiry != front)

    def back_month(self) -> OptionFilterUniverse:
        """Only the second nearest expiry."""
        return self.back_months().front_month()

    def contracts(self, contracts: Any) -> OptionFilterUniverse:
        """Exactly these: symbols, rows, or a function of the rows that returns some."""
        chosen = list(contracts(self.data) if callable(contracts) else contracts)
        if all(isinstance(item, OptionUniverse) for item in chosen):
            rows = {item.contract for item in chosen}
            return self._keep(lambda contract: contract in rows)
        wanted = {item if isinstance(item, Symbol) else item.symbol for item in chosen}
        return self._keep(lambda contract: contract.symbol in wanted)

    def where(self, predicate: Callable[[OptionUniverse], bool]) -> OptionFilterUniverse:
        """Only rows of which a function is true."""
        return self._keep(lambda contract: bool(predicate(self._file.row(contract))))

    def _between(self, column: int, low: float, high: float) -> OptionFilterUniverse:
        return self._keep(lambda contract: low <= self._file.row(contract).number(column) <= high)

    def open_interest(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Open interest between two bounds, both included."""
        return self._between(5, min, max)

    def implied_volatility(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Implied volatility between two bounds, both included."""
        return self._between(6, min, max)

    def delta(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Signed delta between two bounds, both included."""
        return self._between(7, min, max)

    def gamma(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Gamma between two bounds, both included."""
        return self._between(8, min, max)

    def vega(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Vega between two bounds, both included."""
        return self._between(9, min, max)

    def theta(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Theta a year between two bounds, both included."""
        return self._between(10, min / 365, max / 365)

    def rho(self, min: float, max: float) -> OptionFilterUniverse:  # noqa: A002 - LEAN's names
        """Rho between two bounds, both included."""
        return self._between(11, min, max)

    iv, oi, d, g, v, t, r = implied_volatility, open_interest, delta, gamma, vega, theta, rho

    def _apply_types(self) -> None:
        if not (self._weeklys and self._standards):
            self._keep(lambda contract: is_standard(contract.expiry) == self._standards)

    def selected(self) -> list[Symbol]:
        """Symbols that are left when the filter is done."""
        self._apply_types()
        return [contract.symbol for contract in self._left]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name[:1].isupper():
            return super().__getattr__(name)
        raise NotSupportedByRunner(
            f"OptionFilterUniverse.{name}", "Use `contracts(fn)` to choose rows yourself, or run with `lean backtest`."
        )


def is_standard(expiry: datetime) -> bool:
    """Whether an expiry is a monthly one: the third Friday, or the Saturday or Thursday beside it."""
    first = expiry.replace(day=1)
    first_friday = 1 + (4 - first.weekday()) % 7
    return first_friday + 12 < expiry.day < first_friday + 16


def _days(distance: timedelta | int) -> timedelta:
    return distance if isinstance(distance, timedelta) else timedelta(days=distance)


def filter_of(arguments: Iterable[Any]) -> Callable[[OptionFilterUniverse], OptionFilterUniverse]:
    """Filter function that the arguments of `set_filter` mean."""
    values = list(arguments)
    if len(values) == 1 and callable(values[0]):
        chosen: Callable[[OptionFilterUniverse], OptionFilterUniverse] = values[0]
        return chosen
    if len(values) == 4:
        return lambda u: u.strikes(values[0], values[1]).expiration(values[2], values[3])
    if len(values) == 2 and isinstance(values[0], timedelta):
        return lambda u: u.expiration(values[0], values[1])
    if len(values) == 2:
        return lambda u: u.strikes(values[0], values[1]).expiration(0, 35)
    raise InvalidRequest("set_filter takes a function, two strikes ranks, two expiry distances, or all four")
