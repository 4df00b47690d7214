"""Every breaker and every limit, driven over and back: no new order behind the next look, exits go on, a halt outlives a restart."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "support"))

from sample_market import EVE, REPORT, SYMBOL, SampleMarket, close_of, guarded_workflow, sample_settings

from alaris.domain import Decision, Execution, InvalidInput, Phase, Reason, UpcomingReport
from alaris.lean.safeguards import Safeguards
from alaris.risk.breakers import Breaker, BreakerState
from alaris.risk.limits import Proposal, check_limits
from alaris.risk.portfolio import OpenCalendar, Portfolio
from alaris.settings import CostSurvival, Limits
from alaris.workflow import Workflow

NOW, LATER = close_of(EVE), close_of(REPORT)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RICH = Portfolio(equity=1e6, cash=1e6)
FAR = {"limits__contracts": "99", "limits__notional": "1e9", "limits__loss": "1e9"}  # so that only the limit under test binds
STATED = (10, 25_000, 5_000, 10_000, 5, 0.80, 0.20, 0.30, 0.24)  # strategy.md 4, in the order of the fields below
FIELDS = ("contracts", "notional", "loss", "symbol_daily_loss", "positions", "allocation", "cash_reserve", "sector", "sector_warning")
FEES = 4 * CostSurvival().fee_per_contract / 100  # USD a share, two legs in and out: the buffer widens quotes, fees stay
WORKS = {
    "VOLATILITY_SPIKE": "over: costs + 50 % at the next look and after a restart, exits go on; back: as before",
    "LIMIT": "at it: ordered; beyond it: refused, or cut to what fits",
    "strategy.md 4": "the defaults are the table's",
}
CHECKS = 2_000
CHECK_SECONDS = 1e-3

Drive = Callable[[Safeguards], None]


@dataclass(frozen=True)
class Trial:
    """A breaker: what drives it over, what ends it, what comes near but must not end it, and whether it halts or raises costs."""

    breaker: Breaker
    over: Drive
    back: Drive
    too_little: Drive
    halts: bool = True


@dataclass(frozen=True)
class Bound:
    """A limit: the settings and the account at which one more spread just fits, and the account at which it does not."""

    reason: Reason
    settings: dict[str, str]
    inside: Portfolio
    beyond: Portfolio
    cut_to: int = 0


class Desk:
    """One account as every engine's adapter runs it: breakers that stand, a workflow, an order that meets both."""

    def __init__(self, settings: dict[str, str] | None = None, sizes: int = 1, sectors: dict[str, str] | None = None) -> None:
        self._sizes, self._sectors = sizes, sectors or {}
        self.settings = sample_settings(**(settings or {}))
        self.workflow = self._workflow()
        self.guards = Safeguards(self.settings.breakers, lambda _: None)

    def order(self, portfolio: Portfolio = RICH) -> Decision:
        """What becomes of the next order: decided and confirmed under the breakers that stand."""
        standing = self.guards.standing(NOW)
        decision = self.workflow.decide(self.report(), portfolio, NOW, breakers=standing)
        return self.workflow.confirm(decision, None, portfolio, NOW, breakers=standing)

    def report(self) -> UpcomingReport:
        """The sample market's report."""
        (found,), _ = self.workflow.reports([SYMBOL], NOW)
        return found

    def restart(self) -> None:
        """A new process with the same book: the breakers' state goes through text."""
        stored = json.loads(json.dumps(self.guards.state.to_dict()))
        again = Safeguards(self.settings.breakers, lambda _: None)
        again.restore(BreakerState.from_dict(stored), self.guards.closes)
        self.workflow, self.guards = self._workflow(), again

    def _workflow(self) -> Workflow:
        made = guarded_workflow(SampleMarket(sizes=self._sizes), self.settings)
        made._sectors.update(self._sectors)  # noqa: SLF001 - the sample workflow has no file of sectors
        return made


def main() -> None:
    """Print one line a breaker and a limit; leave with 1 where one fails."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--short", action="store_true", help="the same, without judging the speed of the risk check")
    short = arguments.parse_args().short
    failed = [name for name, faults in (*_breakers(), *_limits()) if _said(name, faults)]
    seconds = _risk_check(100 if short else CHECKS)
    print(f"risk check      one order against every limit: {seconds * 1e3:.3f} ms (limit {CHECK_SECONDS * 1e3:g} ms)")
    passed = not failed and (short or seconds <= CHECK_SECONDS)
    print(f"{'PASS' if passed else 'FAIL'}            6 breakers, the operator's halt and 8 limits driven over and back\n")
    sys.exit(0 if passed else 1)


def _said(name: str, faults: list[str]) -> list[str]:
    kind = "LIMIT" if name.startswith("LIMIT") else name
    works = WORKS.get(kind, "over: refused at the next look and after a restart, exits go on; back: ordered again")
    print(f"{name:20} {'; '.join(faults) or works}")
    return faults


def _breakers() -> Iterator[tuple[str, list[str]]]:
    for trial in _trials():
        yield trial.breaker.value, list(_faults(trial))


def _trials() -> list[Trial]:
    return [
        Trial(Breaker.DAILY_LOSS, lambda g: _lose(g, 15_001, days=1), lambda g: _approve(g, Breaker.DAILY_LOSS), _recover),
        Trial(
            Breaker.WEEKLY_LOSS, lambda g: _lose(g, 30_001, days=4, end=NOW - 3 * DAY), lambda g: _approve(g, Breaker.WEEKLY_LOSS), _recover
        ),
        Trial(Breaker.EXECUTION_FAILURES, _fail, lambda g: g.retry(NOW + 15 * MINUTE), _retry_too_early),
        Trial(Breaker.DATA_QUALITY, lambda g: _validate(g, 9, 2), lambda g: _validate(g, 100, 0), lambda g: _validate(g, 5, 0)),
        Trial(Breaker.VOLATILITY_SPIKE, lambda g: _vix(g, 40.01), lambda g: _vix(g, 40.0), lambda g: _vix(g, float("nan")), halts=False),
        Trial(Breaker.MARKET_HALT, lambda g: _halt(g, Breaker.MARKET_HALT), lambda g: _approve(g, Breaker.MARKET_HALT), _recover),
        Trial(Breaker.OPERATOR, lambda g: _halt(g, Breaker.OPERATOR), lambda g: _approve(g, Breaker.OPERATOR), _recover),
    ]


def _lose(guards: Safeguards, amount: float, days: int, end: datetime = NOW) -> None:
    """An account that loses this much over some sessions (a week's from its Monday on), seen at their closes and then between two."""
    for day in range(days):
        guards.see_equity(1e6 - amount * day / days, end - (days - day) * DAY)
    guards.watch_equity(1e6 - amount, end)


def _recover(guards: Safeguards) -> None:
    guards.watch_equity(2e6, NOW)


def _fail(guards: Safeguards) -> None:
    for _ in range(6):
        guards.see_execution(False, NOW)


def _retry_too_early(guards: Safeguards) -> None:
    guards.retry(NOW + 14 * MINUTE)
    guards.connected = False
    guards.retry(NOW + 16 * MINUTE)
    guards.connected = True


def _validate(guards: Safeguards, passed: int, failed: int) -> None:
    for phase in [Phase.MARKET_DATA] * failed + [Phase.SIGNAL] * passed:
        guards.see_data(Decision("", SYMBOL, NOW, "", "", "", rejected_phase=phase), NOW)


def _vix(guards: Safeguards, level: float) -> None:
    guards.see_volatility(level, NOW)


def _halt(guards: Safeguards, breaker: Breaker) -> None:
    guards.halt("Ada", "a look at it", NOW, breaker)


def _approve(guards: Safeguards, breaker: Breaker) -> None:
    try:
        guards.resume(breaker, "", "", NOW)
    except InvalidInput:
        guards.resume(breaker, "Ada", "reviewed", NOW)
    else:
        raise SystemExit(f"{breaker} was ended by an approval without a name")


def _faults(trial: Trial) -> Iterator[str]:
    """What is wrong with a breaker; nothing where it works."""
    desk = Desk()
    calm = desk.order()
    if calm.rejection is not None:
        yield f"the sample market is refused before anything happened: {calm.rejection}"
    trial.over(desk.guards)
    for moment in ("at the next look", "after a restart"):
        yield from _not_refused(trial, desk.order(), calm, moment)
        desk.restart()
    yield from _exit_stays(desk, calm)
    trial.too_little(desk.guards)
    if not desk.guards.state.is_active(trial.breaker):
        yield "it ended by too little"
    trial.back(desk.guards)
    if desk.guards.state.is_active(trial.breaker) or desk.order().rejection is not None:
        yield "it did not end"


def _not_refused(trial: Trial, decision: Decision, calm: Decision, moment: str) -> Iterator[str]:
    if trial.halts:
        if decision.rejection is None or decision.rejection.reason is not Reason.HALTED:
            yield f"{moment} an order would leave ({decision.rejection})"
    elif abs(_cost(decision) - (expected := 1.5 * _cost(calm) - 0.5 * FEES)) > 1e-9:
        yield f"{moment} the expected cost is {_cost(decision):.4f} instead of {expected:.4f} USD"


def _cost(decision: Decision) -> float:
    """Round-trip cost in USD a share that the cost guard counted with."""
    costs = [verdict.value for verdict in decision.verdicts if verdict.id == "STCS006A" and verdict.limit == 0.40]
    return float(costs[0]) if costs and costs[0] is not None else float("nan")


def _exit_stays(desk: Desk, entered: Decision) -> Iterator[str]:
    """A position of before is still left, by a ladder, in whatever halt stands."""
    assert entered.calendar is not None  # noqa: S101 - the sample market is ordered when nothing stands
    held = desk.workflow.entered(entered, Execution(NOW, entered.calendar.natural_debit, (), entered.calendar, entered.spot))
    calendar = desk.workflow.calendar_now(held, LATER)
    if (
        calendar is None
        or desk.workflow.exit_due(held, calendar, held.spot, LATER) is None
        or not desk.workflow.exit_ladder(calendar).prices
    ):
        yield "its exit did not go out"


def _limits() -> Iterator[tuple[str, list[str]]]:
    yield "strategy.md 4", [] if tuple(getattr(Limits(), field) for field in FIELDS) == STATED else ["a default differs"]
    for bound in _bounds():
        yield bound.reason.value, list(_broken(bound))


def _bounds() -> list[Bound]:
    """Each limit at the one value where the sample's spread just fits, and a cent or a position further."""
    debit = _spread()
    held = (OpenCalendar("XYZ", 1, 1_000.0, "Food"),)
    full = tuple(OpenCalendar(name, 1, 1.0) for name in "ABCDE")
    needed = debit + 1_000.0
    tight = {"limits__cash_reserve": "0"}
    return [
        Bound(Reason.LIMIT_CONTRACTS, {**FAR, "limits__contracts": "2"}, RICH, RICH, cut_to=2),
        Bound(Reason.LIMIT_NOTIONAL, {**FAR, "limits__notional": f"{debit + 1e-4:.4f}"}, RICH, RICH, cut_to=1),
        Bound(Reason.LIMIT_LOSS, {**FAR, "limits__loss": f"{debit + 1e-4:.4f}"}, RICH, RICH, cut_to=1),
        Bound(Reason.LIMIT_POSITIONS, FAR, replace(RICH, open=full[:4]), replace(RICH, open=full)),
        Bound(Reason.LIMIT_SYMBOL_LOSS, FAR, _lost(10_000.0), _lost(10_000.01)),
        Bound(Reason.LIMIT_ALLOCATION, {**FAR, **tight}, _worth(needed / 0.8 + 1e-6, 1e6, held), _worth(needed / 0.8 - 0.1, 1e6, held)),
        Bound(Reason.LIMIT_CASH, FAR, _worth(1e6, 2e5 + debit + 1e-6), _worth(1e6, 2e5 + debit - 0.1)),
        Bound(Reason.LIMIT_SECTOR, {**FAR, **tight}, _worth(needed / 0.3 + 1e-6, 1e6, held), _worth(needed / 0.3 - 0.1, 1e6, held)),
    ]


def _lost(amount: float) -> Portfolio:
    return replace(RICH, losses_today={SYMBOL: amount})


def _worth(equity: float, cash: float, held: tuple[OpenCalendar, ...] = ()) -> Portfolio:
    return Portfolio(equity, cash, open=held)


def _spread() -> float:
    decision = Desk().order()
    if decision.calendar is None:
        raise SystemExit(f"the sample market is refused: {decision.rejection}")
    return 100 * decision.calendar.natural_debit


def _broken(bound: Bound) -> Iterator[str]:
    """What is wrong with a limit; nothing where it works."""
    sectors = {SYMBOL: "Food"} if bound.reason is Reason.LIMIT_SECTOR else {}
    desk = Desk(bound.settings, sizes=50 if bound.cut_to else 1, sectors=sectors)
    inside, beyond = desk.order(bound.inside), desk.order(bound.beyond)
    if inside.rejection is not None or inside.contracts != max(bound.cut_to, 1):
        yield f"inside it {inside.contracts} contracts were ordered ({inside.rejection})"
    if not bound.cut_to and (beyond.rejection is None or beyond.rejection.reason is not bound.reason):
        yield f"beyond it an order would leave ({beyond.rejection})"
    if bound.cut_to and bound.reason is not Reason.LIMIT_CONTRACTS:
        smaller = {**bound.settings, f"limits__{bound.reason.value.removeprefix('LIMIT_').lower()}": f"{_spread() - 0.01:.4f}"}
        refused = Desk(smaller, sizes=50).order(bound.beyond).rejection
        if refused is None or refused.reason is not bound.reason:
            yield f"beyond it an order would leave ({refused})"


def _risk_check(times: int) -> float:
    """Median seconds of one order's check against every limit, with five positions open."""
    held = tuple(OpenCalendar(name, 2, 400.0, "Food") for name in "ABCD")
    account, proposal, limits = replace(RICH, open=held), Proposal(SYMBOL, 133.0, 2, "Food"), Limits()
    seconds = []
    for _ in range(times):
        started = perf_counter()
        check_limits(proposal, account, limits)
        seconds.append(perf_counter() - started)
    return sorted(seconds)[times // 2]


if __name__ == "__main__":
    main()
