"""Which plugins there are, checked against the contract when they come in, and the order in which they are asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from alaris.domain import AlarisError, ConfigurationError, PluginError
from alaris.plugins import hookspecs
from alaris.plugins.answers import CHECKS
from alaris.plugins.calls import LOG, Registered, plain
from alaris.plugins.discovery import Source, sources
from alaris.plugins.time_budget import BudgetedCaller, Raised, run_here
from alaris.settings import Settings

AFTER_FILES = 1000
EXPLICIT, OTHERS, OWN = 0, 1, 2  # asked in this order: the run's own data, then strangers (who may replace), then Alaris's own


class Registry:
    """Plugins by name, in calling order.

    Parameters
    ----------
    settings : Settings
        `settings.plugins` names order and exceptions; each factory is given the whole.
    only : sequence of str, optional
        Installed plugins to load besides Alaris's own; empty for none (``--no-plugins``), None for all that the settings allow.
    """

    def __init__(self, settings: Settings, only: Sequence[str] | None) -> None:
        self._settings = settings
        self._only = None if only is None else frozenset(only)
        self._pluggy = pluggy.PluginManager("alaris")
        self._pluggy.add_hookspecs(hookspecs)
        self._all: dict[str, Registered] = {}
        specified = {hook: getattr(self._pluggy.hook, hook).spec for hook in CHECKS}
        self.first_decides = frozenset(hook for hook, spec in specified.items() if spec.opts["firstresult"])

    def load(self, entries: Iterable[EntryPoint] | None) -> None:
        """Load what the settings allow; a plugin that cannot be loaded is kept as broken, so that guards count it as a refusal."""
        found = sources(entries)
        self._require_known(found)
        for index, source in enumerate(found):
            if self._wanted(source):
                self._load(source, (OWN if source.own else OTHERS, self._place(source, index)))

    def register(self, plugin: object, name: str, *, same_thread: bool) -> None:
        """Take one plugin object; raises PluginError where it breaks the contract. A name in `plugins.disabled` is left out."""
        if name in self._settings.plugins.disabled:
            return
        one = Registered(name, type(plugin).__module__, rank=(EXPLICIT, len(self._all)), tied=same_thread)
        self._add(one, plugin, same_thread=same_thread)

    def of(self, hook: str) -> list[Registered]:
        """Plugins that implement `hook`, in calling order; broken ones are with them, since they might have."""
        asked = [one for one in self.all() if one.broken or hook in one.functions]
        first = self._settings.execution_quotes.first if hook == "execution_quotes" else ()
        return sorted(asked, key=lambda one: first.index(one.name) if one.name in first else len(first))

    def all(self) -> list[Registered]:
        """Every plugin, in calling order."""
        order = {name: index for index, name in enumerate(self._settings.plugins.enabled)}
        return sorted(self._all.values(), key=lambda one: (order.get(one.name, len(order)), one.rank))

    def _require_known(self, found: Sequence[Source]) -> None:
        names = [source.name for source in found]
        asked = {
            "plugins.enabled": self._settings.plugins.enabled,
            "execution_quotes.first": self._settings.execution_quotes.first,
            "web.providers": self._settings.web.providers,
            "--plugins": tuple(self._only or ()),
        }
        for key, wanted in asked.items():
            for name in wanted:
                if name not in names and name not in self._all:
                    close = get_close_matches(name, names, n=1)
                    raise ConfigurationError(key, f"no plugin {name!r} is installed" + (f"; did you mean {close[0]}?" if close else ""))

    def _wanted(self, source: Source) -> bool:
        chosen = self._settings.plugins
        if source.name in chosen.disabled or (chosen.enabled and source.name not in chosen.enabled):
            return False
        if source.provider:
            return source.name in self._settings.web.providers
        return source.own or self._only is None or source.name in self._only

    def _place(self, source: Source, index: int) -> int:
        """Providers in the order of `web.providers`, after all that is read from the user's own files."""
        return index if not source.provider else AFTER_FILES + self._settings.web.providers.index(source.name)

    def _load(self, source: Source, rank: tuple[int, int]) -> None:
        one = Registered(source.name, source.distribution, source.version, rank=rank)
        one.seconds_allowed = self._settings.web.seconds + 1 if source.provider else 0
        made = run_here(lambda: self._add(one, source.entry.load()(self._settings), same_thread=source.own and not source.provider))
        if isinstance(made, Raised):
            if source.own:
                raise made.error if isinstance(made.error, AlarisError) else PluginError(source.name, plain(made.error)) from made.error
            if source.name in self._all:  # the name is taken: the first keeps it, and the second is listed beside it
                one.name = f"{source.name} of {source.distribution}"
            one.broken, one.failures, one.last_error = True, 1, plain(made.error)
            self._all[one.name] = one
            LOG.warning("plugin %s (%s) cannot be loaded, so every guard refuses: %s", one.name, source.distribution, one.last_error)

    def _add(self, one: Registered, plugin: object, *, same_thread: bool) -> None:
        if one.name in self._all:
            raise PluginError(one.name, "the name is taken by another plugin; leave one out with plugins.disabled")
        one.functions = self._functions(plugin, one.name)
        one.plugin = plugin
        one.hooks = tuple(sorted(one.functions))
        one.caller = None if same_thread else BudgetedCaller()
        self._all[one.name] = one

    def _functions(self, plugin: object, name: str) -> dict[str, Callable[..., Any]]:
        """Hook functions of a plugin, each taking the hook's arguments by name."""
        try:
            self._pluggy.register(plugin, name)
            self._pluggy.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            raise PluginError(name, _hint(error)) from error
        functions = {caller.name: impl for caller in self._pluggy.get_hookcallers(plugin) or () for impl in _own_impls(caller, plugin)}
        try:
            return {hook: _function(impl, hook, name) for hook, impl in _required(functions, plugin, name).items()}
        except PluginError:
            self._pluggy.unregister(name=name)
            raise


def _own_impls(caller: pluggy.HookCaller, plugin: object) -> list[pluggy.HookImpl]:
    return [impl for impl in caller.get_hookimpls() if impl.plugin is plugin]


def _required(functions: dict[str, pluggy.HookImpl], plugin: object, name: str) -> dict[str, pluggy.HookImpl]:
    if inspect.isclass(plugin):
        raise PluginError(name, "is a class; let the factory return an object of it")
    if not functions:
        raise PluginError(name, "implements no hook; mark its methods with @hookimpl and let the factory return the object")
    return functions


def _function(impl: pluggy.HookImpl, hook: str, name: str) -> Callable[..., Any]:
    if impl.wrapper or impl.hookwrapper:
        raise PluginError(name, f"{hook} is a wrapper; a plugin answers for itself and never for others")
    if inspect.iscoroutinefunction(impl.function):
        raise PluginError(name, f"{hook} is async; the host calls plain functions, each on the plugin's own thread")
    function, accepted = impl.function, impl.argnames
    return lambda **arguments: function(*[arguments[argument] for argument in accepted])


def _hint(error: Exception) -> str:
    text = " ".join(str(error).split())
    unknown = text.partition("unknown hook '")[2].partition("'")[0]
    close = get_close_matches(unknown, CHECKS, n=1) if unknown else []
    return text + (f"; did you mean {close[0]}?" if close else "")
