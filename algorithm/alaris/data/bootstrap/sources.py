"""The providers that the settings name and that can fetch a window, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from alaris.domain import ConfigurationError
from alaris.plugins import Settings
from alaris.plugins.discovery import sources
from alaris.plugins.web import Collector, WebFault


@dataclass(frozen=True, slots=True)
class Source:
    """A provider, and why it cannot be asked (a missing key), where it cannot."""

    name: str
    collector: Collector
    lacks: str = ""


def collectors(settings: Settings) -> list[Source]:
    """Providers of `web.providers` that fetch windows; the others answer single questions and are left out.

    Raises
    ------
    ConfigurationError
        None is named, one is not installed, or none of them fetches windows.
    """
    known = {source.name: source for source in sources()}
    found = []
    for name in settings.web.providers:
        if name not in known:
            raise ConfigurationError("web.providers", f"no plugin {name!r} is installed")
        made = known[name].entry.load()(settings)
        if isinstance(made, Collector):
            found.append(Source(name, made, _lacks(made)))
    if not found:
        raise ConfigurationError("web.providers", "names no provider that fetches windows; e.g. polygon,alpha_vantage,nasdaq,fmp,treasury")
    return found


def _lacks(collector: Collector) -> str:
    try:
        collector.web.vendor.key()
    except WebFault as fault:
        return str(fault)
    return ""
