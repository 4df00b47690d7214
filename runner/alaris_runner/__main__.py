"""`python -m alaris_runner FILE --data-folder D --output O [--parameter K V]...`: one backtest from the shell."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from alaris_runner.errors import RunnerError
from alaris_runner.run import RARE_COLLECTIONS, run_backtest


def main(arguments: list[str] | None = None) -> int:
    """Run one backtest; returns 0 if it completed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m alaris_runner", description="Backtest a LEAN Python algorithm on a LEAN data folder.")
    parser.add_argument("file", type=Path, help="the algorithm: a Python file with one QCAlgorithm subclass")
    parser.add_argument("--data-folder", type=Path, required=True, help="a LEAN data folder")
    parser.add_argument("--output", type=Path, required=True, help="where the result files go")
    parser.add_argument(
        "--parameter", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"), help="a parameter of the algorithm; repeatable"
    )
    parser.add_argument("--algorithm-id", default="run", help="stem of the result files")
    parser.add_argument("--backtest-name", default="local", help="name of the backtest")
    options = parser.parse_args(arguments)
    try:
        outcome = run_backtest(
            options.file,
            options.data_folder,
            options.output,
            dict(options.parameter),
            algorithm_id=options.algorithm_id,
            backtest_name=options.backtest_name,
        )
    except RunnerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not outcome.completed:
        sys.stderr.write(outcome.error)
    return 0 if outcome.completed else 1


if __name__ == "__main__":
    gc.set_threshold(*RARE_COLLECTIONS)  # while importing, too
    code = main()
    gc.freeze()  # the process ends: what it leaves need not be looked through
    raise SystemExit(code)
