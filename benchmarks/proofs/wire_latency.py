"""Speed: from the decision to the order message at a local gateway: at most 20 ms.

What is timed: the intent into the journal (on the disk), the sending into the journal (on the disk), and the combo order through the
client library to the fake gateway's socket, until its bytes have been read there. Contracts are known, as they are after the quotes that
every decision asks for.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from gateway_cases.bench import ORDER_REF, PLACE, Bench

ORDERS, LIMIT = 200, 20.0  # milliseconds
APART = 0.03  # seconds between two orders: the library sends at most 45 messages a second


def main() -> None:
    """Print the figures and a pass line; leave with 1 where the median is over the limit."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="ten orders, without judging the speed")
    short = arguments.parse_args().short
    logging.getLogger("ib_insync").setLevel(logging.CRITICAL)
    with TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
        bench.ready()
        if bench.problem(2.0) is not None:
            raise SystemExit("no quotes of the fake gateway")
        bench.fake.plan("rests")
        times = sorted(_timed(bench) for _ in range(10 if short else ORDERS))
    p99 = times[int(len(times) * 0.99)]
    print(f"order on wire   {len(times)} orders: median {median(times):.1f} ms, p99 {p99:.1f} ms, worst {times[-1]:.1f} ms")
    passed = short or median(times) <= LIMIT
    print(f"{'PASS' if passed else 'FAIL'}            recorded on the disk first, then read at the gateway (limit {LIMIT:g} ms)\n")
    sys.exit(0 if passed else 1)


def _timed(bench: Bench) -> float:
    arrived = _arrivals(bench)
    began = perf_counter()
    key = bench.intend()
    bench.send(key)
    while _arrivals(bench) == arrived:
        sleep(0.0002)
    milliseconds = (perf_counter() - began) * 1000
    if bench.fake.sent(PLACE)[-1][ORDER_REF] != key:
        raise SystemExit(f"another order than {key} came")
    sleep(APART)
    return milliseconds


def _arrivals(bench: Bench) -> int:
    return len(bench.fake.sent(PLACE))


if __name__ == "__main__":
    main()
