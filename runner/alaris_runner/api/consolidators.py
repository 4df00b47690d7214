"""Consolidators: bars of a longer period out of shorter ones; and rolling windows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from alaris_runner.api.bars import Bar, QuoteBar, TradeBar
from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

_DAY = timedelta(days=1)


class CalendarInfo:
    """Start and length of the calendar period that holds a time."""

    __slots__ = ("period", "start")

    def __init__(self, start: datetime, period: timedelta) -> None:
        self.start = start
        self.period = period

    @property
    def end(self) -> datetime:
        """First moment after the period."""
        return self.start + self.period


class Calendar:
    """Calendar periods for consolidators."""

    @staticmethod
    def weekly(when: datetime) -> CalendarInfo:
        """Week from Monday."""
        midnight = datetime.combine(when.date(), time())
        return CalendarInfo(midnight - timedelta(days=midnight.weekday()), timedelta(days=7))

    @staticmethod
    def monthly(when: datetime) -> CalendarInfo:
        """Calendar month."""
        start = datetime(when.year, when.month, 1)
        following = datetime(when.year + when.month // 12, when.month % 12 + 1, 1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def quarterly(when: datetime) -> CalendarInfo:
        """Calendar quarter."""
        month = (when.month - 1) // 3 * 3 + 1
        start = datetime(when.year, month, 1)
        following = datetime(when.year + (month + 3 > 12), (month + 2) % 12 + 1, 1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def yearly(when: datetime) -> CalendarInfo:
        """Calendar year."""
        start = datetime(when.year, 1, 1)
        return CalendarInfo(start, datetime(when.year + 1, 1, 1) - start)

    WEEKLY, MONTHLY, QUARTERLY, YEARLY = weekly, monthly, quarterly, yearly


class EventHandlers:
    """.NET's event: `consolidator.data_consolidated += handler`."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[Any, Any], Any]] = []

    def __iadd__(self, handler: Callable[[Any, Any], Any]) -> EventHandlers:
        self._handlers.append(handler)
        return self

    def __isub__(self, handler: Callable[[Any, Any], Any]) -> EventHandlers:
        self._handlers.remove(handler)
        return self

    def __call__(self, sender: Any, data: Any) -> None:
        for handler in list(self._handlers):
            handler(sender, data)


class PeriodConsolidator(PascalCase):
    """Merge bars until their period is over; by a span of time, by a calendar function, or by a count.

    A bar that ends exactly at the period's end closes it at once; otherwise the first bar of the next period does.
    """

    input_type: type | None = None

    def __init__(self, period: timedelta | int | Callable[[datetime], CalendarInfo]) -> None:
        if isinstance(period, timedelta) and period <= timedelta():
            raise InvalidRequest(f"a consolidator's period must be positive, got {period}")
        self._period = period
        self._seen = 0
        self._end: datetime | None = None
        self.working_data: Any = None
        self.consolidated: Any = None
        self.data_consolidated = EventHandlers()

    @property
    def working_bar(self) -> Any:
        """The unfinished bar."""
        return self.working_data

    def update(self, data: Any) -> None:
        """Take a bar."""
        if self._end is not None and data.time >= self._end:
            self._close()
        if self.working_data is None:
            self._open(data)
        else:
            self._merge(data)
        self._seen += 1
        if (isinstance(self._period, int) and self._seen >= self._period) or (self._end is not None and isinstance(self._period, timedelta) and data.end_time >= self._end):
            self._close()

    def scan(self, current_local_time: datetime) -> None:
        """Close the working bar if its period ended before a moment."""
        if self.working_data is not None and self._end is not None and current_local_time >= self._end:
            self._close()

    def reset(self) -> None:
        """Forget the working bar."""
        self.working_data = self._end = None
        self._seen = 0

    def _start_of(self, when: datetime) -> datetime:
        if callable(self._period):
            info = self._period(when)
            self._end = info.start + info.period
            return info.start
        if isinstance(self._period, int):
            return when
        start = _floor(when, self._period)
        self._end = start + self._period
        return start

    def _open(self, data: Any) -> None:
        start = self._start_of(data.time)
        bar: Any
        if isinstance(data, QuoteBar):
            bar = QuoteBar(start, data.symbol, _copy(data.bid), data.last_bid_size, _copy(data.ask), data.last_ask_size)
        else:
            opened = getattr(data, "open", data.value)
            bar = TradeBar(start, data.symbol, opened, getattr(data, "high", data.value), getattr(data, "low", data.value), data.value, getattr(data, "volume", 0.0))
        bar.end_time = self._end if self._end is not None else data.end_time
        self.working_data = bar

    def _merge(self, data: Any) -> None:
        bar = self.working_data
        if isinstance(bar, QuoteBar):
            bar.bid, bar.ask = _merged(bar.bid, data.bid), _merged(bar.ask, data.ask)
            bar.last_bid_size, bar.last_ask_size = data.last_bid_size or bar.last_bid_size, data.last_ask_size or bar.last_ask_size
        else:
            bar.high = max(bar.high, getattr(data, "high", data.value))
            bar.low = min(bar.low, getattr(data, "low", data.value))
            bar.close = data.value
            bar.volume += getattr(data, "volume", 0.0)
        if self._end is None:
            bar.end_time = data.end_time

    def _close(self) -> None:
        bar, self.working_data, self._end, self._seen = self.working_data, None, None, 0
        if bar is not None:
            self.consolidated = bar
            self.data_consolidated(self, bar)


class TradeBarConsolidator(PeriodConsolidator):
    """Longer trade bars."""

    input_type = TradeBar


class QuoteBarConsolidator(PeriodConsolidator):
    """Longer quote bars."""

    input_type = QuoteBar


class RollingWindow(PascalCase):
    """The last values added, the newest first."""

    def __class_getitem__(cls, item: Any) -> type[RollingWindow]:
        _ = item
        return cls

    def __init__(self, size: int) -> None:
        if size < 1:
            raise InvalidRequest(f"a rolling window holds at least one value, got {size}")
        self._values: deque[Any] = deque(maxlen=size)
        self.samples = 0
        self.most_recently_removed: Any = None

    def add(self, item: Any) -> None:
        """Add a value; the oldest leaves a full window."""
        if self.is_ready:
            self.most_recently_removed = self._values[-1]
        self._values.appendleft(item)
        self.samples += 1

    @property
    def size(self) -> int:
        """Values the window can hold."""
        return int(self._values.maxlen or 0)

    @property
    def count(self) -> int:
        """Values in the window."""
        return len(self._values)

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return len(self._values) == self._values.maxlen

    def reset(self) -> None:
        """Forget all values."""
        self._values.clear()
        self.samples = 0

    def __getitem__(self, at: int) -> Any:
        return self._values[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _floor(when: datetime, period: timedelta) -> datetime:
    """LEAN counts periods from the first midnight of time (0001-01-01)."""
    origin = datetime.min  # noqa: DTZ901 - .NET's first moment is naive too
    return when - (when - origin) % period


def _copy(side: Bar | None) -> Bar | None:
    return None if side is None else Bar(side.open, side.high, side.low, side.close)


def _merged(first: Bar | None, second: Bar | None) -> Bar | None:
    if first is None or second is None:
        return first or _copy(second)
    return Bar(first.open, max(first.high, second.high), min(first.low, second.low), second.close)


def consolidator_of(period: Any, quotes: bool) -> PeriodConsolidator:
    """Consolidator of a `timedelta`, a calendar function or a count of bars."""
    if not (isinstance(period, (timedelta, int)) or callable(period)):
        raise NotSupportedByRunner(f"consolidate({period!r})", "Use a timedelta, a Resolution or Calendar.WEEKLY and the like.")
    return QuoteBarConsolidator(period) if quotes else TradeBarConsolidator(period)
