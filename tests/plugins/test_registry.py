"""What comes in as a plugin, from where, and what is refused at the door."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from alaris.domain import AlarisError, ConfigurationError, DataError, PluginError, Reason
from alaris.plugins import PluginManager, Settings, hookimpl, samples
from alaris.settings import Plugins, load_settings
from alaris_plugins import FIRST_PARTY, PROVIDERS

OWN = tuple(FIRST_PARTY)


class Filter:
    """A plugin that keeps everything."""

    @hookimpl
    def filter_universe(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        return symbols


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of another package, with factories that work and that do not."""
    module = ModuleType("stranger_module")

    def broken(settings: Settings) -> object:
        raise SystemExit("no licence; token=abc123")

    module.plugin = lambda settings: Filter()  # type: ignore[attr-defined] # a module made for the test
    module.broken = broken  # type: ignore[attr-defined] # a module made for the test
    monkeypatch.setitem(sys.modules, "stranger_module", module)
    return module


def entry(name: str, attribute: str = "plugin") -> EntryPoint:
    return EntryPoint(name, f"stranger_module:{attribute}", "alaris")


def names(host: PluginManager) -> list[str]:
    return [row.name for row in host.report()]


def test_the_entry_points_of_the_package_are_the_first_party_list(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["alaris"] == {**FIRST_PARTY, **PROVIDERS}


def test_own_plugins_load_without_metadata() -> None:
    host = PluginManager(Settings())
    host.load_entry_points([])
    assert names(host) == list(OWN)
    assert {row.state for row in host.report()} == {"active"}


def test_own_plugins_load_once_where_metadata_exists_too() -> None:
    host = PluginManager(Settings())
    host.load_entry_points([EntryPoint(name, value, "alaris") for name, value in FIRST_PARTY.items()])
    assert names(host) == list(OWN)


@pytest.mark.usefixtures("stranger")
def test_strangers_come_before_own_and_the_runs_data_before_both() -> None:
    host = PluginManager(Settings())
    host.register(Filter(), "engine")
    host.load_entry_points([entry("zeta"), entry("alpha")])
    assert names(host) == ["engine", "alpha", "zeta", *OWN]


@pytest.mark.usefixtures("stranger")
@pytest.mark.parametrize(("only", "loaded"), [(None, ["alpha", "zeta"]), ((), []), (("zeta",), ["zeta"])])
def test_a_switch_chooses_among_strangers_and_keeps_own(only: tuple[str, ...] | None, loaded: list[str]) -> None:
    host = PluginManager(Settings(), only=only)
    host.load_entry_points([entry("zeta"), entry("alpha")])
    assert names(host) == [*loaded, *OWN]


@pytest.mark.usefixtures("stranger")
def test_enabled_is_the_list_and_the_order_and_disabled_leaves_out() -> None:
    host = PluginManager(Settings(plugins=Plugins(enabled=("kelly", "alpha", "DTqc001A"), disabled=("DTqc001A",))))
    host.load_entry_points([entry("zeta"), entry("alpha")])
    assert names(host) == ["kelly", "alpha"]


def test_leaving_every_guard_out_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    PluginManager(Settings()).load_entry_points([])
    assert caplog.text == ""
    PluginManager(Settings(plugins=Plugins(enabled=("kelly",)))).load_entry_points([])
    assert "no plugin guards validate_candidate" in caplog.text


@pytest.mark.parametrize(
    ("settings", "only", "message"),
    [
        (Settings(plugins=Plugins(enabled=("kely",))), None, "plugins.enabled: no plugin 'kely' is installed; did you mean kelly?"),
        (Settings(), ("DTqc01A",), "--plugins: no plugin 'DTqc01A' is installed; did you mean DTqc001A?"),
    ],
)
def test_a_name_that_is_not_installed_is_an_error_with_the_nearest(settings: Settings, only: tuple[str, ...] | None, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        PluginManager(settings, only=only).load_entry_points([])
    assert str(error.value) == message


@pytest.mark.usefixtures("stranger")
def test_a_stranger_that_cannot_be_loaded_refuses_in_every_guard_until_it_is_disabled() -> None:
    host = PluginManager(Settings())
    host.load_entry_points([entry("alpha", "broken"), entry("beta", "absent")])
    rows = {row.name: row for row in host.report()}
    assert rows["alpha"].state == rows["beta"].state == "broken"
    assert rows["alpha"].last_error == "SystemExit: no licence; token=***"
    refused = [verdict for verdict in host.check_order(samples.intent(), samples.portfolio()) if not verdict.passed]
    assert [(verdict.id, verdict.reason) for verdict in refused] == [("alpha", Reason.PLUGIN_FAILED), ("beta", Reason.PLUGIN_FAILED)]
    disabled = PluginManager(Settings(plugins=Plugins(disabled=("alpha", "beta"))))
    disabled.load_entry_points([entry("alpha", "broken"), entry("beta", "absent")])
    assert disabled.check_order(samples.intent(), samples.portfolio()) == ()


@pytest.mark.usefixtures("stranger")
def test_a_stranger_does_not_take_an_own_name() -> None:
    host = PluginManager(Settings())
    host.load_entry_points([entry("kelly")])
    assert "kelly of stranger_module" in names(host)
    assert host.implements("position_size") == ("kelly",)
    assert not all(verdict.passed for verdict in host.check_order(samples.intent(), samples.portfolio()))


def test_an_own_plugin_that_cannot_read_its_file_is_one_clear_error(tmp_path: Path) -> None:
    settings = load_settings({"sources.calendar": str(tmp_path / "none.csv")})
    with pytest.raises(DataError, match=r"none\.csv: missing"):
        PluginManager(settings).load_entry_points([])


def test_without_the_folder_of_own_plugins_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alaris_plugins", None)
    with pytest.raises(AlarisError, match="put the folder plugins/alaris_plugins beside alaris"):
        PluginManager(Settings()).load_entry_points([])


class Misspelt:
    @hookimpl
    def filter_univers(self, symbols: object) -> None: ...


class WrongArgument:
    @hookimpl
    def filter_universe(self, symbol: object) -> None: ...


class Wraps:
    @hookimpl(wrapper=True)
    def filter_universe(self, symbols: object) -> object:
        return (yield)


class Awaits:
    @hookimpl
    async def filter_universe(self, symbols: object) -> None: ...


class Hookless:
    pass


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (Misspelt(), "did you mean filter_universe"),
        (WrongArgument(), "symbol"),
        (Wraps(), "is a wrapper"),
        (Awaits(), "is async"),
        (Hookless(), "implements no hook"),
        (None, "implements no hook"),
        (Filter, "is a class"),
    ],
)
def test_what_breaks_the_contract_is_refused_at_the_door_and_leaves_no_trace(plugin: object, message: str) -> None:
    host = PluginManager(Settings())
    with pytest.raises(PluginError, match=message):
        host.register(plugin, "a")
    assert host.report() == ()
    host.register(Filter(), "a")
    assert host.filter_universe(("A",), samples.AS_OF) == ("A",)


@pytest.mark.parametrize("name", [*FIRST_PARTY, *PROVIDERS])
def test_an_own_plugin_imports_what_a_stranger_may(repository: Path, name: str) -> None:
    module = repository / "plugins" / ({**FIRST_PARTY, **PROVIDERS}[name].partition(":")[0].replace(".", "/") + ".py")
    tree = ast.parse(module.read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {one for one in imported if one.split(".")[0] in {"alaris", "alaris_runner"}}
    open_to_all = {"alaris.broker", "alaris.domain", "alaris.plugins"}
    assert ours <= open_to_all | {"alaris.plugins.earnings_csv", "alaris.plugins.journal", "alaris.plugins.web"}
