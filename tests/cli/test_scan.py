"""`alaris scan` on the real eves of 2017: the numbers of strategy.md 7, computed there independently."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from shell import Shell

from alaris.data import imports
from alaris.data.lean_chains import read_chains
from alaris.data.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """YUM from the beginning of 2017 to the eve of its second report."""
    folder = tmp_path_factory.mktemp("store")
    chains = read_chains(shared / "data/lean", "YUM")
    Store(folder).add_chains(chains.where(chains.session <= np.datetime64("2017-05-02")))
    return folder


@pytest.mark.parametrize(
    ("eve", "reaction", "spot", "iv30", "slope", "ratio"),
    [("2017-02-08", "2017-02-09", 66.59, 0.221, -0.0098, 1.49), ("2017-05-02", "2017-05-03", 66.34, 0.177, -0.0053, 1.43)],
)
def test_the_eves_of_yum(
    alaris: Shell, shared: Path, store: Path, eve: str, reaction: str, spot: float, iv30: float, slope: float, ratio: float
) -> None:
    places = ("--store", str(store), "--data-folder", str(shared / "data/lean"))
    calendar = ("--parameter", "sources.calendar", str(shared / "data/calendar/earnings_2012_2017.csv.gz"))
    said = alaris("scan", "--date", eve, *places, *calendar, "--json")
    (row,) = json.loads(said.output)
    assert (row["symbol"], row["reaction"], row["signal"], row["spot"]) == ("YUM", reaction, "RECOMMENDED", spot)
    assert row["iv30"] == pytest.approx(iv30, abs=0.002)
    assert row["slope"] == pytest.approx(slope, rel=0.02)
    assert row["iv_rv_ratio"] == pytest.approx(ratio, abs=0.015)


def test_a_day_without_a_report_and_a_folder_without_a_calendar(alaris: Shell, shared: Path, store: Path) -> None:
    places = ("--store", str(store), "--data-folder", str(shared / "data/lean"))
    calendar = ("--parameter", "sources.calendar", str(shared / "data/calendar/earnings_2012_2017.csv.gz"))
    assert "no report is due after the close of 2017-03-15" in alaris("scan", "--date", "2017-03-15", *places, *calendar).output
    without = alaris("scan", "--date", "2017-02-08", *places)
    assert (without.code, "has no earnings calendar; name one with" in without.errors) == (2, True)


def test_the_store_alone_is_enough(alaris: Shell, shared: Path, store: Path, tmp_path: Path) -> None:
    """Bars, factors, rates and reports of the store give what the folder gives; a calendar with times is seen from its times only."""
    kept = tmp_path / "store"
    shutil.copytree(store, kept)
    imports.facts_into_store(shared / "data/lean", Store(kept), ["YUM"])
    (tmp_path / "calendar.csv").write_text(
        "symbol,date,release_time,source,available_at\nYUM,2017-02-09,pre,wire,2017-02-06T08:00:00-05:00\n"
    )
    imports.calendar_into_store(tmp_path / "calendar.csv", Store(kept))
    (alone,) = json.loads(alaris("scan", "--date", "2017-02-08", "--store", str(kept), "--json").output)
    calendar = ("--parameter", "sources.calendar", str(tmp_path / "calendar.csv"))
    beside = alaris("scan", "--date", "2017-02-08", "--store", str(store), "--data-folder", str(shared / "data/lean"), *calendar, "--json")
    assert alone == json.loads(beside.output)[0]
    assert alone["signal"] == "RECOMMENDED"
    early = alaris("scan", "--date", "2017-02-03", "--store", str(kept))
    assert "no report is due" in early.output
