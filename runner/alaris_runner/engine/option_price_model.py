"""Implied volatility and Greeks of a chain's contracts, from the pricing core; computed only when an algorithm asks."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING, Literal

from alaris_runner.api.chains import OptionContract
from alaris_runner.api.enums import OptionRight, OptionStyle
from alaris_runner.api.greeks import Greeks
from alaris_runner.errors import NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine

_YEAR_DAYS = 365.0


class OptionPriceModel:
    """Price an option at its middle with the run's risk-free rate and the dividend yield of its stock's factor file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._yields: dict[tuple[str, int], float] = {}

    def __call__(self, contract: OptionContract) -> tuple[float, float, Greeks]:
        """Theoretical price, implied volatility and Greeks of a contract; zeros where the price has no volatility."""
        try:
            from alaris import pricing  # noqa: PLC0415 - the core is loaded only by who asks for Greeks
        except ImportError as error:
            raise NotSupportedByRunner(
                "OptionContract.greeks without the pricing core",
                "Install the package (`make develop`) so that alaris.pricing can be imported.",
            ) from error
        price, spot = _middle(contract), contract.underlying_last_price
        time = self._years(contract)
        if price <= 0 or spot <= 0 or time <= 0:
            return price, 0.0, Greeks()
        rate = self._engine.risk_free_rate(contract.time.date())
        dividends = self._dividend_yield(contract, spot)
        style: Literal["american", "european"] = "american" if contract.style == OptionStyle.AMERICAN else "european"
        is_call = contract.right == OptionRight.CALL
        volatility = float(pricing.implied_volatility(is_call, price, spot, contract.strike, time, rate, dividends, style=style))
        if not isfinite(volatility) or volatility <= 0:
            return price, 0.0, Greeks()
        found = pricing.greeks(is_call, spot, contract.strike, time, rate, dividends, volatility, style=style)
        return (
            price,
            volatility,
            Greeks(float(found.delta), float(found.gamma), float(found.vega) / 100, float(found.theta), float(found.rho) / 100),
        )

    def _years(self, contract: OptionContract) -> float:
        hours = self._engine.data.hours(contract.symbol)
        close = hours.market_close(contract.expiry.date()) or contract.expiry + timedelta(hours=16)
        return (close - contract.time).total_seconds() / (_YEAR_DAYS * 86400)

    def _dividend_yield(self, contract: OptionContract, spot: float) -> float:
        """Dividends of the last twelve months over the price."""
        stock, today = contract.underlying_symbol, contract.time.date()
        key = (stock.value, today.toordinal())
        if key not in self._yields:
            factors = self._engine.folder.factors(stock.value, stock.id.market)
            recent = [d for d in factors.event_days() if today - timedelta(days=365) <= d < today]
            paid = [factors.dividend_after(day) for day in recent]
            self._yields[key] = sum(dividend[0] for dividend in paid if dividend is not None) / spot
        return self._yields[key]


def _middle(contract: OptionContract) -> float:
    bid, ask = contract.bid_price, contract.ask_price
    if bid > 0 and ask > 0:
        return (bid + ask) / 2
    return bid or ask or contract.last_price
