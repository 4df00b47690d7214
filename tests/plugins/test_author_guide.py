"""The guide for authors says the whole contract, and its example package installs, loads and conforms."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from alaris.plugins import PluginManager, Settings, hookspecs
from alaris.plugins.answers import CHECKS, GUARDS
from alaris.plugins.conformance import CARDS
from alaris_plugins import FIRST_PARTY

EXAMPLE = "alaris-quiet-names"


@pytest.fixture(scope="module")
def guide(repository: Path) -> str:
    return (repository / "docs/plugins/README.md").read_text()


@pytest.mark.parametrize("hook", CHECKS)
def test_every_hook_stands_in_the_guide_with_its_arguments_and_kind(guide: str, hook: str) -> None:
    specification = getattr(hookspecs, hook)
    signature = f"`{hook}({', '.join(inspect.signature(specification).parameters)})`"
    kind = "**guard**" if hook in GUARDS else "advice"
    assert f"| {signature} | {kind}" in guide
    assert inspect.getdoc(specification), hook
    assert (inspect.getdoc(specification) or "").startswith("Guard." if hook in GUARDS else "Advice.")


def test_every_hook_of_the_contract_is_known_to_the_host() -> None:
    specified = {name for name, value in vars(hookspecs).items() if hasattr(value, "alaris_spec")}
    assert specified == set(CHECKS)


@pytest.mark.parametrize("name", FIRST_PARTY)
def test_every_own_plugin_stands_in_the_guide(guide: str, name: str) -> None:
    module = FIRST_PARTY[name].partition(":")[0].removeprefix("alaris_plugins.")
    assert f"| `{name}` | `{module}` |" in guide


@pytest.mark.parametrize("card", CARDS)
def test_every_card_stands_in_the_guide(guide: str, card: str) -> None:
    assert f"| {card} |" in guide


@pytest.mark.parametrize("key", ["enabled", "disabled", "strikes", "call_seconds"])
def test_every_setting_of_the_host_stands_in_the_guide(guide: str, key: str) -> None:
    assert key in type(Settings().plugins).model_fields
    assert f"`plugins.{key}`" in guide


@pytest.fixture(scope="module")
def installed(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example package, built and installed by pip as a stranger would, into a folder of its own."""
    folder = tmp_path_factory.mktemp("example")
    source, target = folder / "source", folder / "site"
    shutil.copytree(repository / "docs/plugins" / EXAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    isolation = ["--no-build-isolation"] if _backend_is_here() else []
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *isolation, "--target", str(target), str(source)]
    run = _run(command, {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    if run.returncode and not isolation and "No matching distribution" in run.stderr:
        pytest.skip("needs setuptools >= 70.1 installed, or a package index to fetch it from")
    assert run.returncode == 0, run.stderr
    return target


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Our own interpreter on our own files."""
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})  # noqa: S603 - see above


def _backend_is_here() -> bool:
    try:
        major, minor = metadata.version("setuptools").split(".")[:2]
    except metadata.PackageNotFoundError:
        return False
    return (int(major), int(minor)) >= (70, 1)


def test_the_installed_example_is_found_by_its_entry_point(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(installed))
    host = PluginManager(Settings())
    host.load_entry_points(_entries(installed))
    (row,) = [row for row in host.report() if row.name == "quiet_names"]
    assert (row.distribution, row.version, row.state, row.guard) == (EXAMPLE, "1.0.0", "active", True)
    assert row.hooks == ("check_order", "filter_universe")
    left_out = PluginManager(Settings(), only=())
    left_out.load_entry_points(_entries(installed))
    assert "quiet_names" not in {row.name for row in left_out.report()}


def _entries(folder: Path) -> list[metadata.EntryPoint]:
    found = metadata.distributions(path=[str(folder)])
    return [entry for distribution in found for entry in distribution.entry_points if entry.group == "alaris"]


def test_the_installed_example_passes_its_own_tests(installed: Path, repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository / "docs/plugins" / EXAMPLE / "tests", tmp_path / "tests")
    paths = [str(installed), *(str(repository / name) for name in ("algorithm", "runner", "plugins"))]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path / "tests"),
    ]
    run = _run(command, {"PYTHONPATH": os.pathsep.join(paths)})
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 passed" in run.stdout
