"""Implied volatility and Greeks of one contract as indicators, on our pricing core."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from alaris_runner.api.chains import Model, OptionContract
from alaris_runner.api.greeks import Greeks
from alaris_runner.api.indicators import Indicator
from alaris_runner.api.securities import Security

Measure = Callable[[float, Greeks], float]


class OptionIndicator(Indicator):
    """One figure of a contract's model, taken anew when the contract's or its stock's data arrives.

    Parameters
    ----------
    contract, stock : Security
        Both are subscribed.
    model : Model
        The run's option price model.
    measure : callable
        Picks the figure out of implied volatility and Greeks.
    """

    def __init__(self, name: str, contract: Security, stock: Security, model: Model, measure: Measure) -> None:
        super().__init__(f"{name}({contract.symbol.value})", 1)
        self._contract = contract
        self._stock = stock
        self._model = model
        self._measure = measure

    @property
    def is_ready(self) -> bool:
        """Whether both have a price."""
        return bool(self._contract.price and self._stock.price)

    def next_value(self, data: Any) -> float:
        """Figure at the present prices; the last one while either price is missing."""
        if not self.is_ready:
            return self.current.value
        when: datetime = data.end_time
        snapshot = OptionContract.of_security(self._contract, when, self._stock.price)
        _, volatility, greeks = self._model(snapshot)
        return self._measure(volatility, greeks)
