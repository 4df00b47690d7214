"""`alaris price`, `greeks`, `iv`: numbers with a source, and inputs refused by name."""

import json

import pytest
from shell import Shell

# Haug, The Complete Guide to Option Pricing Formulas (2007), ch. 1: stock 60, strike 65, three months, 8 %, 30 %: call 2.1334
HAUG = ("--spot", "60", "--strike", "65", "--days", "91.25", "--rate", "0.08", "--style", "european")


def test_price_of_a_textbook(alaris: Shell) -> None:
    assert float(alaris("price", "call", *HAUG, "--volatility", "0.30").output) == pytest.approx(2.1334, abs=5e-5)


def test_implied_volatility_finds_it_back(alaris: Shell) -> None:
    assert float(alaris("iv", "call", "--price", "2.133372", *HAUG).output) == pytest.approx(0.30, abs=1e-5)


def test_greeks_say_their_units(alaris: Shell) -> None:
    found = json.loads(alaris("greeks", "call", *HAUG, "--volatility", "0.30", "--json").output)
    assert list(found) == ["price", "delta", "gamma", "theta", "vega", "rho"]
    table = alaris("greeks", "call", *HAUG, "--volatility", "0.30").output
    assert f"{found['theta'] / 365:.6f} a day" in table
    assert f"{found['vega'] / 100:.6f} a point" in table


def test_an_american_put_is_worth_more_than_a_european_one(alaris: Shell) -> None:
    american = [*HAUG[:-1], "american", "--volatility", "0.30"]
    assert float(alaris("price", "put", *american).output) > float(alaris("price", "put", *HAUG, "--volatility", "0.30").output)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("price", "call", "--spot", "60", "--strike", "0", "--days", "30", "--volatility", "0.3"), "strike"),
        (("price", "call", "--spot", "60", "--strike", "65", "--days", "-1", "--volatility", "0.3"), "time"),
        (("price", "straddle", "--spot", "60", "--strike", "65", "--days", "30", "--volatility", "0.3"), "straddle"),
        (("price", "call", "--spot", "60"), "--strike"),
        (("iv", "call", "--price", "0.0001", "--spot", "60", "--strike", "30", "--days", "30"), "no volatility explains 0.0001"),
    ],
)
def test_bad_input_is_named(alaris: Shell, arguments: tuple[str, ...], word: str) -> None:
    answer = alaris(*arguments)
    assert answer.code == 2
    assert word in answer.errors
