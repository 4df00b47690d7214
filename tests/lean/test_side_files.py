"""The user's own small files: what is known of the volatility index at a time, and what is wrong with a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from alaris.domain import DataError
from alaris.lean.side_files import VolatilityIndexFile, sectors, volatility_index


def test_a_close_is_known_from_the_next_day_on_and_for_a_week(tmp_path: Path) -> None:
    file = tmp_path / "vix.csv"
    file.write_text("Date,Open,Close\n2020-03-16,60.0,82.69\n2020-03-13,70.0,57.83\n")  # Cboe's own record close of 2020-03-16
    vix = volatility_index(str(file))
    assert vix.known(datetime(2020, 3, 16, 20, tzinfo=UTC)) == 57.83
    assert vix.known(datetime(2020, 3, 17, 14, tzinfo=UTC)) == 82.69
    assert np.isnan(vix.known(datetime(2020, 3, 13, 20, tzinfo=UTC)))
    assert np.isnan(vix.known(datetime(2020, 3, 25, 14, tzinfo=UTC)))
    assert np.isnan(volatility_index("").known(datetime(2020, 3, 17, tzinfo=UTC)))


def test_a_file_that_grew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "vix.csv"
    path.write_text("DATE,CLOSE\n2020-03-13,57.83\n")
    file, later = VolatilityIndexFile(str(path)), datetime(2020, 3, 17, 14, tzinfo=UTC)
    assert file.known(later) == 57.83
    path.write_text("DATE,CLOSE\n2020-03-13,57.83\n2020-03-16,82.69\n")
    os.utime(path, ns=(1, 1))  # two writes may fall into one tick of the file system's clock
    assert file.known(later) == 82.69


def test_the_real_file_of_the_index_is_read(shared: Path) -> None:
    vix = volatility_index(str(shared / "data" / "calendar" / "vix.csv"))
    assert vix.known(datetime(2017, 2, 9, 14, tzinfo=UTC)) == pytest.approx(11.45)  # Cboe: close of 2017-02-08


def test_a_file_that_is_not_one_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("SYMBOL,INDUSTRY\nABC,Food\n")
    with pytest.raises(DataError, match="lacks the column SECTOR; its columns are SYMBOL, INDUSTRY"):
        sectors(str(file))
    file.write_text("DATE,CLOSE\n2020-03-16,high\n")
    with pytest.raises(DataError, match=r"file\.csv:2: .* as a number"):
        volatility_index(str(file))
    with pytest.raises(DataError, match="cannot be read"):
        sectors(str(tmp_path / "absent.csv"))


def test_sectors_are_read_by_symbol_and_blanks_left_out(tmp_path: Path) -> None:
    file = tmp_path / "sectors.csv"
    file.write_text("symbol, sector\nabc, Food\nXYZ,\n")
    assert sectors(str(file)) == {"ABC": "Food"}
