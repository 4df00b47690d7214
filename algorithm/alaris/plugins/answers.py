"""What each hook may answer: type, finite numbers, nothing from the future. An answer that breaks this counts as a failure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from alaris.domain import (
    DailyBars,
    Dividend,
    EarningsEvent,
    LegHistory,
    LegQuote,
    Observation,
    OptionChain,
    PriceLadder,
    Reason,
    Signal,
    Verdict,
)

T = TypeVar("T")
Arguments = Mapping[str, Any]
Check = Callable[[Any, Arguments], Any]


class ContractBroken(Exception):
    """A plugin answered something else than the hook asks for."""


def _expect(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise ContractBroken(f"expected {kind.__name__}, was {type(value).__name__}")
    return value


def _listed(value: Any, kind: type[T]) -> tuple[T, ...]:
    """All items of an answer; a generator runs here, inside the plugin's isolation and budget."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise ContractBroken(f"expected a sequence of {kind.__name__}, was {type(value).__name__}")
    return tuple(_expect(item, kind) for item in value)


def _aware(moment: Any, name: str) -> datetime:
    stated = _expect(moment, datetime)
    if stated.utcoffset() is None:
        raise ContractBroken(f"{name} must carry a time zone, was {stated}")
    return stated


def _known(available_at: Any, arguments: Arguments) -> None:
    if _aware(available_at, "available_at") > arguments["as_of"]:
        raise ContractBroken(f"answered with something from the future: available at {available_at}, asked as of {arguments['as_of']}")


def _finite(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
        raise ContractBroken(f"{name} must be a finite number, was {value!r}")
    return float(value)


def _observation(value: Any, arguments: Arguments, kind: type[T]) -> Observation[T]:
    observed = _expect(value, Observation)
    _known(observed.available_at, arguments)
    _expect(observed.value, kind)
    return observed


def earnings_events(value: Any, arguments: Arguments) -> tuple[EarningsEvent, ...]:
    """Reports known in time; one from the future drops the whole answer."""
    events = _listed(value, EarningsEvent)
    for event in events:
        _known(event.available_at, arguments)
    return events


def daily_bars(value: Any, arguments: Arguments) -> Observation[DailyBars]:
    """Bars in order of time, none after the decision's day."""
    observed = _observation(value, arguments, DailyBars)
    day = observed.value.day
    if len(day) == 0:
        raise ContractBroken("no bar at all; answer None where nothing is known")
    if (np.diff(day) <= np.timedelta64(0, "D")).any():
        raise ContractBroken("bars must be one a session, oldest first")
    if day[-1] > np.datetime64(arguments["as_of"].date(), "D"):
        raise ContractBroken(f"answered with a bar of the future: {day[-1]}, asked as of {arguments['as_of']}")
    return observed


def option_chain(value: Any, arguments: Arguments) -> Observation[OptionChain]:
    """A chain of the symbol asked for, with its quotes as the market shows them."""
    observed = _observation(value, arguments, OptionChain)
    if observed.value.symbol != arguments["symbol"]:
        raise ContractBroken(f"expected the chain of {arguments['symbol']}, was of {observed.value.symbol}")
    _finite(observed.value.spot, "spot")
    return observed


def risk_free_rate(value: Any, arguments: Arguments) -> Observation[float]:
    """A finite rate; 5 % is 0.05, so that 1 and more is a percentage by mistake."""
    observed = _expect(value, Observation)
    _known(observed.available_at, arguments)
    rate = _finite(observed.value, "the rate")
    if not -0.5 < rate < 1:
        raise ContractBroken(f"a rate of 5 % is 0.05; {rate:g} is out of -0.5..1")
    return observed


def dividends(value: Any, _: Arguments) -> tuple[Dividend, ...]:
    """Dividends of finite amounts."""
    items = _listed(value, Dividend)
    for item in items:
        _finite(item.amount, "the amount")
    return items


def leg_history(value: Any, _: Arguments) -> LegHistory:
    """Volatilities of two legs; NaN on days without a quote is allowed."""
    return _expect(value, LegHistory)


def execution_quotes(value: Any, arguments: Arguments) -> tuple[LegQuote, ...]:
    """One quote a leg, in the order of the legs, none observed after the decision."""
    quotes = _listed(value, LegQuote)
    if [quote.leg for quote in quotes] != list(arguments["legs"]):
        raise ContractBroken("expected one quote for each leg, in the order of the legs; answer None where one is missing")
    for quote in quotes:
        _known(quote.observed_at, arguments)
    return quotes


def filter_universe(value: Any, arguments: Arguments) -> tuple[str, ...]:
    """Symbols among those asked for."""
    kept = _listed(value, str)
    if unknown := sorted(set(kept) - set(arguments["symbols"])):
        raise ContractBroken(f"kept symbols that were not asked for: {', '.join(unknown[:3])}")
    return kept


def adjust_signal(value: Any, _: Arguments) -> Signal:
    """A whole signal."""
    return _expect(value, Signal)


def position_size(value: Any, _: Arguments) -> int:
    """A whole number of contracts, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ContractBroken(f"expected a whole number of contracts >= 0, was {value!r}")
    return int(value)


def order_prices(value: Any, _: Arguments) -> PriceLadder:
    """At least one limit, each with the seconds it stands."""
    ladder = _expect(value, PriceLadder)
    if not ladder.prices or len(ladder.prices) != len(ladder.seconds):
        raise ContractBroken(f"expected as many times as prices, at least one, were {len(ladder.seconds)} and {len(ladder.prices)}")
    for number in (*ladder.prices, *ladder.seconds):
        _finite(number, "a price or time of the ladder")
    return ladder


def verdicts(value: Any, _: Arguments) -> tuple[Verdict, ...]:
    """At least one verdict; see `verdict`."""
    items = (value,) if isinstance(value, Verdict) else _listed(() if value is None else value, Verdict)
    if not items:
        raise ContractBroken("a guard must answer with at least one verdict")
    return tuple(verdict(item) for item in items)


def verdict(item: Verdict) -> Verdict:
    """One answer of a guard: a name, a plain yes or no, a reason for each no, and never a yes on a number that is not one."""
    if not _expect(item.id, str):
        raise ContractBroken(f"a verdict's id must be a name, was {item.id!r}")
    if not isinstance(item.passed, bool | np.bool_):
        raise ContractBroken(f"{item.id}: passed must be True or False, was {item.passed!r}")
    if not item.passed and not isinstance(item.reason, Reason):
        raise ContractBroken(f"{item.id}: a refusal must carry a Reason, was {item.reason!r}")
    return replace(item, passed=bool(item.passed), value=_number(item, "value"), limit=_number(item, "limit"))


def _number(item: Verdict, name: str) -> float | None:
    value = getattr(item, name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ContractBroken(f"{item.id}: {name} must be a number or None, was {value!r}")
    if math.isnan(value):
        if item.passed:
            raise ContractBroken(f"{item.id}: passed on a {name} that is NaN; a value that is missing is None")
        return None
    return float(value)


def command(value: Any, _: Arguments) -> str:
    """Text for the operator."""
    return _expect(value, str)


def nothing(value: Any, _: Arguments) -> None:
    """Sinks answer nothing."""
    if value is not None:
        raise ContractBroken(f"expected None, was {type(value).__name__}")


GUARDS: tuple[str, ...] = ("validate_snapshot", "validate_candidate", "check_order")
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "earnings_events": earnings_events,
        "daily_bars": daily_bars,
        "option_chain": option_chain,
        "risk_free_rate": risk_free_rate,
        "dividends": dividends,
        "leg_history": leg_history,
        "execution_quotes": execution_quotes,
        "filter_universe": filter_universe,
        "adjust_signal": adjust_signal,
        "position_size": position_size,
        "order_prices": order_prices,
        "command": command,
        "record": nothing,
        "notify": nothing,
        **dict.fromkeys(GUARDS, verdicts),
    }
)
