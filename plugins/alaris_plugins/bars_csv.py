"""Daily bars from a CSV file of the user's own: symbol, date, open, high, low, close, volume; known from 16:00 New York of each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alaris.domain import NEW_YORK, DailyBars, DataError, Observation
from alaris.plugins import Settings, hookimpl
from alaris_plugins.csv_file import dates, read_columns

PRICES = ("open", "high", "low", "close")
CLOSE = time(16)


class BarsFile:
    """Answer from the file, which must be adjusted for splits; on half days a bar is taken as known three hours late."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._bars: Mapping[str, DailyBars] = {} if path is None else _by_symbol(path)

    @hookimpl
    def daily_bars(self, symbol: str, sessions: int, as_of: datetime) -> Observation[DailyBars] | None:
        bars = self._bars.get(symbol.upper())
        if bars is None or self._path is None:
            return None
        local = as_of.astimezone(NEW_YORK)
        today = np.datetime64(local.date(), "D")
        known = int(np.searchsorted(bars.day, today, side="right" if local.time() >= CLOSE else "left"))
        if known == 0:
            return None
        before = DailyBars(**{field.name: getattr(bars, field.name)[:known] for field in fields(bars)})
        newest = before.last(sessions)
        closed = datetime.combine(newest.day[-1].astype(object), CLOSE, NEW_YORK)
        return Observation(newest, source=self._path.name, available_at=closed, observed_at=closed)


def _by_symbol(path: Path) -> Mapping[str, DailyBars]:
    columns = read_columns(path, ("symbol", "date", *PRICES, "volume"))
    names = sorted(set(columns["symbol"]))
    place = {name: index for index, name in enumerate(names)}
    owner = np.fromiter(map(place.__getitem__, columns["symbol"]), np.intp)
    day = dates(path, "date", columns["date"])
    try:
        numbers = np.array([np.fromiter(map(float, columns[name]), np.float64) for name in (*PRICES, "volume")])
    except ValueError as error:
        raise DataError(path, f"holds a price or volume that is no number ({error})") from error
    _require_possible(path, numbers)
    order = np.lexsort((day, owner))
    owner, day, numbers = owner[order], day[order], numbers[:, order]
    _require_distinct(path, owner, day, names)
    edges = np.searchsorted(owner, np.arange(len(names) + 1))
    spans = zip(names, edges[:-1], edges[1:], strict=True)
    return {name.upper(): DailyBars(day[first:last], *numbers[:, first:last]) for name, first, last in spans}


def _require_possible(path: Path, numbers: NDArray[np.float64]) -> None:
    bad = ~np.isfinite(numbers).all(axis=0) | (numbers[:4] <= 0).any(axis=0) | (numbers[4] < 0)
    if bad.any():
        raise DataError(path, "prices must be above zero and volumes not negative", line=int(bad.argmax()) + 2)


def _require_distinct(path: Path, owner: NDArray[np.intp], day: NDArray[np.datetime64], names: Sequence[str]) -> None:
    twice = (owner[1:] == owner[:-1]) & (day[1:] == day[:-1])
    if twice.any():
        place = int(twice.argmax())
        raise DataError(path, f"lists {names[owner[place]]} on {day[place]} twice")


def plugin(settings: Settings) -> BarsFile:
    """Entry point: reads `sources.bars`."""
    return BarsFile(Path(settings.sources.bars) if settings.sources.bars else None)
