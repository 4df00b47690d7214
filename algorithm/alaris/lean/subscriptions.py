"""What the engine is asked to deliver: the stocks always, a chain only while its report is near or its position is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from AlgorithmImports import DataNormalizationMode, Resolution

if TYPE_CHECKING:
    from AlgorithmImports import OptionFilterUniverse, QCAlgorithm, Symbol

    from alaris.settings import ChainSubscription


class Subscriptions:
    """Stocks and option chains of one algorithm, by ticker."""

    def __init__(self, algorithm: QCAlgorithm, settings: ChainSubscription) -> None:
        self._algorithm = algorithm
        self._settings = settings
        self.stocks: dict[str, Symbol] = {}
        self.chains: dict[str, Symbol] = {}

    def add_stocks(self, tickers: Iterable[str]) -> None:
        """Subscribe stocks; they also keep LEAN's time moving, which stands still without a subscription."""
        for ticker in tickers:
            stock = self._algorithm.add_equity(ticker, Resolution.DAILY, data_normalization_mode=DataNormalizationMode.RAW)
            self.stocks[ticker] = stock.symbol

    def rotate(self, wanted: Collection[str]) -> None:
        """Add the chains that are wanted and remove those that are not."""
        for ticker in sorted(set(wanted) - self.chains.keys()):
            option = self._algorithm.add_option(ticker, Resolution.DAILY)
            option.set_filter(self._near_the_money)
            self.chains[ticker] = option.symbol
        for ticker in sorted(self.chains.keys() - set(wanted)):
            self._algorithm.remove_security(self.chains.pop(ticker))

    def _near_the_money(self, universe: OptionFilterUniverse) -> OptionFilterUniverse:
        strikes = self._settings.strikes
        near: OptionFilterUniverse = universe.include_weeklys().strikes(-strikes, strikes).expiration(0, self._settings.days)
        return near
