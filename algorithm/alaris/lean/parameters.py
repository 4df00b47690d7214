"""The algorithm's parameters, as `lean backtest --parameter` and `alaris backtest --parameter` pass them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alaris.domain import ConfigurationError
from alaris.settings import Settings, load_settings

LIVE_PROFILES = ("paper", "live")


@dataclass(frozen=True, slots=True)
class RunParameters:
    """What one run trades, when, with how much, under which settings; None and () mean: as the data folder has it.

    `book` names where positions and halts are kept in LEAN's object store (empty: nowhere), `notify` whom LEAN tells.
    """

    symbols: tuple[str, ...]
    start: date | None
    end: date | None
    cash: float
    settings: Settings
    book: str = ""
    notify: str = ""


def read_parameters(parameters: Mapping[str, str], environment: Mapping[str, str]) -> RunParameters:
    """Take the run's own parameters; every other one is a setting by its dotted name.

    Raises
    ------
    ConfigurationError
        A parameter is unknown or cannot be read.
    """
    stated = dict(parameters)
    symbols = tuple(part.strip().upper() for part in stated.pop("symbols", "").split(",") if part.strip())
    start, end = (_date(name, stated.pop(name, "")) for name in ("start", "end"))
    cash = _cash(stated.pop("cash", "100000"))
    book, notify = stated.pop("book", ""), stated.pop("notify", "")
    file = stated.pop("settings", "")
    calendar = stated.pop("calendar", "")
    if calendar:
        stated["sources.calendar"] = str(Path(calendar).expanduser())
    settings = load_settings(stated, file=Path(file).expanduser() if file else None, environment=environment)
    if start and end and end < start:
        raise ConfigurationError("end", f"must not lie before start {start}, was {end}")
    return RunParameters(symbols, start, end, cash, settings, book, notify)


def for_mode(parameters: Mapping[str, str], *, live: bool) -> dict[str, str]:
    """The parameters with what live trading adds: profile paper unless live is asked for in words, and a book.

    Raises
    ------
    ConfigurationError
        A profile for the past is asked for in live trading.
    """
    if not live:
        return dict(parameters)
    profile = parameters.get("profile", "paper")
    if profile not in LIVE_PROFILES:
        raise ConfigurationError("profile", f"is {profile!r} in live trading; expected one of {', '.join(LIVE_PROFILES)}")
    return {"book": f"alaris-{profile}", **parameters, "profile": profile}


def _date(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(name, f"expected a date such as 2017-01-31, was {text!r}") from None


def _cash(text: str) -> float:
    try:
        cash = float(text)
    except ValueError:
        cash = float("nan")
    if not 0 < cash < 1e12:
        raise ConfigurationError("cash", f"expected a positive number of USD, was {text!r}")
    return cash
