"""Proof 2: faults of a gateway, each over a real socket against the fake one: what was done about it, and that trading goes on after it.

After each fault one more calendar is bought; then our positions are the broker's, no key was sent twice, and every order has ended, works
at the broker, or is declared unknown.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from gateway_cases import FAULTS, Fault

FEWEST = 60
PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations" / "gateway-faults.md"
HEAD = """# Faults of a gateway that were played

Each over a real socket against a fake gateway, on a connection of its own; `make proofs` plays them all. After each one more calendar is
bought, no key was sent twice, our positions are the broker's, and every order has ended, works at the broker, or is declared unknown.
What a real gateway does may differ: these are the messages that the broker documents and that others have reported. This page is made by
`benchmarks/proofs/gateway_faults.py --page`.

| | fault | what was done |
|---|---|---|
"""


def main() -> None:
    """Print each fault with what was done, and a pass line; leave with 1 where one was not survived."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="every ninth")
    arguments.add_argument("--only", metavar="TEXT", default="", help="those with this in their name")
    arguments.add_argument("--page", action="store_true", help="write docs/operations/gateway-faults.md")
    given = arguments.parse_args()
    logging.getLogger("ib_insync").setLevel(logging.CRITICAL)  # its own complaints are part of the faults
    chosen = [fault for fault in FAULTS if given.only in f"{fault.group} {fault.name}"][:: 9 if given.short else 1]
    began = perf_counter()
    done = {fault: _played(fault) for fault in chosen}
    survived = sum(one is not None for one in done.values())
    if given.page:
        rows = [f"| {fault.group} | {fault.name} | {text or 'NOT SURVIVED'} |\n" for fault, text in done.items()]
        PAGE.write_text(HEAD + "".join(rows), encoding="utf-8")
    print(f"gateway faults  {survived} of {len(chosen)} survived, {perf_counter() - began:.0f} s, each over a socket of its own")
    passed = survived == len(chosen) and (bool(given.only) or given.short or len(chosen) >= FEWEST)
    print(f"{'PASS' if passed else 'FAIL'}            traded on after each, no order sent twice, positions the broker's\n")
    sys.exit(0 if passed else 1)


def _played(fault: Fault) -> str | None:
    """What was done, or nothing where it was not survived."""
    began, done = perf_counter(), None
    with TemporaryDirectory() as folder:
        try:
            text = done = fault.survived(Path(folder))
        except Exception as error:  # noqa: BLE001 - a fault that was not survived is a line of the table
            text = f"NOT SURVIVED: {type(error).__name__}: {error}"
    print(f"  {fault.group:<10} {fault.name:<34} {perf_counter() - began:>4.1f} s  {text}", flush=True)
    return done


if __name__ == "__main__":
    main()
