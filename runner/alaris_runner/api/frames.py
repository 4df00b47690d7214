"""Histories and chains as the pandas frames LEAN returns: same index, columns, order and missing values."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING, Any

import pandas as pd

from alaris_runner.api.bars import OpenInterest, QuoteBar, TradeBar
from alaris_runner.api.enums import LeanEnum
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.symbols import Symbol
from alaris_runner.data.universe_files import UniverseFile

if TYPE_CHECKING:
    from alaris_runner.api.chains import OptionChain, OptionContract

Row = dict[str, Any]
_NEVER_DROPPED = ("asksize", "bidsize", "volume", "openinterest")
_OPTION_NAMES = ("expiry", "strike", "type", "symbol", "time")


def history_frame(series: list[tuple[Symbol, list[Any]]], *, typed: bool, flatten: bool) -> pd.DataFrame:
    """Frame of several symbols' points, one block a symbol in the order of their first points."""
    has_option = any(symbol.underlying is not None for symbol, _ in series)
    blocks = []
    for symbol, points in series:
        rows = _rows(symbol, points, typed=typed, flatten=flatten)
        if rows:
            blocks.append((min(key[-1] for key, _ in rows), symbol, rows))
    blocks.sort(key=lambda block: block[0])
    frames = [_block(rows, has_option=has_option) for _, _, rows in blocks]
    if not frames:
        return pd.DataFrame()
    frame = frames[0] if len(frames) == 1 else pd.concat(frames)
    return frame[sorted(frame.columns)]


def _block(rows: list[tuple[tuple[Any, ...], Row]], *, has_option: bool) -> pd.DataFrame:
    names = _OPTION_NAMES if has_option else ("symbol", "time")
    keys = [key if has_option else key[-2:] for key, _ in rows]
    frame = pd.DataFrame([row for _, row in rows], index=pd.MultiIndex.from_tuples(keys, names=names))
    empty = [c for c in frame.columns if c not in _NEVER_DROPPED and all(isinstance(v, float) and (isnan(v) or v == 0) for v in frame[c])]
    return frame.drop(columns=empty)


def _rows(symbol: Symbol, points: list[Any], *, typed: bool, flatten: bool) -> list[tuple[tuple[Any, ...], Row]]:
    if symbol.is_canonical():
        return [row for file in points for row in (_flat_universe(file) if flatten else [_universe(symbol, file)])]
    prefix = (
        (symbol.id.date, symbol.id.strike_price, Member(symbol.id.option_right), symbol)
        if symbol.underlying is not None
        else ("", "", "", symbol)
    )
    merged: dict[datetime, Row] = {}
    for point in points:
        row = merged.setdefault(point.end_time, {})
        values = _values(point)
        if isinstance(point, QuoteBar) and not typed:
            values = {k: v for k, v in values.items() if k not in ("open", "high", "low", "close") or k not in row}
        row.update(values)
    if not typed and any(isinstance(p, QuoteBar) for p in points) and any(isinstance(p, TradeBar) for p in points):
        _blank_quotes_without_trades(merged, points)
    return [((*prefix, moment), row) for moment, row in sorted(merged.items())]


def _blank_quotes_without_trades(merged: dict[datetime, Row], points: list[Any]) -> None:
    """Where trades and quotes share a frame, open to close are the trades'; a time without one has none."""
    traded = {p.end_time for p in points if isinstance(p, TradeBar)}
    for moment, row in merged.items():
        if moment not in traded:
            row.update(dict.fromkeys(("open", "high", "low", "close", "volume"), float("nan")))


def _values(point: Any) -> Row:
    if isinstance(point, TradeBar):
        return {"close": point.close, "high": point.high, "low": point.low, "open": point.open, "volume": point.volume}
    if isinstance(point, QuoteBar):
        row: Row = {"close": point.close, "high": point.high, "low": point.low, "open": point.open}
        for name, side, size in (("ask", point.ask, point.last_ask_size), ("bid", point.bid, point.last_bid_size)):
            missing = float("nan")
            row |= {f"{name}{field}": getattr(side, field) if side is not None else missing for field in ("open", "high", "low", "close")}
            row[f"{name}size"] = size
        return row
    if isinstance(point, OpenInterest):
        return {"openinterest": point.value}
    if isinstance(point, PythonData):
        return {**point.get_storage_dictionary(), "value": float(point.value)}
    raise TypeError(f"a {type(point).__name__} has no frame")


def _universe(symbol: Symbol, file: UniverseFile) -> tuple[tuple[Any, ...], Row]:
    known = datetime(file.date.year, file.date.month, file.date.day) + timedelta(days=1)
    key = (datetime(1899, 12, 30), 0.0, Member(symbol.id.option_right), symbol, known)
    return key, {"data": list(file.rows), "underlying": UnderlyingText(file.underlying)}


class Member:
    """A member of an enumeration as a frame holds it: prints its name and equals the member, but is no number."""

    __slots__ = ("member",)

    def __init__(self, member: LeanEnum) -> None:
        self.member = member

    def __eq__(self, other: object) -> bool:
        return bool(self.member == (other.member if isinstance(other, Member) else other))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Member):  # beside the '' of a stock pandas then keeps the order of appearance
            return NotImplemented
        return self.member < other.member

    def __hash__(self) -> int:
        return hash(self.member)

    def __str__(self) -> str:
        return str(self.member)

    __repr__ = __str__


class UnderlyingText:
    """The stock's day beside its chain; prints as LEAN prints it."""

    def __init__(self, bar: TradeBar) -> None:
        self.bar = bar

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bar, name)

    def __str__(self) -> str:
        return f"{self.bar.symbol.value}: ¤{self.bar.close:.2f}".replace("¤", "\u00a4")


def _flat_universe(file: UniverseFile) -> list[tuple[tuple[Any, ...], Row]]:
    rows = []
    for contract in file.rows:
        greeks = contract.greeks
        key = (contract.expiry, contract.strike, Member(contract.right), contract.symbol, contract.end_time)
        row: Row = {
            "close": contract.close,
            "delta": greeks.delta,
            "gamma": greeks.gamma,
            "high": contract.high,
            "impliedvolatility": contract.implied_volatility,
            "low": contract.low,
            "open": contract.open,
            "openinterest": contract.open_interest,
            "rho": greeks.rho,
            "theta": greeks.theta,
            "value": contract.close,
            "vega": greeks.vega,
            "volume": contract.volume,
        }
        rows.append((key, row))
    return rows


def chain_frame(chain: OptionChain, *, flatten: bool) -> pd.DataFrame:
    """Frame of a chain: one row a contract if flattened, else one row with the list of them."""
    if not flatten:
        return pd.DataFrame({"contracts": [list(chain)], "count": [len(chain)]}, index=pd.Index([chain.symbol], name="symbol"))
    rows = [_contract_row(contract) for contract in chain]
    frame = pd.DataFrame(rows, index=pd.Index([c.symbol for c in chain], name="symbol", dtype=object))
    constant = ("askprice", "asksize", "bidprice", "bidsize", "lastprice", "openinterest", "volume")
    empty = [c for c in frame.columns if c not in constant and frame[c].dtype == float and not frame[c].fillna(0.0).any()]
    return frame.drop(columns=empty)


def _contract_row(contract: OptionContract) -> Row:
    greeks = contract.greeks
    return {
        "askprice": contract.ask_price,
        "asksize": contract.ask_size,
        "bidprice": contract.bid_price,
        "bidsize": contract.bid_size,
        "delta": greeks.delta,
        "expiry": contract.expiry,
        "gamma": greeks.gamma,
        "impliedvolatility": contract.implied_volatility,
        "lastprice": contract.last_price,
        "openinterest": contract.open_interest,
        "rho": greeks.rho,
        "right": Member(contract.right),
        "scaledstrike": contract.scaled_strike,
        "strike": contract.strike,
        "style": Member(contract.style),
        "theta": greeks.theta,
        "underlyinglastprice": contract.underlying_last_price,
        "underlyingsymbol": contract.underlying_symbol,
        "vega": greeks.vega,
        "volume": contract.volume,
    }
