"""What the tests of live runs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from live_desk import Desk, opened_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(tmp_path) as found:
        yield found
