"""The command line in this process: what it prints and the exit code it leaves."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from alaris.cli import main


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command said."""

    code: int
    output: str
    errors: str


Shell = Callable[..., Answer]


def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run one command, given as words."""

    def run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return Answer(int(left.value.code or 0), said.out, said.err)

    return run
