"""Run live: load the user's file, drive it by the real clock and the account it is connected to, write LEAN's result files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from alaris_runner.run import RunOutcome, drive

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine, Live, RunSettings


def run_live(algorithm_file: Path, settings: RunSettings, live: Live, on_engine: Callable[[Engine], None] = lambda _: None) -> RunOutcome:
    """Run one algorithm file until it is ended.

    Parameters
    ----------
    algorithm_file : Path
        A Python file with exactly one QCAlgorithm subclass.
    settings : RunSettings
        Data folder, output, parameters.
    live : Live
        The clock, the data, the account, and who may call meanwhile.
    on_engine : callable
        Is given the engine before the algorithm is made.

    Raises
    ------
    AlgorithmLoadError
        The file is missing or does not hold exactly one algorithm.
    DataFileError
        The data folder is missing.
    """
    from alaris_runner.engine.engine import Engine, current_engine  # noqa: PLC0415 - importing this module must cost nothing

    engine = Engine(settings, live=live)
    on_engine(engine)
    token = current_engine.set(engine)
    try:
        status, error = drive(engine, algorithm_file)
    finally:
        current_engine.reset(token)
    return RunOutcome(status, error, settings.output, settings.output / f"{settings.algorithm_id}.json")
