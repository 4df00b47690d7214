"""`alaris live` and `alaris replay`: what they refuse before anything is started, and what a replay says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from live_desk import opened_desk

from alaris.cli.main import main
from alaris.live.tape import RecordingTape, day_file, read_day

Ran = Callable[..., tuple[int, str, str]]
DAY = "2017-02-08"
WRITER = """
import json
from AlgorithmImports import *

class Writer(QCAlgorithm):
    def initialize(self):
        self.stock = self.add_equity("YUM", Resolution.MINUTE).symbol
        self.bars = 0

    def on_data(self, data):
        self.bars += 1
        with open(self.get_parameter("sources.journal"), "a") as file:
            file.write(json.dumps({"as_of": f"{self.time.isoformat()}-05:00", "kind": "bar", "symbol": "YUM", "count": self.bars}) + "\\n")
"""


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--broker", "other"), "--broker: expected ibkr, was 'other'"),
        (("--data-folder", "nowhere"), "--data-folder nowhere: no such folder"),
        (("--parameter", "profile", "live"), "profile live does not go with --paper"),
        (("--real-money", "--parameter", "profile", "paper"), "profile paper does not go with --real-money"),
        (("--parameter", "sizing.kely", "1"), "sizing.kely"),
    ],
)
def test_what_cannot_be_started_is_refused_in_words(ran: Ran, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    folder = () if "--data-folder" in arguments else ("--data-folder", str(tmp_path))
    code, _, error = ran("live", *folder, "--output", str(tmp_path / "out"), *arguments)
    assert code == 2
    assert said in error
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of a day with trades in two minutes."""
    folder = tmp_path_factory.mktemp("day")
    with opened_desk(folder) as desk:
        for second in (10, 70):
            desk.wall.then(second, lambda: desk.trade(67.0))
        assert desk.run(WRITER).completed, desk.log
    return folder / "record"


def test_a_replay_that_is_the_same_says_so_and_leaves_with_0(ran: Ran, recorded: Path) -> None:
    code, out, _ = ran("replay", DAY, "--record", str(recorded), "--json")
    assert code == 0
    said = json.loads(out)
    assert said["same"] is True
    assert said["processes"][0]["then"] == said["processes"][0]["now"] > 300


def test_a_replay_that_differs_names_the_first_decision_and_leaves_with_1(ran: Ran, recorded: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered"
    tape = RecordingTape(altered)
    entries = [(kind, n, answer) for kind, n, answer in read_day(recorded, date.fromisoformat(DAY)) if kind != "ticks"]
    tape._lines = [json.dumps({"kind": kind, "n": n, "answer": answer}) for kind, n, answer in entries]
    tape.flush(datetime(2017, 2, 8, 15, tzinfo=UTC))
    assert day_file(altered, date.fromisoformat(DAY)).is_file()
    code, out, _ = ran("replay", DAY, "--record", str(altered))
    assert code == 1
    assert "first difference, decision 1 (2017-02-08T10:00:00-05:00 bar YUM):" in out
    assert "count: then 1; now null" in out


def test_a_day_that_is_no_day_or_has_no_record_is_refused(ran: Ran, recorded: Path) -> None:
    assert ran("replay", "yesterday", "--record", str(recorded))[0] == 2
    code, _, error = ran("replay", "2017-02-09", "--record", str(recorded))
    assert code == 2
    assert "no record of 2017-02-09; there are 2017-02-08 to 2017-02-08" in error
