"""Risk-free rate from FRED: three-month Treasury bill, secondary market (DTB3), a bank discount; a day is known the midnight after."""

from __future__ import annotations

from datetime import date, datetime
from math import isnan

from alaris.domain import Observation
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Piece, Rows, Vendor, Web, Window, known, whole
from alaris_plugins.vendor_rows import BILLS, from_discount, next_midnight

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

    offers = ("rates",)

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        series = self.web.fetch("/graph/fredgraph.csv", {"id": "DTB3"}, rates, as_of=as_of, settled=as_of)
        known = [row for row in series.value if next_midnight(row[0]) <= as_of] if series else []
        if not known or series is None:
            return None
        day, discount = known[-1]
        return Observation(from_discount(discount / 100), series.source, next_midnight(day))

    def pieces(self, wanted: Window) -> list[Piece]:
        """The whole series is one call."""
        return [Piece(wanted.dataset, (), wanted.first, wanted.last)]

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """The rates of the window's days."""
        series = whole(self.web, "/graph/fredgraph.csv", {"id": "DTB3"}, rates, since)
        days = [(day, from_discount(percent / 100)) for day, percent in series.value if piece.first <= day <= piece.last]
        return Rows([{"symbol": BILLS, "day": day, "rate": rate, **known(VENDOR.name, next_midnight(day))} for day, rate in days])


def rates(body: Body) -> list[tuple[date, float]]:
    """Days and per cent, oldest first."""
    rows = [(row.day("observation_date"), row.number_or_nan("DTB3")) for row in body.rows("observation_date", "DTB3")]
    return sorted(row for row in rows if not isnan(row[1]))


def plugin(settings: Settings) -> Fred:
    """Entry point."""
    return Fred(Web(VENDOR, settings))
