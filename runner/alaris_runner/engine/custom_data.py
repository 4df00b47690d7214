"""A user's own data as a stream of points: sources by trading day, each read once, lines through the user's reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alaris_runner.api.enums import FileFormat, SecurityType, SubscriptionTransportMedium
from alaris_runner.api.python_data import PythonData, SubscriptionDataSource
from alaris_runner.api.securities import Security
from alaris_runner.data.text_files import read_text
from alaris_runner.engine.subscriptions import Point
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine


def custom_points(engine: Engine, kind: type[PythonData], security: Security, start_utc: datetime | None) -> Iterator[Point]:
    """Points from a start (the run's own if None) to the run's end, ascending."""
    start = engine.start_utc if start_utc is None else start_utc
    zone, template, last_source = engine.zone, kind(), None
    for day in engine.folder.market_hours.hours("usa", "SPY", SecurityType.EQUITY).trading_days(
        zone.from_utc(start).date(), engine.end_date.date()
    ):
        when = datetime.combine(day, time())
        source = template.get_source(security, when, False)
        if source == last_source:
            continue
        last_source = source
        for point in read_source(template, security, source, when):
            utc = zone.to_utc(point.end_time)
            if utc >= start and point.end_time <= engine.end_date:
                yield utc, point


def read_source(template: PythonData, security: Security, source: SubscriptionDataSource, when: datetime) -> Iterator[Any]:
    """Points of one file through the user's reader; none if the file does not exist."""
    if source.transport_medium != SubscriptionTransportMedium.LOCAL_FILE or source.format != FileFormat.CSV:
        raise NotSupportedByRunner(f"SubscriptionDataSource({source.transport_medium}, {source.format})", "Use a local CSV file.")
    path = Path(source.source)
    if not path.exists():
        return
    for line in read_text(path).splitlines():
        point = template.reader(security, line, when, False)
        if point is not None:
            point.complete_end()
            yield point
