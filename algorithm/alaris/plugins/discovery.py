"""Where plugins come from: installed packages, and Alaris's own, which are found the same way without an installation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import import_module, metadata

from alaris.domain import PluginError

GROUP = "alaris"
OWN = "alaris_plugins"


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin that can be loaded: its name, where its factory stands, who ships it; a `provider` only where `web.providers` names it."""

    name: str
    entry: metadata.EntryPoint
    distribution: str
    version: str
    own: bool
    provider: bool = False


def sources(entries: Iterable[metadata.EntryPoint] | None = None) -> tuple[Source, ...]:
    """All plugins there are: Alaris's own in their order, then the others by name.

    Inside a LEAN project the packages are folders beside ``main.py``, and pip never wrote their metadata: `alaris_plugins.FIRST_PARTY`
    says the same as the entry points of ``pyproject.toml`` and makes the same `EntryPoint` objects, so that both are loaded by one path.

    Raises
    ------
    PluginError
        The folder ``alaris_plugins`` is missing, and with it every guard.
    """
    own, providers = (_stated(group) for group in ("FIRST_PARTY", "PROVIDERS"))
    stated = {(entry.name, entry.value) for entry in (*own, *providers)}
    found = metadata.entry_points(group=GROUP) if entries is None else entries
    others = sorted((entry for entry in found if (entry.name, entry.value) not in stated), key=lambda entry: (entry.name, entry.value))
    ours = (*(_source(entry, own=True) for entry in own), *(replace(_source(entry, own=True), provider=True) for entry in providers))
    return (*ours, *(_source(entry, own=False) for entry in others))


def _stated(group: str) -> tuple[metadata.EntryPoint, ...]:
    try:
        stated: dict[str, str] = dict(getattr(import_module(OWN), group))
    except ImportError as error:
        raise PluginError(OWN, "the package is missing: install alaris, or put the folder plugins/alaris_plugins beside alaris") from error
    return tuple(metadata.EntryPoint(name, value, GROUP) for name, value in stated.items())


def _source(entry: metadata.EntryPoint, *, own: bool) -> Source:
    if own:
        return Source(entry.name, entry, "alaris", import_module("alaris").__version__, own=True)
    distribution = entry.dist
    if distribution is None:
        return Source(entry.name, entry, entry.module, "", own=False)
    return Source(entry.name, entry, distribution.name, distribution.version, own=False)
