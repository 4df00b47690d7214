"""`alaris data validate`: the folder's files, and the data validators on every session of every underlying in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alaris.cli.output import AsJson, print_json, print_table, working
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.data.chain_table import ChainTable
    from alaris.data.market_hours import ExchangeCalendar
    from alaris.domain import MarketSnapshot, Verdict
    from alaris.settings import Settings

VALIDATORS = ("price_check", "arbitrage_check", "volume_check")


@dataclass(slots=True)
class Account:
    """How often one check of one underlying refused and warned, and the worst it saw."""

    sessions: int = 0
    refused: list[tuple[date, str]] = field(default_factory=list)
    warned: list[tuple[date, str]] = field(default_factory=list)


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("validate", cls=ParametersCommand)(validate)


def validate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A LEAN data folder.")],
    symbols: Annotated[str | None, typer.Option("--symbols", help="Only these underlyings, comma separated.")] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """Judge every session as a run would: prices, parity and butterflies, volumes, files, calendar; exit 1 where a session is refused."""
    from alaris.data.check import Severity, check_folder
    from alaris.data.lean_folder import option_tickers
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    names = [name.strip().upper() for name in (symbols or "").split(",") if name.strip()] or option_tickers(folder)
    with working(f"Validating {folder}"):
        found = check_folder(folder, symbols=names)
        rows = [_file_row(str(one.severity), one.path, folder, one.message) for one in found]
        rows += [row for name in names for row in _symbol_rows(folder, name, settings)]
    if as_json:
        print_json(rows)
    else:
        print_table([{name: str(value) for name, value in row.items()} for row in rows], right=("sessions", "refused", "warned"))
    if any(row["refused"] for row in rows) or any(one.severity is Severity.ERROR for one in found):
        raise typer.Exit(1)


def _file_row(severity: str, path: Path, folder: Path, message: str) -> dict[str, Any]:
    place = path.relative_to(folder) if path.is_relative_to(folder) else path
    refused = int(severity == "ERROR")
    return {"symbol": str(place), "check": "files", "sessions": "", "refused": refused, "warned": 1 - refused, "first": "", "note": message}


def _symbol_rows(folder: Path, symbol: str, settings: Settings) -> list[dict[str, Any]]:
    accounts: dict[str, Account] = {}
    for day, verdicts in _judged(folder, symbol, settings):
        for check in {verdict.id for verdict in verdicts}:
            account = accounts.setdefault(check, Account())
            account.sessions += 1
            own = [verdict for verdict in verdicts if verdict.id == check]
            _note(account.refused, day, [verdict for verdict in own if not verdict.passed])
            _note(account.warned, day, [verdict for verdict in own if verdict.passed and verdict.reason is not None])
    return [_row(symbol, check, account) for check, account in sorted(accounts.items())]


def _note(days: list[tuple[date, str]], day: date, verdicts: Sequence[Verdict]) -> None:
    if verdicts:
        days.append((day, "; ".join(verdict.note for verdict in verdicts)))


def _row(symbol: str, check: str, account: Account) -> dict[str, Any]:
    told = account.refused or account.warned
    first, note = told[0] if told else ("", "")
    counts = {"sessions": account.sessions, "refused": len(account.refused), "warned": len(account.warned)}
    return {"symbol": symbol, "check": check, **counts, "first": str(first), "note": note[:160]}


def _judged(folder: Path, symbol: str, settings: Settings) -> Iterator[tuple[date, list[Verdict]]]:
    """Verdicts of each session that has a chain and bars before it."""
    import numpy as np

    from alaris.data import lean_folder
    from alaris.data.lean_chains import read_chains
    from alaris.domain import DataError

    plugins = [import_module(f"alaris_plugins.{name}").plugin(settings) for name in VALIDATORS]
    try:
        chains, sessions = read_chains(folder, symbol), lean_folder.sessions(folder)
    except DataError:
        return  # told by the check of the files
    session = chains.session
    edges = np.flatnonzero(np.concatenate([[True], session[1:] != session[:-1], [True]]))
    source = _Bars(folder, symbol, sessions)
    for first, last in pairwise(edges.tolist()):
        day: date = session[first].astype(object)
        snapshot = source.snapshot(chains.where(np.arange(first, last)), sessions.close_of(sessions.last_session(day)))
        if snapshot is not None:
            yield day, [verdict for plugin in plugins for verdict in plugin.validate_snapshot(snapshot)]


class _Bars:
    """Snapshots of one underlying from its own bars, rates and dividends; no report, which none of these checks looks at."""

    def __init__(self, folder: Path, symbol: str, sessions: ExchangeCalendar) -> None:
        from alaris.data.stored_market import StoredMarket

        self._symbol = symbol
        self._market = StoredMarket(folder, folder, sessions)

    def snapshot(self, chains: ChainTable, as_of: datetime) -> MarketSnapshot | None:
        """One session's snapshot; None without a bar."""
        from dataclasses import replace

        from alaris.domain import MarketSnapshot, Observation, Timing, UpcomingReport

        bars = self._market.daily_bars(self._symbol, 90, as_of)
        rate = self._market.risk_free_rate(as_of) or Observation(0.0, "none", as_of)
        if bars is None:
            return None
        chain = replace(chains.as_chain(), rate=rate.value)
        report = UpcomingReport(self._symbol, as_of.date(), Timing.UNKNOWN, as_of.date(), (), as_of)
        observed = Observation(chain, "LEAN folder", chain.as_of, chain.as_of)
        return MarketSnapshot(
            self._symbol, as_of, report, Observation(chain.spot, "LEAN folder", chain.as_of, chain.as_of), bars, observed, rate
        )
