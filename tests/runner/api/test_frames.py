"""Frames of histories: index, columns and missing values as LEAN's (golden cases history_frames, quant_book)."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isnan

from alaris_runner.api.bars import Bar, QuoteBar, TradeBar
from alaris_runner.api.enums import OptionRight
from alaris_runner.api.frames import Member, history_frame
from alaris_runner.api.symbols import SecurityIdentifier, Symbol

STOCK = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
CALL = Symbol(SecurityIdentifier.parse("YUM WI5US20RFXMU|YUM R735QTJ8XC9X"), "YUM   170217C00065500", STOCK)
OPEN, CLOSE = datetime(2017, 2, 1, 9, 30), datetime(2017, 2, 1, 16)


def trade(symbol: Symbol, close: float, days: int = 0) -> TradeBar:
    bar = TradeBar(OPEN + timedelta(days=days), symbol, close, close, close, close, 100.0)
    bar.end_time = CLOSE + timedelta(days=days)
    return bar


def quote(symbol: Symbol, bid: float | None, ask: float, days: int = 0) -> QuoteBar:
    side = Bar(bid, bid, bid, bid) if bid is not None else None
    bar = QuoteBar(OPEN + timedelta(days=days), symbol, side, 0.0 if bid is None else 5.0, Bar(ask, ask, ask, ask), 10.0)
    bar.end_time = CLOSE + timedelta(days=days)
    return bar


def test_stocks_are_indexed_by_symbol_and_end_time() -> None:
    frame = history_frame([(STOCK, [trade(STOCK, 64.0), trade(STOCK, 65.0, 1)])], typed=False, flatten=False)
    assert list(frame.columns) == ["close", "high", "low", "open", "volume"]
    assert list(frame.index.names) == ["symbol", "time"]
    assert list(frame.index) == [(STOCK, CLOSE), (STOCK, CLOSE + timedelta(days=1))]
    assert list(frame["close"]) == [64.0, 65.0]


def test_a_contract_has_quotes_and_the_trades_prices() -> None:
    points = [quote(CALL, 1.0, 1.2), trade(CALL, 1.15), quote(CALL, 1.1, 1.3, 1)]
    frame = history_frame([(CALL, points)], typed=False, flatten=False)
    assert list(frame.index.names) == ["expiry", "strike", "type", "symbol", "time"]
    assert len(frame.columns) == 15
    first, second = (frame.iloc[n] for n in range(2))
    assert (first["close"], first["askclose"], first["bidsize"]) == (1.15, 1.2, 5.0)
    assert isnan(second["close"])
    assert second["bidclose"] == 1.1


def test_stock_and_contract_share_a_frame_in_order_of_appearance() -> None:
    frame = history_frame([(CALL, [trade(CALL, 1.0, 1)]), (STOCK, [trade(STOCK, 64.0)])], typed=False, flatten=False)
    assert [key[3] for key in frame.index] == [STOCK, CALL]
    assert frame.index[0][:3] == ("", "", "")
    assert str(frame.index[1][2]) == "CALL"


def test_nothing_is_an_empty_frame() -> None:
    assert history_frame([(STOCK, [])], typed=False, flatten=False).empty


def test_members_equal_their_enumeration_but_are_no_numbers() -> None:
    member = Member(OptionRight.PUT)
    assert member == OptionRight.PUT
    assert member == Member(OptionRight.PUT)
    assert hash(member) == hash(OptionRight.PUT)
    assert not isinstance(member, int)
    assert Member(OptionRight.CALL) < member
