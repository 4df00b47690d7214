"""Leave alone the names on a quiet list: they are not looked at, and an order for one is refused."""

from __future__ import annotations

import os
from collections.abc import Sequence

from alaris.domain import Intent, Reason, Verdict
from alaris.plugins import Settings, hookimpl


class QuietNames:
    """Advice in the first phase, and a guard before the order, in case another plugin brings a name in later."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    @hookimpl
    def filter_universe(self, symbols: Sequence[str]) -> list[str]:
        return [symbol for symbol in symbols if symbol not in self._names]

    @hookimpl
    def check_order(self, intent: Intent) -> Verdict:
        quiet = intent.symbol in self._names
        note = f"{intent.symbol} is on the quiet list" if quiet else f"{len(self._names)} quiet names"
        return Verdict("QUIET", not quiet, None, None, Reason.LIMIT_PLUGIN if quiet else None, note)


def plugin(settings: Settings) -> QuietNames:
    """Entry point; the list is ALARIS_QUIET_NAMES, comma separated. Nothing is read before Alaris calls this."""
    del settings  # this plugin needs none of them
    names = os.environ.get("ALARIS_QUIET_NAMES", "").split(",")
    return QuietNames(frozenset(name.strip().upper() for name in names if name.strip()))
