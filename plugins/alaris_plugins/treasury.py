"""Risk-free rate from the US Treasury: daily bill rates, the coupon equivalent of 13 weeks; a day is known the midnight after.

The average interest rates of fiscaldata are what outstanding bills cost, not what the market asks, and are not read.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from math import isnan, nan
from xml.etree import ElementTree as Xml

from alaris.domain import Observation
from alaris.plugins import Settings, hookimpl
from alaris.plugins.web import Body, Fault, Fields, Piece, Rows, Vendor, Web, WebFault, Window, known, months, whole
from alaris_plugins.vendor_rows import BILLS, from_coupon_equivalent, from_discount, next_midnight

VENDOR = Vendor(
    name="treasury",
    title="US Treasury",
    addresses=("https://home.treasury.gov",),
    gives=("risk_free_rate: 13-week bill, coupon equivalent, since 2002",),
    costs="free, no key",
    home="https://home.treasury.gov",
    per_minute=30,
)
PATH = "/resource-center/data-chart-center/interest-rates/pages/xml"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
YIELD, DISCOUNT = "ROUND_B1_YIELD_13WK_2", "ROUND_B1_CLOSE_13WK_2"
DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class Treasury:
    """Answer with the last day of this month or the one before that was published before the decision."""

    offers = ("rates",)

    def __init__(self, web: Web) -> None:
        self.web = web

    @hookimpl
    def risk_free_rate(self, as_of: datetime) -> Observation[float] | None:
        first = as_of.date().replace(day=1)
        for month in (first, first - timedelta(days=1)):
            fetched = self.web.fetch(PATH, _query(month), rates, as_of=as_of, settled=as_of)
            known = [row for row in fetched.value if next_midnight(row[0]) <= as_of] if fetched else []
            if known and fetched:
                day, rate = known[-1]
                return Observation(rate, fetched.source, next_midnight(day))
        return None

    def pieces(self, wanted: Window) -> list[Piece]:
        """A month a call, for all symbols."""
        return [Piece(wanted.dataset, (), *month) for month in months(wanted.first, wanted.last)]

    def collect(self, piece: Piece, since: datetime) -> Rows:
        """The rates of one month."""
        fetched = whole(self.web, PATH, _query(piece.first), rates, min(since, next_midnight(piece.last)))
        days = [(day, rate) for day, rate in fetched.value if piece.first <= day <= piece.last]
        return Rows([{"symbol": BILLS, "day": day, "rate": rate, **known(VENDOR.name, next_midnight(day))} for day, rate in days])


def _query(month: date) -> dict[str, str]:
    return {"data": "daily_treasury_bill_rates", "field_tdr_date_value_month": f"{month:%Y%m}"}


def rates(body: Body) -> list[tuple[date, float]]:
    """Days and continuously compounded rates, oldest first; days on which the market was closed are left out."""
    text = body.text()
    if DECLARATION.search(text):
        raise WebFault(body.vendor, Fault.WRONG_CONTENT, f"{body.place}: XML with declarations of its own")
    try:
        feed = Xml.fromstring(text)  # noqa: S314 - declarations, and with them all entities, are refused above
    except Xml.ParseError as error:
        raise WebFault(body.vendor, Fault.MALFORMED, f"{body.place}: {error}") from None
    rows = [_row(body, number, entry) for number, entry in enumerate(feed.iter(f"{META}properties"))]
    return sorted(row for row in rows if not isnan(row[1]))


def _row(body: Body, number: int, entry: Xml.Element) -> tuple[date, float]:
    cells = {cell.tag.removeprefix(DATA): cell.text for cell in entry if cell.get(f"{META}null") != "true"}
    row = Fields(body.vendor, f"{body.place} entry {number}", cells)
    quoted, discount = row.number_or_nan(YIELD), row.number_or_nan(DISCOUNT)
    rate = from_coupon_equivalent(quoted / 100) if not isnan(quoted) else from_discount(discount / 100) if not isnan(discount) else nan
    return row.day("INDEX_DATE"), rate


def plugin(settings: Settings) -> Treasury:
    """Entry point."""
    return Treasury(Web(VENDOR, settings))
