"""QCAlgorithm's part that makes implied volatility and Greeks of single contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alaris_runner.api.enums import Resolution
from alaris_runner.api.option_indicators import Measure, OptionIndicator
from alaris_runner.api.symbols import Symbol
from alaris_runner.errors import InvalidRequest, NotSupportedByRunner

if TYPE_CHECKING:
    from alaris_runner.engine.engine import Engine


class OptionIndicatorsMixin:
    """Model figures of a contract; rate, dividends and model are those of the run's chains."""

    _engine: Engine

    def iv(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Implied volatility; 0.25 means 25 %."""
        return self._option_indicator(
            "IV", symbol, resolution, (mirror_option, risk_free_rate, dividend_yield, option_model), lambda iv, _: iv
        )

    def d(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        iv_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Delta: dollars for a dollar of the stock."""
        others = (mirror_option, risk_free_rate, dividend_yield, option_model, iv_model)
        return self._option_indicator("Delta", symbol, resolution, others, lambda _, greeks: greeks.delta)

    def g(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        iv_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Gamma: change of delta for a dollar of the stock."""
        others = (mirror_option, risk_free_rate, dividend_yield, option_model, iv_model)
        return self._option_indicator("Gamma", symbol, resolution, others, lambda _, greeks: greeks.gamma)

    def v(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        iv_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Vega: dollars for one volatility point."""
        others = (mirror_option, risk_free_rate, dividend_yield, option_model, iv_model)
        return self._option_indicator("Vega", symbol, resolution, others, lambda _, greeks: greeks.vega)

    def t(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        iv_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Theta: dollars a day."""
        others = (mirror_option, risk_free_rate, dividend_yield, option_model, iv_model)
        return self._option_indicator("Theta", symbol, resolution, others, lambda _, greeks: greeks.theta_per_day)

    def r(
        self,
        symbol: Symbol,
        mirror_option: Any = None,
        risk_free_rate: float | None = None,
        dividend_yield: float | None = None,
        option_model: Any = None,
        iv_model: Any = None,
        resolution: Resolution | None = None,
    ) -> OptionIndicator:
        """Rho: dollars for one percentage point of the rate."""
        others = (mirror_option, risk_free_rate, dividend_yield, option_model, iv_model)
        return self._option_indicator("Rho", symbol, resolution, others, lambda _, greeks: greeks.rho)

    def _option_indicator(
        self, name: str, symbol: Symbol, resolution: Resolution | None, others: tuple[Any, ...], measure: Measure
    ) -> OptionIndicator:
        if any(other is not None for other in others):
            raise NotSupportedByRunner(
                f"{name} indicator with a mirror option, rate, yield or model of its own",
                "Leave them out: the run's own rate, dividends and model are used.",
            )
        contract = self._engine.securities[symbol]
        if contract.underlying is None:
            raise InvalidRequest(f"{symbol.value} is not an option contract")
        indicator = OptionIndicator(name, contract, contract.underlying, self._engine.price_model, measure)
        for followed in (contract.underlying.symbol, contract.symbol):
            self.register_indicator(followed, indicator, resolution)  # type: ignore[attr-defined]  # IndicatorsMixin has it
        return indicator
