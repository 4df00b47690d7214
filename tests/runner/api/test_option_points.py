"""A contract's trades and quotes in one stream: filled forward, missing sides repeated, flat sides made on demand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn, cast

import pytest

from alaris_runner.api.enums import Resolution
from alaris_runner.api.symbols import SecurityIdentifier, Symbol
from alaris_runner.engine.bar_grid import GridPoint, quote_bar
from alaris_runner.engine.price_points import OptionBars, option_points
from alaris_runner.engine.time_zones import TimeZone
from alaris_runner.errors import DataFileError

if TYPE_CHECKING:
    from alaris_runner.data.price_files import PriceSeries
    from alaris_runner.engine.bar_grid import BarGrid

STOCK = Symbol(SecurityIdentifier.parse("YUM R735QTJ8XC9X"), "YUM")
CALL = Symbol(SecurityIdentifier.parse("YUM WI5US20RFXMU|YUM R735QTJ8XC9X"), "YUM   170217C00065500", STOCK)
NEW_YORK = TimeZone("America/New_York")
FIRST = date(2017, 2, 1)
FLAT = "11000,11000,11000,11000,5,12000,12000,12000,12000,7"


class Series:
    """Rows of one file in memory."""

    symbol = CALL
    resolution = Resolution.DAILY

    def __init__(self, **rows: str) -> None:
        self._rows = {f"201702{day[1:]} 00:00": row for day, row in rows.items()}

    def rows(self, _: date) -> dict[str, str]:
        return self._rows

    def last_day_of_file(self, _: date) -> date:
        return date(2017, 12, 31)

    def refuse(self, _: date, key: str, row: str) -> NoReturn:
        raise DataFileError("yum_2017_quote_american.zip", 1, f"a number that cannot be read: '{key},{row}'")


def grid_point(day: date) -> GridPoint:
    opened = datetime(day.year, day.month, day.day, 9, 30)
    closed = opened.replace(hour=16, minute=0)
    return GridPoint(f"{day:%Y%m%d} 00:00", opened, closed, NEW_YORK.to_utc(closed))


class Grid:
    """Every day is a session from 9:30 to 16:00."""

    hours = SimpleNamespace(zone=NEW_YORK)

    def stretch(self, first: date, last: date) -> list[GridPoint]:
        return [grid_point(first + timedelta(days=n)) for n in range((last - first).days + 1)]


def stream(trades: Series, quotes: Series, *, fill_forward: bool = True, days: int = 3) -> list[tuple[datetime, OptionBars]]:
    first_utc = NEW_YORK.to_utc(datetime(2017, 2, 1))
    last = FIRST + timedelta(days=days - 1)
    series = cast("PriceSeries", trades), cast("PriceSeries", quotes)
    return list(option_points(*series, cast("BarGrid", Grid()), fill_forward, first_utc, last))


def test_both_bars_of_a_time_come_together() -> None:
    ((utc, (trade, quote)),) = stream(Series(d01="11500,12000,11000,11800,30"), Series(d01=FLAT), days=1)
    assert utc == datetime(2017, 2, 1, 21)
    assert trade is not None
    assert quote is not None
    assert (trade.open, trade.high, trade.low, trade.close, trade.volume) == (1.15, 1.2, 1.1, 1.18, 30)
    assert (quote.bid_close, quote.last_bid_size, quote.ask_close, quote.last_ask_size) == (1.1, 5, 1.2, 7)
    assert quote.close == pytest.approx(1.15)
    assert quote.bid is not None
    assert (quote.bid.open, quote.bid.high, quote.bid.low, quote.bid.close) == (1.1, 1.1, 1.1, 1.1)
    assert quote.bid is quote.bid  # made once


def test_what_is_missing_is_filled_forward() -> None:
    points = stream(Series(d02="11500,11500,11500,11500,30"), Series(d01=FLAT))
    traded, quoted = [bars[0] for _, bars in points], [bars[1] for _, bars in points]
    assert traded[0] is None
    assert [bar.is_fill_forward for bar in traded[1:] if bar is not None] == [False, True]
    assert [bar.is_fill_forward for bar in quoted if bar is not None] == [False, True, True]
    assert traded[2] is not None
    assert (traded[2].close, traded[2].volume, traded[2].end_time) == (1.15, 0, datetime(2017, 2, 3, 16))


def test_without_fill_forward_only_real_bars_come() -> None:
    points = stream(Series(d02="11500,11500,11500,11500,30"), Series(d01=FLAT), fill_forward=False)
    assert [(trade is not None, quote is not None) for _, (trade, quote) in points] == [(False, True), (True, False)]


def test_a_missing_side_repeats_the_one_before() -> None:
    points = stream(Series(), Series(d01=FLAT, d02=",,,,0,13000,13000,13000,13000,9"), days=2)
    quote = points[1][1][1]
    assert quote is not None
    assert (quote.bid_close, quote.last_bid_size, quote.ask_close) == (1.1, 0, 1.3)
    assert not quote.is_fill_forward


def test_a_side_never_quoted_is_none() -> None:
    quote = quote_bar(CALL, ",,,,0,13000,13500,12500,13000,9", datetime(2017, 2, 1), datetime(2017, 2, 2))
    assert quote.bid is None
    assert quote.ask is not None
    assert (quote.ask.high, quote.ask.low) == (1.35, 1.25)
    assert quote.close == 1.3


def test_a_broken_row_is_refused_where_it_is_read() -> None:
    with pytest.raises(DataFileError, match="cannot be read"):
        stream(Series(), Series(d01="11000,high,11000,11000,5,12000,12000,12000,12000,7"))


def test_nothing_stored_nothing_sent() -> None:
    assert stream(Series(), Series()) == []
