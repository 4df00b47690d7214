"""A result folder: the decisions and what stands beside them, written by the adapter and read by the report page and explain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from alaris.domain import DataError, Decision
from alaris.records.decisions import Record, read_decisions, write_decisions
from alaris.records.files import write_text
from alaris.settings import Settings

DECISIONS, SETTINGS, ORIGIN, TERM_STRUCTURES = "decisions.jsonl", "settings.json", "origin.json", "term_structures.json"
OWN_FILES = (DECISIONS, SETTINGS, ORIGIN, TERM_STRUCTURES, "journal.jsonl", "report.html")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the data of a run came from.

    Parameters
    ----------
    data_folder : str
        The LEAN data folder.
    synthetic : bool
        Whether the data were made by a model; the page then says so on top.
    seed : int, optional
        Seed of the synthetic market.
    calendar : mapping
        `path` and `source` of the earnings calendar.
    notes : tuple of str
        What a reader must know of the profile, e.g. that one calendar source is enough in it.
    """

    data_folder: str
    synthetic: bool
    seed: int | None = None
    calendar: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFolder:
    """What a folder holds; a part whose file is absent is empty.

    `result` is LEAN's `<id>.json`, `term_structures` maps a trade id to `{"before": {"days", "volatility"}, "after": ...}`.
    """

    path: Path
    decisions: tuple[Record, ...]
    settings: Mapping[str, Any]
    digest: str
    origin: Origin | None
    term_structures: Mapping[str, Any]
    result: Mapping[str, Any]


def write_run(
    folder: Path,
    decisions: Iterable[Decision],
    settings: Settings,
    origin: Origin,
    term_structures: Mapping[str, Mapping[str, Mapping[str, list[float]]]],
) -> None:
    """Write everything of a run that LEAN's own result files do not hold."""
    write_decisions(folder / DECISIONS, decisions)
    _write_json(folder / SETTINGS, {"digest": settings.digest(), "settings": settings.model_dump(mode="json")})
    _write_json(folder / ORIGIN, asdict(origin))
    _write_json(folder / TERM_STRUCTURES, term_structures)


def read_run(folder: Path) -> RunFolder:
    """Read a result folder.

    Raises
    ------
    DataError
        The folder holds neither decisions nor a result, or one of its files cannot be used.
    """
    if not folder.is_dir():
        raise DataError(folder, "is no folder; name the output folder of a backtest")
    result = _result(folder)
    if not result and not (folder / DECISIONS).exists():
        raise DataError(folder, f"holds neither {DECISIONS} nor a LEAN result; name the output folder of a backtest")
    settings, origin = _read_json(folder / SETTINGS), _read_json(folder / ORIGIN)
    return RunFolder(
        path=folder,
        decisions=tuple(read_decisions(folder / DECISIONS)) if (folder / DECISIONS).exists() else (),
        settings=settings.get("settings", {}),
        digest=str(settings.get("digest", "")),
        origin=_origin(folder / ORIGIN, origin) if origin else None,
        term_structures=_read_json(folder / TERM_STRUCTURES),
        result=result,
    )


def _origin(path: Path, values: Mapping[str, Any]) -> Origin:
    try:
        return Origin(**{**values, "notes": tuple(values.get("notes", ()))})
    except TypeError as error:
        raise DataError(path, f"has unexpected or missing keys ({error}); run the backtest again") from error


def _result(folder: Path) -> Mapping[str, Any]:
    """LEAN's result, the file beside whose name stands a summary; the newest where runs were written over each other."""
    summaries = sorted(folder.glob("*-summary.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return _read_json(summaries[-1].with_name(summaries[-1].name.replace("-summary.json", ".json"))) if summaries else {}


def _read_json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(path, f"cannot be read as JSON ({error}); run the backtest again") from error
    if not isinstance(content, dict):
        raise DataError(path, "is no JSON object; run the backtest again")
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n")
