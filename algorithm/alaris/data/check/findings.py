"""What a check of a data folder says: one finding a kind of fault and file, with its place and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """ERROR: a run would stop or be wrong. WARNING: a run refuses some trades, or assumes something."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault; `line` is the first place, `message` says how many more there are, `remedy` what to do."""

    severity: Severity
    path: Path
    line: int | None
    message: str
    remedy: str


class Findings:
    """Collects faults; equal kinds in one file become one finding with a count."""

    def __init__(self) -> None:
        self._first: dict[tuple[Path, str], Finding] = {}
        self._count: dict[tuple[Path, str], int] = {}

    def error(self, path: Path, kind: str, message: str, remedy: str, *, line: int | None = None) -> None:
        """Add a fault that stops or spoils a run."""
        self._add(kind, Finding(Severity.ERROR, path, line, message, remedy))

    def warning(self, path: Path, kind: str, message: str, remedy: str, *, line: int | None = None) -> None:
        """Add a fault that costs trades or needs an assumption."""
        self._add(kind, Finding(Severity.WARNING, path, line, message, remedy))

    def all(self) -> list[Finding]:
        """Findings in the order they were met, errors first."""
        counted = [self._counted(finding, self._count[key]) for key, finding in self._first.items()]
        return sorted(counted, key=lambda finding: finding.severity is Severity.WARNING)

    def _add(self, kind: str, finding: Finding) -> None:
        key = finding.path, kind
        self._first.setdefault(key, finding)
        self._count[key] = self._count.get(key, 0) + 1

    @staticmethod
    def _counted(finding: Finding, count: int) -> Finding:
        more = "" if count == 1 else f" (and {count - 1:,} more like it)"
        return Finding(finding.severity, finding.path, finding.line, finding.message + more, finding.remedy)
