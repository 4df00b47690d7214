"""Columns of text: equal to Python's own formatting for any numbers, and archives that the standard library reads."""

from __future__ import annotations

import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alaris.data import text_columns, zip_archive


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=50))
def test_whole_numbers_print_as_python_prints_them(numbers: list[int]) -> None:
    lines, starts = text_columns.rows([text_columns.whole(np.array(numbers))], "\n")
    assert lines.decode().splitlines() == [str(number) for number in numbers]
    assert starts[-1] == len(lines)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=50), st.integers(1, 6))
def test_decimals_print_as_python_prints_them(units: list[int], places: int) -> None:
    values = np.array(units) / 10**places
    lines, _ = text_columns.rows([text_columns.decimal(values, places)], "\n")
    assert lines.decode().splitlines() == [f"{value:.{places}f}" for value in values]


def test_a_value_that_rounds_to_zero_has_no_sign() -> None:
    lines, _ = text_columns.rows([text_columns.decimal(np.array([-0.004, -0.006]), 2)], "\n")
    assert lines == b"0.00\n-0.01\n"


def test_absent_cells_are_empty_and_starts_find_each_line() -> None:
    price = text_columns.where(np.array([True, False]), text_columns.whole(np.array([120, 7])))
    lines, starts = text_columns.rows([text_columns.words(["put", "call"], np.array([1, 0])), price], ",\n")
    assert lines == b"call,120\nput,\n"
    assert [lines[a:b] for a, b in pairwise(starts)] == [b"call,120\n", b"put,\n"]


@given(st.dictionaries(st.from_regex(r"[a-z0-9_]{1,20}\.csv", fullmatch=True), st.binary(max_size=300), max_size=8))
def test_archives_read_back_with_the_standard_library(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, bytes]) -> None:
    path = tmp_path_factory.mktemp("zip") / "archive.zip"
    zip_archive.write_zip(path, entries.items())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == entries


def test_more_entries_than_a_plain_zip_holds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="65536 entries"):
        zip_archive.write_zip(tmp_path / "large.zip", ((f"{number}", b"") for number in range(65_536)))
