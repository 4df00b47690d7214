"""LEAN's own regression figures: strategies retold in our words, with the orders, end equity and fees LEAN's suite expects.

Expected figures: ../shared/reference/lean.md G, from the expected statistics of QuantConnect/Lean's regression algorithms of the same idea.
"""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from alaris_runner.run import run_backtest

DATA = Path(__file__).parents[3] / "shared" / "data" / "lean"

FARTHEST_PUT = """
from AlgorithmImports import *

class FarthestPut(QCAlgorithm):
    '''Buy the put nearest the money of the last expiry, and sell it at the close (BasicTemplateOptionsAlgorithm).'''

    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.stock = self.add_equity("GOOG").symbol
        option = self.add_option("GOOG")
        option.set_filter(lambda universe: universe.strikes(-2, 2).expiration(0, 180))
        self.chain = option.symbol
        self.set_benchmark(self.stock)

    def on_data(self, data):
        chain = data.option_chains.get(self.chain)
        if chain is None or self.portfolio.invested or not self.is_market_open(self.chain):
            return
        last = max(contract.expiry for contract in chain)
        puts = [contract for contract in chain if contract.right == OptionRight.PUT and contract.expiry == last]
        if puts:
            nearest = min(puts, key=lambda contract: abs(contract.strike - chain.underlying.price))
            self.market_order(nearest.symbol, 1)
            self.market_on_close_order(nearest.symbol, -1)
"""

SPREAD_THROUGH_EXPIRY = """
from AlgorithmImports import *

class SpreadThroughExpiry(QCAlgorithm):
    '''Hold a call spread in the money through its expiry: one leg is exercised, one assigned (OptionExerciseAssignRegressionAlgorithm).'''

    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 28)
        self.stock = self.add_equity("GOOG").symbol
        option = self.add_option("GOOG")
        option.set_filter(lambda universe: universe.strikes(-2, 2).expiration(0, 10))
        self.chain = option.symbol
        self.set_benchmark(self.stock)

    def on_data(self, data):
        chain = data.option_chains.get(self.chain)
        if chain is None or self.portfolio.invested:
            return
        spot, today = chain.underlying.price, self.time.date()
        inside = [c for c in chain if c.right == OptionRight.CALL and c.expiry.date() == today and c.strike < spot]
        if len(inside) > 1:
            high, low = sorted(inside, key=lambda contract: -contract.strike)[:2]
            self.market_order(high.symbol, 1)
            self.market_order(low.symbol, -1)
"""


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared is not here: LEAN's sample data are not part of the repository")
@pytest.mark.parametrize(
    ("algorithm", "orders", "equity", "fees"),
    [(FARTHEST_PUT, "2", "99718", "$2.00"), (SPREAD_THROUGH_EXPIRY, "4", "99648", "$2.00")],
    ids=["farthest put", "spread through expiry"],
)
def test_regression_figures(tmp_path: Path, algorithm: str, orders: str, equity: str, fees: str) -> None:
    file = tmp_path / "retold.py"
    file.write_text(dedent(algorithm))
    outcome = run_backtest(file, DATA, tmp_path / "output")
    statistics = json.loads(outcome.result_file.read_text())["statistics"]
    assert (statistics["Total Orders"], statistics["End Equity"], statistics["Total Fees"]) == (orders, equity, fees), outcome.error
