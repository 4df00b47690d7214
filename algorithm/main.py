"""The earnings calendar as a LEAN algorithm: on the embedded runner, under `lean backtest` and in `lean live`, without an edit."""

import os

from AlgorithmImports import *

from alaris.lean.earnings_calendar import EarningsCalendar


class AlarisEarningsCalendar(QCAlgorithm):
    """Passes LEAN's events to the workflow; every decision is made there."""

    def initialize(self) -> None:
        parameters = {name: self.get_parameter(name) for name in self.get_parameters().keys()}  # noqa: SIM118 - .NET's iterate over pairs
        self.earnings_calendar = EarningsCalendar(self, parameters, os.environ)

    def on_data(self, data: Slice) -> None:
        self.earnings_calendar.on_data(data)

    def on_order_event(self, order_event: OrderEvent) -> None:
        self.earnings_calendar.on_order_event(order_event)

    def on_command(self, data: object) -> bool:
        return self.earnings_calendar.on_command(data)

    def on_brokerage_disconnect(self) -> None:
        self.earnings_calendar.on_connection(False)

    def on_brokerage_reconnect(self) -> None:
        self.earnings_calendar.on_connection(True)

    def on_end_of_algorithm(self) -> None:
        self.earnings_calendar.on_end_of_algorithm()
