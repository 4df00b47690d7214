"""Messages to a person through LEAN: its log always, and in live its own `notify` where an address is named."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alaris.domain import ConfigurationError
from alaris.plugins import hookimpl

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm

CHANNELS = ("email", "web", "telegram")


class EngineNotices:
    """A plugin that tells through the engine.

    Parameters
    ----------
    algorithm : QCAlgorithm
    address : str
        `email:someone@example.org`, `web:https://...` or `telegram:chat`; empty for the log alone. LEAN's cloud sends these; a local
        engine only writes them to its log (models.md 2.3, item 7).

    Raises
    ------
    ConfigurationError
        The address names no such channel.
    """

    def __init__(self, algorithm: QCAlgorithm, address: str) -> None:
        self._algorithm = algorithm
        self._channel, _, self._target = address.partition(":")
        if address and (self._channel not in CHANNELS or not self._target):
            raise ConfigurationError("notify", f"expected {', '.join(f'{name}:ADDRESS' for name in CHANNELS)}, was {address!r}")

    @hookimpl
    def notify(self, title: str, text: str, as_of: datetime) -> None:
        """Say it in the log, and send it where live."""
        self._algorithm.log(f"{as_of:%Y-%m-%d %H:%M} {title}: {text}")
        if not (self._target and self._algorithm.live_mode):
            return
        if self._channel == "email":
            self._algorithm.notify.email(self._target, title, text)
        elif self._channel == "web":
            self._algorithm.notify.web(self._target, f"{title}: {text}")
        else:
            self._algorithm.notify.telegram(self._target, f"{title}: {text}")
