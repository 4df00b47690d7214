"""`self.notify`: in a backtest nothing is sent; every call answers False, as on LEAN."""

from __future__ import annotations

from typing import Any

from alaris_runner.api.spelling import PascalCase


class NotificationManager(PascalCase):
    """Ways to reach a person; only a live run would use them."""

    def email(self, address: str, subject: str, message: str, data: str = "", headers: Any = None) -> bool:
        """Not sent: False."""
        _ = address, subject, message, data, headers
        return False

    def sms(self, phone_number: str, message: str) -> bool:
        """Not sent: False."""
        _ = phone_number, message
        return False

    def web(self, address: str, data: Any = None, headers: Any = None) -> bool:
        """Not sent: False."""
        _ = address, data, headers
        return False

    def telegram(self, id: str, message: str, token: str | None = None) -> bool:  # noqa: A002 - LEAN's name
        """Not sent: False."""
        _ = id, message, token
        return False
