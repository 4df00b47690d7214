"""`self.settings`: what an algorithm may tune of the engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from alaris_runner.api.spelling import PascalCase
from alaris_runner.errors import NotSupportedByRunner


class AlgorithmSettings(PascalCase):
    """LEAN's settings with LEAN's defaults; those this engine has no use for refuse to be set.

    Attributes
    ----------
    free_portfolio_value_percentage : float
        Part of the portfolio that `set_holdings` leaves free.
    minimum_order_margin_portfolio_percentage : float
        Orders smaller than this part of the portfolio are not sent by `set_holdings`.
    stale_price_time_span : timedelta
        Age at which a price is stale for market orders.
    automatic_indicator_warm_up : bool
        Whether indicators made by `sma` and the like are fed with history at once.
    seed_initial_prices : bool
        Whether new securities are given their last known prices at once.
    """

    __slots__ = (
        "automatic_indicator_warm_up",
        "daily_precise_end_time",
        "free_portfolio_value",
        "free_portfolio_value_percentage",
        "ignore_unknown_asset_holdings",
        "liquidate_enabled",
        "minimum_order_margin_portfolio_percentage",
        "rebalance_portfolio_on_insight_changes",
        "rebalance_portfolio_on_security_changes",
        "seed_initial_prices",
        "stale_price_time_span",
        "trading_days_per_year",
    )

    def __init__(self) -> None:
        object.__setattr__(self, "daily_precise_end_time", True)
        self.free_portfolio_value: float | None = None
        self.free_portfolio_value_percentage = 0.0025
        self.minimum_order_margin_portfolio_percentage = 0.001
        self.stale_price_time_span = timedelta(hours=1)
        self.trading_days_per_year: int | None = None
        self.automatic_indicator_warm_up = False
        self.seed_initial_prices = False
        self.liquidate_enabled = True
        self.ignore_unknown_asset_holdings = True
        self.rebalance_portfolio_on_insight_changes: bool | None = None
        self.rebalance_portfolio_on_security_changes: bool | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "daily_precise_end_time" and value is not True:
            raise NotSupportedByRunner("settings.daily_precise_end_time = False", "Daily bars end at the close here, LEAN's default.")
        if name not in self.__slots__:
            raise NotSupportedByRunner(f"settings.{name}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name[:1].isupper():
            return super().__getattr__(name)
        raise NotSupportedByRunner(f"settings.{name}")
