"""QCAlgorithm's part that adds and removes stocks, chains, contracts, a user's own data and universes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from alaris_runner.api.chains import OptionChain, OptionContract
from alaris_runner.api.enums import DataNormalizationMode, Resolution, SecurityType
from alaris_runner.api.named_arguments import named_arguments
from alaris_runner.api.option_chains import OptionChains
from alaris_runner.api.python_data import PythonData
from alaris_runner.api.securities import Equity, Option, Security
from alaris_runner.api.slices import DataDictionary
from alaris_runner.api.symbols import Symbol, custom_symbol, equity_symbol
from alaris_runner.api.universes import FunctionUniverse, OptionChainUniverse, ScheduledUniverse, Universe, UniverseSettings
from alaris_runner.engine.custom_data import custom_points
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_CHAIN_LOOK_BACK = 3  # trading days whose newest universe file `option_chain` accepts


class OptionChainProvider:
    """`self.option_chain_provider`: symbols of a stock's listed contracts."""

    def __init__(self, chain: Callable[[Symbol], OptionChain]) -> None:
        self._chain = chain

    def get_option_contract_list(self, symbol: Symbol, date: datetime | None = None) -> list[Symbol]:
        """Symbols in the newest universe file."""
        _ = date
        return [contract.symbol for contract in self._chain(symbol)]


class UniverseMixin:
    """Adding and removing securities."""

    _engine: Engine

    @property
    def has_universes(self) -> bool:
        """Whether the algorithm selects by a universe of its own."""
        return self._engine.universe_selection.has_changes

    def _resolution(self, resolution: Resolution | None) -> Resolution:
        return self._engine.universe_settings.resolution if resolution is None else Resolution(resolution)

    def add_equity(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> Equity:
        """Subscribe a stock.

        Parameters
        ----------
        ticker : str
            Present ticker.
        resolution : Resolution, optional
            Length of its bars; `universe_settings.resolution` if not given.
        data_normalization_mode : DataNormalizationMode, optional
            How splits and dividends are treated; adjusted if not given.
        """
        engine, symbol = self._engine, equity_symbol(ticker.upper(), market or "usa")
        mode = engine.universe_settings.data_normalization_mode if data_normalization_mode is None else data_normalization_mode
        known = engine.securities.get(symbol) if engine.securities.contains_key(symbol) else None
        if isinstance(known, Equity):
            return known
        security = engine.data.create_security(
            symbol, self._resolution(resolution), fill_forward=fill_forward, extended=extended_market_hours, mode=mode
        )
        return self._added(security, leverage)  # type: ignore[return-value]  # an equity symbol makes an Equity

    def _added(self, security: Security, leverage: float) -> Security:
        if leverage > 0:
            security.set_leverage(leverage)
        self._engine.universe_selection.add_security(security)
        return security

    def add_option(
        self,
        underlying: Symbol | str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
    ) -> Option:
        """Subscribe the chain of a stock; its contracts come by `set_filter` of the option returned."""
        if leverage > 0:
            raise NotSupportedByRunner("add_option(leverage=...)", "Set the leverage of single securities in a security initializer.")
        engine = self._engine
        ticker = underlying.value if isinstance(underlying, Symbol) else underlying
        resolution = self._resolution(resolution)
        stock = self._underlying(ticker, resolution, market)
        canonical = Symbol.create_canonical_option(stock.symbol)
        known = engine.universe_selection.chain(canonical)
        if known is not None:
            return engine.securities[canonical]  # type: ignore[return-value]  # a canonical symbol makes an Option
        option = engine.data.create_security(canonical, resolution, fill_forward=bool(fill_forward))
        option.underlying = stock
        universe = OptionChainUniverse(canonical, engine.universe_settings)
        if isinstance(option, Option):
            option.universe = universe
        engine.securities.add(option)
        engine.universe_selection.add_universe(universe)
        return option  # type: ignore[return-value]  # a canonical symbol makes an Option

    def _underlying(self, ticker: str, resolution: Resolution, market: str | None = None) -> Security:
        stock = self.add_equity(ticker, resolution, market, data_normalization_mode=None)
        if stock.data_normalization_mode != DataNormalizationMode.RAW:
            stock.set_data_normalization_mode(DataNormalizationMode.RAW)
            self._engine.notice_raw(stock.symbol.value)
        return stock

    def add_option_contract(
        self,
        symbol: Symbol,
        resolution: Resolution | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
    ) -> Option:
        """Subscribe one contract."""
        if symbol.underlying is None:
            raise InvalidRequest(
                f"{symbol.value} is not an option contract; make one with Symbol.create_option or take it from option_chain"
            )
        engine, resolution = self._engine, self._resolution(resolution)
        known = engine.securities.get(symbol) if engine.securities.contains_key(symbol) else None
        if isinstance(known, Option):
            return known
        stock = self._underlying(symbol.underlying.value, resolution)
        contract = engine.data.create_security(symbol, resolution, fill_forward=fill_forward, extended=extended_market_hours)
        contract.underlying = stock
        return self._added(contract, leverage)  # type: ignore[return-value]  # an option symbol makes an Option

    def add_security(self, *arguments: Any, **named: Any) -> Security:
        """Subscribe a stock, chain or contract: `add_security(symbol)` or `add_security(SecurityType.EQUITY, ticker, resolution)`."""
        if isinstance(arguments[0], Symbol):
            symbol, rest = arguments[0], arguments[1:]
            if symbol.security_type == SecurityType.EQUITY:
                return self.add_equity(symbol.value, *rest, **named)
            return (
                self.add_option(symbol.underlying or symbol, *rest, **named)
                if symbol.is_canonical()
                else self.add_option_contract(symbol, *rest, **named)
            )
        kind, ticker, *others = arguments
        if kind == SecurityType.EQUITY:
            return self.add_equity(ticker, *others, **named)
        if kind == SecurityType.OPTION:
            return self.add_option(ticker, *others, **named)
        raise NotSupportedByRunner(f"add_security({kind})", "Equities and their options are supported; run others with `lean backtest`.")

    def remove_security(self, symbol: Symbol | str, tag: str | None = None) -> bool:
        """End a stock's, contract's or chain's data; open orders are cancelled and holdings liquidated.

        Returns
        -------
        bool
            False if it was not subscribed.
        """
        engine = self._engine
        security = engine.securities.get(symbol)
        if security is None or not engine.securities.contains_key(security.symbol):
            return False
        self._close(security, tag)
        if security.symbol.is_canonical():
            universe = engine.universe_selection.chain(security.symbol)
            if universe is not None:
                engine.universe_selection.remove_universe(universe)
            engine.universe_selection.drop(security.symbol)
            return True
        engine.universe_selection.remove_security(security.symbol)
        engine.forget_raw(security)
        return True

    def _close(self, security: Security, tag: str | None) -> None:
        manager = self._engine.transactions.manager
        if manager.get_open_orders(security.symbol):
            manager.cancel_open_orders(security.symbol, tag or "")
        if security.invested:
            self.liquidate(security.symbol, tag=tag or "Liquidated")  # type: ignore[attr-defined]  # TradingMixin has it
        security.is_tradable = False

    def remove_option_contract(self, symbol: Symbol, tag: str | None = None) -> bool:
        """End one contract's data."""
        return self.remove_security(symbol, tag)

    def add_data(self, type: type, ticker: str, resolution: Resolution | None = None, *arguments: Any, **named: Any) -> Security:  # noqa: A002 - LEAN's name
        """Subscribe a user's own data type (a subclass of PythonData)."""
        if not issubclass(type, PythonData):
            raise NotSupportedByRunner(f"add_data({type.__name__})", "Derive your data type from PythonData and read the file yourself.")
        engine, symbol = self._engine, custom_symbol(ticker, type.__name__)
        _ = arguments, named
        security = engine.data.create_security(
            symbol, Resolution.DAILY if resolution is None else Resolution(resolution), fill_forward=False
        )
        engine.securities.add(security)
        engine.custom_types[symbol] = type
        start = engine.utc_now() if engine.is_running else None
        subscription_points = custom_points(engine, type, security, start)
        engine.data.attach(symbol, engine.data.start_later(subscription_points, security))
        return security

    @named_arguments("name", "resolution", "universe_settings", "py_selector", "selector", "universe")
    def add_universe(self, *arguments: Any) -> Universe:
        """Select by a function of the date, `add_universe(name[, Resolution.DAILY], fn)`, or by `ScheduledUniverse(rules, fn)`."""
        universe: FunctionUniverse = arguments[0] if isinstance(arguments[0], ScheduledUniverse) else self._function_universe(*arguments)
        if isinstance(universe, ScheduledUniverse):
            universe.universe_settings = universe.own_settings or self._engine.universe_settings
        self._engine.universe_selection.add_universe(universe)
        return universe

    def _function_universe(self, *arguments: Any) -> FunctionUniverse:
        name = next((a for a in arguments if isinstance(a, str)), None)
        if name is None or not callable(arguments[-1]) or any(isinstance(a, type) for a in arguments):
            raise NotSupportedByRunner(
                "add_universe with fundamental or custom data", "Use add_universe(name, Resolution.DAILY, fn) with a function of the date."
            )
        resolution = next((a for a in arguments if isinstance(a, Resolution)), Resolution.DAILY)
        if resolution != Resolution.DAILY:
            raise NotSupportedByRunner(f"add_universe with Resolution.{resolution}", "Use ScheduledUniverse with a time rule.")
        settings = next((a for a in arguments if isinstance(a, UniverseSettings)), self._engine.universe_settings)
        return FunctionUniverse(name, settings, arguments[-1])

    def remove_universe(self, universe: Universe) -> None:
        """End a universe."""
        self._engine.universe_selection.remove_universe(universe)

    @property
    def active_securities(self) -> DataDictionary[Security]:
        """Securities that are subscribed now."""
        return DataDictionary({s: v for s, v in self._engine.securities.items() if not s.is_canonical()})

    @property
    def option_chain_provider(self) -> OptionChainProvider:
        """Lists contracts."""
        return OptionChainProvider(self.option_chain)

    def option_chain(self, symbol: Symbol | str, flatten: bool = False) -> OptionChain:
        """Contracts of the newest universe file known now: prices of the day before (no spread: bid, ask and last are one number)."""
        engine = self._engine
        stock = equity_symbol(symbol.upper()) if isinstance(symbol, str) else symbol.underlying or symbol
        canonical = Symbol.create_canonical_option(stock)
        hours = engine.data.hours(stock)
        local = hours.zone.from_utc(engine.utc_now())
        first = local
        for _ in range(_CHAIN_LOOK_BACK):
            first = hours.get_previous_trading_day(first)
        days = engine.folder.universe_files.days(stock, first.date(), local.date() - timedelta(days=1))
        if not days:
            return OptionChain(canonical, local, list, None, flatten)
        file = engine.folder.universe_files.read(stock, days[-1])
        properties = engine.folder.symbol_properties.get(stock.id.market, stock.value, SecurityType.OPTION)

        def contracts() -> list[OptionContract]:
            return [OptionContract.of_universe(row, file.underlying.close, properties) for row in file.rows]

        return OptionChain(canonical, datetime.combine(days[-1], time()) + timedelta(days=1), contracts, file.underlying, flatten)

    def option_chains(self, symbols: Any, flatten: bool = False) -> OptionChains:
        """Chains of several stocks, with one frame of them all."""
        return OptionChains(*(self.option_chain(symbol, flatten) for symbol in symbols), flatten=flatten)

    def symbol(self, ticker: str) -> Symbol:
        """Symbol of a ticker."""
        known = self._engine.securities.get(ticker)
        return known.symbol if known is not None else equity_symbol(ticker.upper())
