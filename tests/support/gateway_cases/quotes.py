"""Faults of market data: refused, delayed, one-sided, absurd, late, lost; no order is ever priced from any of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import sleep

from alaris.broker import QuoteProblem
from gateway_cases.bench import FRONT_ID, Bench, Fault

LIVE = ("kind", 1)
BID, ASK = ("price", 1, 1.0, 10), ("price", 2, 1.1, 10)
Step = tuple[object, ...]


def refused(problem: QuoteProblem, *steps: Step) -> Callable[[Bench], str]:
    """The front's request is answered by these steps; then by its quote again."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.script(FRONT_ID, *steps)
        found = bench.problem()
        assert found is problem, f"expected {problem}, was {found}"
        bench.fake.script(FRONT_ID)
        assert bench.problem() is None
        return f"no quote ({problem.value}), no order; quoted again after it"

    return play


def accepted(*steps: Step) -> Callable[[Bench], str]:
    """What looks like a fault and is none: bid and ask come."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.script(FRONT_ID, *steps)
        assert bench.problem(1.0) is None
        bench.fake.script(FRONT_ID)
        return "went on waiting: bid and ask came"

    return play


def stale(bench: Bench) -> str:
    bench.ready()
    assert bench.problem() is None
    bench.fake.script(FRONT_ID, LIVE, ("wait", 9.0))  # the second request of the same contract is not answered
    assert bench.problem() is QuoteProblem.TIMEOUT
    bench.fake.script(FRONT_ID)
    return "TIMEOUT: the quote before was not served again"


def refused_for_all(problem: QuoteProblem, code: int, text: str) -> Callable[[Bench], str]:
    """Each request of market data is refused."""

    def play(bench: Bench) -> str:
        bench.ready()
        bench.fake.fault("market_data_error", (code, text))
        assert bench.problem() is problem
        bench.fake.fault("market_data_error", None)
        assert bench.problem() is None
        return f"no quote ({problem.value}), no order; quoted again after it"

    return play


def no_lines_left(bench: Bench) -> str:
    bench.ready()
    bench.fake.fault("lines", 1)
    assert bench.problem() is QuoteProblem.TOO_MANY_LINES
    bench.fake.fault("lines", 100)
    assert bench.until(lambda: bench.fake.subscriptions == 0)
    assert bench.problem() is None
    return "no quote (TOO_MANY_LINES); no line was left open"


def lost_while_waiting(bench: Bench) -> str:
    bench.ready()
    bench.fake.script(FRONT_ID, LIVE, BID, ("wait", 9.0))
    threading.Timer(0.1, bench.fake.drop).start()
    assert bench.problem(2.0) is QuoteProblem.CONNECTION_LOST
    bench.fake.script(FRONT_ID)
    bench.ready()
    return "CONNECTION_LOST at once, not at the deadline"


def late(bench: Bench) -> str:
    bench.ready()
    bench.fake.script(FRONT_ID, LIVE, BID, ("wait", 0.5), ASK)
    assert bench.problem(0.2) is QuoteProblem.ONE_SIDED
    sleep(0.5)  # the ask comes after the cancellation
    bench.fake.script(FRONT_ID)
    assert bench.problem() is None
    return "the late tick fell on nobody"


def at_once(bench: Bench) -> str:
    bench.ready()
    found: list[QuoteProblem | None] = []
    threads = [threading.Thread(target=lambda: found.append(bench.problem(2.0))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [None] * 12
    assert bench.until(lambda: bench.fake.subscriptions == 0)
    return "12 threads at once: each its own answer, no line left open"


HALTED: Step = ("generic", 49, 1.0)
QUOTES = (
    Fault("quotes", "200 no such contract", refused(QuoteProblem.NO_CONTRACT, ("error", 200, "No security definition"))),
    Fault("quotes", "354 not subscribed", refused(QuoteProblem.NOT_SUBSCRIBED, ("error", 354, "Requested market data is not subscribed"))),
    Fault(
        "quotes", "10089 needs a subscription", refused(QuoteProblem.NOT_SUBSCRIBED, ("error", 10089, "requires additional subscription"))
    ),
    Fault(
        "quotes", "10168 delayed not enabled", refused(QuoteProblem.NOT_SUBSCRIBED, ("error", 10168, "Delayed market data is not enabled"))
    ),
    Fault(
        "quotes",
        "10197 competing session",
        refused_for_all(QuoteProblem.COMPETING_SESSION, 10197, "No market data during competing live session"),
    ),
    Fault("quotes", "100 pacing", refused(QuoteProblem.PACING, ("error", 100, "Max rate of messages per second has been exceeded"))),
    Fault("quotes", "101 no lines left", no_lines_left),
    Fault("quotes", "321 not valid", refused(QuoteProblem.REFUSED, ("error", 321, "Error validating request"))),
    Fault(
        "quotes",
        "10090 part not subscribed",
        accepted(LIVE, ("error", 10090, "Part of requested market data is not subscribed"), ("wait", 0.1), BID, ASK),
    ),
    Fault(
        "quotes",
        "10091 part needs a subscription",
        accepted(LIVE, ("error", 10091, "Part of requested market data requires"), ("wait", 0.1), BID, ASK),
    ),
    Fault(
        "quotes",
        "10167 delayed shown instead",
        refused(
            QuoteProblem.NOT_LIVE,
            ("error", 10167, "Displaying delayed market data"),
            ("kind", 3),
            ("price", 66, 1.0, 10),
            ("price", 67, 1.1, 10),
        ),
    ),
    Fault("quotes", "delayed", refused(QuoteProblem.NOT_LIVE, ("kind", 3), ("price", 66, 1.0, 10), ("price", 67, 1.1, 10))),
    Fault("quotes", "frozen", refused(QuoteProblem.NOT_LIVE, ("kind", 2), BID, ASK)),
    Fault("quotes", "live or not is not said", refused(QuoteProblem.KIND_UNKNOWN, BID, ASK, ("end",))),
    Fault("quotes", "stale: the second request silent", stale),
    Fault("quotes", "nothing comes", refused(QuoteProblem.TIMEOUT, ("wait", 9.0))),
    Fault("quotes", "one side only", refused(QuoteProblem.ONE_SIDED, LIVE, BID, ("end",))),
    Fault("quotes", "no quote: -1 and -1", refused(QuoteProblem.ONE_SIDED, LIVE, ("price", 1, -1, 0), ("price", 2, -1, 0), ("end",))),
    Fault("quotes", "crossed", refused(QuoteProblem.CROSSED, LIVE, ("price", 1, 1.2, 10), ASK, ("end",))),
    Fault("quotes", "size 0", refused(QuoteProblem.NO_SIZE, LIVE, ("price", 1, 1.0, 0), ASK, ("end",))),
    Fault("quotes", "NaN", refused(QuoteProblem.IMPLAUSIBLE, LIVE, ("price", 1, "NaN", 10), ASK, ("end",))),
    Fault("quotes", "infinite", refused(QuoteProblem.IMPLAUSIBLE, LIVE, BID, ("price", 2, "Infinity", 10), ("end",))),
    Fault("quotes", "1.797e308", refused(QuoteProblem.IMPLAUSIBLE, LIVE, BID, ("price", 2, "1.7976931348623157E308", 10), ("end",))),
    Fault("quotes", "a text for a price", refused(QuoteProblem.ONE_SIDED, LIVE, ("price", 1, "none", 10), ASK, ("end",))),
    Fault("quotes", "halted", refused(QuoteProblem.HALTED, LIVE, HALTED, BID, ASK, ("end",))),
    Fault("quotes", "dropped while waiting", lost_while_waiting),
    Fault("quotes", "ask after the cancellation", late),
    Fault("quotes", "12 threads at once", at_once),
)
