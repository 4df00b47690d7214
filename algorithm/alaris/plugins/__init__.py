"""The plugin host, and all that a plugin needs: `hookimpl`, the settings' type, the portfolio."""

import pluggy

from alaris.plugins.answers import GUARDS
from alaris.plugins.calls import Call
from alaris.plugins.manager import PluginManager, PluginRow
from alaris.risk.portfolio import OpenCalendar, Portfolio
from alaris.settings import Settings

hookimpl = pluggy.HookimplMarker("alaris")

__all__ = ["GUARDS", "Call", "OpenCalendar", "PluginManager", "PluginRow", "Portfolio", "Settings", "hookimpl"]
