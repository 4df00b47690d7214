"""LEAN's notebook object without LEAN: `qb = start(data_folder)` in plain Jupyter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alaris_runner.api.quant_book import QuantBook


def start(data_folder: Path) -> QuantBook:
    """Make `from AlgorithmImports import *` work in this process, and a QuantBook on a LEAN data folder.

    Parameters
    ----------
    data_folder : Path
        A LEAN data folder; what the notebook stores goes to a temporary folder.

    Raises
    ------
    DataFileError
        The folder is missing.
    """
    from alaris_runner import AlgorithmImports  # noqa: PLC0415 - importing this module must cost nothing
    from alaris_runner.api.quant_book import QuantBook  # noqa: PLC0415
    from alaris_runner.engine.engine import Engine, RunSettings, current_engine  # noqa: PLC0415

    current_engine.set(Engine(RunSettings(data_folder.resolve(), Path(tempfile.mkdtemp(prefix="alaris-notebook-")))))
    sys.modules["AlgorithmImports"] = AlgorithmImports.build()
    return QuantBook()
