"""Where things are in a LEAN data folder, and small readers for its daily files."""

from __future__ import annotations

from pathlib import Path

MARKER = "alaris-demo-market.json"


def daily_bars_path(folder: Path, ticker: str) -> Path:
    """Daily bars of a share."""
    return folder / "equity" / "usa" / "daily" / f"{ticker.lower()}.zip"


def map_path(folder: Path, ticker: str) -> Path:
    """Map file: the tickers a share had."""
    return folder / "equity" / "usa" / "map_files" / f"{ticker.lower()}.csv"


def factor_path(folder: Path, ticker: str) -> Path:
    """Factor file: splits and dividends."""
    return folder / "equity" / "usa" / "factor_files" / f"{ticker.lower()}.csv"


def option_path(folder: Path, ticker: str, year: int, kind: str) -> Path:
    """Daily option archive of one year; `kind` is quote, trade or openinterest."""
    return folder / "option" / "usa" / "daily" / f"{ticker.lower()}_{year}_{kind}_american.zip"


def universe_folder(folder: Path, ticker: str) -> Path:
    """Folder of the option universe files, one a session."""
    return folder / "option" / "usa" / "universes" / ticker.lower()


def market_hours_path(folder: Path) -> Path:
    """Market-hours database."""
    return folder / "market-hours" / "market-hours-database.json"


def symbol_properties_path(folder: Path) -> Path:
    """Symbol-properties database."""
    return folder / "symbol-properties" / "symbol-properties-database.csv"


def interest_rate_path(folder: Path) -> Path:
    """Interest rates."""
    return folder / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"


def earnings_path(folder: Path) -> Path:
    """Alaris' own earnings calendar."""
    return folder / "alternative" / "alaris" / "earnings.csv"
