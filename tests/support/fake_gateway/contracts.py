"""What the fake gateway lists: a share and options on it, with the numbers by which the broker tells them apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

Fields = list[object]
CENTRE, STRIKES = 67.5, (62.5, 65.0, 67.5, 70.0, 72.5)


@dataclass(frozen=True)
class Contract:
    """A listed contract; `expiry` as yyyymmdd, `right` C or P, both empty for a share."""

    con_id: int
    symbol: str
    kind: str = "STK"
    expiry: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    trading_class: str = ""
    exchange: str = "SMART"
    currency: str = "USD"
    min_tick: float = 0.01

    @property
    def local_symbol(self) -> str:
        """The OCC's twenty-one characters for an option."""
        if self.kind != "OPT":
            return self.symbol
        return f"{self.symbol:<6}{self.expiry[2:]}{self.right}{round(self.strike * 1000):08d}"

    def short(self) -> Fields:
        """Symbol to strike, as most messages begin."""
        return [self.con_id, self.symbol, self.kind, self.expiry, self.strike or "0", self.right or "?"]

    def long(self) -> Fields:
        """Con id to trading class, as orders, executions and positions carry it."""
        return [*self.short(), self.multiplier, self.exchange, self.currency, self.local_symbol, self.trading_class or self.symbol]

    def details(self, request: str, version: int, hours: str) -> Fields:
        """The contractDetails message of a server version."""
        opening: Fields = [10] if version >= 164 else [10, 8]
        before: Fields = [request, self.symbol, self.kind, self.expiry, self.strike or "0", self.right or "?", self.exchange, self.currency]
        before += [self.local_symbol, self.trading_class or self.symbol, self.trading_class or self.symbol, self.con_id, self.min_tick]
        obsolete: Fields = [] if version >= 164 else [100]
        after: Fields = [self.multiplier, "LMT,MKT", "SMART,CBOE", 1, 1001, f"{self.symbol} INC", "NYSE", self.expiry[:6]]
        after += [
            "Consumer",
            "Restaurants",
            "Restaurants",
            "US/Eastern",
            hours,
            hours,
            "",
            "",
            0,
            1,
            self.symbol,
            "STK",
            "26",
            self.expiry,
            "",
        ]
        sizes: Fields = [1, 1, 1] if version >= 164 else [1] if version == 163 else []
        return [*opening, *before, *obsolete, *after, *sizes]


@dataclass
class Quote:
    """What the market shows of a contract; None where a side is not quoted. `kind` 1 live, 2 frozen, 3 delayed, 4 both."""

    bid: float | None = None
    ask: float | None = None
    bid_size: float = 10
    ask_size: float = 10
    last: float | None = None
    last_size: float = 1
    volume: float = 500
    open_interest: float = 2000
    kind: int = 1
    script: list[tuple[object, ...]] | None = None

    def changed(self, **fields: object) -> Quote:
        """The same with some fields replaced."""
        return replace(self, **fields)  # type: ignore[arg-type]  # names are checked by the dataclass itself


@dataclass
class Market:
    """Contracts by id and their quotes."""

    contracts: dict[int, Contract] = field(default_factory=dict)
    quotes: dict[int, Quote] = field(default_factory=dict)

    def add(self, contract: Contract, quote: Quote | None = None) -> Contract:
        """List one more contract."""
        self.contracts[contract.con_id] = contract
        self.quotes[contract.con_id] = quote or Quote()
        return contract

    def matching(self, wanted: list[str]) -> list[Contract]:
        """Contracts for [con id, symbol, kind, expiry, strike, right, multiplier, exchange, primary, currency, local symbol, class]."""
        if wanted[0] not in ("", "0"):
            return [one for one in self.contracts.values() if str(one.con_id) == wanted[0]]
        return [one for one in self.contracts.values() if _fits(one, wanted)]

    def option(self, symbol: str, expiry: date, strike: float, right: str) -> Contract:
        """The option of these terms."""
        terms = (symbol, f"{expiry:%Y%m%d}", strike, right)
        return next(one for one in self.contracts.values() if (one.symbol, one.expiry, one.strike, one.right) == terms)

    def share(self, symbol: str) -> Contract:
        """The share of a symbol."""
        return next(one for one in self.contracts.values() if one.symbol == symbol and one.kind == "STK")


def _fits(contract: Contract, wanted: list[str]) -> bool:
    strike = float(wanted[4] or 0)
    said = [
        (wanted[1], contract.symbol),
        (wanted[2], contract.kind),
        (wanted[3], contract.expiry[:8]),
        (wanted[5].replace("?", ""), contract.right),
        (wanted[6], contract.multiplier),
        (wanted[9], contract.currency),
        (wanted[11], contract.trading_class or contract.symbol),
    ]
    return all(asked in ("", has) for asked, has in said) and (not strike or strike == contract.strike)


def coming_hours(today: date) -> str:
    """Regular hours of a week as a gateway writes them; holidays are not known here."""
    days = [today + timedelta(days=ahead) for ahead in range(7)]
    return ";".join(f"{day:%Y%m%d}:0930-{day:%Y%m%d}:1600" if day.weekday() < 5 else f"{day:%Y%m%d}:CLOSED" for day in days)


def small_market(symbol: str = "YUM", front: date = date(2017, 2, 17), back: date = date(2017, 3, 17), first_id: int = 1001) -> Market:
    """A share and calls and puts of two expiries around 67.5; the calls at 67.5 are quoted 1.00-1.10 and 2.00-2.15."""
    market = Market()
    market.add(Contract(first_id, symbol), Quote(66.99, 67.01, 300, 200, last=67.0, last_size=100, volume=1_000_000))
    number = first_id
    for expiry, middle in ((front, 1.05), (back, 2.075)):
        for strike in STRIKES:
            for right in ("C", "P"):
                number += 1
                away = (CENTRE - strike) * (1 if right == "C" else -1)
                value = round(max(middle + 0.5 * away, 0.10), 3)
                width = 0.05 if expiry == front else 0.075
                quote = Quote(round(value - width, 3), round(value + width, 3), last=value)
                market.add(Contract(number, symbol, "OPT", f"{expiry:%Y%m%d}", strike, right, "100", symbol), quote)
    return market
