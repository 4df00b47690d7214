"""`alaris price`, `alaris iv`, `alaris greeks`: one option, from the shell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from alaris.cli.output import AsJson, print_json, print_table


class Right(StrEnum):
    """Call or put."""

    CALL = "call"
    PUT = "put"


class Style(StrEnum):
    """When it may be exercised."""

    AMERICAN = "american"
    EUROPEAN = "european"


class Precision(StrEnum):
    """How exact an American price is."""

    FAST = "fast"
    ACCURATE = "accurate"
    HIGH = "high"
    REFERENCE = "reference"


RightArgument = Annotated[Right, typer.Argument(help="call or put")]
Spot = Annotated[float, typer.Option("--spot", help="Price of the underlying.")]
Strike = Annotated[float, typer.Option("--strike", help="Strike price.")]
Days = Annotated[float, typer.Option("--days", help="Calendar days to expiry (a year has 365).")]
Volatility = Annotated[float, typer.Option("--volatility", help="Annualised; 0.25 is 25 %.")]
Rate = Annotated[float, typer.Option("--rate", help="Risk-free rate, continuously compounded; 0.05 is 5 %.")]
DividendYield = Annotated[float, typer.Option("--dividend-yield", help="Continuous dividend yield; 0.02 is 2 %.")]
StyleOption = Annotated[Style, typer.Option("--style", help="american or european")]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="fast, accurate, high or reference; American options only.")]


def add_to(app: typer.Typer) -> None:
    """Add the three commands."""
    app.command("price")(price)
    app.command("greeks")(greeks)
    app.command("iv")(implied_volatility)


def price(
    right: RightArgument,
    *,
    spot: Spot,
    strike: Strike,
    days: Days,
    volatility: Volatility,
    rate: Rate = 0.0,
    dividend_yield: DividendYield = 0.0,
    style: StyleOption = Style.AMERICAN,
    precision: PrecisionOption = Precision.ACCURATE,
    as_json: AsJson = False,
) -> None:
    """Price one option."""
    from alaris import pricing

    inputs = (right is Right.CALL, spot, strike, days / 365, rate, dividend_yield, volatility)
    value = float(pricing.price(*inputs, style=style.value, precision=precision.value))
    if as_json:
        print_json({"price": value})
    else:
        typer.echo(f"{value:.6f}")


def greeks(
    right: RightArgument,
    *,
    spot: Spot,
    strike: Strike,
    days: Days,
    volatility: Volatility,
    rate: Rate = 0.0,
    dividend_yield: DividendYield = 0.0,
    style: StyleOption = Style.AMERICAN,
    precision: PrecisionOption = Precision.ACCURATE,
    as_json: AsJson = False,
) -> None:
    """Price one option and show how it moves: theta is for a year, vega and rho for 1.00 of change."""
    from alaris import pricing

    inputs = (right is Right.CALL, spot, strike, days / 365, rate, dividend_yield, volatility)
    found = pricing.greeks(*inputs, style=style.value, precision=precision.value)
    values = {name: float(value) for name, value in found._asdict().items()}
    if as_json:
        print_json(values)
        return
    notes = {
        "theta": f"{values['theta'] / 365:.6f} a day",
        "vega": f"{values['vega'] / 100:.6f} a point",
        "rho": f"{values['rho'] / 100:.6f} a point",
    }
    rows = [{"": name, "value": f"{value:.6f}", "that is": notes.get(name, "")} for name, value in values.items()]
    print_table(rows, right=("value", "that is"))


def implied_volatility(
    right: RightArgument,
    *,
    price: Annotated[float, typer.Option("--price", help="Price of the option.")],
    spot: Spot,
    strike: Strike,
    days: Days,
    rate: Rate = 0.0,
    dividend_yield: DividendYield = 0.0,
    style: StyleOption = Style.AMERICAN,
    as_json: AsJson = False,
) -> None:
    """Find the volatility that explains a price."""
    from math import isfinite

    from alaris import pricing
    from alaris.cli.errors import CommandError

    inputs = (right is Right.CALL, price, spot, strike, days / 365, rate, dividend_yield)
    values, status = pricing.implied_volatility(*inputs, style=style.value, full=True)
    value, why = float(values), pricing.ImpliedStatus(int(status)).name.lower().replace("_", " ")
    if as_json:
        print_json({"implied_volatility": value if isfinite(value) else None, "status": why})
    elif not isfinite(value):
        raise CommandError(f"--price: no volatility explains {price:g} ({why}); give the price of the option for these inputs")
    else:
        typer.echo(f"{value:.6f}")
