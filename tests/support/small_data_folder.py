"""A LEAN data folder of a few days, written by hand: one stock, its chain of four contracts, hours with a holiday and a half day."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

DAYS = [date(2024, 1, 2) + timedelta(days=i) for i in range(18) if (date(2024, 1, 2) + timedelta(days=i)).weekday() < 5 and i != 13]
HOLIDAY, HALF_DAY = date(2024, 1, 15), date(2024, 1, 12)
STRIKES, EXPIRY = (95.0, 100.0), date(2024, 1, 19)


def close_of(day: date) -> float:
    """Close of ABC: a dollar a trading day from 98."""
    return 98.0 + DAYS.index(day)


def write_zip(path: Path, entries: dict[str, str]) -> None:
    """Write a zip of text entries."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)


def write_folder(root: Path, days: Iterable[date] = DAYS) -> Path:
    """Write the folder and return its path."""
    days = list(days)
    write_hours(root)
    properties = root / "symbol-properties" / "symbol-properties-database.csv"
    properties.parent.mkdir(parents=True)
    properties.write_text("market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"
                          "usa,[*],equity,,USD,1,0.01,1\nusa,[*],option,,USD,100,0.01,1\n")  # fmt: skip
    write_zip(root / "equity/usa/daily/abc.zip", {"abc.csv": "\n".join(stock_row(day) for day in days)})
    map_file = root / "equity/usa/map_files/abc.csv"
    map_file.parent.mkdir(parents=True)
    map_file.write_text("20100104,abc,N\n20501231,abc,N\n")
    quotes = {
        name(right, strike, "quote"): "\n".join(quote_row(day, right, strike) for day in days)
        for right in ("call", "put")
        for strike in STRIKES
    }
    write_zip(root / "option/usa/daily/abc_2024_quote_american.zip", quotes)
    for day in days:
        path = root / f"option/usa/universes/abc/{day:%Y%m%d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(universe_rows(day)))
    return root


def write_hours(root: Path) -> None:
    """Write weekdays 09:30 to 16:00 with one holiday and one half day."""
    session = [{"start": "09:30:00", "end": "16:00:00", "state": "market"}]
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), session) | {"saturday": [], "sunday": []}
    zone = {"dataTimeZone": "America/New_York", "exchangeTimeZone": "America/New_York"}
    dates = {"holidays": [f"{HOLIDAY:%-m/%-d/%Y}"], "earlyCloses": {f"{HALF_DAY:%-m/%-d/%Y}": "13:00:00"}}
    path = root / "market-hours" / "market-hours-database.json"
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps(
            {"entries": {"Equity-usa-[*]": zone | week | dates, "Option-usa-[*]": zone | week | {"holidays": [], "earlyCloses": {}}}}
        )
    )


def stock_row(day: date) -> str:
    """Bar of a day: opens a half under the close, one dollar wide."""
    close = close_of(day)
    prices = (close - 0.5, close + 0.25, close - 0.75, close)
    return f"{day:%Y%m%d} 00:00," + ",".join(str(round(p * 10000)) for p in prices) + ",1000"


def quote_of(day: date, right: str, strike: float) -> tuple[float, float]:
    """Bid and ask: intrinsic value and one dollar, twenty cents wide."""
    inner = max(close_of(day) - strike, 0.0) if right == "call" else max(strike - close_of(day), 0.0)
    return inner + 0.9, inner + 1.1


def quote_row(day: date, right: str, strike: float) -> str:
    """Quote of a day, the same from open to close."""
    bid, ask = (str(round(p * 10000)) for p in quote_of(day, right, strike))
    return f"{day:%Y%m%d} 00:00,{bid},{bid},{bid},{bid},5,{ask},{ask},{ask},{ask},7"


def name(right: str, strike: float, kind: str) -> str:
    """Entry of a contract."""
    return f"abc_{kind}_american_{right}_{round(strike * 10000)}_{EXPIRY:%Y%m%d}.csv"


def universe_rows(day: date) -> list[str]:
    """Universe file of a day."""
    close = close_of(day)
    rows = ["#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"]
    rows.append(f",,,{close - 0.5},{close + 0.25},{close - 0.75},{close},1000,,,,,,,")
    for right, delta in (("C", 0.5), ("P", -0.5)):
        for strike in STRIKES:
            middle = sum(quote_of(day, "call" if right == "C" else "put", strike)) / 2
            rows.append(f"{EXPIRY:%Y%m%d},{strike:g},{right},{middle},{middle},{middle},{middle},10,200,0.25,{delta},0.02,0.1,-0.05,0.01")
    return rows
