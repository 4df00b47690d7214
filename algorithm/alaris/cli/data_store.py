"""`alaris data import`, `query`, `providers` and `calendar`: data in, questions to it, and who could give more."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from alaris.cli.errors import CommandError
from alaris.cli.output import AsJson, print_json, print_table, working
from alaris.cli.parameters import Parameters, ParametersCommand, read_parameters

if TYPE_CHECKING:
    from alaris.data.chain_table import ChainTable
    from alaris.data.imports import Imported
    from alaris.plugins.web import Vendor, Web
    from alaris.settings import Settings


class Form(StrEnum):
    """What a file is."""

    VENDOR_EOD = "vendor-eod"
    CBOE = "cboe"
    POLYGON = "polygon"
    LEAN = "lean"
    STORE = "store"
    BARS = "bars"
    CALENDAR = "calendar"


class Resolution(StrEnum):
    """Which of LEAN's option files."""

    DAILY = "daily"
    MINUTE = "minute"


class Target(StrEnum):
    """Where it goes."""

    LEAN = "lean"
    STORE = "store"


Symbols = Annotated[str | None, typer.Option("--symbols", help="Only these underlyings, comma separated.")]
StoreFolder = Annotated[Path, typer.Option("--store", help="Folder of the point-in-time store.")]
DEFAULT_STORE = Path("store")


def add_to(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("import")(import_files)
    group.command("query")(query)
    group.command("providers", cls=ParametersCommand)(providers)
    group.command("calendar", cls=ParametersCommand)(calendar)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, or the folder with --from lean or store.")],
    form: Annotated[Form, typer.Option("--from", help="What the files are.")],
    target: Annotated[Target, typer.Option("--into", help="A LEAN data folder, or the point-in-time store.")],
    output: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    resolution: Annotated[Resolution, typer.Option("--resolution", help="Of LEAN's option files, written or read.")] = Resolution.DAILY,
    at: Annotated[str, typer.Option("--at", help="New York time at which a vendor-eod file's quotes stood.")] = "16:00",
    symbols: Symbols = None,
    as_json: AsJson = False,
) -> None:
    """Bring chains, bars, calendars and all else of a store or folder into a LEAN data folder or the store."""
    names = names_of(symbols)
    with working(f"Importing {len(files)} files"):
        if form in {Form.BARS, Form.CALENDAR}:
            done = _facts_of_files(form, files, target, output, names)
        else:
            chains = [one for one in _chains(form, files, names, resolution, _clock(at)) if not names or one.symbol in names]
            done = [*_kept_chains(chains, target, output, resolution), *_kept_facts(form, files, target, output, names)]
    _print_imported(done, as_json=as_json)


def _kept_chains(chains: Sequence[ChainTable], target: Target, output: Path, resolution: Resolution) -> list[Imported]:
    from alaris.data import imports

    if target is Target.STORE:
        return imports.chains_into_store(chains, output)
    return imports.chains_into_lean(chains, output, minutes=resolution is Resolution.MINUTE)


def _kept_facts(form: Form, files: Sequence[Path], target: Target, output: Path, names: Sequence[str]) -> list[Imported]:
    """What a LEAN folder or a store holds beside chains."""
    from alaris.data import imports
    from alaris.data.lean_folder import option_tickers
    from alaris.data.store import Store

    if form is Form.LEAN and target is Target.STORE:
        return [one for folder in files for one in imports.facts_into_store(folder, Store(output), names or option_tickers(folder))]
    if form is Form.STORE and target is Target.LEAN:
        return [one for folder in files for one in imports.facts_into_lean(Store(folder), output, names or Store(folder).symbols())]
    return []


def _facts_of_files(form: Form, files: Sequence[Path], target: Target, output: Path, names: Sequence[str]) -> list[Imported]:
    from alaris.data import imports
    from alaris.data.store import Store

    if target is Target.LEAN:
        write = imports.bars_into_lean if form is Form.BARS else imports.calendar_into_lean
        return [one for file in files for one in write(file, output, names)]
    keep = imports.bars_into_store if form is Form.BARS else imports.calendar_into_store
    return [one for file in files for one in keep(file, Store(output), names)]


def query(
    statement: Annotated[str, typer.Argument(metavar="SQL", help='e.g. "select symbol, count(*) from chains group by symbol"')],
    store: StoreFolder = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Ask the store in SQL; a table a data set: chains, bars, earnings, dividends, splits, rates, contracts."""
    from alaris.data.store import Store

    columns, rows = Store(store).query(statement)
    named = [dict(zip(columns, (_plain(value) for value in row), strict=True)) for row in rows]
    if as_json:
        print_json(named)
    else:
        print_table([{name: "" if value is None else str(value) for name, value in row.items()} for row in named])


def providers(
    ask: Annotated[bool, typer.Option("--ask", help="Ask each one question now; this counts against its budget.")] = False,
    symbol: Annotated[str, typer.Option("--symbol", help="The underlying that is asked about.")] = "SPY",
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """List the providers: what each gives, needs and costs, its calls of today, and with --ask whether it answers now."""
    from alaris.plugins.web import Web
    from alaris.settings import load_settings
    from alaris_plugins import PROVIDERS

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    rows = []
    for name, entry in PROVIDERS.items():
        module = import_module(entry.partition(":")[0])
        web = Web(module.VENDOR, settings)
        answers = "not asked" if not ask else module.asked(settings) if hasattr(module, "asked") else _asked(web, module, symbol)
        rows.append(_provider_row(web, name in settings.web.providers, answers))
        web.close()
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


def calendar(
    symbols: Annotated[
        str | None, typer.Option("--symbols", help="Underlyings, comma separated; all of the calendar file and the store by default.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Calendar days ahead.")] = 30,
    store: StoreFolder = DEFAULT_STORE,
    as_of: Annotated[str | None, typer.Option("--date", help="As known at the start of this day: 2017-02-01. Today by default.")] = None,
    parameter: Parameters = None,
    as_json: AsJson = False,
) -> None:
    """List coming reports as all sources state them, with how far they agree; a conflict is said and never resolved by guessing."""
    from alaris.data.market_hours import ruled_calendar
    from alaris.data.stored_market import StoredMarket
    from alaris.plugins import PluginManager
    from alaris.settings import load_settings

    settings = load_settings(read_parameters(parameter), environment=os.environ)
    manager = PluginManager(settings)
    manager.register(StoredMarket(store, None, ruled_calendar()), "store", same_thread=True)
    manager.load_entry_points()
    moment = _moment(as_of)
    with working("Asking the calendars"):
        names = names_of(symbols) or _stated_symbols(settings, store)
        rows = [row for symbol in names for row in _reports(manager, settings, symbol, moment, days)]
    rows.sort(key=lambda row: (row["date"], row["symbol"]))
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows)
    else:
        typer.echo(f"no report is known within {days} days; name a calendar (--parameter sources.calendar FILE) or providers")


def _chains(form: Form, files: Sequence[Path], names: Sequence[str], resolution: Resolution, at: time) -> list[ChainTable]:
    from alaris.data.chain_table import joined
    from alaris.data.vendor_chains import read_vendor_chains

    if form is Form.VENDOR_EOD:
        tables = [one for file in files for one in read_vendor_chains(file, at)]
    elif form in {Form.CBOE, Form.POLYGON}:
        tables = [_reply(form, file) for file in files]
    else:
        tables = [
            one for folder in files for one in (_of_lean(folder, names, resolution) if form is Form.LEAN else _of_store(folder, names))
        ]
    symbols = dict.fromkeys(one.symbol for one in tables)
    return [joined([one for one in tables if one.symbol == symbol]) for symbol in symbols]


def _clock(at: str) -> time:
    try:
        return time.fromisoformat(at)
    except ValueError:
        raise CommandError(f"--at: {at!r} is not a time such as 15:45") from None


def _of_lean(folder: Path, names: Sequence[str], resolution: Resolution) -> list[ChainTable]:
    from alaris.data.lean_chains import read_chains
    from alaris.data.lean_folder import minute_option_tickers, option_tickers
    from alaris.data.lean_minutes import read_minute_chains

    if resolution is Resolution.MINUTE:
        return [read_minute_chains(folder, name) for name in names or minute_option_tickers(folder)]
    return [read_chains(folder, name) for name in names or option_tickers(folder)]


def _of_store(folder: Path, names: Sequence[str]) -> list[ChainTable]:
    from alaris.data.store import Store

    store = Store(folder)
    listed = names or store.symbols()
    found = (store.chains(name, date(1970, 1, 1), date(2100, 1, 1)) for name in listed)
    return [one for one in found if one is not None]


def _reply(form: Form, file: Path) -> ChainTable:
    """A reply of a provider, kept as a file, plain or gzip; known from when its quotes stood."""
    import gzip

    from alaris.data.chain_table import from_chain
    from alaris.domain import DataError
    from alaris.plugins.web import Body, WebFault
    from alaris_plugins import cboe, polygon
    from alaris_plugins.vendor_rows import chain

    try:
        content = file.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        body = Body(form.value, file.name, "application/json", content)
        if form is Form.CBOE:
            made = cboe.read_chain(body)
        else:
            rows, stamps, spots = zip(*polygon.read_quotes(body).items, strict=True)
            symbol = body.object().list("results").__next__().inner("underlying_asset").text("ticker")
            made = chain(symbol, spots[0], max(stamps), rows)
    except (OSError, EOFError, ValueError, WebFault) as error:
        raise DataError(file, f"is no chain of {form.value} ({error})") from error
    if made is None:
        raise DataError(file, "lists no contract that still trades")
    return from_chain(made, form.value, made.as_of)


def imported_rows(done: Sequence[Imported]) -> list[dict[str, str | int]]:
    """A row a symbol and data set."""
    return [
        {"symbol": one.symbol, "kind": one.kind, "rows": one.rows, "new": one.new, "first": f"{one.first}", "last": f"{one.last}"}
        for one in done
    ]


def _print_imported(done: Sequence[Imported], *, as_json: bool) -> None:
    rows = imported_rows(done)
    if as_json:
        print_json(rows)
    else:
        print_table([{name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in row.items()} for row in rows])
        typer.echo(f"{len(rows)} symbols, {sum(one.rows for one in done):,} rows")


def _provider_row(web: Web, used: bool, answers: str) -> dict[str, str]:
    from alaris.plugins.web import WebFault

    vendor: Vendor = web.vendor
    try:
        key = "set" if vendor.key() else "none needed"
    except WebFault:
        key = f"set {vendor.key_variables[0]}"
    limits = [f"{count:,} a {unit}" for count, unit in ((vendor.per_minute, "minute"), (vendor.per_day, "day")) if count]
    return {
        "provider": vendor.name,
        "gives": "; ".join(vendor.gives),
        "key": key,
        "costs": vendor.costs,
        "calls": ", ".join(limits),
        "today": str(web.ledger.used_today(vendor, datetime.now(UTC))),
        "used": "yes" if used else "no",
        "answers": answers,
    }


def _offers(module: Any) -> tuple[str, ...]:
    """Data sets of which a provider's class can fetch a window."""
    classes = (value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__)
    return next((tuple(one.offers) for one in classes if hasattr(one, "offers")), ())


def _asked(web: Web, module: Any, symbol: str) -> str:
    """What one question brought: the time it took, or the fault."""
    from alaris.domain import ProviderError

    made = next(value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__)(web)
    now = datetime.now(UTC)
    questions: Mapping[str, Mapping[str, Any]] = {
        "risk_free_rate": {"as_of": now},
        "option_chain": {"symbol": symbol, "as_of": now},
        "earnings_events": {"symbol": symbol, "first": now.date(), "last": now.date() + timedelta(days=90), "as_of": now},
    }
    hook = next(hook for hook in questions if hasattr(made, hook))
    started = perf_counter()
    try:
        answer = getattr(made, hook)(**questions[hook])
    except ProviderError as fault:
        return f"no: {fault}"
    return f"{'yes' if answer else 'yes, with nothing'}, {perf_counter() - started:.1f} s"


def _reports(manager: Any, settings: Settings, symbol: str, moment: datetime, days: int) -> list[dict[str, str]]:
    from alaris.workflow.earnings_sources import stated_reports

    today = moment.date()
    gap = settings.data_validation.report_gap
    events = manager.earnings_events(symbol, today - timedelta(days=gap), today + timedelta(days=days), moment)
    rows = []
    for stated in stated_reports(events, moment, gap):
        if stated.days[-1] < today:
            continue
        told = {event.source: event for event in stated.events}
        dates, timings = {event.report_date for event in told.values()}, sorted({str(event.timing) for event in told.values()})
        rows.append(
            {
                "symbol": symbol,
                "date": " or ".join(str(day) for day in sorted(dates)),
                "time": " or ".join(timings),
                "confidence": _confidence(
                    len(told), len(dates), sorted(str(timing) for timing in timings), settings.universe.minimum_sources
                ),
                "sources": ", ".join(sorted(told)),
                "known since": f"{max(event.available_at for event in told.values()):%Y-%m-%d %H:%M %Z}",
            }
        )
    return rows


def _stated_symbols(settings: Settings, store: Path) -> list[str]:
    """Every symbol of which a report is stated in the user's own data."""
    from alaris.data.store import Store
    from alaris.plugins.earnings_csv import EarningsFile

    listed = EarningsFile(Path(settings.sources.calendar)).symbols if settings.sources.calendar else ()
    found = sorted({*listed, *(part.symbol for part in Store(store).parts("earnings"))})
    if not found:
        raise CommandError("--symbols: name underlyings, a calendar (--parameter sources.calendar FILE) or a store that has reports")
    return found


def _confidence(sources: int, dates: int, timings: Sequence[str], needed: int) -> str:
    if dates > 1 or len([timing for timing in timings if timing != "UNKNOWN"]) > 1:
        return "conflict"
    if timings == ["UNKNOWN"]:
        return "time of day unknown"
    if sources < needed:
        return f"{sources} of {needed} sources"
    return "confirmed" if sources > 1 else "one source only"


def _moment(day: str | None) -> datetime:
    if day is None:
        return datetime.now(UTC)
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo("America/New_York"))
    except ValueError:
        raise CommandError(f"--date: {day!r} is not a date such as 2017-02-01") from None


def names_of(symbols: str | None) -> list[str]:
    """Tickers of a comma separated list, upper case."""
    return [name.strip().upper() for name in (symbols or "").split(",") if name.strip()]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
