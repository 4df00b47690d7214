"""A LEAN data folder: one object that knows every kind of file in it."""

from __future__ import annotations

from pathlib import Path

from alaris_runner.data.factor_files import FactorFile, FactorFileProvider
from alaris_runner.data.interest_rates import InterestRateProvider
from alaris_runner.data.map_files import MapFileProvider
from alaris_runner.data.price_files import PriceFiles
from alaris_runner.data.symbol_properties import SymbolPropertiesDatabase
from alaris_runner.data.universe_files import UniverseFiles
from alaris_runner.engine.market_hours import MarketHoursDatabase
from alaris_runner.errors import DataFileError


class DataFolder:
    """Providers of one data folder; nothing is read before it is asked for."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise DataFileError(
                path,
                None,
                "the data folder does not exist; give the path of a LEAN data folder (it holds equity/, option/, market-hours/, ...)",
            )
        self.path = path
        self.map_files = MapFileProvider(path)
        self.factor_files = FactorFileProvider(path)
        self.price_files = PriceFiles(path, self.map_files)
        self.universe_files = UniverseFiles(path, self.map_files)
        self.interest_rates = InterestRateProvider(path)
        self.market_hours = MarketHoursDatabase(path)
        self.symbol_properties = SymbolPropertiesDatabase(path)

    def factors(self, ticker: str, market: str) -> FactorFile:
        """Factor file of a stock."""
        return self.factor_files.get(ticker, market)
