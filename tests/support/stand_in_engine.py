"""Stands where LEAN's image has `dotnet`: takes the engine's config.json from the LEAN CLI and starts OUR runner. It is not LEAN.

What it proves is the way there and back: workspace, CLI, mounts, configuration, result files. The engine inside is ours.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

SAID = "STAND-IN ENGINE: this is the embedded runner of Alaris, not LEAN"
PATIENCE = 120  # seconds until a live run that nobody stops ends by itself


def main(program: str) -> int:
    """Do what the named LEAN program would be asked to do."""
    sys.stdout.write(f"{SAID}\n")
    config: dict[str, Any] = json.loads(Path("config.json").read_text())
    if program == "QuantConnect.Report.dll":
        return _report(config)
    if program == "QuantConnect.Optimizer.Launcher.dll":
        return _optimize(config, json.loads(Path("/Lean/Launcher/bin/Debug/config.json").read_text()))
    Path(config["results-destination-folder"], "config-seen.json").write_text(json.dumps(config))
    live = config["environments"][config["environment"]]["live-mode"]
    return _live(config) if live else _backtest(config, Path(config["results-destination-folder"]), config["parameters"])


def _backtest(config: Mapping[str, Any], output: Path, parameters: Mapping[str, str], name: str = "") -> int:
    from alaris_runner.run import run_backtest

    outcome = run_backtest(
        Path(config["algorithm-location"]),
        Path(config["data-folder"]),
        output,
        dict(parameters),
        algorithm_id=name or config["algorithm-id"],
        storage=Path(config["object-store-root"]),
    )
    sys.stdout.write(f"{outcome.error or outcome.status}\n")
    (output / "log.txt").write_text(f"{SAID}\n{outcome.status}\n")
    return 0 if outcome.completed else 1


def _optimize(optimizer: Mapping[str, Any], config: Mapping[str, Any]) -> int:
    """Every point of the grid; the words of the log are those that the CLI looks for."""
    names = [parameter["name"] for parameter in optimizer["parameters"]]
    grids = [_grid(parameter) for parameter in optimizer["parameters"]]
    lines = [SAID]
    for number, values in enumerate(product(*grids), start=1):
        point = dict(zip(names, (f"{value:g}" for value in values), strict=True))
        folder = Path(config["results-destination-folder"], f"point-{number}")
        if _backtest(config, folder, {**config["parameters"], **point}, folder.name):
            return 1
        stated = ",".join(f"{name}:{value}" for name, value in point.items())
        lines.append(f"ParameterSet: ({stated}) backtestId '{folder.name}'")
    Path(config["results-destination-folder"], "log.txt").write_text("\n".join(lines) + "\n")
    return 0


def _grid(parameter: Mapping[str, Any]) -> list[float]:
    count = round((parameter["max"] - parameter["min"]) / parameter["step"]) + 1
    return [parameter["min"] + index * parameter["step"] for index in range(count)]


def _report(config: Mapping[str, Any]) -> int:
    """LEAN's report reads the backtest's charts and trades; ours only shows that they are there to be read."""
    result = json.loads(Path(config["backtest-data-source-file"]).read_text())
    points = len(result["charts"]["Strategy Equity"]["series"]["Equity"]["values"])
    trades = len(result["totalPerformance"]["closedTrades"])
    Path(config["report-destination"]).write_text(f"<p>{SAID}: {points} points of equity, {trades} trades</p>")
    return 0


def _live(config: Mapping[str, Any]) -> int:
    """Take command files as LEAN does and answer each, until told to quit or interrupted."""
    stopped = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    log = Path(config["results-destination-folder"], "log.txt")
    log.write_text(f"{SAID}\n")
    deadline = time.monotonic() + PATIENCE
    while not stopped and time.monotonic() < deadline:
        for file in sorted(Path().glob("command*.json")):
            time.sleep(0.1)  # the CLI's writing is not one step
            command = {name.lower(): value for name, value in json.loads(file.read_text()).items()}
            file.unlink()
            Path(f"result-command-{command['id']}.json").write_text(json.dumps({"Success": True}))
            with log.open("a") as lines:
                lines.write(f"{SAID}: command {json.dumps(command)}\n")
            if command.get("status") == "Stopped":
                stopped.append(True)
        time.sleep(0.2)
    time.sleep(3)  # the CLI still fetches the last answer from the container
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
