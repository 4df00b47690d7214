"""Play every fault of a gateway's quotes and say what came of each; `python tests/support/gateway_faults/table.py`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from alaris.broker.library import require_library
from gateway_faults import QUOTE_FAULTS, Outcome, play


def table(outcomes: Sequence[Outcome]) -> str:
    """A line a fault: what came of it, what was done."""
    lines = [f"{'fault of a gateway, ' + require_library():<40}{'answer':<18}done"]
    lines += [f"{one.name:<40}{one.told if one.passed else '!' + one.told:<18}{one.done}" for one in outcomes]
    failed = [f"  {one.name}: expected {one.expected}, was {one.told} {one.errors}" for one in outcomes if not one.passed]
    promise = "a quote that was stated, or a typed reason; no message decoded wrongly"
    return "\n".join([*lines, "", f"{len(outcomes) - len(failed)} of {len(outcomes)} as promised: {promise}", *failed])


def main() -> int:
    """Print the table; 1 where a fault does not end as promised."""
    outcomes = [play(played) for played in QUOTE_FAULTS]
    sys.stdout.write(table(outcomes) + "\n")
    return int(not all(one.passed for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
