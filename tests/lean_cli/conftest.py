"""The real LEAN CLI and a workspace for it, made once for all tests of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from lean_command import LeanCli, build_wheel, common_folder, install_as_image, install_cli

from alaris.data import demo_market
from alaris.lean.workspace import write_workspace


@pytest.fixture(scope="session")
def lean(tmp_path_factory: pytest.TempPathFactory) -> LeanCli:
    """The CLI, not logged in."""
    return install_cli(common_folder(tmp_path_factory) / "lean-cli")


@pytest.fixture(scope="session")
def small_market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented companies over a year."""
    folder = tmp_path_factory.mktemp("market") / "data"
    demo_market.write(folder, symbols=3)
    return folder


@pytest.fixture
def workspace(tmp_path: Path, small_market: Path) -> Path:
    """A fresh workspace on the small market, without a wheel."""
    folder = tmp_path / "workspace"
    write_workspace(folder, small_market, wheel=None)
    return folder


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """Our wheel, built with this environment's own tools."""
    return build_wheel(common_folder(tmp_path_factory) / "wheel", repository)


@pytest.fixture(scope="session")
def image_python(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A new environment with our wheel under the pins of LEAN's image."""
    return install_as_image(common_folder(tmp_path_factory) / "image-python", wheel)
