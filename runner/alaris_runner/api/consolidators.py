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
_HOUR = timedelta(hours=1)


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

    A period is closed on the left and open on the right: the bar that starts at its end closes it, or the clock does (`scan`). Spans
    of at most a day start at multiples of the span, longer ones with the first bar.
    """

    input_type: type | None = None

    def __init__(self, period: timedelta | int | Callable[[datetime], CalendarInfo]) -> None:
        if isinstance(period, timedelta) and period <= timedelta():
            raise InvalidRequest(f"a consolidator's period must be positive, got {period}")
        self._count = period if isinstance(period, int) else None
        self._calendar = period if callable(period) else None
        self._span = period if isinstance(period, timedelta) else timedelta(seconds=1)
        self._seen = 0
        self._last_emit = datetime.min
        self.working_data: Any = None
        self.consolidated: Any = None
        self.data_consolidated = EventHandlers()

    @property
    def working_bar(self) -> Any:
        """The unfinished bar."""
        return self.working_data

    def update(self, data: Any) -> None:
        """Take a bar."""
        if self._count is not None:
            self._update_count(data, self._count)
            return
        bar = self.working_data
        if bar is not None and data.time - bar.time >= self._span and self._start_of_bar(data) > self._last_emit:
            self._close()
        if data.time >= self._last_emit:
            self._aggregate(data)

    def scan(self, current_local_time: datetime) -> None:
        """Close the working bar if its period ended before a moment."""
        bar = self.working_data
        if (
            self._count is None
            and bar is not None
            and current_local_time - bar.time >= self._span
            and self._start_of(current_local_time) > self._last_emit
        ):
            self._close()

    def reset(self) -> None:
        """Forget the working bar."""
        self.working_data = None
        self._seen = 0
        self._last_emit = datetime.min

    def _update_count(self, data: Any, count: int) -> None:
        self._aggregate(data)
        self.working_data.end_time = data.end_time
        self._seen += 1
        if self._seen >= count:
            self._seen = 0
            self._close()

    def _start_of(self, when: datetime) -> datetime:
        if self._calendar is not None:
            info = self._calendar(when)
            if self.working_data is None:
                self._span = info.period
            return info.start
        return when if self._count is not None or self._span > _DAY else _floor(when, self._span)

    def _start_of_bar(self, data: Any) -> datetime:
        """Start of the period of a bar; one that would end after its period starts its own."""
        start = self._start_of(data.time)
        if self._count is not None or start + self._span >= data.end_time:
            return start
        hourly = data.end_time - data.time == _HOUR and start.date() < data.time.date()
        return self._start_of(data.end_time) if hourly else data.time

    def _aggregate(self, data: Any) -> None:
        if self.working_data is None:
            self._open(data)
        else:
            self._merge(data)

    def _open(self, data: Any) -> None:
        start = self._start_of_bar(data)
        bar: Any
        if isinstance(data, QuoteBar):
            bar = QuoteBar(start, data.symbol, _copy(data.bid), data.last_bid_size, _copy(data.ask), data.last_ask_size)
        else:
            opened = getattr(data, "open", data.value)
            bar = TradeBar(
                start,
                data.symbol,
                opened,
                getattr(data, "high", data.value),
                getattr(data, "low", data.value),
                data.value,
                getattr(data, "volume", 0.0),
            )
        bar.end_time = data.end_time if self._count is not None else start + self._span
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

    def _close(self) -> None:
        bar = self.working_data
        self._last_emit = bar.end_time
        self.consolidated = bar
        self.data_consolidated(self, bar)
        self.working_data = None


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
        """Values the window can hold; it may be changed, and the newest values stay."""
        return int(self._values.maxlen or 0)

    @size.setter
    def size(self, size: int) -> None:
        if size < 1:
            raise InvalidRequest(f"a rolling window holds at least one value, got {size}")
        self._values = deque(list(self._values)[:size], maxlen=size)

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
        """Value `at` steps back, None where there is none yet; a place beyond the window makes it larger, as on LEAN."""
        self._check(at)
        return self._values[at] if at < len(self._values) else None

    def __setitem__(self, at: int, value: Any) -> None:
        self._check(at)
        self._values.extend([None] * (at + 1 - len(self._values)))
        self._values[at] = value

    def _check(self, at: int) -> None:
        if at < 0:
            raise InvalidRequest(f"a rolling window counts back from 0, the newest; got {at}")
        if at >= self.size:
            self.size = at + 1

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _floor(when: datetime, period: timedelta) -> datetime:
    """LEAN counts periods from the first midnight of time (0001-01-01)."""
    origin = datetime.min
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
