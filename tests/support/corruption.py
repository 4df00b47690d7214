"""A LEAN data folder whose future is a lie: everything that becomes known after a day is shifted or spoilt."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path


def with_false_future(source: Path, target: Path, last_true: date) -> Path:
    """Copy a folder; bars, quotes, universes, calendar rows, rates and factors that are known after the close of `last_true` are changed.

    The universe file of `last_true` itself is known from the next midnight on, so it is changed too.
    """
    shutil.copytree(source, target)
    stamp = last_true.strftime("%Y%m%d")
    for archive in [*target.glob("equity/usa/daily/*.zip"), *target.glob("option/usa/daily/*.zip")]:
        _rewrite(archive, lambda line: _spoilt(line) if line[:8] > stamp else line)
    for universe in target.glob("option/usa/universes/*/*.csv"):
        if universe.stem >= stamp:
            universe.write_text("".join(universe.read_text().splitlines(keepends=True)[:3]))
    for factors in target.glob("equity/usa/factor_files/*.csv"):
        _add_split(factors, last_true + timedelta(days=7))
    _spoil_calendar(target / "alternative" / "alaris" / "earnings.csv", last_true)
    rates = target / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
    rates.write_text(rates.read_text() + f"{last_true + timedelta(days=1)},9.75\n")
    return target


def _rewrite(archive: Path, change: Callable[[str], str]) -> None:
    with zipfile.ZipFile(archive) as old:
        entries = {name: old.read(name).decode().split("\n") for name in old.namelist()}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        for name, lines in entries.items():
            new.writestr(name, "\n".join(change(line) if line else line for line in lines))


def _spoilt(line: str) -> str:
    """Every price of a row three times as high."""
    time, *fields = line.split(",")
    return ",".join((time, *(str(int(field) * 3) if field.isdigit() else field for field in fields)))


def _add_split(factors: Path, day: date) -> None:
    """Write a 2:1 split after `day` into the file as LEAN would: all earlier split factors halve."""
    rows = [line.split(",") for line in factors.read_text().split()]
    before = [row for row in rows if row[0] <= day.strftime("%Y%m%d")]
    after = [row for row in rows if row[0] > day.strftime("%Y%m%d")]
    current = after[0]
    split = [day.strftime("%Y%m%d"), current[1], str(float(current[2]) / 2), "100"]
    halved = [[row[0], row[1], str(float(row[2]) / 2), row[3]] for row in before]
    factors.write_text("".join(",".join(row) + "\n" for row in (*halved, split, *after)))


def _spoil_calendar(calendar: Path, last_true: date) -> None:
    """Statements made after the day name another date and time of day."""
    with calendar.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["available_at"][:10] > last_true.isoformat():
            row["date"] = (date.fromisoformat(row["date"]) + timedelta(days=2)).isoformat()
            row["release_time"] = "post" if row["release_time"] == "pre" else "pre"
    with calendar.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
