"""Run a backtest: load the user's file, drive it through its data, write LEAN's result files."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alaris_runner.data.folder import DataFolder
    from alaris_runner.engine.engine import Engine

RARE_COLLECTIONS = (100_000, 50, 100)  # a run makes many small objects that its slices free by themselves


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    Attributes
    ----------
    status : str
        ``Completed`` or ``RuntimeError``.
    error : str
        The user's traceback, empty if there is none.
    output : Path
        Folder with the result files; `result_file` is the main one.
    """

    status: str
    error: str
    output: Path
    result_file: Path

    @property
    def completed(self) -> bool:
        """Whether the run completed."""
        return self.status == "Completed"


def run_backtest(
    algorithm_file: Path,
    data_folder: Path,
    output: Path,
    parameters: dict[str, str] | None = None,
    *,
    algorithm_id: str = "run",
    backtest_name: str = "local",
    storage: Path | None = None,
    data: DataFolder | None = None,
) -> RunOutcome:
    """Backtest one algorithm file.

    Parameters
    ----------
    algorithm_file : Path
        A Python file with exactly one QCAlgorithm subclass.
    data_folder : Path
        A LEAN data folder.
    output : Path
        Where the result files go; it is created.
    parameters : dict of str to str
        What `get_parameter` answers.
    algorithm_id : str
        Stem of the result files.
    storage : Path, optional
        Folder of the object store; ``output/storage`` if not given.
    data : DataFolder, optional
        The opened `data_folder`, where many runs share what has been read of it.

    Raises
    ------
    AlgorithmLoadError
        The file is missing or does not hold exactly one algorithm.
    DataFileError
        The data folder is missing.
    """
    from alaris_runner.engine.engine import Engine, RunSettings, current_engine  # noqa: PLC0415 - importing this module must cost nothing

    settings = RunSettings(data_folder.resolve(), output.resolve(), dict(parameters or {}), algorithm_id, backtest_name, storage)
    engine = Engine(settings, data)
    token = current_engine.set(engine)
    try:
        with _rare_collections():
            status, error = drive(engine, algorithm_file)
    finally:
        current_engine.reset(token)
    return RunOutcome(status, error, settings.output, settings.output / f"{algorithm_id}.json")


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for reference cycles seldom."""
    before = gc.get_threshold()
    gc.set_threshold(*RARE_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def drive(engine: Engine, algorithm_file: Path) -> tuple[str, str]:
    """Load and run an algorithm on an engine that is current, and write its results: status and traceback."""
    from alaris_runner.loader import load_algorithm, users_traceback  # noqa: PLC0415 - importing this module must cost nothing

    with load_algorithm(algorithm_file) as kind:
        try:
            engine.algorithm = kind()
            engine.run()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the top of the user's algorithm: whatever it raises ends the run with its traceback
            message, trace = users_traceback(error, algorithm_file)
            engine.log_error(f"Runtime Error: {message}")
            engine.results.finish(engine.utc_now(), engine.algorithm_time, status="RuntimeError", error=message, stack_trace=trace)
            return "RuntimeError", trace
    engine.results.finish(engine.utc_now(), engine.algorithm_time)
    return "Completed", ""
