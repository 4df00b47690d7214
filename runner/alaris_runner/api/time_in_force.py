"""How long an order stands: until cancelled, to the close of its day, or to the close of a date."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, ClassVar

from alaris_runner.api.spelling import PascalCase

if TYPE_CHECKING:
    from alaris_runner.api.orders import Order
    from alaris_runner.api.securities import Security


class TimeInForce(PascalCase):
    """When an order lapses. `GOOD_TIL_CANCELED` and `DAY` are shared values; `good_til_date(d)` makes one."""

    GOOD_TIL_CANCELED: ClassVar[TimeInForce]
    DAY: ClassVar[TimeInForce]

    def is_order_expired(self, security: Security, order: Order) -> bool:  # noqa: ARG002 - LEAN's signature
        """Whether the order has lapsed by the security's exchange time; an order good till cancelled never does."""
        return False

    @staticmethod
    def good_til_date(expiry: date) -> GoodTilDateTimeInForce:
        """Good until the close of the given date."""
        return GoodTilDateTimeInForce(expiry)

    GOOD_TIL_DATE = good_til_date


class GoodTilCanceledTimeInForce(TimeInForce):
    """Stands until filled or cancelled."""


class DayTimeInForce(TimeInForce):
    """Lapses at the next close after its submission."""

    def is_order_expired(self, security: Security, order: Order) -> bool:
        """Whether the close of the order's session has come (confirmed on golden case time_in_force_ib)."""
        hours = security.exchange.hours
        return security.local_time >= hours.get_next_market_close(hours.zone.from_utc(order.time), False)


class GoodTilDateTimeInForce(TimeInForce):
    """Lapses at the close of a date."""

    def __init__(self, expiry: date) -> None:
        day = expiry.date() if isinstance(expiry, datetime) else expiry
        self.expiry = datetime.combine(day, time())

    def is_order_expired(self, security: Security, order: Order) -> bool:  # noqa: ARG002 - LEAN's signature
        """Whether that date's close has come (confirmed on golden case time_in_force_ib)."""
        return security.local_time >= security.exchange.hours.get_next_market_close(self.expiry, False)


TimeInForce.GOOD_TIL_CANCELED = GoodTilCanceledTimeInForce()
TimeInForce.DAY = DayTimeInForce()
