"""Risk-free rate from FRED: three-month Treasury bill, secondary market (DTB3), a bank discount; a day is known the midnight after."""

from __future__ import annotations

from datetime import date, datetime
from math import isnan

from alaris.domain import Observation
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Vendor, Web
from alaris_plugins.vendor_rows import from_discount, next_midnight

VENDOR = Vendor(
    name="fred",
    title="FRED",
    addresses=("https://fred.stlouisfed.org",),
    gives=("risk_free_rate: DTB3, three-month Treasury bill, since 1954",),
    costs="free, no key",
    home="https://fred.stlouisfed.org",
    per_minute=30,
)


class Fred:
    """Answer with the last rate that was published before the decision; holidays are '.' or blank."""

    def __init__(self, web: Web) -> None:
        self._web = web

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        series = self._web.fetch("/graph/fredgraph.csv", {"id": "DTB3"}, rates, as_of=as_of, settled=as_of)
        known = [row for row in series.value if next_midnight(row[0]) <= as_of] if series else []
        if not known or series is None:
            return None
        day, discount = known[-1]
        return Observation(from_discount(discount / 100), series.source, next_midnight(day))


def rates(body: Body) -> list[tuple[date, float]]:
    """Days and per cent, oldest first."""
    rows = [(row.day("observation_date"), row.number_or_nan("DTB3")) for row in body.rows("observation_date", "DTB3")]
    return sorted(row for row in rows if not isnan(row[1]))


def plugin(settings: Settings) -> Fred:
    """Entry point."""
    return Fred(Web(VENDOR, settings))
