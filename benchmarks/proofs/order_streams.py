"""Proof 6: 10,000 streams of executions, split, corrected, shuffled and repeated, end in the same positions, cash and profit."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from execution_streams import ExecutionStream

STREAMS, STEPS = 10_000, 20


def main() -> None:
    """Print the figures and a pass line; a stream that ends otherwise is printed, made small, and leaves with 1."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="50 streams")
    streams = 50 if arguments.parse_args().short else STREAMS
    counted: list[tuple[int, int]] = []

    class Counted(ExecutionStream):
        def teardown(self) -> None:
            super().teardown()
            counted.append((len(self.truths), 2 * len(self.delivered) + len(self.waiting)))

    began = perf_counter()
    options = settings(max_examples=streams, stateful_step_count=STEPS, deadline=None, database=None, phases=(Phase.generate, Phase.shrink))
    run_state_machine_as_test(Counted, settings=options)
    executions, reports = (sum(column) for column in zip(*counted, strict=True))
    print(f"order streams   {len(counted):,} streams, {executions:,} executions in {reports:,} reports, {perf_counter() - began:.0f} s")
    passed = len(counted) >= streams
    print(f"{'PASS' if passed else 'FAIL'}            positions, cash, realised profit and value are the ordered stream's, to the cent\n")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
