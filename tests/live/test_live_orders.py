"""The order path of a live run on a gateway in memory: intent, sending, statuses, fills, fees, changes, cancels, and what is never sent."""

from __future__ import annotations

from decimal import Decimal

from live_desk import BACK, FRONT, Desk

from alaris.broker import contract_name

BUYER = """
from AlgorithmImports import *

class Buyer(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        legs = [Symbol.create_option(self.stock, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 67.5, day)
                for day in (datetime(2017, 2, 17), datetime(2017, 3, 17))]
        self.front, self.back = (self.add_option_contract(leg, Resolution.MINUTE).symbol for leg in legs)
        self.tickets = []

    def on_data(self, data):
        quotes = data.quote_bars
        if not self.tickets and self.front in quotes and self.back in quotes:
            self.log(f"bid {quotes[self.front].bid.close} ask {quotes[self.back].ask.close} live {self.live_mode}")
            legs = [Leg.create(self.front, -1), Leg.create(self.back, 1)]
            self.tickets = self.combo_limit_order(legs, 2, 1.15, tag="T1 entry")

    def on_order_event(self, event):
        fee = event.order_fee.value.amount
        self.log(f"{event.symbol.value[6:12]} {str(event.status)} {event.fill_quantity:g} @ {event.fill_price} fee {fee:.2f}")
"""


def test_a_combo_is_one_order_and_both_legs_are_told(desk: Desk) -> None:
    desk.market(10)
    desk.gateway.on_place = lambda order: desk.gateway.acknowledge(order.key)
    desk.wall.then(90, lambda: desk.gateway.fill("T1|entry|1"))
    assert desk.run(BUYER).completed, desk.log

    order = desk.gateway.orders["T1|entry|1"]
    assert [(contract_name(leg), ratio) for leg, ratio in order.legs] == [(FRONT, -1), (BACK, 1)]
    assert (order.contracts, order.limit, order.tif) == (2, Decimal("1.15"), "DAY")
    told = [line for line in desk.log if line.startswith("170")]
    assert told == [
        "170217 SUBMITTED 0 @ 0.0 fee 0.00",
        "170317 SUBMITTED 0 @ 0.0 fee 0.00",
        "170217 FILLED -2 @ 1.0 fee 1.30",
        "170317 FILLED 2 @ 1.0 fee 1.30",
    ]
    assert desk.kinds()[:4] == ["reconciliation", "intent", "order", "status"]  # CLEAN, then the intent before the sending
    assert desk.held == {FRONT: -2.0, BACK: 2.0}
