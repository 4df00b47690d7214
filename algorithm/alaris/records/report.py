"""The report page of a run: one file without network needs, made from the result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alaris.records.files import write_text
from alaris.records.page import page
from alaris.records.run_folder import read_run

TEMPLATES = Path(__file__).parent / "templates"


def write_report(folder: Path) -> Path:
    """Write `report.html` into a result folder.

    Parameters
    ----------
    folder : Path
        The output folder of a backtest.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    DataError
        The folder holds no result, or one of its files cannot be used.
    """
    target = folder / "report.html"
    write_text(target, render(page(read_run(folder))))
    return target


def render(context: dict[str, Any]) -> str:
    """Fill the template; every value is escaped but the drawings, which escape their own parts."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - 60 ms that only the page needs

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html.j2").render(context)
