"""One opened data folder for all runs of a process: what one run has read, the next has in memory."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from alaris_runner.api.symbols import Symbol
from alaris_runner.data.folder import DataFolder
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.price_files import PriceFiles, Rows
from alaris_runner.data.universe_files import UniverseFile, UniverseFiles

MOST_ROWS = 600_000  # of universe and of price files each in memory, about 100 MB


class KeptUniverseFiles(UniverseFiles):
    """Universe files that stay parsed, until there are many; the first ones stay, as each run begins with them again."""

    def __init__(self, data_folder: Path, map_files: MapFileProvider) -> None:
        super().__init__(data_folder, map_files)
        self._kept: dict[tuple[Symbol, date], UniverseFile] = {}
        self._room = MOST_ROWS

    def read(self, underlying: Symbol, day: date) -> UniverseFile:
        """Rows of one day; the file must exist."""
        found = self._kept.get((underlying, day))
        if found is None:
            found = super().read(underlying, day)
            if len(found.contracts) <= self._room:
                self._room -= len(found.contracts)
                self._kept[underlying, day] = found
        return found


class KeptPriceFiles(PriceFiles):
    """Rows of daily and hourly files that stay in memory, until there are many."""

    def __init__(self, data_folder: Path, map_files: MapFileProvider) -> None:
        super().__init__(data_folder, map_files)
        self._kept: dict[tuple[Path, str, str], Rows] = {}
        self._room = MOST_ROWS

    def rows(self, path: Path, entry: str, key_length: int, beginning: str = "") -> Rows:
        """Rows of an entry by their first field; those of single days (`key_length` 0) are too many to keep."""
        found = self._kept.get((path, entry, beginning))
        if found is None:
            found = super().rows(path, entry, key_length, beginning)
            if key_length and len(found) <= self._room:
                self._room -= len(found)
                self._kept[path, entry, beginning] = found
        return found


@lru_cache(maxsize=1)
def shared_data(folder: Path, sweep: str) -> DataFolder:  # noqa: ARG001 - a cluster's worker outlives sweeps, and the data may change between them
    """The data folder of a sweep, opened once a process."""
    data = DataFolder(folder.resolve())
    data.universe_files = KeptUniverseFiles(data.path, data.map_files)
    data.price_files = KeptPriceFiles(data.path, data.map_files)
    return data
