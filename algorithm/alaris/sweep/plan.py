"""What a sweep runs: parameter sets from a grid, a list or a name each, in a fixed order, none of them twice."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product
from pathlib import Path
from typing import Any

from alaris.domain import DataError, InvalidInput

ParameterSet = Mapping[str, str]
GRID, LIST = "grid", "set"
SYMBOLS = "symbols"


@dataclass(frozen=True, slots=True)
class ParameterRange:
    """A parameter from `minimum` to `maximum` in steps, as `lean optimize --parameter` takes it."""

    name: str
    minimum: Decimal
    maximum: Decimal
    step: Decimal

    def __post_init__(self) -> None:
        if not all(number.is_finite() for number in (self.minimum, self.maximum, self.step)):
            raise InvalidInput(f"--parameter {self.name}", "MIN, MAX and STEP must be finite numbers")
        if self.step <= 0:
            raise InvalidInput(f"--parameter {self.name}", f"STEP must be above 0, was {self.step}")
        if self.maximum < self.minimum:
            raise InvalidInput(f"--parameter {self.name}", f"MAX must not be below MIN {self.minimum}, was {self.maximum}")

    @property
    def values(self) -> tuple[str, ...]:
        """The values, both ends included where the step reaches them."""
        count = int((self.maximum - self.minimum) / self.step) + 1
        return tuple(plain(self.minimum + index * self.step) for index in range(count))


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the sweep: its number in the plan and its parameters, fixed ones included."""

    number: int
    parameters: ParameterSet


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides the results of a sweep.

    Parameters
    ----------
    algorithm : Path
        The algorithm's file.
    data_folder : Path
        A LEAN data folder.
    trials : tuple of Trial
        In the order in which they start.
    varied : tuple of str
        Names of the parameters that differ between trials.
    """

    algorithm: Path
    data_folder: Path
    trials: tuple[Trial, ...]
    varied: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What the sweep's folder keeps of the plan; equal where the results must be."""
        code = hashlib.sha256(self.algorithm.read_bytes()).hexdigest()
        sets = [dict(trial.parameters) for trial in self.trials]
        return {"algorithm": str(self.algorithm), "sha256": code, "data_folder": str(self.data_folder), "sets": sets}


def make_plan(
    algorithm: Path,
    data_folder: Path,
    *,
    fixed: ParameterSet | None = None,
    sets: Iterable[ParameterSet] | None = None,
    grid: Mapping[str, Sequence[str]] | None = None,
) -> Plan:
    """Every set with every point of the grid, on top of the fixed parameters; a repeated set is run once.

    Raises
    ------
    InvalidInput
        Nothing varies.
    """
    listed = list(sets) if sets is not None else [{}]
    names = list(grid or {})
    points = [dict(zip(names, point, strict=True)) for point in product(*(grid or {}).values())]
    merged = [{**(fixed or {}), **one, **point} for one in listed for point in points]
    unique = {json.dumps(one, sort_keys=True): one for one in merged}
    if len(unique) < 2:
        raise InvalidInput("sweep", "has fewer than two different parameter sets; vary a parameter, or use `alaris backtest`")
    trials = tuple(Trial(number, one) for number, one in enumerate(unique.values(), 1))
    return Plan(algorithm.resolve(), data_folder.resolve(), trials, varied([trial.parameters for trial in trials]))


def restored(content: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.as_json` kept."""
    trials = tuple(Trial(number, dict(one)) for number, one in enumerate(content["sets"], 1))
    return Plan(Path(content["algorithm"]), Path(content["data_folder"]), trials, varied([trial.parameters for trial in trials]))


def varied(sets: Sequence[ParameterSet]) -> tuple[str, ...]:
    """Names whose value is not the same in all sets, in the order in which they appear."""
    names = dict.fromkeys(name for one in sets for name in one)
    return tuple(name for name in names if len({one.get(name) for one in sets}) > 1)


def read_sets(path: Path) -> tuple[list[ParameterSet], dict[str, list[str]]]:
    """Read (list of sets, grid) from a CSV or TOML file.

    A CSV has a header of parameter names and one set a row. A TOML file has a table `[grid]` of lists, tables `[[set]]`, or both;
    a name with dots is quoted or nested: `"liquidity.minimum_volume" = [1, 2]`.

    Raises
    ------
    DataError
        The file cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error}); name a CSV or TOML file of parameter sets") from error
    return _from_toml(path, text) if path.suffix.lower() == ".toml" else (_from_csv(path, text), {})


def _from_csv(path: Path, text: str) -> list[ParameterSet]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    names = reader.fieldnames or []
    if not names or any(not name.strip() for name in names) or len(set(names)) < len(names):
        raise DataError(path, "needs a header of parameter names, each one once", line=1)
    sets: list[ParameterSet] = []
    for row in reader:
        if None in row or None in row.values():
            raise DataError(path, f"expected {len(names)} values, as the header has names", line=reader.line_num)
        sets.append({name.strip(): value.strip() for name, value in row.items()})
    if not sets:
        raise DataError(path, "has no row below the header")
    return sets


def _from_toml(path: Path, text: str) -> tuple[list[ParameterSet], dict[str, list[str]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(path, f"is no TOML ({error})") from error
    unknown = [name for name in content if name not in (GRID, LIST)]
    if unknown or not content:
        raise DataError(path, f"expected a table [{GRID}] of lists or tables [[{LIST}]], found {', '.join(unknown) or 'nothing'}")
    grid, listed = content.get(GRID, {}), content.get(LIST, [{}])
    if not isinstance(grid, dict) or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise DataError(path, f"expected [{GRID}] to be a table and [[{LIST}]] to be tables; mind the number of brackets")
    sets = [{name: _text(path, name, value) for name, value in _flat(one)} for one in listed]
    return list(sets), {name: _values(path, name, values) for name, values in _flat(grid)}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _values(path: Path, name: str, values: Any) -> list[str]:
    if not isinstance(values, list) or not values:
        raise DataError(path, f"{GRID}.{name}: expected a list of values such as [1, 2, 3]")
    return [_text(path, name, value) for value in values]


def _text(path: Path, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise DataError(path, f"{name}: expected one value, was {value!r}")
    return str(value)


def number_of(text: str) -> Decimal | None:
    """The number that a word is; None where it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def plain(number: Decimal) -> str:
    """Digits as a person writes them: 0.5, 10, without exponent or trailing zeros."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
