"""The heat map of a sweep: the target over two parameters at a time, and over the one there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from statistics import median

from markupsafe import Markup

from alaris.records.drawing import Scale, drawing, element, joined
from alaris.records.wording import NONE, count, number
from alaris.sweep.neighbourhood import levels
from alaris.sweep.trial import Row

MOST_MAPS = 3
WIDTH, LEFT, TOP, FOOT = 560, 92, 10, 40
FAINTEST, STRONGEST = 0.06, 0.92
DARK = 0.55  # above it the text of a cell stands on colour


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The target over one or two parameters, the median where other parameters vary too.

    Parameters
    ----------
    across, up : str
        Parameters; `up` is empty where only one varies.
    columns, rows : list of str
        Their values.
    cells : mapping of (column, row) to float
        The target; a cell without a completed run is absent.
    failed : frozenset of (column, row)
        Cells all of whose runs failed.
    best : tuple of str
        Column and row of the chosen run.
    others : int
        How many other parameters vary.
    """

    across: str
    up: str
    columns: list[str]
    rows: list[str]
    cells: Mapping[tuple[str, str], float]
    failed: frozenset[tuple[str, str]]
    best: tuple[str, str] | None
    others: int


def heat_maps(runs: Sequence[Row], varied: Sequence[str], values: Mapping[int, float], best: Row | None) -> list[HeatMap]:
    """A map for each pair of the first three varied parameters; one of a single row where only one varies.

    Parameters
    ----------
    runs : sequence of Row
        All of the sweep.
    varied : sequence of str
        Varied parameters.
    values : mapping of int to float
        The target by the run's number.
    best : Row, optional
        The chosen run.
    """
    pairs = list(combinations(varied, 2))[:MOST_MAPS] if len(varied) > 1 else [(varied[0], "")]
    return [_map(across, up, runs, values, best, max(len(varied) - 2, 0)) for across, up in pairs]


def _map(across: str, up: str, runs: Sequence[Row], values: Mapping[int, float], best: Row | None, others: int) -> HeatMap:
    gathered: dict[tuple[str, str], list[float]] = {}
    for row in runs:
        value = values.get(row.number, float("nan"))
        gathered.setdefault(_place(row, across, up), []).extend([value] if isfinite(value) else [])
    sets = [row.parameters for row in runs]
    return HeatMap(
        across,
        up,
        levels(sets, across),
        levels(sets, up) if up else [""],
        {place: median(found) for place, found in gathered.items() if found},
        frozenset(place for place, found in gathered.items() if not found),
        _place(best, across, up) if best else None,
        others,
    )


def _place(row: Row, across: str, up: str) -> tuple[str, str]:
    return row.parameters.get(across, ""), row.parameters.get(up, "") if up else ""


def heat_figure(found: HeatMap, label: str, *, lower_is_better: bool = False) -> Markup:
    """Draw the map; the stronger the colour, the better, and the chosen cell is framed."""
    cell_height = 34 if len(found.rows) < 12 else 22
    bottom = TOP + cell_height * len(found.rows)
    columns, rows = Scale(0, len(found.columns), LEFT, WIDTH - 4), Scale(0, len(found.rows), bottom, TOP)
    finite = list(found.cells.values())
    ends = (max(finite), min(finite)) if lower_is_better and finite else (min(finite, default=0.0), max(finite, default=1.0))
    strength = Scale(*ends, FAINTEST, STRONGEST)
    cells = [
        _cell(found, (column, row), (columns(x), columns(x + 1)), (rows(y + 1), rows(y)), strength)
        for x, column in enumerate(found.columns)
        for y, row in enumerate(found.rows)
    ]
    shown = max(1, -(-len(found.columns) * 46 // int(WIDTH - LEFT)))
    ticks = [
        element("text", name, x=columns(x + 0.5), y=bottom + 15, class_="tick", text_anchor="middle")
        for x, name in enumerate(found.columns)
        if x % shown == 0
    ]
    sides = [element("text", name, x=LEFT - 8, y=rows(y + 0.5) + 4, class_="tick", text_anchor="end") for y, name in enumerate(found.rows)]
    axis = element("text", found.across, x=columns((len(found.columns)) / 2), y=bottom + 33, class_="axis-name", text_anchor="middle")
    size = f"{count(len(found.columns), 'value')} of {found.across}" + (f" by {len(found.rows)} of {found.up}" if found.up else "")
    return drawing(WIDTH, bottom + FOOT, f"Heat map of {label}: {size}", [*cells, *ticks, *sides, axis], class_="heat")


def _cell(found: HeatMap, place: tuple[str, str], across: tuple[float, float], up: tuple[float, float], strength: Scale) -> Markup:
    value = found.cells.get(place)
    where = f"{found.across} {place[0]}" + (f", {found.up} {place[1]}" if found.up else "")
    text = "failed" if place in found.failed else number(value) if value is not None else NONE
    box = {"x": across[0] + 1, "y": up[0] + 1, "width": round(across[1] - across[0] - 2, 2), "height": round(up[1] - up[0] - 2, 2), "rx": 3}
    opacity = strength(value) if value is not None else 0
    kind = "cell best" if place == found.best else "cell" if value is not None else "cell none"
    parts = [element("rect", element("title", f"{where}: {text}"), **box, class_=kind, fill_opacity=opacity)]
    if across[1] - across[0] >= 6.4 * len(text) + 4 and (value is not None or place in found.failed):
        ink = "on" if opacity > DARK else "value"
        middle = round((across[0] + across[1]) / 2, 2)
        parts.append(element("text", text, x=middle, y=(up[0] + up[1]) / 2 + 4, class_=f"number {ink}", text_anchor="middle"))
    return joined(parts)
