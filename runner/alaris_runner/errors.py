"""What can go wrong in a run: unsupported members, broken data files, wrong use of the interface."""

from __future__ import annotations

from pathlib import Path


class RunnerError(Exception):
    """Base of every error that the runner itself raises."""


class NotSupportedByRunner(RunnerError, AttributeError):
    """A member of LEAN's interface that this engine does not have.

    Parameters
    ----------
    member : str
        The member as LEAN spells it, for example ``QCAlgorithm.add_future``.
    advice : str
        What the user can do instead.
    """

    def __init__(self, member: str, advice: str = "Run this algorithm on LEAN itself: `lean backtest`.") -> None:
        super().__init__(f"{member} is not supported by the embedded runner. {advice}")
        self.member = member
        self.advice = advice


class DataFileError(RunnerError):
    """A file of the data folder that cannot be read: which file, which line, what is wrong and what was expected."""

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        where = f"{path}, line {line}" if line is not None else str(path)
        super().__init__(f"{where}: {problem}")
        self.path = str(path)
        self.line = line
        self.problem = problem


class AlgorithmLoadError(RunnerError):
    """The algorithm file is missing, cannot be imported, or does not hold exactly one QCAlgorithm subclass."""


class InvalidRequest(RunnerError, ValueError):
    """A call of the algorithm with values LEAN refuses too."""
