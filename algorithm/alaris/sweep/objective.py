"""What a sweep looks for: a target statistic, its direction, and constraints, in the words of `lean optimize`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

from alaris.domain import InvalidInput

Direction = Literal["max", "min"]
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_WORDS = re.compile(r"^\s*(.+?)\s*(<=|>=|==|!=|<|>)\s*(\S+)\s*$")
_NUMBER = re.compile(r"^(-?)[^\d.+-]?(-?[\d,]*\.?\d+)(%?)$")  # an optional currency sign, with the minus on either side
_PATH = re.compile(r"^TotalPerformance\.(?:Portfolio|Trade)Statistics\.(\w+)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """The statistic to maximise or minimise: `Sharpe Ratio`, or its path `TotalPerformance.PortfolioStatistics.SharpeRatio`."""

    name: str = "Sharpe Ratio"
    direction: Direction = "max"

    def score(self, statistics: Mapping[str, float]) -> float:
        """The larger, the better; NaN where the run has no such statistic."""
        value = statistic(statistics, self.name)
        return value if self.direction == "max" else -value

    @property
    def label(self) -> str:
        """The name without its path."""
        found = _PATH.match(self.name)
        return found[1] if found else self.name


@dataclass(frozen=True, slots=True)
class Constraint:
    """A bound that a run has to keep, e.g. ``Drawdown < 0.25``; shares are shares, not percent, as in LEAN."""

    name: str
    sign: str
    limit: float

    def kept(self, statistics: Mapping[str, float]) -> bool:
        """Whether the run keeps it; a missing statistic does not."""
        value = statistic(statistics, self.name)
        return isfinite(value) and OPERATORS[self.sign](value, self.limit)

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.limit:.12g}"


def read_constraint(text: str) -> Constraint:
    """Parse ``statistic operator value``.

    Raises
    ------
    InvalidInput
        It is not of that form.
    """
    found = _WORDS.match(text)
    try:
        if found:
            return Constraint(found[1], found[2], float(found[3]))
    except ValueError:
        pass
    raise InvalidInput("--constraint", f'expected "STATISTIC OPERATOR VALUE" such as "Drawdown < 0.25", was {text!r}')


def numbers(shown: Mapping[str, str]) -> dict[str, float]:
    """LEAN's statistics as numbers: percentages as shares, amounts without their currency; what is no number is left out."""
    return {name: value for name, text in shown.items() if isfinite(value := _number(text))}


def statistic(statistics: Mapping[str, float], name: str) -> float:
    """A statistic by name or by its path in the result file, in any case; NaN where there is none."""
    found = _PATH.match(name)
    wanted = (found[1] if found else name).casefold().replace(" ", "")
    return next((value for known, value in statistics.items() if known.casefold().replace(" ", "") == wanted), nan)


def _number(text: str) -> float:
    found = _NUMBER.match(text.strip())
    if not found:
        return nan
    value = float(found[2].replace(",", ""))
    value = -value if found[1] else value
    return value / 100 if found[3] else value
