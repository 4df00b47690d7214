"""Numbers read a whole file at a time are the same doubles as those read one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alaris.data.number_text import numbers
from alaris.data.text_columns import decimal, rows, whole

plain = st.one_of(
    st.just(""),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-1_000_000, 1_000_000, allow_nan=False, allow_infinity=False, places=7).map(lambda number: f"{number:f}"),
    st.floats(-1e6, 1e6).map(lambda number: np.format_float_positional(number, trim="-")),
    st.sampled_from(["5.", ".5", "-.5", "000", "-0", "0.10000000000000000555"]),
)


@settings(deadline=None)
@given(st.lists(plain, min_size=1, max_size=30))
def test_the_nearest_double_of_each_field(fields: list[str]) -> None:
    found = numbers(",".join(fields).encode())
    assert found is not None
    np.testing.assert_array_equal(found, [float(field) if field else np.nan for field in fields])


@pytest.mark.parametrize("text", [b"1e5", b"nan", b"1,x", b"1.2.3", b"--1", b"1-2", b"-", b".", b"1,-,2", b"1/2", b" 1", b"1\n2", b"\xff"])
def test_what_is_no_plain_number_is_told(text: bytes) -> None:
    assert numbers(text) is None


def test_the_writer_and_the_reader_agree() -> None:
    amounts, volumes = np.array([0.05, -12.25, 1e6]), np.array([0, 7, 123456])
    lines, _ = rows([decimal(amounts, 2), whole(volumes)], ",,")
    found = numbers(lines.rstrip(b","))
    assert found is not None
    np.testing.assert_array_equal(found.reshape(3, 2).T, [amounts, volumes])
