"""What one run is made of: the engine's data, the workflow, the record, the breakers, put together once in `initialize`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from AlgorithmImports import Resolution

from alaris.lean.chains import MinuteView, read_chain
from alaris.lean.journal_halts import journal_halts
from alaris.lean.market_data import EngineData
from alaris.lean.notices import EngineNotices
from alaris.lean.quote_board import QuoteBoard
from alaris.lean.run_record import RunRecord
from alaris.lean.safeguards import Safeguards
from alaris.lean.sessions import LeanSessions, aware
from alaris.lean.side_files import VolatilityIndexFile, sectors
from alaris.lean.subscriptions import Subscriptions
from alaris.plugins import PluginManager
from alaris.settings import Settings
from alaris.workflow import Workflow

if TYPE_CHECKING:
    from AlgorithmImports import QCAlgorithm, Slice, Symbol

    from alaris.domain import UpcomingReport
    from alaris.lean.folder import DataFolder
    from alaris.lean.parameters import RunParameters


@dataclass(frozen=True, slots=True)
class Machinery:
    """The parts of one run; `board` holds the quotes of the moment on minute data and is None on daily data."""

    algorithm: QCAlgorithm
    settings: Settings
    symbols: tuple[str, ...]
    subscriptions: Subscriptions
    sessions: LeanSessions
    engine: EngineData
    workflow: Workflow
    record: RunRecord
    safeguards: Safeguards
    volatility: VolatilityIndexFile
    board: QuoteBoard | None

    @property
    def now(self) -> datetime:
        """The algorithm's time, aware."""
        return aware(self.algorithm.time)

    @property
    def equity(self) -> float:
        """What the account is worth, USD."""
        return float(self.algorithm.portfolio.total_portfolio_value)

    def read_chains(self, data: Slice, now: datetime) -> None:
        """Read every subscribed chain anew."""
        self.engine.readings.clear()
        for ticker, canonical in self.subscriptions.chains.items():
            view = None if self.board is None else self._view(self.board, ticker, canonical, now)
            reading = read_chain(canonical, data, ticker=ticker, as_of=now, sessions=self.sessions, view=view)
            if reading is not None:
                self.engine.readings[ticker] = reading

    def reports_due(self, now: datetime) -> list[UpcomingReport]:
        """Phase 1 of the decision run: the reports to decide on; what is not looked at further is put on record."""
        self.safeguards.see_volatility(self.volatility.known(now), now)
        reports, refused = self.workflow.reports(self.symbols, now)
        for decision in refused:
            self.record.decided(decision)
        return reports

    def _view(self, board: QuoteBoard, ticker: str, canonical: Symbol, now: datetime) -> MinuteView:
        listed = self.algorithm.option_chain(canonical)
        before = {contract.symbol: (float(contract.volume), float(contract.open_interest)) for contract in listed}
        spot = float(self.algorithm.securities[self.subscriptions.stocks[ticker]].price)
        return MinuteView(lambda symbol: board.sides(symbol, now), spot, before)


def on_minute_data(settings: Settings, *, live: bool) -> bool:
    """Whether the strategy looks at the market between two closes; `auto` means in live only."""
    chosen = settings.schedule.resolution
    return live if chosen == "auto" else chosen == "minute"


def assembled(algorithm: QCAlgorithm, run: RunParameters, folder: DataFolder, clock: Callable[[], datetime], *, live: bool) -> Machinery:
    """Subscribe the stocks, load the plugins and put the parts together.

    Raises
    ------
    ConfigurationError, JournalError, PluginError
        A part cannot be made from these settings.
    """
    settings, minute = run.settings, on_minute_data(run.settings, live=live)
    resolution = Resolution.MINUTE if minute else Resolution.DAILY
    algorithm.universe_settings.resolution = resolution
    subscriptions = Subscriptions(algorithm, settings.chain, resolution)
    subscriptions.add_stocks(run.symbols)
    sessions = LeanSessions(algorithm.securities[subscriptions.stocks[run.symbols[0]]].exchange.hours)
    board = QuoteBoard(timedelta(minutes=settings.execution_quotes.maximum_age_minutes)) if minute else None
    engine = EngineData(algorithm, folder, subscriptions.stocks, board)
    plugins = PluginManager(settings)
    plugins.register(engine, "engine", same_thread=True)
    plugins.register(EngineNotices(algorithm, run.notify), "engine_notices", same_thread=True)
    plugins.load_entry_points()
    workflow = Workflow(settings, plugins, sessions, sectors(settings.sources.sectors))
    vix = VolatilityIndexFile(settings.sources.volatility_index)
    record = RunRecord(settings, folder, workflow, plugins, clock)
    safeguards = Safeguards(settings.breakers, record.halted, journal_halts(settings.sources.journal_url))
    return Machinery(algorithm, settings, run.symbols, subscriptions, sessions, engine, workflow, record, safeguards, vix, board)
