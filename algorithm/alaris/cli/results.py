"""Where results are kept: `backtests/<time>` under the working folder, as with the LEAN CLI."""

from __future__ import annotations

import time
from pathlib import Path

from alaris.cli.errors import CommandError

FOLDER = Path("backtests")


def new_folder() -> Path:
    """A folder for the results of a run that starts now."""
    return FOLDER / time.strftime("%Y-%m-%d_%H-%M-%S")


def latest_folder() -> Path:
    """The folder of the newest run that wrote decisions.

    Raises
    ------
    CommandError
        There is none.
    """
    files = sorted(FOLDER.glob("*/decisions.jsonl"), key=lambda file: (file.stat().st_mtime, file))
    if not files:
        raise CommandError(f"no results under {FOLDER.resolve()}; run `alaris backtest` first, or name a result folder")
    return files[-1].parent
