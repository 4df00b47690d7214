"""A demo market of three companies, written once: the tests read it or copy what they break."""

from __future__ import annotations

from pathlib import Path

import pytest

from alaris.data import demo_market


@pytest.fixture(scope="session")
def small_market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alder, Birch (quoted as wide as YUM) and Cedar (a split)."""
    folder = tmp_path_factory.mktemp("small-market")
    demo_market.write(folder, symbols=3)
    return folder


@pytest.fixture(scope="session")
def whole_market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All twenty companies."""
    return demo_market.ensure(tmp_path_factory.mktemp("whole-market"))
