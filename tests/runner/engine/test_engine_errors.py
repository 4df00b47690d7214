"""An error anywhere in the user's code ends the run as LEAN does: status, the user's own traceback, exit code 1, complete result files."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent, indent

import pytest

from alaris_runner.__main__ import main

from .conftest import HEADER

STOCK = "self.stock = self.add_equity('ABC', Resolution.DAILY).symbol\n"
BUY = "def on_data(self, data):\n    self.market_order(self.stock, 1)\n"
EVERY_DAY = "self.schedule.on(self.date_rules.every_day('ABC'), self.time_rules.at(10, 0), "
MODEL = "class Mine({base}):\n    def {method}(self, *arguments):\n        return 1 / 0\n"


def model(base: str, method: str) -> str:
    """A model of the user's own that fails when it is asked."""
    return MODEL.format(base=base, method=method)


#: Where: (what initialize does, methods of the algorithm, classes beside it, the error, the line that raised it).
PLACES = {
    "constructor": (STOCK, "def __init__(self):\n    super().__init__()\n    1 / 0", "", "ZeroDivisionError", "1 / 0"),
    "initialize": ("1 / 0", "", "", "ZeroDivisionError", "1 / 0"),
    "on_data": (STOCK, "def on_data(self, data):\n    raise ValueError('enough')", "", "ValueError: enough", "raise ValueError"),
    "on_order_event": (STOCK, BUY + "def on_order_event(self, event):\n    {}['no']", "", "KeyError: 'no'", "{}['no']"),
    "scheduled event": (STOCK + EVERY_DAY + "lambda: 1 / 0)", "", "", "ZeroDivisionError", "lambda: 1 / 0"),
    "on_securities_changed": (STOCK, "def on_securities_changed(self, changes):\n    1 / 0", "", "ZeroDivisionError", "1 / 0"),
    "on_end_of_day": (STOCK, "def on_end_of_day(self, symbol):\n    1 / 0", "", "ZeroDivisionError", "1 / 0"),
    "on_end_of_algorithm": (STOCK, "def on_end_of_algorithm(self):\n    1 / 0", "", "ZeroDivisionError", "1 / 0"),
    "on_warmup_finished": (STOCK + "self.set_warm_up(2)", "def on_warmup_finished(self):\n    1 / 0", "", "ZeroDivisionError", "1 / 0"),
    "consolidator": (STOCK + "self.consolidate(self.stock, timedelta(2), lambda bar: 1 / 0)", "", "", "ZeroDivisionError", "lambda bar"),
    "universe": ("self.add_universe('x', lambda day: 1 / 0)", "", "", "ZeroDivisionError", "lambda day"),
    "option filter": ("self.add_option('ABC').set_filter(lambda u: 1 / 0)", "", "", "ZeroDivisionError", "lambda u"),
    "security initializer": ("self.set_security_initializer(lambda s: 1 / 0)\n" + STOCK, "", "", "ZeroDivisionError", "lambda s"),
    "fee model": (STOCK + "self.securities[self.stock].set_fee_model(Mine())", BUY, model("FeeModel", "get_order_fee"), "Zero", "1 / 0"),
    "fill model": (
        STOCK + "self.securities[self.stock].set_fill_model(Mine())", BUY, model("FillModel", "market_on_open_fill"), "Zero", "1 / 0",
    ),
    "slippage model": (
        STOCK + "self.securities[self.stock].set_slippage_model(Mine())", BUY,
        model("NullSlippageModel", "get_slippage_approximation"), "Zero", "1 / 0",
    ),
    "own indicator": (
        STOCK + "self.register_indicator(self.stock, Mine())", "", model("PythonIndicator", "update"), "ZeroDivisionError", "1 / 0",
    ),
    "assertion": (STOCK, "def on_data(self, data):\n    assert data is None, 'why'", "", "AssertionError: why", "assert data"),
    "endless recursion": (STOCK, "def on_data(self, data):\n    self.on_data(data)", "", "RecursionError", "self.on_data"),
    "sys.exit": (STOCK, "def on_data(self, data):\n    sys.exit(0)", "", "SystemExit: 0", "sys.exit(0)"),
    "sys.exit in a scheduled event": (STOCK + EVERY_DAY + "lambda: sys.exit(3))", "", "", "SystemExit: 3", "sys.exit(3)"),
}  # fmt: skip

BEFORE_THE_RUN = ("constructor", "initialize", "security initializer")  # what the run would have been is not known then


@pytest.mark.parametrize("place", PLACES)
def test_an_error_ends_the_run(place: str, tmp_path: Path, data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup, methods, beside, error, line = PLACES[place]
    file, output = tmp_path / "broken.py", tmp_path / "output"
    file.write_text(f"from AlgorithmImports import *\n{beside}\n{HEADER}{indent(dedent(setup), ' ' * 8)}\n{indent(methods, ' ' * 4)}\n")
    assert main([str(file), "--data-folder", str(data_folder), "--output", str(output)]) == 1
    printed = capsys.readouterr().err
    result = json.loads((output / "run.json").read_text())
    state = result["state"]
    assert (state["Status"], error in state["RuntimeError"]) == ("RuntimeError", True), state
    for told in (printed, state["StackTrace"]):
        assert f'File "{file}"' in told
        assert line in told
        assert "alaris_runner/engine" not in told.split("broken.py")[0]  # it begins with the user's own code
    assert f"Runtime Error: {state['RuntimeError']}" in (output / "run-log.txt").read_text()
    begun = {"algorithmConfiguration"} if place not in BEFORE_THE_RUN else set()
    assert {"statistics", "charts", "orders", "profitLoss", "totalPerformance"} | begun <= set(result)
    assert json.loads((output / "run-summary.json").read_text())["state"]["Status"] == "RuntimeError"


def test_what_happened_before_the_error_is_kept(tmp_path: Path, data_folder: Path) -> None:
    file, output = tmp_path / "late.py", tmp_path / "output"
    body = "def on_data(self, data):\n    self.market_order(self.stock, 10)\n    if self.time.day == 5:\n        raise ValueError('late')"
    file.write_text(f"from AlgorithmImports import *\n{HEADER}{indent(STOCK, ' ' * 8)}\n{indent(body, ' ' * 4)}\n")
    assert main([str(file), "--data-folder", str(data_folder), "--output", str(output)]) == 1
    result = json.loads((output / "run.json").read_text())
    events = json.loads((output / "run-order-events.json").read_text())
    equity = result["charts"]["Strategy Equity"]["series"]["Equity"]["values"]
    # orders of 2, 3 and 4 January; the first three filled at the next opens 98.5, 99.5 and 100.5, a dollar each; the fourth waits
    assert [order["quantity"] for order in result["orders"].values()] == [10.0] * 4
    assert [event["fillPrice"] for event in events if event["status"] == "filled"] == [98.5, 99.5, 100.5]
    assert equity[-1][-1] == pytest.approx(10000 + 10 * (101 - 98.5 + 101 - 99.5 + 101 - 100.5) - 3)
