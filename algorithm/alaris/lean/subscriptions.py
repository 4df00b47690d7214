"""What the engine is asked to deliver: the stocks always, a chain only while its report is near or its position is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from AlgorithmImports import DataNormalizationMode, Resolution

from alaris.lean.chains import option_symbol

if TYPE_CHECKING:
    from AlgorithmImports import OptionFilterUniverse, QCAlgorithm, Symbol

    from alaris.domain import LegQuote
    from alaris.lean.market_data import EngineData
    from alaris.lean.trades import Contracts
    from alaris.settings import ChainSubscription


class Subscriptions:
    """Stocks and option chains of one algorithm, by ticker."""

    def __init__(self, algorithm: QCAlgorithm, settings: ChainSubscription, resolution: Resolution = Resolution.DAILY) -> None:
        self._algorithm = algorithm
        self._settings = settings
        self._resolution = resolution
        self._legs: set[Symbol] = set()
        self.stocks: dict[str, Symbol] = {}
        self.chains: dict[str, Symbol] = {}

    def add_stocks(self, tickers: Iterable[str]) -> None:
        """Subscribe stocks; they also keep LEAN's time moving, which stands still without a subscription."""
        for ticker in tickers:
            stock = self._algorithm.add_equity(ticker, self._resolution, data_normalization_mode=DataNormalizationMode.RAW)
            self.stocks[ticker] = stock.symbol

    def rotate(self, wanted: Collection[str]) -> None:
        """Add the chains that are wanted and remove those that are not."""
        for ticker in sorted(set(wanted) - self.chains.keys()):
            option = self._algorithm.add_option(ticker, self._resolution)
            option.set_filter(self._near_the_money)
            self.chains[ticker] = option.symbol
        for ticker in sorted(self.chains.keys() - set(wanted)):
            self._algorithm.remove_security(self.chains.pop(ticker))

    def hold_leg(self, quote: LegQuote, engine: EngineData) -> Symbol:
        """The engine's symbol of a leg about to be ordered, subscribed on its own where no chain of the engine lists it."""
        listed = engine.contract(quote.leg)
        symbol = option_symbol(self.stocks[quote.leg.symbol], quote.leg) if listed is None else listed
        if listed is None:
            self._algorithm.add_option_contract(symbol, self._resolution)
            self._legs.add(symbol)
        engine.follow(quote, symbol)
        return symbol

    def release_legs(self, contracts: Contracts) -> None:
        """Stop what was subscribed for one position; only when nothing is held, for LEAN would liquidate it."""
        for symbol in self._legs.intersection(contracts):
            self._algorithm.remove_option_contract(symbol)
            self._legs.discard(symbol)

    def _near_the_money(self, universe: OptionFilterUniverse) -> OptionFilterUniverse:
        strikes = self._settings.strikes
        near: OptionFilterUniverse = universe.include_weeklys().strikes(-strikes, strikes).expiration(0, self._settings.days)
        return near
